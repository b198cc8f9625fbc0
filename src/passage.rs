//! The unit that is labelled: a paragraph, or a list with its lead-in.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::article::{Article, Place};

/// Stage 2: a stretch of an article that says one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The article that it stands in.
    pub article: Arc<Article>,
    /// Its name everywhere; see [`PassageId`].
    pub id: PassageId,
    /// Its number in reading order, from 1.
    pub number: usize,
    /// Where it stands in the article's text.
    pub span: Span,
    /// The headings above it, outermost first, without the article's title.
    pub section: Vec<String>,
    /// Where in the file it begins.
    pub place: Option<Place>,
}

impl Passage {
    /// Its text.
    pub fn text(&self) -> &str {
        self.span.of(&self.article.text)
    }

    /// Its section path as one string, parts joined by ` > `; empty at the top.
    pub fn section_path(&self) -> String {
        self.section.join(" > ")
    }
}

/// A passage's name: 13 letters and digits that depend only on the article's name, the
/// passage's own text, and which of several passages with that text it is. So it is the
/// same tomorrow and elsewhere, and does not change when another paragraph is added.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PassageId(String);

impl PassageId {
    /// The id of the `copy`-th passage (from 0) with this text in the article.
    pub fn new(article: &str, text: &str, copy: usize) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(article.as_bytes());
        hasher.update(b"\0");
        hasher.update(text.as_bytes());
        if copy > 0 {
            hasher.update(format!("\0{copy}").as_bytes());
        }
        let hash = hasher.finalize();
        Self::from_bits(u64::from_le_bytes(
            hash.as_bytes()[..8].try_into().unwrap_or_default(),
        ))
    }

    /// The id with these 64 bits, five to a letter, lowest first.
    pub(crate) fn from_bits(mut bits: u64) -> Self {
        let mut id = String::with_capacity(13);
        for _ in 0..13 {
            id.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        Self(id)
    }

    /// Its 64 bits.
    pub(crate) fn bits(&self) -> u64 {
        Self::prefix_bits(&self.0).map_or(0, |(bits, _)| bits)
    }

    /// The bits that the ids beginning with these letters have in common, and which bits
    /// these are; `None` when no id begins so.
    pub(crate) fn prefix_bits(prefix: &str) -> Option<(u64, u64)> {
        if prefix.len() > 13 {
            return None;
        }
        let (mut bits, mut mask) = (0, 0);
        for (letter, shift) in prefix.bytes().zip((0..).step_by(5)) {
            let value = ALPHABET.iter().position(|a| *a == letter)? as u64;
            // The thirteenth letter has four bits only.
            if shift == 60 && value > 15 {
                return None;
            }
            bits |= value << shift;
            mask |= 31 << shift;
        }
        Some((bits, mask))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Crockford's base 32 in lower case: no letter that reads like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl fmt::Display for PassageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for PassageId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}
