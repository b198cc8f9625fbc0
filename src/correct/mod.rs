//! People's judgements on passages: they stand between classifying and indexing, and
//! nothing but a later judgement overrules them.
//!
//! [`Ledger`] is the file, which is never rewritten and lies outside the index.
//! [`Corrections`] finds the passage that each correction means, also in a file that was
//! edited or moved, and changes its verdict. Who asks for a correction, and how it is shown,
//! is left to the command line.

mod anchor;
mod ledger;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use ledger::Ledger;

pub(crate) use anchor::likeness_of_words;

use crate::label::{
    DecidedBy, Kind, Label, LabeledPassage, ModelVerdict, Probabilities, Theme, Verdict,
};
use crate::passage::PassageId;
use crate::record::Record;

/// What a person said of a passage, and how to find it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// When it was said. Of two judgements on one passage the later stands.
    pub at: OffsetDateTime,
    /// The passage.
    pub anchor: Anchor,
    /// What was said; `None` takes earlier judgements back.
    pub judgement: Option<Judgement>,
    /// Why, in the person's words.
    pub note: Option<String>,
    /// The mark of the correction that it takes the place of.
    pub replaces: Option<String>,
    /// The checksum of its line in the ledger, which is also its name.
    pub mark: String,
    /// Where else the passage is or was: where it was judged before, and where it was found
    /// again since, the latest first. Known to [`Ledger::latest`] alone.
    pub places: Vec<Anchor>,
    /// The marks of all that was said of the passage. Known to [`Ledger::latest`] alone.
    pub(crate) thread: Vec<String>,
}

/// What a person says that a passage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The label, where it was said.
    pub label: Option<Label>,
    /// For shared passages, which kind, where it was said.
    pub kind: Option<Kind>,
    /// The theme, where it was said.
    pub theme: Option<Theme>,
}

/// What a passage is known by when its file has been edited or moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its name at the time.
    pub id: PassageId,
    /// The name of its article at the time.
    pub article: String,
    /// The article's title, for people and for training.
    pub title: String,
    /// The headings above it, joined by ` > `.
    pub section: String,
    /// Its whole text, which is what was judged.
    pub text: String,
    /// Mark of the passage before it; empty at the article's start.
    pub before: String,
    /// Mark of the passage after it; empty at the article's end.
    pub after: String,
}

impl Anchor {
    /// The anchor of a passage that stands between these in its article.
    pub fn new(
        passage: &Record,
        before: Option<&Record>,
        after: Option<&Record>,
    ) -> Self {
        let mark =
            |r: Option<&Record>| r.map(|r| anchor::mark(&r.text)).unwrap_or_default();
        Self {
            id: passage.id.clone(),
            article: passage.article.clone(),
            title: passage.title.clone(),
            section: passage.section.clone(),
            text: passage.text.clone(),
            before: mark(before),
            after: mark(after),
        }
    }
}

impl Correction {
    /// A correction that has not been written yet: [`Ledger::append`] gives it its time
    /// and mark.
    pub fn new(
        anchor: Anchor,
        judgement: Option<Judgement>,
        note: Option<String>,
    ) -> Self {
        Self {
            at: OffsetDateTime::UNIX_EPOCH,
            anchor,
            judgement,
            note,
            replaces: None,
            mark: String::new(),
            places: Vec::new(),
            thread: Vec::new(),
        }
    }

    /// Where the passage is or was: as it was judged, then its other places.
    pub fn anchors(&self) -> impl Iterator<Item = &Anchor> {
        std::iter::once(&self.anchor).chain(&self.places)
    }

    /// The marks of all that was said of the passage, its own among them.
    pub fn is_of_thread(&self, mark: &str) -> bool {
        self.mark == mark || self.thread.iter().any(|m| m == mark)
    }

    /// Whether the passage is known under this name and with this text.
    pub(crate) fn is_known_at(&self, id: &PassageId, text: &str) -> bool {
        self.anchors().any(|a| a.id == *id && a.text == text)
    }

    /// What an index remembers of it: another when it was said anew, or found elsewhere.
    fn token(&self) -> String {
        if self.places.is_empty() {
            return self.mark.clone();
        }
        let ids: Vec<_> = self.places.iter().map(|a| a.id.as_str()).collect();
        format!("{}+{}", self.mark, anchor::mark(&ids.join(" ")))
    }

