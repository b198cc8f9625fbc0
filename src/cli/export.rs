//! `delineate export`: passages, articles or themes as a file for other programs.

use clap::{Args, ValueEnum};

use super::emit::{self, OutputArgs};
use super::filter::FilterArgs;
use super::{Exit, Global, out};
use crate::index::Index;
use crate::report::{Format, rows};

/// Write passages, articles or themes as CSV, JSON lines, a workbook or a web page
///
/// The file appears when it is whole. Rows come in the order of articles and passages, so
/// that equal indexes give equal files.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate export -o passages.csv                 all passages
  delineate export -o b2b.xlsx --label b2b         a workbook of those on B2B
  delineate export --what articles -o articles.csv one row an article, with its counts
  delineate export --format jsonl | jq .label      for a program

The columns are described in docs/schema. Exit status: 0 done, 1 no row, 2 failed.")]
pub(super) struct ExportArgs {
    /// What the rows are
    #[arg(long, value_enum, default_value_t = What::Passages, value_name = "WHAT")]
    what: What,
    /// The form [default: by the file's ending, else csv]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Form>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// One row a passage
    Passages,
    /// One row an article: its passages counted by label
    Articles,
    /// One row a theme: its passages counted by label
    Themes,
    /// One row an article: a count for each theme and label
    Matrix,
}

impl What {
    /// What a row is.
    fn noun(self) -> &'static str {
        match self {
            Self::Passages => "passage",
            Self::Articles | Self::Matrix => "article",
            Self::Themes => "theme",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Passages => "Passages by label",
            Self::Articles => "Articles by label of their passages",
            Self::Themes => "Themes by label of their passages",
            Self::Matrix => "Articles by theme and label of their passages",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Comma-separated values
    Csv,
    /// One JSON object a line
    Jsonl,
    /// An Excel workbook
    #[cfg(feature = "xlsx")]
    Xlsx,
    /// One web page
    Html,
}

impl Form {
    /// The form that a file's ending asks for.
    fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            #[cfg(feature = "xlsx")]
            "xlsx" => Some(Self::Xlsx),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }
}

impl ExportArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let to = &*self.output.output;
        let format = match emit::form(self.format, to, Form::of_ending, Form::Csv)? {
            Form::Csv => Format::Csv(self.output.csv()),
            Form::Jsonl => Format::Jsonl,
            #[cfg(feature = "xlsx")]
            Form::Xlsx => Format::Xlsx,
            Form::Html => Format::Html,
        };
        let heading = emit::heading(self.what.title(), &self.filter, None)?;
        let index = Index::open(&global.index)?;
        if !global.quiet {
            self.filter.say_undated(&index)?;
        }
        let filter = self.filter.filter();
        let records = index.records(&filter)?;
        let written = match self.what {
            What::Passages => emit::rows(records, format, &heading, to)?,
            What::Articles => {
                emit::rows(rows::articles(records), format, &heading, to)?
            }
            What::Themes => {
                let themes = rows::themes(records)?.into_iter().map(Ok);
                emit::rows(themes, format, &heading, to)?
            }
            What::Matrix => emit::rows(rows::matrix(records), format, &heading, to)?,
        };
        if !global.quiet {
            emit::say_written(written, self.what.noun(), to);
        }
        if written.rows == 0 {
            out::say("no passage in the index passes these filters");
            return Ok(Exit::Nothing);
        }
        Ok(Exit::Done)
    }
}
