//! B2B beside B2C: how often each theme comes up, which words set them apart, what is said
//! on either side, and where the two are held against each other or called alike.
//!
//! [`Comparison::of`] reads records once. How a comparison looks is said by
//! [`rows`] and [`page`]; the terminal draws it itself.

pub mod page;
mod quotes;
pub mod rows;
mod stance;

use serde::Serialize;

use super::interval::{Estimate, clustered, difference};
use super::tally::LabelCounts;
use super::words::{Counter, Group, Keyword, Options as WordOptions};
use crate::Span;
use crate::label::{Kind, Label, Theme};
use crate::record::Record;
use quotes::{Candidate, Chooser, Frequencies};
use stance::{Stance, Stances};

/// The two sides.
pub const SIDES: [Label; 2] = [Label::B2b, Label::B2c];

/// How much a comparison shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Passages of each side for each theme.
    pub quotes: usize,
    /// Passages that hold the two against each other, and as many that call them alike.
    pub stances: usize,
    /// Terms of each side.
    pub terms: usize,
    /// Which terms are taken.
    pub words: WordOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self { quotes: 2, stances: 8, terms: 20, words: WordOptions::default() }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// All passages that were compared, by label.
    pub counts: LabelCounts,
    /// Their articles.
    pub articles: usize,
    /// Their authors: where none is stated, the site, else the article, stands for one.
    pub authors: usize,
    /// The share of each label among the labelled passages, in the order of [`Label::ALL`].
    pub shares: [Estimate; 3],
    /// Every theme, in the codebook's order.
    pub themes: Vec<ThemeDifference>,
    /// The terms of B2B against B2C, and of B2C against B2B, surest first, without names.
    pub terms: [Vec<Keyword>; 2],
    /// The names of firms and products likewise.
    pub names: [Vec<Keyword>; 2],
    /// What each side says, by theme: themes that both sides write on, most written on
    /// first; then those of one side only.
    pub said: Vec<Said>,
    /// Passages that hold the two against each other.
    pub contrasts: Vec<Quote>,
    /// Passages that call the two alike.
    pub samenesses: Vec<Quote>,
}

/// How often each side writes on a theme.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThemeDifference {
    /// The theme.
    pub theme: Theme,
    /// Its B2B passages.
    pub b2b: usize,
    /// Its B2C passages.
    pub b2c: usize,
    /// Its shared passages.
    pub shared: usize,
    /// Its share of all B2B passages.
    pub share_b2b: Estimate,
    /// Its share of all B2C passages.
    pub share_b2c: Estimate,
    /// `share_b2b - share_b2c`.
    pub difference: Estimate,
}

/// What the sides say on a theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The theme.
    pub theme: Theme,
    /// On B2B.
    pub b2b: Vec<Quote>,
    /// On B2C.
    pub b2c: Vec<Quote>,
}

/// A passage with its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quote {
    /// The passage's id.
    pub id: String,
    /// The article's name.
    pub article: String,
    /// Its title.
    pub title: String,
    /// Headings above the passage.
    pub section: String,
    /// Number of the passage.
    pub passage: usize,
    /// Its text.
    pub text: String,
    /// Its label.
    pub label: Option<Label>,
    /// Kind of a shared passage.
    pub kind: Option<Kind>,
    /// Its theme.
    pub theme: Option<Theme>,
    /// Probability of the label.
    pub confidence: Option<f32>,
    /// Who wrote the article.
    pub author: Option<String>,
    /// Day of publication.
    pub date: Option<String>,
    /// Where it was published.
    pub url: Option<String>,
    /// Of a passage that speaks of both sides: the sentence that does so most plainly, in
    /// bytes of `text`.
    #[serde(skip)]
    pub sentence: Option<Span>,
}

impl From<&Record> for Quote {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id.to_string(),
            article: record.article.clone(),
            title: record.title.clone(),
            section: record.section.clone(),
            passage: record.passage,
            text: record.text.clone(),
            label: record.label,
            kind: record.kind,
            theme: record.theme,
            confidence: record.confidence,
            author: record.author.clone(),
            date: record.date.clone(),
            url: record.url.clone(),
            sentence: None,
        }
    }
}

