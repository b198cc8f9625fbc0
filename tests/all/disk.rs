//! A disk that is really full: a small one in memory, where this system lets it be mounted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::crash::{BUYERS, indexed};
use crate::faults::assert_same;
use crate::train::small_world;
use crate::util::{Folder, Ran};

/// A small disk, there until it is dropped.
struct Disk(PathBuf);

impl Disk {
    /// `None` where it may not be mounted: only root may, and not in every container.
    fn mount(at: &Path, mebibytes: usize) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: no disk can be mounted here; run it as root");
        }
        mounted.then(|| Self(at.to_owned()))
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let filler = self.0.join("filler");
        let full = fs::write(&filler, vec![b'x'; 64 << 20]).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A failure that says that the disk is full, and on what.
#[track_caller]
fn says_full(ran: Ran, what: &str) {
    let ran = ran.exits(2);
    let said = ran.stderr.to_lowercase();
    assert!(said.contains("no space left") && said.contains(what), "{ran:#?}");
}

fn export(folder: &Folder) -> String {
    let args = ["--index", "disk/index", "export", "--format", "jsonl"];
    folder.run(&args).exits(0).stdout
}

#[test]
fn a_full_disk_leaves_the_index_and_the_corrections_as_they_were() {
    let folder = indexed();
    let Some(disk) = Disk::mount(&folder.path().join("disk"), 2) else { return };
    let index = ["--index", "disk/index", "index", "in"];
    folder.run(&index).exits(0);
    let before = export(&folder);

    // More than the disk holds.
    for n in 0..60 {
        let words: Vec<_> =
            (0..4000).map(|w| format!("word{}x{n}", w * 7919 % 50_000)).collect();
        folder.write(&format!("in/more{n}.txt"), words.join(" "));
    }
    for _ in 0..2 {
        says_full(folder.run(&index), "disk/index");
        assert_same(&export(&folder), &before, "after a full disk");
    }

    let id = |n: usize| {
        let line = before.lines().nth(n).unwrap();
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    let correct =
        |n: usize| folder.run(&["--index", "disk/index", "correct", &id(n), "b2c"]);
    assert!(correct(0).exits(0).stderr.contains("saved"));
    let corrected = export(&folder);
    disk.fill();
    let mut saved = vec![id(0)];
    let mut lost = 0;
    for n in 1..before.lines().count() {
        let ran = correct(n);
        // The last block of the ledger has room for a few lines, the index has none.
        if ran.stderr.contains("saved") {
            saved.push(id(n));
            says_full(ran, "disk/index");
        } else {
            lost += 1;
            says_full(ran, "corrections.jsonl");
        }
    }
    assert!(lost > 0, "the ledger never ran out of room");
    let listed = ["--index", "disk/index", "correct", "--list", "--format", "jsonl"];
    let mut kept: Vec<String> = folder
        .run(&listed)
        .exits(0)
        .records()
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    kept.sort();
    saved.sort();
    assert_eq!(kept, saved, "what was called saved, and nothing else");
    assert_same(&export(&folder), &corrected, "after corrections without room");

    // With room again, and what fits, all comes to the same end as elsewhere.
    disk.make_room();
    for n in 0..60 {
        fs::remove_file(folder.path().join(format!("in/more{n}.txt"))).unwrap();
    }
    folder.write("in/new.txt", format!("{BUYERS} Wholly new.\n"));
    assert!(correct(23).exits(0).stderr.contains("saved"));
    folder.run(&index).exits(0);
    let elsewhere = ["--index", "index", "--corrections", "disk/corrections.jsonl"];
    folder.run(&[&elsewhere[..], &["index", "in"]].concat()).exits(0);
    let right = folder
        .run(&[&elsewhere[..], &["export", "--format", "jsonl"]].concat())
        .exits(0);
    assert_same(&export(&folder), &right.stdout, "with room again");
}

#[test]
fn a_full_disk_leaves_reports_and_the_model_as_they_were() {
    let folder = small_world();
    let Some(disk) = Disk::mount(&folder.path().join("disk"), 2) else { return };
    folder.write("in/a.txt", BUYERS);
    folder.run(&["index", "in"]).exits(0);
    for (name, bytes) in folder.snapshot("model") {
        folder.write(&format!("disk/{name}"), bytes);
    }
    let train = ["train", "--corpus", "corpus", "--vectors", "disk/model"];
    folder.run(&train).exits(0);
    folder.write("disk/a.csv", "what the user had");
    disk.fill();
    let before = folder.snapshot("disk");
    says_full(folder.run(&["export", "-o", "disk/a.csv"]), "a.csv");
    says_full(folder.run(&train), "delineate.model");
    assert!(folder.snapshot("disk") == before, "something changed, or a draft is left");
    disk.make_room();
    folder.run(&train).exits(0);
    folder.run(&["export", "-o", "disk/a.csv"]).exits(0);
    assert!(fs::read_to_string(folder.path().join("disk/a.csv")).unwrap().len() > 40);
}
