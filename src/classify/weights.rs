//! The learned part of the model, and its file image.
//!
//! A word has a weight for each label and each theme in passages, in headings and in titles,
//! and one for contrast: two rows of sixteen-bit numbers. That is all that is left
//! of the word's meaning vector after training, since a model that is linear in the mean of
//! vectors is linear in the words.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::features::{FEATURES, Place};
use super::knowledge::{Knowledge, UNKNOWN};

/// How many labels.
pub(super) const LABELS: usize = 3;
/// How many themes.
pub(super) const THEMES: usize = 13;
/// The two rows that a word has: what it says in passages, and what in headings. A passage's
/// words are many and its headings' few, so only the first has to be small and near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// In a passage, for itself and for those around it.
    Passage,
    /// In a section's headings and the title.
    Heading,
}

/// Width of a row: one line of the processor's cache.
pub(super) const COLUMNS: usize = 32;

/// Where a place's weights stand.
pub(super) const fn row_of(place: Place) -> Row {
    match place {
        Place::Section | Place::Title => Row::Heading,
        _ => Row::Passage,
    }
}

/// Where in its row the weights of a place for the labels begin. Other passages are read as
/// if they were the passage itself.
pub(super) const fn label_column(place: Place) -> usize {
    match place {
        Place::Title => LABELS,
        _ => 0,
    }
}

/// Where in its row the weights of a place for the themes begin, likewise.
pub(super) const fn theme_column(place: Place) -> usize {
    match place {
        Place::Section => 2 * LABELS,
        Place::Title => 2 * LABELS + THEMES,
        _ => LABELS,
    }
}

/// Where in the passage's row the weight for contrast stands.
pub(super) const CONTRAST_COLUMN: usize = LABELS + THEMES;

/// How much the words of a place count: those of the passage, its headings and the title
/// fully, those of other passages in part. By cross-validation; half as much more or less
/// changes the figures by half a hundredth.
pub(super) const fn share(place: Place) -> f32 {
    match place {
        Place::Passage | Place::Section | Place::Title => 1.0,
        Place::Before | Place::After => 0.2,
        Place::Rest | Place::Article => 0.3,
    }
}

/// What one text's words add up to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    /// Sum of the rows.
    pub(super) columns: [i32; COLUMNS],
    /// Sum of the words' masses.
    pub(super) mass: u32,
}

impl Sums {
    /// Of no words.
    pub(super) const ZERO: Self = Self { columns: [0; COLUMNS], mass: 0 };

    /// Adds another text's.
    pub(super) fn add(&mut self, other: &Self) {
        for (sum, value) in self.columns.iter_mut().zip(&other.columns) {
            *sum = sum.saturating_add(*value);
        }
        self.mass = self.mass.saturating_add(other.mass);
    }

    /// Takes a part out again.
    pub(super) fn without(&self, part: &Self) -> Self {
        Self {
            columns: std::array::from_fn(|c| {
                self.columns[c].saturating_sub(part.columns[c])
            }),
            mass: self.mass.saturating_sub(part.mass),
        }
    }

    /// What each weight is multiplied by: long texts count more than short ones, but less
    /// than in proportion.
    pub(super) fn scale(&self) -> f32 {
        scale(self.mass as f32 / MASS)
    }
}

/// Mass of the rarest words; the commonest weigh next to nothing.
pub(super) const MASS: f32 = 4096.0;

/// A weight in whole units.
pub(super) fn steps(weight: f32, unit: f32) -> i16 {
    let steps = if unit > 0.0 { (weight / unit).round() } else { 0.0 };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the unit is the greatest weight's share of the range"
    )]
    let steps = steps as i16;
    steps
}

/// One over the root of a text's mass, counted in rare words.
pub(super) fn scale(mass: f32) -> f32 {
    1.0 / (mass + 1.0).sqrt()
}

/// The model.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Words and phrases.
    pub(super) knowledge: Knowledge,
    /// What words say in passages: [`COLUMNS`] weights a word, two bytes each.
    pub(super) passage_rows: Cow<'static, [u8]>,
    /// What they say in headings, likewise.
    pub(super) heading_rows: Cow<'static, [u8]>,
    /// The mass of each word, two bytes.
    pub(super) masses: Cow<'static, [u8]>,
    /// What is not a word's.
    pub(super) dense: Dense,
    /// What the model says of itself: JSON.
    pub(super) facts: Cow<'static, [u8]>,
    /// What tells its image from others; nought before there is one.
    pub(super) checksum: u32,
}

