//! The rows of `export`: passages, articles, themes, and articles against themes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;

use super::table::{Cell, Column, Holds, Row, rounded};
use super::tally::{LabelCounts, share};
use crate::article::Place;
use crate::label::{Evidence, Label, Theme};
use crate::record::Record;
use crate::search::HitRecord;

use Holds::{Name, Number, Offset, Prose, Share, Word};

impl Row for Record {
    const WHAT: &'static str = "passages";

    const SCHEMA: &'static str = include_str!("../../docs/schema/passage.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("id", Name),
        Column::new("article", Name),
        Column::new("title", Name),
        Column::new("section", Name),
        Column::new("passage", Number),
        Column::new("start", Offset),
        Column::new("end", Offset),
        Column::new("text", Prose),
        Column::new("label", Word),
        Column::new("kind", Word),
        Column::new("theme", Word),
        Column::new("confidence", Number),
        Column::new("probability_b2b", Number),
        Column::new("probability_b2c", Number),
        Column::new("probability_shared", Number),
        Column::new("decided_by", Word),
        Column::new("unsure", Word),
        Column::new("unlabelled", Word),
        Column::new("evidence", Prose),
        Column::new("author", Name),
        Column::new("date", Name),
        Column::new("url", Name),
        Column::new("language", Word),
        Column::new("format", Word),
        Column::new("place", Name),
        Column::new("copy_of", Name),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        let probability = |label| {
            let of = |p: &crate::label::Probabilities| f64::from(p.of(label));
            self.probabilities
                .as_ref()
                .map_or(Cell::Empty, |p| Cell::Number(rounded(of(p))))
        };
        vec![
            Cell::text(self.id.as_str()),
            Cell::text(&self.article),
            Cell::text(&self.title),
            Cell::text(&self.section),
            Cell::Count(self.passage),
            Cell::Count(self.start),
            Cell::Count(self.end),
            Cell::text(&self.text),
            self.label.map_or(Cell::Empty, Cell::Label),
            self.kind.map_or(Cell::Empty, |k| Cell::Word(k.as_str())),
            self.theme.map_or(Cell::Empty, |t| Cell::Word(t.as_str())),
            self.confidence
                .map_or(Cell::Empty, |c| Cell::Number(rounded(f64::from(c)))),
            probability(Label::B2b),
            probability(Label::B2c),
            probability(Label::Shared),
            self.decided_by.map_or(Cell::Empty, |d| Cell::Word(d.as_str())),
            Cell::Flag(self.unsure),
            Cell::option(self.unlabelled.as_deref()),
            Cell::text(shown_evidence(&self.evidence)),
            Cell::option(self.author.as_deref()),
            Cell::date(self.date.as_deref()),
            Cell::option(self.url.as_deref()),
            Cell::option(self.language.as_deref()),
            Cell::text(&self.format),
            Cell::text(self.place.as_ref().map(shown_place).unwrap_or_default()),
            Cell::option(self.copy_of.as_deref()),
        ]
    }

    fn labels(&self) -> LabelCounts {
        LabelCounts::of(self)
    }
}

impl Row for HitRecord<'_> {
    const WHAT: &'static str = "passages";

    const SCHEMA: &'static str = include_str!("../../docs/schema/hit.json");

    const COLUMNS: &'static [Column] = &{
        let mut columns =
            [Column::new("score", Number); <Record as Row>::COLUMNS.len() + 5];
        let mut at = 0;
        while at < <Record as Row>::COLUMNS.len() {
            columns[at] = <Record as Row>::COLUMNS[at];
            at += 1;
        }
        columns[at + 1] = Column::new("highlights", Offset);
        columns[at + 2] = Column::new("copies", Name);
        columns[at + 3] = Column::new("before", Prose);
        columns[at + 4] = Column::new("after", Prose);
        columns
    };

    fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells = self.record.cells();
        let spans = self.highlights.iter().map(|[start, end]| format!("{start}-{end}"));
        cells.push(Cell::Number(rounded(f64::from(self.score))));
        cells.push(Cell::text(spans.collect::<Vec<_>>().join(" ")));
        cells.push(Cell::text(self.copies.join(", ")));
        for neighbours in [&self.before, &self.after] {
            cells.push(Cell::text(
                neighbours.as_deref().unwrap_or_default().join("\n\n"),
            ));
        }
        cells
    }

    fn labels(&self) -> LabelCounts {
        self.record.labels()
    }
}

/// Reasons that a cell holds: more than anybody reads in a sheet, and JSON has all.
const REASONS: usize = 5;

