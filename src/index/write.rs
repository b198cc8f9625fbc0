//! Bringing an index up to date with its folder.
//!
//! Files are compared with the state by size and time, and read only where these differ.
//! All changes go into one commit together with the new state; a long run commits now and
//! then what it has. What a commit holds does not depend on how the index came to it: an
//! index that has followed its folder gives the same records as one made at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tantivy::indexer::{LogMergePolicy, UserOperation};
use tantivy::{Directory, IndexSettings, IndexWriter, Term};

use super::copies::{self, Sketch};
use super::filter::Filter;
use super::folder::{self, Access, Folder, Format, Sync, WriteLock};
use super::guard::{bad, guarded, io as bad_io};
use super::read::{Index, Payload, SEAL, files, read_state};
use super::schema::{self, ARTICLE, Entry};
use super::state::{ArticleState, FileState, State};
use super::term::{TOKENIZER, TermTokenizer};
use super::{Counts, IndexedArticle};
use crate::classify::{Classifier, Languages};
use crate::correct::{Corrections, Ledger};
use crate::ingest::{self, Limits, Skipped};
use crate::label::Label;
use crate::pipeline::{self, LabeledArticle, LabeledFile};
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
    /// Labels passages.
    pub classifier: &'a Classifier,
    /// What reading a file may cost.
    pub limits: &'a Limits,
    /// What people said of passages.
    pub ledger: &'a Ledger,
    /// Is told how far the work is; `false` asks it to stop, keeping what is done.
    pub progress: &'a (dyn Fn(Progress<'_>) -> bool + std::marker::Sync),
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

/// What an update did, and what the index holds now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Updated {
    /// Where the articles are.
    pub roots: Vec<PathBuf>,
    /// Articles in the index, near copies among them.
    pub articles: usize,
    /// Their passages.
    pub counts: Counts,
    /// Stretches left out, by reason.
    pub left_out: BTreeMap<LeftOutReason, u64>,
    /// Articles that are near copies of others.
    pub copies: usize,
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
    /// What readers had to guess or give up in the files that were read, with the file.
    pub warnings: Vec<(String, String)>,
    /// Files of unsupported kinds, by ending.
    pub unsupported: BTreeMap<String, usize>,
    /// Why all files had to be read again.
    pub rebuilt: Option<String>,
    /// Whether it stopped before all files were read.
    pub interrupted: bool,
}

/// Memory for words that are not on disk yet. With less, tantivy writes many small parts
/// and merges them: 15 MB cost 1.7 times the processor time of 100 MB.
const HEAP: usize = 120 << 20;

/// Passages wait in memory for tantivy up to so many bytes of text.
const WAITING: usize = 8 << 20;

/// A run that lasts commits what it has so often. Rarely, since a commit costs some
/// hundred milliseconds on a slow disk.
const COMMIT_EVERY: Duration = Duration::from_mins(1);

/// Files read between two writes: enough to keep all threads busy.
const BATCH: usize = 64;

/// A share of deleted passages at which tantivy rewrites a part. Its own default is 1.0,
/// with which an index that follows a busy folder would only grow.
const MOST_DELETED: f32 = 0.3;

