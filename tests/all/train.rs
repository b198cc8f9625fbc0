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
    folder.run(&["train", "--corpus", "corpus", "-j1"]).exits(0);
    let one = std::fs::read(&model).unwrap();
    folder.run(&["train", "--corpus", "corpus", "-j2"]).exits(0);
    assert!(one == std::fs::read(&model).unwrap(), "threads change the model");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = small_world();
    folder.run(&["train", "--corpus", "corpus", "-n"]).exits(0);
    assert!(!folder.path().join("model/delineate.model").exists());
    assert!(!folder.path().join("model/out-of-fold.tsv").exists());
}

#[test]
fn verdicts_on_articles_left_out_are_written_beside_the_model() {
    let folder = small_world();
    folder.run(&["train", "--corpus", "corpus"]).exits(0);
    let file = folder.path().join("model/out-of-fold.tsv");
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let header = "article\tpassage\tgold\tgold_theme\tlabel\ttheme\tconfidence";
    assert_eq!(lines.next(), Some(header));
    let first = lines.next().unwrap();
    assert!(first.starts_with("a0.md\t1\tb2b\tteam\t"), "{first}");
    assert_eq!(lines.count(), 11);
}

const GOATS: &str = "Goats give milk in spring, and the milk becomes cheese.";

/// An index of two articles on goats, one passage of which is corrected.
fn corrected() -> Folder {
    let folder = Folder::new();
    folder.write("in/goats.txt", GOATS);
    folder.write("in/more.txt", "Cheese from the milk of goats sells well in spring.");
    folder.write("in/team.txt", "The team agreed on a goal for the quarter.");
    folder.run(&["index", "in"]).exits(0);
    let found = folder.run(&["search", "\"goats give\"", "--format", "jsonl"]).exits(0);
    let id = found.records()[0]["id"].as_str().unwrap().to_owned();
    folder.run(&["correct", &id, "b2c"]).exits(0);
    folder
}

/// How probable B2C is to the model for the passages of these files.
fn b2c(folder: &Folder, args: &[&str]) -> Vec<f64> {
    let ran = folder.run(&[&["label", "in/more.txt", "in/team.txt"], args].concat());
    let records = ran.exits(0).records();
    records.iter().map(|r| r["probabilities"]["b2c"].as_f64().unwrap()).collect()
}

#[test]
fn what_was_learned_from_a_correction_reaches_passages_like_it() {
    let folder = corrected();
    let before = b2c(&folder, &[]);
    let ran = folder.run(&["train"]).exits(0);
    assert!(ran.stderr.contains("learned from 1 correction"), "{ran:#?}");
    let after = b2c(&folder, &[]);
    assert!(after[0] > before[0] + 0.01, "like it: {before:?}, then {after:?}");
    let others = (after[1] - before[1]).abs();
    assert!(others < after[0] - before[0], "unlike it: {before:?}, then {after:?}");
    assert_eq!(b2c(&folder, &["--model", "builtin"]), before);

    let ran = folder.run(&["index", "in"]).exits(0);
    assert!(ran.stderr.contains("labels are made by another model now"), "{ran:#?}");
    let found = folder.run(&["search", "cheese sells", "--format", "jsonl"]).exits(0);
    let indexed = &found.records()[0]["probabilities"]["b2c"];
    assert!((indexed.as_f64().unwrap() - after[0]).abs() < 1e-3);
    let ran = folder.run(&["doctor"]).exits(0);
    assert!(ran.stdout.contains("learned from 1 correction"), "{ran:#?}");
}

#[test]
fn learning_again_begins_anew_and_forgets_what_was_taken_back() {
    let folder = corrected();
    let before = b2c(&folder, &["--model", "builtin"]);
    folder.run(&["train"]).exits(0);
    let model = folder.path().join("delineate.model");
    let once = std::fs::read(&model).unwrap();
    folder.run(&["train"]).exits(0);
    assert!(
        once == std::fs::read(&model).unwrap(),
        "learned twice from one correction"
    );
    let ran = folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0);
    let id = ran.records()[0]["id"].as_str().unwrap().to_owned();
    folder.run(&["correct", "--undo", &id]).exits(0);
    folder.run(&["train", "-n"]).exits(1);
    assert!(model.exists());
    folder.run(&["train"]).exits(1);
    assert!(!model.exists());
    assert_eq!(b2c(&folder, &[]), before);
}

#[test]
fn a_correction_teaches_also_without_an_index() {
    let folder = corrected();
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    let ran = folder.run(&["train", "-n"]).exits(0);
    assert!(ran.stderr.contains("learned from 1 correction"), "{ran:#?}");
    assert!(!folder.path().join("delineate.model").exists());
}

#[test]
fn a_model_that_cannot_be_used_is_named_with_the_way_out() {
    let folder = corrected();
    folder.run(&["train"]).exits(0);
    let model = folder.path().join("delineate.model");
    let mut bytes = std::fs::read(&model).unwrap();
    bytes[100_000] ^= 1;
    std::fs::write(&model, bytes).unwrap();
    let ran = folder.run(&["label", "in/more.txt"]).exits(2);
    assert!(ran.stderr.contains("delineate.model"), "{ran:#?}");
    assert!(ran.stderr.contains("--model builtin"), "{ran:#?}");
    folder.run(&["label", "in/more.txt", "--model", "builtin"]).exits(0);
    folder.run(&["label", "in/more.txt", "--model", "nowhere"]).exits(2);
    folder.run(&["doctor"]).exits(2);
    folder.run(&["search", "cheese"]).exits(0);
    folder.run(&["train"]).exits(0);
    folder.run(&["doctor"]).exits(0);
}

#[test]
fn nothing_is_learned_from_no_corrections() {
    let folder = Folder::new();
    let ran = folder.run(&["train"]).exits(1);
    assert!(ran.stderr.contains("delineate correct"), "{ran:#?}");
}

#[test]
fn a_damaged_table_is_named() {
    let folder = small_world();
    folder.write("model/vectors.bin", "nothing");
    let ran = folder.run(&["train", "--corpus", "corpus"]).exits(2);
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
