//! Panics of the index library on damaged files, turned into errors.

use std::path::Path;

use crate::{Error, Result};

/// Runs what may panic where the index's files are damaged.
///
/// # Errors
/// Those of `work`, and [`Error::BadIndex`] after a panic.
pub(super) fn guarded<T>(dir: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What `work` leaves half done is a reader of the damaged index, which goes with it.
    crate::guard::guarded(work).unwrap_or_else(|| {
        Err(Error::BadIndex { path: dir.to_owned(), what: "is damaged".to_owned() })
    })
}

/// What went wrong in tantivy, as an error of ours.
pub(super) fn bad(dir: &Path) -> impl Fn(tantivy::TantivyError) -> Error {
    use tantivy::TantivyError as T;
    use tantivy::directory::error::{OpenReadError, OpenWriteError};
    move |error| {
        let path = dir.to_owned();
        match error {
            T::IoError(e) => io(dir)(std::io::Error::new(e.kind(), e.to_string())),
            T::OpenReadError(OpenReadError::IoError { io_error, .. })
            | T::OpenWriteError(OpenWriteError::IoError { io_error, .. }) => {
                io(dir)(std::io::Error::new(io_error.kind(), io_error.to_string()))
            }
            T::OpenReadError(OpenReadError::FileDoesNotExist(file)) => {
                Error::BadIndex {
                    path,
                    what: format!("is damaged: {} is missing", file.display()),
                }
            }
            // A thread of tantivy's met a full disk or the like, and does not say which.
            T::ErrorInThread(_) => Error::Write {
                path,
                source: std::io::Error::other(
                    "the disk is full or the index is damaged",
                ),
            },
            // What tantivy says of its own files helps nobody but its authors.
            T::IncompatibleIndex(_)
            | T::DataCorruption(_)
            | T::OpenReadError(OpenReadError::IncompatibleIndex(_)) => {
                Error::BadIndex { path, what: "is damaged".to_owned() }
            }
            other => Error::BadIndex { path, what: format!("is damaged: {other}") },
        }
    }
}

/// Whether a failure to read is one of the bytes themselves.
pub(super) fn is_damage(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind;
    matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
}

/// A failure to read or write the index's files; damage where the bytes themselves are
/// wrong.
pub(super) fn io(dir: &Path) -> impl Fn(std::io::Error) -> Error {
    use std::io::ErrorKind;
    move |source| {
        let path = dir.to_owned();
        match source.kind() {
            kind if is_damage(kind) => {
                Error::BadIndex { path, what: format!("is damaged: {source}") }
            }
            ErrorKind::NotFound => Error::BadIndex {
                path,
                what: "is damaged: a file is missing".to_owned(),
            },
            ErrorKind::StorageFull
            | ErrorKind::FileTooLarge
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::WriteZero => Error::Write { path, source },
            _ => Error::Read { path, source },
        }
    }
}
