//! Elements and running text in, typed blocks out: what Markdown, HTML, e-mail and books
//! have in common.
//!
//! A reader opens and closes elements and hands over text; a [`Flow`] decides where blocks
//! begin and what they are. What can only be told from a block's neighbours (a line in bold
//! that is a heading, a list of nothing but links, a table that only lays out a page) is
//! decided when all blocks are known.

use super::depth::packed;
use crate::article::{BlockKind, Draft};

/// Bytes of a word, on average; languages without spaces have words too.
pub(super) const WORD: usize = 5;

/// Elements that are open at once are counted up to here; deeper ones are ignored. Their
/// text is kept.
const DEPTH: usize = 512;

/// Blocks in the making.
#[derive(Debug, Default)]
pub(super) struct Flow {
    blocks: Vec<Made>,
    /// The text of the block in the making, line breaks kept as they stand.
    text: String,
    weight: Weight,
    stack: Vec<Open>,
    count: Counts,
    tables: Vec<Table>,
    /// A mark was dropped before the text that comes next.
    dropped: bool,
    /// A line break was the last thing, with only white space after it.
    broken: bool,
    /// A picture stood in the block in the making, or was the last block.
    picture: bool,
}

/// A block with what tells its neighbours apart.
#[derive(Debug)]
struct Made {
    kind: BlockKind,
    text: String,
    weight: Weight,
    after_picture: bool,
}

/// Bytes of text without white space: in all, under links, in bold, in italics.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    all: usize,
    linked: usize,
    strong: usize,
    emphasis: usize,
}

/// What an element does to the text within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// A block boundary, and nothing else.
    Block,
    /// A block that closes what was left open in it.
    Group,
    /// Nothing, but opened so that its closing tag closes it and no other.
    Plain,
    Heading(u8),
    List,
    Item,
    Quote,
    Code,
    Caption,
    Footnote,
    Table,
    Row,
    Cell,
    /// A link; whether within the page.
    Link(bool),
    Strong,
    Emphasis,
    /// Raised text, often the mark of a footnote.
    Raised,
    /// Text within is no part of the article.
    Skip,
}

#[derive(Debug)]
struct Open {
    element: Element,
    /// The first eight bytes of its name: what closes it.
    name: u64,
    /// Where in `text` it began, and how much it weighed.
    start: usize,
    weight: Weight,
}

/// How many elements of a kind are open.
#[derive(Debug, Default)]
struct Counts {
    lists: usize,
    items: usize,
    quotes: usize,
    code: usize,
    captions: usize,
    footnotes: usize,
    links: usize,
    strong: usize,
    emphasis: usize,
    skips: usize,
    headings: [usize; 7],
}

/// A table in the making: where its blocks begin, and which blocks each cell holds.
#[derive(Debug)]
struct Table {
    start: usize,
    rows: Vec<Vec<std::ops::Range<usize>>>,
    cell: Option<usize>,
}

