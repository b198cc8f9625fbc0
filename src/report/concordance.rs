//! A word or phrase in its places, with what stands left and right of it; and the words
//! that keep it company.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use serde::Serialize;

use super::keyness::{self, Table};
use super::lexicon::{self, Lexicon, Token};
use super::table::{Cell, Column, Holds, Row, rounded};
use super::tally::LabelCounts;
use super::words::Witnesses;
use crate::label::{Kind, Label, Theme};
use crate::record::Record;
use crate::segment;

/// A word or phrase to look for, without regard to case.
///
/// `pric*` stands for every word that begins so, `*` alone for any one word.
#[derive(Clone, Debug)]
pub struct Phrase {
    parts: Vec<Part>,
    /// Finds the longest plain stretch of its words, without which it is nowhere.
    glance: Option<AhoCorasick>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Prefix(String),
    Any,
}

/// Words that a phrase may have: more are no phrase, but a text.
const MOST_WORDS: usize = 16;

impl Phrase {
    /// Reads a phrase.
    ///
    /// # Errors
    /// What is wrong with it, in words for the user.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        for chunk in text.split_whitespace() {
            if chunk == "*" {
                parts.push(Part::Any);
                continue;
            }
            let words: Vec<_> = segment::words(chunk).collect();
            let mut folded = String::new();
            for &(at, word) in &words {
                lexicon::fold(word, &mut folded);
                let starred = chunk[at + word.len()..].starts_with('*');
                let make = if starred { Part::Prefix } else { Part::Word };
                parts.push(make(folded.clone()));
            }
        }
        if parts.iter().all(|p| *p == Part::Any) {
            return Err(format!("{text:?} has no word to look for"));
        }
        if parts.len() > MOST_WORDS {
            return Err(format!("a phrase has at most {MOST_WORDS} words"));
        }
        let glance = glance(&parts);
        Ok(Self { parts, glance })
    }

    /// How many words it has.
    #[allow(clippy::len_without_is_empty, reason = "a phrase is never empty")]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether it may be in a text: a glance that passes over most texts.
    fn may_be_in(&self, text: &str) -> bool {
        self.glance.as_ref().is_none_or(|glance| glance.is_match(text))
    }

    /// Where it begins among these words; places do not overlap.
    fn places(&self, words: &[String]) -> Vec<usize> {
        let mut places = Vec::new();
        let mut at = 0;
        while at + self.len() <= words.len() {
            if self.parts.iter().zip(&words[at..]).all(|(part, word)| part.fits(word)) {
                places.push(at);
                at += self.len();
            } else {
                at += 1;
            }
        }
        places
    }
}

/// A search for the longest stretch of ASCII letters and digits among the words. Words are
/// folded before they are compared, but such a stretch is found in any case and between any
/// apostrophes.
fn glance(parts: &[Part]) -> Option<AhoCorasick> {
    let words = parts.iter().filter_map(|part| match part {
        Part::Word(word) | Part::Prefix(word) => Some(word.as_str()),
        Part::Any => None,
    });
    let stretch = words
        .flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric()))
        .max_by_key(|stretch| stretch.len())
        .filter(|stretch| !stretch.is_empty())?;
    AhoCorasick::builder().ascii_case_insensitive(true).build([stretch]).ok()
}

impl Part {
    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Word(wanted) => word == wanted,
            Self::Prefix(start) => word.starts_with(start),
            Self::Any => true,
        }
    }
}

/// One place of a phrase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// `delineate.line/1`.
    pub schema: &'static str,
    /// The passage.
    pub id: String,
    /// The article.
    pub article: String,
    /// Its title.
    pub title: String,
    /// Its section.
    pub section: String,
    /// Number of the passage.
    pub passage: usize,
    /// Label of the passage.
    pub label: Option<Label>,
    /// Kind of a shared passage.
    pub kind: Option<Kind>,
    /// Theme of the passage.
    pub theme: Option<Theme>,
    /// What stands before, in the passage.
    pub left: String,
    /// The phrase as it stands there.
    pub keyword: String,
    /// What stands after.
    pub right: String,
    /// First byte of the keyword in the article's text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Who wrote the article.
    pub author: Option<String>,
    /// Day of publication.
    pub date: Option<String>,
    /// Whether nothing stands between `left` and `keyword`, and between `keyword` and
    /// `right`.
    #[serde(skip)]
    pub tight: [bool; 2],
}

