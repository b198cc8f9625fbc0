//! How a labelled passage lies in tantivy: which fields, and what is in each.
//!
//! | field | kept as | holds |
//! |---|---|---|
//! | `text` | postings with positions, stored | the passage |
//! | `section` | postings with positions, stored | headings above it, joined by ` > ` |
//! | `rest` | stored | number, place, probabilities, evidence: see [`Rest`] |
//! | `article` | postings, column | number of its article in the [state](super::state) |
//! | `id` | column | the 64 bits of its [`PassageId`] |
//! | `facts` | column | label, kind, theme, … and confidence in one number: see [`Facts`] |
//!
//! What is known of the article (title, author, date, hash, …) is in the state, once, not
//! with each of its passages.

use std::sync::Arc;

use tantivy::schema::document::{
    DeserializeError, Document, DocumentDeserialize, DocumentDeserializer, OwnedValue,
    ReferenceValue, ReferenceValueLeaf, Value,
};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing,
    TextOptions,
};

use super::codec::{In, Out};
use super::term::TOKENIZER;
use super::write::Permit;
use crate::Span;
use crate::article::{Article, Place};
use crate::label::{
    DecidedBy, Evidence, Kind, Label, LabeledPassage, ModelVerdict, Probabilities,
    Theme, Verdict,
};
use crate::passage::PassageId;

/// The version of all that this module and [`state`](super::state) write. An index of
/// another version is rebuilt.
pub(super) const VERSION: u32 = 2;

/// The fields, by their place in the schema.
pub(crate) const TEXT: Field = Field::from_field_id(0);
pub(crate) const SECTION: Field = Field::from_field_id(1);
const REST: Field = Field::from_field_id(2);
pub(super) const ARTICLE: Field = Field::from_field_id(3);
const ID: Field = Field::from_field_id(4);
const FACTS: Field = Field::from_field_id(5);

/// Names of the columns.
pub(super) const ARTICLE_COLUMN: &str = "article";
pub(super) const ID_COLUMN: &str = "id";
pub(super) const FACTS_COLUMN: &str = "facts";

pub(super) fn schema() -> Schema {
    let words = || {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        TextOptions::default().set_indexing_options(indexing).set_stored()
    };
    let mut schema = Schema::builder();
    let fields = [
        schema.add_text_field("text", words()),
        schema.add_text_field("section", words()),
        schema.add_bytes_field("rest", STORED),
        schema.add_u64_field(ARTICLE_COLUMN, INDEXED | FAST),
        schema.add_u64_field(ID_COLUMN, FAST),
        schema.add_u64_field(FACTS_COLUMN, FAST),
    ];
    debug_assert_eq!(fields, [TEXT, SECTION, REST, ARTICLE, ID, FACTS]);
    schema.build()
}

/// A passage on its way into the index. Its text is borrowed from the article, so that
/// nothing is copied.
#[derive(Debug)]
pub(super) struct Entry {
    article: Arc<Article>,
    span: Span,
    rest: Vec<u8>,
    section: String,
    id: u64,
    facts: u64,
    /// Set by the writer, which gives articles their numbers.
    pub(super) number: u64,
    /// Set by the writer, to know when tantivy has taken it.
    pub(super) permit: Option<Arc<Permit>>,
}

impl Entry {
    pub(super) fn new(labeled: &LabeledPassage) -> Self {
        let LabeledPassage { passage, verdict } = labeled;
        let rest = Rest {
            passage: passage.number,
            start: passage.span.start,
            place: passage.place.clone(),
            model: verdict.as_ref().and_then(|v| v.model.as_deref().copied()),
            correction: verdict.as_ref().and_then(|v| v.correction.clone()),
            probabilities: verdict.as_ref().map(|v| v.probabilities),
            evidence: verdict.as_ref().map_or_else(Vec::new, |v| v.evidence.clone()),
        };
        let section = passage.section_path();
        Self {
            article: Arc::clone(&passage.article),
            span: passage.span,
            rest: rest.encode(passage.text(), &section),
            section,
            id: passage.id.bits(),
            facts: Facts::of(verdict.as_ref()).pack(),
            number: 0,
            permit: None,
        }
    }

    pub(super) fn text(&self) -> &str {
        self.span.of(&self.article.text)
    }

    pub(super) fn section(&self) -> &str {
        &self.section
    }

