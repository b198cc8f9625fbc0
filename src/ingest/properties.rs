//! What an article says of itself in key and value: YAML and TOML front matter, the
//! properties of note-taking apps, the columns of exports; and where it says nothing, what
//! its headings and its file's name tell.
//!
//! Nobody agrees on the keys. Those that mean title, author, day, address and language are
//! known here under their usual names; all others are ignored.

use serde_json::Value;

use super::date::{self, date};
use crate::article::{Block, BlockKind, Draft};

/// Finds the front matter of a Markdown file and takes from it what it knows. Returns the
/// text that follows.
pub(super) fn take_front_matter<'t>(text: &'t str, draft: &mut Draft) -> &'t str {
    let text = text.trim_start_matches(['\u{feff}', '\n']);
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next() else { return text };
    match first.trim_end() {
        "---" => {
            let Some((yaml, rest)) = until_line(text, first.len(), &["---", "..."])
            else {
                return unclosed(text, first.len(), draft);
            };
            // A rule at the top of a text also looks so.
            if !yaml.lines().any(is_pair) && !yaml.trim().is_empty() {
                return text;
            }
            read_yaml(yaml, draft).give(draft);
            rest
        }
        "+++" => match until_line(text, first.len(), &["+++"]) {
            Some((toml, rest)) => {
                read_toml(toml).give(draft);
                rest
            }
            None => text,
        },
        "<!--" => match text.split_once("-->") {
            // Nikola keeps its properties in a comment: `.. title: Pricing`.
            Some((comment, rest)) if comment.contains("\n.. ") => {
                let mut properties = Properties::default();
                let lines = comment.lines().filter_map(|l| l.strip_prefix(".. "));
                properties.take_lines(lines);
                properties.give(draft);
                rest
            }
            _ => text,
        },
        // JBake's header: pairs with `=`, then a line of tildes.
        line if line.contains('=') => match until_line(text, 0, &["~~~~~~"]) {
            Some((pairs, rest)) if pairs.lines().all(|l| l.contains('=')) => {
                read_toml(pairs).give(draft);
                rest
            }
            _ => text,
        },
        _ => text,
    }
}

/// What was found under known keys; of several keys for one thing, the surest counts.
#[derive(Debug, Default)]
pub(super) struct Properties([Option<(usize, String)>; 5]);

impl Properties {
    /// Takes what a known key says. Returns whether the key is known.
    pub(super) fn take(&mut self, key: &str, value: &Value) -> bool {
        let Some((what, rank)) = known(key) else { return false };
        let text = words_of(value).and_then(|text| match what {
            What::Title | What::Author => Some(text),
            What::Date => date(&text),
            What::Url => is_address(&text).then_some(text),
            What::Language => is_language(&text).then_some(text),
        });
        let slot = &mut self.0[what as usize];
        if let Some(text) = text
            && slot.as_ref().is_none_or(|(found, _)| rank < *found)
        {
            *slot = Some((rank, text));
        }
        true
    }

    /// Takes the pairs among some lines, however broken the others are.
    pub(super) fn take_lines<'l>(&mut self, lines: impl Iterator<Item = &'l str>) {
        for line in lines.filter(|line| !line.starts_with([' ', '\t'])) {
            if let Some((key, value)) = line.split_once(':') {
                self.take(key, &loose_value(value));
            }
        }
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Fills in what the draft does not know yet.
    pub(super) fn give(self, draft: &mut Draft) {
        let about = &mut draft.about;
        let slots = [
            &mut draft.title,
            &mut about.author,
            &mut about.date,
            &mut about.url,
            &mut about.language,
        ];
        for (slot, found) in slots.into_iter().zip(self.0) {
            if slot.is_none() {
                *slot = found.map(|(_, text)| text);
            }
        }
    }
}

#[derive(Clone, Copy)]
enum What {
    Title,
    Author,
    Date,
    Url,
    Language,
}