impl Row for Line {
    const WHAT: &'static str = "lines";

    const SCHEMA: &'static str = include_str!("../../docs/schema/line.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("label", Holds::Word),
        Column::new("kind", Holds::Word),
        Column::new("theme", Holds::Word),
        Column::new("left", Holds::Name),
        Column::new("keyword", Holds::Name),
        Column::new("right", Holds::Name),
        Column::new("id", Holds::Name),
        Column::new("article", Holds::Name),
        Column::new("title", Holds::Name),
        Column::new("section", Holds::Name),
        Column::new("passage", Holds::Number),
        Column::new("start", Holds::Offset),
        Column::new("end", Holds::Offset),
        Column::new("author", Holds::Name),
        Column::new("date", Holds::Name),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            self.label.map_or(Cell::Empty, Cell::Label),
            self.kind.map_or(Cell::Empty, |k| Cell::Word(k.as_str())),
            self.theme.map_or(Cell::Empty, |t| Cell::Word(t.as_str())),
            Cell::text(&self.left),
            Cell::text(&self.keyword),
            Cell::text(&self.right),
            Cell::text(&self.id),
            Cell::text(&self.article),
            Cell::text(&self.title),
            Cell::text(&self.section),
            Cell::Count(self.passage),
            Cell::Count(self.start),
            Cell::Count(self.end),
            Cell::option(self.author.as_deref()),
            Cell::date(self.date.as_deref()),
        ]
    }

    fn labels(&self) -> LabelCounts {
        let is = |label| usize::from(self.label == Some(label));
        LabelCounts {
            b2b: is(Label::B2b),
            b2c: is(Label::B2c),
            shared: is(Label::Shared),
            unlabelled: usize::from(self.label.is_none()),
            ..LabelCounts::default()
        }
    }
}

/// In which order lines come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they stand in the articles.
    #[default]
    Place,
    /// By the words before, nearest first.
    Left,
    /// By the words after, nearest first.
    Right,
}

impl Order {
    /// Puts lines into this order; equal ones keep theirs.
    pub fn sort(self, lines: &mut [Line]) {
        match self {
            Self::Place => {}
            Self::Left => lines.sort_by(|a, b| compare_words(&a.left, &b.left, true)),
            Self::Right => {
                lines.sort_by(|a, b| compare_words(&a.right, &b.right, false));
            }
        }
    }
}

/// Compares word by word without regard to case and punctuation.
fn compare_words(a: &str, b: &str, from_end: bool) -> Ordering {
    let words = |text: &str| {
        let mut words: Vec<_> =
            segment::words(text).map(|(_, word)| word.to_lowercase()).collect();
        if from_end {
            words.reverse();
        }
        words
    };
    words(a).cmp(&words(b))
}

/// The lines of a passage: each place of the phrase with up to `window` words on either
/// side.
pub fn lines(record: &Record, phrase: &Phrase, window: usize) -> Vec<Line> {
    if !phrase.may_be_in(&record.text) {
        return Vec::new();
    }
    let words: Vec<(usize, &str)> = segment::words(&record.text).collect();
    let mut folded = String::new();
    let folds: Vec<String> = words
        .iter()
        .map(|(_, word)| {
            lexicon::fold(word, &mut folded);
            folded.clone()
        })
        .collect();
    let end_of = |at: usize| words[at].0 + words[at].1.len();
    let line = |at: usize| {
        let last = at + phrase.len() - 1;
        let (start, end) = (words[at].0, end_of(last));
        let from = if at <= window { 0 } else { words[at - window].0 };
        let until = match words.get(last + window) {
            Some(_) if last + window + 1 < words.len() => end_of(last + window),
            _ => record.text.len(),
        };
        Line {
            schema: "delineate.line/1",
            id: record.id.to_string(),
            article: record.article.clone(),
            title: record.title.clone(),
            section: record.section.clone(),
            passage: record.passage,
            label: record.label,
            kind: record.kind,
            theme: record.theme,
            left: flat(&record.text[from..start]),
            keyword: flat(&record.text[start..end]),
            right: flat(&record.text[end..until]),
            tight: [
                !record.text[from..start].ends_with(char::is_whitespace),
                !record.text[end..until].starts_with(char::is_whitespace),
            ],
            start: record.start + start,
            end: record.start + end,
            author: record.author.clone(),
            date: record.date.clone(),
        }
    };
    phrase.places(&folds).into_iter().map(line).collect()
}

