//! Rows as CSV that a spreadsheet opens rightly: RFC 4180, a header always, and no cell
//! that a spreadsheet would take for a formula.

use std::borrow::Cow;
use std::io::{self, Write};

use super::table::{Cell, Row};

/// How CSV is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// For old spreadsheets: a byte order mark ahead, lines that end with CR LF.
    pub excel: bool,
    /// Text as it is, also where a spreadsheet would take it for a formula.
    pub raw: bool,
}

/// Writes rows of one kind. The header comes with the first row, or at the end.
#[derive(Debug)]
pub struct Writer<W: Write> {
    csv: ::csv::Writer<W>,
    style: Style,
}

impl<W: Write> Writer<W> {
    /// Begins a table with the columns of `R`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn new<R: Row>(mut out: W, style: Style) -> io::Result<Self> {
        if style.excel {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let ends = if style.excel {
            ::csv::Terminator::CRLF
        } else {
            ::csv::Terminator::Any(b'\n')
        };
        let mut csv = ::csv::WriterBuilder::new().terminator(ends).from_writer(out);
        csv.write_record(R::COLUMNS.iter().map(|c| c.name)).map_err(plain)?;
        Ok(Self { csv, style })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, row: &impl Row) -> io::Result<()> {
        for cell in row.cells() {
            let text = cell.plain();
            let guarded = match cell {
                Cell::Text(_) | Cell::Date(_) if !self.style.raw => guard(&text),
                _ => text,
            };
            self.csv.write_field(guarded.as_bytes()).map_err(plain)?;
        }
        self.csv.write_record(None::<&[u8]>).map_err(plain)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// The text with an apostrophe ahead where a spreadsheet would run it: the characters named
/// by OWASP (CSV Injection) and ASVS 1.2.10, with the wide forms that some spreadsheets
/// read like the plain ones.
pub fn guard(text: &str) -> Cow<'_, str> {
    let risky = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠',
    ]);
    if risky { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The I/O error inside; nothing else can go wrong, since rows are of equal length.
fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Column, Holds};
    use super::*;

    #[derive(serde::Serialize)]
    struct Pair(String, f64);

    impl Row for Pair {
        const COLUMNS: &'static [Column] =
            &[Column::new("name", Holds::Name), Column::new("value", Holds::Number)];
        const WHAT: &'static str = "pairs";
        const SCHEMA: &'static str = "{}";

        fn cells(&self) -> Vec<Cell<'_>> {
            vec![Cell::text(&self.0), Cell::Number(self.1)]
        }
    }

    #[track_caller]
    fn check(name: &str, value: f64, style: Style, expected: &str) {
        let mut out = Vec::new();
        let mut writer = Writer::new::<Pair>(&mut out, style).unwrap();
        writer.row(&Pair(name.into(), value)).unwrap();
        writer.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let plain = Style::default();
        check("a", 1.0, plain, "name,value\na,1\n");
        check("a, \"b\"\nc", 1.0, plain, "name,value\n\"a, \"\"b\"\"\nc\",1\n");
        check("", 1.0, plain, "name,value\n,1\n");
    }

    #[test]
    fn text_is_never_a_formula_and_numbers_are_never_text() {
        let plain = Style::default();
        check("=1+1", -2.0, plain, "name,value\n'=1+1,-2\n");
        check("@SUM(A1)", 0.5, plain, "name,value\n'@SUM(A1),0.5\n");
        check("\tx", 0.5, plain, "name,value\n'\tx,0.5\n");
        check("＝1", 0.5, plain, "name,value\n'＝1,0.5\n");
        check("a=b", 0.5, plain, "name,value\na=b,0.5\n");
        check("=1+1", 0.5, Style { raw: true, ..plain }, "name,value\n=1+1,0.5\n");
    }

    #[test]
    fn excel_gets_its_mark_and_its_line_ends() {
        let excel = Style { excel: true, raw: false };
        check("é", 1.0, excel, "\u{feff}name,value\r\né,1\r\n");
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        let mut out = Vec::new();
        Writer::new::<Pair>(&mut out, Style::default()).unwrap().finish().unwrap();
        assert_eq!(out, b"name,value\n");
    }
}