/// What a key means, and its rank among the keys for the same: 0 is the surest.
fn known(key: &str) -> Option<(What, usize)> {
    const TITLE: &[&str] = &[
        "title",
        "fulltitle",
        "posttitle",
        "headline",
        "booktitle",
        "resolvedtitle",
        "giventitle",
    ];
    const AUTHOR: &[&str] = &[
        "author",
        "authors",
        "byline",
        "by",
        "postauthor",
        "writer",
        "creator",
        "contributors",
        "bookauthor",
        "publishedby",
    ];
    const DATE: &[&str] = &[
        "published",
        "datepublished",
        "publisheddate",
        "fpublisheddate",
        "publishdate",
        "publishedat",
        "publishedon",
        "publicationdate",
        "pubdate",
        "date",
        "postdate",
        "postedon",
        "createdat",
        "createdon",
        "created",
        "createdtime",
    ];
    const URL: &[&str] = &[
        "source",
        "url",
        "sourceurl",
        "originalurl",
        "canonicalurl",
        "canonical",
        "link",
        "permalink",
        "weburl",
        "articleurl",
        "resolvedurl",
        "givenurl",
    ];
    const LANGUAGE: &[&str] = &["language", "lang", "locale"];
    let key: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let lists = [
        (What::Title, TITLE),
        (What::Author, AUTHOR),
        (What::Date, DATE),
        (What::Url, URL),
        (What::Language, LANGUAGE),
    ];
    lists
        .into_iter()
        .find_map(|(what, keys)| Some((what, keys.iter().position(|k| *k == key)?)))
}

/// A value as text: names of several authors joined, wikilinks without their brackets.
fn words_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => without_wikilink(text),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => {
            let words: Vec<String> = values.iter().filter_map(words_of).collect();
            words.join(", ")
        }
        Value::Object(fields) => words_of(fields.get("name").or(fields.get("title"))?)?,
        Value::Null | Value::Bool(_) => return None,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `[[Name]]` and `[[Page|Name]]` as `Name`; `[Name](address)` as `Name`.
fn without_wikilink(text: &str) -> String {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("[[").and_then(|t| t.strip_suffix("]]")) {
        return inner.rsplit('|').next().unwrap_or(inner).to_owned();
    }
    if let Some((name, _)) = text.strip_prefix('[').and_then(|t| t.split_once("](")) {
        return name.to_owned();
    }
    text.to_owned()
}

pub(super) fn is_address(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://"))
        && !text.contains(char::is_whitespace)
}

/// Whether it has the form of a BCP 47 tag.
pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (1..=8).contains(&p.len()))
}