/// White space as single spaces, so that a context is one line. A space at an end stays
/// away, since the columns part the words.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A word that occurs near a phrase more often than elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Collocate {
    /// `delineate.collocate/1`.
    pub schema: &'static str,
    /// The word.
    pub word: String,
    /// Occurrences near the phrase.
    pub near: usize,
    /// Those before it.
    pub left: usize,
    /// Those after it.
    pub right: usize,
    /// Occurrences elsewhere.
    pub elsewhere: usize,
    /// Occurrences near the phrase that its frequency lets expect.
    pub expected: f64,
    /// Binary logarithm of the ratio of its rates near and elsewhere.
    pub log_ratio: f64,
    /// Log-likelihood ratio.
    pub g2: f64,
    /// The false discovery rate at which it is a discovery.
    pub q: f64,
    /// Articles in which it stands near the phrase.
    pub articles: usize,
    /// Authors, or sites, of these.
    pub authors: usize,
    /// Occurrences near the phrase in B2B passages.
    pub b2b: usize,
    /// In B2C passages.
    pub b2c: usize,
    /// In shared passages.
    pub shared: usize,
}

impl Row for Collocate {
    const WHAT: &'static str = "collocates";

    const SCHEMA: &'static str = include_str!("../../docs/schema/collocate.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("word", Holds::Name),
        Column::new("near", Holds::Number),
        Column::new("left", Holds::Number),
        Column::new("right", Holds::Number),
        Column::new("elsewhere", Holds::Number),
        Column::new("expected", Holds::Number),
        Column::new("log_ratio", Holds::Number),
        Column::new("g2", Holds::Number),
        Column::new("q", Holds::Number),
        Column::new("articles", Holds::Number),
        Column::new("authors", Holds::Number),
        Column::new("b2b", Holds::Number),
        Column::new("b2c", Holds::Number),
        Column::new("shared", Holds::Number),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(&self.word),
            Cell::Count(self.near),
            Cell::Count(self.left),
            Cell::Count(self.right),
            Cell::Count(self.elsewhere),
            Cell::Number(self.expected),
            Cell::Number(self.log_ratio),
            Cell::Number(self.g2),
            Cell::Number(self.q),
            Cell::Count(self.articles),
            Cell::Count(self.authors),
            Cell::Count(self.b2b),
            Cell::Count(self.b2c),
            Cell::Count(self.shared),
        ]
    }
}

/// Counts the words near a phrase against those elsewhere.
///
/// A word counts once, however many places of the phrase it is near (surface
/// cooccurrence; Evert, S. (2008): Corpora and collocations, in Lüdeling & Kytö, § 3.1), so
/// that "near" and "elsewhere" are two parts of one corpus, and G² and log-ratio hold
/// between them as they do between labels.
#[derive(Debug)]
pub struct Company {
    phrase: Phrase,
    span: usize,
    lexicon: Lexicon,
    witnesses: Witnesses,
    tokens: Vec<Token>,
    words: Vec<Counts>,
    near: usize,
    elsewhere: usize,
    places: usize,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    elsewhere: usize,
    left: usize,
    right: usize,
    by_label: [usize; 3],
    articles: BTreeSet<u32>,
}

/// Which collocates are reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompanyOptions {
    /// Near the phrase in at least this many articles.
    pub min_articles: usize,
    /// By at least this many authors.
    pub min_authors: usize,
    /// The share of false discoveries that is accepted.
    pub false_discoveries: f64,
    /// Also words that carry grammar more than matter.
    pub function_words: bool,
}

