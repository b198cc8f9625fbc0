//! Plain text: paragraphs stand between blank lines, or on a line each, or are wrapped and
//! indented. Which it is, the whole text tells.

use super::flow::typed_item;
use super::{Input, Parts, Reader, encoding, highlights, markdown, properties};
use crate::article::{BlockKind, Draft};

/// `.txt` and its like.
pub(super) struct Text;

impl Reader for Text {
    fn format(&self) -> &'static str {
        "text"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let decoded = encoding::decode(input.bytes, None)?;
        if let Some(parts) = highlights::of_reader(&decoded) {
            return Ok(parts);
        }
        let mut draft = decoded.draft();
        if is_markdown(&decoded.text) {
            "as Markdown".clone_into(&mut draft.reader);
            markdown::push_markdown(&mut draft, &decoded.text);
        } else {
            let text = markdown::with_plain_line_ends(&decoded.text);
            let (_, body) = properties::take_property_lines(&text, &mut draft);
            push_text(&mut draft, body);
        }
        properties::settle_title(&mut draft, input.name);
        Ok(draft.into())
    }
}

/// Whether a text is Markdown by another name: front matter, or headings and links in its
/// notation.
pub(super) fn is_markdown(text: &str) -> bool {
    let heading = |line: &&str| {
        let rest = line.trim_start_matches('#');
        rest.len() < line.len() && rest.starts_with(' ')
    };
    text.starts_with("---\n")
        || text.starts_with("---\r\n")
        || text.lines().filter(heading).take(2).count() == 2
        || text.matches("](http").take(2).count() == 2
}

/// Appends the blocks of a plain text.
pub(super) fn push_text(draft: &mut Draft, text: &str) {
    let wrapped = is_wrapped(text);
    let mut first = true;
    for paragraph in paragraphs(text) {
        for (kind, text) in blocks(&paragraph, wrapped, first) {
            draft.push(kind, &text);
        }
        first = false;
    }
}

/// The lines of each paragraph; blank lines and form feeds stand between.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let mut out: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.split(['\n', '\u{c}']) {
        match out.last_mut() {
            Some(last) if !line.trim().is_empty() => last.push(line),
            Some(last) if !last.is_empty() => out.push(Vec::new()),
            _ => {}
        }
    }
    out.retain(|lines| !lines.is_empty());
    out
}

/// Nobody breaks lines to fit so great a width, in bytes.
const WIDTH: usize = 200;

/// Whether lines were broken to fit a width: then most lines that another one follows end
/// within a sentence, and most text is in lines that are not very long.
fn is_wrapped(text: &str) -> bool {
    let long = text.lines().filter(|line| line.len() > WIDTH);
    if long.map(str::len).sum::<usize>() * 2 > text.len() {
        return false;
    }
    let mut broken = 0_usize;
    let mut ended = 0_usize;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for pair in lines.windows(2) {
        if pair[0].is_empty() || pair[1].is_empty() || item(pair[1]).is_some() {
            continue;
        }
        if ends_sentence(pair[0]) { ended += 1 } else { broken += 1 }
    }
    broken > ended
}

pub(super) fn ends_sentence(line: &str) -> bool {
    let line = line.trim_end_matches(['"', '”', '’', '\'', ')', ']']);
    line.ends_with(['.', '!', '?', ':', '…'])
}

/// The blocks that the lines of one paragraph make.
fn blocks(lines: &[&str], wrapped: bool, first: bool) -> Vec<(BlockKind, String)> {
    if let [title, rule] = lines
        && let Some(level) = underline(rule)
    {
        return vec![(BlockKind::Heading(level), (*title).to_owned())];
    }
    if let [line] = lines
        && let Some(level) = heading(line, first)
    {
        return vec![(BlockKind::Heading(level), line.trim().to_owned())];
    }
    let mut out: Vec<(BlockKind, String)> = Vec::new();
    let mut lines = lines.iter().copied().peekable();
    while let Some(line) = lines.next() {
        if let Some(level) = lines.peek().and_then(|next| underline(next)) {
            lines.next();
            out.push((BlockKind::Heading(level), line.to_owned()));
        } else if let Some(text) = item(line) {
            out.push((BlockKind::ListItem(0), text.to_owned()));
        } else if let Some(text) = line.trim_start().strip_prefix("> ") {
            push_line(&mut out, BlockKind::Quote, text, wrapped, false);
        } else {
            let in_list = matches!(out.last(), Some((BlockKind::ListItem(_), _)));
            if in_list && line.starts_with([' ', '\t']) {
                push_line(&mut out, BlockKind::ListItem(0), line, true, false);
            } else {
                // The first line of an indented paragraph begins it.
                let indented = line.starts_with("  ") || line.starts_with('\t');
                push_line(&mut out, BlockKind::Paragraph, line, wrapped, indented);
            }
        }
    }
    out
}

