//! `delineate correct`: a person's judgement on a passage, kept for good.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};
use time::format_description::well_known::Rfc3339;

use super::out::{self, clean, count};
use super::{Exit, Global};
use crate::Error;
use crate::classify::Languages;
use crate::correct::{Anchor, Correction, Judgement, Ledger};
use crate::index::{self, Index, Standing, Taken, standings};
use crate::ingest::Limits;
use crate::label::{Kind, Label, Theme};
use crate::record::Record;

pub(super) use crate::index::anchor;

/// Say what a passage is; nothing but a later word of yours overrules it
///
/// Corrections lie in a file of their own beside the index, which is only ever added to
/// (`--corrections FILE`). They follow a passage through edits and moves of its file, and
/// hold for near copies of it too. Said again, only what is named changes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate correct 0k7f3 b2b
  delineate correct 0k7f3 shared --kind contrast --note 'compares both'
  delineate correct 0k7f3 --theme pricing     the theme alone
  delineate correct --undo 0k7f3
  delineate correct --list")]
pub(super) struct CorrectArgs {
    /// The passage's id, or enough of its beginning
    #[arg(required_unless_present_any = ["list", "undo"])]
    id: Option<String>,
    /// What it is: b2b, b2c or shared
    #[arg(required_unless_present_any = ["list", "undo", "kind", "theme", "note"])]
    label: Option<Label>,
    /// For a shared passage: contrast or general
    #[arg(long, requires = "id")]
    kind: Option<Kind>,
    /// What it is mainly about
    #[arg(long, requires = "id")]
    theme: Option<Theme>,
    /// Why, in your words
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Take back what was said of a passage: the model's word stands again
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "list"])]
    undo: Option<String>,
    /// List the corrections in force, with where their passages are now
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
        // What is wrong with the ledger's lines is told of here.
        let ledger = global.ledger()?;
        if self.list {
            return list(global, &ledger, self.format);
        }
        let (correction, was) = match (&self.undo, &self.id) {
            (Some(id), _) => {
                let Some((earlier, anchor)) = undone(global, &ledger, id)? else {
                    out::say(format!("nobody has corrected {}", clean(id)));
                    return Ok(Exit::Nothing);
                };
                let undo = Correction::new(anchor, None, self.note);
                let replaces = Some(earlier.mark.clone());
                (Correction { replaces, ..undo }, None)
            }
            (None, Some(id)) => {
                let index = Index::open(&global.index)?;
                let passage = index.find(id)?;
                let anchor = anchor(&index, &passage)?;
                let earlier = on(&ledger, &passage.record);
                (self.said(earlier, &passage.record, anchor)?, Some(passage.record))
            }
            // The command line is parsed so that this cannot be.
            (None, None) => return Ok(Exit::Failed),
        };
        let saved = Ledger::append(&global.ledger_path(), correction)?;
        if !global.quiet {
            out::say(said(&saved.correction, was.as_ref()));
        }
        let mut later = BTreeSet::new();
        let ledger = saved.ledger();
        for article in articles(global, &ledger, &saved.correction) {
            match take_up(global, &article, &ledger) {
                Ok(why) => later.extend(why),
                Err(error) => {
                    // What counts is saved; the index can be made again.
                    out::say_error(&error, false);
                    return Ok(Exit::Failed);
                }
            }
        }
        if let Some(why) = later.first()
            && !global.quiet
        {
            out::say(format!(
                "note: the index shows it after the next `delineate index`: {}",
                clean(why)
            ));
        }
        Ok(Exit::Done)
    }

    /// The correction that was asked for: of what was said earlier, only what is named
    /// changes, and what no longer fits falls away.
    fn said(
        self,
        earlier: Option<&Correction>,
        record: &Record,
        anchor: Anchor,
    ) -> anyhow::Result<Correction> {
        let earlier = earlier.filter(|c| c.judgement.is_some());
        let old = earlier.and_then(|c| c.judgement);
        let mut label = self.label.or(old.and_then(|j| j.label));
        let theme = self.theme.or(old.and_then(|j| j.theme));
        let Some(becomes) = label.or(record.label) else {
            anyhow::bail!("{} has no label yet: name one", anchor.id);
        };
        if record.theme.is_none() && theme.is_none() {
            anyhow::bail!(
                "{} has no label yet, and so no theme: name one with --theme",
                anchor.id
            );
        }
        if self.kind.is_some() {
            if becomes != Label::Shared {
                anyhow::bail!("only a shared passage has a kind");
            }
            label = Some(becomes);
        }
        let kind = self.kind.or(old.and_then(|j| j.kind));
        let kind = kind.filter(|_| becomes == Label::Shared);
        if label.is_none() && theme.is_none() {
            anyhow::bail!("a note goes with a label or a theme: name one");
        }
        // Why it was another label says nothing on this one.
        let note = self.note.or_else(|| {
            earlier
                .filter(|_| record.label == Some(becomes))
                .and_then(|c| c.note.clone())
        });
        let correction =
            Correction::new(anchor, Some(Judgement { label, kind, theme }), note);
        let replaces = earlier.map(|c| c.mark.clone());
        Ok(Correction { replaces, ..correction })
    }
}