impl Flow {
    /// Opens an element. `name` closes it again.
    pub(super) fn open(&mut self, element: Element, name: &str) {
        use Element as E;
        if self.count.skips > 0 {
            // Only to know which closing tag ends the skipping.
            self.push_open(E::Block, name);
            return;
        }
        match element {
            E::Block => return self.flush(),
            E::Item => self.close_within(E::Item, E::List),
            E::Row => self.close_within(E::Row, E::Table),
            E::Cell => self.close_within(E::Cell, E::Row),
            E::Link(_) | E::Strong | E::Emphasis | E::Raised | E::Skip | E::Plain => {}
            _ => self.flush(),
        }
        if self.stack.len() >= DEPTH {
            return;
        }
        match element {
            E::Table => {
                let start = self.blocks.len();
                self.tables.push(Table { start, rows: Vec::new(), cell: None });
            }
            E::Row => {
                if let Some(table) = self.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            E::Cell => {
                let start = self.blocks.len();
                if let Some(table) = self.tables.last_mut() {
                    table.cell = Some(start);
                }
            }
            _ => {}
        }
        self.push_open(element, name);
    }

    /// Opens an element that means nothing here.
    pub(super) fn open_unknown(&mut self, name: &str) {
        if self.count.skips > 0 {
            self.push_open(Element::Block, name);
        }
    }

    fn push_open(&mut self, element: Element, name: &str) {
        if self.stack.len() < DEPTH {
            *self.count.of(element) += 1;
            self.stack.push(Open {
                element,
                name: packed(name),
                start: self.text.len(),
                weight: self.weight,
            });
        }
    }

    /// Closes the innermost element of this name with all that was left open in it. Where
    /// none is open, it is a block boundary for `Element::Block`, else nothing.
    pub(super) fn close(&mut self, element: Option<Element>, name: &str) {
        if element == Some(Element::Block) && self.count.skips == 0 {
            self.flush();
        }
        let name = packed(name);
        if let Some(at) = self.stack.iter().rposition(|open| open.name == name) {
            self.close_to(at);
        }
    }

    /// How many words its blocks hold that may be prose.
    pub(super) fn words(&self) -> usize {
        let prose = |b: &&Made| !matches!(b.kind, BlockKind::Caption | BlockKind::Code);
        self.blocks.iter().filter(prose).map(|b| b.weight.all).sum::<usize>() / WORD
    }

    /// Whether it holds no block.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Drops the heading near its beginning that is the article's title once more.
    pub(super) fn drop_title(&mut self, is_title: impl Fn(&str) -> bool) {
        const NEAR: usize = 3;
        let mut first = self.blocks.iter().take(NEAR);
        if let Some(at) = first.position(|b| matches!(b.kind, BlockKind::Heading(_)))
            && is_title(&self.blocks[at].text)
        {
            self.blocks.remove(at);
        }
    }

    /// Closes all that is open.
    pub(super) fn close_all(&mut self) {
        self.close_to(0);
        self.flush();
    }

    /// Running text of the block in the making.
    pub(super) fn text(&mut self, text: &str) {
        if self.count.skips > 0 {
            return;
        }
        let weight = text.bytes().filter(|b| !b.is_ascii_whitespace()).count();
        self.weight.all += weight;
        self.weight.linked += weight * usize::from(self.count.links > 0);
        self.weight.strong += weight * usize::from(self.count.strong > 0);
        self.weight.emphasis += weight * usize::from(self.count.emphasis > 0);
        self.broken &= weight == 0;
        if std::mem::take(&mut self.dropped) {
            close_gap(&mut self.text, text);
        }
        self.text.push_str(text);
    }

    /// The end of a line within a block. Two of them end the block.
    pub(super) fn line_break(&mut self) {
        if self.broken && self.count.code == 0 {
            self.flush();
        } else {
            self.text.push('\n');
            self.broken = true;
        }
    }

    /// A picture, with its alternative text.
    pub(super) fn picture(&mut self, alternative: &str) {
        if self.count.skips > 0 {
            return;
        }
        // Text beside a picture does not need it; alone, it is the picture's caption.
        if self.text.trim().is_empty() && self.is_telling(alternative) {
            self.push(
                BlockKind::Caption,
                alternative.trim().to_owned(),
                Weight::default(),
            );
        }
        self.picture = true;
    }

    /// Whether an alternative text says something: not empty, no file name, and not one of
    /// many pictures within a list or table.
    fn is_telling(&self, alternative: &str) -> bool {
        let words = alternative.split_whitespace().count();
        words >= 2 && self.count.items == 0 && self.tables.is_empty()
    }

    /// A block that is ready, whatever is open.
    pub(super) fn block(&mut self, kind: BlockKind, text: &str) {
        self.flush();
        self.push(kind, text.to_owned(), Weight::default());
    }

    /// Ends the block in the making.
    pub(super) fn flush(&mut self) {
        self.broken = false;
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let weight = std::mem::take(&mut self.weight);
        // Elements that are still open go on in the next block.
        for open in &mut self.stack {
            open.start = 0;
            open.weight = Weight::default();
        }
        if weight.all == 0 {
            self.text = text;
            self.text.clear();
            return;
        }
        self.push(self.count.kind(), text, weight);
    }

    fn push(&mut self, kind: BlockKind, text: String, weight: Weight) {
        let after_picture = std::mem::take(&mut self.picture);
        self.blocks.push(Made { kind, text, weight, after_picture });
    }

    /// Closes an element that a new one of its kind ends, unless a `border` stands between.
    fn close_within(&mut self, element: Element, border: Element) {
        let mut inner = self.stack.iter().enumerate().rev();
        let found = inner.find(|(_, o)| o.element == element || o.element == border);
        match found {
            Some((at, open)) if open.element == element => self.close_to(at),
            _ => self.flush(),
        }
    }

    /// Closes all open elements down to and with the one at `at`.
    fn close_to(&mut self, at: usize) {
        while self.stack.len() > at {
            let Some(open) = self.stack.pop() else { return };
            self.end(&open);
        }
    }

    fn end(&mut self, open: &Open) {
        use Element as E;
        match open.element {
            E::Link(_) | E::Raised => self.drop_mark(open),
            E::Block | E::Plain | E::Strong | E::Emphasis | E::Skip => {}
            _ => self.flush(),
        }
        *self.count.of(open.element) -= 1;
        match open.element {
            E::Cell => {
                let end = self.blocks.len();
                if let Some(table) = self.tables.last_mut()
                    && let Some(start) = table.cell.take()
                    && let Some(row) = table.rows.last_mut()
                {
                    row.push(start..end);
                }
            }
            E::Table => {
                if let Some(table) = self.tables.pop() {
                    self.settle_table(&table);
                }
            }
            _ => {}
        }
    }

    /// Drops the text of a link or raised text that only points somewhere: the mark of a
    /// footnote, a time in a recording, the anchor of a heading.
    fn drop_mark(&mut self, open: &Open) {
        let Some(text) = self.text.get(open.start..) else { return };
        let text = text.trim();
        let inner = text.trim_matches(['[', ']', '(', ')', '*', '†', ' ']);
        let number = !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit());
        let mark = match open.element {
            Element::Link(within) => {
                !text.chars().any(char::is_alphanumeric)
                    || is_time(inner)
                    || (within && (number || inner == "edit"))
            }
            _ => number || inner.is_empty(),
        };
        if mark {
            self.text.truncate(open.start);
            self.weight = open.weight;
            self.dropped = true;
        }
    }

