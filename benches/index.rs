//! What it costs to make an index of the sample articles, and to keep it up to date.
//!
//! `cargo bench --bench index`; `DELINEATE_BENCH=FOLDER` measures another folder.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use delineate::classify::{Classifier, Languages};
use delineate::correct::Ledger;
use delineate::index::{Update, update};
use delineate::ingest::{Limits, find};
use divan::Bencher;
use divan::counter::BytesCount;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// The folder to measure.
fn articles() -> PathBuf {
    std::env::var_os("DELINEATE_BENCH").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/articles"),
        PathBuf::from,
    )
}

fn bytes(folder: &Path) -> u64 {
    find(&[folder.to_owned()], Path::new(""))
        .unwrap()
        .files
        .iter()
        .map(|f| f.size)
        .sum()
}

fn bring_up_to_date(folder: &Path, index: &Path) {
    let classifier = Classifier::embedded(Languages::English);
    let ledger = Ledger::read(Path::new("no corrections")).unwrap();
    let job = Update {
        dir: index,
        paths: &[folder.to_owned()],
        force: false,
        threads: 0,
        classifier: &classifier,
        limits: &Limits::default(),
        ledger: &ledger,
        progress: &|_| true,
    };
    update(&job).unwrap();
}

/// All articles read, segmented, labelled and indexed.
#[divan::bench(sample_count = 5)]
fn from_nothing(bencher: Bencher<'_, '_>) {
    let folder = articles();
    bencher
        .counter(BytesCount::new(bytes(&folder)))
        .with_inputs(|| TempDir::new().unwrap())
        .bench_refs(|index| bring_up_to_date(&folder, index.path()));
}

/// Nothing has changed: a look at each file.
#[divan::bench]
fn unchanged(bencher: Bencher<'_, '_>) {
    let folder = articles();
    let index = TempDir::new().unwrap();
    bring_up_to_date(&folder, index.path());
    bencher.bench_local(|| bring_up_to_date(&folder, index.path()));
}

/// One article of all has changed.
#[divan::bench(sample_count = 10)]
fn one_changed(bencher: Bencher<'_, '_>) {
    let folder = TempDir::new().unwrap();
    for file in find(&[articles()], Path::new("")).unwrap().files {
        let to = folder.path().join(&file.name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file.path, to).unwrap();
    }
    let index = TempDir::new().unwrap();
    let changing = folder.path().join("changing.md");
    let mut turn = 0;
    bencher
        .with_inputs(|| {
            turn += 1;
            let text =
                format!("# Turn {turn}\n\nThe price of a seat is {turn} a month.\n");
            fs::write(&changing, text).unwrap();
        })
        .bench_local_refs(|()| bring_up_to_date(folder.path(), index.path()));
}
