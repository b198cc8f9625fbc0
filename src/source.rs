//! A file as it lies in the user's folder, before anything is read.

use std::path::PathBuf;

/// Stage 0: a file that was found, with what the file system says of it.
///
/// Holds no bytes: ingesting opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its path below the folder that was given, parts joined by `/` on every system.
    /// This is the article's name in every record, so that it is the same elsewhere.
    pub name: String,
    /// Where to open it.
    pub path: PathBuf,
    /// Length in bytes.
    pub size: u64,
    /// Time of the last change, nanoseconds since 1970; 0 where the system has none.
    pub modified: i64,
}
