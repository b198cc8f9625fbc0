//! Words and phrases compiled for finding: which words the model knows, and which runs of
//! them are cues, names and kinds of product.
//!
//! A text's words are looked up once, by hash; phrases are walks over word numbers. So
//! labelling neither searches the text a second time nor builds anything at start-up: the
//! tables are read in place, from the bytes that the binary carries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::features::Trait;
use super::lexicon::{Audience, CueSide, Lexicon, Pattern, inflected, patterns};
use super::word::{self, Word};
use crate::Span;

/// The number of a word that the model does not know.
pub(super) const UNKNOWN: u16 = u16::MAX;

/// Phrases that turn what follows into a foil: the point is the other side.
const FOILS: [&str; 14] = [
    "unlike",
    "in contrast to",
    "contrast to",
    "compared to",
    "compared with",
    "opposed to",
    "rather than",
    "instead of",
    "than",
    "versus",
    "vs",
    "different from",
    "as against",
    "in contrast with",
];

/// Words that deny what follows.
const NEGATIONS: [&str; 14] = [
    "not", "no", "isn't", "aren't", "doesn't", "don't", "never", "without", "wasn't",
    "neither", "nor", "didn't", "won't", "cannot",
];

/// How many words before a phrase a foil may begin.
const FOIL_REACH: usize = 4;

/// How many words before a phrase a negation may stand.
const NEGATION_REACH: usize = 3;

/// The tables. Each is a file image: fixed-width rows of little-endian numbers.
#[derive(Clone, Debug)]
pub(super) struct Knowledge {
    /// Open addressing by hash, eight bytes a slot: the upper half of the hash, the word's
    /// number or [`UNKNOWN`] where the slot is free, and whether a phrase begins with it.
    pub(super) words: Cow<'static, [u8]>,
    /// Open addressing by state and word, eight bytes a slot: both, and the next state, 0
    /// where the slot is free.
    pub(super) moves: Cow<'static, [u8]>,
    /// Six bytes a state: the phrase of each family that ends there, counted from 1.
    pub(super) states: Cow<'static, [u8]>,
    /// Four bytes a phrase: family, trait, strength, whether it must be capitalised.
    pub(super) phrases: Cow<'static, [u8]>,
}

/// Phrases of different families may overlap; within one the longest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// Cues.
    Cue,
    /// Names and kinds of product.
    Thing,
    /// Foils and negations.
    Frame,
}

const FAMILIES: usize = 3;

/// The strength of a phrase that is found only so that the cue within it is not.
const SAYS_NOTHING: u8 = 0;

const FOIL: u8 = 0;
const NEGATION: u8 = 1;

/// A known word in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Its number, or [`UNKNOWN`].
    pub(super) id: u16,
    /// Whether its first character is an upper-case letter.
    pub(super) capital: bool,
    /// Whether a phrase begins with it.
    starts: bool,
    /// Where it stands in its text.
    pub(super) span: Span,
}

/// What a cue of a side counts as.
fn mark_of(side: CueSide) -> Trait {
    match side {
        CueSide::B2b => Trait::CueB2b,
        CueSide::B2c => Trait::CueB2c,
        CueSide::Contrast => Trait::Contrast,
        CueSide::Sameness => Trait::Sameness,
        CueSide::General => Trait::General,
    }
}

/// A phrase in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// What it counts as, foils and negations heeded.
    pub(super) mark: Trait,
    /// How much it counts.
    pub(super) strength: u8,
    /// Where it stands in its text.
    pub(super) span: Span,
}

/// Words and phrases of texts, one text after the other; kept to spare allocations.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// Words of all texts.
    pub(super) words: Vec<Found>,
    /// Phrases of all texts.
    pub(super) hits: Vec<Hit>,
}

