//! `delineate correct`, and how corrections live on.

use std::fs;

use proptest::prelude::*;
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
    // The home comes back. The passage is now known to be in both: where it was found when
    // its home was gone, it does not get lost again.
    folder.write("in/buyers.txt", BUYERS);
    folder.run(&["index"]).exits(0);
    assert_eq!(passage(&folder, "article:buyers*")["decided_by"], "person");
    assert_eq!(of_person(&folder), 2);
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
fn a_damaged_line_is_told_by_every_command_and_the_others_count() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let two = passage(&folder, "holiday");
    folder.run(&["correct", id(&one), "b2b"]).exits(0);
    folder.run(&["correct", id(&two), "b2b"]).exits(0);
    let path = folder.path().join("corrections.jsonl");
    let damaged = fs::read_to_string(&path).unwrap().replacen("b2b", "b2c", 1);
    fs::write(&path, &damaged).unwrap();
    for args in [
        &["index", "--force"][..],
        &["index"],
        &["status"],
        &["correct", "--list"],
        &["label", "in"],
    ] {
        let ran = folder.run(args).exits(2);
        let says = |what: &str| {
            assert!(ran.stderr.contains(what), "{args:?}: {}", ran.stderr);
        };
        says("error: corrections.jsonl, line 1 does not agree with its checksum");
        says(
            "help: what it said does not count: bring line 1 back from version control",
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged, "{args:?}");
    }
    assert_eq!(passage(&folder, "sign before")["decided_by"], "model");
    assert_eq!(passage(&folder, "holiday")["decided_by"], "person");
    // What was said is said again, which costs no line.
    let ran = folder.run(&["correct", id(&one), "b2b"]).exits(0);
    assert!(ran.stderr.contains("line 1"), "{ran:#?}");
    assert!(fs::read_to_string(&path).unwrap().starts_with(&damaged));
    assert_eq!(passage(&folder, "sign before")["decided_by"], "person");
    // Searching needs no ledger.
    folder.run(&["search", "holiday"]).exits(0);
}

#[test]
fn both_sides_of_a_merge_conflict_count() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let two = passage(&folder, "holiday");
    let elsewhere = ["--corrections", "theirs.jsonl"];
    folder.run(&[&elsewhere[..], &["correct", id(&one), "b2b"]].concat()).exits(0);
    folder.run(&["correct", id(&two), "b2b"]).exits(0);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let conflict = format!(
        "<<<<<<< HEAD\n{}=======\n{}>>>>>>> theirs\n",
        read("corrections.jsonl"),
        read("theirs.jsonl")
    );
    folder.write("corrections.jsonl", &conflict);
    let ran = folder.run(&["index"]).exits(2);
    assert!(ran.stderr.contains("line 1 is a mark of a merge conflict"), "{ran:#?}");
    assert!(ran.stderr.contains("help: take such lines out and keep all"), "{ran:#?}");
    assert_eq!(passage(&folder, "sign before")["label"], "b2b");
    assert_eq!(passage(&folder, "holiday")["label"], "b2b");
    assert_eq!(read("corrections.jsonl"), conflict);
}

#[test]
fn a_file_that_is_no_ledger_is_never_written_to() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let text = fs::read_to_string(folder.path().join("in/streaks.txt")).unwrap();
    let wrong = ["--corrections", "in/streaks.txt"];
    let ran =
        folder.run(&[&wrong[..], &["correct", id(&one), "b2b"]].concat()).exits(2);
    assert!(
        ran.stderr.contains("line 1 is no line that this program wrote"),
        "{ran:#?}"
    );
    assert!(!ran.stderr.contains("saved"), "{ran:#?}");
    let now = fs::read_to_string(folder.path().join("in/streaks.txt")).unwrap();
    assert_eq!(now, text);
}

/// The passages that a person decided, near copies among them.
fn of_person(folder: &Folder) -> Vec<Value> {
    let args =
        ["search", "decided_by:person", "--keep-duplicates", "--format", "jsonl"];
    let mut found = folder.run(&args).records();
    found.sort_by_key(|r| r["article"].as_str().map(str::to_owned));
    found
}