    /// Makes rows of a table's cells, unless the table only lays out a page.
    fn settle_table(&mut self, table: &Table) {
        let made = &self.blocks[table.start..];
        let widest = table.rows.iter().map(Vec::len).max().unwrap_or(0);
        let structured = made
            .iter()
            .any(|b| matches!(b.kind, BlockKind::Heading(_) | BlockKind::TableRow));
        // No cell of figures or names holds so much.
        let long = |cell: &std::ops::Range<usize>| {
            let bytes: usize =
                self.blocks[cell.clone()].iter().map(|b| b.weight.all).sum();
            cell.len() > 3 || bytes > 1000
        };
        if widest < 2 || structured || table.rows.iter().flatten().any(long) {
            return;
        }
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in table.rows.iter().filter(|row| !row.is_empty()) {
            let mut weight = Weight::default();
            let cells: Vec<String> = row
                .iter()
                .map(|cell| {
                    let blocks = &self.blocks[cell.clone()];
                    for block in blocks {
                        weight.add(block.weight);
                    }
                    let texts: Vec<&str> =
                        blocks.iter().map(|b| b.text.trim()).collect();
                    texts.join(" ")
                })
                .collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Made {
                    kind: BlockKind::TableRow,
                    text: cells.join(" | "),
                    weight,
                    after_picture: false,
                });
            }
        }
        self.blocks.truncate(table.start);
        self.blocks.append(&mut rows);
    }

    /// Hands the blocks over to an article.
    pub(super) fn give(mut self, draft: &mut Draft) {
        self.close_all();
        hand_over(self.blocks, draft);
    }

    /// Hands over to an article those of the blocks that `choose`, which is given the texts
    /// of all, says `true` of.
    pub(super) fn give_chosen(
        mut self,
        draft: &mut Draft,
        choose: impl FnOnce(&[&str]) -> Vec<bool>,
    ) {
        self.close_all();
        let texts: Vec<&str> = self.blocks.iter().map(|b| &*b.text).collect();
        let mut chosen = choose(&texts).into_iter();
        self.blocks.retain(|_| chosen.next().unwrap_or(true));
        hand_over(self.blocks, draft);
    }
}