/// The last word on a passage of the index.
fn on<'a>(ledger: &'a Ledger, record: &Record) -> Option<&'a Correction> {
    let decided = record.correction.as_deref().and_then(|mark| ledger.of_mark(mark));
    decided.or_else(|| ledger.on(&record.id))
}

/// The articles of the index in which a correction's passage is or was.
fn articles(
    global: &Global,
    ledger: &Ledger,
    correction: &Correction,
) -> BTreeSet<String> {
    let mut articles = BTreeSet::from([correction.anchor.article.clone()]);
    if let Some(last) = ledger.of_mark(&correction.mark)
        && !last.places.is_empty()
        && let Ok(index) = Index::open(&global.index)
    {
        let known = |name: &str| matches!(index.article(name), Ok(Some(_)));
        let places = last.places.iter().map(|a| &a.article);
        articles.extend(places.filter(|name| known(name)).cloned());
    }
    articles
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

/// What is said of a correction that is on the disk, of a passage that was this before.
pub(super) fn said(correction: &Correction, was: Option<&Record>) -> String {
    let id = &correction.anchor.id;
    let Some(Judgement { label, kind, theme }) = correction.judgement else {
        return format!("saved: {id} is again what the model says");
    };
    let kind_shown = kind.map(|k| format!("/{k}")).unwrap_or_default();
    let label_shown = label.map(|l| format!("{}{kind_shown}", l.shown()));
    let is: Vec<_> =
        label_shown.into_iter().chain(theme.map(|t| t.to_string())).collect();
    let was = was.map(|was| {
        let mut changed = Vec::new();
        if label.is_some() && label != was.label {
            changed.push(was.label.map_or("unlabelled", Label::shown));
        }
        if kind.is_some() && kind != was.kind {
            changed.extend(was.kind.map(Kind::as_str));
        }
        if theme.is_some() && theme != was.theme {
            changed.extend(was.theme.map(Theme::as_str));
        }
        if changed.is_empty() {
            " (confirmed)".to_owned()
        } else {
            format!(" (was {})", changed.join(", "))
        }
    });
    format!("saved: {id} is {}{}", is.join(", "), was.unwrap_or_default())
}

/// The correction that decides a passage, and the passage's anchor: as it is in the index,
/// or, where it is no longer there, as it was judged. `None` where nobody has judged it.
fn undone<'a>(
    global: &Global,
    ledger: &'a Ledger,
    id: &str,
) -> crate::Result<Option<(&'a Correction, Anchor)>> {
    let in_index = match Index::open(&global.index) {
        Ok(index) => match index.find(id) {
            Ok(passage) => {
                let decides = on(ledger, &passage.record);
                if let Some(decides) = decides.filter(|c| c.judgement.is_some()) {
                    return Ok(Some((decides, anchor(&index, &passage)?)));
                }
                Ok(())
            }
            Err(error) => Err(error),
        },
        Err(_) => Ok(()),
    };
    // The id may be one that the passage had.
    let start = id.trim().to_lowercase();
    let mut known = ledger.in_force().filter(|c| {
        !start.is_empty() && c.anchors().any(|a| a.id.as_str().starts_with(&start))
    });
    match (known.next(), known.next(), in_index) {
        (Some(only), None, _) => Ok(Some((only, only.anchor.clone()))),
        (None, _, Ok(()) | Err(Error::NoSuchPassage(_))) => Ok(None),
        (_, _, Err(error @ Error::Query(_))) => Err(error),
        (_, _, Err(error)) if !matches!(error, Error::NoSuchPassage(_)) => Err(error),
        _ => Err(Error::Query(format!(
            "several corrections have an id that begins with {start:?}: give more of it"
        ))),
    }
}

/// How many judgements in force decide no passage of the index: their article is gone, or
/// has changed too much.
pub(super) fn lost(index: &Index, ledger: &Ledger) -> crate::Result<usize> {
    Ok(standings(index, ledger)?.iter().filter(|s| s.is_lost()).count())
}

