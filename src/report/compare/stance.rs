//! What a passage does with the two kinds of customers: which it names, whether it says
//! that they differ or are alike, and how far it speaks in general.
//!
//! Labels say for whom a passage holds; a B2B passage with consumer apps as its foil sets
//! the two against each other too. All of it is by closed lists of plain words: it chooses
//! which passages are shown, and counts for nothing else.

use std::ops::AddAssign;

use aho_corasick::{AhoCorasick, AhoCorasickKind, PatternID};

use crate::Span;
use crate::label::Label;
use crate::record::Record;
use crate::report::lexicon;
use crate::segment;

/// What a passage does with the two kinds, each number 0 when it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stance {
    /// How plainly it sets them against each other: 1 for a sentence that names both
    /// outright and holds a word of contrast.
    pub(super) contrast: f32,
    /// How plainly it calls them alike, likewise.
    pub(super) sameness: f32,
    /// The one kind that it names outright, where it does not name the other.
    pub(super) names_only: Option<Label>,
    /// The first of the sentences that say most of this.
    pub(super) sentence: Option<Span>,
}

/// Names of organisations as customers. A star stands for any ending.
const B2B: &[(&str, Name)] = &[
    ("b2b", Name::Plain),
    ("b2b*", Name::Plain),
    ("business-to-business", Name::Plain),
    ("enterprise*", Name::Plain),
    ("business customer*", Name::Plain),
    ("business buyer*", Name::Plain),
    ("business user*", Name::Plain),
    ("sell* to businesses", Name::Plain),
    ("sell* to companies", Name::Plain),
    ("compan*", Name::Loose),
    ("organization*", Name::Loose),
    ("organisation*", Name::Loose),
    ("businesses", Name::Loose),
    ("corporat*", Name::Loose),
    ("workplace", Name::Loose),
    ("saas", Name::Loose),
    ("smb*", Name::Loose),
];

/// Names of persons as customers.
const B2C: &[(&str, Name)] = &[
    ("b2c", Name::Plain),
    ("b2c*", Name::Plain),
    ("d2c", Name::Plain),
    ("business-to-consumer", Name::Plain),
    ("consumer*", Name::Plain),
    ("individual*", Name::Loose),
    ("household*", Name::Loose),
    ("prosumer*", Name::Loose),
    ("shoppers", Name::Loose),
    ("personal", Name::Loose),
];

/// How surely a name means one kind of customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// It may mean something else.
    Loose,
    /// It says it outright.
    Plain,
}

/// Words that set one thing against another, those that can mean nothing else first.
const CONTRAST: [&[&str]; 2] = [
    &[
        "unlike",
        "whereas",
        "in contrast",
        "by contrast",
        "on the other hand",
        "versus",
        "vs",
        "differ*",
        "opposite",
        "as opposed to",
    ],
    &[
        "while",
        "compared",
        "rather than",
        "instead",
        "distinct*",
        "however",
        "but",
        "more",
        "less",
        "tend* to",
        "usually",
        "typically",
    ],
];

/// Words that call two things alike, likewise.
const SAMENESS: [&[&str]; 2] = [
    &[
        "regardless",
        "no longer",
        "alike",
        "in common",
        "blur*",
        "converg*",
        "no different",
        "not so different",
        "consumerization",
        "consumerisation",
        "no matter",
        "equally",
        "just as",
    ],
    &["both", "same", "similar*", "whether", "likewise", "either", "universal*"],
];

/// Finds the stance of passages; most name neither kind, and are told by a glance.
#[derive(Debug)]
pub(super) struct Stances {
    /// The first words of all names, those of [`B2B`] first.
    glance: Option<AhoCorasick>,
}

impl Stances {
    pub(super) fn new() -> Self {
        let firsts = B2B.iter().chain(B2C).map(|(name, _)| {
            let first = name.split([' ', '-', '*']).next();
            first.unwrap_or_default()
        });
        // Without it all passages are looked at closely, which is slower and no different.
        let glance = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(firsts)
            .ok();
        Self { glance }
    }

