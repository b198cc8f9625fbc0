//! The words and pairs of words that set one group of passages apart from another.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::keyness::{self, Parts, Table};
use super::lexicon::{Lexicon, Token};
use super::table::{Cell, Column, Holds, Row, rounded};
use crate::record::Record;

/// Terms that are rarer in both groups together are not tested: with fewer occurrences no
/// difference could pass, and each test makes the others stricter.
const LEAST_COUNT: u32 = 5;

/// Which terms are reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// In at least this many articles of the group.
    pub min_articles: usize,
    /// By at least this many authors.
    pub min_authors: usize,
    /// The share of false discoveries that is accepted among all that are reported.
    pub false_discoveries: f64,
    /// Also words that carry grammar more than matter: `you`, `with`.
    pub function_words: bool,
    /// Single words, pairs, or both.
    pub size: Size,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            min_articles: 3,
            min_authors: 2,
            false_discoveries: 0.01,
            function_words: false,
            size: Size::Both,
        }
    }
}

/// How many words a term has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One.
    Word,
    /// Two that follow each other.
    Pair,
    /// One or two.
    Both,
}

impl Size {
    fn takes(self, is_pair: bool) -> bool {
        match self {
            Self::Word => !is_pair,
            Self::Pair => is_pair,
            Self::Both => true,
        }
    }
}

/// One of two groups that are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The one.
    First,
    /// The other.
    Second,
}

impl Group {
    fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// A term that is more frequent in its group than in the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Keyword {
    /// `delineate.keyword/1`.
    pub schema: &'static str,
    /// The word or words, in their most frequent form.
    pub term: String,
    /// How many words.
    pub size: usize,
    /// Whether it is or holds a name: a word that mostly has a capital in mid-sentence.
    pub name: bool,
    /// Occurrences in its group.
    pub count: usize,
    /// Occurrences in the other.
    pub count_against: usize,
    /// Occurrences for 10,000 words of its group.
    pub rate: f64,
    /// Occurrences for 10,000 words of the other.
    pub rate_against: f64,
    /// Binary logarithm of the ratio of the rates.
    pub log_ratio: f64,
    /// The lower end of its 95 % interval, authors being the witnesses. Terms are sorted
    /// by it.
    pub log_ratio_low: f64,
    /// Log-likelihood ratio.
    pub g2: f64,
    /// The false discovery rate at which it is a discovery.
    pub q: f64,
    /// Articles of its group in which it occurs.
    pub articles: usize,
    /// Articles of the other.
    pub articles_against: usize,
    /// Authors of its group who use it. Where no author is stated, the site, else the
    /// article, stands for one.
    pub authors: usize,
    /// Authors of the other.
    pub authors_against: usize,
    /// Deviation of proportions over the articles of its group, 0 even to 1 all in one.
    pub deviation_articles: f64,
    /// The same over its authors.
    pub deviation_authors: f64,
}

impl Row for Keyword {
    const WHAT: &'static str = "terms";

    const SCHEMA: &'static str = include_str!("../../docs/schema/keyword.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("term", Holds::Name),
        Column::new("size", Holds::Number),
        Column::new("count", Holds::Number),
        Column::new("count_against", Holds::Number),
        Column::new("rate", Holds::Number),
        Column::new("rate_against", Holds::Number),
        Column::new("log_ratio", Holds::Number),
        Column::new("log_ratio_low", Holds::Number),
        Column::new("g2", Holds::Number),
        Column::new("q", Holds::Number),
        Column::new("articles", Holds::Number),
        Column::new("articles_against", Holds::Number),
        Column::new("authors", Holds::Number),
        Column::new("authors_against", Holds::Number),
        Column::new("deviation_articles", Holds::Number),
        Column::new("deviation_authors", Holds::Number),
        Column::new("name", Holds::Word),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(&self.term),
            Cell::Count(self.size),
            Cell::Count(self.count),
            Cell::Count(self.count_against),
            Cell::Number(self.rate),
            Cell::Number(self.rate_against),
            Cell::Number(self.log_ratio),
            Cell::Number(self.log_ratio_low),
            Cell::Number(self.g2),
            Cell::Number(self.q),
            Cell::Count(self.articles),
            Cell::Count(self.articles_against),
            Cell::Count(self.authors),
            Cell::Count(self.authors_against),
            Cell::Number(self.deviation_articles),
            Cell::Number(self.deviation_authors),
            Cell::Flag(self.name),
        ]
    }
}

