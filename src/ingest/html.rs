//! Saved web pages: the article in them, without what stands around it.
//!
//! The page is looked over once as a stream of tags, which gives what it says of itself,
//! its depth, and a lean copy without scripts and styles. In the copy the main content is
//! found; where too little is found, or the page nests too deeply to be parsed, the whole
//! page is read.

mod about;
mod google;

use dom_smoothie::{Config, Readability};

use super::depth::Depth;
use super::flow::{self, Flow};
use super::tags::{self, Token};
use super::{Input, Parts, Reader, encoding, properties};
use crate::article::Draft;
use crate::output;
use about::PageAbout;

/// `.html` and its like.
pub(super) struct Html;

impl Reader for Html {
    fn format(&self) -> &'static str {
        "html"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["html", "htm", "xhtml", "xht", "shtml", "php"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let declared = declared_encoding(input.bytes);
        let decoded = encoding::decode(input.bytes, declared)?;
        if output::is_own(&decoded.text) {
            return Ok(Parts::default());
        }
        let mut draft = decoded.draft();
        push_page(&mut draft, &decoded.text);
        properties::settle_title(&mut draft, input.name);
        Ok(draft.into())
    }
}

/// Whether some text is a page rather than Markdown with tags in it.
pub(super) fn looks_like_page(text: &str) -> bool {
    let head = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    let head = &head[..head.floor_char_boundary(1024)];
    let lower = head.to_ascii_lowercase();
    lower.starts_with("<!doctype html")
        || lower.starts_with("<html")
        || lower.starts_with("<?xml") && lower.contains("<html")
        || lower.starts_with("<!--") && lower.contains("<html")
        || lower.starts_with("<head")
        || lower.starts_with("<body")
}

/// The encoding that a page names in its first kilobytes.
pub(super) fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(4096)];
    let at = head.windows(8).position(|w| w.eq_ignore_ascii_case(b"charset="))?;
    let value = &head[at + 8..];
    let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
    let end =
        value.iter().position(|b| !(b.is_ascii_alphanumeric() || b"-_:.".contains(b)));
    std::str::from_utf8(&value[..end.unwrap_or(value.len())]).ok()
}

/// Deeper pages are not parsed: browsers stop at this depth too.
const DEPTH: usize = 512;

/// A tag with more attributes is no tag of a page; parsing takes the square of their number.
const ATTRIBUTES: usize = 512;

/// Pages whose lean copy is longer are read as a stream: it would take seconds and hundreds
/// of megabytes to parse them.
const PARSED: usize = 16 << 20;

/// Bytes that the parser may look at to write a page's text again, some seconds' work: for
/// each sign that becomes an entity it looks through the rest of the text.
const ESCAPING: u64 = 1 << 34;

/// At most so many bytes are looked at to write a page's text again.
fn escaping(lean: &str) -> u64 {
    // 0xC2 begins the space that does not break, and with it all else up to U+00BF.
    let signs = lean.bytes().filter(|b| matches!(b, b'&' | 0xc2)).count();
    (signs as u64).saturating_mul(lean.len() as u64)
}

/// Fewer words than this are hardly an article, and the whole page is looked at.
pub(super) const FEW_WORDS: usize = 50;

/// Appends the article of a page.
pub(super) fn push_page(draft: &mut Draft, html: &str) {
    let html = without_php(html);
    let html = google::with_plain_elements(&html);
    let page = look_over(&html);
    page.about.give(draft);
    let too_deep = page.depth > DEPTH || page.attributes > ATTRIBUTES;
    let too_long = page.lean.len() > PARSED || escaping(&page.lean) > ESCAPING;
    let main = if too_deep || too_long {
        let why = if too_deep { "nested too deeply" } else { "too long" };
        draft.warnings.push(format!("{why} to find the main content: read as a whole"));
        None
    } else {
        main_content(&page.lean)
    };
    let whole = || blocks_of(&page.lean);
    let mut flow = match main.map(|main| blocks_of(&main)) {
        Some(main) if main.words() >= FEW_WORDS && main.words() * 20 >= page.words => {
            "main content".clone_into(&mut draft.reader);
            main
        }
        Some(main) => {
            let whole = whole();
            if whole.words() > main.words() {
                "whole page".clone_into(&mut draft.reader);
                if !main.is_empty() || whole.words() >= FEW_WORDS {
                    draft
                        .warnings
                        .push("little main content found: read as a whole".into());
                }
                whole
            } else {
                "main content".clone_into(&mut draft.reader);
                main
            }
        }
        None => {
            "whole page".clone_into(&mut draft.reader);
            whole()
        }
    };
    if let Some(title) = draft.title.as_deref().map(bare)
        && draft.reader == "main content"
    {
        flow.drop_title(|heading| bare(heading) == title);
    }
    flow.give(draft);
}

/// Letters and figures alone, to tell whether two titles are one.
fn bare(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn blocks_of(html: &str) -> Flow {
    let mut flow = Flow::default();
    tags::feed(html, &mut flow);
    flow.close_all();
    flow
}

/// The HTML of a page's main content.
fn main_content(lean: &str) -> Option<String> {
    let config = Config { disable_json_ld: true, ..Config::default() };
    // A page that makes the finder panic is read as a whole.
    let found = crate::guard::guarded(|| {
        Readability::new(lean, None, Some(config)).ok()?.parse().ok()
    });
    found.flatten().map(|article| article.content.to_string())
}

/// Without the code of PHP, whose pages are HTML around it; without directives of its
/// template languages.
fn without_php(html: &str) -> std::borrow::Cow<'_, str> {
    if !html.contains("<?php") && !html.contains("<?=") && !html.contains("@section(") {
        return html.into();
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<?") {
        out.push_str(&rest[..at]);
        rest = rest[at..].find("?>").map_or("", |end| &rest[at + end + 2..]);
    }
    out.push_str(rest);
    without_directives(&out).into()
}

