//! `delineate index`: what the index holds, and how it follows its folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::util::{Folder, Ran};

/// A text of some passages about something, so that each file differs.
fn article(about: &str) -> String {
    format!(
        "The team that sells {about} asks its customers once a quarter what they miss.\n\n\
         Nobody expected that {about} would need a contract, a security review and a pilot.\n\n\
         After a year the price of {about} was raised, and few accounts left because of it.\n"
    )
}

fn three_articles() -> Folder {
    let folder = Folder::new();
    for about in ["lamps", "maps", "scales"] {
        folder.write(&format!("in/{about}.txt"), article(about));
    }
    folder
}

/// Everything that the index holds, by way of search.
fn all(folder: &Folder) -> Ran {
    folder.run(&["search", "*", "--format", "jsonl", "--sort", "path", "-n", "9999"])
}

fn articles(ran: &Ran) -> BTreeSet<String> {
    ran.records().iter().map(|r| r["article"].as_str().unwrap().to_owned()).collect()
}

/// The index of the folder made at once holds the same as the one that followed it.
#[track_caller]
fn is_like_made_at_once(folder: &Folder) {
    let followed = all(folder);
    folder.run(&["index", "--index", "fresh", "in"]);
    let fresh = folder.run(&[
        "search", "*", "--format", "jsonl", "--sort", "path", "-n", "9999", "--index",
        "fresh",
    ]);
    assert_eq!(followed.stdout, fresh.stdout);
    // Scores too do not tell how the index came about.
    for query in ["price", "\"security review\"", "customers OR pilot"] {
        let ask = |index: &str| {
            folder.run(&["search", query, "--format", "jsonl", "--index", index]).stdout
        };
        assert_eq!(ask("index"), ask("fresh"), "hits of {query}");
    }
    fs::remove_dir_all(folder.path().join("fresh")).unwrap();
}

#[test]
fn the_first_run_indexes_all_and_says_what_comes_next() {
    let folder = three_articles();
    let ran = folder.run(&["index", "in"]).exits(0);
    assert_eq!(ran.stdout, "", "the summary is no data");
    assert!(ran.stderr.contains("3 articles, 9 passages"), "{}", ran.stderr);
    assert!(ran.stderr.contains("next: `delineate search"), "{}", ran.stderr);
    assert_eq!(articles(&all(&folder)).len(), 3);
}

#[test]
fn records_are_those_that_label_writes() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let labelled = folder.run(&["label", "in"]).exits(0).records();
    let mut found = all(&folder).records();
    for record in &mut found {
        let record = record.as_object_mut().unwrap();
        record.remove("score").unwrap();
        record.remove("highlights").unwrap();
    }
    assert_eq!(found, labelled);
}

#[test]
fn an_unchanged_folder_is_left_alone() {
    let folder = three_articles();
    settle(&folder);
    folder.run(&["index", "in"]).exits(0);
    let files = || walk(&folder.path().join("index"));
    let before = files();
    let ran = folder.run(&["index"]).exits(0);
    assert!(ran.stderr.contains("3 unchanged"), "{}", ran.stderr);
    assert_eq!(files(), before, "nothing was written");
}

#[test]
fn another_way_to_read_reads_again_what_it_concerns() {
    #[track_caller]
    fn check(folder: &Folder, args: &[&str], files: &str, articles: usize) {
        let ran = folder.run(args).exits(0);
        assert!(ran.stderr.contains(files), "{args:?}: {}", ran.stderr);
        let said = format!("index: {articles} articles");
        assert!(ran.stderr.contains(&said), "{args:?}: {}", ran.stderr);
    }
    let folder = three_articles();
    let sample = |name: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
        fs::read(root.join(name)).unwrap()
    };
    folder.write("in/book.epub", sample("epub/ordinary.epub"));
    folder.write("in/paper.pdf", sample("pdf/ordinary.pdf"));
    folder.write("in/notes.zip", sample("zip/ordinary.zip"));
    settle(&folder);
    let chapters = {
        let ran = folder.run(&["label", "--split-chapters", "in/book.epub"]).exits(0);
        articles(&ran).len()
    };
    assert!(chapters > 1, "the sample has chapters");
    let whole = articles(&folder.run(&["label", "in"]).exits(0)).len();
    let split = whole - 1 + chapters;

    check(&folder, &["index", "in"], "6 new", whole);
    check(&folder, &["index"], "6 unchanged", whole);
    // The flag counts for the run that has it.
    check(&folder, &["index", "--split-chapters"], "1 changed, 5 unchanged", split);
    check(&folder, &["index", "--split-chapters"], "6 unchanged", split);
    check(&folder, &["index"], "1 changed, 5 unchanged", whole);
    is_like_made_at_once(&folder);
    let builtin = ["index", "--pdf-engine", "builtin"];
    check(&folder, &builtin, "1 changed, 5 unchanged", whole);
    check(&folder, &builtin, "6 unchanged", whole);
    let status = folder.run(&["status", "--format", "jsonl"]).exits(0);
    assert_eq!(status.records()[0]["changed"][0], "paper.pdf");
}

