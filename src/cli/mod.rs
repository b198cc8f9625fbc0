//! The command line: one file for each subcommand, and what all of them share.
//!
//! Data goes to standard output, everything else to standard error. Exit status: 0 done or
//! found, 1 nothing found, 2 failed or done in part, 130 interrupted. A closed pipe is
//! success.

mod compare;
mod completions;
mod correct;
mod doctor;
mod draw;
mod emit;
mod evaluate;
mod export;
mod extract;
mod filter;
mod index;
mod interrupt;
mod kwic;
mod label;
mod limit;
mod man;
mod out;
mod page;
mod read;
mod review;
mod search;
mod show;
mod stats;
mod status;
mod train;
mod words;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use read::ReadArgs;

use crate::Error;
use crate::classify::{Classifier, Languages};
use crate::correct::Ledger;

/// Runs the program on its arguments and returns its exit status.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    crate::guard::hush_guarded_panics();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors. A full or closed stream cannot be told of.
            let _ = error.print();
            if let Some(tip) = search::tip(&error) {
                out::say(tip);
            }
            return if error.use_stderr() { Exit::Failed } else { Exit::Done }.into();
        }
    };
    cli.global.color.apply();
    match cli.command.run(&cli.global) {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            out::say_error(&error, cli.global.verbose > 0);
            let interrupted =
                matches!(error.downcast_ref::<Error>(), Some(Error::Interrupted));
            if interrupted { Exit::Interrupted } else { Exit::Failed }.into()
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Done; something was found.
    Done,
    /// Nothing was found.
    Nothing,
    /// Failed, or done in part.
    Failed,
    /// The user stopped it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Nothing => 1,
            Exit::Failed => 2,
            Exit::Interrupted => 130,
        })
    }
}

/// Whether the reader of our output went away, which is success.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = Some(io::ErrorKind::BrokenPipe);
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        // These two hold the error of the stream without naming it as their source.
        let json = cause.downcast_ref::<serde_json::Error>();
        let csv = cause.downcast_ref::<csv::Error>().map(csv::Error::kind);
        io == closed
            || json.is_some_and(|e| e.io_error_kind() == closed)
            || matches!(csv, Some(csv::ErrorKind::Io(e)) if Some(e.kind()) == closed)
    })
}

/// Labels the passages of product-management articles as B2B, B2C or shared, and makes them
/// searchable and reportable.
#[derive(Debug, Parser)]
#[command(name = "delineate", version, max_term_width = 100, infer_subcommands = false)]
#[command(after_help = "\
Examples:
  delineate index ~/articles            read, label and index a folder
  delineate search pricing --label b2b  what it says on pricing in B2B
  delineate export -o passages.csv      a spreadsheet of all passages

Exit status: 0 done or found, 1 nothing found, 2 failed or done in part, 130 interrupted.")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
struct Global {
    /// Folder of the index
    #[arg(long, global = true, value_name = "DIR", default_value = "index")]
    #[arg(env = "DELINEATE_INDEX", help_heading = "Global options")]
    index: PathBuf,
    /// File of corrections [default: corrections.jsonl beside the index]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    corrections: Option<PathBuf>,
    /// Model that labels: a file, or `builtin` [default: delineate.model beside the index,
    /// where `train` puts it, else builtin]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    model: Option<PathBuf>,
    /// Number of threads [default: all cores]
    #[arg(short = 'j', long, global = true, value_name = "N", value_parser = threads)]
    #[arg(help_heading = "Global options")]
    threads: Option<usize>,
    /// Print no notes and no progress
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Print more about what is done
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    #[arg(help_heading = "Global options")]
    verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    #[arg(value_name = "WHEN", help_heading = "Global options")]
    color: Color,
}

impl Global {
    /// Where the ledger of corrections lies.
    fn ledger_path(&self) -> PathBuf {
        self.corrections.clone().unwrap_or_else(|| Ledger::beside(&self.index))
    }

    /// The ledger of corrections, with a word on each line that does not count.
    fn ledger(&self) -> crate::Result<Ledger> {
        let ledger = Ledger::read(&self.ledger_path())?;
        if let Some(bytes) = ledger.torn() {
            out::say(format!(
                "warning: {}: the last line was cut off when the program or the machine \
                 stopped ({bytes} bytes); it was never called saved, and is left out",
                out::clean(&ledger.path().display().to_string())
            ));
        }
        tell_bad(&ledger);
        Ok(ledger)
    }

    /// Where `train` puts a model that has learned from corrections.
    fn learned_model(&self) -> PathBuf {
        Ledger::beside(&self.index).with_file_name("delineate.model")
    }

    /// The model that labels.
    fn classifier(&self, languages: Languages) -> crate::Result<Classifier> {
        let learned = self.learned_model();
        match &self.model {
            Some(name) if name.as_os_str() == "builtin" => {
                Ok(Classifier::embedded(languages))
            }
            Some(file) => Classifier::read(file, languages),
            None if learned.exists() => Classifier::read(&learned, languages),
            None => Ok(Classifier::embedded(languages)),
        }
    }

    /// Runs work on the number of threads that was asked for.
    fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
        let threads = self.threads.unwrap_or(0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(pool.install(work))
    }
}

fn threads(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| "a number of threads from 1 on is expected".to_owned())
}

/// Says which lines of a ledger do not count: each may be a judgement that is missed.
fn tell_bad(ledger: &Ledger) {
    const MOST: usize = 5;
    let all = ledger.bad().len();
    for error in ledger.bad().take(MOST) {
        out::say_error(&error.into(), false);
    }
    if all > MOST {
        out::say(format!("error: {} more of its lines cannot be read", all - MOST));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    fn apply(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Correct(correct::CorrectArgs),
    Review(review::ReviewArgs),
    Doctor(doctor::DoctorArgs),
    Index(index::IndexArgs),
    Label(label::LabelArgs),
    Search(search::SearchArgs),
    Show(show::ShowArgs),
    Similar(show::SimilarArgs),
    Compare(compare::CompareArgs),
    Export(export::ExportArgs),
    Stats(stats::StatsArgs),
    Kwic(kwic::KwicArgs),
    Words(words::WordsArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Train(train::TrainArgs),
    Evaluate(evaluate::EvaluateArgs),
    Status(status::StatusArgs),
    #[command(name = crate::ingest::pdf::WORKER, hide = true)]
    Extract(extract::ExtractArgs),
}

impl Command {
    fn run(self, global: &Global) -> anyhow::Result<Exit> {
        match self {
            Self::Correct(args) => args.run(global),
            Self::Review(args) => args.run(global),
            Self::Doctor(args) => args.run(global),
            Self::Index(args) => args.run(global),
            Self::Label(args) => args.run(global),
            Self::Search(args) => args.run(global),
            Self::Show(args) => args.run(global),
            Self::Similar(args) => args.run(global),
            Self::Compare(args) => args.run(global),
            Self::Export(args) => args.run(global),
            Self::Stats(args) => args.run(global),
            Self::Kwic(args) => args.run(global),
            Self::Words(args) => args.run(global),
            Self::Completions(args) => args.run(),
            Self::Man(args) => args.run(),
            Self::Train(args) => args.run(global),
            Self::Evaluate(args) => args.run(global),
            Self::Status(args) => args.run(global),
            Self::Extract(args) => args.run(),
        }
    }
}
