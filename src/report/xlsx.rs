//! Rows as an Excel workbook: text as text, never as a formula or a link; a frozen header
//! with filters; labels in their colours; dates as dates, and yes or no as such.

use std::io::{self, Write};

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};

use super::Heading;
use super::palette;
use super::table::{self, Cell, Holds, Row};
use crate::label::Label;

/// UTF-16 units that a cell can hold.
const MOST_UNITS: usize = 32_767;

/// Rows that a sheet can hold, header included.
const MOST_ROWS: u32 = 1_048_576;

/// A workbook with the rows in its first sheet and what the columns mean in its second. It
/// is held in memory until it is finished.
pub struct Writer {
    book: Workbook,
    sheet: Worksheet,
    formats: Formats,
    next: u32,
    columns: u16,
    meanings: Vec<(&'static str, String)>,
    shortened: usize,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("rows", &self.next).finish_non_exhaustive()
    }
}

struct Formats {
    line: Format,
    prose: Format,
    share: Format,
    date: Format,
    labels: [Format; 3],
}

impl Writer {
    /// Begins a sheet with the columns of `R`.
    ///
    /// # Errors
    /// When the sheet refuses a header, which it has no reason to.
    pub fn new<R: Row>(heading: &Heading) -> io::Result<Self> {
        let mut book = Workbook::new();
        book.set_properties(&properties(heading).map_err(plain)?);
        let mut sheet = Worksheet::new();
        sheet.set_name(sheet_name(R::WHAT)).map_err(plain)?;
        let header = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(palette::HEADER))
            .set_align(FormatAlign::Top);
        for (at, column) in (0..).zip(R::COLUMNS) {
            sheet
                .write_string_with_format(0, at, column.name, &header)
                .map_err(plain)?;
            sheet
                .set_column_width(at, width(column.holds, column.name))
                .map_err(plain)?;
            if column.holds == Holds::Offset {
                sheet.set_column_hidden(at).map_err(plain)?;
            }
        }
        sheet.set_freeze_panes(1, 0).map_err(plain)?;
        let columns = u16::try_from(R::COLUMNS.len()).unwrap_or(u16::MAX);
        let names = R::COLUMNS.iter().map(|c| c.name);
        let meanings = names.zip(table::meanings::<R>()).collect();
        let formats = Formats::new();
        Ok(Self { book, sheet, formats, next: 1, columns, meanings, shortened: 0 })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the sheet is full.
    pub fn row(&mut self, row: &impl Row) -> io::Result<()> {
        if self.next == MOST_ROWS {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("a sheet holds {} rows; write CSV instead", MOST_ROWS - 1),
            ));
        }
        for ((at, cell), column) in (0..).zip(row.cells()).zip(columns_of(row)) {
            self.cell(at, &cell, column.holds).map_err(plain)?;
        }
        self.next += 1;
        Ok(())
    }

    fn cell(
        &mut self,
        at: u16,
        cell: &Cell<'_>,
        holds: Holds,
    ) -> Result<(), XlsxError> {
        let (sheet, row) = (&mut self.sheet, self.next);
        let format = match cell {
            Cell::Label(label) => self.formats.label(*label),
            _ if holds == Holds::Prose => &self.formats.prose,
            _ if holds == Holds::Share => &self.formats.share,
            _ => &self.formats.line,
        };
        match cell {
            Cell::Empty => {}
            #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            Cell::Count(n) => {
                sheet.write_number_with_format(row, at, *n as f64, format)?;
            }
            Cell::Number(x) => {
                sheet.write_number_with_format(row, at, *x, format)?;
            }
            Cell::Flag(yes) => {
                sheet.write_boolean_with_format(row, at, *yes, format)?;
            }
            Cell::Date(text) if day(text).is_some() => {
                if let Some(day) = day(text) {
                    let format = &self.formats.date;
                    sheet.write_datetime_with_format(row, at, &day, format)?;
                }
            }
            Cell::Text(_) | Cell::Label(_) | Cell::Word(_) | Cell::Date(_) => {
                let text = cell.plain();
                let fits = fitting(&text);
                self.shortened += usize::from(fits.len() < text.len());
                sheet.write_string_with_format(row, at, fits, format)?;
            }
        }
        Ok(())
    }

    /// Writes the workbook, and says how many cells had to be shortened.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn finish(mut self, out: &mut dyn Write) -> io::Result<usize> {
        let (last_row, last_column) = (self.next - 1, self.columns.saturating_sub(1));
        self.sheet.autofilter(0, 0, last_row, last_column).map_err(plain)?;
        self.book.push_worksheet(self.sheet);
        let about = about(&self.meanings, &self.formats).map_err(plain)?;
        self.book.push_worksheet(about);
        out.write_all(&self.book.save_to_buffer().map_err(plain)?)?;
        Ok(self.shortened)
    }
}

