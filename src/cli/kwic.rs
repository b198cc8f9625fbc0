//! `delineate kwic`: a word or phrase in its places, or the company it keeps.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};

use super::draw::{self, Align, Drawn, Table};
use super::emit;
use super::filter::FilterArgs;
use super::limit::Limit;
use super::{Exit, Global, out};
use crate::index::Index;
use crate::label::Label;
use crate::report::Format;
use crate::report::concordance::{
    self, Collocate, Company, CompanyOptions, Line, Order, Phrase,
};

/// A word or phrase in its places, with what stands left and right of it
///
/// Words are taken as they are, without regard to case: `pric*` finds all that begin so,
/// `per * seat` any word between. Headings and titles are left out; `search` finds these too.
/// With `--collocates`: the words that stand near it more often than elsewhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate kwic onboarding                     every place, in order
  delineate kwic 'sales cycle*' --sort left     what kind of sales cycle?
  delineate kwic 'free trial' --label b2b       only in B2B passages
  delineate kwic pricing --collocates           the company it keeps")]
pub(super) struct KwicArgs {
    /// A word, or several that follow each other
    #[arg(value_name = "WORD_OR_PHRASE", required = true)]
    phrase: Vec<String>,
    /// The order of the lines
    #[arg(long, value_enum, default_value_t = Sort::Place, value_name = "ORDER")]
    sort: Sort,
    /// Words on either side [default: 10 in lines, 5 for collocates]
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// Lines or words to show; `all` shows all
    #[arg(short = 'n', long, value_name = "N", default_value_t = Limit(50))]
    #[arg(allow_negative_numbers = true)]
    limit: Limit,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORMAT")]
    format: Form,
    /// The words near it instead of its places
    #[arg(long)]
    collocates: bool,
    /// Collocates of at least this many articles
    #[arg(long, value_name = "N", default_value_t = 3, requires = "collocates")]
    min_articles: usize,
    /// Also collocates that carry grammar more than matter (you, with, their)
    #[arg(long, requires = "collocates")]
    function_words: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// As they stand in the articles
    Place,
    /// By the words before
    Left,
    /// By the words after
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Jsonl,
    Csv,
}

impl Form {
    fn machine(self) -> Option<Format> {
        match self {
            Self::Table => None,
            Self::Jsonl => Some(Format::Jsonl),
            Self::Csv => Some(Format::Csv(crate::report::csv::Style::default())),
        }
    }
}

impl KwicArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let shown = self.phrase.join(" ");
        let phrase = Phrase::parse(&shown).map_err(|reason| anyhow!(reason))?;
        if self.collocates {
            self.company(phrase, &shown, global)
        } else {
            self.lines(&phrase, &shown, global)
        }
    }

    fn lines(
        &self,
        phrase: &Phrase,
        shown: &str,
        global: &Global,
    ) -> anyhow::Result<Exit> {
        let window = self.window.unwrap_or(10);
        let index = Index::open(&global.index)?;
        if !global.quiet {
            self.filter.say_undated(&index)?;
        }
        let mut lines = Vec::new();
        for record in index.records(&self.filter.filter())? {
            lines.extend(concordance::lines(&record?, phrase, window));
        }
        let order = match self.sort {
            Sort::Place => Order::Place,
            Sort::Left => Order::Left,
            Sort::Right => Order::Right,
        };
        order.sort(&mut lines);
        if !global.quiet {
            out::say(tally(shown, &lines));
        }
        if lines.is_empty() {
            return Ok(Exit::Nothing);
        }
        let found = lines.len();
        lines.truncate(self.limit.0);
        if let Some(format) = self.format.machine() {
            let heading = emit::heading("Concordance", &self.filter, Some(shown))?;
            emit::rows(lines.into_iter().map(Ok), format, &heading, Path::new("-"))?;
        } else {
            let text = drawn(&lines, draw::terminal_width().unwrap_or(draw::WIDTH));
            let mut stdout = anstream::stdout().lock();
            write!(stdout, "{text}").context("cannot write standard output")?;
        }
        if found > self.limit.0 && !global.quiet {
            let more = found - self.limit.0;
            out::say(format!("… {more} more; `--limit all` shows all"));
        }
        Ok(Exit::Done)
    }

    fn company(
        &self,
        phrase: Phrase,
        shown: &str,
        global: &Global,
    ) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index)?;
        if !global.quiet {
            self.filter.say_undated(&index)?;
        }
        let mut company = Company::new(phrase, self.window.unwrap_or(5));
        for record in index.records(&self.filter.filter())? {
            company.add(&record?);
        }
        let mut found = company.collocates(CompanyOptions {
            min_articles: self.min_articles,
            min_authors: 2,
            false_discoveries: 0.01,
            function_words: self.function_words,
        });
        let nothing = found.is_empty();
        found.truncate(self.limit.0);
        if !global.quiet {
            out::say(format!("{shown}: {}", out::count(company.places(), "place")));
        }
        if nothing {
            if company.places() > 0 {
                out::say(
                    "no word keeps it company often enough; `--min-articles 1` asks for less",
                );
            }
            return Ok(Exit::Nothing);
        }
        if let Some(format) = self.format.machine() {
            let heading = emit::heading("Collocates", &self.filter, Some(shown))?;
            emit::rows(found.into_iter().map(Ok), format, &heading, Path::new("-"))?;
            return Ok(Exit::Done);
        }
        let text = drawn_company(&found);
        let mut stdout = anstream::stdout().lock();
        write!(stdout, "{text}").context("cannot write standard output")?;
        Ok(Exit::Done)
    }
}

