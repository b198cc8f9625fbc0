//! `delineate correct`, and how corrections live on.

use std::fs;

use serde_json::Value;

use crate::util::Folder;

const BUYERS: &str = "Seven people sign before anybody at the customer may log in.";
const STREAKS: &str =
    "A streak that breaks on holiday loses more players than any price.";

/// A folder with an index of two articles.
fn indexed() -> Folder {
    let folder = Folder::new();
    folder.write(
        "in/buyers.txt",
        format!("{BUYERS}\n\nMore on contracts and on those who sign."),
    );
    folder.write("in/streaks.txt", STREAKS);
    folder.run(&["index", "in"]).exits(0);
    folder
}

/// The record of the passage that holds this word.
#[track_caller]
fn passage(folder: &Folder, word: &str) -> Value {
    let found = folder.run(&["search", word, "--format", "jsonl"]).exits(0);
    found.records().into_iter().next().unwrap()
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[test]
fn a_correction_is_saved_shown_and_taken_back() {
    let folder = indexed();
    let before = passage(&folder, "sign before");
    let ran =
        folder.run(&["correct", id(&before), "B2B", "--theme", "customers"]).exits(0);
    assert!(ran.stderr.starts_with("saved: "), "{ran:#?}");
    assert!(ran.stdout.is_empty(), "{ran:#?}");
    let now = passage(&folder, "sign before");
    assert_eq!(now["label"], "b2b");
    assert_eq!(now["theme"], "customers");
    assert_eq!(now["confidence"], 1.0);
    assert_eq!(now["probabilities"]["b2b"], 1.0);
    assert_eq!(now["decided_by"], "person");
    assert_eq!(now["model"]["label"], before["label"]);
    assert_eq!(now["evidence"], before["evidence"]);

    // The beginning of an id will do.
    folder.run(&["correct", "--undo", &id(&before)[..6]]).exits(0);
    assert_eq!(passage(&folder, "sign before"), before);
    let ran = folder.run(&["correct", "--undo", id(&before)]).exits(1);
    assert!(ran.stderr.contains("nobody has corrected"), "{ran:#?}");
    folder.run(&["correct", "--list"]).exits(1);
}

#[test]
fn the_ledger_lies_beside_the_index_and_outlives_it() {
    let folder = indexed();
    let before = passage(&folder, "sign before");
    folder
        .run(&["correct", id(&before), "b2b", "--note", "they buy as a firm"])
        .exits(0);
    assert!(folder.path().join("corrections.jsonl").is_file());
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    folder.run(&["index", "in"]).exits(0);
    assert_eq!(passage(&folder, "sign before")["decided_by"], "person");
    let list =
        folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0).records();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["note"], "they buy as a firm");
    let table = folder.run(&["correct", "--list"]).exits(0);
    assert!(table.stdout.contains("B2B"), "{table:#?}");
    // `label` knows it as well.
    let labelled = folder.run(&["label", "in"]).exits(0).records();
    let of_person = labelled.iter().filter(|r| r["decided_by"] == "person").count();
    assert_eq!(of_person, 1);
}

#[test]
fn corrections_of_others_are_taken_up_without_touching_an_article() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let two = passage(&folder, "holiday");
    let elsewhere = ["--corrections", "theirs.jsonl"];
    folder.run(&[&elsewhere[..], &["correct", id(&one), "b2b"]].concat()).exits(0);
    folder.run(&["correct", id(&two), "b2c"]).exits(0);
    folder.run(&["index"]).exits(0);
    assert_eq!(passage(&folder, "sign before")["decided_by"], "model");
    // What git does with `merge=union`.
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    folder
        .write("corrections.jsonl", read("theirs.jsonl") + &read("corrections.jsonl"));
    folder.run(&["index"]).exits(0);
    assert_eq!(passage(&folder, "sign before")["label"], "b2b");
    assert_eq!(passage(&folder, "holiday")["label"], "b2c");
    // And a ledger that is gone takes its judgements with it.
    fs::remove_file(folder.path().join("corrections.jsonl")).unwrap();
    folder.run(&["index"]).exits(0);
    assert_eq!(passage(&folder, "sign before"), one);
    assert_eq!(passage(&folder, "holiday"), two);
}

#[test]
fn a_moved_file_and_an_edited_one_keep_their_corrections() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let two = passage(&folder, "holiday");
    folder.run(&["correct", id(&one), "b2b"]).exits(0);
    folder.run(&["correct", id(&two), "b2c"]).exits(0);
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("in/old")).unwrap();
    fs::rename(at("in/buyers.txt"), at("in/old/signatures.txt")).unwrap();
    folder.write("in/streaks.txt", STREAKS.replace("more players", "more gamers"));
    folder.run(&["index"]).exits(0);
    let now = passage(&folder, "sign before");
    assert_eq!((&now["label"], &now["decided_by"]), (&"b2b".into(), &"person".into()));
    assert_ne!(id(&now), id(&one));
    assert_eq!(passage(&folder, "holiday")["decided_by"], "person");
    // Said anew under the new name, and taken back under it.
    folder.run(&["correct", id(&now), "shared", "--kind", "general"]).exits(0);
    assert_eq!(passage(&folder, "sign before")["label"], "shared");
    folder.run(&["correct", "--undo", id(&now)]).exits(0);
    assert_eq!(passage(&folder, "sign before")["decided_by"], "model");
}

