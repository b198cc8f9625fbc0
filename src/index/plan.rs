//! What an update has to do: which files are new, changed, gone, or as they were; and the
//! reading of one of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tantivy::Directory;

use super::IndexedArticle;
use super::copies::Sketch;
use super::filter::Filter;
use super::folder::{self, Access, Folder, Format};
use super::guard::bad;
use super::read::{self, Index, Payload, read_state};
use super::schema::Entry;
use super::state::{FileState, State};
use super::update::Update;
use crate::classify::Classifier;
use crate::correct::Corrections;
use crate::ingest::{self, Limits, Skipped};
use crate::label::Label;
use crate::pipeline::{self, LabeledArticle, LabeledFile};
use crate::source::SourceFile;
use crate::{Error, Result};

/// An index that is there already.
pub(super) struct Known {
    pub(super) generation: String,
    pub(super) state: State,
}

/// Everything that is known before the first file is read.
pub(super) struct Prepared {
    pub(super) known: Option<Known>,
    /// Why all files have to be read again.
    pub(super) rebuilt: Option<String>,
    pub(super) roots: Vec<PathBuf>,
    pub(super) corrections: Corrections,
    pub(super) plan: Plan,
}

/// Compares the index with its folder. Opens no article.
pub(super) fn prepare(job: &Update<'_>) -> Result<Prepared> {
    let (known, rebuilt) = known(job)?;
    let roots = roots(job, known.as_ref())?;
    let roots: Vec<_> = roots.iter().map(|r| absolute(r)).collect();
    let roots = without_nested(&roots);
    let found = ingest::find(&roots, job.dir)?;
    let walked = now();
    let names: HashSet<&str> = found.files.iter().map(|f| &*f.name).collect();
    let corrections = Corrections::new(job.ledger, |name| names.contains(name));
    drop(names);
    let old = known.as_ref().map(|k| &k.state).filter(|_| rebuilt.is_none());
    let plan = Plan::new(job, &corrections, found, old, &roots, walked)?;
    Ok(Prepared { known, rebuilt, roots, corrections, plan })
}