/// The strongest evidence for the eye, sums of small reasons left out: `buying committee (cue b2b +1.42); …`.
fn shown_evidence(evidence: &[Evidence]) -> String {
    let mut out = String::new();
    let named = evidence.iter().filter(|e| !matches!(&*e.source, "rest" | "prior"));
    for Evidence { what, source, side, weight, .. } in named.take(REASONS) {
        if !out.is_empty() {
            out.push_str("; ");
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "{what} ({source} {side} {weight:+.2})");
    }
    out
}

fn shown_place(place: &Place) -> String {
    match place {
        Place::Page(page) => format!("page {page}"),
        Place::Chapter(chapter) => chapter.clone(),
    }
}

/// One article with its passages counted by label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArticleRow {
    /// `delineate.article/1`.
    pub schema: &'static str,
    /// The article's name.
    pub article: String,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// Day of publication.
    pub date: Option<String>,
    /// The file's format.
    pub format: String,
    /// Its passages that were counted.
    pub passages: usize,
    /// Its B2B passages.
    pub b2b: usize,
    /// Its B2C passages.
    pub b2c: usize,
    /// Its shared passages.
    pub shared: usize,
    /// Those of the shared that contrast the two.
    pub contrast: usize,
    /// Its passages without a label.
    pub unlabelled: usize,
    /// Its labelled passages that a person should look at.
    pub unsure: usize,
    /// Share of B2B among the labelled.
    pub share_b2b: f64,
    /// Share of B2C among the labelled.
    pub share_b2c: f64,
    /// Share of shared among the labelled.
    pub share_shared: f64,
    /// Where it was published.
    pub url: Option<String>,
    /// Its language.
    pub language: Option<String>,
}

impl ArticleRow {
    fn new(record: &Record) -> Self {
        Self {
            schema: "delineate.article/1",
            article: record.article.clone(),
            title: record.title.clone(),
            author: record.author.clone(),
            date: record.date.clone(),
            format: record.format.clone(),
            passages: 0,
            b2b: 0,
            b2c: 0,
            shared: 0,
            contrast: 0,
            unlabelled: 0,
            unsure: 0,
            share_b2b: 0.0,
            share_b2c: 0.0,
            share_shared: 0.0,
            url: record.url.clone(),
            language: record.language.clone(),
        }
    }

    fn set(&mut self, counts: LabelCounts) {
        self.passages = counts.passages();
        self.b2b = counts.b2b;
        self.b2c = counts.b2c;
        self.shared = counts.shared;
        self.contrast = counts.contrast;
        self.unlabelled = counts.unlabelled;
        self.unsure = counts.unsure;
        self.share_b2b = counts.share(Label::B2b);
        self.share_b2c = counts.share(Label::B2c);
        self.share_shared = counts.share(Label::Shared);
    }
}

impl Row for ArticleRow {
    const WHAT: &'static str = "articles";

    const SCHEMA: &'static str = include_str!("../../docs/schema/article.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("article", Name),
        Column::new("title", Name),
        Column::new("author", Name),
        Column::new("date", Name),
        Column::new("format", Word),
        Column::new("passages", Number),
        Column::new("b2b", Number),
        Column::new("b2c", Number),
        Column::new("shared", Number),
        Column::new("contrast", Number),
        Column::new("unlabelled", Number),
        Column::new("unsure", Number),
        Column::new("share_b2b", Share),
        Column::new("share_b2c", Share),
        Column::new("share_shared", Share),
        Column::new("url", Name),
        Column::new("language", Word),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::text(&self.article),
            Cell::text(&self.title),
            Cell::option(self.author.as_deref()),
            Cell::date(self.date.as_deref()),
            Cell::text(&self.format),
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
            Cell::option(self.url.as_deref()),
            Cell::option(self.language.as_deref()),
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

/// One row for each run of records of one article.
pub fn articles<E>(
    records: impl Iterator<Item = Result<Record, E>>,
) -> impl Iterator<Item = Result<ArticleRow, E>> {
    by_article(records, |records: Vec<Record>| {
        let mut counts = LabelCounts::default();
        for record in &records {
            counts += LabelCounts::of(record);
        }
        let mut row = ArticleRow::new(&records[0]);
        row.set(counts);
        row
    })
}

/// Makes something of each run of records of one article, none of which is empty.
fn by_article<T, E>(
    records: impl Iterator<Item = Result<Record, E>>,
    make: impl Fn(Vec<Record>) -> T,
) -> impl Iterator<Item = Result<T, E>> {
    let mut records = records.peekable();
    std::iter::from_fn(move || {
        let first = match records.next()? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let mut run = vec![first];
        while let Some(next) =
            records.next_if(|n| n.as_ref().is_ok_and(|n| n.article == run[0].article))
        {
            match next {
                Ok(next) => run.push(next),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(make(run)))
    })
}

/// One theme with its passages counted by label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThemeRow {
    /// `delineate.theme/1`.
    pub schema: &'static str,
    /// The theme.
    pub theme: Theme,
    /// Articles that have a passage on it.
    pub articles: usize,
    /// Its passages.
    pub passages: usize,
    /// Its B2B passages.
    pub b2b: usize,
    /// Its B2C passages.
    pub b2c: usize,
    /// Its shared passages.
    pub shared: usize,
    /// Those of the shared that contrast the two.
    pub contrast: usize,
    /// Share of B2B.
    pub share_b2b: f64,
    /// Share of B2C.
    pub share_b2c: f64,
    /// Share of shared.
    pub share_shared: f64,
    /// Share of the theme among all labelled passages.
    pub share_of_all: f64,
}

impl Row for ThemeRow {
    const WHAT: &'static str = "themes";

