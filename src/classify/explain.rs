//! Why a label: every part of a score, named, so that the parts add up to it.

use super::decide::{Article, best};
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

/// How much of what there is to say is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The main reasons, and the others summed up.
    #[default]
    Main,
    /// Every reason by itself.
    All,
}

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
    detail: Detail,
) -> Vec<Evidence> {
    let (most, small) = match detail {
        Detail::Main => (SHOWN, SMALL),
        Detail::All => (usize::MAX, f32::MIN_POSITIVE),
    };
    let parts = parts(article, number, passage, places, around);
    let mut rest = [0.0; LABELS];
    let mut weights = Vec::with_capacity(3 * parts.len());
    for (p, part) in parts.iter().enumerate() {
        for (l, &weight) in part.weights.iter().enumerate() {
            if weight.abs() < small {
                rest[l] += weight;
            } else {
                weights.push((weight, p, l));
            }
        }
    }
    let by_weight = |a: &(f32, usize, usize), b: &(f32, usize, usize)| {
        b.0.abs().total_cmp(&a.0.abs()).then((a.1, a.2).cmp(&(b.1, b.2)))
    };
    if weights.len() > most {
        weights.select_nth_unstable_by(most, by_weight);
    }
    let count = most.min(weights.len());
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
        ("smaller reasons together", REST, rest),
        ("before any evidence", PRIOR, centred(article.model.dense.label_bias)),
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

/// The sources of what is no single reason.
const REST: &str = "rest";
const PRIOR: &str = "prior";

/// What would have to be otherwise for another label; computed from the sums themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// The label with the second greatest score.
    pub next: Label,
    /// How much its score is below the greatest, in log-odds.
    pub behind: f32,
    /// Reasons without which the label would be another one, and which: single ones where
    /// there are any, else the fewest together, else none.
    pub without: Vec<(Vec<Reason>, Label)>,
}

/// A reason by its words and its source, as in [`Evidence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The words, name or heading that speak.
    pub what: String,
    /// Where it comes from.
    pub source: String,
}

/// At most so many single reasons are named.
const SINGLE: usize = 3;

/// What would have to be otherwise, from [all](Detail::All) evidence of a verdict.
pub fn what_if(evidence: &[Evidence]) -> WhatIf {
    let mut scores = [0.0; LABELS];
    let mut reasons: Vec<(&Evidence, [f32; LABELS])> = Vec::new();
    for reason in evidence {
        scores[reason.side as usize] += reason.weight;
        if [REST, PRIOR].contains(&reason.source.as_str()) {
            continue;
        }
        let key = |e: &Evidence| (e.start, e.source.clone(), e.what.clone());
        let at = reasons.iter().position(|(other, _)| key(other) == key(reason));
        let at = at.unwrap_or_else(|| {
            reasons.push((reason, [0.0; LABELS]));
            reasons.len() - 1
        });
        reasons[at].1[reason.side as usize] += reason.weight;
    }
    let top = best(&scores);
    let mut others = scores;
    others[top] = f32::NEG_INFINITY;
    let next = best(&others);
    let named = |(reason, _): &(&Evidence, [f32; LABELS])| Reason {
        what: reason.what.clone(),
        source: reason.source.clone(),
    };
    reasons.sort_by(|(_, a), (_, b)| (b[top] - b[next]).total_cmp(&(a[top] - a[next])));
    let single: Vec<_> = reasons
        .iter()
        .filter_map(|reason| {
            let left = best(&minus(scores, reason.1));
            (left != top).then(|| (vec![named(reason)], Label::ALL[left]))
        })
        .take(SINGLE)
        .collect();
    let without = if single.is_empty() {
        let mut left = scores;
        let helpful =
            reasons.iter().take_while(|(_, weights)| weights[top] > weights[next]);
        let mut gone = Vec::new();
        for reason in helpful {
            left = minus(left, reason.1);
            gone.push(named(reason));
            if best(&left) != top {
                break;
            }
        }
        let label = best(&left);
        if label == top { Vec::new() } else { vec![(gone, Label::ALL[label])] }
    } else {
        single
    };
    WhatIf { next: Label::ALL[next], behind: scores[top] - scores[next], without }
}

fn minus(scores: [f32; LABELS], weights: [f32; LABELS]) -> [f32; LABELS] {
    std::array::from_fn(|l| scores[l] - weights[l])
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(what: &str, source: &str, side: Label, weight: f32) -> Evidence {
        Evidence {
            what: what.to_owned(),
            source: source.to_owned(),
            side,
            weight,
            start: None,
            end: None,
        }
    }

    fn names(without: &(Vec<Reason>, Label)) -> (Vec<&str>, Label) {
        (without.0.iter().map(|r| r.what.as_str()).collect(), without.1)
    }

    #[test]
    fn one_reason_that_decides_is_named() {
        let found = what_if(&[
            said("seats", "cue", Label::B2b, 2.0),
            said("team", "word", Label::B2b, 0.3),
            said("before any evidence", "prior", Label::Shared, 1.0),
        ]);
        assert_eq!(found.next, Label::Shared);
        assert!((found.behind - 1.3).abs() < 1e-6);
        assert_eq!(found.without.len(), 1);
        assert_eq!(names(&found.without[0]), (vec!["seats"], Label::Shared));
    }

    #[test]
    fn where_no_reason_decides_alone_the_fewest_together_are_named() {
        let found = what_if(&[
            said("seats", "cue", Label::B2b, 1.0),
            said("seats", "cue", Label::B2c, -0.5),
            said("admin", "cue", Label::B2b, 0.9),
            said("IT", "cue", Label::B2b, 0.2),
            said("before any evidence", "prior", Label::Shared, 0.4),
        ]);
        assert_eq!(found.without.len(), 1);
        let expected = (vec!["seats", "admin"], Label::Shared);
        assert_eq!(names(&found.without[0]), expected);
    }

    #[test]
    fn what_is_so_before_any_evidence_cannot_be_taken_away() {
        let found = what_if(&[
            said("before any evidence", "prior", Label::Shared, 1.0),
            said("smaller reasons together", "rest", Label::Shared, 0.1),
        ]);
        assert_eq!(found.without, []);
    }
}
