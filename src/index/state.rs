//! What the index knows of the folder: roots, files, articles.
//!
//! The state is one file beside tantivy's, and each commit names the state that belongs to
//! it, so that passages and state cannot part. It is written whole and never changed.
//! Searching reads only the parts that it needs, by offset:
//!
//! ```text
//! head      magic, counts, offsets, checksum of head, order and offsets
//! order     for each article number: its rank by name, and whether it is a near copy
//! offsets   for each rank: where its article begins
//! articles  by rank, each with a checksum of its own
//! files     what `index` compares with the folder: sizes, times, hashes
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::codec::{In, Out};
use super::copies::Sketch;
use super::term::push_folded;
use super::{Counts, IndexedArticle};
use crate::article::{About, Provenance};
use crate::ingest::Choices;
use crate::ingest::pdf::PdfEngine;
use crate::segment::LeftOutReason;

const MAGIC: &[u8; 8] = b"dlnstat2";

/// Bytes of the head.
const HEAD: usize = 56;

/// Marks a near copy in the order.
const COPY: u32 = 1 << 31;

/// No article has this number.
const UNUSED: u32 = u32::MAX;

/// All that is known, as `index` and `status` need it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// Id of the model that made the labels.
    pub(crate) model: String,
    /// Settings that change labels: an index with others is rebuilt.
    pub(crate) settings: String,
    /// What reading was allowed to cost: with other limits, skipped files are tried again.
    pub(crate) limits: String,
    /// How files were read: with other choices, those that they concern are read again.
    pub(crate) choices: Choices,
    /// Marks of the corrections whose article was in no file.
    pub(crate) homeless: Vec<String>,
    /// Where the files are.
    pub(crate) roots: Vec<PathBuf>,
    /// The files by name; shared, since most are the same from one state to the next.
    pub(crate) files: Vec<Arc<FileState>>,
}

/// A file as it was when it was last read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FileState {
    /// Name below the root.
    pub(crate) name: String,
    /// Where it was.
    pub(crate) path: PathBuf,
    /// Bytes.
    pub(crate) size: u64,
    /// Time of the last change, nanoseconds since 1970; 0 where that says nothing sure.
    pub(crate) modified: i64,
    /// First half of the BLAKE3 hash of its bytes; `None` where it could not be opened.
    pub(crate) hash: Option<[u8; 16]>,
    /// Marks of the corrections that concern it.
    pub(crate) corrections: Vec<String>,
    /// Why it gave no article.
    pub(crate) skipped: Option<String>,
    /// Its articles.
    pub(crate) articles: Vec<ArticleState>,
}

/// An article with what only the writer needs of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ArticleState {
    /// The number by which its passages know it.
    pub(crate) number: u32,
    pub(crate) article: IndexedArticle,
    pub(crate) sketch: Sketch,
}

impl State {
    /// The articles of all files.
    pub(crate) fn articles(&self) -> impl Iterator<Item = &ArticleState> {
        self.files.iter().flat_map(|f| &f.articles)
    }

    /// The bytes of the state's file.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut ranked: Vec<_> = self.articles().collect();
        ranked.sort_by(|a, b| a.article.name.cmp(&b.article.name));
        let numbers = ranked.iter().map(|a| a.number + 1).max().unwrap_or(0);
        let mut order = vec![UNUSED; numbers as usize];
        let mut offsets = Vec::with_capacity(ranked.len() + 1);
        let mut articles = Out::default();
        let mut entry = Out::default();
        for (rank, state) in (0..).zip(&ranked) {
            let copy = if state.article.copy_of.is_some() { COPY } else { 0 };
            order[state.number as usize] = rank | copy;
            offsets.push(articles.0.len() as u64);
            entry.0.clear();
            encode_article(&state.article, &self.roots, &mut entry);
            articles.0.extend_from_slice(&crc32fast::hash(&entry.0).to_le_bytes());
            articles.0.extend_from_slice(&entry.0);
        }
        offsets.push(articles.0.len() as u64);

        let mut rest = Out::default();
        self.encode_files(&mut rest);

