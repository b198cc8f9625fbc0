//! OpenDocument texts: ODT. Tracked changes are read as if accepted.

use std::borrow::Cow;
use std::collections::HashMap;

use super::flow::{Element, Flow};
use super::unpack::Archive;
use super::xml::{self, Node, Tag};
use super::{Input, Parts, Reader, docx, properties};
use crate::article::Draft;

/// `.odt`.
pub(super) struct Odt;

impl Reader for Odt {
    fn format(&self) -> &'static str {
        "odt"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["odt", "ott"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let mut archive = Archive::open(input)?;
        let content = archive
            .read_xml("content.xml")?
            .ok_or("not an OpenDocument text: it has no content.xml")?;
        let mut styles = HashMap::new();
        if let Some(named) = archive.read_xml("styles.xml")? {
            xml::walk(&named, |node| take_style(&node, &mut styles))?;
        }
        xml::walk(&content, |node| take_style(&node, &mut styles))?;
        let mut draft = Draft::default();
        if let Some(meta) = archive.read_xml("meta.xml")? {
            docx::take_core(&meta, &mut draft);
        }
        let mut body = Body { styles, ..Body::default() };
        xml::walk(&content, |node| body.take(node))?;
        body.flow.give(&mut draft);
        // Notes stand where they are marked, and go to the end.
        for note in body.notes {
            note.give(&mut draft);
        }
        if !body.title.trim().is_empty() {
            draft.title = Some(body.title);
        }
        properties::settle_title(&mut draft, input.name);
        Ok(draft.into())
    }
}

/// What is known of a style.
#[derive(Clone, Debug, Default)]
struct Style {
    parent: Option<String>,
    bold: bool,
    italic: bool,
}

/// Notes the styles that a document defines.
fn take_style(node: &Node<'_>, styles: &mut HashMap<String, Style>) {
    let Node::Open(tag) = node else { return };
    match tag.name() {
        "style" => {
            let Some(name) = tag.attribute("name") else { return };
            let parent = tag.attribute("parent-style-name").map(Cow::into_owned);
            // The properties that follow belong to the last style.
            styles.insert(
                LAST.to_owned(),
                Style { parent: Some(name.to_string()), ..Style::default() },
            );
            styles.insert(name.into_owned(), Style { parent, ..Style::default() });
        }
        "text-properties" => {
            let bold = tag.attribute("font-weight").is_some_and(|w| w == "bold");
            let italic = tag.attribute("font-style").is_some_and(|s| s == "italic");
            let last = styles.get(LAST).and_then(|s| s.parent.clone());
            if let Some(style) = last.and_then(|name| styles.get_mut(&name)) {
                style.bold |= bold;
                style.italic |= italic;
            }
        }
        _ => {}
    }
}

/// Under this name, which no style has, stands which style came last.
const LAST: &str = "\0last";

/// The text on its way into blocks.
#[derive(Default)]
struct Body {
    styles: HashMap<String, Style>,
    flow: Flow,
    notes: Vec<Flow>,
    /// The flow of the text around a note.
    outer: Option<Flow>,
    title: String,
    in_title: bool,
    inside: bool,
    skipped: usize,
}

/// Elements that are not read: what was deleted, comments, tables of contents, forms.
const SKIPPED: &[&str] = &[
    "tracked-changes",
    "annotation",
    "table-of-content",
    "alphabetical-index",
    "illustration-index",
    "bibliography",
    "forms",
    "sequence-decls",
    "note-citation",
    "binary-data",
    "object",
    "title",
    "desc",
];

/// The name under which a paragraph is open in the flow.
const PARAGRAPH: &str = "text:p";

