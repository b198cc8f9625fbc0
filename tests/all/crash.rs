//! Kills, full disks and failing calls at every moment of a run: the last committed state
//! still answers, nothing that was called saved is lost, and the next run comes to the same
//! end as an undisturbed one.
//!
//! Ordinarily a sample of the moments is tried; `DELINEATE_CRASHES=N` tries up to N for
//! each command. `-- --nocapture` prints how often each fault struck.

use std::fs;

use crate::faults::{Fault, Strikes, Struck, assert_same};
use crate::util::Folder;

/// Moments tried for each command in an ordinary test run.
const MOMENTS: usize = 8;

/// Which moments of a run with so many calls are tried: all, or evenly spread ones, the
/// first and the last among them.
fn moments(calls: usize) -> Vec<usize> {
    let asked = std::env::var("DELINEATE_CRASHES").ok().and_then(|n| n.parse().ok());
    let wanted = asked.unwrap_or(MOMENTS).min(calls).max(2);
    let mut moments: Vec<_> =
        (0..wanted).map(|n| 1 + n * (calls - 1) / (wanted - 1)).collect();
    moments.dedup();
    moments
}

/// The number of calls among what a run did.
fn changing(calls: &[String]) -> usize {
    calls.iter().filter(|call| !call.starts_with("write standard ")).count()
}

pub(crate) const BUYERS: &str =
    "Seven people sign before anybody at the customer may log in.";
const STREAKS: &str =
    "A streak that breaks on holiday loses more players than any price.";

/// Everything that the index holds, in a fixed order.
pub(crate) const EXPORT: [&str; 3] = ["export", "--format", "jsonl"];

/// A folder with an index of some articles.
pub(crate) fn indexed() -> Folder {
    let folder = Folder::new();
    for n in 0..12 {
        let text = format!("{BUYERS} Case {n}.\n\n{STREAKS} Case {n}.\n");
        folder.write(&format!("in/{n:02}.txt"), text);
    }
    folder.run(&["index", "in"]).exits(0);
    folder
}

/// Edits the folder: one article changed, one new, one gone.
fn edit(folder: &Folder) {
    folder.write("in/03.txt", format!("{STREAKS} Wholly new.\n"));
    folder.write("in/99.txt", format!("{BUYERS} Wholly new.\n"));
    fs::remove_file(folder.path().join("in/05.txt")).unwrap();
}

fn export(folder: &Folder) -> String {
    folder.run(&EXPORT).exits(0).stdout
}

/// What the index holds but for the marks of corrections, in which their time is.
fn export_without_marks(folder: &Folder) -> String {
    let mut records = folder.run(&EXPORT).exits(0).records();
    for record in &mut records {
        record.as_object_mut().unwrap().remove("correction");
    }
    records.iter().flat_map(|r| [r.to_string(), "\n".to_owned()]).collect()
}

#[test]
fn a_kill_at_any_moment_of_index_loses_nothing() {
    let folder = indexed();
    let before = export(&folder);
    edit(&folder);
    let old = folder.snapshot("index");
    let calls = folder.calls(&["index", "in"], "index/");
    let after = export(&folder);
    let undisturbed = folder.snapshot("index").len();
    assert!(before != after);
    let mut strikes = Strikes::on("index, after edits", changing(&calls));
    for fault in [Fault::Kill, Fault::Torn] {
        for at in moments(changing(&calls)) {
            folder.restore("index", &old);
            let struck = folder.struck(&["index", "in"], "index/", fault, at);
            strikes.count(fault, &struck);
            let Struck::Killed { .. } = struck else { continue };
            let now = export(&folder);
            assert!(
                now == before || now == after,
                "{fault:?} at call {at} of {calls:#?}: neither the old nor the new state"
            );
            // The old locks do not block, and the half-done work is not in the way.
            folder.run(&["index", "in"]).exits(0);
            assert_same(
                &export(&folder),
                &after,
                &format!("after {fault:?} at call {at}"),
            );
            let files = folder.snapshot("index");
            let names: Vec<_> = files.iter().map(|(name, _)| name).collect();
            assert!(
                files.len() <= undisturbed + 1,
                "{fault:?} at call {at}: files pile up: {names:#?}"
            );
        }
        strikes.assert_some(fault);
    }
}

