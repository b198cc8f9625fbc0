//! From labelled articles to a model: deterministic, in a minute or two.
//!
//! 1. Each labelled passage becomes a row of numbers: the named features, and for each
//!    place the mean of its words' meaning vectors.
//! 2. Linear models are fitted to the rows, once for each fold of authors (what they say of
//!    the authors left out is what quality and calibration are measured on), once on all.
//! 3. What the model does to a meaning vector it does to each word of the table: so every
//!    word gets one weight a place and label, and vectors are needed no more.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::bags::{self, Bags, kind_of};
use super::calibrate::Calibration;
use super::dataset::{Gold, LabeledText};
use super::decide::{best, softmax};
use super::features::{self, FEATURES, PLACES, Place};
use super::knowledge::{Knowledge, UNKNOWN};
use super::optimize::{Linear, Problem, Sparse};
use super::reading::{Reading, Text};
use super::table::Table;
use super::weights::{
    CONTRAST_COLUMN, Dense, Facts, LABELS, Model, Row as WordRow, THEMES, label_column,
    row_of, scale, share, steps, theme_column,
};
use super::{COLUMNS, Lexicon, PROGRAM};
use crate::evaluate::{Outcome, Quality};
use crate::label::{Kind, Label, Theme};

/// Number of parts that the authors are divided into.
const FOLDS: usize = 5;

/// How many dimensions of the meaning vectors are used.
const WIDTH: usize = 128;

/// The shortest vectors that will do.
pub(super) const LEAST_WIDTH: usize = WIDTH;

/// An own passage counts as this part of a real one: invented text is cleaner than what
/// people write, and what is learned from it carries over less (cross-validation was best
/// between 0.02 and 0.1, against 0.3 and 1).
const OWN_WEIGHT: f32 = 0.05;

/// The pull of the labels' weights to nought.
const LABEL_PULL: f64 = 2e-2;
/// The pull of the themes' weights to nought.
const THEME_PULL: f64 = 5e-3;
/// The same for the weights that words have by themselves. Which words name a theme is
/// plainer than which speak for a side.
const LABEL_WORD_PULL: f64 = 3e-3;
const THEME_WORD_PULL: f64 = 3e-4;
/// Steps of a fit; more change the third digit of no figure.
const STEPS: usize = 60;

/// Of the verdicts that are not marked unsure, at least this share shall be right.
const SURE_PRECISION: f64 = 0.85;

/// A trained model and how good it is.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The file image that the binary embeds.
    pub image: Vec<u8>,
    /// On authors left out of training.
    pub quality: Quality,
    /// Share of themes decided rightly, on authors left out of training.
    pub theme_accuracy: f64,
    /// Share of shared passages whose kind was decided rightly, likewise.
    pub kind_accuracy: f64,
    /// Passages learned from, by origin: real, own.
    pub passages: (usize, usize),
    /// Number of authors of the real passages.
    pub authors: usize,
    /// What the program said of each own passage when its article was left out: lines of
    /// tab-separated fields under a header.
    pub out_of_fold: String,
}

/// Which evidence a model may use; for measuring what each group is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Without {
    /// Leave out cues, names, kinds of product and what is made from them.
    pub lexicon: bool,
    /// Leave out the meaning of words.
    pub words: bool,
    /// Leave out everything but the passage itself.
    pub context: bool,
}

impl Without {
    /// Leave out nothing.
    pub const NOTHING: Self = Self { lexicon: false, words: false, context: false };
}

