//! How deeply a page would nest once parsed, found out without parsing it.
//!
//! Parsers of HTML take time in the square of the depth: a page of 100,000 nested elements
//! holds a processor for minutes. So the stack of open elements is followed here as the
//! HTML standard has it (13.2.6.4.7), as far as it decides the depth. Where that is in doubt, the count is
//! too high rather than too low.

use std::collections::HashMap;

/// No more is asked for, and to look through a deep stack at each tag would itself take the
/// square of the depth.
pub(super) const FOLLOWED: usize = 1024;

/// The stack of open elements.
#[derive(Debug, Default)]
pub(super) struct Depth {
    stack: Vec<u64>,
    /// Elements such as `<b>`: the parser opens them again after each block until they are
    /// closed, so they are counted apart.
    formatting: HashMap<u64, usize>,
    formatting_open: usize,
    deepest: usize,
}

impl Depth {
    /// The greatest depth so far; beyond [`FOLLOWED`] it is not followed.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    /// An opening tag that is not void.
    pub(super) fn open(&mut self, name: &str) {
        if self.deepest >= FOLLOWED {
            return;
        }
        let key = packed(name);
        if is_in(key, FORMATTING) {
            // A link ends the link before it.
            if key == packed("a") {
                self.close_formatting(key);
            }
            *self.formatting.entry(key).or_default() += 1;
            self.formatting_open += 1;
        } else {
            self.close_implied(key);
            self.stack.push(key);
        }
        self.deepest = self.deepest.max(self.stack.len() + self.formatting_open);
    }

    /// A closing tag.
    pub(super) fn close(&mut self, name: &str) {
        if self.deepest >= FOLLOWED {
            return;
        }
        let key = packed(name);
        if is_in(key, FORMATTING) {
            self.close_formatting(key);
            return;
        }
        let special = is_in(key, SPECIAL);
        let stop =
            |open: u64| if special { is_in(open, SCOPE) } else { is_in(open, SPECIAL) };
        self.pop_through(key, stop);
    }

    fn close_formatting(&mut self, key: u64) {
        if let Some(count) = self.formatting.get_mut(&key).filter(|count| **count > 0) {
            *count -= 1;
            self.formatting_open -= 1;
        }
    }

    /// Closes what an opening tag closes without saying so.
    fn close_implied(&mut self, key: u64) {
        let in_scope = |open: u64| is_in(open, SCOPE);
        if is_in(key, ITEMS) {
            // An item ends the one before it in the same list.
            let border = |open: u64| {
                is_in(open, SPECIAL)
                    && ![packed("div"), packed("p"), packed("address")].contains(&open)
            };
            for item in ITEMS {
                if same_list(key, packed(item)) {
                    self.pop_through(packed(item), border);
                }
            }
        }
        if is_in(key, TABLE_PARTS) {
            for part in TABLE_PARTS {
                if rank(packed(part)) <= rank(key) {
                    self.pop_through(packed(part), |open| open == packed("table"));
                }
            }
        } else if is_in(key, SPECIAL) {
            self.pop_through(packed("p"), |open| {
                in_scope(open) || open == packed("button")
            });
        }
        if self.stack.last() == Some(&packed("option"))
            && is_in(key, &["option", "optgroup"])
        {
            self.stack.pop();
        }
    }

    /// Pops down to and with the topmost `key`, unless an element that stops stands before.
    fn pop_through(&mut self, key: u64, stop: impl Fn(u64) -> bool) {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if *open == key {
                self.stack.truncate(at);
                return;
            }
            if stop(*open) {
                return;
            }
        }
    }
}

const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike",
    "strong", "tt", "u",
];

const ITEMS: &[&str] = &["li", "dd", "dt"];

const TABLE_PARTS: &[&str] =
    &["td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup"];

/// Elements that closing tags inside them do not reach beyond.
const SCOPE: &[&str] = &[
    "applet", "caption", "html", "marquee", "object", "table", "td", "template", "th",
];

const SPECIAL: &[&str] = &[
    "address",
    "applet",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "caption",
    "center",
    "colgroup",
    "dd",
    "details",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "html",
    "li",
    "listing",
    "main",
    "marquee",
    "menu",
    "nav",
    "object",
    "ol",
    "p",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "template",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "xmp",
];

fn same_list(a: u64, b: u64) -> bool {
    (a == packed("li")) == (b == packed("li"))
}

/// How far out a part of a table stands: cells, rows, groups of rows.
fn rank(key: u64) -> u8 {
    if is_in(key, &["td", "th"]) { 0 } else { u8::from(key != packed("tr")) + 1 }
}

fn is_in(key: u64, names: &[&str]) -> bool {
    names.iter().any(|name| packed(name) == key)
}

/// The first eight bytes of a name, in lower case.
pub(super) const fn packed(name: &str) -> u64 {
    let name = name.as_bytes();
    let mut bytes = [0; 8];
    let mut at = 0;
    while at < 8 && at < name.len() {
        bytes[at] = name[at].to_ascii_lowercase();
        at += 1;
    }
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::tags::{Token, tokens};
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: usize) {
        let mut depth = Depth::default();
        for token in tokens(html) {
            match token {
                Token::Open(tag) if !tag.is_void() => depth.open(tag.name),
                Token::Close(name) => depth.close(name),
                _ => {}
            }
        }
        assert_eq!(depth.deepest(), expected, "{}", &html[..html.len().min(80)]);
    }

    #[test]
    fn ordinary_pages() {
        check("<div><p>a<p>b<p>c</div><div></div>", 2);
        check("<ul><li>a<li>b<li>c<ul><li>d</ul></ul>", 4);
        check("<table><tr><td>a<td>b<tr><td>c</table>", 3);
        check("<p>a<br>b<img>c</p>", 1);
    }

    #[test]
    fn depth_that_hides() {
        check(&"<div>".repeat(1000), 1000);
        check(&"<div>".repeat(100_000), FOLLOWED);
        check(&"<ul><li>".repeat(300), 600);
        check(&"<div></b>".repeat(1000), 1000);
        check(&"<span><p></span></p>".repeat(500), 501);
        check(&"<b x=1><p>".repeat(500), 501);
        check(&"<table><tr><td>".repeat(300), 900);
    }
}
