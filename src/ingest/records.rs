//! Article records: one JSON object a line, whole or already split into passages.

use serde::Deserialize;

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

/// The article of one record. Its name is the record's id. Passages that are given stay as
/// they are, one answer for each.
///
/// # Errors
/// What is wrong with the record, in words for the user.
pub fn article_of_record(line: &[u8]) -> Result<Article, String> {
    let record: ArticleRecord = serde_json::from_slice(line)
        .map_err(|e| format!("not an article record: {e}"))?;
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
