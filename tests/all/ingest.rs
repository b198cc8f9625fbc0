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

/// A PDF of one page, whose content the caller writes.
fn pdf(content: &str) -> String {
    format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
         2 0 obj\n<< /Type /Pages /Count 1 /Kids [3 0 R] >>\nendobj\n\
         3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R \
         /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>\nendobj\n\
         4 0 obj\n<< /Length {} >>\nstream\n{content}\nendstream\nendobj\n\
         5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n\
         6 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 5 \
         /Resources << /XObject << /X 6 0 R >> >> >>\nstream\n/X Do\nendstream\nendobj\n\
         trailer\n<< /Size 7 /Root 1 0 R >>\n",
        content.len()
    )
}

#[test]
fn a_pdf_is_read_by_what_the_program_brings_along() {
    let folder = Folder::new();
    folder.write("a.pdf", pdf(&format!("BT /F 12 Tf 72 700 Td ({PROSE}) Tj ET")));
    let ran = folder.run(&["label", "--pdf-engine", "builtin", "."]).exits(0);
    assert_eq!(texts(&ran), [PROSE]);
    let records = ran.records();
    assert_eq!(records[0]["place"]["page"], 1);
    assert_eq!(records[0]["reader"], "built-in");
}

#[test]
fn pdfs_that_loop_cost_themselves_only() {
    let folder = Folder::new();
    folder.write("a.md", PROSE);
    // A form that draws itself, a page tree that holds itself.
    folder.write("form.pdf", pdf("/X Do"));
    folder.write("tree.pdf", pdf("").replace("/Kids [3 0 R]", "/Kids [2 0 R]"));
    let run = ["label", "--pdf-engine", "builtin", "--max-seconds", "5", "."];
    let ran = folder.run(&run).exits(2);
    assert_eq!(texts(&ran), [PROSE]);
    assert!(ran.stderr.contains("warning: form.pdf: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: tree.pdf: "), "{}", ran.stderr);
}

