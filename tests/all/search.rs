//! `delineate search`, `show` and `similar`.

use serde_json::Value;

use crate::util::Folder;

/// Passages that differ in the words that the queries below ask for.
const PASSAGES: &[(&str, &str)] = &[
    (
        "seats",
        "The price of a seat depends on the annual contract that the buyer has signed.",
    ),
    (
        "pricing",
        "Pricing pages are read by buyers who compare three vendors before lunch.",
    ),
    (
        "trial",
        "A free trial is offered before any contract, and nobody asks for a card first.",
    ),
    (
        "market",
        "A go-to-market plan names the team that talks to enterprise customers first.",
    ),
    (
        "dying",
        "Products that are dying slowly still have users who would rather pay than leave.",
    ),
    (
        "curly",
        "The buyer\u{2019}s manager wants a r\u{e9}sum\u{e9} of every vendor that was priced.",
    ),
];

fn folder() -> Folder {
    let folder = Folder::new();
    for (name, text) in PASSAGES {
        folder.write(&format!("in/{name}.txt"), text);
    }
    folder.run(&["index", "in", "-q"]).exits(0);
    folder
}

fn search(folder: &Folder, query: &str) -> Vec<Value> {
    let ran = folder.run(&["search", "--format", "jsonl", "-n", "99", "--", query]);
    assert!(ran.code == Some(0) || ran.code == Some(1), "{query}: {ran:#?}");
    let records = ran.records();
    assert_eq!(records.is_empty(), ran.code == Some(1), "{query}: {ran:#?}");
    records
}

/// A query, the articles that it finds (in any order) and the words marked in them.
#[track_caller]
fn check(folder: &Folder, query: &str, expected: &[&str], marked: &[&str]) {
    let records = search(folder, query);
    let mut found: Vec<_> = records
        .iter()
        .map(|r| r["article"].as_str().unwrap().trim_end_matches(".txt").to_owned())
        .collect();
    found.sort();
    let mut expected: Vec<_> = expected.iter().map(|e| (*e).to_owned()).collect();
    expected.sort();
    assert_eq!(found, expected, "articles that {query:?} finds");
    let mut words: Vec<String> = Vec::new();
    for record in &records {
        let text = record["text"].as_str().unwrap();
        let mut last = 0;
        for span in record["highlights"].as_array().unwrap() {
            let [start, end] = [0, 1]
                .map(|edge| usize::try_from(span[edge].as_u64().unwrap()).unwrap());
            assert!(last <= start && start < end, "{query}: spans in order");
            words.push(text[start..end].to_lowercase());
            last = end;
        }
    }
    words.sort();
    words.dedup();
    let mut marked: Vec<_> = marked.iter().map(|m| (*m).to_owned()).collect();
    marked.sort();
    assert_eq!(words, marked, "what {query:?} marks");
}

#[test]
fn words_are_found_in_all_their_forms() {
    let folder = folder();
    check(
        &folder,
        "price",
        &["seats", "pricing", "curly"],
        &["price", "pricing", "priced"],
    );
    check(
        &folder,
        "buyers",
        &["seats", "pricing", "curly"],
        &["buyer", "buyers", "buyer\u{2019}s"],
    );
    check(&folder, "die", &["dying"], &["dying"]);
    check(&folder, "r\u{c9}SUM\u{c9}", &["curly"], &["r\u{e9}sum\u{e9}"]);
    check(&folder, "nothinglikeit", &[], &[]);
}

#[test]
fn all_words_have_to_be_found_unless_or_stands_between() {
    let folder = folder();
    check(&folder, "price contract", &["seats"], &["price", "contract"]);
    check(&folder, "price AND contract", &["seats"], &["price", "contract"]);
    check(&folder, "trial OR dying", &["trial", "dying"], &["trial", "dying"]);
    check(&folder, "contract -trial", &["seats"], &["contract"]);
    check(&folder, "contract NOT trial", &["seats"], &["contract"]);
    check(
        &folder,
        "(trial OR price) contract",
        &["trial", "seats"],
        &["trial", "price", "contract"],
    );
    check(&folder, "-a", &["pricing", "dying"], &[]);
    check(
        &folder,
        "dying OR price contract",
        &["dying", "seats"],
        &["dying", "price", "contract"],
    );
}

