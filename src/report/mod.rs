//! Stage 6: records in, reports out.
//!
//! | module | what it makes of the records |
//! |---|---|
//! | [`rows`] | passages, articles, themes as rows |
//! | [`table`] | what all rows have in common |
//! | [`csv`], [`html`], `xlsx` | how rows look; JSON lines are the rows themselves |
//!
//! Reports take records, never the index, so that whatever can be found can be reported.

pub mod compare;
pub mod concordance;
pub mod csv;
pub mod html;
pub mod interval;
pub mod keyness;
mod lexicon;
mod palette;
pub mod rows;
#[cfg(test)]
pub(crate) mod sample;
pub mod stats;
pub mod table;
mod tally;
pub mod words;
#[cfg(feature = "xlsx")]
pub mod xlsx;

use std::io::{self, Write};

pub use tally::LabelCounts;

use table::Row;

/// What stands above a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// What it is.
    pub title: String,
    /// Which filters it was made with; empty for none.
    pub note: String,
    /// When it was made, in seconds since 1970; only where the user states it, so that
    /// equal reports are equal files.
    pub time: Option<i64>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv(csv::Style),
    /// One JSON object a line.
    Jsonl,
    /// An Excel workbook.
    #[cfg(feature = "xlsx")]
    Xlsx,
    /// One web page.
    Html,
}

/// What came of writing a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: usize,
    /// Cells whose text was too long for the format.
    pub shortened: usize,
}

/// Writes rows in a format, one by one. Only a workbook holds them all until the end.
///
/// # Errors
/// The first error among the rows, or that `out` cannot be written.
pub fn write<R: Row, E: From<io::Error>>(
    rows: impl Iterator<Item = Result<R, E>>,
    format: Format,
    heading: &Heading,
    out: &mut dyn Write,
) -> Result<Written, E> {
    let mut written = Written::default();
    match format {
        Format::Csv(style) => {
            let mut writer = csv::Writer::new::<R>(&mut *out, style)?;
            for row in rows {
                writer.row(&row?)?;
                written.rows += 1;
            }
            writer.finish()?;
        }
        Format::Jsonl => {
            for row in rows {
                serde_json::to_writer(&mut *out, &row?).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
                written.rows += 1;
            }
        }
        #[cfg(feature = "xlsx")]
        Format::Xlsx => {
            let mut writer = xlsx::Writer::new::<R>(heading)?;
            for row in rows {
                writer.row(&row?)?;
                written.rows += 1;
            }
            written.shortened = writer.finish(out)?;
        }
        Format::Html => {
            let mut writer = html::Writer::new::<R>(&mut *out, heading)?;
            for row in rows {
                writer.row(&row?)?;
                written.rows += 1;
            }
            writer.finish()?;
        }
    }
    out.flush()?;
    Ok(written)
}
