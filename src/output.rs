//! Files that the user gets: whole or not there at all.
//!
//! [`OutFile`] writes beside its target and renames at the end, so that a kill, a full disk
//! or a power cut leaves the earlier file as it was.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// By this a page that the program wrote is known, so that it is never read as an article
/// when it lies among them.
pub(crate) const OWN_PAGE: &str = "<meta name=\"generator\" content=\"delineate\">";

/// Likewise, the first line of Markdown.
pub(crate) const OWN_MARKDOWN: &str = "<!-- made by delineate -->";

/// Whether a text says that the program has written it.
pub(crate) fn is_own(text: &str) -> bool {
    text.starts_with(OWN_MARKDOWN)
        || text[..text.floor_char_boundary(1024)].contains(OWN_PAGE)
}

/// A file in the making. Nothing is seen under its name until [`commit`](Self::commit);
/// dropped without, it leaves no trace.
///
/// A device or a pipe is written in place, since there is nothing to rename to it.
///
/// ```
/// use std::io::Write;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("report.csv");
/// let mut out = delineate::output::OutFile::create(&path)?;
/// out.write_all(b"label,text\n").unwrap();
/// assert!(!path.exists());
/// out.commit()?;
/// assert!(path.exists());
/// # Ok::<(), delineate::Error>(())
/// ```
#[derive(Debug)]
pub struct OutFile {
    writer: BufWriter<File>,
    /// Where it ends up, links followed.
    target: PathBuf,
    /// Where it is meanwhile; `None` when it is written in place or has been renamed.
    draft: Option<PathBuf>,
}

impl OutFile {
    /// Begins to write the file at `path`.
    ///
    /// # Errors
    /// [`Error::Write`] when `path` is a folder or cannot be written, or when another
    /// process writes the same file.
    pub fn create(path: &Path) -> Result<Self> {
        let fail = Error::write(path);
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => {
                Err(fail(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")))
            }
            Ok(meta) if !meta.is_file() => {
                let file = OpenOptions::new().write(true).open(path).map_err(fail)?;
                Ok(Self { writer: buffer(file), target: path.to_owned(), draft: None })
            }
            Ok(meta) => {
                // Rename would ask for no right to write the file itself.
                OpenOptions::new()
                    .write(true)
                    .open(path)
                    .map_err(Error::write(path))?;
                let target = fs::canonicalize(path).map_err(Error::write(path))?;
                let out = Self::draft(target).map_err(fail)?;
                out.writer
                    .get_ref()
                    .set_permissions(meta.permissions())
                    .map_err(Error::write(path))?;
                Ok(out)
            }
            Err(_) => Self::draft(path.to_owned()).map_err(fail),
        }
    }

    fn draft(target: PathBuf) -> io::Result<Self> {
        let draft = draft_path(&target)?;
        let file = open_draft(&draft)?;
        file.set_len(0)?;
        Ok(Self { writer: buffer(file), target, draft: Some(draft) })
    }

    /// Makes the file appear under its name, on disk also after a power cut.
    ///
    /// # Errors
    /// [`Error::Write`] when the disk is full or the folder went away; the earlier file is
    /// then as it was.
    pub fn commit(mut self) -> Result<()> {
        self.put_in_place().map_err(Error::write(&self.target))
    }

    fn put_in_place(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        let Some(draft) = &self.draft else { return Ok(()) };
        self.writer.get_ref().sync_all()?;
        fs::rename(draft, &self.target)?;
        self.draft = None;
        sync_folder_of(&self.target)
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            // What is left behind is taken over by the next run.
            let _ = fs::remove_file(draft);
        }
    }
}

fn buffer(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 16, file)
}

/// One draft for each target, so that a killed run leaves at most one, and the next run
/// takes it over.
fn draft_path(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "it has no file name")
    })?;
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    draft.push(".delineate-draft");
    Ok(target.with_file_name(draft))
}

/// Opens the draft for this process alone. A file that somebody else put there on purpose
/// (a link to another file) is not written through.
fn open_draft(path: &Path) -> io::Result<File> {
    for _ in 0..16 {
        if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
            return Err(in_the_way(path));
        }
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    "another process is writing it",
                ));
            }
            // On a file system without locks, two writers at once are the user's to avoid.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // The former owner may have renamed it between our opening and our lock.
        match fs::symlink_metadata(path) {
            Ok(meta) if is_same(&meta, &file.metadata()?) => {
                let mut file = file;
                file.rewind()?;
                return Ok(file);
            }
            Ok(meta) if !meta.is_file() => {
                return Err(in_the_way(path));
            }
            _ => {}
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "other processes are writing it"))
}

fn in_the_way(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{} is in the way", path.display()),
    )
}

#[cfg(unix)]
fn is_same(named: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    named.is_file()
        && named.nlink() == 1
        && (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(named: &fs::Metadata, _: &fs::Metadata) -> bool {
    named.is_file()
}

#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_not_committed_leaves_the_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "earlier").unwrap();
        let mut out = OutFile::create(&path).unwrap();
        out.write_all(b"half of it").unwrap();
        drop(out);
        assert_eq!(fs::read_to_string(&path).unwrap(), "earlier");
        assert_eq!(entries(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_draft_left_by_a_killed_run_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(folder.path().join(".a.csv.delineate-draft"), "much longer than new")
            .unwrap();
        let mut out = OutFile::create(&path).unwrap();
        out.write_all(b"new").unwrap();
        out.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(entries(folder.path()), ["a.csv"]);
    }

    #[test]
    fn two_writers_of_one_file_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let first = OutFile::create(&path).unwrap();
        let error = OutFile::create(&path).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error}");
        first.commit().unwrap();
        OutFile::create(&path).unwrap().commit().unwrap();
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(OutFile::create(folder.path()).is_err());
        assert!(OutFile::create(&folder.path().join("none/a.csv")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_trap_is_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("real.csv"), "old").unwrap();
        symlink("real.csv", at("link.csv")).unwrap();
        let mut out = OutFile::create(&at("link.csv")).unwrap();
        out.write_all(b"new").unwrap();
        out.commit().unwrap();
        assert_eq!(fs::read_to_string(at("real.csv")).unwrap(), "new");
        assert!(fs::symlink_metadata(at("link.csv")).unwrap().is_symlink());

        fs::write(at("precious"), "keep").unwrap();
        symlink("precious", at(".b.csv.delineate-draft")).unwrap();
        assert!(OutFile::create(&at("b.csv")).is_err());
        assert_eq!(fs::read_to_string(at("precious")).unwrap(), "keep");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_in_place() {
        let mut out = OutFile::create(Path::new("/dev/null")).unwrap();
        out.write_all(b"gone").unwrap();
        out.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