#[test]
fn phrases_are_exact() {
    let folder = folder();
    check(&folder, "\"annual contract\"", &["seats"], &["annual contract"]);
    check(&folder, "\"annual contracts\"", &[], &[]);
    check(&folder, "\"contract annual\"", &[], &[]);
    check(&folder, "\"Pricing\"", &["pricing"], &["pricing"]);
    check(&folder, "\u{201c}free trial\u{201d}", &["trial"], &["free trial"]);
}

#[test]
fn near_words_stand_in_any_order() {
    let folder = folder();
    check(&folder, "\"contract price\"~7", &["seats"], &["contract", "price"]);
    check(&folder, "\"contract price\"~5", &[], &[]);
    check(&folder, "\"buyers signed\"~1", &["seats"], &["buyer", "signed"]);
}

#[test]
fn prefixes_and_misspelt_words() {
    let folder = folder();
    check(&folder, "enterpr*", &["market"], &["enterprise"]);
    check(
        &folder,
        "pri*",
        &["seats", "pricing", "curly"],
        &["price", "pricing", "priced"],
    );
    check(&folder, "pircing~1", &["pricing"], &["pricing"]);
    check(&folder, "contarct~", &["seats", "trial"], &["contract"]);
    check(&folder, "entrprze~2", &[], &[]);
    check(&folder, "entrprse~2", &["market"], &["enterprise"]);
}

#[test]
fn words_with_hyphens_stay_together() {
    let folder = folder();
    check(&folder, "go-to-market", &["market"], &["go-to-market"]);
    check(&folder, "\"go to market\"", &["market"], &["go-to-market"]);
    check(&folder, "market-to-go", &[], &[]);
}

#[test]
fn fields_say_where_to_look() {
    let folder = folder();
    check(&folder, "title:seats", &["seats"], &[]);
    check(&folder, "title:(seats OR trial)", &["seats", "trial"], &[]);
    check(&folder, "title:seat", &["seats"], &[]);
    check(&folder, "text:seats", &["seats"], &["seat"]);
    check(&folder, "section:seats", &[], &[]);
    check(&folder, "article:t*", &["trial"], &[]);
    check(&folder, "article:\"m?rket.txt\"", &["market"], &[]);
    check(
        &folder,
        "price label:b2b OR label:b2c OR label:shared decided_by:model",
        &["seats", "pricing", "trial", "market", "dying", "curly"],
        &["price", "pricing", "priced"],
    );
    check(&folder, "decided_by:person", &[], &[]);
    check(
        &folder,
        "price confidence:[0 TO 1]",
        &["seats", "pricing", "curly"],
        &["price", "pricing", "priced"],
    );
    check(&folder, "confidence:[* TO *] label:none", &[], &[]);
}

