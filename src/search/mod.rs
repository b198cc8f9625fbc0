//! Stage 5: a query in, ranked passages out, with what matched in each.
//!
//! [`Query`] is the language, [`search`] ranks and counts, [`matching`] gives everything
//! that fits in the order of articles, [`similar`] finds passages like one that is known.
//!
//! ```no_run
//! # fn main() -> delineate::Result<()> {
//! use delineate::index::Index;
//! use delineate::search::{Search, search};
//!
//! let index = Index::open("index".as_ref())?;
//! let found = search(&index, &"pricing -webinar".parse()?, &Search::default())?;
//! println!("{} passages", found.total);
//! for hit in found.hits {
//!     println!("{:.2} {}", hit.score, hit.passage.record.text);
//! }
//! # Ok(())
//! # }
//! ```

mod collect;
mod docs;
mod highlight;
mod plan;
mod query;
mod suggest;

use std::collections::BTreeMap;

use serde::Serialize;
use tantivy::TERMINATED;

pub use query::{MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH, Query};
pub use suggest::{Suggestion, hyphened, suggest};

use crate::index::{Address, Facts, Filter, Index, IndexedPassage, Passing};
use crate::label::{Label, Theme};
use crate::record::Record;
use crate::{Result, Span};
use collect::{Best, Key};
use plan::Plan;

/// A passage that a query found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchHit {
    /// The passage.
    pub passage: IndexedPassage,
    /// How well it fits; comparable within one search only.
    pub score: f32,
    /// What matched, in bytes of the passage's text, ordered, without overlap.
    pub highlights: Vec<Span>,
    /// Near copies of its article, which hold it too.
    pub copies: Vec<String>,
}

impl SearchHit {
    /// The record that `search` writes: that of the passage with score and highlights.
    pub fn to_record(&self) -> HitRecord<'_> {
        HitRecord {
            record: &self.passage.record,
            score: self.score,
            highlights: self.highlights.iter().map(|s| [s.start, s.end]).collect(),
            copies: &self.copies,
            before: None,
            after: None,
        }
    }
}

/// See [`SearchHit::to_record`].
#[derive(Clone, Debug, Serialize)]
pub struct HitRecord<'a> {
    /// The passage's.
    #[serde(flatten)]
    pub record: &'a Record,
    /// How well it fits.
    pub score: f32,
    /// First byte of each match in the passage's text, and the byte after its last.
    pub highlights: Vec<[usize; 2]>,
    /// Near copies of its article, which hold it too.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub copies: &'a [String],
    /// The texts before it in its article, where they are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Vec<String>>,
    /// The texts after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
}

/// What is wanted of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Which passages may be found.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// How many hits to pass over; articles, where hits are grouped.
    pub offset: usize,
    /// How many hits to give at most; articles, where hits are grouped.
    pub limit: usize,
    /// Put the hits of an article together and give at most so many of each.
    pub group: Option<usize>,
    /// Count hits by label, theme, article and year.
    pub facets: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            sort: Sort::Score,
            offset: 0,
            limit: 10,
            group: None,
            facets: false,
        }
    }
}

/// The order of hits. What is equal in it goes by article and passage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Best fit first.
    #[default]
    Score,
    /// Surest label first.
    Confidence,
    /// By article and passage.
    Path,
    /// Latest article first; those without a date last.
    Date,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The hits that were asked for, in their order.
    pub hits: Vec<SearchHit>,
    /// How many passages fit.
    pub total: usize,
    /// How many articles they stand in.
    pub articles: usize,
    /// Where hits are grouped: how many each article has, in the order of `hits`.
    pub groups: Vec<(String, usize)>,
    /// Where they were asked for.
    pub facets: Option<Facets>,
}

/// Hits counted by what is known of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// By label; passages without one under `none`.
    pub label: BTreeMap<&'static str, usize>,
    /// By theme.
    pub theme: BTreeMap<&'static str, usize>,
    /// By article, most hits first.
    pub article: Vec<(String, usize)>,
    /// By year; articles without a date under `none`.
    pub year: BTreeMap<String, usize>,
}

