//! Rows as one web page that needs nothing else: a table with boxes to filter it, and bars
//! of what it counts. Text of others is escaped, and the page's policy lets nothing run but
//! the script that we wrote.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Heading;
use super::table::{self, Cell, Column, Holds, Row};
use super::tally::LabelCounts;
use crate::label::Label;
use crate::output::OWN_PAGE;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the policy of [`begin`] lets through: SHA-256 of [`STYLE`] and [`SCRIPT`] in base
/// 64. A test tells the new ones after a change.
const STYLE_HASH: &str = "an9OYGCxTaUpGhri/tKQgk3N+wGXlMk5/0NtuBOIDls=";
const SCRIPT_HASH: &str = "SXCHCqWYZ5ZF030Q0JTDJCGf/A2hFlpF/N3RcGC8orc=";

/// A page with one table, written row by row.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    rows: usize,
    labels: LabelCounts,
    bars: bool,
    what: &'static str,
}

impl<W: Write> Writer<W> {
    /// Begins a page with a table of the columns of `R`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn new<R: Row>(mut out: W, heading: &Heading) -> io::Result<Self> {
        let bars = R::COLUMNS.iter().any(|c| c.name == "b2b");
        begin(&mut out, heading, "table")?;
        filters(&mut out, R::COLUMNS)?;
        out.write_all(b"<table class=\"rows\">\n<thead><tr>")?;
        if bars {
            out.write_all(b"<th></th>")?;
        }
        let columns = R::COLUMNS.iter().zip(table::meanings::<R>());
        for (column, meaning) in columns.filter(|(column, _)| is_shown(column)) {
            let (name, holds) = (column.name, class(column.holds));
            write!(
                out,
                "<th data-holds=\"{holds}\" title=\"{}\"><button>{name}</button></th>",
                escaped(&meaning)
            )?;
        }
        out.write_all(b"</tr></thead>\n<tbody>\n")?;
        Ok(Self { out, rows: 0, labels: LabelCounts::default(), bars, what: R::WHAT })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row<R: Row>(&mut self, row: &R) -> io::Result<()> {
        let labels = row.labels();
        self.labels += labels;
        self.rows += 1;
        self.out.write_all(b"<tr>")?;
        if self.bars {
            self.out.write_all(b"<td>")?;
            bar(&mut self.out, &labels, 120)?;
            self.out.write_all(b"</td>")?;
        }
        let cells = row.cells();
        let cells = cells.iter().zip(R::COLUMNS).filter(|(_, c)| is_shown(c));
        for (cell, column) in cells {
            write!(self.out, "<td class=\"{}\">", class(column.holds))?;
            match cell {
                Cell::Label(label) => tag(&mut self.out, *label)?,
                Cell::Text(url) if column.name == "url" => link(&mut self.out, url)?,
                Cell::Number(share) if column.holds == Holds::Share => {
                    write!(self.out, "{:.1} %", 100.0 * share)?;
                }
                _ => self.out.write_all(escaped(&cell.plain()).as_bytes())?,
            }
            self.out.write_all(b"</td>")?;
        }
        self.out.write_all(b"</tr>\n")
    }

    /// Ends the page: the sums, which stand at its top, and the script.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        let Self { rows, what, .. } = self;
        let out = &mut self.out;
        write!(out, "</tbody></table>\n<section id=\"summary\"><p>{rows} {what}")?;
        if self.labels.passages() > 0 {
            out.write_all(b"</p>\n")?;
            bar(out, &self.labels, 600)?;
            key(out, &self.labels)?;
            out.write_all(b"</section>\n")?;
        } else {
            out.write_all(b"</p></section>\n")?;
        }
        writeln!(out, "<script>{SCRIPT}</script>")?;
        end(out)?;
        out.flush()
    }
}

