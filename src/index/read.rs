//! Reading an index: opening it soundly, and its passages in order.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use tantivy::columnar::ColumnValues;
use tantivy::directory::META_LOCK;
use tantivy::directory::error::OpenReadError;
use tantivy::store::StoreReader;
use tantivy::{Directory, IndexMeta, SegmentReader};

use super::filter::{Filter, Passing};
use super::folder::{self, Access, Folder, Format};
use super::guard::{bad, guarded, io as bad_io, is_damage};
use super::schema::{
    self, ARTICLE_COLUMN, FACTS_COLUMN, Facts, ID_COLUMN, Rest, Stored,
};
use super::state::{Articles, State, Titles};
use super::{IndexedArticle, IndexedPassage};
use crate::passage::PassageId;
use crate::record::{Record, SCHEMA, unlabelled};
use crate::{Error, Result};

/// An index that is open for reading. What is written meanwhile is not seen.
pub struct Index {
    dir: PathBuf,
    generation: PathBuf,
    payload: Payload,
    segments: Vec<Segment>,
    articles: Articles,
    all_articles: OnceLock<Vec<IndexedArticle>>,
    titles: OnceLock<Titles>,
    runs: OnceLock<Vec<Run>>,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("dir", &self.dir)
            .field("payload", &self.payload)
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

/// Where a passage lies: the place of its segment, and of the passage in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address {
    pub(crate) segment: usize,
    pub(crate) doc: u32,
}

/// The passages of one article: they lie side by side, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    rank: u32,
    segment: usize,
    /// The first, and the one after the last.
    docs: (u32, u32),
}

/// What a commit says of itself: which state belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// The state's file.
    pub(super) state: String,
    /// Its BLAKE3 hash.
    pub(super) hash: String,
}

impl Payload {
    pub(super) fn of(meta: &IndexMeta) -> Option<Self> {
        serde_json::from_str(meta.payload.as_deref()?).ok()
    }
}

/// One of the parts in which tantivy keeps an index.
pub(crate) struct Segment {
    pub(crate) reader: SegmentReader,
    pub(crate) article: Arc<dyn ColumnValues<u64>>,
    pub(crate) facts: Arc<dyn ColumnValues<u64>>,
    store: OnceLock<StoreReader>,
}

impl Segment {
    fn open(segment: &tantivy::Segment) -> tantivy::Result<Self> {
        let reader = SegmentReader::open(segment)?;
        let column = |name| {
            Ok::<_, tantivy::TantivyError>(
                reader.fast_fields().u64(name)?.first_or_default_col(0),
            )
        };
        let (article, facts) = (column(ARTICLE_COLUMN)?, column(FACTS_COLUMN)?);
        Ok(Self { reader, article, facts, store: OnceLock::new() })
    }

    fn id(&self) -> tantivy::Result<Arc<dyn ColumnValues<u64>>> {
        Ok(self.reader.fast_fields().u64(ID_COLUMN)?.first_or_default_col(0))
    }

    fn store(&self) -> io::Result<&StoreReader> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        // Hits of one search lie far apart, passages read in order side by side.
        let store = self.reader.get_store_reader(STORE_BLOCKS)?;
        Ok(self.store.get_or_init(|| store))
    }

    pub(crate) fn is_alive(&self, doc: u32) -> bool {
        self.reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc))
    }
}

/// Decompressed blocks of stored text that are kept.
const STORE_BLOCKS: usize = 4;

/// How often opening starts anew when a writer commits at the same moment.
const ATTEMPTS: usize = 10;

/// The name of the file that tells that a generation's files are as they were written.
pub(super) const SEAL: &str = "seal";

impl Index {
    /// Opens the index in a folder. Where its files are not as the writer left them, their
    /// checksums are verified first.
    ///
    /// # Errors
    /// [`Error::NoIndex`] where there is none, [`Error::BadIndex`] where it is damaged or
    /// of another version.
    pub fn open(dir: &Path) -> Result<Self> {
        guarded(dir, || {
            let mut last = None;
            for _ in 0..ATTEMPTS {
                let format = Format::read(dir)?;
                let meta = dir.join(&format.generation).join(folder::META);
                let before = fs::read(&meta).ok();
                match Self::open_generation(dir, &format) {
                    Ok(index) => return Ok(index),
                    // A commit in between has removed what was about to be opened.
                    Err(_)
                        if Format::read(dir)? != format
                            || fs::read(&meta).ok() != before => {}
                    Err(error) => return Err(error),
                }
                last = Some(format);
            }
            let what = format!("changes faster than it can be opened ({last:?})");
            Err(Error::BadIndex { path: dir.to_owned(), what })
        })
    }

