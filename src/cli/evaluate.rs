//! `delineate evaluate`: the model's verdicts against those of a reference.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::{Exit, Global, out};
use crate::article::{BlockKind, Draft};
use crate::classify::{self, Classifier, LabeledText, Languages};
use crate::evaluate::{Outcome, Quality};
use crate::label::Label;
use crate::pipeline;

/// Score the model against a reference: passages that others have labelled
///
/// Takes a folder of labels in the form of corpus/labels, or a file of labels with a
/// `records.jsonl` beside it that holds the articles, split into passages.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate evaluate                              on the program's own articles
  delineate evaluate gold/labels.jsonl            on others, with records.jsonl beside it
  delineate evaluate labels.jsonl --errors 20     and the twenty surest errors

The model has learned from the program's own articles: on them it looks better than it is.")]
pub(super) struct EvaluateArgs {
    /// Labels: a folder, or a file
    #[arg(default_value = "corpus/labels", value_name = "LABELS")]
    labels: PathBuf,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORM")]
    format: Form,
    /// Also print so many errors, the surest first
    #[arg(long, value_name = "N", default_value_t = 0)]
    errors: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Jsonl,
}

/// A passage with the outcome on it.
struct Judged {
    outcome: Outcome,
    theme_right: Option<bool>,
    kind_right: Option<bool>,
    place: String,
    text: String,
}

impl EvaluateArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let texts = if self.labels.is_dir() {
            classify::read_own(&self.labels)?
        } else {
            classify::read_judged(&self.labels)?
        };
        let classifier = global.classifier(Languages::Any)?;
        let judged: Vec<Judged> = global.in_pool(|| {
            texts.par_iter().flat_map_iter(|text| judge(text, &classifier)).collect()
        })?;
        if judged.is_empty() {
            out::say("no labelled passage found");
            return Ok(Exit::Nothing);
        }
        let outcomes: Vec<Outcome> = judged.iter().map(|j| j.outcome.clone()).collect();
        let quality = Quality::of(&outcomes);
        let themes = share(judged.iter().filter_map(|j| j.theme_right));
        let kinds = share(judged.iter().filter_map(|j| j.kind_right));
        let mut report = match self.format {
            Form::Table => table(&quality, themes, kinds),
            Form::Jsonl => json_line(&quality, themes, kinds),
        };
        report += &errors(judged, self.errors);
        let mut stdout = out::stdout();
        stdout
            .write_all(report.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(crate::Error::write(Path::new("standard output")))?;
        Ok(Exit::Done)
    }
}

/// Labels one article and compares.
fn judge(text: &LabeledText, classifier: &Classifier) -> Vec<Judged> {
    let mut draft = Draft { title: Some(text.title.clone()), ..Draft::default() };
    for (section, passage) in &text.passages {
        draft.push(BlockKind::Given(section.clone()), passage);
    }
    let article = draft.finish(&text.name, "jsonl", "");
    let labeled = pipeline::label_article(article, classifier);
    labeled
        .passages
        .iter()
        .zip(&text.gold)
        .filter_map(|(passage, gold)| {
            let (gold, verdict) = ((*gold)?, passage.verdict.as_ref()?);
            Some(Judged {
                outcome: Outcome {
                    article: text.name.clone(),
                    gold: gold.label,
                    said: verdict.label,
                    confidence: verdict.confidence,
                },
                theme_right: gold.theme.map(|theme| theme == verdict.theme),
                kind_right: gold
                    .kind
                    .filter(|_| verdict.label == Label::Shared)
                    .map(|kind| Some(kind) == verdict.kind),
                place: format!("{}, passage {}", text.name, passage.passage.number),
                text: passage.passage.text().to_owned(),
            })
        })
        .collect()
}

fn share(right: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut rights, mut all) = (0usize, 0usize);
    for right in right {
        rights += usize::from(right);
        all += 1;
    }
    (all > 0).then(|| rights as f64 / all as f64)
}

fn table(quality: &Quality, themes: Option<f64>, kinds: Option<f64>) -> String {
    let (low, high) = quality.kappa_interval;
    let mut report = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(report, "{name:<22}{value}");
    };
    line("passages", quality.passages.to_string());
    line("accuracy", format!("{:.3}", quality.accuracy));
    line("macro-F1", format!("{:.3}", quality.macro_f1));
    for (label, f1) in Label::ALL.into_iter().zip(quality.f1) {
        line(&format!("  F1 {}", label.shown()), format!("{f1:.3}"));
    }
    line("kappa", format!("{:.3} [{low:.3}, {high:.3}]", quality.kappa));
    line("calibration error", format!("{:.3}", quality.calibration_error));
    if let Some(themes) = themes {
        line("themes right", format!("{themes:.3}"));
    }
    if let Some(kinds) = kinds {
        line("kinds of shared right", format!("{kinds:.3}"));
    }
    report += "\nreference (rows), program (columns)\n";
    let _ = writeln!(report, "{:8}{:>8}{:>8}{:>8}", "", "B2B", "B2C", "SHARED");
    for (label, row) in Label::ALL.into_iter().zip(quality.confusion) {
        let [b2b, b2c, shared] = row;
        let _ = writeln!(report, "{:8}{b2b:>8}{b2c:>8}{shared:>8}", label.shown());
    }
    report += "\nconfidence  passages  said  right\n";
    for bin in &quality.reliability {
        let _ = writeln!(
            report,
            "{:.1} to {:.1}  {:>8}  {:.2}   {:.2}",
            bin.from,
            bin.from + 0.1,
            bin.passages,
            bin.confidence,
            bin.accuracy
        );
    }
    report
}

fn json_line(quality: &Quality, themes: Option<f64>, kinds: Option<f64>) -> String {
    let bins: Vec<_> = quality
        .reliability
        .iter()
        .map(|bin| {
            serde_json::json!({
                "from": bin.from, "passages": bin.passages,
                "confidence": bin.confidence, "accuracy": bin.accuracy,
            })
        })
        .collect();
    let line = serde_json::json!({
        "schema": "delineate.quality/1",
        "passages": quality.passages,
        "accuracy": quality.accuracy,
        "macro_f1": quality.macro_f1,
        "f1": { "b2b": quality.f1[0], "b2c": quality.f1[1], "shared": quality.f1[2] },
        "kappa": quality.kappa,
        "kappa_interval": [quality.kappa_interval.0, quality.kappa_interval.1],
        "calibration_error": quality.calibration_error,
        "themes_right": themes,
        "kinds_right": kinds,
        "confusion": quality.confusion,
        "reliability": bins,
    });
    format!("{line}\n")
}

fn errors(judged: Vec<Judged>, count: usize) -> String {
    let mut wrong: Vec<Judged> =
        judged.into_iter().filter(|j| j.outcome.gold != j.outcome.said).collect();
    wrong.sort_by(|a, b| b.outcome.confidence.total_cmp(&a.outcome.confidence));
    let mut report = String::new();
    for Judged { outcome, place, text, .. } in wrong.iter().take(count) {
        let start: String = text.chars().take(300).collect();
        let _ = write!(
            report,
            "\n{}: reference {}, program {} ({:.2})\n  {}\n",
            out::clean(place),
            outcome.gold.shown(),
            outcome.said.shown(),
            outcome.confidence,
            out::clean(&start)
        );
    }
    report
}
