//! Ctrl-C: the first one asks the work to finish cleanly, the second one quits. Where the
//! work waits for input there is nothing to finish, and the first one quits.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, Result};

static ASKED: AtomicBool = AtomicBool::new(false);
static WAITING: AtomicBool = AtomicBool::new(false);

/// From here on, Ctrl-C is noted instead of ending the process.
pub(super) fn listen() {
    // A second handler cannot be set; the first does the same.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) || WAITING.load(Ordering::SeqCst) {
            #[allow(clippy::exit, reason = "the second Ctrl-C means: now")]
            std::process::exit(130);
        }
    });
}

/// Waits for input, which Ctrl-C ends at once. Nothing may be half written meanwhile.
pub(super) fn waiting<T>(read: impl FnOnce() -> T) -> T {
    WAITING.store(true, Ordering::SeqCst);
    // It may have come just before.
    if asked() {
        #[allow(clippy::exit, reason = "as above: nobody else would end the wait")]
        std::process::exit(130);
    }
    let read = read();
    WAITING.store(false, Ordering::SeqCst);
    read
}

/// Whether the user asked to stop.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// # Errors
/// [`Error::Interrupted`] when the user asked to stop.
pub(super) fn check() -> Result<()> {
    if asked() { Err(Error::Interrupted) } else { Ok(()) }
}
