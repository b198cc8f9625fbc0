//! `delineate index`: reads, labels and indexes a folder, and follows it.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::correct::{lost, lost_line};
use super::out::{self, clean, count};
use super::{Exit, Global, ReadArgs, interrupt, status, tell_bad};
use crate::Error;
use crate::correct::Ledger;
use crate::index::{
    Contents, Index, Progress, Update, Updated, follow, glance, update,
};

/// Read, label and index a folder; only new and changed files are read
///
/// Files that are gone leave the index. Files that cannot be read are named on standard
/// error; the exit status is then 2. Without PATH: the paths that the index remembers, else
/// `corpus/articles`, else `corpus`, else the current folder. With other paths than before
/// the index becomes exactly these.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate index ~/articles
  delineate index                bring the index up to date
  delineate index --force        make it anew")]
pub(super) struct IndexArgs {
    /// Files and folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Make the index anew from all files
    #[arg(long)]
    force: bool,
    /// Follow the folder until Ctrl-C: index what changes, say only that
    #[arg(long, conflicts_with = "why")]
    watch: bool,
    /// Look for changes so often, in seconds (with --watch); more rarely in a folder so large
    /// that a look takes longer than a tenth of that
    #[arg(long, value_name = "SECONDS", default_value_t = 2, requires = "watch")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Index nothing: tell which rule or reader decided on this file
    #[arg(long, value_name = "FILE", conflicts_with = "force")]
    why: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
}

