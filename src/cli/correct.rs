//! `delineate correct`: a person's judgement on a passage, kept for good.

use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};
use time::format_description::well_known::Rfc3339;

use super::out::{self, clean};
use super::{Exit, Global};
use crate::Error;
use crate::classify::Languages;
use crate::correct::{Anchor, Correction, Corrections, Judgement, Ledger};
use crate::index::{self, Filter, Index, IndexedPassage, Taken};
use crate::ingest::Limits;
use crate::label::{Kind, Label, Theme};

/// Say what a passage is; nothing but a later word of yours overrules it
///
/// Corrections lie in a file of their own beside the index, which is only ever added to
/// (`--corrections FILE`). They follow a passage through edits and moves of its file.
/// `delineate train` learns from them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate correct 0k7f3 b2b
  delineate correct 0k7f3 shared --kind contrast --note 'compares both'
  delineate correct --undo 0k7f3
  delineate correct --list")]
pub(super) struct CorrectArgs {
    /// The passage's id, or enough of its beginning
    #[arg(required_unless_present_any = ["list", "undo"])]
    id: Option<String>,
    /// What it is: b2b, b2c or shared
    #[arg(required_unless_present_any = ["list", "undo"])]
    label: Option<Label>,
    /// For a shared passage: contrast or general
    #[arg(long, requires = "label")]
    kind: Option<Kind>,
    /// What it is mainly about
    #[arg(long, requires = "label")]
    theme: Option<Theme>,
    /// Why, in your words
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Take back what was said of a passage: the model's word stands again
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "list"])]
    undo: Option<String>,
    /// List the corrections in force
    #[arg(long, conflicts_with_all = ["id", "note"])]
    list: bool,
    /// How to write the list
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Jsonl,
}

impl CorrectArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        if self.list {
            return list(&global.ledger()?, self.format);
        }
        // A torn last line is told of here; saving drops it.
        let ledger = global.ledger()?;
        let (anchor, was, judgement) = match (&self.undo, &self.id, self.label) {
            (Some(id), ..) => {
                let Some(anchor) = undone(global, &ledger, id)? else {
                    out::say(format!("nobody has corrected {}", clean(id)));
                    return Ok(Exit::Nothing);
                };
                (anchor, None, None)
            }
            (None, Some(id), Some(label)) => {
                let (anchor, was) = passage(global, id)?;
                if self.kind.is_some() && label != Label::Shared {
                    anyhow::bail!("only a shared passage has a kind");
                }
                if was.is_none() && self.theme.is_none() {
                    anyhow::bail!(
                        "{} has no label yet, and so no theme: name one with --theme",
                        anchor.id
                    );
                }
                let judgement = Judgement { label, kind: self.kind, theme: self.theme };
                (anchor, was, Some(judgement))
            }
            // The command line is parsed so that this cannot be.
            _ => return Ok(Exit::Failed),
        };
        let article = anchor.article.clone();
        let correction = Correction::new(anchor, judgement, self.note);
        let saved = Ledger::append(&global.ledger_path(), correction)?;
        if !global.quiet {
            out::say(said(&saved.correction, was));
        }
        let later = match take_up(global, &article, &saved.ledger()) {
            Ok(later) => later,
            Err(error) => {
                // What counts is saved; the index can be made again.
                out::say_error(&error, false);
                return Ok(Exit::Failed);
            }
        };
        if let Some(why) = later
            && !global.quiet
        {
            out::say(format!(
                "note: the index shows it after the next `delineate index`: {}",
                clean(&why)
            ));
        }
        Ok(Exit::Done)
    }
}

