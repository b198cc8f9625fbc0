//! Markdown, as blogs, note-taking apps and clippers write it.
//!
//! CommonMark with the habits of Obsidian, Jekyll, Hugo and Notion. What is a block and what
//! it is like is decided in [`flow`](super::flow); this file knows the notation.

use std::borrow::Cow;

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
};

use super::flow::{Element, Flow};
use super::properties;
use super::{Input, Parts, Reader, encoding, highlights, tags};
use crate::article::{BlockKind, Draft};
use crate::output;

/// `.md` and its like.
pub(super) struct Markdown;

impl Reader for Markdown {
    fn format(&self) -> &'static str {
        "markdown"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["md", "markdown", "mdown", "mkd", "mdx", "qmd"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let decoded = encoding::decode(input.bytes, None)?;
        if is_drawing(&decoded.text) || output::is_own(&decoded.text) {
            return Ok(Parts::default());
        }
        let mut draft = decoded.draft();
        push_markdown(&mut draft, &decoded.text);
        properties::settle_title(&mut draft, input.name);
        Ok(draft.into())
    }
}

/// Whether a note is a drawing, which Excalidraw keeps within a note of Obsidian.
fn is_drawing(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(1024)];
    head.starts_with("---") && head.contains("\nexcalidraw-plugin:")
}

/// Appends the blocks of a Markdown text, and takes what its front matter says.
pub(super) fn push_markdown(draft: &mut Draft, text: &str) {
    let text = with_plain_line_ends(text);
    let body = properties::take_front_matter(&text, draft);
    let body = highlights::of_app(body, draft);
    let (heading, body) = properties::take_property_lines(&body, draft);
    let mut flow = Flow::default();
    for part in [heading, body] {
        push_blocks(&mut flow, &without_templates(part));
    }
    flow.give(draft);
}

/// With `\n` at each line's end.
pub(super) fn with_plain_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

fn push_blocks(flow: &mut Flow, text: &str) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_WIKILINKS;
    let mut state = State::default();
    for event in Parser::new_ext(text, options) {
        state.take(event, flow);
    }
    flow.close_all();
}

/// What one event leaves for the next.
#[derive(Default)]
struct State {
    /// The HTML of the block that is being read.
    html: Option<String>,
    /// The text of the code block that is being read, and whether it is indented.
    code: Option<(String, bool)>,
    /// The alternative text of the picture that is being read, and its depth.
    picture: Option<(String, usize)>,
}

