//! A comparison as rows: one kind of row for its sides, themes, terms and passages, told
//! apart by `part`, so that one file holds it all.

use serde::Serialize;

use super::{Comparison, Quote, SIDES, ThemeDifference};
use crate::label::{Kind, Label, Theme};
use crate::report::interval::Estimate;
use crate::report::table::{Cell, Column, Holds, Row, rounded};
use crate::report::words::Keyword;

/// A row of a comparison. Which fields are filled depends on `part`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComparisonRow {
    /// `delineate.comparison/1`.
    pub schema: &'static str,
    /// `label`, `theme`, `term`, `representative`, `contrast` or `sameness`.
    pub part: &'static str,
    /// The label that is counted, whose term or whose passage it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Kind of a shared passage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// The term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// Whether the term is or holds a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<bool>,
    /// Passages of the label; B2B passages of the theme; occurrences of the term in B2B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b2b: Option<usize>,
    /// The same in B2C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b2c: Option<usize>,
    /// The same in shared passages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<usize>,
    /// Share of the theme among B2B passages, or of the label among all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_b2b: Option<Estimate>,
    /// The same among B2C passages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_b2c: Option<Estimate>,
    /// The share of shared passages among all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_shared: Option<Estimate>,
    /// `share_b2b - share_b2c`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Estimate>,
    /// Of a term: binary logarithm of the ratio of its rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_ratio: Option<f64>,
    /// The lower end of its interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_ratio_low: Option<f64>,
    /// Log-likelihood ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub g2: Option<f64>,
    /// False discovery rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<f64>,
    /// Articles of its side in which the term occurs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub articles: Option<usize>,
    /// Authors of its side who use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authors: Option<usize>,
    /// Deviation of proportions over the articles of its side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation_articles: Option<f64>,
    /// Of a passage: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// The article's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Headings above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passage: Option<usize>,
    /// Probability of its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Who wrote the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Day of publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Where it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Comparison {
    /// The comparison as rows: labels, themes, terms, passages.
    pub fn rows(&self) -> Vec<ComparisonRow> {
        let mut rows: Vec<_> = Label::ALL.map(|label| self.label_row(label)).into();
        rows.extend(self.themes.iter().map(theme_row));
        for (side, terms) in SIDES.into_iter().zip(&self.terms) {
            rows.extend(terms.iter().map(|term| term_row(side, term)));
        }
        for (side, names) in SIDES.into_iter().zip(&self.names) {
            rows.extend(names.iter().map(|term| term_row(side, term)));
        }
        let said = self.said.iter().flat_map(|said| said.b2b.iter().chain(&said.b2c));
        rows.extend(said.map(|quote| quote_row("representative", quote)));
        rows.extend(self.contrasts.iter().map(|quote| quote_row("contrast", quote)));
        rows.extend(self.samenesses.iter().map(|quote| quote_row("sameness", quote)));
        rows
    }

    fn label_row(&self, label: Label) -> ComparisonRow {
        let mut row = ComparisonRow { label: Some(label), ..part("label") };
        let (count, share) =
            (Some(self.counts.with(label)), Some(self.shares[label as usize]));
        match label {
            Label::B2b => (row.b2b, row.share_b2b) = (count, share),
            Label::B2c => (row.b2c, row.share_b2c) = (count, share),
            Label::Shared => (row.shared, row.share_shared) = (count, share),
        }
        row
    }
}

fn part(part: &'static str) -> ComparisonRow {
    ComparisonRow { schema: "delineate.comparison/1", part, ..ComparisonRow::default() }
}

fn theme_row(theme: &ThemeDifference) -> ComparisonRow {
    ComparisonRow {
        theme: Some(theme.theme),
        b2b: Some(theme.b2b),
        b2c: Some(theme.b2c),
        shared: Some(theme.shared),
        share_b2b: Some(theme.share_b2b),
        share_b2c: Some(theme.share_b2c),
        difference: Some(theme.difference),
        ..part("theme")
    }
}

fn term_row(side: Label, term: &Keyword) -> ComparisonRow {
    let (b2b, b2c) = match side {
        Label::B2c => (term.count_against, term.count),
        _ => (term.count, term.count_against),
    };
    ComparisonRow {
        label: Some(side),
        term: Some(term.term.clone()),
        name: Some(term.name),
        b2b: Some(b2b),
        b2c: Some(b2c),
        log_ratio: Some(term.log_ratio),
        log_ratio_low: Some(term.log_ratio_low),
        g2: Some(term.g2),
        q: Some(term.q),
        articles: Some(term.articles),
        authors: Some(term.authors),
        deviation_articles: Some(term.deviation_articles),
        ..part("term")
    }
}

