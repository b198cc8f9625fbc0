//! Near copies: the same article saved twice, syndicated, clipped again.
//!
//! Each article has a sketch of its word sequences (MinHash with one permutation, after Li,
//! Owen and Zhang 2012, each minimum kept to eight bits, after Li and König 2010). The
//! share of equal places of two sketches estimates which share of their sequences two
//! articles have in common (Jaccard). It looks at passages only, so that what surrounds an
//! article on a page does not count.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::state::{ArticleState, State};

/// A sequence is this many words: common phrases are shorter.
const SEQUENCE: usize = 4;

/// Fewer sequences say nothing: two short notes may be alike by chance.
const LEAST: u32 = 40;

/// Two articles are near copies when this many of [`Sketch::LEN`] places are equal: about
/// 0.7 of their sequences. Of the words of a copy, one in twenty may then be another.
const EQUAL: usize = 90;

/// What an article's word sequences come down to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sketch(Box<[u8; Self::LEN]>);

impl Default for Sketch {
    fn default() -> Self {
        Self(Box::new([0; Self::LEN]))
    }
}

impl Sketch {
    pub(super) const LEN: usize = 128;

    /// The sketch of a text in pieces; all zeros where it is too short.
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut least = [u32::MAX; Self::LEN];
        let mut window = [0_u64; SEQUENCE];
        let mut words = 0_u32;
        for text in texts {
            each_word(text.as_bytes(), |word| {
                window[words as usize % SEQUENCE] = word;
                words = words.saturating_add(1);
                if words as usize >= SEQUENCE {
                    let mut hash = 0_u64;
                    for back in 0..SEQUENCE {
                        let word = window[(words as usize + back) % SEQUENCE];
                        hash = (hash.rotate_left(17) ^ word).wrapping_mul(MULTIPLIER);
                    }
                    hash ^= hash >> 29;
                    let place = (hash >> 57) as usize;
                    least[place] = least[place].min(low_half(hash));
                }
            });
        }
        if words < LEAST {
            return Self::default();
        }
        let mut sketch = Box::new([0; Self::LEN]);
        for (at, place) in sketch.iter_mut().enumerate() {
            // An empty place takes the next one's value, mixed with the distance
            // (Shrivastava and Li 2014).
            let step = (0..Self::LEN)
                .find(|step| least[(at + step) % Self::LEN] != u32::MAX)
                .unwrap_or(0);
            let value = u64::from(least[(at + step) % Self::LEN]) ^ (step as u64) << 32;
            *place = value.wrapping_mul(MULTIPLIER).to_be_bytes()[2];
        }
        Self(sketch)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0[..]
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Box::new(bytes.try_into().ok()?)))
    }

    /// Whether the text was too short for a sketch.
    fn is_empty(&self) -> bool {
        self.0.iter().all(|b| *b == 0)
    }

    fn near(&self, other: &Self) -> bool {
        if self.is_empty() || other.is_empty() {
            return false;
        }
        let equal = self.0.iter().zip(&other.0[..]).filter(|(a, b)| a == b).count();
        equal >= EQUAL
    }
}

fn low_half(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// From the golden ratio, as in Fibonacci hashing.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of each word: letters and digits without case; quotes and all else divide.
/// Not the words of the index: this has to cost next to nothing, and both sides of a
/// comparison are cut alike.
fn each_word(bytes: &[u8], mut take: impl FnMut(u64)) {
    let mut hash = 0_u64;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        // E2 80 begins dashes, curly quotes and the dots of an ellipsis.
        let divides = if byte == 0xe2 && bytes.get(at) == Some(&0x80) {
            at += 2;
            true
        } else {
            !(byte.is_ascii_alphanumeric() || byte >= 0x80)
        };
        if !divides {
            hash = (hash ^ u64::from(byte | 0x20)).wrapping_mul(0x0100_0000_01b3);
        } else if hash != 0 {
            take(hash);
            hash = 0;
        }
    }
    if hash != 0 {
        take(hash);
    }
}

