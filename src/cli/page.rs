//! Text for people on standard output: coloured, linked and paged where that is wanted.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use unicode_width::UnicodeWidthStr;

use super::draw;
use super::out::clean;
use crate::Span;
use crate::index::IndexedPassage;
use crate::label::Label;
use crate::record::Record;

/// When to show long output in a pager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Paging {
    Auto,
    Always,
    Never,
}

/// Text under way to a person.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    coloured: bool,
    /// Columns of the terminal; `None` where there is none, and lines stay whole.
    width: Option<usize>,
}

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
const FOUND: Style = AnsiColor::Red.on_default().bold();

impl Page {
    pub(super) fn new() -> Self {
        let stdout = io::stdout();
        let choice = anstream::AutoStream::choice(&stdout);
        let width = stdout.is_terminal().then(|| {
            terminal_size::terminal_size().map_or(80, |(w, _)| usize::from(w.0))
        });
        Self {
            text: String::new(),
            coloured: choice != anstream::ColorChoice::Never,
            width,
        }
    }

    /// Text of ours with its styles.
    pub(super) fn of(text: &str) -> Self {
        let mut page = Self::new();
        if page.coloured {
            page.put(text);
        } else {
            page.put(&anstream::adapter::strip_str(text).to_string());
        }
        page
    }