/// Joins a line to the block before where that goes on, else begins a new one.
fn push_line(
    out: &mut Vec<(BlockKind, String)>,
    kind: BlockKind,
    line: &str,
    wrapped: bool,
    begins: bool,
) {
    match out.last_mut() {
        Some((last_kind, last))
            if *last_kind == kind && wrapped && !(begins && ends_sentence(last)) =>
        {
            // A word that was divided at the line's end.
            let divided = last.ends_with('-')
                && last.chars().rev().nth(1).is_some_and(char::is_lowercase)
                && line.trim_start().starts_with(char::is_lowercase);
            if divided {
                last.pop();
            } else {
                last.push(' ');
            }
            last.push_str(line.trim());
        }
        _ => out.push((kind, line.trim().to_owned())),
    }
}

/// The text of a list item, after its bullet or number.
pub(super) fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(text) =
        ["- ", "* ", "+ ", "o "].iter().find_map(|b| line.strip_prefix(b))
    {
        return Some(text.trim());
    }
    let digits =
        line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if (1..=2).contains(&digits)
        && let Some(text) = line[digits..].strip_prefix(['.', ')'])
        && text.starts_with([' ', '\t'])
    {
        return Some(text.trim());
    }
    typed_item(line)
}

/// The level of a heading that is underlined so.
fn underline(line: &str) -> Option<u8> {
    let line = line.trim();
    let all = |c: char| line.len() >= 3 && line.chars().all(|x| x == c);
    if all('=') { Some(1) } else { (all('-') || all('~')).then_some(2) }
}

/// The level of a line that stands alone and is a heading by its looks: capitals
/// throughout, a section's number, or most words with a capital. The first line of a text
/// is its title where it is no sentence.
pub(super) fn heading(line: &str, first: bool) -> Option<u8> {
    let line = line.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.len() > 12 || ends_sentence(line) || line.ends_with([',', ';', '-']) {
        return None;
    }
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 3 || item(line).is_some_and(|_| !line.starts_with(char::is_numeric)) {
        return None;
    }
    if first {
        return Some(1);
    }
    if !line.chars().any(char::is_lowercase) {
        return Some(2);
    }
    let number = words[0].trim_end_matches(['.', ')', ':']);
    let numbered = words.len() > 1
        && number
            .split('.')
            .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        && words[1].starts_with(char::is_uppercase);
    if numbered {
        let depth = u8::try_from(number.split('.').count()).unwrap_or(4);
        return Some((depth + 1).min(6));
    }
    let content =
        words.iter().filter(|w| w.len() > 3 || w.starts_with(char::is_uppercase));
    let capitals =
        content.clone().filter(|w| w.starts_with(char::is_uppercase)).count();
    let all = content.count();
    (line.starts_with(char::is_uppercase) && words.len() >= 2 && capitals == all)
        .then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut draft = Draft::default();
        push_text(&mut draft, text);
        let lines: Vec<String> = draft
            .blocks()
            .iter()
            .map(|b| format!("{:?}: {}", b.kind, b.span.of(draft.text())))
            .collect();
        assert_eq!(lines.join("\n"), expected, "{text}");
    }

    #[test]
    fn wrapped_lines_are_joined() {
        check(
            "On prices\n\nBuyers of tools for teams look at the price\nlast, and at the con-\n\
             tract first.\n\nThen they sign.",
            "Heading(1): On prices\nParagraph: Buyers of tools for teams look at the price last, \
             and at the contract first.\nParagraph: Then they sign.",
        );
    }

    #[test]
    fn a_line_each() {
        check(
            "One buyer signs.\nAnother waits.\nThe third leaves.\nAll pay.",
            "Paragraph: One buyer signs.\nParagraph: Another waits.\n\
             Paragraph: The third leaves.\nParagraph: All pay.",
        );
    }

    #[test]
    fn indented_paragraphs() {
        check(
            "    A buyer reads what the contract\nsays and does not sign.\n    Then the seller \
             reads\nit too.",
            "Paragraph: A buyer reads what the contract says and does not sign.\n\
             Paragraph: Then the seller reads it too.",
        );
    }

    #[test]
    fn headings_and_lists() {
        check(
            "THE BUYER\n\nText of a sentence.\n\nUnderlined\n==========\n\n2.1 The Contract\n\n\
             It has:\n- a price\n- a term\n\nHow Teams Decide\n\nSlowly.\n\nnot a heading\n",
            "Heading(1): THE BUYER\nParagraph: Text of a sentence.\nHeading(1): Underlined\n\
             Heading(3): 2.1 The Contract\nParagraph: It has:\nListItem(0): a price\n\
             ListItem(0): a term\nHeading(2): How Teams Decide\nParagraph: Slowly.\n\
             Paragraph: not a heading",
        );
    }
}
