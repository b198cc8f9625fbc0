//! Stage 2: an article in, its passages out, and what was left out.
//!
//! A passage is a paragraph, or a list with its lead-in, under its section path. Very long
//! paragraphs are split at sentences, stray fragments joined to their neighbour, and what
//! nobody would label (headings, code, captions, "subscribe here") is left out with a
//! reason. Touches no disk and cannot fail.

mod boilerplate;
mod sentence;
mod word;

use std::collections::HashMap;
use std::sync::Arc;

pub use boilerplate::LeftOutReason;
pub use sentence::sentences;
pub use word::{Words, words};

use crate::Span;
use crate::article::{Article, Block, BlockKind};
use crate::passage::{Passage, PassageId};

/// A paragraph above this many bytes is split at sentences: about 250 words, where one
/// label for the whole becomes a guess.
const LONG: usize = 1600;

/// Parts of a split paragraph or list have about this many bytes.
const PART: usize = 900;

/// A paragraph of fewer words is a fragment, and joined to the next one in its section.
const FRAGMENT_WORDS: usize = 5;

/// A table is prose when its rows hold at least this many words on average; others hold
/// figures and names, which carry no claim.
const TABLE_PROSE_WORDS: usize = 8;

/// An article cut into passages.
///
/// Invariant: `passages` and `left_out`, ordered by their spans, do not overlap, and
/// between them stands only white space: put end to end they are the article.
#[derive(Clone, Debug)]
pub struct Segmented {
    /// The article.
    pub article: Arc<Article>,
    /// Its passages in reading order.
    pub passages: Vec<Passage>,
    /// What is not labelled, in reading order.
    pub left_out: Vec<LeftOut>,
}

/// A stretch that is not labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it stands in the article's text.
    pub span: Span,
    /// Why.
    pub reason: LeftOutReason,
}

/// Cuts an article into passages.
///
/// ```
/// use delineate::article::{BlockKind, Draft};
/// use delineate::segment::segment;
///
/// let mut draft = Draft::default();
/// draft.push(BlockKind::Heading(1), "Contracts");
/// draft.push(BlockKind::Paragraph, "Three people sign before anybody can log in:");
/// draft.push(BlockKind::ListItem(0), "the lawyer");
/// draft.push(BlockKind::ListItem(0), "the buyer");
/// let segmented = segment(draft.finish("contracts.md", "markdown", ""));
/// assert_eq!(segmented.passages.len(), 1);
/// assert!(segmented.passages[0].text().ends_with("the lawyer\nthe buyer"));
/// ```
pub fn segment(article: Article) -> Segmented {
    let mut pieces = Pieces::default();
    let mut section = SectionPath::default();
    let mut rest = &article.blocks[..];
    while let Some(first) = rest.first() {
        if let BlockKind::Heading(level) = first.kind {
            let heading = first.span.of(&article.text);
            section.enter(level, heading, &article.title);
            pieces.leave_out(first.span, LeftOutReason::Heading);
            rest = &rest[1..];
            continue;
        }
        let run = &rest[..run_length(rest)];
        rest = &rest[run.len()..];
        pieces.take(run, &section, &article.text);
    }
    pieces.join_fragments(&article.text);
    pieces.finish(article)
}

/// How many of the blocks belong together: a list with its lead-in, a table, or one block.
fn run_length(blocks: &[Block]) -> usize {
    let same = |from: usize, is: fn(&BlockKind) -> bool| {
        from + blocks[from..].iter().take_while(|b| is(&b.kind)).count()
    };
    let item = |kind: &BlockKind| matches!(kind, BlockKind::ListItem(_));
    match blocks[0].kind {
        BlockKind::ListItem(_) => same(0, item),
        BlockKind::TableRow => same(0, |kind| *kind == BlockKind::TableRow),
        BlockKind::Paragraph if blocks.get(1).is_some_and(|b| item(&b.kind)) => {
            same(1, item)
        }
        _ => 1,
    }
}

/// The headings above the place that has been reached.
#[derive(Default)]
struct SectionPath(Vec<(u8, String)>);

impl SectionPath {
    /// Enters the section of a heading. The article's title is no section.
    fn enter(&mut self, level: u8, heading: &str, title: &str) {
        self.0.retain(|(above, _)| *above < level);
        if heading != title {
            self.0.push((level, heading.to_owned()));
        }
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(_, name)| name.clone()).collect()
    }
}

/// A passage in the making.
struct Piece {
    span: Span,
    section: Vec<String>,
    place: Option<crate::article::Place>,
    /// A given passage: exactly one answer is owed for it.
    given: bool,
}

#[derive(Default)]
struct Pieces {
    kept: Vec<Piece>,
    left_out: Vec<LeftOut>,
}

