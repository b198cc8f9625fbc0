//! HTML as a stream of tags: no tree, no recursion, time in proportion to length.
//!
//! Reads the HTML within Markdown, pages that are too deeply nested to be parsed, and looks
//! pages over before they are parsed.

use std::borrow::Cow;

use super::flow::{Element, Flow};

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'s> {
    Text(&'s str),
    Open(Tag<'s>),
    Close(&'s str),
    /// The content of an element that holds no HTML, such as `<script>`; its tag came
    /// before, its closing tag comes next.
    Raw(&'s str),
}

/// An opening tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'s> {
    pub(super) name: &'s str,
    attributes: &'s str,
}

/// The pieces of some HTML; comments and declarations are left out.
pub(super) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html, raw: None }
}

#[derive(Clone, Debug)]
pub(super) struct Tokens<'s> {
    rest: &'s str,
    raw: Option<&'s str>,
}

impl<'s> Iterator for Tokens<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        if let Some(name) = self.raw.take() {
            let end = closing(self.rest, name).unwrap_or(self.rest.len());
            if end > 0 {
                return Some(Token::Raw(self.cut(end)));
            }
        }
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let Some(at) = self.rest.find('<') else {
                return Some(Token::Text(self.cut(self.rest.len())));
            };
            if at > 0 {
                return Some(Token::Text(self.cut(at)));
            }
            let after = &self.rest[1..];
            if after.starts_with("!--") {
                let length = self.rest[4..].find("-->").map(|n| n + 7);
                self.cut(length.unwrap_or(self.rest.len()));
            } else if after.starts_with(['!', '?']) {
                let length = self.rest.find('>').map(|n| n + 1);
                self.cut(length.unwrap_or(self.rest.len()));
            } else if let Some(token) = self.tag() {
                return Some(token);
            } else {
                // A `<` that begins no tag. Text goes on to the next one.
                let next = after.find('<').map_or(self.rest.len(), |n| n + 1);
                return Some(Token::Text(self.cut(next)));
            }
        }
    }
}

impl<'s> Tokens<'s> {
    fn cut(&mut self, at: usize) -> &'s str {
        let (head, rest) = self.rest.split_at(at);
        self.rest = rest;
        head
    }

    /// The tag at the start of the rest.
    fn tag(&mut self) -> Option<Token<'s>> {
        let inner = &self.rest[1..];
        let (closes, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let Some(end) = tag_end(inner) else {
            // The page breaks off within a tag, and browsers drop it.
            self.rest = "";
            return Some(Token::Text(""));
        };
        let body = &inner[..end];
        self.rest = &inner[end + 1..];
        let name = body.find(|c: char| c.is_ascii_whitespace() || c == '/');
        let (name, attributes) = body.split_at(name.unwrap_or(body.len()));
        if closes {
            return Some(Token::Close(name));
        }
        if RAW.iter().any(|raw| name.eq_ignore_ascii_case(raw))
            && !attributes.ends_with('/')
        {
            self.raw = Some(name);
        }
        Some(Token::Open(Tag { name, attributes }))
    }
}

/// Elements whose content is not HTML.
const RAW: &[&str] =
    &["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"];

/// Elements that hold nothing and have no closing tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
    "param", "source", "track", "wbr",
];

/// Where a tag's `>` stands; one in quotes does not count.
fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = 0;
    for (at, byte) in inner.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            // A quote begins only a value.
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(q), _) if q == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

/// Where the closing tag of a raw element begins.
fn closing(html: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = html[from..].find("</") {
        let start = from + at + 2;
        let found = html.as_bytes().get(start..start + name.len());
        if found.is_some_and(|f| f.eq_ignore_ascii_case(name.as_bytes())) {
            return Some(start - 2);
        }
        from = start;
    }
    None
}

impl<'s> Tag<'s> {
    /// An attribute's value, entities decoded; empty where it has none.
    pub(super) fn attribute(&self, wanted: &str) -> Option<Cow<'s, str>> {
        self.attributes()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| decode_entities(value))
    }

    /// Attributes with their values as written.
    pub(super) fn attributes(&self) -> Attributes<'s> {
        Attributes(self.attributes)
    }

    /// Whether nothing can stand in it.
    pub(super) fn is_void(&self) -> bool {
        VOID.iter().any(|void| self.name.eq_ignore_ascii_case(void))
    }
}

/// The attributes of a tag.
#[derive(Clone, Debug)]
pub(super) struct Attributes<'s>(&'s str);

impl<'s> Iterator for Attributes<'s> {
    type Item = (&'s str, &'s str);