#[test]
fn titles_are_searched_and_come_after_texts() {
    let folder = Folder::new();
    folder.write(
        "in/teardown.md",
        "# A teardown of Duolingo\n\nThe streak brings learners back each evening.\n\n\
         Learners who lose it are offered a way to buy it back.\n",
    );
    folder.write(
        "in/other.md",
        "# On habits\n\nNo habit lasts without a cue, say those who built Duolingo, and \
         every habit needs a reward that comes soon and can be seen by whoever earned it.\n",
    );
    folder.run(&["index", "in", "-q"]).exits(0);
    let found = |query: &str| {
        let records = search(&folder, query);
        let place = |r: &Value| {
            (r["article"].as_str().unwrap().to_owned(), r["passage"].as_u64())
        };
        records.iter().map(place).collect::<Vec<_>>()
    };
    let (text, title) = ("other.md".to_owned(), "teardown.md".to_owned());
    assert_eq!(
        found("Duolingo"),
        [(text.clone(), Some(1)), (title.clone(), Some(1)), (title.clone(), Some(2))],
    );
    assert_eq!(found("duolingo streak"), [(title.clone(), Some(1))], "one word each");
    assert_eq!(found("teardown duolingo").len(), 2, "both in the title");
    assert_eq!(found("text:duolingo"), [(text.clone(), Some(1))]);
    assert_eq!(found("title:duolingo").len(), 2);
    assert_eq!(found("habit -duolingo"), []);
    assert_eq!(found("\"teardown of Duolingo\"").len(), 2);
    assert_eq!(found("\"Duolingo teardown\"").len(), 0);
    assert_eq!(found("teard* OR nothinglikeit").len(), 2);
    assert_eq!(found("taerdown~1").len(), 2);
}

#[test]
fn words_are_found_in_british_and_american_spelling() {
    let folder = Folder::new();
    let british = "The organisations analysed the behaviour of their centre once more.";
    let american = "Every organization analyzes its behavior at a center at some time.";
    folder.write("in/british.txt", british);
    folder.write("in/american.txt", american);
    folder.write(
        "in/Prioritisation.txt",
        "What comes first is a matter of debate among us.",
    );
    folder.run(&["index", "in", "-q"]).exits(0);
    for (one, two) in [
        ("organisation", "organizations"),
        ("analysing", "analyzing"),
        ("behaviours", "behaviors"),
        ("centre", "centers"),
    ] {
        for query in [one, two] {
            let found = search(&folder, query);
            assert_eq!(found.len(), 2, "what {query} finds");
            for record in &found {
                let marks = record["highlights"].as_array().unwrap();
                assert_eq!(marks.len(), 1, "{query} is marked in {record}");
            }
        }
    }
    check(&folder, "prioritization", &["Prioritisation"], &[]);
    check(&folder, "\"organization\"", &["american"], &["organization"]);
}

#[test]
fn words_that_have_a_hyphen_elsewhere_are_hinted_at() {
    let folder = Folder::new();
    folder.write(
        "in/one.txt",
        "An e-mail goes out on the second day of the trial period.",
    );
    folder
        .write("in/two.txt", "The email that comes on the last day is opened by few.");
    folder.run(&["index", "in", "-q"]).exits(0);
    let ran = folder.run(&["search", "email"]).exits(0);
    assert_eq!(ran.stderr, "1 passage in 1 article\nalso `e-mail`: 1 passage\n");
    let ran = folder.run(&["search", "e-mail day"]).exits(0);
    assert!(ran.stderr.ends_with("also `email day`: 1 passage\n"), "{}", ran.stderr);
    let ran = folder.run(&["search", "period"]).exits(0);
    assert_eq!(ran.stderr, "1 passage in 1 article\n");
    let ran = folder.run(&["search", "on-boarding e-mails"]).exits(1);
    assert!(!ran.stderr.contains("onboarding"), "{}", ran.stderr);
}

#[test]
fn passages_without_a_date_are_told_where_dates_are_asked_for() {
    let folder = Folder::new();
    let text = "A price that is told on the first call keeps the second call short.";
    folder.write("in/old.md", format!("---\ndate: 2019-04-02\n---\n\n{text}\n"));
    folder.write(
        "in/undated.md",
        "A price that nobody can find on the page is no price.\n",
    );
    folder.run(&["index", "in", "-q"]).exits(0);
    let ran = folder.run(&["search", "price", "--until", "2020"]).exits(0);
    assert_eq!(
        ran.stderr,
        "1 passage in 1 article\n1 passage more has no date and is left out\n"
    );
    let ran = folder.run(&["search", "price", "--since", "2020"]).exits(1);
    assert!(
        ran.stderr.contains("1 passage found has no date and is left out"),
        "{}",
        ran.stderr
    );
    for command in [&["kwic", "price"][..], &["export"], &["stats"], &["compare"]] {
        let mut args = command.to_vec();
        args.extend(["--until", "2020"]);
        let ran = folder.run(&args);
        let told = ran.stderr.contains("1 article states no date and is left out");
        assert!(told, "{command:?}: {}", ran.stderr);
    }
    let ran = folder.run(&["search", "price"]).exits(0);
    assert_eq!(ran.stderr, "2 passages in 2 articles\n");
}