impl Pieces {
    /// Takes a run of blocks that belong together.
    fn take(&mut self, run: &[Block], section: &SectionPath, text: &str) {
        let first = &run[0];
        let span = first.span.to(run[run.len() - 1].span);
        if let BlockKind::Given(given) = &first.kind {
            self.keep(span, given.clone(), first);
            return;
        }
        let reason = match first.kind {
            BlockKind::Code => Some(LeftOutReason::Code),
            BlockKind::Caption => Some(LeftOutReason::Caption),
            BlockKind::TableRow if !is_prose_table(run, text) => {
                Some(LeftOutReason::Table)
            }
            _ => boilerplate::recognise(span.of(text), section.0.last().map(|s| &*s.1)),
        };
        if let Some(reason) = reason {
            self.leave_out(span, reason);
            return;
        }
        let names = section.names();
        if span.len() <= LONG {
            self.keep(span, names, first);
        } else {
            let cuts: Vec<Span> = if run.len() > 1 {
                run.iter().map(|b| b.span).collect()
            } else {
                sentences(span.of(text)).map(|s| s.shifted(span.start)).collect()
            };
            for part in parts(&cuts) {
                self.keep(trimmed(part, text), names.clone(), first);
            }
        }
    }

    fn keep(&mut self, span: Span, section: Vec<String>, first: &Block) {
        let given = matches!(first.kind, BlockKind::Given(_));
        self.kept.push(Piece { span, section, place: first.place.clone(), given });
    }

    fn leave_out(&mut self, span: Span, reason: LeftOutReason) {
        self.left_out.push(LeftOut { span, reason });
    }

    /// Joins each fragment to the next piece of its section, else to the one before.
    fn join_fragments(&mut self, text: &str) {
        let left_out = &self.left_out;
        let neighbours = |a: &Piece, b: &Piece| {
            let next = left_out.partition_point(|l| l.span.start < a.span.end);
            a.section == b.section
                && !a.given
                && !b.given
                && a.span.len() + b.span.len() <= LONG
                && left_out.get(next).is_none_or(|l| l.span.start >= b.span.start)
        };
        let mut joined: Vec<Piece> = Vec::with_capacity(self.kept.len());
        let mut carried: Option<Piece> = None;
        for mut piece in std::mem::take(&mut self.kept) {
            if let Some(fragment) = carried.take() {
                if neighbours(&fragment, &piece) {
                    piece.span = fragment.span.to(piece.span);
                } else {
                    settle(fragment, &mut joined, neighbours);
                }
            }
            if is_fragment(&piece, text) {
                carried = Some(piece);
            } else {
                joined.push(piece);
            }
        }
        if let Some(fragment) = carried {
            settle(fragment, &mut joined, neighbours);
        }
        self.kept = joined;
    }

    fn finish(self, article: Article) -> Segmented {
        let article = Arc::new(article);
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut passages = Vec::with_capacity(self.kept.len());
        for (piece, number) in self.kept.into_iter().zip(1..) {
            let text = piece.span.of(&article.text);
            let copy = seen.entry(text).or_default();
            passages.push(Passage {
                id: PassageId::new(&article.name, text, *copy),
                article: Arc::clone(&article),
                number,
                span: piece.span,
                section: piece.section,
                place: piece.place,
            });
            *copy += 1;
        }
        drop(seen);
        Segmented { passages, left_out: self.left_out, article }
    }
}

/// Puts a fragment that nothing follows to the piece before it, where that is near.
fn settle(
    fragment: Piece,
    joined: &mut Vec<Piece>,
    neighbours: impl Fn(&Piece, &Piece) -> bool,
) {
    match joined.last_mut() {
        Some(last) if neighbours(last, &fragment) => last.span = last.span.to(fragment.span),
        _ => joined.push(fragment),
    }
}

/// Whether a piece is too short to say anything by itself.
fn is_fragment(piece: &Piece, text: &str) -> bool {
    !piece.given
        && words(piece.span.of(text)).take(FRAGMENT_WORDS).count() < FRAGMENT_WORDS
}

fn is_prose_table(rows: &[Block], text: &str) -> bool {
    let count: usize = rows.iter().map(|row| words(row.span.of(text)).count()).sum();
    count >= TABLE_PROSE_WORDS * rows.len()
}

/// Puts neighbouring cuts together to parts of about [`PART`] bytes, of even size.
fn parts(cuts: &[Span]) -> Vec<Span> {
    let Some((first, last)) = cuts.first().zip(cuts.last()) else { return Vec::new() };
    let total = first.to(*last).len();
    let wanted = total.div_ceil(total.div_ceil(PART).max(1));
    let mut parts: Vec<Span> = Vec::new();
    for cut in cuts {
        match parts.last_mut() {
            // A cut goes where the greater part of it fits.
            Some(part) if part.len() + cut.len() / 2 <= wanted => *part = part.to(*cut),
            _ => parts.push(*cut),
        }
    }
    parts
}

/// The span without white space at its ends.
fn trimmed(span: Span, text: &str) -> Span {
    let inner = span.of(text);
    let start = span.start + inner.len() - inner.trim_start().len();
    Span::new(start, (start + inner.trim().len()).max(start))
}
