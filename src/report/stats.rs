//! Passages counted by label for each theme, article, year, author, format or section.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::table::{Cell, Column, Holds, Row};
use super::tally::LabelCounts;
use crate::label::{Label, Theme};
use crate::record::Record;

/// By what passages are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// All together.
    All,
    /// What they are about.
    Theme,
    /// The article they stand in.
    Article,
    /// The year of publication.
    Year,
    /// Who wrote the article.
    Author,
    /// The format of the file.
    Format,
    /// The headings they stand under.
    Section,
}

impl By {
    /// As written in flags and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Theme => "theme",
            Self::Article => "article",
            Self::Year => "year",
            Self::Author => "author",
            Self::Format => "format",
            Self::Section => "section",
        }
    }

    /// The key of a passage; `None` where its article does not say.
    fn key(self, record: &Record) -> Option<String> {
        let known = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        match self {
            Self::All => Some(String::new()),
            Self::Theme => record.theme.map(|t| t.to_string()),
            Self::Article => known(&record.article),
            Self::Year => {
                record.date.as_deref().and_then(|d| d.get(..4)).map(str::to_owned)
            }
            Self::Author => record.author.as_deref().and_then(known),
            Self::Format => known(&record.format),
            Self::Section => known(&record.section),
        }
    }
}

/// The counts for one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatRow {
    /// `delineate.stats/1`.
    pub schema: &'static str,
    /// By what is counted: `theme`, `year`, …
    pub by: &'static str,
    /// Which of them; `null` where the articles do not say.
    pub key: Option<String>,
    /// Articles.
    pub articles: usize,
    /// Passages.
    pub passages: usize,
    /// B2B passages.
    pub b2b: usize,
    /// B2C passages.
    pub b2c: usize,
    /// Shared passages.
    pub shared: usize,
    /// Those of the shared that contrast the two.
    pub contrast: usize,
    /// Passages without a label.
    pub unlabelled: usize,
    /// Labelled passages that a person should look at.
    pub unsure: usize,
    /// Share of B2B among the labelled.
    pub share_b2b: f64,
    /// Share of B2C among the labelled.
    pub share_b2c: f64,
    /// Share of shared among the labelled.
    pub share_shared: f64,
    /// By article: its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl StatRow {
    fn new(by: By, key: Option<String>, counts: &LabelCounts, articles: usize) -> Self {
        Self {
            schema: "delineate.stats/1",
            by: by.as_str(),
            key: key.filter(|_| by != By::All),
            articles,
            passages: counts.passages(),
            b2b: counts.b2b,
            b2c: counts.b2c,
            shared: counts.shared,
            contrast: counts.contrast,
            unlabelled: counts.unlabelled,
            unsure: counts.unsure,
            share_b2b: counts.share(Label::B2b),
            share_b2c: counts.share(Label::B2c),
            share_shared: counts.share(Label::Shared),
            title: None,
        }
    }
}

impl Row for StatRow {
    const WHAT: &'static str = "counts";

    const SCHEMA: &'static str = include_str!("../../docs/schema/stats.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("by", Holds::Word),
        Column::new("key", Holds::Name),
        Column::new("articles", Holds::Number),
        Column::new("passages", Holds::Number),
        Column::new("b2b", Holds::Number),
        Column::new("b2c", Holds::Number),
        Column::new("shared", Holds::Number),
        Column::new("contrast", Holds::Number),
        Column::new("unlabelled", Holds::Number),
        Column::new("unsure", Holds::Number),
        Column::new("share_b2b", Holds::Share),
        Column::new("share_b2c", Holds::Share),
        Column::new("share_shared", Holds::Share),
        Column::new("title", Holds::Name),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Word(self.by),
            Cell::option(self.key.as_deref()),
            Cell::Count(self.articles),
            Cell::Count(self.passages),
            Cell::Count(self.b2b),
            Cell::Count(self.b2c),
            Cell::Count(self.shared),
            Cell::Count(self.contrast),
            Cell::Count(self.unlabelled),
            Cell::Count(self.unsure),
            Cell::Number(self.share_b2b),
            Cell::Number(self.share_b2c),
            Cell::Number(self.share_shared),
            Cell::option(self.title.as_deref()),
        ]
    }

    fn labels(&self) -> LabelCounts {
        LabelCounts {
            b2b: self.b2b,
            b2c: self.b2c,
            shared: self.shared,
            contrast: self.contrast,
            unlabelled: self.unlabelled,
            unsure: self.unsure,
        }
    }
}

