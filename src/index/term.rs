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
    push_folded(out, &word[..word.floor_char_boundary(LONGEST)]);
}

/// Adds a text with its letters as they stand in terms.
pub(super) fn push_folded(out: &mut String, text: &str) {
    if text.is_ascii() {
        let from = out.len();
        out.push_str(text);
        out[from..].make_ascii_lowercase();
        return;
    }
    for c in text.chars() {
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

/// The other spellings of a term in American and British English. Some are no words at all:
/// they stand in no dictionary and find nothing.
pub(crate) fn spellings(term: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (british, american) in STARTS {
        for (from, to) in [(british, american), (american, british)] {
            if let Some(rest) = term.strip_prefix(from) {
                found.push(format!("{to}{rest}"));
            }
        }
    }
    for (from, to) in [("is", "iz"), ("iz", "is"), ("ys", "yz"), ("yz", "ys")] {
        let Some((start, end)) = term.rsplit_once(from) else { continue };
        if start.chars().count() >= 3 && AFTER_ISE.contains(&end) {
            found.push(format!("{start}{to}{end}"));
        }
    }
    found
}

/// What follows `is` or `iz` in the verbs that are spelt both ways, and in what is made of
/// them. With three letters before it, no word becomes another one: `prise` is no `prize`.
const AFTER_ISE: &[&str] =
    &["e", "ed", "er", "ers", "es", "ing", "able", "ation", "ations", "ational"];

/// How words begin that are spelt otherwise in Britain than in America. A list, since the
/// rule would make `for` of `four`.
const STARTS: &[(&str, &str)] = &[
    ("acknowledgement", "acknowledgment"),
    ("adviser", "advisor"),
    ("ageing", "aging"),
    ("analogue", "analog"),
    ("artefact", "artifact"),
    ("behaviour", "behavior"),
    ("catalogue", "catalog"),
    ("centre", "center"),
    ("centred", "centered"),
    ("centring", "centering"),
    ("colour", "color"),
    ("defence", "defense"),
    ("dialogue", "dialog"),
    ("endeavour", "endeavor"),
    ("enquir", "inquir"),
    ("enrol", "enroll"),
    ("favour", "favor"),
    ("flavour", "flavor"),
    ("fuell", "fuel"),
    ("fulfil", "fulfill"),
    ("grey", "gray"),
    ("harbour", "harbor"),
    ("honour", "honor"),
    ("humour", "humor"),
    ("instalment", "installment"),
    ("judgement", "judgment"),
    ("labour", "labor"),
    ("licence", "license"),
    ("neighbour", "neighbor"),
    ("offence", "offense"),
    ("practise", "practice"),
    ("pretence", "pretense"),
    ("programme", "program"),
    ("rigour", "rigor"),
    ("rumour", "rumor"),
    ("sceptic", "skeptic"),
    ("skilful", "skillful"),
];

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

    #[test]
    fn british_and_american_words_are_one() {
        let stems = Stems::default();
        for (british, american) in [
            ("organisations", "organization"),
            ("prioritisation", "prioritize"),
            ("customisable", "customizable"),
            ("analysing", "analyzed"),
            ("behavioural", "behavior"),
            ("favourites", "favorite"),
            ("programmes", "programs"),
            ("catalogues", "catalog"),
            ("centred", "centered"),
            ("centre", "centers"),
            ("fulfilment", "fulfillment"),
            ("modelling", "modeling"),
            ("labelled", "labeled"),
            ("cancelled", "canceling"),
            ("fuelled", "fuel"),
        ] {
            for (one, other) in [(british, american), (american, british)] {
                let stem = stems.stem(other);
                let mut spelt = spellings(one);
                spelt.push(one.to_owned());
                assert!(
                    spelt.iter().any(|word| stems.stem(word) == stem),
                    "{one} does not find {other}: {spelt:?}"
                );
            }
        }
        for word in ["prize", "four", "pricing", "rise", "buyer", "size"] {
            assert!(spellings(word).is_empty(), "{word} is {:?}", spellings(word));
        }
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
