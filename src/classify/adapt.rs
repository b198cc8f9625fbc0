//! A model that has learned from its user: the one that the program carries, moved as
//! little as the corrections ask for.
//!
//! The data that the carried model was made from is not at hand, so that it stands for
//! itself: its weights are where the new ones begin, and each is pulled back there. Each
//! corrected passage pulls at the weights of its words, of those in its headings and in its
//! title. So passages with like words follow a correction, and others stay as they were.

use std::collections::BTreeMap;

use super::dataset::LabeledText;
use super::decide::{Article, best, softmax};
use super::features::Place;
use super::knowledge::UNKNOWN;
use super::reading::{Reading, Text};
use super::weights::{
    COLUMNS, Facts, LABELS, MASS, Model, Row, label_column, row_of, scale,
};
use super::{Classifier, PROGRAM};

/// How strongly weights are pulled back, for each correction's pull of 1.
const PULL: f32 = 1.0;

/// Where words are heeded, and how much a place counts.
const PLACES: [(Place, f32); 3] =
    [(Place::Passage, 1.0), (Place::Section, 0.5), (Place::Title, 0.5)];

/// How much a correction says of all passages, whatever their words.
const GENERAL: f32 = 0.2;

/// Steps of the descent; more change no weight in its third digit.
const STEPS: usize = 400;

/// Corrections are left out by articles in so many parts, to see what learning is worth.
const FOLDS: usize = 5;

/// What was learned.
#[derive(Clone, Debug)]
pub struct Adapted {
    /// The image of the new model.
    pub image: Vec<u8>,
    /// How many corrections it has learned from.
    pub corrections: usize,
    /// In how many of them the carried model was right.
    pub right_before: usize,
    /// In how many of them the new model is right.
    pub right_after: usize,
    /// In how many of them a model is right that has learned from other articles only;
    /// `None` where all are of one article.
    pub right_left_out: Option<usize>,
}

/// A corrected passage.
struct Lesson {
    /// Its article.
    article: usize,
    /// What the carried model gives each label.
    scores: [f32; LABELS],
    label: usize,
    /// What of a weight reaches its scores, by [`key`], sorted.
    reach: Vec<(u32, f32)>,
}

/// Makes the model that has learned from the labelled passages of these articles.
pub fn adapt(carried: &Classifier, texts: &[LabeledText]) -> Adapted {
    let model = carried.model;
    let lessons: Vec<Lesson> = texts
        .iter()
        .enumerate()
        .flat_map(|(n, text)| of_text(model, n, text))
        .collect();
    let near = nearness(&lessons);
    let all = vec![true; lessons.len()];
    let pulls = pulls(&lessons, &near, &all);
    let mut moved = model.clone();
    apply(&mut moved, &lessons, &pulls);
    let facts = Facts {
        program: PROGRAM.to_owned(),
        corrections: lessons.len(),
        ..model.facts()
    };
    moved.facts = facts.to_json();
    let right = |n: usize, scores: [f32; LABELS]| best(&scores) == lessons[n].label;
    let after =
        |pulls: &[[f32; LABELS]], n: usize| scores(&lessons[n], &near[n], pulls);
    let right_before = (0..lessons.len()).filter(|&n| right(n, lessons[n].scores));
    let right_after = (0..lessons.len()).filter(|&n| right(n, after(&pulls, n)));
    let several = lessons.iter().any(|lesson| lesson.article != lessons[0].article);
    let right_left_out = several.then(|| {
        let folds = (0..FOLDS).map(|fold| {
            let others: Vec<bool> =
                lessons.iter().map(|l| l.article % FOLDS != fold).collect();
            let pulls = self::pulls(&lessons, &near, &others);
            (0..lessons.len())
                .filter(|&n| !others[n] && right(n, after(&pulls, n)))
                .count()
        });
        folds.sum()
    });
    Adapted {
        image: moved.to_image(),
        corrections: lessons.len(),
        right_before: right_before.count(),
        right_after: right_after.count(),
        right_left_out,
    }
}

fn of_text(model: &'static Model, article: usize, text: &LabeledText) -> Vec<Lesson> {
    let passages = text.passages.iter().map(|(path, text)| (&path[..], text.as_str()));
    let reading = Reading::new(&model.knowledge, &text.title, passages);
    let read = Article::new(model, reading);
    let labelled = text.gold.iter().enumerate();
    labelled
        .filter_map(|(n, gold)| {
            let around = read.reading.surroundings(n);
            let scores = read.scores(&read.places(n), &around).labels;
            let section = read.reading.section_of[n];
            let texts = [
                &read.reading.passages[n],
                &read.reading.sections[section],
                &read.reading.title,
            ];
            Some(Lesson {
                article,
                scores,
                label: (*gold)?.label as usize,
                reach: reach(model, &read.reading, texts),
            })
        })
        .collect()
}

/// The number of a place's weight of a word; that of what is said in general is
/// [`u32::MAX`].
fn key(place: usize, id: u16) -> u32 {
    u32::try_from(place << 16).unwrap_or_default() | u32::from(id)
}

