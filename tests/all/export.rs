//! `delineate export`.

use delineate::label::{Label, Theme};
use delineate::record::Record;

use crate::shelf::{indexed, judged, shelf};
use crate::util::{Folder, Ran};

/// The rows of CSV as lists of fields, header first.
#[track_caller]
fn table(csv: &str) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The fields of a column.
#[track_caller]
fn column(csv: &str, name: &str) -> Vec<String> {
    let rows = table(csv);
    let at = rows[0].iter().position(|n| n == name).unwrap_or_else(|| {
        panic!("no column {name} in {:?}", rows[0]);
    });
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

#[track_caller]
fn export(folder: &Folder, args: &[&str]) -> Ran {
    let all: Vec<_> = ["export"].iter().chain(args).copied().collect();
    folder.run(&all).exits(0)
}

#[test]
fn passages_come_as_csv_in_order() {
    let folder = shelf();
    let csv = export(&folder, &[]).stdout;
    let header = table(&csv)[0].join(",");
    assert_eq!(
        header,
        "id,article,title,section,passage,start,end,text,label,kind,theme,confidence,\
         probability_b2b,probability_b2c,probability_shared,decided_by,unsure,unlabelled,\
         evidence,author,date,url,language,format,place,copy_of",
        "columns are only ever added, at the end"
    );
    let articles = column(&csv, "article");
    assert!(articles.is_sorted(), "{articles:?}");
    assert_eq!(articles.len(), 20);
    assert_eq!(column(&csv, "label").iter().filter(|l| *l == "b2b").count(), 12);
    assert_eq!(column(&csv, "decided_by")[0], "person");
}

#[test]
fn json_lines_are_the_records_that_search_gives() {
    let folder = shelf();
    let records = |ran: Ran| -> Vec<Record> {
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let exported = records(export(&folder, &["--format", "jsonl"]));
    let found = folder.run(&["search", "procurement", "--format", "jsonl"]).exits(0);
    let found = records(found);
    assert_eq!(found.len(), 6);
    for hit in found {
        assert!(exported.contains(&hit), "{hit:?} was found and is not exported");
    }
}

#[test]
fn filters_are_those_of_search() {
    let folder = shelf();
    let labels = |args: &[&str]| column(&export(&folder, args).stdout, "label");
    assert_eq!(labels(&["--label", "b2c"]), ["b2c"; 6]);
    assert_eq!(labels(&["--label", "b2b,b2c"]).len(), 18);
    assert_eq!(labels(&["--theme", "engagement"]), ["b2c"; 6]);
    assert_eq!(labels(&["--kind", "contrast"]), ["shared"]);
    assert_eq!(labels(&["--article", "one*"]).len(), 3);
}

#[test]
fn nothing_to_export_is_a_header_and_status_1() {
    let folder = shelf();
    let ran = folder.run(&["export", "--article", "none*"]).exits(1);
    assert_eq!(table(&ran.stdout).len(), 1);
    assert!(ran.stderr.contains("no passage"), "{}", ran.stderr);
    folder.run(&["export", "--index", "nowhere"]).exits(2);
}

#[test]
fn articles_themes_and_matrix_count_passages() {
    let folder = shelf();
    let articles = export(&folder, &["--what", "articles"]).stdout;
    assert_eq!(column(&articles, "article").len(), 7);
    assert_eq!(column(&articles, "b2b")[0], "2");
    assert_eq!(column(&articles, "share_b2c")[0], "0.33333");

    let themes = export(&folder, &["--what", "themes"]).stdout;
    let pricing = column(&themes, "theme").iter().position(|t| t == "pricing").unwrap();
    assert_eq!(column(&themes, "b2b")[pricing], "12");
    assert_eq!(column(&themes, "articles")[pricing], "6");

    let matrix = export(&folder, &["--what", "matrix"]).stdout;
    assert_eq!(column(&matrix, "engagement_b2c"), ["1", "1", "1", "1", "1", "1", "0"]);
}

#[test]
fn formulas_are_defused_unless_the_user_wants_the_text_as_it_is() {
    let text =
        "=HYPERLINK(\"http://example.org\") is what a cell of a sheet may begin with.";
    let folder = indexed(&[(
        "a.txt".to_owned(),
        vec![judged(Label::B2b, Theme::Pricing, text)],
    )]);
    assert_eq!(column(&export(&folder, &[]).stdout, "text"), [format!("'{text}")]);
    assert_eq!(column(&export(&folder, &["--raw"]).stdout, "text"), [text]);
    let record = &export(&folder, &["--format", "jsonl"]).records()[0];
    assert_eq!(record["text"], text);
}

#[test]
fn an_ending_that_no_form_has_is_an_error() {
    let folder = shelf();
    for args in [
        ["export", "-o", "x.docx"],
        ["compare", "-o", "x.xlsx"],
        ["export", "-o", "x.md"],
    ] {
        let ran = folder.run(&args).exits(2);
        assert!(ran.stderr.contains("name one with `--format`"), "{}", ran.stderr);
        assert!(!folder.path().join(args[2]).exists(), "{} was written", args[2]);
    }
    folder.run(&["export", "-o", "x.docx", "--format", "csv"]).exits(0);
    folder.run(&["export", "-o", "without-ending"]).exits(0);
}

#[test]
fn excel_gets_a_mark_and_its_line_ends() {
    let folder = shelf();
    let csv = export(&folder, &["--excel"]).stdout;
    assert!(csv.starts_with("\u{feff}id,"), "{csv}");
    assert!(csv.contains(",copy_of\r\n"), "{csv}");
}

#[test]
fn the_ending_of_the_file_names_the_format() {
    let folder = shelf();
    for (name, begins) in [
        ("out/a.csv", b"id,article".as_slice()),
        ("out/a.jsonl", b"{\"schema\":\"delineate.passage/1\""),
        ("out/a.html", b"<!DOCTYPE html>"),
        ("out/a.xlsx", b"PK"),
    ] {
        folder.write("out/keep", "");
        let ran = export(&folder, &["-o", name]);
        assert_eq!(ran.stdout, "", "{name}");
        assert!(ran.stderr.contains(&format!("wrote 20 passages to {name}")));
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert!(bytes.starts_with(begins), "{name} begins otherwise");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn exports_are_equal_byte_for_byte() {
    let folder = shelf();
    for format in ["csv", "jsonl", "xlsx", "html"] {
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        export(&folder, &["--format", format, "-o", "a", "-j1"]);
        export(&folder, &["--format", format, "-o", "b", "-j2"]);
        assert!(read("a") == read("b"), "{format} differs");
    }
}

#[test]
fn a_failed_export_leaves_the_earlier_file() {
    let folder = shelf();
    folder.write("out/a.csv", "earlier");
    let ran = folder
        .command()
        .args(["export", "-o", "out/a.csv", "--format", "csv"])
        .env("SOURCE_DATE_EPOCH", "yesterday")
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    let kept = std::fs::read_to_string(folder.path().join("out/a.csv")).unwrap();
    assert_eq!(kept, "earlier");
    folder.run(&["export", "-o", "out"]).exits(2);
    folder.run(&["export", "-o", "nowhere/a.csv"]).exits(2);
}

#[cfg(unix)]
#[test]
fn devices_are_written_in_place() {
    let folder = shelf();
    export(&folder, &["-o", "/dev/null"]);
    export(&folder, &["--format", "csv", "-o", "/dev/stdout"]);
}

#[test]
fn a_page_shows_text_of_others_and_runs_none_of_it() {
    let text = "<script>alert('x')</script><img src=x onerror=alert(1)> said the <b>buyer</b> of \
                the whole committee to the vendor.";
    let folder = indexed(&[(
        "a.txt".to_owned(),
        vec![judged(Label::B2b, Theme::Pricing, text)],
    )]);
    let page = export(&folder, &["--format", "html"]).stdout;
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains("Content-Security-Policy"));
}