/// What stands from `start` to the next line that is one of `ends`, and what follows that.
fn until_line<'t>(
    text: &'t str,
    start: usize,
    ends: &[&str],
) -> Option<(&'t str, &'t str)> {
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if ends.contains(&line.trim_end()) {
            return Some((&text[start..at], &text[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

/// Front matter whose closing line is missing ends with its last pair.
fn unclosed<'t>(text: &'t str, start: usize, draft: &mut Draft) -> &'t str {
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        if !is_pair(line) && !line.starts_with([' ', '\t', '-']) {
            break;
        }
        end += line.len();
    }
    if end == start {
        return text;
    }
    draft.warnings.push("front matter without its closing line".to_owned());
    let mut properties = Properties::default();
    properties.take_lines(text[start..end].lines());
    properties.give(draft);
    &text[end..]
}

/// Whether a line has the form `key: value`.
fn is_pair(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else { return false };
    let key = key.trim_matches(['"', '\'']);
    !key.is_empty()
        && key.len() <= 40
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
        && (value.trim().is_empty() || value.starts_with([' ', '\t']))
}

fn read_yaml(yaml: &str, draft: &mut Draft) -> Properties {
    let mut properties = Properties::default();
    // Most front matter is plain pairs, which need no parser of YAML.
    if yaml.lines().all(is_plain_pair) {
        properties.take_lines(yaml.lines());
        return properties;
    }
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::FirstWins,
    };
    match serde_saphyr::from_str_with_options::<Value>(yaml, options) {
        Ok(Value::Object(fields)) => {
            for (key, value) in &fields {
                properties.take(key, value);
            }
        }
        Ok(_) => {}
        Err(_) => {
            draft.warnings.push(
                "the front matter is not valid YAML: read line by line".to_owned(),
            );
            properties.take_lines(yaml.lines());
        }
    }
    properties
}

/// Whether a line is a pair whose value means the same in every reading of YAML.
fn is_plain_pair(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else { return false };
    let value = value.trim();
    !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        && !value.contains([':', '#', '\\', '"', '\''])
        && !value
            .starts_with(['[', '{', '>', '|', '&', '*', '!', '%', '@', '`', '-', '?'])
        && !value.is_empty()
}

/// A value with its quotes off, a list in brackets as a list.
fn loose_value(value: &str) -> Value {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('[').and_then(|v| v.strip_suffix(']'))
        && !inner.starts_with('[')
    {
        return Value::Array(inner.split(',').map(loose_value).collect());
    }
    let unquoted = ['"', '\''].into_iter().find_map(|quote| {
        value.strip_prefix(quote).map(|v| v.strip_suffix(quote).unwrap_or(v))
    });
    Value::String(unquoted.unwrap_or(value).to_owned())
}

/// The pairs of TOML's top level and the names of its author tables.
fn read_toml(toml: &str) -> Properties {
    let mut properties = Properties::default();
    let mut table = "";
    for line in toml.lines() {
        let line = line.trim();
        if line.starts_with('[') && !line.contains('=') {
            table = line.trim_matches(['[', ']', ' ']);
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim().trim_matches('"');
            match (table, key) {
                ("", _) => properties.take(key, &loose_value(value)),
                ("author" | "authors", "name") => {
                    properties.take("author", &loose_value(value))
                }
                _ => false,
            };
        }
    }
    properties
}

/// Properties that note-taking apps give to every page, and that say nothing of an article.
const NOTES: &[&str] = &[
    "Tags",
    "Status",
    "Type",
    "Category",
    "Topic",
    "Topics",
    "Created",
    "Created by",
    "Last edited",
    "Last edited by",
    "Last edited time",
];

/// Pairs such as `URL: https://…` at the top of a text or under its first heading, as
/// Notion exports a page's properties. Returns the heading and what follows the pairs.
pub(super) fn take_property_lines<'t>(
    text: &'t str,
    draft: &mut Draft,
) -> (&'t str, &'t str) {
    let body = text.trim_start_matches('\n');
    let heading =
        body.starts_with("# ").then(|| body.find('\n')).flatten().unwrap_or(0);
    let (heading, after) = body.split_at(heading);
    let after = after.trim_start_matches('\n');
    let end = after.find("\n\n").unwrap_or(after.len());
    let (pairs, rest) = after.split_at(end);
    let is_property = |line: &str| {
        line.split_once(':').is_some_and(|(key, value)| {
            key.starts_with(char::is_uppercase)
                && key.split_whitespace().count() <= 3
                && key.chars().all(|c| c.is_alphanumeric() || c == ' ')
                && (value.is_empty() || value.starts_with(' '))
        })
    };
    if !pairs.lines().all(is_property) {
        return ("", text);
    }
    let mut found = Properties::default();
    found.take_lines(pairs.lines());
    let of_notes =
        |line: &str| line.split_once(':').is_some_and(|(key, _)| NOTES.contains(&key));
    if found.is_empty() && !pairs.lines().any(of_notes) {
        return ("", text);
    }
    found.give(draft);
    (heading, rest)
}

/// Gives a draft without a title the one that its headings or its file's name tell, and
/// the day that stands in front of the name.
pub(super) fn settle_title(draft: &mut Draft, file: &str) {
    let base = file.rsplit('/').next().unwrap_or(file);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let dated = date::in_file_name(stem);
    if let Some((day, _)) = &dated
        && draft.about.date.is_none()
    {
        draft.about.date = Some(day.clone());
    }
    if draft.title.as_ref().is_none_or(|t| t.trim().is_empty()) {
        draft.title = by_heading(draft.blocks())
            .map(|block| block.span.of(draft.text()).to_owned())
            .or_else(|| by_name(dated.map_or(stem, |(_, rest)| rest)));
    }
}

/// The heading that is the whole article's: the first of all blocks, or the only one of
/// the first level.
fn by_heading(blocks: &[Block]) -> Option<&Block> {
    let is_heading = |b: &&Block| matches!(b.kind, BlockKind::Heading(_));
    let mut highest = blocks.iter().filter(|b| b.kind == BlockKind::Heading(1));
    match (highest.next(), highest.next()) {
        (Some(only), None) => Some(only),
        _ => blocks.first().filter(is_heading),
    }
}