/// Makes a model.
pub fn train(
    texts: &[LabeledText],
    table: &Table,
    lexicon: &Lexicon,
    without: Without,
) -> Trained {
    let knowledge = Knowledge::compile(&table.words, lexicon);
    let rows = Rows::build(texts, table, &knowledge, without);
    let folds = fold_of_authors(&rows);

    let (label_model, label_scores) = rows.fit_labels(&folds);
    let real: Vec<usize> = (0..rows.len()).filter(|&r| !rows.own[r]).collect();
    let calibration = Calibration::fit(
        real.iter().map(|&r| (label_scores[r], rows.gold[r].label as usize)),
    );
    let (theme_model, theme_scores) = rows.fit_themes(&folds);
    let (contrast_model, contrast_scores) = rows.fit_contrast(&folds);

    let outcome = |r: usize| {
        let shares = softmax(calibration.apply(label_scores[r]));
        let said = best(&shares);
        Outcome {
            article: texts[rows.origin[r].0].name.clone(),
            gold: rows.gold[r].label,
            said: Label::ALL[said],
            confidence: shares[said],
        }
    };
    let outcomes: Vec<Outcome> = real.iter().map(|&r| outcome(r)).collect();
    let own = (0..rows.len()).filter(|&r| rows.own[r]);
    let out_of_fold = own.fold(OUT_OF_FOLD_HEADER.to_owned(), |mut lines, r| {
        lines += &line(&outcome(r), rows.origin[r].1 + 1, rows.gold[r], {
            Theme::ALL[best(&theme_scores[r])]
        });
        lines
    });

    let mut dense = Dense::zero();
    dense.unsure_below = unsure_below(&outcomes);
    rows.spread(&mut dense, &label_model, &calibration, &contrast_model);
    dense.theme_bias = theme_model.bias;
    let [passage_rows, heading_rows] = rows.collapse(
        table,
        &mut dense,
        &label_model,
        &calibration,
        &theme_model,
        &contrast_model,
    );

    let themes: Vec<bool> = real
        .iter()
        .filter_map(|&r| {
            let theme = rows.gold[r].theme?;
            Some(best(&theme_scores[r]) == theme as usize)
        })
        .collect();
    let kinds: Vec<bool> = real
        .iter()
        .filter_map(|&r| {
            let kind = rows.gold[r].kind?;
            Some((contrast_scores[r] > 0.0) == (kind == Kind::Contrast))
        })
        .collect();
    let share = |right: &[bool]| {
        right.iter().filter(|r| **r).count() as f64 / right.len().max(1) as f64
    };
    let quality = Quality::of(&outcomes);
    let authors = folds.authors;
    let model = Model {
        knowledge,
        passage_rows: passage_rows.into(),
        heading_rows: heading_rows.into(),
        masses: table
            .masses
            .iter()
            .flat_map(|m| m.to_le_bytes())
            .collect::<Vec<u8>>()
            .into(),
        dense,
        facts: Facts {
            program: PROGRAM.to_owned(),
            real_passages: real.len(),
            own_passages: rows.len() - real.len(),
            authors,
            kappa: thousandths(quality.kappa),
            macro_f1: thousandths(quality.macro_f1),
            out_of_fold: format!("{:08x}", crc32fast::hash(out_of_fold.as_bytes())),
            corrections: 0,
        }
        .to_json(),
        checksum: 0,
    };
    Trained {
        image: model.to_image(),
        theme_accuracy: share(&themes),
        kind_accuracy: share(&kinds),
        passages: (real.len(), rows.len() - real.len()),
        authors,
        out_of_fold,
        quality,
    }
}

fn thousandths(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}

const OUT_OF_FOLD_HEADER: &str =
    "article\tpassage\tgold\tgold_theme\tlabel\ttheme\tconfidence\n";

/// A line of the verdicts on articles left out.
fn line(outcome: &Outcome, passage: usize, gold: Gold, theme: Theme) -> String {
    let gold_theme = gold.theme.map_or("", Theme::as_str);
    format!(
        "{}\t{passage}\t{}\t{gold_theme}\t{}\t{}\t{:.2}\n",
        outcome.article,
        outcome.gold.as_str(),
        outcome.said.as_str(),
        theme.as_str(),
        outcome.confidence
    )
}

/// The lowest confidence from which verdicts are right often enough.
fn unsure_below(outcomes: &[Outcome]) -> f32 {
    let mut sorted: Vec<(f32, bool)> =
        outcomes.iter().map(|o| (o.confidence, o.gold == o.said)).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut lowest) = (0, 1.0);
    for (n, (confidence, is_right)) in sorted.into_iter().enumerate() {
        right += usize::from(is_right);
        if right as f64 / (n + 1) as f64 >= SURE_PRECISION {
            lowest = confidence;
        }
    }
    lowest
}

