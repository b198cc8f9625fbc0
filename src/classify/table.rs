//! Meaning vectors of words, from which a model is trained.
//!
//! `model/words.tsv` holds the words with their counts in the training text, sorted;
//! `model/vectors.bin` a vector for each. How they are made from a sentence encoder is told
//! in `model/README.md`. The binary does not carry them: a trained model has one weight a
//! word instead.

use std::collections::BTreeMap;
use std::path::Path;

use super::train::LEAST_WIDTH;
use super::weights::MASS;
use crate::{Error, Result};

/// First bytes of `vectors.bin`; then the number of words and of dimensions, four bytes
/// each; then for each word a scale, four bytes, and a signed byte a dimension.
const MAGIC: &[u8; 8] = b"DELINEV1";

/// A word as common as this, in share of all words, weighs half of a rare one.
///
/// Arora, Liang, Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings" (2017).
const HALF_MASS: f64 = 1e-3;

/// Words with their vectors.
#[derive(Clone, Debug)]
pub struct Table {
    /// The words, sorted, in normal form.
    pub(super) words: Vec<String>,
    /// What each weighs in a text, from 0 to [`MASS`].
    pub(super) masses: Vec<u16>,
    /// Length of a vector.
    pub(super) width: usize,
    /// The vectors, one after the other.
    pub(super) vectors: Vec<f32>,
}

impl Table {
    /// Reads the two files of a folder, and adds words that the lexicon needs besides.
    ///
    /// # Errors
    /// When a file cannot be read or does not have its form.
    pub fn read(folder: &Path, lexicon: &super::Lexicon) -> Result<Self> {
        let (words, vectors) = (folder.join("words.tsv"), folder.join("vectors.bin"));
        let text = std::fs::read_to_string(&words).map_err(Error::read(&words))?;
        let bytes = std::fs::read(&vectors).map_err(Error::read(&vectors))?;
        Self::of_bytes((&words, &text), (&vectors, &bytes), lexicon)
    }

    /// A table whose files are read already, each with its name for messages.
    ///
    /// # Errors
    /// When a file does not have its form.
    pub fn of_bytes(
        (words, text): (&Path, &str),
        (vectors, bytes): (&Path, &[u8]),
        lexicon: &super::Lexicon,
    ) -> Result<Self> {
        let (count, width, rows) = header(bytes).ok_or_else(|| Error::Malformed {
            place: vectors.display().to_string(),
            what: "not a table of vectors".to_owned(),
        })?;
        if width < LEAST_WIDTH {
            return Err(Error::Malformed {
                place: vectors.display().to_string(),
                what: format!(
                    "vectors of {width} numbers, and {LEAST_WIDTH} are needed"
                ),
            });
        }
        let mut entries: BTreeMap<&str, (u64, Option<&[u8]>)> = BTreeMap::new();
        for (n, (line, row)) in text.lines().zip(rows.chunks(width + 4)).enumerate() {
            let entry =
                line.split_once('\t').and_then(|(w, c)| Some((w, c.parse().ok()?)));
            let (word, uses) = entry.ok_or_else(|| Error::Malformed {
                place: format!("{}, line {}", words.display(), n + 1),
                what: "expected a word, a tab and a count".to_owned(),
            })?;
            entries.insert(word, (uses, Some(row)));
        }
        if entries.len() != count {
            return Err(Error::Malformed {
                place: words.display().to_string(),
                what: format!("{} words for {count} vectors", entries.len()),
            });
        }
        let needed = super::knowledge::Knowledge::words_of(lexicon);
        for word in &needed {
            entries.entry(word).or_insert((0, None));
        }
        let total: u64 = entries.values().map(|(uses, _)| uses + 1).sum();
        let mut table = Self {
            words: Vec::with_capacity(entries.len()),
            masses: Vec::with_capacity(entries.len()),
            width,
            vectors: Vec::with_capacity(entries.len() * width),
        };
        for (word, (uses, row)) in entries {
            let share = (uses + 1) as f64 / total as f64;
            let mass = HALF_MASS / (HALF_MASS + share) * f64::from(MASS);
            table.words.push(word.to_owned());
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of MASS, which is far below the limit"
            )]
            table.masses.push(mass.round() as u16);
            match row {
                Some(row) => table.vectors.extend(vector(row)),
                None => table.vectors.extend(std::iter::repeat_n(0.0, width)),
            }
        }
        Ok(table)
    }

    /// A word's vector.
    pub(super) fn vector(&self, id: u16) -> &[f32] {
        let at = usize::from(id) * self.width;
        &self.vectors[at..at + self.width]
    }

    /// A word's mass, 1 for the rarest.
    pub(super) fn mass(&self, id: u16) -> f32 {
        f32::from(self.masses[usize::from(id)]) / MASS
    }
}

fn header(bytes: &[u8]) -> Option<(usize, usize, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (count, rest) = rest.split_first_chunk()?;
    let (width, rows) = rest.split_first_chunk()?;
    let count = u32::from_le_bytes(*count) as usize;
    let width = u32::from_le_bytes(*width) as usize;
    (rows.len() == count * (width + 4) && count < usize::from(u16::MAX))
        .then_some((count, width, rows))
}

fn vector(row: &[u8]) -> impl Iterator<Item = f32> {
    let (scale, values) = row.split_at(4);
    let scale = f32::from_le_bytes([scale[0], scale[1], scale[2], scale[3]]);
    values.iter().map(move |&value| f32::from(value.cast_signed()) * scale)
}