impl Counts {
    fn of(&mut self, element: Element) -> &mut usize {
        match element {
            Element::List => &mut self.lists,
            Element::Item => &mut self.items,
            Element::Quote => &mut self.quotes,
            Element::Code => &mut self.code,
            Element::Caption => &mut self.captions,
            Element::Footnote => &mut self.footnotes,
            Element::Link(_) => &mut self.links,
            Element::Strong => &mut self.strong,
            Element::Emphasis => &mut self.emphasis,
            Element::Skip => &mut self.skips,
            Element::Heading(level) => {
                &mut self.headings[usize::from(level.clamp(1, 6))]
            }
            // Counted together, and nobody asks.
            Element::Block
            | Element::Group
            | Element::Plain
            | Element::Table
            | Element::Row
            | Element::Cell
            | Element::Raised => &mut self.headings[0],
        }
    }

    /// What a block is that ends now.
    fn kind(&self) -> BlockKind {
        if self.code > 0 {
            return BlockKind::Code;
        }
        if let Some(level) = (1_u8..=6).find(|l| self.headings[usize::from(*l)] > 0) {
            return BlockKind::Heading(level);
        }
        if self.captions > 0 {
            BlockKind::Caption
        } else if self.footnotes > 0 {
            BlockKind::Footnote
        } else if self.items > 0 {
            let depth = self.lists.max(1) - 1;
            BlockKind::ListItem(u8::try_from(depth).unwrap_or(u8::MAX))
        } else if self.quotes > 0 {
            BlockKind::Quote
        } else {
            BlockKind::Paragraph
        }
    }
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.linked += other.linked;
        self.strong += other.strong;
        self.emphasis += other.emphasis;
    }

    /// Whether nearly all of it is of one sort; a stray colon or bracket may stand outside.
    fn nearly_all(self, part: usize) -> bool {
        part > 0 && part + 2 >= self.all
    }
}

/// Decides what only a block's neighbours tell, and appends the blocks to an article.
fn hand_over(blocks: Vec<Made>, draft: &mut Draft) {
    let mut blocks = split_lines(blocks);
    mark_typed_items(&mut blocks);
    mark_link_lists(&mut blocks);
    mark_captions(&mut blocks);
    mark_bold_headings(&mut blocks);
    for block in blocks {
        match block.kind {
            BlockKind::Code => draft.push(block.kind, block.text.trim_matches('\n')),
            kind => draft.push(kind, &tidy(&block.text)),
        }
    }
}

/// Splits paragraphs whose lines are blocks themselves: items with typed bullets, and files
/// in which each line is a paragraph.
fn split_lines(blocks: Vec<Made>) -> Vec<Made> {
    let mut out = Vec::with_capacity(blocks.len());
    for block in blocks {
        let plain = matches!(block.kind, BlockKind::Paragraph | BlockKind::Quote);
        if !plain || !block.text.trim().contains('\n') {
            out.push(block);
            continue;
        }
        let lines: Vec<&str> =
            block.text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        let items = lines.iter().filter(|l| typed_item(l).is_some()).count();
        if items >= 2 && items * 2 >= lines.len() {
            let texts = join_to_items(&lines);
            push_split(&mut out, &block, texts);
        } else if lines_are_paragraphs(&lines) {
            let texts = lines.iter().map(|l| (BlockKind::Paragraph, (*l).to_owned()));
            push_split(&mut out, &block, texts.collect());
        } else {
            out.push(block);
        }
    }
    out
}

fn push_split(out: &mut Vec<Made>, block: &Made, texts: Vec<(BlockKind, String)>) {
    for (kind, text) in texts {
        let all = text.bytes().filter(|b| !b.is_ascii_whitespace()).count();
        let weight = Weight { all, ..Weight::default() };
        out.push(Made { kind, text, weight, after_picture: block.after_picture });
    }
}

/// The lines of a paragraph as items, each with the lines that go on with it.
fn join_to_items(lines: &[&str]) -> Vec<(BlockKind, String)> {
    let mut out: Vec<(BlockKind, String)> = Vec::new();
    for line in lines {
        match (typed_item(line), out.last_mut()) {
            (Some(item), _) => out.push((BlockKind::ListItem(0), item.to_owned())),
            (None, Some((_, last))) => {
                last.push(' ');
                last.push_str(line);
            }
            (None, None) => out.push((BlockKind::Paragraph, (*line).to_owned())),
        }
    }
    out
}

