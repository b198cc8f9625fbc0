//! What a page says of itself: JSON-LD, OpenGraph, other `meta` elements, its byline.

use serde_json::Value;

use super::super::date::date;
use super::super::depth::packed;
use super::super::properties::{is_address, is_language};
use super::super::tags::{Tag, Token, decode_entities};
use crate::article::Draft;

/// What has been found so far, the surest of each.
#[derive(Debug, Default)]
pub(super) struct PageAbout {
    title: Best,
    author: Best,
    date: Best,
    url: Best,
    language: Best,
    site: Option<String>,
    headings: Vec<String>,
    capture: Option<Capture>,
}

/// A value and how sure it is: the greater rank wins, of equals the first.
#[derive(Debug, Default)]
struct Best(Option<(u8, String)>);

impl Best {
    fn offer(&mut self, rank: u8, value: &str) {
        let value = value.trim();
        if !value.is_empty() && self.0.as_ref().is_none_or(|(found, _)| rank > *found) {
            self.0 = Some((rank, value.to_owned()));
        }
    }

    fn take(self) -> Option<String> {
        self.0.map(|(_, value)| value)
    }
}

/// An element whose text is wanted.
#[derive(Debug)]
struct Capture {
    what: Wanted,
    name: u64,
    depth: usize,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Title,
    Heading,
    Byline,
    Day,
    JsonLd,
}

/// No title, name or day is longer.
const LONGEST: usize = 300;

/// Longer data is not read for what it says of the page.
const JSON: usize = 1 << 20;

impl PageAbout {
    /// What the comments say that browsers put into the pages they save.
    pub(super) fn of_comments(html: &str) -> Self {
        let mut about = Self::default();
        let head = &html[..html.floor_char_boundary(2048)];
        let marked = head
            .split_once("saved from url=(")
            .and_then(|(_, rest)| Some(rest.split_once(')')?.1))
            .or_else(|| {
                head.split_once("Page saved with SingleFile")
                    .and_then(|(_, rest)| Some(rest.split_once("url:")?.1))
            });
        if let Some(rest) = marked {
            let url = rest.split_whitespace().next().unwrap_or_default();
            if is_address(url) {
                about.url.offer(1, url);
            }
        }
        about
    }

    /// Takes what a piece of the page says of it.
    pub(super) fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(name) => self.close(name),
            Token::Text(text) => self.text(&decode_entities(text)),
            Token::Raw(text) => match self.capture.take() {
                Some(capture) if capture.what == Wanted::JsonLd => {
                    if text.len() <= JSON
                        && let Ok(value) = serde_json::from_str(text.trim())
                    {
                        self.json_ld(&value);
                    }
                }
                capture => {
                    self.capture = capture;
                    self.text(&decode_entities(text));
                }
            },
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(capture) = &mut self.capture {
            capture.text.push_str(text);
            // So long a text is no byline, or the element was never closed.
            if capture.text.len() > 4 * LONGEST {
                self.capture = None;
            }
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        if let Some(capture) = &mut self.capture {
            capture.depth += usize::from(packed(tag.name) == capture.name);
        }
        let attribute = |name: &str| tag.attribute(name).unwrap_or_default();
        let what = match &*tag.name.to_ascii_lowercase() {
            "meta" => return self.meta(&tag),
            "link" => {
                if attribute("rel").eq_ignore_ascii_case("canonical")
                    && is_address(&attribute("href"))
                {
                    self.url.offer(3, &attribute("href"));
                }
                return;
            }
            "html" => {
                for name in ["lang", "xml:lang"] {
                    self.language(2, &attribute(name));
                }
                return;
            }
            "title" => Wanted::Title,
            "h1" => Wanted::Heading,
            "script"
                if attribute("type").eq_ignore_ascii_case("application/ld+json") =>
            {
                Wanted::JsonLd
            }
            "time" => {
                let rank = if attribute("pubdate").is_empty()
                    && !attribute("itemprop").contains("Published")
                {
                    2
                } else {
                    4
                };
                self.day(rank, &attribute("datetime"));
                Wanted::Day
            }
            _ => match self.marked(&tag) {
                Some(what) => what,
                None => return,
            },
        };
        if !tag.is_void() && self.capture.is_none() {
            let name = packed(tag.name);
            self.capture = Some(Capture { what, name, depth: 1, text: String::new() });
        }
    }

