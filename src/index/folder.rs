//! Where an index lies on disk, and who may write to it.
//!
//! ```text
//! index/format        which generation is in force, and of which version it is
//! index/lock          held by the one process that writes
//! index/g3/           a generation: tantivy's files, state-*, seal
//! ```
//!
//! A rebuild writes a new generation beside the old one and then names it in `format`, by
//! one rename, so that a reader sees either the old index or the new one.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::error::{
    DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError,
};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, META_LOCK, MmapDirectory,
    WatchCallback, WatchHandle, WritePtr,
};

use super::schema::VERSION;
use crate::{Error, Result};

/// The file that names the generation in force.
const FORMAT: &str = "format";
/// The file that the writer locks.
const LOCK: &str = "lock";
/// How a file is named until it is whole.
pub(super) const TEMPORARY: &str = ".tmp";

/// What `format` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Format {
    /// The version of the index, [`VERSION`] for those that this program reads.
    pub(super) version: u32,
    /// The folder of the generation in force.
    pub(super) generation: String,
    /// The program that wrote it.
    pub(super) program: String,
    /// Where the articles are: known here too, so that an index which cannot be read can
    /// be made anew without asking.
    #[serde(default)]
    pub(super) roots: Vec<String>,
}

/// The fields of `format` that every version has.
#[derive(Deserialize)]
struct EveryFormat {
    version: u32,
    #[serde(default)]
    roots: Vec<String>,
}

/// Whether an index was made by an earlier version of this program.
pub(super) fn is_earlier(dir: &Path) -> bool {
    every_format(dir).is_some_and(|format| format.version < VERSION)
}

/// The roots of an index of whatever version.
pub(super) fn remembered_roots(dir: &Path) -> Vec<PathBuf> {
    let roots = every_format(dir).map_or_else(Vec::new, |format| format.roots);
    roots.into_iter().map(PathBuf::from).collect()
}

fn every_format(dir: &Path) -> Option<EveryFormat> {
    serde_json::from_slice(&fs::read(dir.join(FORMAT)).ok()?).ok()
}

impl Format {
    /// Reads which generation of an index is in force.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(FORMAT);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoIndex(dir.to_owned()));
            }
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
                return Err(Error::NoIndex(dir.to_owned()));
            }
            Err(e) => return Err(Error::read(&path)(e)),
        };
        let bad = |what: String| Error::BadIndex { path: dir.to_owned(), what };
        let damaged =
            |_| bad("is damaged: its file `format` cannot be understood".into());
        let EveryFormat { version, .. } =
            serde_json::from_slice(&bytes).map_err(damaged)?;
        if version != VERSION {
            return Err(bad(format!(
                "is of version {version}, this program reads version {VERSION}"
            )));
        }
        let format: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        if !is_generation(&format.generation) {
            return Err(
                bad("is damaged: its file `format` names no generation".into()),
            );
        }
        Ok(format)
    }
}

/// `g` and a number; nothing that could lead out of the index's folder.
fn is_generation(name: &str) -> bool {
    name.strip_prefix('g')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The right to write to an index, as long as it lives.
#[derive(Debug)]
pub(super) struct WriteLock {
    dir: PathBuf,
    _file: File,
}

impl WriteLock {
    /// Makes the index's folder where there is none, and takes its lock. The system frees
    /// the lock when the process ends in any way.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).map_err(Error::write(dir))?;
        let path = dir.join(LOCK);
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::write(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(Error::Locked { path: dir.to_owned(), lock: path })
            }
            Err(TryLockError::Error(e)) => Err(Error::write(&path)(e)),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folder of a new generation, which nobody reads yet.
    pub(super) fn new_generation(&self) -> Result<String> {
        let last = self.generations()?.into_iter().map(|(n, _)| n).max().unwrap_or(0);
        let name = format!("g{}", last + 1);
        let path = self.dir.join(&name);
        fs::create_dir(&path).map_err(Error::write(&path))?;
        Ok(name)
    }

    /// Puts a generation of articles from these roots in force and removes all others.
    pub(super) fn put_in_force(
        &self,
        generation: &str,
        roots: &[PathBuf],
    ) -> Result<()> {
        // Where a path is no text, none is remembered here; the state has them all.
        let roots: Option<Vec<_>> =
            roots.iter().map(|r| r.to_str().map(str::to_owned)).collect();
        let format = Format {
            version: VERSION,
            generation: generation.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            roots: roots.unwrap_or_default(),
        };
        let bytes = serde_json::to_vec(&format).unwrap_or_default();
        write_whole(&self.dir.join(FORMAT), &bytes, Sync::Yes)
            .map_err(Error::write(&self.dir))?;
        self.sweep(Some(generation))
    }

    /// Removes what a run that was killed has left: generations other than the one in
    /// force, and files that were never finished.
    pub(super) fn sweep(&self, in_force: Option<&str>) -> Result<()> {
        for (_, name) in self.generations()? {
            if Some(&*name) != in_force {
                let path = self.dir.join(&name);
                fs::remove_dir_all(&path).map_err(Error::write(&path))?;
            }
        }
        sweep_temporary(&self.dir).map_err(Error::write(&self.dir))
    }

    fn generations(&self) -> Result<Vec<(u64, String)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(Error::read(&self.dir))? {
            let entry = entry.map_err(Error::read(&self.dir))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_generation(&name)
                && let Ok(n) = name[1..].parse()
            {
                found.push((n, name));
            }
        }
        Ok(found)
    }
}

