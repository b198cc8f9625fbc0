//! `delineate show`: one passage in its article, and why it has its label; and
//! `delineate similar`: passages like it.

use anstyle::AnsiColor;
use clap::{Args, ValueEnum};

use super::filter::FilterArgs;
use super::limit::Limit;
use super::out::{self, count};
use super::page::{DIM, Page, Paging};
use super::search::{Format, Shown};
use super::{Exit, Global};
use crate::Span;
use crate::index::{Index, IndexedPassage};
use crate::label::Label;
use crate::record::Record;
use crate::search::{Search, Side, similar};

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
        let passage = index.find(&self.id)?;
        match self.format {
            ShowFormat::Jsonl => {
                let mut stdout = out::stdout();
                out::json_line(&mut stdout, &passage.record)?;
                out::flush(stdout)?;
            }
            ShowFormat::Table => self.table(&index, &passage)?.print(self.paging)?,
        }
        Ok(Exit::Done)
    }

    fn table(&self, index: &Index, passage: &IndexedPassage) -> anyhow::Result<Page> {
        let mut page = Page::new();
        let record = &passage.record;
        let article = index.article_of(passage)?;
        page.passage_head(record, Some(&article.path));
        about(&mut page, record);
        page.put("\n");
        let (before, after) = index.neighbours(passage, self.context)?;
        let marks = spans_of_evidence(record);
        page.in_its_place(&before, record, &marks, &after);
        page.put("\n");
        self.reasons(&mut page, record);
        Ok(page)
    }

    fn reasons(&self, page: &mut Page, record: &Record) {
        if let Some(p) = record.probabilities {
            page.line(&format!(
                "probabilities: B2B {:.3}, B2C {:.3}, SHARED {:.3}; decided by {}",
                p.b2b,
                p.b2c,
                p.shared,
                record.decided_by.map_or("nobody", crate::label::DecidedBy::as_str),
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
