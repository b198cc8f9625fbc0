//! `delineate label`.

use crate::util::Folder;

#[test]
fn each_given_passage_gets_one_answer_in_order() {
    let folder = Folder::new();
    let record =
        r#"{"id":"a1","title":"T","passages":[{"section":"A > B","text":"One."},
        {"section":"","text":""},{"text":"One."}]}"#
            .replace('\n', "");
    let ran =
        folder.run_with_input(&["label", "--input", "jsonl", "-"], record).exits(0);
    let records = ran.records();
    assert_eq!(records.len(), 3, "{ran:#?}");
    for (record, number) in records.iter().zip(1..) {
        assert_eq!(record["article"], "a1");
        assert_eq!(record["passage"], number);
    }
    assert_eq!(records[0]["section"], "A > B");
    assert_ne!(
        records[0]["id"], records[2]["id"],
        "equal texts are still two passages"
    );
}

#[test]
fn a_line_that_is_no_record_costs_one_warning() {
    let folder = Folder::new();
    let input = "{\"id\":\"a\",\"text\":\"Some words here to read.\"}\nnot json\n";
    let ran =
        folder.run_with_input(&["label", "--input", "jsonl", "-"], input).exits(2);
    assert_eq!(ran.records().len(), 1);
    assert!(ran.stderr.contains("standard input, line 2"), "{}", ran.stderr);
}

#[test]
fn threads_do_not_change_the_output() {
    let folder = Folder::new();
    for n in 0..150 {
        folder.write(
            &format!("in/{n}.txt"),
            format!("Passage {n} on pricing for teams."),
        );
    }
    let one = folder.run(&["label", "-j1", "in"]).exits(0);
    let two = folder.run(&["label", "-j2", "in"]).exits(0);
    assert_eq!(one.stdout, two.stdout);
}

#[test]
fn an_empty_folder_has_no_article() {
    let folder = Folder::new();
    folder.write("in/photo.png", [0x89, b'P']);
    folder.run(&["label", "in"]).exits(1);
    let ran = folder.run(&["label", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("there is no nowhere"), "{}", ran.stderr);
}
