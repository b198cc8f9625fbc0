//! `delineate train`: learns from corrections, or makes the program's own model again.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::out::{self, clean, count};
use super::{Exit, Global};
use crate::Error;
use crate::classify::{
    self, Classifier, Gold, LabeledText, Languages, Lexicon, Table, Without,
};
use crate::correct::{self, Judged};
use crate::evaluate::Quality;
use crate::index::Index;
use crate::output::OutFile;
use crate::record::Record;

/// Learn from your corrections; or make the program's own model again
///
/// Without `--corpus` and `--real` it learns from the corrections in force: labels of
/// passages like the corrected ones move, others stay. The program's own model is where it
/// begins, every time, so that a correction that was taken back is forgotten. The new model
/// lies beside the index, and from then on `index` and `label` use it.
///
/// With them it makes the model that the program carries, from labelled articles, and
/// measures it on authors left out. Real articles are not part of this program, since their
/// text belongs to others: corpus/real/README.md says how to get at them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate train                         learn from your corrections
  delineate train -n                      only say what there is to learn
  delineate train --real real/            make model/delineate.model again
  delineate train --real real/ -n         only measure, write nothing

The same input gives the same bytes. To use a new model of the program's own, build it again.")]
pub(super) struct TrainArgs {
    /// Folder with real articles: records.jsonl and SOURCES.tsv
    #[arg(long, value_name = "DIR")]
    real: Option<PathBuf>,
    /// Folder with lexicon, own labels and pointers to real ones [default with --real:
    /// corpus]
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Folder with the words' vectors; a model of the program's own goes there too
    #[arg(long, value_name = "DIR", default_value = "model")]
    vectors: PathBuf,
    /// Measure only, write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Leave a group of evidence out, to see what it is worth
    #[arg(long, value_enum, value_name = "GROUP", requires = "dry_run")]
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

/// The name of the file of verdicts on the project's own articles.
const OUT_OF_FOLD: &str = "out-of-fold.tsv";

impl TrainArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        if self.real.is_none() && self.corpus.is_none() {
            return self.learn(global);
        }
        let corpus = self.corpus.as_deref().unwrap_or(Path::new("corpus"));
        self.make(corpus, global)
    }

    /// Learns from corrections.
    fn learn(&self, global: &Global) -> anyhow::Result<Exit> {
        let ledger = global.ledger()?;
        let texts = lessons(correct::judged(&ledger), &global.index)?;
        if texts.is_empty() {
            out::say(
                "no corrections to learn from: `delineate correct ID LABEL` makes one",
            );
            if !self.dry_run {
                forget(&global.learned_model())?;
            }
            return Ok(Exit::Nothing);
        }
        let carried = Classifier::embedded(Languages::Any);
        let adapted = classify::adapt(&carried, &texts);
        if !global.quiet {
            let n = adapted.corrections;
            out::say(format!(
                "learned from {}: the model was right in {} of them and is in {} now",
                count(n, "correction"),
                adapted.right_before,
                adapted.right_after
            ));
            if let Some(right) = adapted.right_left_out {
                out::say(format!(
                    "on each article by what was learned from others: right in {right}"
                ));
            }
        }
        if !self.dry_run {
            let file = global.learned_model();
            write_model(&file, &adapted.image, global)?;
            if !global.quiet {
                out::say("`delineate index` labels anew with it");
            }
        }
        Ok(Exit::Done)
    }

    /// Makes the program's own model.
    fn make(&self, corpus: &Path, global: &Global) -> anyhow::Result<Exit> {
        let lexicon = Lexicon::read(&corpus.join("lexicon"))?;
        let table = Table::read(&self.vectors, &lexicon)?;
        let mut texts = classify::read_own(&corpus.join("labels"))?;
        if let Some(real) = &self.real {
            let pointers = corpus.join("real/labels.tsv");
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
            write_model(&self.vectors.join("delineate.model"), &trained.image, global)?;
            let verdicts = trained.out_of_fold.as_bytes();
            write(&self.vectors.join(OUT_OF_FOLD), verdicts, global)?;
        }
        Ok(Exit::Done)
    }
}

/// Takes away a model that has learned from corrections which are all taken back.
fn forget(file: &Path) -> anyhow::Result<()> {
    if let Ok(learned) = Classifier::read(file, Languages::Any)
        && learned.corrections() > 0
    {
        std::fs::remove_file(file).map_err(Error::write(file))?;
        out::say(format!(
            "removed {}, which had learned from corrections taken back since",
            clean(&file.display().to_string())
        ));
    }
    Ok(())
}

/// The corrected passages in their articles: as the index has them, else by themselves.
fn lessons<'a>(
    judged: impl Iterator<Item = Judged<'a>>,
    index: &Path,
) -> crate::Result<Vec<LabeledText>> {
    let index = match Index::open(index) {
        Ok(index) => Some(index),
        Err(Error::NoIndex(_)) => None,
        Err(error) => return Err(error),
    };
    let mut texts: BTreeMap<String, LabeledText> = BTreeMap::new();
    for Judged { anchor, label, kind, theme } in judged {
        let gold = Gold { label, kind, theme };
        let found = index.as_ref().map(|index| {
            let passage = index.find(anchor.id.as_str())?;
            let (before, after) = index.neighbours(&passage, usize::MAX)?;
            let at = before.len();
            let all = before.into_iter().chain([passage]).chain(after);
            Ok((all.map(|p| p.record).collect::<Vec<Record>>(), at))
        });
        let (name, title, passages, at) = match found {
            Some(Ok((records, at))) => {
                let passages = records
                    .iter()
                    .map(|record| (path(&record.section), record.text.clone()))
                    .collect();
                let Record { article, title, .. } = records[at].clone();
                (article, title, passages, at)
            }
            None | Some(Err(Error::NoSuchPassage(_))) => {
                let passage = (path(&anchor.section), anchor.text.clone());
                let name = format!("{} {}", anchor.article, anchor.id.as_str());
                (name, anchor.title.clone(), vec![passage], 0)
            }
            Some(Err(error)) => return Err(error),
        };
        let text = texts.entry(name.clone()).or_insert_with(|| LabeledText {
            author: name.clone(),
            name,
            own: false,
            title,
            gold: vec![None; passages.len()],
            passages,
        });
        text.gold[at] = Some(gold);
    }
    Ok(texts.into_values().collect())
}

fn path(section: &str) -> Vec<String> {
    section.split(" > ").filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

fn write_model(path: &Path, image: &[u8], global: &Global) -> anyhow::Result<()> {
    if !classify::is_image(image) {
        anyhow::bail!("the model became too large: {} is as it was", path.display());
    }
    write(path, image, global)
}

fn write(path: &Path, bytes: &[u8], global: &Global) -> anyhow::Result<()> {
    let mut file = OutFile::create(path)?;
    file.write_all(bytes)
        .map_err(|source| Error::Write { path: path.to_owned(), source })?;
    file.commit()?;
    if !global.quiet {
        out::say(format!("wrote {}", clean(&path.display().to_string())));
    }
    Ok(())
}

fn say_quality(quality: &Quality) {
    let (low, high) = quality.kappa_interval;
    out::say(format!(
        "on authors left out: kappa {:.3} [{low:.3}, {high:.3}], macro-F1 {:.3}, accuracy \
         {:.3}, calibration error {:.3}",
        quality.kappa, quality.macro_f1, quality.accuracy, quality.calibration_error
    ));
}
