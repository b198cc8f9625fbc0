//! Words that count by themselves, beside their meaning: what a theme is called is told by
//! words ("churn", "roadmap") more than by what they have in common.

use std::collections::BTreeMap;

use super::features::Place;
use super::knowledge::UNKNOWN;
use super::optimize::Sparse;
use super::reading::{Reading, Text};
use super::table::Table;
use super::weights::share;

/// A word is heeded by itself where so many labelled passages hold it.
const SEEN: usize = 5;

/// The same for headings and titles, which are short.
const SEEN_ABOVE: usize = 3;

/// A text's words with their masses, each once, sorted.
type Bag = Vec<(u16, f32)>;

/// The words of an article's texts.
pub(super) struct Bags {
    title: Bag,
    sections: Vec<Bag>,
    passages: Vec<Bag>,
    section_totals: Vec<Bag>,
    total: Bag,
}

/// Where a word stands, as far as its weight depends on that, and its number.
pub(super) type Key = (u8, u16);

const IN_PASSAGES: u8 = 0;
const IN_HEADINGS: u8 = 1;
const IN_TITLE: u8 = 2;

/// The kind of a place's keys: other passages are read as if they were the passage itself.
pub(super) fn kind_of(place: Place) -> u8 {
    match place {
        Place::Section => IN_HEADINGS,
        Place::Title => IN_TITLE,
        _ => IN_PASSAGES,
    }
}

impl Bags {
    /// Of a read article.
    pub(super) fn new(reading: &Reading, table: &Table) -> Self {
        let of = |text: &Text| {
            let known = reading.ids(text).filter(|id| *id != UNKNOWN);
            merged(known.map(|id| (id, table.mass(id))).collect())
        };
        let passages: Vec<Bag> = reading.passages.iter().map(of).collect();
        let mut section_totals = vec![Bag::new(); reading.sections.len()];
        for (passage, &section) in passages.iter().zip(&reading.section_of) {
            section_totals[section].extend(passage);
        }
        Self {
            title: of(&reading.title),
            sections: reading.sections.iter().map(of).collect(),
            section_totals: section_totals.into_iter().map(merged).collect(),
            total: merged(passages.concat()),
            passages,
        }
    }

    /// The words of a passage, its headings and the title.
    pub(super) fn near(
        &self,
        reading: &Reading,
        passage: usize,
    ) -> impl Iterator<Item = Key> {
        let keys = |kind: u8, bag: &'_ Bag| -> Vec<Key> {
            bag.iter().map(|(id, _)| (kind, *id)).collect()
        };
        let section = reading.section_of[passage];
        let bags = [
            keys(IN_PASSAGES, &self.passages[passage]),
            keys(IN_HEADINGS, &self.sections[section]),
            keys(IN_TITLE, &self.title),
        ];
        bags.into_iter().flatten()
    }

    /// What a passage sees of all words, each place by its scale and its share.
    pub(super) fn row(
        &self,
        reading: &Reading,
        passage: usize,
        scale: impl Fn(Place) -> f32,
    ) -> Vec<(Key, f32)> {
        let here = &self.passages[passage];
        let section = reading.section_of[passage];
        let none = &Bag::new();
        let mut row: BTreeMap<Key, f32> = BTreeMap::new();
        for place in Place::ALL {
            let times = scale(place) * share(place);
            let (bag, without) = match place {
                Place::Passage => (here, none),
                Place::Section => (&self.sections[section], none),
                Place::Title => (&self.title, none),
                Place::Before => {
                    (passage.checked_sub(1).map_or(none, |p| &self.passages[p]), none)
                }
                Place::After => (self.passages.get(passage + 1).unwrap_or(none), none),
                Place::Rest => (&self.section_totals[section], here),
                Place::Article => (&self.total, here),
            };
            for (bag, times) in [(bag, times), (without, -times)] {
                for &(id, mass) in bag {
                    *row.entry((kind_of(place), id)).or_default() += mass * times;
                }
            }
        }
        row.into_iter().collect()
    }
}

fn merged(mut words: Vec<(u16, f32)>) -> Bag {
    words.sort_unstable_by_key(|(id, _)| *id);
    let mut bag = Bag::new();
    for (id, mass) in words {
        match bag.last_mut() {
            Some((last, sum)) if *last == id => *sum += mass,
            _ => bag.push((id, mass)),
        }
    }
    bag
}

/// The columns of the words that are heeded, by how many passages hold each.
pub(super) fn columns(seen: &BTreeMap<Key, usize>) -> BTreeMap<Key, u32> {
    let heeded = seen.iter().filter(|((kind, _), times)| {
        **times >= if *kind == IN_PASSAGES { SEEN } else { SEEN_ABOVE }
    });
    heeded.map(|(key, _)| *key).zip(0..).collect()
}

/// Rows in those columns.
pub(super) fn sparse(
    rows: impl Iterator<Item = Vec<(Key, f32)>>,
    columns: &BTreeMap<Key, u32>,
) -> Sparse {
    let mut sparse = Sparse::new(columns.len());
    for row in rows {
        let known = row
            .into_iter()
            .filter_map(|(key, value)| Some((*columns.get(&key)?, value)));
        sparse.push(known);
    }
    sparse
}
