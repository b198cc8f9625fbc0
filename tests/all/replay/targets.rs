//! What is done with any bytes at all, one function for each target: the fuzzer runs them
//! (`fuzz/`), and the ordinary tests replay what it found (`tests/all/replay.rs`).
//!
//! A target fails by a panic. Beside those of the code under it there are the laws of every
//! article: blocks put end to end are its text, passages with what is left out likewise,
//! and no two passages have one id.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use delineate::article::{Article, BlockKind, Draft};
use delineate::classify::{self, Classifier, LabeledText, Languages, Lexicon, Table};
use delineate::correct::{Corrections, Ledger};
use delineate::index::{self, Index, Update};
use delineate::ingest::pdf::PdfEngine;
use delineate::ingest::{self, Limits};
use delineate::search::{self, Query, Search};
use delineate::segment::{segment, sentences, words};
use delineate::{Error, Span};

/// A target: its name, and what it does with bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const TARGETS: [Target; 14] = [
    ("docx", docx),
    ("epub", epub),
    ("exports", exports),
    ("html", html),
    ("ledger", ledger),
    ("mail", mail),
    ("markdown", markdown),
    ("model", model),
    ("odt", odt),
    ("pdf", pdf),
    ("query", query),
    ("segment", segmenter),
    ("text", text),
    ("zip", zip),
];

fn text(bytes: &[u8]) {
    read("a.txt", bytes);
}

fn markdown(bytes: &[u8]) {
    read("a.md", bytes);
}

fn html(bytes: &[u8]) {
    read("a.html", bytes);
}

/// The archive, or the main document of one that is otherwise whole.
fn docx(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return read("a.docx", bytes);
    }
    let [document, styles, numbers] = parts(bytes);
    let files = [
        ("word/document.xml", document),
        ("word/styles.xml", styles),
        ("word/numbering.xml", numbers),
        ("word/footnotes.xml", document),
    ];
    read("a.docx", &archive(&files));
}

/// The archive, or the content of one that is otherwise whole.
fn odt(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return read("a.odt", bytes);
    }
    let [content, styles, meta] = parts(bytes);
    let files = [("content.xml", content), ("styles.xml", styles), ("meta.xml", meta)];
    read("a.odt", &archive(&files));
}

/// The archive, or package, chapter and contents of one that is otherwise whole.
fn epub(bytes: &[u8]) {
    const CONTAINER: &[u8] = br#"<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="o.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#;
    if bytes.starts_with(b"PK") {
        return read("a.epub", bytes);
    }
    let [package, chapter, contents] = parts(bytes);
    let files = [
        ("META-INF/container.xml", CONTAINER),
        ("o.opf", package),
        ("c.xhtml", chapter),
        ("nav.xhtml", contents),
        ("toc.ncx", contents),
    ];
    let archive = archive(&files);
    read("a.epub", &archive);
    let mut chapters = limits();
    chapters.choices.split_chapters = true;
    read_within("a.epub", &archive, &chapters);
}

/// The archive, or three files in one.
fn zip(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return read("a.zip", bytes);
    }
    let [page, note, records] = parts(bytes);
    let files = [("a/a.html", page), ("a/b.md", note), ("c.json", records)];
    read("a.zip", &archive(&files));
}

/// The first byte chooses: a message, a mailbox, a saved page.
fn mail(bytes: &[u8]) {
    if let Some((&kind, bytes)) = bytes.split_first() {
        read(["a.eml", "a.mbox", "a.mhtml"][usize::from(kind) % 3], bytes);
    }
}

/// The first byte chooses: JSON, JSON lines, CSV, a record on standard input.
fn exports(bytes: &[u8]) {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    match kind % 4 {
        0 => read("a.json", bytes),
        1 => read("a.jsonl", bytes),
        2 => read("a.csv", bytes),
        _ => {
            if let Ok(article) = ingest::article_of_record(bytes) {
                laws(article);
            }
        }
    }
}