/// Numbers for articles and authors, in the order in which they are met.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    articles: FxHashMap<String, u32>,
    authors: FxHashMap<String, u32>,
    author_of: Vec<u32>,
}

impl Witnesses {
    /// The number of the record's article.
    pub(super) fn article(&mut self, record: &Record) -> u32 {
        if let Some(&article) = self.articles.get(&record.article) {
            return article;
        }
        let article = u32::try_from(self.articles.len()).unwrap_or(u32::MAX);
        self.articles.insert(record.article.clone(), article);
        let author = voice(record);
        let next = u32::try_from(self.authors.len()).unwrap_or(u32::MAX);
        self.author_of.push(*self.authors.entry(author).or_insert(next));
        article
    }

    /// The number of an article's author.
    pub(super) fn author_of(&self, article: u32) -> u32 {
        self.author_of[article as usize]
    }

    /// How many articles there are.
    pub(super) fn articles(&self) -> usize {
        self.articles.len()
    }

    /// How many authors there are.
    pub(super) fn authors(&self) -> usize {
        self.authors.len()
    }
}

/// Who speaks in an article: its author, else the site it is from, else the article.
fn voice(record: &Record) -> String {
    let stated = record.author.as_deref().map(str::trim).filter(|a| !a.is_empty());
    if let Some(author) = stated {
        return format!("author {}", author.to_lowercase());
    }
    match record.url.as_deref().and_then(site) {
        Some(site) => format!("site {}", site.to_lowercase()),
        None => format!("article {}", record.article),
    }
}

/// The host of a web address.
fn site(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?;
    Some(host.strip_prefix("www.").unwrap_or(host)).filter(|h| !h.is_empty())
}

/// Counts terms in two groups of passages.
///
/// ```
/// # use delineate::report::words::{Counter, Group, Options};
/// let counter = Counter::default();
/// assert!(counter.keywords(Group::First, &Options::default()).is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Counter {
    lexicon: Lexicon,
    witnesses: Witnesses,
    tokens: Vec<Token>,
    /// The article whose counts are being made.
    article: Option<u32>,
    counts: FxHashMap<Pair, [u32; 2]>,
    postings: Vec<Posting>,
    /// Words of each article in each group.
    sizes: Vec<[usize; 2]>,
}

/// The forms of a term; the second is [`NONE`] for a single word.
type Pair = (u32, u32);

const NONE: u32 = u32::MAX;

/// How often one form of a term occurs in an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    term: Pair,
    article: u32,
    forms: Pair,
    counts: [u32; 2],
}

impl Counter {
    /// Counts a passage. Records of an article should follow each other.
    pub fn add(&mut self, group: Group, record: &Record) {
        let article = self.read(record);
        self.count(group, article);
    }

    /// Splits a passage into [`tokens`](Self::tokens) without counting them, and gives the
    /// number of its article.
    pub(super) fn read(&mut self, record: &Record) -> u32 {
        self.lexicon.read(&record.text, &mut self.tokens);
        self.witnesses.article(record)
    }

    /// The words of the passage that was read last.
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Every form that was met.
    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The articles and authors that were met.
    pub(super) fn witnesses(&self) -> &Witnesses {
        &self.witnesses
    }

    /// How many words each group has.
    pub fn words(&self) -> [usize; 2] {
        [0, 1].map(|group| self.sizes.iter().map(|s| s[group]).sum())
    }

