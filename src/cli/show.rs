//! `delineate show`: one passage in its article, and why it has its label; and
//! `delineate similar`: passages like it.

use anstyle::AnsiColor;
use clap::{Args, ValueEnum};

use super::filter::FilterArgs;
use super::limit::Limit;
use super::out::{self, clean, count};
use super::page::{DIM, Page, Paging};
use super::search::{Format, Shown};
use super::{Exit, Global};
use crate::article::{BlockKind, Draft};
use crate::classify::{Detail, Languages, WhatIf, what_if};
use crate::correct::Correction;
use crate::index::{Index, IndexedPassage};
use crate::label::{DecidedBy, Label, LabeledPassage};
use crate::record::Record;
use crate::search::{Search, Side, similar};
use crate::{Span, pipeline};

/// Show a passage in its article, and why it has its label
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate show 0k7f3             the beginning of an id will do
  delineate show 0k7f3 --why       all that spoke for the label and against it")]
pub(super) struct ShowArgs {
    /// The passage's id, or enough of its beginning
    id: String,
    /// Show everything that spoke for the label and against it
    #[arg(long)]
    why: bool,
    /// Show so many passages before and after it
    #[arg(short = 'C', long, value_name = "N", default_value_t = 1)]
    context: usize,
    /// How to write it
    #[arg(long, value_enum, default_value_t = ShowFormat::Table, value_name = "FORMAT")]
    format: ShowFormat,
    /// When to show it in a pager
    #[arg(long, value_enum, default_value_t = Paging::Auto, value_name = "WHEN")]
    paging: Paging,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    Table,
    Jsonl,
}

/// Reasons that are shown unless all are asked for.
const FEW: usize = 6;

impl ShowArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index)?;
        let mut passage = index.find(&self.id)?;
        // Only where the main reasons stand: with all of them every word would be marked.
        let marks = spans_of_evidence(&passage.record);
        let what_if =
            if self.why { all_reasons(&index, &mut passage, global)? } else { None };
        match self.format {
            ShowFormat::Jsonl => {
                let mut stdout = out::stdout();
                out::json_line(&mut stdout, &passage.record)?;
                out::flush(stdout)?;
            }
            ShowFormat::Table => {
                let mut page = self.table(&index, &passage, &marks, global)?;
                if let Some(what_if) = what_if {
                    would_change(&mut page, &what_if);
                }
                page.print(self.paging)?;
            }
        }
        Ok(Exit::Done)
    }

    fn table(
        &self,
        index: &Index,
        passage: &IndexedPassage,
        marks: &[Span],
        global: &Global,
    ) -> anyhow::Result<Page> {
        let mut page = Page::new();
        let record = &passage.record;
        let article = index.article_of(passage)?;
        page.passage_head(record, Some(&article.path));
        about(&mut page, record);
        page.put("\n");
        let (before, after) = index.neighbours(passage, self.context)?;
        page.in_its_place(&before, record, marks, &after);
        page.put("\n");
        if let Some(mark) = &record.correction {
            person(&mut page, record, global.ledger()?.of_mark(mark));
        }
        self.reasons(&mut page, record);
        Ok(page)
    }

    fn reasons(&self, page: &mut Page, record: &Record) {
        let by_person = record.decided_by == Some(DecidedBy::Person);
        if let (Some(model), true) = (&record.model, by_person) {
            let p = model.probabilities;
            page.line(&format!(
                "the model had said {} {:.2} (B2B {:.3}, B2C {:.3}, SHARED {:.3}), because",
                model.label.shown(),
                model.confidence,
                p.b2b,
                p.b2c,
                p.shared
            ));
        } else if let (Some(p), false) = (record.probabilities, by_person) {
            page.line(&format!(
                "probabilities: B2B {:.3}, B2C {:.3}, SHARED {:.3}; decided by {}",
                p.b2b,
                p.b2c,
                p.shared,
                record.decided_by.map_or("nobody", DecidedBy::as_str),
            ));
        }
        let most = if self.why { usize::MAX } else { FEW };
        for reason in record.evidence.iter().take(most) {
            page.put("  ");
            let style =
                if reason.weight >= 0.0 { AnsiColor::Green } else { AnsiColor::Red };
            page.styled(style.on_default(), &format!("{:+.3}", reason.weight));
            page.put(" ");
            page.label(Some(reason.side));
            page.put(" ");
            page.styled(DIM, &reason.source);
            page.put("  ");
            page.styled(anstyle::Style::new(), &reason.what);
            page.put("\n");
        }
        if record.evidence.len() > most {
            page.line(&format!("  {} more: --why", record.evidence.len() - most));
        }
    }
}

