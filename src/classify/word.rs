//! Words as the model knows them: lower case, hashed while they are read.
//!
//! Looser than the words of [`segment`](crate::segment::words), and several times faster,
//! because labelling is bounded by it: a word is a run of letters and digits, with
//! apostrophes inside, without a possessive `'s`. Which words the model knows is said by the model
//! itself.

use crate::Span;

/// A word in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it stands.
    pub(super) span: Span,
    /// [`hash`] of its normal form.
    pub(super) hash: u64,
    /// Whether its first character is an upper-case letter.
    pub(super) capital: bool,
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The normal form of each letter and digit of ASCII, and 0 for all other bytes: most words
/// are read by this table alone.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        if byte.is_ascii_alphanumeric() {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

fn mix(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(PRIME)
}

/// FNV-1a of a word that is already in its normal form.
///
/// Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm" (IETF draft).
pub(super) fn hash(word: &str) -> u64 {
    word.bytes().fold(OFFSET, mix)
}

/// Hands over the words of a text in reading order.
pub(super) fn each(text: &str, mut take: impl FnMut(Word)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < 0x80 && PLAIN[usize::from(bytes[at])] == 0 {
            at += 1;
            continue;
        }
        let Some((first, length)) = letter(text, at) else {
            at += width(text, at);
            continue;
        };
        let start = at;
        let mut hash = first.mix_into(OFFSET);
        at += length;
        loop {
            while let Some(&byte) = bytes.get(at)
                && PLAIN[usize::from(byte)] != 0
            {
                hash = mix(hash, PLAIN[usize::from(byte)]);
                at += 1;
            }
            if bytes.get(at).is_none_or(|&byte| byte < 0x80 && byte != b'\'') {
                break;
            }
            if let Some((next, width)) = letter(text, at) {
                hash = next.mix_into(hash);
                at += width;
                continue;
            }
            let Some(mark) = apostrophe(&bytes[at..]) else { break };
            let Some((next, width)) = letter(text, at + mark) else { break };
            let after = at + mark + width;
            if next.is_s() && !continues(text, after) {
                // The possessive belongs to the span, not to the word.
                at = after;
                break;
            }
            hash = next.mix_into(mix(hash, b'\''));
            at = after;
        }
        take(Word { span: Span::new(start, at), hash, capital: first.is_capital() });
    }
}

/// Whether a word that reaches `at` goes on there.
fn continues(text: &str, at: usize) -> bool {
    letter(text, at).is_some()
        || apostrophe(&text.as_bytes()[at..])
            .is_some_and(|mark| letter(text, at + mark).is_some())
}

/// A letter or digit.
#[derive(Clone, Copy)]
enum Letter {
    Ascii(u8),
    Wide(char),
}

impl Letter {
    fn mix_into(self, hash: u64) -> u64 {
        match self {
            Self::Ascii(byte) => mix(hash, byte.to_ascii_lowercase()),
            Self::Wide(c) => c.to_lowercase().fold(hash, |hash, c| {
                c.encode_utf8(&mut [0; 4]).bytes().fold(hash, mix)
            }),
        }
    }

    fn is_capital(self) -> bool {
        match self {
            Self::Ascii(byte) => byte.is_ascii_uppercase(),
            Self::Wide(c) => c.is_uppercase(),
        }
    }

    fn is_s(self) -> bool {
        matches!(self, Self::Ascii(b's' | b'S'))
    }
}

/// The letter or digit that begins at `at`, and its length in bytes.
fn letter(text: &str, at: usize) -> Option<(Letter, usize)> {
    let &byte = text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return byte.is_ascii_alphanumeric().then_some((Letter::Ascii(byte), 1));
    }
    let c = text[at..].chars().next()?;
    c.is_alphanumeric().then_some((Letter::Wide(c), c.len_utf8()))
}

/// Length in bytes of the character that begins at `at`.
fn width(text: &str, at: usize) -> usize {
    match text.as_bytes()[at] {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

/// Length in bytes of the apostrophe that `bytes` begin with.
fn apostrophe(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\'', ..] => Some(1),
        [0xe2, 0x80, 0x99, ..] => Some(3),
        _ => None,
    }
}

/// The normal forms of a text's words, for lists of words.
pub(super) fn normal_forms(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    each(text, |word| {
        let shown = word.span.of(text).replace('’', "'");
        let lower: String = shown.chars().flat_map(char::to_lowercase).collect();
        let form = match lower.strip_suffix("'s") {
            Some(stem) if hash(stem) == word.hash => stem.to_owned(),
            _ => lower,
        };
        forms.push(form);
    });
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(normal_forms(text), expected, "words of {text:?}");
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        check(
            "B2B buyers, not 15Five's users",
            &["b2b", "buyers", "not", "15five", "users"],
        );
        check("end.Next snake_case", &["end", "next", "snake", "case"]);
    }

    #[test]
    fn apostrophes_stay_inside_words_and_possessives_go() {
        check(
            "don't the buyer’s o'clock's x's-y",
            &["don't", "the", "buyer", "o'clock", "x", "y"],
        );
        check("'quoted' s's's", &["quoted", "s's"]);
    }

    #[test]
    fn accents_are_letters() {
        check("Café ÉCOLE’S 日本", &["café", "école", "日本"]);
    }

    proptest! {
        #[test]
        fn hashes_are_those_of_the_normal_forms(text in "[ a-cS'’é.É0-9sİ_]{0,40}") {
            let mut hashes = Vec::new();
            each(&text, |word| hashes.push(word.hash));
            let forms: Vec<_> = normal_forms(&text).iter().map(|f| hash(f)).collect();
            prop_assert_eq!(hashes, forms);
        }

        #[test]
        fn spans_fall_on_characters_and_do_not_overlap(text in "\\PC{0,40}") {
            let mut end = 0;
            each(&text, |word| {
                assert!(word.span.start >= end && !word.span.is_empty());
                assert!(text.get(word.span.start..word.span.end).is_some());
                end = word.span.end;
            });
        }
    }
}