impl State {
    fn take(&mut self, event: Event<'_>, flow: &mut Flow) {
        match event {
            Event::Start(tag) => self.start(&tag, flow),
            Event::End(tag) => self.end(tag, flow),
            // What Dataview puts in its place when Obsidian shows the note.
            Event::Code(text) if text.starts_with("= ") || text.starts_with("$= ") => {}
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => self.text(&text, flow),
            Event::Html(html) => match &mut self.html {
                Some(block) => block.push_str(&html),
                None => tags::feed(&html, flow),
            },
            Event::InlineHtml(html) => tags::feed(&html, flow),
            Event::SoftBreak => self.text("\n", flow),
            Event::HardBreak if self.picture.is_none() => flow.line_break(),
            Event::Rule => flow.flush(),
            Event::HardBreak
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }

    fn text(&mut self, text: &str, flow: &mut Flow) {
        if let Some((code, _)) = &mut self.code {
            code.push_str(text);
        } else if let Some((alternative, _)) = &mut self.picture {
            alternative.push_str(text);
        } else {
            flow.text(text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>, flow: &mut Flow) {
        match tag {
            Tag::HtmlBlock => self.html = Some(String::new()),
            Tag::CodeBlock(kind) => {
                flow.flush();
                let indented = matches!(kind, CodeBlockKind::Indented);
                self.code = Some((String::new(), indented));
            }
            Tag::Image { .. } => {
                self.picture.get_or_insert_default().1 += 1;
            }
            Tag::Link { dest_url, .. } => {
                flow.open(Element::Link(dest_url.starts_with('#')), "a");
            }
            Tag::Heading { level, .. } => {
                // HTML that was never closed ends where a new section begins.
                flow.close_all();
                flow.open(Element::Heading(level_of(*level)), "h");
            }
            tag => {
                let (element, name) = element(tag.to_end());
                flow.open(element, name);
            }
        }
    }

    fn end(&mut self, tag: TagEnd, flow: &mut Flow) {
        match tag {
            TagEnd::HtmlBlock => {
                if let Some(html) = self.html.take() {
                    tags::feed(&html, flow);
                    flow.flush();
                }
            }
            TagEnd::CodeBlock => {
                if let Some((code, indented)) = self.code.take() {
                    push_code(&code, indented, flow);
                }
            }
            TagEnd::Image => {
                if let Some((alternative, depth)) = &mut self.picture {
                    *depth -= 1;
                    if *depth == 0 {
                        flow.picture(alternative);
                        self.picture = None;
                    }
                }
            }
            TagEnd::Heading(_) => flow.close(None, "h"),
            tag => {
                let (element, name) = element(tag);
                flow.close(Some(element), name);
            }
        }
    }
}

/// What the notation's elements are to the flow, with the name of their counterpart in
/// HTML, so that each may close the other.
fn element(tag: TagEnd) -> (Element, &'static str) {
    match tag {
        TagEnd::BlockQuote(_) => (Element::Quote, "blockquote"),
        TagEnd::List(true) => (Element::List, "ol"),
        TagEnd::List(false) => (Element::List, "ul"),
        TagEnd::DefinitionList => (Element::List, "dl"),
        TagEnd::Item
        | TagEnd::DefinitionListTitle
        | TagEnd::DefinitionListDefinition => (Element::Item, "li"),
        TagEnd::FootnoteDefinition => (Element::Footnote, "footnote"),
        TagEnd::Table => (Element::Table, "table"),
        TagEnd::TableHead | TagEnd::TableRow => (Element::Row, "tr"),
        TagEnd::TableCell => (Element::Cell, "td"),
        TagEnd::Strong => (Element::Strong, "strong"),
        TagEnd::Emphasis => (Element::Emphasis, "em"),
        TagEnd::Link => (Element::Link(false), "a"),
        TagEnd::Superscript => (Element::Raised, "sup"),
        TagEnd::Strikethrough | TagEnd::Subscript => (Element::Emphasis, "s"),
        TagEnd::Paragraph
        | TagEnd::Heading(_)
        | TagEnd::CodeBlock
        | TagEnd::HtmlBlock
        | TagEnd::Image
        | TagEnd::MetadataBlock(_) => (Element::Block, "p"),
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// A code block; prose that is only indented is prose.
fn push_code(code: &str, indented: bool, flow: &mut Flow) {
    if !(indented && is_prose(code)) {
        flow.block(BlockKind::Code, code.trim_end());
        return;
    }
    for paragraph in code.split("\n\n") {
        flow.text(paragraph);
        flow.flush();
    }
}

/// Whether an indented stretch is made of sentences: mostly letters, at least eight words,
/// and none of the characters that programs are full of.
fn is_prose(code: &str) -> bool {
    let words = code.split_whitespace().count();
    let letters = code.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    let signs = code
        .chars()
        .filter(|c| {
            matches!(c, '{' | '}' | ';' | '=' | '<' | '>' | '\\' | '|' | '_' | '$')
        })
        .count();
    words >= 8
        && letters * 10 >= code.trim().chars().count() * 8
        && signs * 100 < code.len()
}

/// The text without what a site's generator would replace: Liquid and Hugo's shortcodes,
/// attribute lists, imports, comments of note-taking apps. Links that were wrapped within
/// their address are joined.
fn without_templates(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    let mut apply = |signs: &[&str], strip: fn(&str) -> String| {
        if signs.iter().any(|sign| text.contains(sign)) {
            text = Cow::Owned(strip(&text));
        }
    };
    apply(&["{{", "{%", "{:", "{."], strip_braces);
    apply(&["%%"], |text| strip_between(text, "%%", "%%"));
    apply(&["<%"], |text| strip_between(text, "<%", "%>"));
    apply(&["import ", "export ", "::"], strip_lines);
    apply(&["](http"], join_addresses);
    let mut lines = text.match_indices("\n#");
    if lines.any(|(at, _)| is_tags(first_line(&text[at + 1..]))) {
        text = Cow::Owned(strip_lines(&text));
    }
    text
}

fn strip_braces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (length, instead) = template(rest, &out);
        if length == 0 {
            out.push('{');
            rest = &rest[1..];
        } else {
            out.push_str(instead);
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    out
}

/// A template ends within so many bytes, and a comment of one within sixteen times as many.
/// To look for each end in all of a file would take for ever where none comes.
const TEMPLATE: usize = 1024;

/// The length of the template at the start of `rest`, and what stands for it.
fn template(rest: &str, before: &str) -> (usize, &'static str) {
    let whole = rest;
    let rest = &rest[..rest.floor_char_boundary(TEMPLATE)];
    let until = |end: &str| rest.find(end).map_or(0, |n| n + end.len());
    if rest.starts_with("{%") {
        let length = until("%}");
        let tag = rest[..length].trim_matches(['{', '}', '%', '-', ' ', '\n']);
        let name = tag.split_whitespace().next().unwrap_or_default();
        return match name {
            "highlight" | "endhighlight" | "codeblock" | "endcodeblock" => {
                (length, "\n```\n")
            }
            "comment" => {
                const END: &str = "endcomment %}";
                let head = &whole[..whole.floor_char_boundary(16 * TEMPLATE)];
                (head.find(END).map_or(length, |n| n + END.len()), "")
            }
            _ => (length, ""),
        };
    }
    if rest.starts_with("{{") {
        let length = until("}}");
        if length == 0 {
            return (0, "");
        }
        let inner = rest[2..length - 2].trim();
        if inner.starts_with(['<', '%']) {
            let highlight =
                inner.trim_matches(['<', '>', '%', '/', ' ']).starts_with("highlight");
            return (length, if highlight { "\n```\n" } else { "" });
        }
        // `{{ page.title }}` and `{{ "x" | filter }}` are templates; `{{first_name}}` is
        // what articles on mail campaigns print.
        let template = inner.contains(['.', '|', '"', '\'']) && !inner.contains('\n');
        return if template { (length, "") } else { (0, "") };
    }
    // Attributes of the element before: `{: .note}`, `![](a.png){.wide}`.
    let attributes = rest.starts_with("{:")
        || (rest.starts_with("{.") && before.ends_with([')', ']', ' ', '*', '\n']));
    if !attributes {
        return (0, "");
    }
    match rest.find(['}', '\n']) {
        Some(end) if rest[end..].starts_with('}') => (end + 1, ""),
        _ => (0, ""),
    }
}

/// Without Obsidian's `%% comments %%` and the `<% commands %>` of its templates.
fn strip_between(text: &str, open: &str, close: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((_, after)) = after.split_once(close) else { break };
        out.push_str(before);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Without lines that are no text: imports of MDX, the borders of containers, lines of
/// nothing but tags, Dataview's `key:: value`.
fn strip_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let import = line.starts_with("import ")
            && (line.contains(" from ")
                || line.starts_with("import '")
                || line.starts_with("import \""))
            && line.contains(['\'', '"']);
        let export =
            line.starts_with("export const ") || line.starts_with("export default ");
        let container = line.trim_start().starts_with(":::");
        if import || export || container || is_tags(line) || is_field(line) {
            out.push('\n');
        } else {
            out.push_str(line);
        }
    }
    out
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// `#daily #work/notes`: a heading has a space behind its sign.
fn is_tags(line: &str) -> bool {
    let tag = |word: &str| {
        word.strip_prefix('#').is_some_and(|t| t.starts_with(char::is_alphabetic))
    };
    line.starts_with('#') && line.split_whitespace().all(tag)
}

/// `status:: done`
fn is_field(line: &str) -> bool {
    line.split_once("::").is_some_and(|(key, value)| {
        !key.is_empty()
            && key.len() <= 40
            && key.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c))
            && value.starts_with([' ', '\n'])
    })
}

/// The longest address that is joined over line ends; beyond that it is no wrapped link.
const ADDRESS: usize = 4096;

/// With the line breaks taken out that a program which wraps lines put into addresses.
fn join_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](http") {
        let start = at + 2;
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let head = &rest[..rest.floor_char_boundary(ADDRESS)];
        let end = head.find([')', ' ', '"']).unwrap_or(0);
        let address = &head[..end];
        if head[end..].starts_with(')')
            && address.contains('\n')
            && !address.contains("\n\n")
        {
            let lines = address.lines().map(|l| l.trim_start_matches(['>', ' ']));
            out.extend(lines);
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut draft = Draft::default();
        push_markdown(&mut draft, text);
        let lines: Vec<String> = draft
            .blocks()
            .iter()
            .map(|b| format!("{:?}: {}", b.kind, b.span.of(draft.text())))
            .collect();
        assert_eq!(lines.join("\n"), expected, "{text}");
    }

    #[test]
    fn plain_markdown() {
        check(
            "# Title\n\nOne *two*\nthree.\n\n- a\n- b\n  - c\n\n> Said.\n\nSetext\n------\n",
            "Heading(1): Title\nParagraph: One two three.\nListItem(0): a\nListItem(0): b\n\
             ListItem(1): c\nQuote: Said.\nHeading(2): Setext",
        );
        check(
            "| a | b |\n|---|---|\n| 1 | **2** |\n\nA note[^1].\n\n[^1]: The note.\n",
            "TableRow: a | b\nTableRow: 1 | 2\nParagraph: A note.\nFootnote: The note.",
        );
        check("```rust\nlet x = 1;\n```\n", "Code: let x = 1;");
    }

    #[test]
    fn bold_lines_that_stand_like_headings() {
        check(
            "## A\n\n**Buyers**\n\nThey pay.\n\n**They never look back!**\n\nText.",
            "Heading(2): A\nHeading(3): Buyers\nParagraph: They pay.\n\
             Paragraph: They never look back!\nParagraph: Text.",
        );
        check(
            "**Three kinds:**\n\n- a\n- b",
            "Paragraph: Three kinds:\nListItem(0): a\nListItem(0): b",
        );
    }

    #[test]
    fn obsidian() {
        check(
            "up:: [[Home]]\n#daily #work/notes\n\nAsk `= this.file.name`<% cursor() %> now.\n\nSee [[Page|the page]] and [[Other]].\n\n> [!tip]- Title\n> Text ==marked==.\n\n\
             ![[picture.png]]\n\n%% hidden %%\n\nLast. ^abc123",
            "Paragraph: Ask now.\nParagraph: See the page and Other.\nQuote: Title Text marked.\nParagraph: Last.",
        );
    }

    #[test]
    fn generators() {
        check(
            "{% include toc.html %}\n\nVisit {{ site.url }} now, {{first_name}}.\n{: .note}\n\n\
             {{< figure src=\"a.png\" >}}\n\n{% highlight js %}\nvar x;\n{% endhighlight %}\n",
            "Paragraph: Visit now, {{first_name}}.\nCode: var x;",
        );
        check(
            "import X from './x'\n\n<X />\n\n:::note\nMind this.\n:::\n",
            "Paragraph: Mind this.",
        );
    }

    #[test]
    fn embedded_html() {
        check(
            "<div align=\"center\">\n<h2>Head</h2>\n\n*Text* <br/><br/> more\n\n</div>\n\nWatch <a \
             class=\"t\" data-t=\"1\">[00:10:00]</a>, then <b>buy</b>.",
            "Heading(2): Head\nParagraph: Text\nParagraph: more\nParagraph: Watch, then buy.",
        );
        check(
            "# <font color=\"red\">Red title\n\n<details>\n<summary>More</summary>\n\nInside.\n\n</details>",
            "Heading(1): Red title\nParagraph: More\nParagraph: Inside.",
        );
    }

    #[test]
    fn links_and_pictures() {
        check(
            "- [One](a.md)\n- [Two](b.md)\n\nRead [more](c.md) of it.\n\n[Next](d.md)",
            "Links: One\nLinks: Two\nParagraph: Read more of it.\nLinks: Next",
        );
        check(
            "![A chart of prices](a.png)\n*Prices by year*\n\nText.",
            "Caption: A chart of prices\nCaption: Prices by year\nParagraph: Text.",
        );
        check(
            "See [this](https://example.com/a-\nb/c?d=1) now.",
            "Paragraph: See this now.",
        );
    }

    #[test]
    fn lines_that_are_paragraphs() {
        let line =
            "A buyer signs for others and so asks what they would ask. ".repeat(3);
        let line = line.trim_end();
        check(
            &format!("{line}\n{line}"),
            &format!("Paragraph: {line}\nParagraph: {line}"),
        );
        check("Short lines\nare joined.", "Paragraph: Short lines are joined.");
        check("• one\n• two", "ListItem(0): one\nListItem(0): two");
    }

    #[test]
    fn properties_under_the_title() {
        let mut draft = Draft::default();
        push_markdown(
            &mut draft,
            "# T\n\nURL: https://example.com/t\nTags: a\nDate Published: August 17, 2021\n\nText.",
        );
        assert_eq!(draft.text(), "T\n\nText.");
        assert_eq!(draft.about.date.as_deref(), Some("2021-08-17"));
        assert_eq!(draft.about.url.as_deref(), Some("https://example.com/t"));
        check("# T\n\nNote: it rains.\n", "Heading(1): T\nParagraph: Note: it rains.");
    }

    #[test]
    fn prose_that_is_only_indented() {
        check(
            "Text.\n\n    These are words that were indented by accident, as many are.\n",
            "Paragraph: Text.\n\
             Paragraph: These are words that were indented by accident, as many are.",
        );
        check("Text.\n\n    let x = 1;\n", "Paragraph: Text.\nCode: let x = 1;");
    }
}