#[test]
fn a_kill_at_any_moment_of_the_first_index_leaves_a_clear_state() {
    let folder = indexed();
    let after = export(&folder);
    folder.restore("index", &[]);
    let calls = folder.calls(&["index", "in"], "index/");
    let mut strikes = Strikes::on("index, the first", changing(&calls));
    for at in moments(changing(&calls)) {
        folder.restore("index", &[]);
        let struck = folder.struck(&["index", "in"], "index/", Fault::Kill, at);
        strikes.count(Fault::Kill, &struck);
        let Struck::Killed { .. } = struck else { continue };
        let ran = folder.run(&EXPORT);
        assert!(!ran.stderr.contains("panicked"), "call {at}: {ran:#?}");
        assert!(
            ran.stdout == after || (ran.stdout.is_empty() && ran.code != Some(0)),
            "call {at} of {calls:#?}: {ran:#?}"
        );
        folder.run(&["index", "in"]).exits(0);
        assert_same(&export(&folder), &after, &format!("after a kill at call {at}"));
    }
    strikes.assert_some(Fault::Kill);
}

#[test]
fn a_full_disk_or_a_failing_call_leaves_the_index_as_it_was() {
    let folder = indexed();
    let before = export(&folder);
    edit(&folder);
    let old = folder.snapshot("index");
    let calls = folder.calls(&["index", "in"], "index/");
    let after = export(&folder);
    let mut strikes = Strikes::on("index, after edits", changing(&calls));
    for fault in [Fault::Full, Fault::Broken] {
        for at in moments(changing(&calls)) {
            folder.restore("index", &old);
            let struck = folder.struck(&["index", "in"], "index/", fault, at);
            strikes.count(fault, &struck);
            match struck {
                Struck::Killed { .. } => panic!("{fault:?} at call {at}: it died"),
                Struck::NotReached(ran) => assert_eq!(ran.code, Some(0), "{ran:#?}"),
                Struck::Ended(ran) => {
                    assert!(
                        !ran.stderr.contains("panicked"),
                        "{fault:?} at {at}: {ran:#?}"
                    );
                    let now = export(&folder);
                    if ran.code == Some(0) {
                        assert_same(
                            &now,
                            &after,
                            &format!("{fault:?} at {at}, called done"),
                        );
                    } else {
                        assert_eq!(ran.code, Some(2), "{ran:#?}");
                        assert!(
                            now == before || now == after,
                            "{fault:?} at {at}: {ran:#?}"
                        );
                    }
                }
            }
            folder.run(&["index", "in"]).exits(0);
            assert_same(
                &export(&folder),
                &after,
                &format!("after {fault:?} at call {at}"),
            );
        }
    }
}

#[test]
fn the_disk_has_the_index_before_the_user_is_told() {
    let folder = indexed();
    edit(&folder);
    let calls = folder.calls(&["index", "in"], "");
    let last = |call: &str| calls.iter().rposition(|c| c == call);
    let told = last("write standard error").unwrap();
    let renamed = last("rename index/g1/meta.json").unwrap();
    let synced = last("fsync index/g1").unwrap();
    // A rename is on the disk when its folder is.
    assert!(renamed < synced && synced < told, "{calls:#?}");
    let files =
        calls.iter().filter(|c| c.starts_with("open index/g1/") && !c.contains("lock"));
    for file in files.filter(|c| !c.contains("seal")) {
        let synced = last(&file.replace("open", "fsync"));
        assert!(
            synced.is_some_and(|n| n < renamed),
            "{file} is not synced: {calls:#?}"
        );
    }
}

#[test]
fn a_kill_at_any_moment_of_correct_loses_no_correction() {
    let folder = indexed();
    let ids: Vec<String> = folder
        .run(&EXPORT)
        .exits(0)
        .records()
        .iter()
        .map(|r| r["id"].as_str().unwrap().to_owned())
        .collect();
    folder.run(&["correct", &ids[0], "b2b"]).exits(0);
    let ledger = folder.snapshot("corrections.jsonl");
    let index = folder.snapshot("index");
    let args = ["correct", &ids[1], "b2c"];
    let calls = folder.calls(&args, "");
    let end = export_without_marks(&folder);
    let mut strikes = Strikes::on("correct", changing(&calls));
    for fault in [Fault::Kill, Fault::Torn, Fault::Full, Fault::Broken] {
        for at in moments(changing(&calls)) {
            folder.restore("index", &index);
            folder.restore("corrections.jsonl", &ledger);
            let struck = folder.struck(&args, "", fault, at);
            strikes.count(fault, &struck);
            let said = match struck {
                Struck::Killed { stderr } => stderr,
                Struck::Ended(ran) | Struck::NotReached(ran) => {
                    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
                    ran.stderr
                }
            };
            let listed =
                folder.run(&["correct", "--list", "--format", "jsonl"]).exits(0);
            let kept: Vec<_> =
                listed.records().iter().map(|r| r["id"].clone()).collect();
            assert!(
                kept.contains(&ids[0].as_str().into()),
                "{fault:?} at {at}: {kept:?}"
            );
            assert!(
                !said.contains("saved") || kept.contains(&ids[1].as_str().into()),
                "{fault:?} at call {at} of {calls:#?}: called saved, and is not: {kept:?}"
            );
            folder.run(&args).exits(0);
            folder.run(&["index", "in"]).exits(0);
            let what = format!("after {fault:?} at call {at}");
            assert_same(&export_without_marks(&folder), &end, &what);
        }
    }
}