impl Comparison {
    /// Compares the two sides of some records, which come by article. Beside each stands
    /// how often it holds what was asked for, so that what is most to the point is quoted;
    /// 0 where nothing was.
    ///
    /// # Errors
    /// The first error among the records.
    pub fn of<E>(
        records: impl Iterator<Item = Result<(Record, usize), E>>,
        options: &Options,
    ) -> Result<Self, E> {
        let mut survey = Survey::default();
        for record in records {
            let (record, hits) = record?;
            survey.add(&record, hits);
        }
        Ok(survey.finish(options))
    }

    /// Whether there is a side to speak of.
    pub fn is_empty(&self) -> bool {
        self.counts.b2b + self.counts.b2c == 0
    }
}

/// More places of what was asked for make a passage no more to the point.
const MOST_HITS: usize = 3;

/// A stance of a sentence that names both kinds outright.
const PLAIN: f32 = 1.0;

/// What is kept while records go by.
struct Survey {
    counter: Counter,
    frequencies: Frequencies,
    stances: Stances,
    counts: LabelCounts,
    /// Passages of each author by label and theme.
    by_author: Vec<[[usize; Theme::ALL.len()]; 3]>,
    /// Passages that may be quoted.
    kept: Vec<Kept>,
}

struct Kept {
    quote: Quote,
    candidate: Candidate,
    stance: Stance,
}

impl Kept {
    /// How surely it is labelled as contrast, 0 when it is not.
    fn labelled_contrast(&self) -> f32 {
        match self.quote.kind {
            Some(Kind::Contrast) => self.quote.confidence.unwrap_or(1.0),
            _ => 0.0,
        }
    }
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            counter: Counter::default(),
            frequencies: Frequencies::default(),
            stances: Stances::new(),
            counts: LabelCounts::default(),
            by_author: Vec::new(),
            kept: Vec::new(),
        }
    }
}

impl Survey {
    fn add(&mut self, record: &Record, hits: usize) {
        self.counts += LabelCounts::of(record);
        let article = self.counter.read(record);
        let author = self.counter.witnesses().author_of(article);
        let bag = self.frequencies.add(self.counter.lexicon(), self.counter.tokens());
        let (Some(label), Some(theme)) = (record.label, record.theme) else { return };
        if self.by_author.len() <= author as usize {
            self.by_author.resize(author as usize + 1, Default::default());
        }
        self.by_author[author as usize][label as usize][theme as usize] += 1;
        match label {
            Label::B2b => self.counter.count(Group::First, article),
            Label::B2c => self.counter.count(Group::Second, article),
            Label::Shared => {}
        }
        let stance = self.stances.of(&record.text);
        let of_both = stance.contrast.max(stance.sameness) > 0.0;
        if label != Label::Shared || of_both || record.kind == Some(Kind::Contrast) {
            let candidate = Candidate {
                passage: self.kept.len(),
                article,
                author,
                bag,
                words: self.counter.tokens().len(),
                merit: record.confidence.unwrap_or(1.0)
                    * self.stances.merit(record, &stance)
                    * (1.0 + hits.min(MOST_HITS) as f32),
            };
            let quote = Quote { sentence: stance.sentence, ..Quote::from(record) };
            self.kept.push(Kept { quote, candidate, stance });
        }
    }

    fn finish(self, options: &Options) -> Comparison {
        let (articles, authors) =
            (self.counter.witnesses().articles(), self.counter.witnesses().authors());
        let themes = self.themes();
        let shares = Label::ALL.map(|label| self.share(label));
        let mut chooser = Chooser::new(&self.frequencies);
        // First those that speak of both, so that they are not used up as examples of one.
        let contrasts = self.contrasts(&mut chooser, options.stances);
        let samenesses = self.samenesses(&mut chooser, options.stances);
        let said = self.said(&mut chooser, &themes, options.quotes);
        let [b2b, b2c] = self.counter.both(&options.words).map(|mut terms| {
            drop_parts_of_pairs(&mut terms);
            let (mut names, mut words): (Vec<_>, Vec<_>) =
                terms.into_iter().partition(|term| term.name);
            names.truncate(options.terms);
            words.truncate(options.terms);
            (words, names)
        });
        Comparison {
            counts: self.counts,
            articles,
            authors,
            shares,
            themes,
            terms: [b2b.0, b2c.0],
            names: [b2b.1, b2c.1],
            said,
            contrasts,
            samenesses,
        }
    }

    /// The share of a label, authors being the witnesses.
    fn share(&self, label: Label) -> Estimate {
        let sum = |counts: &[usize; Theme::ALL.len()]| counts.iter().sum::<usize>();
        clustered(
            self.by_author.iter().map(|author| {
                (sum(&author[label as usize]), author.iter().map(sum).sum())
            }),
        )
    }