/// Weights of features, and what turns sums into scores.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dense {
    /// What one unit of each column is worth, in the order of [`Row`].
    pub(super) units: [[f32; COLUMNS]; 2],
    /// Score of each label before any evidence.
    pub(super) label_bias: [f32; LABELS],
    /// Weights of the features for the labels.
    pub(super) labels: Vec<[f32; LABELS]>,
    /// Score of contrast before any evidence.
    pub(super) contrast_bias: f32,
    /// Weights of the features for contrast.
    pub(super) contrast: Vec<f32>,
    /// Score of each theme before any evidence.
    pub(super) theme_bias: [f32; THEMES],
    /// Below this confidence a person should look.
    pub(super) unsure_below: f32,
}

impl Dense {
    /// All weights nought.
    pub(super) fn zero() -> Self {
        Self {
            units: [[0.0; COLUMNS]; 2],
            label_bias: [0.0; LABELS],
            labels: vec![[0.0; LABELS]; FEATURES],
            contrast_bias: 0.0,
            contrast: vec![0.0; FEATURES],
            theme_bias: [0.0; THEMES],
            unsure_below: 0.0,
        }
    }

    /// Every number in the order of the image.
    fn numbers(&mut self) -> impl Iterator<Item = &mut f32> {
        self.units
            .as_flattened_mut()
            .iter_mut()
            .chain(&mut self.label_bias)
            .chain(self.labels.as_flattened_mut())
            .chain([&mut self.contrast_bias])
            .chain(&mut self.contrast)
            .chain(&mut self.theme_bias)
            .chain([&mut self.unsure_below])
    }
}

/// What a model says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// The version of the program that made it.
    pub(super) program: String,
    /// Passages of real articles that it has learned from.
    pub(super) real_passages: usize,
    /// Passages of the project's own.
    pub(super) own_passages: usize,
    /// Authors of the real articles.
    pub(super) authors: usize,
    /// Agreement beyond chance on authors left out.
    pub(super) kappa: f64,
    /// Mean F1 of the labels on authors left out.
    pub(super) macro_f1: f64,
    /// Checksum of the file of verdicts on the project's own articles, left out.
    pub(super) out_of_fold: String,
    /// The user's corrections that it has learned from.
    pub(super) corrections: usize,
}

impl Facts {
    pub(super) fn to_json(&self) -> Cow<'static, [u8]> {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// So many of the greatest weights still add up within 32 bits.
const MOST_WORDS: usize = (i32::MAX as u32 / i16::MIN.unsigned_abs() as u32) as usize;

/// First bytes of an image; the digit is the form's version. Then the checksum of all that
/// follows it, and the sections' lengths, four bytes each.
const MAGIC: &[u8; 8] = b"DELINEM3";
const SECTIONS: usize = 9;

/// Sections begin at multiples of this, so that no row lies across two lines of the cache.
const LINE: usize = 64;

impl Model {
    /// Adds up the rows of words; in a text of very many, of the first [`MOST_WORDS`].
    pub(super) fn sums(&self, row: Row, ids: impl Iterator<Item = u16>) -> Sums {
        let rows = match row {
            Row::Passage => self.passage_rows.as_chunks::<{ 2 * COLUMNS }>().0,
            Row::Heading => self.heading_rows.as_chunks::<{ 2 * COLUMNS }>().0,
        };
        let mut columns = [0; COLUMNS];
        let mut mass = 0;
        for id in ids.take(MOST_WORDS) {
            if id == UNKNOWN {
                continue;
            }
            let row = &rows[usize::from(id)];
            for (sum, weight) in columns.iter_mut().zip(row.as_chunks().0) {
                *sum += i32::from(i16::from_le_bytes(*weight));
            }
            mass += self.mass(id);
        }
        Sums { columns, mass }
    }

    /// What the model says of itself; of a foreign image, nothing.
    pub(super) fn facts(&self) -> Facts {
        serde_json::from_slice(&self.facts).unwrap_or_default()
    }

    /// A word's mass, from 0 to [`MASS`].
    pub(super) fn mass(&self, id: u16) -> u32 {
        let at = usize::from(id) * 2;
        u32::from(u16::from_le_bytes([self.masses[at], self.masses[at + 1]]))
    }

    /// A word's weights for the labels in the passage itself.
    pub(super) fn word_labels(&self, id: u16) -> [f32; LABELS] {
        let at = usize::from(id) * 2 * COLUMNS;
        let row = &self.passage_rows[at..at + 2 * LABELS];
        let [units, _] = &self.dense.units;
        std::array::from_fn(|c| {
            f32::from(i16::from_le_bytes([row[2 * c], row[2 * c + 1]])) * units[c]
        })
    }