impl Company {
    /// Counts the company of a phrase, up to `span` words away.
    pub fn new(phrase: Phrase, span: usize) -> Self {
        Self {
            phrase,
            span,
            lexicon: Lexicon::default(),
            witnesses: Witnesses::default(),
            tokens: Vec::new(),
            words: Vec::new(),
            near: 0,
            elsewhere: 0,
            places: 0,
        }
    }

    /// Counts a passage.
    pub fn add(&mut self, record: &Record) {
        let mut tokens = std::mem::take(&mut self.tokens);
        self.lexicon.read(&record.text, &mut tokens);
        self.words.resize_with(self.lexicon.len(), Counts::default);
        let words: Vec<String> =
            tokens.iter().map(|t| self.lexicon.text(t.form).to_owned()).collect();
        let article = self.witnesses.article(record);
        let places = self.phrase.places(&words);
        self.places += places.len();
        let length = self.phrase.len();
        for (at, token) in tokens.iter().enumerate() {
            // The nearest place to the left of the word, and to the right.
            let next = places.partition_point(|&place| place <= at);
            let before = next.checked_sub(1).map(|n| places[n]);
            if before.is_some_and(|place| at < place + length) {
                continue;
            }
            let follows = before.is_some_and(|place| at < place + length + self.span);
            let precedes =
                places.get(next).is_some_and(|place| at + self.span >= *place);
            let counts = &mut self.words[self.lexicon.term(token.form) as usize];
            if follows || precedes {
                self.near += 1;
                if follows {
                    counts.right += 1;
                } else {
                    counts.left += 1;
                }
                if let Some(label) = record.label {
                    counts.by_label[label as usize] += 1;
                }
                counts.articles.insert(article);
            } else {
                self.elsewhere += 1;
                counts.elsewhere += 1;
            }
        }
        self.tokens = tokens;
    }

    /// How many places the phrase has.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The words of its company, strongest evidence first.
    pub fn collocates(&self, options: CompanyOptions) -> Vec<Collocate> {
        let tested: Vec<(u32, &Counts, Table)> = (0..)
            .zip(&self.words)
            .filter(|(form, counts)| {
                counts.left + counts.right > 0
                    && (options.function_words || !self.lexicon.is_function_word(*form))
            })
            .map(|(form, counts)| {
                let table = Table {
                    count: (counts.left + counts.right) as f64,
                    words: self.near as f64,
                    count_against: counts.elsewhere as f64,
                    // A corpus that is all near has nothing elsewhere to be held against.
                    words_against: self.elsewhere.max(1) as f64,
                };
                (form, counts, table)
            })
            .collect();
        let p: Vec<_> =
            tested.iter().map(|(_, _, t)| keyness::p_value(t.g2())).collect();
        let q = keyness::false_discovery_rates(&p);
        let mut found: Vec<_> = tested
            .into_iter()
            .zip(q)
            .filter(|((_, _, t), q)| {
                *q <= options.false_discoveries && t.log_ratio() > 0.0
            })
            .map(|((form, counts, table), q)| self.collocate(form, counts, table, q))
            .filter(|c| {
                c.articles >= options.min_articles && c.authors >= options.min_authors
            })
            .collect();
        found.sort_by(|a, b| b.g2.total_cmp(&a.g2).then_with(|| a.word.cmp(&b.word)));
        found
    }