/// The head of a page, up to its heading. `class` is that of the body.
pub(super) fn begin(
    out: &mut impl Write,
    heading: &Heading,
    class: &str,
) -> io::Result<()> {
    let title = escaped(&heading.title);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{STYLE_HASH}'; script-src 'sha256-{SCRIPT_HASH}'; \
         base-uri 'none'; form-action 'none'\">\n\
         {OWN_PAGE}\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body class=\"{class}\">\n<h1>{title}</h1>\n"
    )?;
    if !heading.note.is_empty() {
        writeln!(out, "<p class=\"note\">{}</p>", escaped(&heading.note))?;
    }
    Ok(())
}

/// The end of a page.
pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"</body>\n</html>\n")
}

/// A box for words, and one for each column of few words.
fn filters(out: &mut impl Write, columns: &[Column]) -> io::Result<()> {
    out.write_all(
        b"<form><label>words <input id=\"find\" type=\"search\" autocomplete=\"off\"></label>",
    )?;
    let bars = usize::from(columns.iter().any(|c| c.name == "b2b"));
    let shown = columns.iter().filter(|c| is_shown(c)).enumerate();
    for (at, column) in shown.filter(|(_, c)| c.holds == Holds::Word) {
        let (name, at) = (column.name, at + bars);
        write!(
            out,
            "<label>{name} <select data-column=\"{at}\"><option value=\"\">all</option>\
             </select></label>"
        )?;
    }
    out.write_all(b"<output id=\"shown\"></output></form>\n")
}

/// Places in bytes are for programs, which do not read pages.
fn is_shown(column: &Column) -> bool {
    column.holds != Holds::Offset
}

fn class(holds: Holds) -> &'static str {
    match holds {
        Holds::Name => "name",
        Holds::Prose => "prose",
        Holds::Word => "word",
        Holds::Number | Holds::Share | Holds::Offset => "number",
    }
}

/// A label in its colour.
pub(super) fn tag(out: &mut impl Write, label: Label) -> io::Result<()> {
    write!(out, "<span class=\"tag {}\">{}</span>", label.as_str(), label.shown())
}

/// A link where it is one that a browser may safely follow, else the text.
pub(super) fn link(out: &mut impl Write, url: &str) -> io::Result<()> {
    let shown = escaped(url);
    let lower = url.trim_start().to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        write!(
            out,
            "<a href=\"{shown}\" rel=\"noopener noreferrer nofollow\">{shown}</a>"
        )
    } else {
        out.write_all(shown.as_bytes())
    }
}

/// A bar of this many pixels, cut by the shares of the labels.
pub(super) fn bar(
    out: &mut impl Write,
    counts: &LabelCounts,
    pixels: usize,
) -> io::Result<()> {
    write!(out, "<svg width=\"{pixels}\" height=\"14\" role=\"img\" aria-label=\"")?;
    let parts = parts(counts);
    let said: Vec<_> = parts.iter().map(|(_, name, n)| format!("{name} {n}")).collect();
    write!(out, "{}\">", said.join(", "))?;
    let whole = counts.passages().max(1) as f64;
    let mut x = 0.0;
    for (class, name, n) in parts {
        let width = n as f64 / whole * pixels as f64;
        if n > 0 {
            write!(
                out,
                "<rect class=\"{class}\" x=\"{x:.2}\" width=\"{width:.2}\" height=\"14\">\
                 <title>{name} {n}</title></rect>"
            )?;
        }
        x += width;
    }
    out.write_all(b"</svg>")
}

/// What the colours of [`bar`] mean, with the counts.
fn key(out: &mut impl Write, counts: &LabelCounts) -> io::Result<()> {
    out.write_all(b"<div class=\"key\">")?;
    for (class, name, n) in parts(counts) {
        if n > 0 {
            let percent = 100.0 * n as f64 / counts.passages() as f64;
            write!(
                out,
                "<span><svg width=\"12\" height=\"12\"><rect class=\"{class}\" width=\"12\" \
                 height=\"12\"/></svg> {name} {n} ({percent:.1} %)</span>"
            )?;
        }
    }
    out.write_all(b"</div>\n")
}

