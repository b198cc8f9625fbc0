//! Labelled articles to learn from and to measure on.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::label::{Kind, Label, Theme};
use crate::{Error, Result};

/// What people decided about a passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gold {
    /// The label.
    pub label: Label,
    /// For shared passages, which kind.
    pub kind: Option<Kind>,
    /// The theme, where it was asked for.
    pub theme: Option<Theme>,
}

/// An article with labels for some of its passages.
#[derive(Clone, Debug)]
pub struct LabeledText {
    /// Its name.
    pub name: String,
    /// Who wrote it, or where it was published: articles of one author are never on both
    /// sides of a cross-validation.
    pub author: String,
    /// Whether it was written for this project, and so tells less of the world.
    pub own: bool,
    /// Its title.
    pub title: String,
    /// Its passages with their section paths.
    pub passages: Vec<(Vec<String>, String)>,
    /// The label of each passage that has one.
    pub gold: Vec<Option<Gold>>,
}

#[derive(Deserialize)]
struct RecordLine {
    id: String,
    #[serde(default)]
    title: String,
    passages: Vec<RecordPassage>,
}

#[derive(Deserialize)]
struct RecordPassage {
    #[serde(default)]
    section: String,
    text: String,
}

#[derive(Deserialize)]
struct SourceRow {
    record: String,
    repository: String,
    path: String,
}

#[derive(Deserialize)]
struct PointerRow {
    repository: String,
    path: String,
    sha12: String,
    label: Label,
    kind: Option<Kind>,
    theme: Option<Theme>,
}

/// Reads real articles (`records.jsonl`, `SOURCES.tsv` in `folder`) with the labels that
/// `pointers` (`corpus/real/labels.tsv`) gives to their passages. Returns how many labels
/// found no passage beside the articles.
///
/// # Errors
/// When a file cannot be read or a line does not have its form.
pub fn read_real(folder: &Path, pointers: &Path) -> Result<(Vec<LabeledText>, usize)> {
    let mut labels: HashMap<(String, String, String), Gold> = HashMap::new();
    for row in rows::<PointerRow>(pointers)? {
        let gold = Gold { label: row.label, kind: row.kind, theme: row.theme };
        labels.insert((row.repository, row.path, row.sha12), gold);
    }
    let given = labels.len();
    let sources: HashMap<String, (String, String)> =
        rows::<SourceRow>(&folder.join("SOURCES.tsv"))?
            .into_iter()
            .map(|row| (row.record, (row.repository, row.path)))
            .collect();
    let mut found = 0;
    let mut texts = Vec::new();
    for record in lines::<RecordLine>(&folder.join("records.jsonl"))? {
        let (repository, path) = sources.get(&record.id).cloned().unwrap_or_default();
        let gold: Vec<Option<Gold>> = record
            .passages
            .iter()
            .map(|p| {
                let key = (repository.clone(), path.clone(), sha12(&p.text));
                labels.remove(&key)
            })
            .collect();
        found += gold.iter().flatten().count();
        texts.push(LabeledText {
            name: record.id,
            author: repository,
            own: false,
            title: record.title,
            passages: record.passages.into_iter().map(split_section).collect(),
            gold,
        });
    }
    Ok((texts, given - found))
}

#[derive(Deserialize)]
struct JudgedLine {
    record: String,
    passage: usize,
    label: Label,
    #[serde(default, deserialize_with = "empty_as_none")]
    kind: Option<Kind>,
    #[serde(default, deserialize_with = "empty_as_none")]
    theme: Option<Theme>,
}

/// An empty string says nothing, as a missing field does.
fn empty_as_none<'de, D, T>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let word: Option<String> = Option::deserialize(deserializer)?;
    word.filter(|word| !word.is_empty())
        .map(|word| word.parse().map_err(serde::de::Error::custom))
        .transpose()
}

/// Reads a file of labels (`record`, `passage` from 1, `label`, `kind`, `theme`) and the
/// articles of the `records.jsonl` beside it.
///
/// # Errors
/// When a file cannot be read or a line does not have its form.
pub fn read_judged(labels: &Path) -> Result<Vec<LabeledText>> {
    let mut gold_of: HashMap<(String, usize), Gold> = HashMap::new();
    for line in lines::<JudgedLine>(labels)? {
        let gold = Gold { label: line.label, kind: line.kind, theme: line.theme };
        gold_of.insert((line.record, line.passage), gold);
    }
    let records = lines::<RecordLine>(&labels.with_file_name("records.jsonl"))?;
    let texts = records.into_iter().map(|record| LabeledText {
        gold: (1..=record.passages.len())
            .map(|n| gold_of.get(&(record.id.clone(), n)).copied())
            .collect(),
        author: record.id.clone(),
        name: record.id,
        own: false,
        title: record.title,
        passages: record.passages.into_iter().map(split_section).collect(),
    });
    Ok(texts.collect())
}

#[derive(Deserialize)]
struct OwnLine {
    article: String,
    title: String,
    #[serde(default)]
    section: String,
    text: String,
    label: Label,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    theme: Option<Theme>,
}

/// Reads the labelled passages of our own articles, a file an article.
///
/// # Errors
/// When a file cannot be read or a line does not have its form.
pub fn read_own(folder: &Path) -> Result<Vec<LabeledText>> {
    let entries = std::fs::read_dir(folder).map_err(Error::read(folder))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(Error::read(folder))?.path();
        if file.extension().is_some_and(|e| e == "jsonl") {
            files.push(file);
        }
    }
    files.sort();
    files.iter().map(|file| own_article(file)).collect()
}

fn own_article(file: &Path) -> Result<LabeledText> {
    let lines = lines::<OwnLine>(file)?;
    let first = lines.first();
    let name = first.map_or_else(String::new, |line| line.article.clone());
    Ok(LabeledText {
        author: name.clone(),
        name,
        own: true,
        title: first.map_or_else(String::new, |line| line.title.clone()),
        gold: lines
            .iter()
            .map(|l| Some(Gold { label: l.label, kind: l.kind, theme: l.theme }))
            .collect(),
        passages: lines
            .into_iter()
            .map(|l| split_section(RecordPassage { section: l.section, text: l.text }))
            .collect(),
    })
}

/// The first twelve hexadecimal digits of a text's SHA-256: what points at a passage.
pub fn sha12(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash[..6].iter().fold(String::new(), |mut digits, byte| {
        for half in [byte >> 4, byte & 15] {
            digits.push(char::from_digit(half.into(), 16).unwrap_or_default());
        }
        digits
    })
}

fn split_section(passage: RecordPassage) -> (Vec<String>, String) {
    let parts = passage.section.split(" > ").filter(|p| !p.is_empty());
    (parts.map(str::to_owned).collect(), passage.text)
}

fn rows<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<Vec<T>> {
    let bytes = std::fs::read(file).map_err(Error::read(file))?;
    csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(&bytes[..])
        .deserialize()
        .map(|row| row.map_err(|error| malformed(file.display(), &error)))
        .collect()
}

fn lines<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(file).map_err(Error::read(file))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            let place = format!("{}, line {}", file.display(), n + 1);
            serde_json::from_str(line).map_err(|error| malformed(place, &error))
        })
        .collect()
}

fn malformed(place: impl std::fmt::Display, error: &dyn std::error::Error) -> Error {
    Error::Malformed { place: place.to_string(), what: error.to_string() }
}