#[test]
fn a_correction_that_finds_no_passage_is_told_with_the_next_step() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    folder.run(&["correct", id(&one), "b2b"]).exits(0);
    let ran = folder.run(&["index"]).exits(0);
    assert!(!ran.stderr.contains("no passage"), "{ran:#?}");
    let status = folder.run(&["status"]).exits(0);
    assert!(status.stdout.contains("1 passage\n"), "{status:#?}");
    folder
        .write("in/buyers.txt", "A contract, which is another matter altogether, now.");
    let lost = "1 correction finds no passage: see `delineate correct --list`";
    for args in [&["index"][..], &["index", "-q"], &["index", "--force"]] {
        let ran = folder.run(args).exits(0);
        assert!(ran.stderr.contains(lost), "{args:?}: {ran:#?}");
    }
    let status = folder.run(&["status"]).exits(0);
    assert!(status.stdout.contains(lost), "{status:#?}");
    let status = folder.run(&["status", "--format", "jsonl"]).exits(0).records();
    assert_eq!(
        (&status[0]["corrections"], &status[0]["corrections_lost"]),
        (&1.into(), &1.into())
    );
    let ran = folder.run(&["correct", "--list"]).exits(0);
    assert!(ran.stdout.contains("NO PASSAGE; said in buyers.txt"), "{ran:#?}");
    assert!(ran.stderr.contains(lost), "{ran:#?}");
    let corrections =
        folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0).records();
    assert_eq!(corrections[0]["in_effect"], false);
    // The next step works: what has no passage is taken back by the id that was said.
    folder.run(&["correct", "--undo", id(&one)]).exits(0);
    let ran = folder.run(&["index"]).exits(0);
    assert!(!ran.stderr.contains("no passage"), "{ran:#?}");
}

#[test]
fn moved_and_then_edited_or_the_other_way_round_or_both_at_once() {
    for steps in
        [&["move", "index", "edit"][..], &["edit", "index", "move"], &["edit", "move"]]
    {
        let folder = indexed();
        let one = passage(&folder, "sign before");
        folder.run(&["correct", id(&one), "b2b", "--note", "a firm"]).exits(0);
        let at = |name: &str| folder.path().join(name);
        let mut name = "in/buyers.txt";
        for step in steps {
            match *step {
                "move" => {
                    fs::rename(at(name), at("in/moved.txt")).unwrap();
                    name = "in/moved.txt";
                }
                "edit" => {
                    let text = fs::read_to_string(at(name)).unwrap();
                    folder.write(name, text.replace("Seven", "Eight"));
                }
                _ => drop(folder.run(&["index"]).exits(0)),
            }
        }
        let ran = folder.run(&["index"]).exits(0);
        assert!(!ran.stderr.contains("no passage"), "{steps:?}: {ran:#?}");
        let now = of_person(&folder);
        assert_eq!(now.len(), 1, "{steps:?}");
        assert_eq!(now[0]["article"], "moved.txt", "{steps:?}");
        let list = folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0);
        let list = list.records();
        assert_eq!(list.len(), 1, "{steps:?}");
        assert_eq!((&list[0]["id"], &list[0]["note"]), (&one["id"], &"a firm".into()));
        assert_eq!(list[0]["passages"][0]["id"], now[0]["id"], "{steps:?}");
        assert_eq!(list[0]["in_effect"], true, "{steps:?}");
        let table = folder.run(&["correct", "--list"]).exits(0).stdout;
        assert!(table.starts_with(id(&now[0])), "{table}");
        assert!(table.contains(&format!("(said of {})", id(&one))), "{table}");
    }
}

#[test]
fn what_is_undone_stays_undone_also_when_the_old_text_comes_back() {
    for by_old_id in [false, true] {
        let folder = indexed();
        let one = passage(&folder, "sign before");
        folder.run(&["correct", id(&one), "b2b"]).exits(0);
        let text = fs::read_to_string(folder.path().join("in/buyers.txt")).unwrap();
        folder.write("in/buyers.txt", text.replace("Seven", "Eight"));
        folder.run(&["index"]).exits(0);
        let now = passage(&folder, "sign before");
        assert_eq!(now["decided_by"], "person");
        assert_ne!(id(&now), id(&one));
        let said = if by_old_id { id(&one) } else { id(&now) };
        folder.run(&["correct", "--undo", said]).exits(0);
        assert_eq!(passage(&folder, "sign before")["decided_by"], "model");
        folder.run(&["correct", "--list"]).exits(1);
        folder.write("in/buyers.txt", text);
        folder.run(&["index"]).exits(0);
        assert_eq!(passage(&folder, "sign before")["decided_by"], "model");
        folder.run(&["correct", "--undo", said]).exits(1);
    }
}

/// An article that is long enough to be known as a copy.
fn long_article() -> String {
    let more = "It goes on for a while on how a list of accounts is kept, who looks after \
        it on which day of the week, what a sheet of paper costs in the office on the third \
        floor, and why nobody has ever counted the chairs in the large room beside it.";
    format!(
        "{BUYERS} And nobody is glad of it.\n\n{more}\n\nThat is all there is to say."
    )
}

