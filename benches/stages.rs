//! The stages from a file to a label, one by one and joined: bytes and passages a second.
//!
//! `cargo bench --bench stages`; `DELINEATE_BENCH=FOLDER` measures another folder than the
//! sample articles. One thread.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use std::path::{Path, PathBuf};

use delineate::article::Article;
use delineate::classify::{Classifier, Languages};
use delineate::ingest::{self, Limits, find};
use delineate::record::Record;
use delineate::segment::{Segmented, segment};
use delineate::source::SourceFile;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

fn files() -> Vec<SourceFile> {
    let folder = std::env::var_os("DELINEATE_BENCH").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/articles"),
        PathBuf::from,
    );
    find(&[folder], Path::new("")).unwrap().files
}

fn read(files: &[SourceFile]) -> Vec<Article> {
    files
        .iter()
        .flat_map(|file| ingest::read(file, &Limits::default()).articles)
        .collect()
}

fn segmented() -> Vec<Segmented> {
    read(&files()).into_iter().map(segment).collect()
}

fn text_bytes(articles: &[Article]) -> BytesCount {
    BytesCount::new(articles.iter().map(|a| a.text.len()).sum::<usize>())
}

fn passages(articles: &[Segmented]) -> ItemsCount {
    ItemsCount::new(articles.iter().map(|a| a.passages.len()).sum::<usize>())
}

/// Files to articles.
#[divan::bench]
fn ingest_files(bencher: Bencher<'_, '_>) {
    let files = files();
    let bytes: u64 = files.iter().map(|f| f.size).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| read(&files));
}

/// Articles to passages.
#[divan::bench]
fn segment_articles(bencher: Bencher<'_, '_>) {
    let articles = read(&files());
    bencher
        .counter(text_bytes(&articles))
        .with_inputs(|| articles.clone())
        .bench_local_values(|all| all.into_iter().map(segment).collect::<Vec<_>>());
}

/// Passages to verdicts with their evidence.
#[divan::bench]
fn classify_passages(bencher: Bencher<'_, '_>) {
    let classifier = Classifier::embedded(Languages::English);
    let articles = segmented();
    bencher
        .counter(passages(&articles))
        .with_inputs(|| articles.clone())
        .bench_local_values(|all| {
            all.into_iter().map(|a| classifier.classify(a)).collect::<Vec<_>>()
        });
}

/// Verdicts to lines of JSON.
#[divan::bench]
fn write_records(bencher: Bencher<'_, '_>) {
    let classifier = Classifier::embedded(Languages::English);
    let articles = segmented();
    let count = passages(&articles);
    let labeled: Vec<_> =
        articles.into_iter().flat_map(|a| classifier.classify(a)).collect();
    bencher.counter(count).bench_local(|| {
        let lines = labeled.iter().map(|p| serde_json::to_string(&Record::from(p)));
        lines.map(|line| line.unwrap().len()).sum::<usize>()
    });
}

/// Files to lines of JSON: what `delineate label` does.
#[divan::bench]
fn all_together(bencher: Bencher<'_, '_>) {
    let classifier = Classifier::embedded(Languages::English);
    let files = files();
    bencher.counter(passages(&segmented())).bench_local(|| {
        let labeled = files.iter().flat_map(|file| {
            let articles = ingest::read(file, &Limits::default()).articles;
            articles.into_iter().flat_map(|a| classifier.classify(segment(a)))
        });
        labeled
            .map(|p| serde_json::to_string(&Record::from(&p)).unwrap().len())
            .sum::<usize>()
    });
}