    /// Counts the passage that was read last.
    pub(super) fn count(&mut self, group: Group, article: u32) {
        if self.article != Some(article) {
            self.close_article();
            self.article = Some(article);
        }
        let group = group as usize;
        if self.sizes.len() <= article as usize {
            self.sizes.resize(article as usize + 1, [0, 0]);
        }
        self.sizes[article as usize][group] += self.tokens.len();
        let mut before: Option<u32> = None;
        for token in &self.tokens {
            self.counts.entry((token.form, NONE)).or_default()[group] += 1;
            if let Some(before) = before.filter(|_| token.joined) {
                self.counts.entry((before, token.form)).or_default()[group] += 1;
            }
            before = Some(token.form);
        }
    }

    fn close_article(&mut self) {
        let Some(article) = self.article.take() else { return };
        let lexicon = &self.lexicon;
        let term = |form| if form == NONE { NONE } else { lexicon.term(form) };
        // The order of the map does not matter: postings are sorted before they are used.
        self.postings.extend(self.counts.drain().map(|(forms, counts)| Posting {
            term: (term(forms.0), term(forms.1)),
            article,
            forms,
            counts,
        }));
    }

    /// The terms of a group, surest first.
    pub fn keywords(mut self, group: Group, options: &Options) -> Vec<Keyword> {
        self.close_article();
        self.postings.sort_unstable();
        self.select(group, options)
    }

    /// The terms of both groups, surest first.
    pub fn both(mut self, options: &Options) -> [Vec<Keyword>; 2] {
        self.close_article();
        self.postings.sort_unstable();
        [Group::First, Group::Second].map(|group| self.select(group, options))
    }

    fn select(&self, group: Group, options: &Options) -> Vec<Keyword> {
        let sides = [group, group.other()].map(|g| Side::new(self, g));
        if sides.iter().any(|s| s.articles.words() == 0.0) {
            return Vec::new();
        }
        let mut tested = Vec::new();
        for postings in self.postings.chunk_by(|a, b| a.term == b.term) {
            if !self.is_wanted(postings[0].term, options) {
                continue;
            }
            let sum =
                |g: Group| postings.iter().map(|p| p.counts[g as usize]).sum::<u32>();
            let (count, count_against) = (sum(group), sum(group.other()));
            if count + count_against < LEAST_COUNT {
                continue;
            }
            let table = Table {
                count: f64::from(count),
                words: sides[0].articles.words(),
                count_against: f64::from(count_against),
                words_against: sides[1].articles.words(),
            };
            tested.push((postings, table));
        }
        let p: Vec<_> = tested.iter().map(|(_, t)| keyness::p_value(t.g2())).collect();
        let q = keyness::false_discovery_rates(&p);
        let mut found: Vec<_> = tested
            .iter()
            .zip(q)
            .filter(|((_, t), q)| {
                *q <= options.false_discoveries && t.log_ratio() > 0.0
            })
            .map(|((postings, table), q)| self.keyword(postings, *table, q, &sides))
            .filter(|k| {
                k.articles >= options.min_articles
                    && k.authors >= options.min_authors
                    && k.log_ratio_low > 0.0
            })
            .collect();
        found.sort_by(|a, b| {
            b.log_ratio_low
                .total_cmp(&a.log_ratio_low)
                .then_with(|| a.term.cmp(&b.term))
        });
        found
    }

    fn is_wanted(&self, (first, second): Pair, options: &Options) -> bool {
        let is_pair = second != NONE;
        let is_grammar = |form| self.lexicon.is_function_word(form);
        options.size.takes(is_pair)
            && (options.function_words
                || !(is_grammar(first) || is_pair && is_grammar(second)))
    }

