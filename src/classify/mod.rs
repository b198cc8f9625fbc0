//! Stage 3: passages in, labelled passages out.

use crate::label::{
    DecidedBy, Kind, Label, LabeledPassage, Probabilities, Theme, Verdict,
};
use crate::segment::Segmented;

/// In which languages passages are labelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Languages {
    /// The model's own; articles in others stay unlabelled.
    #[default]
    English,
    /// All, at the user's risk.
    Any,
}

/// What decides labels.
#[derive(Debug)]
pub struct Classifier {
    languages: Languages,
}

impl Classifier {
    /// The model that the program carries.
    pub fn embedded(languages: Languages) -> Self {
        Self { languages }
    }

    /// What tells this model from others: labels of another one are made again.
    pub fn id(&self) -> String {
        "stand-in".to_owned()
    }

    /// In which languages it labels.
    pub fn languages(&self) -> Languages {
        self.languages
    }

    /// Labels the passages of one article, each seen in the context of all.
    pub fn classify(&self, segmented: Segmented) -> Vec<LabeledPassage> {
        let language = segmented.article.about.language.as_deref();
        let known = self.languages == Languages::Any
            || language.is_none_or(|l| l == "en" || l.starts_with("en-"));
        let label = |passage| LabeledPassage {
            passage,
            verdict: known.then(|| Verdict {
                label: Label::Shared,
                kind: Some(Kind::General),
                theme: Theme::Strategy,
                confidence: 1.0 / 3.0,
                probabilities: Probabilities::default(),
                decided_by: DecidedBy::Model,
                model: None,
                correction: None,
                unsure: true,
                evidence: Vec::new(),
            }),
        };
        segmented.passages.into_iter().map(label).collect()
    }
}
