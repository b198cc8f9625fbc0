//! Bringing an index up to date with its folder.
//!
//! Files are compared with the state by size and time, and read only where these differ.
//! All changes go into one commit together with the new state; a long run commits now and
//! then what it has. What a commit holds does not depend on how the index came to it: an
//! index that has followed its folder gives the same records as one made at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::folder::{Format, WriteLock};
use super::plan::{Known, Made, Plan, Prepared, Task, read_known};
use super::state::{ArticleState, FileState, State};
use super::write::{self, Numbers, Writer};
use super::{Counts, plan};
use crate::classify::{Classifier, Languages};
use crate::correct::{Corrections, Ledger};
use crate::ingest::{Limits, Skipped};
use crate::pipeline;
use crate::segment::LeftOutReason;
use crate::source::SourceFile;
use crate::{Error, Result};

/// What to bring up to date, and how.
#[derive(Clone, Copy)]
pub struct Update<'a> {
    /// The index's folder; made where there is none.
    pub dir: &'a Path,
    /// Where the articles are. When empty: the paths that the index remembers, else
    /// `corpus/articles`, `corpus` or the current folder.
    pub paths: &'a [PathBuf],
    /// Make the index anew from all files.
    pub force: bool,
    /// On how many threads files are read and labelled; 0 for as many as there are cores.
    /// None is started where there is nothing to read.
    pub threads: usize,
    /// Labels passages.
    pub classifier: &'a Classifier,
    /// What reading a file may cost.
    pub limits: &'a Limits,
    /// What people said of passages.
    pub ledger: &'a Ledger,
    /// Is told how far the work is; `false` asks it to stop, keeping what is done.
    pub progress: &'a (dyn Fn(Progress<'_>) -> bool + Sync),
}

impl std::fmt::Debug for Update<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Update").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// How far the work is.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// So many files have to be read.
    Found(usize),
    /// This file was read.
    Read(&'a str),
    /// What was read is being written for good.
    Committing,
}

/// What an index holds, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Articles with passages, near copies not among them.
    pub articles: usize,
    /// Their passages.
    pub counts: Counts,
    /// Stretches left out of them, by reason.
    pub left_out: BTreeMap<LeftOutReason, u64>,
    /// Articles that are near copies of others, and count for nothing.
    pub copies: usize,
    /// Articles that hold no passage.
    pub empty: usize,
}

impl Contents {
    pub(super) fn of(state: &State) -> Self {
        let mut contents = Self::default();
        for ArticleState { article, .. } in state.articles() {
            if article.copy_of.is_some() {
                contents.copies += 1;
                continue;
            }
            let empty = article.counts.passages() == 0;
            *(if empty { &mut contents.empty } else { &mut contents.articles }) += 1;
            contents.counts += article.counts;
            for (reason, n) in &article.left_out {
                *contents.left_out.entry(*reason).or_default() += u64::from(*n);
            }
        }
        contents
    }
}

/// What an update did, and what the index holds now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Updated {
    /// Where the articles are.
    pub roots: Vec<PathBuf>,
    /// What the index holds now.
    pub contents: Contents,
    /// Files that were not there before.
    pub added: usize,
    /// Files that were there with other content.
    pub changed: usize,
    /// Files that were there and are gone, and files of paths that are no longer meant.
    pub removed: usize,
    /// Of `added` and `removed`, files that only have another name now: old and new name.
    pub moved: Vec<(String, String)>,
    /// Files as they were.
    pub unchanged: usize,
    /// Files that gave no article, and why; also those found so by an earlier run.
    pub skipped: Vec<Skipped>,
    /// The articles that were read in this run.
    pub read: Vec<String>,
    /// What readers had to guess or give up in the files that were read, with the file.
    pub warnings: Vec<(String, String)>,
    /// Files of unsupported kinds, by ending.
    pub unsupported: BTreeMap<String, usize>,
    /// Folders that the index followed, and follows no more since others were named.
    pub left: Vec<PathBuf>,
    /// Why all files had to be read again.
    pub rebuilt: Option<String>,
    /// Whether it stopped before all files were read.
    pub interrupted: bool,
}

/// A run that lasts commits what it has so often. Rarely, since a commit costs some
/// hundred milliseconds on a slow disk.
const COMMIT_EVERY: Duration = Duration::from_mins(1);