/// Brings an index up to date with its folder.
///
/// # Errors
/// [`Error::Locked`] while another process writes, [`Error::NoSuchPath`] when a path does
/// not exist, [`Error::BadIndex`] when the index is damaged or newer than this program and
/// not forced, [`Error::Read`] and [`Error::Write`]. The index is then as it was.
pub fn update(job: &Update<'_>) -> Result<Updated> {
    let lock = WriteLock::take(job.dir)?;
    let (known, rebuilt) = known(job)?;
    let roots = roots(job, known.as_ref())?;
    let roots = roots.iter().map(|r| absolute(r)).collect::<Vec<_>>();
    let found = ingest::find(&roots, job.dir)?;
    let walked = now();
    let old = known.as_ref().map(|k| &k.state);
    let in_force = known.as_ref().map(|k| &*k.generation);
    lock.sweep(in_force)?;
    let old = if rebuilt.is_some() { None } else { old };
    let corrections = {
        let names: HashSet<&str> = found.files.iter().map(|f| &*f.name).collect();
        Corrections::new(job.ledger, |name| names.contains(name))
    };
    let plan = Plan::new(job, &corrections, found, old, &roots, walked)?;
    let mut outcome = Updated { roots, rebuilt, ..Updated::default() };
    plan.describe(&mut outcome);

    let mut run = Run {
        job,
        corrections: &corrections,
        lock: &lock,
        about: State {
            model: job.classifier.id(),
            settings: settings(job),
            limits: limits(job),
            homeless: marks_of_homeless(&corrections),
            roots: outcome.roots.clone(),
            files: Vec::new(),
        },
        replaces: in_force,
        plan,
        outcome,
    };
    let state = match (&known, run.outcome.rebuilt.is_none()) {
        (Some(known), true) if run.plan.is_empty() && !run.plan.meta_differs => {
            known.state.clone()
        }
        (Some(known), true) => run.append(known)?,
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
/// through: only the article's file is read, and only if it is as the index knows it.
///
/// # Errors
/// As for [`update`]. The index is then as it was.
pub fn take_up(dir: &Path, article: &str, ledger: &Ledger) -> Result<Taken> {
    let lock = WriteLock::take(dir)?;
    let Known { generation, state } = read_known(dir)?;
    lock.sweep(Some(&generation))?;
    let later = |why: &str| Ok(Taken::Later(why.to_owned()));
    let languages = [Languages::English, Languages::Any].into_iter();
    let mut classifiers = languages.map(Classifier::embedded);
    let Some(classifier) =
        classifiers.find(|c| c.id() == state.model && settings_of(c) == state.settings)
    else {
        return later("labels are made by another model now");
    };
    let is_its = |f: &FileState| f.articles.iter().any(|a| a.article.name == article);
    let (mut its, keep): (Vec<_>, Vec<_>) =
        state.files.iter().cloned().partition(is_its);
    let Some(old) = its.pop() else { return later("the article is not in the index") };
    if old.hash.is_none() || hash_of(&old.path) != old.hash {
        return later("its file has changed or moved");
    }
    let names: HashSet<&str> = state.files.iter().map(|f| &*f.name).collect();
    let corrections = Corrections::new(ledger, |name| names.contains(name));
    let limits = Limits { file_bytes: u64::MAX, ..Limits::default() };
    let job = Update {
        dir,
        paths: &[],
        force: false,
        classifier: &classifier,
        limits: &limits,
        ledger,
        progress: &|_| true,
    };
    let FileState { name, path, size, modified, .. } = old.clone();
    let file = SourceFile { name, path, size, modified };
    let task = Task { file, modified, old: Some(old), again: true };
    let made = task.make(&job, &corrections);
    if let Made::Skipped { reason, .. } = made {
        return Ok(Taken::Later(reason));
    }
    let mut run = Run {
        job: &job,
        corrections: &corrections,
        lock: &lock,
        about: State { files: Vec::new(), ..state.clone() },
        plan: Plan { read: vec![task], keep, ..Plan::default() },
        outcome: Updated::default(),
        replaces: Some(&generation),
    };
    run.append(&Known { generation: generation.clone(), state })?;
    Ok(Taken::Up)
}

/// An index that is there already.
struct Known {
    generation: String,
    state: State,
}

/// The index as it is, and why it has to be made anew.
fn known(job: &Update<'_>) -> Result<(Option<Known>, Option<String>)> {
    let forced = || Some("as asked".to_owned());
    let known = match read_known(job.dir) {
        Ok(known) => known,
        Err(Error::NoIndex(_)) => return Ok((None, None)),
        Err(_) if job.force => return Ok((None, forced())),
        Err(error) => return Err(error),
    };
    let state = &known.state;
    let model = job.classifier.id();
    let rebuilt = if job.force {
        forced()
    } else if state.model != model {
        Some("labels are made by another model now".to_owned())
    } else if state.settings != settings(job) {
        Some("it was made with other settings".to_owned())
    } else {
        None
    };
    Ok((Some(known), rebuilt))
}

fn read_known(dir: &Path) -> Result<Known> {
    let Format { generation, .. } = Format::read(dir)?;
    let path = dir.join(&generation);
    let payload = read_meta(dir, &path)?;
    let state = read_state(dir, &path, &payload)?;
    Ok(Known { generation, state })
}

/// Settings that change what is in the index.
fn settings(job: &Update<'_>) -> String {
    settings_of(job.classifier)
}

fn settings_of(classifier: &Classifier) -> String {
    format!("languages: {:?}", classifier.languages())
}

/// Reads from `meta.json` alone which state is in force.
fn read_meta(dir: &Path, generation: &Path) -> Result<Payload> {
    #[derive(serde::Deserialize)]
    struct Meta {
        payload: Option<String>,
    }
    let damaged = |what: String| Error::BadIndex {
        path: dir.to_owned(),
        what: format!("is damaged: {what}"),
    };
    let folder =
        Folder::open(generation, Access::Read).map_err(|e| damaged(e.to_string()))?;
    let bytes = folder
        .atomic_read(Path::new(folder::META))
        .map_err(|e| bad(dir)(tantivy::TantivyError::from(e)))?;
    serde_json::from_slice(&bytes)
        .ok()
        .and_then(|meta: Meta| serde_json::from_str(&meta.payload?).ok())
        .ok_or_else(|| damaged("its last commit names no state".to_owned()))
}

/// Where the articles are.
fn roots(job: &Update<'_>, known: Option<&Known>) -> Result<Vec<PathBuf>> {
    if !job.paths.is_empty() {
        return Ok(job.paths.to_vec());
    }
    match known.map(|k| &k.state.roots) {
        Some(roots) if !roots.is_empty() => {
            // Where index and articles were moved together, they are found beside it.
            roots.iter().map(|root| moved_root(root, job.dir)).collect()
        }
        _ => {
            let default = ["corpus/articles", "corpus"].map(Path::new);
            let first = default.into_iter().find(|p| p.is_dir());
            Ok(vec![first.unwrap_or(Path::new(".")).to_owned()])
        }
    }
}

/// A root, or where it is when the folder that holds it and the index has moved.
fn moved_root(root: &Path, dir: &Path) -> Result<PathBuf> {
    if root.exists() {
        return Ok(root.to_owned());
    }
    let home = absolute(dir);
    let home = home.parent().unwrap_or(&home);
    let parts: Vec<_> = root.components().collect();
    (1..parts.len())
        .map(|from| home.join(parts[from..].iter().collect::<PathBuf>()))
        .find(|candidate| candidate.exists())
        .ok_or_else(|| Error::NoSuchPath(root.to_owned()))
}

/// A path from the root of the file system, links as they are.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// What is to be done with which file.
#[derive(Default)]
struct Plan {
    /// Files to read, with what was known of them.
    read: Vec<Task>,
    /// Files that stay as they are known.
    keep: Vec<FileState>,
    /// Files that are gone.
    gone: Vec<FileState>,
    skipped: Vec<Skipped>,
    unsupported: BTreeMap<String, usize>,
    /// Roots, limits or corrections are others, though no file is.
    meta_differs: bool,
}

struct Task {
    file: SourceFile,
    /// The time to remember: 0 where the file may have changed since without showing it.
    modified: i64,
    old: Option<FileState>,
    /// To be read even when its bytes are the same: its corrections are not.
    again: bool,
}

impl Plan {
    fn new(
        job: &Update<'_>,
        corrections: &Corrections,
        found: ingest::Found,
        old: Option<&State>,
        roots: &[PathBuf],
        walked: i64,
    ) -> Result<Self> {
        let same_roots = old.is_some_and(|o| o.roots == roots);
        let same_limits = old.is_some_and(|o| o.limits == limits(job));
        let homeless = marks_of_homeless(corrections);
        let same_homeless = old.is_some_and(|o| o.homeless == homeless);
        let holders = match old {
            Some(old) if !same_homeless => {
                holders(job.dir, corrections, &old.homeless)?
            }
            _ => BTreeSet::new(),
        };
        let mut plan = Self {
            read: Vec::new(),
            keep: Vec::new(),
            gone: Vec::new(),
            skipped: found.skipped,
            unsupported: found.unsupported,
            meta_differs: old.is_some()
                && !(same_roots && same_limits && same_homeless),
        };
        let mut olds = old.map_or(&[][..], |o| &o.files).iter().peekable();
        for file in found.files {
            while let Some(gone) = olds.next_if(|o| o.name < file.name) {
                plan.gone.push(gone.clone());
            }
            let old = olds.next_if(|o| o.name == file.name);
            let same = |o: &FileState| {
                let stat = o.size == file.size && o.modified == file.modified;
                // What could not be opened may be readable now, with the same time.
                let retry = o.skipped.is_some() && (!same_limits || o.hash.is_none());
                stat && file.modified != 0 && same_roots && !retry
            };
            let again = old.is_some_and(|o| {
                !corrections.still_concern(&o.name, &o.corrections)
                    || o.articles.iter().any(|a| holders.contains(&a.article.name))
            });
            match old {
                Some(old) if same(old) && !again => plan.keep.push(old.clone()),
                _ => {
                    let settled = is_settled(file.modified, walked);
                    let modified = if settled { file.modified } else { 0 };
                    plan.read.push(Task { file, modified, old: old.cloned(), again });
                }
            }
        }
        plan.gone.extend(olds.cloned());
        Ok(plan)
    }

    fn is_empty(&self) -> bool {
        self.read.is_empty() && self.gone.is_empty()
    }

    fn describe(&self, outcome: &mut Updated) {
        outcome.unchanged = self.keep.len();
        outcome.removed = self.gone.len();
    }
}

fn marks_of_homeless(corrections: &Corrections) -> Vec<String> {
    corrections.homeless().map(|c| c.mark.clone()).collect()
}

/// The articles that hold the text of a correction which has lost its home: it was moved
/// into one of them.
fn holders(
    dir: &Path,
    corrections: &Corrections,
    known: &[String],
) -> Result<BTreeSet<String>> {
    let texts: HashSet<&str> = corrections
        .homeless()
        .filter(|c| !known.contains(&c.mark))
        .map(|c| &*c.anchor.text)
        .collect();
    let mut holders = BTreeSet::new();
    if !texts.is_empty() {
        let all = Filter { keep_duplicates: true, ..Filter::default() };
        for record in Index::open(dir)?.records(&all)? {
            let record = record?;
            if texts.contains(&*record.text) {
                holders.insert(record.article);
            }
        }
    }
    Ok(holders)
}

fn limits(job: &Update<'_>) -> String {
    format!("{:?}", job.limits)
}

/// Whether a later change of a file would show in its time. File systems keep times in
/// steps, the common ones of a few milliseconds, some of two seconds.
fn is_settled(modified: i64, walked: i64) -> bool {
    let whole_seconds = modified % 1_000_000_000 == 0;
    let step = if whole_seconds { 2_000_000_000 } else { 20_000_000 };
    modified < walked - step
}

/// What became of one file.
enum Made {
    /// The same bytes as before, under another time.
    Same,
    /// Read: each article with its passages, and why a part of it was not.
    Read {
        hash: [u8; 16],
        corrections: Vec<String>,
        articles: Vec<MadeArticle>,
        skipped: Option<String>,
    },
    /// No article.
    Skipped { hash: Option<[u8; 16]>, reason: String },
}

struct MadeArticle {
    article: IndexedArticle,
    sketch: Sketch,
    entries: Vec<Entry>,
}

impl Task {
    /// Reads, segments and labels the file. Runs on any thread.
    fn make(&self, job: &Update<'_>, corrections: &Corrections) -> Made {
        if self.has_same_bytes() {
            return Made::Same;
        }
        let LabeledFile { articles: labeled, skipped } =
            pipeline::label_file(&self.file, job.limits, job.classifier, corrections);
        let skipped = skipped.map(|skipped| skipped.reason);
        if labeled.is_empty()
            && let Some(reason) = skipped
        {
            // A file that is too large is not read for its hash either.
            let small = self.file.size <= job.limits.file_bytes;
            let hash = if small { hash_of(&self.file.path) } else { Some([0; 16]) };
            return Made::Skipped { hash, reason };
        }
        let hash = labeled
            .first()
            .and_then(|l| hash_from_hex(&l.article.provenance.hash))
            .or_else(|| hash_of(&self.file.path));
        let Some(hash) = hash else {
            let reason = "vanished while it was read".to_owned();
            return Made::Skipped { hash: None, reason };
        };
        let texts = labeled.iter().flat_map(|l| &l.passages);
        let texts = texts.map(|p| p.passage.text());
        let corrections = corrections.concern(&self.file.name, texts);
        let made = |l: &LabeledArticle| made_article(l, &self.file.path);
        let articles = labeled.iter().map(made).collect();
        Made::Read { hash, corrections, articles, skipped }
    }

    /// What is known of the file when the run stops before it: what was known before, but
    /// so that the next run reads it whatever the reason for reading it was.
    fn not_reached(&self) -> Option<FileState> {
        let old = self.old.clone()?;
        Some(FileState { modified: 0, hash: None, ..old })
    }

    /// Whether the file only has another time than when it was read.
    fn has_same_bytes(&self) -> bool {
        !self.again
            && self.old.as_ref().is_some_and(|old| {
                old.size == self.file.size
                    && old.skipped.is_none()
                    && old.hash.is_some()
                    && old.hash == hash_of(&self.file.path)
            })
    }
}

/// First half of the hash of a file's bytes; `None` where it cannot be read.
fn hash_of(path: &Path) -> Option<[u8; 16]> {
    let bytes = fs::read(path).ok()?;
    blake3::hash(&bytes).as_bytes()[..16].try_into().ok()
}

fn hash_from_hex(hex: &str) -> Option<[u8; 16]> {
    Some(u128::from_str_radix(hex, 16).ok()?.to_be_bytes())
}

fn made_article(labeled: &LabeledArticle, path: &Path) -> MadeArticle {
    let article = &*labeled.article;
    let mut indexed = IndexedArticle {
        name: article.name.clone(),
        title: article.title.clone(),
        path: path.to_owned(),
        about: article.about.clone(),
        provenance: article.provenance.clone(),
        warnings: article.warnings.clone(),
        ..IndexedArticle::default()
    };
    for passage in &labeled.passages {
        *match passage.verdict.as_ref().map(|v| v.label) {
            Some(Label::B2b) => &mut indexed.counts.b2b,
            Some(Label::B2c) => &mut indexed.counts.b2c,
            Some(Label::Shared) => &mut indexed.counts.shared,
            None => &mut indexed.counts.unlabelled,
        } += 1;
    }
    let entries: Vec<_> = labeled.passages.iter().map(Entry::new).collect();
    indexed.bytes = entries.iter().map(|e| e.text().len() as u64).sum();
    indexed.section_bytes = entries.iter().map(|e| e.section().len() as u64).sum();
    for left_out in &labeled.left_out {
        *indexed.left_out.entry(left_out.reason).or_default() += 1;
    }
    let sketch = Sketch::of(entries.iter().map(Entry::text));
    MadeArticle { article: indexed, sketch, entries }
}

/// One update under way.
struct Run<'a> {
    job: &'a Update<'a>,
    corrections: &'a Corrections,
    lock: &'a WriteLock,
    /// What the new state says beside its files.
    about: State,
    /// The generation that is in force until a rebuild is done.
    replaces: Option<&'a str>,
    plan: Plan,
    outcome: Updated,
}

impl Run<'_> {
    /// Adds to the generation that is in force.
    fn append(&mut self, known: &Known) -> Result<State> {
        let mut writer = Writer::open(self.lock.dir(), &known.generation)?;
        let mut state = self.read_all(&mut writer, &known.state, false)?;
        writer.commit(&mut state)?;
        writer.finish()?;
        Ok(state)
    }

    /// Makes a new generation and puts it in force. An interrupted one takes the place of
    /// none, but not of a whole one.
    fn rebuild(&mut self) -> Result<State> {
        let generation = self.lock.new_generation()?;
        let mut writer = Writer::create(self.lock.dir(), &generation)?;
        let mut state = self.read_all(&mut writer, &State::default(), true)?;
        if self.outcome.interrupted && self.replaces.is_some() {
            drop(writer);
            self.lock.sweep(self.replaces)?;
            return Ok(State::default());
        }
        writer.commit(&mut state)?;
        writer.finish()?;
        self.lock.put_in_force(&generation)?;
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
        let taken = pipeline::in_order(
            tasks.chunks(BATCH).map(|c| c.iter().collect::<Vec<_>>()),
            |task| task.make(job, corrections),
            |made| {
                let task = &tasks[at];
                at += 1;
                let file = self.take(writer, task, made)?;
                state.files.push(file);
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
                        self.lock.put_in_force(&writer.generation)?;
                    }
                    last = Instant::now();
                }
                Ok(())
            },
        );
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
        let old = task.old.as_ref();
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
        let outcome = &mut self.outcome;
        for ArticleState { article, .. } in state.articles() {
            outcome.articles += 1;
            outcome.counts += article.counts;
            outcome.copies += usize::from(article.copy_of.is_some());
            for (reason, n) in &article.left_out {
                *outcome.left_out.entry(*reason).or_default() += u64::from(*n);
            }
        }
        outcome.skipped = std::mem::take(&mut self.plan.skipped);
        outcome.skipped.extend(state.files.iter().filter_map(|f| {
            let reason = f.skipped.clone()?;
            Some(Skipped { file: f.name.clone(), reason })
        }));
        outcome.unsupported = std::mem::take(&mut self.plan.unsupported);
        self.outcome
    }
}

