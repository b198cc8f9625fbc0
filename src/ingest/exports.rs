//! What reading apps and feeds export: JSON, JSON lines and CSV with articles or highlights
//! in them.
//!
//! No app's form is known by name: a record is an article when it has a title or an
//! address, and text under one of the usual keys. A file without such records holds no
//! article, which is no error: most JSON and CSV is other data. Records that carry labels
//! are data about passages, our own exports among them, and no articles.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::flow::Flow;
use super::properties::{self, Properties};
use super::{Input, Parts, Reader, encoding, html, markdown, tags, text};
use crate::article::{BlockKind, Draft};

/// `.json`.
pub(super) struct Json;

impl Reader for Json {
    fn format(&self) -> &'static str {
        "json"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let Ok(decoded) = encoding::decode(input.bytes, None) else {
            return Ok(Parts::default());
        };
        let mut articles = Articles::default();
        let mut json = serde_json::Deserializer::from_str(&decoded.text);
        let read = Records(&mut articles).deserialize(&mut json);
        if let Err(error) = read
            && !articles.parts.drafts.is_empty()
        {
            articles
                .parts
                .failed
                .push((String::new(), format!("broken JSON: {error}")));
        }
        Ok(articles.finish(decoded.encoding))
    }
}

/// `.jsonl`: a record a line.
pub(super) struct JsonLines;

impl Reader for JsonLines {
    fn format(&self) -> &'static str {
        "jsonl"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["jsonl", "ndjson"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let decoded = encoding::decode(input.bytes, None)?;
        let mut articles = Articles::default();
        for (line, number) in decoded.text.lines().zip(1..) {
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str(line) {
                Ok(Value::Object(record)) => articles.take(&record),
                Ok(_) => {}
                Err(error) => {
                    let reason = format!("not JSON: {error}");
                    articles.parts.failed.push((format!("line {number}"), reason));
                }
            }
        }
        Ok(articles.finish(decoded.encoding))
    }
}

/// `.csv`: a record a row, with the columns named in the first.
pub(super) struct Csv;

impl Reader for Csv {
    fn format(&self) -> &'static str {
        "csv"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let Ok(decoded) = encoding::decode(input.bytes, None) else {
            return Ok(Parts::default());
        };
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(decoded.text.as_bytes());
        let Ok(columns) = rows.headers().cloned() else { return Ok(Parts::default()) };
        let mut articles = Articles::default();
        for row in rows.records() {
            let Ok(row) = row else {
                articles.parts.failed.push((String::new(), "broken CSV".to_owned()));
                break;
            };
            let fields = columns.iter().zip(&row);
            let record: Map<String, Value> = fields
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
                .collect();
            if columns.iter().any(|name| name == "label") {
                break;
            }
            articles.take(&record);
        }
        // Broken rows matter only in a file of articles.
        if articles.parts.drafts.is_empty() {
            return Ok(Parts::default());
        }
        Ok(articles.finish(decoded.encoding))
    }
}

/// Keys of the text of an article, the fullest first.
const TEXT: &[&str] = &[
    "content_html",
    "contenthtml",
    "html",
    "html_content",
    "content",
    "fulltext",
    "full_text",
    "body",
    "markdown",
    "content_text",
    "text",
    "article_text",
    "description_html",
];

/// Keys of a highlight, where each record is one of an article's many.
const HIGHLIGHT: &[&str] = &["highlight", "selection", "quote"];

/// The articles found so far.
#[derive(Default)]
pub(super) struct Articles {
    parts: Parts,
    /// The names that are taken, each with how often it was wanted.
    names: BTreeMap<String, u32>,
    /// Where the article of some highlights is, by title, author and address.
    highlighted: BTreeMap<[Option<String>; 3], usize>,
}

