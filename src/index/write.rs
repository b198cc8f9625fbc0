//! Writing passages into a generation of an index, and committing them with their state.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tantivy::indexer::{LogMergePolicy, UserOperation};
use tantivy::{IndexSettings, IndexWriter, Term};

use super::copies;
use super::folder::{self, Access, Folder, Sync};
use super::guard::{bad, guarded, io as bad_io};
use super::plan::MadeArticle;
use super::read::{self, Payload, SEAL, files};
use super::schema::{self, ARTICLE, Entry};
use super::state::{ArticleState, FileState, State};
use super::term::{TOKENIZER, TermTokenizer};
use crate::{Error, Result};

/// Memory for words that are not on disk yet. With less, tantivy writes many small parts
/// and merges them: 15 MB cost 1.7 times the processor time of 100 MB.
const HEAP: usize = 120 << 20;

/// Passages wait in memory for tantivy up to so many bytes of text.
const WAITING: usize = 8 << 20;

/// A share of deleted passages at which tantivy rewrites a part. Its own default is 1.0,
/// with which an index that follows a busy folder would only grow.
const MOST_DELETED: f32 = 0.3;

/// Which article numbers are free.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    free: Vec<u32>,
    next: u32,
}

impl Numbers {
    pub(super) fn new(state: &State) -> Self {
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
pub(super) struct Writer {
    dir: PathBuf,
    pub(super) generation: String,
    path: PathBuf,
    tantivy: tantivy::Index,
    passages: IndexWriter<Entry>,
    waiting: Arc<Waiting>,
    pub(super) numbers: Numbers,
    /// Articles written since copies were last marked.
    new: BTreeSet<u32>,
}

impl Writer {
    pub(super) fn create(dir: &Path, generation: &str) -> Result<Self> {
        let path = dir.join(generation);
        let folder =
            Folder::open(&path, Access::Write).map_err(|e| bad(dir)(e.into()))?;
        let settings = IndexSettings::default();
        let index = tantivy::Index::create(folder, schema::schema(), settings)
            .map_err(bad(dir))?;
        Self::new(dir, generation, index)
    }

    pub(super) fn open(dir: &Path, generation: &str) -> Result<Self> {
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
    pub(super) fn remove(&mut self, file: &FileState) {
        for state in &file.articles {
            self.passages.delete_term(article_term(state.number));
            self.numbers.free.push(state.number);
        }
    }

    /// Puts a file's articles in the place of those that it had.
    pub(super) fn replace(
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
    pub(super) fn commit(&mut self, state: &mut State) -> Result<()> {
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
    pub(super) fn finish(self) -> Result<()> {
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

/// Seals a generation that is not sealed as it is, because a run was killed before it did
/// or because the files were copied; but only after all checksums were found right.
pub(super) fn seal_again(dir: &Path, generation: &str) -> Result<()> {
    let path = dir.join(generation);
    guarded(dir, || {
        let folder =
            Folder::open(&path, Access::Read).map_err(|e| bad(dir)(e.into()))?;
        let tantivy = tantivy::Index::open(folder).map_err(bad(dir))?;
        if read::is_sound(dir, &path, &tantivy)? {
            return Ok(());
        }
        seal(dir, &path, &tantivy)
    })
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