/// Which rows are left out together.
struct Folds {
    /// The fold of each row.
    of_row: Vec<usize>,
    /// Number of authors of real rows.
    authors: usize,
}

/// Authors go, the most prolific first, to the fold with the fewest passages; those of real
/// rows and the articles of own ones each by themselves.
fn fold_of_authors(rows: &Rows) -> Folds {
    let mut fold_of: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let mut authors = 0;
    for own in [false, true] {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (author, _) in rows.author.iter().zip(&rows.own).filter(|r| *r.1 == own) {
            *counts.entry(author).or_default() += 1;
        }
        let mut order: Vec<(&str, usize)> = counts.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let mut sizes = [0; FOLDS];
        for (author, count) in &order {
            let fold = (0..FOLDS).min_by_key(|&f| sizes[f]).unwrap_or(0);
            sizes[fold] += count;
            fold_of.insert((own, author), fold);
        }
        if !own {
            authors = order.len();
        }
    }
    let of_row = rows
        .author
        .iter()
        .zip(&rows.own)
        .map(|(author, own)| fold_of[&(*own, author.as_str())])
        .collect();
    Folds { of_row, authors }
}

/// The labelled passages as numbers.
struct Rows {
    /// Features; then the mean vectors of all passages in sight, by their shares; then those
    /// of the headings and of the title.
    for_labels: Vec<f32>,
    /// The mean vector of the passage alone.
    here: Vec<f32>,
    /// The words in sight.
    words: Sparse,
    /// The column of each word in `words`.
    word_columns: BTreeMap<bags::Key, u32>,
    /// Article and passage of each row.
    origin: Vec<(usize, usize)>,
    author: Vec<String>,
    own: Vec<bool>,
    gold: Vec<Gold>,
    /// What each column of `for_labels` was multiplied by.
    column_scales: Vec<f32>,
}

/// Where a word has weights of its own: in passages, in headings, in titles.
const WORD_PLACES: [Place; 3] = [Place::Passage, Place::Section, Place::Title];
const SIGHT: usize = WORD_PLACES.len() * WIDTH;
const LABEL_WIDTH: usize = FEATURES + SIGHT;
const CONTRAST_WIDTH: usize = FEATURES + WIDTH;

impl Rows {
    fn build(
        texts: &[LabeledText],
        table: &Table,
        knowledge: &Knowledge,
        without: Without,
    ) -> Self {
        let of_texts: Vec<Vec<Row>> = texts
            .par_iter()
            .map(|text| rows_of(text, table, knowledge, without))
            .collect();
        let mut rows = Self {
            for_labels: Vec::new(),
            here: Vec::new(),
            words: Sparse::new(0),
            word_columns: BTreeMap::new(),
            origin: Vec::new(),
            author: Vec::new(),
            own: Vec::new(),
            gold: Vec::new(),
            column_scales: vec![1.0; LABEL_WIDTH],
        };
        let mut words = Vec::new();
        let mut seen: BTreeMap<bags::Key, usize> = BTreeMap::new();
        for (n, (text, of_text)) in texts.iter().zip(of_texts).enumerate() {
            for Row { passage, for_labels, here, words: of_row, near } in of_text {
                let Some(gold) = text.gold[passage] else { continue };
                rows.for_labels.extend(for_labels);
                rows.here.extend(here);
                words.push(of_row);
                if !text.own {
                    for key in near {
                        *seen.entry(key).or_default() += 1;
                    }
                }
                rows.origin.push((n, passage));
                rows.author.push(text.author.clone());
                rows.own.push(text.own);
                rows.gold.push(gold);
            }
        }
        rows.word_columns = bags::columns(&seen);
        rows.words = bags::sparse(words.into_iter(), &rows.word_columns);
        rows.normalise();
        rows
    }

    fn len(&self) -> usize {
        self.origin.len()
    }