impl IndexArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        interrupt::listen();
        let started = Instant::now();
        let (classifier, limits) = (self.read.classifier(global)?, self.read.limits());
        let ledger = global.ledger()?;
        let bar = Bar::new(global);
        let progress = |progress: Progress<'_>| {
            bar.show(progress);
            !interrupt::asked()
        };
        let job = Update {
            dir: &global.index,
            paths: &self.paths,
            force: self.force,
            threads: global.threads.unwrap_or(0),
            classifier: &classifier,
            limits: &limits,
            ledger: &ledger,
            progress: &progress,
        };
        if let Some(file) = &self.why {
            return status::tell_why(&job, file);
        }
        let updated = update(&job);
        bar.clear();
        let mut updated = updated?;
        let lost = follow_passages(&job, &mut updated)?;
        let exit = tell(&updated, lost, started.elapsed(), global);
        if self.watch && !updated.interrupted {
            return self.follow(&job, &updated.roots, global);
        }
        // What was said in a line that cannot be read is not in the index.
        Ok(if exit == Exit::Done && ledger.bad().len() > 0 {
            Exit::Failed
        } else {
            exit
        })
    }

    /// Brings the index up to date whenever the folder has changed, until Ctrl-C.
    fn follow(
        &self,
        job: &Update<'_>,
        roots: &[PathBuf],
        global: &Global,
    ) -> anyhow::Result<Exit> {
        if !global.quiet {
            out::say("following the folder; Ctrl-C ends it");
        }
        let mut watch = Watch::default();
        let mut told = None;
        let mut bad: Vec<_> = job.ledger.bad().map(|error| error.to_string()).collect();
        loop {
            let started = Instant::now();
            while started.elapsed() < watch.pause(Duration::from_secs(self.every)) {
                if interrupt::asked() {
                    return Ok(Exit::Interrupted);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            if watch.is_quiet(roots, global) {
                continue;
            }
            let ledger = Ledger::read(&global.ledger_path())?;
            let now: Vec<_> = ledger.bad().map(|error| error.to_string()).collect();
            if now != bad {
                tell_bad(&ledger);
                bad = now;
            }
            // From here on, the paths are those that the index remembers.
            let job = Update { paths: &[], force: false, ledger: &ledger, ..*job };
            let started = Instant::now();
            match update(&job) {
                Ok(mut updated) => {
                    told = None;
                    let lost = if updated.read.is_empty() {
                        0
                    } else {
                        follow_passages(&job, &mut updated)?
                    };
                    if lost > 0 {
                        out::say(format!("warning: {}", lost_line(lost)));
                    }
                    if updated.added + updated.changed + updated.removed > 0 {
                        out::say_warnings(&updated.warnings);
                        let files = files(&updated, started.elapsed());
                        if let (false, Some(files)) = (global.quiet, files) {
                            out::say(files);
                        }
                    }
                }
                // Another process writes: next time, then.
                Err(Error::Locked { .. }) => watch = Watch::default(),
                Err(error) => {
                    watch = Watch::default();
                    let text = error.to_string();
                    if told.as_ref() != Some(&text) {
                        out::say_error(&error.into(), false);
                        told = Some(text);
                    }
                }
            }
        }
    }
}

/// What is known of a folder that is followed: a look at it from outside costs a part of
/// what an update does, and most looks see nothing new.
#[derive(Default)]
struct Watch {
    seen: Option<(u64, Option<SystemTime>)>,
    /// When something was last seen to have changed.
    changed: Option<Instant>,
    /// When the index was last compared with the folder.
    compared: Option<Instant>,
    /// How long the last look took.
    took: Duration,
}

impl Watch {
    /// So long after a change updates go on, whatever a look says: a file may change twice
    /// within one step of its time, which is two seconds on some file systems.
    const RESTLESS: Duration = Duration::from_secs(5);

    /// So often, files that could not be opened are tried again.
    const COMPARE: Duration = Duration::from_mins(1);

    /// A look at a large folder may take no more than this part of the time.
    const SHARE: u32 = 10;

    fn pause(&self, every: Duration) -> Duration {
        every.max(self.took * Self::SHARE)
    }

    /// Whether there is nothing to do. If not, the caller updates the index.
    fn is_quiet(&mut self, roots: &[PathBuf], global: &Global) -> bool {
        let now = Instant::now();
        let ledger = std::fs::metadata(global.ledger_path());
        let ledger = ledger.and_then(|meta| meta.modified()).ok();
        // A folder that cannot be looked at is for the update to tell.
        let seen = glance(roots, &global.index).ok().map(|folder| (folder, ledger));
        self.took = now.elapsed();
        let within =
            |since: Option<Instant>, span| since.is_some_and(|t| now - t < span);
        if seen.is_none() || seen != self.seen {
            self.seen = seen;
            self.changed = Some(now);
        } else if !within(self.changed, Self::RESTLESS)
            && within(self.compared, Self::COMPARE)
        {
            return true;
        }
        self.compared = Some(now);
        false
    }
}

/// Lets corrections follow their passages; tells how many find none.
fn follow_passages(job: &Update<'_>, updated: &mut Updated) -> anyhow::Result<usize> {
    let newer = match follow(job, updated) {
        Ok(newer) => newer,
        Err(error @ Error::Write { .. }) => {
            // The corrections hold all the same, as long as they are found without it.
            let error = anyhow::Error::from(error);
            out::say(format!(
                "warning: not noted where corrected passages are now: {error:#}"
            ));
            None
        }
        Err(error) => return Err(error.into()),
    };
    let ledger = newer.as_ref().unwrap_or(job.ledger);
    if ledger.in_force().next().is_none() {
        return Ok(0);
    }
    Ok(lost(&Index::open(job.dir)?, ledger)?)
}

/// Says what was done and what was not.
fn tell(updated: &Updated, lost: usize, took: Duration, global: &Global) -> Exit {
    out::say_warnings(&updated.warnings);
    out::say_skipped(&updated.skipped);
    if lost > 0 {
        out::say(format!("warning: {}", lost_line(lost)));
    }
    if !global.quiet {
        for line in summary(updated, took) {
            out::say(line);
        }
    }
    if updated.interrupted {
        Exit::Interrupted
    } else if !updated.skipped.is_empty() {
        Exit::Failed
    } else if updated.contents.articles == 0 {
        Exit::Nothing
    } else {
        Exit::Done
    }
}

/// What was done and what the index holds, for people.
fn summary(updated: &Updated, took: Duration) -> Vec<String> {
    let mut lines = Vec::new();
    if let (Some(why), false) = (&updated.rebuilt, updated.interrupted) {
        lines.push(format!("made the index anew: {why}"));
    }
    lines.extend(files(updated, took));
    let contents = &updated.contents;
    let counts = contents.counts;
    let unlabelled = match counts.unlabelled {
        0 => String::new(),
        n => format!(", {n} unlabelled"),
    };
    lines.push(format!(
        "index: {}, {}: {} B2B, {} B2C, {} SHARED{unlabelled}",
        count(updated.contents.articles, "article"),
        count(counts.passages() as usize, "passage"),
        counts.b2b,
        counts.b2c,
        counts.shared,
    ));
    lines.extend(not_counted(contents));
    if !contents.left_out.is_empty() {
        let mut reasons: Vec<_> = contents.left_out.iter().collect();
        reasons.sort_by_key(|(reason, n)| (std::cmp::Reverse(**n), **reason));
        let reasons: Vec<_> = reasons
            .iter()
            .map(|(reason, n)| format!("{n} {}", reason.as_str()))
            .collect();
        lines.push(format!("left out: {}", reasons.join(", ")));
    }
    if !updated.unsupported.is_empty() {
        let kinds: Vec<_> = updated
            .unsupported
            .iter()
            .map(|(e, n)| format!("{n} {}", clean(e)))
            .collect();
        lines.push(format!("files of other kinds: {}", kinds.join(", ")));
    }
    if !updated.skipped.is_empty() {
        lines.push(format!("skipped: {}", count(updated.skipped.len(), "file")));
    }
    if !updated.left.is_empty() {
        let names = |paths: &[PathBuf]| {
            let names: Vec<_> = paths
                .iter()
                .map(|p| clean(&p.display().to_string()).into_owned())
                .collect();
            names.join(" ")
        };
        let (left, now) = (names(&updated.left), names(&updated.roots));
        lines.push(format!(
            "note: the index no longer follows {left}, only {now}; for all of them: \
             `delineate index {left} {now}`"
        ));
    }
    let changed = updated.added + updated.changed + updated.removed > 0;
    if updated.interrupted {
        let text = "interrupted: what was done is saved; `delineate index` goes on";
        lines.push(text.to_owned());
    } else if updated.contents.articles == 0 {
        let text = "no article found; name a folder: `delineate index FOLDER`";
        lines.push(text.to_owned());
    } else if (changed || updated.rebuilt.is_some()) && updated.skipped.is_empty() {
        let text = "next: `delineate search pricing --label b2b`, `delineate stats`";
        lines.push(text.to_owned());
    }
    lines
}

/// The articles that are there and count for nothing; `None` where there are none.
pub(super) fn not_counted(contents: &Contents) -> Option<String> {
    let copies = match contents.copies {
        0 => None,
        1 => Some("1 near copy of another".to_owned()),
        n => Some(format!("{n} near copies of others")),
    };
    let empty = (contents.empty > 0)
        .then(|| format!("{} without a passage", count(contents.empty, "article")));
    let parts: Vec<_> = [copies, empty].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("not counted: {}", parts.join(", ")))
}