    const SCHEMA: &'static str = include_str!("../../docs/schema/theme.json");

    const COLUMNS: &'static [Column] = &[
        Column::new("theme", Word),
        Column::new("articles", Number),
        Column::new("passages", Number),
        Column::new("b2b", Number),
        Column::new("b2c", Number),
        Column::new("shared", Number),
        Column::new("contrast", Number),
        Column::new("share_b2b", Share),
        Column::new("share_b2c", Share),
        Column::new("share_shared", Share),
        Column::new("share_of_all", Share),
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Word(self.theme.as_str()),
            Cell::Count(self.articles),
            Cell::Count(self.passages),
            Cell::Count(self.b2b),
            Cell::Count(self.b2c),
            Cell::Count(self.shared),
            Cell::Count(self.contrast),
            Cell::Number(self.share_b2b),
            Cell::Number(self.share_b2c),
            Cell::Number(self.share_shared),
            Cell::Number(self.share_of_all),
        ]
    }

    fn labels(&self) -> LabelCounts {
        LabelCounts {
            b2b: self.b2b,
            b2c: self.b2c,
            shared: self.shared,
            contrast: self.contrast,
            ..LabelCounts::default()
        }
    }
}

/// A row for each theme, in the codebook's order, also for themes that nobody wrote on.
///
/// # Errors
/// The first error among the records.
pub fn themes<E>(
    records: impl Iterator<Item = Result<Record, E>>,
) -> Result<Vec<ThemeRow>, E> {
    let mut counts: BTreeMap<Theme, (LabelCounts, BTreeSet<String>)> = BTreeMap::new();
    for record in records {
        let record = record?;
        if let Some(theme) = record.theme {
            let (count, articles) = counts.entry(theme).or_default();
            *count += LabelCounts::of(&record);
            if !articles.contains(&record.article) {
                articles.insert(record.article);
            }
        }
    }
    let all = counts.values().map(|(c, _)| c.labelled()).sum();
    let row = |theme| {
        let (counts, articles) = counts.remove(&theme).unwrap_or_default();
        ThemeRow {
            schema: "delineate.theme/1",
            theme,
            articles: articles.len(),
            passages: counts.passages(),
            b2b: counts.b2b,
            b2c: counts.b2c,
            shared: counts.shared,
            contrast: counts.contrast,
            share_b2b: counts.share(Label::B2b),
            share_b2c: counts.share(Label::B2c),
            share_shared: counts.share(Label::Shared),
            share_of_all: share(counts.labelled(), all),
        }
    };
    Ok(Theme::ALL.map(row).into())
}

/// One article against all themes and labels: a table of numbers for further analysis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixRow {
    /// `delineate.matrix/1`.
    pub schema: &'static str,
    /// The article's name.
    pub article: String,
    /// Its title.
    pub title: String,
    /// Passages by theme and label, every one of them named.
    pub themes: BTreeMap<Theme, ByLabel>,
}

/// A count for each label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ByLabel {
    /// B2B passages.
    pub b2b: usize,
    /// B2C passages.
    pub b2c: usize,
    /// Shared passages.
    pub shared: usize,
}

impl ByLabel {
    fn count(&mut self, label: Label) {
        match label {
            Label::B2b => self.b2b += 1,
            Label::B2c => self.b2c += 1,
            Label::Shared => self.shared += 1,
        }
    }
}

/// `article`, `title` and a column for each theme and label.
macro_rules! matrix_columns {
    ($($theme:literal),*) => {
        &[
            Column::new("article", Name),
            Column::new("title", Name),
            $(
                Column::new(concat!($theme, "_b2b"), Number),
                Column::new(concat!($theme, "_b2c"), Number),
                Column::new(concat!($theme, "_shared"), Number),
            )*
        ]
    };
}

impl Row for MatrixRow {
    const WHAT: &'static str = "articles against themes";

    const SCHEMA: &'static str = include_str!("../../docs/schema/matrix.json");

