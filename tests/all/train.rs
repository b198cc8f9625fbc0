//! `delineate train` and `delineate evaluate`.

use crate::util::Folder;

/// A folder with a small lexicon, table and labels of its own.
pub(crate) fn small_world() -> Folder {
    let folder = Folder::new();
    let lexicon = "corpus/lexicon";
    folder.write(
        format!("{lexicon}/cues.csv").as_str(),
        "cue,side,strength,means,fires_on,not_on\nbuyer,b2b,2,m,Buyers sign.,\n",
    );
    folder.write(
        format!("{lexicon}/gazetteer.csv").as_str(),
        "name,aliases,audience,category,ambiguous\nAcme,,b2b,tools,no\n",
    );
    folder.write(
        format!("{lexicon}/kinds.csv").as_str(),
        "phrase,audience\nword game,b2c\n",
    );
    let words = ["acme", "buyers", "game", "goal", "sign", "team"];
    let mut vectors = b"DELINEV1".to_vec();
    vectors.extend(6u32.to_le_bytes());
    vectors.extend(128u32.to_le_bytes());
    for n in 0..6u8 {
        vectors.extend(0.01f32.to_le_bytes());
        vectors.extend((0..128u8).map(|d| d.wrapping_mul(n * 7 + 1)));
    }
    folder.write("model/vectors.bin", vectors);
    folder.write("model/words.tsv", words.map(|w| format!("{w}\t3\n")).concat());
    for n in 0..4 {
        let lines = [
            ("Buyers sign.", "b2b", "null"),
            ("A word game.", "b2c", "null"),
            ("The team has a goal.", "shared", "\"general\""),
        ]
        .map(|(text, label, kind)| {
            format!(
                "{{\"article\":\"a{n}.md\",\"title\":\"T\",\"section\":\"\",\"text\":\
                 \"{text}\",\"label\":\"{label}\",\"kind\":{kind},\"theme\":\"team\"}}\n"
            )
        });
        folder.write(&format!("corpus/labels/a{n}.jsonl"), lines.concat());
    }
    folder
}

#[test]
fn training_gives_the_same_bytes_whatever_the_threads() {
    let folder = small_world();
    let model = folder.path().join("model/delineate.model");
    folder.run(&["train", "-j1"]).exits(0);
    let one = std::fs::read(&model).unwrap();
    folder.run(&["train", "-j2"]).exits(0);
    assert!(one == std::fs::read(&model).unwrap(), "threads change the model");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = small_world();
    folder.run(&["train", "-n"]).exits(0);
    assert!(!folder.path().join("model/delineate.model").exists());
}

#[test]
fn a_damaged_table_is_named() {
    let folder = small_world();
    folder.write("model/vectors.bin", "nothing");
    let ran = folder.run(&["train"]).exits(2);
    assert!(ran.stderr.contains("vectors.bin"), "{}", ran.stderr);
}

#[test]
fn evaluate_counts_what_people_labelled() {
    let folder = small_world();
    let ran = folder.run(&["evaluate", "corpus/labels", "--format", "jsonl"]).exits(0);
    let records = ran.records();
    assert_eq!(records[0]["schema"], "delineate.quality/1");
    assert_eq!(records[0]["passages"], 12);
    let kappa = records[0]["kappa"].as_f64().unwrap();
    assert!((-1.0..=1.0).contains(&kappa), "{kappa}");
}

#[test]
fn evaluate_reads_labels_with_records_beside_them() {
    let folder = Folder::new();
    folder.write(
        "gold/records.jsonl",
        "{\"id\":\"r\",\"title\":\"T\",\"passages\":[{\"section\":\"\",\"text\":\"One.\"},\
         {\"section\":\"\",\"text\":\"Two.\"}]}\n",
    );
    folder.write(
        "gold/labels.jsonl",
        "{\"record\":\"r\",\"passage\":2,\"label\":\"shared\",\"kind\":\"\"}\n",
    );
    let ran =
        folder.run(&["evaluate", "gold/labels.jsonl", "--format", "jsonl"]).exits(0);
    assert_eq!(ran.records()[0]["passages"], 1);
}
