//! Counting passages by label, for every report that counts.

use std::ops::AddAssign;

use serde::Serialize;

use super::table::rounded;
use crate::label::{Kind, Label};
use crate::record::Record;

/// How many passages have each label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelCounts {
    /// Of organisations' products.
    pub b2b: usize,
    /// Of persons' products.
    pub b2c: usize,
    /// Of both or neither.
    pub shared: usize,
    /// Those of the shared that set the two against each other or call them alike.
    pub contrast: usize,
    /// Without a label.
    pub unlabelled: usize,
    /// Labelled, but a person should look.
    pub unsure: usize,
}

impl LabelCounts {
    /// The count of one passage.
    pub fn of(record: &Record) -> Self {
        let is = |label| usize::from(record.label == Some(label));
        Self {
            b2b: is(Label::B2b),
            b2c: is(Label::B2c),
            shared: is(Label::Shared),
            contrast: usize::from(record.kind == Some(Kind::Contrast)),
            unlabelled: usize::from(record.label.is_none()),
            unsure: usize::from(record.unsure),
        }
    }

    /// How many have this label.
    pub fn with(&self, label: Label) -> usize {
        match label {
            Label::B2b => self.b2b,
            Label::B2c => self.b2c,
            Label::Shared => self.shared,
        }
    }

    /// How many have a label.
    pub fn labelled(&self) -> usize {
        self.b2b + self.b2c + self.shared
    }

    /// How many there are.
    pub fn passages(&self) -> usize {
        self.labelled() + self.unlabelled
    }

    /// The share of this label among the labelled, 0 where there are none.
    pub fn share(&self, label: Label) -> f64 {
        share(self.with(label), self.labelled())
    }
}

impl AddAssign for LabelCounts {
    fn add_assign(&mut self, other: Self) {
        self.b2b += other.b2b;
        self.b2c += other.b2c;
        self.shared += other.shared;
        self.contrast += other.contrast;
        self.unlabelled += other.unlabelled;
        self.unsure += other.unsure;
    }
}

/// A part of a whole, 0 where the whole is nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { rounded(part as f64 / whole as f64) }
}
