//! Whatever an article was saved as, it comes in; and what is no article does no harm.

use std::fs;

use crate::util::{Folder, Ran};

/// The texts of the passages that a run wrote.
fn texts(ran: &Ran) -> Vec<String> {
    let text = |r: serde_json::Value| r["text"].as_str().unwrap_or_default().to_owned();
    ran.records().into_iter().map(text).collect()
}

const PROSE: &str =
    "The buyer of a tool for teams asks what it costs, and who else pays.";

#[test]
fn markdown_pages_and_text_come_in() {
    let folder = Folder::new();
    folder.write("a.md", format!("---\ntitle: Seats\n---\n## Price\n\n{PROSE}\n"));
    folder
        .write("b.html", format!("<html><title>B</title><body><p>{PROSE}</p></body>"));
    folder.write("c.txt", PROSE);
    let ran = folder.run(&["label", "."]).exits(0);
    assert_eq!(texts(&ran), [PROSE; 3]);
    let records = ran.records();
    assert_eq!(records[0]["title"], "Seats");
    assert_eq!(records[0]["section"], "Price");
    for (record, format) in records.iter().zip(["markdown", "html", "text"]) {
        assert_eq!(record["format"], format);
        assert_eq!(record["encoding"], "UTF-8");
    }
}

#[test]
fn encodings_are_found() {
    let folder = Folder::new();
    let text = "The buyer’s café – “quoted” words on what it costs each team.";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("utf-16.txt", utf16);
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    folder.write("windows.txt", windows);
    let ran = folder.run(&["label", "."]).exits(0);
    assert_eq!(texts(&ran), [text; 2]);
    let records = ran.records();
    assert_eq!(records[0]["encoding"], "UTF-16LE");
    assert_eq!(records[1]["encoding"], "windows-1252");
}

#[test]
fn what_is_no_text_costs_one_warning() {
    let folder = Folder::new();
    folder.write("a.md", PROSE);
    folder.write("b.txt", (0..=255).cycle().take(5000).collect::<Vec<u8>>());
    folder.write("empty.md", "");
    let ran = folder.run(&["label", "."]).exits(2);
    assert_eq!(texts(&ran), [PROSE]);
    assert_eq!(ran.stderr, "warning: b.txt: not text: it holds binary data\n");
}

#[test]
fn standard_input_is_taken_for_what_it_looks_like() {
    let folder = Folder::new();
    let page = format!("<!DOCTYPE html><html><body><p>{PROSE}</p></body></html>");
    let ran = folder.run_with_input(&["label", "-"], page).exits(0);
    assert_eq!(ran.records()[0]["format"], "html");
    let ran =
        folder.run_with_input(&["label", "-"], format!("# T\n\n{PROSE}")).exits(0);
    assert_eq!(ran.records()[0]["format"], "markdown");
    assert_eq!(ran.records()[0]["title"], "T");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_never_opened() {
    use std::os::unix::net::UnixListener;

    let folder = Folder::new();
    folder.write("a.md", PROSE);
    let outside = Folder::new().write("b.md", "Outside of it all.");
    std::os::unix::fs::symlink(outside, folder.path().join("link.md")).unwrap();
    let _socket = UnixListener::bind(folder.path().join("socket.md")).unwrap();
    let fifo = folder.path().join("fifo.md");
    std::process::Command::new("mkfifo").arg(fifo).status().unwrap();
    let ran = folder.run(&["label", "."]).exits(0);
    assert_eq!(texts(&ran), [PROSE]);
}

#[cfg(unix)]
#[test]
fn odd_names_are_kept_in_records_and_cleaned_where_printed() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::new();
    folder.write("line\nbreak \u{1b}[31m.txt", [0; 500]);
    for name in [&b"a\xff.md"[..], b"a\xfe.md"] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), PROSE).unwrap();
    }
    let ran = folder.run(&["label", "."]).exits(2);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("warning: line\\nbreak \\u{1b}[31m.txt: "));
    let records = ran.records();
    assert_eq!(records.len(), 2, "names that differ in invalid bytes are two articles");
    assert_ne!(records[0]["article"], records[1]["article"]);
}
