//! Pages to running text: without what is printed on every page, words and paragraphs whole
//! that a line's or a page's end divided.

use std::collections::{BTreeMap, BTreeSet};

use super::super::text;
use crate::article::BlockKind;

/// A page as it was read.
#[derive(Debug)]
pub(super) struct Page {
    /// From 1.
    pub(super) number: u32,
    pieces: Vec<Piece>,
}

/// A block of a page; `text` has line breaks where the page has.
#[derive(Debug)]
struct Piece {
    /// `None` where the reader tells lines only.
    kind: Option<BlockKind>,
    text: String,
}

impl Page {
    pub(super) fn new(number: u32) -> Self {
        Self { number, pieces: Vec::new() }
    }

    /// A page of lines, with blank lines between blocks.
    pub(super) fn of_lines(number: u32, text: &str) -> Self {
        let mut page = Self::new(number);
        for block in text.replace("\r\n", "\n").split("\n\n") {
            if !block.trim().is_empty() {
                page.pieces.push(Piece { kind: None, text: block.to_owned() });
            }
        }
        page
    }

    pub(super) fn push(&mut self, kind: BlockKind, text: String) {
        if !text.trim().is_empty() {
            self.pieces.push(Piece { kind: Some(kind), text });
        }
    }

    /// How many characters it shows.
    pub(super) fn characters(&self) -> usize {
        let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        self.pieces.iter().map(|piece| visible(&piece.text)).sum()
    }
}

/// The blocks of all pages, each with the page that it begins on.
pub(super) fn blocks(mut pages: Vec<Page>) -> Vec<(u32, BlockKind, String)> {
    drop_running_heads(&mut pages);
    let words = vocabulary(&pages);
    let mut out: Vec<(u32, BlockKind, String)> = Vec::new();
    for page in pages {
        let mut first = true;
        for piece in page.pieces {
            let made = match piece.kind {
                Some(kind) => vec![(kind, join_divided(&piece.text, &words))],
                None => of_lines(&piece.text, &words),
            };
            for (kind, text) in made {
                match out.last_mut() {
                    Some((_, last_kind, last))
                        if first && goes_on(last_kind, last, &kind, &text) =>
                    {
                        append(last, &text, &words);
                    }
                    _ => out.push((page.number, kind, text)),
                }
                first = false;
            }
        }
    }
    out
}

/// How many blocks at the top and at the bottom of a page may be running heads.
const EDGE: usize = 2;

/// Drops what stands at the top or bottom of many pages, and page numbers.
fn drop_running_heads(pages: &mut [Page]) {
    let mut seen: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for page in pages.iter() {
        for piece in edges(&page.pieces) {
            seen.entry(shape(&piece.text)).or_default().insert(page.number);
        }
    }
    // Left and right pages often have heads of their own, so a third of the pages will do.
    let many = (pages.len() / 3).max(3).min(pages.len().max(2));
    let runs = |piece: &Piece| {
        let shape = shape(&piece.text);
        is_page_number(&shape)
            || seen.get(&shape).is_some_and(|pages| pages.len() >= many)
    };
    for page in pages.iter_mut() {
        for _ in 0..EDGE {
            if page.pieces.first().is_some_and(runs) {
                page.pieces.remove(0);
            }
            if page.pieces.last().is_some_and(runs) {
                page.pieces.pop();
            }
        }
    }
}

fn edges(pieces: &[Piece]) -> impl Iterator<Item = &Piece> {
    let length = pieces.len();
    let is_edge = move |at: usize| at < EDGE || at + EDGE >= length;
    let edges = pieces.iter().enumerate().filter(move |(at, _)| is_edge(*at));
    // Running heads are short.
    edges.map(|(_, piece)| piece).filter(|piece| piece.text.len() <= 200)
}

/// A text with its numbers alike, since a running head holds the page's.
fn shape(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            if !shape.ends_with('#') {
                shape.push('#');
            }
        } else if c.is_whitespace() {
            if !shape.ends_with(' ') {
                shape.push(' ');
            }
        } else {
            shape.extend(c.to_lowercase());
        }
    }
    shape
}

/// `12`, `– 12 –`, `Page 12 of 30`, `12 | 30`.
fn is_page_number(shape: &str) -> bool {
    let rest = shape.replace("page", "").replace("of", "");
    let rest = rest.trim_matches(|c: char| " -–—|/·•.".contains(c) || c == '#');
    shape.contains('#') && rest.chars().all(|c| " -–—|/·•.#".contains(c))
}

/// All words, to tell a divided word from one with a hyphen of its own.
fn vocabulary(pages: &[Page]) -> BTreeSet<String> {
    let pieces = pages.iter().flat_map(|page| &page.pieces);
    pieces.flat_map(|piece| piece.text.split_whitespace().map(bare)).collect()
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// A block whose lines were joined by spaces, with divided words made whole.
fn join_divided(text: &str, words: &BTreeSet<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        for part in line.split_inclusive("- ") {
            let part = part.strip_suffix(' ').unwrap_or(part);
            // `pre- and post-sales` is no divided word.
            let and = ["and ", "or ", "to "].iter().any(|word| part.starts_with(word));
            if and {
                out.push(' ');
                out.push_str(part);
            } else {
                append(&mut out, part, words);
            }
        }
    }
    out
}