/// The text after a bullet that was typed by hand.
pub(super) fn typed_item(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix(['•', '●', '▪', '◦', '‣', '·', '–', '—', '➔', '→', '✓', '✔'])?;
    let rest = rest.trim_start();
    (!rest.is_empty()).then_some(rest)
}

/// Paragraphs in a row that begin with a bullet are items: Outlook writes lists so.
fn mark_typed_items(blocks: &mut [Made]) {
    // A dash may also begin what somebody says.
    let item = |b: &Made| {
        let text = b.text.trim_start();
        let item = typed_item(text).filter(|_| !text.starts_with(['–', '—', '→']))?;
        (b.kind == BlockKind::Paragraph).then(|| item.to_owned())
    };
    let items: Vec<Option<String>> = blocks.iter().map(item).collect();
    let is_item = |at: usize| items.get(at).is_some_and(Option::is_some);
    for (at, block) in blocks.iter_mut().enumerate() {
        let in_row = is_item(at + 1) || (at > 0 && is_item(at - 1));
        if let Some(text) = items[at].as_ref().filter(|_| in_row) {
            block.kind = BlockKind::ListItem(0);
            block.text.clone_from(text);
        }
    }
}

/// No text that was wrapped by hand or by a program has lines of so many bytes; text that
/// is wrapped by the window has them for each paragraph.
const WRAPPED: usize = 160;

fn lines_are_paragraphs(lines: &[&str]) -> bool {
    let ends = |line: &&str| {
        line.ends_with(['.', '!', '?', ':', '”', '"', '…', ')', '*', '_'])
    };
    lines.split_last().is_some_and(|(_, wrapped)| {
        wrapped.iter().all(|l| l.len() >= WRAPPED && ends(l))
    })
}

/// A list of which nearly all is links leads elsewhere and says nothing itself.
fn mark_link_lists(blocks: &mut [Made]) {
    let is_item = |b: &Made| matches!(b.kind, BlockKind::ListItem(_));
    for run in blocks.chunk_by_mut(|a, b| is_item(a) && is_item(b)) {
        let mut weight = Weight::default();
        for block in run.iter() {
            weight.add(block.weight);
        }
        let links = if is_item(&run[0]) {
            run.len() >= 2 && weight.linked * 10 >= weight.all * 9
        } else {
            // `Previous | Next`, `Read more`: a link alone that is no sentence.
            run[0].kind == BlockKind::Paragraph
                && weight.nearly_all(weight.linked)
                && run[0].text.split_whitespace().count() <= 12
                && !ends_sentence(&run[0].text)
        };
        if links {
            for block in run {
                block.kind = BlockKind::Links;
            }
        }
    }
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '”', '’', '\'', ')', '*', '_', ' ', '\n'])
        .ends_with(['.', '!', '?', '…'])
}

/// A short line in italics right under a picture is its caption.
fn mark_captions(blocks: &mut [Made]) {
    for block in blocks {
        if block.after_picture
            && block.kind == BlockKind::Paragraph
            && block.weight.nearly_all(block.weight.emphasis)
            && block.text.split_whitespace().count() <= 40
        {
            block.kind = BlockKind::Caption;
        }
    }
}

/// A longer line in bold is a statement, not a heading.
const HEADING_WORDS: usize = 14;

/// A line all in bold with text under it is a heading, one level below the last true one.
fn mark_bold_headings(blocks: &mut [Made]) {
    let mut level = 1;
    for at in 0..blocks.len() {
        if let BlockKind::Heading(true_level) = blocks[at].kind {
            level = true_level;
            continue;
        }
        let item = |b: Option<&Made>| {
            b.is_some_and(|b| matches!(b.kind, BlockKind::ListItem(_)))
        };
        let block = &blocks[at];
        let stands_alone = match block.kind {
            BlockKind::Paragraph => true,
            // `1. **Title**` with paragraphs under it.
            BlockKind::ListItem(0) => {
                !item(blocks.get(at + 1)) && (at == 0 || !item(blocks.get(at - 1)))
            }
            _ => false,
        };
        let bold = |b: &Made| b.weight.nearly_all(b.weight.strong);
        if !stands_alone
            || !bold(block)
            || block.text.split_whitespace().count() > HEADING_WORDS
            || block.text.trim_end().ends_with(['.', '!', ',', ';', '"', '”'])
        {
            continue;
        }
        let Some(next) = blocks.get(at + 1) else { continue };
        let has_text_under_it = match next.kind {
            BlockKind::Paragraph => !bold(next),
            BlockKind::ListItem(_) => !block.text.trim_end().ends_with(':'),
            BlockKind::Quote | BlockKind::TableRow | BlockKind::Code => true,
            _ => false,
        };
        if has_text_under_it {
            blocks[at].kind = BlockKind::Heading((level + 1).min(6));
        }
    }
}

