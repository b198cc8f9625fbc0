//! `delineate compare`: B2B beside B2C, for all that is indexed or what a query finds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::draw::{self, Align, Drawn, Table};
use super::emit;
use super::filter::FilterArgs;
use super::page::{Page, Paging};
use super::{Exit, Global, out};
use crate::index::Index;
use crate::label::Label;
use crate::report::compare::{Comparison, Options, Quote, SIDES, page};
use crate::report::words::Keyword;
use crate::report::{Format, words};
use crate::search::{self, Query};

/// How wide the text of quotes runs where nobody says.
const TEXT: usize = 96;

/// Bytes of a quote that the terminal shows; documents hold it whole.
const SHOWN: usize = 420;

/// B2B beside B2C: themes, words, and what is said on either side
///
/// For the whole index, or for what QUERY finds. Themes are shares of each side's passages
/// with 95 % intervals; words are those that set the sides apart; passages are the most
/// representative of each side, from different articles, and those that hold the two
/// against each other or call them alike.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate compare                            all that is indexed
  delineate compare onboarding                 what it says on onboarding
  delineate compare pricing -o pricing.md      a document with all sources
  delineate compare --theme support --quotes 5")]
pub(super) struct CompareArgs {
    /// Compare what this query finds [default: all]
    #[arg(value_name = "QUERY", num_args = 0..)]
    query: Vec<String>,
    /// The form [default: by the file's ending, else table]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Form>,
    /// Write to this file instead of standard output (`-`)
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "-",
        hide_default_value = true
    )]
    output: PathBuf,
    /// Passages of each side for each theme
    #[arg(long, value_name = "N", default_value_t = 2)]
    quotes: usize,
    /// Words of each side
    #[arg(long, value_name = "N", default_value_t = 20)]
    terms: usize,
    /// Only words that occur in at least this many articles of their side
    #[arg(long, value_name = "N", default_value_t = 3)]
    min_articles: usize,
    /// When to show it in a pager
    #[arg(long, value_enum, default_value_t = Paging::Auto, value_name = "WHEN")]
    paging: Paging,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    /// Markdown
    Md,
    /// One web page
    Html,
    Csv,
    Jsonl,
}

impl Form {
    /// The form that a file's ending asks for.
    fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "md" | "markdown" => Some(Self::Md),
            "html" | "htm" => Some(Self::Html),
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }
}

impl CompareArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let to = &*self.output;
        let form = emit::form(self.format, to, Form::of_ending, Form::Table)?;
        let index = Index::open(&global.index)?;
        let options = Options {
            quotes: self.quotes,
            stances: 4 * self.quotes,
            terms: self.terms,
            words: words::Options {
                min_articles: self.min_articles,
                ..Default::default()
            },
        };
        if !global.quiet {
            self.filter.say_undated(&index)?;
        }
        let query = Some(self.query.join(" ")).filter(|q| !q.trim().is_empty());
        let comparison = self.compare(&index, query.as_deref(), &options)?;
        if comparison.is_empty() {
            out::say(if comparison.counts.passages() == 0 {
                "nothing found"
            } else {
                "no passage found speaks of B2B or of B2C"
            });
            return Ok(Exit::Nothing);
        }
        let title = match &query {
            Some(query) => format!("B2B beside B2C: {query}"),
            None => "B2B beside B2C".to_owned(),
        };
        let heading = emit::heading(&title, &self.filter, None)?;
        match form {
            Form::Table => {
                let width = draw::terminal_width().unwrap_or(TEXT).min(TEXT);
                let text = drawn(&comparison, &heading, width);
                if to == Path::new("-") {
                    Page::of(&text).print(self.paging)?;
                } else {
                    emit::whole(to, |out| {
                        let plain = anstream::adapter::strip_str(&text).to_string();
                        Ok(out.write_all(plain.as_bytes())?)
                    })?;
                }
            }
            Form::Md => {
                emit::whole(to, |out| Ok(page::markdown(&comparison, &heading, out)?))?;
            }
            Form::Html => {
                emit::whole(to, |out| Ok(page::html(&comparison, &heading, out)?))?;
            }
            Form::Csv => {
                let format = Format::Csv(crate::report::csv::Style::default());
                let rows = comparison.rows().into_iter().map(Ok);
                emit::rows(rows, format, &heading, to)?;
            }
            Form::Jsonl => {
                let rows = comparison.rows().into_iter().map(Ok);
                emit::rows(rows, Format::Jsonl, &heading, to)?;
            }
        }
        if !global.quiet && to != Path::new("-") {
            out::say(format!("wrote {}", out::clean(&to.display().to_string())));
        }
        Ok(Exit::Done)
    }
}

