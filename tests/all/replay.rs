//! The fuzzer's targets, without the fuzzer: the samples keep the laws that the targets
//! check, and what was found once is found no more. How the fuzzer is run is told in
//! `fuzz/README.md`.

mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use targets::TARGETS;

/// The files of a folder, in the order of their names; none where it does not exist.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

/// Gives every file of the folders below `root` that are named after a target to it.
fn replay(root: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
    let mut replayed = 0;
    for (name, target) in TARGETS {
        for file in files(&root.join(name)) {
            let bytes = fs::read(&file).unwrap();
            let done = std::panic::catch_unwind(|| target(&bytes));
            assert!(done.is_ok(), "{} fails", file.display());
            replayed += 1;
        }
    }
    replayed
}

#[test]
fn the_samples_keep_the_laws() {
    assert!(replay("tests/samples") >= 20);
}

#[test]
fn what_the_fuzzer_found_is_mended() {
    // None so far. A folder that is named after no target would be passed over.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let kept: usize = files(&root).iter().map(|folder| files(folder).len()).sum();
    assert_eq!(replay("tests/fuzz"), kept);
}

#[test]
fn every_target_has_its_binary() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let named = manifest.split("[[bin]]\nname = \"").skip(1);
    let named: Vec<_> = named.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(named, TARGETS.map(|(name, _)| name));
}