    #[expect(clippy::cast_possible_truncation, reason = "rows are of this precision")]
    /// Brings features to a like spread, and all vectors to that of the passage's, as they
    /// are on real text, so that the pull to nought treats them alike.
    fn normalise(&mut self) {
        const SPREAD: f64 = 0.3;
        let real = self.own.iter().filter(|own| !**own).count().max(1) as f64;
        let mut sums = vec![(0.0, 0.0); LABEL_WIDTH];
        for (row, own) in self.for_labels.chunks_exact(LABEL_WIDTH).zip(&self.own) {
            if !own {
                for (sum, &value) in sums.iter_mut().zip(row) {
                    sum.0 += f64::from(value);
                    sum.1 += f64::from(value) * f64::from(value);
                }
            }
        }
        let deviation = |(sum, squares): (f64, f64)| {
            (squares / real - (sum / real).powi(2)).max(0.0).sqrt()
        };
        let mut here = vec![(0.0, 0.0); WIDTH];
        for (row, own) in self.here.chunks_exact(WIDTH).zip(&self.own) {
            if !own {
                for (sum, &value) in here.iter_mut().zip(row) {
                    sum.0 += f64::from(value);
                    sum.1 += f64::from(value) * f64::from(value);
                }
            }
        }
        let squares = here.iter().map(|s| deviation(*s).powi(2)).sum::<f64>();
        let vector_scale = SPREAD / ((squares / WIDTH as f64).sqrt() + 1e-9);
        self.column_scales = (0..LABEL_WIDTH)
            .map(|c| {
                let scale = if c < FEATURES {
                    // Features that are hardly ever set would be blown up.
                    SPREAD / (deviation(sums[c]) + 1e-3)
                } else {
                    vector_scale
                };
                scale as f32
            })
            .collect();
        for row in self.for_labels.chunks_exact_mut(LABEL_WIDTH) {
            for (value, scale) in row.iter_mut().zip(&self.column_scales) {
                *value *= scale;
            }
        }
        for value in &mut self.here {
            *value *= vector_scale as f32;
        }
    }

    /// Fits the labels, and says of each row what the model without its author said.
    fn fit_labels(&self, folds: &Folds) -> (Linear<LABELS>, Vec<[f32; LABELS]>) {
        let class = |r: usize| Some(self.gold[r].label as usize);
        let targets = self.targets::<LABELS>(class, OWN_WEIGHT);
        let task = Task {
            width: LABEL_WIDTH,
            rows: &self.for_labels,
            sparse: &self.words,
            targets: &targets,
            pull: LABEL_PULL,
            sparse_pull: LABEL_WORD_PULL,
        };
        self.fit(folds, &task)
    }

    /// Fits the themes, likewise. Weights of a word are the same in the passage and in those
    /// around it, which count in part. All themes count alike: what is wanted is the most
    /// themes right.
    fn fit_themes(&self, folds: &Folds) -> (Linear<THEMES>, Vec<[f32; THEMES]>) {
        let targets: Vec<(usize, f32)> = (0..self.len())
            .map(|r| {
                let weight = if self.own[r] { OWN_WEIGHT } else { 1.0 };
                self.gold[r].theme.map_or((0, 0.0), |theme| (theme as usize, weight))
            })
            .collect();
        let sight: Vec<f32> = self
            .for_labels
            .chunks_exact(LABEL_WIDTH)
            .flat_map(|row| &row[FEATURES..])
            .copied()
            .collect();
        let task = Task {
            width: SIGHT,
            rows: &sight,
            sparse: &self.words,
            targets: &targets,
            pull: THEME_PULL,
            sparse_pull: THEME_WORD_PULL,
        };
        self.fit(folds, &task)
    }

