//! The flags that say which passages are wanted, shared by all commands that read an index.

use clap::Args;

use super::out;
use crate::index::{Filter, Index, Passing};
use crate::label::{Kind, Label, Theme};

/// Which passages are wanted.
#[derive(Clone, Debug, Args)]
pub(super) struct FilterArgs {
    /// Only passages with this label (b2b, b2c, shared); several as `b2b,b2c`
    #[arg(
        long,
        value_name = "LABEL",
        value_delimiter = ',',
        help_heading = "Which passages"
    )]
    label: Vec<Label>,
    /// Only shared passages of this kind (contrast, general)
    #[arg(long, value_name = "KIND", help_heading = "Which passages")]
    kind: Option<Kind>,
    /// Only passages on this theme; several as `pricing,support`
    #[arg(
        long,
        value_name = "THEME",
        value_delimiter = ',',
        help_heading = "Which passages"
    )]
    theme: Vec<Theme>,
    /// Only passages whose label is at least this probable, 0 to 1
    #[arg(long, value_name = "P", value_parser = probability)]
    #[arg(help_heading = "Which passages")]
    min_confidence: Option<f32>,
    /// Only passages that a person should look at
    #[arg(long, help_heading = "Which passages")]
    unsure: bool,
    /// Only articles whose name matches, for example 'notes/*' or '*pricing*'
    #[arg(long, value_name = "GLOB", help_heading = "Which passages")]
    article: Option<String>,
    /// Only articles by this author (a part of the name)
    #[arg(long, value_name = "NAME", help_heading = "Which passages")]
    author: Option<String>,
    /// Only articles published on this day or later: 2024, 2024-05 or 2024-05-31
    #[arg(long, value_name = "DATE", help_heading = "Which passages")]
    since: Option<String>,
    /// Only articles published on this day or earlier
    #[arg(long, value_name = "DATE", help_heading = "Which passages")]
    until: Option<String>,
    /// Also passages of articles that are near copies of others
    #[arg(long, help_heading = "Which passages")]
    keep_duplicates: bool,
}

impl FilterArgs {
    pub(super) fn filter(&self) -> Filter {
        Filter {
            labels: self.label.clone(),
            kind: self.kind,
            themes: self.theme.clone(),
            min_confidence: self.min_confidence,
            decided_by: None,
            unsure: self.unsure.then_some(true),
            article: self.article.clone(),
            author: self.author.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            keep_duplicates: self.keep_duplicates,
        }
    }

    /// Says how many articles a date leaves out because they state none.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(super) fn say_undated(&self, index: &Index) -> crate::Result<()> {
        if self.since.is_none() && self.until.is_none() {
            return Ok(());
        }
        let anytime = Filter { since: None, until: None, ..self.filter() };
        let passing = Passing::new(&anytime, index)?;
        let undated = (0..)
            .zip(index.articles()?)
            .filter(|(rank, a)| a.about.date.is_none() && passing.rank(*rank))
            .count();
        match undated {
            0 => {}
            1 => out::say("1 article states no date and is left out"),
            n => out::say(format!("{n} articles state no date and are left out")),
        }
        Ok(())
    }

    /// The labels that were asked for.
    pub(super) fn labels(&self) -> &[Label] {
        &self.label
    }

    /// In words, for a report's heading; empty where nothing is left out.
    pub(super) fn describe(&self) -> String {
        let mut parts = Vec::new();
        let mut say = |name: &str, value: Option<String>| {
            parts.extend(value.map(|value| format!("{name} {value}")));
        };
        let list = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" or "));
        say("label", list(self.label.iter().map(|l| l.as_str()).collect()));
        say("kind", self.kind.map(|k| k.to_string()));
        say("theme", list(self.theme.iter().map(|t| t.as_str()).collect()));
        say("confidence at least", self.min_confidence.map(|c| c.to_string()));
        say("only", self.unsure.then(|| "unsure".to_owned()));
        say("article", self.article.clone());
        say("author", self.author.clone());
        say("since", self.since.clone());
        say("until", self.until.clone());
        say("with", self.keep_duplicates.then(|| "near copies".to_owned()));
        parts.join(", ")
    }
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("a number from 0 to 1 is expected".to_owned()),
    }
}
