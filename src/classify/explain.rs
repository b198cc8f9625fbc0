//! Why a label: every part of a score, named, so that the parts add up to it.

use super::decide::Article;
use super::features::{self, Origin, PLACES, Place, Surroundings, Trait};
use super::knowledge::UNKNOWN;
use super::weights::{LABELS, Sums};
use crate::Span;
use crate::label::{Evidence, Label};
use crate::passage::Passage;

/// A verdict shows at most this many reasons; the smaller ones are summed up in one for
/// each side.
const SHOWN: usize = 8;

/// What moves a score by less never needs to be shown.
const SMALL: f32 = 0.02;

/// A part of the scores of all labels.
struct Part<'a> {
    what: What<'a>,
    source: &'static str,
    weights: [f32; LABELS],
}

/// What the part comes from.
enum What<'a> {
    /// Words of the passage, counted from its start.
    Here(Span),
    /// Words from elsewhere, or a description.
    Said(&'a str),
}

/// The reasons for a passage's label, by absolute weight, greatest first; among them the
/// score that each label has before any evidence.
pub(super) fn evidence(
    article: &Article<'_>,
    number: usize,
    passage: &Passage,
    places: &[Sums; PLACES],
    around: &Surroundings,
) -> Vec<Evidence> {
    let parts = parts(article, number, passage, places, around);
    let mut rest = [0.0; LABELS];
    let mut weights = Vec::with_capacity(3 * parts.len());
    for (p, part) in parts.iter().enumerate() {
        for (l, &weight) in part.weights.iter().enumerate() {
            if weight.abs() < SMALL {
                rest[l] += weight;
            } else {
                weights.push((weight, p, l));
            }
        }
    }
    let by_weight = |a: &(f32, usize, usize), b: &(f32, usize, usize)| {
        b.0.abs().total_cmp(&a.0.abs()).then((a.1, a.2).cmp(&(b.1, b.2)))
    };
    if weights.len() > SHOWN {
        weights.select_nth_unstable_by(SHOWN, by_weight);
    }
    let count = SHOWN.min(weights.len());
    let (shown, small) = weights.split_at_mut(count);
    shown.sort_unstable_by(by_weight);
    // Shown weights are rounded to what the index keeps in two bytes; the difference goes
    // to the smaller reasons, so that all still add up.
    for (weight, _, label) in &mut *shown {
        let rounded = (*weight * 4096.0).round() / 4096.0;
        rest[*label] += *weight - rounded;
        *weight = rounded;
    }
    let text = passage.text();
    let mut evidence = Vec::with_capacity(shown.len() + 2 * LABELS);
    for &mut (weight, part, label) in shown {
        let Part { what, source, .. } = &parts[part];
        let (what, span) = match what {
            What::Here(span) => (span.of(text), Some(span.shifted(passage.span.start))),
            What::Said(words) => (*words, None),
        };
        evidence.push(Evidence {
            what: what.to_owned(),
            source: (*source).to_owned(),
            side: Label::ALL[label],
            weight,
            start: span.map(|s| s.start),
            end: span.map(|s| s.end),
        });
    }
    for (weight, _, label) in small {
        rest[*label] += *weight;
    }
    let closing = [
        ("smaller reasons together", "rest", rest),
        ("before any evidence", "prior", centred(article.model.dense.label_bias)),
    ];
    for (what, source, weights) in closing {
        for (side, weight) in Label::ALL.into_iter().zip(weights) {
            if weight != 0.0 {
                evidence.push(Evidence {
                    what: what.to_owned(),
                    source: source.to_owned(),
                    side,
                    weight,
                    start: None,
                    end: None,
                });
            }
        }
    }
    // Equal weights keep their order.
    evidence.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    evidence
}

/// All parts, the prior left out.
fn parts<'a>(
    article: &Article<'_>,
    number: usize,
    passage: &'a Passage,
    places: &[Sums; PLACES],
    around: &Surroundings,
) -> Vec<Part<'a>> {
    let dense = &article.model.dense;
    let mut elsewhere = [[0.0; LABELS]; PLACES];
    let mut by_trait = [None; features::TRAITS];
    let mut parts = Vec::with_capacity(64);
    features::each(around, |feature, value| {
        let weights = dense.labels[feature].map(|w| w * value);
        match features::origin(feature) {
            Origin::Phrases(mark) => by_trait[mark as usize] = Some(weights),
            Origin::Pattern(name) => parts.push(Part {
                what: What::Said(name),
                source: "pattern",
                weights: centred(weights),
            }),
            Origin::Place(place) => add(&mut elsewhere[place as usize], weights),
        }
    });
    push_phrases(&mut parts, article, number, &by_trait);
    push_words(&mut parts, article, number, places);
    for place in Place::ALL.into_iter().skip(1) {
        add(&mut elsewhere[place as usize], article.words(places, place));
    }
    let heading = passage.section.last().map_or("", String::as_str);
    let said = [
        (Place::Section, heading, "section"),
        (Place::Title, passage.article.title.as_str(), "title"),
        (Place::Before, "the passage before", "neighbour"),
        (Place::After, "the passage after", "neighbour"),
        (Place::Rest, "the section's other passages", "surroundings"),
        (Place::Article, "the article's other passages", "article"),
    ];
    for (place, what, source) in said {
        let what = if what.is_empty() { "no heading" } else { what };
        let weights = centred(elsewhere[place as usize]);
        parts.push(Part { what: What::Said(what), source, weights });
    }
    parts
}

/// What a trait gives is shared among its phrases by their strength.
fn push_phrases(
    parts: &mut Vec<Part<'_>>,
    article: &Article<'_>,
    number: usize,
    by_trait: &[Option<[f32; LABELS]>],
) {
    let text = &article.reading.passages[number];
    for hit in &article.reading.scan.hits[text.hits.clone()] {
        if let Some(weights) = by_trait[hit.mark as usize] {
            let share = f32::from(hit.strength) / text.profile[hit.mark as usize];
            let weights = centred(weights.map(|w| w * share));
            let source = Trait::source(hit.mark);
            parts.push(Part { what: What::Here(hit.span), source, weights });
        }
    }
}

/// The passage's words, each once, at its first place.
fn push_words(
    parts: &mut Vec<Part<'_>>,
    article: &Article<'_>,
    number: usize,
    places: &[Sums; PLACES],
) {
    let scale = places[Place::Passage as usize].scale();
    let text = &article.reading.passages[number];
    let words = &article.reading.scan.words[text.words.clone()];
    let mut order: Vec<(u16, u32)> =
        words.iter().map(|word| word.id).zip(0..).filter(|w| w.0 != UNKNOWN).collect();
    order.sort_unstable();
    for same in order.chunk_by(|a, b| a.0 == b.0) {
        let (id, first) = same[0];
        let times = scale * same.len() as f32;
        parts.push(Part {
            what: What::Here(words[first as usize].span),
            source: "word",
            weights: centred(article.model.word_labels(id).map(|w| w * times)),
        });
    }
}

fn add(sum: &mut [f32; LABELS], weights: [f32; LABELS]) {
    for (sum, weight) in sum.iter_mut().zip(weights) {
        *sum += weight;
    }
}

/// The same with a mean of nought: what is given to all labels alike decides nothing.
fn centred(weights: [f32; LABELS]) -> [f32; LABELS] {
    let mean = weights.iter().sum::<f32>() / LABELS as f32;
    weights.map(|w| w - mean)
}
