//! Stage 1: source files in, articles out.
//!
//! [`find`] walks folders, [`read`] reads one file. Each format is one file with one
//! [`Reader`]; [`READERS`] lists them. What a file's text means is left to later stages.

mod date;
mod depth;
mod encoding;
mod find;
mod flow;
mod html;
mod language;
mod markdown;
mod properties;
mod records;
mod tags;
mod text;

use std::fs;
use std::io;

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

    /// Reads the articles of one file: most often one, none where it holds no text.
    ///
    /// # Errors
    /// What is wrong with the file, in words for the user.
    fn read(&self, input: &Input<'_>) -> Result<Vec<Draft>, String>;
}

/// Every format, the first whose endings match reads the file. To add one, write its file
/// and put it here.
pub static READERS: &[&dyn Reader] = &[&markdown::Markdown, &html::Html, &text::Text];

/// A file's bytes with what may help to read them.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The source file's name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What reading may cost.
    pub limits: &'a Limits,
}

/// What reading one file may cost. A file that would cost more is skipped with a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of one article's text.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, text_bytes: 32 << 20 }
    }
}

/// A file that gave no article, and why.
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

/// Reads the articles of one file.
///
/// # Errors
/// [`Skipped`] when the file cannot be opened, is too large, or is not what its ending says.
pub fn read(file: &SourceFile, limits: &Limits) -> Result<Vec<Article>, Skipped> {
    let skip = |reason: String| Skipped { file: file.name.clone(), reason };
    let bytes = load(file, limits).map_err(&skip)?;
    let reader =
        reader_for(&file.name).ok_or_else(|| skip("unsupported kind".into()))?;
    read_with(reader, &Input { name: &file.name, bytes: &bytes, limits }).map_err(skip)
}

/// Reads the article of bytes without a name, taken for what they look like.
///
/// # Errors
/// [`Skipped`] as for [`read`]; the file is `standard input`.
pub fn read_unnamed(bytes: &[u8], limits: &Limits) -> Result<Vec<Article>, Skipped> {
    let name = "standard input";
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let reader: &dyn Reader =
        if html::looks_like_page(&head) { &html::Html } else { &markdown::Markdown };
    read_with(reader, &Input { name, bytes, limits })
        .map_err(|reason| Skipped { file: name.to_owned(), reason })
}

/// Reads the articles of bytes that are at hand already.
///
/// # Errors
/// What is wrong with them, in words for the user.
pub fn read_with(
    reader: &dyn Reader,
    input: &Input<'_>,
) -> Result<Vec<Article>, String> {
    let drafts = reader.read(input)?;
    let hash = blake3::hash(input.bytes).to_hex();
    let articles = drafts.into_iter().map(|draft| {
        let mut article = draft.finish(input.name, reader.format(), &hash[..32]);
        language::note(&mut article);
        article
    });
    Ok(articles.collect())
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
