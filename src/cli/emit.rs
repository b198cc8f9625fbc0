//! Reports on their way out: to a file that is whole or not there, or to standard output;
//! and the records that they are made of.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::filter::FilterArgs;
use super::out;
use crate::Error;
use crate::output::OutFile;
use crate::report::table::Row;
use crate::report::{self, Format, Heading, Written};

/// The form of a report: the one that was asked for, else the one that the file's ending
/// says, else `usual` where there is no ending.
///
/// # Errors
/// When no form has the ending: what is in a file should not belie its name.
pub(super) fn form<F: ValueEnum>(
    asked: Option<F>,
    to: &Path,
    of_ending: impl Fn(&str) -> Option<F>,
    usual: F,
) -> anyhow::Result<F> {
    let ending = match (asked, to.extension()) {
        (Some(form), _) => return Ok(form),
        (None, None) => return Ok(usual),
        (None, Some(ending)) => ending.to_string_lossy().to_ascii_lowercase(),
    };
    let Some(form) = of_ending(&ending) else {
        let forms = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let forms: Vec<_> = forms.map(|form| form.get_name().to_owned()).collect();
        bail!(
            "there is no form for `.{}`: name one with `--format` ({})",
            out::clean(&ending),
            forms.join(", ")
        );
    };
    Ok(form)
}

/// Writes rows in a format to a file, or to standard output for `-`.
pub(super) fn rows<R: Row>(
    rows: impl Iterator<Item = crate::Result<R>>,
    format: Format,
    heading: &Heading,
    to: &Path,
) -> anyhow::Result<Written> {
    #[cfg(feature = "xlsx")]
    if format == Format::Xlsx && is_stdout(to) && io::stdout().is_terminal() {
        bail!("a workbook is no text for a terminal: name a file with `-o`");
    }
    whole(to, |out| {
        let rows = rows.map(|row| row.map_err(anyhow::Error::from));
        report::write(rows, format, heading, out)
    })
}

/// Lets `write` fill a file that appears when it is whole, or standard output for `-`.
pub(super) fn whole<T>(
    to: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if is_stdout(to) {
        let mut stdout = out::stdout();
        let done = write(&mut stdout)?;
        stdout.flush().context("cannot write standard output")?;
        return Ok(done);
    }
    let mut file = OutFile::create(to)?;
    let done =
        write(&mut file).map_err(|error| match error.downcast::<io::Error>() {
            Ok(source) => Error::Write { path: to.to_owned(), source }.into(),
            Err(error) => error,
        })?;
    file.commit()?;
    Ok(done)
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Where a report goes and how its CSV is written.
#[derive(Clone, Debug, Args)]
pub(super) struct OutputArgs {
    /// Write to this file instead of standard output (`-`)
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "-",
        hide_default_value = true
    )]
    pub(super) output: PathBuf,
    /// CSV for old spreadsheets: a byte order mark, lines that end with CR LF
    #[arg(long)]
    pub(super) excel: bool,
    /// CSV with text as it is, also where a spreadsheet would run it as a formula
    #[arg(long)]
    pub(super) raw: bool,
}

impl OutputArgs {
    /// How CSV is written.
    pub(super) fn csv(&self) -> report::csv::Style {
        report::csv::Style { excel: self.excel, raw: self.raw }
    }
}

/// The heading of a report of these passages.
pub(super) fn heading(
    title: &str,
    filter: &FilterArgs,
    query: Option<&str>,
) -> anyhow::Result<Heading> {
    let query = query.map(|q| format!("found by {q:?}"));
    let filter = Some(filter.describe()).filter(|f| !f.is_empty());
    let note: Vec<_> = query.into_iter().chain(filter).collect();
    Ok(Heading { title: title.to_owned(), note: note.join(", "), time: source_date()? })
}

/// The time that the user states for reproducible files.
/// <https://reproducible-builds.org/specs/source-date-epoch/>
fn source_date() -> anyhow::Result<Option<i64>> {
    let Some(stated) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let seconds = stated.to_str().and_then(|s| s.trim().parse::<i64>().ok());
    match seconds.filter(|s| (0..=253_402_300_799).contains(s)) {
        Some(seconds) => Ok(Some(seconds)),
        None => bail!("SOURCE_DATE_EPOCH is no number of seconds since 1970"),
    }
}

/// A line for the user on what was written.
pub(super) fn say_written(written: Written, noun: &str, to: &Path) {
    let what = out::count(written.rows, noun);
    if !is_stdout(to) {
        out::say(format!("wrote {what} to {}", out::clean(&to.display().to_string())));
    }
    if written.shortened > 0 {
        let cells = out::count(written.shortened, "text");
        out::say(format!(
            "warning: {cells} too long for a cell: shortened, with … at the end"
        ));
    }
}