    /// What a passage does with the two kinds.
    pub(super) fn of(&self, text: &str) -> Stance {
        if self.may_name_one(text) { Stance::of(text) } else { Stance::default() }
    }

    /// Whether an outright name of either may be there, or names of both.
    fn may_name_one(&self, text: &str) -> bool {
        let Some(glance) = &self.glance else { return true };
        let name = |pattern: PatternID| {
            let at = pattern.as_usize();
            let is_b2b = at < B2B.len();
            let list = if is_b2b { B2B[at].1 } else { B2C[at - B2B.len()].1 };
            (is_b2b, list)
        };
        let mut seen = [false; 2];
        glance.find_overlapping_iter(text).any(|found| {
            let (is_b2b, name) = name(found.pattern());
            seen[usize::from(is_b2b)] = true;
            name == Name::Plain || seen == [true; 2]
        })
    }
}

impl Stance {
    fn of(text: &str) -> Self {
        let mut folded = String::new();
        let words: Vec<Word> = segment::words(text)
            .map(|(at, word)| {
                lexicon::fold(word, &mut folded);
                Word { text: folded.clone(), end: at + word.len() }
            })
            .collect();
        let whole = Names::of(&words);
        let Some(named) = whole.both() else {
            return Self { names_only: whole.only(), ..Self::default() };
        };
        // What is said in one sentence is said most plainly.
        let mut stance = Self::default();
        let mut most = 0.0;
        let mut rest = &words[..];
        for sentence in segment::sentences(text) {
            let (inside, after) =
                rest.split_at(rest.partition_point(|w| w.end <= sentence.end));
            rest = after;
            let said = Self::of_sentence(inside, named);
            if said.contrast.max(said.sameness) > most {
                most = said.contrast.max(said.sameness);
                stance.sentence = Some(sentence);
            }
            stance += said;
        }
        stance
    }

    fn of_sentence(words: &[Word], named: Name) -> Self {
        let weight = |name| if name == Name::Plain { 1.0 } else { 0.3 };
        let inside = Names::of(words);
        let scale = match inside.both() {
            Some(name) => weight(name),
            // Only one of the two: the other is named in another sentence.
            None if inside.b2b.is_some() || inside.b2c.is_some() => {
                0.25 * weight(named)
            }
            None => 0.0,
        };
        let has = |markers: &[&str]| {
            (0..words.len()).any(|at| markers.iter().any(|m| fits(m, &words[at..])))
        };
        let says = |[sure, likely]: [&[&str]; 2]| match (has(sure), has(likely)) {
            (true, _) => 1.5 * scale,
            (false, true) => scale,
            (false, false) => 0.0,
        };
        Self { contrast: says(CONTRAST), sameness: says(SAMENESS), ..Self::default() }
    }
}

impl AddAssign for Stance {
    fn add_assign(&mut self, other: Self) {
        self.contrast += other.contrast;
        self.sameness += other.sameness;
    }
}

struct Word {
    text: String,
    end: usize,
}

/// The surest name of each kind.
#[derive(Default)]
struct Names {
    b2b: Option<Name>,
    b2c: Option<Name>,
}

impl Names {
    fn of(words: &[Word]) -> Self {
        let mut names = Self::default();
        for at in 0..words.len() {
            let find = |list: &[(&str, Name)]| {
                list.iter().find(|(name, _)| fits(name, &words[at..])).map(|(_, n)| *n)
            };
            names.b2b = names.b2b.max(find(B2B));
            names.b2c = names.b2c.max(find(B2C));
        }
        names
    }

    /// How surely both are named.
    fn both(&self) -> Option<Name> {
        Some(self.b2b?.min(self.b2c?))
    }

