//! Every sample under `tests/samples` against the blocks that should come out of it.
//!
//! `a.html` is compared with `a.html.expected`; a golden without a sample fails, and so does
//! a sample without a golden. `SAMPLES=overwrite cargo test samples` accepts what comes out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use delineate::article::{Article, BlockKind};
use delineate::ingest::{self, Choices, Limits, Reading, pdf::PdfEngine};
use delineate::source::SourceFile;

#[test]
fn samples_come_out_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let overwrite = std::env::var_os("SAMPLES").is_some_and(|v| v == "overwrite");
    let (mut samples, mut goldens) = (BTreeSet::new(), BTreeSet::new());
    for folder in subfolders(&root) {
        for file in files(&folder) {
            if file.extension().is_some_and(|e| e == "expected") {
                goldens.insert(file.with_extension(""));
            } else {
                samples.insert(file);
            }
        }
    }
    let mut wrong = Vec::new();
    for sample in &samples {
        let name = sample.strip_prefix(&root).unwrap().to_str().unwrap();
        let found = show(&read(sample, name));
        let golden = PathBuf::from(format!("{}.expected", sample.display()));
        if overwrite {
            fs::write(&golden, &found).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if expected != found {
            wrong.push(format!("{name}\n{}", difference(&expected, &found)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nIf this is how it should be: SAMPLES=overwrite cargo test samples",
        wrong.join("\n")
    );
    let left_over: Vec<_> = goldens.difference(&samples).collect();
    assert!(left_over.is_empty(), "goldens without a sample: {left_over:#?}");
    assert!(samples.len() >= 3 * 12, "only {} samples were found", samples.len());
}

/// Reads a sample by the readers that the program brings along, on every machine alike.
fn read(path: &Path, name: &str) -> Reading {
    let size = fs::metadata(path).unwrap().len();
    let file = SourceFile { name: name.into(), path: path.into(), size, modified: 0 };
    let limits = Limits {
        worker: Some(env!("CARGO_BIN_EXE_delineate").into()),
        choices: Choices {
            pdf_engine: PdfEngine::Builtin,
            split_chapters: name.contains("split"),
        },
        ..Limits::default()
    };
    ingest::read(&file, &limits)
}

/// What was read, legibly.
fn show(reading: &Reading) -> String {
    let mut out = String::new();
    for article in &reading.articles {
        show_article(article, &mut out);
    }
    if let Some(skipped) = &reading.skipped {
        writeln!(out, "skipped: {}", skipped.reason).unwrap();
    }
    out
}

fn show_article(article: &Article, out: &mut String) {
    let about = &article.about;
    let from = &article.provenance;
    writeln!(out, "== {}", article.name).unwrap();
    for (name, value) in [
        ("title", Some(&article.title)),
        ("author", about.author.as_ref()),
        ("date", about.date.as_ref()),
        ("url", about.url.as_ref()),
        ("language", about.language.as_ref()),
        ("format", Some(&from.format)),
        ("reader", Some(&from.reader).filter(|r| !r.is_empty())),
        ("encoding", Some(&from.encoding).filter(|e| !e.is_empty())),
    ] {
        if let Some(value) = value {
            writeln!(out, "{name}: {value}").unwrap();
        }
    }
    for warning in &article.warnings {
        writeln!(out, "warning: {warning}").unwrap();
    }
    let mut place = None;
    for block in &article.blocks {
        if block.place != place {
            place.clone_from(&block.place);
            writeln!(out, "-- {place:?}").unwrap();
        }
        let kind = match &block.kind {
            BlockKind::Heading(level) => format!("h{level}"),
            BlockKind::Paragraph => "p".to_owned(),
            BlockKind::ListItem(level) => format!("li{level}"),
            other => format!("{other:?}").to_lowercase(),
        };
        let text = block.span.of(&article.text).replace('\n', "\n    ");
        writeln!(out, "{kind}: {text}").unwrap();
    }
}

/// The lines that differ, with the one before.
fn difference(expected: &str, found: &str) -> String {
    let at = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
    let lines = |text: &str, mark: &str| {
        let from = at.saturating_sub(1);
        let some: Vec<_> = text.lines().skip(from).take(6).collect();
        some.iter().flat_map(|line| [mark, " ", line, "\n"]).collect::<String>()
    };
    format!("{}{}", lines(expected, "-"), lines(found, "+"))
}

fn subfolders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap().map(|e| e.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.filter(|p| p.is_file()).collect()
}