    /// Order of precedence: the later wins, and of two at the same instant always the same.
    fn rank(&self) -> (OffsetDateTime, &str) {
        (self.at, &self.mark)
    }

    /// The person's verdict in place of the model's; what the person left open is the
    /// model's. `None` where neither says label and theme, which happens only when the
    /// model left the passage unlabelled.
    fn verdict(&self, model: Option<&Verdict>) -> Option<Verdict> {
        let said = self.judgement?;
        let label = said.label.or(model.map(|m| m.label))?;
        let same = model.filter(|m| m.label == label);
        let kind = said.kind.or(same.and_then(|m| m.kind));
        let mut verdict = Verdict {
            label,
            kind: kind.filter(|_| label == Label::Shared),
            theme: said.theme.or(model.map(|m| m.theme))?,
            confidence: 1.0,
            probabilities: certain(label),
            decided_by: DecidedBy::Person,
            model: model.map(|m| {
                Box::new(ModelVerdict {
                    label: m.label,
                    kind: m.kind,
                    theme: m.theme,
                    confidence: m.confidence,
                    probabilities: m.probabilities,
                    unsure: m.unsure,
                })
            }),
            correction: Some(self.mark.clone()),
            unsure: false,
            evidence: model.map_or_else(Vec::new, |m| m.evidence.clone()),
        };
        if let (None, Some(model)) = (said.label, model) {
            // The label is still the model's word, and as sure as that.
            verdict.confidence = model.confidence;
            verdict.probabilities = model.probabilities;
            verdict.decided_by = model.decided_by;
            verdict.unsure = model.unsure;
        }
        Some(verdict)
    }
}

fn certain(label: Label) -> Probabilities {
    let of = |l| if l == label { 1.0 } else { 0.0 };
    Probabilities {
        b2b: of(Label::B2b),
        b2c: of(Label::B2c),
        shared: of(Label::Shared),
    }
}

/// The corrections in force, ready to be applied to one file after the other.
///
/// A correction is at home in the files in which its passage was judged or found. There
/// its passage is the one with the same text as then (of several, the one with the same
/// neighbours), else the one that shares at least four in five of its words. Where no home
/// is left, the file was moved: then every passage with exactly that text is meant.
///
/// An index that follows a folder need not read an unchanged file again for its
/// corrections. Of each file it remembers what [`concern`](Self::concern) said, and which
/// corrections were [`homeless`](Self::homeless). The file is read again when
/// [`still_concern`](Self::still_concern) says no, or when it holds the text of a
/// correction that has become homeless since.
#[derive(Clone, Debug, Default)]
pub struct Corrections {
    in_force: Vec<Correction>,
    /// What an index remembers of each.
    tokens: Vec<String>,
    /// By name of the home.
    at_home: HashMap<String, Vec<usize>>,
    /// Those without a home, by text.
    homeless: HashMap<String, Vec<usize>>,
}

impl Corrections {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The corrections of a ledger for the files that `exists` knows by name.
    pub fn new(ledger: &Ledger, exists: impl Fn(&str) -> bool) -> Self {
        Self::from_list(ledger.latest().cloned(), exists)
    }

    fn from_list(
        in_force: impl IntoIterator<Item = Correction>,
        exists: impl Fn(&str) -> bool,
    ) -> Self {
        let in_force = in_force.into_iter().collect();
        let mut corrections = Self { in_force, ..Self::default() };
        for (n, correction) in corrections.in_force.iter().enumerate() {
            let at_home: BTreeSet<&str> = correction
                .anchors()
                .filter_map(|a| homes(&a.article).find(|home| exists(home)))
                .collect();
            for home in &at_home {
                corrections.at_home.entry((*home).to_owned()).or_default().push(n);
            }
            if at_home.is_empty() {
                let texts: BTreeSet<_> =
                    correction.anchors().map(|a| &a.text).collect();
                for text in texts {
                    corrections.homeless.entry(text.clone()).or_default().push(n);
                }
            }
        }
        corrections.tokens =
            corrections.in_force.iter().map(Correction::token).collect();
        corrections
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.in_force.is_empty()
    }