/// A title from a file's name, where that is words.
fn by_name(stem: &str) -> Option<String> {
    // Notion puts a page's id behind its name.
    let id =
        |tail: &str| tail.len() == 32 && tail.bytes().all(|b| b.is_ascii_hexdigit());
    let stem = match stem.rsplit_once([' ', '-', '_']) {
        Some((name, tail)) if id(tail) => name,
        _ => stem,
    };
    let mut title = stem.to_owned();
    if !stem.contains(' ') {
        title = stem.replace(['-', '_'], " ");
        if let Some(first) = title.get(..1).filter(|c| c.is_ascii()) {
            title.replace_range(..1, &first.to_ascii_uppercase());
        }
    }
    title.split_whitespace().nth(1)?;
    Some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: [&str; 5], rest: &str) -> Draft {
        let mut draft = Draft::default();
        assert_eq!(take_front_matter(text, &mut draft), rest);
        let about = draft.about.clone();
        let found =
            [draft.title.clone(), about.author, about.date, about.url, about.language];
        assert_eq!(found.map(Option::unwrap_or_default), expected, "{text}");
        draft
    }

    #[test]
    fn yaml() {
        check(
            "---\ntitle: Seats\nauthor: A. Writer\ndate: 2021-03-05\n---\nText",
            ["Seats", "A. Writer", "2021-03-05", "", ""],
            "Text",
        );
        check(
            "---\ntitle: \"Price: a story\"\nauthors:\n  - name: Ann\n  - Bo\nlang: en-GB\n...\nText",
            ["Price: a story", "Ann, Bo", "", "", "en-GB"],
            "Text",
        );
        check("---\n---\nText", [""; 5], "Text");
    }

    #[test]
    fn web_clipper() {
        check(
            "---\ntitle: \"T\"\nsource: \"https://example.com/t\"\nauthor:\n  - \"[[Ann Lee]]\"\n  - \"[[B|Bo]]\"\npublished: 2024-02-01\ncreated: 2024-05-06\ndescription: \"d\"\ntags:\n  - \"clippings\"\n---\nText",
            ["T", "Ann Lee, Bo", "2024-02-01", "https://example.com/t", ""],
            "Text",
        );
    }

    #[test]
    fn broken_yaml_keeps_what_is_legible() {
        let draft = check(
            "---\ntitle: \"Never closed\ndate: 2020-01-02\n tags: [a, b\n---\nText",
            ["Never closed", "", "2020-01-02", "", ""],
            "Text",
        );
        assert_eq!(draft.warnings.len(), 1);
        let draft = check(
            "---\ntitle: No end\ndate: 2020-01-02\n\nText",
            ["No end", "", "2020-01-02", "", ""],
            "\nText",
        );
        assert_eq!(draft.warnings.len(), 1);
    }

    #[test]
    fn a_rule_is_no_front_matter() {
        let text = "---\nJust prose between rules.\n---\nMore";
        check(text, [""; 5], text);
    }

    #[test]
    fn titles_from_headings_and_names() {
        let title = |name: &str, blocks: &[(u8, &str)]| {
            let mut draft = Draft::default();
            for (level, text) in blocks {
                let kind = if *level == 0 {
                    BlockKind::Paragraph
                } else {
                    BlockKind::Heading(*level)
                };
                draft.push(kind, text);
            }
            settle_title(&mut draft, name);
            (draft.title.unwrap_or_default(), draft.about.date.unwrap_or_default())
        };
        assert_eq!(title("a/b.md", &[(0, "x"), (1, "T"), (2, "S")]).0, "T");
        assert_eq!(title("a/b.md", &[(2, "S"), (0, "x"), (2, "S2")]).0, "S");
        assert_eq!(title("a/seat-prices.md", &[(1, "A"), (0, "x"), (1, "B")]).0, "A");
        assert_eq!(title("a/seat-prices.md", &[(0, "x"), (2, "B")]).0, "Seat prices");
        assert_eq!(
            title("2021-03-05-why-price.md", &[(0, "x")]),
            ("Why price".into(), "2021-03-05".into())
        );
        assert_eq!(
            title("Why price 0123456789abcdef0123456789abcdef.md", &[(0, "x")]).0,
            "Why price"
        );
        assert_eq!(title("r0001.md", &[(0, "x")]).0, "");
    }

    #[test]
    fn toml_and_comments() {
        check(
            "+++\ntitle = \"Seats\"\ndate = 2016-10-25T00:00:00Z\nauthors = [\"Ann\", \"Bo\"]\n[extra]\ntitle = \"no\"\n+++\nText",
            ["Seats", "Ann, Bo", "2016-10-25", "", ""],
            "Text",
        );
        check(
            "title=Seats, please\ntags=a, b\ndate=2020-05-06\n~~~~~~\nText",
            ["Seats, please", "", "2020-05-06", "", ""],
            "Text",
        );
        check(
            "<!--\n.. title: Seats\n.. date: 2022-07-31 11:48:26 UTC+02:00\n-->\nText",
            ["Seats", "", "2022-07-31", "", ""],
            "\nText",
        );
    }
}