/// What the readers of PDF answer; the first byte chooses which.
fn pdf(bytes: &[u8]) {
    let Some((&kind, answer)) = bytes.split_first() else { return };
    let engine = [PdfEngine::Pdftotext, PdfEngine::Builtin][usize::from(kind) % 2];
    if let Ok(draft) = ingest::pdf::draft_of_answer(engine, "a.pdf", answer) {
        laws(draft.finish("a.pdf", "pdf", ""));
    }
}

/// Lines as blocks, the first byte of each for its kind.
fn segmenter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut draft = Draft::default();
    for line in text.split('\n') {
        let mut rest = line.chars();
        let kind = match rest.next() {
            Some('1'..='6') => BlockKind::Heading(1 + line.as_bytes()[0] % 6),
            Some('-') => BlockKind::ListItem(u8::from(line.len() % 2 == 0)),
            Some('>') => BlockKind::Quote,
            Some('|') => BlockKind::TableRow,
            Some('`') => BlockKind::Code,
            Some('!') => BlockKind::Caption,
            Some('^') => BlockKind::Footnote,
            Some('[') => BlockKind::Links,
            Some('=') => BlockKind::Given(vec!["Section".to_owned()]),
            _ => BlockKind::Paragraph,
        };
        // Form feeds stand for the line breaks within a block.
        draft.push(kind, &rest.as_str().replace('\u{c}', "\n"));
    }
    tiles(&text, sentences(&text), str::is_empty);
    let mut end = 0;
    for (at, word) in words(&text) {
        assert!(at >= end && text[at..].starts_with(word), "the word at {at}");
        end = at + word.len();
    }
    laws(draft.finish("a.md", "markdown", ""));
}

