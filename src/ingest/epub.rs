//! Books: EPUB, with the chapters as sections of one article, or as an article each.

use std::collections::HashMap;

use super::flow::Flow;
use super::unpack::{Archive, resolve};
use super::xml::{self, Node};
use super::{Input, Parts, Reader, docx, encoding, properties, tags};
use crate::article::{BlockKind, Draft, Place};

/// `.epub`.
pub(super) struct Epub;

impl Reader for Epub {
    fn format(&self) -> &'static str {
        "epub"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["epub"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let mut archive = Archive::open(input)?;
        let container = archive
            .read_xml("META-INF/container.xml")?
            .ok_or("not an EPUB: it has no META-INF/container.xml")?;
        let path = root_file(&container)?.ok_or("the EPUB names no book")?;
        let package = archive
            .read_xml(&path)?
            .ok_or_else(|| format!("the EPUB's book {path} is missing"))?;
        let mut about = Draft::default();
        docx::take_core(&package, &mut about);
        let book =
            Book::of(&package, path.rsplit_once('/').map_or("", |(dir, _)| dir))?;
        let titles = book.titles(&mut archive);
        let mut parts = Parts::default();
        let mut whole = about.clone();
        let mut spoilt = Vec::new();
        for (path, number) in book.chapters.iter().zip(1..) {
            let chapter = match archive.read(path) {
                Ok(Some(bytes)) => Chapter::of(&bytes, titles.get(path)),
                Ok(None) => Err("missing".to_owned()),
                Err(reason) => Err(reason),
            };
            let chapter = match chapter {
                Ok(Some(chapter)) => chapter,
                Ok(None) => continue,
                Err(reason) => {
                    spoilt.push((path.clone(), reason));
                    continue;
                }
            };
            if input.limits.choices.split_chapters {
                let mut draft =
                    Draft { part: Some(format!("{number}")), ..about.clone() };
                let book = about.title.as_deref().unwrap_or_default();
                let title = chapter
                    .title
                    .clone()
                    .unwrap_or_else(|| format!("{book}, {number}"));
                chapter.give(&mut draft, number);
                draft.title = Some(title);
                parts.drafts.push(draft);
            } else {
                chapter.give(&mut whole, number);
            }
        }
        if !input.limits.choices.split_chapters {
            properties::settle_title(&mut whole, input.name);
            parts.drafts.push(whole);
        }
        parts.failed = spoilt;
        Ok(parts)
    }
}

/// Where the book's package document is.
fn root_file(container: &str) -> Result<Option<String>, String> {
    let mut path = None;
    xml::walk(container, |node| {
        if let Node::Open(tag) = node
            && tag.name() == "rootfile"
            && path.is_none()
        {
            path = tag.attribute("full-path").map(|p| resolve("", &p));
        }
    })?;
    Ok(path)
}

/// What a package document says of the order of reading.
struct Book {
    /// Paths of the chapters' files.
    chapters: Vec<String>,
    /// Path of the table of contents, and whether it is of the older kind.
    contents: Option<(String, bool)>,
}

impl Book {
    fn of(package: &str, folder: &str) -> Result<Self, String> {
        struct Entry {
            path: String,
            page: bool,
            contents: bool,
        }
        let mut manifest: HashMap<String, Entry> = HashMap::new();
        let mut spine = Vec::new();
        let mut contents = None;
        xml::walk(package, |node| {
            let Node::Open(tag) = node else { return };
            let attribute = |name: &str| tag.attribute(name).unwrap_or_default();
            match tag.name() {
                "item" => {
                    let path = resolve(folder, &attribute("href"));
                    let properties = attribute("properties");
                    let nav = properties.split_whitespace().any(|p| p == "nav");
                    let kind = attribute("media-type");
                    if nav {
                        contents = Some((path.clone(), false));
                    } else if kind.contains("dtbncx") && contents.is_none() {
                        contents = Some((path.clone(), true));
                    }
                    let page = kind.contains("html");
                    let entry = Entry { path, page, contents: nav };
                    manifest.insert(attribute("id").into_owned(), entry);
                }
                "itemref" if attribute("linear") != "no" => {
                    spine.push(attribute("idref").into_owned());
                }
                _ => {}
            }
        })?;
        let mut chapters = Vec::with_capacity(spine.len());
        for id in spine {
            // Taken out, so that no chapter is read twice.
            if let Some(entry) = manifest.remove(&id)
                && entry.page
                && !entry.contents
            {
                chapters.push(entry.path);
            }
        }
        Ok(Self { chapters, contents })
    }

    /// The titles that the table of contents gives to files.
    fn titles(&self, archive: &mut Archive<'_>) -> HashMap<String, String> {
        let mut titles = HashMap::new();
        let Some((path, older)) = &self.contents else { return titles };
        let Ok(Some(text)) = archive.read_xml(path) else { return titles };
        let folder = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let (mut label, mut target) = (String::new(), String::new());
        // Titles are a help; a broken table of contents costs no more than them.
        let _ = xml::walk(&text, |node| match node {
            Node::Open(tag) => match tag.name() {
                "navLabel" | "a" => {
                    label.clear();
                    target = tag.attribute("href").unwrap_or_default().into_owned();
                }
                "content" if *older => {
                    let src = tag.attribute("src").unwrap_or_default();
                    note_title(&mut titles, folder, &src, &label);
                }
                _ => {}
            },
            Node::Text(text) => label.push_str(text),
            Node::Close("a") if !older => {
                note_title(&mut titles, folder, &target, &label);
            }
            Node::Close(_) => {}
        });
        titles
    }
}

/// Notes the title of a file; of several within one file the first counts.
fn note_title(
    titles: &mut HashMap<String, String>,
    folder: &str,
    to: &str,
    label: &str,
) {
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    if !label.is_empty() && !to.is_empty() {
        titles.entry(resolve(folder, to)).or_insert(label);
    }
}

/// A chapter that was read.
struct Chapter {
    title: Option<String>,
    blocks: Draft,
}

impl Chapter {
    /// The chapter in a file; `None` where it holds no text.
    fn of(bytes: &[u8], title: Option<&String>) -> Result<Option<Self>, String> {
        let decoded = encoding::decode(bytes, None)?;
        let mut flow = Flow::default();
        tags::feed(&decoded.text, &mut flow);
        let mut blocks = decoded.draft();
        flow.give(&mut blocks);
        if blocks.blocks().is_empty() {
            return Ok(None);
        }
        let first = blocks.blocks().first();
        let heading = first.filter(|b| matches!(b.kind, BlockKind::Heading(_)));
        let heading = heading.map(|b| b.span.of(blocks.text()).to_owned());
        Ok(Some(Self { title: title.cloned().or(heading), blocks }))
    }

    /// Appends the chapter's blocks, under its title where it has no heading of its own.
    fn give(self, draft: &mut Draft, number: usize) {
        let name = self.title.clone().unwrap_or_else(|| number.to_string());
        draft.set_place(Some(Place::Chapter(name)));
        let blocks = self.blocks.blocks();
        let has_heading =
            blocks.first().is_some_and(|b| matches!(b.kind, BlockKind::Heading(_)));
        if !has_heading && let Some(title) = &self.title {
            draft.push(BlockKind::Heading(1), title);
        }
        for block in blocks {
            draft.push(block.kind.clone(), block.span.of(self.blocks.text()));
        }
        draft.warnings.extend(self.blocks.warnings);
    }
}