    /// Whether an element's attributes say that it holds the byline or the day.
    fn marked(&mut self, tag: &Tag<'_>) -> Option<Wanted> {
        let mut found = None;
        for (name, value) in tag.attributes() {
            match name {
                "itemprop" if value == "datePublished" => {
                    self.day(
                        4,
                        &tag.attribute("content")
                            .or(tag.attribute("datetime"))
                            .unwrap_or_default(),
                    );
                    found = Some(Wanted::Day);
                }
                "itemprop" | "rel" if value == "author" => found = Some(Wanted::Byline),
                "class" | "id" => {
                    let named = |names: &[&str]| {
                        value.split_ascii_whitespace().any(|class| {
                            names.iter().any(|name| class.eq_ignore_ascii_case(name))
                        })
                    };
                    if named(&[
                        "byline",
                        "author",
                        "author-name",
                        "post-author",
                        "entry-author",
                        "article-author",
                        "p-author",
                        "reader-credits",
                    ]) {
                        found = Some(Wanted::Byline);
                    } else if named(&[
                        "published",
                        "entry-date",
                        "post-date",
                        "pubdate",
                        "date-published",
                        "dt-published",
                        "article-date",
                        "publish-date",
                    ]) {
                        found = found.or(Some(Wanted::Day));
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn close(&mut self, name: &str) {
        let Some(capture) = &mut self.capture else { return };
        if packed(name) != capture.name {
            return;
        }
        capture.depth -= 1;
        if capture.depth > 0 {
            return;
        }
        let Some(Capture { what, text, .. }) = self.capture.take() else { return };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match what {
            _ if text.len() > LONGEST => {}
            Wanted::Title => self.title.offer(1, &text),
            Wanted::Heading => self.headings.push(text),
            Wanted::Byline => self.byline(1, &text),
            Wanted::Day => self.day(1, &text),
            Wanted::JsonLd => {}
        }
    }

    fn meta(&mut self, tag: &Tag<'_>) {
        let attribute = |name: &str| tag.attribute(name).unwrap_or_default();
        let content = attribute("content");
        for name in ["property", "name", "itemprop"] {
            match &*attribute(name).to_ascii_lowercase() {
                "og:title" => self.title.offer(3, &content),
                "twitter:title" | "dc.title" => self.title.offer(2, &content),
                "og:site_name" => self.site = Some(content.trim().to_owned()),
                "og:url" if is_address(&content) => self.url.offer(2, &content),
                "og:locale" | "content-language" => self.language(1, &content),
                "author" | "article:author" | "dc.creator" | "sailthru.author"
                | "parsely-author" | "og:article:author" => self.byline(3, &content),
                "article:published_time"
                | "datepublished"
                | "og:article:published_time" => {
                    self.day(5, &content);
                }
                "date"
                | "dc.date"
                | "dc.date.issued"
                | "publish-date"
                | "publish_date"
                | "pubdate"
                | "parsely-pub-date"
                | "sailthru.date"
                | "publication_date"
                | "article_date_original"
                | "article.published"
                | "citation_publication_date" => {
                    self.day(3, &content);
                }
                _ => {}
            }
        }
    }

    fn json_ld(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.json_ld(value)),
            Value::Object(fields) => {
                if let Some(graph) = fields.get("@graph") {
                    self.json_ld(graph);
                }
                let types = match fields.get("@type") {
                    Some(Value::String(one)) => one.clone(),
                    Some(Value::Array(many)) => many
                        .iter()
                        .filter_map(Value::as_str)
                        .collect::<Vec<_>>()
                        .join(" "),
                    _ => return,
                };
                if !["Article", "Posting", "Report"].iter().any(|t| types.contains(t)) {
                    return;
                }
                let text = |name: &str| {
                    fields.get(name).and_then(Value::as_str).unwrap_or_default()
                };
                self.title.offer(4, &decode_entities(text("headline")));
                self.day(6, text("datePublished"));
                self.language(3, text("inLanguage"));
                if let Some(author) = fields.get("author").and_then(names) {
                    self.byline(4, &author);
                }
                let url = if text("url").is_empty() {
                    text("mainEntityOfPage")
                } else {
                    text("url")
                };
                if is_address(url) {
                    self.url.offer(1, url);
                }
            }
            _ => {}
        }
    }

    fn day(&mut self, rank: u8, text: &str) {
        if let Some(day) = date(text) {
            // A day that is only part of one is worth less than any whole one.
            self.date.offer(if day.len() == 10 { rank + 10 } else { rank }, &day);
        }
    }

    fn language(&mut self, rank: u8, text: &str) {
        if is_language(text) {
            self.language.offer(rank, &text.replace('_', "-"));
        }
    }

    fn byline(&mut self, rank: u8, text: &str) {
        let text = text.trim();
        let text = ["By ", "by ", "BY ", "Written by ", "Posted by "]
            .iter()
            .find_map(|by| text.strip_prefix(by))
            .unwrap_or(text);
        let text = text.split(['|', '•', '·']).next().unwrap_or(text).trim();
        let words = text.split_whitespace().count();
        let name = (1..=12).contains(&words)
            && !text.contains("://")
            && !text.starts_with('@')
            && text.chars().filter(char::is_ascii_digit).count() <= 2;
        if name {
            self.author.offer(rank, text);
        }
    }

    /// Fills in what the draft does not know yet.
    pub(super) fn give(self, draft: &mut Draft) {
        let title = self.title.take().map(|title| {
            clean_title(&title, self.site.as_deref(), &self.headings).to_owned()
        });
        let title = title.or_else(|| match &*self.headings {
            [only] => Some(only.clone()),
            _ => None,
        });
        let about = &mut draft.about;
        let found = [
            title,
            self.author.take(),
            self.date.take(),
            self.url.take(),
            self.language.take(),
        ];
        let slots = [
            &mut draft.title,
            &mut about.author,
            &mut about.date,
            &mut about.url,
            &mut about.language,
        ];
        for (slot, found) in slots.into_iter().zip(found) {
            if slot.is_none() {
                *slot = found;
            }
        }
    }
}

/// The names of one author or several.
fn names(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(decode_entities(name).into_owned()),
        Value::Object(fields) => names(fields.get("name")?),
        Value::Array(values) => {
            let names: Vec<String> = values.iter().filter_map(names).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        _ => None,
    }
}

/// A title without the name of the site behind or before it.
fn clean_title<'t>(title: &'t str, site: Option<&str>, headings: &[String]) -> &'t str {
    const BETWEEN: &[&str] =
        &[" | ", " - ", " – ", " — ", " » ", " :: ", " · ", " • ", " < "];
    for between in BETWEEN {
        let Some((front, back)) = title.rsplit_once(between) else { continue };
        let is_site = |part: &str| {
            site.is_some_and(|site| site.eq_ignore_ascii_case(part.trim()))
        };
        let is_heading =
            |part: &str| headings.iter().any(|h| h.eq_ignore_ascii_case(part.trim()));
        if is_site(back) || is_heading(front) {
            return front.trim();
        }
        if let Some((front, back)) = title.split_once(between)
            && (is_site(front) || is_heading(back))
        {
            return back.trim();
        }
    }
    title
}
