//! Marking in a passage what a query found in it.
//!
//! The text is taken apart by the same words as the index was, and the same rule tells
//! where near words and phrases stand, so that marks are neither more nor fewer than what
//! matched.

use std::collections::BTreeMap;

use super::docs::occurrences;
use super::plan::Plan;
use super::query::Order;
use crate::Span;
use crate::index::terms;

/// What marks passages for one plan.
pub(super) struct Marker {
    clauses: Vec<Clause>,
    /// For each word that the dictionary gave, the clauses and slots that it fills.
    terms: BTreeMap<String, Vec<(usize, usize)>>,
}

struct Clause {
    slots: usize,
    order: Order,
}

impl Marker {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let mut marker = Self { clauses: Vec::new(), terms: BTreeMap::new() };
        for (at, words) in plan.in_text().into_iter().enumerate() {
            marker
                .clauses
                .push(Clause { slots: words.slots.len(), order: words.order });
            for (slot, expanded) in words.slots.iter().enumerate() {
                for term in &expanded.terms {
                    marker.terms.entry(term.clone()).or_default().push((at, slot));
                }
            }
        }
        marker
    }

    /// What matched in a text: ordered, without overlap.
    pub(super) fn mark(&self, text: &str) -> Vec<Span> {
        if self.terms.is_empty() {
            return Vec::new();
        }
        let mut spans = Vec::new();
        let mut places: Vec<Vec<Vec<u32>>> =
            self.clauses.iter().map(|c| vec![Vec::new(); c.slots]).collect();
        let mut words = Vec::new();
        for (position, (span, term)) in (0..).zip(terms(text)) {
            words.push(span);
            for &(clause, slot) in self.terms.get(&*term).into_iter().flatten() {
                places[clause][slot].push(position);
            }
        }
        for (clause, places) in self.clauses.iter().zip(&places) {
            occurrences(places, clause.order, |found| match clause.order {
                // A phrase is marked from its first word to its last.
                Order::Phrase => {
                    if let [first, .., last] | [first @ last] = found {
                        spans.push(words[*first as usize].to(words[*last as usize]));
                    }
                }
                Order::Near(_) => {
                    spans.extend(found.iter().map(|w| words[*w as usize]));
                }
            });
        }
        spans.sort();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.start < last.end => *last = last.to(span),
                _ => joined.push(span),
            }
        }
        joined
    }
}