        let total = |of: fn(&IndexedArticle) -> u64| {
            ranked.iter().map(|a| of(&a.article)).sum::<u64>()
        };
        let mut out = Vec::with_capacity(HEAD + articles.0.len() + rest.0.len());
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&numbers.to_le_bytes());
        out.extend_from_slice(&length_of(&ranked).to_le_bytes());
        for n in [
            total(|a| u64::from(a.counts.passages())),
            total(|a| a.bytes),
            total(|a| a.section_bytes),
            articles.0.len() as u64,
        ] {
            out.extend_from_slice(&n.to_le_bytes());
        }
        // Room for the checksum of all up to the articles.
        out.extend_from_slice(&[0; 8]);
        out.extend(order.iter().flat_map(|n| n.to_le_bytes()));
        out.extend(offsets.iter().flat_map(|n| n.to_le_bytes()));
        // The roots stand here too, since articles' paths build on them.
        let mut roots = Out::default();
        encode_roots(&self.roots, &mut roots);
        out.extend_from_slice(&length_of(&roots.0).to_le_bytes());
        out.extend_from_slice(&roots.0);
        let end = length_of(&out);
        out[HEAD - 4..HEAD].copy_from_slice(&end.to_le_bytes());
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&out[..HEAD - 8]);
        hasher.update(&out[HEAD - 4..]);
        out[HEAD - 8..HEAD - 4].copy_from_slice(&hasher.finalize().to_le_bytes());
        out.extend_from_slice(&articles.0);
        out.extend_from_slice(&rest.0);
        out
    }

    fn encode_files(&self, out: &mut Out) {
        out.str(&self.model);
        out.str(&self.settings);
        out.str(&self.limits);
        encode_choices(self.choices, out);
        out.strings(&self.homeless);
        out.number(self.files.len() as u64);
        for file in &self.files {
            out.str(&file.name);
            encode_path(&file.path, &file.name, &self.roots, out);
            out.number(file.size);
            out.number(file.modified.cast_unsigned());
            match &file.hash {
                None => out.byte(0),
                Some(hash) => {
                    out.byte(1);
                    out.0.extend_from_slice(hash);
                }
            }
            out.strings(&file.corrections);
            out.opt_str(file.skipped.as_deref());
            out.number(file.articles.len() as u64);
            for article in &file.articles {
                out.number(u64::from(article.number));
                out.0.extend_from_slice(article.sketch.as_bytes());
            }
        }
    }

    /// Reads a whole state; `None` where it is damaged.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let table = Table::decode(bytes)?;
        let articles =
            bytes.get(table.articles_at..table.articles_at + table.articles_len)?;
        let mut ranked = Vec::with_capacity(table.offsets.len() - 1);
        for rank in 0..table.len() {
            let entry = articles.get(table.range(rank)?)?;
            ranked.push(Some(decode_article(entry, &table.roots)?));
        }
        let mut read = In(&bytes[table.articles_at + table.articles_len..]);
        let mut state = Self {
            model: read.string()?,
            settings: read.string()?,
            limits: read.string()?,
            choices: decode_choices(&mut read)?,
            homeless: read.strings()?,
            roots: table.roots.clone(),
            files: Vec::new(),
        };
        let files = read.size()?;
        state.files.reserve_exact(files.min(read.0.len()));
        for _ in 0..files {
            let name = read.string()?;
            let path = decode_path(&name, &table.roots, &mut read)?;
            let mut file = FileState {
                name,
                path,
                size: read.number()?,
                modified: read.number()?.cast_signed(),
                hash: match read.byte()? {
                    0 => None,
                    _ => Some(read.take(16)?.try_into().ok()?),
                },
                corrections: read.strings()?,
                skipped: read.opt_string()?,
                articles: Vec::new(),
            };
            // A vector that grows by itself would begin with room for four.
            let articles = read.size()?;
            file.articles.reserve_exact(articles.min(ranked.len()));
            for _ in 0..articles {
                let number = read.small()?;
                let rank = table.rank(number)? as usize;
                let article = ranked.get_mut(rank)?.take()?;
                let sketch = Sketch::from_bytes(read.take(Sketch::LEN)?)?;
                file.articles.push(ArticleState { number, article, sketch });
            }
            state.files.push(Arc::new(file));
        }
        Some(state)
    }
}

