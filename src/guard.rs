//! Panics of libraries on damaged files, turned into values.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs work that may panic where a file is damaged; `None` after a panic. The last resort:
/// what `work` leaves half done must go with it.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.ok()
}

/// From here on, a panic that is dealt with is not printed as well. For programs; a
/// library does not change what belongs to the whole process.
pub fn hush_guarded_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        // Tantivy's own threads hand their panics over as errors.
        let theirs = thread.name().is_some_and(|name| {
            ["thrd-tantivy", "merge_thread", "segment_updater", "docstore"]
                .iter()
                .any(|start| name.starts_with(start))
        });
        if !GUARDED.get() && !theirs {
            print(info);
        }
    }));
}
