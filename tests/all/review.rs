//! `delineate review`: answers in, corrections out.

use crate::util::Folder;

fn indexed() -> Folder {
    let folder = Folder::new();
    for (name, text) in [
        ("buyers.txt", "Seven people sign before anybody at the customer may log in."),
        (
            "streaks.txt",
            "A streak that breaks on holiday loses more players than any price.",
        ),
        (
            "habits.txt",
            "Talk to five people a week, write down what they say, and compare.",
        ),
    ] {
        folder.write(&format!("in/{name}"), text);
    }
    folder.run(&["index", "in"]).exits(0);
    folder
}

/// The labels that people gave, by the order of articles.
fn judged(folder: &Folder) -> Vec<(String, String)> {
    let found = folder.run(&[
        "search",
        "decided_by:person",
        "--sort",
        "path",
        "--format",
        "jsonl",
    ]);
    let records = found.records();
    let field =
        |r: &serde_json::Value, name: &str| r[name].as_str().unwrap().to_owned();
    records.iter().map(|r| (field(r, "article"), field(r, "label"))).collect()
}

#[test]
fn the_least_certain_come_first_and_answers_are_saved() {
    let folder = indexed();
    let all = folder.run(&["search", "*", "--sort", "confidence", "--format", "jsonl"]);
    let least = all.records().last().unwrap()["article"].as_str().unwrap().to_owned();
    let ran = folder.run_with_input(&["review", "-n", "1"], "b pricing\n").exits(0);
    assert!(ran.stdout.contains("1 of 1") && ran.stdout.contains(&least), "{ran:#?}");
    assert!(ran.stderr.contains("1 answer saved"), "{ran:#?}");
    assert_eq!(judged(&folder), [(least.clone(), "b2b".to_owned())]);
    // What a person decided is not asked again.
    let ran = folder.run_with_input(&["review"], "").exits(0);
    assert!(ran.stdout.contains("1 of 2") && !ran.stdout.contains(&least), "{ran:#?}");
}

#[test]
fn answers_can_be_passed_over_taken_back_and_stopped() {
    let folder = indexed();
    let answers = "maybe\n\nc\nu\ns\nq\n";
    let ran = folder.run_with_input(&["review"], answers).exits(0);
    assert!(ran.stderr.contains("`maybe` is no answer"), "{ran:#?}");
    assert!(ran.stderr.contains("1 answer saved"), "{ran:#?}");
    let judged = judged(&folder);
    assert_eq!(judged.len(), 1, "{judged:?}");
    assert_eq!(judged[0].1, "shared");
}

#[test]
fn nothing_to_review_is_status_1() {
    let folder = indexed();
    let ran = folder.run_with_input(&["review", "--article", "none*"], "b\n").exits(1);
    assert!(ran.stderr.contains("nothing to review"), "{ran:#?}");
    folder.run_with_input(&["review", "-n", "9"], "y\ny\ny\n").exits(0);
    folder.run_with_input(&["review"], "y\n").exits(1);
}
