//! A stretch of an article's text, counted in UTF-8 bytes.

use serde::{Deserialize, Serialize};

/// A stretch of text: UTF-8 bytes from the text's start, end excluded.
///
/// Invariant: `start <= end`, and both fall on character boundaries of the text that
/// the span was made for.
///
/// ```
/// use delineate::Span;
///
/// let text = "Prices rise. Buyers leave.";
/// let span = Span::new(13, 26);
/// assert_eq!(span.of(text), "Buyers leave.");
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The span from `start` to `end`, end excluded.
    ///
    /// # Panics
    /// When `start > end`.
    pub fn new(start: usize, end: usize) -> Self {
        assert!(start <= end, "span {start}..{end} runs backwards");
        Self { start, end }
    }

    /// The text under this span.
    ///
    /// # Panics
    /// When the span does not belong to `text`.
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same stretch counted from `offset` bytes further left.
    #[must_use]
    pub fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}
