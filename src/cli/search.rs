//! `delineate search`: finds passages by words and by what is known of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use clap::{Args, ValueEnum};

use super::filter::FilterArgs;
use super::limit::Limit;
use super::out::{self, clean, count};
use super::page::{self, BOLD, DIM, Page, Paging};
use super::{Exit, Global};
use crate::index::{Index, IndexedPassage};
use crate::report::csv;
use crate::search::{
    Facets, Found, HitRecord, Query, Search, SearchHit, Sort, hyphened, search, suggest,
};

/// Find passages
///
/// Words are found in all their forms (`price` finds `pricing`) and in British and American
/// spelling, in the text, in the headings above it or in the title. What the text says comes
/// first. All words have to be found unless OR stands between them. The exit status is 1 when
/// nothing is found.
#[derive(Debug, Args)]
#[command(after_help = "\
Queries:
  pricing contracts              both words          \"annual contract\"   this phrase
  pricing OR packaging           one of them         \"price team\"~5      near, any order
  pricing -webinar, NOT webinar  without             enterpr*            begins so
  (trial OR demo) sales          together            pircing~1           misspelt
  label:b2b theme:pricing kind:contrast decided_by:person
  title:pricing section:contracts text:seats article:notes/* author:mehta
  confidence:[0.8 TO 1] date:[2020-01-01 TO *]

Examples:
  delineate search pricing --label b2b
  delineate search '\"sales cycle\" -consumer' --sort confidence --context 1
  delineate search onboarding --facets --limit 0
  delineate search 'theme:pricing' --format jsonl | jq -r .text")]
pub(super) struct SearchArgs {
    /// What to find; see below
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Order of the hits
    #[arg(long, value_enum, default_value_t = SortArg::Score, value_name = "ORDER")]
    sort: SortArg,
    /// At most so many hits; `all` shows all
    #[arg(short = 'n', long, value_name = "N", default_value_t = Limit(10))]
    #[arg(allow_negative_numbers = true)]
    limit: Limit,
    /// Pass over so many hits
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
    /// Put the hits of an article together
    #[arg(long, value_enum, value_name = "BY")]
    group: Option<GroupArg>,
    /// Show so many passages before and after each hit
    #[arg(short = 'C', long, value_name = "N", default_value_t = 0)]
    context: usize,
    /// Count the hits by label, theme, article and year
    #[arg(long)]
    facets: bool,
    /// How to write hits
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
    /// When to show hits in a pager
    #[arg(long, value_enum, default_value_t = Paging::Auto, value_name = "WHEN")]
    paging: Paging,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SortArg {
    Score,
    Confidence,
    Path,
    Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GroupArg {
    Article,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Jsonl,
    Csv,
    Md,
}

/// Hits of one article that are shown where they are grouped.
const IN_GROUP: usize = 3;

impl SearchArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index)?;
        let query: Query = self.query.join(" ").parse()?;
        let wanted = Search {
            filter: self.filter.filter(),
            sort: match self.sort {
                SortArg::Score => Sort::Score,
                SortArg::Confidence => Sort::Confidence,
                SortArg::Path => Sort::Path,
                SortArg::Date => Sort::Date,
            },
            offset: self.offset,
            limit: self.limit.0,
            group: self.group.map(|GroupArg::Article| IN_GROUP),
            facets: self.facets,
        };
        let found = search(&index, &query, &wanted)?;
        let shown = Shown { index: &index, found: &found, context: self.context };
        shown.write(self.format, self.paging)?;
        if !global.quiet {
            notes(&index, &query, &wanted, &found)?;
        }
        Ok(if found.total == 0 { Exit::Nothing } else { Exit::Done })
    }
}

/// How much was found, and what to try where it was nothing.
fn notes(
    index: &Index,
    query: &Query,
    wanted: &Search,
    found: &Found,
) -> anyhow::Result<()> {
    let undated = undated(index, query, wanted)?;
    if found.total > 0 {
        let total = format!(
            "{} in {}",
            count(found.total, "passage"),
            count(found.articles, "article")
        );
        let from = wanted.offset + 1;
        out::say(match found.hits.len() {
            0 if wanted.offset > 0 && wanted.limit > 0 => {
                format!("{total}; `--offset {}` passes over all", wanted.offset)
            }
            0 => total,
            _ if wanted.group.is_some() => total,
            n if n == found.total => total,
            n => format!("{from} to {} of {total}", from + n - 1),
        });
        for other in hyphened(index, query, wanted)? {
            let query = clean(other.query.as_str());
            out::say(format!("also `{query}`: {}", count(other.total, "passage")));
        }
        say_undated(undated, "more");
        return Ok(());
    }
    out::say("no passage found");
    if index.is_empty() {
        out::say("the index is empty: fill it with `delineate index FOLDER`");
    }
    say_undated(undated, "found");
    for other in suggest(index, query, wanted)? {
        out::say(format!(
            "try `{}`: {} ({})",
            clean(other.query.as_str()),
            count(other.total, "passage"),
            clean(&other.why)
        ));
    }
    let unfiltered =
        Search { filter: crate::index::Filter::default(), ..wanted.clone() };
    if unfiltered.filter != wanted.filter {
        let total = search(index, query, &unfiltered)?.total;
        if total > 0 {
            out::say(format!("without the flags: {}", count(total, "passage")));
        }
    }
    Ok(())
}

/// Passages that fit but for the date, which their articles do not state.
fn undated(index: &Index, query: &Query, wanted: &Search) -> crate::Result<usize> {
    let filter = &wanted.filter;
    if filter.since.is_none() && filter.until.is_none() {
        return Ok(0);
    }
    let filter = crate::index::Filter { since: None, until: None, ..filter.clone() };
    let counted =
        Search { filter, limit: 0, offset: 0, facets: true, ..wanted.clone() };
    let facets = search(index, query, &counted)?.facets.unwrap_or_default();
    Ok(facets.year.get("none").copied().unwrap_or(0))
}

fn say_undated(passages: usize, which: &str) {
    if passages > 0 {
        let are =
            if passages == 1 { "has no date and is" } else { "have no date and are" };
        let passages = count(passages, "passage");
        out::say(format!("{passages} {which} {are} left out"));
    }
}

/// A word for the user whose query begins with a dash, which looks like a flag.
pub(super) fn tip(error: &clap::Error) -> Option<&'static str> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let unknown = error.kind() == ErrorKind::UnknownArgument;
    let of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let usage =
        error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let searching =
        usage.contains("delineate search") || usage.contains("delineate compare");
    let word = of(ContextKind::InvalidArg);
    let dashed = word.starts_with('-') && !word.starts_with("--");
    (unknown && searching && dashed).then_some(
        "  tip: to find passages without a word, quote the query: 'pricing -webinar', or \
         put `--` before it",
    )
}

/// Hits on their way out.
pub(super) struct Shown<'a> {
    pub(super) index: &'a Index,
    pub(super) found: &'a Found,
    pub(super) context: usize,
}

impl Shown<'_> {
    pub(super) fn write(&self, format: Format, paging: Paging) -> anyhow::Result<()> {
        match format {
            Format::Table => self.table(paging),
            Format::Jsonl => self.jsonl(),
            Format::Csv => self.csv(),
            Format::Md => self.markdown(),
        }
    }

    fn table(&self, paging: Paging) -> anyhow::Result<()> {
        let mut page = Page::new();
        let mut groups = self.found.groups.iter().peekable();
        for (nth, hit) in self.found.hits.iter().enumerate() {
            if nth > 0 {
                page.put("\n");
            }
            let record = &hit.passage.record;
            if let Some((article, n)) = groups.next_if(|g| g.0 == record.article) {
                page.styled(BOLD, article);
                page.line(&format!(": {}", count(*n, "passage")));
            }
            self.table_hit(&mut page, hit)?;
        }
        if let Some(facets) = &self.found.facets {
            if !self.found.hits.is_empty() {
                page.put("\n");
            }
            table_facets(&mut page, facets);
        }
        Ok(page.print(paging)?)
    }

    fn table_hit(&self, page: &mut Page, hit: &SearchHit) -> anyhow::Result<()> {
        let record = &hit.passage.record;
        let article = self.index.article_of(&hit.passage)?;
        page.passage_head(record, Some(&article.path));
        if self.context > 0 {
            let (before, after) = self.index.neighbours(&hit.passage, self.context)?;
            page.in_its_place(&before, record, &hit.highlights, &after);
        } else {
            let lines = page.width().map_or(SNIPPET, |w| (w * 3).clamp(120, SNIPPET));
            let (text, marks) = page::snippet(&record.text, &hit.highlights, lines);
            page.marked(&text, &marks, 2);
        }
        if let Some(original) = &record.copy_of {
            page.put("  ");
            page.styled(DIM, &format!("near copy of {original}"));
            page.put("\n");
        }
        if !hit.copies.is_empty() {
            page.put("  ");
            page.styled(DIM, &format!("also in {}", hit.copies.join(", ")));
            page.put("\n");
        }
        Ok(())
    }

    /// The record of a hit, with its neighbours where they are wanted.
    fn record<'h>(&self, hit: &'h SearchHit) -> crate::Result<HitRecord<'h>> {
        let mut record = hit.to_record();
        if self.context > 0 {
            let (before, after) = self.index.neighbours(&hit.passage, self.context)?;
            let texts = |passages: Vec<IndexedPassage>| {
                Some(passages.into_iter().map(|p| p.record.text).collect())
            };
            (record.before, record.after) = (texts(before), texts(after));
        }
        Ok(record)
    }

    fn jsonl(&self) -> anyhow::Result<()> {
        let mut stdout = out::stdout();
        for hit in &self.found.hits {
            out::json_line(&mut stdout, &self.record(hit)?)?;
        }
        if let Some(facets) = self.found.facets_record() {
            out::json_line(&mut stdout, &facets)?;
        }
        Ok(out::flush(stdout)?)
    }

    fn csv(&self) -> anyhow::Result<()> {
        let style = csv::Style::default();
        let mut writer = csv::Writer::new::<HitRecord<'_>>(out::stdout(), style)?;
        for hit in &self.found.hits {
            writer.row(&self.record(hit)?)?;
        }
        Ok(writer.finish()?)
    }

    /// Quotations with their sources, to paste into notes.
    fn markdown(&self) -> anyhow::Result<()> {
        let mut text = String::new();
        for hit in &self.found.hits {
            let record = &hit.passage.record;
            let mut quoted = String::new();
            let mut done = 0;
            for mark in &hit.highlights {
                quoted += &markdown_text(&record.text[done..mark.start]);
                quoted.extend(["**", &markdown_text(mark.of(&record.text)), "**"]);
                done = mark.end;
            }
            quoted += &markdown_text(&record.text[done..]);
            for line in quoted.lines() {
                text.extend(["> ", line, "\n"]);
            }
            let label = record.label.map_or("unlabelled", crate::label::Label::shown);
            let section = match &*record.section {
                "" => String::new(),
                section => format!(", {}", markdown_text(section)),
            };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                ">\n> {label}, *{}*{section} ({} ¶{}, {})\n\n",
                markdown_text(&record.title),
                markdown_text(&record.article),
                record.passage,
                record.id
            );
        }
        let mut stdout = out::stdout();
        stdout.write_all(text.as_bytes())?;
        Ok(out::flush(stdout)?)
    }
}

/// Most characters of a passage that are shown of a hit.
const SNIPPET: usize = 320;

/// Most articles in the table of counts.
const ARTICLES: usize = 10;

fn table_facets(page: &mut Page, facets: &Facets) {
    let mut part = |heading: &str, rows: Vec<(&str, usize)>| {
        page.styled(BOLD, heading);
        page.put("\n");
        for (name, n) in rows {
            page.line(&format!("{n:>9}  {}", clean(name)));
        }
    };
    let by_count = |counts: &BTreeMap<&'static str, usize>| {
        let mut rows: Vec<_> = counts.iter().map(|(name, n)| (*name, *n)).collect();
        // By name among equals.
        rows.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        rows
    };
    let labels = by_count(&facets.label).into_iter().map(|(name, n)| {
        (name.parse().map_or("no label", crate::label::Label::shown), n)
    });
    part("by label", labels.collect());
    let named = |(name, n): (&'static str, usize)| {
        (if name == "none" { "no theme" } else { name }, n)
    };
    part("by theme", by_count(&facets.theme).into_iter().map(named).collect());
    let years = facets.year.iter().map(|(year, n)| match year.as_str() {
        "none" => ("no date", *n),
        year => (year, *n),
    });
    part("by year", years.collect());
    let articles = facets.article.iter().map(|(name, n)| (name.as_str(), *n));
    part("by article", articles.take(ARTICLES).collect());
    if facets.article.len() > ARTICLES {
        let more = facets.article.len() - ARTICLES;
        page.line(&format!("{:>9}  … {more} more articles", ""));
    }
}

/// Text of others that Markdown shows as it is.
fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) =
            line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for c in clean(line).chars() {
            if matches!(
                c,
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~'
            ) {
                out.push('\\');
            }
            out.push(c);
        }
        out += end;
    }
    out
}