    fn next(&mut self) -> Option<Self::Item> {
        let text =
            self.0.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if text.is_empty() {
            return None;
        }
        // A name may begin with `=`, so that each step gets on.
        let ends =
            |(_, c): &(usize, char)| c.is_ascii_whitespace() || matches!(c, '=' | '/');
        let end =
            text.char_indices().skip(1).find(ends).map_or(text.len(), |(at, _)| at);
        let (name, rest) = text.split_at(end);
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            self.0 = rest;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let (value, rest) = if let Some(quote @ ('"' | '\'')) = value.chars().next() {
            let inner = &value[1..];
            match inner.find(quote) {
                Some(end) => (&inner[..end], &inner[end + 1..]),
                None => (inner, ""),
            }
        } else {
            let end = value.find(|c: char| c.is_ascii_whitespace());
            value.split_at(end.unwrap_or(value.len()))
        };
        self.0 = rest;
        Some((name, value))
    }
}

/// What an element is to the flow of text; `None` where it is nothing.
pub(super) fn element(name: &str) -> Option<Element> {
    use Element as E;
    let mut lower = [0; 10];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"p" | b"div" | b"section" | b"article" | b"main" | b"header" | b"footer"
        | b"aside" | b"address" | b"center" | b"form" | b"fieldset" | b"details"
        | b"summary" | b"dl" | b"hr" | b"body" | b"html" | b"hgroup" | b"figure"
        | b"tbody" | b"thead" | b"tfoot" | b"picture" => E::Block,
        [b'h', level @ b'1'..=b'6'] => E::Heading(level - b'0'),
        b"ul" | b"ol" | b"menu" | b"dir" => E::List,
        b"li" | b"dt" | b"dd" => E::Item,
        b"blockquote" => E::Quote,
        b"pre" | b"listing" => E::Code,
        b"figcaption" | b"caption" => E::Caption,
        b"table" => E::Table,
        b"tr" => E::Row,
        b"td" | b"th" => E::Cell,
        b"a" => E::Link(false),
        b"strong" | b"b" => E::Strong,
        b"em" | b"i" => E::Emphasis,
        b"sup" => E::Raised,
        b"head" | b"title" | b"script" | b"style" | b"template" | b"noscript"
        | b"iframe" | b"object" | b"audio" | b"video" | b"canvas" | b"svg"
        | b"math" | b"select" | b"button" | b"textarea" | b"datalist" | b"nav"
        | b"dialog" | b"noembed" | b"noframes" | b"map" => E::Skip,
        _ => return None,
    })
}

/// Opens an element of HTML in the flow. `attribute` looks up its attributes.
pub(super) fn open<'v>(
    flow: &mut Flow,
    name: &str,
    attribute: impl Fn(&str) -> Option<Cow<'v, str>>,
) {
    if name.eq_ignore_ascii_case("br") {
        flow.line_break();
        return;
    }
    if name.eq_ignore_ascii_case("img") {
        flow.picture(&attribute("alt").unwrap_or_default());
        return;
    }
    if name.eq_ignore_ascii_case("wbr") {
        return;
    }
    let void = VOID.iter().any(|void| name.eq_ignore_ascii_case(void));
    let mut element = element(name);
    if let Some(Element::Link(within)) = &mut element {
        *within = attribute("href").is_some_and(|href| href.starts_with('#'));
    }
    if !void && is_hidden(&attribute) {
        element = Some(Element::Skip);
    }
    match element {
        Some(element) if !void => flow.open(element, name),
        Some(_) => flow.flush(),
        None if !void => flow.open_unknown(name),
        None => {}
    }
}

/// Closes an element of HTML in the flow.
pub(super) fn close(flow: &mut Flow, name: &str) {
    flow.close(element(name), name);
}

/// Whether an element is there for programs and not shown.
fn is_hidden<'v>(attribute: impl Fn(&str) -> Option<Cow<'v, str>>) -> bool {
    if attribute("hidden").is_some()
        || attribute("aria-hidden").is_some_and(|v| v == "true")
    {
        return true;
    }
    attribute("style").is_some_and(|style| {
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
        style.contains("display:none") || style.contains("visibility:hidden")
    })
}

/// Hands a stretch of HTML to the flow of text.
pub(super) fn feed(html: &str, flow: &mut Flow) {
    for token in tokens(html) {
        match token {
            Token::Text(text) => flow.text(&decode_entities(text)),
            Token::Open(tag) => open(flow, tag.name, |name| tag.attribute(name)),
            Token::Close(name) => close(flow, name),
            Token::Raw(_) => {}
        }
    }
}

/// Text with its entities decoded, those that occur in articles.
pub(super) fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name_end = rest[1..]
            .bytes()
            .take(12)
            .position(|b| !(b.is_ascii_alphanumeric() || b == b'#'))
            .map_or(rest.len().min(13), |n| n + 1);
        if let Some(c) = entity(&rest[1..name_end]) {
            out.push(c);
            let semicolon = usize::from(rest[name_end..].starts_with(';'));
            rest = &rest[name_end + semicolon..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of an entity's name, or of its number with `#`.
pub(super) fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return match code {
            // As browsers do: numbers of windows-1252.
            0x80..=0x9f => {
                let byte = [u8::try_from(code).ok()?];
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(&byte)
                    .0
                    .chars()
                    .next()
            }
            0 => None,
            code => char::from_u32(code),
        };
    }
    let found = ENTITIES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    Some(ENTITIES[found].1)
}