#[test]
fn an_archive_is_read_again_for_the_books_in_it() {
    use std::io::{Cursor, Write};
    use zip::write::{SimpleFileOptions, ZipWriter};

    let folder = three_articles();
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/epub/ordinary.epub");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("book.epub", SimpleFileOptions::default()).unwrap();
    zip.write_all(&fs::read(book).unwrap()).unwrap();
    folder.write("in/books.zip", zip.finish().unwrap().into_inner());
    settle(&folder);
    folder.run(&["index", "in"]).exits(0);
    let ran = folder.run(&["index", "--split-chapters"]).exits(0);
    assert!(ran.stderr.contains("1 changed, 3 unchanged"), "{}", ran.stderr);
    assert!(articles(&all(&folder)).contains("books.zip#book.epub#1"));
}

#[test]
fn a_program_that_was_moved_leaves_the_index_alone() {
    let folder = three_articles();
    settle(&folder);
    folder.run(&["index", "in"]).exits(0);
    let before = walk(&folder.path().join("index"));
    let moved = folder.path().join("moved");
    fs::copy(env!("CARGO_BIN_EXE_delineate"), &moved).unwrap();
    let ran: Ran = std::process::Command::new(moved)
        .arg("index")
        .current_dir(folder.path())
        .env_remove("DELINEATE_INDEX")
        .output()
        .unwrap()
        .into();
    assert!(ran.exits(0).stderr.contains("3 unchanged"));
    assert_eq!(walk(&folder.path().join("index")), before, "nothing was written");
}

/// Lets the files of a folder be old: one that has just been written might change again
/// without another time.
fn settle(folder: &Folder) {
    let past = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
    for entry in fs::read_dir(folder.path().join("in")).unwrap().map(Result::unwrap) {
        let file = fs::File::options().write(true).open(entry.path()).unwrap();
        file.set_modified(past).unwrap();
    }
}

fn walk(dir: &Path) -> Vec<(String, u64, std::time::SystemTime)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let meta = entry.metadata().unwrap();
        if meta.is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            let path = entry.path().display().to_string();
            found.push((path, meta.len(), meta.modified().unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn changes_are_followed() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);

    folder.write("in/lamps.txt", article("lanterns"));
    fs::remove_file(folder.path().join("in/maps.txt")).unwrap();
    folder.write("in/more/chairs.txt", article("chairs"));
    let ran = folder.run(&["index"]).exits(0);
    assert!(
        ran.stderr.contains("1 new, 1 changed, 1 gone, 1 unchanged"),
        "{}",
        ran.stderr
    );
    let expected = ["lamps.txt", "more/chairs.txt", "scales.txt"].map(str::to_owned);
    assert_eq!(articles(&all(&folder)), BTreeSet::from(expected));
    assert_eq!(folder.run(&["search", "lanterns", "-q"]).code, Some(0));
    assert_eq!(folder.run(&["search", "maps", "-q"]).code, Some(1));
    is_like_made_at_once(&folder);
}

#[test]
fn a_moved_file_is_known_by_its_bytes() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let from = folder.path().join("in/maps.txt");
    fs::rename(from, folder.path().join("in/atlas.txt")).unwrap();
    let ran = folder.run(&["index"]).exits(0);
    assert!(ran.stderr.contains("1 moved, 2 unchanged"), "{}", ran.stderr);
    is_like_made_at_once(&folder);
}

#[test]
fn a_touched_file_is_not_read_as_changed() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    folder.write("in/maps.txt", article("maps"));
    let ran = folder.run(&["index"]).exits(0);
    assert!(ran.stderr.contains("3 unchanged"), "{}", ran.stderr);
}