/// Marks in a state which articles are near copies of which: of each group, the one with
/// the most text counts, the first by name among equals. `is_new` tells which articles
/// were not there, or not like that, when the state was last marked; others need not be
/// compared with each other again.
pub(super) fn mark(state: &mut State, is_new: impl Fn(u32) -> bool) {
    let all: Vec<_> = state.articles().collect();
    let new: Vec<_> = (0..all.len()).filter(|&at| is_new(all[at].number)).collect();
    let sketches: Vec<_> = all.iter().map(|a| &a.sketch).collect();
    let mut sets = Sets::new(all.len());
    if new.len() < MANY {
        for (known, members) in known_groups(&all, &new) {
            if known == members.len() {
                for &at in &members {
                    sets.join(at, members[0]);
                }
            } else {
                // A member is gone, perhaps the one that held the others together.
                join_near(&members, &members, &sketches, &mut sets);
            }
        }
        join_near(&new, &(0..all.len()).collect::<Vec<_>>(), &sketches, &mut sets);
    } else {
        join_by_bands(&sketches, &mut sets);
    }
    let groups = sets.groups();

    let mut marks = marks(&all, groups);
    let mut at = 0;
    for file in &mut state.files {
        for nth in 0..file.articles.len() {
            let (copy_of, copies) = marks.remove(&at).unwrap_or_default();
            let article = &file.articles[nth].article;
            if (&article.copy_of, &article.copies) != (&copy_of, &copies) {
                let article = &mut Arc::make_mut(file).articles[nth].article;
                (article.copy_of, article.copies) = (copy_of, copies);
            }
            at += 1;
        }
    }
}

/// Of which article one is a near copy, and which are near copies of it.
type Mark = (Option<String>, Vec<String>);

/// The marks of the articles that stand in groups, by their places.
fn marks(all: &[&ArticleState], groups: Vec<Vec<usize>>) -> BTreeMap<usize, Mark> {
    let mut marks: BTreeMap<usize, Mark> = BTreeMap::new();
    for mut group in groups {
        group.sort_by(|&a, &b| {
            let (a, b) = (&all[a].article, &all[b].article);
            b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name))
        });
        let first = group[0];
        let mut names: Vec<_> =
            group[1..].iter().map(|&copy| all[copy].article.name.clone()).collect();
        names.sort();
        marks.insert(first, (None, names));
        for &copy in &group[1..] {
            marks.insert(copy, (Some(all[first].article.name.clone()), Vec::new()));
        }
    }
    marks
}

/// From so many new articles on, comparing each with all costs more than sorting bands.
const MANY: usize = 100;

/// The groups as they were marked, with how many members each had and those still there.
fn known_groups(all: &[&ArticleState], new: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let mut groups: BTreeMap<&str, (usize, Vec<usize>)> = BTreeMap::new();
    for (at, state) in all.iter().enumerate() {
        if new.binary_search(&at).is_ok() {
            continue;
        }
        let article = &state.article;
        if let Some(first) = &article.copy_of {
            groups.entry(first).or_default().1.push(at);
        } else if !article.copies.is_empty() {
            let group = groups.entry(&article.name).or_default();
            group.0 = article.copies.len() + 1;
            group.1.push(at);
        }
    }
    groups.into_values().collect()
}

fn join_near(some: &[usize], all: &[usize], sketches: &[&Sketch], sets: &mut Sets) {
    for &a in some {
        for &b in all {
            if a != b && sketches[a].near(sketches[b]) {
                sets.join(a, b);
            }
        }
    }
}

/// Joins all near pairs. Two sketches that differ in at most `LEN - EQUAL` = 38 places agree
/// throughout in at least four of 42 bands, so no pair is missed.
fn join_by_bands(sketches: &[&Sketch], sets: &mut Sets) {
    let mut order: Vec<usize> =
        (0..sketches.len()).filter(|&at| !sketches[at].is_empty()).collect();
    for band in 0..Sketch::LEN / BAND {
        let key = |at: usize| &sketches[at].0[band * BAND..][..BAND];
        order.sort_by_key(|&at| (key(at), at));
        for run in order.chunk_by(|&a, &b| key(a) == key(b)) {
            for (nth, &a) in run.iter().enumerate() {
                for &b in &run[..nth] {
                    if sets.first(a) != sets.first(b) && sketches[a].near(sketches[b]) {
                        sets.join(a, b);
                    }
                }
            }
        }
    }
}

