//! Tables and bars for the terminal: aligned by what is seen, cut to its width, readable
//! without colour.

use std::borrow::Cow;
use std::fmt::Write;
use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::out;
use crate::label::Label;
use crate::report::LabelCounts;

/// How wide lines may be where nobody says: where output is no terminal, nothing is cut.
pub(super) const WIDTH: usize = 100;

/// The colour of a label; its name stands beside it always.
pub(super) fn style(label: Label) -> Style {
    match label {
        Label::B2b => AnsiColor::Blue.on_default().bold(),
        Label::B2c => AnsiColor::Magenta.on_default().bold(),
        Label::Shared => AnsiColor::Green.on_default().bold(),
    }
}

/// What a reader should not pass over.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// A label as people read it, in its colour, as wide as the widest.
pub(super) fn label(label: Option<Label>) -> String {
    match label {
        Some(label) => {
            let style = style(label);
            format!("{style}{:<6}{style:#}", label.shown())
        }
        None => format!("{:<6}", "-"),
    }
}

/// A heading in the terminal.
pub(super) fn heading(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Columns of the terminal; `None` where output goes elsewhere.
pub(super) fn terminal_width() -> Option<usize> {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(stdout)?;
    Some(usize::from(width).max(40))
}

/// Whether bars are drawn with letters: when asked for, and where the terminal or the
/// locale says that it knows nothing else.
pub(super) fn only_ascii(asked: bool) -> bool {
    let stated = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    let other_locale = stated.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !(locale.contains("utf-8") || locale.contains("utf8"))
    });
    asked || other_locale || std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// The glyphs of B2B, B2C, shared and unlabelled in a bar: they differ without colour.
const GLYPHS: [char; 4] = ['█', '▓', '░', '·'];
const ASCII_GLYPHS: [char; 4] = ['#', '=', '-', '.'];

/// A bar of `width` columns cut by the shares of the labels, unlabelled last. Every label
/// that occurs is seen.
pub(super) fn bar(counts: &LabelCounts, width: usize, ascii: bool) -> String {
    let glyphs = if ascii { ASCII_GLYPHS } else { GLYPHS };
    let parts = [counts.b2b, counts.b2c, counts.shared, counts.unlabelled];
    let mut out = String::new();
    for (at, columns) in split(parts, width).into_iter().enumerate() {
        let glyph = glyphs[at].to_string().repeat(columns);
        match Label::ALL.get(at) {
            Some(&label) => {
                let style = style(label);
                let _ = write!(out, "{style}{glyph}{style:#}");
            }
            None => out.push_str(&glyph),
        }
    }
    out
}

/// What the glyphs of [`bar`] mean.
pub(super) fn key(ascii: bool, unlabelled: bool) -> String {
    let glyphs = if ascii { ASCII_GLYPHS } else { GLYPHS };
    let mut out = String::new();
    for (label, glyph) in Label::ALL.into_iter().zip(glyphs) {
        let style = style(label);
        let _ = write!(out, "{style}{glyph}{style:#} {}  ", label.shown());
    }
    if unlabelled {
        let _ = write!(out, "{} unlabelled", glyphs[3]);
    }
    out.trim_end().to_owned()
}

/// Columns for each part, as near to its share as whole columns allow (largest remainder),
/// but at least one for each part that is not nothing.
fn split(parts: [usize; 4], width: usize) -> [usize; 4] {
    let whole: usize = parts.iter().sum();
    if whole == 0 {
        return [0; 4];
    }
    let mut columns = parts.map(|n| (n * width / whole).max(usize::from(n > 0)));
    let rest = |at: usize| parts[at] * width % whole;
    let mut order = [0, 1, 2, 3];
    order.sort_by_key(|&at| std::cmp::Reverse(rest(at)));
    let mut sum: usize = columns.iter().sum();
    for at in order {
        if sum < width && parts[at] > 0 {
            columns[at] += 1;
            sum += 1;
        }
    }
    while sum > width {
        let widest = (0..4).max_by_key(|&at| columns[at]).unwrap_or(0);
        columns[widest] -= 1;
        sum -= 1;
    }
    columns
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text cut to `most` columns, `…` standing for the rest.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let mut taken = 1;
    let kept = text.chars().take_while(|c| {
        taken += c.width().unwrap_or(0);
        taken <= most
    });
    let mut out: String = kept.collect();
    out.truncate(out.trim_end().len());
    if most > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// The end of a text, `…` standing for what was before.
pub(super) fn cut_start(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut taken = 1;
    let kept: Vec<char> = text
        .chars()
        .rev()
        .take_while(|c| {
            taken += c.width().unwrap_or(0);
            taken <= most
        })
        .collect();
    let end: String = kept.into_iter().rev().collect();
    if most > 0 { format!("…{}", end.trim_start()) } else { String::new() }
}

/// The text filled up to `columns` on the right.
pub(super) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text filled up to `columns` on the left.
pub(super) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Lines of at most `columns`, broken at spaces, each after `indent`.
pub(super) fn wrapped(text: &str, columns: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            out.push('\n');
            used = 0;
        }
        if used == 0 {
            out.push_str(indent);
        } else {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += wide;
    }
    out
}

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table whose columns are as wide as their widest cell; some of them give way where the
/// terminal is too narrow, the widest first.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Drawn>>,
    /// The columns that give way.
    elastic: Vec<usize>,
}

