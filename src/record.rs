//! The record of one passage, `delineate.passage/1`: what `label`, `search` and `export`
//! write, and what the index keeps. Fields are only ever added.

use serde::{Deserialize, Serialize};

use crate::article::Place;
use crate::label::{
    DecidedBy, Evidence, Kind, Label, LabeledPassage, ModelVerdict, Probabilities,
    Theme, Verdict,
};
use crate::passage::PassageId;

/// The name of the record's form, its first field.
pub const SCHEMA: &str = "delineate.passage/1";

/// A labelled passage as others read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The passage's name.
    pub id: PassageId,
    /// The article's name.
    pub article: String,
    /// The article's title.
    pub title: String,
    /// Headings above the passage, joined by ` > `.
    pub section: String,
    /// Number in the article, from 1.
    pub passage: usize,
    /// First byte in the article's text.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The passage.
    pub text: String,
    /// The label; `null` where the article was left unlabelled.
    pub label: Option<Label>,
    /// Which kind of shared.
    pub kind: Option<Kind>,
    /// The theme.
    pub theme: Option<Theme>,
    /// Probability of the label.
    pub confidence: Option<f32>,
    /// Probability of each label.
    pub probabilities: Option<Probabilities>,
    /// `model` or `person`; `null` where nobody decided.
    pub decided_by: Option<DecidedBy>,
    /// What the model says by itself, where a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelVerdict>,
    /// The mark of the correction that decided, as in the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
    /// Whether a person should look.
    pub unsure: bool,
    /// Why there is no label: `language: de`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<String>,
    /// Why this label.
    pub evidence: Vec<Evidence>,
    /// Who wrote the article.
    pub author: Option<String>,
    /// Day of publication, ISO 8601.
    pub date: Option<String>,
    /// Where it was published.
    pub url: Option<String>,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// The file's format.
    pub format: String,
    /// The reader that read it.
    pub reader: String,
    /// Its character encoding.
    pub encoding: String,
    /// Page or chapter in the file.
    pub place: Option<Place>,
    /// Hash of the file's bytes.
    pub hash: String,
    /// The article of which this one is a near copy; the index finds that out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
}

impl From<&LabeledPassage> for Record {
    fn from(labeled: &LabeledPassage) -> Self {
        let LabeledPassage { passage, verdict } = labeled;
        let article = &*passage.article;
        let about = &article.about;
        let from = &article.provenance;
        let mut record = Self {
            schema: SCHEMA.to_owned(),
            id: passage.id.clone(),
            article: article.name.clone(),
            title: article.title.clone(),
            section: passage.section_path(),
            passage: passage.number,
            start: passage.span.start,
            end: passage.span.end,
            text: passage.text().to_owned(),
            label: None,
            kind: None,
            theme: None,
            confidence: None,
            probabilities: None,
            decided_by: None,
            model: None,
            correction: None,
            unsure: false,
            unlabelled: None,
            evidence: Vec::new(),
            author: about.author.clone(),
            date: about.date.clone(),
            url: about.url.clone(),
            language: about.language.clone(),
            format: from.format.clone(),
            reader: from.reader.clone(),
            encoding: from.encoding.clone(),
            place: passage.place.clone(),
            hash: from.hash.clone(),
            copy_of: None,
        };
        record.set_verdict(verdict.clone());
        record
    }
}

/// Why a passage of an article in this language has no label.
pub(crate) fn unlabelled(language: Option<&str>) -> String {
    format!("language: {}", language.unwrap_or("unknown"))
}

impl Record {
    fn set_verdict(&mut self, verdict: Option<Verdict>) {
        self.unlabelled =
            verdict.is_none().then(|| unlabelled(self.language.as_deref()));
        self.label = verdict.as_ref().map(|v| v.label);
        self.kind = verdict.as_ref().and_then(|v| v.kind);
        self.theme = verdict.as_ref().map(|v| v.theme);
        self.confidence = verdict.as_ref().map(|v| v.confidence);
        self.probabilities = verdict.as_ref().map(|v| v.probabilities);
        self.decided_by = verdict.as_ref().map(|v| v.decided_by);
        self.model = verdict.as_ref().and_then(|v| v.model.as_deref().copied());
        self.correction = verdict.as_ref().and_then(|v| v.correction.clone());
        self.unsure = verdict.as_ref().is_some_and(|v| v.unsure);
        self.evidence = verdict.map_or_else(Vec::new, |v| v.evidence);
    }
}