    /// Fits contrast (class 1) against general (class 0) on shared passages.
    fn fit_contrast(&self, folds: &Folds) -> (Linear<2>, Vec<f32>) {
        let class = |r: usize| {
            let gold = &self.gold[r];
            (gold.label == Label::Shared)
                .then(|| usize::from(gold.kind == Some(Kind::Contrast)))
        };
        let targets = self.targets::<2>(class, 0.3);
        let none = Sparse::new(0);
        let features = self.for_labels.chunks_exact(LABEL_WIDTH);
        let rows: Vec<f32> = features
            .zip(self.here.chunks_exact(WIDTH))
            .flat_map(|(row, here)| row[..FEATURES].iter().chain(here))
            .copied()
            .collect();
        let task = Task {
            width: CONTRAST_WIDTH,
            rows: &rows,
            sparse: &none,
            targets: &targets,
            pull: LABEL_PULL,
            sparse_pull: LABEL_PULL,
        };
        let (model, scores) = self.fit::<2>(folds, &task);
        (
            model,
            scores.into_iter().map(|[general, contrast]| contrast - general).collect(),
        )
    }

    /// Classes with weights: rare classes count more, by the root of their rarity, so that
    /// neither the common class nor the rare ones rule.
    fn targets<const N: usize>(
        &self,
        class: impl Fn(usize) -> Option<usize>,
        own_weight: f32,
    ) -> Vec<(usize, f32)> {
        let mut counts = [0.0; N];
        for r in (0..self.len()).filter(|&r| !self.own[r]) {
            if let Some(class) = class(r) {
                counts[class] += 1.0;
            }
        }
        let total: f32 = counts.iter().sum();
        (0..self.len())
            .map(|r| {
                let Some(class) = class(r) else { return (0, 0.0) };
                let weight = (total / counts[class].max(1.0)).sqrt();
                (class, if self.own[r] { weight * own_weight } else { weight })
            })
            .collect()
    }

    /// Fits a model without each fold, and one with all; returns that, and what the model
    /// without its fold said of each row.
    fn fit<const N: usize>(
        &self,
        folds: &Folds,
        task: &Task<'_>,
    ) -> (Linear<N>, Vec<[f32; N]>) {
        let solve = |left_out: Option<usize>| {
            let targets: Vec<(usize, f32)> = task
                .targets
                .iter()
                .zip(&folds.of_row)
                .map(|(&(class, weight), of_row)| {
                    (class, if Some(*of_row) == left_out { 0.0 } else { weight })
                })
                .collect();
            let problem = Problem {
                width: task.width,
                rows: task.rows,
                sparse: task.sparse,
                targets: &targets,
                pull: task.pull,
                sparse_pull: task.sparse_pull,
                steps: STEPS,
            };
            problem.solve::<N>()
        };
        let models: Vec<_> = (0..FOLDS).map(|fold| solve(Some(fold))).collect();
        let scores = (0..self.len())
            .map(|r| {
                let row = &task.rows[r * task.width..(r + 1) * task.width];
                models[folds.of_row[r]].scores(row, task.sparse.row(r))
            })
            .collect();
        (solve(None), scores)
    }

    /// Writes the features' weights, as they apply to features that are not normalised.
    fn spread(
        &self,
        dense: &mut Dense,
        labels: &Linear<LABELS>,
        calibration: &Calibration,
        contrast: &Linear<2>,
    ) {
        dense.label_bias = calibration.apply(labels.bias);
        dense.contrast_bias = contrast.bias[1] - contrast.bias[0];
        for feature in 0..FEATURES {
            let scale = self.column_scales[feature];
            dense.labels[feature] =
                labels.weights[feature].map(|w| w * scale * calibration.slope);
            let [general, of_contrast] = contrast.weights[feature];
            dense.contrast[feature] = (of_contrast - general) * scale;
        }
    }