/// A query, understood and answered by a small index.
fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(query) = text.parse::<Query>() else { return };
    let wanted = Search { facets: true, group: Some(2), ..Search::default() };
    match search::search(small_index(), &query, &wanted) {
        Ok(found) => {
            for hit in &found.hits {
                let text = &hit.passage.record.text;
                assert!(hit.highlights.iter().all(|span| !span.of(text).is_empty()));
            }
            assert!(found.hits.len() <= found.total);
        }
        Err(Error::Query(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// A ledger as it is, and one whose lines are given the checksums that they lack.
fn ledger(bytes: &[u8]) {
    let understand = |bytes: &[u8]| {
        let ledger = Ledger::of_bytes(Path::new("x"), bytes);
        let corrections = Corrections::new(&ledger, |file| file.len() % 2 == 0);
        corrections.concern("a.md", ["b"]);
        corrections.homeless().count();
        ledger.latest().count();
        ledger.digest()
    };
    understand(bytes);
    let mut sealed: Vec<Vec<u8>> = Vec::new();
    for body in bytes.split(|&b| b == b'\n') {
        let mark = &blake3::hash(body).to_hex()[..16];
        sealed.push([body, br#","check":""#, mark.as_bytes(), b"\"}\n"].concat());
    }
    let digest = understand(&sealed.concat());
    // The order of lines does not matter.
    sealed.reverse();
    assert_eq!(understand(&sealed.concat()), digest);
}

/// The first byte chooses: a model's image, the table of words, the lexicon.
fn model(bytes: &[u8]) {
    let Some((&kind, bytes)) = bytes.split_first() else { return };
    let of = Path::new;
    match kind % 3 {
        0 => drop(classify::is_image(bytes)),
        1 => {
            let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
            let (words, vectors) = (&bytes[..end], bytes.get(end + 1..));
            let words = (of("words.tsv"), &*String::from_utf8_lossy(words));
            let vectors = (of("vectors.bin"), vectors.unwrap_or_default());
            let _ = Table::of_bytes(words, vectors, &Lexicon::default());
        }
        _ => {
            let [cues, names, kinds] = parts(bytes);
            let lexicon = Lexicon::of_bytes(
                (of("cues.csv"), cues),
                (of("gazetteer.csv"), names),
                (of("kinds.csv"), kinds),
            );
            if let Ok(lexicon) = lexicon {
                learn(&lexicon);
            }
        }
    }
}

/// Makes a model with a lexicon, from next to nothing.
fn learn(lexicon: &Lexicon) {
    let vectors = [&b"DELINEV1"[..], &0u32.to_le_bytes(), &128u32.to_le_bytes()];
    let vectors = vectors.concat();
    let table = Table::of_bytes(
        (Path::new("words.tsv"), ""),
        (Path::new("vectors.bin"), &vectors),
        lexicon,
    );
    let Ok(table) = table else { return };
    let texts: &[LabeledText] = &[];
    let trained = classify::train(texts, &table, lexicon, classify::Without::NOTHING);
    assert!(classify::is_image(&trained.image), "what was trained cannot be read");
}

/// Reads bytes as a file of this name, and checks the laws of what comes out.
fn read(name: &str, bytes: &[u8]) {
    read_within(name, bytes, &limits());
}

fn read_within(name: &str, bytes: &[u8], limits: &Limits) {
    for article in ingest::read_bytes(name, bytes, limits).articles {
        laws(article);
    }
}

/// No other program is started.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.choices.pdf_engine = PdfEngine::Builtin;
    limits
}

/// What holds for every article.
fn laws(article: Article) {
    let blank = |gap: &str| gap.trim().is_empty();
    tiles(&article.text, article.blocks.iter().map(|b| b.span), blank);
    let segmented = segment(article);
    let left_out = segmented.left_out.iter().map(|l| l.span);
    let mut spans: Vec<Span> =
        segmented.passages.iter().map(|p| p.span).chain(left_out).collect();
    spans.sort();
    tiles(&segmented.article.text, spans.into_iter(), blank);
    let mut ids: Vec<_> = segmented.passages.iter().map(|p| p.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), segmented.passages.len(), "two passages have one id");
    let labelled = Classifier::embedded(Languages::Any).classify(segmented);
    for verdict in labelled.iter().filter_map(|l| l.verdict.as_ref()) {
        assert!((0.0..=1.0).contains(&verdict.confidence), "{verdict:?}");
    }
}

/// Spans in their order lie in the text, do not overlap, and leave only such gaps.
fn tiles(text: &str, spans: impl Iterator<Item = Span>, may_be_gap: fn(&str) -> bool) {
    let mut end = 0;
    for span in spans {
        assert!(span.start >= end, "{span:?} overlaps what ends at {end}");
        assert!(may_be_gap(&text[end..span.start]), "text before {span:?}");
        end = span.end;
    }
    assert!(may_be_gap(&text[end..]), "text after {end}");
}

/// Bytes cut in three at the first two lines that are `%%`.
fn parts(bytes: &[u8]) -> [&[u8]; 3] {
    const MARK: &[u8] = b"\n%%\n";
    fn cut(bytes: &[u8]) -> (&[u8], &[u8]) {
        let at = bytes.windows(MARK.len()).position(|w| w == MARK);
        at.map_or((bytes, &[]), |at| (&bytes[..at], &bytes[at + MARK.len()..]))
    }
    let (first, rest) = cut(bytes);
    let (second, third) = cut(rest);
    [first, second, third]
}

/// A ZIP file of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    use ::zip::CompressionMethod::Stored;
    use ::zip::write::{SimpleFileOptions, ZipWriter};

    let options = SimpleFileOptions::default().compression_method(Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An index of a few articles, made once.
fn small_index() -> &'static Index {
    static INDEX: OnceLock<(tempfile::TempDir, Index)> = OnceLock::new();
    &INDEX
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let articles = folder.path().join("in");
            std::fs::create_dir(&articles).unwrap();
            for (name, text) in [
                ("seats.md", "# Seats\n\nSeven people sign before anybody may log in.\n\nThe buying committee asks for pricing by seat.\n"),
                ("streaks.txt", "A streak that breaks on holiday loses more players than any price.\n"),
            ] {
                std::fs::write(articles.join(name), text).unwrap();
            }
            let dir = folder.path().join("index");
            index::update(&Update {
                dir: &dir,
                paths: &[PathBuf::from(&articles)],
                force: false,
                threads: 1,
                classifier: &Classifier::embedded(Languages::English),
                limits: &limits(),
                ledger: &Ledger::default(),
                progress: &|_| true,
            })
            .unwrap();
            let index = Index::open(&dir).unwrap();
            (folder, index)
        })
        .1
}
