//! What it costs to make an index of the sample articles, and to keep it up to date.
//!
//! `cargo bench --bench index`; `DELINEATE_BENCH=FOLDER` measures another folder.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use delineate::classify::{Classifier, Languages};
use delineate::correct::Ledger;
use delineate::index::{Update, update};
use delineate::ingest::{Limits, find, read};
use delineate::segment::segment;
use divan::Bencher;
use divan::counter::BytesCount;
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{IndexWriter, doc};
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

/// The floor: tantivy handed the same passages, with nothing read, labelled or kept beside.
#[divan::bench(sample_count = 5)]
fn bare_tantivy(bencher: Bencher<'_, '_>) {
    let folder = articles();
    let texts = texts(&folder);
    bencher
        .counter(BytesCount::new(bytes(&folder)))
        .with_inputs(|| TempDir::new().unwrap())
        .bench_refs(|index| index_bare(&texts, index.path()));
}

/// Headings and text of every passage.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let files = find(&[folder.to_owned()], Path::new("")).unwrap().files;
    let articles = files.iter().flat_map(|f| read(f, &Limits::default()).articles);
    articles
        .flat_map(|article| segment(article).passages)
        .map(|passage| (passage.section_path(), passage.text().to_owned()))
        .collect()
}

fn index_bare(texts: &[(String, String)], dir: &Path) {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("en_stem")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let words = TextOptions::default().set_indexing_options(indexing).set_stored();
    let mut schema = Schema::builder();
    let section = schema.add_text_field("section", words.clone());
    let body = schema.add_text_field("text", words);
    let index = tantivy::Index::create_in_dir(dir, schema.build()).unwrap();
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 120 << 20).unwrap();
    for (heading, text) in texts {
        writer.add_document(doc!(section => &**heading, body => &**text)).unwrap();
    }
    writer.commit().unwrap();
    writer.wait_merging_threads().unwrap();
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
