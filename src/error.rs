//! What can go wrong, said so that a user knows the file and the next step.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the library. What costs one file only is not an error but a
/// [`Skipped`](crate::ingest::Skipped).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder that was named does not exist.
    #[error("there is no {}", .0.display())]
    NoSuchPath(PathBuf),
    /// A line of data does not have its form.
    #[error("{place}: {what}")]
    Malformed {
        /// File and line.
        place: String,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// The index is missing.
    #[error("no index at {}", .0.display())]
    NoIndex(PathBuf),
    /// The index is of another version, truncated or damaged.
    #[error("the index at {} {what}", .path.display())]
    BadIndex {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A line of the ledger of corrections cannot be trusted.
    #[error("{}, line {line} {what}", .path.display())]
    BadLedger {
        /// The ledger.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
        /// The way out.
        help: String,
    },
    /// A model file cannot be used.
    #[error("the model {} {what}", .path.display())]
    BadModel {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another process writes to the index.
    #[error("the index at {} is being written by another process (lock {})", .path.display(), .lock.display())]
    Locked {
        /// Where.
        path: PathBuf,
        /// The lock.
        lock: PathBuf,
    },
    /// A query does not parse.
    #[error("{0}")]
    Query(String),
    /// Nothing has this id.
    #[error("no passage has the id {0:?}")]
    NoSuchPassage(String),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// A read failure on `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// A write failure on `path`.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// What the user can do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoIndex(_) => {
                Some("make one with `delineate index FOLDER`".to_owned())
            }
            Self::BadIndex { .. } => Some(
                "rebuild it with `delineate index --force`; corrections are kept \
                 elsewhere and come back"
                    .to_owned(),
            ),
            Self::BadLedger { help, .. } => Some(help.clone()),
            Self::BadModel { path, .. } => Some(format!(
                "make it again with `delineate train`, or label with the model that the \
                 program carries: remove {} or say `--model builtin`",
                path.display()
            )),
            Self::Locked { .. } => Some(
                "wait for it to finish, or stop it; readers need not wait".to_owned(),
            ),
            Self::Read { source, .. } | Self::Write { source, .. }
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                Some(
                    "let your user read it and write there, or name another place \
                     (`--index DIR`, `--corrections FILE`)"
                        .to_owned(),
                )
            }
            Self::NoSuchPassage(_) => {
                Some("ids are the `id` of `delineate search`".to_owned())
            }
            _ => None,
        }
    }
}

/// The library's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;