    fn keyword(
        &self,
        postings: &[Posting],
        table: Table,
        q: f64,
        sides: &[Side; 2],
    ) -> Keyword {
        let [here, there] = sides;
        let (places, places_against) = (here.places(postings), there.places(postings));
        let log_ratio = table.log_ratio();
        let low = keyness::log_ratio_low(
            log_ratio,
            (&here.authors, &places.authors),
            (&there.authors, &places_against.authors),
        );
        let rate = |count: f64, words: f64| rounded(count / words * 10_000.0);
        Keyword {
            schema: "delineate.keyword/1",
            term: self.shown(postings, here.group),
            size: if postings[0].term.1 == NONE { 1 } else { 2 },
            name: self.is_name(postings),
            count: whole(table.count),
            count_against: whole(table.count_against),
            rate: rate(table.count, table.words),
            rate_against: rate(table.count_against, table.words_against),
            log_ratio: rounded(log_ratio),
            log_ratio_low: rounded(low),
            g2: rounded(table.g2()),
            q: rounded(q),
            articles: places.articles.len(),
            articles_against: places_against.articles.len(),
            authors: places.authors.len(),
            authors_against: places_against.authors.len(),
            deviation_articles: rounded(here.articles.deviation(&places.articles)),
            deviation_authors: rounded(here.authors.deviation(&places.authors)),
        }
    }

    /// Whether most of what was counted as a term is, or holds, a name.
    fn is_name(&self, postings: &[Posting]) -> bool {
        let names = postings.iter().filter(|p| {
            let (first, second) = p.forms;
            self.lexicon.is_name(first)
                || second != NONE && self.lexicon.is_name(second)
        });
        2 * names.count() > postings.len()
    }

    /// A term as it is most often written in the group.
    fn shown(&self, postings: &[Posting], group: Group) -> String {
        let mut forms: Vec<(Pair, u32)> =
            postings.iter().map(|p| (p.forms, p.counts[group as usize])).collect();
        forms.sort_unstable();
        let sums = forms
            .chunk_by(|a, b| a.0 == b.0)
            .map(|run| (run.iter().map(|r| r.1).sum::<u32>(), run[0].0));
        // Of equally frequent forms the shorter one: a singular.
        let written = |(first, second): Pair| match second {
            NONE => self.lexicon.shown(first).to_owned(),
            _ => {
                format!("{} {}", self.lexicon.shown(first), self.lexicon.shown(second))
            }
        };
        sums.map(|(n, forms)| (n, written(forms)))
            .max_by(|a, b| {
                let shorter = b.1.len().cmp(&a.1.len());
                a.0.cmp(&b.0).then(shorter).then_with(|| b.1.cmp(&a.1))
            })
            .map(|(_, text)| text)
            .unwrap_or_default()
    }
}

/// A count that was a float for a formula.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was a u32 before"
)]
fn whole(count: f64) -> usize {
    count as usize
}

/// A group with its parts.
struct Side<'a> {
    group: Group,
    articles: Parts,
    authors: Parts,
    witnesses: &'a Witnesses,
}

/// In which articles and by which authors a term occurs, and how often.
struct Places {
    articles: Vec<(u32, u32)>,
    authors: Vec<(u32, u32)>,
}

impl<'a> Side<'a> {
    fn new(counter: &'a Counter, group: Group) -> Self {
        let witnesses = &counter.witnesses;
        let articles: Vec<_> =
            counter.sizes.iter().map(|s| s[group as usize]).collect();
        let mut authors = vec![0; witnesses.authors()];
        for (article, size) in (0..).zip(&articles) {
            authors[witnesses.author_of(article) as usize] += size;
        }
        Self {
            group,
            articles: Parts::new(articles),
            authors: Parts::new(authors),
            witnesses,
        }
    }