/// Brings an index up to date with its folder.
///
/// # Errors
/// [`Error::Locked`] while another process writes, [`Error::NoSuchPath`] when a path does
/// not exist, [`Error::BadIndex`] when the index is damaged or newer than this program and
/// not forced, [`Error::Read`] and [`Error::Write`]. The index is then as it was.
pub fn update(job: &Update<'_>) -> Result<Updated> {
    let missing = |path: &&PathBuf| {
        path.symlink_metadata().is_err_and(|e| e.kind() == io::ErrorKind::NotFound)
    };
    // Before anything is made.
    if let Some(path) = job.paths.iter().find(missing) {
        return Err(Error::NoSuchPath(path.clone()));
    }
    let lock = WriteLock::take(job.dir)?;
    let Prepared { known, rebuilt, roots, corrections, plan } = plan::prepare(job)?;
    let in_force = known.as_ref().map(|k| &*k.generation);
    lock.sweep(in_force)?;
    let followed = known.as_ref().map_or(&[][..], |k| &k.state.roots);
    let outcome = Updated {
        left: followed
            .iter()
            .filter(|old| !roots.iter().any(|root| old.starts_with(root)))
            // Those that have moved or are gone were not left.
            .filter(|old| old.exists())
            .cloned()
            .collect(),
        roots,
        unchanged: plan.keep.len(),
        removed: plan.gone.len(),
        rebuilt,
        ..Updated::default()
    };
    let mut run = Run {
        job,
        corrections: &corrections,
        lock: &lock,
        about: State {
            model: job.classifier.id(),
            settings: plan::settings_of(job.classifier),
            limits: plan::limits(job),
            choices: job.limits.choices,
            homeless: plan::marks_of_homeless(&corrections),
            roots: outcome.roots.clone(),
            files: Vec::new(),
        },
        replaces: known.as_ref(),
        plan,
        outcome,
    };
    let state = match &known {
        Some(known) if run.outcome.rebuilt.is_none() => {
            if run.plan.is_empty() && !run.plan.meta_differs {
                write::seal_again(job.dir, &known.generation)?;
                known.state.clone()
            } else {
                run.append(known)?
            }
        }
        _ => run.rebuild()?,
    };
    Ok(run.finish(&state))
}

/// What became of a correction that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The index shows it.
    Up,
    /// The next [`update`] will, for this reason.
    Later(String),
}

/// Lets the index show what people said of one article since. The folder is not looked
/// through: only the article's file is read, and only if it is as the index knows it and
/// gives the same articles as it did.
///
/// # Errors
/// As for [`update`]. The index is then as it was.
pub fn take_up(
    dir: &Path,
    article: &str,
    ledger: &Ledger,
    limits: &Limits,
    model: &Classifier,
) -> Result<Taken> {
    let lock = WriteLock::take(dir)?;
    let Known { generation, state } = read_known(dir)?;
    lock.sweep(Some(&generation))?;
    let later = |why: &str| Ok(Taken::Later(why.to_owned()));
    let languages = [Languages::English, Languages::Any].into_iter();
    let mut classifiers = languages.map(|languages| model.in_languages(languages));
    let Some(classifier) = classifiers
        .find(|c| c.id() == state.model && plan::settings_of(c) == state.settings)
    else {
        return later("labels are made by another model now");
    };
    let is_its =
        |f: &Arc<FileState>| f.articles.iter().any(|a| a.article.name == article);
    let (mut its, keep): (Vec<_>, Vec<_>) =
        state.files.iter().cloned().partition(is_its);
    let Some(old) = its.pop() else { return later("the article is not in the index") };
    if old.hash.is_none() || plan::hash_of(&old.path) != old.hash {
        return later("its file has changed or moved");
    }
    let names: HashSet<&str> = state.files.iter().map(|f| &*f.name).collect();
    let corrections = Corrections::new(ledger, |name| names.contains(name));
    // Read as it was read for the index, whatever the caller would choose.
    let limits = &Limits { choices: state.choices, ..limits.clone() };
    let job = Update {
        dir,
        paths: &[],
        force: false,
        threads: 1,
        classifier: &classifier,
        limits,
        ledger,
        progress: &|_| true,
    };
    let before: Vec<_> = old.articles.iter().map(|a| a.article.name.clone()).collect();
    let FileState { name, path, size, modified, .. } = FileState::clone(&old);
    let file = SourceFile { name, path, size, modified };
    let task = Task { file, modified, old: Some(old), again: true };
    match task.make(&job, &corrections) {
        Made::Skipped { reason, .. } => return Ok(Taken::Later(reason)),
        // With other limits than the index had, an archive might lose some.
        Made::Read { articles, .. }
            if !articles.iter().map(|a| &a.article.name).eq(&before) =>
        {
            return later("its file gives other articles than when it was indexed");
        }
        _ => {}
    }
    let known = Known { generation, state };
    let mut run = Run {
        job: &job,
        corrections: &corrections,
        lock: &lock,
        about: State { files: Vec::new(), ..known.state.clone() },
        replaces: Some(&known),
        plan: Plan { read: vec![task], keep, ..Plan::default() },
        outcome: Updated::default(),
    };
    run.append(&known)?;
    Ok(Taken::Up)
}