/// Counts by each of `by`, in their order. Themes come in the codebook's order, years in
/// time's, all else by the number of passages, most first; passages without a key are last.
///
/// # Errors
/// The first error among the records.
pub fn stats<E>(
    records: impl Iterator<Item = Result<Record, E>>,
    by: &[By],
) -> Result<Vec<StatRow>, E> {
    type Keys = BTreeMap<Option<String>, (LabelCounts, BTreeSet<u32>)>;
    let mut tables: Vec<Keys> = vec![BTreeMap::new(); by.len()];
    // Number and title of each.
    let mut articles: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for record in records {
        let record = record?;
        let next = u32::try_from(articles.len()).unwrap_or(u32::MAX);
        let article = if let Some(known) = articles.get(&record.article) {
            known.0
        } else {
            articles.insert(record.article.clone(), (next, record.title.clone()));
            next
        };
        for (by, table) in by.iter().zip(&mut tables) {
            let (counts, articles) = table.entry(by.key(&record)).or_default();
            *counts += LabelCounts::of(&record);
            articles.insert(article);
        }
    }
    let mut rows = Vec::new();
    for (&by, table) in by.iter().zip(tables) {
        let from = rows.len();
        rows.extend(
            table.into_iter().map(|(key, (c, a))| StatRow::new(by, key, &c, a.len())),
        );
        let rows = &mut rows[from..];
        if by == By::Article {
            for row in &mut *rows {
                let known = row.key.as_ref().and_then(|key| articles.get(key));
                row.title = known.map(|known| known.1.clone());
            }
        }
        rows.sort_by_key(|row: &StatRow| match by {
            By::Theme => theme_place(row.key.as_deref()),
            By::Year | By::All => 0,
            _ => usize::MAX - row.passages,
        });
        // A stable sort: what has no key goes last, all else stays.
        rows.sort_by_key(|row| row.key.is_none());
    }
    Ok(rows)
}

fn theme_place(theme: Option<&str>) -> usize {
    Theme::ALL
        .iter()
        .position(|t| Some(t.as_str()) == theme)
        .unwrap_or(Theme::ALL.len())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::report::sample::record;

    #[track_caller]
    fn check(by: By, expected: &[(Option<&str>, usize, usize)]) {
        let mut records = vec![
            record("a.md", 1, Some(Label::B2b), Theme::Pricing, "Seats."),
            record("a.md", 2, Some(Label::B2c), Theme::Acquisition, "Coins."),
            record("b.md", 1, Some(Label::B2b), Theme::Pricing, "Accounts."),
            record("b.md", 2, None, Theme::Pricing, "Preise."),
        ];
        for record in &mut records[2..] {
            record.author = Some("Ann".into());
            record.date = Some("2023-05-01".into());
        }
        let all = records.into_iter().map(Ok::<_, Infallible>);
        let rows = stats(all, &[by]).unwrap();
        let found: Vec<_> =
            rows.iter().map(|r| (r.key.as_deref(), r.passages, r.articles)).collect();
        assert_eq!(found, expected, "by {}", by.as_str());
    }

    #[test]
    fn passages_are_counted_by_what_is_asked() {
        check(By::All, &[(None, 4, 2)]);
        check(
            By::Theme,
            &[(Some("acquisition"), 1, 1), (Some("pricing"), 2, 2), (None, 1, 1)],
        );
        check(By::Article, &[(Some("a.md"), 2, 1), (Some("b.md"), 2, 1)]);
        check(By::Year, &[(Some("2023"), 2, 1), (None, 2, 1)]);
        check(By::Author, &[(Some("Ann"), 2, 1), (None, 2, 1)]);
        check(By::Format, &[(Some("markdown"), 4, 2)]);
        check(By::Section, &[(None, 4, 2)]);
    }
}
