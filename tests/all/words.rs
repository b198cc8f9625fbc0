//! `delineate words`.

use crate::shelf::shelf;

#[test]
fn terms_set_the_labels_apart() {
    let folder = shelf();
    let terms = |args: &[&str]| {
        let all: Vec<_> =
            ["words", "--format", "jsonl"].iter().chain(args).copied().collect();
        folder.run(&all).exits(0).records()
    };
    let has =
        |rows: &[serde_json::Value], term: &str| rows.iter().any(|r| r["term"] == term);
    let b2b = terms(&[]);
    assert!(has(&b2b, "contract") && !has(&b2b, "streak"), "{b2b:#?}");
    let b2c = terms(&["--label", "b2c"]);
    assert!(has(&b2c, "streak") && !has(&b2c, "contract"), "{b2c:#?}");
    let contract = b2b.iter().find(|r| r["term"] == "contract").unwrap();
    assert_eq!((&contract["count"], &contract["articles"]), (&18.into(), &6.into()));
    assert_eq!(contract["count_against"], 0);
    assert!(
        terms(&["--label", "b2c", "--size", "pair"]).iter().all(|r| r["size"] == 2)
    );
}

#[test]
fn the_table_says_what_is_held_against_what() {
    let folder = shelf();
    let ran = folder.run(&["words"]).exits(0);
    assert!(ran.stderr.contains("against B2C"), "{}", ran.stderr);
    assert!(ran.stdout.contains("contract"), "{}", ran.stdout);
    let head = ran.stdout.lines().next().unwrap();
    let mut columns: Vec<_> = head.split("  ").map(str::trim).collect();
    columns.retain(|name| !name.is_empty());
    let all = columns.len();
    columns.sort_unstable();
    columns.dedup();
    assert_eq!(columns.len(), all, "every column has its own name: {head}");
    let other = "`delineate words --label b2c --against b2b`";
    assert!(ran.stdout.contains(other), "{}", ran.stdout);
}

#[test]
fn enough_articles_have_to_use_a_term() {
    let folder = shelf();
    folder.run(&["words", "--min-articles", "7"]).exits(1);
}

#[test]
fn a_label_is_not_held_against_itself() {
    let folder = shelf();
    let ran = folder.run(&["words", "--label", "b2b", "--against", "b2b"]).exits(2);
    assert!(ran.stderr.contains("B2B is on both sides"), "{}", ran.stderr);
    folder.run(&["words", "--label", "b2b", "--against", "rest"]).exits(0);
}
