//! One document with its text, what is known of it, and its blocks in reading order.
//!
//! Readers build an [`Article`] through a [`Draft`], which keeps the rule that blocks and
//! text agree. How blocks become passages is the business of [`segment`](crate::segment).

use serde::{Deserialize, Serialize};

use crate::Span;

/// Stage 1: one document, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// The source file's name, with `#part` where one file holds several articles.
    pub name: String,
    /// From the file, else its first heading, else its file name.
    pub title: String,
    /// What else the file says of itself.
    pub about: About,
    /// How it was read.
    pub provenance: Provenance,
    /// The extracted text: blocks with a blank line between them.
    pub text: String,
    /// The blocks in reading order. Invariant: they do not overlap, and between them
    /// stands only white space.
    pub blocks: Vec<Block>,
    /// What the reader had to guess or give up, one line each, for the user.
    pub warnings: Vec<String>,
}

/// What an article says of itself; every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Who wrote it, several joined by `, `.
    pub author: Option<String>,
    /// Day of publication as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    pub date: Option<String>,
    /// Where it was published.
    pub url: Option<String>,
    /// BCP 47 language, for example `en` or `de`, as stated or as detected.
    pub language: Option<String>,
}

impl About {
    /// With what another source says of the same article where this one says nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            author: self.author.or(other.author),
            date: self.date.or(other.date),
            url: self.url.or(other.url),
            language: self.language.or(other.language),
        }
    }
}

/// How an article came out of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The file's format: `markdown`, `html`, `text`, `pdf`, …
    pub format: String,
    /// The reader that read it, where a format has several: `pdftotext`, `main content`, …
    pub reader: String,
    /// Character encoding of the file, for example `UTF-8`; empty where the format has its own.
    pub encoding: String,
    /// First 32 hexadecimal digits of the BLAKE3 hash of the file's bytes.
    pub hash: String,
}

/// A stretch of an article's text that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Where it stands in the article's text.
    pub span: Span,
    /// Where in the file: the page of a PDF, the chapter of a book.
    pub place: Option<Place>,
}

/// Where in its file a block stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The page, from 1.
    Page(u32),
    /// The chapter's title or number.
    Chapter(String),
}

/// What a block is in its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading, 1 the highest.
    Heading(u8),
    /// Running text.
    Paragraph,
    /// An item of a list, 0 the outermost.
    ListItem(u8),
    /// A quotation set apart.
    Quote,
    /// A row of a table, cells joined by ` | `.
    TableRow,
    /// Program text, formulas.
    Code,
    /// The line under a picture, or its alternative text.
    Caption,
    /// A note at the foot.
    Footnote,
    /// Nothing but links: an item of a list of links, `Previous | Next`.
    Links,
    /// Already a passage, under this section path: neither split, joined nor left out.
    Given(Vec<String>),
}

/// An article in the making. Readers push blocks; text and spans follow.
///
/// ```
/// use delineate::article::{BlockKind, Draft};
///
/// let mut draft = Draft::default();
/// draft.push(BlockKind::Heading(1), "Pricing");
/// draft.push(BlockKind::Paragraph, "Seats  are\ncounted.");
/// assert_eq!(draft.text(), "Pricing\n\nSeats are counted.");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The title, where the file states one.
    pub title: Option<String>,
    /// What the file says of itself.
    pub about: About,
    /// Which of several articles in its file it is.
    pub part: Option<String>,
    /// Its format, where that is not the file's: what lies in an archive.
    pub format: Option<&'static str>,
    /// The reader, where a format has several.
    pub reader: String,
    /// Character encoding, where the reader found it.
    pub encoding: String,
    /// For the user, one line each.
    pub warnings: Vec<String>,
    pub(crate) place: Option<Place>,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
}

impl Draft {
    /// Appends a block. White space within is made single spaces (kept in code and in given
    /// passages); a block without text is dropped, unless it is a given passage.
    pub fn push(&mut self, kind: BlockKind, text: &str) {
        let verbatim = matches!(kind, BlockKind::Given(_) | BlockKind::Code);
        if text.trim().is_empty() && !matches!(kind, BlockKind::Given(_)) {
            return;
        }
        if !self.text.is_empty() {
            let tight = matches!(
                (&kind, self.blocks.last().map(|b| &b.kind)),
                (BlockKind::ListItem(_), Some(BlockKind::ListItem(_)))
                    | (BlockKind::Links, Some(BlockKind::Links))
                    | (BlockKind::TableRow, Some(BlockKind::TableRow))
            );
            self.text.push_str(if tight { "\n" } else { "\n\n" });
        }
        let start = self.text.len();
        if verbatim {
            self.text.push_str(text);
        } else {
            push_collapsed(&mut self.text, text);
        }
        let span = Span::new(start, self.text.len());
        self.blocks.push(Block { kind, span, place: self.place.clone() });
    }

    /// From here on, blocks stand at this place of the file.
    pub fn set_place(&mut self, place: Option<Place>) {
        self.place = place;
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The blocks so far.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The finished article. The title falls back to the first heading, then to the name
    /// without its ending.
    pub fn finish(self, file: &str, format: &str, hash: &str) -> Article {
        let name = match &self.part {
            Some(part) => format!("{file}#{part}"),
            None => file.to_owned(),
        };
        let title = self
            .title
            .filter(|t| !t.trim().is_empty())
            .or_else(|| first_heading(&self.blocks, &self.text))
            .unwrap_or_else(|| match &self.part {
                // A number says too little by itself.
                Some(part) if part.contains(char::is_alphabetic) => stem(part),
                Some(part) => format!("{}, {part}", stem(file)),
                None => stem(file),
            });
        let mut collapsed = String::new();
        push_collapsed(&mut collapsed, &title);
        Article {
            name,
            title: collapsed,
            about: self.about,
            provenance: Provenance {
                format: self.format.unwrap_or(format).to_owned(),
                reader: self.reader,
                encoding: self.encoding,
                hash: hash.to_owned(),
            },
            text: self.text,
            blocks: self.blocks,
            warnings: self.warnings,
        }
    }
}

fn first_heading(blocks: &[Block], text: &str) -> Option<String> {
    blocks
        .iter()
        .find(|b| matches!(b.kind, BlockKind::Heading(_)))
        .map(|b| b.span.of(text).to_owned())
}

/// The file's name without folders and ending.
fn stem(file: &str) -> String {
    let base = file.rsplit('/').next().unwrap_or(file);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem).to_owned()
}

/// Appends `text` with each run of white space as one space, and none at the ends.
fn push_collapsed(out: &mut String, text: &str) {
    let mut first = true;
    for word in text.split_whitespace() {
        if !first {
            out.push(' ');
        }
        out.push_str(word);
        first = false;
    }
}
