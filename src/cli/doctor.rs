//! `delineate doctor`: whether everything that the program needs is sound, and the way out
//! where it is not. Prints no text of articles, so that its output can go into a report of
//! a fault.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::correct::lost;
use super::out::{self, clean, count};
use super::{Exit, Global};
use crate::classify::Languages;
use crate::correct::Ledger;
use crate::index::Index;
use crate::{Error, ingest};

/// Check the index, the ledger of corrections, the model and the surroundings
///
/// Verifies all checksums, and prints no text of articles. The exit status is 2 when
/// something is broken; the way out stands beside it.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Jsonl,
}

/// What was found out about one thing.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    state: Health,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    /// As it should be.
    Ok,
    /// Works, and could be better.
    Note,
    /// Does not work.
    Broken,
}

impl DoctorArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index);
        let findings = [
            program(),
            check_index(global, index.as_ref()),
            folder(index.as_ref().ok()),
            ledger(global, index.as_ref().ok()),
            model(global, index.as_ref().ok()),
            terminal(),
            pdftotext(),
        ];
        let mut stdout = out::stdout();
        for finding in &findings {
            self.format.line(&mut stdout, finding)?;
        }
        stdout.flush().map_err(Error::write(Path::new("standard output")))?;
        let broken = findings.iter().any(|f| f.state == Health::Broken);
        Ok(if broken { Exit::Failed } else { Exit::Done })
    }
}

impl Format {
    fn line(self, out: &mut impl Write, finding: &Finding) -> crate::Result<()> {
        let line = match self {
            Self::Jsonl => serde_json::to_string(finding).unwrap_or_default(),
            Self::Table => {
                let state = match finding.state {
                    Health::Ok => "ok",
                    Health::Note => "note",
                    Health::Broken => "BROKEN",
                };
                let mut line = format!(
                    "{:<12} {state:<7} {}",
                    finding.what,
                    clean(&finding.found)
                );
                if let Some(help) = &finding.help {
                    line.push_str("\n                     help: ");
                    line.push_str(&clean(help));
                }
                line
            }
        };
        writeln!(out, "{line}").map_err(Error::write(Path::new("standard output")))
    }
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: Health::Ok, found: found.into(), help: None }
    }

    fn note(what: &'static str, found: impl Into<String>, help: &str) -> Self {
        let help = Some(help.to_owned());
        Self { what, state: Health::Note, found: found.into(), help }
    }

    fn broken(what: &'static str, error: &Error) -> Self {
        Self { what, state: Health::Broken, found: chain(error), help: error.help() }
    }
}

/// An error with its causes.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn program() -> Finding {
    let features = [
        (cfg!(feature = "office"), "office"),
        (cfg!(feature = "email"), "email"),
        (cfg!(feature = "pdf"), "pdf"),
        (cfg!(feature = "xlsx"), "xlsx"),
    ];
    let with: Vec<_> =
        features.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Finding::ok(
        "program",
        format!(
            "delineate {} for {} on {}, {}, with {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::ARCH,
            std::env::consts::OS,
            count(cores, "core"),
            if with.is_empty() { "no features".to_owned() } else { with.join(", ") },
        ),
    )
}

fn check_index(global: &Global, index: Result<&Index, &Error>) -> Finding {
    let dir = global.index.display();
    match index.map(|index| index.verify().map(|()| index.len())) {
        Ok(Ok((articles, passages))) => Finding::ok(
            "index",
            format!(
                "{dir}: {}, {}, every checksum is right",
                count(articles, "article"),
                count(passages, "passage")
            ),
        ),
        Err(Error::NoIndex(_)) => Finding::note(
            "index",
            format!("there is none at {dir}"),
            "make one with `delineate index FOLDER`",
        ),
        Ok(Err(error)) => Finding::broken("index", &error),
        Err(error) => Finding::broken("index", error),
    }
}

/// Whether the folders of the articles are there, and how far the index lags behind.
fn folder(index: Option<&Index>) -> Finding {
    let Some(state) = index.and_then(|index| index.state().ok()) else {
        return Finding::note("articles", "unknown without an index", "see above");
    };
    let roots: Vec<_> = state.roots.iter().map(|r| r.display().to_string()).collect();
    let found = match index.map(|index| ingest::find(&state.roots, index.dir())) {
        Some(Ok(found)) => found,
        Some(Err(error)) => {
            return Finding::note(
                "articles",
                error.to_string(),
                "name the folder anew: `delineate index FOLDER`",
            );
        }
        None => return Finding::ok("articles", ""),
    };
    let known = |file: &crate::source::SourceFile| {
        let at = state.files.binary_search_by(|f| f.name.cmp(&file.name));
        at.is_ok_and(|at| {
            let known = &state.files[at];
            known.size == file.size
                && (known.modified == file.modified || known.modified == 0)
        })
    };
    let new = found.files.iter().filter(|file| !known(file)).count();
    let names: std::collections::BTreeSet<_> =
        found.files.iter().map(|f| &f.name).collect();
    let gone = state.files.iter().filter(|f| !names.contains(&f.name)).count();
    let text = format!("{}: {}", roots.join(", "), count(found.files.len(), "file"));
    if new + gone == 0 {
        Finding::ok("articles", text)
    } else {
        let text = format!("{text}, {new} new or changed, {gone} gone");
        Finding::note(
            "articles",
            text,
            "bring the index up to date with `delineate index`",
        )
    }
}

