//! Signals, full and closed streams, rights and limits of the system.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::crash::{BUYERS, EXPORT, indexed};
use crate::util::{Folder, Ran};

/// Ctrl-C for a process.
fn interrupt(pid: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {pid}")]).status();
    assert!(sent.is_ok_and(|status| status.success()));
}

#[test]
fn a_full_stdout_is_a_failure_without_a_panic() {
    let folder = indexed();
    let id = folder.run(&EXPORT).records()[0]["id"].as_str().unwrap().to_owned();
    folder.run(&["correct", &id, "b2b"]).exits(0);
    for args in [
        &["label", "in"][..],
        &EXPORT,
        &["export", "--format", "csv"],
        &["search", "customer"],
        &["search", "customer", "--format", "jsonl"],
        &["kwic", "customer"],
        &["compare"],
        &["stats"],
        &["correct", "--list"],
        &["doctor"],
        &["completions", "bash"],
        &["man"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = folder.command().args(args).stdout(full).output().unwrap();
        let ran = Ran::from(output);
        assert_eq!(ran.code, Some(2), "{args:?}: {ran:#?}");
        assert!(!ran.stderr.contains("panicked"), "{args:?}: {ran:#?}");
        let told = ran.stderr.lines().any(|line| {
            line.starts_with("error: ") && line.to_lowercase().contains("no space left")
        });
        assert!(told, "{args:?}: {ran:#?}");
    }
}

#[test]
fn a_full_stderr_changes_nothing() {
    let folder = indexed();
    folder.write("in/broken.txt", [0u8; 3000]);
    let right = folder.run(&["label", "in"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = folder.command().args(["label", "in"]).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), right.code);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), right.stdout);
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let folder = indexed();
    for n in 0..400 {
        folder.write(&format!("in/more{n}.txt"), format!("{BUYERS} Case {n}.\n"));
    }
    folder.run(&["index"]).exits(0);
    for args in [&["label", "in"][..], &EXPORT, &["export", "--format", "csv"]] {
        let mut child = folder
            .command()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn control_c_ends_a_wait_for_input_at_once() {
    let folder = Folder::new();
    let mut child = folder
        .command()
        .args(["label", "--input", "jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // So much that an answer comes before the end: the program listens by then.
    let feed = std::thread::spawn(move || {
        for n in 0..3000 {
            if writeln!(stdin, "{{\"id\":\"{n}\",\"text\":\"{BUYERS}\"}}").is_err() {
                break;
            }
        }
        stdin
    });
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    interrupt(child.id());
    let drain = std::thread::spawn(move || stdout.lines().map_while(Result::ok).last());
    let status = child.wait().unwrap();
    drop(feed.join().unwrap());
    assert_eq!(status.code(), Some(130));
    let last = drain.join().unwrap();
    let whole = last
        .is_none_or(|line| serde_json::from_str::<serde_json::Value>(&line).is_ok());
    assert!(whole, "the last line is cut");
}

#[test]
fn control_c_keeps_what_is_indexed_and_the_next_run_goes_on() {
    let folder = indexed();
    let before = folder.run(&EXPORT).exits(0).stdout;
    for n in 0..3000 {
        folder.write(&format!("in/more{n}.txt"), format!("{BUYERS} Case {n}.\n"));
    }
    let mut interrupted = false;
    for wait in [20, 60, 150, 300, 600] {
        let child = folder
            .command()
            .args(["index", "in"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        interrupt(child.id());
        let ran = Ran::from(child.wait_with_output().unwrap());
        // Very early, before it listens, the signal ends it like any program.
        if ran.code == Some(130) {
            interrupted = true;
            assert!(ran.stderr.contains("interrupted"), "{ran:#?}");
        }
        assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
        let now = folder.run(&EXPORT).exits(0).stdout;
        assert!(now.lines().count() >= before.lines().count());
    }
    folder.run(&["index", "in"]).exits(0);
    let now = folder.run(&EXPORT).exits(0).stdout;
    folder.run(&["index", "--force", "in"]).exits(0);
    assert_eq!(now, folder.run(&EXPORT).exits(0).stdout);
    assert!(interrupted, "never interrupted: the runs were too quick or too slow");
}

#[test]
fn the_second_control_c_quits_at_once() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("in/a.pdf", "%PDF-1.4\n");
    // A reader that begins, and is not done soon.
    let begun = folder.path().join("begun");
    let script = format!("#!/bin/sh\n: > {}\nexec /bin/sleep 30\n", begun.display());
    let tool = folder.write("bin/pdftotext", script);
    std::fs::set_permissions(tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut child = folder
        .command()
        .args(["index", "in", "--pdf-engine", "pdftotext"])
        .env("PATH", folder.path().join("bin"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !begun.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    interrupt(child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "the first one lets it finish");
    interrupt(child.id());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(130), "{ran:#?}");
    assert!(!ran.stderr.contains("longer than"), "it waited: {ran:#?}");
}

#[test]
fn a_limit_on_file_size_leaves_the_index_as_it_was() {
    let folder = indexed();
    let before = folder.run(&EXPORT).exits(0).stdout;
    for n in 0..200 {
        let words: Vec<_> =
            (0..200).map(|w| format!("word{}x{n}", w * 7919 % 5000)).collect();
        let text = words.join(" ");
        folder.write(&format!("in/more{n}.txt"), text);
    }
    // With the signal ignored the write fails; else the program is killed.
    for trap in ["trap '' XFSZ;", ""] {
        let program = folder.command();
        let output = Command::new("bash")
            .args(["-c", &format!("{trap} ulimit -f 8; exec \"$0\" \"$@\"")])
            .arg(program.get_program())
            .args(["index", "in"])
            .current_dir(folder.path())
            .env_remove("DELINEATE_INDEX")
            .output()
            .unwrap();
        assert!(!output.status.success(), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        let now = folder.run(&EXPORT).exits(0).stdout;
        assert_eq!(now, before, "after `{trap}`");
    }
    folder.run(&["index", "in"]).exits(0);
}

#[test]
fn what_may_not_be_read_or_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = indexed();
    let mode = |name: &str, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path().join(name), permissions).unwrap();
    };
    folder.write("in/closed.txt", BUYERS);
    folder.write("in/closed-folder/a.txt", BUYERS);
    mode("in/closed.txt", 0o000);
    mode("in/closed-folder", 0o000);
    mode("", 0o755);
    // Root may do anything, so that the program is run as nobody where it can be.
    let as_nobody = |args: &[&str]| {
        let program = folder.command();
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(program.get_program())
            .args(args)
            .current_dir(folder.path())
            .env_remove("DELINEATE_INDEX");
        command.output().map(Ran::from)
    };
    match as_nobody(&["--version"]) {
        Ok(ran) if ran.code == Some(0) => {}
        // No root, no setpriv, or the program lies where nobody may go.
        _ => return,
    }
    let ran = as_nobody(&["label", "in"]).unwrap().exits(2);
    assert!(ran.stderr.contains("warning: closed.txt: permission denied"), "{ran:#?}");
    assert!(ran.stderr.contains("closed-folder"), "{ran:#?}");
    assert!(ran.stdout.lines().count() >= 24, "{ran:#?}");
    let ran = as_nobody(&["search", "customer"]).unwrap().exits(0);
    assert_eq!(
        ran.stderr.matches("error").count(),
        0,
        "reading needs no right to write"
    );
    let ran = as_nobody(&["index", "in"]).unwrap().exits(2);
    assert!(ran.stderr.contains("ermission denied"), "{ran:#?}");
    let id = folder.run(&EXPORT).records()[0]["id"].clone();
    let ran = as_nobody(&["correct", id.as_str().unwrap(), "b2b"]).unwrap().exits(2);
    assert!(ran.stderr.contains("corrections.jsonl"), "{ran:#?}");
    assert!(!ran.stderr.contains("saved"), "{ran:#?}");
    mode("in/closed-folder", 0o755);
}