/// A block's text without what is not text: marks of time and notes, invisible characters,
/// the marks of note-taking apps.
fn tidy(text: &str) -> std::borrow::Cow<'_, str> {
    let odd = |c: char| {
        matches!(
            c,
            '[' | '('
                | '='
                | '^'
                | '\u{ad}'
                | '\u{34f}'
                | '\u{200b}'
                | '\u{2060}'
                | '\u{feff}'
        )
    };
    if !text.contains(odd) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(odd) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let mark = mark_length(rest, &out);
        if mark == 0 {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        } else {
            rest = &rest[mark..];
            close_gap(&mut out, rest);
        }
    }
    out.push_str(rest);
    out.into()
}

/// How many bytes at the start of `rest` are a mark to drop; `before` is what precedes it.
fn mark_length(rest: &str, before: &str) -> usize {
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        '[' | '(' => {
            let close = if first == '[' { ']' } else { ')' };
            let inner = &rest[1..rest.floor_char_boundary(24)];
            let Some(end) = inner.find(close) else { return 0 };
            let inner = &inner[..end];
            // `[^1]` marks a footnote, `[!tip]-` a callout.
            let note = first == '[' && inner.starts_with('^');
            if first == '[' && inner.starts_with('!') && before.trim().is_empty() {
                return end + 2 + usize::from(rest[end + 2..].starts_with(['-', '+']));
            }
            if note || is_time(inner) { end + 2 } else { 0 }
        }
        // `==marked==`; `==` with spaces on both sides is something else.
        '=' if rest.starts_with("==") && !rest.starts_with("===") => {
            let opens = !rest[2..].starts_with([' ', '\n']) && rest.len() > 2;
            let closes = before.ends_with(|c: char| !c.is_whitespace() && c != '=');
            let pair = if opens { rest[2..].contains("==") } else { closes };
            if pair || closes { 2 } else { 0 }
        }
        // The anchor of a block in Obsidian: ` ^a1b2c3` at its end.
        '^' if before.ends_with([' ', '\n']) => {
            let name = rest[1..].trim_end();
            let anchor = !name.is_empty()
                && name.len() <= 40
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if anchor { rest.len() } else { 0 }
        }
        '=' | '^' => 0,
        // Invisible.
        c => c.len_utf8(),
    }
}

/// Takes back the space or comma that led to a mark which was dropped.
fn close_gap(out: &mut String, rest: &str) {
    if rest.starts_with([',', '.', ';', ':', '!', '?', ')']) || rest.is_empty() {
        let kept = out.trim_end().len();
        out.truncate(kept);
    }
    if rest.starts_with([',', '.', ';']) && out.ends_with(',') {
        out.pop();
    }
}

/// Whether it is a time in a recording: `12:34`, `1:02:03`.
fn is_time(text: &str) -> bool {
    let parts = text.split(':');
    let count = parts.clone().count();
    (2..=3).contains(&count)
        && parts.clone().all(|p| {
            (1..=2).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit())
        })
        && parts.skip(1).all(|p| p.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_tidy(text: &str, expected: &str) {
        assert_eq!(tidy(text), expected);
    }

    #[test]
    fn marks_are_dropped() {
        check_tidy("It pays [02:34:00].", "It pays.");
        check_tidy("It pays [02:34], [03:36], and stays.", "It pays, and stays.");
        check_tidy("Ann (00:01:02): yes", "Ann: yes");
        check_tidy(
            "At (10 people) it breaks [sic].",
            "At (10 people) it breaks [sic].",
        );
        check_tidy("a ==marked== word", "a marked word");
        check_tidy("if a == b then", "if a == b then");
        check_tidy("A thought. ^a1b2c3", "A thought.");
        check_tidy("a note[^1], and", "a note, and");
        check_tidy("in\u{ad}visible\u{200b}", "invisible");
    }
}
