//! `delineate kwic`.

use crate::shelf::shelf;
use crate::util::Folder;

#[test]
fn the_word_stands_in_one_column_with_its_label_beside() {
    let folder = shelf();
    let ran = folder.run(&["kwic", "streak"]).exits(0);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 12, "{}", ran.stdout);
    let columns: Vec<_> = lines
        .iter()
        .map(|line| {
            assert!(line.starts_with("B2C "), "{line}");
            line.char_indices()
                .position(|(at, _)| line[at..].starts_with(" streak "))
                .unwrap()
        })
        .collect();
    assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{}", ran.stdout);
    assert!(ran.stderr.contains("12 places in 6 articles (B2B 0, B2C 12, SHARED 0)"));
}

#[test]
fn phrases_take_stars() {
    let folder = shelf();
    let keywords = |phrase: &str| {
        let ran = folder.run(&["kwic", phrase, "--format", "jsonl"]).exits(0);
        let words: Vec<_> = ran
            .records()
            .iter()
            .map(|r| r["keyword"].as_str().unwrap().to_owned())
            .collect();
        words
    };
    assert_eq!(keywords("annual contract"), ["annual contract"; 6]);
    assert_eq!(keywords("buy* committee"), ["buying committee"; 6]);
    assert_eq!(keywords("contract * is"), ["contract renewal is"; 6]);
    folder.run(&["kwic", "contracts"]).exits(1);
    folder.run(&["kwic", "*"]).exits(2);
}

#[test]
fn lines_are_sorted_by_what_stands_beside_the_word() {
    let folder = shelf();
    let rows = folder
        .run(&["kwic", "for", "--sort", "right", "--window", "2", "--format", "jsonl"])
        .exits(0)
        .records();
    let right: Vec<_> = rows.iter().map(|r| r["right"].as_str().unwrap()).collect();
    assert!(right.is_sorted(), "{right:?}");
    assert!(right.contains(&"consumers, interviews"), "{right:?}");
}

#[test]
fn bytes_point_into_the_article() {
    let folder = shelf();
    let rows = folder.run(&["kwic", "renewal", "--format", "jsonl"]).exits(0).records();
    for row in rows {
        let file = format!("in/{}", row["article"].as_str().unwrap());
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        let at = |field: &str| usize::try_from(row[field].as_u64().unwrap()).unwrap();
        assert_eq!(&text[at("start")..at("end")], "renewal");
    }
}

#[test]
fn collocates_keep_company() {
    let folder = shelf();
    let args = ["kwic", "committee", "--collocates", "--format", "csv"];
    let ran = folder.run(&args).exits(0);
    assert!(ran.stdout.starts_with("word,near,left,right,elsewhere"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\nbuying,6,6,0,0,"), "{}", ran.stdout);
    folder.run(&["kwic", "unheard-of", "--collocates"]).exits(1);
}

#[test]
fn punctuation_stands_where_it_stood() {
    let folder = Folder::new();
    folder.write(
        "in/a.txt",
        "They call it a (sales cycle): from the first call to the sales cycle, again.",
    );
    folder.run(&["index", "in", "-q"]).exits(0);
    let ran = folder.run(&["kwic", "sales cycle"]).exits(0);
    assert!(ran.stdout.contains("(sales cycle): from"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the sales cycle, again."), "{}", ran.stdout);
}
