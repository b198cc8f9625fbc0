//! From a read article to the scores of its passages.

use super::features::{self, PLACES, Place, Surroundings};
use super::reading::Reading;
use super::weights::{
    CONTRAST_COLUMN, LABELS, Model, Row, Sums, THEMES, label_column, row_of, share,
    theme_column,
};

/// An article read and added up, ready to decide each passage.
#[derive(Debug)]
pub(super) struct Article<'m> {
    pub(super) model: &'m Model,
    pub(super) reading: Reading,
    title: Sums,
    sections: Vec<Sums>,
    passages: Vec<Sums>,
    section_totals: Vec<Sums>,
    total: Sums,
}

/// The scores of one passage, and what they are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores {
    /// Score of each label; the probabilities are their softmax.
    pub(super) labels: [f32; LABELS],
    /// Score of each theme.
    pub(super) themes: [f32; THEMES],
    /// Score of contrast against general.
    pub(super) contrast: f32,
}

impl<'m> Article<'m> {
    /// Adds up the words of a read article.
    pub(super) fn new(model: &'m Model, reading: Reading) -> Self {
        let heading = |text| model.sums(Row::Heading, reading.ids(text));
        let title = heading(&reading.title);
        let sections = reading.sections.iter().map(heading).collect();
        let passage = |text| model.sums(Row::Passage, reading.ids(text));
        let passages: Vec<Sums> = reading.passages.iter().map(passage).collect();
        let mut section_totals = vec![Sums::ZERO; reading.sections.len()];
        let mut total = Sums::ZERO;
        for (passage, &section) in passages.iter().zip(&reading.section_of) {
            section_totals[section].add(passage);
            total.add(passage);
        }
        Self { model, reading, title, sections, passages, section_totals, total }
    }

    /// What the words of each place add up to, seen from a passage.
    pub(super) fn places(&self, passage: usize) -> [Sums; PLACES] {
        let here = &self.passages[passage];
        let section = self.reading.section_of[passage];
        let mut places = [Sums::ZERO; PLACES];
        places[Place::Passage as usize] = *here;
        places[Place::Section as usize] = self.sections[section];
        places[Place::Title as usize] = self.title;
        if passage > 0 {
            places[Place::Before as usize] = self.passages[passage - 1];
        }
        if let Some(after) = self.passages.get(passage + 1) {
            places[Place::After as usize] = *after;
        }
        places[Place::Rest as usize] = self.section_totals[section].without(here);
        places[Place::Article as usize] = self.total.without(here);
        places
    }

    /// Decides a passage.
    pub(super) fn scores(
        &self,
        places: &[Sums; PLACES],
        around: &Surroundings,
    ) -> Scores {
        let dense = &self.model.dense;
        let mut labels = dense.label_bias;
        let mut contrast = dense.contrast_bias;
        features::each(around, |feature, value| {
            for (label, weight) in labels.iter_mut().zip(dense.labels[feature]) {
                *label += value * weight;
            }
            contrast += value * dense.contrast[feature];
        });
        for place in Place::ALL {
            let words = self.words(places, place);
            for (label, value) in labels.iter_mut().zip(words) {
                *label += value;
            }
        }
        let here = &places[Place::Passage as usize];
        contrast += here.columns[CONTRAST_COLUMN] as f32
            * dense.units[Row::Passage as usize][CONTRAST_COLUMN]
            * here.scale();
        Scores { labels, themes: self.themes(places), contrast }
    }

    /// What the words of a place give to each label.
    pub(super) fn words(&self, places: &[Sums; PLACES], place: Place) -> [f32; LABELS] {
        let sums = &places[place as usize];
        let units = &self.model.dense.units[row_of(place) as usize];
        let scale = sums.scale() * share(place);
        let from = label_column(place);
        std::array::from_fn(|label| {
            sums.columns[from + label] as f32 * units[from + label] * scale
        })
    }

    /// What the words of all places give to each theme.
    fn themes(&self, places: &[Sums; PLACES]) -> [f32; THEMES] {
        let mut themes = self.model.dense.theme_bias;
        for place in Place::ALL {
            let sums = &places[place as usize];
            let units = &self.model.dense.units[row_of(place) as usize];
            let scale = sums.scale() * share(place);
            let from = theme_column(place);
            for (t, theme) in themes.iter_mut().enumerate() {
                *theme += sums.columns[from + t] as f32 * units[from + t] * scale;
            }
        }
        themes
    }
}

/// Probabilities of scores.
pub(super) fn softmax<const N: usize>(scores: [f32; N]) -> [f32; N] {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = scores.map(|score| (score - top).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

/// The place of the greatest score; the first of equals.
pub(super) fn best(scores: &[f32]) -> usize {
    let mut best = 0;
    for (n, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = n;
        }
    }
    best
}