#[test]
fn a_correction_holds_in_every_near_copy() {
    let folder = Folder::new();
    folder.write("in/original.txt", long_article());
    folder.run(&["index", "in"]).exits(0);
    let one = passage(&folder, "sign before");
    folder.run(&["correct", id(&one), "b2c"]).exits(0);
    // The copy is first in the alphabet, and so the one that counts.
    folder.write("in/copy.txt", long_article());
    folder.run(&["index"]).exits(0);
    let shown = passage(&folder, "sign before");
    assert_eq!(shown["article"], "copy.txt");
    assert_eq!(
        (&shown["label"], &shown["decided_by"]),
        (&"b2c".into(), &"person".into())
    );
    assert_eq!(of_person(&folder).len(), 2);
    // It is one correction.
    let list =
        folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0).records();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["passages"].as_array().map(Vec::len), Some(2));
    // An index made anew comes to the same.
    let before = folder.run(&["export", "--format", "jsonl"]).exits(0).stdout;
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    folder.run(&["index", "in"]).exits(0);
    assert_eq!(folder.run(&["export", "--format", "jsonl"]).exits(0).stdout, before);
    // Said anew of one, it holds for both; and so when it is taken back.
    folder.run(&["correct", id(&shown), "shared"]).exits(0);
    let labels: Vec<_> =
        of_person(&folder).iter().map(|r| r["label"].clone()).collect();
    assert_eq!(labels, ["shared", "shared"]);
    folder.run(&["correct", "--undo", id(&one)]).exits(0);
    assert_eq!(of_person(&folder).len(), 0);
}

#[test]
fn a_copy_in_which_the_passage_was_edited_keeps_the_correction_too() {
    let folder = Folder::new();
    folder.write("in/original.txt", long_article() + " Or nearly all.");
    folder.write("in/copy.txt", long_article().replace("Seven", "Eight"));
    folder.run(&["index", "in"]).exits(0);
    let one = passage(&folder, "sign before");
    folder.run(&["correct", id(&one), "b2c"]).exits(0);
    folder.run(&["index"]).exits(0);
    assert_eq!(of_person(&folder).len(), 2);
    // When the one that was judged is gone, the other keeps it.
    fs::remove_file(folder.path().join("in/original.txt")).unwrap();
    let ran = folder.run(&["index"]).exits(0);
    assert!(!ran.stderr.contains("no passage"), "{ran:#?}");
    assert_eq!(of_person(&folder).len(), 1);
}

/// What the list says of a correction, and how the line that told of it ends.
#[track_caller]
fn is(now: &(String, String), said: &str, end: &str) {
    assert_eq!(now.0, said);
    assert!(now.1.trim_end().ends_with(end), "{:?} ends with {end:?}", now.1);
}

#[test]
fn said_again_only_what_is_named_changes() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let correct = |args: &[&str]| {
        let ran = folder.run(&[&["correct", id(&one)][..], args].concat()).exits(0);
        let list = folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0);
        let said = list.records().remove(0);
        let said = ["label", "kind", "theme", "note"].map(|f| said[f].clone());
        (said.map(|v| v.as_str().unwrap_or("-").to_owned()).join(" "), ran.stderr)
    };
    // The theme alone: the label is still the model's word.
    let theme = if one["theme"] == "team" { "pricing" } else { "team" };
    let was = format!("is {theme} (was {})", one["theme"].as_str().unwrap());
    is(&correct(&["--theme", theme]), &format!("- - {theme} -"), &was);
    let now = passage(&folder, "sign before");
    for field in ["label", "probabilities", "confidence", "decided_by", "unsure"] {
        assert_eq!(now[field], one[field], "{field}");
    }
    assert_eq!(now["theme"], theme);
    assert_eq!(now["model"]["theme"], one["theme"]);
    is(&correct(&["--theme", "pricing"]), "- - pricing -", "");
    let told = correct(&["shared", "--kind", "contrast", "--note", "both"]);
    is(&told, "shared contrast pricing both", "");
    is(&correct(&["shared"]), "shared contrast pricing both", "(confirmed)");
    is(
        &correct(&["--kind", "general"]),
        "shared general pricing both",
        "(was contrast)",
    );
    // Another label has no kind, and the note was on the one before.
    is(&correct(&["b2b"]), "b2b - pricing -", "(was SHARED)");
    is(&correct(&["--note", "a firm"]), "b2b - pricing a firm", "(confirmed)");
    is(
        &correct(&["--theme", "team"]),
        "b2b - team a firm",
        "is B2B, team (was pricing)",
    );
    assert_eq!(passage(&folder, "sign before")["decided_by"], "person");
    // Taken back, nothing of it is left.
    folder.run(&["correct", "--undo", id(&one)]).exits(0);
    assert_eq!(passage(&folder, "sign before"), one);
    is(&correct(&["b2c"]), "b2c - - -", "");
}