impl CompareArgs {
    /// Compares what a query finds, or everything.
    fn compare(
        &self,
        index: &Index,
        query: Option<&str>,
        options: &Options,
    ) -> crate::Result<Comparison> {
        let filter = self.filter.filter();
        let Some(query) = query else {
            let records = index.records(&filter)?;
            return Comparison::of(records.map(|record| Ok((record?, 0))), options);
        };
        let query: Query = query.parse()?;
        let found = search::matching(index, &query, &filter)?;
        let records = found.map(|found| {
            let (passage, places) = found?;
            Ok((passage.record, places.len()))
        });
        Comparison::of(records, options)
    }
}

/// The comparison for the terminal.
fn drawn(
    comparison: &Comparison,
    heading: &crate::report::Heading,
    width: usize,
) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", draw::heading(&out::clean(&heading.title)));
    if !heading.note.is_empty() {
        let _ = writeln!(text, "{}", out::clean(&heading.note));
    }
    let _ =
        writeln!(text, "{}\n", draw::wrapped(&page::summary(comparison), width, ""));
    if let Some(warning) = page::warning(comparison) {
        let warning = draw::wrapped(&warning, width, "");
        let style = draw::WARNING;
        let _ = writeln!(text, "{style}{warning}{style:#}\n");
    }
    draw_labels(comparison, &mut text);
    let _ = writeln!(text, "{}\n", draw::wrapped(page::ABOUT_INTERVALS, width, ""));
    let _ = writeln!(text, "{}", draw::heading("What each side writes about"));
    draw_themes(comparison, &mut text);
    let _ = writeln!(text, "\n{}", draw::heading("Words that set them apart"));
    let _ = writeln!(text, "{}", draw::wrapped(page::ABOUT_TERMS, width, ""));
    draw_terms(&comparison.terms, &mut text);
    for (side, names) in SIDES.into_iter().zip(&comparison.names) {
        if let Some(names) = page::names(names) {
            let style = draw::style(side);
            let line = draw::wrapped(&out::clean(&names), width - 5, "     ");
            let _ = writeln!(
                text,
                "{style}{}{style:#}  {}",
                side.shown(),
                line.trim_start()
            );
        }
    }
    let _ = writeln!(text, "\n{}", draw::heading("What is said, theme by theme"));
    for said in &comparison.said {
        let _ = writeln!(text, "\n{}", draw::heading(said.theme.as_str()));
        for quote in said.b2b.iter().chain(&said.b2c) {
            draw_quote(quote, width, &mut text);
        }
    }
    for (title, quotes) in [
        ("Where the two are held against each other", &comparison.contrasts),
        ("Where they are called alike", &comparison.samenesses),
    ] {
        if !quotes.is_empty() {
            let _ = writeln!(text, "\n{}", draw::heading(title));
            for quote in quotes {
                draw_quote(quote, width, &mut text);
            }
        }
    }
    text
}

fn draw_labels(comparison: &Comparison, text: &mut String) {
    let mut table = Table::new(
        &[
            ("label", Align::Left),
            ("passages", Align::Right),
            ("share", Align::Right),
            ("interval", Align::Right),
        ],
        &[0],
    );
    for label in Label::ALL {
        let share = comparison.shares[label as usize];
        table.row(vec![
            Drawn::plain(label.shown()).styled(draw::style(label)),
            Drawn::plain(comparison.counts.with(label).to_string()),
            Drawn::plain(draw::percent(share.value)),
            Drawn::plain(format!(
                "{:.0}–{:.0} %",
                100.0 * share.low,
                100.0 * share.high
            )),
        ]);
    }
    text.push_str(&table.draw(None));
    text.push('\n');
}