/// Brings what people said of an article into the index; where that has to wait for the
/// next `delineate index`, the reason.
pub(super) fn take_up(
    global: &Global,
    article: &str,
    ledger: &Ledger,
) -> anyhow::Result<Option<String>> {
    // What was indexed may be read again, whatever it then cost.
    let limits = Limits {
        file_bytes: 1 << 40,
        worker: std::env::current_exe().ok(),
        ..Limits::default()
    };
    let model = global.classifier(Languages::English)?;
    match index::take_up(&global.index, article, ledger, &limits, &model) {
        Ok(Taken::Up) => Ok(None),
        Ok(Taken::Later(why)) => Ok(Some(why)),
        Err(error @ Error::Locked { .. }) => Ok(Some(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// What is said of a correction that is on the disk, of a passage that had this label.
pub(super) fn said(correction: &Correction, was: Option<Label>) -> String {
    let id = &correction.anchor.id;
    match correction.judgement {
        None => format!("saved: {id} is again what the model says"),
        Some(Judgement { label, kind, theme }) => {
            let kind = kind.map(|k| format!("/{k}")).unwrap_or_default();
            let theme = theme.map(|t| format!(", {t}")).unwrap_or_default();
            let was = match was {
                Some(was) if was == label => " (confirmed)".to_owned(),
                Some(was) => format!(" (was {})", was.shown()),
                None => String::new(),
            };
            format!("saved: {id} is {}{kind}{theme}{was}", label.shown())
        }
    }
}

/// The anchor and the present label of a passage in the index.
fn passage(global: &Global, id: &str) -> crate::Result<(Anchor, Option<Label>)> {
    let index = Index::open(&global.index)?;
    let passage = index.find(id)?;
    Ok((anchor(&index, &passage)?, passage.record.label))
}

/// By what a passage in the index will be found again.
pub(super) fn anchor(index: &Index, passage: &IndexedPassage) -> crate::Result<Anchor> {
    let (before, after) = index.neighbours(passage, 1)?;
    let before = before.last().map(|p| &p.record);
    Ok(Anchor::new(&passage.record, before, after.first().map(|p| &p.record)))
}

/// The anchor of a passage whose correction is to be taken back: as it is in the index, or,
/// where it is no longer there, as it is in the ledger. `None` where it has none.
fn undone(global: &Global, ledger: &Ledger, id: &str) -> crate::Result<Option<Anchor>> {
    let in_force = ledger.latest().filter(|c| c.judgement.is_some());
    let mut known = in_force.filter(|c| c.anchor.id.as_str().starts_with(id));
    let in_ledger = known.next().map(|c| c.anchor.clone());
    if in_ledger.is_some() && known.next().is_some() {
        return Err(Error::NoSuchPassage(id.to_owned()));
    }
    let Ok(index) = Index::open(&global.index) else { return Ok(in_ledger) };
    match index.find(id) {
        Ok(passage) if passage.record.correction.is_some() => {
            anchor(&index, &passage).map(Some)
        }
        Ok(_) | Err(Error::NoSuchPassage(_)) => Ok(in_ledger),
        Err(error) => Err(error),
    }
}

/// Judgements in force for which the index shows no passage: their article is gone, or has
/// changed too much, or the index is behind.
pub(super) fn unresolved(
    index: &Index,
    ledger: &Ledger,
) -> crate::Result<Vec<Correction>> {
    let corrections = Corrections::new(ledger, |_| true);
    if corrections.is_empty() {
        return Ok(Vec::new());
    }
    let all = Filter { keep_duplicates: true, ..Filter::default() };
    let mut taken_up = Vec::new();
    for record in index.records(&all)? {
        let record = record?;
        if let Some(mark) = record.correction {
            taken_up.push((mark, record.text));
        }
    }
    let taken_up = taken_up.iter().map(|(mark, text)| (mark.as_str(), text.as_str()));
    Ok(corrections.unresolved(taken_up).into_iter().cloned().collect())
}

/// The corrections in force, by article and id.
fn list(ledger: &Ledger, format: Format) -> anyhow::Result<Exit> {
    let mut corrections: Vec<_> =
        ledger.latest().filter(|c| c.judgement.is_some()).collect();
    corrections.sort_by_key(|c| (&c.anchor.article, c.at));
    let mut stdout = out::stdout();
    let place = Path::new("standard output");
    for correction in &corrections {
        let line = match format {
            Format::Table => row(correction),
            Format::Jsonl => record(correction)?,
        };
        writeln!(stdout, "{line}").map_err(Error::write(place))?;
    }
    stdout.flush().map_err(Error::write(place))?;
    if format == Format::Table && corrections.is_empty() {
        out::say("no corrections");
    }
    Ok(if corrections.is_empty() { Exit::Nothing } else { Exit::Done })
}

/// One correction in one line: what, on what, when, where, and how the passage begins.
fn row(correction: &Correction) -> String {
    let Correction { at, anchor, judgement, note, .. } = correction;
    let Judgement { label, kind, theme } = match judgement {
        Some(judgement) => *judgement,
        None => return String::new(),
    };
    let kind = kind.map(|k| format!("/{k}")).unwrap_or_default();
    let label = format!("{}{kind}", label.shown());
    let theme = theme.map_or("-", Theme::as_str);
    let start: String = anchor.text.chars().take(50).collect();
    let note = note.as_ref().map(|n| format!("  [{n}]")).unwrap_or_default();
    let what = format!("{}  {start}{note}", anchor.article);
    format!("{}  {label:<15}  {theme:<11}  {}  {}", anchor.id, at.date(), clean(&what))
}

/// One correction as a JSON line.
fn record(correction: &Correction) -> anyhow::Result<String> {
    let Correction { at, anchor, judgement, note, mark } = correction;
    Ok(serde_json::to_string(&serde_json::json!({
        "schema": "delineate.correction/1",
        "correction": mark,
        "at": at.format(&Rfc3339)?,
        "id": anchor.id,
        "article": anchor.article,
        "title": anchor.title,
        "section": anchor.section,
        "text": anchor.text,
        "label": judgement.map(|j| j.label),
        "kind": judgement.and_then(|j| j.kind),
        "theme": judgement.and_then(|j| j.theme),
        "note": note,
    }))?)
}
