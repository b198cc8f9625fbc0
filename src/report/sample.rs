//! Records for tests.

use crate::label::{DecidedBy, Label, Probabilities, Theme};
use crate::record::{Record, SCHEMA};

/// A passage of an article.
pub(crate) fn record(
    article: &str,
    passage: usize,
    label: Option<Label>,
    theme: Theme,
    text: &str,
) -> Record {
    Record {
        schema: SCHEMA.to_owned(),
        id: crate::passage::PassageId::new(article, text, 0),
        article: article.to_owned(),
        title: article.trim_end_matches(".md").to_owned(),
        section: String::new(),
        passage,
        start: 0,
        end: text.len(),
        text: text.to_owned(),
        label,
        kind: None,
        theme: label.map(|_| theme),
        confidence: label.map(|_| 0.9),
        probabilities: label.map(|_| Probabilities::default()),
        decided_by: label.map(|_| DecidedBy::Model),
        model: None,
        correction: None,
        unsure: false,
        unlabelled: None,
        evidence: Vec::new(),
        author: None,
        date: None,
        url: None,
        language: None,
        format: "markdown".to_owned(),
        reader: String::new(),
        encoding: "UTF-8".to_owned(),
        place: None,
        hash: String::new(),
        copy_of: None,
    }
}