fn draw_themes(comparison: &Comparison, text: &mut String) {
    let mut table = Table::new(
        &[
            ("theme", Align::Left),
            ("of B2B", Align::Right),
            ("", Align::Right),
            ("of B2C", Align::Right),
            ("", Align::Right),
            ("difference", Align::Right),
            ("interval", Align::Right),
            ("", Align::Left),
        ],
        &[0],
    );
    for t in page::by_difference(&comparison.themes) {
        let d = t.difference;
        let clearly = match (d.is_clear(), d.value > 0.0) {
            (true, true) => Drawn::plain("more in B2B").styled(draw::style(Label::B2b)),
            (true, false) => {
                Drawn::plain("more in B2C").styled(draw::style(Label::B2c))
            }
            (false, _) => Drawn::plain(""),
        };
        table.row(vec![
            Drawn::plain(t.theme.as_str()),
            Drawn::plain(draw::percent(t.share_b2b.value)),
            Drawn::plain(format!("({})", t.b2b)),
            Drawn::plain(draw::percent(t.share_b2c.value)),
            Drawn::plain(format!("({})", t.b2c)),
            Drawn::plain(page::points(d.value)),
            Drawn::plain(format!(
                "{} to {}",
                page::points(d.low),
                page::points(d.high)
            )),
            clearly,
        ]);
    }
    text.push_str(&table.draw(None));
}

/// The terms of both sides, beside each other.
fn draw_terms(terms: &[Vec<Keyword>; 2], text: &mut String) {
    let lines = SIDES.map(|side| {
        let mut table = Table::new(
            &[
                (side.shown(), Align::Left),
                ("×", Align::Right),
                ("here", Align::Right),
                ("there", Align::Right),
                ("articles", Align::Right),
            ],
            &[0],
        );
        let terms = &terms[usize::from(side == Label::B2c)];
        for k in terms {
            table.row(vec![
                Drawn::text(&k.term).styled(draw::style(side)),
                Drawn::plain(page::times(k)),
                Drawn::plain(page::rate(k.rate)),
                Drawn::plain(page::rate(k.rate_against)),
                Drawn::plain(k.articles.to_string()),
            ]);
        }
        if terms.is_empty() {
            table.row(vec![Drawn::plain("no term passes")]);
        }
        table.draw(None)
    });
    let [left, right] = lines.each_ref().map(|text| text.lines().collect::<Vec<_>>());
    let seen =
        |line: &str| draw::width(&anstream::adapter::strip_str(line).to_string());
    let wide = left.iter().map(|l| seen(l)).max().unwrap_or(0);
    for at in 0..left.len().max(right.len()) {
        let one = left.get(at).copied().unwrap_or("");
        let other = right.get(at).copied().unwrap_or("");
        let fill = " ".repeat(wide - seen(one));
        let _ = writeln!(text, "{}", format!("{one}{fill}    {other}").trim_end());
    }
}

fn draw_quote(quote: &Quote, width: usize, text: &mut String) {
    let shown = shortened(quote);
    let body = draw::wrapped(
        &out::clean(&shown.replace(['\n', '\t'], " ")),
        width - 9,
        "         ",
    );
    let _ = writeln!(text, "  {} {}", draw::label(quote.label), body.trim_start());
    let dim = anstyle::Style::new().dimmed();
    let source = page::source(quote);
    let source =
        draw::wrapped(&format!("— {}", out::clean(&source)), width - 9, "         ");
    let _ = writeln!(text, "{dim}{source}{dim:#}");
}

/// The sentences that fit into [`SHOWN`] bytes, at least one; of a passage that speaks of
/// both sides, from the sentence on that does so.
fn shortened(quote: &Quote) -> String {
    let text = &*quote.text;
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let plainest = quote.sentence.unwrap_or_default();
    let from = if plainest.end > SHOWN { plainest.start } else { 0 };
    let mut end = from;
    for sentence in crate::segment::sentences(&text[from..]) {
        if end > from && sentence.end > SHOWN {
            break;
        }
        end = from + sentence.end;
    }
    let part = text[from..end].trim_end();
    let part = draw::cut(part, 2 * SHOWN);
    let before = if from > 0 { "… " } else { "" };
    let after = if end < text.len() { " …" } else { "" };
    format!("{before}{part}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::label::Theme;
    use crate::report::sample::record;

    #[test]
    fn long_quotes_are_shortened_around_what_they_say() {
        let filler = "One more sentence of no weight. ".repeat(20);
        let text = format!("{filler}In B2B it differs. The end.");
        let record = record("a.md", 1, Some(Label::B2b), Theme::Pricing, &text);
        let plain = Quote::from(&record);
        assert!(shortened(&plain).len() < 500 && shortened(&plain).ends_with(" …"));
        let start = filler.len();
        let sentence = Some(Span::new(start, start + 19));
        let shown = shortened(&Quote { sentence, ..plain });
        assert_eq!(shown, "… In B2B it differs. The end.");
    }
}
