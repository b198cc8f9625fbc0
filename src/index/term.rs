//! What the index sees of a word, and which words count as forms of one.
//!
//! Words are kept as written but for case and apostrophes, not as stems: exact phrases,
//! prefixes and misspellings need the words themselves. That `prices` finds `pricing` is
//! settled when a query meets the index's dictionary, by [`Stems`].

use std::borrow::Cow;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::Span;
use crate::segment::{Words, words};

/// Longer words are cut here: nobody looks for them, and the dictionary should not carry
/// a megabyte of base64.
const LONGEST: usize = 64;

/// The words of a text as the index sees them, with their places in the text.
pub(crate) fn terms(text: &str) -> impl Iterator<Item = (Span, Cow<'_, str>)> {
    words(text).map(|(at, word)| (Span::new(at, at + word.len()), term(word)))
}

/// One word as the index sees it: in lower case, with straight apostrophes, cut when too
/// long.
pub(crate) fn term(word: &str) -> Cow<'_, str> {
    if word.len() <= LONGEST
        && word.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase())
    {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    push_term(&mut out, word);
    Cow::Owned(out)
}

fn push_term(out: &mut String, word: &str) {
    let word = &word[..word.floor_char_boundary(LONGEST)];
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
        return;
    }
    for c in word.chars() {
        match c {
            '\u{2019}' | '\u{2018}' | '\u{ff07}' => out.push('\''),
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            c => out.extend(c.to_lowercase()),
        }
    }
}

/// The tokenizer of the index, without a string for each word.
#[derive(Clone, Default)]
pub(super) struct TermTokenizer {
    token: Token,
}

/// The name under which the schema knows [`TermTokenizer`].
pub(super) const TOKENIZER: &str = "delineate";

impl Tokenizer for TermTokenizer {
    type TokenStream<'a> = TermStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStream<'a> {
        self.token.reset();
        TermStream { words: words(text), token: &mut self.token }
    }
}

pub(super) struct TermStream<'a> {
    words: Words<'a>,
    token: &'a mut Token,
}

impl TokenStream for TermStream<'_> {
    fn advance(&mut self) -> bool {
        let Some((at, word)) = self.words.next() else { return false };
        let token = &mut *self.token;
        token.text.clear();
        push_term(&mut token.text, word);
        token.offset_from = at;
        token.offset_to = at + word.len();
        // It begins one before zero, as the trait wants it.
        token.position = token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// Tells the forms of a word by their common stem (Snowball's English).
pub(crate) struct Stems(frostem::Stemmer);

impl Default for Stems {
    fn default() -> Self {
        Self(frostem::Stemmer::new(frostem::Algorithm::English))
    }
}

impl Stems {
    /// The stem of a term.
    pub(crate) fn stem<'a>(&self, term: &'a str) -> Cow<'a, str> {
        self.0.stem(term)
    }

    /// The letters with which every form of a word with this stem begins, but for
    /// [`IRREGULAR`]. Stemming changes a word's end only: it drops letters, and turns a
    /// last `y` into `i`, `bil` into `bl`, and puts an `e` back.
    pub(crate) fn common_start(stem: &str) -> &str {
        let shorter = stem.char_indices().next_back().map_or(0, |(at, _)| at);
        let start = &stem[..shorter];
        if start.chars().count() < 2 { stem } else { start }
    }

    /// Whether a term is a form of a word with this stem.
    pub(crate) fn is_form(&self, term: &str, stem: &str) -> bool {
        // Stemming is dear: most words already begin otherwise.
        (term.starts_with(Self::common_start(stem))
            || Self::irregular(stem).any(|form| form == term))
            && self.stem(term) == *stem
    }

    /// Forms that do not begin as [`common_start`](Self::common_start) says.
    pub(crate) fn irregular(stem: &str) -> impl Iterator<Item = &'static str> {
        IRREGULAR.iter().filter(move |(s, _)| *s == stem).map(|(_, form)| *form)
    }
}

/// The stems, and their forms, that Snowball's English keeps in a list.
const IRREGULAR: &[(&str, &str)] =
    &[("die", "dying"), ("lie", "lying"), ("tie", "tying")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_words_without_case_and_curls() {
        let found: Vec<_> =
            terms("The Buyer’s CAFÉ").map(|(_, t)| t.into_owned()).collect();
        assert_eq!(found, ["the", "buyer's", "café"]);
        assert_eq!(term(&"x".repeat(100)).len(), LONGEST);
    }

    #[test]
    fn the_tokenizer_gives_the_same_terms() {
        let text = "Don’t ship Ünïcode: “2.5 km” of it, O'Neill’s way.";
        let mut tokenizer = TermTokenizer::default();
        let mut stream = tokenizer.token_stream(text);
        let mut found = Vec::new();
        while stream.advance() {
            let token = stream.token();
            found.push((
                Span::new(token.offset_from, token.offset_to),
                token.text.clone(),
                token.position,
            ));
        }
        let expected: Vec<_> = terms(text)
            .enumerate()
            .map(|(position, (span, term))| (span, term.into_owned(), position))
            .collect();
        assert_eq!(found, expected);
    }

    /// Every form has to begin as its stem says, else a query would miss it.
    #[test]
    fn forms_begin_like_their_stem() {
        let stems = Stems::default();
        let ours = include_str!("../../src/classify/mod.rs");
        let text = format!(
            "{ours} {ours} cry cries crying hope hoping hopping use using uses go going \
             sensibility sensible ability able organization organizational realizations \
             relational rationalize happily happiness skies sky dying lying tying die \
             ugly early only singly gently idly news inning proceed exceed succeeds \
             vietnamization predication operator feudalism decisiveness hopefulness \
             callousness formality sensitivity triplicate formative formalize electriciti \
             electrical goodness revival allowance inference airliner adjustable \
             defensible irritant replacement adjustment dependent adoption communism \
             activate angularity effective bowdlerize controlling rolled generously \
             communities arsenals biology biologies geologically possibly possibility \
             noisy noises business's customers' customers customer's pays paying paid"
        );
        for (_, term) in terms(&text) {
            let stem = stems.stem(&term);
            let start = Stems::common_start(&stem);
            assert!(
                term.starts_with(start)
                    || Stems::irregular(&stem).any(|form| form == term),
                "{term} has the stem {stem}, but does not begin with {start}"
            );
        }
    }
}
