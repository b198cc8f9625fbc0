//! `delineate doctor`.

use serde_json::Value;

use crate::util::{Folder, Ran};

const BUYERS: &str = "Seven people sign before anybody at the customer may log in.";

/// What it says of one thing.
#[track_caller]
fn finding(ran: &Ran, what: &str) -> Value {
    let found = ran.records().into_iter().find(|f| f["what"] == what);
    found.unwrap_or_else(|| panic!("nothing on {what}: {ran:#?}"))
}

fn doctor(folder: &Folder, code: i32) -> Ran {
    folder.run(&["doctor", "--format", "jsonl"]).exits(code)
}

#[test]
fn without_an_index_it_says_how_to_make_one() {
    let folder = Folder::new();
    let ran = doctor(&folder, 0);
    assert_eq!(finding(&ran, "index")["state"], "note");
    let help = &finding(&ran, "index")["help"];
    assert!(help.as_str().unwrap().contains("delineate index FOLDER"), "{help}");
}

#[test]
fn it_tells_what_is_stale_and_shows_no_text_of_articles() {
    let folder = Folder::new();
    folder.write("in/secret-plan.txt", BUYERS);
    folder.run(&["index", "in"]).exits(0);
    let ran = doctor(&folder, 0);
    for what in ["program", "index", "articles", "corrections", "model"] {
        assert_eq!(finding(&ran, what)["state"], "ok", "{ran:#?}");
    }
    let table = folder.run(&["doctor"]).exits(0);
    assert!(table.stdout.contains("every checksum is right"), "{table:#?}");
    for ran in [&ran, &table] {
        assert!(!ran.stdout.contains("Seven"), "{ran:#?}");
        assert!(!ran.stdout.contains("secret-plan"), "{ran:#?}");
    }
    folder.write("in/more.txt", BUYERS);
    let found = finding(&doctor(&folder, 0), "articles");
    assert_eq!(found["state"], "note");
    assert!(found["found"].as_str().unwrap().contains("1 new or changed"), "{found}");
}

#[test]
fn a_damaged_ledger_is_broken_and_a_lost_passage_is_told_of() {
    let folder = Folder::new();
    folder.write("in/a.txt", BUYERS);
    folder.run(&["index", "in"]).exits(0);
    let found = folder.run(&["search", "log", "--format", "jsonl"]).exits(0).records();
    folder.run(&["correct", found[0]["id"].as_str().unwrap(), "b2b"]).exits(0);
    assert_eq!(finding(&doctor(&folder, 0), "corrections")["state"], "ok");
    folder.write(
        "in/a.txt",
        "Another text in the place of the one that was judged before.",
    );
    folder.run(&["index"]).exits(0);
    let corrections = finding(&doctor(&folder, 0), "corrections");
    assert_eq!(corrections["state"], "note");
    let text = corrections["found"].as_str().unwrap();
    assert!(text.contains("no passage in the index for 1"), "{text}");
    folder.write("corrections.jsonl", "{}\n");
    let ran = doctor(&folder, 2);
    assert_eq!(finding(&ran, "corrections")["state"], "broken");
    assert!(finding(&ran, "corrections")["help"].is_string(), "{ran:#?}");
}