#[test]
fn many_steps_lead_to_the_same_index() {
    let folder = Folder::new();
    for step in 0..12 {
        for n in 0..4 {
            let name = format!("in/{}.txt", (step * 3 + n * 5) % 17);
            if (step + n) % 5 == 4 {
                let _ = fs::remove_file(folder.path().join(name));
            } else {
                folder.write(&name, article(&format!("thing{step}x{n}")));
            }
        }
        folder.run(&["index", "in", "-q"]).exits(0);
    }
    is_like_made_at_once(&folder);
}

#[test]
fn other_paths_make_another_index() {
    let folder = three_articles();
    folder.write("out/ropes.txt", article("ropes"));
    folder.run(&["index", "in"]).exits(0);
    let ran = folder.run(&["index", "out"]).exits(0);
    assert!(ran.stderr.contains("1 new, 3 gone"), "{}", ran.stderr);
    let ran = folder.run(&["index"]).exits(0);
    assert!(
        ran.stderr.contains("1 unchanged"),
        "it remembers the path: {}",
        ran.stderr
    );
    let ran = folder.run(&["index", "in", "out"]).exits(0);
    assert!(ran.stderr.contains("4 articles"), "{}", ran.stderr);
    assert!(articles(&all(&folder)).contains("out/ropes.txt"));
}

#[test]
fn without_a_path_the_corpus_is_meant() {
    let folder = Folder::new();
    folder.write("corpus/articles/a.txt", article("lamps"));
    folder.write("corpus/notes.txt", article("maps"));
    let ran = folder.run(&["index"]).exits(0);
    assert!(ran.stderr.contains("1 article,"), "{}", ran.stderr);
}

#[test]
fn the_index_does_not_read_itself() {
    let folder = Folder::new();
    folder.write("a.txt", article("lamps"));
    folder.write("index/README.txt", article("maps"));
    let ran = folder.run(&["index", "."]).exits(0);
    assert!(ran.stderr.contains("1 article,"), "{}", ran.stderr);
}

#[test]
fn force_reads_all_again() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let ran = folder.run(&["index", "--force"]).exits(0);
    assert!(ran.stderr.contains("3 new"), "{}", ran.stderr);
    assert!(ran.stderr.contains("made the index anew: as asked"), "{}", ran.stderr);
}

#[test]
fn threads_do_not_change_the_index() {
    let folder = Folder::new();
    for n in 0..150 {
        folder.write(&format!("in/{n}.txt"), article(&format!("thing{n}")));
    }
    folder.run(&["index", "in", "-j1"]).exits(0);
    let one = all(&folder);
    folder.run(&["index", "--force", "-j2"]).exits(0);
    assert_eq!(all(&folder).stdout, one.stdout);
}

#[test]
fn an_empty_folder_has_nothing() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("in")).unwrap();
    let ran = folder.run(&["index", "in"]).exits(1);
    assert!(ran.stderr.contains("no article found"), "{}", ran.stderr);
    folder.run(&["search", "*"]).exits(1);
}

#[test]
fn a_folder_that_is_missing_leaves_the_index_as_it_is() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let ran = folder.run(&["index", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("there is no"), "{}", ran.stderr);
    assert_eq!(articles(&all(&folder)).len(), 3);
}

#[test]
fn what_cannot_be_read_is_named_every_time() {
    let folder = three_articles();
    folder.write("in/broken.txt", [0xff, 0xfe, 0x00, 0xd8, 0x00]);
    let label = folder.run(&["label", "in"]);
    let ran = folder.run(&["index", "in"]);
    assert_eq!(ran.code, label.code, "{ran:#?}");
    let again = folder.run(&["index"]);
    assert_eq!(again.code, ran.code, "{again:#?}");
    assert_eq!(articles(&all(&folder)).len(), articles(&label).len());
}

