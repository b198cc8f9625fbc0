//! `delineate stats`: what is in the index, counted by label.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::draw::{self, Align, Drawn, Table};
use super::emit;
use super::filter::FilterArgs;
use super::limit::Limit;
use super::{Exit, Global, out};
use crate::index::Index;
use crate::label::Label;
use crate::report::stats::{By, StatRow, stats};
use crate::report::{Format, LabelCounts};

/// Rows that a table shows of articles, authors and sections unless told otherwise.
const LIMIT: usize = 30;

/// Columns of a bar, and the fewest that show anything: names come first where the terminal
/// is narrow.
const BAR: usize = 30;
const LEAST_BAR: usize = 8;

/// Count the passages by label: for all, by theme, by article, year, author
///
/// These are the labels as the model gave them; `delineate evaluate` says how often it errs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate stats                              all, and by theme
  delineate stats --by year --label b2b,b2c    how the years differ
  delineate stats --by article --format csv    for a spreadsheet")]
pub(super) struct StatsArgs {
    /// Count by this [default: all together, and by theme]
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<ByArg>,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORMAT")]
    format: Form,
    /// Rows of the table; `all` shows all [default: 30]
    #[arg(short = 'n', long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<Limit>,
    /// Draw bars with letters
    #[arg(long)]
    ascii: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ByArg {
    Theme,
    Article,
    Year,
    Author,
    Format,
    Section,
}

impl From<ByArg> for By {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Theme => Self::Theme,
            ByArg::Article => Self::Article,
            ByArg::Year => Self::Year,
            ByArg::Author => Self::Author,
            ByArg::Format => Self::Format,
            ByArg::Section => Self::Section,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Jsonl,
    Csv,
}

impl StatsArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index)?;
        if !global.quiet {
            self.filter.say_undated(&index)?;
        }
        let filter = self.filter.filter();
        let records = index.records(&filter)?;
        let by = match self.by {
            Some(by) => vec![by.into()],
            None => vec![By::All, By::Theme],
        };
        let rows = stats(records, &by)?;
        if rows.is_empty() {
            out::say("no passage in the index passes these filters");
            return Ok(Exit::Nothing);
        }
        let form = match self.format {
            Form::Table => {
                self.print(&rows, &index)?;
                return Ok(Exit::Done);
            }
            Form::Jsonl => Format::Jsonl,
            Form::Csv => Format::Csv(crate::report::csv::Style::default()),
        };
        let heading = emit::heading("Passages by label", &self.filter, None)?;
        emit::rows(rows.into_iter().map(Ok), form, &heading, Path::new("-"))?;
        Ok(Exit::Done)
    }

    fn print(&self, rows: &[StatRow], index: &Index) -> anyhow::Result<()> {
        let ascii = draw::only_ascii(self.ascii);
        let mut text = String::new();
        for rows in rows.chunk_by(|a, b| a.by == b.by) {
            if rows[0].by == By::All.as_str() {
                text += &overview(&rows[0], ascii);
            } else {
                text += &self.table(rows, ascii);
            }
            text.push('\n');
        }
        if self.by.is_none() && self.filter.describe().is_empty() {
            text += &left_out(index)?;
        }
        let mut stdout = anstream::stdout().lock();
        write!(stdout, "{}", text.trim_end_matches('\n'))
            .context("cannot write standard output")?;
        writeln!(stdout).context("cannot write standard output")
    }

    fn table(&self, rows: &[StatRow], ascii: bool) -> String {
        let by = rows[0].by;
        let unlabelled = rows.iter().any(|r| r.unlabelled > 0);
        let mut columns = vec![
            (by, Align::Left),
            ("passages", Align::Right),
            ("B2B", Align::Right),
            ("B2C", Align::Right),
            ("SHARED", Align::Right),
            ("contrast", Align::Right),
        ];
        let by_article = by == By::Article.as_str();
        let second = if by_article {
            ("title", Align::Left)
        } else {
            ("articles", Align::Right)
        };
        columns.insert(1, second);
        let elastic: &[usize] = if by_article { &[0, 1] } else { &[0] };
        let mut table = Table::new(&columns, elastic);
        let mut all_counts = Vec::new();
        let limit = match (self.limit, by) {
            (Some(limit), _) => limit.0,
            (None, "theme" | "year" | "format") => usize::MAX,
            (None, _) => LIMIT,
        };
        for row in rows.iter().take(limit) {
            all_counts.push(counts(row));
            let key = row.key.as_deref().unwrap_or("(not stated)");
            let count = |n: usize| Drawn::plain(n.to_string());
            let mut cells = vec![
                Drawn::text(key),
                count(row.passages),
                count(row.b2b).styled(draw::style(Label::B2b)),
                count(row.b2c).styled(draw::style(Label::B2c)),
                count(row.shared),
                count(row.contrast),
            ];
            let second = match &row.title {
                Some(title) => Drawn::text(title),
                None => count(row.articles),
            };
            cells.insert(1, second);
            table.row(cells);
        }
        let most = draw::terminal_width();
        let room = most.map_or(BAR, |most| most.saturating_sub(table.width() + 2));
        let bar = room.min(BAR);
        if bar >= LEAST_BAR {
            let drawn = |c: &LabelCounts| Drawn::bar(draw::bar(c, bar, ascii), bar);
            table.column("", all_counts.iter().map(drawn).collect());
        }
        let mut text = table.draw(most);
        if bar >= LEAST_BAR {
            let _ = writeln!(text, "{}", draw::key(ascii, unlabelled));
        }
        if rows.len() > limit {
            let more = rows.len() - limit;
            let _ = writeln!(text, "… {more} more; `--limit all` shows all");
        }
        text
    }
}

