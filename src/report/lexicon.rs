//! Words as reports count them: small letters, possessives and plurals folded, numbers left
//! out. What a word is is said by [`segment::words`](crate::segment::words()).

use rustc_hash::FxHashMap;

use crate::segment::{self, is_function_word};

/// Every form that was met, with a number for each.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    ids: FxHashMap<Box<str>, u32>,
    forms: Vec<Form>,
}

#[derive(Debug)]
struct Form {
    text: Box<str>,
    /// The form that it is counted under: its singular.
    term: u32,
    is_function_word: bool,
    /// How often it stood in mid-sentence with a capital, and how often with none.
    capital: u32,
    small: u32,
    /// As it was first written with a capital in mid-sentence.
    name: Option<Box<str>>,
}

/// A word in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Its form.
    pub(super) form: u32,
    /// Whether only a space or a hyphen stands between it and the word before.
    pub(super) joined: bool,
}

impl Lexicon {
    /// The words of a text, numbers left out.
    pub(super) fn read(&mut self, text: &str, tokens: &mut Vec<Token>) {
        tokens.clear();
        let mut folded = String::new();
        let mut end = None;
        for (at, word) in segment::words(text) {
            let joined = end.is_some_and(|end| is_tight(&text[end..at]));
            if !word.contains(char::is_alphabetic) {
                // A number parts its neighbours.
                end = None;
                continue;
            }
            let in_sentence =
                end.is_some_and(|end| matches!(&text[end..at], " " | ", "));
            end = Some(at + word.len());
            fold(word, &mut folded);
            let form = self.id(&folded);
            self.note_case(form, word, in_sentence);
            tokens.push(Token { form, joined });
        }
    }

    /// The number of a form that is folded already.
    pub(super) fn id(&mut self, folded: &str) -> u32 {
        if let Some(&id) = self.ids.get(folded) {
            return id;
        }
        // More forms than that do not fit into memory.
        let id = u32::try_from(self.forms.len()).unwrap_or(u32::MAX);
        self.ids.insert(folded.into(), id);
        self.forms.push(Form {
            text: folded.into(),
            term: id,
            is_function_word: is_function_word(folded),
            capital: 0,
            small: 0,
            name: None,
        });
        if let Some(singular) = singular(folded) {
            self.forms[id as usize].term = self.id(&singular);
        }
        id
    }

    /// How a form is written.
    pub(super) fn text(&self, form: u32) -> &str {
        &self.forms[form as usize].text
    }

    /// The form that a form is counted under.
    pub(super) fn term(&self, form: u32) -> u32 {
        self.forms[form as usize].term
    }

    /// Whether a form carries grammar more than meaning, or is a single letter.
    pub(super) fn is_function_word(&self, form: u32) -> bool {
        self.forms[form as usize].is_function_word
    }

    /// Whether a form is the name of a firm, product, place or person: it mostly has a
    /// capital where other words have none. `CRM` and `SDR` are no names.
    pub(super) fn is_name(&self, form: u32) -> bool {
        let Form { capital, small, .. } = &self.forms[form as usize];
        capital > small
    }

    /// How a form is shown: names with their capitals.
    pub(super) fn shown(&self, form: u32) -> &str {
        let Form { text, name, .. } = &self.forms[form as usize];
        name.as_ref().filter(|_| self.is_name(form)).unwrap_or(text)
    }

    fn note_case(&mut self, form: u32, word: &str, in_sentence: bool) {
        let form = &mut self.forms[form as usize];
        if word.starts_with(char::is_lowercase) {
            form.small += 1;
        } else if in_sentence && !is_acronym(word) {
            form.capital += 1;
            form.name.get_or_insert_with(|| word.trim_end_matches("'s").into());
        }
    }

    /// How many forms there are.
    pub(super) fn len(&self) -> usize {
        self.forms.len()
    }
}

/// Whether a word with a capital is put together from first letters: `CRM`, `SDRs`, `SaaS`.
fn is_acronym(word: &str) -> bool {
    let capitals =
        word.chars().take_while(|c| c.is_uppercase() || c.is_numeric()).count();
    let ends_large = word.chars().next_back().is_some_and(char::is_uppercase);
    capitals >= 2 || ends_large && word.chars().count() <= 4
}