#[test]
fn a_limit_is_a_number_or_all_for_every_command() {
    let folder = folder();
    let rows = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(["--format", "csv"]);
        folder.run(&all).exits(0).stdout.lines().count() - 1
    };
    assert_eq!(rows(&["search", "price", "-n", "all"]), 3);
    assert_eq!(rows(&["search", "price", "-n", "0"]), 0);
    assert_eq!(rows(&["kwic", "a", "-n", "0"]), 0);
    assert_eq!(rows(&["kwic", "pric*", "-n", "all"]), 3);
    for command in
        [&["search", "price"][..], &["kwic", "price"], &["stats"], &["words"]]
    {
        let mut args = command.to_vec();
        args.extend(["-n", "-1"]);
        let ran = folder.run(&args).exits(2);
        assert!(ran.stderr.contains("a number or `all` is expected"), "{}", ran.stderr);
    }
    let ran = folder.run(&["search", "price", "--offset", "50"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("`--offset 50` passes over all"), "{}", ran.stderr);
}

#[test]
fn a_query_that_looks_like_a_flag_is_explained() {
    let folder = folder();
    let ran = folder.run(&["search", "-webinar"]).exits(2);
    assert!(ran.stderr.contains("'pricing -webinar'"), "{}", ran.stderr);
    let ran = folder.run(&["search", "price", "--colour"]).exits(2);
    assert!(!ran.stderr.contains("webinar"), "{}", ran.stderr);
}

#[test]
fn a_hit_can_be_told_from_its_neighbours_without_colour() {
    let folder = Folder::new();
    folder.write(
        "in/a.txt",
        "The first passage stands before all others here.\n\n\
         The second passage holds the needle in the middle.\n\n\
         The third passage stands after the others, all alone.\n",
    );
    folder.run(&["index", "in", "-q"]).exits(0);
    let ran = folder.run(&["search", "needle", "-C", "1"]).exits(0);
    let lines: Vec<_> = ran.stdout.lines().skip(2).collect();
    for (line, start) in lines.iter().zip(["  \u{b6}1 ", "> \u{b6}2 ", "  \u{b6}3 "]) {
        assert!(line.starts_with(start), "{start:?} in {}", ran.stdout);
    }
    let id = &search(&folder, "needle")[0]["id"];
    let ran = folder.run(&["show", id.as_str().unwrap()]).exits(0);
    assert!(ran.stdout.contains("\n> \u{b6}2 "), "{}", ran.stdout);
    let ran = folder.run(&["search", "needle", "-C", "1", "--format", "csv"]).exits(0);
    assert!(ran.stdout.contains("The first passage"), "{}", ran.stdout);
    let ran = folder.run(&["search", "needle", "--format", "md"]).exits(0);
    assert!(ran.stdout.contains(id.as_str().unwrap()), "{}", ran.stdout);
}

