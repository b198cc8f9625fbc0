//! A folder of odd and hostile files: each has an outcome that is expected of it, and all
//! together they cost bounded time and memory.

mod names;
mod packed;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::util::Folder;

/// What must come of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// A passage of it holds this text.
    Says(&'static str),
    /// It is read, and holds nothing to label: no passage, no warning or one that says so.
    Silent,
    /// It is named on standard error with a reason that holds this, and gives no passage.
    Skipped(&'static str),
    /// It is no business of the program's: no passage, no word.
    Ignored,
    /// Read or skipped with a word, as the reader likes: only the cost matters.
    Either,
}
use Outcome::{Either, Ignored, Says, Silent, Skipped};

/// Words that are surely a passage.
const PROSE: &str = "Seven people sign before anybody at the customer may log in.";

/// One file to be made.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    outcome: Outcome,
}

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, outcome: Outcome) -> Case {
    Case { name, bytes: bytes.into(), outcome }
}

fn says(name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    case(name, bytes, Says("Seven people sign"))
}

/// Prose after something odd, as a paragraph of its own.
fn then_prose(odd: impl AsRef<str>) -> String {
    format!("{}\n\n{PROSE}\n", odd.as_ref())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// Bytes that look like nothing: a linear congruential generator, the same every time.
fn noise(n: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..n).map(|_| next()).collect()
}

fn all_cases() -> Vec<Case> {
    [
        text::encodings(),
        text::sizes(),
        text::markdown(),
        text::html(),
        text::records(),
        packed::archives(),
        packed::pdfs(),
        packed::mails(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The longest that the whole folder may take before it counts as a hang. Far above what
/// it does take, so that a slow machine is no failure.
const HANG: Duration = Duration::from_mins(8);

/// Address space that the whole may use, in KiB: threads' stacks and maps of files count,
/// so this is far above the memory in use.
const ADDRESS_SPACE: usize = 4 << 20;

/// Runs the program with bounded memory, and ends it when it hangs.
fn run_bounded(folder: &Folder, args: &[&str]) -> crate::util::Ran {
    use std::os::unix::process::CommandExt;
    let program = folder.command();
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", &format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(args)
        .current_dir(folder.path())
        .env_remove("DELINEATE_INDEX")
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.path().join("stdout")).unwrap())
        .stderr(fs::File::create(folder.path().join("stderr")).unwrap())
        .process_group(0);
    let mut child = command.spawn().unwrap();
    let mut waited = Duration::ZERO;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if waited > HANG {
            child.kill().unwrap();
            panic!("it hangs: {args:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    };
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    crate::util::Ran {
        code: status.code(),
        stdout: read("stdout"),
        stderr: read("stderr"),
    }
}

#[test]
fn every_odd_file_has_its_outcome_and_all_cost_little() {
    let folder = Folder::new();
    let cases = all_cases();
    for case in &cases {
        folder.write(&format!("in/{}", case.name), &case.bytes);
    }
    fs::create_dir(folder.path().join("in/names")).unwrap();
    let names = names::names();
    for (name, _) in &names {
        fs::write(folder.path().join("in/names").join(name), PROSE).unwrap();
    }
    let special = names::make_special(&folder);
    assert!(cases.len() + names.len() + special.len() >= 240);

    let ran = run_bounded(&folder, &["label", "in"]).exits(2);
    let mut articles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in ran.records() {
        let name = record["article"].as_str().unwrap().to_owned();
        articles
            .entry(name)
            .or_default()
            .push(record["text"].as_str().unwrap().to_owned());
    }
    let mut wrong = Vec::new();
    for case in &cases {
        if let Err(what) = judge(case.name, case.outcome, &articles, &ran.stderr) {
            wrong.push(format!("{}: {what}", case.name));
        }
    }
    let below =
        |folder: &str| articles.keys().filter(|n| n.starts_with(folder)).count();
    let kept = names.iter().filter(|(_, outcome)| matches!(outcome, Says(_))).count();
    if below("names/") != kept {
        let names: Vec<_> =
            articles.keys().filter(|n| n.starts_with("names/")).collect();
        wrong.push(format!("{kept} odd names, but these articles: {names:#?}"));
    }
    for name in special {
        for outcome in [Ignored] {
            if let Err(what) =
                judge(&format!("special/{name}"), outcome, &articles, &ran.stderr)
            {
                wrong.push(format!("special/{name}: {what}"));
            }
        }
    }
    if below("deep/") != 1 || below("special/folder.txt/") != 1 {
        wrong.push("deep folders, or one named like a file, are not read".to_owned());
    }
    if ran.stdout.contains("Outside secret") || ran.stdout.contains("root:x:0") {
        wrong.push("a file outside the folder was read".to_owned());
    }
    if let Some(line) = ran.stderr.lines().find(|l| l.chars().any(char::is_control)) {
        wrong.push(format!("a control character reaches the terminal: {line:?}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!folder.path().join("made-by-shell").exists());
    assert!(!Path::new("/tmp/delineate-slip.txt").exists());

    // The index takes the odd ones among them as well, names and all.
    let some = ["in/names", "in/special", "in/enc", "in/front"];
    let labelled = run_bounded(&folder, &[&["label"], &some[..]].concat());
    let indexed = run_bounded(&folder, &[&["index"], &some[..]].concat());
    assert_eq!((indexed.code, labelled.code), (Some(2), Some(2)), "{}", indexed.stderr);
    let exported = ["export", "--format", "jsonl", "--keep-duplicates"];
    let exported = run_bounded(&folder, &exported).exits(0);
    assert_eq!(exported.stdout.lines().count(), labelled.stdout.lines().count());
}

/// Whether what came of a file is what was expected.
fn judge(
    name: &str,
    outcome: Outcome,
    articles: &BTreeMap<String, Vec<String>>,
    stderr: &str,
) -> Result<(), String> {
    let passages: Vec<&String> = articles
        .iter()
        .filter(|(article, _)| {
            *article == name || article.starts_with(&format!("{name}#"))
        })
        .flat_map(|(_, passages)| passages)
        .collect();
    let start = format!("warning: {name}");
    let warning = stderr.lines().find(|line| {
        line.strip_prefix(&start).is_some_and(|rest| rest.starts_with([':', '#']))
    });
    let ok = match outcome {
        Says(words) => passages.iter().any(|p| p.contains(words)),
        Silent => passages.is_empty(),
        Skipped(reason) => {
            passages.is_empty() && warning.is_some_and(|w| w.contains(reason))
        }
        Ignored => passages.is_empty() && warning.is_none(),
        Either => true,
    };
    if ok {
        return Ok(());
    }
    let passages: Vec<String> =
        passages.iter().take(3).map(|p| p.chars().take(80).collect()).collect();
    Err(format!(
        "expected {outcome:?}, found warning {warning:?} and passages {passages:?}"
    ))
}