    /// Puts people's judgements in the place of the model's, for all passages of one file
    /// in reading order.
    pub fn apply<'a>(
        &self,
        file: &str,
        passages: impl IntoIterator<Item = &'a mut LabeledPassage>,
    ) {
        if self.is_empty() {
            return;
        }
        let mut passages: Vec<_> = passages.into_iter().collect();
        let views: Vec<_> =
            passages.iter().map(|p| anchor::View::from(&p.passage)).collect();
        for (n, correction) in self.found(file, &views) {
            if let Some(verdict) = correction.verdict(passages[n].verdict.as_ref()) {
                passages[n].verdict = Some(verdict);
            }
        }
    }

    /// Names of the corrections that concern a file with passages of these texts: what an
    /// index remembers, so that it knows without reading the file when more was said.
    pub fn concern<'a>(
        &self,
        file: &str,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let homeless = texts.into_iter().filter_map(|text| self.homeless.get(text));
        let all = self.at_home.get(file).into_iter().chain(homeless).flatten();
        let tokens: BTreeSet<_> = all.map(|&n| &self.tokens[n]).collect();
        tokens.into_iter().cloned().collect()
    }

    /// Whether what [`concern`](Self::concern) said of an unchanged file still holds; only
    /// corrections that have [lost their home](Self::homeless) since are not looked at.
    pub fn still_concern(&self, file: &str, remembered: &[String]) -> bool {
        let home = self.at_home.get(file).into_iter().flatten();
        let mut now: BTreeSet<_> = home.map(|&n| self.tokens[n].as_str()).collect();
        let homeless: BTreeSet<_> = self.homeless().collect();
        now.extend(
            remembered.iter().map(String::as_str).filter(|m| homeless.contains(m)),
        );
        now.into_iter().eq(remembered.iter().map(String::as_str))
    }

    /// Names of the corrections without a home, which concern every file that holds one of
    /// their texts.
    pub fn homeless(&self) -> impl Iterator<Item = &str> {
        let homeless: BTreeSet<_> = self.homeless.values().flatten().collect();
        homeless.into_iter().map(|&n| &*self.tokens[n])
    }

    /// The texts of the corrections without a home, but for those that are `known`.
    pub fn homeless_texts(&self, known: &[String]) -> BTreeSet<&str> {
        self.homeless
            .iter()
            .filter(|(_, all)| all.iter().any(|&n| !known.contains(&self.tokens[n])))
            .map(|(text, _)| text.as_str())
            .collect()
    }

    /// Which passages of a file are corrected, and by what, in the passages' order.
    fn found(
        &self,
        file: &str,
        views: &[anchor::View<'_>],
    ) -> Vec<(usize, &Correction)> {
        let mut near: Vec<usize> = self.at_home.get(file).cloned().unwrap_or_default();
        if !self.homeless.is_empty() {
            let moved =
                views.iter().filter_map(|v| self.homeless.get(v.text)).flatten();
            near.extend(moved);
            near.sort_unstable();
            near.dedup();
        }
        let near: Vec<_> = near.into_iter().map(|n| &self.in_force[n]).collect();
        anchor::resolve(&near, views)
    }
}

/// The names of the files that an article of this name may come from: itself, and, since
/// one file may hold several articles, what stands before each `#`; the longest first.
fn homes(article: &str) -> impl Iterator<Item = &str> {
    let parts = article.rmatch_indices('#').map(|(at, _)| &article[..at]);
    std::iter::once(article).chain(parts)
}

/// A passage that a person has labelled, with what training needs of it.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The passage, with its text, as it was judged.
    pub anchor: &'a Anchor,
    /// The label that was said.
    pub label: Label,
    /// For shared passages, which kind, where it was said.
    pub kind: Option<Kind>,
    /// The theme, where it was said.
    pub theme: Option<Theme>,
}

/// The labels in force with their texts: gold for training, whether or not the articles
/// are still there. In the order of their ids.
pub fn judged(ledger: &Ledger) -> impl Iterator<Item = Judged<'_>> {
    ledger.in_force().filter_map(|c| {
        let Judgement { label, kind, theme } = c.judgement?;
        Some(Judged { anchor: &c.anchor, label: label?, kind, theme })
    })
}
