//! `delineate status`: how fresh the index is, what was skipped and why; and what was
//! decided about one file.

use std::path::Path;
use std::time::SystemTime;

use clap::{Args, ValueEnum};

use super::correct::{lost, lost_line};
use super::out::{self, clean, count};
use super::page::{BOLD, DIM, Page, Paging};
use super::{Exit, Global, ReadArgs, index};
use crate::index::{Index, Status, Update, Why, status, why};

/// Show what is indexed, how fresh it is, and what to do next
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate status
  delineate index --why notes/draft.md    which rule or reader decided on a file")]
pub(super) struct StatusArgs {
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Jsonl,
}

/// Names of files that are listed of each kind.
const FEW: usize = 10;

impl StatusArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let (classifier, limits) = (self.read.classifier(global)?, self.read.limits());
        let ledger = global.ledger()?;
        let job = Update {
            dir: &global.index,
            paths: &[],
            force: false,
            threads: 1,
            classifier: &classifier,
            limits: &limits,
            ledger: &ledger,
            progress: &|_| true,
        };
        let status = status(&job)?;
        let in_force = ledger.in_force().count();
        let corrections = Corrections {
            in_force,
            lost: match in_force {
                0 => 0,
                _ => lost(&Index::open(&global.index)?, &ledger)?,
            },
        };
        match self.format {
            Format::Table => {
                table(&status, corrections, global).print(Paging::Never)?;
            }
            Format::Jsonl => {
                let mut stdout = out::stdout();
                out::json_line(&mut stdout, &record(&status, corrections))?;
                out::flush(stdout)?;
            }
        }
        Ok(if ledger.bad().len() > 0 { Exit::Failed } else { Exit::Done })
    }
}

/// How many corrections are in force, and how many of them find no passage.
#[derive(Clone, Copy)]
struct Corrections {
    in_force: usize,
    lost: usize,
}

fn table(status: &Status, corrections: Corrections, global: &Global) -> Page {
    let mut page = Page::new();
    let mut row = |name: &str, value: &str| {
        page.styled(BOLD, &format!("{name:<11}"));
        page.line(&clean(value));
    };
    row("index", &global.index.display().to_string());
    let roots: Vec<_> = status.roots.iter().map(|r| r.display().to_string()).collect();
    row("folder", &roots.join(", "));
    let age = status.written.and_then(|t| SystemTime::now().duration_since(t).ok());
    let age =
        age.map_or_else(|| "?".to_owned(), |age| format!("{} ago", ago(age.as_secs())));
    row("written", &format!("{age}, {:.1} MB", status.bytes as f64 / 1e6));
    let contents = &status.contents;
    let counts = contents.counts;
    row(
        "holds",
        &format!(
            "{}, {}: {} B2B, {} B2C, {} SHARED, {} unlabelled",
            count(contents.articles, "article"),
            count(counts.passages() as usize, "passage"),
            counts.b2b,
            counts.b2c,
            counts.shared,
            counts.unlabelled
        ),
    );
    if let Some(not_counted) = index::not_counted(contents) {
        row("", &not_counted);
    }
    row("model", &status.model);
    match corrections {
        Corrections { in_force: 0, .. } => {}
        Corrections { in_force, lost: 0 } => {
            row("corrected", &count(in_force, "passage"));
        }
        Corrections { lost, .. } => row("corrected", &lost_line(lost)),
    }
    if let Some(why) = &status.outdated {
        row("outdated", why);
    }
    for (name, files) in
        [("new", &status.new), ("changed", &status.changed), ("gone", &status.gone)]
    {
        list(&mut page, name, files.len(), files.iter().map(|f| clean(f).into_owned()));
    }
    list(
        &mut page,
        "skipped",
        status.skipped.len(),
        status
            .skipped
            .iter()
            .map(|s| format!("{}: {}", clean(&s.file), clean(&s.reason))),
    );
    if !status.unsupported.is_empty() {
        let kinds: Vec<_> =
            status.unsupported.iter().map(|(e, n)| format!("{n} {e}")).collect();
        page.styled(BOLD, "other kinds");
        page.put(" ");
        page.styled(DIM, &kinds.join(", "));
        page.put("\n");
    }
    page.line(if status.is_fresh() {
        "fresh: the index shows the folder as it is"
    } else {
        "next: `delineate index` brings it up to date"
    });
    page
}

