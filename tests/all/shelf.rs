//! A small collection whose labels a person gave, so that reports on it do not hang on the
//! model.

use delineate::correct::{Anchor, Correction, Judgement, Ledger};
use delineate::label::{Kind, Label, Theme};
use delineate::record::Record;

use crate::util::Folder;

/// A passage with what a person says of it.
pub(crate) struct Judged {
    pub(crate) label: Label,
    pub(crate) kind: Option<Kind>,
    pub(crate) theme: Theme,
    pub(crate) text: String,
}

/// A passage with this label and theme.
pub(crate) fn judged(label: Label, theme: Theme, text: impl Into<String>) -> Judged {
    let kind = (label == Label::Shared).then_some(Kind::General);
    Judged { label, kind, theme, text: text.into() }
}

/// A passage that sets the two kinds against each other.
pub(crate) fn contrast(theme: Theme, text: impl Into<String>) -> Judged {
    Judged {
        label: Label::Shared,
        kind: Some(Kind::Contrast),
        theme,
        text: text.into(),
    }
}

/// Writes articles into `in/`, says of each passage what was judged, and indexes them.
pub(crate) fn indexed(articles: &[(String, Vec<Judged>)]) -> Folder {
    let folder = Folder::new();
    for (name, passages) in articles {
        let texts: Vec<_> = passages.iter().map(|p| p.text.as_str()).collect();
        folder.write(&format!("in/{name}"), texts.join("\n\n"));
    }
    let labelled = folder.run(&["label", "in"]).exits(0).stdout;
    let records: Vec<Record> =
        labelled.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ledger = folder.path().join("corrections.jsonl");
    for (name, passages) in articles {
        let own: Vec<Record> =
            records.iter().filter(|r| r.article == *name).cloned().collect();
        assert_eq!(own.len(), passages.len(), "passages of {name}: {own:#?}");
        for (at, passage) in passages.iter().enumerate() {
            let judgement = Judgement {
                label: Some(passage.label),
                kind: passage.kind,
                theme: Some(passage.theme),
            };
            let before = at.checked_sub(1).map(|before| &own[before]);
            let anchor = Anchor::new(&own[at], before, own.get(at + 1));
            let correction = Correction::new(anchor, Some(judgement), None);
            Ledger::append(&ledger, correction).unwrap();
        }
    }
    folder.run(&["index", "in"]).exits(0);
    folder
}

/// Six articles: two passages on B2B pricing and one on B2C engagement in each, and in the
/// last one that sets the two against each other and one that calls them alike.
pub(crate) fn shelf() -> Folder {
    let mut articles: Vec<(String, Vec<Judged>)> = Vec::new();
    for n in ["one", "two", "three", "four", "five", "six"] {
        let seats = format!(
            "Procurement signs the annual contract for every seat, after the lawyers of \
             {n} firms have read it. Contract {n} takes a quarter."
        );
        let again = format!(
            "A contract renewal is negotiated by {n} people from the buying committee, \
             and most of them never open the product themselves."
        );
        let streak = format!(
            "Players keep a streak alive for {n} evenings on their phone, and the streak \
             is what brings them back to the game."
        );
        articles.push((
            format!("{n}.txt"),
            vec![
                judged(Label::B2b, Theme::Pricing, seats),
                judged(Label::B2b, Theme::Pricing, again),
                judged(Label::B2c, Theme::Engagement, streak),
            ],
        ));
    }
    articles.push((
        "versus.txt".to_owned(),
        vec![
            contrast(
                Theme::Strategy,
                "In B2B a committee decides over months, whereas in B2C one consumer \
                 decides within a minute, so that the two are sold in different ways.",
            ),
            judged(
                Label::Shared,
                Theme::Research,
                "Whether you build for enterprises or for consumers, interviews are the \
                 same: you listen, and you write down what was said.",
            ),
        ],
    ));
    indexed(&articles)
}
