//! Several processes at once: one writer, any number of readers.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::crash::{BUYERS, EXPORT, indexed};

#[test]
fn eight_readers_always_see_a_whole_state_while_one_writes() {
    let folder = indexed();
    let states: Vec<String> = ["even", "odd"]
        .iter()
        .map(|word| {
            folder.write("in/03.txt", format!("{BUYERS} Now {word}.\n"));
            folder.run(&["index"]).exits(0);
            folder.run(&EXPORT).exits(0).stdout
        })
        .collect();
    let done = AtomicBool::new(false);
    let answers = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let ran = folder.run(&EXPORT).exits(0);
                    assert!(states.contains(&ran.stdout), "neither state: {ran:#?}");
                    let ran = folder.run(&[
                        "search",
                        "wholly OR customer",
                        "--format",
                        "jsonl",
                    ]);
                    ran.exits(0);
                    answers.fetch_add(2, Ordering::SeqCst);
                }
            });
        }
        for round in 0..10 {
            let word = ["even", "odd"][round % 2];
            folder.write("in/03.txt", format!("{BUYERS} Now {word}.\n"));
            folder.run(&["index"]).exits(0);
        }
        done.store(true, Ordering::SeqCst);
    });
    assert!(answers.load(Ordering::SeqCst) >= 16);
}

#[test]
fn a_second_writer_is_told_of_the_lock_and_a_reader_is_not_held_up() {
    let folder = indexed();
    let path = folder.path().join("index/lock");
    let lock = fs::File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .unwrap();
    lock.lock().unwrap();
    for args in [&["index"][..], &["index", "--force"]] {
        let ran = folder.run(args).exits(2);
        let errors: Vec<_> =
            ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{ran:#?}");
        assert!(errors[0].contains("index/lock"), "{ran:#?}");
    }
    let found = folder.run(&["search", "holiday", "--format", "jsonl"]).exits(0);
    // A correction is saved all the same, and taken up later.
    let id = found.records()[0]["id"].as_str().unwrap().to_owned();
    let ran = folder.run(&["correct", &id, "b2b"]).exits(0);
    assert!(ran.stderr.contains("saved"), "{ran:#?}");
    assert!(ran.stderr.contains("after the next `delineate index`"), "{ran:#?}");
    drop(lock);
    // The file of the lock stays; it is the lock on it that counts.
    folder.run(&["index"]).exits(0);
    let now = folder.run(&["show", &id, "--format", "jsonl"]).exits(0);
    assert_eq!(now.records()[0]["label"], "b2b");
}

#[test]
fn two_corrections_at_once_are_both_kept() {
    let folder = indexed();
    let records = folder.run(&EXPORT).exits(0).records();
    let ids: Vec<_> =
        records.iter().map(|r| r["id"].as_str().unwrap()).take(8).collect();
    thread::scope(|scope| {
        for id in &ids {
            scope.spawn(|| folder.run(&["correct", id, "b2c"]).exits(0));
        }
    });
    folder.run(&["index"]).exits(0);
    let records = folder.run(&EXPORT).exits(0).records();
    let corrected = records.iter().filter(|r| r["decided_by"] == "person").count();
    assert_eq!(corrected, ids.len());
}

#[test]
fn files_that_come_and_go_during_a_run_do_no_harm() {
    let folder = indexed();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::SeqCst) {
                let name = format!("in/flicker{}.txt", n % 40);
                folder.write(&name, format!("{BUYERS} {n}\n"));
                let old =
                    folder.path().join(format!("in/flicker{}.txt", (n + 20) % 40));
                let _ = fs::remove_file(old);
                n += 1;
            }
        });
        for _ in 0..10 {
            let ran = folder.run(&["index", "in"]);
            assert!(matches!(ran.code, Some(0 | 2)), "{ran:#?}");
            assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
        }
        done.store(true, Ordering::SeqCst);
    });
    folder.run(&["index", "in"]).exits(0);
    let followed = folder.run(&EXPORT).exits(0).stdout;
    folder.run(&["index", "--force", "in"]).exits(0);
    let anew = folder.run(&EXPORT).exits(0).stdout;
    assert_eq!(
        followed, anew,
        "an index that followed its folder differs from a new one"
    );
}
