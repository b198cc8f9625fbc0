//! Highlights as e-readers and reading apps write them into text files: Kindle's clippings,
//! Readwise's Markdown. Each highlight is a paragraph of its own; what the reader added,
//! tags and notes, is no part of the article.

use std::borrow::Cow;

use super::Parts;
use super::encoding::Decoded;
use super::exports::Articles;
use super::properties::Properties;
use crate::article::Draft;

/// The line between two clippings of an e-reader.
const BORDER: &str = "==========";

/// The books of an e-reader's clippings, if a text is such a file: entries between borders,
/// each a title with the author in parentheses, a line `- Your Highlight on page 12`, a
/// blank line, and the words.
pub(super) fn of_reader(decoded: &Decoded<'_>) -> Option<Parts> {
    if !decoded.text.contains(BORDER) {
        return None;
    }
    let mut articles = Articles::default();
    for entry in decoded.text.split(BORDER).map(trim).filter(|e| !e.is_empty()) {
        let (title, rest) = entry.split_once('\n')?;
        let (about, words) = rest.split_once('\n').unwrap_or((rest, ""));
        if !about.starts_with("- ") {
            return None;
        }
        // Bookmarks have no words.
        if about.contains("Note") || words.trim().is_empty() {
            continue;
        }
        let title = title.trim();
        let (title, author) =
            match title.strip_suffix(')').and_then(|t| t.rsplit_once('(')) {
                Some((title, author)) => (title.trim(), Some(author.to_owned())),
                None => (title, None),
            };
        let mut draft = Draft { title: Some(title.to_owned()), ..Draft::default() };
        draft.about.author = author;
        articles.take_highlight(draft, words);
    }
    Some(articles.finish(decoded.encoding))
}

/// Kindle puts a byte order mark before each entry.
fn trim(entry: &str) -> &str {
    entry.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace())
}

/// A page of highlights as Readwise writes it, with the properties taken and each highlight
/// a paragraph; any other text as it is.
pub(super) fn of_app<'t>(text: &'t str, draft: &mut Draft) -> Cow<'t, str> {
    let found = text.split_once("## Metadata\n").filter(|(head, _)| {
        // Above it stand the title and a picture of the cover.
        head.lines().count() <= 8
    });
    let Some((_, rest)) = found.filter(|(_, rest)| rest.contains("\n## Highlights"))
    else {
        return text.into();
    };
    let mut properties = Properties::default();
    let end = rest.find("\n## ").unwrap_or(rest.len());
    let pairs = rest[..end].lines().filter_map(|line| line.strip_prefix("- "));
    properties.take_lines(pairs);
    properties.give(draft);
    let mut out = String::with_capacity(rest.len());
    for line in rest[end..].lines().filter(|line| !line.starts_with("## ")) {
        let added = line.trim_start().strip_prefix("- ");
        if line.starts_with([' ', '\t'])
            && added.is_some_and(|a| a.starts_with("Tags:") || a.starts_with("Note:"))
        {
            continue;
        }
        let line = line.strip_prefix("- ").map_or(Cow::Borrowed(line), |highlight| {
            out.push('\n');
            without_place(highlight).into()
        });
        out.push_str(&line);
        out.push('\n');
    }
    out.into()
}

/// A highlight without the link at its end that leads to its place.
fn without_place(highlight: &str) -> &str {
    let at = ["([View Highlight](", "([Location ", "([Page "]
        .iter()
        .filter_map(|link| highlight.rfind(link))
        .max();
    match at {
        Some(at) if highlight.trim_end().ends_with("))") => highlight[..at].trim_end(),
        _ => highlight,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clippings_of_an_e_reader() {
        let text = "On Prices (Bo Sample)\r\n- Your Highlight on page 2 | Added on Monday\r\n\r\n\
                    A price is a sentence.\r\n==========\r\n\
                    On Prices (Bo Sample)\r\n- Your Note on page 2 | Added on Monday\r\n\r\n\
                    ask Cy\r\n==========\r\n\
                    On Teams\r\n- Ihre Markierung auf Seite 7\r\n\r\nTeams buy late.\r\n==========\r\n";
        let decoded = super::super::encoding::decode(text.as_bytes(), None).unwrap();
        let drafts = of_reader(&decoded).unwrap().drafts;
        let found: Vec<_> = drafts
            .iter()
            .map(|d| (d.title.as_deref(), d.about.author.as_deref(), d.text()))
            .collect();
        assert_eq!(
            found,
            [
                (Some("On Prices"), Some("Bo Sample"), "A price is a sentence."),
                (Some("On Teams"), None, "Teams buy late."),
            ]
        );
        let text = "A text\n==========\nwith a rule in it.";
        let decoded = super::super::encoding::decode(text.as_bytes(), None).unwrap();
        assert!(of_reader(&decoded).is_none());
    }

    #[test]
    fn a_page_of_a_reading_app() {
        let mut draft = Draft::default();
        let text = of_app(
            "# On Prices\n\n![cover](x.png)\n\n## Metadata\n- Author: [[Bo Sample]]\n\
             - Full Title: On Prices and Value\n- Category: #articles\n\n## Highlights\n\
             - A price is a sentence. ([View Highlight](https://x.example/1))\n    - Tags: [[a]]\n\
             - So is a discount. ([Location 12](https://x.example/2))\n",
            &mut draft,
        );
        let lines: Vec<&str> = text.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(lines, ["A price is a sentence.", "So is a discount."]);
        assert_eq!(draft.title.as_deref(), Some("On Prices and Value"));
        assert_eq!(draft.about.author.as_deref(), Some("Bo Sample"));
    }
}
