//! What it costs to open an index of the sample articles and to ask it.
//!
//! `cargo bench --bench search`; `DELINEATE_BENCH_INDEX=DIR` measures another index.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use delineate::classify::{Classifier, Languages};
use delineate::correct::Ledger;
use delineate::index::{Filter, Index, Update, update};
use delineate::ingest::Limits;
use delineate::label::Label;
use delineate::search::{Query, Search, Side, search, similar};
use divan::Bencher;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// The folder of the index to measure, made once.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<(Option<TempDir>, PathBuf)> = OnceLock::new();
    let (_, path) = FOLDER.get_or_init(|| {
        if let Some(given) = std::env::var_os("DELINEATE_BENCH_INDEX") {
            return (None, PathBuf::from(given));
        }
        let made = TempDir::new().unwrap();
        let classifier = Classifier::embedded(Languages::English);
        let ledger = Ledger::read(Path::new("no corrections")).unwrap();
        let articles = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/articles");
        let job = Update {
            dir: made.path(),
            paths: &[articles],
            force: false,
            threads: 0,
            classifier: &classifier,
            limits: &Limits::default(),
            ledger: &ledger,
            progress: &|_| true,
        };
        update(&job).unwrap();
        let path = made.path().to_owned();
        (Some(made), path)
    });
    path
}

#[divan::bench]
fn open() -> Index {
    Index::open(folder()).unwrap()
}

/// Ten hits with their records and marks, and the count of all.
#[divan::bench(args = [
    "pricing",
    "product",
    "\"sales cycle\"",
    "\"of the\"",
    "\"price contract\"~10",
    "enterpr*",
    "custmer~1",
    "pricing (trial OR contract) -webinar",
    "theme:pricing label:b2b",
    "*",
])]
fn ask(bencher: Bencher<'_, '_>, query: &str) {
    let index = Index::open(folder()).unwrap();
    let query: Query = query.parse().unwrap();
    bencher.bench(|| search(&index, &query, &Search::default()).unwrap().total);
}

#[divan::bench]
fn ask_with_flags(bencher: Bencher<'_, '_>) {
    let index = Index::open(folder()).unwrap();
    let query: Query = "price".parse().unwrap();
    let filter = Filter {
        labels: vec![Label::B2b],
        min_confidence: Some(0.5),
        article: Some("*e*".to_owned()),
        ..Filter::default()
    };
    let wanted = Search { filter, facets: true, ..Search::default() };
    bencher.bench(|| search(&index, &query, &wanted).unwrap().total);
}

#[divan::bench]
fn passages_like_one(bencher: Bencher<'_, '_>) {
    let index = Index::open(folder()).unwrap();
    let first = index.passages(&Filter::default()).unwrap().next().unwrap().unwrap();
    bencher.bench(|| {
        similar(&index, &first, Side::Any, &Search::default()).unwrap().total
    });
}

/// Every record in order, as `export` reads them.
#[divan::bench(sample_count = 10)]
fn all_records(bencher: Bencher<'_, '_>) {
    let index = Index::open(folder()).unwrap();
    bencher.bench(|| index.records(&Filter::default()).unwrap().count());
}
