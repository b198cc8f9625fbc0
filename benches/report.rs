//! What reports cost, from records in memory to what is written.
//!
//! `cargo bench --bench report`; on the sample articles in as many copies as make 30,000
//! passages.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use delineate::article::{BlockKind, Draft};
use delineate::classify::{Classifier, Languages, read_own};
use delineate::label::Label;
use delineate::record::Record;
use delineate::report::compare::{Comparison, Options};
use delineate::report::concordance::{self, Company, Phrase};
use delineate::report::stats::{By, stats};
use delineate::report::words::{Counter, Group, Options as WordOptions};
use delineate::report::{self, Format, Heading, csv, rows};
use delineate::segment::segment;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

const PASSAGES: usize = 30_000;

/// The sample passages, labelled, in copies. Each copy has its own articles and words, so
/// that the vocabulary grows as it does with real articles.
fn records() -> &'static [Record] {
    static RECORDS: OnceLock<Vec<Record>> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/labels");
        let classifier = Classifier::embedded(Languages::English);
        let mut own = Vec::new();
        for text in read_own(&folder).unwrap() {
            let mut draft = Draft::default();
            draft.title = Some(text.title);
            for (section, passage) in &text.passages {
                draft.push(BlockKind::Given(section.clone()), passage);
            }
            let segmented = segment(draft.finish(&text.name, "jsonl", ""));
            own.extend(classifier.classify(segmented).iter().map(Record::from));
        }
        let copies =
            (0..).flat_map(|copy| own.iter().map(move |record| (copy, record)));
        let renamed = copies.map(|(copy, record)| Record {
            article: format!("{copy}/{}", record.article),
            text: record.text.replace(" the ", &format!(" the x{copy} ")),
            ..record.clone()
        });
        renamed.take(PASSAGES).collect()
    })
}

fn all() -> impl Iterator<Item = Result<Record, Infallible>> {
    records().iter().cloned().map(Ok)
}

fn text() -> BytesCount {
    BytesCount::new(records().iter().map(|r| r.text.len()).sum::<usize>())
}

/// What handing the records over costs, to be taken off the others.
#[divan::bench]
fn copy_records(bencher: Bencher) {
    bencher.counter(ItemsCount::new(PASSAGES)).counter(text()).bench(|| all().count());
}

#[divan::bench]
fn compare(bencher: Bencher) {
    bencher.counter(ItemsCount::new(PASSAGES)).counter(text()).bench(|| {
        let records = all().map(|record| record.map(|record| (record, 0)));
        Comparison::of(records, &Options::default())
    });
}

#[divan::bench]
fn keywords(bencher: Bencher) {
    bencher.counter(ItemsCount::new(PASSAGES)).counter(text()).bench(|| {
        let mut counter = Counter::default();
        for record in records() {
            let is_b2b = record.label == Some(Label::B2b);
            counter.add(if is_b2b { Group::First } else { Group::Second }, record);
        }
        counter.keywords(Group::First, &WordOptions::default())
    });
}

#[divan::bench]
fn concordance_lines(bencher: Bencher) {
    let phrase = Phrase::parse("sales cycle").unwrap();
    bencher.counter(ItemsCount::new(PASSAGES)).counter(text()).bench(|| {
        let lines = records().iter().map(|r| concordance::lines(r, &phrase, 10).len());
        lines.sum::<usize>()
    });
}

#[divan::bench]
fn collocates(bencher: Bencher) {
    bencher.counter(ItemsCount::new(PASSAGES)).counter(text()).bench(|| {
        let mut company = Company::new(Phrase::parse("pricing").unwrap(), 5);
        for record in records() {
            company.add(record);
        }
        company.places()
    });
}

#[divan::bench]
fn count_by_theme(bencher: Bencher) {
    bencher
        .counter(ItemsCount::new(PASSAGES))
        .counter(text())
        .bench(|| stats(all(), &[By::Theme]));
}

#[divan::bench(args = ["csv", "jsonl", "html", "xlsx"])]
fn export_passages(bencher: Bencher, format: &str) {
    let format = match format {
        "csv" => Format::Csv(csv::Style::default()),
        "jsonl" => Format::Jsonl,
        "html" => Format::Html,
        _ => Format::Xlsx,
    };
    bencher.counter(ItemsCount::new(PASSAGES)).counter(text()).bench(|| {
        let rows = records().iter().map(Ok::<_, io::Error>);
        report::write(rows, format, &Heading::default(), &mut io::sink())
    });
}

#[divan::bench]
fn export_articles(bencher: Bencher) {
    bencher
        .counter(ItemsCount::new(PASSAGES))
        .counter(text())
        .bench(|| rows::articles(all()).count());
}