#[test]
fn an_unchanged_file_that_holds_a_moved_text_is_found_too() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    folder.run(&["correct", id(&one), "b2b"]).exits(0);
    // A copy that stood there all the time; then the original goes.
    let other = "Another article, which says quite other things, at some length, on how \
        to name a product, and quotes one sentence of the first.\n\nIt has a paragraph on \
        colours and one on the alphabet, so that nobody takes it for a copy.";
    folder.write("in/other.txt", format!("{other}\n\n{BUYERS}"));
    folder.run(&["index"]).exits(0);
    let of_person = |folder: &Folder| {
        let found =
            folder.run(&["search", "sign before", "--format", "jsonl"]).exits(0);
        found.records().iter().filter(|r| r["decided_by"] == "person").count()
    };
    assert_eq!(of_person(&folder), 1, "while the home stands, only there");
    fs::remove_file(folder.path().join("in/buyers.txt")).unwrap();
    folder.run(&["index"]).exits(0);
    assert_eq!(of_person(&folder), 1);
    folder.run(&["index", "--force"]).exits(0);
    assert_eq!(of_person(&folder), 1);
    // The home comes back.
    folder.write("in/buyers.txt", BUYERS);
    folder.run(&["index"]).exits(0);
    assert_eq!(passage(&folder, "article:buyers*")["decided_by"], "person");
    assert_eq!(of_person(&folder), 1);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let refuse = |args: &[&str], says: &str| {
        let ran = folder.run(args).exits(2);
        assert!(ran.stderr.contains(says), "{args:?}: {}", ran.stderr);
        assert!(!folder.path().join("corrections.jsonl").exists(), "{args:?}");
    };
    refuse(&["correct", "zzzzz", "b2b"], "no passage has the id");
    refuse(&["correct", id(&one), "b2x"], "b2b, b2c, shared");
    refuse(
        &["correct", id(&one), "b2b", "--kind", "contrast"],
        "only a shared passage",
    );
    refuse(&["correct", id(&one), "b2b", "--theme", "colour"], "pricing");
    refuse(&["correct", id(&one)], "required");
    refuse(&["--index", "none", "correct", id(&one), "b2b"], "no index at none");
    refuse(&["--corrections", "in", "correct", id(&one), "b2b"], "not a regular file");
    refuse(
        &["--corrections", "no/such/file", "correct", id(&one), "b2b"],
        "no/such/file",
    );
}

#[test]
fn a_damaged_ledger_stops_every_command_that_needs_it_and_stays_as_it_is() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    folder.run(&["correct", id(&one), "b2b"]).exits(0);
    folder.run(&["correct", id(&one), "b2c"]).exits(0);
    let path = folder.path().join("corrections.jsonl");
    let damaged = fs::read_to_string(&path).unwrap().replacen("b2b", "b2c", 1);
    fs::write(&path, &damaged).unwrap();
    for args in [
        &["correct", id(&one), "shared"][..],
        &["correct", "--list"],
        &["index"],
        &["label", "in"],
    ] {
        let ran = folder.run(args).exits(2);
        assert!(
            ran.stderr.contains("corrections.jsonl, line 1"),
            "{args:?}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("help: nothing was changed"),
            "{args:?}: {}",
            ran.stderr
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged, "{args:?}");
    }
    // Searching needs no ledger.
    folder.run(&["search", "holiday"]).exits(0);
}

#[test]
fn a_torn_last_line_costs_a_word_and_nothing_else() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    folder.run(&["correct", id(&one), "b2b"]).exits(0);
    let path = folder.path().join("corrections.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{}", &whole[..40])).unwrap();
    let ran = folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0);
    assert_eq!(ran.records().len(), 1);
    assert!(ran.stderr.contains("cut off"), "{ran:#?}");
    let two = passage(&folder, "holiday");
    folder.run(&["correct", id(&two), "b2c"]).exits(0);
    let ran = folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0);
    assert_eq!((ran.records().len(), &*ran.stderr), (2, ""));
}

#[test]
fn without_the_article_the_correction_is_saved_and_waits() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let path = folder.path().join("in/buyers.txt");
    let text = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let ran = folder.run(&["correct", id(&one), "b2b"]).exits(0);
    assert!(ran.stderr.contains("saved"), "{ran:#?}");
    assert!(ran.stderr.contains("after the next `delineate index`"), "{ran:#?}");
    fs::write(&path, text).unwrap();
    folder.run(&["index"]).exits(0);
    assert_eq!(passage(&folder, "sign before")["label"], "b2b");
}

#[test]
fn a_correction_never_costs_a_book_its_articles() {
    let folder = Folder::new();
    let book = fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/samples/epub/ordinary.epub"
    ));
    folder.write("in/book.epub", book.unwrap());
    folder.run(&["index", "--split-chapters", "in"]).exits(0);
    let articles = || {
        let ran = folder.run(&["export", "--what", "articles", "--format", "jsonl"]);
        ran.exits(0).records().iter().map(|r| r["article"].to_string()).collect()
    };
    let before: Vec<String> = articles();
    assert!(before.len() > 1, "the sample has chapters: {before:?}");
    let passages = folder.run(&["export", "--format", "jsonl"]).exits(0).records();
    let id = passages[0]["id"].as_str().unwrap();
    let ran = folder.run(&["correct", id, "b2c"]).exits(0);
    assert!(!ran.stderr.contains("after the next"), "it is taken up at once: {ran:#?}");
    assert_eq!(articles(), before);
    let shown = folder.run(&["show", id, "--format", "jsonl"]).exits(0).records();
    assert_eq!(shown[0]["decided_by"], "person");
}
