//! Sentences: the boundaries of UAX #29, less those that English prose does not mean.

use unicode_segmentation::UnicodeSegmentation;

use crate::Span;

/// Abbreviations after which a sentence goes on, in lower case without the last stop.
/// Those that often end a sentence too (`etc`, `inc`, `p.m`) are only in [`MAYBE`].
const ABBREVIATIONS: &[&str] = &[
    "al", "approx", "apr", "aug", "capt", "cf", "dec", "dept", "dr", "e.g", "eg",
    "esp", "est", "feb", "fig", "gen", "gov", "hon", "i.e", "ie", "jan", "jul", "jun",
    "lt", "maj", "mar", "messrs", "mr", "mrs", "ms", "mt", "no", "nos", "nov", "oct",
    "pp", "prof", "rep", "rev", "sen", "sep", "sept", "sgt", "st", "viz", "vol", "vs",
];

/// Abbreviations after which a sentence goes on unless a word follows that begins one.
const MAYBE: &[&str] = &[
    "a.m", "bros", "co", "corp", "etc", "inc", "jr", "llc", "ltd", "p.m", "ph.d",
    "plc", "sr", "u.k", "u.s", "u.s.a",
];

/// Words that begin a sentence more often than they follow an abbreviation in mid-sentence.
const STARTERS: &[&str] = &[
    "a", "after", "all", "an", "and", "as", "at", "but", "by", "each", "every", "for",
    "he", "her", "his", "how", "i", "if", "in", "it", "its", "most", "my", "no", "on",
    "one", "or", "our", "she", "so", "some", "that", "the", "their", "then", "there",
    "these", "they", "this", "those", "to", "we", "what", "when", "where", "which",
    "while", "who", "why", "with", "you", "your",
];

/// The sentences of a text. Their spans lie end to end and cover it, white space belonging
/// to the sentence before.
///
/// ```
/// let text = "Mr. Kim pays approx. $50k. Yahoo! did not. Why?";
/// let found: Vec<_> = delineate::segment::sentences(text).map(|s| s.of(text)).collect();
/// assert_eq!(found, ["Mr. Kim pays approx. $50k. ", "Yahoo! did not. ", "Why?"]);
/// ```
pub fn sentences(text: &str) -> impl Iterator<Item = Span> {
    let mut bounds = text.split_sentence_bound_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = bounds.next()?;
        let mut end = start + first.len();
        while let Some((_, next)) = bounds.peek() {
            if !goes_on(&text[start..end], next) {
                break;
            }
            end += next.len();
            bounds.next();
        }
        Some(Span::new(start, end))
    })
}

/// Whether the sentence that seems to end with `before` goes on with `next`.
fn goes_on(before: &str, next: &str) -> bool {
    if before.ends_with('\n') {
        return false;
    }
    let before = before.trim_end();
    let first = next.trim_start_matches(['"', '“', '‘', '\'', '(', '[']);
    // `Yahoo! is`, `what? asked`: a sentence does not begin with a small letter.
    if first.chars().next().is_some_and(char::is_lowercase) {
        return true;
    }
    let Some(stem) = before.strip_suffix('.') else { return false };
    let word =
        stem.rsplit([' ', '\u{a0}', '(', '“', '"', '—', '/']).next().unwrap_or(stem);
    let lower = word.to_lowercase();
    // `Fig. 3` and `No. 3`, but `He said no. Then`.
    if lower == "no" || lower == "nos" {
        return first.starts_with(|c: char| c.is_ascii_digit());
    }
    if ABBREVIATIONS.contains(&lower.as_str()) {
        return true;
    }
    // An initial: `J. Smith`, `J.R. Smith`, but `plan B. Then` and `I`.
    let initial = word.len() == 1
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word != "I";
    if initial || MAYBE.contains(&lower.as_str()) {
        let follower = first.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        return !follower.is_empty()
            && !STARTERS.contains(&follower.to_lowercase().as_str());
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = sentences(text).map(|s| s.of(text).trim()).collect();
        assert_eq!(found, expected, "sentences of {text:?}");
    }

    #[test]
    fn stops_end_sentences() {
        check("One. Two! Three?", &["One.", "Two!", "Three?"]);
        check("It rose 2.5 %. Then it fell.", &["It rose 2.5 %.", "Then it fell."]);
    }

    #[test]
    fn abbreviations_do_not() {
        check("Talk to Dr. Wu, e.g. Monday.", &["Talk to Dr. Wu, e.g. Monday."]);
        check("Acme Inc. Buyers wait.", &["Acme Inc. Buyers wait."]);
        check(
            "We left Acme Inc. The rest stayed.",
            &["We left Acme Inc.", "The rest stayed."],
        );
        check("B2B vs. B2C pricing.", &["B2B vs. B2C pricing."]);
        check("See Fig. 3 and No. 4.", &["See Fig. 3 and No. 4."]);
        check("They said no. Then they left.", &["They said no.", "Then they left."]);
    }

    #[test]
    fn initials_do_not() {
        check("A. G. Lafley ran it.", &["A. G. Lafley ran it."]);
        check("The U.S. Senate asked.", &["The U.S. Senate asked."]);
        check(
            "We sell in the U.S. It is large.",
            &["We sell in the U.S.", "It is large."],
        );
    }

    proptest! {
        #[test]
        fn sentences_put_end_to_end_are_the_text(text in "\\PC{0,80}|([A-Z]?[a-z]{1,4}[.!? ]){0,20}") {
            let joined: String = sentences(&text).map(|s| s.of(&text)).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