impl Body {
    fn take(&mut self, node: Node<'_>) {
        if self.skipped > 0 {
            match node {
                Node::Open(_) => self.skipped += 1,
                Node::Close(_) => self.skipped -= 1,
                Node::Text(_) => {}
            }
            return;
        }
        match node {
            Node::Open(tag) if tag.name() == "body" => self.inside = true,
            Node::Open(tag) if self.inside => self.open(&tag),
            Node::Close(name) if self.inside => self.close(name),
            Node::Text(text) if self.inside => self.text(text),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_title {
            self.title.push_str(text);
        }
        self.flow.text(text);
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag.name() {
            name if SKIPPED.contains(&name) => self.skipped = 1,
            "h" => {
                let level = tag.attribute("outline-level");
                let level = level.and_then(|l| l.parse().ok()).unwrap_or(1_u8);
                self.flow.open(Element::Heading(level.clamp(1, 6)), "text:h");
            }
            "p" => {
                let style = tag.attribute("style-name").unwrap_or_default();
                let element = self.paragraph(&style);
                self.in_title = element == Element::Heading(1) && self.title.is_empty();
                self.flow.open(element, PARAGRAPH);
                if self.has(&style, |style| style.bold) {
                    self.flow.open(Element::Strong, "b");
                }
                if self.has(&style, |style| style.italic) {
                    self.flow.open(Element::Emphasis, "i");
                }
            }
            "span" => {
                let style = tag.attribute("style-name").unwrap_or_default();
                let element = if self.has(&style, |style| style.bold) {
                    Some(Element::Strong)
                } else {
                    self.has(&style, |style| style.italic).then_some(Element::Emphasis)
                };
                match element {
                    Some(element) => self.flow.open(element, "span"),
                    // Opened all the same, so that its end closes it and no other.
                    None => self.flow.open(Element::Plain, "span"),
                }
            }
            "a" => {
                let within = tag.attribute("href").is_some_and(|h| h.starts_with('#'));
                self.flow.open(Element::Link(within), "a");
            }
            "list" => self.flow.open(Element::List, "text:list"),
            "list-item" => self.flow.open(Element::Item, "li"),
            "table" => self.flow.open(Element::Table, "table"),
            "table-row" => self.flow.open(Element::Row, "tr"),
            "table-cell" => self.flow.open(Element::Cell, "td"),
            "s" | "tab" => self.flow.text(" "),
            "line-break" => self.flow.line_break(),
            "note-body" => {
                let mut note = Flow::default();
                note.open(Element::Footnote, "footnote");
                self.outer = Some(std::mem::replace(&mut self.flow, note));
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "body" => self.inside = false,
            "h" => self.flow.close(None, "text:h"),
            "p" => {
                self.in_title = false;
                self.flow.close(None, PARAGRAPH);
            }
            "span" => self.flow.close(None, "span"),
            "a" => self.flow.close(None, "a"),
            "list" => self.flow.close(None, "text:list"),
            "list-item" => self.flow.close(None, "li"),
            "table" => self.flow.close(None, "table"),
            "table-row" => self.flow.close(None, "tr"),
            "table-cell" => self.flow.close(None, "td"),
            "note-body" => {
                if let Some(outer) = self.outer.take() {
                    self.notes.push(std::mem::replace(&mut self.flow, outer));
                }
            }
            _ => {}
        }
    }

    /// What a paragraph of this style is.
    fn paragraph(&self, style: &str) -> Element {
        for name in self.ancestry(style) {
            let name = name.replace("_20_", " ");
            match &*name {
                "Title" => return Element::Heading(1),
                "Quotations" => return Element::Quote,
                "Preformatted Text" => return Element::Code,
                "Caption" | "Illustration" | "Figure" | "Drawing" => {
                    return Element::Caption;
                }
                _ => {}
            }
        }
        Element::Group
    }

    fn has(&self, style: &str, what: fn(&Style) -> bool) -> bool {
        // Only the style itself: headings are bold by their parents.
        self.styles.get(style).is_some_and(what)
    }

    /// A style and those that it is based on; a circle of them ends.
    fn ancestry<'s>(&'s self, style: &'s str) -> impl Iterator<Item = &'s str> {
        let parent = |name: &&'s str| self.styles.get(*name)?.parent.as_deref();
        std::iter::successors(Some(style), move |name| parent(name)).take(8)
    }
}
