//! Pages as Google Docs exports them: what is bold or a title only a style sheet tells, and
//! people's comments stand at the end.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::tags::{self, Token};

/// The page with elements for what its classes mean, and without comments; a page of
/// another origin as it is.
pub(super) fn with_plain_elements(html: &str) -> Cow<'_, str> {
    let is_exported = html.contains("doc-content") && html.contains("lst-kix")
        || html.contains("class=\"c") && html.contains("id=\"h.");
    if !is_exported {
        return html.into();
    }
    let html = without_comments(html);
    let bold = bold_classes(&html);
    let has = |tag: tags::Tag<'_>, wanted: &dyn Fn(&str) -> bool| {
        tag.attribute("class").is_some_and(|c| c.split_ascii_whitespace().any(wanted))
    };
    let mut out = String::with_capacity(html.len());
    // What closes the paragraphs and spans that are open.
    let (mut paragraphs, mut spans) = (Vec::new(), Vec::new());
    for token in tags::tokens(&html) {
        match token {
            Token::Open(tag)
                if tag.name == "p" && has(tag, &|class| class == "title") =>
            {
                out.push_str("<h1>");
                paragraphs.push("</h1>");
            }
            Token::Open(tag)
                if tag.name == "span" && has(tag, &|c| bold.contains(c)) =>
            {
                out.push_str("<b>");
                spans.push("</b>");
            }
            Token::Open(tag) => {
                match tag.name {
                    "p" => paragraphs.push("</p>"),
                    "span" => spans.push("</span>"),
                    _ => {}
                }
                super::push_tag(&mut out, tag);
            }
            Token::Close("p") => out.push_str(paragraphs.pop().unwrap_or("</p>")),
            Token::Close("span") => out.push_str(spans.pop().unwrap_or("</span>")),
            Token::Close(name) => out.extend(["</", name, ">"]),
            Token::Text(text) | Token::Raw(text) => out.push_str(text),
        }
    }
    out.into()
}

/// How far before a link to a comment its element begins at most, in bytes.
const BEFORE: usize = 200;

/// A longer stretch is no comment.
const COMMENT: usize = 16 << 10;

/// Without comments and the marks that lead to them.
fn without_comments(html: &str) -> String {
    let marks = without(html, "<sup", "<a href=\"#cmnt", "</sup>");
    without(&marks, "<div", "<a href=\"#cmnt_ref", "</div>")
}

/// Without the elements that stand right around a link.
fn without(html: &str, open: &str, link: &str, close: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(link) {
        let from = rest.floor_char_boundary(at.saturating_sub(BEFORE));
        let start = rest[from..at].rfind(open).map(|start| from + start);
        let behind = &rest[at..rest.floor_char_boundary(at + COMMENT)];
        let end = behind.find(close).map(|end| at + end + close.len());
        let (kept, next) = match (start, end) {
            (Some(start), Some(end)) => (start, end),
            _ => (at + link.len(), at + link.len()),
        };
        out.push_str(&rest[..kept]);
        rest = &rest[next..];
    }
    out.push_str(rest);
    out
}

/// The classes by which a page's style sheet makes text bold.
fn bold_classes(html: &str) -> BTreeSet<String> {
    let sheets = tags::tokens(html).filter_map(|token| match token {
        Token::Raw(text) if text.contains("font-weight:700") => Some(text),
        _ => None,
    });
    let rules = sheets.flat_map(|sheet| sheet.split('}'));
    rules
        .filter_map(|rule| {
            let (class, style) = rule.trim().strip_prefix('.')?.split_once('{')?;
            style.contains("font-weight:700").then(|| class.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_comments() {
        assert_eq!(
            with_plain_elements(
                "<style>.c1{font-weight:700}.c2{color:red}</style><body class=\"c9\">\
                 <p class=\"c4 title\" id=\"h.x\"><span class=\"c2\">T</span></p>\
                 <p class=\"c4\"><span class=\"c1\">B</span><sup><a href=\"#cmnt1\">[a]</a></sup></p>\
                 <div class=\"c12\"><p class=\"c4\"><a href=\"#cmnt_ref1\" id=\"cmnt1\">[a]</a>\
                 <span>Is it so?</span></p></div></body>"
            ),
            "<style>.c1{font-weight:700}.c2{color:red}</style><body class=\"c9\">\
             <h1><span class=\"c2\">T</span></h1><p class=\"c4\"><b>B</b></p></body>"
        );
        assert_eq!(with_plain_elements("<p class=title>T</p>"), "<p class=title>T</p>");
    }
}
