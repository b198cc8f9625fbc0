//! What a report looks like before it has a format: rows of cells under columns.
//!
//! A type of row says its columns and gives its cells; [`csv`](super::csv),
//! [`xlsx`](super::xlsx) and [`html`](super::html) draw them, and JSON lines are the rows
//! themselves. What the rows count is the business of [`rows`](super::rows) and the other
//! modules.

use std::borrow::Cow;

use serde::Serialize;

use super::tally::LabelCounts;
use crate::label::Label;

/// A row of a report.
pub trait Row: Serialize {
    /// Its columns, in order. Columns are only ever added, at the end.
    const COLUMNS: &'static [Column];

    /// What the rows are, for a page's heading: `passages`, `articles`, …
    const WHAT: &'static str;

    /// The JSON Schema of its record in `docs/schema`, which also says what columns mean.
    const SCHEMA: &'static str;

    /// Its cells, one for each column.
    fn cells(&self) -> Vec<Cell<'_>>;

    /// How many passages of each label it stands for, where it stands for passages.
    fn labels(&self) -> LabelCounts {
        LabelCounts::default()
    }
}

impl<R: Row> Row for &R {
    const COLUMNS: &'static [Column] = R::COLUMNS;
    const WHAT: &'static str = R::WHAT;
    const SCHEMA: &'static str = R::SCHEMA;

    fn cells(&self) -> Vec<Cell<'_>> {
        R::cells(self)
    }

    fn labels(&self) -> LabelCounts {
        R::labels(self)
    }
}

/// A column of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name: that of the field in JSON.
    pub name: &'static str,
    /// What its cells hold.
    pub holds: Holds,
}

impl Column {
    /// A column of this name with such cells.
    pub const fn new(name: &'static str, holds: Holds) -> Self {
        Self { name, holds }
    }
}

/// What the cells of a column hold, which decides how they are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A name, a title: one line.
    Name,
    /// Sentences: lines are broken.
    Prose,
    /// One of few words, by which readers filter.
    Word,
    /// A number.
    Number,
    /// A part of a whole, from 0 to 1: people read it in percent.
    Share,
    /// A place in bytes, which only programs can use.
    Offset,
}

/// What each column of a row means, from its schema: `properties` has most, `x-columns`
/// those that are other in tables.
pub(super) fn meanings<R: Row>() -> Vec<String> {
    // A test reads every schema; an unreadable one would leave columns without meaning.
    let schema: serde_json::Value = serde_json::from_str(R::SCHEMA).unwrap_or_default();
    let meaning = |column: &Column| {
        let name = column.name;
        let in_tables = schema["x-columns"][name].as_str();
        let field = schema["properties"][name]["description"].as_str();
        in_tables.or(field).unwrap_or_default().to_owned()
    };
    R::COLUMNS.iter().map(meaning).collect()
}

/// A cell of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text of others, never to be interpreted.
    Text(Cow<'a, str>),
    /// A label, which is drawn in its colour.
    Label(Label),
    /// A word of ours.
    Word(&'static str),
    /// Yes or no.
    Flag(bool),
    /// A day, month or year as others state it, ISO 8601 where it is one.
    Date(&'a str),
    /// A count.
    Count(usize),
    /// A number.
    Number(f64),
}

impl<'a> Cell<'a> {
    /// Text of others, or nothing.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// Text of others where there is some.
    pub fn option(text: Option<&'a str>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    /// A date where there is one.
    pub fn date(date: Option<&'a str>) -> Self {
        date.filter(|date| !date.is_empty()).map_or(Self::Empty, Self::Date)
    }

    /// As written in CSV, without quotes and guards.
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Label(label) => Cow::Borrowed(label.as_str()),
            Self::Word(word) => Cow::Borrowed(word),
            Self::Date(date) => Cow::Borrowed(date),
            Self::Flag(true) => Cow::Borrowed("true"),
            Self::Flag(false) => Cow::Borrowed("false"),
            Self::Count(n) => Cow::Owned(n.to_string()),
            Self::Number(x) => Cow::Owned(number(*x)),
        }
    }
}

/// A number as short as its value allows, with an exponent only where it is tiny.
fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-5 { format!("{x:e}") } else { x.to_string() }
}

/// The number to five significant digits: what a report states, the same in every format.
pub fn rounded(x: f64) -> f64 {
    // Through text, since that rounds as a reader would.
    format!("{x:.4e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_meanings<R: Row>() {
        for (column, meaning) in R::COLUMNS.iter().zip(meanings::<R>()) {
            assert!(
                !meaning.is_empty(),
                "{} of {} has no meaning",
                column.name,
                R::WHAT
            );
        }
    }

    #[test]
    fn every_column_has_a_meaning() {
        use crate::report::{compare, concordance, rows, stats, words};
        check_meanings::<crate::record::Record>();
        check_meanings::<rows::ArticleRow>();
        check_meanings::<rows::ThemeRow>();
        check_meanings::<rows::MatrixRow>();
        check_meanings::<stats::StatRow>();
        check_meanings::<words::Keyword>();
        check_meanings::<concordance::Line>();
        check_meanings::<concordance::Collocate>();
        check_meanings::<compare::rows::ComparisonRow>();
    }

    #[test]
    fn numbers_are_short() {
        let shown = |x: f64| Cell::Number(rounded(x)).plain().into_owned();
        assert_eq!(shown(0.0), "0");
        assert_eq!(shown(1.0 / 3.0), "0.33333");
        assert_eq!(shown(f64::from(0.93_f32)), "0.93");
        assert_eq!(shown(12_345.678), "12346");
        assert_eq!(shown(-2.5), "-2.5");
        assert_eq!(shown(1.234_567e-12), "1.2346e-12");
    }
}
