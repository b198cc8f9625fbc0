//! `delineate words`: the words that set one label apart from another.

use std::io::Write;
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
use crate::report::Format;
use crate::report::compare::page;
use crate::report::words::{Counter, Group, Keyword, Options, Size};

/// Words and pairs of words that set one label apart from another
///
/// A term is listed when chance does not explain it (log-likelihood, false discovery rate)
/// and when enough articles and authors use it, so that one talkative author does not
/// decide. The list is sorted by how many times more often the term is, at least: the lower
/// end of a 95 % interval in which authors are the witnesses.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate words                                  B2B against B2C
  delineate words --label b2c --against b2b        the other way round
  delineate words --label b2b --against rest --theme pricing
  delineate words --size pair --format csv > pairs.csv")]
pub(super) struct WordsArgs {
    /// Against which passages
    #[arg(long, value_enum, value_name = "LABEL")]
    against: Option<Against>,
    /// Single words, pairs of words, or both
    #[arg(long, value_enum, default_value_t = SizeArg::Both, value_name = "SIZE")]
    size: SizeArg,
    /// Only terms that occur in at least this many articles of the label
    #[arg(long, value_name = "N", default_value_t = 3)]
    min_articles: usize,
    /// Only terms that at least this many authors use (site or article where none is stated)
    #[arg(long, value_name = "N", default_value_t = 2)]
    min_authors: usize,
    /// The share of false discoveries that is accepted
    #[arg(long, value_name = "0..1", default_value_t = 0.01)]
    fdr: f64,
    /// Also words that carry grammar more than matter (you, with, their)
    #[arg(long)]
    function_words: bool,
    /// Terms to list; `all` lists all
    #[arg(short = 'n', long, value_name = "N", default_value_t = Limit(40))]
    #[arg(allow_negative_numbers = true)]
    limit: Limit,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Table, value_name = "FORMAT")]
    format: Form,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Against {
    B2b,
    B2c,
    Shared,
    /// All other labelled passages
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SizeArg {
    Word,
    Pair,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Jsonl,
    Csv,
}

impl WordsArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let sides = self.sides()?;
        let mut filter = self.filter.filter();
        // Both sides have to be read; which passage is on which is said by `sides`.
        filter.labels = sides.labels.iter().chain(&sides.against).copied().collect();
        let index = Index::open(&global.index)?;
        if !global.quiet {
            self.filter.say_undated(&index)?;
        }
        let mut counter = Counter::default();
        for record in index.records(&filter)? {
            let record = record?;
            match record.label {
                Some(label) if sides.labels.contains(&label) => {
                    counter.add(Group::First, &record);
                }
                Some(label) if sides.against.contains(&label) => {
                    counter.add(Group::Second, &record);
                }
                _ => {}
            }
        }
        let [words, words_against] = counter.words();
        let options = Options {
            min_articles: self.min_articles,
            min_authors: self.min_authors,
            false_discoveries: self.fdr,
            function_words: self.function_words,
            size: match self.size {
                SizeArg::Word => Size::Word,
                SizeArg::Pair => Size::Pair,
                SizeArg::Both => Size::Both,
            },
        };
        let mut keywords = counter.keywords(Group::First, &options);
        let found = keywords.len();
        keywords.truncate(self.limit.0);
        if !global.quiet {
            out::say(format!(
                "{} ({words} words) against {} ({words_against} words): {}",
                sides.name,
                sides.name_against,
                out::count(found, "term"),
            ));
        }
        if found == 0 {
            if words > 0 && words_against > 0 {
                out::say("no term passes; `--min-articles 1 --fdr 0.1` asks for less");
            }
            return Ok(Exit::Nothing);
        }
        let format = match self.format {
            Form::Table => {
                print(&keywords, &sides)?;
                return Ok(Exit::Done);
            }
            Form::Jsonl => Format::Jsonl,
            Form::Csv => Format::Csv(crate::report::csv::Style::default()),
        };
        let heading = emit::heading("Words that set them apart", &self.filter, None)?;
        emit::rows(keywords.into_iter().map(Ok), format, &heading, Path::new("-"))?;
        Ok(Exit::Done)
    }

    fn sides(&self) -> anyhow::Result<Sides> {
        let labels = match self.filter.labels() {
            [] => vec![Label::B2b],
            labels => labels.to_vec(),
        };
        let rest = || Label::ALL.into_iter().filter(|l| !labels.contains(l)).collect();
        let against: Vec<Label> = match (self.against, &labels[..]) {
            (Some(Against::B2b), _) | (None, [Label::B2c]) => vec![Label::B2b],
            (Some(Against::B2c), _) | (None, [Label::B2b]) => vec![Label::B2c],
            (Some(Against::Shared), _) => vec![Label::Shared],
            (Some(Against::Rest) | None, _) => rest(),
        };
        let clash = against.iter().find(|l| labels.contains(l));
        if let Some(clash) = clash {
            anyhow::bail!("{} is on both sides", clash.shown());
        }
        if against.is_empty() {
            anyhow::bail!("all labels are on one side");
        }
        let name = |labels: &[Label]| {
            labels.iter().map(|l| l.shown()).collect::<Vec<_>>().join(" and ")
        };
        Ok(Sides { name: name(&labels), name_against: name(&against), labels, against })
    }
}

/// What is held against what.
struct Sides {
    labels: Vec<Label>,
    against: Vec<Label>,
    name: String,
    name_against: String,
}

fn print(keywords: &[Keyword], sides: &Sides) -> anyhow::Result<()> {
    let mut table = Table::new(
        &[
            ("term", Align::Left),
            ("×", Align::Right),
            ("per 10,000", Align::Right),
            ("other per 10,000", Align::Right),
            ("count", Align::Right),
            ("other count", Align::Right),
            ("articles", Align::Right),
            ("authors", Align::Right),
            ("uneven", Align::Right),
            ("G²", Align::Right),
        ],
        &[0],
    );
    let style = match sides.labels[..] {
        [label] => draw::style(label),
        _ => anstyle::Style::new(),
    };
    for k in keywords {
        table.row(vec![
            Drawn::text(&k.term).styled(style),
            Drawn::plain(page::times(k)),
            Drawn::plain(page::rate(k.rate)),
            Drawn::plain(page::rate(k.rate_against)),
            Drawn::plain(k.count.to_string()),
            Drawn::plain(k.count_against.to_string()),
            Drawn::plain(k.articles.to_string()),
            Drawn::plain(k.authors.to_string()),
            Drawn::plain(format!("{:.2}", k.deviation_articles)),
            Drawn::plain(format!("{:.0}", k.g2)),
        ]);
    }
    let text = table.draw(draw::terminal_width());
    let other_way = match (&sides.against[..], &sides.labels[..]) {
        ([label], [against]) => {
            format!(
                "the other way round: `delineate words --label {label} --against {against}`\n"
            )
        }
        _ => String::new(),
    };
    let mut stdout = anstream::stdout().lock();
    writeln!(
        stdout,
        "{text}×: times more often, at least · other: in {} · uneven: 0 in every article \
         alike, 1 all in one",
        sides.name_against
    )
    .and_then(|()| write!(stdout, "{other_way}"))
    .context("cannot write standard output")
}
