//! What is printed and how: cleaned of control characters, never with a panic.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::Error;
use crate::ingest::Skipped;

/// Standard output for data that must reach the reader byte for byte. Nothing else may
/// write to it meanwhile.
pub(super) fn stdout() -> BufWriter<io::Stdout> {
    BufWriter::with_capacity(1 << 16, io::stdout())
}

/// One record as a line of JSON.
pub(super) fn json_line(
    out: &mut impl Write,
    record: &impl serde::Serialize,
) -> crate::Result<()> {
    let place = Path::new("standard output");
    // By way of memory, so that an error is one of writing and not of JSON.
    let mut line = serde_json::to_vec(record)
        .map_err(io::Error::from)
        .map_err(Error::write(place))?;
    line.push(b'\n');
    out.write_all(&line).map_err(Error::write(place))
}

/// Brings all that was written to the reader.
pub(super) fn flush(mut out: impl Write) -> crate::Result<()> {
    out.flush().map_err(Error::write(Path::new("standard output")))
}

/// Writes data that is ready to standard output.
pub(super) fn write_all(data: &[u8]) -> Result<(), Error> {
    let mut stdout = stdout();
    stdout.write_all(data).map_err(Error::write(Path::new("standard output")))?;
    flush(stdout)
}

/// One line on standard error. A closed or full stream cannot be told of anywhere.
pub(super) fn say(line: impl AsRef<str>) {
    let _ = writeln!(anstream::stderr().lock(), "{}", line.as_ref());
}

/// An error with its causes and the way out.
pub(super) fn say_error(error: &anyhow::Error, _verbose: bool) {
    let causes: Vec<_> =
        error.chain().map(|cause| clean(&cause.to_string()).into_owned()).collect();
    say(format!("error: {}", causes.join(": ")));
    if let Some(help) = error.downcast_ref::<Error>().and_then(Error::help) {
        say(format!("help: {help}"));
    }
}

/// One line for each thing that a reader had to guess or give up, with its article.
pub(super) fn say_warnings(warnings: &[(String, String)]) {
    for (article, warning) in warnings {
        say(format!("warning: {}: {}", clean(article), clean(warning)));
    }
}

/// One line for each file that could not be read.
pub(super) fn say_skipped(skipped: &[Skipped]) {
    for Skipped { file, reason } in skipped {
        say(format!("warning: {}: {}", clean(file), clean(reason)));
    }
}

/// Text of others made harmless for a terminal: control characters, line breaks and marks
/// that turn the direction of writing are shown as escapes, tabs as spaces.
///
/// Every text that comes from an article or a file name goes through here before it is
/// printed for people. Records in JSON and CSV carry the true text.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}' | '\u{2029}'
            )
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            c if harmful(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A count with its noun: `1 article`, `2 articles`.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(clean("plain text"), "plain text");
        assert_eq!(clean("a\u{1b}[31mred\n"), "a\\u{1b}[31mred\\n");
        assert_eq!(clean("\u{202e}txt.exe"), "\\u{202e}txt.exe");
    }
}