fn list(page: &mut Page, name: &str, n: usize, lines: impl Iterator<Item = String>) {
    if n == 0 {
        return;
    }
    page.styled(BOLD, &format!("{name:<11}"));
    page.line(&count(n, "file"));
    for line in lines.take(FEW) {
        page.put("  ");
        page.line(&line);
    }
    if n > FEW {
        page.line(&format!("  … {} more", n - FEW));
    }
}

/// The record of a status in JSON lines.
fn record(status: &Status, corrections: Corrections) -> serde_json::Value {
    let skipped: Vec<_> = status
        .skipped
        .iter()
        .map(|s| serde_json::json!({"file": s.file, "reason": s.reason}))
        .collect();
    let seconds = |t: SystemTime| {
        t.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
    };
    let counts = status.contents.counts;
    serde_json::json!({
        "schema": "delineate.status/1",
        "roots": status.roots.iter().map(|r| r.to_string_lossy()).collect::<Vec<_>>(),
        "written": status.written.map(seconds),
        "bytes": status.bytes,
        "model": status.model,
        "articles": status.contents.articles,
        "near_copies": status.contents.copies,
        "empty_articles": status.contents.empty,
        "passages": counts.passages(),
        "b2b": counts.b2b,
        "b2c": counts.b2c,
        "shared": counts.shared,
        "unlabelled": counts.unlabelled,
        "left_out": status.contents.left_out,
        "corrections": corrections.in_force,
        "corrections_lost": corrections.lost,
        "fresh": status.is_fresh(),
        "new": status.new,
        "changed": status.changed,
        "gone": status.gone,
        "unchanged": status.unchanged,
        "skipped": skipped,
        "unsupported": status.unsupported,
        "outdated": status.outdated,
    })
}

/// A time span in its largest unit.
fn ago(seconds: u64) -> String {
    for (unit, name) in [(86_400, "day"), (3600, "hour"), (60, "minute")] {
        if seconds >= unit {
            return count(usize::try_from(seconds / unit).unwrap_or(usize::MAX), name);
        }
    }
    count(usize::try_from(seconds).unwrap_or(usize::MAX), "second")
}

/// `delineate index --why FILE`.
pub(super) fn tell_why(job: &Update<'_>, file: &Path) -> anyhow::Result<Exit> {
    let mut page = Page::new();
    let mut exit = Exit::Nothing;
    let said = match why(job, file)? {
        Why::Outside(roots) => {
            let roots: Vec<_> = roots.iter().map(|r| r.display().to_string()).collect();
            format!("left out: it lies outside of {}", roots.join(", "))
        }
        Why::Ignored(rules, rule) => {
            format!("left out: the rule `{rule}` in {} says so", rules.display())
        }
        Why::Hidden(part) => format!("left out: `{part}` is hidden"),
        Why::NoFile => "left out: it is no plain file".to_owned(),
        Why::Unsupported(ending) => {
            format!("left out: no reader for the ending `{ending}`")
        }
        Why::LeftOut => {
            "left out: by a rule of the version control, or a link on the way"
                .to_owned()
        }
        Why::Skipped(reason) => format!("skipped: {reason}"),
        Why::New { format } => {
            exit = Exit::Done;
            format!("not indexed yet: `delineate index` will read it as {format}")
        }
        Why::Indexed { articles, reader, stale, copy_of } => {
            exit = Exit::Done;
            let articles: Vec<_> = articles
                .iter()
                .map(|(name, n)| format!("{name} ({})", count(*n as usize, "passage")))
                .collect();
            let mut said =
                format!("indexed: {}; read as {reader}", articles.join(", "));
            if articles.is_empty() {
                "read, but it holds no article".clone_into(&mut said);
            }
            if !copy_of.is_empty() {
                said.extend(["; near copy of ", &copy_of.join(", ")]);
            }
            if stale {
                said.push_str("; changed since: `delineate index` reads it again");
            }
            said
        }
    };
    page.line(&clean(&said));
    page.print(Paging::Never)?;
    Ok(exit)
}