    /// The image: a header of section lengths, then the sections.
    pub(super) fn to_image(&self) -> Vec<u8> {
        let mut dense = self.dense.clone();
        let numbers: Vec<u8> = dense.numbers().flat_map(|n| n.to_le_bytes()).collect();
        let sections: [&[u8]; SECTIONS] = [
            &self.knowledge.words,
            &self.knowledge.moves,
            &self.knowledge.states,
            &self.knowledge.phrases,
            &self.passage_rows,
            &self.heading_rows,
            &self.masses,
            &numbers,
            &self.facts,
        ];
        let mut image = MAGIC.to_vec();
        image.extend([0; CHECKSUM]);
        for section in sections {
            let length = u32::try_from(section.len()).unwrap_or(u32::MAX);
            image.extend(length.to_le_bytes());
        }
        for section in sections {
            image.resize(image.len().next_multiple_of(LINE), 0);
            image.extend(section);
        }
        let checksum = checksum(&image);
        image[MAGIC.len()..MAGIC.len() + CHECKSUM]
            .copy_from_slice(&checksum.to_le_bytes());
        image
    }

    /// Reads an image in place: apart from some thousand numbers nothing is decoded.
    ///
    /// `None` when it is no image of this version, or cut short. Its checksum is read, not
    /// verified: that is for an image that comes from a file, by [`is_whole`].
    pub(super) fn from_image(image: &'static [u8]) -> Option<Self> {
        let (sections, dense, checksum) = parts(image)?;
        let [words, moves, states, phrases, passages, headings, masses, _, facts] =
            sections;
        let knowledge = Knowledge {
            words: words.into(),
            moves: moves.into(),
            states: states.into(),
            phrases: phrases.into(),
        };
        Some(Self {
            knowledge,
            passage_rows: passages.into(),
            heading_rows: headings.into(),
            masses: masses.into(),
            dense,
            facts: facts.into(),
            checksum,
        })
    }
}

/// Whether bytes have the form of a model's image: what [`train`](super::train()) made can
/// be read again.
pub fn is_image(image: &[u8]) -> bool {
    parts(image).is_some()
}

/// The sections of an image, the numbers in one of them, and the stated checksum.
fn parts(image: &[u8]) -> Option<([&[u8]; SECTIONS], Dense, u32)> {
    let rest = image.strip_prefix(MAGIC)?;
    let (checksum, mut rest) = rest.split_first_chunk()?;
    let checksum = u32::from_le_bytes(*checksum);
    let mut lengths = [0; SECTIONS];
    for length in &mut lengths {
        let (bytes, after) = rest.split_first_chunk()?;
        *length = u32::from_le_bytes(*bytes) as usize;
        rest = after;
    }
    let mut sections = [&[][..]; SECTIONS];
    for (section, length) in sections.iter_mut().zip(lengths) {
        let done = image.len() - rest.len();
        let (_, padded) = rest.split_at_checked(done.next_multiple_of(LINE) - done)?;
        (*section, rest) = padded.split_at_checked(length)?;
    }
    let [words, moves, _, _, passages, headings, masses, numbers, _] = sections;
    let mut dense = Dense::zero();
    let mut values = numbers.as_chunks().0.iter();
    for number in dense.numbers() {
        *number = f32::from_le_bytes(*values.next()?);
    }
    let whole = rest.is_empty()
        && values.next().is_none()
        && (words.len() / 8).is_power_of_two()
        && (moves.len() / 8).is_power_of_two()
        && passages.len() == masses.len() * COLUMNS
        && headings.len() == passages.len();
    whole.then_some((sections, dense, checksum))
}

/// Length of the checksum.
const CHECKSUM: usize = 4;

fn checksum(image: &[u8]) -> u32 {
    crc32fast::hash(&image[MAGIC.len() + CHECKSUM..])
}

/// Whether an image is as it was written.
pub(super) fn is_whole(image: &[u8]) -> bool {
    image
        .strip_prefix(MAGIC)
        .and_then(<[u8]>::first_chunk)
        .is_some_and(|stated| u32::from_le_bytes(*stated) == checksum(image))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_millions_of_words_does_not_overflow() {
        let model = super::super::EMBEDDED.as_ref().unwrap();
        for id in [0, 1, 2] {
            let sums = model.sums(Row::Passage, std::iter::repeat_n(id, 3_000_000));
            let mut total = sums;
            (0..100_000).for_each(|_| total.add(&sums));
            assert!(total.scale().is_finite());
            assert!(total.without(&sums).scale().is_finite());
        }
    }
}