    fn collocate(&self, form: u32, counts: &Counts, table: Table, q: f64) -> Collocate {
        let all = table.count + table.count_against;
        let authors: BTreeSet<_> =
            counts.articles.iter().map(|&a| self.witnesses.author_of(a)).collect();
        let [b2b, b2c, shared] = counts.by_label;
        Collocate {
            schema: "delineate.collocate/1",
            word: self.lexicon.text(form).to_owned(),
            near: counts.left + counts.right,
            left: counts.left,
            right: counts.right,
            elsewhere: counts.elsewhere,
            expected: rounded(all * table.words / (table.words + table.words_against)),
            log_ratio: rounded(table.log_ratio()),
            g2: rounded(table.g2()),
            q: rounded(q),
            articles: counts.articles.len(),
            authors: authors.len(),
            b2b,
            b2c,
            shared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::record;

    fn passage(text: &str) -> Record {
        let mut record = record("a.md", 1, Some(Label::B2b), Theme::Pricing, text);
        record.start = 100;
        record
    }

    #[track_caller]
    fn check(phrase: &str, text: &str, expected: &[(&str, &str, &str)]) {
        let phrase = Phrase::parse(phrase).unwrap();
        let found = lines(&passage(text), &phrase, 3);
        let found: Vec<_> =
            found.iter().map(|l| (&*l.left, &*l.keyword, &*l.right)).collect();
        assert_eq!(found, expected, "in {text:?}");
    }

    #[test]
    fn a_word_stands_between_its_neighbours() {
        check(
            "price",
            "We say that the price, once set, stays a price for good.",
            &[
                ("say that the", "price", ", once set, stays"),
                ("set, stays a", "price", "for good."),
            ],
        );
        check("price", "Price", &[("", "Price", "")]);
        check("price", "Prices rise.", &[]);
        check("pric*", "Prices rise.", &[("", "Prices", "rise.")]);
    }

    #[test]
    fn a_phrase_takes_hyphens_and_any_word() {
        check("self-serve", "It is Self serve.", &[("It is", "Self serve", ".")]);
        check(
            "sales * cycle",
            "A sales team cycle\nends",
            &[("A", "sales team cycle", "ends")],
        );
        check("buyer", "The buyer’s view", &[("The", "buyer’s", "view")]);
        check("don't", "They don’t buy", &[("They", "don’t", "buy")]);
        check("café", "The CAFÉ pays", &[("The", "CAFÉ", "pays")]);
    }

    #[test]
    fn a_phrase_needs_a_word() {
        for nothing in ["", "  ", "*", "?!"] {
            assert!(Phrase::parse(nothing).is_err(), "{nothing:?}");
        }
        assert!(Phrase::parse(&"a ".repeat(17)).is_err());
    }

    #[test]
    fn bytes_are_those_of_the_article() {
        let found =
            lines(&passage("Der Preis: price."), &Phrase::parse("price").unwrap(), 3);
        assert_eq!((found[0].start, found[0].end), (111, 116));
    }

    #[test]
    fn lines_are_sorted_by_what_stands_next_to_the_word() {
        let text = "a new price falls; the old price climbs; a Big price again";
        let mut found = lines(&passage(text), &Phrase::parse("price").unwrap(), 1);
        Order::Left.sort(&mut found);
        let left: Vec<_> = found.iter().map(|l| l.left.as_str()).collect();
        assert_eq!(left, ["Big", "new", "old"]);
        Order::Right.sort(&mut found);
        let right: Vec<_> = found.iter().map(|l| l.right.as_str()).collect();
        assert_eq!(right, ["again", "climbs", "falls"]);
    }

    #[test]
    fn company_is_counted_once_and_on_its_side() {
        let mut company = Company::new(Phrase::parse("price").unwrap(), 2);
        let filler = "filler ".repeat(20);
        company.add(&passage(&format!(
            "high price tag price list far away words {filler}"
        )));
        let every = CompanyOptions {
            min_articles: 1,
            min_authors: 1,
            false_discoveries: 1.0,
            function_words: true,
        };
        let found = company.collocates(every);
        let of = |word: &str| found.iter().find(|c| c.word == word);
        // Near: high, tag, list, far; elsewhere: away, words, and the fillers.
        assert_eq!((company.places(), company.near, company.elsewhere), (2, 4, 22));
        let tag = of("tag").unwrap();
        assert_eq!((tag.near, tag.left, tag.right, tag.b2b), (1, 0, 1, 1));
        assert_eq!(of("high").map(|c| (c.left, c.right)), Some((1, 0)));
        assert_eq!(of("away"), None);
        // 1 of 1 near: 2 * 1 * ln(26/4).
        assert!((tag.g2 - 3.7436).abs() < 1e-5, "{}", tag.g2);
        assert!((tag.expected - 0.15385).abs() < 1e-5);
    }
}
