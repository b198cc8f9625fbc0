//! `delineate train`: makes the model again from labelled articles.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Global, out};
use crate::classify::{self, Lexicon, Table, Without};
use crate::evaluate::Quality;
use crate::output::OutFile;

/// Make the model that labels passages, and measure it on authors left out
///
/// Real articles are not part of this program, since their text belongs to others. `--real`
/// names a folder with them: `records.jsonl` (articles split into passages) and
/// `SOURCES.tsv` (repository and path of each). Which label each of their passages has is
/// said by `corpus/real/labels.tsv`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate train --real real/                    make model/delineate.model again
  delineate train --real real/ -n                 only measure, write nothing

The same input gives the same bytes. Build the program again to use a new model.")]
pub(super) struct TrainArgs {
    /// Folder with real articles
    #[arg(long, value_name = "DIR")]
    real: Option<PathBuf>,
    /// Folder with lexicon, own labels and pointers to real ones
    #[arg(long, value_name = "DIR", default_value = "corpus")]
    corpus: PathBuf,
    /// Folder with the words' vectors; the model goes there too
    #[arg(long, value_name = "DIR", default_value = "model")]
    model: PathBuf,
    /// Measure only
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Leave a group of evidence out, to see what it is worth
    #[arg(long, value_enum, value_name = "GROUP")]
    without: Vec<Group>,
}

/// Groups of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// Cues, names, kinds of product
    Lexicon,
    /// Learned meaning of words
    Words,
    /// Everything but the passage itself
    Context,
}

impl TrainArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let lexicon = Lexicon::read(&self.corpus.join("lexicon"))?;
        let table = Table::read(&self.model, &lexicon)?;
        let mut texts = classify::read_own(&self.corpus.join("labels"))?;
        if let Some(real) = &self.real {
            let pointers = self.corpus.join("real/labels.tsv");
            let (mut found, lost) = classify::read_real(real, &pointers)?;
            if lost > 0 && !global.quiet {
                out::say(format!("{lost} labels point at passages that are not there"));
            }
            texts.append(&mut found);
        }
        let without = Without {
            lexicon: self.without.contains(&Group::Lexicon),
            words: self.without.contains(&Group::Words),
            context: self.without.contains(&Group::Context),
        };
        let trained =
            global.in_pool(|| classify::train(&texts, &table, &lexicon, without))?;
        let (real, own) = trained.passages;
        if !global.quiet {
            out::say(format!(
                "learned from {real} real passages of {} authors and {own} own ones",
                trained.authors
            ));
            if real > 0 {
                say_quality(&trained.quality);
                out::say(format!(
                    "themes {:.3} right, kinds of shared {:.3} right",
                    trained.theme_accuracy, trained.kind_accuracy
                ));
            }
        }
        if !self.dry_run {
            let file = self.model.join("delineate.model");
            if !classify::is_image(&trained.image) {
                anyhow::bail!(
                    "the model became too large: {} is as it was",
                    file.display()
                );
            }
            let mut out = OutFile::create(&file)?;
            out.write_all(&trained.image).map_err(crate::Error::write(&file))?;
            out.commit()?;
            if !global.quiet {
                out::say(format!("wrote {}", file.display()));
            }
        }
        Ok(Exit::Done)
    }
}

fn say_quality(quality: &Quality) {
    let (low, high) = quality.kappa_interval;
    out::say(format!(
        "on authors left out: kappa {:.3} [{low:.3}, {high:.3}], macro-F1 {:.3}, accuracy \
         {:.3}, calibration error {:.3}",
        quality.kappa, quality.macro_f1, quality.accuracy, quality.calibration_error
    ));
}
