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
fn an_id_that_two_records_share_is_told() {
    let folder = Folder::new();
    let record =
        |id: &str| format!("{{\"id\":\"{id}\",\"text\":\"Some words to read.\"}}\n");
    let input = [record("a"), record("b"), record("a")].concat();
    let ran =
        folder.run_with_input(&["label", "--input", "jsonl", "-"], input).exits(0);
    assert_eq!(ran.records().len(), 3);
    assert_eq!(
        ran.stderr,
        "warning: a: the id stands in line 1 and in line 3: their passages have the same \
         `article`\n"
    );
    let input = (0..20).map(|_| record("a")).collect::<String>();
    let ran =
        folder.run_with_input(&["label", "--input", "jsonl", "-"], input).exits(0);
    assert_eq!(ran.stderr.lines().count(), 6, "{}", ran.stderr);
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

#[test]
fn evidence_comes_by_absolute_weight() {
    let folder = Folder::new();
    folder.write(
        "in/a.md",
        "# Pricing for teams\n\nProcurement asked for a security review before the annual \
         contract was signed by the buying committee.\n\n## Games\n\nPlayers open the game \
         every day to keep their streak.\n",
    );
    for record in folder.run(&["label", "in"]).exits(0).records() {
        let weights: Vec<f64> = record["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["weight"].as_f64().unwrap().abs())
            .collect();
        assert!(weights.len() > 3, "{record}");
        assert!(weights.is_sorted_by(|a, b| a >= b), "{weights:?}");
    }
}
