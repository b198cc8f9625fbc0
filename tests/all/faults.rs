//! Runs of the program in which a fault strikes at a chosen moment (`faults.c`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::util::{Folder, Ran};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// `kill -9`.
    Kill,
    /// The same in the middle of a write.
    Torn,
    /// The disk is full from here on.
    Full,
    /// One call fails.
    Broken,
}

impl Fault {
    fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Torn => "torn",
            Self::Full => "full",
            Self::Broken => "broken",
        }
    }
}

/// How often a fault struck, for the table of what was tried. Printed when it is dropped:
/// `cargo test --test all crash:: -- --nocapture` shows it.
#[derive(Debug)]
pub(crate) struct Strikes {
    what: &'static str,
    calls: usize,
    counts: BTreeMap<Fault, usize>,
}

impl Strikes {
    /// None yet, on a run with so many calls.
    pub(crate) fn on(what: &'static str, calls: usize) -> Self {
        Self { what, calls, counts: BTreeMap::new() }
    }

    /// Counts a run in which the fault did strike.
    pub(crate) fn count(&mut self, fault: Fault, struck: &Struck) {
        if !matches!(struck, Struck::NotReached(_)) {
            *self.counts.entry(fault).or_default() += 1;
        }
    }

    /// Fails where no fault struck at all: then nothing was tested.
    pub(crate) fn assert_some(&self, fault: Fault) {
        assert!(self.counts.contains_key(&fault), "{fault:?} never struck: {self:?}");
    }
}

impl Drop for Strikes {
    fn drop(&mut self) {
        for (fault, n) in &self.counts {
            println!(
                "strikes: {} | {fault:?} | {n} | of {} calls",
                self.what, self.calls
            );
        }
    }
}

/// Two outputs of many lines are the same; else says where they part, not all of both.
#[track_caller]
pub(crate) fn assert_same(found: &str, expected: &str, what: &str) {
    if found == expected {
        return;
    }
    let number =
        found.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(number).unwrap_or("(the end)").to_owned();
    panic!(
        "{what}: line {} is\n{}\ninstead of\n{}",
        number + 1,
        line(found),
        line(expected)
    );
}

/// How a run with a fault ended.
pub(crate) enum Struck {
    /// The run is over without reaching so many calls.
    NotReached(Ran),
    /// It ended by itself, with an error or in spite of the fault.
    Ended(Ran),
    /// It was killed, after it had said this.
    Killed {
        /// What it had said on standard error.
        stderr: String,
    },
}

/// The library that brings the faults, made from `faults.c` once for all tests.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("faults-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/faults.c");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        assert!(
            made.is_ok_and(|status| status.success()),
            "`cc` is needed for the tests with faults, as it is for linking"
        );
        library
    })
}

impl Folder {
    /// The calls by which a run changes files below `under`, in their order, with the
    /// writes to standard output and standard error among them.
    pub(crate) fn calls(&self, args: &[&str], under: &str) -> Vec<String> {
        let log = self.path().join("calls.log");
        let mut command = self.faulty(under);
        command.env("FAULTS_LOG", &log).args(args);
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        let calls = fs::read_to_string(&log).unwrap();
        fs::remove_file(log).unwrap();
        let here = format!("{}/", self.path().display());
        calls.lines().map(|line| line.replace(&here, "")).collect()
    }

    /// Runs the program; at the `at`-th call that changes a file below `under` (from 1),
    /// the fault strikes.
    pub(crate) fn struck(
        &self,
        args: &[&str],
        under: &str,
        fault: Fault,
        at: usize,
    ) -> Struck {
        use std::os::unix::process::ExitStatusExt;
        let mut command = self.faulty(under);
        let log = self.path().join("calls.log");
        command
            .env("FAULTS_LOG", &log)
            .env("FAULTS_DO", fault.as_str())
            .env("FAULTS_AT", at.to_string())
            .args(args);
        let output = command.output().unwrap();
        let made = fs::read_to_string(&log).unwrap_or_default();
        let made = made.lines().filter(|l| !l.starts_with("write standard ")).count();
        let _ = fs::remove_file(log);
        match output.status.signal() {
            Some(9) => Struck::Killed {
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            },
            None if made < at => Struck::NotReached(output.into()),
            None => Struck::Ended(output.into()),
            Some(signal) => panic!("signal {signal} at call {at}: {output:#?}"),
        }
    }

    fn faulty(&self, under: &str) -> Command {
        let mut command = self.command();
        // The kernel knows files by their true names.
        let here = fs::canonicalize(self.path()).unwrap();
        let under = if under.is_empty() { here } else { here.join(under) };
        command.env("LD_PRELOAD", library()).env("FAULTS_UNDER", under);
        command
    }

    /// A file, or all files below a folder, with their bytes.
    pub(crate) fn snapshot(&self, below: &str) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.path().join(below), self.path(), &mut files);
        files.sort();
        files
    }

    /// Makes a file or folder what it was when the snapshot was taken.
    pub(crate) fn restore(&self, below: &str, files: &[(String, Vec<u8>)]) {
        let _ = fs::remove_dir_all(self.path().join(below));
        let _ = fs::remove_file(self.path().join(below));
        for (name, bytes) in files {
            self.write(name, bytes);
        }
    }
}

fn collect(path: &Path, root: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), root, files);
        }
    } else if let Ok(bytes) = fs::read(path) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        files.push((name.to_owned(), bytes));
    }
}
