//! Word documents: DOCX. Tracked changes are read as if accepted.

use std::collections::{BTreeMap, HashMap};

use super::flow::{Element, Flow};
use super::unpack::Archive;
use super::xml::{self, Node, Tag};
use super::{Input, Parts, Reader, properties};
use crate::article::Draft;

/// `.docx`.
pub(super) struct Docx;

impl Reader for Docx {
    fn format(&self) -> &'static str {
        "docx"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["docx", "docm", "dotx"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let mut archive = Archive::open(input)?;
        let document = archive
            .read_xml("word/document.xml")?
            .ok_or("not a Word document: it has no word/document.xml")?;
        let styles = archive.read_xml("word/styles.xml")?.unwrap_or_default();
        let mut draft = Draft::default();
        if let Some(core) = archive.read_xml("docProps/core.xml")? {
            take_core(&core, &mut draft);
        }
        let mut body = Body { styles: styles_of(&styles)?, ..Body::default() };
        xml::walk(&document, |node| body.take(node))?;
        for name in ["word/footnotes.xml", "word/endnotes.xml"] {
            if let Some(notes) = archive.read_xml(name)? {
                body.flow.close_all();
                xml::walk(&notes, |node| body.take(node))?;
            }
        }
        if let Some(title) = body.title.take() {
            draft.title = Some(title);
        }
        body.flow.give(&mut draft);
        properties::settle_title(&mut draft, input.name);
        Ok(draft.into())
    }
}

/// What the document says of itself: Dublin Core, in Word, OpenDocument and EPUB alike.
pub(super) fn take_core(core: &str, draft: &mut Draft) {
    let mut found = properties::Properties::default();
    let mut text = String::new();
    // What is broken here costs only what stands behind it.
    let _ = xml::walk(core, |node| match node {
        Node::Open(_) => text.clear(),
        Node::Text(more) => text.push_str(more),
        Node::Close(name) => {
            let key = match name {
                "created" | "creation-date" | "date" => "date",
                "initial-creator" => "author",
                name => name,
            };
            found.take(key, &serde_json::Value::String(std::mem::take(&mut text)));
        }
    });
    found.give(draft);
}

/// What a paragraph's style makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Title,
    Heading(u8),
    Item,
    Quote,
    Caption,
    Code,
    Contents,
}

/// The styles by their ids, as far as they mean anything.
fn styles_of(styles: &str) -> Result<HashMap<String, Style>, String> {
    let mut by_id: BTreeMap<String, (Option<Style>, Option<String>)> = BTreeMap::new();
    let mut id = String::new();
    let mut style = None;
    let mut parent = None;
    xml::walk(styles, |node| match node {
        Node::Open(tag) => match tag.name() {
            "style" => {
                id = tag.attribute("styleId").unwrap_or_default().into_owned();
                (style, parent) = (None, None);
            }
            "name" => style = style.or(by_name(&value(&tag))),
            "basedOn" => parent = Some(value(&tag)),
            "outlineLvl" => {
                style = style.or_else(|| level(&value(&tag)).map(Style::Heading));
            }
            "numPr" => style = style.or(Some(Style::Item)),
            _ => {}
        },
        Node::Close("style") => {
            by_id.insert(std::mem::take(&mut id), (style.take(), parent.take()));
        }
        _ => {}
    })?;
    let mut found = HashMap::new();
    for id in by_id.keys() {
        let mut at = Some(id);
        // A style may be based on another; a circle of them ends.
        for _ in 0..8 {
            let Some((style, parent)) = at.and_then(|id| by_id.get(id)) else { break };
            if let Some(style) = style {
                found.insert(id.clone(), *style);
                break;
            }
            at = parent.as_ref();
        }
    }
    Ok(found)
}

/// Word's own names of its styles are English in every language.
fn by_name(name: &str) -> Option<Style> {
    let name = name.to_lowercase();
    if let Some(level) = name.strip_prefix("heading ") {
        return level.parse().ok().map(|l: u8| Style::Heading(l.clamp(1, 6)));
    }
    match &*name {
        "title" => Some(Style::Title),
        "caption" => Some(Style::Caption),
        "html preformatted" | "code" | "source code" => Some(Style::Code),
        _ if name.starts_with("toc ") => Some(Style::Contents),
        _ if name.starts_with("list bullet") || name.starts_with("list number") => {
            Some(Style::Item)
        }
        _ if name.contains("quote") => Some(Style::Quote),
        _ => None,
    }
}

fn value(tag: &Tag<'_>) -> String {
    tag.attribute("val").unwrap_or_default().into_owned()
}

/// The heading level of an outline level, which counts from 0 to 8; 9 is running text.
fn level(outline: &str) -> Option<u8> {
    outline.parse::<u8>().ok().filter(|l| *l < 9).map(|l| (l + 1).min(6))
}

/// The document's body on its way into blocks.
#[derive(Default)]
struct Body {
    flow: Flow,
    styles: HashMap<String, Style>,
    paragraphs: Vec<Paragraph>,
    /// The stretch of text that is open.
    run: Option<Run>,
    title: Option<String>,
    /// Within an element that is not read: how deep.
    skipped: usize,
    in_text: bool,
}