    /// The one that is named outright, where the other is not named at all.
    fn only(&self) -> Option<Label> {
        match (self.b2b, self.b2c) {
            (Some(Name::Plain), None) => Some(Label::B2b),
            (None, Some(Name::Plain)) => Some(Label::B2c),
            _ => None,
        }
    }
}

/// Whether words begin with a phrase.
fn fits(phrase: &str, words: &[Word]) -> bool {
    // Most begin with another letter; phrases are tried at every word.
    if words.first().and_then(|w| w.text.bytes().next()) != phrase.bytes().next() {
        return false;
    }
    let parts = phrase.split([' ', '-']);
    let mut words = words.iter();
    parts.into_iter().all(|part| {
        words.next().is_some_and(|word| match part.strip_suffix('*') {
            Some(start) => word.text.starts_with(start),
            None => word.text == part,
        })
    })
}

/// Words by which a passage speaks of more than one case, in order.
const GENERAL: &[&str] = &[
    "always",
    "because",
    "depends",
    "every",
    "few",
    "generally",
    "if",
    "likely",
    "many",
    "matters",
    "means",
    "more",
    "most",
    "must",
    "need",
    "needs",
    "never",
    "often",
    "rarely",
    "requires",
    "should",
    "since",
    "tend",
    "tends",
    "therefore",
    "typically",
    "unless",
    "usually",
    "when",
    "whenever",
    "where",
    "who",
];

/// Words by which its author speaks of themselves, in order.
const PERSONAL: &[&str] = &[
    "i", "i'd", "i'll", "i'm", "i've", "me", "my", "mine", "our", "us", "we", "we're",
    "we've",
];

/// Words that lean on what was said before, in order: a passage that begins so does not
/// stand alone.
const LEANING: &[&str] = &[
    "also", "and", "as", "but", "he", "here", "however", "it", "its", "she", "so",
    "such", "that", "their", "then", "these", "they", "this", "those", "thus",
];

impl Stances {
    /// How well a passage would do as a quotation: from 0 to about 4. It should state
    /// something in general, in sentences, and be read without its article: one that names
    /// its side counts double. Tables are never quoted. A preference for what is shown
    /// first, no measure.
    pub(super) fn merit(&self, record: &Record, stance: &Stance) -> f32 {
        let text = &*record.text;
        let names = |names_only: Option<Label>| {
            record.label.is_some() && names_only == record.label
        };
        let around = |text: &str| names(self.of(text).names_only);
        let side = if names(stance.names_only) {
            2.0
        } else if around(&record.section) || around(&record.title) {
            1.5
        } else {
            1.0
        };
        let first = segment::words(text).next().map(|(_, word)| word.to_lowercase());
        let leans = first.is_some_and(|word| LEANING.binary_search(&&*word).is_ok());
        let is_table = text.matches(" | ").count() > 1;
        let is_lead_in = text.trim_end().ends_with(':');
        let is_reference = text.contains("http://") || text.contains("https://");
        side * generality(text)
            * if leans { 0.7 } else { 1.0 }
            * if is_table { 0.0 } else { 1.0 }
            * if is_lead_in { 0.5 } else { 1.0 }
            * if is_reference { 0.3 } else { 1.0 }
    }
}