    fn open_generation(dir: &Path, format: &Format) -> Result<Self> {
        let bad = bad(dir);
        let generation = dir.join(&format.generation);
        let folder =
            Folder::open(&generation, Access::Read).map_err(|e| bad(e.into()))?;
        let tantivy = tantivy::Index::open(folder.clone()).map_err(&bad)?;
        let lock = folder.acquire_lock(&META_LOCK);
        let meta = tantivy.load_metas().map_err(&bad)?;
        let payload = Payload::of(&meta).ok_or_else(|| Error::BadIndex {
            path: dir.to_owned(),
            what: "is damaged: its last commit names no state".to_owned(),
        })?;
        if !is_sealed(&generation, &meta, &payload) {
            verify(dir, &generation, &tantivy, &payload)?;
        }
        let segments = meta
            .segments
            .iter()
            .map(|segment| Segment::open(&tantivy.segment(segment.clone())))
            .collect::<tantivy::Result<Vec<_>>>()
            .map_err(&bad)?;
        let articles =
            Articles::open(&generation.join(&payload.state)).map_err(bad_io(dir))?;
        drop(lock);
        Ok(Self {
            dir: dir.to_owned(),
            generation,
            payload,
            segments,
            articles,
            all_articles: OnceLock::new(),
            titles: OnceLock::new(),
            runs: OnceLock::new(),
        })
    }