/// A paragraph, of which the properties come first.
#[derive(Default)]
struct Paragraph {
    style: Option<Style>,
    item: Option<usize>,
    begun: bool,
    text: String,
}

/// How the text of a stretch looks.
#[derive(Clone, Copy, Default)]
struct Run {
    bold: bool,
    italic: bool,
    hidden: bool,
}

/// Elements that are not read: what was deleted or moved away, and older copies of drawings.
const SKIPPED: &[&str] = &["del", "moveFrom", "Fallback", "instrText", "delText"];

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
            Node::Open(tag) => self.open(&tag),
            Node::Close(name) => self.close(name),
            Node::Text(text) if self.in_text => self.text(text),
            Node::Text(_) => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let on = || !matches!(&*value(tag), "0" | "false" | "none");
        match tag.name() {
            name if SKIPPED.contains(&name) => self.skipped = 1,
            // The lines between text and notes.
            "footnote" | "endnote" if tag.attribute("type").is_some() => {
                self.skipped = 1;
            }
            "footnote" | "endnote" => self.flow.open(Element::Footnote, "footnote"),
            "p" => self.paragraphs.push(Paragraph::default()),
            "pStyle" => {
                let style = self.styles.get(&value(tag)).copied();
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.style = style;
                }
            }
            "outlineLvl" => {
                let level = level(&value(tag)).map(Style::Heading);
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.style = paragraph.style.or(level);
                }
            }
            "numId" if value(tag) == "0" => self.set_item(None),
            "numId" => {
                let level = self.paragraphs.last().and_then(|p| p.item).unwrap_or(0);
                self.set_item(Some(level));
            }
            "ilvl" => self.set_item(value(tag).parse().ok()),
            "r" => self.run = Some(Run::default()),
            name @ ("b" | "i" | "vanish") => {
                if let Some(run) = &mut self.run {
                    *match name {
                        "b" => &mut run.bold,
                        "i" => &mut run.italic,
                        _ => &mut run.hidden,
                    } = on();
                }
            }
            "t" => self.in_text = true,
            "tab" if self.run.is_some() => self.text(" "),
            "br" | "cr" if self.run.is_some() => self.line_break(),
            "noBreakHyphen" => self.text("-"),
            "hyperlink" => {
                self.begin();
                self.flow.open(Element::Link(tag.attribute("anchor").is_some()), "a");
            }
            "tbl" => self.flow.open(Element::Table, "table"),
            "tr" => self.flow.open(Element::Row, "tr"),
            "tc" => self.flow.open(Element::Cell, "td"),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" => self.end(),
            "r" => self.run = None,
            "t" => self.in_text = false,
            "hyperlink" => self.flow.close(None, "a"),
            "tbl" => self.flow.close(None, "table"),
            "tr" => self.flow.close(None, "tr"),
            "tc" => self.flow.close(None, "td"),
            "footnote" | "endnote" => self.flow.close(None, "footnote"),
            _ => {}
        }
    }

    fn set_item(&mut self, item: Option<usize>) {
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.item = item;
        }
    }

    fn text(&mut self, text: &str) {
        let run = self.run.unwrap_or_default();
        if run.hidden {
            return;
        }
        self.begin();
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        if paragraph.style == Some(Style::Title) {
            paragraph.text.push_str(text);
        }
        if run.bold {
            self.flow.open(Element::Strong, "b");
        }
        if run.italic {
            self.flow.open(Element::Emphasis, "i");
        }
        self.flow.text(text);
        if run.italic {
            self.flow.close(None, "i");
        }
        if run.bold {
            self.flow.close(None, "b");
        }
    }

    fn line_break(&mut self) {
        self.begin();
        self.flow.line_break();
    }

    /// Opens what the paragraph is, at its first text.
    fn begin(&mut self) {
        let Some(paragraph) = self.paragraphs.last_mut().filter(|p| !p.begun) else {
            return;
        };
        paragraph.begun = true;
        let element = match (paragraph.style, paragraph.item) {
            (Some(Style::Title), _) => Element::Heading(1),
            (Some(Style::Heading(level)), _) => Element::Heading(level),
            (Some(Style::Contents), _) => Element::Skip,
            (Some(Style::Item), None) => return self.begin_item(0),
            (_, Some(level)) => return self.begin_item(level),
            (Some(Style::Quote), _) => Element::Quote,
            (Some(Style::Caption), _) => Element::Caption,
            (Some(Style::Code), _) => Element::Code,
            (None, None) => Element::Group,
        };
        self.flow.open(element, PARAGRAPH);
    }

    fn begin_item(&mut self, level: usize) {
        self.flow.open(Element::List, PARAGRAPH);
        for _ in 0..level.min(8) {
            self.flow.open(Element::List, "ul");
        }
        self.flow.open(Element::Item, "li");
    }

    fn end(&mut self) {
        let Some(paragraph) = self.paragraphs.pop() else { return };
        if paragraph.begun {
            self.flow.close(None, PARAGRAPH);
        }
        if self.title.is_none() && !paragraph.text.trim().is_empty() {
            self.title = Some(paragraph.text);
        }
    }
}

/// The name under which a paragraph is open in the flow.
const PARAGRAPH: &str = "w:p";