#[test]
fn near_copies_are_marked_and_count_once() {
    let folder = three_articles();
    let long: String = ["lamps", "maps", "scales", "ropes"].map(article).concat();
    folder.write("in/long.txt", &long);
    folder.write("in/mirror/long.txt", long.replacen("customers", "clients", 1));
    let ran = folder.run(&["index", "in"]).exits(0);
    assert!(ran.stderr.contains("not counted: 1 near copy"), "{}", ran.stderr);
    // All say the same number.
    assert!(ran.stderr.contains("4 articles, 21 passages"), "{}", ran.stderr);
    let stats = folder.run(&["stats", "--format", "jsonl"]).exits(0).records();
    assert_eq!((&stats[0]["articles"], &stats[0]["passages"]), (&4.into(), &21.into()));

    let found =
        folder.run(&["search", "article:long.txt", "--format", "jsonl"]).exits(0);
    assert_eq!(found.records()[0]["copies"][0], "mirror/long.txt");
    folder.run(&["search", "clients", "--article", "mirror/*"]).exits(1);
    let kept = folder
        .run(&["search", "clients", "--keep-duplicates", "--format", "jsonl"])
        .exits(0);
    assert_eq!(kept.records()[0]["copy_of"], "long.txt");

    // Without the article that counted, its copy does.
    fs::remove_file(folder.path().join("in/long.txt")).unwrap();
    folder.run(&["index"]).exits(0);
    folder.run(&["search", "clients"]).exits(0);
    is_like_made_at_once(&folder);
}

#[test]
fn what_the_program_wrote_is_no_article() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let before = all(&folder).stdout;
    for file in ["in/passages.html", "in/passages.csv", "in/passages.jsonl"] {
        folder.run(&["export", "-o", file]).exits(0);
    }
    let with_sides = "B2B buyers sign contracts with procurement. Consumers do not.\n";
    folder.write("sides/one.txt", with_sides.repeat(3));
    folder.run(&["index", "sides", "--index", "sides-index"]).exits(0);
    let id =
        folder.run(&["--index", "sides-index", "search", "sign", "--format", "jsonl"]);
    let id = id.records()[0]["id"].as_str().unwrap().to_owned();
    folder.run(&["--index", "sides-index", "correct", &id, "b2b"]).exits(0);
    for file in ["in/report.html", "in/report.md"] {
        folder.run(&["--index", "sides-index", "compare", "-o", file]).exits(0);
    }
    folder.run(&["index"]).exits(0);
    assert_eq!(all(&folder).stdout, before);
}

#[test]
fn damage_is_told_where_nothing_has_changed() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let generation = folder.path().join("index/g1");
    for file in fs::read_dir(generation).unwrap().map(|e| e.unwrap().path()) {
        let whole = fs::read(&file).unwrap();
        if whole.len() < 2 || file.ends_with("seal") {
            continue;
        }
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        for command in ["status", "index", "search"] {
            let args: &[&str] =
                if command == "search" { &["search", "price"] } else { &[command] };
            let ran = folder.run(args).exits(2);
            let told = ran.stderr.contains("is damaged")
                && ran.stderr.contains("delineate index --force")
                && !ran.stderr.contains("tantivy");
            assert!(told, "{command} after {} was cut: {}", file.display(), ran.stderr);
        }
        fs::write(&file, &whole).unwrap();
    }
    folder.run(&["status"]).exits(0);
}

#[test]
fn other_paths_are_told_of_those_that_are_left() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let ran = folder.run(&["index", "in/maps.txt"]).exits(0);
    assert!(ran.stderr.contains("no longer follows"), "{}", ran.stderr);
    assert_eq!(articles(&all(&folder)).len(), 1);
    // A path within another one is no second root.
    let ran = folder.run(&["index", "in", "in/maps.txt", "in"]).exits(0);
    assert!(!ran.stderr.contains("no longer follows"), "{}", ran.stderr);
    assert_eq!(all(&folder).records().len(), 9);
}

#[test]
fn a_folder_that_is_not_there_leaves_nothing_behind() {
    let folder = Folder::new();
    let ran = folder.run(&["index", "nowhere"]).exits(2);
    assert!(ran.stderr.contains("there is no nowhere"), "{}", ran.stderr);
    assert!(!folder.path().join("index").exists());
}

#[test]
fn a_second_writer_is_told_of_the_first() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let lock =
        fs::File::options().write(true).open(folder.path().join("index/lock")).unwrap();
    lock.lock().unwrap();
    let ran = folder.run(&["index"]).exits(2);
    assert!(ran.stderr.contains("being written by another process"), "{}", ran.stderr);
    assert!(ran.stderr.contains("lock"), "{}", ran.stderr);
    assert_eq!(articles(&all(&folder)).len(), 3, "readers need not wait");
    drop(lock);
    folder.run(&["index"]).exits(0);
}