/// A cell: what is seen, and how.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    text: String,
    style: Style,
    /// Already drawn, with its width: a bar.
    columns: Option<usize>,
}

impl Drawn {
    /// Text of others, made harmless.
    pub(super) fn text(text: &str) -> Self {
        Self::plain(out::clean(text).into_owned())
    }

    /// Text of ours.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::new(), columns: None }
    }

    /// A bar by [`bar`] of this width.
    pub(super) fn bar(bar: String, columns: usize) -> Self {
        Self { text: bar, style: Style::new(), columns: Some(columns) }
    }

    /// The same in a style.
    pub(super) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    fn width(&self) -> usize {
        self.columns.unwrap_or_else(|| width(&self.text))
    }
}

impl Table {
    /// A table with these columns; `elastic` are those that give way.
    pub(super) fn new(columns: &[(&'static str, Align)], elastic: &[usize]) -> Self {
        let elastic = elastic.to_vec();
        Self { columns: columns.to_vec(), rows: Vec::new(), elastic }
    }

    /// Adds a row with a cell for each column.
    pub(super) fn row(&mut self, cells: Vec<Drawn>) {
        self.rows.push(cells);
    }

    /// How wide it is where nothing gives way.
    pub(super) fn width(&self) -> usize {
        sum(&self.widths())
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> =
            self.columns.iter().map(|(t, _)| width(t)).collect();
        for row in &self.rows {
            for (wide, cell) in widths.iter_mut().zip(row) {
                *wide = (*wide).max(cell.width());
            }
        }
        widths
    }

    /// Adds a column at the right, with a cell for each row.
    pub(super) fn column(&mut self, title: &'static str, cells: Vec<Drawn>) {
        self.columns.push((title, Align::Left));
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }

    /// The table's lines. `most` is how wide they may be; `None` is any width.
    pub(super) fn draw(&self, most: Option<usize>) -> String {
        let mut widths = self.widths();
        let over = most.and_then(|most| sum(&widths).checked_sub(most));
        for _ in 0..over.unwrap_or(0) {
            let wide = self.elastic.iter().copied().filter(|&at| widths[at] > LEAST);
            match wide.max_by_key(|&at| widths[at]) {
                Some(widest) => widths[widest] -= 1,
                None => break,
            }
        }
        let mut out = String::new();
        for (at, (title, align)) in self.columns.iter().enumerate() {
            let mut cell = Drawn::plain(*title);
            if !title.is_empty() {
                cell = cell.styled(Style::new().underline());
            }
            draw_cell(&mut out, at, &cell, *align, widths[at]);
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
        for row in &self.rows {
            for (at, (cell, (_, align))) in row.iter().zip(&self.columns).enumerate() {
                draw_cell(&mut out, at, cell, *align, widths[at]);
            }
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
        out
    }
}

/// A column that gives way keeps so much.
const LEAST: usize = 12;

/// The columns of a line: two spaces stand between.
fn sum(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

/// Draws the `at`-th cell of a line, `wide` columns wide.
fn draw_cell(out: &mut String, at: usize, cell: &Drawn, align: Align, wide: usize) {
    if at > 0 {
        out.push_str("  ");
    }
    let text = if cell.columns.is_some() {
        Cow::Borrowed(&*cell.text)
    } else {
        cut(&cell.text, wide)
    };
    let used = cell.columns.unwrap_or_else(|| width(&text));
    let fill = " ".repeat(wide.saturating_sub(used));
    let style = cell.style;
    let _ = match align {
        Align::Left => write!(out, "{style}{text}{style:#}{fill}"),
        Align::Right => write!(out, "{fill}{style}{text}{style:#}"),
    };
}

/// A share as people read it: `12 %`, `0.4 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 0.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_bar_is_seen() {
        assert_eq!(split([50, 30, 20, 0], 10), [5, 3, 2, 0]);
        assert_eq!(split([997, 1, 1, 1], 10), [7, 1, 1, 1]);
        assert_eq!(split([1, 1, 1, 0], 10).iter().sum::<usize>(), 10);
        assert_eq!(split([0, 0, 0, 0], 10), [0; 4]);
        assert_eq!(split([3, 0, 0, 0], 10), [10, 0, 0, 0]);
    }

    #[test]
    fn text_is_cut_by_what_is_seen() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("a longer text", 8), "a longe…");
        assert_eq!(cut("日本語です", 5), "日本…");
        assert_eq!(cut_start("a longer text", 8), "…er text");
        assert_eq!(right("日本", 6), "  日本");
    }

    #[test]
    fn lines_are_broken_at_spaces() {
        assert_eq!(wrapped("one two three", 7, "> "), "> one two\n> three");
        assert_eq!(wrapped("", 7, "> "), "");
    }

    #[test]
    fn the_elastic_column_gives_way() {
        let mut table = Table::new(&[("name", Align::Left), ("n", Align::Right)], &[0]);
        table.row(vec![
            Drawn::plain("a rather long name of a thing"),
            Drawn::plain("12"),
        ]);
        let drawn = anstream::adapter::strip_str(&table.draw(Some(20))).to_string();
        assert_eq!(drawn, "name               n\na rather long n…  12\n");
        let wide = anstream::adapter::strip_str(&table.draw(None)).to_string();
        assert!(wide.contains("a rather long name of a thing  12"), "{wide}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(Drawn::text("a\u{1b}[2J").text, "a\\u{1b}[2J");
    }
}