/// The record of [`Facets`] in JSON lines.
#[derive(Clone, Debug, Serialize)]
pub struct FacetsRecord<'a> {
    schema: &'static str,
    total: usize,
    #[serde(flatten)]
    facets: &'a Facets,
}

impl Found {
    /// The record of the counts, where they were asked for.
    pub fn facets_record(&self) -> Option<FacetsRecord<'_>> {
        let facets = self.facets.as_ref()?;
        Some(FacetsRecord { schema: "delineate.facets/1", total: self.total, facets })
    }
}

/// Searches an index.
///
/// # Errors
/// [`Error::Query`](crate::Error::Query) when a word stands for too many or the filter has
/// not its form, [`Error::BadIndex`](crate::Error::BadIndex) when the index is damaged.
pub fn search(index: &Index, query: &Query, wanted: &Search) -> Result<Found> {
    let plan = Plan::new(query, index)?;
    run(&plan, wanted, |_| false)
}

/// The passages that fit a query and a filter, by article and passage, each with what
/// matched.
///
/// # Errors
/// As [`search`].
pub fn matching<'i>(
    index: &'i Index,
    query: &Query,
    filter: &Filter,
) -> Result<impl Iterator<Item = Result<(IndexedPassage, Vec<Span>)>> + use<'i>> {
    let plan = Plan::new(query, index)?;
    let passing = Passing::new(filter, index)?;
    let mut found = Vec::new();
    walk(&plan, &passing, |address, rank, _, _| found.push((rank, address)))?;
    found.sort_unstable();
    let marker = highlight::Marker::new(&plan);
    let addresses = found.into_iter().map(|(_, address)| address);
    Ok(index.read_all(addresses).map(move |passage| {
        let passage = passage?;
        let spans = marker.mark(&passage.record.text);
        Ok((passage, spans))
    }))
}

/// Which side similar passages are wanted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// With the same label.
    Same,
    /// With the opposite label: B2C for B2B; for a shared passage, either.
    Other,
    /// Any.
    #[default]
    Any,
}

/// Words by which similar passages are sought: the most telling ones. With more, common
/// words decide; with fewer, one rare name does.
const TELLING: usize = 24;

/// Passages like one that is known, most alike first, judged by the words that tell most.
///
/// # Errors
/// As [`search`].
pub fn similar(
    index: &Index,
    passage: &IndexedPassage,
    side: Side,
    wanted: &Search,
) -> Result<Found> {
    let record = &passage.record;
    let words = plan::telling(&record.text, index, TELLING)?;
    let plan = Plan::any_of(&words, index)?;
    let mut wanted = wanted.clone();
    match (side, record.label) {
        (Side::Any, _) | (_, None) => {}
        (Side::Same, Some(label)) => wanted.filter.labels = vec![label],
        (Side::Other, Some(label)) => {
            wanted.filter.labels = match label {
                Label::B2b => vec![Label::B2c],
                Label::B2c => vec![Label::B2b],
                Label::Shared => vec![Label::B2b, Label::B2c],
            };
        }
    }
    run(&plan, &wanted, |address| address == passage.address)
}

