//! Stage 1: source files in, articles out.
//!
//! [`find()`](find()) walks folders, [`read`] reads one file. Each format is one file with one
//! [`Reader`]; [`READERS`] lists them. What a file's text means is left to later stages.

mod date;
mod depth;
#[cfg(feature = "office")]
mod docx;
mod encoding;
#[cfg(feature = "office")]
mod epub;
mod exports;
mod find;
mod flow;
mod highlights;
mod html;
mod language;
#[cfg(feature = "email")]
mod mail;
mod markdown;
#[cfg(feature = "email")]
mod mhtml;
#[cfg(feature = "office")]
mod odt;
pub mod pdf;
mod properties;
mod records;
mod refused;
mod tags;
mod text;
#[cfg(feature = "office")]
mod unpack;
#[cfg(feature = "office")]
mod xml;
#[cfg(feature = "office")]
mod zip;

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::PathBuf;

pub use find::{Found, find};
pub use records::article_of_record;

use crate::article::{Article, Draft};
use crate::source::SourceFile;

/// A format that can be read.
pub trait Reader: Sync {
    /// The format's name in records: `markdown`, `html`, …
    fn format(&self) -> &'static str;

    /// Endings of file names, in lower case and without the dot.
    fn endings(&self) -> &'static [&'static str];

    /// Reads the articles of one file.
    ///
    /// # Errors
    /// What is wrong with the file, in words for the user.
    fn read(&self, input: &Input<'_>) -> Result<Parts, String>;
}

/// What a reader made of a file: its articles, most often one, and those that it could not
/// read.
#[derive(Debug, Default)]
pub struct Parts {
    /// The articles.
    pub drafts: Vec<Draft>,
    /// Parts of a file of many articles that could not be read, each with the reason.
    pub failed: Vec<(String, String)>,
}

impl From<Draft> for Parts {
    fn from(draft: Draft) -> Self {
        Self { drafts: vec![draft], failed: Vec::new() }
    }
}

/// Every format, the first whose endings match reads the file. To add one, write its file
/// and put it here.
pub static READERS: &[&dyn Reader] = &[
    &markdown::Markdown,
    &html::Html,
    &text::Text,
    #[cfg(feature = "email")]
    &mail::Mail,
    #[cfg(feature = "email")]
    &mail::Mailbox,
    #[cfg(feature = "email")]
    &mhtml::Mhtml,
    &pdf::Pdf,
    #[cfg(feature = "office")]
    &docx::Docx,
    #[cfg(feature = "office")]
    &odt::Odt,
    #[cfg(feature = "office")]
    &epub::Epub,
    &exports::Json,
    &exports::JsonLines,
    &exports::Csv,
    #[cfg(feature = "office")]
    &zip::Zip,
    &refused::Rtf,
    &refused::Doc,
];

/// A file's bytes with what may help to read them.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The source file's name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What reading may cost.
    pub limits: &'a Limits,
    /// In how many archives it lies.
    depth: u8,
    /// Bytes that may still be unpacked, over all archives in the file.
    unpacked_left: &'a Cell<u64>,
}

/// What reading one file may cost, and how it is read where there is a choice. A file that
/// would cost more is skipped with a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of one article's text.
    pub text_bytes: usize,
    /// Bytes that the archives in one file unpack to, together.
    pub unpacked_bytes: u64,
    /// Seconds for one file, where it is read in a process of its own.
    pub seconds: u64,
    /// Bytes of memory for one file, where it is read in a process of its own.
    pub memory_bytes: u64,
    /// The program that reads what is read in a process of its own, when it is started with
    /// [`pdf::WORKER`]: the `delineate` binary. Without it, no such format is read.
    pub worker: Option<PathBuf>,
    /// How files are read where there is a choice.
    pub choices: Choices,
}

/// How files are read where there is a choice. Other choices make other articles of the
/// same file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// What reads a PDF.
    pub pdf_engine: pdf::PdfEngine,
    /// Whether a book's chapters are an article each.
    pub split_chapters: bool,
}

impl Choices {
    /// The formats that are read otherwise by other choices.
    pub fn formats_that_differ(
        self,
        other: Self,
    ) -> impl Iterator<Item = &'static str> {
        let pdf = (self.pdf_engine != other.pdf_engine).then_some("pdf");
        let book = (self.split_chapters != other.split_chapters).then_some("epub");
        pdf.into_iter().chain(book)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            text_bytes: 32 << 20,
            unpacked_bytes: 64 << 20,
            seconds: 20,
            memory_bytes: 1 << 30,
            worker: None,
            choices: Choices::default(),
        }
    }
}

/// What one file gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its articles: most often one, none where it holds no text.
    pub articles: Vec<Article>,
    /// Why it, or a part of it, could not be read: it cannot be opened, is too large, or is
    /// not what its ending says.
    pub skipped: Option<Skipped>,
}