/// Removes files that were never finished.
pub(super) fn sweep_temporary(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file has to outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sync {
    Yes,
    No,
}

/// Writes a file so that there is either all of it or nothing under its name.
pub(super) fn write_whole(path: &Path, bytes: &[u8], sync: Sync) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = dir.join(format!("{TEMPORARY}-{}-{name}", std::process::id()));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    if sync == Sync::Yes {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&temporary, path)?;
    if sync == Sync::Yes {
        sync_folder(dir)?;
    }
    Ok(())
}

/// Makes renames in a folder outlive a power cut.
#[cfg(unix)]
fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn sync_folder(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder of a generation, as tantivy sees it. Differs from tantivy's own in that
///
/// - a commit outlives a power cut: the folder is synced after `meta.json` is renamed;
/// - `meta.json` carries its hash, as all other files do;
/// - files have the usual modes, so that others may read the index;
/// - a reader needs no right to write;
/// - the list of files that may be garbage is never kept on disk, where it could differ
///   from the folder: the writer takes every file that it finds. So files left behind by a
///   killed run go, and no later run stumbles over them.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    files: MmapDirectory,
    access: Access,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Where tantivy keeps its list of files.
const MANAGED: &str = ".managed.json";
/// What tantivy writes when it commits.
pub(super) const META: &str = "meta.json";

impl Folder {
    pub(super) fn open(
        path: &Path,
        access: Access,
    ) -> Result<Self, OpenDirectoryError> {
        Ok(Self { path: path.to_owned(), files: MmapDirectory::open(path)?, access })
    }

    /// Tantivy's files in the folder as a JSON list: those named by a segment.
    fn managed(&self) -> io::Result<Vec<u8>> {
        let mut names = vec![META.to_owned()];
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let segment = name.split('.').next().unwrap_or_default();
            if segment.len() == 32 && segment.bytes().all(|b| b.is_ascii_hexdigit()) {
                names.push(name);
            }
        }
        Ok(serde_json::to_vec(&names)?)
    }
}

impl Directory for Folder {
    fn get_file_handle(
        &self,
        path: &Path,
    ) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.files.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.files.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(MANAGED) {
            return match self.access {
                Access::Read => Err(OpenReadError::FileDoesNotExist(path.to_owned())),
                Access::Write => self
                    .managed()
                    .map_err(|e| OpenReadError::wrap_io_error(e, path.to_owned())),
            };
        }
        let bytes = self.files.atomic_read(path)?;
        if path == Path::new(META) {
            return unsealed(&bytes).map(<[u8]>::to_vec).ok_or_else(|| {
                let error = io::Error::new(
                    io::ErrorKind::InvalidData,
                    "its file `meta.json` is cut off or was changed",
                );
                OpenReadError::wrap_io_error(error, path.to_owned())
            });
        }
        Ok(bytes)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(MANAGED) {
            return Ok(());
        }
        if path == Path::new(META) {
            return write_whole(&self.path.join(path), &sealed(data), Sync::Yes);
        }
        write_whole(&self.path.join(path), data, Sync::Yes)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.files.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        if lock.filepath == META_LOCK.filepath && self.access == Access::Read {
            // Shared, and on a file that need not be writable. Where there is none, the
            // index was copied here, and nobody removes files from it.
            let held = File::open(self.path.join(&lock.filepath)).and_then(|file| {
                file.lock_shared()?;
                Ok(file)
            });
            return Ok(DirectoryLock::from(Box::new(held.ok())));
        }
        self.files.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}

/// Bytes with their hash after them, in hexadecimal on a line of its own.
fn sealed(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    bytes.push(b'\n');
    bytes.extend_from_slice(blake3::hash(data).to_hex().as_bytes());
    bytes
}

/// The bytes before their hash, where it is right.
fn unsealed(bytes: &[u8]) -> Option<&[u8]> {
    let (data, hash) = bytes.split_at_checked(bytes.len().checked_sub(65)?)?;
    (hash[0] == b'\n' && hash[1..] == *blake3::hash(data).to_hex().as_bytes())
        .then_some(data)
}

/// How many bytes the files of a generation have, and when they were last changed: whoever
/// changes one of them from outside changes this.
pub(super) fn fingerprint(dir: &Path, files: &[PathBuf]) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    for name in files {
        let meta = match fs::metadata(dir.join(name)) {
            Ok(meta) => meta,
            // Not every segment has every file.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        let modified = meta.modified()?.duration_since(std::time::UNIX_EPOCH);
        hasher.update(name.as_os_str().as_encoded_bytes());
        hasher.update(&meta.len().to_le_bytes());
        hasher.update(&modified.unwrap_or_default().as_nanos().to_le_bytes());
    }
    Ok(hasher.finalize())
}