fn reach(model: &Model, reading: &Reading, texts: [&Text; 3]) -> Vec<(u32, f32)> {
    let mut reach: BTreeMap<u32, f32> = BTreeMap::new();
    for (place, text) in texts.into_iter().enumerate() {
        let known = || reading.ids(text).filter(|id| *id != UNKNOWN);
        let mass = |id| model.mass(id) as f32 / MASS;
        let times = PLACES[place].1 * scale(known().map(mass).sum());
        for id in known() {
            *reach.entry(key(place, id)).or_default() += mass(id) * times;
        }
    }
    reach.insert(u32::MAX, GENERAL);
    reach.into_iter().collect()
}

/// How much each two lessons have in common.
fn nearness(lessons: &[Lesson]) -> Vec<Vec<f32>> {
    lessons
        .iter()
        .map(|a| lessons.iter().map(|b| product(&a.reach, &b.reach)).collect())
        .collect()
}

fn product(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut sum = 0.0;
    while let (Some((left, x)), Some((right, y))) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => _ = a.next(),
            std::cmp::Ordering::Greater => _ = b.next(),
            std::cmp::Ordering::Equal => {
                sum += x * y;
                _ = a.next();
                _ = b.next();
            }
        }
    }
    sum
}

/// The scores of a lesson once all have pulled.
fn scores(lesson: &Lesson, near: &[f32], pulls: &[[f32; LABELS]]) -> [f32; LABELS] {
    let mut scores = lesson.scores;
    for (near, pull) in near.iter().zip(pulls) {
        for (score, pull) in scores.iter_mut().zip(pull) {
            *score += near * pull;
        }
    }
    scores
}

/// How much each of the chosen lessons pulls at what it reaches: the least loss on them
/// with the pull back, by plain descent in the space that they span.
fn pulls(lessons: &[Lesson], near: &[Vec<f32>], chosen: &[bool]) -> Vec<[f32; LABELS]> {
    // No step is longer than the steepest bend allows.
    let bend = near.iter().map(|row| row.iter().map(|n| n.abs()).sum());
    let length = 1.0 / (PULL + 0.5 * bend.fold(0.0, f32::max));
    let mut pulls = vec![[0.0; LABELS]; lessons.len()];
    for _ in 0..STEPS {
        let next = lessons.iter().zip(near).zip(&pulls).zip(chosen);
        pulls = next
            .map(|(((lesson, near), pull), chosen)| {
                if !chosen {
                    return [0.0; LABELS];
                }
                let shares = softmax(scores(lesson, near, &pulls));
                std::array::from_fn(|l| {
                    let wanted = f32::from(u8::from(l == lesson.label));
                    pull[l] + length * (wanted - shares[l] - PULL * pull[l])
                })
            })
            .collect();
    }
    pulls
}

/// Moves the weights that the lessons reach.
fn apply(model: &mut Model, lessons: &[Lesson], pulls: &[[f32; LABELS]]) {
    let mut moves: BTreeMap<u32, [f32; LABELS]> = BTreeMap::new();
    for (lesson, pull) in lessons.iter().zip(pulls) {
        for &(key, reach) in &lesson.reach {
            let sum = moves.entry(key).or_default();
            for (sum, pull) in sum.iter_mut().zip(pull) {
                *sum += reach * pull;
            }
        }
    }
    if let Some(general) = moves.remove(&u32::MAX) {
        for (bias, moved) in model.dense.label_bias.iter_mut().zip(general) {
            *bias += GENERAL * moved;
        }
    }
    for (place, (of, weight)) in PLACES.into_iter().enumerate() {
        let here = key(place, 0)..=key(place, UNKNOWN);
        for label in 0..LABELS {
            let added: Vec<(u16, f32)> = moves
                .range(here.clone())
                .map(|(key, by)| {
                    let id = u16::try_from(key & 0xffff).unwrap_or(UNKNOWN);
                    let mass = model.mass(id) as f32 / MASS;
                    (id, by[label] * mass * weight)
                })
                .collect();
            move_column(model, row_of(of), label_column(of) + label, &added);
        }
    }
}

/// Adds to weights of one column, and takes a greater unit where they need it.
fn move_column(model: &mut Model, row: Row, column: usize, moved: &[(u16, f32)]) {
    let unit = model.dense.units[row as usize][column];
    let rows = match row {
        Row::Passage => &mut model.passage_rows,
        Row::Heading => &mut model.heading_rows,
    }
    .to_mut();
    let at = |id: usize| (id * COLUMNS + column) * 2;
    let words = rows.len() / (2 * COLUMNS);
    let mut weights: Vec<f32> = (0..words)
        .map(|id| {
            f32::from(i16::from_le_bytes([rows[at(id)], rows[at(id) + 1]])) * unit
        })
        .collect();
    for &(id, by) in moved {
        weights[usize::from(id)] += by;
    }
    let greatest = weights.iter().fold(0.0, |most: f32, w| most.max(w.abs()));
    let unit = greatest / f32::from(i16::MAX);
    for (id, weight) in weights.into_iter().enumerate() {
        let steps = super::weights::steps(weight, unit);
        rows[at(id)..at(id) + 2].copy_from_slice(&steps.to_le_bytes());
    }
    model.dense.units[row as usize][column] = unit;
}