/// Files that are gone and came back under another name: the same bytes.
fn moved(gone: &[FileState], state: &State, tasks: &[Task]) -> Vec<(String, String)> {
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

/// Which article numbers are free.
#[derive(Debug, Default)]
struct Numbers {
    free: Vec<u32>,
    next: u32,
}

impl Numbers {
    fn new(state: &State) -> Self {
        let used: BTreeSet<u32> = state.articles().map(|a| a.number).collect();
        let next = used.last().map_or(0, |last| last + 1);
        // The lowest is taken first.
        let free = (0..next).rev().filter(|n| !used.contains(n)).collect();
        Self { free, next }
    }

    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// Writes passages and commits them with their state.
struct Writer {
    dir: PathBuf,
    generation: String,
    path: PathBuf,
    tantivy: tantivy::Index,
    passages: IndexWriter<Entry>,
    waiting: Arc<Waiting>,
    numbers: Numbers,
    /// Articles written since copies were last marked.
    new: BTreeSet<u32>,
}

impl Writer {
    fn create(dir: &Path, generation: &str) -> Result<Self> {
        let path = dir.join(generation);
        let folder =
            Folder::open(&path, Access::Write).map_err(|e| bad(dir)(e.into()))?;
        let settings = IndexSettings::default();
        let index = tantivy::Index::create(folder, schema::schema(), settings)
            .map_err(bad(dir))?;
        Self::new(dir, generation, index)
    }

    fn open(dir: &Path, generation: &str) -> Result<Self> {
        let path = dir.join(generation);
        guarded(dir, || {
            let folder =
                Folder::open(&path, Access::Write).map_err(|e| bad(dir)(e.into()))?;
            let index = tantivy::Index::open(folder).map_err(bad(dir))?;
            Self::new(dir, generation, index)
        })
    }

    fn new(dir: &Path, generation: &str, tantivy: tantivy::Index) -> Result<Self> {
        let bad = bad(dir);
        let path = dir.join(generation);
        tantivy.tokenizers().register(TOKENIZER, TermTokenizer::default());
        // One thread, so that passages keep the order of the articles; the other threads
        // read and label meanwhile.
        let passages = tantivy.writer_with_num_threads(1, HEAP).map_err(&bad)?;
        // What a killed run has left would be in the way of files of the same name.
        passages.garbage_collect_files().wait().map_err(&bad)?;
        folder::sweep_temporary(&path).map_err(bad_io(dir))?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(MOST_DELETED);
        passages.set_merge_policy(Box::new(policy));
        Ok(Self {
            dir: dir.to_owned(),
            generation: generation.to_owned(),
            path,
            tantivy,
            passages,
            waiting: Arc::default(),
            numbers: Numbers::default(),
            new: BTreeSet::new(),
        })
    }

    /// Takes a file's articles out.
    fn remove(&mut self, file: &FileState) {
        for state in &file.articles {
            self.passages.delete_term(article_term(state.number));
            self.numbers.free.push(state.number);
        }
    }

    /// Puts a file's articles in the place of those that it had.
    fn replace(
        &mut self,
        old: Option<&FileState>,
        made: Vec<MadeArticle>,
    ) -> Result<Vec<ArticleState>> {
        if let Some(old) = old {
            self.remove(old);
        }
        let mut states = Vec::with_capacity(made.len());
        for MadeArticle { article, sketch, entries } in made {
            let number = self.numbers.take();
            let size = entries.iter().map(Entry::size).sum();
            let permit = Arc::new(self.waiting.enter(size));
            let adds: Vec<_> = entries
                .into_iter()
                .map(|mut entry| {
                    entry.number = u64::from(number);
                    entry.permit = Some(Arc::clone(&permit));
                    UserOperation::Add(entry)
                })
                .collect();
            // All passages of an article go into the same segment, side by side.
            if !adds.is_empty() {
                self.passages.run(adds).map_err(bad(&self.dir))?;
            }
            self.new.insert(number);
            states.push(ArticleState { number, article, sketch });
        }
        Ok(states)
    }

    /// Commits all that was written, with its state.
    fn commit(&mut self, state: &mut State) -> Result<()> {
        state.files.sort_by(|a, b| a.name.cmp(&b.name));
        let new = std::mem::take(&mut self.new);
        copies::mark(state, |number| new.contains(&number));
        let bytes = state.encode();
        let hash = blake3::hash(&bytes).to_hex();
        let payload =
            Payload { state: format!("state-{}", &hash[..16]), hash: hash.to_string() };
        let place = self.path.join(&payload.state);
        folder::write_whole(&place, &bytes, Sync::Yes).map_err(Error::write(&place))?;
        let text = serde_json::to_string(&payload).unwrap_or_default();
        guarded(&self.dir, || {
            let mut commit = self.passages.prepare_commit().map_err(bad(&self.dir))?;
            commit.set_payload(&text);
            commit.commit().map_err(bad(&self.dir))?;
            Ok(())
        })?;
        self.sweep_states(&payload.state).map_err(Error::write(&self.path))?;
        Ok(())
    }

    /// Removes the states of earlier commits. A reader that was about to open one of them
    /// begins anew.
    fn sweep_states(&self, in_force: &str) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("state-") && name != in_force {
                fs::remove_file(self.path.join(&*name))?;
            }
        }
        Ok(())
    }

    /// Waits for merges that commits have started.
    fn finish(self) -> Result<()> {
        let Self { dir, path, tantivy, passages, .. } = self;
        guarded(&dir, || passages.wait_merging_threads().map_err(bad(&dir)))?;
        seal(&dir, &path, &tantivy)
    }
}