#[test]
fn a_missing_index_has_a_way_out() {
    let folder = Folder::new();
    let ran = folder.run(&["search", "price"]).exits(2);
    assert!(ran.stderr.contains("no index at index"), "{}", ran.stderr);
    assert!(ran.stderr.contains("delineate index"), "{}", ran.stderr);
}

#[test]
fn an_index_of_the_future_is_left_alone() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let format = folder.path().join("index/format");
    let text = fs::read_to_string(&format).unwrap();
    fs::write(&format, text.replace("\"version\":", "\"version\":999, \"was\":"))
        .unwrap();
    for args in [&["search", "price"][..], &["index"]] {
        let ran = folder.run(args).exits(2);
        assert!(ran.stderr.contains("of version 999"), "{}", ran.stderr);
        assert!(ran.stderr.contains("delineate index --force"), "{}", ran.stderr);
    }
    folder.run(&["index", "--force", "in"]).exits(0);
    assert_eq!(articles(&all(&folder)).len(), 3);
}

/// Every file of an index, cut at several places and with flipped bytes in turn: an error
/// with a way out, or the right answer; never a panic, never another answer.
#[test]
fn damage_is_told_and_never_answered_from() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let right = all(&folder).stdout;
    let generation = folder.path().join("index/g1");
    let mut tried = 0;
    for entry in fs::read_dir(&generation).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let bytes = fs::read(&path).unwrap();
        let mut damaged = Vec::new();
        for part in 0..4 {
            damaged.push(bytes[..bytes.len() * part / 4].to_vec());
        }
        for at in (0..bytes.len()).step_by((bytes.len() / 12).max(1)) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x41;
            damaged.push(flipped);
        }
        for damaged in damaged.iter().filter(|d| **d != bytes) {
            fs::write(&path, damaged).unwrap();
            let ran = all(&folder);
            tried += 1;
            let name = path.display();
            assert!(!ran.stderr.contains("panicked"), "{name}: {ran:#?}");
            if ran.code == Some(0) {
                assert_eq!(ran.stdout, right, "{name}: a wrong answer");
            } else {
                assert_eq!(ran.code, Some(2), "{name}: {ran:#?}");
                assert!(ran.stderr.contains("index --force"), "{name}: {ran:#?}");
            }
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert!(tried > 100, "only {tried} damages");
    assert_eq!(all(&folder).stdout, right);
}

#[cfg(unix)]
#[test]
fn others_may_read_an_index_that_they_may_not_write() {
    use std::os::unix::fs::PermissionsExt;
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    for (path, ..) in walk(&folder.path().join("index")) {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o444, 0o444, "{path} has mode {mode:o}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    }
    assert_eq!(articles(&all(&folder)).len(), 3);
}

#[test]
fn what_a_killed_run_has_left_goes() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let left = [
        "index/.tmp-1-format",
        "index/g9/half",
        "index/g1/.tmp-1-meta.json",
        "index/g1/00000000000000000000000000000000.store",
        "index/g1/state-0000000000000000",
    ];
    for name in left {
        folder.write(name, "half");
    }
    folder.write("in/more.txt", article("ropes"));
    folder.run(&["index"]).exits(0);
    for name in left {
        assert!(!folder.path().join(name).exists(), "{name} is still there");
    }
    is_like_made_at_once(&folder);
}

#[test]
fn a_passage_is_found_by_the_beginning_of_its_id() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let id = all(&folder).records()[0]["id"].as_str().unwrap().to_owned();
    let shown = folder.run(&["show", &id[..8], "--format", "jsonl"]).exits(0);
    assert_eq!(shown.records()[0]["id"], id);
}

#[test]
fn status_tells_what_is_stale_and_what_was_skipped() {
    let folder = three_articles();
    folder.write("in/broken.txt", b"\x07\x08\x0e broken \x01\x02");
    folder.write("in/photo.png", [0x89, b'P']);
    folder.run(&["status"]).exits(2);
    folder.run(&["index", "in"]).exits(2);
    let ran = folder.run(&["status"]).exits(0);
    assert!(ran.stdout.contains("fresh: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("broken.txt: not text"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 png"), "{}", ran.stdout);

    folder.write("in/lamps.txt", article("lanterns"));
    folder.write("in/ropes.txt", article("ropes"));
    fs::remove_file(folder.path().join("in/maps.txt")).unwrap();
    let record = &folder.run(&["status", "--format", "jsonl"]).exits(0).records()[0];
    assert_eq!(record["fresh"], false);
    assert_eq!(record["new"][0], "ropes.txt");
    assert_eq!(record["changed"][0], "lamps.txt");
    assert_eq!(record["gone"][0], "maps.txt");
    assert_eq!(record["articles"], 3);
    assert_eq!(record["skipped"][0]["file"], "broken.txt");
}