/// Puts a program named `pdftotext` on the path and reads a PDF with it.
#[cfg(unix)]
fn with_tool(script: &str, args: &[&str]) -> Ran {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let tool = folder.write("bin/pdftotext", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(tool, fs::Permissions::from_mode(0o755)).unwrap();
    folder.write("in/a.md", PROSE);
    folder.write("in/b.pdf", pdf(""));
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let mut command = folder.command();
    command.args(["label", "--pdf-engine", "pdftotext"]).args(args).arg("in");
    command.env("PATH", path).output().unwrap().into()
}

#[cfg(unix)]
#[test]
fn a_reader_of_pdf_that_fails_costs_one_file() {
    #[track_caller]
    fn check(script: &str, args: &[&str], reason: &str) {
        let ran = with_tool(script, args).exits(2);
        assert_eq!(texts(&ran), [PROSE]);
        assert_eq!(ran.stderr, format!("warning: b.pdf: {reason}\n"));
    }
    check("exit 3", &[], "damaged, encrypted or not a PDF");
    check(
        "kill -SEGV $$",
        &[],
        "its reader crashed on it, or needed more than 1024 MiB",
    );
    check("exec sleep 100", &["--max-seconds", "1"], "took longer than 1 s");
    check("while :; do :; done", &["--max-seconds", "1"], "took longer than 1 s");
    check("exec yes", &["--max-text-size", "1"], "holds more than 1 MiB of text");
    check("echo no HTML", &[], "pdftotext gave no proper answer");
}

#[cfg(unix)]
#[test]
fn pdftotext_gets_the_file_and_no_environment() {
    let page = format!(
        "cat > /dev/null; echo '<title>A Tool for Teams</title><pre>'; \
         echo \"$(env | grep -c HOME) homes. {PROSE}\"; printf '\\f</pre>'"
    );
    let ran = with_tool(&page, &[]).exits(0);
    let texts = texts(&ran);
    assert_eq!(texts[1], format!("0 homes. {PROSE}"), "{ran:#?}");
    assert_eq!(ran.records()[1]["title"], "A Tool for Teams");
    assert_eq!(ran.records()[1]["reader"], "pdftotext");
}

#[test]
fn bombs_cost_bounded_time_and_memory() {
    let folder = Folder::new();
    folder.write("a.md", PROSE);
    // A gibibyte that takes no room on the disk.
    let huge = fs::File::create(folder.path().join("huge.txt")).unwrap();
    huge.set_len(1 << 30).unwrap();
    let deep = |tag: &str| format!("<p>{PROSE}</p>{}", tag.repeat(100_000));
    folder.write("deep.html", deep("<div>"));
    folder.write("list.html", deep("<ul><li>"));
    folder.write("bold.html", deep("<b id=x>"));
    let attributes = " a=1".repeat(100_000);
    folder.write("attributes.html", format!("<p{attributes}>{PROSE}</p>"));
    folder.write("quotes.md", format!("{PROSE}\n\n{}", ">".repeat(100_000)));
    folder.write("lists.md", format!("{PROSE}\n\n{}", "- ".repeat(50_000)));
    folder.write("brackets.md", format!("{PROSE}\n\n{}", "[".repeat(100_000)));
    folder.write("nested.json", "[".repeat(100_000));
    folder.write("line.md", "word ".repeat(200_000));
    let record = "{\"id\":\"x\",\"text\":\"Who pays?\"}\n";
    folder.write("names.jsonl", record.repeat(5_000));
    let highlight =
        |n: usize| format!("Book {n} (Ann)\n- On page 2\n\nIt pays.\n==========\n");
    folder.write("books.txt", (0..5_000).map(highlight).collect::<String>());
    let comment = "<sup><a href=\"#cmnt1\">[a]</a>";
    let google = "<body class=\"doc-content\"><p class=\"lst-kix\">";
    folder.write(
        "comments.html",
        format!("{google}{PROSE}</p>{}", comment.repeat(5_000)),
    );
    let ran = folder.run(&["label", "."]).exits(2);
    let read: std::collections::BTreeSet<_> = ran
        .records()
        .iter()
        .filter(|r| r["text"] == PROSE)
        .map(|r| r["article"].as_str().unwrap().to_owned())
        .collect();
    let whole = [
        "a.md",
        "attributes.html",
        "bold.html",
        "brackets.md",
        "comments.html",
        "deep.html",
        "list.html",
        "lists.md",
        "quotes.md",
    ];
    assert_eq!(read, whole.map(str::to_owned).into());
    assert!(
        ran.stderr.contains("warning: huge.txt: larger than 64 MiB"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("warning: deep.html: nested too deeply"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_epub_with_a_hundred_thousand_entries_is_refused_or_read() {
    use std::io::{Cursor, Write};
    use zip::write::{SimpleFileOptions, ZipWriter};

    let make = |entries: usize| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for (name, text) in [
            ("META-INF/container.xml", "<c><rootfile full-path=\"b.opf\"/></c>"),
            (
                "b.opf",
                "<p><item id=\"a\" href=\"a.html\" media-type=\"text/html\"/><itemref idref=\"a\"/></p>",
            ),
            ("a.html", PROSE),
        ] {
            zip.start_file(name, stored).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        for n in 0..entries {
            zip.start_file(format!("{n}"), stored).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let folder = Folder::new();
    folder.write("many.epub", make(100_000));
    folder.write("some.epub", make(1000));
    let ran = folder.run(&["label", "."]).exits(2);
    assert_eq!(texts(&ran), [PROSE]);
    assert_eq!(ran.stderr, "warning: many.epub: holds more than 100000 files\n");
}

#[test]
fn pages_of_an_export_get_their_titles_from_its_lists() {
    use std::io::{Cursor, Write};
    use zip::write::{SimpleFileOptions, ZipWriter};

    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let list = r#"[{"slug":"who-pays-18ab","title":"Who pays","author":"Ann Sample",
        "url":"https://letters.example/1","publishedAt":"2024-09-17T06:30:00.000Z"}]"#;
    for (name, text) in [
        ("metadata_0_to_20.json", list.to_owned()),
        (
            "content/who-pays-18ab.html",
            format!("<div class=\"page\"><p>{PROSE}</p></div>"),
        ),
        ("highlights/who-pays-18ab.md", format!("> {PROSE}\n")),
        ("highlights/another.md", "> A highlight of a page that is not there.".into()),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let folder = Folder::new();
    folder.write("omnivore.zip", zip.finish().unwrap().into_inner());
    let records = folder.run(&["label", "."]).exits(0).records();
    assert_eq!(records.len(), 2, "{records:#?}");
    let page = &records[0];
    assert_eq!(page["article"], "omnivore.zip#content/who-pays-18ab.html");
    assert_eq!(page["title"], "Who pays");
    assert_eq!(page["author"], "Ann Sample");
    assert_eq!(page["date"], "2024-09-17");
    assert_eq!(page["url"], "https://letters.example/1");
}

#[test]
fn the_folder_of_a_saved_page_holds_no_articles() {
    let folder = Folder::new();
    folder.write("page.html", format!("<html><body><p>{PROSE}</p></body></html>"));
    folder.write(
        "page_files/frame.html",
        "<p>An advertisement in a frame of its own.</p>",
    );
    folder.write("notes_files/kept.md", "Words in a folder that only looks like one.");
    let ran = folder.run(&["label", "."]).exits(0);
    let mut names: Vec<_> =
        ran.records().iter().map(|r| r["article"].clone()).collect();
    names.dedup();
    assert_eq!(names, ["notes_files/kept.md", "page.html"]);
}

#[test]
fn what_is_not_read_is_told_with_the_way_out() {
    let folder = Folder::new();
    folder.write("a.rtf", "{\\rtf1 words}");
    let ran = folder.run(&["label", "."]).exits(2);
    assert_eq!(
        ran.stderr,
        "warning: a.rtf: RTF is not read: convert it to DOCX first\n"
    );
}