    /// Bytes of text that it holds on to.
    pub(super) fn size(&self) -> usize {
        self.span.len() + self.section.len() + self.rest.len()
    }
}

/// One value of an [`Entry`].
#[derive(Clone, Copy, Debug)]
pub(super) enum EntryValue<'a> {
    Str(&'a str),
    Bytes(&'a [u8]),
    Number(u64),
}

impl<'a> Value<'a> for EntryValue<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match *self {
            Self::Str(text) => ReferenceValueLeaf::Str(text),
            Self::Bytes(bytes) => ReferenceValueLeaf::Bytes(bytes),
            Self::Number(n) => ReferenceValueLeaf::U64(n),
        })
    }
}

impl Document for Entry {
    type Value<'a> = EntryValue<'a>;
    type FieldsValuesIter<'a> = std::array::IntoIter<(Field, EntryValue<'a>), 6>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        [
            (TEXT, EntryValue::Str(self.text())),
            (SECTION, EntryValue::Str(&self.section)),
            (REST, EntryValue::Bytes(&self.rest)),
            (ARTICLE, EntryValue::Number(self.number)),
            (ID, EntryValue::Number(self.id)),
            (FACTS, EntryValue::Number(self.facts)),
        ]
        .into_iter()
    }
}

/// A passage as tantivy gives it back.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) text: String,
    pub(super) section: String,
    pub(super) rest: Vec<u8>,
}

impl DocumentDeserialize for Stored {
    fn deserialize<'de, D>(mut deserializer: D) -> Result<Self, DeserializeError>
    where
        D: DocumentDeserializer<'de>,
    {
        let mut stored = Self::default();
        while let Some((field, value)) = deserializer.next_field::<OwnedValue>()? {
            match (field, value) {
                (TEXT, OwnedValue::Str(text)) => stored.text = text,
                (SECTION, OwnedValue::Str(section)) => stored.section = section,
                (REST, OwnedValue::Bytes(rest)) => stored.rest = rest,
                _ => return Err(DeserializeError::custom("a field of another schema")),
            }
        }
        Ok(stored)
    }
}

/// What is stored of a passage beside text and section.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rest {
    pub(super) passage: usize,
    pub(super) start: usize,
    pub(super) place: Option<Place>,
    pub(super) model: Option<ModelVerdict>,
    pub(super) correction: Option<String>,
    pub(super) probabilities: Option<Probabilities>,
    pub(super) evidence: Vec<Evidence>,
}

/// How `what` of an evidence is kept: written out,
const WHAT_WRITTEN: u8 = 0;
/// as it stands in the passage,
const WHAT_IN_TEXT: u8 = 1;
/// as the passage's heading,
const WHAT_HEADING: u8 = 2;
/// or by its place in [`COMMON`].
const WHAT_COMMON: u8 = 3;

/// What evidence often comes from or says, each kept as one byte. Others are written out;
/// so this list may lag behind the model at the cost of some space, but what stands in it
/// keeps its place as long as [`VERSION`] stays.
const COMMON: &[&str] = &[
    "article",
    "contrast",
    "cue",
    "foil",
    "kind",
    "name",
    "negation",
    "neighbour",
    "pattern",
    "prior",
    "rest",
    "sameness",
    "section",
    "surroundings",
    "title",
    "word",
    "before any evidence",
    "smaller reasons together",
    "the article's other passages",
    "the section's other passages",
    "the passage before",
    "the passage after",
    "no heading",
    "no side",
    "both sides",
    "B2B alone",
    "B2C alone",
    "balance of sides",
    "length",
    "first passage",
    "last passage",
    "no side here, the heading speaks for B2B",
    "no side here, the heading speaks for B2C",
    "no side here, the title speaks for B2B",
    "no side here, the title speaks for B2C",
    "no side here, the article leans to B2B",
    "no side here, the article leans to B2C",
    "B2B here and in the article",
    "B2C here and in the article",
    "B2B here, B2C in the article",
    "B2C here, B2B in the article",
    "heading and title speak for B2B",
    "heading and title speak for B2C",
];

/// A common text by its place from 1, another one after a 0.
fn push_common(text: &str, out: &mut Out) {
    if let Some(at) = COMMON.iter().position(|common| *common == text) {
        out.number(at as u64 + 1);
    } else {
        out.byte(0);
        out.str(text);
    }
}

fn read_common(read: &mut In<'_>) -> Option<String> {
    match read.size()? {
        0 => read.string(),
        at => COMMON.get(at - 1).map(|text| (*text).to_owned()),
    }
}