/// Without the lines of Blade: `@section('title', 'Pricing')`, `@endif`.
fn without_directives(html: &str) -> String {
    let directive = |line: &str| {
        line.trim_start().strip_prefix('@').is_some_and(|rest| {
            let name = rest.bytes().take_while(u8::is_ascii_lowercase).count();
            name >= 2 && matches!(rest.as_bytes().get(name), None | Some(b'(' | b' '))
        })
    };
    html.lines().filter(|line| !directive(line)).collect::<Vec<_>>().join("\n")
}

/// What one look over a page tells.
struct Page {
    about: PageAbout,
    /// The page without scripts, styles, pictures' data and comments.
    lean: String,
    /// Words that a reader sees.
    words: usize,
    depth: usize,
    /// The greatest number of attributes in one tag.
    attributes: usize,
}

/// Stands for the page's title where the main content is sought: a heading of a section that
/// is much like the title would else be taken for the title and dropped.
const TITLE: &str = "0123456789abcdef0123456789abcdef";

/// Elements of which nothing is kept for finding the main content.
const DROPPED: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "iframe", "noembed", "noframes",
];

fn look_over(html: &str) -> Page {
    let mut page = Page {
        about: PageAbout::of_comments(html),
        lean: String::with_capacity(html.len() / 2),
        words: 0,
        depth: 0,
        attributes: 0,
    };
    let mut depth = Depth::default();
    let mut bytes = 0;
    let mut dropped: Option<(&str, usize)> = None;
    for token in tags::tokens(html) {
        page.about.take(token);
        // Within a dropped element only its own tags count.
        if let Some((name, open)) = &mut dropped {
            match token {
                Token::Open(tag) if tag.name.eq_ignore_ascii_case(name) => *open += 1,
                Token::Close(closed) if closed.eq_ignore_ascii_case(name) => *open -= 1,
                _ => {}
            }
            if *open == 0 {
                dropped = None;
            }
            continue;
        }
        match token {
            Token::Text(text) => {
                bytes += text.bytes().filter(|b| !b.is_ascii_whitespace()).count();
                page.lean.push_str(text);
            }
            Token::Raw(_) if page.lean.ends_with("<title>") => {
                page.lean.push_str(TITLE);
            }
            Token::Raw(text) => page.lean.push_str(text),
            Token::Close(name) => {
                depth.close(name);
                page.lean.push_str("</");
                page.lean.push_str(name);
                page.lean.push('>');
            }
            Token::Open(tag) => {
                if DROPPED.iter().any(|name| tag.name.eq_ignore_ascii_case(name)) {
                    dropped = Some((tag.name, 1));
                    continue;
                }
                if !tag.is_void() {
                    depth.open(tag.name);
                }
                page.attributes = page.attributes.max(push_tag(&mut page.lean, tag));
            }
        }
    }
    page.depth = depth.deepest();
    page.words = bytes / flow::WORD;
    page
}

/// A longer value is data, not text or a name.
const VALUE: usize = 2048;

/// Appends a tag without long values; returns how many attributes it has.
fn push_tag(lean: &mut String, tag: tags::Tag<'_>) -> usize {
    lean.push('<');
    lean.push_str(tag.name);
    let mut count = 0;
    for (name, value) in tag.attributes() {
        count += 1;
        if count > ATTRIBUTES {
            continue;
        }
        lean.push(' ');
        lean.push_str(name);
        if !value.is_empty() && value.len() <= VALUE {
            let quote = if value.contains('"') { '\'' } else { '"' };
            lean.extend(['=', quote]);
            lean.push_str(value);
            lean.push(quote);
        } else {
            lean.push_str("=\"\"");
        }
    }
    lean.push('>');
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(html: &str) -> Draft {
        let mut draft = Draft::default();
        push_page(&mut draft, html);
        draft
    }

    #[test]
    fn a_page_of_signs_that_are_entities_is_read_as_a_stream() {
        let draft = read(&format!("<p>Words.</p><p>{}</p>", "&".repeat(200_000)));
        assert!(draft.text().starts_with("Words."));
        assert!(draft.warnings[0].contains("too long"), "{:?}", draft.warnings);
        let draft = read(&format!("<p>{}</p>", "Fish &amp; chips. ".repeat(2000)));
        assert_eq!(draft.warnings, [""; 0]);
    }

    #[test]
    fn deep_pages_are_read_as_a_stream() {
        let deep = format!(
            "{}Words in the deep.{}",
            "<div>".repeat(100_000),
            "</div>".repeat(100_000)
        );
        let draft = read(&deep);
        assert_eq!(draft.text(), "Words in the deep.");
        assert_eq!(draft.reader, "whole page");
        assert!(
            draft.warnings[0].contains("nested too deeply"),
            "{:?}",
            draft.warnings
        );
        let lists = "<ul><li>item ".repeat(20_000);
        assert_eq!(read(&lists).reader, "whole page");
    }

    #[test]
    fn php_and_its_templates() {
        let draft = read(
            "<?php include 'head.php'; ?>\n@section('title', 'X')\n<p>Prices <?= $n ?> rise.</p>\n@endsection",
        );
        assert_eq!(draft.text(), "Prices rise.");
    }
}