    pub(super) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Text of ours, or text that has been cleaned.
    pub(super) fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Text of others, cleaned, in a style.
    pub(super) fn styled(&mut self, style: Style, text: &str) {
        let text = clean(text);
        if self.coloured {
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{style}{text}{style:#}");
        } else {
            self.text.push_str(&text);
        }
    }

    /// A label in words and in its colour, six columns wide.
    pub(super) fn label(&mut self, label: Option<Label>) {
        let (word, style) = match label {
            Some(label) => (label.shown(), draw::style(label)),
            None => ("-", DIM),
        };
        self.styled(style, word);
        self.text.push_str(&" ".repeat(6 - word.len()));
    }

    /// Text of others that leads to a file where the terminal can follow it.
    pub(super) fn link(&mut self, style: Style, text: &str, path: &Path) {
        if self.coloured {
            let _ = write!(self.text, "\x1b]8;;{}\x1b\\", file_url(path));
            self.styled(style, text);
            self.text.push_str("\x1b]8;;\x1b\\");
        } else {
            self.styled(style, text);
        }
    }

    /// Text of others with stretches marked: by colour, or by »« where there is none. Lines
    /// are broken at the terminal's width and indented.
    pub(super) fn marked(&mut self, text: &str, marks: &[Span], indent: usize) {
        self.put(&" ".repeat(indent));
        self.flow(text, marks, indent);
        self.put("\n");
    }

    /// A passage between its neighbours: each with its number and label, the passage itself
    /// with a sign ahead and its marks, the others in the background.
    pub(super) fn in_its_place(
        &mut self,
        before: &[IndexedPassage],
        passage: &Record,
        marks: &[Span],
        after: &[IndexedPassage],
    ) {
        let last = after.last().map_or(passage.passage, |p| p.record.passage);
        let digits = last.to_string().len();
        let column = 2 + 1 + digits + 1 + 6 + 1;
        let head = |page: &mut Self, record: &Record, sign: &str| {
            page.put(&format!("{sign} \u{b6}{:<digits$} ", record.passage));
            page.label(record.label);
            page.put(" ");
        };
        for IndexedPassage { record, .. } in before {
            head(self, record, " ");
            self.background(&record.text, column);
        }
        head(self, passage, ">");
        self.flow(&passage.text, marks, column);
        self.put("\n");
        for IndexedPassage { record, .. } in after {
            head(self, record, " ");
            self.background(&record.text, column);
        }
    }

    /// Text of others in the background, from a column on. Lines are broken as in
    /// [`marked`](Self::marked).
    pub(super) fn background(&mut self, text: &str, column: usize) {
        if self.coloured {
            let _ = write!(self.text, "{DIM}");
        }
        self.flow(text, &[], column);
        if self.coloured {
            let _ = write!(self.text, "{DIM:#}");
        }
        self.put("\n");
    }

    fn flow(&mut self, text: &str, marks: &[Span], indent: usize) {
        let margin = format!("\n{}", " ".repeat(indent));
        let mut column = indent;
        let mut marks = marks.iter().copied().peekable();
        let mut open = false;
        for (at, piece) in pieces(text) {
            let length = clean(piece.trim_end()).width();
            if let Some(width) = self.width
                && column + length > width
                && column > indent
            {
                self.put(&margin);
                column = indent;
            }
            column += self.marked_piece(at, piece, &margin, &mut marks, &mut open);
            if piece.contains('\n') {
                column = indent;
            }
        }
        if open {
            self.close_mark();
        }
    }

    /// One piece between two places where a line may break; gives its width.
    fn marked_piece(
        &mut self,
        at: usize,
        piece: &str,
        margin: &str,
        marks: &mut std::iter::Peekable<impl Iterator<Item = Span>>,
        open: &mut bool,
    ) -> usize {
        let mut width = 0;
        let mut done = 0;
        while done < piece.len() {
            let Some(mark) = marks.peek().copied() else { break };
            let edge = if *open { mark.end } else { mark.start };
            let beyond = at + piece.len() + usize::from(*open);
            if edge < at + done || edge >= beyond {
                break;
            }
            width += self.plain(&piece[done..edge - at], margin);
            done = edge - at;
            if *open {
                self.close_mark();
                marks.next();
            } else {
                self.open_mark();
            }
            *open = !*open;
            width += usize::from(!self.coloured);
        }
        width + self.plain(&piece[done..], margin)
    }

    /// Text of others as it is; where it has a line break, the next line begins at the
    /// margin.
    fn plain(&mut self, text: &str, margin: &str) -> usize {
        let mut width = 0;
        for (nth, line) in text.split('\n').enumerate() {
            if nth > 0 {
                // An empty line is shown as such, without spaces at its end.
                while self.text.ends_with(' ') {
                    self.text.pop();
                }
                self.put(margin);
            }
            let line = clean(line);
            self.text.push_str(&line);
            width += line.width();
        }
        width
    }

    fn open_mark(&mut self) {
        if self.coloured {
            let _ = write!(self.text, "{FOUND}");
        } else {
            self.text.push('»');
        }
    }

    fn close_mark(&mut self) {
        if self.coloured {
            let _ = write!(self.text, "{FOUND:#}");
        } else {
            self.text.push('«');
        }
    }

    /// The head of a passage: label, confidence, theme, title; below it file, section and
    /// id. What does not fit into the terminal's width goes to the next line.
    pub(super) fn passage_head(&mut self, record: &Record, path: Option<&Path>) {
        let mut column = 6;
        let mut say = |page: &mut Self, style: Style, text: &str| {
            if !text.is_empty() {
                page.put(" ");
                page.styled(style, text);
                column += 1 + clean(text).width();
            }
        };
        self.label(record.label);
        let plain = Style::new();
        let confidence = record.confidence.map(|c| format!("{c:.2}"));
        say(self, plain, confidence.as_deref().unwrap_or(""));
        if record.unsure {
            say(self, AnsiColor::Yellow.on_default(), "unsure");
        }
        say(self, plain, record.kind.map_or("", crate::label::Kind::as_str));
        match (record.theme, &record.unlabelled) {
            (Some(theme), _) => say(self, plain, theme.as_str()),
            (None, Some(why)) => say(self, DIM, why),
            (None, None) => {}
        }
        self.piece(&mut column, &record.title, |page, text| page.styled(BOLD, text));
        self.put("\n");
        let place = match &record.place {
            None => String::new(),
            Some(crate::article::Place::Page(page)) => format!(", page {page}"),
            Some(crate::article::Place::Chapter(chapter)) => format!(", {chapter}"),
        };
        let file = format!("{} \u{b6}{}{place}", record.article, record.passage);
        column = 0;
        self.piece(&mut column, &file, |page, text| match path {
            Some(path) => page.link(DIM, text, path),
            None => page.styled(DIM, text),
        });
        self.piece(&mut column, &record.section, |page, text| {
            page.styled(DIM, text);
        });
        self.piece(&mut column, record.id.as_str(), |page, text| {
            page.styled(DIM, text);
        });
        self.put("\n");
    }

    /// Two spaces and a piece of a line that stays whole where it can: on the next line
    /// where it does not fit, broken where no line holds it.
    fn piece(
        &mut self,
        column: &mut usize,
        text: &str,
        mut write: impl FnMut(&mut Self, &str),
    ) {
        if text.is_empty() {
            return;
        }
        let long = clean(text).width();
        let most = self.width.unwrap_or(usize::MAX);
        if *column > 2 && *column + 2 + long > most {
            self.put("\n");
            *column = 0;
        }
        self.put("  ");
        *column += 2;
        if *column + long <= most {
            write(self, text);
            *column += long;
            return;
        }
        for (_, word) in pieces(text) {
            let word_long = clean(word.trim_end()).width();
            if *column > 2 && *column + word_long > most {
                self.put("\n  ");
                *column = 2;
            }
            write(self, word);
            *column += clean(word).width();
        }
    }

    /// Prints it, through a pager where that is wanted and standard output is a terminal.
    pub(super) fn print(self, paging: Paging) -> io::Result<()> {
        let terminal = io::stdout().is_terminal();
        let wanted = match paging {
            Paging::Auto => terminal,
            Paging::Always => true,
            Paging::Never => false,
        };
        // A pager for nothing would only flicker.
        if wanted && !self.text.is_empty() && self.page()? {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(self.text.as_bytes())?;
        stdout.flush()
    }

    /// Whether a pager could be started.
    fn page(&self) -> io::Result<bool> {
        let named = ["DELINEATE_PAGER", "PAGER"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.trim().is_empty());
        let pager = named.unwrap_or_else(|| "less -FIRX".to_owned());
        let mut words = pager.split_whitespace();
        let Some(program) = words.next() else { return Ok(false) };
        let started = Command::new(program).args(words).stdin(Stdio::piped()).spawn();
        let Ok(mut child) = started else { return Ok(false) };
        if let Some(mut stdin) = child.stdin.take() {
            // Leaving the pager early is no error.
            match stdin.write_all(self.text.as_bytes()) {
                Err(e) if e.kind() != io::ErrorKind::BrokenPipe => return Err(e),
                _ => {}
            }
        }
        child.wait()?;
        Ok(true)
    }
}

/// Words with the spaces after them, and where each begins.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        if rest.is_empty() {
            return None;
        }
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let spaces = rest[word..].len() - rest[word..].trim_start().len();
        let piece = (at, &rest[..word + spaces]);
        at += word + spaces;
        Some(piece)
    })
}

