//! Stage 0: folders in, source files out, in one order on every system.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::UNIX_EPOCH;

use ignore::WalkBuilder;

use super::{Skipped, reader_for};
use crate::source::SourceFile;
use crate::{Error, Result};

/// What lies in some folders.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Files that a reader reads, by name.
    pub files: Vec<SourceFile>,
    /// Files and folders that could not be looked at.
    pub skipped: Vec<Skipped>,
    /// How many files of each kind have no reader, by ending; `(none)` where there is none.
    pub unsupported: BTreeMap<String, usize>,
}

/// Walks folders and single files.
///
/// Hidden files are left out, and what `.gitignore`, `.ignore` and `.delineateignore`
/// name; so is `leave_out`, the index's own folder. Symbolic links are not followed.
/// Names are relative to their folder; with several folders they begin with the folder's
/// own name. Opens no file.
///
/// # Errors
/// [`Error::NoSuchPath`] when a path that was given does not exist.
pub fn find(paths: &[PathBuf], leave_out: &Path) -> Result<Found> {
    let mut found = Found::default();
    let leave_out = fs::canonicalize(leave_out).ok();
    for path in paths {
        if fs::symlink_metadata(path).is_err() {
            return Err(Error::NoSuchPath(path.clone()));
        }
        let prefix = if paths.len() > 1 && path.is_dir() { base(path) } else { None };
        let mut walk = WalkBuilder::new(path);
        walk.add_custom_ignore_filename(".delineateignore")
            .require_git(false)
            .follow_links(false)
            .sort_by_file_name(Ord::cmp);
        let leave_out = leave_out.clone();
        walk.filter_entry(move |entry| {
            let folder = entry.file_type().is_some_and(|t| t.is_dir());
            let is_index = || {
                leave_out.is_some() && fs::canonicalize(entry.path()).ok() == leave_out
            };
            !folder || !(is_index() || is_saved_folder(entry.path()))
        });
        for entry in walk.build() {
            match entry {
                Ok(entry) => {
                    visit(&entry, path, prefix.as_deref(), &mut found);
                }
                Err(error) => {
                    let at = path_of(&error).unwrap_or(path);
                    let file = name(at, path, prefix.as_deref());
                    let reason = error
                        .io_error()
                        .map_or_else(|| error.to_string(), super::plain);
                    found.skipped.push(Skipped { file, reason });
                }
            }
        }
    }
    // Of two files of one name, the one that was found first counts.
    found.files.sort_by(|a, b| a.name.cmp(&b.name));
    found.files.dedup_by(|a, b| a.name == b.name);
    Ok(found)
}

/// Which file or folder the walk failed on.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

fn visit(
    entry: &ignore::DirEntry,
    root: &Path,
    prefix: Option<&str>,
    found: &mut Found,
) {
    let given = entry.depth() == 0;
    let regular = if given {
        // A link that the user names is meant.
        entry.path().is_file()
    } else {
        entry.file_type().is_some_and(|t| t.is_file())
    };
    if !regular {
        return;
    }
    let name = name(entry.path(), root, prefix);
    if reader_for(&name).is_none() {
        let ending =
            Path::new(&name).extension().filter(|e| !e.is_empty()).map_or_else(
                || "(none)".to_owned(),
                |e| e.to_string_lossy().to_lowercase(),
            );
        *found.unsupported.entry(ending).or_default() += 1;
        return;
    }
    match fs::metadata(entry.path()) {
        Ok(meta) => {
            let modified = meta.modified().ok();
            let since = modified.and_then(|t| t.duration_since(UNIX_EPOCH).ok());
            found.files.push(SourceFile {
                name,
                path: entry.path().to_owned(),
                size: meta.len(),
                modified: since
                    .and_then(|d| i64::try_from(d.as_nanos()).ok())
                    .unwrap_or(0),
            });
        }
        Err(error) => {
            found.skipped.push(Skipped { file: name, reason: super::plain(&error) });
        }
    }
}

/// The path below its root, parts joined by `/`.
fn name(path: &Path, root: &Path, prefix: Option<&str>) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let below = if below.as_os_str().is_empty() {
        path.file_name().map_or(path, Path::new)
    } else {
        below
    };
    // Nearly all names are text, and with `/` between their parts already.
    let joined = if let Some(text) = below.to_str().filter(|_| MAIN_SEPARATOR == '/') {
        text.to_owned()
    } else {
        let parts = below.components().map(|c| legible(c.as_os_str()));
        parts.collect::<Vec<_>>().join("/")
    };
    match prefix {
        Some(prefix) => format!("{prefix}/{joined}"),
        None => joined,
    }
}

/// The folders that browsers put beside the pages they save, with pictures and frames:
/// what is in them belongs to a page and is no article.
#[derive(Debug, Default)]
pub(super) struct SavedFolders(BTreeSet<String>);

/// How the name of such a folder ends, after the name of its page, in the languages that
/// browsers speak.
const SAVED: &[&str] = &[
    "_files",
    ".files",
    "-files",
    "_Dateien",
    "-Dateien",
    "_fichiers",
    "-fichiers",
    "_archivos",
    "-archivos",
    "_file",
    "_bestanden",
    "_arquivos",
    "_ficheiros",
    "_soubory",
    "_pliki",
    "_tiedostot",
    "_filer",
    "_elemei",
    "_dosyalar",
];

impl SavedFolders {
    /// Notes a file, which may be a page with such a folder.
    pub(super) fn note(&mut self, name: &str) {
        if let Some((stem, ending)) = name.rsplit_once('.')
            && PAGES.iter().any(|page| ending.eq_ignore_ascii_case(page))
        {
            self.0.extend(SAVED.iter().map(|end| format!("{stem}{end}")));
        }
    }

    /// Whether a file lies in such a folder of a page that was noted.
    pub(super) fn hold(&self, name: &str) -> bool {
        name.match_indices('/').any(|(at, _)| self.0.contains(&name[..at]))
    }
}

/// Endings of pages that have such folders.
const PAGES: &[&str] = &["html", "htm", "xhtml"];

/// Whether a folder belongs to a page that lies beside it.
fn is_saved_folder(folder: &Path) -> bool {
    let Some(name) = folder.file_name().and_then(OsStr::to_str) else { return false };
    SAVED.iter().filter_map(|end| name.strip_suffix(end)).any(|stem| {
        PAGES
            .iter()
            .any(|page| folder.with_file_name(format!("{stem}.{page}")).exists())
    })
}

/// A name as text. Bytes that are not UTF-8 are written `\xff`, so that two names stay two.
fn legible(name: &OsStr) -> Cow<'_, str> {
    let bytes = name.as_encoded_bytes();
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.into()
}

/// A folder's own name.
fn base(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    Some(legible(path.file_name()?).into_owned())
}
