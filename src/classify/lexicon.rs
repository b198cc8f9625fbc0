//! What people know: cues, names of products and firms, kinds of product.
//!
//! Read from the plain files of `corpus/lexicon` when a model is made; the model carries
//! them compiled. What a row means is said in `corpus/lexicon/README.md`.

use std::path::Path;

use serde::Deserialize;

use super::word;
use crate::{Error, Result};

/// All rows of the lexicon.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// Phrases that speak for a side, sorted.
    pub cues: Vec<Cue>,
    /// Products and firms with the customers they serve, sorted.
    pub names: Vec<Name>,
    /// Kinds of product, sorted.
    pub kinds: Vec<ProductKind>,
}

/// A phrase that speaks for a side.
#[derive(Clone, Debug, Deserialize)]
pub struct Cue {
    /// Its words; a `*` after a word stands for any ending.
    pub cue: String,
    /// What it speaks for.
    pub side: CueSide,
    /// How strongly: 1 weak, 2 usual, 3 strong.
    pub strength: u8,
    /// What it marks.
    pub means: String,
    /// A sentence in which it must be found.
    pub fires_on: String,
    /// A sentence in which the words do not carry this meaning and are not found, or only
    /// as a foil or denied; empty where there is none.
    pub not_on: String,
    /// Longer phrases in which the words stand for something else, separated by `|`.
    #[serde(default)]
    pub unless: String,
    /// A sentence in which the words are found although they stand for something else,
    /// which no words beside them tell.
    #[serde(default)]
    pub fooled_by: String,
}

impl Cue {
    /// The longer phrases in which its words stand for something else.
    pub fn exceptions(&self) -> impl Iterator<Item = &str> {
        self.unless.split('|').filter(|phrase| !phrase.is_empty())
    }
}

/// What a cue speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CueSide {
    /// Customers that are organisations.
    B2b,
    /// Customers that are persons.
    B2c,
    /// The two set against each other.
    Contrast,
    /// The two said to be alike.
    Sameness,
    /// Product work as such.
    General,
}

/// A product or firm.
#[derive(Clone, Debug, Deserialize)]
pub struct Name {
    /// As it writes itself.
    pub name: String,
    /// Other spellings, separated by `|`.
    pub aliases: String,
    /// Whom it serves.
    pub audience: Audience,
    /// What it is.
    pub category: String,
    /// `yes` where it is also an ordinary word.
    pub ambiguous: String,
}

/// A kind of product.
#[derive(Clone, Debug, Deserialize)]
pub struct ProductKind {
    /// Its words, in the singular.
    pub phrase: String,
    /// Whom it serves.
    pub audience: Audience,
}

/// Whom a product serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Organisations.
    B2b,
    /// Persons.
    B2c,
    /// Both.
    Both,
}

impl Lexicon {
    /// Reads `cues.csv`, `gazetteer.csv` and `kinds.csv` of a folder.
    ///
    /// # Errors
    /// When a file cannot be read or a row does not have its form.
    pub fn read(folder: &Path) -> Result<Self> {
        let [cues, names, kinds] =
            ["cues.csv", "gazetteer.csv", "kinds.csv"].map(|name| folder.join(name));
        let bytes = |file: &Path| std::fs::read(file).map_err(Error::read(file));
        Self::of_bytes(
            (&cues, &bytes(&cues)?),
            (&names, &bytes(&names)?),
            (&kinds, &bytes(&kinds)?),
        )
    }

    /// A lexicon whose files are read already, each with its name for messages: cues,
    /// gazetteer, kinds of product.
    ///
    /// # Errors
    /// When a row does not have its form.
    pub fn of_bytes(
        (cues, cue_rows): (&Path, &[u8]),
        (names, name_rows): (&Path, &[u8]),
        (kinds, kind_rows): (&Path, &[u8]),
    ) -> Result<Self> {
        Ok(Self {
            cues: rows(cues, cue_rows)?,
            names: rows(names, name_rows)?,
            kinds: rows(kinds, kind_rows)?,
        })
    }
}

fn rows<T: for<'a> Deserialize<'a>>(file: &Path, bytes: &[u8]) -> Result<Vec<T>> {
    csv::Reader::from_reader(bytes)
        .deserialize()
        .map(|row| {
            row.map_err(|error| Error::Malformed {
                place: file.display().to_string(),
                what: error.to_string(),
            })
        })
        .collect()
}

