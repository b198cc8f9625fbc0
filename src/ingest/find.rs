//! Stage 0: folders in, source files out, in one order on every system.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
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
    let mut seen = BTreeSet::new();
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
        if let Some(leave_out) = leave_out.clone() {
            walk.filter_entry(move |entry| {
                !(entry.file_type().is_some_and(|t| t.is_dir())
                    && fs::canonicalize(entry.path()).is_ok_and(|p| p == leave_out))
            });
        }
        for entry in walk.build() {
            match entry {
                Ok(entry) => {
                    visit(&entry, path, prefix.as_deref(), &mut found, &mut seen);
                }
                Err(error) => found.skipped.push(Skipped {
                    file: path.display().to_string(),
                    reason: error.to_string(),
                }),
            }
        }
    }
    found.files.sort();
    Ok(found)
}

fn visit(
    entry: &ignore::DirEntry,
    root: &Path,
    prefix: Option<&str>,
    found: &mut Found,
    seen: &mut BTreeSet<String>,
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
            if seen.insert(name.clone()) {
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
    let parts = below.components().map(|c| legible(c.as_os_str()));
    let joined = parts.collect::<Vec<_>>().join("/");
    match prefix {
        Some(prefix) => format!("{prefix}/{joined}"),
        None => joined,
    }
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