impl Knowledge {
    /// Compiles a sorted list of words and the lexicon, whose words must be in the list.
    pub(super) fn compile(vocabulary: &[String], lexicon: &Lexicon) -> Self {
        let mut trie = Trie::new(vocabulary);
        // Where two cues mean the same word, the longer says more: `consumeri*` is not
        // just any `consumer*`.
        let mut cues: Vec<_> = lexicon.cues.iter().collect();
        cues.sort_by_key(|cue| std::cmp::Reverse(cue.cue.len()));
        // Before all cues, so that of the same words these are the ones that count.
        for phrase in cues.iter().flat_map(|cue| cue.exceptions()) {
            trie.add(Family::Cue, &patterns(phrase), [0, SAYS_NOTHING, 0]);
        }
        for cue in cues {
            let words = inflected(&patterns(&cue.cue));
            let mark = mark_of(cue.side) as u8;
            trie.add(Family::Cue, &words, [mark, cue.strength, 0]);
        }
        for name in &lexicon.names {
            let mark = match (name.audience, name.is_ambiguous()) {
                (Audience::B2b, false) => Trait::NameB2b,
                (Audience::B2b, true) => Trait::DoubtfulNameB2b,
                (Audience::B2c, false) => Trait::NameB2c,
                (Audience::B2c, true) => Trait::DoubtfulNameB2c,
                (Audience::Both, _) => Trait::NameBoth,
            };
            let strength = if name.is_ambiguous() { 1 } else { 2 };
            for spelling in name.spellings() {
                let capital = name.is_ambiguous()
                    || spelling.chars().next().is_some_and(char::is_uppercase);
                let what = [mark as u8, strength, u8::from(capital)];
                trie.add(Family::Thing, &patterns(spelling), what);
            }
        }
        for kind in &lexicon.kinds {
            let mark = match kind.audience {
                Audience::B2b => Trait::KindB2b,
                Audience::B2c => Trait::KindB2c,
                Audience::Both => Trait::NameBoth,
            };
            for form in kind.forms() {
                trie.add(Family::Thing, &patterns(&form), [mark as u8, 2, 0]);
            }
        }
        for foil in FOILS {
            trie.add(Family::Frame, &patterns(foil), [FOIL, 0, 0]);
        }
        for negation in NEGATIONS {
            trie.add(Family::Frame, &patterns(negation), [NEGATION, 0, 0]);
        }
        trie.finish()
    }

    /// All words that the lexicon names, and the forms of them that its examples use.
    pub(super) fn words_of(lexicon: &Lexicon) -> BTreeSet<String> {
        let in_examples = lexicon.cues.iter().flat_map(|cue| {
            let words = inflected(&patterns(&cue.cue));
            let fits = move |form: &String| words.iter().any(|w| w.fits(form));
            word::normal_forms(&cue.fires_on).into_iter().filter(fits)
        });
        let cues = lexicon.cues.iter().flat_map(|cue| {
            std::iter::once(cue.cue.as_str()).chain(cue.exceptions()).map(str::to_owned)
        });
        let names = lexicon.names.iter().flat_map(|n| n.spellings().map(str::to_owned));
        let kinds = lexicon.kinds.iter().flat_map(super::lexicon::ProductKind::forms);
        let frames = FOILS.into_iter().chain(NEGATIONS).map(str::to_owned);
        cues.chain(names)
            .chain(kinds)
            .chain(frames)
            .flat_map(|phrase| patterns(&phrase))
            .filter_map(|pattern| match pattern {
                Pattern::Word(word) => Some(word),
                Pattern::Prefix(_) | Pattern::Forms(_) => None,
            })
            .chain(in_examples)
            .collect()
    }

    /// Appends the words and phrases of a text.
    pub(super) fn scan(&self, text: &str, scan: &mut Scan) {
        let first = scan.words.len();
        word::each(text, |word| scan.words.push(self.look_up(word)));
        self.find_phrases(&scan.words[first..], &mut scan.hits);
    }

    fn look_up(&self, word: Word) -> Found {
        let slots = self.words.len() / 8;
        let (print, start) = halves(word.hash);
        let mut slot = start & (slots - 1);
        loop {
            let bytes = &self.words[slot * 8..slot * 8 + 8];
            let id = u16::from_le_bytes([bytes[4], bytes[5]]);
            let same =
                print == u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            if id == UNKNOWN || same {
                let starts = id != UNKNOWN && bytes[6] != 0;
                return Found { id, capital: word.capital, starts, span: word.span };
            }
            slot = (slot + 1) & (slots - 1);
        }
    }

