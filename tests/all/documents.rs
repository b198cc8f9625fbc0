//! The console blocks of README and GUIDE, run as they stand.
//!
//! In a block marked `console`, a line `$ …` is a command for the shell, and the lines up to
//! the next one are what it prints, on standard output and standard error together. A line
//! `...` stands for any lines, `[..]` for anything within a line. A command that prints
//! nothing in the document may print anything. All blocks of a document run in order in one
//! folder that holds the sample corpus.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::util::Folder;

#[test]
fn the_readme_is_true() {
    check("README.md");
}

#[test]
fn the_guide_is_true() {
    check("GUIDE.md");
}

/// A command of a document, and what it says that the command prints.
struct Step {
    line: usize,
    command: String,
    expected: Vec<String>,
}

#[track_caller]
fn check(document: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(document)).unwrap();
    let folder = Folder::new();
    copy(&root.join("corpus"), &folder.path().join("corpus"));
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{document} has no console block");
    for step in steps {
        let printed = run(&folder, &step.command);
        let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let expected: Vec<&str> = step.expected.iter().map(String::as_str).collect();
        assert!(
            expected.is_empty() || matches(&expected, &printed),
            "{document}, line {}: `{}` prints\n\n{}\n\nand the document says\n\n{}\n",
            step.line,
            step.command,
            printed.join("\n"),
            expected.join("\n"),
        );
    }
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (line, number) in document.lines().zip(1..) {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if let Some(command) = line.strip_prefix("$ ") {
                let command = command.to_owned();
                steps.push(Step { line: number, command, expected: Vec::new() });
            } else if let Some(step) = steps.last_mut() {
                step.expected.push(line.trim_end().to_owned());
            }
        }
    }
    for step in &mut steps {
        while step.expected.last().is_some_and(String::is_empty) {
            step.expected.pop();
        }
    }
    steps
}

/// Runs a command in the shell with the program on its path. A usage error or a failure is
/// the document's fault; "nothing found" may be what it shows.
#[track_caller]
fn run(folder: &Folder, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_delineate"));
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("{{ {command}\n}} 2>&1"))
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .env_remove("DELINEATE_INDEX")
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "`{command}` exits with {code:?}:\n{printed}");
    printed
}

/// Whether lines are those expected, `...` standing for any number of lines.
fn matches(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed.split_first().is_some_and(|(line, others)| {
            line_matches(first, line) && matches(rest, others)
        }),
    }
}

/// Whether a line is the one expected, `[..]` standing for anything.
fn line_matches(expected: &str, line: &str) -> bool {
    let mut parts = expected.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        open = true;
        match rest.find(part) {
            Some(_) if part.is_empty() => {}
            Some(at) => {
                rest = &rest[at + part.len()..];
                open = false;
            }
            None => return false,
        }
    }
    open || rest.is_empty()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_check_itself_can_fail() {
    assert!(matches(&["a", "...", "z"], &["a", "b", "c", "z"]));
    assert!(!matches(&["a", "z"], &["a", "b", "z"]));
    assert!(line_matches("took [..] s", "took 1.2 s"));
    assert!(line_matches("took [..]", "took 1.2 s"));
    assert!(!line_matches("took [..] ms", "took 1.2 s"));
    assert!(!line_matches("took", "took 1.2 s"));
}
