//! The query language: from text to a tree.
//!
//! ```text
//! query  = or
//! or     = and { "OR" and }
//! and    = not { ["AND"] not }
//! not    = { "NOT" | "-" | "+" } one
//! one    = "(" or ")" | field ":" one | field ":" range | phrase ["~" n] | word | "*"
//! word   = letters [ "*" | "~" [n] ]
//! range  = "[" from "TO" to "]"
//! ```
//!
//! Every word has to be found unless `OR` stands between. Queries come from people and
//! scripts that one does not know: length, depth and clauses are bounded, and whatever is
//! wrong is told with its place.

use std::fmt;
use std::ops::RangeInclusive;

use crate::index::{Filter, Stems, first_day, glob, spellings, terms};
use crate::label::{DecidedBy, Kind, Label, Theme};
use crate::{Error, Result, Span};

/// Longest query, in characters.
pub const MAX_LENGTH: usize = 4096;
/// Deepest nesting of brackets and signs.
pub const MAX_DEPTH: usize = 32;
/// Most words, phrases and conditions.
pub const MAX_CLAUSES: usize = 256;

/// A query that has been understood.
///
/// ```
/// use delineate::search::Query;
///
/// let query: Query = r#"pricing AND (label:b2b OR "free trial"~3) -webinar"#.parse()?;
/// let wrong = "pricing AND".parse::<Query>().unwrap_err();
/// assert_eq!(wrong.to_string(), "query: a word is missing at its end, after `AND`");
/// # Ok::<(), delineate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) text: String,
    pub(super) root: Node,
}

impl Query {
    /// The query that finds every passage.
    pub fn all() -> Self {
        Self { text: "*".to_owned(), root: Node::All }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What asks for words, without what is unwanted.
    pub(super) fn leaves(&self) -> Vec<&Leaf> {
        let mut found = Vec::new();
        self.root.leaves(&mut found);
        found
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Query {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Parser::parse(text)
    }
}

/// A part of a query.
#[derive(Clone, Debug)]
pub(super) enum Node {
    All,
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Words(Leaf),
    Where(Condition),
}

impl Node {
    fn leaves<'a>(&'a self, found: &mut Vec<&'a Leaf>) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => {
                for node in nodes {
                    node.leaves(found);
                }
            }
            Self::Words(leaf) => found.push(leaf),
            Self::All | Self::Not(_) | Self::Where(_) => {}
        }
    }
}

/// Words to find, in their field.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) field: Field,
    pub(super) slots: Vec<Slot>,
    pub(super) order: Order,
    /// Where it stands in the query.
    pub(super) span: Span,
}

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Text, section or title.
    Any,
    Text,
    Section,
    Title,
}

/// How the words of a leaf stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// One after the other.
    Phrase,
    /// In any order, with at most so many other words between all of them.
    Near(u32),
}

/// What a word of the text has to be like.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// A form of the word: it has the word's stem, or that of its other spelling.
    Stem { stems: Vec<String>, word: String },
    /// This very word.
    Exact(String),
    /// A word that begins so.
    Prefix(String),
    /// This word with at most so many letters wrong.
    Fuzzy { word: String, distance: u8 },
}

impl Slot {
    fn stem(word: &str) -> Self {
        let stemmer = Stems::default();
        let mut stems = vec![stemmer.stem(word).into_owned()];
        for other in spellings(word) {
            let stem = stemmer.stem(&other);
            if !stems.iter().any(|known| *known == stem) {
                stems.push(stem.into_owned());
            }
        }
        Self::Stem { stems, word: word.to_owned() }
    }

    /// The word as it was asked for.
    pub(super) fn word(&self) -> &str {
        match self {
            Self::Stem { word, .. }
            | Self::Fuzzy { word, .. }
            | Self::Exact(word)
            | Self::Prefix(word) => word,
        }
    }
}

/// What has to hold of a passage beside its words.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// `None`: without a label.
    Label(Option<Label>),
    Kind(Kind),
    Theme(Theme),
    DecidedBy(DecidedBy),
    Confidence(RangeInclusive<f32>),
    /// What the article has to be like.
    Article(Filter),
}