/// The ledger's health, and whether the index shows what it says.
fn ledger(global: &Global, index: Option<&Index>) -> Finding {
    const WHAT: &str = "corrections";
    let path = global.ledger_path();
    let ledger = match Ledger::read(&path) {
        Ok(ledger) => ledger,
        Err(error) => return Finding::broken(WHAT, &error),
    };
    let in_force = ledger.in_force().count();
    let text = format!(
        "{}: {} in force, {} written",
        path.display(),
        count(in_force, "correction"),
        count(ledger.lines(), "line")
    );
    if let Some(error) = ledger.bad().next() {
        let found = match ledger.bad().len() {
            1 => chain(&error),
            n => format!("{}; {} more lines cannot be read", chain(&error), n - 1),
        };
        return Finding { found, ..Finding::broken(WHAT, &error) };
    }
    if let Some(bytes) = ledger.torn() {
        let text = format!("{text}; the last line is cut off ({bytes} bytes)");
        return Finding::note(
            WHAT,
            text,
            "the next correction drops what is left of it",
        );
    }
    match index.map(|index| lost(index, &ledger)) {
        Some(Ok(n)) if n > 0 => Finding::note(
            WHAT,
            format!("{text}; no passage in the index for {n}"),
            "bring the index up to date; of what is left, the articles are gone or the \
             passages written anew: `delineate correct --list`, then correct them again or \
             take the word back with `--undo ID`",
        ),
        Some(Err(error)) => Finding::broken(WHAT, &error),
        _ => Finding::ok(WHAT, text),
    }
}

fn model(global: &Global, index: Option<&Index>) -> Finding {
    const WHAT: &str = "model";
    let model = match global.classifier(Languages::English) {
        Ok(model) => model,
        Err(error) => return Finding::broken(WHAT, &error),
    };
    let id = model.id();
    let text = match model.corrections() {
        0 => id.clone(),
        n => format!("{id}, learned from {}", count(n, "correction")),
    };
    let state = index.and_then(|index| index.state().ok());
    match state {
        Some(state) if state.model != id => Finding::note(
            WHAT,
            format!("{text}; the labels in the index are of {}", state.model),
            "label anew with `delineate index`",
        ),
        _ => Finding::ok(WHAT, text),
    }
}

fn terminal() -> Finding {
    let is = |yes: bool, what: &str| {
        if yes {
            format!("{what} is a terminal")
        } else {
            format!("{what} is no terminal")
        }
    };
    let size =
        terminal_size::terminal_size().map(|(w, _)| format!(", {} columns", w.0));
    let set =
        |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let text = format!(
        "{}, {}{}{}",
        is(std::io::stdout().is_terminal(), "standard output"),
        is(std::io::stderr().is_terminal(), "standard error"),
        size.unwrap_or_default(),
        if set("NO_COLOR") { ", NO_COLOR is set" } else { "" },
    );
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let utf8 = locale.as_deref().is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8") || cfg!(windows)
    });
    if utf8 {
        Finding::ok("terminal", text)
    } else {
        let text = format!("{text}, locale {}", locale.unwrap_or_default());
        Finding::note(
            "terminal",
            text,
            "output is UTF-8: choose a locale of that encoding",
        )
    }
}

fn pdftotext() -> Finding {
    let version = Command::new("pdftotext")
        .arg("-v")
        .stdin(Stdio::null())
        .output()
        .map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
    match version {
        Ok(text) => {
            Finding::ok("pdftotext", text.lines().next().unwrap_or("found").to_owned())
        }
        Err(_) if cfg!(feature = "pdf") => Finding::note(
            "pdftotext",
            "not found: the built-in reader reads PDFs",
            "install poppler-utils for better text from PDFs",
        ),
        Err(_) => Finding::note(
            "pdftotext",
            "not found: PDFs are not read",
            "install poppler-utils to read PDFs",
        ),
    }
}