impl Articles {
    /// Takes the article that a record is, if it is one.
    fn take(&mut self, record: &Map<String, Value>) {
        let get = |key: &str| {
            let found = record.iter().find(|(k, _)| normal(k) == key);
            found.map(|(_, value)| value)
        };
        let schema = get("schema").and_then(Value::as_str).unwrap_or_default();
        if record.contains_key("label") || schema.starts_with("delineate.") {
            return;
        }
        let mut draft = Draft::default();
        let mut found = Properties::default();
        for (key, value) in record {
            found.take(key, value);
        }
        found.give(&mut draft);
        let has_name = draft.title.is_some() || draft.about.url.is_some();
        let has_passages = matches!(get("passages"), Some(Value::Array(_)));
        if !(has_name || has_passages || get("id").is_some()) {
            return;
        }
        if let Some(highlight) = HIGHLIGHT.iter().find_map(|k| get(k)?.as_str()) {
            self.take_highlight(draft, highlight);
            return;
        }
        if let Some(Value::Array(passages)) = get("passages") {
            push_passages(&mut draft, passages);
        } else if let Some(text) = TEXT.iter().find_map(|k| get(k)?.as_str()) {
            push_any(&mut draft, text);
        } else if let Some(Value::Array(highlights)) = get("highlights") {
            for highlight in highlights {
                let text = ["text", "quote", "highlight"]
                    .iter()
                    .find_map(|k| highlight.get(k)?.as_str())
                    .or(highlight.as_str());
                draft.push(BlockKind::Paragraph, text.unwrap_or_default());
            }
        }
        if draft.blocks().is_empty() {
            return;
        }
        let id = ["id", "slug", "guid"].iter().find_map(|k| get(k));
        let id = id.and_then(|v| {
            v.as_str().map(str::to_owned).or(v.as_u64().map(|n| n.to_string()))
        });
        let number = self.parts.drafts.len() + 1;
        let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| number.to_string());
        self.add(&id, draft);
    }

    fn add(&mut self, id: &str, mut draft: Draft) {
        let mut name = id.to_owned();
        // Two records of one name are still two articles.
        while self.names.contains_key(&name) {
            let wanted = self.names.entry(id.to_owned()).or_insert(1);
            *wanted += 1;
            name = format!("{id}'{wanted}");
        }
        self.names.insert(name.clone(), 1);
        draft.part = Some(name);
        self.parts.drafts.push(draft);
    }

    /// Takes a highlight: those of one article, wherever they stand, are its passages.
    pub(super) fn take_highlight(&mut self, mut draft: Draft, text: &str) {
        let about = &draft.about;
        let article = [draft.title.clone(), about.author.clone(), about.url.clone()];
        if let Some(at) = self.highlighted.get(&article) {
            self.parts.drafts[*at].push(BlockKind::Paragraph, text);
            return;
        }
        draft.push(BlockKind::Paragraph, text);
        if !draft.blocks().is_empty() {
            let [title, _, url] = &article;
            let id = title.clone().or_else(|| url.clone()).unwrap_or_default();
            self.highlighted.insert(article, self.parts.drafts.len());
            self.add(&id, draft);
        }
    }

    pub(super) fn finish(mut self, encoding: &str) -> Parts {
        for draft in &mut self.parts.drafts {
            encoding.clone_into(&mut draft.encoding);
        }
        self.parts
    }
}

fn normal(key: &str) -> String {
    key.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Appends passages that are given, each under its section.
fn push_passages(draft: &mut Draft, passages: &[Value]) {
    for passage in passages {
        let text = passage.get("text").and_then(Value::as_str).unwrap_or_default();
        let section =
            passage.get("section").and_then(Value::as_str).unwrap_or_default();
        let section = section.split(" > ").filter(|s| !s.is_empty()).map(str::to_owned);
        draft.push(BlockKind::Given(section.collect()), text);
    }
}

/// Appends a text of whatever notation it looks like.
fn push_any(draft: &mut Draft, text: &str) {
    if html::looks_like_page(text) {
        html::push_page(draft, text);
    } else if is_html(text) {
        let mut flow = Flow::default();
        tags::feed(text, &mut flow);
        flow.give(draft);
    } else if text::is_markdown(text) {
        markdown::push_markdown(draft, text);
    } else {
        text::push_text(draft, text);
    }
    if draft.title.is_none() {
        properties::settle_title(draft, "");
    }
}

/// Whether a text is a stretch of HTML.
fn is_html(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(4096)];
    ["</p>", "<p>", "<br", "</div>", "</li>", "</h1>", "</h2>", "</h3>"]
        .iter()
        .any(|tag| head.contains(tag))
}

/// Keys of the list of records in a file that is one object.
const LISTS: &[&str] =
    &["items", "articles", "documents", "results", "entries", "data", "posts", "list"];

/// Goes through the records of a JSON file one by one, so that no more than one of them is
/// in memory beside the file: a list of them, or an object with such a list, or one record.
struct Records<'a>(&'a mut Articles);

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<Value>()? {
            if let Value::Object(record) = value {
                self.0.take(&record);
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut record = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if LISTS.contains(&&*key) {
                map.next_value_seed(Records(&mut *self.0))?;
            } else {
                record.insert(key, map.next_value()?);
            }
        }
        self.0.take(&record);
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
