//! Damaged, foreign and future indexes: the right answer or one clear line with the way
//! out, never a panic and never a wrong answer.
//!
//! Ordinarily each file is damaged at a few places; `DELINEATE_DAMAGES=N` tries N, and
//! `-- --nocapture` prints how many that were.

use std::fs;

use crate::crash::{EXPORT, indexed};
use crate::faults::assert_same;
use crate::util::{Folder, Ran};

/// Places in each file at which it is cut and changed in an ordinary test run.
const PLACES: usize = 3;

fn places(len: usize) -> Vec<usize> {
    let asked = std::env::var("DELINEATE_DAMAGES").ok().and_then(|n| n.parse().ok());
    let wanted: usize = asked.unwrap_or(PLACES).min(len).max(1);
    (0..wanted)
        .map(|n| n * len.saturating_sub(1) / wanted.max(2).saturating_sub(1))
        .collect()
}

/// Questions whose right answers are known.
const QUESTIONS: [&[&str]; 3] = [
    &EXPORT,
    &["search", "customer", "--format", "jsonl", "--limit", "50"],
    &["stats"],
];

/// The right answer, or a failure that names the index and the way out.
#[track_caller]
fn check(what: &str, ran: &Ran, right: &Ran) {
    assert!(!ran.stderr.contains("panicked"), "{what}: {ran:#?}");
    if ran.code == right.code {
        assert_same(&ran.stdout, &right.stdout, &format!("{what}: a wrong answer"));
    } else {
        assert_eq!(ran.code, Some(2), "{what}: {ran:#?}");
        assert!(ran.stderr.contains("index"), "{what}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("delineate index"),
            "{what}: no way out: {}",
            ran.stderr
        );
    }
}

/// What is done to a file.
fn damages(bytes: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
    let mut damages = vec![
        ("removed".to_owned(), None),
        ("other bytes of the same length".to_owned(), Some(vec![b'x'; bytes.len()])),
        ("one byte more".to_owned(), Some([bytes, b"x"].concat())),
    ];
    for at in places(bytes.len()) {
        damages.push((format!("cut at {at}"), Some(bytes[..at].to_vec())));
        if at < bytes.len() {
            for bit in [0x01, 0x80] {
                let mut changed = bytes.to_vec();
                changed[at] ^= bit;
                damages.push((
                    format!("bit {bit:#x} of byte {at} changed"),
                    Some(changed),
                ));
            }
        }
    }
    damages
}

#[test]
fn every_damage_to_every_file_is_found_or_does_no_harm() {
    let folder = indexed();
    let right = QUESTIONS.map(|question| folder.run(question));
    let whole = folder.snapshot("index");
    let (mut damaged_times, mut refused) = (0, 0);
    for (name, bytes) in &whole {
        for (what, damaged) in damages(bytes) {
            damaged_times += 1;
            match damaged {
                Some(damaged) => drop(folder.write(name, damaged)),
                None => fs::remove_file(folder.path().join(name)).unwrap(),
            }
            let what = format!("{name}, {what}");
            for (question, right) in QUESTIONS.iter().zip(&right) {
                let ran = folder.run(question);
                check(&what, &ran, right);
                refused += usize::from(ran.code == Some(2));
            }
            folder.restore("index", &whole);
        }
    }
    println!(
        "damages: {damaged_times} to {} files; of {} answers {refused} told of damage, \
         the others were right",
        whole.len(),
        damaged_times * QUESTIONS.len()
    );
}

#[test]
fn from_every_damage_there_is_a_way_back() {
    let folder = indexed();
    let right = folder.run(QUESTIONS[0]);
    let whole = folder.snapshot("index");
    for (name, bytes) in &whole {
        for (what, damaged) in damages(bytes).into_iter().step_by(3) {
            match damaged {
                Some(damaged) => drop(folder.write(name, damaged)),
                None => fs::remove_file(folder.path().join(name)).unwrap(),
            }
            let plain = folder.run(&["index", "in"]);
            assert!(!plain.stderr.contains("panicked"), "{name}, {what}: {plain:#?}");
            if plain.code == Some(0) {
                check(
                    &format!("{name}, {what}, then `index`"),
                    &folder.run(QUESTIONS[0]),
                    &right,
                );
            }
            folder.run(&["index", "--force", "in"]).exits(0);
            let now = folder.run(QUESTIONS[0]).exits(0);
            let what = format!("{name}, {what}, then `index --force`");
            assert_same(&now.stdout, &right.stdout, &what);
            folder.restore("index", &whole);
        }
    }
}

#[test]
fn doctor_finds_damage_that_leaves_no_trace_in_times() {
    let folder = indexed();
    folder.run(&["doctor"]).exits(0);
    for (name, bytes) in folder.snapshot("index") {
        if bytes.len() < 40 {
            continue;
        }
        let path = folder.path().join(&name);
        let times = fs::metadata(&path).unwrap().modified().unwrap();
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 0x10;
        fs::write(&path, changed).unwrap();
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(times)
            .unwrap();
        let ran = folder.run(&["doctor"]).exits(2);
        assert!(ran.stdout.contains("delineate index --force"), "{name}: {ran:#?}");
        // Whatever else is asked now, nothing panics.
        for question in QUESTIONS {
            let ran = folder.run(question);
            assert!(!ran.stderr.contains("panicked"), "{name}: {ran:#?}");
        }
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_folder_that_is_no_index_is_named() {
    let folder = Folder::new();
    folder.write("in/a.txt", "Seven people sign before anybody may log in.");
    let ran = folder.run(&["search", "x"]).exits(2);
    assert!(ran.stderr.contains("no index at index"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("help: make one with `delineate index"),
        "{}",
        ran.stderr
    );
    folder.write("index/README.txt", "not an index");
    let ran = folder.run(&["search", "x"]).exits(2);
    assert!(ran.stderr.contains("no index at index"), "{}", ran.stderr);
    let ran = folder.run(&["--index", "in/a.txt", "search", "x"]).exits(2);
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
    let ran = folder.run(&["--index", "in/a.txt", "index", "in"]).exits(2);
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
}