/// The fields, as they are listed to the user.
const FIELDS: &str = "title, section, text, label, kind, theme, article, author, \
                      decided_by, confidence, date";

/// Furthest distance of a misspelt word.
const MAX_MISTAKES: u8 = 2;
/// Widest window of near words.
const MAX_NEAR: u8 = 100;
/// A prefix has at least so many letters: one letter stands for half the dictionary.
const MIN_PREFIX: usize = 2;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    clauses: usize,
    /// The last token that was read, for messages.
    last: Option<&'a str>,
}

impl<'a> Parser<'a> {
    fn parse(text: &'a str) -> Result<Query> {
        let length = text.chars().count();
        if length > MAX_LENGTH {
            return Err(Error::Query(format!(
                "query: {length} characters are too many, {MAX_LENGTH} are allowed"
            )));
        }
        let mut parser = Self { text, at: 0, depth: 0, clauses: 0, last: None };
        let root = parser.or(Field::Any)?;
        if parser.peek().is_some() {
            return Err(parser.wrong("`)` without `(`"));
        }
        let root = root.ok_or_else(|| {
            Error::Query("query: it holds no word; `*` finds everything".to_owned())
        })?;
        Ok(Query { text: text.to_owned(), root })
    }

    fn or(&mut self, field: Field) -> Result<Option<Node>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("nested deeper than {MAX_DEPTH}")));
        }
        let mut nodes = Vec::new();
        let mut first = self.and(field)?;
        if first.is_none() && self.word_ahead("OR") {
            return Err(self.wrong("a word is missing before `OR`"));
        }
        while self.take_word("OR") {
            nodes.extend(first.take());
            match self.and(field)? {
                Some(node) => nodes.push(node),
                None => return Err(self.wrong("a word is missing")),
            }
        }
        nodes.extend(first);
        self.depth -= 1;
        Ok(joined(nodes, Node::Or))
    }

    fn and(&mut self, field: Field) -> Result<Option<Node>> {
        let mut nodes = Vec::new();
        loop {
            if self.word_ahead("AND") {
                if nodes.is_empty() {
                    return Err(self.wrong("a word is missing before `AND`"));
                }
                self.take_word("AND");
                match self.not(field)? {
                    Some(node) => nodes.push(node),
                    None => return Err(self.wrong("a word is missing")),
                }
                continue;
            }
            if self.word_ahead("OR") {
                break;
            }
            match self.peek() {
                None | Some(')') => break,
                Some(_) => nodes.extend(self.not(field)?),
            }
        }
        Ok(joined(nodes, Node::And))
    }

    fn not(&mut self, field: Field) -> Result<Option<Node>> {
        let mut negative = false;
        let mut signed = 0;
        loop {
            if self.take_word("NOT") {
                negative = !negative;
            } else if self.sign_ahead('-') {
                self.take('-');
                negative = !negative;
            } else if self.sign_ahead('+') {
                self.take('+');
            } else {
                break;
            }
            signed += 1;
            if signed > MAX_DEPTH {
                return Err(
                    self.wrong(&format!("more than {MAX_DEPTH} signs in a row"))
                );
            }
        }
        let node = match self.peek() {
            None | Some(')') => None,
            Some(_) if self.word_ahead("AND") || self.word_ahead("OR") => None,
            Some(_) => self.one(field)?,
        };
        match node {
            None if signed > 0 => Err(self.wrong("a word is missing")),
            Some(node) if negative => Ok(Some(Node::Not(Box::new(node)))),
            node => Ok(node),
        }
    }

    fn one(&mut self, field: Field) -> Result<Option<Node>> {
        match self.peek() {
            Some('(') => {
                self.take('(');
                let node = self.or(field)?;
                if !self.take(')') {
                    return Err(self.wrong("`)` is missing"));
                }
                node.map_or_else(|| Err(self.wrong("a word is missing in `()`")), Ok)
                    .map(Some)
            }
            Some('"' | '\u{201c}' | '\u{201d}' | '\u{201e}') => self.phrase(field),
            Some('[' | ']' | '{' | '}') => {
                Err(self.wrong("a range stands after `confidence:` or `date:` only"))
            }
            _ => self.word(field),
        }
    }

    /// `"exact words"`, `"near words"~5`.
    fn phrase(&mut self, field: Field) -> Result<Option<Node>> {
        let start = self.at;
        let quote = self.next_char();
        let close = |c: char| match quote {
            Some('"') => c == '"',
            _ => matches!(c, '\u{201c}' | '\u{201d}' | '"'),
        };
        let inner = self.rest().split(close).next().unwrap_or_default();
        self.at += inner.len();
        if self.next_char().is_none() {
            self.at = start;
            return Err(self.wrong("the quotation mark is never closed"));
        }
        let order = match self.tilde(MAX_NEAR, MAX_NEAR / 10)? {
            None => Order::Phrase,
            Some(most) => Order::Near(u32::from(most)),
        };
        let slots: Vec<_> = terms(inner)
            .map(|(_, term)| match order {
                Order::Phrase => Slot::Exact(term.into_owned()),
                Order::Near(_) => Slot::stem(&term),
            })
            .collect();
        self.last = Some(&self.text[start..self.at]);
        if slots.is_empty() {
            self.at = start;
            return Err(self.wrong("there is no word between the quotation marks"));
        }
        self.leaf(field, slots, order, start)
    }

    /// A bare word, a prefix, a misspelt word, or a field with its value.
    fn word(&mut self, field: Field) -> Result<Option<Node>> {
        let start = self.at;
        let raw = self.bare();
        self.last = Some(raw);
        if self.rest().starts_with(':') && is_name(raw) {
            self.at += 1;
            return self.field(raw, start);
        }
        // A colon after anything else is part of the text: `12:30`.
        while self.rest().starts_with(':') {
            self.at += 1;
            self.bare();
        }
        let raw = &self.text[start..self.at];
        if raw == "*" {
            self.count()?;
            return Ok(Some(Node::All));
        }
        let (stem, star) = match raw.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (raw, false),
        };
        if stem.contains('*') {
            self.at = start;
            return Err(self.wrong("`*` stands at the end of a word only"));
        }
        let mistakes = if star { None } else { self.tilde(MAX_MISTAKES, 1)? };
        let words: Vec<_> = terms(stem).map(|(_, t)| t.into_owned()).collect();
        let (Some(last), true) = (words.last(), words.len() <= MAX_CLAUSES) else {
            if star || mistakes.is_some() {
                self.at = start;
                return Err(self.wrong("a word is missing before the sign"));
            }
            // A dash or slash between words says nothing.
            return Ok(None);
        };
        let last = match (star, mistakes) {
            (true, _) if last.chars().count() < MIN_PREFIX => {
                self.at = start;
                return Err(self.wrong(&format!(
                    "a word before `*` has {MIN_PREFIX} letters or more"
                )));
            }
            (true, _) => Slot::Prefix(last.clone()),
            (false, Some(distance)) => Slot::Fuzzy { word: last.clone(), distance },
            (false, None) => Slot::stem(last),
        };
        // `go-to-market` is several words for the index, and stays together.
        let mut slots: Vec<_> =
            words[..words.len() - 1].iter().map(|w| Slot::stem(w)).collect();
        slots.push(last);
        self.leaf(field, slots, Order::Phrase, start)
    }

    fn leaf(
        &mut self,
        field: Field,
        slots: Vec<Slot>,
        order: Order,
        start: usize,
    ) -> Result<Option<Node>> {
        for _ in 0..slots.len() {
            self.count()?;
        }
        let span = Span::new(start, self.at);
        Ok(Some(Node::Words(Leaf { field, slots, order, span })))
    }

    fn field(&mut self, name: &'a str, start: usize) -> Result<Option<Node>> {
        let field = match name.to_lowercase().as_str() {
            "text" => Some(Field::Text),
            "section" => Some(Field::Section),
            "title" => Some(Field::Title),
            _ => None,
        };
        if self.rest().starts_with(|c: char| c.is_whitespace())
            || self.rest().is_empty()
        {
            return Err(self.wrong(&format!("a value is missing after `{name}:`")));
        }
        if let Some(field) = field {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.wrong(&format!("nested deeper than {MAX_DEPTH}")));
            }
            let node = self.one(field)?;
            self.depth -= 1;
            return match node {
                None => Err(self.wrong(&format!("a word is missing after `{name}:`"))),
                node => Ok(node),
            };
        }
        self.count()?;
        let value_at = self.at;
        let condition = match name.to_lowercase().as_str() {
            "confidence" => self.confidence(name)?,
            "date" => self.date(name)?,
            "label" => match self.value() {
                "none" => Condition::Label(None),
                label => Condition::Label(Some(self.known(label, value_at)?)),
            },
            "kind" => {
                let kind = self.value();
                Condition::Kind(self.known(kind, value_at)?)
            }
            "theme" => {
                let theme = self.value();
                Condition::Theme(self.known(theme, value_at)?)
            }
            "decided_by" => Condition::DecidedBy(match self.value() {
                "model" => DecidedBy::Model,
                "person" => DecidedBy::Person,
                other => {
                    let what = format!("`{other}` is neither `model` nor `person`");
                    self.at = value_at;
                    return Err(self.wrong(&what));
                }
            }),
            "article" => {
                let pattern = self.value().to_owned();
                glob(&pattern).map_err(|e| self.at_value(value_at, &e))?;
                Condition::Article(Filter { article: Some(pattern), ..anything() })
            }
            "author" => {
                let author = Some(self.value().to_owned());
                Condition::Article(Filter { author, ..anything() })
            }
            _ => {
                self.at = start;
                return Err(self.wrong(&format!(
                    "there is no field `{name}` (there are {FIELDS}; quote the words to \
                     search for them)"
                )));
            }
        };
        Ok(Some(Node::Where(condition)))
    }

    fn confidence(&mut self, name: &str) -> Result<Condition> {
        let at = self.at;
        let (from, to) = self.range(name, "[0.8 TO 1]")?;
        let mut number = |text: Option<&str>, open: f32| match text {
            None => Ok(open),
            Some(text) => {
                text.parse().ok().filter(|n: &f32| n.is_finite()).ok_or_else(|| {
                    self.at = at;
                    self.wrong(&format!("`{text}` is no number"))
                })
            }
        };
        Ok(Condition::Confidence(number(from, 0.0)?..=number(to, 1.0)?))
    }

    /// One day, month or year, or a range of them.
    fn date(&mut self, name: &str) -> Result<Condition> {
        let at = self.at;
        let (from, to) = if self.rest().starts_with('[') {
            self.range(name, "[2020-01-01 TO *]")?
        } else {
            let day = Some(self.value());
            (day, day)
        };
        for date in from.iter().chain(&to) {
            first_day(date).map_err(|e| self.at_value(at, &e))?;
        }
        Ok(Condition::Article(Filter {
            since: from.map(str::to_owned),
            until: to.map(str::to_owned),
            ..anything()
        }))
    }

    /// `[from TO to]`, with `*` for an open end.
    fn range(
        &mut self,
        name: &str,
        example: &str,
    ) -> Result<(Option<&'a str>, Option<&'a str>)> {
        let inner = self.rest().strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let parts = inner.and_then(|(inner, _)| inner.split_once(" TO "));
        let (Some((inner, _)), Some((from, to))) = (inner, parts) else {
            return Err(
                self.wrong(&format!("after `{name}:` a range like `{example}` stands"))
            );
        };
        self.at += inner.len() + 2;
        let open = |end: &'a str| (end.trim() != "*").then_some(end.trim());
        Ok((open(from), open(to)))
    }

    /// The value of a field: in quotation marks or up to the next space or bracket.
    fn value(&mut self) -> &'a str {
        if let Some(inner) = self.rest().strip_prefix('"')
            && let Some((value, _)) = inner.split_once('"')
        {
            self.at += value.len() + 2;
            return value;
        }
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || c == ')' || c == '(');
        let value = &rest[..end.unwrap_or(rest.len())];
        self.at += value.len();
        value
    }

    fn known<T>(&mut self, word: &str, at: usize) -> Result<T>
    where
        T: std::str::FromStr<Err = crate::label::UnknownWord>,
    {
        word.parse().map_err(|unknown: crate::label::UnknownWord| {
            self.at = at;
            let what = format!("`{}` is none of {}", unknown.found, unknown.expected);
            self.wrong(&what)
        })
    }

    /// `~` and a number, `usual` where there is the sign alone.
    fn tilde(&mut self, most: u8, usual: u8) -> Result<Option<u8>> {
        let Some(rest) = self.rest().strip_prefix('~') else { return Ok(None) };
        let digits =
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = &rest[..digits];
        if number.is_empty() {
            self.at += 1;
            return Ok(Some(usual));
        }
        match number.parse() {
            Ok(n) if (1..=most).contains(&n) => {
                self.at += 1 + digits;
                Ok(Some(n))
            }
            _ => {
                Err(self
                    .wrong(&format!("after `~` a number from 1 to {most} stands here")))
            }
        }
    }

    /// Letters and signs up to what has a meaning of its own.
    fn bare(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| {
            c.is_whitespace()
                || matches!(c, '(' | ')' | '"' | ':' | '~' | '[' | ']' | '{' | '}')
                || matches!(c, '\u{201c}' | '\u{201d}')
        });
        let mut end = end.unwrap_or(rest.len());
        if end == 0 {
            // A sign that means nothing here is passed over.
            end = rest.chars().next().map_or(0, char::len_utf8);
        }
        self.at += end;
        &rest[..end]
    }

    fn count(&mut self) -> Result<()> {
        self.clauses += 1;
        if self.clauses > MAX_CLAUSES {
            return Err(
                self.wrong(&format!("more than {MAX_CLAUSES} words and conditions"))
            );
        }
        Ok(())
    }

    /// The next character that is not a space; the parser then stands at it.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.last = Some(&self.rest()[..wanted.len_utf8()]);
            self.at += wanted.len_utf8();
        }
        there
    }

    /// Whether a sign stands directly before a word, as `-` in `-free`.
    fn sign_ahead(&mut self, sign: char) -> bool {
        self.peek() == Some(sign)
            && self.rest()[sign.len_utf8()..].chars().next().is_some_and(|c| {
                c.is_alphanumeric()
                    || matches!(c, '(' | '"' | '-' | '+' | '*' | '\u{201c}')
            })
    }

    fn word_ahead(&mut self, word: &str) -> bool {
        self.peek();
        self.rest().strip_prefix(word).is_some_and(|rest| {
            rest.chars()
                .next()
                .is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
        })
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.word_ahead(word);
        if there {
            self.last = Some(&self.rest()[..word.len()]);
            self.at += word.len();
        }
        there
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn at_value(&mut self, at: usize, error: &Error) -> Error {
        self.at = at;
        self.wrong(&error.to_string())
    }

    /// What is wrong, and where: the character from 1 and what stands before it.
    fn wrong(&mut self, what: &str) -> Error {
        let number = self.text[..self.at].chars().count() + 1;
        let at_end = self.peek().is_none();
        let place = match (self.last, at_end) {
            (Some(last), true) => format!("at its end, after `{}`", shortened(last)),
            (None, true) => "at its end".to_owned(),
            (_, false) => {
                format!("at character {number}, before `{}`", shortened(self.rest()))
            }
        };
        Error::Query(format!("query: {what} {place}"))
    }
}

/// Near copies are the filter's business, not that of a condition.
fn anything() -> Filter {
    Filter { keep_duplicates: true, ..Filter::default() }
}

/// One node for several; none for none.
fn joined(mut nodes: Vec<Node>, join: fn(Vec<Node>) -> Node) -> Option<Node> {
    if nodes.len() < 2 { nodes.pop() } else { Some(join(nodes)) }
}

/// Whether it could be meant as a field's name.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The beginning of what may be long.
fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(20).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}