/// The part of a state that tells where its articles are.
#[derive(Debug)]
struct Table {
    /// Passages, bytes of their text and of their section paths.
    totals: [u64; 3],
    order: Vec<u32>,
    offsets: Vec<u64>,
    roots: Vec<PathBuf>,
    articles_at: usize,
    articles_len: usize,
}

impl Table {
    /// From the beginning of a state's file, at least up to its articles.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let end = Self::length(bytes)?;
        let bytes = bytes.get(..end)?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&bytes[..HEAD - 8]);
        hasher.update(&bytes[HEAD - 4..]);
        if bytes[HEAD - 8..HEAD - 4] != hasher.finalize().to_le_bytes() {
            return None;
        }
        let mut read = In(&bytes[MAGIC.len()..]);
        let numbers = u32_le(&mut read)? as usize;
        let articles = u32_le(&mut read)? as usize;
        let totals = [u64_le(&mut read)?, u64_le(&mut read)?, u64_le(&mut read)?];
        let articles_len = usize::try_from(u64_le(&mut read)?).ok()?;
        read.take(8)?;
        let order = read.take(numbers.checked_mul(4)?)?;
        let offsets = read.take(articles.checked_add(1)?.checked_mul(8)?)?;
        let _length = u32_le(&mut read)?;
        Some(Self {
            totals,
            order: In(order).all(u32_le),
            offsets: In(offsets).all(u64_le),
            roots: decode_roots(&mut read)?,
            articles_at: end,
            articles_len,
        })
    }

    /// Bytes up to the articles, from the head.
    fn length(bytes: &[u8]) -> Option<usize> {
        let head = bytes.get(..HEAD)?;
        if !head.starts_with(MAGIC) {
            return None;
        }
        let end = u32::from_le_bytes(head[HEAD - 4..].try_into().ok()?) as usize;
        (end >= HEAD).then_some(end)
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn rank(&self, number: u32) -> Option<u32> {
        let rank = *self.order.get(number as usize)?;
        (rank != UNUSED).then_some(rank & !COPY)
    }

    fn range(&self, rank: usize) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(*self.offsets.get(rank)?).ok()?;
        let end = usize::try_from(*self.offsets.get(rank + 1)?).ok()?;
        (start <= end && end <= self.articles_len).then_some(start..end)
    }
}

/// The articles of a state, read one by one when they are asked for.
#[derive(Debug)]
pub(crate) struct Articles {
    table: Table,
    file: Mutex<File>,
}

impl Articles {
    /// Opens a state's file and reads where its articles are.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        // Enough for the table of some hundred articles in one read.
        let mut bytes = Vec::with_capacity(16 << 10);
        file.by_ref().take(16 << 10).read_to_end(&mut bytes)?;
        let length = Table::length(&bytes).ok_or_else(damaged)?;
        if length > bytes.len() {
            file.by_ref()
                .take((length - bytes.len()) as u64)
                .read_to_end(&mut bytes)?;
        }
        let table = Table::decode(&bytes).ok_or_else(damaged)?;
        Ok(Self { table, file: Mutex::new(file) })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// How many passages they have, near copies among them.
    pub(crate) fn passages(&self) -> u64 {
        self.table.totals[0]
    }

    /// Bytes of all passages' texts.
    pub(crate) fn text_bytes(&self) -> u64 {
        self.table.totals[1]
    }

    /// Bytes of all passages' section paths.
    pub(crate) fn section_bytes(&self) -> u64 {
        self.table.totals[2]
    }

    /// The place by name of an article that passages know by its number.
    pub(crate) fn rank(&self, number: u64) -> Option<u32> {
        self.table.rank(u32::try_from(number).ok()?)
    }

    /// Whether any article is a near copy.
    pub(crate) fn has_copies(&self) -> bool {
        self.table.order.iter().any(|rank| *rank != UNUSED && rank & COPY != 0)
    }

    /// By rank, whether an article is a near copy.
    pub(crate) fn copies(&self) -> impl Iterator<Item = bool> {
        let mut copies = vec![false; self.len()];
        for rank in self.table.order.iter().filter(|rank| **rank != UNUSED) {
            if let Some(copy) = copies.get_mut((rank & !COPY) as usize) {
                *copy = rank & COPY != 0;
            }
        }
        copies.into_iter()
    }

