//! The passages that stand for a side: central among its passages, sure of their label,
//! from different articles and authors, none nearly the same as another.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::super::lexicon::{Lexicon, Token};

/// Passages that differ by less than this are the same remark twice: cosine of their
/// tf-idf vectors. Paraphrases of one argument by two authors lie below 0.5, copies with a
/// changed sentence above.
const SAME: f32 = 0.6;

/// From this many words on, a passage says enough to be quoted; below, it counts for less.
const ENOUGH_WORDS: f32 = 35.0;

/// What each quote that is chosen already takes from the next of the same author.
const AGAIN: f32 = 0.5;

/// How many passages hold each term.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    passages: usize,
    holding: Vec<u32>,
}

/// The terms of a passage and how often each occurs, function words left out, by term.
pub(super) type Bag = Box<[(u32, u16)]>;

impl Frequencies {
    /// Counts a passage, and gives its bag.
    pub(super) fn add(&mut self, lexicon: &Lexicon, tokens: &[Token]) -> Bag {
        let content = tokens.iter().filter(|t| !lexicon.is_function_word(t.form));
        let mut terms: Vec<u32> = content.map(|t| lexicon.term(t.form)).collect();
        terms.sort_unstable();
        self.holding.resize(lexicon.len(), 0);
        self.passages += 1;
        let mut bag: Vec<(u32, u16)> = Vec::new();
        for run in terms.chunk_by(|a, b| a == b) {
            self.holding[run[0] as usize] += 1;
            bag.push((run[0], u16::try_from(run.len()).unwrap_or(u16::MAX)));
        }
        bag.into()
    }

    /// The tf-idf vector of a bag, of length 1: `(1 + ln tf) ln(N / df)`.
    ///
    /// Salton, G. & Buckley, C. (1988): Term-weighting approaches in automatic text
    /// retrieval. Information Processing & Management 24, 513–523.
    fn vector(&self, bag: &Bag) -> Vector {
        let weight = |&(term, n): &(u32, u16)| {
            let df = self.holding[term as usize].max(1) as f32;
            let idf = (self.passages as f32 / df).ln();
            (term, (1.0 + f32::from(n).ln()) * idf)
        };
        let mut vector: Vec<_> = bag.iter().map(weight).collect();
        let length = vector.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if length > 0.0 {
            for (_, weight) in &mut vector {
                *weight /= length;
            }
        }
        vector
    }
}

/// Weights of terms, by term.
type Vector = Vec<(u32, f32)>;

fn cosine(a: &Vector, b: &Vector) -> f32 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut sum = 0.0;
    while let (Some((x, v)), Some((y, w))) = (a.peek(), b.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                sum += v * w;
                a.next();
                b.next();
            }
        }
    }
    sum
}

/// A passage that may be quoted.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Which passage: the caller's number.
    pub(super) passage: usize,
    /// Its article.
    pub(super) article: u32,
    /// Its article's author.
    pub(super) author: u32,
    /// Its terms.
    pub(super) bag: Bag,
    /// How many words it has.
    pub(super) words: usize,
    /// What speaks for it beside its place among the others, 0 to 1.
    pub(super) merit: f32,
}

/// The middle of some passages. Each article weighs as much as any other, however long.
#[derive(Debug, Default)]
struct Centre {
    weights: FxHashMap<u32, f32>,
}

impl Centre {
    fn of<'a>(members: impl Iterator<Item = (u32, &'a Vector)> + Clone) -> Self {
        let mut of_article: FxHashMap<u32, f32> = FxHashMap::default();
        members.clone().for_each(|(article, _)| {
            *of_article.entry(article).or_default() += 1.0;
        });
        let mut weights: FxHashMap<u32, f32> = FxHashMap::default();
        for (article, vector) in members {
            let share = 1.0 / of_article[&article];
            for (term, weight) in vector {
                *weights.entry(*term).or_default() += share * weight;
            }
        }
        let mut centre = Self { weights };
        centre.scale();
        centre
    }

    /// What this centre has more of than another, scaled to length 1.
    fn beyond(&self, other: &Self) -> Self {
        let mut weights = FxHashMap::default();
        weights.extend(self.weights.iter().map(|(&term, &weight)| {
            let theirs = other.weights.get(&term).copied().unwrap_or(0.0);
            (term, (weight - theirs).max(0.0))
        }));
        let mut beyond = Self { weights };
        beyond.scale();
        beyond
    }

    fn scale(&mut self) {
        // In the order of the terms, so that the sum is the same in every run.
        let mut terms: Vec<_> = self.weights.iter().map(|(&t, &w)| (t, w)).collect();
        terms.sort_unstable_by_key(|(term, _)| *term);
        let length = terms.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        if length > 0.0 {
            self.weights.values_mut().for_each(|w| *w /= length);
        }
    }

    fn near(&self, vector: &Vector) -> f32 {
        vector
            .iter()
            .map(|(t, w)| w * self.weights.get(t).copied().unwrap_or(0.0))
            .sum()
    }
}