#[test]
fn the_disk_has_the_correction_before_the_user_is_told() {
    let folder = indexed();
    let id = folder.run(&["search", "holiday", "--format", "jsonl"]).exits(0).records()
        [0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let calls = folder.calls(&["correct", &id, "b2b"], "");
    let place = |call: &str| calls.iter().position(|c| c == call);
    let written = place("write corrections.jsonl").unwrap();
    let synced = place("fsync corrections.jsonl").unwrap();
    let here =
        calls.iter().position(|c| c.starts_with("fsync /") && !c.contains("index"));
    let told = place("write standard error").unwrap();
    assert!(written < synced, "{calls:#?}");
    assert!(synced < told, "told before the line is on the disk: {calls:#?}");
    assert!(
        here.is_some_and(|n| n < told),
        "the new file's folder is not synced: {calls:#?}"
    );
}

/// A command that makes one file: whatever strikes, the file is the earlier or the new one,
/// whole, nothing piles up beside it, and the next run makes the new one.
fn makes_a_whole_file(what: &'static str, folder: &Folder, args: &[&str], file: &str) {
    let (below, name) = file.rsplit_once('/').unwrap();
    let others = folder.snapshot(below);
    let calls = folder.calls(args, below);
    let new = folder.snapshot(below);
    assert_eq!(new.len(), others.len() + 1);
    let mut old = others.clone();
    old.push((file.to_owned(), b"what the user had".to_vec()));
    old.sort();
    let of = |files: &[(String, Vec<u8>)]| {
        files.iter().find(|(name, _)| name == file).cloned()
    };
    let mut strikes = Strikes::on(what, changing(&calls));
    for fault in [Fault::Kill, Fault::Torn, Fault::Full, Fault::Broken] {
        folder.restore(below, &old);
        for at in moments(changing(&calls)) {
            // A draft of the run before stays, as it would after a crash.
            fs::write(folder.path().join(file), b"what the user had").unwrap();
            let struck = folder.struck(args, below, fault, at);
            strikes.count(fault, &struck);
            let now = folder.snapshot(below);
            assert!(
                of(&now) == of(&old) || of(&now) == of(&new),
                "{fault:?} at call {at} of {calls:#?}: half a file"
            );
            if let Struck::Ended(ran) = struck
                && ran.code != Some(0)
            {
                assert_eq!(ran.code, Some(2), "{ran:#?}");
                assert!(ran.stderr.contains(name), "{ran:#?}");
            }
            assert!(
                now.len() <= new.len() + 1,
                "{fault:?} at call {at}: drafts pile up: {:?}",
                now.iter().map(|(name, _)| name).collect::<Vec<_>>()
            );
        }
        strikes.assert_some(fault);
        folder.run(args).exits(0);
        assert!(folder.snapshot(below) == new, "after {fault:?}");
    }
}

#[test]
fn a_kill_at_any_moment_of_export_leaves_a_whole_file() {
    let folder = indexed();
    fs::create_dir(folder.path().join("out")).unwrap();
    let args = ["export", "-o", "out/a.csv"];
    makes_a_whole_file("export, CSV", &folder, &args, "out/a.csv");
    fs::remove_file(folder.path().join("out/a.csv")).unwrap();
    let args = ["export", "-o", "out/a.xlsx"];
    makes_a_whole_file("export, XLSX", &folder, &args, "out/a.xlsx");
}

#[test]
fn a_kill_at_any_moment_of_train_leaves_a_whole_model() {
    let folder = Folder::new();
    let home = ["--index", "home/index"];
    let run = |args: &[&str]| folder.run(&[&home, args].concat()).exits(0);
    folder.write("in/a.txt", BUYERS);
    run(&["index", "in"]);
    let found = run(&["export", "--format", "jsonl"]).records();
    run(&["correct", found[0]["id"].as_str().unwrap(), "b2c"]);
    // The ledger is enough to learn from.
    fs::remove_dir_all(folder.path().join("home/index")).unwrap();
    let args = ["train", "--index", "home/index"];
    makes_a_whole_file("train", &folder, &args, "home/delineate.model");
}
