//! `delineate stats`.

use crate::shelf::shelf;

#[test]
fn the_table_counts_all_and_by_theme() {
    let folder = shelf();
    let ran = folder.run(&["stats"]).exits(0);
    for part in
        ["20 passages of 7 articles", "B2B    12   60 %", "pricing", "engagement"]
    {
        assert!(ran.stdout.contains(part), "no {part:?} in {}", ran.stdout);
    }
    assert!(ran.stdout.contains('█'), "{}", ran.stdout);
    let ascii = folder.run(&["stats", "--ascii"]).exits(0).stdout;
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn a_locale_without_unicode_gets_letters() {
    let folder = shelf();
    let ran = folder.command().arg("stats").env("LC_ALL", "C").output().unwrap();
    assert!(ran.stdout.is_ascii(), "{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn rows_are_counted_by_what_is_asked() {
    let folder = shelf();
    let rows = |args: &[&str]| {
        let all: Vec<_> =
            ["stats", "--format", "jsonl"].iter().chain(args).copied().collect();
        folder.run(&all).exits(0).records()
    };
    let all = rows(&[]);
    assert_eq!(all[0]["by"], "all");
    assert_eq!(all[0]["passages"], 20);
    let articles = rows(&["--by", "article"]);
    assert_eq!(articles.len(), 7);
    assert_eq!(articles[0]["b2b"], 2);
    let years = rows(&["--by", "year"]);
    assert!(years[0]["key"].is_null(), "text files have no date");
    assert_eq!(rows(&["--by", "theme", "--label", "b2c"]).len(), 1);
    let csv =
        folder.run(&["stats", "--by", "format", "--format", "csv"]).exits(0).stdout;
    assert!(csv.starts_with("by,key,articles,passages,b2b,b2c,shared"), "{csv}");
    assert!(csv.contains("format,text,7,20,12,6,2"), "{csv}");
}

#[test]
fn nothing_counted_is_status_1() {
    shelf().run(&["stats", "--theme", "team"]).exits(1);
}