/// A file, the exit status of `index --why`, and a part of what it says.
#[track_caller]
fn check_why(folder: &Folder, file: &str, code: i32, said: &str) {
    let ran = folder.run(&["index", "--why", file]).exits(code);
    assert!(ran.stdout.contains(said), "{file}: {}", ran.stdout);
}

#[test]
fn why_tells_what_decided_on_a_file() {
    let folder = three_articles();
    folder.write("in/broken.txt", b"\x07\x08\x0e broken \x01\x02");
    folder.write("in/photo.png", [0x89, b'P']);
    folder.write("in/.delineateignore", "drafts/\n*.old.txt\n");
    folder.write("in/drafts/one.txt", article("drafts"));
    folder.write("in/two.old.txt", article("old"));
    folder.write("in/.hidden/three.txt", article("hidden"));
    folder.write("elsewhere.txt", article("elsewhere"));
    folder.run(&["index", "in"]).exits(2);
    folder.write("in/later.txt", article("later"));
    check_why(
        &folder,
        "in/lamps.txt",
        0,
        "indexed: lamps.txt (3 passages); read as text",
    );
    check_why(&folder, "in/later.txt", 0, "not indexed yet");
    check_why(&folder, "in/broken.txt", 1, "skipped: not text");
    check_why(&folder, "in/photo.png", 1, "no reader for the ending `png`");
    check_why(&folder, "in/drafts/one.txt", 1, "the rule `drafts/` in");
    check_why(&folder, "in/two.old.txt", 1, "the rule `*.old.txt` in");
    check_why(&folder, "in/.hidden/three.txt", 1, "`.hidden` is hidden");
    check_why(&folder, "elsewhere.txt", 1, "outside of");
    folder.write("in/lamps.txt", article("lanterns"));
    check_why(&folder, "in/lamps.txt", 0, "changed since");
    folder.run(&["index", "--why", "in/nothing.txt"]).exits(2);
}

#[cfg(unix)]
#[test]
fn watching_follows_the_folder_until_it_is_interrupted() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let folder = three_articles();
    let mut child = folder
        .command()
        .args(["index", "in", "--watch", "--every", "1"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines =
        BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.starts_with("following the folder")));
    folder.write("in/ropes.txt", article("ropes"));
    let line = lines.next().unwrap();
    assert!(line.contains("1 new, 3 unchanged"), "{line}");
    folder.run(&["search", "ropes"]).exits(0);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_damaged_index_is_made_anew_from_the_same_folder() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let right = all(&folder).stdout;
    fs::write(folder.path().join("index/g1/meta.json"), "{}").unwrap();
    folder.run(&["index"]).exits(2);
    folder.run(&["index", "--force"]).exits(0);
    assert_eq!(all(&folder).stdout, right);
}

#[test]
fn an_index_of_an_earlier_version_is_made_anew() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let right = all(&folder).stdout;
    let format = folder.path().join("index/format");
    let text = fs::read_to_string(&format).unwrap();
    fs::write(&format, text.replacen("\"version\":", "\"version\":0, \"was\":", 1))
        .unwrap();
    let ran = folder.run(&["index"]).exits(0);
    assert!(ran.stderr.contains("by an earlier version"), "{}", ran.stderr);
    assert_eq!(all(&folder).stdout, right);
}

#[test]
fn a_copied_index_is_verified_and_then_trusted() {
    let folder = three_articles();
    folder.run(&["index", "in"]).exits(0);
    let right = all(&folder).stdout;
    let generation = folder.path().join("index/g1");
    for entry in fs::read_dir(&generation).unwrap().map(Result::unwrap) {
        let bytes = fs::read(entry.path()).unwrap();
        fs::write(entry.path(), bytes).unwrap();
    }
    let seal = fs::read(generation.join("seal")).unwrap();
    assert_eq!(all(&folder).stdout, right);
    folder.run(&["index"]).exits(0);
    assert_ne!(fs::read(generation.join("seal")).unwrap(), seal, "sealed again");
}