/// Most weights are whole numbers of so many parts, since the model rounds them.
const PARTS: f32 = 4096.0;

/// A weight as a number of [`PARTS`], where it is one exactly.
fn in_parts(weight: f32) -> Option<isize> {
    let parts = weight * PARTS;
    #[allow(clippy::cast_possible_truncation, reason = "far below the largest number")]
    let whole = (parts.abs() < 1e6).then_some(parts as isize)?;
    let same = (whole as f32 / PARTS).to_bits() == weight.to_bits();
    same.then_some(whole)
}

impl Rest {
    pub(super) fn encode(&self, text: &str, section: &str) -> Vec<u8> {
        let mut out = Out(Vec::with_capacity(24 + self.evidence.len() * 16));
        out.number(self.passage as u64);
        out.number(self.start as u64);
        match &self.place {
            None => out.byte(0),
            Some(Place::Page(page)) => {
                out.byte(1);
                out.number(u64::from(*page));
            }
            Some(Place::Chapter(chapter)) => {
                out.byte(2);
                out.str(chapter);
            }
        }
        out.opt_str(self.correction.as_deref());
        encode_probabilities(self.probabilities, &mut out);
        if let Some(model) = &self.model {
            out.number(Facts::of_model(model).pack());
            encode_probabilities(Some(model.probabilities), &mut out);
        } else {
            out.number(0);
        }
        out.number(self.evidence.len() as u64);
        for evidence in &self.evidence {
            self.encode_evidence(evidence, text, heading(section), &mut out);
        }
        out.0
    }

    /// A head byte (side, form of `what`, whether there is a span, form of the weight),
    /// weight, source, span relative to the passage, `what`.
    fn encode_evidence(
        &self,
        evidence: &Evidence,
        text: &str,
        heading: &str,
        out: &mut Out,
    ) {
        let Evidence { what, source, .. } = evidence;
        let span = evidence.span();
        let inside = span.and_then(|s| {
            let start = s.start.checked_sub(self.start)?;
            text.get(start..s.end.checked_sub(self.start)?)
        });
        let form = if inside == Some(what) {
            WHAT_IN_TEXT
        } else if COMMON.contains(&&**what) {
            WHAT_COMMON
        } else if what == heading {
            WHAT_HEADING
        } else {
            WHAT_WRITTEN
        };
        let parts = in_parts(evidence.weight);
        let (spanned, whole) = (u8::from(span.is_some()), u8::from(parts.is_some()));
        out.byte(
            label_bits(Some(evidence.side)) | form << 2 | spanned << 4 | whole << 5,
        );
        match parts {
            Some(parts) => out.number(zigzag(parts)),
            None => out.float(evidence.weight),
        }
        push_common(source, out);
        if let Some(span) = span {
            // Evidence may stand elsewhere in the article, even before the passage.
            out.number(zigzag(span.start.cast_signed() - self.start.cast_signed()));
            out.number(span.len() as u64);
        }
        match form {
            WHAT_WRITTEN => out.str(what),
            WHAT_COMMON => push_common(what, out),
            _ => {}
        }
    }

    pub(super) fn decode(bytes: &[u8], text: &str, section: &str) -> Option<Self> {
        let mut read = In(bytes);
        let mut rest = Self {
            passage: read.size()?,
            start: read.size()?,
            place: match read.byte()? {
                0 => None,
                1 => Some(Place::Page(read.small()?)),
                2 => Some(Place::Chapter(read.string()?)),
                _ => return None,
            },
            correction: read.opt_string()?,
            probabilities: decode_probabilities(&mut read)?,
            model: match read.number()? {
                0 => None,
                bits => {
                    Some(Facts::unpack(bits).model(decode_probabilities(&mut read)??)?)
                }
            },
            evidence: Vec::new(),
        };
        for _ in 0..read.size()? {
            let evidence = rest.decode_evidence(text, heading(section), &mut read)?;
            rest.evidence.push(evidence);
        }
        Some(rest)
    }

