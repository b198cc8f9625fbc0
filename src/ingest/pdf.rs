//! PDF, always read in a child process with bounds on time and memory.
//!
//! Readers of PDF crash or hang on some files whatever language they are written in, so none
//! runs in this process. `pdftotext` does it where it is installed, else the reader that the
//! program brings along, in a process of the program itself. What a page holds comes back
//! as lines or blocks; running heads, page numbers and divided words are put right here.

mod child;
mod pages;
#[cfg(feature = "pdf")]
mod worker;

use std::path::PathBuf;
use std::sync::OnceLock;

pub use child::confine;
#[cfg(feature = "pdf")]
pub use worker::work;

use serde::{Deserialize, Serialize};

use super::{Input, Limits, Parts, Reader, date::date, properties, tags};
use crate::article::{BlockKind, Draft, Place};
use pages::Page;

/// `.pdf`.
pub(super) struct Pdf;

/// What reads a PDF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PdfEngine {
    /// `pdftotext` where it is installed, else the built-in reader.
    #[default]
    Auto,
    /// The reader that the program brings along.
    Builtin,
    /// `pdftotext`, from poppler.
    Pdftotext,
}

impl PdfEngine {
    /// All of them; what stands here keeps its place.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Builtin, Self::Pdftotext];
}

impl Reader for Pdf {
    fn format(&self) -> &'static str {
        "pdf"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["pdf"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        // Some programs put a few bytes before the mark.
        let head = &input.bytes[..input.bytes.len().min(1024)];
        if !head.windows(5).any(|w| w == b"%PDF-") {
            return Err("not a PDF: it does not begin with %PDF-".to_owned());
        }
        let tool = pdftotext()
            .filter(|_| input.limits.choices.pdf_engine != PdfEngine::Builtin);
        let document = match (tool, input.limits.choices.pdf_engine) {
            (Some(tool), engine) => match by_tool(tool, input) {
                // What one reader refuses, the other may read, or say why not.
                Err(_)
                    if engine == PdfEngine::Auto && input.limits.worker.is_some() =>
                {
                    by_worker(input)?
                }
                read => read?,
            },
            (None, PdfEngine::Pdftotext) => {
                return Err("pdftotext is not installed".to_owned());
            }
            (None, _) => by_worker(input)?,
        };
        Ok(document.into_draft(input.name)?.into())
    }
}

/// Where `pdftotext` is installed.
fn pdftotext() -> Option<&'static PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let folders = std::env::var_os("PATH")?;
        let name = if cfg!(windows) { "pdftotext.exe" } else { "pdftotext" };
        std::env::split_paths(&folders)
            // The folder that one happens to be in is no place for programs.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    };
    FOUND.get_or_init(find).as_ref()
}

/// What comes out of a PDF, whoever read it.
#[derive(Debug, Default)]
struct Document {
    reader: &'static str,
    title: Option<String>,
    author: Option<String>,
    date: Option<String>,
    pages: Vec<Page>,
    warnings: Vec<String>,
}

/// A line of what the worker answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// Why there is no answer.
    Error(String),
    About {
        title: Option<String>,
        author: Option<String>,
        date: Option<String>,
    },
    Page(u32),
    Heading(u8, String),
    Item(u8, String),
    Row(String),
    Text(String),
    Warning(String),
}

/// The arguments of the worker: the hidden subcommand, then the bounds.
pub const WORKER: &str = "__extract";

/// Reads a PDF by the program's own reader in a process of its own.
fn by_worker(input: &Input<'_>) -> Result<Document, String> {
    let Some(worker) = &input.limits.worker else {
        return Err("PDF is read in a process of its own, and none is named".to_owned());
    };
    if cfg!(not(feature = "pdf")) {
        return Err(
            "this build reads PDF by pdftotext only, which is not installed".into()
        );
    }
    let args = bounds(input.limits);
    document_of_worker(&child::run(worker, &args, input.bytes, input.limits)?)
}

/// The document in what the program's own reader answers, a line of JSON for each block.
fn document_of_worker(output: &[u8]) -> Result<Document, String> {
    let mut document = Document { reader: "built-in", ..Document::default() };
    for line in output.split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
        let answer = serde_json::from_slice(line)
            .map_err(|_| "its reader gave no proper answer".to_owned())?;
        let mut push = |kind, text| {
            if let Some(page) = document.pages.last_mut() {
                page.push(kind, text);
            }
        };
        match answer {
            Answer::Error(reason) => return Err(reason),
            Answer::About { title, author, date } => {
                (document.title, document.author, document.date) =
                    (title, author, date);
            }
            Answer::Page(number) => document.pages.push(Page::new(number)),
            Answer::Heading(level, text) => push(BlockKind::Heading(level), text),
            Answer::Item(level, text) => push(BlockKind::ListItem(level), text),
            Answer::Row(text) => push(BlockKind::TableRow, text),
            Answer::Text(text) => push(BlockKind::Paragraph, text),
            Answer::Warning(warning) => document.warnings.push(warning),
        }
    }
    Ok(document)
}