fn run(
    plan: &Plan<'_>,
    wanted: &Search,
    unwanted: impl Fn(Address) -> bool,
) -> Result<Found> {
    let index = plan.index;
    let passing = Passing::new(&wanted.filter, index)?;
    let dates = match wanted.sort {
        Sort::Date => index
            .articles()?
            .iter()
            .map(|a| date_key(a.about.date.as_deref()))
            .collect(),
        _ => Vec::new(),
    };
    let mut best = Best::new(wanted);
    let mut tally = wanted.facets.then(Tally::default);
    walk(plan, &passing, |address, rank, facts, score| {
        if unwanted(address) {
            return;
        }
        let value = match wanted.sort {
            Sort::Score => score,
            Sort::Confidence => facts.confidence.unwrap_or(0.0),
            Sort::Path => 0.0,
            // Days since the year 0 are exact in a float.
            Sort::Date => dates.get(rank as usize).copied().unwrap_or(0) as f32,
        };
        best.take(Key { value, rank, address }, score);
        if let Some(tally) = &mut tally {
            tally.count(facts);
        }
    })?;
    let (chosen, ranks) = best.finish();
    let mut found = Found {
        total: ranks.iter().map(|(_, n)| n).sum(),
        articles: ranks.len(),
        ..Found::default()
    };
    let marker = highlight::Marker::new(plan);
    let mut last = None;
    for (key, score) in chosen {
        let passage = index.read(key.address)?;
        if wanted.group.is_some() && last != Some(key.rank) {
            let at = ranks.binary_search_by_key(&key.rank, |r| r.0).unwrap_or(0);
            found.groups.push((passage.record.article.clone(), ranks[at].1));
            last = Some(key.rank);
        }
        found.hits.push(SearchHit {
            highlights: marker.mark(&passage.record.text),
            copies: index.copies_of(key.rank)?,
            score,
            passage,
        });
    }
    found.facets = tally.map(|tally| tally.finish(&ranks, index)).transpose()?;
    Ok(found)
}

/// Hands over every passage that fits plan and filter, segment by segment.
fn walk(
    plan: &Plan<'_>,
    passing: &Passing,
    mut take: impl FnMut(Address, u32, &Facts, f32),
) -> Result<()> {
    let index = plan.index;
    index.guarded(|| {
        for (at, segment) in index.segments().iter().enumerate() {
            let mut docs = plan.docs(at)?;
            let mut doc = docs.doc();
            while doc != TERMINATED {
                if segment.is_alive(doc) {
                    let facts = Facts::unpack(segment.facts.get_val(doc));
                    let address = Address { segment: at, doc };
                    if passing.facts(&facts) {
                        let rank = index.rank_at(address)?;
                        if passing.rank(rank) {
                            take(address, rank, &facts, docs.score());
                        }
                    }
                }
                doc = docs.advance();
            }
        }
        Ok(())
    })
}

/// Years, months and days as one number, 0 without a date.
fn date_key(date: Option<&str>) -> u32 {
    let mut parts =
        date.unwrap_or_default().split('-').map(|p| p.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next() * 16 + next()) * 32 + next()
}

/// Hits by label and theme while they are found; articles and years follow from ranks.
#[derive(Default)]
struct Tally {
    labels: [usize; Label::ALL.len() + 1],
    themes: [usize; Theme::ALL.len() + 1],
}

impl Tally {
    fn count(&mut self, facts: &Facts) {
        let label = Label::ALL.iter().position(|l| Some(*l) == facts.label);
        self.labels[label.unwrap_or(Label::ALL.len())] += 1;
        let theme = Theme::ALL.iter().position(|t| Some(*t) == facts.theme);
        self.themes[theme.unwrap_or(Theme::ALL.len())] += 1;
    }

    fn finish(self, ranks: &[(u32, usize)], index: &Index) -> Result<Facets> {
        let named = |counts: &[usize], names: Vec<&'static str>| {
            names
                .into_iter()
                .chain(["none"])
                .zip(counts.iter().copied())
                .filter(|(_, n)| *n > 0)
                .collect()
        };
        let articles = index.articles()?;
        let mut facets = Facets {
            label: named(&self.labels, Label::ALL.map(Label::as_str).to_vec()),
            theme: named(&self.themes, Theme::ALL.map(Theme::as_str).to_vec()),
            ..Facets::default()
        };
        for (rank, n) in ranks {
            let article = &articles[*rank as usize];
            facets.article.push((article.name.clone(), *n));
            let year = article
                .about
                .date
                .as_deref()
                .and_then(|d| d.get(..4))
                .unwrap_or("none");
            *facets.year.entry(year.to_owned()).or_default() += n;
        }
        // By name among equals, since ranks are.
        facets.article.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        Ok(facets)
    }
}