    fn themes(&self) -> Vec<ThemeDifference> {
        let of = |theme: Theme| {
            let count = |label: Label| {
                self.by_author.iter().map(|a| a[label as usize][theme as usize]).sum()
            };
            let share = |label: Label| {
                clustered(self.by_author.iter().map(move |author| {
                    let side = &author[label as usize];
                    (side[theme as usize], side.iter().sum())
                }))
            };
            let [here, there] = SIDES.map(share);
            ThemeDifference {
                theme,
                b2b: count(Label::B2b),
                b2c: count(Label::B2c),
                shared: count(Label::Shared),
                share_b2b: here,
                share_b2c: there,
                difference: difference(here, there),
            }
        };
        Theme::ALL.map(of).into()
    }

    fn said(
        &self,
        chooser: &mut Chooser<'_>,
        themes: &[ThemeDifference],
        most: usize,
    ) -> Vec<Said> {
        let mut themes: Vec<_> = themes.iter().filter(|t| t.b2b + t.b2c > 0).collect();
        // The rarer side counts: a theme is worth comparing when both have much on it.
        themes.sort_by_key(|t| std::cmp::Reverse((t.b2b.min(t.b2c), t.b2b + t.b2c)));
        themes
            .into_iter()
            .map(|t| {
                let [b2b, b2c] = SIDES.map(|side| self.candidates(side, t.theme));
                Said {
                    theme: t.theme,
                    b2b: self.quotes(chooser.central(&b2b, &b2c, most)),
                    b2c: self.quotes(chooser.central(&b2c, &b2b, most)),
                }
            })
            .filter(|said| !(said.b2b.is_empty() && said.b2c.is_empty()))
            .collect()
    }

    fn candidates(&self, side: Label, theme: Theme) -> Vec<Candidate> {
        self.kept
            .iter()
            .filter(|k| k.quote.label == Some(side) && k.quote.theme == Some(theme))
            .map(|k| k.candidate.clone())
            .collect()
    }

    /// Passages that hold the two against each other in one plain sentence, or less plainly
    /// where they are labelled so.
    fn contrasts(&self, chooser: &mut Chooser<'_>, most: usize) -> Vec<Quote> {
        self.by_merit(chooser, most, |kept| {
            let Stance { contrast, sameness, .. } = kept.stance;
            let labelled = kept.labelled_contrast();
            let enough =
                if labelled > 0.0 { contrast > 0.0 } else { contrast >= PLAIN };
            if enough && contrast > sameness {
                contrast.min(2.0) + labelled
            } else {
                0.0
            }
        })
    }

    /// Passages that call the two alike in one plain sentence, or less plainly where they
    /// are labelled as setting one beside the other.
    fn samenesses(&self, chooser: &mut Chooser<'_>, most: usize) -> Vec<Quote> {
        self.by_merit(chooser, most, |kept| {
            let Stance { contrast, sameness, .. } = kept.stance;
            let labelled = kept.labelled_contrast();
            let enough =
                if labelled > 0.0 { sameness > 0.0 } else { sameness >= PLAIN };
            if enough && sameness >= contrast {
                sameness.min(2.0) + labelled
            } else {
                0.0
            }
        })
    }

    fn by_merit(
        &self,
        chooser: &mut Chooser<'_>,
        most: usize,
        merit: impl Fn(&Kept) -> f32,
    ) -> Vec<Quote> {
        let candidates: Vec<_> = self
            .kept
            .iter()
            .map(|kept| Candidate { merit: merit(kept), ..kept.candidate.clone() })
            .filter(|candidate| candidate.merit > 0.0)
            .collect();
        self.quotes(chooser.best(&candidates, most))
    }

    fn quotes(&self, chosen: Vec<usize>) -> Vec<Quote> {
        chosen.into_iter().map(|passage| self.kept[passage].quote.clone()).collect()
    }
}