/// Reads a PDF by `pdftotext`: under the bounds of our own process where there is one to
/// set them, else under the bound on time alone.
fn by_tool(tool: &PathBuf, input: &Input<'_>) -> Result<Document, String> {
    const ARGS: [&str; 6] = ["-q", "-enc", "UTF-8", "-htmlmeta", "-", "-"];
    let output = match &input.limits.worker {
        Some(worker) => {
            let mut args = bounds(input.limits);
            args.push("--".into());
            args.push(tool.into());
            args.extend(ARGS.map(Into::into));
            child::run(worker, &args, input.bytes, input.limits)?
        }
        None => child::run(tool, &ARGS.map(Into::into), input.bytes, input.limits)?,
    };
    document_of_tool(&output)
}

/// The document in what `pdftotext` answers, a page of HTML with the text in one element.
fn document_of_tool(output: &[u8]) -> Result<Document, String> {
    let output = String::from_utf8_lossy(output);
    let Some((head, text)) = output.split_once("<pre>\n") else {
        return Err("pdftotext gave no proper answer".to_owned());
    };
    let text = text.rsplit_once("</pre>").map_or(text, |(text, _)| text);
    let mut document = Document { reader: "pdftotext", ..Document::default() };
    for token in tags::tokens(head) {
        match token {
            tags::Token::Raw(title) => {
                document.title = Some(tags::decode_entities(title).into_owned());
            }
            tags::Token::Open(tag) => {
                let content =
                    || tag.attribute("content").map(std::borrow::Cow::into_owned);
                match &*tag.attribute("name").unwrap_or_default() {
                    "Author" => document.author = content(),
                    "CreationDate" => document.date = content(),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let mut texts: Vec<&str> = text.split('\u{c}').collect();
    // Each page ends with a form feed, the last one too.
    if texts.last().is_some_and(|last| last.trim().is_empty()) {
        texts.pop();
    }
    for (text, number) in texts.into_iter().zip(1..) {
        document.pages.push(Page::of_lines(number, text));
    }
    Ok(document)
}

fn bounds(limits: &Limits) -> Vec<std::ffi::OsString> {
    vec![
        WORKER.into(),
        limits.seconds.to_string().into(),
        limits.memory_bytes.to_string().into(),
    ]
}

/// The article in what a PDF's reader answers, from which running heads, page numbers and
/// divided words are gone. The answers of [`PdfEngine::Pdftotext`] are taken as its own, all
/// others as those of the built-in reader.
///
/// # Errors
/// When it is no answer, or one that holds no text.
pub fn draft_of_answer(
    engine: PdfEngine,
    name: &str,
    answer: &[u8],
) -> Result<Draft, String> {
    let document = match engine {
        PdfEngine::Pdftotext => document_of_tool(answer)?,
        PdfEngine::Auto | PdfEngine::Builtin => document_of_worker(answer)?,
    };
    document.into_draft(name)
}

/// A page with fewer characters shows a picture, not text.
const FEW: usize = 20;

impl Document {
    fn into_draft(mut self, name: &str) -> Result<Draft, String> {
        let empty: Vec<u32> = self
            .pages
            .iter()
            .filter(|page| page.characters() < FEW)
            .map(|page| page.number)
            .collect();
        if self.pages.is_empty() {
            return Err("damaged: no page can be read".to_owned());
        }
        if empty.len() == self.pages.len() {
            return Err("no text layer (scanned?)".to_owned());
        }
        if !empty.is_empty() {
            let warning = match &*empty {
                [one] => format!("no text on page {one} (scanned?)"),
                many => format!("no text on {} pages (scanned?)", many.len()),
            };
            self.warnings.push(warning);
        }
        let blocks = pages::blocks(self.pages);
        let mut draft = Draft::default();
        self.reader.clone_into(&mut draft.reader);
        draft.warnings = self.warnings;
        for (page, kind, text) in &blocks {
            draft.set_place(Some(Place::Page(*page)));
            draft.push(kind.clone(), text);
        }
        draft.title = self.title.filter(|title| is_title(title));
        draft.about.author = self.author.filter(|a| !a.trim().is_empty());
        draft.about.date = self.date.and_then(|text| date(&text));
        properties::settle_title(&mut draft, name);
        Ok(draft)
    }
}

/// Whether a PDF's title is one: programs write names of files and of themselves there.
fn is_title(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    let file =
        [".doc", ".docx", ".indd", ".pdf", ".ppt", ".pptx", ".tex", ".qxd", ".odt"];
    lower.split_whitespace().count() >= 2
        && !lower.starts_with("microsoft ")
        && !lower.starts_with("untitled")
        && !file.iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_that_are_none() {
        assert!(is_title("Who Signs for the Tool"));
        assert!(!is_title("Microsoft Word - draft 2.docx"));
        assert!(!is_title("draft final.indd"));
        assert!(!is_title("untitled document"));
        assert!(!is_title(""));
    }
}