/// What happened to the files; `None` where there are none.
fn files(updated: &Updated, took: Duration) -> Option<String> {
    let moved = updated.moved.len();
    let done: Vec<_> = [
        (updated.added - moved, "new"),
        (updated.changed, "changed"),
        (moved, "moved"),
        (updated.removed - moved, "gone"),
        (updated.unchanged, "unchanged"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| format!("{n} {what}"))
    .collect();
    let seconds = took.as_secs_f64();
    (!done.is_empty()).then(|| format!("files: {} ({seconds:.1} s)", done.join(", ")))
}

/// The bar on a terminal, once the work has lasted long enough to wonder.
struct Bar {
    shown: bool,
    drawn: Mutex<Option<ProgressBar>>,
    started: Instant,
    /// Whether it says how long the work will last.
    guessed: AtomicBool,
}

/// Shorter work shows no bar.
const PATIENCE: Duration = Duration::from_millis(200);

/// From the first files nobody can tell how long the others take.
const GUESSABLE: Duration = Duration::from_millis(1500);

fn set_style(bar: &ProgressBar, template: &str) {
    // The templates are fixed and right; a wrong one would only look plain.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

impl Bar {
    fn new(global: &Global) -> Self {
        let shown = !global.quiet && console_is_terminal();
        Self {
            shown,
            drawn: Mutex::new(None),
            started: Instant::now(),
            guessed: AtomicBool::new(false),
        }
    }

    fn show(&self, progress: Progress<'_>) {
        if !self.shown {
            return;
        }
        let Ok(mut bar) = self.drawn.lock() else { return };
        match progress {
            Progress::Found(files) => {
                let new = ProgressBar::with_draw_target(
                    Some(files as u64),
                    ProgressDrawTarget::hidden(),
                );
                set_style(&new, "{bar:30} {pos}/{len} files  {wide_msg}");
                *bar = Some(new);
            }
            Progress::Read(name) => {
                if let Some(bar) = &*bar {
                    if bar.is_hidden() && self.started.elapsed() > PATIENCE {
                        bar.set_draw_target(ProgressDrawTarget::stderr());
                    }
                    bar.inc(1);
                    if self.started.elapsed() > GUESSABLE
                        && !self.guessed.swap(true, Ordering::Relaxed)
                    {
                        set_style(
                            bar,
                            "{bar:30} {pos}/{len} files, {eta} left  {wide_msg}",
                        );
                    }
                    if !bar.is_hidden() {
                        bar.set_message(clean(name).into_owned());
                    }
                }
            }
            Progress::Committing => {
                if let Some(bar) = &*bar
                    && !bar.is_hidden()
                {
                    bar.set_message("writing");
                }
            }
        }
    }

    fn clear(&self) {
        if let Ok(bar) = self.drawn.lock()
            && let Some(bar) = &*bar
        {
            bar.finish_and_clear();
        }
    }
}

fn console_is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal()
}
