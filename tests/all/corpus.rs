//! The program's own corpus: no passage twice, none of other people's.

use std::collections::HashMap;
use std::path::Path;

use delineate::classify::{LabeledText, read_judged, read_own};

/// So many words in a row that two writers hardly ever choose alike.
const RUN: usize = 10;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn own() -> Vec<LabeledText> {
    read_own(&root().join("corpus/labels")).unwrap()
}

/// The runs of a text's words, in lower case.
fn runs(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        delineate::segment::words(&lower).map(|(_, word)| word).collect();
    words.windows(RUN).map(|run| run.join(" ")).collect()
}

#[test]
fn no_passage_stands_twice_in_the_corpus() {
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut twice = Vec::new();
    for text in own() {
        for (number, (_, passage)) in text.passages.iter().enumerate() {
            let place = format!("{}, passage {}", text.name, number + 1);
            let runs = runs(passage);
            let shared: Vec<_> = runs
                .iter()
                .filter_map(|run| seen.get(run).filter(|p| **p != place))
                .collect();
            if 2 * shared.len() > runs.len() {
                twice.push(format!("{place} is much like {}", shared[0]));
            }
            for run in runs {
                seen.entry(run).or_insert_with(|| place.clone());
            }
        }
    }
    assert!(twice.is_empty(), "{}", twice.join("\n"));
}

/// Runs only where the articles for measuring lie beside the repository: they are other
/// people's and not part of it.
#[test]
fn nothing_in_the_corpus_is_from_the_articles_for_measuring() {
    let labels = root().join("../shared/dev/labels.jsonl");
    if !labels.exists() {
        return;
    }
    let theirs: HashMap<String, String> = read_judged(&labels)
        .unwrap()
        .into_iter()
        .flat_map(|text| {
            let name = text.name.clone();
            text.passages
                .into_iter()
                .flat_map(|(_, passage)| runs(&passage))
                .map(move |run| (run, name.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    for text in own() {
        for (_, passage) in &text.passages {
            // A few are stock phrases ("went public on the New York Stock Exchange").
            let runs = runs(passage);
            let taken: Vec<_> =
                runs.iter().filter(|run| theirs.contains_key(*run)).collect();
            assert!(taken.len() < 5, "{}: {taken:?}", text.name);
        }
    }
}

#[test]
fn the_model_has_learned_what_it_was_taught() {
    let folder = crate::util::Folder::new();
    let labels = root().join("corpus/labels");
    let ran = folder.run(&["evaluate", labels.to_str().unwrap(), "--format", "jsonl"]);
    let quality = &ran.exits(0).records()[0];
    // Not how good it is elsewhere: a model that falls below was not trained on this corpus.
    assert!(quality["kappa"].as_f64().unwrap() > 0.5, "{quality:#?}");
    assert!(quality["calibration_error"].as_f64().unwrap() < 0.2, "{quality:#?}");
}