    /// The article at a place.
    pub(crate) fn get(&self, rank: u32) -> io::Result<IndexedArticle> {
        let range = self.table.range(rank as usize).ok_or_else(damaged)?;
        let bytes = self.read(range)?;
        decode_article(&bytes, &self.table.roots).ok_or_else(damaged)
    }

    /// All articles by name.
    pub(crate) fn all(&self) -> io::Result<Vec<IndexedArticle>> {
        let bytes = self.read(0..self.table.articles_len)?;
        (0..self.len())
            .map(|rank| {
                let entry = bytes.get(self.table.range(rank)?)?;
                decode_article(entry, &self.table.roots)
            })
            .collect::<Option<_>>()
            .ok_or_else(damaged)
    }

    /// The titles of all articles by name.
    pub(crate) fn titles(&self) -> io::Result<Titles> {
        let bytes = self.read(0..self.table.articles_len)?;
        let mut titles = Titles::default();
        for rank in 0..self.len() {
            let entry = self.table.range(rank).and_then(|range| bytes.get(range));
            titles.push(entry.and_then(title).ok_or_else(damaged)?);
        }
        Ok(titles)
    }

    fn read(&self, range: std::ops::Range<usize>) -> io::Result<Vec<u8>> {
        // A thread that panicked while reading left no harm: the place is set anew.
        let mut file =
            self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start((self.table.articles_at + range.start) as u64))?;
        let mut bytes = vec![0; range.len()];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The titles of all articles, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Titles {
    text: String,
    /// Where each ends in `text`.
    ends: Vec<usize>,
    /// The same with letters as they stand in terms.
    folded: String,
    folded_ends: Vec<usize>,
}

impl Titles {
    fn push(&mut self, title: &str) {
        self.text.push_str(title);
        self.ends.push(self.text.len());
        push_folded(&mut self.folded, title);
        self.folded_ends.push(self.folded.len());
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        length_of(&self.ends)
    }

    /// The title of the article at a place.
    pub(crate) fn get(&self, rank: u32) -> &str {
        let rank = rank as usize;
        let start = rank.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[rank]]
    }