/// Appends what follows after a line's end, which may have divided a word.
fn append(out: &mut String, next: &str, words: &BTreeSet<String>) {
    let next = next.trim_start();
    if let Some(head) = out.strip_suffix(['-', '\u{ad}', '‐'])
        && head.ends_with(char::is_alphabetic)
        && next.starts_with(char::is_lowercase)
    {
        let first = head.rsplit(char::is_whitespace).next().unwrap_or(head);
        let second = next.split(char::is_whitespace).next().unwrap_or(next);
        // `long-term` stays where it is written so elsewhere, and `longterm` is not.
        let whole = bare(&format!("{first}{second}"));
        let hyphen = bare(&format!("{first}-{second}"));
        let keep = words.contains(&hyphen) && !words.contains(&whole);
        if !keep {
            out.truncate(head.len());
        }
    } else if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(next);
}

/// Whether the first block of a page goes on with the last one of the page before.
fn goes_on(last_kind: &BlockKind, last: &str, kind: &BlockKind, text: &str) -> bool {
    let prose = matches!(last_kind, BlockKind::Paragraph | BlockKind::ListItem(_));
    let ended = text::ends_sentence(last);
    prose
        && *kind == BlockKind::Paragraph
        && !ended
        && text.starts_with(char::is_lowercase)
}

/// A line in a block is the last of its paragraph when it is shorter than this part of the
/// longest one, ends a sentence, and a capital follows.
const SHORT: f32 = 0.75;

/// More words in a line of its own are no heading.
const HEADING_WORDS: usize = 12;

/// The blocks of a block of lines: a heading that stands close to its text, paragraphs
/// without space between them, lists.
fn of_lines(text: &str, words: &BTreeSet<String>) -> Vec<(BlockKind, String)> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let width = |line: &str| line.chars().count() as f32;
    let widest = lines.iter().map(|line| width(line)).fold(0.0, f32::max);
    let capital = |at: usize| {
        lines
            .get(at)
            .is_none_or(|l| l.starts_with(|c: char| c.is_uppercase() || c.is_numeric()))
    };
    let mut out: Vec<(BlockKind, String)> = Vec::new();
    let mut begins = true;
    for (at, line) in lines.iter().enumerate() {
        let short = width(line) < SHORT * widest;
        let ended = text::ends_sentence(line);
        if let Some(item) = text::item(line) {
            out.push((BlockKind::ListItem(0), item.to_owned()));
        } else if begins
            && !ended
            && capital(at)
            && capital(at + 1)
            && (lines.len() == 1 || short && at + 1 < lines.len())
            && line.split_whitespace().count() <= HEADING_WORDS
            && !line.ends_with([',', ';', '-'])
        {
            let level = text::heading(line, false).unwrap_or(2);
            out.push((BlockKind::Heading(level), (*line).to_owned()));
            continue;
        } else if begins || out.is_empty() {
            out.push((BlockKind::Paragraph, (*line).to_owned()));
        } else if let Some((_, last)) = out.last_mut() {
            append(last, line, words);
        }
        begins = short && ended && capital(at + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pages: &[&str], expected: &[&str]) {
        let pages = pages.iter().zip(1..).map(|(text, n)| Page::of_lines(n, text));
        let found: Vec<String> = blocks(pages.collect())
            .into_iter()
            .map(|(page, kind, text)| format!("{page} {kind:?}: {text}"))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn running_heads_and_numbers_are_dropped() {
        check(
            &[
                "A Book on Prices\n\nOne buyer signs.\n\n1",
                "A Book on Prices\n\nAnother waits.\n\n2",
                "A Book on Prices\n\nThe third one leaves.\n\nPage 3 of 3",
            ],
            &[
                "1 Paragraph: One buyer signs.",
                "2 Paragraph: Another waits.",
                "3 Paragraph: The third one leaves.",
            ],
        );
    }

    #[test]
    fn words_and_paragraphs_are_made_whole() {
        check(
            &[
                "The long-term buyer asks for in-\nformation on long-\nterm prices and the",
                "contract that goes with them.",
            ],
            &[
                "1 Paragraph: The long-term buyer asks for information on long-term prices and the contract that goes with them.",
            ],
        );
    }

    #[test]
    fn headings_close_to_their_text() {
        check(
            &[
                "Three questions first\nAsk who signs and who installs the tool that they buy.\n• one\n• two",
            ],
            &[
                "1 Heading(2): Three questions first",
                "1 Paragraph: Ask who signs and who installs the tool that they buy.",
                "1 ListItem(0): one",
                "1 ListItem(0): two",
            ],
        );
    }
}