    fn places(&self, postings: &[Posting]) -> Places {
        let mut articles: Vec<(u32, u32)> = Vec::new();
        for posting in postings {
            let n = posting.counts[self.group as usize];
            match articles.last_mut() {
                _ if n == 0 => {}
                Some(last) if last.0 == posting.article => last.1 += n,
                _ => articles.push((posting.article, n)),
            }
        }
        let mut authors: Vec<_> =
            articles.iter().map(|&(a, n)| (self.witnesses.author_of(a), n)).collect();
        authors.sort_unstable();
        authors.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Places { articles, authors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::{Label, Theme};
    use crate::report::sample::record;

    fn counter(passages: &[(Group, &str, &str)]) -> Counter {
        let mut counter = Counter::default();
        for (group, article, text) in passages {
            let record = record(article, 1, Some(Label::B2b), Theme::Pricing, text);
            counter.add(*group, &record);
        }
        counter
    }

    fn all() -> Options {
        Options {
            min_articles: 1,
            min_authors: 1,
            false_discoveries: 1.0,
            ..Options::default()
        }
    }

    /// Ten articles a side; `seat` in each of the first, sixty times in one.
    fn seats(talkative: bool) -> Counter {
        let mut counter = Counter::default();
        for n in 0..10 {
            let name = format!("{n}.md");
            let seats = if talkative { if n == 3 { 60 } else { 0 } } else { 6 };
            let text = "seats ".repeat(seats) + &"filler ".repeat(100 - seats);
            let one = record(&name, 1, Some(Label::B2b), Theme::Pricing, &text);
            counter.add(Group::First, &one);
            let two = record(
                &name,
                2,
                Some(Label::B2c),
                Theme::Pricing,
                &"filler ".repeat(100),
            );
            counter.add(Group::Second, &two);
        }
        counter
    }

    #[test]
    fn a_word_that_all_use_is_a_keyword() {
        let found = seats(false).keywords(Group::First, &Options::default());
        let seat = found.iter().find(|k| k.term == "seats").unwrap();
        assert_eq!((seat.count, seat.count_against, seat.articles), (60, 0, 10));
        assert!((seat.rate - 600.0).abs() < 1e-9);
        assert!((seat.log_ratio - 120_f64.log2()).abs() < 1e-4);
        assert!(seat.deviation_articles < 1e-9);
    }

    #[test]
    fn a_word_that_one_repeats_is_none() {
        let found = seats(true).keywords(Group::First, &Options::default());
        assert!(found.iter().all(|k| !k.term.contains("seats")), "{found:#?}");
    }

    #[test]
    fn authors_are_counted_once() {
        let mut counter = Counter::default();
        for n in 0..6 {
            let name = format!("{n}.md");
            let text = format!("vault {}", "filler ".repeat(50));
            let mut one = record(&name, 1, Some(Label::B2b), Theme::Pricing, &text);
            one.author = Some("Ann".into());
            counter.add(Group::First, &one);
            counter.add(
                Group::Second,
                &record(&name, 2, Some(Label::B2c), Theme::Pricing, "other words here"),
            );
        }
        let found = counter.keywords(Group::First, &all());
        let vault = found.iter().find(|k| k.term == "vault");
        assert_eq!(
            vault.map(|k| (k.articles, k.authors)),
            None,
            "one author proves nothing"
        );
    }

    #[test]
    fn plurals_and_pairs_are_terms() {
        let texts: Vec<_> = (0..8).map(|n| format!("{n}.md")).collect();
        let mut passages = Vec::new();
        for (n, name) in texts.iter().enumerate() {
            let text =
                if n % 2 == 0 { "sales cycles" } else { "A sales cycle. Sales, cycle" };
            passages.push((Group::First, name.as_str(), text));
            passages.push((
                Group::Second,
                name.as_str(),
                "streaks and badges of players",
            ));
        }
        let found = counter(&passages).keywords(Group::First, &all());
        let pair = found.iter().find(|k| k.size == 2).unwrap();
        // The comma parts `Sales, cycle`.
        assert_eq!((pair.term.as_str(), pair.count), ("sales cycle", 8));
        let cycle = found.iter().find(|k| k.term == "cycle").unwrap();
        assert_eq!(cycle.count, 12);
    }

    #[test]
    fn a_group_without_words_has_no_keywords() {
        let counter = counter(&[(Group::First, "a.md", "some words here")]);
        assert!(counter.keywords(Group::First, &all()).is_empty());
    }

    #[test]
    fn who_speaks_is_the_author_then_the_site_then_the_article() {
        let mut one = record("a.md", 1, None, Theme::Pricing, "");
        assert_eq!(voice(&one), "article a.md");
        one.url = Some("https://www.Example.org/x?y".into());
        assert_eq!(voice(&one), "site example.org");
        one.author = Some(" Ann Lee ".into());
        assert_eq!(voice(&one), "author ann lee");
    }
}