    /// Turns what the models do to vectors into weights of words, in units that
    /// fit sixteen bits.
    fn collapse(
        &self,
        table: &Table,
        dense: &mut Dense,
        labels: &Linear<LABELS>,
        calibration: &Calibration,
        themes: &Linear<THEMES>,
        contrast: &Linear<2>,
    ) -> [Vec<u8>; 2] {
        let scale = self.column_scales[FEATURES];
        let rows: Vec<[[f32; COLUMNS]; 2]> = (0..table.words.len())
            .into_par_iter()
            .map(|id| {
                let id = u16::try_from(id).unwrap_or(UNKNOWN);
                let vector = table.vector(id);
                let mass = table.mass(id) * scale;
                let mut rows = [[0.0; COLUMNS]; 2];
                for (n, place) in WORD_PLACES.into_iter().enumerate() {
                    let row = &mut rows[row_of(place) as usize];
                    let by_itself = self.word_columns.get(&(kind_of(place), id));
                    let start = label_column(place);
                    let to = &mut row[start..start + LABELS];
                    let times = mass * calibration.slope;
                    let weights = &labels.weights[FEATURES + n * WIDTH..];
                    project(&vector[..WIDTH], weights, times, to);
                    if let Some(&column) = by_itself {
                        let times = table.mass(id) * calibration.slope;
                        project(&[1.0], &[labels.sparse[column as usize]], times, to);
                    }
                    let start = theme_column(place);
                    let to = &mut row[start..start + THEMES];
                    let weights = &themes.weights[n * WIDTH..];
                    project(&vector[..WIDTH], weights, mass, to);
                    if let Some(&column) = by_itself {
                        let times = table.mass(id);
                        project(&[1.0], &[themes.sparse[column as usize]], times, to);
                    }
                }
                let mut both = [0.0; 2];
                let weights = &contrast.weights[FEATURES..];
                project(&vector[..WIDTH], weights, mass, &mut both);
                rows[WordRow::Passage as usize][CONTRAST_COLUMN] = both[1] - both[0];
                rows
            })
            .collect();
        for (row, units) in dense.units.iter_mut().enumerate() {
            for (column, unit) in units.iter_mut().enumerate() {
                let weights = rows.iter().map(|rows| rows[row][column].abs());
                *unit = weights.fold(0.0, f32::max) / f32::from(i16::MAX);
            }
        }
        [WordRow::Passage, WordRow::Heading].map(|row| {
            let units = &dense.units[row as usize];
            rows.iter().flat_map(|rows| in_units(&rows[row as usize], units)).collect()
        })
    }
}

/// Weights in whole units, two bytes each.
fn in_units(row: &[f32; COLUMNS], units: &[f32; COLUMNS]) -> impl Iterator<Item = u8> {
    let steps: [i16; COLUMNS] = std::array::from_fn(|c| steps(row[c], units[c]));
    steps.into_iter().flat_map(i16::to_le_bytes)
}

/// Adds to `to` what weights make of a vector.
fn project<const N: usize>(
    vector: &[f32],
    weights: &[[f32; N]],
    times: f32,
    to: &mut [f32],
) {
    for (value, weights) in vector.iter().zip(weights) {
        for (to, weight) in to.iter_mut().zip(weights) {
            *to += value * weight * times;
        }
    }
}

/// What a model is fitted to.
struct Task<'a> {
    width: usize,
    rows: &'a [f32],
    sparse: &'a Sparse,
    targets: &'a [(usize, f32)],
    pull: f64,
    sparse_pull: f64,
}

/// A labelled passage as numbers.
struct Row {
    passage: usize,
    for_labels: Vec<f32>,
    here: Vec<f32>,
    words: Vec<(bags::Key, f32)>,
    /// The words of the passage, its headings and the title.
    near: Vec<bags::Key>,
}

