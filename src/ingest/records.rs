//! Article records: one JSON object a line, whole or already split into passages.

use serde::Deserialize;
use serde_json::Value;

use crate::article::{About, Article, BlockKind, Draft};

/// `{"id","title","text"}` or `{"id","title","passages":[{"section","text"}]}`.
#[derive(Deserialize)]
struct ArticleRecord {
    id: String,
    #[serde(default)]
    title: String,
    author: Option<String>,
    date: Option<String>,
    url: Option<String>,
    language: Option<String>,
    text: Option<String>,
    passages: Option<Vec<PassageRecord>>,
}

#[derive(Deserialize)]
struct PassageRecord {
    #[serde(default)]
    section: String,
    text: String,
}

/// What is wrong with a line that is no record, in words for the user.
fn wrong(line: &[u8], error: &serde_json::Error) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        let text = String::from_utf8_lossy(line);
        let what = if error.is_eof() { "it ends too early" } else { "it is no JSON" };
        return format!(
            "{what}, at character {} of {}",
            error.column(),
            text.chars().count()
        );
    };
    let Value::Object(record) = value else {
        return format!("an object `{{…}}` is expected, and it is {}", kind(&value));
    };
    if !record.contains_key("id") {
        return "it has no `id`".to_owned();
    }
    for name in ["id", "title", "author", "date", "url", "language", "text"] {
        match record.get(name) {
            None | Some(Value::String(_)) => {}
            Some(Value::Null) if !matches!(name, "id" | "title") => {}
            Some(other) => {
                return format!("`{name}` has to be text, and is {}", kind(other));
            }
        }
    }
    match record.get("passages") {
        Some(Value::Array(passages)) => {
            let is_text = |value: Option<&Value>| value.is_some_and(Value::is_string);
            let wrong = passages.iter().position(|passage| {
                !is_text(passage.get("text"))
                    || passage.get("section").is_some_and(|s| !s.is_string())
            });
            match wrong {
                Some(at) => format!(
                    "passage {} has to be `{{\"text\":\"…\"}}`, with or without a `section` \
                     of text",
                    at + 1
                ),
                None => error.to_string(),
            }
        }
        Some(other) => format!("`passages` has to be a list, and is {}", kind(other)),
        None => error.to_string(),
    }
}

/// What a value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The article of one record. Its name is the record's id. Passages that are given stay as
/// they are, one answer for each.
///
/// # Errors
/// What is wrong with the record, in words for the user.
pub fn article_of_record(line: &[u8]) -> Result<Article, String> {
    let record: ArticleRecord = serde_json::from_slice(line)
        .map_err(|e| format!("not an article record: {}", wrong(line, &e)))?;
    let mut draft = Draft {
        title: Some(record.title),
        about: About {
            author: record.author,
            date: record.date,
            url: record.url,
            language: record.language,
        },
        ..Draft::default()
    };
    match (record.passages, record.text) {
        (Some(passages), _) => {
            for passage in passages {
                let section = passage.section.split(" > ").filter(|s| !s.is_empty());
                let section = section.map(str::to_owned).collect();
                draft.push(BlockKind::Given(section), &passage.text);
            }
        }
        (None, Some(text)) => super::text::push_text(&mut draft, &text),
        (None, None) => {
            return Err("not an article record: neither `text` nor `passages`".into());
        }
    }
    let hash = blake3::hash(line).to_hex();
    let mut article = draft.finish(&record.id, "jsonl", &hash[..32]);
    super::language::note(&mut article);
    Ok(article)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let said = article_of_record(line.as_bytes()).unwrap_err();
        assert_eq!(said, format!("not an article record: {expected}"));
    }

    #[test]
    fn what_is_wrong_is_told_in_plain_words() {
        check("not json", "it is no JSON, at character 2 of 8");
        check(r#"{"id":"a","text":"x"#, "it ends too early, at character 19 of 19");
        check("[1]", "an object `{…}` is expected, and it is a list");
        check(r#"{"text":"x"}"#, "it has no `id`");
        check(r#"{"id":5,"text":"x"}"#, "`id` has to be text, and is a number");
        check(r#"{"id":"a","text":["x"]}"#, "`text` has to be text, and is a list");
        check(
            r#"{"id":"a","passages":"x"}"#,
            "`passages` has to be a list, and is text",
        );
        check(
            r#"{"id":"a","passages":[{"text":"x"},{"section":"y"}]}"#,
            "passage 2 has to be `{\"text\":\"…\"}`, with or without a `section` of text",
        );
        check(r#"{"id":"a"}"#, "neither `text` nor `passages`");
    }
}