/// What is said of lost corrections, with the next step.
pub(super) fn lost_line(n: usize) -> String {
    let find = if n == 1 { "finds" } else { "find" };
    format!(
        "{} {find} no passage: see `delineate correct --list`, then correct the passage \
         again or take the word back with `--undo ID`",
        count(n, "correction")
    )
}

/// The corrections in force, by article and time.
fn list(global: &Global, ledger: &Ledger, format: Format) -> anyhow::Result<Exit> {
    // Without an index that can be read, what was said is listed alone.
    let (mut standings, known) = match Index::open(&global.index) {
        Ok(index) => (standings(&index, ledger)?, true),
        Err(error) => {
            if !matches!(error, Error::NoIndex(_)) {
                out::say_error(&error.into(), false);
            }
            let standing = |correction: &Correction| Standing {
                correction: correction.clone(),
                passages: Vec::new(),
                overruled: false,
            };
            (ledger.in_force().map(standing).collect(), false)
        }
    };
    standings.sort_by(|a, b| {
        let key = |s: &Standing| (s.correction.anchor.article.clone(), s.correction.at);
        key(a).cmp(&key(b))
    });
    let mut stdout = out::stdout();
    let place = Path::new("standard output");
    for standing in &standings {
        let line = match format {
            Format::Table => row(standing, known),
            Format::Jsonl => record(standing, known)?,
        };
        writeln!(stdout, "{line}").map_err(Error::write(place))?;
    }
    stdout.flush().map_err(Error::write(place))?;
    if format == Format::Table && standings.is_empty() {
        out::say("no corrections");
    }
    let lost = standings.iter().filter(|s| s.is_lost()).count();
    if known && lost > 0 && !global.quiet {
        out::say(lost_line(lost));
    }
    Ok(if ledger.bad().len() > 0 {
        Exit::Failed
    } else if standings.is_empty() {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

/// One correction in one line: its passage's id today, what was said and when, where the
/// passage is, and how it begins.
fn row(standing: &Standing, known: bool) -> String {
    let Correction { at, anchor, judgement, note, .. } = &standing.correction;
    let Some(Judgement { label, kind, theme }) = judgement else {
        return String::new();
    };
    let kind = kind.map(|k| format!("/{k}")).unwrap_or_default();
    let label =
        label.map_or_else(|| "-".to_owned(), |l| format!("{}{kind}", l.shown()));
    let theme = theme.map_or("-", Theme::as_str);
    let mut passages: Vec<_> = standing.passages.iter().map(|p| &p.record).collect();
    passages.sort_by_key(|r| r.copy_of.is_some());
    let today = passages.first();
    let (id, text) = today.map_or((&anchor.id, &anchor.text), |r| (&r.id, &r.text));
    let names: Vec<_> = passages.iter().map(|r| r.article.as_str()).collect();
    let place = if !known {
        anchor.article.clone()
    } else if standing.is_shown() {
        names.join(", ")
    } else if today.is_some() {
        format!("{}, not yet in effect (`delineate index`)", names.join(", "))
    } else if standing.overruled {
        format!("overruled by a later one; said in {}", anchor.article)
    } else {
        format!("NO PASSAGE; said in {}", anchor.article)
    };
    let start: String = text.chars().take(50).collect();
    let note = note.as_ref().map(|n| format!("  [{n}]")).unwrap_or_default();
    let was = if *id == anchor.id {
        String::new()
    } else {
        format!("  (said of {})", anchor.id)
    };
    let what = format!("{place}  {start}{note}{was}");
    format!("{id}  {label:<15}  {theme:<11}  {}  {}", at.date(), clean(&what))
}

/// One correction as a JSON line: what was said, and where its passages are.
fn record(standing: &Standing, known: bool) -> anyhow::Result<String> {
    let Correction { at, anchor, judgement, note, mark, .. } = &standing.correction;
    let passages: Vec<_> = standing
        .passages
        .iter()
        .map(|p| serde_json::json!({"id": p.record.id, "article": p.record.article}))
        .collect();
    Ok(serde_json::to_string(&serde_json::json!({
        "schema": "delineate.correction/1",
        "correction": mark,
        "at": at.format(&Rfc3339)?,
        "id": anchor.id,
        "article": anchor.article,
        "title": anchor.title,
        "section": anchor.section,
        "text": anchor.text,
        "label": judgement.and_then(|j| j.label),
        "kind": judgement.and_then(|j| j.kind),
        "theme": judgement.and_then(|j| j.theme),
        "note": note,
        "in_effect": known.then(|| standing.is_shown()),
        "passages": known.then_some(passages),
    }))?)
}