    fn next(&self, state: u16, word: u16) -> Option<u16> {
        let slots = self.moves.len() / 8;
        let mut slot = slot_of(state, word) & (slots - 1);
        loop {
            let bytes = &self.moves[slot * 8..slot * 8 + 8];
            let next = u16::from_le_bytes([bytes[4], bytes[5]]);
            if next == 0 {
                return None;
            }
            if state == u16::from_le_bytes([bytes[0], bytes[1]])
                && word == u16::from_le_bytes([bytes[2], bytes[3]])
            {
                return Some(next);
            }
            slot = (slot + 1) & (slots - 1);
        }
    }

    fn phrase(&self, state: u16, family: usize) -> Option<[u8; 4]> {
        let at = usize::from(state) * 2 * FAMILIES + 2 * family;
        let number = u16::from_le_bytes([self.states[at], self.states[at + 1]]);
        let at = usize::from(number.checked_sub(1)?) * 4;
        let p = &self.phrases[at..at + 4];
        Some([p[0], p[1], p[2], p[3]])
    }

    /// The longest phrase of each family that begins at each word, without those inside an
    /// earlier one of their family.
    fn find_phrases(&self, words: &[Found], hits: &mut Vec<Hit>) {
        let mut covered = [0; FAMILIES];
        let mut foil: Option<(usize, usize)> = None;
        let mut negation = None;
        for (i, first) in words.iter().enumerate() {
            if !first.starts {
                continue;
            }
            let mut best = [None; FAMILIES];
            let mut state = 0;
            for (j, word) in words.iter().enumerate().skip(i) {
                if word.id == UNKNOWN {
                    break;
                }
                let Some(next) = self.next(state, word.id) else { break };
                state = next;
                for (family, best) in best.iter_mut().enumerate() {
                    if let Some(phrase) = self.phrase(state, family)
                        && (phrase[3] == 0 || first.capital)
                    {
                        *best = Some((phrase, j + 1));
                    }
                }
            }
            for (family, best) in best.into_iter().enumerate() {
                let Some(([_, mark, strength, _], end)) = best else { continue };
                if end <= covered[family] {
                    continue;
                }
                covered[family] = end;
                if family == Family::Cue as usize && strength == SAYS_NOTHING {
                    continue;
                }
                if family == Family::Frame as usize {
                    match mark {
                        FOIL => foil = Some((i, end)),
                        _ => negation = Some(i),
                    }
                    continue;
                }
                let is_foil =
                    foil.is_some_and(|(from, to)| to <= i && from + FOIL_REACH >= i);
                let is_negated =
                    negation.is_some_and(|at| at < i && at + NEGATION_REACH >= i);
                let mut mark = Trait::ALL[usize::from(mark)];
                if is_foil {
                    mark = mark.as_foil();
                } else if is_negated {
                    mark = mark.negated();
                }
                let span = Span::new(first.span.start, words[end - 1].span.end);
                hits.push(Hit { mark, strength, span });
            }
        }
    }
}

/// The upper half of a hash tells words apart, the lower is where its probing begins.
fn halves(hash: u64) -> (u32, usize) {
    const LOW: u64 = u32::MAX as u64;
    let lower = u32::try_from(hash & LOW).unwrap_or_default();
    (u32::try_from(hash >> 32).unwrap_or_default(), lower as usize)
}

/// Where a move's probing begins; Knuth's multiplicative hashing.
fn slot_of(state: u16, word: u16) -> usize {
    let key = u32::from(state) << 16 | u32::from(word);
    (key.wrapping_mul(0x9e37_79b1) >> 12) as usize
}

/// Phrases in the making.
struct Trie<'a> {
    vocabulary: &'a [String],
    moves: BTreeMap<(u16, u16), u16>,
    states: Vec<[u16; FAMILIES]>,
    phrases: Vec<[u8; 4]>,
}

impl<'a> Trie<'a> {
    fn new(vocabulary: &'a [String]) -> Self {
        let states = vec![[0; FAMILIES]];
        Self { vocabulary, moves: BTreeMap::new(), states, phrases: Vec::new() }
    }