/// Puts every reason in the place of the main ones that the index keeps, by labelling the
/// article once more, and says what would change the label. `None`, with all as it was,
/// where the passage has no label, or where the model is no longer that of the index.
fn all_reasons(
    index: &Index,
    passage: &mut IndexedPassage,
    global: &Global,
) -> anyhow::Result<Option<WhatIf>> {
    let Some(known) =
        passage.record.model.map(|m| m.probabilities).or(passage.record.probabilities)
    else {
        return Ok(None);
    };
    let (before, after) = index.neighbours(passage, usize::MAX)?;
    let mut draft =
        Draft { title: Some(passage.record.title.clone()), ..Draft::default() };
    for IndexedPassage { record, .. } in before.iter().chain([&*passage]).chain(&after)
    {
        let section = record.section.split(" > ").filter(|part| !part.is_empty());
        let section = section.map(str::to_owned).collect();
        draft.push(BlockKind::Given(section), &record.text);
    }
    let article = draft.finish(&passage.record.article, "", "");
    let classifier = global.classifier(Languages::Any)?.with_detail(Detail::All);
    let labeled = pipeline::label_article(article, &classifier).passages;
    let Some(LabeledPassage { passage: again, verdict: Some(verdict) }) =
        labeled.into_iter().nth(before.len())
    else {
        return Ok(None);
    };
    let as_indexed = Label::ALL.into_iter().all(|label| {
        (known.of(label) - verdict.probabilities.of(label)).abs() < AS_INDEXED
    });
    if !as_indexed {
        if !global.quiet {
            out::say("the model has changed since: `delineate index` labels anew");
        }
        return Ok(None);
    }
    let what_if = what_if(&verdict.evidence);
    let record = &mut passage.record;
    record.evidence = verdict.evidence;
    for reason in &mut record.evidence {
        let shift = |at: usize| at - again.span.start + record.start;
        reason.start = reason.start.map(shift);
        reason.end = reason.end.map(shift);
    }
    Ok(Some(what_if))
}

/// Probabilities that differ by less are of the same model: weights are rounded in between.
const AS_INDEXED: f32 = 1e-3;

fn would_change(page: &mut Page, what_if: &WhatIf) {
    let WhatIf { next, behind, without } = what_if;
    page.line(&format!(
        "what would change it: {} is next, {behind:.3} behind",
        next.shown()
    ));
    for (reasons, label) in without {
        let reasons: Vec<String> =
            reasons.iter().map(|r| format!("{} ({})", r.what, r.source)).collect();
        page.put("  ");
        page.label(Some(*label));
        page.put(" without ");
        page.styled(anstyle::Style::new(), &reasons.join(" and "));
        page.put("\n");
    }
    if without.is_empty() {
        page.line("  nothing that stands there: it is so before any evidence");
    }
}

/// What a person said of the passage, as the ledger has it.
fn person(page: &mut Page, record: &Record, said: Option<&Correction>) {
    let judgement = said.and_then(|c| c.judgement);
    let of_person = record.decided_by == Some(DecidedBy::Person);
    let label = judgement.map_or(record.label.filter(|_| of_person), |j| j.label);
    let kind = judgement.and_then(|j| j.kind).map(|k| format!("/{k}"));
    let label = label.map(|l| format!("{}{}", l.shown(), kind.unwrap_or_default()));
    let theme = judgement.and_then(|j| j.theme).map(|t| t.to_string());
    let note = said.and_then(|c| c.note.as_ref()).map(|n| format!(" ({n})"));
    let said: Vec<_> = label.into_iter().chain(theme).collect();
    page.line(&clean(&format!(
        "a person: {}{}",
        said.join(", "),
        note.unwrap_or_default()
    )));
}

fn about(page: &mut Page, record: &Record) {
    let fields = [&record.author, &record.date, &record.url, &record.language];
    let known: Vec<_> = fields.into_iter().flatten().map(String::as_str).collect();
    if !known.is_empty() {
        page.put("  ");
        page.styled(DIM, &known.join(", "));
        page.put("\n");
    }
    if let Some(original) = &record.copy_of {
        page.put("  ");
        page.styled(DIM, &format!("near copy of {original}"));
        page.put("\n");
    }
}

/// Where the reasons stand in the passage.
pub(super) fn spans_of_evidence(record: &Record) -> Vec<Span> {
    let mut spans: Vec<Span> = record
        .evidence
        .iter()
        .filter_map(|e| {
            let span = e.span()?;
            let start = span.start.checked_sub(record.start)?;
            let end = span.end.checked_sub(record.start)?;
            record.text.get(start..end).map(|_| Span::new(start, end))
        })
        .collect();
    spans.sort();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start < last.end => *last = last.to(span),
            _ => joined.push(span),
        }
    }
    joined
}

/// Find passages like one that is known
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate similar 0k7f3                  passages that say much the same
  delineate similar 0k7f3 --side other     what the other side says on it")]
pub(super) struct SimilarArgs {
    /// The passage's id, or enough of its beginning
    id: String,
    /// From which side: with the same label, with the opposite one, any
    #[arg(long, value_enum, default_value_t = SideArg::Any, value_name = "SIDE")]
    side: SideArg,
    #[command(flatten)]
    filter: FilterArgs,
    /// At most so many passages; `all` shows all
    #[arg(short = 'n', long, value_name = "N", default_value_t = Limit(10))]
    #[arg(allow_negative_numbers = true)]
    limit: Limit,
    /// How to write them
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
    /// When to show them in a pager
    #[arg(long, value_enum, default_value_t = Paging::Auto, value_name = "WHEN")]
    paging: Paging,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SideArg {
    Same,
    Other,
    Any,
}

impl SimilarArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index)?;
        let passage = index.find(&self.id)?;
        let side = match self.side {
            SideArg::Same => Side::Same,
            SideArg::Other => Side::Other,
            SideArg::Any => Side::Any,
        };
        let wanted = Search {
            filter: self.filter.filter(),
            limit: self.limit.0,
            ..Search::default()
        };
        let found = similar(&index, &passage, side, &wanted)?;
        Shown { index: &index, found: &found, context: 0 }
            .write(self.format, self.paging)?;
        if !global.quiet {
            let label = passage.record.label.map_or("unlabelled", Label::shown);
            let total = count(found.total, "passage");
            let shown = match found.hits.len() {
                n if n == found.total => total,
                n => format!("{n} of {total}"),
            };
            out::say(format!("{shown} like {}, which is {label}", passage.record.id));
        }
        Ok(if found.total == 0 { Exit::Nothing } else { Exit::Done })
    }
}