    const COLUMNS: &'static [Column] = matrix_columns!(
        "acquisition",
        "onboarding",
        "engagement",
        "pricing",
        "research",
        "analytics",
        "design",
        "roadmap",
        "customers",
        "platform",
        "support",
        "strategy",
        "team"
    );

    fn cells(&self) -> Vec<Cell<'_>> {
        let counts = self.themes.values().flat_map(|t| [t.b2b, t.b2c, t.shared]);
        [Cell::text(&self.article), Cell::text(&self.title)]
            .into_iter()
            .chain(counts.map(Cell::Count))
            .collect()
    }

    fn labels(&self) -> LabelCounts {
        let mut counts = LabelCounts::default();
        for theme in self.themes.values() {
            counts.b2b += theme.b2b;
            counts.b2c += theme.b2c;
            counts.shared += theme.shared;
        }
        counts
    }
}

/// One row for each run of records of one article, counted by theme and label.
pub fn matrix<E>(
    records: impl Iterator<Item = Result<Record, E>>,
) -> impl Iterator<Item = Result<MatrixRow, E>> {
    by_article(records, |records: Vec<Record>| {
        let mut themes: BTreeMap<_, _> =
            Theme::ALL.map(|theme| (theme, ByLabel::default())).into();
        for record in &records {
            if let (Some(theme), Some(label)) = (record.theme, record.label) {
                themes.entry(theme).or_default().count(label);
            }
        }
        MatrixRow {
            schema: "delineate.matrix/1",
            article: records[0].article.clone(),
            title: records[0].title.clone(),
            themes,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::report::sample::record;

    fn all(records: Vec<Record>) -> impl Iterator<Item = Result<Record, Infallible>> {
        records.into_iter().map(Ok)
    }

    fn some() -> Vec<Record> {
        vec![
            record("a.md", 1, Some(Label::B2b), Theme::Pricing, "Seats are counted."),
            record("a.md", 2, Some(Label::B2c), Theme::Pricing, "Coins are bought."),
            record("a.md", 3, None, Theme::Pricing, "Preise steigen."),
            record("b.md", 1, Some(Label::B2b), Theme::Support, "Accounts call."),
        ]
    }

    #[test]
    fn an_article_counts_its_passages_by_label() {
        let rows: Vec<_> = articles(all(some())).map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        let (a, b) = (&rows[0], &rows[1]);
        assert_eq!((a.passages, a.b2b, a.b2c, a.shared, a.unlabelled), (3, 1, 1, 0, 1));
        assert!((a.share_b2b - 0.5).abs() < 1e-9, "shares are of the labelled");
        assert_eq!((b.article.as_str(), b.passages, b.b2b), ("b.md", 1, 1));
    }

    #[test]
    fn every_theme_has_its_row() {
        let rows = themes(all(some())).unwrap();
        assert_eq!(rows.len(), Theme::ALL.len());
        let pricing = rows.iter().find(|r| r.theme == Theme::Pricing).unwrap();
        assert_eq!((pricing.b2b, pricing.b2c, pricing.articles), (1, 1, 1));
        assert!((pricing.share_of_all - 0.66667).abs() < 1e-9);
    }

    #[test]
    fn the_matrix_has_a_column_for_each_theme_and_label() {
        let rows: Vec<_> = matrix(all(some())).map(Result::unwrap).collect();
        let names: Vec<_> = MatrixRow::COLUMNS.iter().skip(2).map(|c| c.name).collect();
        let expected: Vec<_> = Theme::ALL
            .iter()
            .flat_map(|t| Label::ALL.map(|l| format!("{t}_{l}")))
            .collect();
        assert_eq!(names, expected);
        let cells = rows[0].cells();
        assert_eq!(cells.len(), MatrixRow::COLUMNS.len());
        let at = names.iter().position(|n| *n == "pricing_b2c").unwrap();
        assert_eq!(cells[at + 2], Cell::Count(1));
    }

    #[test]
    fn rows_have_a_cell_for_each_column() {
        let record = &some()[0];
        assert_eq!(record.cells().len(), Record::COLUMNS.len());
        let article = articles(all(some())).next().unwrap().unwrap();
        assert_eq!(article.cells().len(), ArticleRow::COLUMNS.len());
        let theme = &themes(all(some())).unwrap()[0];
        assert_eq!(theme.cells().len(), ThemeRow::COLUMNS.len());
    }

    #[test]
    fn an_error_among_the_records_is_handed_on() {
        let records = [Ok(some().remove(0)), Err("torn")].into_iter();
        let rows: Vec<_> = articles(records).collect();
        assert!(matches!(rows[..], [Ok(_), Err("torn")]), "{rows:?}");
    }
}