/// Places in a band.
const BAND: usize = 3;

/// Disjoint sets of places, each known by its first member.
struct Sets(Vec<usize>);

impl Sets {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn first(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.0[a.max(b)] = a.min(b);
    }

    /// The sets of two and more.
    fn groups(mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.0.len() {
            let first = self.first(at);
            if first != at {
                groups.entry(first).or_insert_with(|| vec![first]).push(at);
            }
        }
        groups.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::state::FileState;

    /// An article of 300 words, of which one in `every` is another than in its source.
    fn text(source: u64, every: u64, seed: u64) -> String {
        let word = |n: u64, seed: u64| {
            format!("w{} ", (n * 7919 + seed).wrapping_mul(MULTIPLIER) >> 50)
        };
        (1..=300)
            .map(|n| word(n, if every > 0 && n % every == 0 { seed } else { source }))
            .collect()
    }

    fn state(texts: &[String]) -> State {
        let files = (0..).zip(texts).map(|(number, text)| {
            let mut article = ArticleState { number, ..ArticleState::default() };
            article.article.name = format!("{number:03}");
            article.article.bytes = text.len() as u64;
            article.sketch = Sketch::of([&**text]);
            Arc::new(FileState { articles: vec![article], ..FileState::default() })
        });
        State { files: files.collect(), ..State::default() }
    }

    fn copies(state: &State) -> Vec<(String, Option<String>)> {
        state
            .articles()
            .map(|a| (a.article.name.clone(), a.article.copy_of.clone()))
            .collect()
    }

    #[test]
    fn a_copy_with_few_other_words_is_near() {
        let same = Sketch::of([&*text(1, 0, 0)]);
        assert!(same.near(&Sketch::of([&*text(1, 40, 5)])), "one word in forty");
        assert!(!same.near(&Sketch::of([&*text(1, 5, 5)])), "one word in five");
        assert!(!same.near(&Sketch::of([&*text(2, 0, 0)])), "another text");
    }

    #[test]
    fn quotes_case_and_the_cut_into_passages_do_not_count() {
        let one = text(1, 0, 0);
        let (head, tail) = one.split_at(one[..one.len() / 2].rfind(' ').unwrap());
        let tail = format!("\u{201c}{}\u{201d}\u{2026}", tail.to_uppercase());
        assert_eq!(Sketch::of([&*one]), Sketch::of([head, &*tail]));
    }

    #[test]
    fn short_notes_are_nobodys_copies() {
        assert!(Sketch::of(["See you on Monday, then."]).is_empty());
    }

    /// One by one or all at once, in both ways of comparing: the same groups.
    #[test]
    fn marking_new_articles_is_like_marking_all() {
        let texts: Vec<_> =
            (0..MANY as u64 + 50).map(|n| text(n % 30, 40 * (n % 3), n)).collect();
        let mut all = state(&texts);
        mark(&mut all, |_| true);
        assert!(copies(&all).iter().filter(|c| c.1.is_some()).count() > 50);

        let mut grown = state(&texts[..texts.len() - 20]);
        mark(&mut grown, |_| true);
        grown.files.extend(all.files[texts.len() - 20..].iter().cloned());
        mark(&mut grown, |n| n as usize >= texts.len() - 20);
        assert_eq!(copies(&grown), copies(&all));

        // Taking articles away again, the first of their groups among them.
        let mut shrunk = all.clone();
        shrunk.files.drain(..15);
        mark(&mut shrunk, |_| false);
        let mut fresh = all.clone();
        fresh.files.drain(..15);
        mark(&mut fresh, |_| true);
        assert_eq!(copies(&shrunk), copies(&fresh));
    }
}