/// Chooses quotes, each time knowing what it chose before.
pub(super) struct Chooser<'a> {
    frequencies: &'a Frequencies,
    /// How often each author was quoted.
    authors: HashMap<u32, i32>,
    /// Every passage that was quoted: none is quoted twice.
    quoted: Vec<(usize, u32, Vector)>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(frequencies: &'a Frequencies) -> Self {
        Self { frequencies, authors: HashMap::new(), quoted: Vec::new() }
    }

    /// The passages, at most `most`, that are central to `candidates`, and far from
    /// `others` where there are some.
    pub(super) fn central(
        &mut self,
        candidates: &[Candidate],
        others: &[Candidate],
        most: usize,
    ) -> Vec<usize> {
        let vectors = self.vectors(candidates);
        let other_vectors = self.vectors(others);
        let centre = centre(candidates, &vectors);
        let beyond = centre.beyond(&self::centre(others, &other_vectors));
        let scores = candidates.iter().zip(&vectors).map(|(candidate, vector)| {
            let place = (centre.near(vector) + beyond.near(vector)).max(0.0);
            // The root, since a passage twice as near says no twice as much.
            place.sqrt() * candidate.merit * length_merit(candidate.words)
        });
        let scores: Vec<_> = scores.collect();
        self.choose(candidates, vectors, &scores, most)
    }

    /// The passages, at most `most`, with the greatest merit of their own.
    pub(super) fn best(&mut self, candidates: &[Candidate], most: usize) -> Vec<usize> {
        let vectors = self.vectors(candidates);
        let scores: Vec<_> =
            candidates.iter().map(|c| c.merit * length_merit(c.words)).collect();
        self.choose(candidates, vectors, &scores, most)
    }

    fn vectors(&self, candidates: &[Candidate]) -> Vec<Vector> {
        candidates.iter().map(|c| self.frequencies.vector(&c.bag)).collect()
    }

    fn choose(
        &mut self,
        candidates: &[Candidate],
        mut vectors: Vec<Vector>,
        scores: &[f32],
        most: usize,
    ) -> Vec<usize> {
        let mut chosen = Vec::new();
        let mut articles = Vec::new();
        let mut open: Vec<usize> =
            (0..candidates.len()).filter(|&n| scores[n] > 0.0).collect();
        while chosen.len() < most {
            let worth = |&n: &usize| {
                let before =
                    self.authors.get(&candidates[n].author).copied().unwrap_or(0);
                scores[n] * AGAIN.powi(before)
            };
            // The first of equals: the order of candidates is that of the articles.
            let best = open.iter().enumerate().reduce(|best, next| {
                if worth(next.1) > worth(best.1) { next } else { best }
            });
            let Some((at, &best)) = best else { break };
            open.remove(at);
            let candidate = &candidates[best];
            let vector = std::mem::take(&mut vectors[best]);
            let known = articles.contains(&candidate.article)
                || self.quoted.iter().any(|(passage, _, quoted)| {
                    *passage == candidate.passage || cosine(quoted, &vector) > SAME
                });
            if known {
                continue;
            }
            articles.push(candidate.article);
            *self.authors.entry(candidate.author).or_default() += 1;
            self.quoted.push((candidate.passage, candidate.article, vector));
            chosen.push(candidate.passage);
        }
        chosen
    }
}

fn centre(candidates: &[Candidate], vectors: &[Vector]) -> Centre {
    Centre::of(candidates.iter().zip(vectors).map(|(c, v)| (c.article, v)))
}

/// How much of a thought fits into so many words, 0 to 1. Very long passages say several
/// things.
fn length_merit(words: usize) -> f32 {
    let words = words as f32;
    (words / ENOUGH_WORDS).min(1.0) * (200.0 / words.max(1.0)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Made {
        lexicon: Lexicon,
        frequencies: Frequencies,
        candidates: Vec<Candidate>,
    }

    fn made(texts: &[(u32, &str)]) -> Made {
        let mut made = Made {
            lexicon: Lexicon::default(),
            frequencies: Frequencies::default(),
            candidates: Vec::new(),
        };
        let mut tokens = Vec::new();
        for (passage, (article, text)) in texts.iter().enumerate() {
            made.lexicon.read(text, &mut tokens);
            let bag = made.frequencies.add(&made.lexicon, &tokens);
            made.candidates.push(Candidate {
                passage,
                article: *article,
                author: *article,
                bag,
                words: 40,
                merit: 1.0,
            });
        }
        made
    }

    #[track_caller]
    fn check(texts: &[(u32, &str)], most: usize, expected: &[usize]) {
        let made = made(texts);
        let mut chooser = Chooser::new(&made.frequencies);
        let mut found = chooser.central(&made.candidates, &[], most);
        found.sort_unstable();
        assert_eq!(found, expected, "quotes of {texts:?}");
    }

    #[test]
    fn what_many_say_is_central() {
        check(
            &[
                (0, "procurement signs contracts slowly"),
                (1, "procurement reads contracts twice"),
                (2, "lawyers read contracts for procurement"),
                (3, "penguins dance"),
            ],
            3,
            &[0, 1, 2],
        );
    }

    #[test]
    fn an_article_is_quoted_once_and_a_copy_never() {
        check(
            &[
                (0, "contracts take months"),
                (0, "contracts take lawyers"),
                (1, "penguins"),
            ],
            3,
            &[0, 2],
        );
        check(
            &[
                (0, "contracts take months here"),
                (1, "contracts take months here"),
                (2, "x y penguins"),
            ],
            3,
            &[0, 2],
        );
    }

    #[test]
    fn a_passage_is_quoted_in_one_place_only() {
        let made = made(&[(0, "contracts take months"), (1, "players earn badges")]);
        let mut chooser = Chooser::new(&made.frequencies);
        assert_eq!(chooser.central(&made.candidates, &[], 1).len(), 1);
        assert_eq!(chooser.best(&made.candidates, 5).len(), 1);
    }

    #[test]
    fn few_words_say_little() {
        assert!(length_merit(5) < length_merit(40));
        assert!(length_merit(400) < length_merit(100));
    }
}
