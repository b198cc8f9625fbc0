//! `delineate compare`.

use serde_json::Value;

use crate::shelf::shelf;

fn parts<'a>(rows: &'a [Value], part: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["part"] == part).collect()
}

#[test]
fn the_sides_stand_beside_each_other() {
    let folder = shelf();
    let ran = folder.run(&["compare"]).exits(0);
    for part in [
        "20 passages of 7 articles",
        "more in B2B",
        "more in B2C",
        "contract",
        "streak",
        "Where the two are held against each other",
        "whereas in B2C",
        "Where they are called alike",
        "Whether you build for enterprises",
        "versus.txt, passage 1 [",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?} in {}", ran.stdout);
    }
}

#[test]
fn rows_hold_counts_terms_and_passages() {
    let folder = shelf();
    let rows = folder.run(&["compare", "--format", "jsonl"]).exits(0).records();
    let pricing =
        parts(&rows, "theme").into_iter().find(|r| r["theme"] == "pricing").unwrap();
    assert_eq!((&pricing["b2b"], &pricing["b2c"]), (&12.into(), &0.into()));
    assert!(pricing["difference"]["low"].as_f64().unwrap() > 0.0);
    let terms = parts(&rows, "term");
    assert!(terms.iter().any(|t| t["label"] == "b2b" && t["term"] == "contract"));
    assert!(terms.iter().all(|t| t["label"] != "b2b" || t["term"] != "streak"));
    assert_eq!(parts(&rows, "contrast").len(), 1);
    assert_eq!(parts(&rows, "sameness").len(), 1);
    let quotes = parts(&rows, "representative");
    assert!(!quotes.is_empty());
    for quote in quotes {
        let id = quote["id"].as_str().unwrap();
        folder.run(&["show", id]).exits(0);
    }
}

#[test]
fn a_query_narrows_what_is_compared() {
    let folder = shelf();
    let rows =
        folder.run(&["compare", "procurement", "--format", "jsonl"]).exits(0).records();
    assert_eq!(parts(&rows, "label")[0]["b2b"], 6);
    assert_eq!(parts(&rows, "label")[1]["b2c"], 0);
    let both =
        folder.run(&["compare", "streak OR renewal", "--format", "jsonl"]).exits(0);
    assert_eq!(parts(&both.records(), "label")[1]["b2c"], 6);
    folder.run(&["compare", "unheard-of"]).exits(1);
    folder.run(&["compare", "(("]).exits(2);
}

#[test]
fn documents_name_their_sources() {
    let folder = shelf();
    for name in ["a.md", "a.html", "a.csv", "a.jsonl", "a.txt"] {
        folder.run(&["compare", "-o", name]).exits(0);
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains("versus.txt"), "{name}: {text}");
        assert!(!text.contains('\u{1b}'), "{name} holds escape codes");
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(
        read("a.md").starts_with("<!-- made by delineate -->\n\n# B2B beside B2C\n")
    );
    assert!(read("a.html").contains("<blockquote>"));
}

#[test]
fn the_same_index_gives_the_same_comparison() {
    let folder = shelf();
    let one = folder.run(&["compare", "-j1"]).exits(0);
    let two = folder.run(&["compare", "-j2"]).exits(0);
    assert_eq!(one.stdout, two.stdout);
}

#[test]
fn figures_that_tell_nothing_say_so_first() {
    let folder = shelf();
    let warned = "No theme sets the sides apart: ";
    let ran = folder.run(&["compare", "--article", "one*"]).exits(0);
    let at = ran.stdout.find(warned).unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(at < ran.stdout.find("What each side writes about").unwrap());
    for name in ["few.md", "few.html"] {
        folder.run(&["compare", "--article", "one*", "-o", name]).exits(0);
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains(warned), "{name}: {text}");
    }
    let ran = folder.run(&["compare"]).exits(0);
    assert!(!ran.stdout.contains(warned), "{}", ran.stdout);
    folder.run(&["compare", "--paging", "never"]).exits(0);
}

#[test]
fn a_side_that_is_missing_is_said() {
    let folder = shelf();
    let ran = folder.run(&["compare", "--label", "b2c"]).exits(0);
    assert!(ran.stdout.contains("No passage found speaks of B2B"), "{}", ran.stdout);
    assert!(ran.stdout.contains("no term passes"), "{}", ran.stdout);
    let ran = folder.run(&["compare", "--label", "shared"]).exits(1);
    assert!(ran.stderr.contains("no passage found speaks"), "{}", ran.stderr);
}