    /// The places of the titles in which one of these stands, be it within a word.
    pub(crate) fn with_any(&self, parts: &[&str]) -> Vec<u32> {
        let mut found = Vec::new();
        for part in parts {
            for (at, _) in self.folded.match_indices(part) {
                let rank = self.folded_ends.partition_point(|end| *end <= at);
                found.push(u32::try_from(rank).unwrap_or(u32::MAX));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Lengths are kept in 32 bits: of four thousand million articles the state would not fit
/// into memory anyway.
fn length_of<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the state of the folder is damaged")
}

fn encode_article(article: &IndexedArticle, roots: &[PathBuf], out: &mut Out) {
    let IndexedArticle { about, provenance: from, counts, .. } = article;
    out.str(&article.name);
    out.str(&article.title);
    encode_path(&article.path, file_name(&article.name), roots, out);
    for field in [&about.author, &about.date, &about.url, &about.language] {
        out.opt_str(field.as_deref());
    }
    for field in [&from.format, &from.reader, &from.encoding, &from.hash] {
        out.str(field);
    }
    for n in [counts.b2b, counts.b2c, counts.shared, counts.unlabelled] {
        out.number(u64::from(n));
    }
    out.number(article.bytes);
    out.number(article.section_bytes);
    out.number(article.left_out.len() as u64);
    for (reason, n) in &article.left_out {
        out.byte(*reason as u8);
        out.number(u64::from(*n));
    }
    out.strings(&article.warnings);
    out.strings(&article.copies);
    out.opt_str(article.copy_of.as_deref());
}

/// What is written of an article, where its checksum is right.
fn sound(entry: &[u8]) -> Option<In<'_>> {
    let (sum, entry) = entry.split_at_checked(4)?;
    (sum == crc32fast::hash(entry).to_le_bytes()).then_some(In(entry))
}

/// The title alone.
fn title(entry: &[u8]) -> Option<&str> {
    let mut read = sound(entry)?;
    let _name = read.str()?;
    read.str()
}

fn decode_article(entry: &[u8], roots: &[PathBuf]) -> Option<IndexedArticle> {
    let mut read = sound(entry)?;
    let read = &mut read;
    let name = read.string()?;
    let title = read.string()?;
    let path = decode_path(file_name(&name), roots, read)?;
    Some(IndexedArticle {
        name,
        title,
        path,
        about: About {
            author: read.opt_string()?,
            date: read.opt_string()?,
            url: read.opt_string()?,
            language: read.opt_string()?,
        },
        provenance: Provenance {
            format: read.string()?,
            reader: read.string()?,
            encoding: read.string()?,
            hash: read.string()?,
        },
        counts: Counts {
            b2b: read.small()?,
            b2c: read.small()?,
            shared: read.small()?,
            unlabelled: read.small()?,
        },
        bytes: read.number()?,
        section_bytes: read.number()?,
        left_out: {
            let mut left_out = BTreeMap::new();
            for _ in 0..read.size()? {
                let reason = *LeftOutReason::ALL.get(usize::from(read.byte()?))?;
                left_out.insert(reason, read.small()?);
            }
            left_out
        },
        warnings: read.strings()?,
        copies: read.strings()?,
        copy_of: read.opt_string()?,
    })
}

/// The name of an article's file: without `#part`.
fn file_name(article: &str) -> &str {
    // A `#` may also belong to the file's own name; then the path is written out.
    article.split_once('#').map_or(article, |(file, _)| file)
}

/// The ways in which a path comes from a root and a name.
const FORMS: [fn(&Path, &str) -> PathBuf; 3] = [
    // A folder.
    |root, name| root.join(name),
    // One of several folders: names begin with the folder's own.
    |root, name| root.join(name.split_once('/').map_or(name, |(_, below)| below)),
    // A single file.
    |root, _| root.to_owned(),
];

/// A path as root and form, since it nearly always follows from the name; else in full.
fn encode_path(path: &Path, name: &str, roots: &[PathBuf], out: &mut Out) {
    for (at, root) in roots.iter().enumerate() {
        if let Some(form) = FORMS.iter().position(|form| form(root, name) == path) {
            out.number((at * FORMS.len() + form) as u64 + 1);
            return;
        }
    }
    out.number(0);
    encode_os(path, out);
}

fn decode_path(name: &str, roots: &[PathBuf], read: &mut In<'_>) -> Option<PathBuf> {
    match read.size()? {
        0 => decode_os(read),
        n => {
            let root = roots.get((n - 1) / FORMS.len())?;
            Some(FORMS[(n - 1) % FORMS.len()](root, name))
        }
    }
}

fn encode_choices(choices: Choices, out: &mut Out) {
    let Choices { pdf_engine, split_chapters } = choices;
    out.byte(pdf_engine as u8);
    out.byte(u8::from(split_chapters));
}

fn decode_choices(read: &mut In<'_>) -> Option<Choices> {
    Some(Choices {
        pdf_engine: *PdfEngine::ALL.get(usize::from(read.byte()?))?,
        split_chapters: read.byte()? != 0,
    })
}

fn encode_roots(roots: &[PathBuf], out: &mut Out) {
    out.number(roots.len() as u64);
    for root in roots {
        encode_os(root, out);
    }
}

fn decode_roots(read: &mut In<'_>) -> Option<Vec<PathBuf>> {
    (0..read.size()?).map(|_| decode_os(read)).collect()
}

#[cfg(unix)]
fn encode_os(path: &Path, out: &mut Out) {
    use std::os::unix::ffi::OsStrExt;
    out.bytes(path.as_os_str().as_bytes());
}

#[cfg(unix)]
fn decode_os(read: &mut In<'_>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(read.bytes()?)))
}

#[cfg(not(unix))]
fn encode_os(path: &Path, out: &mut Out) {
    out.str(&path.to_string_lossy());
}

#[cfg(not(unix))]
fn decode_os(read: &mut In<'_>) -> Option<PathBuf> {
    Some(PathBuf::from(read.str()?))
}

fn u32_le(read: &mut In<'_>) -> Option<u32> {
    Some(u32::from_le_bytes(read.take(4)?.try_into().ok()?))
}

fn u64_le(read: &mut In<'_>) -> Option<u64> {
    Some(u64::from_le_bytes(read.take(8)?.try_into().ok()?))
}

impl In<'_> {
    fn all<T>(mut self, one: fn(&mut Self) -> Option<T>) -> Vec<T> {
        std::iter::from_fn(|| one(&mut self)).collect()
    }
}