fn quote_row(name: &'static str, quote: &Quote) -> ComparisonRow {
    ComparisonRow {
        label: quote.label,
        kind: quote.kind,
        theme: quote.theme,
        id: Some(quote.id.clone()),
        article: Some(quote.article.clone()),
        title: Some(quote.title.clone()),
        section: Some(quote.section.clone()),
        passage: Some(quote.passage),
        confidence: quote.confidence.map(|c| rounded(f64::from(c))),
        author: quote.author.clone(),
        date: quote.date.clone(),
        url: quote.url.clone(),
        text: Some(quote.text.clone()),
        ..part(name)
    }
}

impl Row for ComparisonRow {
    const WHAT: &'static str = "findings";

    const SCHEMA: &'static str = include_str!("../../../docs/schema/comparison.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("part", Holds::Word),
        Column::new("label", Holds::Word),
        Column::new("kind", Holds::Word),
        Column::new("theme", Holds::Word),
        Column::new("term", Holds::Name),
        Column::new("b2b", Holds::Number),
        Column::new("b2c", Holds::Number),
        Column::new("shared", Holds::Number),
        Column::new("share_b2b", Holds::Share),
        Column::new("share_b2b_low", Holds::Share),
        Column::new("share_b2b_high", Holds::Share),
        Column::new("share_b2c", Holds::Share),
        Column::new("share_b2c_low", Holds::Share),
        Column::new("share_b2c_high", Holds::Share),
        Column::new("share_shared", Holds::Share),
        Column::new("share_shared_low", Holds::Share),
        Column::new("share_shared_high", Holds::Share),
        Column::new("difference", Holds::Number),
        Column::new("difference_low", Holds::Number),
        Column::new("difference_high", Holds::Number),
        Column::new("log_ratio", Holds::Number),
        Column::new("log_ratio_low", Holds::Number),
        Column::new("g2", Holds::Number),
        Column::new("q", Holds::Number),
        Column::new("articles", Holds::Number),
        Column::new("authors", Holds::Number),
        Column::new("deviation_articles", Holds::Number),
        Column::new("id", Holds::Name),
        Column::new("article", Holds::Name),
        Column::new("title", Holds::Name),
        Column::new("section", Holds::Name),
        Column::new("passage", Holds::Number),
        Column::new("confidence", Holds::Number),
        Column::new("author", Holds::Name),
        Column::new("date", Holds::Name),
        Column::new("url", Holds::Name),
        Column::new("text", Holds::Prose),
        Column::new("name", Holds::Word),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        let count = |n: Option<usize>| n.map_or(Cell::Empty, Cell::Count);
        let number = |x: Option<f64>| x.map_or(Cell::Empty, Cell::Number);
        let text = |t: &'_ Option<String>| t.clone().map_or(Cell::Empty, Cell::text);
        let estimate = |e: Option<Estimate>| {
            [
                number(e.map(|e| e.value)),
                number(e.map(|e| e.low)),
                number(e.map(|e| e.high)),
            ]
        };
        let mut cells = vec![
            Cell::Word(self.part),
            self.label.map_or(Cell::Empty, Cell::Label),
            self.kind.map_or(Cell::Empty, |k| Cell::Word(k.as_str())),
            self.theme.map_or(Cell::Empty, |t| Cell::Word(t.as_str())),
            text(&self.term),
            count(self.b2b),
            count(self.b2c),
            count(self.shared),
        ];
        for share in
            [self.share_b2b, self.share_b2c, self.share_shared, self.difference]
        {
            cells.extend(estimate(share));
        }
        cells.extend([
            number(self.log_ratio),
            number(self.log_ratio_low),
            number(self.g2),
            number(self.q),
            count(self.articles),
            count(self.authors),
            number(self.deviation_articles),
            text(&self.id),
            text(&self.article),
            text(&self.title),
            text(&self.section),
            count(self.passage),
            number(self.confidence),
            text(&self.author),
            text(&self.date),
            text(&self.url),
            text(&self.text),
            self.name
                .map_or(Cell::Empty, |n| Cell::Word(if n { "true" } else { "false" })),
        ]);
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::record;

    #[test]
    fn every_kind_of_row_has_a_cell_for_each_column() {
        let record = record("a.md", 1, Some(Label::B2b), Theme::Pricing, "Text.");
        let rows = [part("label"), quote_row("contrast", &Quote::from(&record))];
        for row in rows {
            assert_eq!(row.cells().len(), ComparisonRow::COLUMNS.len());
        }
    }

    #[test]
    fn counts_of_terms_stand_under_their_label() {
        let keyword = Keyword {
            schema: "",
            term: "streak".into(),
            size: 1,
            name: false,
            count: 9,
            count_against: 2,
            rate: 0.0,
            rate_against: 0.0,
            log_ratio: 0.0,
            log_ratio_low: 0.0,
            g2: 0.0,
            q: 0.0,
            articles: 0,
            articles_against: 0,
            authors: 0,
            authors_against: 0,
            deviation_articles: 0.0,
            deviation_authors: 0.0,
        };
        let row = term_row(Label::B2c, &keyword);
        assert_eq!((row.b2b, row.b2c), (Some(2), Some(9)));
    }
}
