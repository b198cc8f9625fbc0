//! Stage 2: an article in, its passages out, and what was left out.
//!
//! A passage is a paragraph, or a list with its lead-in, under its section path. Very long
//! paragraphs are split at sentences, stray fragments joined to their neighbour, and what
//! nobody would label (headings, code, captions, "subscribe here") is left out with a
//! reason. Touches no disk and cannot fail.

mod boilerplate;
mod grammar;
mod sentence;
mod word;

use std::collections::HashMap;
use std::sync::Arc;

pub use boilerplate::LeftOutReason;
pub(crate) use grammar::is_function_word;
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
struct SectionPath(Vec<Heading>);

struct Heading {
    level: u8,
    name: String,
    /// Why nothing under it is labelled.
    boilerplate: Option<LeftOutReason>,
}

impl SectionPath {
    /// Enters the section of a heading. The article's title is no section.
    fn enter(&mut self, level: u8, heading: &str, title: &str) {
        self.0.retain(|above| above.level < level);
        if heading != title {
            let boilerplate = boilerplate::of_section(heading);
            self.0.push(Heading { level, name: heading.to_owned(), boilerplate });
        }
    }

    /// Why nothing is labelled here, whatever it says.
    fn boilerplate(&self) -> Option<LeftOutReason> {
        self.0.iter().find_map(|heading| heading.boilerplate)
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|heading| heading.name.clone()).collect()
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
            BlockKind::Links => Some(LeftOutReason::Links),
            BlockKind::TableRow if !is_prose_table(run, text) => {
                Some(LeftOutReason::Table)
            }
            _ => {
                section.boilerplate().or_else(|| boilerplate::recognise(span.of(text)))
            }
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
        Some(last) if neighbours(last, &fragment) => {
            last.span = last.span.to(fragment.span);
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::article::Draft;

    /// An article of blocks written as `# heading`, `- item`, `` ` code``, `| row`, or prose.
    fn article(lines: &[impl AsRef<str>]) -> Article {
        let mut draft = Draft::default();
        for line in lines {
            let line = line.as_ref();
            let (kind, text) = match line.split_once(' ') {
                Some(("#", rest)) => (BlockKind::Heading(1), rest),
                Some(("##", rest)) => (BlockKind::Heading(2), rest),
                Some(("-", rest)) => (BlockKind::ListItem(0), rest),
                Some(("`", rest)) => (BlockKind::Code, rest),
                Some(("|", rest)) => (BlockKind::TableRow, rest),
                _ => (BlockKind::Paragraph, line),
            };
            draft.push(kind, text);
        }
        draft.finish("a.md", "markdown", "")
    }

    /// Passages as `section: text`.
    #[track_caller]
    fn check(lines: &[&str], expected: &[&str]) {
        let segmented = segment(article(lines));
        let found: Vec<_> = segmented
            .passages
            .iter()
            .map(|p| format!("{}: {}", p.section_path(), p.text()))
            .collect();
        assert_eq!(found, expected, "left out: {:?}", segmented.left_out);
    }

    #[test]
    fn a_paragraph_is_a_passage_under_its_headings() {
        check(
            &[
                "# On pricing",
                "Seats are counted once a year.",
                "# Contracts",
                "## Length",
                "Three years is the rule in our trade.",
                "# Trials",
                "Two weeks are enough for most teams.",
            ],
            &[
                ": Seats are counted once a year.",
                "Contracts > Length: Three years is the rule in our trade.",
                "Trials: Two weeks are enough for most teams.",
            ],
        );
    }

    #[test]
    fn a_list_belongs_to_its_lead_in() {
        check(
            &["Three people sign each contract:", "- the lawyer", "- the buyer"],
            &[": Three people sign each contract:\n\nthe lawyer\nthe buyer"],
        );
    }

    #[test]
    fn a_fragment_joins_the_next_passage_else_the_one_before() {
        check(
            &["Think again.", "A seat that nobody uses is the first to go."],
            &[": Think again.\n\nA seat that nobody uses is the first to go."],
        );
        check(
            &["A seat that nobody uses is the first to go.", "Think again."],
            &[": A seat that nobody uses is the first to go.\n\nThink again."],
        );
        check(
            &[
                "# T",
                "## A",
                "Think again.",
                "## B",
                "A seat that nobody uses goes first.",
            ],
            &["A: Think again.", "B: A seat that nobody uses goes first."],
        );
    }

    #[test]
    fn fragments_do_not_join_over_what_is_left_out() {
        check(
            &["Think again.", "` let x = 1;", "A seat that nobody uses goes first."],
            &[": Think again.", ": A seat that nobody uses goes first."],
        );
    }

    #[test]
    fn a_very_long_paragraph_is_split_at_sentences() {
        let sentence = "A team that buys together also leaves together, which is why renewals matter. ";
        let segmented = segment(article(&[sentence.repeat(40).trim()]));
        assert!(segmented.passages.len() > 2);
        for passage in &segmented.passages {
            assert!(passage.text().len() <= LONG);
            assert!(passage.text().ends_with('.'), "cut inside a sentence");
        }
    }

    #[test]
    fn tables_of_figures_are_left_out_and_tables_of_prose_are_not() {
        check(&["| Q1 | 20", "| Q2 | 30"], &[]);
        check(
            &[
                "| B2B | a committee decides over months | B2C | a person decides in seconds",
            ],
            &[
                ": B2B | a committee decides over months | B2C | a person decides in seconds",
            ],
        );
    }

    #[test]
    fn given_passages_stay_as_they_are() {
        let mut draft = Draft::default();
        for text in ["Subscribe now", "", "One.", "One."] {
            draft.push(BlockKind::Given(vec!["S".into()]), text);
        }
        let segmented = segment(draft.finish("r1", "jsonl", ""));
        let texts: Vec<_> = segmented.passages.iter().map(Passage::text).collect();
        assert_eq!(texts, ["Subscribe now", "", "One.", "One."]);
        assert_ne!(segmented.passages[2].id, segmented.passages[3].id);
    }

    #[test]
    fn an_id_does_not_change_when_another_paragraph_is_added() {
        let (one, two) = ("A buyer signs the contract.", "A person downloads the app.");
        let before = segment(article(&[two])).passages[0].id.clone();
        let after = segment(article(&[one, two])).passages[1].id.clone();
        assert_eq!(before, after);
    }

    proptest! {
        #[test]
        fn passages_and_what_was_left_out_are_the_article(
            lines in prop::collection::vec(
                "(# |## |- |` |\\| )?([A-Za-z’é]{1,9}[ .,:!]){0,80}|subscribe now|\\* \\*", 0..12,
            )
        ) {
            let segmented = segment(article(&lines));
            let text = &segmented.article.text;
            let mut spans: Vec<Span> =
                segmented.passages.iter().map(|p| p.span).collect();
            spans.extend(segmented.left_out.iter().map(|l| l.span));
            spans.sort_unstable();
            let mut reached = 0;
            for span in spans {
                prop_assert!(span.start >= reached, "overlap at {span:?} of {text:?}");
                prop_assert_eq!(text[reached..span.start].trim(), "");
                reached = span.end;
            }
            prop_assert_eq!(text[reached..].trim(), "");
        }
    }
}