impl Reading {
    fn nothing(file: &str, reason: &str) -> Self {
        let skipped = Skipped { file: file.to_owned(), reason: reason.to_owned() };
        Self { articles: Vec::new(), skipped: Some(skipped) }
    }
}

/// A file of which something could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The file's name.
    pub file: String,
    /// Why, in words for the user.
    pub reason: String,
}

/// The reader for a file's name, by its ending.
pub fn reader_for(name: &str) -> Option<&'static dyn Reader> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let (_, ending) = base.rsplit_once('.')?;
    let ending = ending.to_lowercase();
    READERS.iter().copied().find(|r| r.endings().contains(&ending.as_str()))
}

/// Reads the articles of one file. Never fails as a whole: what could not be read is in
/// [`Reading::skipped`].
pub fn read(file: &SourceFile, limits: &Limits) -> Reading {
    if reader_for(&file.name).is_none() {
        return Reading::nothing(&file.name, UNSUPPORTED);
    }
    match load(file, limits) {
        Ok(bytes) => read_bytes(&file.name, &bytes, limits),
        Err(reason) => Reading::nothing(&file.name, &reason),
    }
}

/// Reads the articles of a file whose bytes are at hand already; its name tells the format.
///
/// ```
/// use delineate::ingest::{self, Limits};
///
/// let read = ingest::read_bytes("a.md", b"# Prices\n\nBuyers sign.", &Limits::default());
/// assert_eq!(read.articles[0].text, "Prices\n\nBuyers sign.");
/// ```
pub fn read_bytes(name: &str, bytes: &[u8], limits: &Limits) -> Reading {
    match reader_for(name) {
        Some(reader) => read_with(reader, name, bytes, limits),
        None => Reading::nothing(name, UNSUPPORTED),
    }
}

/// Why a file is not read whose ending no reader knows.
const UNSUPPORTED: &str = "unsupported kind";

/// Reads the article of bytes without a name, taken for what they look like.
pub fn read_unnamed(bytes: &[u8], limits: &Limits) -> Reading {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let reader: &dyn Reader =
        if html::looks_like_page(&head) { &html::Html } else { &markdown::Markdown };
    read_with(reader, "standard input", bytes, limits)
}

/// Reads the articles of bytes by a reader that is chosen already.
fn read_with(
    reader: &dyn Reader,
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Reading {
    let unpacked_left = &Cell::new(limits.unpacked_bytes);
    let input = &Input { name, bytes, limits, depth: 0, unpacked_left };
    // Readers are written not to panic, and the libraries under them are not all so.
    let parts = match crate::guard::guarded(|| reader.read(input)) {
        Some(Ok(parts)) => parts,
        Some(Err(reason)) => return Reading::nothing(input.name, &reason),
        None => {
            let reason = format!("the {} reader failed on it", reader.format());
            return Reading::nothing(input.name, &reason);
        }
    };
    let Parts { drafts, mut failed } = parts;
    let hash = blake3::hash(input.bytes).to_hex();
    let mut articles = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if draft.text().len() > input.limits.text_bytes {
            let limit = input.limits.text_bytes >> 20;
            let reason = format!("holds more than {limit} MiB of text");
            failed.push((draft.part.unwrap_or_default(), reason));
            continue;
        }
        let mut article = draft.finish(input.name, reader.format(), &hash[..32]);
        language::note(&mut article);
        articles.push(article);
    }
    Reading { articles, skipped: skipped(input.name, &failed) }
}

/// The parts of a file that could not be read, the first few of them by name.
fn skipped(file: &str, failed: &[(String, String)]) -> Option<Skipped> {
    const NAMED: usize = 3;
    let mut reasons: Vec<String> =
        failed
            .iter()
            .take(NAMED)
            .map(|(part, reason)| {
                if part.is_empty() {
                    reason.clone()
                } else {
                    format!("{part}: {reason}")
                }
            })
            .collect();
    if failed.len() > NAMED {
        reasons.push(format!("and {} more parts", failed.len() - NAMED));
    }
    (!reasons.is_empty())
        .then(|| Skipped { file: file.to_owned(), reason: reasons.join("; ") })
}

fn load(file: &SourceFile, limits: &Limits) -> Result<Vec<u8>, String> {
    if file.size > limits.file_bytes {
        return Err(format!(
            "larger than {} MiB (raise with --max-file-size)",
            limits.file_bytes >> 20
        ));
    }
    let bytes = fs::read(&file.path).map_err(|e| plain(&e))?;
    if bytes.len() as u64 > limits.file_bytes {
        return Err("grew while it was read".to_owned());
    }
    Ok(bytes)
}

/// An I/O error without the number of the operating system.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
