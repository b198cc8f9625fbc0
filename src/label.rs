//! Labels, themes and the verdict on a passage: the words of the codebook as types.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::passage::Passage;

/// Stage 3: a passage with the verdict on it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabeledPassage {
    /// The passage.
    pub passage: Passage,
    /// What was decided, how surely and why; `None` where the article is in a language that
    /// the model does not know, so that it stays unlabelled instead of mislabelled.
    pub verdict: Option<Verdict>,
}

/// For which kind of customer a passage holds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Products whose customers are organisations.
    B2b,
    /// Products whose customers are persons, for themselves.
    B2c,
    /// Both, or neither in particular.
    Shared,
}

impl Label {
    /// All labels, in the order of every table and array.
    pub const ALL: [Self; 3] = [Self::B2b, Self::B2c, Self::Shared];

    /// As written in records, flags and columns: `b2b`, `b2c`, `shared`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::B2b => "b2b",
            Self::B2c => "b2c",
            Self::Shared => "shared",
        }
    }

    /// As printed for people: `B2B`, `B2C`, `SHARED`.
    pub fn shown(self) -> &'static str {
        match self {
            Self::B2b => "B2B",
            Self::B2c => "B2C",
            Self::Shared => "SHARED",
        }
    }
}

/// Which kind of shared passage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Sets B2B and B2C against each other, or says that they are alike.
    Contrast,
    /// Does not depend on the kind of customer.
    General,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Contrast, Self::General];

    /// As written in records, flags and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contrast => "contrast",
            Self::General => "general",
        }
    }
}

/// What a passage is mainly about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Marketing, sales, go-to-market, virality.
    Acquisition,
    /// Activation, implementation.
    Onboarding,
    /// Retention, habit, churn.
    Engagement,
    /// Monetisation, packaging.
    Pricing,
    /// Discovery, interviews, insight.
    Research,
    /// Metrics, experiments.
    Analytics,
    /// UX, usability.
    Design,
    /// Prioritisation, feature requests, delivery.
    Roadmap,
    /// Buyers, users, decision makers, relationships.
    Customers,
    /// Integrations, security, compliance, scale.
    Platform,
    /// Service, success.
    Support,
    /// Market, positioning, competition.
    Strategy,
    /// Roles, careers, organisation, process.
    Team,
}

impl Theme {
    /// All themes, in the codebook's order.
    pub const ALL: [Self; 13] = [
        Self::Acquisition,
        Self::Onboarding,
        Self::Engagement,
        Self::Pricing,
        Self::Research,
        Self::Analytics,
        Self::Design,
        Self::Roadmap,
        Self::Customers,
        Self::Platform,
        Self::Support,
        Self::Strategy,
        Self::Team,
    ];

    /// As written in records, flags and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acquisition => "acquisition",
            Self::Onboarding => "onboarding",
            Self::Engagement => "engagement",
            Self::Pricing => "pricing",
            Self::Research => "research",
            Self::Analytics => "analytics",
            Self::Design => "design",
            Self::Roadmap => "roadmap",
            Self::Customers => "customers",
            Self::Platform => "platform",
            Self::Support => "support",
            Self::Strategy => "strategy",
            Self::Team => "team",
        }
    }
}

/// A word that is no label, kind or theme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not one of {expected}")]
pub struct UnknownWord {
    /// What was found.
    pub found: String,
    /// The words that are known, joined by `, `.
    pub expected: String,
}

/// Display, parsing without regard to case, and nothing else, for each closed list of words.
macro_rules! words {
    ($($type:ident),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                let lower = word.to_lowercase();
                Self::ALL.into_iter().find(|w| w.as_str() == lower).ok_or_else(|| {
                    UnknownWord {
                        found: word.to_owned(),
                        expected: Self::ALL.map(Self::as_str).join(", "),
                    }
                })
            }
        }
    )*};
}

words!(Label, Kind, Theme);

/// What was decided about a passage, how surely, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The label.
    pub label: Label,
    /// For shared passages, which kind.
    pub kind: Option<Kind>,
    /// The theme.
    pub theme: Theme,
    /// The probability of `label`, 0 to 1.
    pub confidence: f32,
    /// The probability of each label; they add up to 1.
    pub probabilities: Probabilities,
    /// Who decided.
    pub decided_by: DecidedBy,
    /// What the model says by itself, where a person decided.
    pub model: Option<Box<ModelVerdict>>,
    /// The mark of the correction that decided, as in the ledger.
    pub correction: Option<String>,
    /// Whether a person should look: the confidence is below the level at which the model
    /// reaches its stated precision.
    pub unsure: bool,
    /// What spoke for the label and against it, by absolute weight, greatest first.
    pub evidence: Vec<Evidence>,
}

/// What the model says of a passage for which a person's judgement stands. The evidence is
/// the model's and explains these probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelVerdict {
    /// The label.
    pub label: Label,
    /// For shared passages, which kind.
    pub kind: Option<Kind>,
    /// The theme.
    pub theme: Theme,
    /// The probability of `label`.
    pub confidence: f32,
    /// The probability of each label.
    pub probabilities: Probabilities,
    /// Whether the confidence is below the model's level of stated precision.
    pub unsure: bool,
}

/// The probability of each label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Probabilities {
    /// That it is B2B.
    pub b2b: f32,
    /// That it is B2C.
    pub b2c: f32,
    /// That it is shared.
    pub shared: f32,
}

impl Probabilities {
    /// The probability of one label.
    pub fn of(&self, label: Label) -> f32 {
        match label {
            Label::B2b => self.b2b,
            Label::B2c => self.b2c,
            Label::Shared => self.shared,
        }
    }
}

/// Who decided a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidedBy {
    /// The model.
    Model,
    /// A person, by a correction.
    Person,
}

impl DecidedBy {
    /// As written in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Person => "person",
        }
    }
}

/// One reason, with its weight.
///
/// A side's score is the sum of the weights of all evidence for it; the probabilities are
/// the softmax of the scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The words, name or heading that speak.
    pub what: String,
    /// Where the reason comes from: `cue`, `name`, `kind`, `word`, `section`, `title`, …
    pub source: String,
    /// The side whose score it changes.
    pub side: Label,
    /// By how much, in log-odds.
    pub weight: f32,
    /// First byte of `what` in the article's text, where it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// The byte after its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
}

impl Evidence {
    /// Where `what` stands in the article's text.
    pub fn span(&self) -> Option<Span> {
        Some(Span::new(self.start?, self.end?))
    }
}