/// Sorted by name.
const ENTITIES: &[(&str, char)] = &[
    ("AElig", 'Æ'),
    ("Aacute", 'Á'),
    ("Agrave", 'À'),
    ("Aring", 'Å'),
    ("Auml", 'Ä'),
    ("Ccedil", 'Ç'),
    ("Eacute", 'É'),
    ("Egrave", 'È'),
    ("Oslash", 'Ø'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("aring", 'å'),
    ("atilde", 'ã'),
    ("auml", 'ä'),
    ("bdquo", '„'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("cent", '¢'),
    ("check", '✓'),
    ("copy", '©'),
    ("dagger", '†'),
    ("deg", '°'),
    ("divide", '÷'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("emsp", '\u{2003}'),
    ("ensp", '\u{2002}'),
    ("euml", 'ë'),
    ("euro", '€'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("frac34", '¾'),
    ("ge", '≥'),
    ("gt", '>'),
    ("harr", '↔'),
    ("hearts", '♥'),
    ("hellip", '…'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iexcl", '¡'),
    ("infin", '∞'),
    ("iquest", '¿'),
    ("iuml", 'ï'),
    ("laquo", '«'),
    ("larr", '←'),
    ("ldquo", '“'),
    ("le", '≤'),
    ("lsaquo", '‹'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("minus", '−'),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("ne", '≠'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("oelig", 'œ'),
    ("ograve", 'ò'),
    ("oslash", 'ø'),
    ("otilde", 'õ'),
    ("ouml", 'ö'),
    ("para", '¶'),
    ("plusmn", '±'),
    ("pound", '£'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rarr", '→'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsaquo", '›'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("sect", '§'),
    ("shy", '\u{ad}'),
    ("sup1", '¹'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("szlig", 'ß'),
    ("thinsp", '\u{2009}'),
    ("times", '×'),
    ("trade", '™'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("ugrave", 'ù'),
    ("uml", '¨'),
    ("uuml", 'ü'),
    ("yen", '¥'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Draft;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        let mut flow = Flow::default();
        feed(html, &mut flow);
        let mut draft = Draft::default();
        flow.give(&mut draft);
        let lines: Vec<String> = draft
            .blocks()
            .iter()
            .map(|b| format!("{:?}: {}", b.kind, b.span.of(draft.text())))
            .collect();
        assert_eq!(lines.join("\n"), expected, "{html}");
    }

    #[test]
    fn blocks_of_html() {
        check(
            "<p>One <b>two</b><br>three</p><p>Four",
            "Paragraph: One two three\nParagraph: Four",
        );
        check("<h2>Head</h2>text", "Heading(2): Head\nParagraph: text");
        check(
            "<ul><li>a<ul><li>b</ul><li>c</ul>d",
            "ListItem(0): a\nListItem(1): b\nListItem(0): c\nParagraph: d",
        );
        check("<blockquote><p>Said</p></blockquote>", "Quote: Said");
        check("a<br><br>b", "Paragraph: a\nParagraph: b");
        check(
            "AT&amp;T &#8217;n&rsquo; &unknown; & co",
            "Paragraph: AT&T ’n’ &unknown; & co",
        );
    }

    #[test]
    fn tables_of_data_and_of_layout() {
        check(
            "<table><tr><th>a<th>b<tr><td>1<td>2</table>",
            "TableRow: a | b\nTableRow: 1 | 2",
        );
        check(
            "<table><tr><td><h1>T</h1><p>x</p></td></tr></table>",
            "Heading(1): T\nParagraph: x",
        );
        check(
            "<table><tr><td><table><tr><td>1<td>2</table><td>side</table>",
            "TableRow: 1 | 2\nParagraph: side",
        );
    }

    #[test]
    fn what_is_not_shown_is_not_read() {
        check("<script>if (a < b) '<p>'</script>x<style>p{}</style>", "Paragraph: x");
        check("<div style='display: none'><div>no</div>no</div>yes", "Paragraph: yes");
        check("a <!-- <b>no</b> --> b", "Paragraph: a b");
        check("x<sup>[1]</sup> y<sup>2</sup>", "Paragraph: x y");
    }

    #[test]
    fn broken_tags_do_no_harm() {
        check("a < b and <3 c", "Paragraph: a < b and <3 c");
        check("one <a href=\"x", "Paragraph: one");
        check("</p></div>x</li>", "Paragraph: x");
        check("<a title='a > b'>link</a> text", "Paragraph: link text");
        check("<script>never closed", "");
    }

    #[test]
    fn entities_are_sorted() {
        assert!(ENTITIES.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn attributes() {
        let Some(Token::Open(tag)) = tokens("<a href=x data='1 2' hidden =y é>").next()
        else {
            panic!("no tag");
        };
        let found: Vec<_> = tag.attributes().collect();
        assert_eq!(found, [("href", "x"), ("data", "1 2"), ("hidden", "y"), ("é", "")]);
    }
}