/// One update under way.
struct Run<'a> {
    job: &'a Update<'a>,
    corrections: &'a Corrections,
    lock: &'a WriteLock,
    /// What the new state says beside its files.
    about: State,
    /// What is in force until a rebuild is done.
    replaces: Option<&'a Known>,
    plan: Plan,
    outcome: Updated,
}

impl Run<'_> {
    /// Adds to the generation that is in force.
    fn append(&mut self, known: &Known) -> Result<State> {
        let state = self.try_append(known);
        if state.is_err() {
            // What it wrote would keep a full disk full. A writer begins by sweeping; if
            // it cannot, the next run does.
            drop(Writer::open(self.lock.dir(), &known.generation));
        }
        state
    }

    fn try_append(&mut self, known: &Known) -> Result<State> {
        let mut writer = Writer::open(self.lock.dir(), &known.generation)?;
        let mut state = self.read_all(&mut writer, &known.state, false)?;
        writer.commit(&mut state)?;
        writer.finish()?;
        if state.roots != known.state.roots {
            self.lock.put_in_force(&known.generation, &state.roots)?;
        }
        Ok(state)
    }

    /// Makes a new generation and puts it in force. An interrupted one takes the place of
    /// none, but not of a whole one.
    fn rebuild(&mut self) -> Result<State> {
        let state = self.try_rebuild();
        if state.is_err() {
            // As above. It may have come into force just before the failure.
            let _ = match Format::read(self.lock.dir()) {
                Ok(format) => self.lock.sweep(Some(&format.generation)),
                Err(Error::NoIndex(_)) => self.lock.sweep(None),
                Err(_) => Ok(()),
            };
        }
        state
    }

    fn try_rebuild(&mut self) -> Result<State> {
        let generation = self.lock.new_generation()?;
        let mut writer = Writer::create(self.lock.dir(), &generation)?;
        let mut state = self.read_all(&mut writer, &State::default(), true)?;
        if self.outcome.interrupted
            && let Some(known) = self.replaces
        {
            drop(writer);
            self.lock.sweep(Some(&known.generation))?;
            return Ok(known.state.clone());
        }
        writer.commit(&mut state)?;
        writer.finish()?;
        self.lock.put_in_force(&generation, &state.roots)?;
        Ok(state)
    }

    /// Reads all files of the plan and gives the state that belongs to what was written.
    fn read_all(
        &mut self,
        writer: &mut Writer,
        old: &State,
        new: bool,
    ) -> Result<State> {
        let (job, corrections) = (self.job, self.corrections);
        (job.progress)(Progress::Found(self.plan.read.len()));
        let files = std::mem::take(&mut self.plan.keep);
        let mut state = State { files, ..self.about.clone() };
        writer.numbers = Numbers::new(old);
        let gone = std::mem::take(&mut self.plan.gone);
        for file in &gone {
            writer.remove(file);
        }
        let tasks = std::mem::take(&mut self.plan.read);
        let mut at = 0;
        let mut last = Instant::now();
        let all = pipeline::batches(tasks.iter(), |task| task.file.size);
        let make = |task: &&Task| task.make(job, corrections);
        let taken = on_threads(job, tasks.len(), || {
            pipeline::in_order(all, make, |made| {
                let task = &tasks[at];
                at += 1;
                let file = self.take(writer, task, made)?;
                state.files.push(Arc::new(file));
                if !(job.progress)(Progress::Read(&task.file.name)) {
                    return Err(Error::Interrupted);
                }
                if last.elapsed() > COMMIT_EVERY && (!new || self.replaces.is_none()) {
                    let mut partial = state.clone();
                    partial
                        .files
                        .extend(tasks[at..].iter().filter_map(Task::not_reached));
                    writer.commit(&mut partial)?;
                    if new {
                        self.lock.put_in_force(&writer.generation, &state.roots)?;
                    }
                    last = Instant::now();
                }
                Ok(())
            })
        });
        match taken {
            Err(Error::Interrupted) => self.outcome.interrupted = true,
            other => other?,
        }
        state.files.extend(tasks[at..].iter().filter_map(Task::not_reached));
        state.files.sort_by(|a, b| a.name.cmp(&b.name));
        self.outcome.moved = moved(&gone, &state, &tasks);
        (job.progress)(Progress::Committing);
        Ok(state)
    }

    /// Writes what became of one file.
    fn take(
        &mut self,
        writer: &mut Writer,
        task: &Task,
        made: Made,
    ) -> Result<FileState> {
        let SourceFile { name, path, size, .. } = &task.file;
        let mut file = FileState {
            name: name.clone(),
            path: path.clone(),
            size: *size,
            modified: task.modified,
            ..FileState::default()
        };
        let old = task.old.as_deref();
        match made {
            Made::Same => {
                self.outcome.unchanged += 1;
                if let Some(old) = old {
                    file.hash = old.hash;
                    file.corrections.clone_from(&old.corrections);
                    file.articles.clone_from(&old.articles);
                    for state in &mut file.articles {
                        state.article.path.clone_from(&file.path);
                    }
                }
                return Ok(file);
            }
            Made::Read { hash, corrections, articles, skipped } => {
                file.hash = Some(hash);
                file.corrections = corrections;
                file.skipped = skipped;
                for made in &articles {
                    self.outcome.read.push(made.article.name.clone());
                    let lines = made.article.warnings.iter();
                    self.outcome
                        .warnings
                        .extend(lines.map(|w| (made.article.name.clone(), w.clone())));
                }
                file.articles = writer.replace(old, articles)?;
            }
            Made::Skipped { hash, reason } => {
                file.hash = hash;
                file.skipped = Some(reason);
                if let Some(old) = old {
                    writer.remove(old);
                }
            }
        }
        match old {
            Some(_) => self.outcome.changed += 1,
            None => self.outcome.added += 1,
        }
        Ok(file)
    }

    /// The outcome, with what the index holds now.
    fn finish(mut self, state: &State) -> Updated {
        self.outcome.contents = Contents::of(state);
        self.outcome.skipped = std::mem::take(&mut self.plan.skipped);
        self.outcome.skipped.extend(plan::skipped(state));
        self.outcome.unsupported = std::mem::take(&mut self.plan.unsupported);
        self.outcome
    }
}

/// Runs work on the threads that the job wants, on this one where there is no work.
fn on_threads<T: Send>(
    job: &Update<'_>,
    tasks: usize,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    if tasks == 0 {
        return work();
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.threads).build();
    let pool = pool.map_err(|e| Error::Read {
        path: job.dir.to_owned(),
        source: io::Error::other(e),
    })?;
    pool.install(work)
}

/// Files that are gone and came back under another name: the same bytes.
fn moved(
    gone: &[Arc<FileState>],
    state: &State,
    tasks: &[Task],
) -> Vec<(String, String)> {
    let mut by_hash: BTreeMap<[u8; 16], Vec<&str>> = BTreeMap::new();
    for file in gone.iter().rev().filter(|f| f.skipped.is_none()) {
        if let Some(hash) = file.hash {
            by_hash.entry(hash).or_default().push(&file.name);
        }
    }
    let new: BTreeSet<_> =
        tasks.iter().filter(|t| t.old.is_none()).map(|t| &*t.file.name).collect();
    let came = state.files.iter().filter(|f| new.contains(&*f.name));
    came.filter_map(|file| {
        let old = by_hash.get_mut(&file.hash?)?.pop()?;
        Some((old.to_owned(), file.name.clone()))
    })
    .collect()
}