/// How often it was found, by label.
fn tally(shown: &str, lines: &[Line]) -> String {
    let with = |label| lines.iter().filter(|l| l.label == Some(label)).count();
    let labels = Label::ALL.map(|l| format!("{} {}", l.shown(), with(l))).join(", ");
    let mut articles: Vec<_> = lines.iter().map(|l| l.article.as_str()).collect();
    articles.sort_unstable();
    articles.dedup();
    format!(
        "{}: {} in {} ({labels})",
        out::clean(shown),
        out::count(lines.len(), "place"),
        out::count(articles.len(), "article"),
    )
}

/// Lines whose keywords begin in one column: label, left, keyword, right, id.
fn drawn(lines: &[Line], most: usize) -> String {
    let keyword = lines.iter().map(|l| draw::width(&out::clean(&l.keyword))).max();
    let keyword = keyword.unwrap_or(0).min(most / 3);
    let id = lines.iter().map(|l| l.id.len()).max().unwrap_or(0);
    // The label's 6 columns, and two spaces between all.
    let side = most.saturating_sub(6 + 2 + keyword + 2 + 2 + id + 2) / 2;
    let bold = anstyle::Style::new().bold();
    let mut text = String::new();
    for line in lines {
        // What stands close in the text stands close here: `cycle,` and `(cycle`.
        let gaps = line.tight.map(|tight| if tight { "" } else { " " });
        let left = draw::cut_start(&out::clean(&line.left), side);
        let left = format!("{left}{}", gaps[0]);
        let word = out::clean(&line.keyword);
        let word = draw::cut(&word, keyword);
        let room = side + 1 + keyword - draw::width(&word);
        let right = format!("{}{}", gaps[1], out::clean(&line.right));
        let right = draw::cut(&right, room);
        let _ = writeln!(
            text,
            "{}  {}{bold}{word}{bold:#}{}  {}",
            draw::label(line.label),
            draw::right(&left, side + 1),
            draw::left(&right, room),
            line.id,
        );
    }
    text
}

fn drawn_company(found: &[Collocate]) -> String {
    let mut table = Table::new(
        &[
            ("word", Align::Left),
            ("near", Align::Right),
            ("expected", Align::Right),
            ("before", Align::Right),
            ("after", Align::Right),
            ("articles", Align::Right),
            ("G²", Align::Right),
            ("B2B", Align::Right),
            ("B2C", Align::Right),
            ("SHARED", Align::Right),
        ],
        &[0],
    );
    let count = |n: usize| Drawn::plain(n.to_string());
    for c in found {
        table.row(vec![
            Drawn::text(&c.word),
            count(c.near),
            Drawn::plain(format!("{:.1}", c.expected)),
            count(c.left),
            count(c.right),
            count(c.articles),
            Drawn::plain(format!("{:.0}", c.g2)),
            count(c.b2b).styled(draw::style(Label::B2b)),
            count(c.b2c).styled(draw::style(Label::B2c)),
            count(c.shared),
        ]);
    }
    table.draw(draw::terminal_width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Theme;
    use crate::report::sample::record;

    #[test]
    fn keywords_stand_in_one_column() {
        let phrase = Phrase::parse("price").unwrap();
        let mut lines = Vec::new();
        for text in ["The price of a seat.", "Price", "日本 price \u{1b}[2J x"] {
            let record = record("a.md", 1, Some(Label::B2b), Theme::Pricing, text);
            lines.extend(concordance::lines(&record, &phrase, 10));
        }
        let text = drawn(&lines, 80);
        let plain = anstream::adapter::strip_str(&text).to_string();
        let columns: Vec<_> = plain
            .lines()
            .map(|line| {
                let at = line.to_lowercase().find("price").unwrap();
                draw::width(&line[..at])
            })
            .collect();
        assert_eq!(columns.len(), 3);
        assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{plain}");
        assert!(plain.lines().all(|line| draw::width(line) <= 80), "{plain}");
        assert!(!plain.contains('\u{1b}'));
    }
}
