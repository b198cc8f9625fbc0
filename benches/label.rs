//! Labelling: passages a second for each step, on the program's own articles.

use std::path::Path;

use delineate::article::{BlockKind, Draft};
use delineate::classify::{Classifier, Languages, read_own};
use delineate::segment::{Segmented, segment};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

fn segmented() -> Vec<Segmented> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/labels");
    let texts = read_own(&folder).unwrap_or_default();
    texts
        .iter()
        .map(|text| {
            let mut draft = Draft::default();
            draft.title = Some(text.title.clone());
            for (section, passage) in &text.passages {
                draft.push(BlockKind::Given(section.clone()), passage);
            }
            segment(draft.finish(&text.name, "jsonl", ""))
        })
        .collect()
}

/// Articles read, added up, decided and explained.
#[divan::bench]
fn classify(bencher: Bencher) {
    let classifier = Classifier::embedded(Languages::English);
    let articles = segmented();
    let passages: usize = articles.iter().map(|a| a.passages.len()).sum();
    bencher
        .counter(ItemsCount::new(passages))
        .with_inputs(|| articles.clone())
        .bench_values(|articles| {
            articles.into_iter().map(|a| classifier.classify(a)).collect::<Vec<_>>()
        });
}