    fn decode_evidence(
        &self,
        text: &str,
        heading: &str,
        read: &mut In<'_>,
    ) -> Option<Evidence> {
        let head = read.byte()?;
        let side = label_of_bits(head & 3)?;
        let weight = match head >> 5 {
            1 => unzigzag(read.number()?) as f32 / PARTS,
            _ => read.float()?,
        };
        let source = read_common(read)?;
        let (mut start, mut end) = (None, None);
        if head >> 4 & 1 == 1 {
            let from = unzigzag(read.number()?)
                .checked_add(i64::try_from(self.start).ok()?)?;
            let from = usize::try_from(from).ok()?;
            start = Some(from);
            end = Some(from.checked_add(read.size()?)?);
        }
        let what = match head >> 2 & 3 {
            WHAT_WRITTEN => read.string()?,
            WHAT_COMMON => read_common(read)?,
            WHAT_HEADING => heading.to_owned(),
            _ => {
                let inside =
                    start?.checked_sub(self.start)?..end?.checked_sub(self.start)?;
                text.get(inside)?.to_owned()
            }
        };
        Some(Evidence { what, source, side, weight, start, end })
    }
}

/// The last heading of a section path.
fn heading(section: &str) -> &str {
    section.rsplit(" > ").next().unwrap_or_default()
}

fn encode_probabilities(probabilities: Option<Probabilities>, out: &mut Out) {
    match probabilities {
        None => out.byte(0),
        Some(p) => {
            out.byte(1);
            out.float(p.b2b);
            out.float(p.b2c);
            out.float(p.shared);
        }
    }
}

#[allow(clippy::option_option, reason = "the outer one means damage")]
fn decode_probabilities(read: &mut In<'_>) -> Option<Option<Probabilities>> {
    Some(match read.byte()? {
        0 => None,
        _ => Some(Probabilities {
            b2b: read.float()?,
            b2c: read.float()?,
            shared: read.float()?,
        }),
    })
}

/// Small numbers for small distances in both directions.
fn zigzag(n: isize) -> u64 {
    let n = n as i64;
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -(n & 1).cast_signed()
}

/// What filters, counts and sorting ask of a passage, in one number that a column holds:
/// confidence in the upper half, so that it orders by it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) label: Option<Label>,
    pub(crate) kind: Option<Kind>,
    pub(crate) theme: Option<Theme>,
    pub(crate) decided_by: Option<DecidedBy>,
    pub(crate) unsure: bool,
    pub(crate) confidence: Option<f32>,
}

impl Facts {
    pub(super) fn of(verdict: Option<&Verdict>) -> Self {
        verdict.map_or_else(Self::default, |v| Self {
            label: Some(v.label),
            kind: v.kind,
            theme: Some(v.theme),
            decided_by: Some(v.decided_by),
            unsure: v.unsure,
            confidence: Some(v.confidence),
        })
    }

    fn of_model(model: &ModelVerdict) -> Self {
        Self {
            label: Some(model.label),
            kind: model.kind,
            theme: Some(model.theme),
            decided_by: Some(DecidedBy::Model),
            unsure: model.unsure,
            confidence: Some(model.confidence),
        }
    }

    fn model(self, probabilities: Probabilities) -> Option<ModelVerdict> {
        Some(ModelVerdict {
            label: self.label?,
            kind: self.kind,
            theme: self.theme?,
            confidence: self.confidence?,
            probabilities,
            unsure: self.unsure,
        })
    }

    pub(super) fn pack(self) -> u64 {
        let kind = Kind::ALL.iter().position(|k| Some(*k) == self.kind);
        let theme = Theme::ALL.iter().position(|t| Some(*t) == self.theme);
        let decided = match self.decided_by {
            None => 0,
            Some(DecidedBy::Model) => 1,
            Some(DecidedBy::Person) => 2,
        };
        // Confidence is not negative, and the bits of such floats are ordered as they are.
        u64::from(self.confidence.unwrap_or(0.0).to_bits()) << 16
            | u64::from(label_bits(self.label))
            | kind.map_or(0, |k| k as u64 + 1) << 2
            | theme.map_or(0, |t| t as u64 + 1) << 4
            | decided << 8
            | u64::from(self.unsure) << 10
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "the bits are cut out on purpose"
    )]
    pub(crate) fn unpack(bits: u64) -> Self {
        let label = label_of_bits((bits & 3) as u8);
        let choice =
            |shift: u32, mask: u64| ((bits >> shift & mask) as usize).checked_sub(1);
        Self {
            label,
            kind: choice(2, 3).and_then(|k| Kind::ALL.get(k).copied()),
            theme: choice(4, 15).and_then(|t| Theme::ALL.get(t).copied()),
            decided_by: match bits >> 8 & 3 {
                1 => Some(DecidedBy::Model),
                2 => Some(DecidedBy::Person),
                _ => None,
            },
            unsure: bits >> 10 & 1 == 1,
            confidence: label.map(|_| f32::from_bits((bits >> 16) as u32)),
        }
    }
}