#[test]
fn what_is_wrong_with_a_query_is_told_with_its_place() {
    let folder = folder();
    for (query, said) in [
        ("price AND", "a word is missing at its end, after `AND`"),
        ("OR price", "a word is missing before `OR`"),
        ("(price", "`)` is missing at its end, after `price`"),
        ("price)", "`)` without `(` at character 6"),
        ("\"price", "never closed at character 1"),
        ("colour:red", "there is no field `colour`"),
        ("label:b3b", "`b3b` is none of b2b, b2c, shared"),
        ("confidence:0.8", "a range like `[0.8 TO 1]`"),
        ("confidence:[a TO b]", "`a` is no number"),
        ("date:[2020-99 TO *]", "\"2020-99\" is no date"),
        ("p*", "2 letters or more"),
        ("*ing", "at the end of a word only"),
        ("price~9", "a number from 1 to 2"),
        ("\"a b\"~999", "a number from 1 to 100"),
        ("title:", "a value is missing after `title:`"),
        ("[1 TO 2]", "a range stands after"),
        ("!!!", "it holds no word"),
        ("\"?!\"", "no word between the quotation marks"),
    ] {
        let ran = folder.run(&["search", "--", query]).exits(2);
        assert!(ran.stderr.contains(said), "{query}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn no_query_takes_the_program_down() {
    let folder = folder();
    for query in [
        "(".repeat(4000),
        "NOT ".repeat(1000) + "a",
        "-".repeat(4000) + "a",
        "(+".repeat(2000),
        "a OR ".repeat(800) + "a",
        "x ".repeat(2047),
        "é".repeat(5000),
        "\"".repeat(4001),
        "title:".repeat(600) + "a",
        "a:".repeat(2000),
        "[".repeat(4000),
        format!("\"{}\"", "a ".repeat(2000)),
    ] {
        let ran = folder.run(&["search", "--", &query]);
        assert_eq!(ran.code, Some(2), "{}: {ran:#?}", &query[..8]);
        assert!(ran.stderr.len() < 500, "{}", ran.stderr);
    }
    // As much as is allowed goes.
    for query in
        ["(".repeat(31) + "price" + &")".repeat(31), vec!["price"; 256].join(" ")]
    {
        folder.run(&["search", "-q", &query]).exits(0);
    }
}

#[test]
fn flags_filter_like_fields() {
    let folder = folder();
    let count = |args: &[&str]| {
        let mut all = vec!["search", "*", "--format", "jsonl"];
        all.extend(args);
        folder.run(&all).records().len()
    };
    assert_eq!(count(&[]), 6);
    assert_eq!(count(&["--article", "*r*"]), 4);
    assert_eq!(count(&["--article", "{seats,trial}.txt"]), 2);
    assert_eq!(count(&["--limit", "2"]), 2);
    assert_eq!(count(&["--offset", "4"]), 2);
    assert_eq!(count(&["--since", "2020"]), 0, "nothing has a date");
    let label = search(&folder, "*")[0]["label"].as_str().unwrap().to_owned();
    assert!(count(&["--label", &label]) > 0);
    let ran = folder.run(&["search", "*", "--label", "b4b"]).exits(2);
    assert!(ran.stderr.contains("b2b"), "{}", ran.stderr);
    let ran = folder.run(&["search", "*", "--since", "soon"]).exits(2);
    assert!(ran.stderr.contains("is no date"), "{}", ran.stderr);
}

#[test]
fn the_table_shows_label_place_and_marks() {
    let folder = folder();
    let ran = folder.run(&["search", "annual"]).exits(0);
    for part in ["seats", "seats.txt \u{b6}1", "\u{bb}annual\u{ab} contract"] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    assert!(["B2B", "B2C", "SHARED"].iter().any(|l| ran.stdout.starts_with(l)));
    assert!(!ran.stdout.contains('\u{1b}'), "no colour where there is no terminal");
    assert_eq!(ran.stderr, "1 passage in 1 article\n");
    let ran = folder.run(&["search", "annual", "--color", "always"]).exits(0);
    assert!(
        ran.stdout.contains("\u{1b}[") && ran.stdout.contains("file://"),
        "{}",
        ran.stdout
    );
}

#[test]
fn nothing_that_an_article_says_reaches_the_terminal_as_a_command() {
    let folder = Folder::new();
    folder.write(
        "in/e\u{1b}[31m\nvil.txt",
        "Some price here with words \u{1b}[31m more of them and \u{202e} so on.",
    );
    folder.run(&["index", "in"]);
    for args in [&["search", "words"][..], &["search", "words", "--format", "md"]] {
        let ran = folder.run(args).exits(0);
        let harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!ran.stdout.contains(harmful), "{:?}", ran.stdout);
        assert!(!ran.stderr.contains(harmful), "{:?}", ran.stderr);
    }
    let record = &search(&folder, "words")[0];
    assert!(record["text"].as_str().unwrap().contains('\u{1b}'), "records are true");
}

#[test]
fn hits_are_counted_by_what_is_known_of_them() {
    let folder = folder();
    let ran = folder
        .run(&["search", "price", "--facets", "--format", "jsonl", "-n", "0"])
        .exits(0);
    let facets = &ran.records()[0];
    assert_eq!(facets["schema"], "delineate.facets/1");
    assert_eq!(facets["total"], 3);
    let sum = |field: &str| {
        facets[field]
            .as_object()
            .unwrap()
            .values()
            .map(|n| n.as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((sum("label"), sum("theme"), sum("year")), (3, 3, 3));
    assert_eq!(facets["article"].as_array().unwrap().len(), 3);
    assert_eq!(facets["year"]["none"], 3);
    let ran = folder.run(&["search", "price", "--facets", "-n", "0"]).exits(0);
    for heading in ["by label", "by theme", "by year", "by article"] {
        assert!(ran.stdout.lines().any(|line| line == heading), "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("3  no date"), "{}", ran.stdout);
}

#[test]
fn csv_has_a_row_for_each_hit() {
    let folder = folder();
    let ran = folder.run(&["search", "annual", "--format", "csv"]).exits(0);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.stdout);
    assert!(lines[0].starts_with("id,article,title,"), "{}", lines[0]);
    assert!(
        lines[0].ends_with(",score,highlights,copies,before,after"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains(",35-41,"), "{}", lines[1]);
}

#[test]
fn order_context_and_groups() {
    let folder = Folder::new();
    folder.write(
        "in/a.txt",
        "The first passage stands before all others here.\n\n\
         The second passage holds the needle in the middle.\n\n\
         The third passage stands after the others, needle too.\n",
    );
    folder.write("in/b.txt", "One passage with a needle stands alone in this file.");
    folder.run(&["index", "in"]).exits(0);
    let by_path = folder
        .run(&["search", "needle", "--sort", "path", "--format", "jsonl", "-C", "1"])
        .exits(0)
        .records();
    let places: Vec<_> = by_path
        .iter()
        .map(|r| (r["article"].as_str().unwrap(), r["passage"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [("a.txt", 2), ("a.txt", 3), ("b.txt", 1)]);
    assert!(by_path[0]["before"][0].as_str().unwrap().starts_with("The first"));
    assert!(by_path[0]["after"][0].as_str().unwrap().starts_with("The third"));
    let grouped = folder.run(&["search", "needle", "--group", "article"]).exits(0);
    assert!(grouped.stdout.contains("a.txt: 2 passages"), "{}", grouped.stdout);
    assert_eq!(grouped.stderr, "3 passages in 2 articles\n");
}

#[test]
fn where_nothing_is_found_something_else_is_proposed() {
    let folder = folder();
    let ran = folder.run(&["search", "entreprise"]).exits(1);
    assert!(ran.stderr.contains("try `enterprise`: 1 passage"), "{}", ran.stderr);
    let ran = folder.run(&["search", "enterprise trial"]).exits(1);
    assert!(ran.stderr.contains("try `enterprise OR trial`: 2"), "{}", ran.stderr);
    let ran = folder.run(&["search", "price", "--since", "2020"]).exits(1);
    assert!(ran.stderr.contains("without the flags: 3 passages"), "{}", ran.stderr);
}

#[test]
fn show_tells_a_passage_and_its_neighbours() {
    let folder = folder();
    let record = &search(&folder, "annual")[0];
    let id = record["id"].as_str().unwrap();
    let ran = folder.run(&["show", id]).exits(0);
    assert!(ran.stdout.contains("annual contract"), "{}", ran.stdout);
    assert!(ran.stdout.contains("probabilities: B2B"), "{}", ran.stdout);
    let ran = folder.run(&["show", "zzzzzzzzzzzzz"]).exits(2);
    assert!(ran.stderr.contains("no passage has the id"), "{}", ran.stderr);
    folder.run(&["show", "!"]).exits(2);
    folder.run(&["show", ""]).exits(2);
}

#[test]
fn similar_passages_share_telling_words() {
    let folder = folder();
    let id = search(&folder, "annual")[0]["id"].as_str().unwrap().to_owned();
    let ran = folder.run(&["similar", &id, "--format", "jsonl"]).exits(0);
    let records = ran.records();
    assert!(records.iter().all(|r| r["id"] != *id), "not the passage itself");
    assert!(records.iter().any(|r| r["article"] == "trial.txt"), "{}", ran.stdout);
}

#[test]
fn a_pipe_that_is_closed_early_is_success() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let folder = Folder::new();
    for n in 0..400 {
        folder.write(&format!("in/{n}.txt"), "A passage on price. ".repeat(60));
    }
    folder.run(&["index", "in", "-q"]).exits(0);
    let mut child = folder
        .command()
        .args([
            "search",
            "price",
            "-n",
            "9999",
            "--keep-duplicates",
            "--format",
            "jsonl",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn every_reason_is_told_and_what_would_change_the_label() {
    let folder = Folder::new();
    folder.write(
        "in/a.md",
        "# Selling\n\nProcurement signs the annual contract for every seat.\n\n\
         The team met on Monday and agreed on a goal for the quarter.\n",
    );
    folder.run(&["index", "in"]).exits(0);
    let found = folder.run(&["search", "procurement", "--format", "jsonl"]).exits(0);
    let found = &found.records()[0];
    let id = found["id"].as_str().unwrap();
    let ran = folder.run(&["show", id, "--why"]).exits(0);
    let change = "what would change it: SHARED is next, ";
    assert!(ran.stdout.contains(change), "{}", ran.stdout);
    assert!(ran.stdout.contains("SHARED without "), "{}", ran.stdout);
    let marked = ran.stdout.matches('»').count();
    let main = folder.run(&["show", id]).exits(0).stdout.matches('»').count();
    assert_eq!(marked, main, "only the main reasons are marked: {}", ran.stdout);

    let ran = folder.run(&["show", id, "--why", "--format", "jsonl"]).exits(0);
    let all = &ran.records()[0];
    let evidence = |record: &Value| record["evidence"].as_array().unwrap().len();
    assert!(evidence(all) > evidence(found));
    let mut scores = [0.0; 3];
    for reason in all["evidence"].as_array().unwrap() {
        let side = ["b2b", "b2c", "shared"].iter().position(|s| reason["side"] == *s);
        scores[side.unwrap()] += reason["weight"].as_f64().unwrap();
        if let (Some(start), Some(end)) =
            (reason["start"].as_u64(), reason["end"].as_u64())
        {
            let from = all["start"].as_u64().unwrap();
            let range = usize::try_from(start - from).unwrap()
                ..usize::try_from(end - from).unwrap();
            assert_eq!(
                all["text"].as_str().unwrap()[range],
                *reason["what"].as_str().unwrap()
            );
        }
    }
    let powers = scores.map(f64::exp);
    let b2b = powers[0] / powers.iter().sum::<f64>();
    let said = all["probabilities"]["b2b"].as_f64().unwrap();
    assert!((b2b - said).abs() < 1e-3, "{b2b}, but {said}");
}