/// How far a passage states something in general, rather than telling a case or offering
/// something: from above 0 to 2.
fn generality(text: &str) -> f32 {
    let mut folded = String::new();
    let (mut words, mut general) = (0.0_f32, 0.0_f32);
    let (mut personal, mut names, mut figures) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut end = 0;
    for (at, word) in segment::words(text) {
        words += 1.0;
        lexicon::fold(word, &mut folded);
        if GENERAL.binary_search(&&*folded).is_ok() {
            general += 1.0;
        }
        if PERSONAL.contains(&&*folded) {
            personal += 1.0;
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            figures += 1.0;
        }
        // A capital in mid-sentence: the name of a firm, a person, a product.
        let in_sentence = text[end..at].trim_start().is_empty() && end > 0;
        let is_acronym = word.chars().all(|c| !c.is_lowercase());
        if in_sentence && word.starts_with(char::is_uppercase) && !is_acronym {
            names += 1.0;
        }
        end = at + word.len();
    }
    let share = |n: f32| n / words.max(1.0);
    let particular = 10.0 * share(personal) + 8.0 * share(names) + 8.0 * share(figures);
    (1.0 + (general / 3.0).min(1.0)) / (1.0 + particular)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn contrasts(text: &str) {
        let stance = Stances::new().of(text);
        assert!(stance.contrast > stance.sameness, "{text:?} gives {stance:?}");
    }

    #[track_caller]
    fn likens(text: &str) {
        let stance = Stances::new().of(text);
        assert!(stance.sameness > stance.contrast, "{text:?} gives {stance:?}");
    }

    #[track_caller]
    fn does_neither(text: &str) {
        let stance = Stances::new().of(text);
        assert_eq!((stance.contrast, stance.sameness), (0.0, 0.0), "{text:?}");
    }

    #[test]
    fn differences_are_seen() {
        contrasts("B2B buyers sign contracts, whereas consumers tap once.");
        contrasts("Unlike consumer apps, enterprise tools are bought by committees.");
        contrasts("In B2C a person decides. In B2B, however, a group does.");
    }

    #[test]
    fn sameness_is_seen() {
        likens("Interviews help both in B2B and in B2C.");
        likens("Whether you build for enterprises or for consumers, talk to them.");
    }

    #[test]
    fn one_kind_alone_is_neither() {
        does_neither("Enterprise tools differ from each other.");
        does_neither("Both of these consumer apps are the same.");
        does_neither("Weather whether whereas.");
        does_neither("");
    }

    #[test]
    fn the_one_kind_that_is_named_is_known() {
        let only = |text: &str| Stances::new().of(text).names_only;
        assert_eq!(only("Enterprise tools are slow."), Some(Label::B2b));
        assert_eq!(only("Consumers tap once."), Some(Label::B2c));
        assert_eq!(only("Enterprises and consumers alike."), None);
        assert_eq!(only("Companies wait."), None, "a loose name does not count");
    }

    #[test]
    fn general_claims_come_before_cases_and_offers() {
        let claim =
            generality("Buyers often need a contract, because they must show it.");
        let case = generality(
            "Then Maria Lopez of Acme Freight Systems told Jo Field in Rome.",
        );
        let offer = generality("We offer my best work, and I know our plans suit us.");
        assert!(claim > case && claim > offer, "{claim} {case} {offer}");
    }

    #[test]
    fn sentences_that_stand_alone_come_before_tables_and_leftovers() {
        let merit = |text: &str| {
            let record = crate::report::sample::record(
                "a.md",
                1,
                Some(Label::B2b),
                crate::label::Theme::Pricing,
                text,
            );
            let stances = Stances::new();
            stances.merit(&record, &stances.of(&record.text))
        };
        let best = merit("Enterprise buyers need a contract.");
        for worse in [
            "Buyers need a contract.",
            "This is why enterprise buyers need a contract.",
            "Who | What | When\nbuyers | need | a contract",
            "Enterprise buyers need:",
            "Enterprise buyers need a contract: https://example.org/contract",
        ] {
            assert!(merit(worse) < best, "{worse}");
        }
    }

    #[test]
    fn lists_are_in_order() {
        for list in [GENERAL, LEANING] {
            let misplaced = list.windows(2).find(|pair| pair[0] >= pair[1]);
            assert_eq!(misplaced, None, "put the second before the first");
        }
    }

    #[test]
    fn plain_names_say_more_than_loose_ones() {
        let plain = Stance::of("B2B is slow, while B2C is quick.");
        let loose = Stance::of("Companies are slow, while individuals are quick.");
        assert!(plain.contrast > loose.contrast && loose.contrast > 0.0);
    }
}