#[test]
fn show_tells_what_a_person_said_and_what_the_model_had_said() {
    let folder = indexed();
    let one = passage(&folder, "sign before");
    let of_model = folder.run(&["show", id(&one)]).exits(0).stdout;
    assert!(of_model.contains("decided by model"), "{of_model}");
    folder.run(&["correct", id(&one), "b2c", "--note", "for oneself"]).exits(0);
    let shown = folder.run(&["show", id(&one)]).exits(0).stdout;
    let at = |what: &str| shown.find(what).unwrap_or_else(|| panic!("{what}: {shown}"));
    let model = one["label"].as_str().unwrap().to_uppercase();
    let person = at("a person: B2C (for oneself)\n");
    let had_said = at(&format!("the model had said {model} "));
    assert!(person < had_said, "{shown}");
    assert!(
        !shown.contains("probabilities:"),
        "they are not of these reasons: {shown}"
    );
    let reason = of_model.lines().find(|line| line.starts_with("  +")).unwrap();
    assert!(had_said < at(reason), "{shown}");
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

/// What a user may do between two runs of `index`.
#[derive(Clone, Debug)]
enum Step {
    /// Change one word of the passage.
    Edit(usize),
    /// Give the file another name.
    Move(u8),
    /// Put another paragraph in front.
    Prepend,
    /// Bring the index up to date, from all files or from those that differ.
    Index { force: bool },
    /// Throw the index away.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..20_usize).prop_map(Step::Edit),
        3 => (0..4_u8).prop_map(Step::Move),
        1 => Just(Step::Prepend),
        3 => any::<bool>().prop_map(|force| Step::Index { force }),
        1 => Just(Step::Forget),
    ]
}

proptest! {
    // Each case runs the program a dozen times.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(6)
    })]

    /// A correction is kept through any chain of edits and moves, as long as no two runs of
    /// `index` have more than a fifth of its words between them.
    #[test]
    fn a_correction_is_kept_through_any_chain(steps in prop::collection::vec(step(), 1..12)) {
        let folder = indexed();
        let text = "every team in our house was asked which small change would help its \
            daily work most before anything new is planned";
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let mut name = "in/chain.txt".to_owned();
        let mut before = String::new();
        let write = |name: &str, words: &[String], before: &str| {
            folder.write(name, format!("{before}And {}.\n", words.join(" ")));
        };
        write(&name, &words, &before);
        folder.run(&["index", "in"]).exits(0);
        let one = passage(&folder, "article:chain.txt");
        folder.run(&["correct", id(&one), "b2c", "--theme", "team"]).exits(0);
        let (mut fresh, mut edits) = (0, 0);
        for step in steps.iter().chain([&Step::Index { force: false }]) {
            match step {
                Step::Edit(n) if edits < 3 => {
                    words[*n] = format!("other{fresh}");
                    fresh += 1;
                    edits += 1;
                    write(&name, &words, &before);
                }
                Step::Edit(_) => {}
                Step::Move(to) => {
                    let to = format!("in/chain{to}.txt");
                    fs::rename(folder.path().join(&name), folder.path().join(&to)).unwrap();
                    name = to;
                }
                Step::Prepend => {
                    before = format!("Paragraph {fresh} says something else.\n\n{before}");
                    fresh += 1;
                    write(&name, &words, &before);
                }
                Step::Index { force } => {
                    let force = force.then_some("--force");
                    let args: Vec<_> = ["index", "in"].into_iter().chain(force).collect();
                    let ran = folder.run(&args).exits(0);
                    prop_assert!(!ran.stderr.contains("no passage"), "{}", ran.stderr);
                    edits = 0;
                }
                Step::Forget => {
                    let _ = fs::remove_dir_all(folder.path().join("index"));
                }
            }
        }
        let now = of_person(&folder);
        prop_assert_eq!(now.len(), 1);
        prop_assert!(now[0]["text"].as_str().unwrap().contains(&words.join(" ")));
        folder.run(&["correct", "--undo", id(&now[0])]).exits(0);
        prop_assert_eq!(of_person(&folder).len(), 0);
    }
}
