//! Stage 3: passages in, labelled passages out.
//!
//! A log-linear model over named evidence: cues, names and kinds of product, and the
//! meaning of words, each where it stands: in the passage, its headings, the title, its
//! neighbours, its section, the article. Every score is a plain sum, so that the reasons
//! shown are the reasons there were.
//!
//! Touches no disk and cannot fail. [`train()`] makes a model, [`Classifier`] uses one.

mod calibrate;
mod dataset;
mod decide;
mod explain;
mod features;
mod knowledge;
mod lexicon;
mod optimize;
mod reading;
mod table;
mod train;
mod weights;
mod word;

use std::sync::LazyLock;

pub use dataset::{Gold, LabeledText, read_judged, read_own, read_real, sha12};
pub use lexicon::{Audience, Cue, CueSide, Lexicon, Name, ProductKind};
pub use table::Table;
pub use train::{Trained, Without, train};
use weights::{COLUMNS, Model};

use crate::label::{
    DecidedBy, Kind, Label, LabeledPassage, Probabilities, Theme, Verdict,
};
use crate::segment::Segmented;

/// The model that the program carries; `model/README.md` says how it is made.
static IMAGE: &Lined<[u8]> = &Lined(*include_bytes!("../../model/delineate.model"));

/// Begins at a line of the processor's cache, as the image's sections want it.
#[repr(C, align(64))]
struct Lined<T: ?Sized>(T);

static EMBEDDED: LazyLock<Option<Model>> =
    LazyLock::new(|| Model::from_image(&IMAGE.0));

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
#[derive(Clone, Copy, Debug)]
pub struct Classifier {
    languages: Languages,
    model: &'static Model,
}

impl Classifier {
    /// The model that the program carries. Reads its tables in place, so that this costs
    /// nothing at start-up.
    ///
    /// # Panics
    /// When the program was built around a damaged model, which a test rules out.
    #[expect(clippy::expect_used, reason = "the image is part of the binary")]
    pub fn embedded(languages: Languages) -> Self {
        let model = EMBEDDED.as_ref().expect("the model in the binary is whole");
        Self { languages, model }
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
        if !known {
            let unlabelled = |passage| LabeledPassage { passage, verdict: None };
            return segmented.passages.into_iter().map(unlabelled).collect();
        }
        let reading = reading::Reading::new(
            &self.model.knowledge,
            &segmented.article.title,
            segmented.passages.iter().map(|p| (&p.section[..], p.text())),
        );
        let article = decide::Article::new(self.model, reading);
        segmented
            .passages
            .into_iter()
            .enumerate()
            .map(|(n, passage)| {
                let verdict = Some(self.verdict(&article, n, &passage));
                LabeledPassage { passage, verdict }
            })
            .collect()
    }

    fn verdict(
        &self,
        article: &decide::Article<'_>,
        number: usize,
        passage: &crate::passage::Passage,
    ) -> Verdict {
        let around = article.reading.surroundings(number);
        let places = article.places(number);
        let scores = article.scores(&places, &around);
        let [b2b, b2c, shared] = decide::softmax(scores.labels);
        let label = Label::ALL[decide::best(&scores.labels)];
        let probabilities = Probabilities { b2b, b2c, shared };
        let confidence = probabilities.of(label);
        let kind = if scores.contrast > 0.0 { Kind::Contrast } else { Kind::General };
        Verdict {
            label,
            kind: (label == Label::Shared).then_some(kind),
            theme: Theme::ALL[decide::best(&scores.themes)],
            confidence,
            probabilities,
            decided_by: DecidedBy::Model,
            model: None,
            correction: None,
            unsure: confidence < self.model.dense.unsure_below,
            evidence: explain::evidence(article, number, passage, &places, &around),
        }
    }
}