/// A sheet that says what the columns mean.
fn about(
    meanings: &[(&'static str, String)],
    formats: &Formats,
) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name("columns")?;
    sheet.set_column_width(0, width(Holds::Name, ""))?;
    sheet.set_column_width(1, width(Holds::Prose, ""))?;
    for (row, (name, meaning)) in (0..).zip(meanings) {
        sheet.write_string_with_format(row, 0, *name, &formats.line)?;
        sheet.write_string_with_format(row, 1, meaning, &formats.prose)?;
    }
    Ok(sheet)
}

impl Formats {
    fn new() -> Self {
        let line = Format::new().set_align(FormatAlign::Top);
        Self {
            prose: line.clone().set_text_wrap(),
            share: line.clone().set_num_format("0.0 %"),
            date: line.clone().set_num_format("yyyy-mm-dd"),
            labels: Label::ALL.map(|l| {
                line.clone().set_background_color(Color::RGB(palette::light(l)))
            }),
            line,
        }
    }

    fn label(&self, label: Label) -> &Format {
        &self.labels[label as usize]
    }
}

/// A day that a sheet can reckon with; months and years alone stay text.
fn day(text: &str) -> Option<ExcelDateTime> {
    let mut parts = text.splitn(3, '-').map(str::parse::<u16>);
    let (year, month, day) =
        (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let [month, day] = [month, day].map(u8::try_from);
    ExcelDateTime::from_ymd(year, month.ok()?, day.ok()?).ok()
}

fn columns_of<R: Row>(_: &R) -> &'static [table::Column] {
    R::COLUMNS
}

/// The workbook's own facts. Its time is that of `SOURCE_DATE_EPOCH`, else always the same,
/// so that equal reports are equal files.
fn properties(heading: &Heading) -> Result<DocProperties, XlsxError> {
    let time = match heading.time {
        Some(seconds) => ExcelDateTime::from_timestamp(seconds)?,
        None => ExcelDateTime::from_ymd(1980, 1, 1)?,
    };
    Ok(DocProperties::new()
        .set_title(&heading.title)
        .set_comment(&heading.note)
        .set_creation_datetime(&time))
}

/// A sheet's name has at most 31 characters.
fn sheet_name(what: &str) -> String {
    what.chars().take(31).collect()
}

/// In characters of the sheet's font, wide enough for the column's own name and filter
/// button.
fn width(holds: Holds, name: &str) -> f64 {
    let least = name.len() as f64 + 4.0;
    match holds {
        // Thirteen letters; where a passage is from is looked up rather than read, so that
        // text and label stand on one screen.
        Holds::Name if name == "id" => 15.0,
        Holds::Name => least.max(20.0),
        Holds::Prose => least.max(70.0),
        Holds::Word | Holds::Number | Holds::Share | Holds::Offset => least.max(10.0),
    }
}

/// As much of the text as a cell holds, with a mark where something is missing.
fn fitting(text: &str) -> String {
    if text.encode_utf16().count() <= MOST_UNITS {
        return text.to_owned();
    }
    let mut units = 1;
    let kept = text.chars().take_while(|c| {
        units += c.len_utf16();
        units <= MOST_UNITS
    });
    kept.chain(['…']).collect()
}

fn plain(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::label::Theme;
    use crate::record::Record;
    use crate::report::sample::record;

    fn book(records: &[Record]) -> Vec<u8> {
        let heading = Heading { title: "passages".into(), ..Heading::default() };
        let mut writer = Writer::new::<Record>(&heading).unwrap();
        for record in records {
            writer.row(record).unwrap();
        }
        let mut out = Vec::new();
        assert_eq!(writer.finish(&mut out).unwrap(), 0);
        out
    }

    #[cfg(feature = "office")]
    fn part(book: &[u8], name: &str) -> String {
        let mut zip = zip::ZipArchive::new(io::Cursor::new(book)).unwrap();
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[cfg(feature = "office")]
    #[test]
    fn text_stays_text() {
        let text = "=HYPERLINK(\"http://evil\") & <b> \u{1b}[31m";
        let book = book(&[record("a.md", 1, Some(Label::B2b), Theme::Pricing, text)]);
        let strings = part(&book, "xl/sharedStrings.xml");
        assert!(
            strings.contains("=HYPERLINK(\"http://evil\") &amp; &lt;b&gt;"),
            "{strings}"
        );
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>"), "a formula in {sheet}");
        assert!(sheet.contains("<autoFilter ref=\"A1:Z2\"/>"), "{sheet}");
        assert!(sheet.contains("ySplit=\"1\""), "the header is not frozen in {sheet}");
    }

    #[cfg(feature = "office")]
    #[test]
    fn dates_and_flags_are_such_and_places_are_hidden() {
        let mut one = record("a.md", 1, Some(Label::B2b), Theme::Pricing, "Seats.");
        one.date = Some("2023-01-18".into());
        let mut two = one.clone();
        two.date = Some("2023".into());
        let sheet = part(&book(&[one, two]), "xl/worksheets/sheet1.xml");
        // Days since the end of 1899.
        assert!(sheet.contains("<v>44944</v>"), "{sheet}");
        assert!(sheet.contains("t=\"b\"><v>0</v>"), "{sheet}");
        assert!(sheet.contains("hidden=\"1\""), "{sheet}");
        assert!(day("2023").is_none() && day("2023-02-30").is_none());
        assert!(day("2023-1-x").is_none() && day("1066-10-14").is_none());
    }

    #[test]
    fn equal_rows_give_equal_files() {
        let rows = [record("a.md", 1, Some(Label::B2c), Theme::Pricing, "Coins.")];
        assert_eq!(book(&rows), book(&rows));
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_with_a_mark() {
        assert_eq!(fitting("short"), "short");
        let long = fitting(&"😀".repeat(20_000));
        assert!(long.ends_with('…') && long.encode_utf16().count() <= MOST_UNITS);
    }
}