/// Notes that the files are as they were written; see [`folder::fingerprint`].
fn seal(dir: &Path, generation: &Path, tantivy: &tantivy::Index) -> Result<()> {
    let meta = tantivy.load_metas().map_err(bad(dir))?;
    let Some(payload) = Payload::of(&meta) else { return Ok(()) };
    let print = folder::fingerprint(generation, &files(&meta, &payload))
        .map_err(bad_io(dir))?;
    let place = generation.join(SEAL);
    folder::write_whole(&place, print.as_bytes(), Sync::No)
        .map_err(Error::write(&place))
}

fn article_term(number: u32) -> Term {
    Term::from_field_u64(ARTICLE, u64::from(number))
}

/// How many bytes of text wait for tantivy, so that a slow disk does not fill the memory.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    bytes: Mutex<usize>,
    less: Condvar,
}

/// The place of an article's passages among those that wait, as long as they do.
#[derive(Debug)]
pub(super) struct Permit {
    waiting: Arc<Waiting>,
    size: usize,
}

impl Waiting {
    fn enter(self: &Arc<Self>, size: usize) -> Permit {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        // One article alone may be larger than all the room.
        while *bytes > WAITING {
            // Tantivy may have died, which the next call to it tells.
            let (guard, out) = self
                .less
                .wait_timeout(bytes, Duration::from_mins(1))
                .unwrap_or_else(PoisonError::into_inner);
            bytes = guard;
            if out.timed_out() {
                break;
            }
        }
        *bytes += size;
        Permit { waiting: Arc::clone(self), size }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut bytes =
            self.waiting.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *bytes -= self.size;
        self.waiting.less.notify_one();
    }
}