impl Name {
    /// All spellings.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.split('|').filter(|a| !a.is_empty());
        std::iter::once(self.name.as_str()).chain(aliases)
    }

    /// Whether it is also an ordinary word, so that it weighs less.
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous == "yes"
    }
}

impl ProductKind {
    /// The phrase, and its plural where that is formed by rule.
    pub fn forms(&self) -> Vec<String> {
        let phrase = self.phrase.clone();
        if phrase.ends_with('s') {
            return vec![phrase];
        }
        let plural = match phrase.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
            _ => format!("{phrase}s"),
        };
        vec![phrase, plural]
    }
}

/// One word of a phrase as the lexicon writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// This word.
    Word(String),
    /// Any word that begins so.
    Prefix(String),
    /// Any of these.
    Forms(Vec<String>),
}

impl Pattern {
    /// Whether a word is one that is meant.
    pub(super) fn fits(&self, form: &String) -> bool {
        match self {
            Self::Word(word) => word == form,
            Self::Prefix(prefix) => form.starts_with(prefix),
            Self::Forms(forms) => forms.contains(form),
        }
    }
}

/// The same words, each in any of its forms: the plural; in phrases, where little can be
/// confused, also those of verbs. Forms that do not exist do no harm.
pub(super) fn inflected(words: &[Pattern]) -> Vec<Pattern> {
    words
        .iter()
        .map(|pattern| match pattern {
            Pattern::Word(word) if word.len() > 2 => {
                Pattern::Forms(forms(word, words.len() > 1))
            }
            other => other.clone(),
        })
        .collect()
}

fn forms(word: &str, verbs: bool) -> Vec<String> {
    let mut forms = vec![word.to_owned(), format!("{word}s")];
    if word.ends_with(['s', 'x', 'z', 'h', 'o']) {
        forms.push(format!("{word}es"));
    }
    if let Some(stem) = word.strip_suffix('y') {
        forms.push(format!("{stem}ies"));
        if verbs {
            forms.push(format!("{stem}ied"));
        }
    }
    if verbs {
        let stem = word.strip_suffix('e').unwrap_or(word);
        forms.push(format!("{stem}ed"));
        forms.push(format!("{stem}ing"));
    }
    forms
}

/// The words of a phrase.
pub(super) fn patterns(phrase: &str) -> Vec<Pattern> {
    let mut found = Vec::new();
    word::each(phrase, |at| {
        let form = word::normal_forms(at.span.of(phrase)).concat();
        let open = phrase[at.span.end..].starts_with('*');
        found.push(if open { Pattern::Prefix(form) } else { Pattern::Word(form) });
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/lexicon")
    }

    #[test]
    fn the_files_are_sorted_and_no_row_stands_twice() {
        for file in ["cues.csv", "gazetteer.csv", "kinds.csv"] {
            let text = std::fs::read_to_string(folder().join(file)).unwrap();
            let rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
                .from_reader(text.as_bytes())
                .into_records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                .collect();
            for pair in rows.windows(2) {
                assert!(
                    pair[0][0] < pair[1][0],
                    "{file}: {:?} must stand before {:?}, and once",
                    pair[1][0],
                    pair[0][0]
                );
            }
        }
    }

    #[test]
    fn strengths_and_sides_are_those_of_the_readme() {
        let lexicon = Lexicon::read(&folder()).unwrap();
        for cue in &lexicon.cues {
            assert!((1..=3).contains(&cue.strength), "{}: strength", cue.cue);
            assert!(!cue.means.is_empty() && !cue.fires_on.is_empty(), "{}", cue.cue);
        }
        for name in &lexicon.names {
            assert!(["yes", "no"].contains(&name.ambiguous.as_str()), "{}", name.name);
        }
    }

    #[test]
    fn a_kind_is_known_in_the_plural() {
        let forms = |phrase: &str| {
            ProductKind { phrase: phrase.to_owned(), audience: Audience::B2b }.forms()
        };
        assert_eq!(forms("crm"), ["crm", "crms"]);
        assert_eq!(forms("word game"), ["word game", "word games"]);
        assert_eq!(forms("data factory"), ["data factory", "data factories"]);
        assert_eq!(forms("survey"), ["survey", "surveys"]);
        assert_eq!(forms("logistics"), ["logistics"]);
    }

    #[test]
    fn a_star_stands_for_any_ending() {
        let word = |w: &str| Pattern::Word(w.to_owned());
        let prefix = |w: &str| Pattern::Prefix(w.to_owned());
        assert_eq!(
            patterns("Integration* marketplace"),
            [prefix("integration"), word("marketplace")]
        );
    }
}