    /// Adds a phrase; where the same words already are one of the family, the first stays.
    fn add(&mut self, family: Family, words: &[Pattern], what: [u8; 3]) {
        self.phrases.push([family as u8, what[0], what[1], what[2]]);
        let number = u16::try_from(self.phrases.len()).unwrap_or(u16::MAX);
        let mut ends = vec![0];
        for pattern in words {
            let choices = self.choices(pattern);
            ends = ends
                .iter()
                .flat_map(|&from| choices.iter().map(move |&word| (from, word)))
                .collect::<Vec<_>>()
                .into_iter()
                .map(|(from, word)| self.step(from, word))
                .collect();
        }
        for end in ends {
            let place = &mut self.states[usize::from(end)][family as usize];
            if end != 0 && *place == 0 {
                *place = number;
            }
        }
    }

    fn step(&mut self, from: u16, word: u16) -> u16 {
        let fresh = u16::try_from(self.states.len()).unwrap_or(u16::MAX);
        let to = *self.moves.entry((from, word)).or_insert(fresh);
        if to == fresh {
            self.states.push([0; FAMILIES]);
        }
        to
    }

    /// The numbers of the words that fit.
    fn choices(&self, pattern: &Pattern) -> Vec<u16> {
        let one = |text: &String| self.vocabulary.binary_search(text).ok();
        let numbers: Vec<usize> = match pattern {
            Pattern::Word(text) => one(text).into_iter().collect(),
            Pattern::Forms(forms) => forms.iter().filter_map(one).collect(),
            Pattern::Prefix(text) => {
                let from = self.vocabulary.partition_point(|word| word < text);
                let rest = &self.vocabulary[from..];
                let fit = rest.iter().take_while(|word| word.starts_with(text)).count();
                (from..from + fit).collect()
            }
        };
        numbers.into_iter().filter_map(|n| u16::try_from(n).ok()).collect()
    }