fn label_bits(label: Option<Label>) -> u8 {
    match label {
        None => 0,
        Some(Label::B2b) => 1,
        Some(Label::B2c) => 2,
        Some(Label::Shared) => 3,
    }
}

fn label_of_bits(bits: u8) -> Option<Label> {
    match bits {
        1 => Some(Label::B2b),
        2 => Some(Label::B2c),
        3 => Some(Label::Shared),
        _ => None,
    }
}

/// The id that a column's number stands for.
pub(super) fn id_of_bits(bits: u64) -> PassageId {
    PassageId::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "The buying committee meets twice a year.";
    const SECTION: &str = "Buyers > Who decides";

    fn evidence() -> impl Strategy<Value = Evidence> {
        let what = prop_oneof![
            Just("no side".to_owned()),
            Just("Who decides".to_owned()),
            Just("a phrase from elsewhere".to_owned()),
        ];
        let source =
            prop_oneof![Just("cue".to_owned()), Just("something new".to_owned())];
        let weight = prop_oneof![
            (-8192_i16..8192).prop_map(|parts| f32::from(parts) / PARTS),
            any::<f32>().prop_filter("a number", |w| w.is_finite()),
        ];
        let span = prop_oneof![Just(None), (0_usize..40, 0_usize..9).prop_map(Some)];
        (what, source, 0_usize..3, weight, span).prop_map(
            |(what, source, side, weight, span)| {
                // A phrase of the passage, which begins at byte 100 of its article.
                let inside = span.and_then(|(from, len)| TEXT.get(from..from + len));
                Evidence {
                    what: inside.map_or(what, str::to_owned),
                    source,
                    side: Label::ALL[side],
                    weight,
                    start: span.map(|(from, _)| from + 95),
                    end: span.map(|(from, len)| from + len + 95),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_kept_of_a_passage_comes_back(
            evidence in proptest::collection::vec(evidence(), 0..6),
            passage: u32,
            page: Option<u32>,
            p in (0_f32..1.0, 0_f32..1.0, 0_f32..1.0),
            corrected: bool,
        ) {
            let probabilities = Probabilities { b2b: p.0, b2c: p.1, shared: p.2 };
            let rest = Rest {
                passage: passage as usize,
                start: 100,
                place: page.map(Place::Page),
                model: corrected.then_some(ModelVerdict {
                    label: Label::B2c,
                    kind: None,
                    theme: Theme::Team,
                    confidence: p.1,
                    probabilities,
                    unsure: true,
                }),
                correction: corrected.then(|| "0123456789ab".to_owned()),
                probabilities: Some(probabilities),
                evidence,
            };
            let bytes = rest.encode(TEXT, SECTION);
            prop_assert_eq!(Rest::decode(&bytes, TEXT, SECTION), Some(rest));
        }

        #[test]
        fn damaged_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Rest::decode(&bytes, TEXT, SECTION);
        }

        #[test]
        fn facts_come_back(bits in 0_usize..3 * 3 * 14 * 2 * 2, confidence in 0_f32..=1.0) {
            let facts = Facts {
                label: Some(Label::ALL[bits % 3]),
                kind: (bits / 3 % 3).checked_sub(1).map(|k| Kind::ALL[k]),
                theme: (bits / 9 % 14).checked_sub(1).map(|t| Theme::ALL[t]),
                decided_by: Some(if bits / 126 % 2 == 0 {
                    DecidedBy::Model
                } else {
                    DecidedBy::Person
                }),
                unsure: bits / 252 == 1,
                confidence: Some(confidence),
            };
            prop_assert_eq!(Facts::unpack(facts.pack()), facts);
        }
    }

    #[test]
    fn a_passage_without_a_verdict_has_no_facts() {
        assert_eq!(Facts::unpack(Facts::of(None).pack()), Facts::default());
    }

    /// The list of common texts may lag behind, but should not be forgotten.
    #[test]
    fn what_the_model_often_says_is_common() {
        for source in ["cue", "word", "rest", "prior", "pattern"] {
            assert!(COMMON.contains(&source));
        }
        let mut sorted = COMMON.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), COMMON.len(), "each stands there once");
    }
}