/// What a folder looks like from outside: a number that is another when a file came, went,
/// or has another size or time. Opens no file, and knows nothing of the index.
///
/// # Errors
/// [`Error::NoSuchPath`] when a root does not exist.
pub fn glance(roots: &[PathBuf], index: &Path) -> Result<u64> {
    let found = ingest::find(roots, index)?;
    let mut hasher = DefaultHasher::new();
    for SourceFile { name, size, modified, .. } in &found.files {
        (name, size, modified).hash(&mut hasher);
    }
    for Skipped { file, reason } in &found.skipped {
        (file, reason).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Files that gave no article when they were last read.
pub(super) fn skipped(state: &State) -> impl Iterator<Item = Skipped> {
    state.files.iter().filter_map(|file| {
        let reason = file.skipped.clone()?;
        Some(Skipped { file: file.name.clone(), reason })
    })
}

/// The index as it is, and why it has to be made anew.
fn known(job: &Update<'_>) -> Result<(Option<Known>, Option<String>)> {
    let forced = || Some("as asked".to_owned());
    let known = match read_known(job.dir) {
        Ok(known) => known,
        Err(Error::NoIndex(_)) => return Ok((None, None)),
        Err(_) if job.force => return Ok((None, forced())),
        Err(_) if folder::is_earlier(job.dir) => {
            let why = "it was made by an earlier version of this program";
            return Ok((None, Some(why.to_owned())));
        }
        Err(error) => return Err(error),
    };
    let state = &known.state;
    let model = job.classifier.id();
    let rebuilt = if job.force {
        forced()
    } else if state.model != model {
        Some("labels are made by another model now".to_owned())
    } else if state.settings != settings_of(job.classifier) {
        Some("it was made with other settings".to_owned())
    } else {
        None
    };
    Ok((Some(known), rebuilt))
}

pub(super) fn read_known(dir: &Path) -> Result<Known> {
    let Format { generation, .. } = Format::read(dir)?;
    let path = dir.join(&generation);
    let payload = read_meta(dir, &path)?;
    let state = read_state(dir, &path, &payload)?;
    read::check(dir, &path)?;
    Ok(Known { generation, state })
}

/// Settings that change what is in the index.
pub(super) fn settings_of(classifier: &Classifier) -> String {
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
    let remembered = match known {
        Some(known) => known.state.roots.clone(),
        None => folder::remembered_roots(job.dir),
    };
    if remembered.is_empty() {
        let default = ["corpus/articles", "corpus"].map(Path::new);
        let first = default.into_iter().find(|p| p.is_dir());
        return Ok(vec![first.unwrap_or(Path::new(".")).to_owned()]);
    }
    // Where index and articles were moved together, they are found beside it.
    remembered.iter().map(|root| moved_root(root, job.dir)).collect()
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

/// The roots that lie in no other one, so that no file is read twice.
fn without_nested(roots: &[PathBuf]) -> Vec<PathBuf> {
    let inside = |nth: usize, root: &PathBuf| {
        roots.iter().enumerate().any(|(other, above)| {
            root.starts_with(above) && (root != above || other < nth)
        })
    };
    let kept = roots.iter().enumerate().filter(|(nth, root)| !inside(*nth, root));
    kept.map(|(_, root)| root.clone()).collect()
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
pub(super) struct Plan {
    /// Files to read, with what was known of them.
    pub(super) read: Vec<Task>,
    /// Files that stay as they are known.
    pub(super) keep: Vec<Arc<FileState>>,
    /// Files that are gone.
    pub(super) gone: Vec<Arc<FileState>>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) unsupported: BTreeMap<String, usize>,
    /// Roots, limits or corrections are others, though no file is.
    pub(super) meta_differs: bool,
}

pub(super) struct Task {
    pub(super) file: SourceFile,
    /// The time to remember: 0 where the file may have changed since without showing it.
    pub(super) modified: i64,
    pub(super) old: Option<Arc<FileState>>,
    /// To be read even when its bytes are the same: its corrections are not, or it is read
    /// otherwise now.
    pub(super) again: bool,
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
        let choices = old.map_or(job.limits.choices, |o| o.choices);
        let formats: Vec<_> = job.limits.choices.formats_that_differ(choices).collect();
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
                && !(same_roots && same_limits && same_homeless && formats.is_empty()),
        };
        let mut olds = old.map_or(&[][..], |o| &o.files).iter().peekable();
        for file in found.files {
            while let Some(gone) = olds.next_if(|o| o.name < file.name) {
                plan.gone.push(Arc::clone(gone));
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
                    || formats.iter().any(|format| holds_format(o, format))
            });
            match old {
                Some(old) if same(old) && !again => plan.keep.push(Arc::clone(old)),
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

    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty() && self.gone.is_empty()
    }
}

pub(super) fn marks_of_homeless(corrections: &Corrections) -> Vec<String> {
    corrections.homeless().map(str::to_owned).collect()
}

/// The articles that hold the text of a correction which has lost its home: it was moved
/// into one of them.
fn holders(
    dir: &Path,
    corrections: &Corrections,
    known: &[String],
) -> Result<BTreeSet<String>> {
    let texts = corrections.homeless_texts(known);
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

/// What reading may cost, as far as a file that was skipped may be read with other limits.
pub(super) fn limits(job: &Update<'_>) -> String {
    let Limits {
        file_bytes, text_bytes, unpacked_bytes, seconds, memory_bytes, ..
    } = job.limits;
    // Where the program lies says nothing; whether there is one to start does.
    let worker = job.limits.worker.is_some();
    format!(
        "file {file_bytes}, text {text_bytes}, unpacked {unpacked_bytes}, \
         seconds {seconds}, memory {memory_bytes}, worker {worker}"
    )
}

/// Whether a file is of a format, or an archive with a file of it.
fn holds_format(file: &FileState, format: &str) -> bool {
    let own = ingest::reader_for(&file.name).map(ingest::Reader::format);
    own == Some(format)
        || file.articles.iter().any(|a| a.article.provenance.format == format)
        // It may be what the archive's unread part is.
        || (own == Some("zip") && file.skipped.is_some())
}

/// Whether a later change of a file would show in its time. File systems keep times in
/// steps, the common ones of a few milliseconds, some of two seconds.
fn is_settled(modified: i64, walked: i64) -> bool {
    let whole_seconds = modified % 1_000_000_000 == 0;
    let step = if whole_seconds { 2_000_000_000 } else { 20_000_000 };
    modified < walked - step
}

/// What became of one file.
pub(super) enum Made {
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

pub(super) struct MadeArticle {
    pub(super) article: IndexedArticle,
    pub(super) sketch: Sketch,
    pub(super) entries: Vec<Entry>,
}

impl Task {
    /// Reads, segments and labels the file. Runs on any thread.
    pub(super) fn make(&self, job: &Update<'_>, corrections: &Corrections) -> Made {
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
    pub(super) fn not_reached(&self) -> Option<Arc<FileState>> {
        let old = FileState::clone(self.old.as_ref()?);
        Some(Arc::new(FileState { modified: 0, hash: None, ..old }))
    }

    /// Whether reading the file again cannot give anything else than what is known.
    fn has_same_bytes(&self) -> bool {
        !self.again
            && self.old.as_ref().is_some_and(|o| o.skipped.is_none())
            && self.is_same()
    }

    /// Whether the file only has another time than when it was read.
    pub(super) fn is_same(&self) -> bool {
        self.old.as_ref().is_some_and(|old| {
            old.size == self.file.size
                && old.hash.is_some()
                && old.hash == hash_of(&self.file.path)
        })
    }
}

/// First half of the hash of a file's bytes; `None` where it cannot be read.
pub(super) fn hash_of(path: &Path) -> Option<[u8; 16]> {
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
