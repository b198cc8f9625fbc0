//! What the child process does: reads a PDF and writes its blocks, a line of JSON each.

use std::io::{self, Read, Write};

use unpdf::{Block, InlineContent, Paragraph, ParseOptions, Table};

use super::Answer;

/// Reads a PDF from `input` and writes what is in it to `output`.
///
/// For the child process alone: the reader may crash or never end, and the bounds of
/// [`confine`](super::confine) have to be set before.
///
/// # Errors
/// When the input cannot be read or the output not written.
pub fn work(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let options = ParseOptions::new().lenient().sequential();
    let document = match unpdf::parse_bytes_with_options(&bytes, options) {
        Ok(document) => document,
        Err(error) => return say(&mut output, &Answer::Error(plain(&error))),
    };
    let about = document.metadata;
    say(
        &mut output,
        &Answer::About {
            title: about.title,
            author: about.author,
            date: about.created.map(|day| day.to_rfc3339()),
        },
    )?;
    let quality = document.extraction_quality;
    if quality.pages_incomplete {
        say(&mut output, &Answer::Warning("damaged: pages are missing".to_owned()))?;
    }
    if quality.suppressed_text_runs > 0 {
        let warning = "text in some fonts could not be read".to_owned();
        say(&mut output, &Answer::Warning(warning))?;
    }
    for page in document.pages {
        say(&mut output, &Answer::Page(page.number))?;
        for block in &page.elements {
            match block {
                Block::Paragraph(paragraph) => say_paragraph(&mut output, paragraph)?,
                Block::Table(table) => say_table(&mut output, table)?,
                _ => {}
            }
        }
    }
    output.flush()
}

fn say(output: &mut impl Write, answer: &Answer) -> io::Result<()> {
    serde_json::to_writer(&mut *output, answer)?;
    output.write_all(b"\n")
}

fn say_paragraph(output: &mut impl Write, paragraph: &Paragraph) -> io::Result<()> {
    let text = text_of(paragraph);
    let answer = match (paragraph.style.heading_level, &paragraph.style.list_info) {
        (Some(level), _) => Answer::Heading(level.clamp(1, 6), text),
        (None, Some(list)) => Answer::Item(list.level, text),
        (None, None) => Answer::Text(text),
    };
    say(output, &answer)
}

fn text_of(paragraph: &Paragraph) -> String {
    let mut text = String::new();
    for content in &paragraph.content {
        match content {
            // Raised figures are marks of notes.
            InlineContent::Text(run)
                if run.style.superscript && is_number(&run.text) => {}
            InlineContent::Text(run) => text.push_str(&run.text),
            InlineContent::LineBreak => text.push('\n'),
            InlineContent::Link { text: label, .. } => text.push_str(label),
            InlineContent::Image { .. } => {}
        }
    }
    text
}

fn is_number(text: &str) -> bool {
    text.trim().bytes().all(|b| b.is_ascii_digit())
}

fn say_table(output: &mut impl Write, table: &Table) -> io::Result<()> {
    for row in &table.rows {
        let cells = row.cells.iter().map(|cell| {
            let texts: Vec<String> = cell.content.iter().map(text_of).collect();
            texts.join(" ")
        });
        say(output, &Answer::Row(cells.collect::<Vec<_>>().join(" | ")))?;
    }
    Ok(())
}

/// Why a PDF cannot be read, in words for the user.
fn plain(error: &unpdf::Error) -> String {
    match error {
        unpdf::Error::Encrypted | unpdf::Error::InvalidPassword => {
            "encrypted: remove the password first".to_owned()
        }
        unpdf::Error::UnknownFormat => "not a PDF".to_owned(),
        error => format!("damaged: {error}"),
    }
}