fn counts(row: &StatRow) -> LabelCounts {
    LabelCounts {
        b2b: row.b2b,
        b2c: row.b2c,
        shared: row.shared,
        contrast: row.contrast,
        unlabelled: row.unlabelled,
        unsure: row.unsure,
    }
}

/// All passages together: a line and a bar a label.
fn overview(row: &StatRow, ascii: bool) -> String {
    let counts = counts(row);
    let articles = out::count(row.articles, "article");
    let passages = out::count(row.passages, "passage");
    let mut text = format!("{}\n", draw::heading(&format!("{passages} of {articles}")));
    let wide = row.passages.to_string().len();
    for label in Label::ALL {
        let n = counts.with(label);
        let share = counts.share(label);
        let alone = match label {
            Label::B2b => LabelCounts { b2b: n, ..LabelCounts::default() },
            Label::B2c => LabelCounts { b2c: n, ..LabelCounts::default() },
            Label::Shared => LabelCounts { shared: n, ..LabelCounts::default() },
        };
        // A share of 1 is as long as a bar can be.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share is from 0 to 1"
        )]
        let long = (share * BAR as f64).round() as usize;
        let bar = draw::bar(&alone, long.max(usize::from(n > 0)), ascii);
        let _ = writeln!(
            text,
            "  {} {}  {}  {bar}",
            draw::label(Some(label)),
            draw::right(&n.to_string(), wide),
            draw::right(&draw::percent(share), 5),
        );
    }
    if row.contrast > 0 {
        let _ = writeln!(
            text,
            "  {} of the shared hold the two against each other or call them alike",
            row.contrast
        );
    }
    if row.unsure > 0 {
        let _ = writeln!(
            text,
            "  {} labels are unsure: `delineate export --unsure` lists them",
            row.unsure
        );
    }
    if row.unlabelled > 0 {
        let _ =
            writeln!(text, "  {} without a label (other languages)", row.unlabelled);
    }
    text
}

/// What the index keeps of stretches that are no passages, by reason, and of articles that
/// are not counted.
fn left_out(index: &Index) -> anyhow::Result<String> {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    let articles = index.articles()?;
    for article in articles {
        for (reason, n) in &article.left_out {
            *reasons.entry(reason.as_str()).or_default() += u64::from(*n);
        }
    }
    let mut text = String::new();
    if !reasons.is_empty() {
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(reason, n)| (std::cmp::Reverse(*n), *reason));
        let list: Vec<_> =
            reasons.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        let _ = writeln!(text, "left out of labelling: {}", list.join(", "));
    }
    let copies = match articles.iter().filter(|a| a.copy_of.is_some()).count() {
        0 => return Ok(text),
        1 => "1 near copy of another article".to_owned(),
        n => format!("{n} near copies of other articles"),
    };
    let _ = writeln!(text, "not counted: {copies}; `--keep-duplicates` counts all");
    Ok(text)
}
