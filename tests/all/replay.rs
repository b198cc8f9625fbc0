//! What the fuzzer found once is found no more: every file of `tests/fuzz/TARGET` goes
//! through its target. How the fuzzer is run is told in `fuzz/README.md`.

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

#[test]
fn what_the_fuzzer_found_is_mended() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    for folder in files(&root) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let target = TARGETS.iter().find(|(target, _)| *target == name);
        let (_, target) = target.unwrap_or_else(|| panic!("no target for {folder:?}"));
        for file in files(&folder) {
            let bytes = fs::read(&file).unwrap();
            let done = std::panic::catch_unwind(|| target(&bytes));
            assert!(done.is_ok(), "{} is not mended", file.display());
        }
    }
}

#[test]
fn every_target_has_its_binary() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let named = manifest.split("[[bin]]\nname = \"").skip(1);
    let named: Vec<_> = named.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(named, TARGETS.map(|(name, _)| name));
}