fn parts(counts: &LabelCounts) -> [(&'static str, &'static str, usize); 4] {
    let part = |label: Label| (label.as_str(), label.shown(), counts.with(label));
    let unlabelled = ("unlabelled", "unlabelled", counts.unlabelled);
    [part(Label::B2b), part(Label::B2c), part(Label::Shared), unlabelled]
}

/// Text made harmless inside of elements and of attributes in double quotes.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let special = |c: char| {
        matches!(c, '&' | '<' | '>' | '"' | '\'')
            || (c.is_control() && !matches!(c, '\n' | '\t'))
    };
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if special(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::label::Theme;
    use crate::record::Record;
    use crate::report::rows::{self, ThemeRow};
    use crate::report::sample::record;

    #[test]
    fn the_policy_names_the_style_and_the_script() {
        for (name, text, hash) in
            [("STYLE_HASH", STYLE, STYLE_HASH), ("SCRIPT_HASH", SCRIPT, SCRIPT_HASH)]
        {
            let now = base64(&Sha256::digest(text.as_bytes()));
            assert_eq!(hash, now, "the file changed: set {name} to {now:?}");
        }
    }

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let mut group = [0; 3];
            group[..chunk.len()].copy_from_slice(chunk);
            let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
            for place in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
                out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
            }
        }
        out
    }

    fn page(records: &[Record]) -> String {
        let heading =
            Heading { title: "A & B".into(), note: "label b2b".into(), time: None };
        let mut out = Vec::new();
        let mut writer = Writer::new::<Record>(&mut out, &heading).unwrap();
        for record in records {
            writer.row(record).unwrap();
        }
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_of_others_is_escaped() {
        let text = "<script>alert(1)</script> \"quoted\" & \u{1b}";
        let mut row = record("a.md", 1, Some(Label::B2b), Theme::Pricing, text);
        row.url = Some("javascript:alert(1)".into());
        row.title = "</title><img src=x onerror=y>".into();
        let page = page(&[row]);
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert!(page.contains(
            "&lt;script&gt;alert(1)&lt;/script&gt; &quot;quoted&quot; &amp; \u{fffd}"
        ));
        assert!(!page.contains("<img"));
        assert!(!page.contains("href"), "only web addresses are links");
        assert!(page.contains("<title>A &amp; B</title>"));
    }

    #[test]
    fn a_page_counts_what_it_shows() {
        let row = |n, label| record("a.md", n, Some(label), Theme::Pricing, "Text.");
        let page = page(&[row(1, Label::B2b), row(2, Label::B2b), row(3, Label::B2c)]);
        assert!(page.contains("3 passages"));
        assert!(page.contains("B2B 2 (66.7 %)"), "{page}");
        assert!(page.contains("aria-label=\"B2B 2, B2C 1, SHARED 0, unlabelled 0\""));
    }

    #[test]
    fn shares_are_shown_in_percent() {
        let records = [Label::B2b, Label::B2b, Label::B2c]
            .map(|label| record("a.md", 1, Some(label), Theme::Pricing, "Text."));
        let rows = rows::themes(records.into_iter().map(Ok::<_, Infallible>)).unwrap();
        let pricing = rows.iter().find(|row| row.theme == Theme::Pricing).unwrap();
        let mut out = Vec::new();
        let mut writer =
            Writer::new::<ThemeRow>(&mut out, &Heading::default()).unwrap();
        writer.row(pricing).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert!(page.contains("<td class=\"number\">66.7 %</td>"), "{page}");
    }

    #[test]
    fn web_addresses_are_links() {
        let mut out = Vec::new();
        link(&mut out, "https://example.org/?a=\"&b").unwrap();
        let link = String::from_utf8(out).unwrap();
        assert!(
            link.starts_with("<a href=\"https://example.org/?a=&quot;&amp;b\""),
            "{link}"
        );
    }
}