/// The word in small letters, with a straight apostrophe, without its possessive ending.
pub(super) fn fold(word: &str, folded: &mut String) {
    folded.clear();
    if word.is_ascii() {
        folded.push_str(word);
        folded.make_ascii_lowercase();
    } else {
        folded.extend(word.chars().flat_map(char::to_lowercase).map(|c| match c {
            '’' | 'ʼ' => '\'',
            c => c,
        }));
    }
    if folded.ends_with("'s") {
        folded.truncate(folded.len() - 2);
    }
}

/// Whether nothing but one space, line break or hyphen stands between two words.
fn is_tight(gap: &str) -> bool {
    matches!(gap, " " | "-" | "\u{2010}" | "\u{2011}" | "\n")
}

/// Words that end like plurals and are none, or mean something else in the singular.
const NO_PLURALS: &[&str] = &[
    "always",
    "analytics",
    "basis",
    "goods",
    "himself",
    "kudos",
    "lens",
    "logistics",
    "means",
    "news",
    "ops",
    "perhaps",
    "saas",
    "sales",
    "series",
    "sometimes",
    "species",
    "this",
    "thus",
    "various",
    "yes",
];

/// The singular of a word that looks like a plural.
///
/// The S stemmer of Harman, D. (1991): How effective is suffixing? JASIS 42, 7–15. It
/// folds no more than plurals, since `custom` is not `customer` and `busy` no `business`.
fn singular(word: &str) -> Option<String> {
    let ends = |ending: &str| word.ends_with(ending);
    if word.len() < 4 || NO_PLURALS.binary_search(&word).is_ok() {
        None
    } else if ends("ies") && !ends("eies") && !ends("aies") {
        Some(format!("{}y", &word[..word.len() - 3]))
    } else if ends("ses") || ends("xes") || ends("ches") || ends("shes") {
        // Houses and licenses keep their e, boxes, classes and matches do not.
        let stem = &word[..word.len() - 2];
        let keeps_e = ends("ses") && !stem.ends_with("ss");
        Some(word[..word.len() - if keeps_e { 1 } else { 2 }].to_owned())
    } else if ends("s") && !ends("us") && !ends("ss") && !ends("is") {
        Some(word[..word.len() - 1].to_owned())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        let misplaced = NO_PLURALS.windows(2).find(|pair| pair[0] >= pair[1]);
        assert_eq!(misplaced, None, "put the second before the first");
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, bool)]) {
        let mut lexicon = Lexicon::default();
        let mut tokens = Vec::new();
        lexicon.read(text, &mut tokens);
        let found: Vec<_> =
            tokens.iter().map(|t| (lexicon.text(t.form), t.joined)).collect();
        assert_eq!(found, expected, "words of {text:?}");
    }

    #[test]
    fn words_are_folded_and_know_what_parts_them() {
        check(
            "Self-serve Buyers",
            &[("self", false), ("serve", true), ("buyers", true)],
        );
        check("The buyer’s team.", &[("the", false), ("buyer", true), ("team", true)]);
        check(
            "Sales, then churn",
            &[("sales", false), ("then", false), ("churn", true)],
        );
        check("over 20 seats", &[("over", false), ("seats", false)]);
        check("B2B and 2fa", &[("b2b", false), ("and", true), ("2fa", true)]);
    }

    #[test]
    fn names_have_capitals_in_mid_sentence() {
        let mut lexicon = Lexicon::default();
        let text = "Ask Acme about a CRM. Sales ask Acme, and the SDRs of a SaaS firm ask \
                    Acme, and sales win. Pricing is Acme pricing.";
        lexicon.read(text, &mut Vec::new());
        let mut is_name = |word: &str| {
            let form = lexicon.id(word);
            lexicon.is_name(form)
        };
        assert!(is_name("acme"));
        for word in ["crm", "sdrs", "saas", "sales", "pricing", "ask"] {
            assert!(!is_name(word), "{word}");
        }
    }

    #[track_caller]
    fn check_singular(word: &str, expected: &str) {
        assert_eq!(
            singular(word).as_deref().unwrap_or(word),
            expected,
            "singular of {word}"
        );
    }

    #[test]
    fn plurals_are_counted_as_singulars() {
        for (word, expected) in [
            ("customers", "customer"),
            ("companies", "company"),
            ("licenses", "license"),
            ("classes", "class"),
            ("boxes", "box"),
            ("churches", "church"),
            ("houses", "house"),
            ("prices", "price"),
        ] {
            check_singular(word, expected);
        }
    }

    #[test]
    fn what_only_looks_like_a_plural_stays() {
        for word in
            ["business", "status", "analysis", "sales", "news", "saas", "gas", "this"]
        {
            check_singular(word, word);
        }
    }
}