/// The rows of one article's labelled passages.
fn rows_of(
    text: &LabeledText,
    table: &Table,
    knowledge: &Knowledge,
    without: Without,
) -> Vec<Row> {
    if text.gold.iter().all(Option::is_none) {
        return Vec::new();
    }
    let passages = text.passages.iter().map(|(path, text)| (&path[..], text.as_str()));
    let reading = Reading::new(knowledge, &text.title, passages);
    let vectors = Vectors::new(&reading, table);
    let bags = Bags::new(&reading, table);
    (0..text.passages.len())
        .filter(|&passage| text.gold[passage].is_some())
        .map(|passage| {
            let mut row = vec![0.0; FEATURES];
            features::each(&reading.surroundings(passage), |f, value| row[f] = value);
            if without.lexicon {
                row.fill(0.0);
            }
            if without.context {
                for (f, value) in row.iter_mut().enumerate() {
                    if matches!(features::origin(f), features::Origin::Place(_)) {
                        *value = 0.0;
                    }
                }
            }
            let seen = |place: Place| {
                let is_seen =
                    !without.words && (place == Place::Passage || !without.context);
                f32::from(u8::from(is_seen))
            };
            let places = vectors.places(&reading, passage);
            let mut sight = vec![0.0; SIGHT];
            for (place, (mean, _)) in Place::ALL.into_iter().zip(&places) {
                let part = usize::from(kind_of(place)) * WIDTH;
                let times = seen(place) * share(place);
                for (sum, value) in sight[part..part + WIDTH].iter_mut().zip(mean) {
                    *sum += times * value;
                }
            }
            row.extend(sight);
            let here = &places[Place::Passage as usize].0;
            let scale = |place: Place| places[place as usize].1 * seen(place);
            Row {
                passage,
                for_labels: row,
                here: here[..WIDTH].iter().map(|v| v * seen(Place::Passage)).collect(),
                words: bags.row(&reading, passage, scale),
                near: bags.near(&reading, passage).collect(),
            }
        })
        .collect()
}

/// Sums of vectors with their mass, for the texts of an article.
struct Vectors {
    title: Sum,
    sections: Vec<Sum>,
    passages: Vec<Sum>,
    section_totals: Vec<Sum>,
    total: Sum,
}

#[derive(Clone)]
struct Sum {
    vector: Vec<f32>,
    mass: f32,
}

impl Sum {
    fn of(reading: &Reading, table: &Table, text: &Text) -> Self {
        let mut sum = Self::zero(table.width);
        for id in reading.ids(text).filter(|id| *id != UNKNOWN) {
            let mass = table.mass(id);
            sum.mass += mass;
            for (to, value) in sum.vector.iter_mut().zip(table.vector(id)) {
                *to += mass * value;
            }
        }
        sum
    }

    fn zero(width: usize) -> Self {
        Self { vector: vec![0.0; width], mass: 0.0 }
    }

    fn add(&mut self, other: &Self, times: f32) {
        for (to, value) in self.vector.iter_mut().zip(&other.vector) {
            *to += times * value;
        }
        self.mass += times * other.mass;
    }

    /// The mean, and what it was multiplied by.
    fn scaled(&self) -> (Vec<f32>, f32) {
        let scale = scale(self.mass.max(0.0));
        (self.vector.iter().map(|v| v * scale).collect(), scale)
    }
}

impl Vectors {
    fn new(reading: &Reading, table: &Table) -> Self {
        let of = |text| Sum::of(reading, table, text);
        let passages: Vec<Sum> = reading.passages.iter().map(of).collect();
        let mut section_totals = vec![Sum::zero(table.width); reading.sections.len()];
        let mut total = Sum::zero(table.width);
        for (passage, &section) in passages.iter().zip(&reading.section_of) {
            section_totals[section].add(passage, 1.0);
            total.add(passage, 1.0);
        }
        Self {
            title: of(&reading.title),
            sections: reading.sections.iter().map(of).collect(),
            passages,
            section_totals,
            total,
        }
    }

    /// What each place adds up to, seen from a passage.
    fn places(&self, reading: &Reading, passage: usize) -> [(Vec<f32>, f32); PLACES] {
        let here = &self.passages[passage];
        let section = reading.section_of[passage];
        let nothing = Sum::zero(here.vector.len());
        let before = passage.checked_sub(1).map_or(&nothing, |p| &self.passages[p]);
        let after = self.passages.get(passage + 1).unwrap_or(&nothing);
        let mut rest = self.section_totals[section].clone();
        rest.add(here, -1.0);
        let mut article = self.total.clone();
        article.add(here, -1.0);
        [here, &self.sections[section], &self.title, before, after, &rest, &article]
            .map(Sum::scaled)
    }
}