    /// Verifies every checksum of the index.
    ///
    /// # Errors
    /// [`Error::BadIndex`] when one is wrong.
    pub fn verify(&self) -> Result<()> {
        guarded(&self.dir, || {
            let bad = bad(&self.dir);
            let folder = Folder::open(&self.generation, Access::Read)
                .map_err(|e| bad(e.into()))?;
            let tantivy = tantivy::Index::open(folder).map_err(&bad)?;
            verify(&self.dir, &self.generation, &tantivy, &self.payload)
        })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its articles by name, near copies among them.
    ///
    /// # Errors
    /// [`Error::BadIndex`] when they cannot be read.
    pub fn articles(&self) -> Result<&[IndexedArticle]> {
        if let Some(all) = self.all_articles.get() {
            return Ok(all);
        }
        let all = self.articles.all().map_err(bad_io(&self.dir))?;
        Ok(self.all_articles.get_or_init(|| all))
    }

    /// The titles of its articles.
    pub(crate) fn titles(&self) -> Result<&Titles> {
        if let Some(titles) = self.titles.get() {
            return Ok(titles);
        }
        let titles = self.articles.titles().map_err(bad_io(&self.dir))?;
        Ok(self.titles.get_or_init(|| titles))
    }

    /// One article by name.
    ///
    /// # Errors
    /// [`Error::BadIndex`] when it cannot be read.
    pub fn article(&self, name: &str) -> Result<Option<&IndexedArticle>> {
        let all = self.articles()?;
        let at = all.binary_search_by(|a| a.name.as_str().cmp(name));
        Ok(at.ok().map(|at| &all[at]))
    }

    /// How many articles and passages it holds, near copies among them.
    pub fn len(&self) -> (usize, usize) {
        (
            self.articles.len(),
            usize::try_from(self.articles.passages()).unwrap_or(usize::MAX),
        )
    }

    /// Whether it holds no article.
    pub fn is_empty(&self) -> bool {
        self.articles.len() == 0
    }

    /// The records of the passages that pass a filter, by article and passage. They are read
    /// one by one, so that memory does not grow with their number.
    ///
    /// # Errors
    /// [`Error::BadIndex`] when they cannot be read, [`Error::Query`] when the filter has
    /// not its form.
    pub fn records(
        &self,
        filter: &Filter,
    ) -> Result<impl Iterator<Item = Result<Record>>> {
        Ok(self.passages(filter)?.map(|passage| Ok(passage?.record)))
    }

    /// The passages that pass a filter, by article and passage.
    ///
    /// # Errors
    /// As [`records`](Self::records).
    pub fn passages(
        &self,
        filter: &Filter,
    ) -> Result<impl Iterator<Item = Result<IndexedPassage>>> {
        let passing = Passing::new(filter, self)?;
        let addresses = self.runs()?.iter().flat_map(move |run| {
            let segment = &self.segments[run.segment];
            let passing = passing.clone();
            let wanted = passing.rank(run.rank).then_some(run.docs.0..run.docs.1);
            wanted
                .into_iter()
                .flatten()
                .filter(move |&doc| {
                    segment.is_alive(doc)
                        && passing.facts(&Facts::unpack(segment.facts.get_val(doc)))
                })
                .map(|doc| Address { segment: run.segment, doc })
        });
        Ok(self.read_all(addresses))
    }

    /// The passages at some addresses, best in an order that keeps articles together.
    pub(crate) fn read_all(
        &self,
        addresses: impl Iterator<Item = Address>,
    ) -> impl Iterator<Item = Result<IndexedPassage>> {
        let mut article = None;
        addresses.map(move |address| self.read_near(address, &mut article))
    }

    /// The passage at an address.
    pub(crate) fn read(&self, address: Address) -> Result<IndexedPassage> {
        self.read_near(address, &mut None)
    }

    /// The passages of an article, by their addresses.
    pub(crate) fn passages_of(&self, rank: u32) -> Result<Vec<Address>> {
        Ok(self
            .stretches(rank)?
            .flat_map(|(segment, docs)| {
                (docs.0..docs.1).map(move |doc| Address { segment, doc })
            })
            .filter(|at| self.segments[at.segment].is_alive(at.doc))
            .collect())
    }

    /// Where the passages of an article lie: the segment, the first, and the one after the
    /// last. Deleted ones may be among them.
    pub(crate) fn stretches(
        &self,
        rank: u32,
    ) -> Result<impl Iterator<Item = (usize, (u32, u32))>> {
        let runs = self.runs()?;
        let first = runs.partition_point(|run| run.rank < rank);
        let its = runs[first..].iter().take_while(move |run| run.rank == rank);
        Ok(its.map(|run| (run.segment, run.docs)))
    }

    /// The passages beside one in its article: at most so many before and after it.
    ///
    /// # Errors
    /// [`Error::BadIndex`] when they cannot be read.
    pub fn neighbours(
        &self,
        passage: &IndexedPassage,
        most: usize,
    ) -> Result<(Vec<IndexedPassage>, Vec<IndexedPassage>)> {
        let all = self.passages_of(self.rank_at(passage.address)?)?;
        let at = all.iter().position(|a| *a == passage.address).unwrap_or(0);
        let read = |some: &[Address]| {
            self.read_all(some.iter().copied()).collect::<Result<Vec<_>>>()
        };
        let after = (at + 1).min(all.len());
        Ok((
            read(&all[at.saturating_sub(most)..at])?,
            read(&all[after..after.saturating_add(most).min(all.len())])?,
        ))
    }

    /// The passage with this id, or the only one whose id begins so.
    ///
    /// # Errors
    /// [`Error::NoSuchPassage`] when there is none, [`Error::Query`] when several begin so.
    pub fn find(&self, id: &str) -> Result<IndexedPassage> {
        let id = id.trim().to_lowercase();
        let none = || Error::NoSuchPassage(id.clone());
        if id.is_empty() {
            return Err(none());
        }
        let (bits, mask) = PassageId::prefix_bits(&id).ok_or_else(none)?;
        let found = guarded(&self.dir, || {
            let mut found = Vec::new();
            for (at, segment) in self.segments.iter().enumerate() {
                let ids = segment.id().map_err(bad(&self.dir))?;
                for doc in 0..segment.reader.max_doc() {
                    if ids.get_val(doc) & mask == bits && segment.is_alive(doc) {
                        found.push(Address { segment: at, doc });
                    }
                }
            }
            Ok(found)
        })?;
        match found[..] {
            [] => Err(none()),
            [one] => self.read(one),
            _ => Err(Error::Query(format!(
                "{} passages have an id that begins with {id:?}: give more of it",
                found.len()
            ))),
        }
    }

    /// The article of a passage.
    ///
    /// # Errors
    /// [`Error::BadIndex`] when it cannot be read.
    pub fn article_of(&self, passage: &IndexedPassage) -> Result<IndexedArticle> {
        let rank = self.rank_at(passage.address)?;
        self.articles.get(rank).map_err(bad_io(&self.dir))
    }

    /// The near copies of an article.
    pub(crate) fn copies_of(&self, rank: u32) -> Result<Vec<String>> {
        if !self.articles.has_copies() {
            return Ok(Vec::new());
        }
        Ok(self.articles.get(rank).map_err(bad_io(&self.dir))?.copies)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// All that the index knows of its folder.
    pub(crate) fn state(&self) -> Result<State> {
        read_state(&self.dir, &self.generation, &self.payload)
    }

    pub(crate) fn state_articles(&self) -> &Articles {
        &self.articles
    }

    /// The rank by name of the article of the passage at an address.
    pub(crate) fn rank_at(&self, address: Address) -> Result<u32> {
        let number = self.segments[address.segment].article.get_val(address.doc);
        self.articles.rank(number).ok_or_else(|| self.parted(number))
    }

    /// Runs what may panic where the index is damaged.
    pub(crate) fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        guarded(&self.dir, work)
    }

    /// What went wrong in tantivy, as an error of ours.
    pub(crate) fn bad(&self, error: impl Into<tantivy::TantivyError>) -> Error {
        bad(&self.dir)(error.into())
    }

    fn parted(&self, number: u64) -> Error {
        let what = format!("is damaged: a passage belongs to no article ({number})");
        Error::BadIndex { path: self.dir.clone(), what }
    }

    fn read_near(
        &self,
        address: Address,
        near: &mut Option<(u32, Arc<IndexedArticle>)>,
    ) -> Result<IndexedPassage> {
        let rank = self.rank_at(address)?;
        let article = match near {
            Some((known, article)) if *known == rank => Arc::clone(article),
            _ => {
                let article = match self.all_articles.get() {
                    Some(all) => all[rank as usize].clone(),
                    None => self.articles.get(rank).map_err(bad_io(&self.dir))?,
                };
                let article = Arc::new(article);
                *near = Some((rank, Arc::clone(&article)));
                article
            }
        };
        let record = guarded(&self.dir, || self.record(address, &article))?;
        Ok(IndexedPassage { record, address })
    }

    fn record(&self, address: Address, article: &IndexedArticle) -> Result<Record> {
        let segment = &self.segments[address.segment];
        let store = segment.store().map_err(bad_io(&self.dir))?;
        let stored: Stored = store.get(address.doc).map_err(bad(&self.dir))?;
        let rest = Rest::decode(&stored.rest, &stored.text, &stored.section)
            .ok_or_else(|| Error::BadIndex {
                path: self.dir.clone(),
                what: "is damaged: a passage cannot be understood".to_owned(),
            })?;
        let facts = Facts::unpack(segment.facts.get_val(address.doc));
        let ids = segment.id().map_err(bad(&self.dir))?;
        let IndexedArticle { about, provenance: from, .. } = article;
        Ok(Record {
            schema: SCHEMA.to_owned(),
            id: schema::id_of_bits(ids.get_val(address.doc)),
            article: article.name.clone(),
            title: article.title.clone(),
            section: stored.section,
            passage: rest.passage,
            start: rest.start,
            end: rest.start + stored.text.len(),
            text: stored.text,
            label: facts.label,
            kind: facts.kind,
            theme: facts.theme,
            confidence: facts.confidence,
            probabilities: rest.probabilities,
            decided_by: facts.decided_by,
            model: rest.model,
            correction: rest.correction,
            unsure: facts.unsure,
            unlabelled: facts
                .label
                .is_none()
                .then(|| unlabelled(about.language.as_deref())),
            evidence: rest.evidence,
            author: about.author.clone(),
            date: about.date.clone(),
            url: about.url.clone(),
            language: about.language.clone(),
            format: from.format.clone(),
            reader: from.reader.clone(),
            encoding: from.encoding.clone(),
            place: rest.place,
            hash: from.hash.clone(),
            copy_of: article.copy_of.clone(),
        })
    }

    /// The runs of all articles by rank.
    fn runs(&self) -> Result<&[Run]> {
        if let Some(runs) = self.runs.get() {
            return Ok(runs);
        }
        let runs = guarded(&self.dir, || {
            let mut runs = Vec::with_capacity(self.articles.len());
            for (at, segment) in self.segments.iter().enumerate() {
                self.runs_of(at, segment, &mut runs)?;
            }
            runs.sort_by_key(|run| (run.rank, run.segment, run.docs));
            Ok(runs)
        })?;
        Ok(self.runs.get_or_init(|| runs))
    }

    fn runs_of(&self, at: usize, segment: &Segment, runs: &mut Vec<Run>) -> Result<()> {
        let mut numbers = vec![0; segment.reader.max_doc() as usize];
        segment.article.get_range(0, &mut numbers);
        let mut doc = 0;
        for same in numbers.chunk_by(|a, b| a == b) {
            // A segment has fewer than 2^31 passages.
            let docs = (doc, doc + u32::try_from(same.len()).unwrap_or(u32::MAX));
            doc = docs.1;
            // A deleted article's number may be nobody's now, or another's.
            if (docs.0..docs.1).any(|doc| segment.is_alive(doc)) {
                let rank =
                    self.articles.rank(same[0]).ok_or_else(|| self.parted(same[0]))?;
                runs.push(Run { rank, segment: at, docs });
            }
        }
        Ok(())
    }
}

/// The files of a commit: those of its segments, and its state.
pub(super) fn files(meta: &IndexMeta, payload: &Payload) -> Vec<PathBuf> {
    let mut files: Vec<_> = meta.list_segment_files().into_iter().collect();
    files.push(PathBuf::from(&payload.state));
    files.sort();
    files
}

/// Whether nobody has changed the files of a commit since the writer sealed them.
fn is_sealed(generation: &Path, meta: &IndexMeta, payload: &Payload) -> bool {
    let Ok(seal) = fs::read(generation.join(SEAL)) else { return false };
    folder::fingerprint(generation, &files(meta, payload))
        .is_ok_and(|found| found.as_bytes()[..] == seal)
}

/// Verifies a generation unless its seal tells that nobody has changed it; says whether it
/// did.
pub(super) fn is_sound(
    dir: &Path,
    generation: &Path,
    tantivy: &tantivy::Index,
) -> Result<bool> {
    let meta = tantivy.load_metas().map_err(bad(dir))?;
    let payload = Payload::of(&meta).ok_or_else(|| Error::BadIndex {
        path: dir.to_owned(),
        what: "is damaged: its last commit names no state".to_owned(),
    })?;
    let sealed = is_sealed(generation, &meta, &payload);
    if !sealed {
        verify(dir, generation, tantivy, &payload)?;
    }
    Ok(sealed)
}

/// Whether the files of the last commit are as the writer left them; where sizes or times
/// tell otherwise, checksums decide.
///
/// # Errors
/// [`Error::BadIndex`] when one is wrong.
pub(super) fn check(dir: &Path, generation: &Path) -> Result<()> {
    guarded(dir, || {
        let folder =
            Folder::open(generation, Access::Read).map_err(|e| bad(dir)(e.into()))?;
        let tantivy = tantivy::Index::open(folder).map_err(bad(dir))?;
        is_sound(dir, generation, &tantivy).map(drop)
    })
}

/// Verifies the checksum of every file of a commit.
fn verify(
    dir: &Path,
    generation: &Path,
    tantivy: &tantivy::Index,
    payload: &Payload,
) -> Result<()> {
    read_state(dir, generation, payload)?;
    let meta = tantivy.load_metas().map_err(bad(dir))?;
    for file in files(&meta, payload) {
        let of_segment = file != Path::new(&payload.state);
        // Segments without deletions have no file of them.
        if !of_segment || !generation.join(&file).exists() {
            continue;
        }
        let wrong = match tantivy.directory().validate_checksum(&file) {
            Ok(true) => continue,
            Ok(false) => "was changed",
            Err(OpenReadError::IoError { io_error, .. })
                if !is_damage(io_error.kind()) =>
            {
                return Err(Error::Read {
                    path: generation.join(&file),
                    source: io::Error::new(io_error.kind(), io_error.to_string()),
                });
            }
            // Its last bytes are not those that end such a file.
            Err(_) => "is cut off or was changed",
        };
        return Err(Error::BadIndex {
            path: dir.to_owned(),
            what: format!("is damaged: its file {} {wrong}", file.display()),
        });
    }
    Ok(())
}

/// Reads and verifies a state.
pub(super) fn read_state(
    dir: &Path,
    generation: &Path,
    payload: &Payload,
) -> Result<State> {
    let bytes = fs::read(generation.join(&payload.state)).map_err(bad_io(dir))?;
    let state = (blake3::hash(&bytes).to_hex().as_str() == payload.hash)
        .then(|| State::decode(&bytes))
        .flatten();
    state.ok_or_else(|| Error::BadIndex {
        path: dir.to_owned(),
        what: "is damaged: the state of the folder has another checksum".to_owned(),
    })
}