/// Drops words that occur almost only within a pair that is a term itself: `committee`
/// where `buying committee` is.
fn drop_parts_of_pairs(terms: &mut Vec<Keyword>) {
    let pairs: Vec<(String, usize)> = terms
        .iter()
        .filter(|t| t.size == 2)
        .map(|t| (t.term.clone(), t.count))
        .collect();
    terms.retain(|term| {
        let held = pairs
            .iter()
            .filter(|(pair, _)| pair.split(' ').any(|word| word == term.term))
            .any(|(_, count)| 5 * count >= 4 * term.count);
        term.size == 2 || !held
    });
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::report::sample::record;

    fn compared(records: Vec<Record>) -> Comparison {
        Comparison::of(
            records.into_iter().map(|record| Ok::<_, Infallible>((record, 0))),
            &Options::default(),
        )
        .unwrap()
    }

    /// Six articles: each has two B2B passages on pricing, one B2C on engagement.
    fn collection() -> Vec<Record> {
        let mut records = Vec::new();
        for n in 0..6 {
            let article = format!("{n}.md");
            let mut add = |passage, label, theme, text: String| {
                records.push(record(&article, passage, Some(label), theme, &text));
            };
            let seats = format!(
                "Procurement signs the annual contract number{n} for every seat after the \
                 lawyers have read what the vendor{n} wrote, which takes the quarter and \
                 most of the patience of everybody in the sales team who waits for it."
            );
            let streaks = format!(
                "Players keep their streak alive on the phone every evening because the \
                 app{n} reminds them with a cheerful badge, and friends{n} see it too, so \
                 that the habit grows until the holidays end it for good each summer."
            );
            add(1, Label::B2b, Theme::Pricing, seats.clone());
            add(2, Label::B2b, Theme::Pricing, format!("Once more {seats}"));
            add(3, Label::B2c, Theme::Engagement, streaks);
        }
        let contrast = "In B2B a committee decides over months, whereas in B2C one consumer \
                        decides in a minute, so the two call for different ways to sell, \
                        to price and to support what has been sold to them.";
        let mut versus =
            record("9.md", 1, Some(Label::Shared), Theme::Strategy, contrast);
        versus.kind = Some(Kind::Contrast);
        records.push(versus);
        let alike = "Whether you build for enterprises or for consumers, interviews are \
                     the same: you listen, you write down what was said, and you come back \
                     with something that they can hold in their hands.";
        records.push(record("9.md", 2, Some(Label::Shared), Theme::Research, alike));
        records
    }

    #[test]
    fn themes_are_counted_within_each_side() {
        let found = compared(collection());
        assert_eq!((found.counts.b2b, found.counts.b2c, found.articles), (12, 6, 7));
        let pricing = &found.themes[Theme::Pricing as usize];
        assert_eq!((pricing.b2b, pricing.b2c), (12, 0));
        assert!((pricing.share_b2b.value - 1.0).abs() < 1e-9);
        assert!(pricing.difference.is_clear());
        let support = &found.themes[Theme::Support as usize];
        assert!(!support.difference.is_clear());
    }

    #[test]
    fn terms_are_those_of_each_side() {
        let [b2b, b2c] = compared(collection()).terms;
        let has =
            |terms: &[Keyword], term: &str| terms.iter().any(|t| t.term.contains(term));
        assert!(has(&b2b, "contract"), "{b2b:#?}");
        assert!(has(&b2c, "streak") && !has(&b2b, "streak"), "{b2c:#?}");
    }

    #[test]
    fn quotes_are_from_different_articles() {
        let found = compared(collection());
        let pricing = found.said.iter().find(|s| s.theme == Theme::Pricing).unwrap();
        let articles: Vec<_> = pricing.b2b.iter().map(|q| q.article.as_str()).collect();
        assert!(!articles.is_empty());
        assert!(articles.windows(2).all(|pair| pair[0] != pair[1]), "{articles:?}");
        assert!(pricing.b2c.is_empty());
    }

    #[test]
    fn contrast_and_sameness_are_told_apart() {
        let found = compared(collection());
        let texts =
            |quotes: &[Quote]| quotes.iter().map(|q| q.passage).collect::<Vec<_>>();
        assert_eq!(texts(&found.contrasts), [1]);
        assert_eq!(texts(&found.samenesses), [2]);
    }

    #[test]
    fn nothing_compared_is_nothing_found() {
        let found = compared(Vec::new());
        assert!(found.is_empty() && found.said.is_empty() && found.terms[0].is_empty());
    }

    #[test]
    fn one_side_alone_is_shown_without_terms() {
        let mut records = collection();
        records.retain(|r| r.label == Some(Label::B2b));
        let found = compared(records);
        assert!(!found.is_empty() && found.terms[0].is_empty());
        assert_eq!(found.said.len(), 1);
    }
}