    fn finish(self) -> Knowledge {
        let starts: BTreeSet<u16> =
            self.moves.keys().filter(|(from, _)| *from == 0).map(|(_, w)| *w).collect();
        let slots = (self.vocabulary.len() * 2).next_power_of_two();
        let mut words = [0, 0, 0, 0, 0xff, 0xff, 0, 0].repeat(slots);
        for (id, word) in (0u16..).zip(self.vocabulary) {
            let (print, start) = halves(word::hash(word));
            let mut slot = start & (slots - 1);
            while words[slot * 8 + 4..slot * 8 + 6] != [0xff, 0xff] {
                slot = (slot + 1) & (slots - 1);
            }
            let at = slot * 8;
            words[at..at + 4].copy_from_slice(&print.to_le_bytes());
            words[at + 4..at + 6].copy_from_slice(&id.to_le_bytes());
            words[at + 6] = u8::from(starts.contains(&id));
        }
        let slots = (self.moves.len() * 2).next_power_of_two();
        let mut moves = vec![0; slots * 8];
        for ((from, word), to) in self.moves {
            let mut slot = slot_of(from, word) & (slots - 1);
            while moves[slot * 8 + 4..slot * 8 + 6] != [0, 0] {
                slot = (slot + 1) & (slots - 1);
            }
            let row = [from, word, to, 0].map(u16::to_le_bytes);
            moves[slot * 8..slot * 8 + 8].copy_from_slice(row.as_flattened());
        }
        let states: Vec<u8> =
            self.states.iter().flatten().flat_map(|n| n.to_le_bytes()).collect();
        Knowledge {
            words: words.into(),
            moves: moves.into(),
            states: states.into(),
            phrases: self.phrases.concat().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::lexicon::Cue;
    use super::super::table::Table;
    use super::*;

    fn compiled() -> (Lexicon, Knowledge) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let lexicon = Lexicon::read(&root.join("corpus/lexicon")).unwrap();
        let table = Table::read(&root.join("model"), &lexicon).unwrap();
        let knowledge = Knowledge::compile(&table.words, &lexicon);
        (lexicon, knowledge)
    }

    fn marks(knowledge: &Knowledge, text: &str) -> Vec<(String, Trait)> {
        let mut scan = Scan::default();
        knowledge.scan(text, &mut scan);
        scan.hits.iter().map(|hit| (hit.span.of(text).to_owned(), hit.mark)).collect()
    }

    #[test]
    fn every_cue_is_found_in_its_own_example() {
        let (lexicon, knowledge) = compiled();
        let mut missed = Vec::new();
        for cue in &lexicon.cues {
            let found = marks(&knowledge, &cue.fires_on);
            let expected = match cue.side {
                CueSide::B2b => [Trait::CueB2b, Trait::FoilB2b, Trait::NegatedB2b],
                CueSide::B2c => [Trait::CueB2c, Trait::FoilB2c, Trait::NegatedB2c],
                CueSide::Contrast => [Trait::Contrast; 3],
                CueSide::Sameness => [Trait::Sameness; 3],
                CueSide::General => [Trait::General; 3],
            };
            if !found.iter().any(|(_, mark)| expected.contains(mark)) {
                missed.push(format!("{:?} in {:?}: {found:?}", cue.cue, cue.fires_on));
            }
        }
        assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
    }

    /// Whether a cue itself, and not another one, speaks for its side in a sentence.
    fn speaks(knowledge: &Knowledge, cue: &Cue, sentence: &str) -> bool {
        let side = mark_of(cue.side);
        let words = inflected(&patterns(&cue.cue));
        marks(knowledge, sentence).iter().any(|(found, mark)| {
            let forms = word::normal_forms(found);
            *mark == side
                && forms.len() == words.len()
                && words.iter().zip(&forms).all(|(word, form)| word.fits(form))
        })
    }

    #[test]
    fn no_cue_speaks_where_its_words_stand_for_something_else() {
        let (lexicon, knowledge) = compiled();
        let wrong: Vec<_> = lexicon
            .cues
            .iter()
            .filter(|cue| speaks(&knowledge, cue, &cue.not_on))
            .map(|cue| format!("{:?} in {:?}", cue.cue, cue.not_on))
            .collect();
        assert!(
            wrong.is_empty(),
            "found where it must not be (name the longer phrase in `unless`, or, if no \
             words beside the cue tell, move the sentence to `fooled_by`):\n{}",
            wrong.join("\n")
        );
    }

    #[test]
    fn what_a_cue_is_fooled_by_fools_it_still() {
        let (lexicon, knowledge) = compiled();
        let mended: Vec<_> = lexicon
            .cues
            .iter()
            .filter(|cue| !cue.fooled_by.is_empty())
            .filter(|cue| !speaks(&knowledge, cue, &cue.fooled_by))
            .map(|cue| format!("{:?} in {:?}", cue.cue, cue.fooled_by))
            .collect();
        assert!(
            mended.is_empty(),
            "no longer found: move the sentence to `not_on`:\n{}",
            mended.join("\n")
        );
    }

    #[test]
    fn a_cue_within_a_phrase_that_means_something_else_is_not_found() {
        check("The street vendor waved.", &[]);
        check("Ask the vendor.", &[("vendor", Trait::CueB2b)]);
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Trait)]) {
        let (_, knowledge) = compiled();
        let expected: Vec<_> =
            expected.iter().map(|(what, mark)| ((*what).to_owned(), *mark)).collect();
        assert_eq!(marks(&knowledge, text), expected, "in {text:?}");
    }

    #[test]
    fn the_longest_phrase_counts_once() {
        check("The buying committee met.", &[("buying committee", Trait::CueB2b)]);
    }

    #[test]
    fn what_follows_unlike_is_a_foil() {
        check("Unlike a word game, it is dull.", &[("word game", Trait::FoilB2c)]);
        check("We are not a word game.", &[("word game", Trait::NegatedB2c)]);
    }

    #[test]
    fn cues_are_found_in_their_other_forms() {
        check("Buying committees met.", &[("Buying committees", Trait::CueB2b)]);
        check("Cold calling dentists.", &[("Cold calling", Trait::CueB2b)]);
    }

    #[test]
    fn names_that_are_words_need_a_capital() {
        check("The slack in the rope.", &[]);
    }
}