/// A path as a URL, as terminals expect it.
fn file_url(path: &Path) -> String {
    let mut url = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'.'
            | b'-'
            | b'_'
            | b'~' => {
                url.push(char::from(*byte));
            }
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}

/// The part of a passage that shows what matched, and the marks in it.
pub(super) fn snippet(text: &str, marks: &[Span], most: usize) -> (String, Vec<Span>) {
    // A list's lines run on; a space is as long as a line break, so the marks still fit.
    let text = &text.replace('\n', " ");
    if text.len() <= most {
        return (text.clone(), marks.to_vec());
    }
    // The window that holds the most marks, the first one among equals.
    let held = |start: usize| {
        marks.iter().filter(|m| m.start >= start && m.end <= start + most).count()
    };
    let best = marks.iter().map(|m| m.start).rev().max_by_key(|start| held(*start));
    // A little of what stands before.
    let from = best.unwrap_or(0).saturating_sub(most / 4);
    let from = if from == 0 { 0 } else { next_word(text, from) };
    let to = if from + most >= text.len() {
        text.len()
    } else {
        let end = text.floor_char_boundary(from + most);
        text[from..end].rfind(char::is_whitespace).map_or(end, |at| from + at)
    };
    let (before, after) =
        (if from > 0 { "… " } else { "" }, if to < text.len() { " …" } else { "" });
    let shown = format!("{before}{}{after}", &text[from..to]);
    let marks = marks
        .iter()
        .filter(|m| m.start >= from && m.end <= to)
        .map(|m| Span::new(m.start - from + before.len(), m.end - from + before.len()))
        .collect();
    (shown, marks)
}

/// The beginning of the word after a place.
fn next_word(text: &str, at: usize) -> usize {
    let at = text.ceil_char_boundary(at);
    text[at..].find(char::is_whitespace).map_or(at, |space| {
        let rest = &text[at + space..];
        at + space + rest.len() - rest.trim_start().len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: Option<usize>) -> Page {
        Page { text: String::new(), coloured: false, width }
    }

    #[test]
    fn marks_are_shown_without_colour_too() {
        let mut shown = page(None);
        shown.marked(
            "price lists and prices",
            &[Span::new(0, 11), Span::new(16, 22)],
            2,
        );
        assert_eq!(shown.text, "  »price lists« and »prices«\n");
    }

    #[test]
    fn lines_break_at_the_width() {
        let mut shown = page(Some(14));
        shown.marked("one two three four", &[Span::new(4, 13)], 2);
        assert_eq!(shown.text, "  one »two \n  three« four\n");
    }

    #[test]
    fn the_lines_of_a_list_stay_lines() {
        let mut shown = page(Some(15));
        shown.marked("Two reasons:\n\nprice\nplace and time", &[Span::new(14, 19)], 2);
        assert_eq!(shown.text, "  Two reasons:\n\n  »price«\n  place and \n  time\n");
        let mut shown = page(None);
        shown.background("one\ntwo", 4);
        assert_eq!(shown.text, "one\n    two\n");
    }

    #[test]
    fn control_characters_do_not_come_through() {
        let mut shown = page(None);
        shown.marked("a\u{1b}[2Jb c", &[Span::new(0, 6)], 0);
        assert_eq!(shown.text, "»a\\u{1b}[2Jb« c\n");
    }

    #[test]
    fn a_snippet_holds_the_marks() {
        let text = format!("{} needle in {}", "hay ".repeat(100), "straw ".repeat(100));
        let at = text.find("needle").unwrap();
        let (shown, marks) = snippet(&text, &[Span::new(at, at + 6)], 80);
        assert!(
            shown.len() < 100 && shown.starts_with('…') && shown.ends_with('…'),
            "{shown}"
        );
        assert_eq!(marks[0].of(&shown), "needle");
        let (shown, marks) = snippet("short needle", &[Span::new(6, 12)], 80);
        assert_eq!((&*shown, &marks[..]), ("short needle", &[Span::new(6, 12)][..]));
    }

    #[test]
    fn urls_hold_plain_letters_only() {
        assert_eq!(file_url(Path::new("/a b/ü.md")), "file:///a%20b/%C3%BC.md");
    }
}
