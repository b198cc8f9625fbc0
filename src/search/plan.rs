//! A query made ready for one index: its words looked up in the dictionaries, its
//! conditions turned into tests, and the weights by which hits are ranked.

use std::collections::BTreeSet;
use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field as TantivyField, IndexRecordOption};
use tantivy::termdict::TermDictionary;
use tantivy::{InvertedIndexReader, Term};

use super::docs::{
    All, And, Docs, Not, Nothing, Or, Ranked, Sequence, Stretches, Union, Where, Word,
};
use super::query::{Condition, Field, Leaf, MAX_CLAUSES, Node, Order, Query, Slot};
use crate::index::{Facts, Index, Passing, SECTION, Segment, Stems, TEXT, terms};
use crate::segment::is_function_word;
use crate::{Error, Result};

/// Most words of the dictionary that a prefix or a misspelt word may stand for.
const MAX_EXPANSION: usize = 1024;

/// A heading speaks for all passages below it, so a word in it says less about each of
/// them than one in its text.
const SECTION_WEIGHT: f32 = 0.5;

/// A title speaks for even more passages. With a quarter of the weight that the same words
/// have in a text, what stands in the title alone comes after what the text says: in a
/// text of three times the usual length a word still has half of it.
const TITLE_WEIGHT: f32 = 0.25;

/// A query for one index.
pub(super) struct Plan<'i> {
    pub(super) index: &'i Index,
    root: Step,
}

enum Step {
    All,
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Words(Words),
    Title(Titled),
    Facts(Condition),
    Article(Passing),
}

/// Articles that have words in their title.
struct Titled {
    /// For each segment, the stretches of their passages: the first, and the one after the
    /// last.
    stretches: Vec<Vec<(u32, u32)>>,
    weight: f32,
}

/// Words in one field.
pub(super) struct Words {
    field: TantivyField,
    /// For each segment, its dictionary and postings.
    readers: Vec<Arc<InvertedIndexReader>>,
    pub(super) slots: Vec<Expanded>,
    pub(super) order: Order,
    weight: f32,
    /// Mean number of words in the field.
    average: f32,
}

/// The words of the dictionary that a slot stands for.
#[derive(Default)]
pub(super) struct Expanded {
    pub(super) terms: BTreeSet<String>,
    /// For each segment, where their postings are.
    infos: Vec<Vec<TermInfo>>,
    /// In how many passages one of them stands; passages with several count several times.
    frequency: u64,
}

impl<'i> Plan<'i> {
    pub(super) fn new(query: &Query, index: &'i Index) -> Result<Self> {
        let root = index.guarded(|| step(&query.root, index))?;
        Ok(Self { index, root })
    }

    /// The passages of a segment that fit, in its order.
    pub(super) fn docs<'a>(&'a self, segment: usize) -> Result<Box<dyn Docs + 'a>> {
        self.root.docs(self.index, segment)
    }

    /// What asks for words in a passage's text, without what is unwanted.
    pub(super) fn in_text(&self) -> Vec<&Words> {
        let mut found = Vec::new();
        self.root.in_text(&mut found);
        found
    }

    /// The plan that finds passages with any of these words.
    pub(super) fn any_of(words: &[String], index: &'i Index) -> Result<Self> {
        let leaf = |word: &String| {
            let slots = vec![Slot::Exact(word.clone())];
            Ok(Step::Words(Words::new(&slots, Order::Phrase, TEXT, index)?))
        };
        let steps = words.iter().take(MAX_CLAUSES).map(leaf).collect::<Result<_>>()?;
        Ok(Self { index, root: Step::Or(steps) })
    }
}

fn step(node: &Node, index: &Index) -> Result<Step> {
    let all =
        |nodes: &[Node]| nodes.iter().map(|n| step(n, index)).collect::<Result<_>>();
    Ok(match node {
        Node::All => Step::All,
        Node::And(nodes) => Step::And(all(nodes)?),
        Node::Or(nodes) => Step::Or(all(nodes)?),
        Node::Not(node) => Step::Not(Box::new(step(node, index)?)),
        Node::Words(leaf) => words(leaf, index)?,
        Node::Where(Condition::Article(filter)) => {
            Step::Article(Passing::new(filter, index)?)
        }
        Node::Where(condition) => Step::Facts(condition.clone()),
    })
}

fn words(leaf: &Leaf, index: &Index) -> Result<Step> {
    let in_field = |field| Words::new(&leaf.slots, leaf.order, field, index);
    Ok(match leaf.field {
        Field::Text => Step::Words(in_field(TEXT)?),
        Field::Section => Step::Words(in_field(SECTION)?),
        Field::Any => {
            let text = in_field(TEXT)?;
            let mut section = in_field(SECTION)?;
            section.weight *= SECTION_WEIGHT;
            let mut titled = Titled::new(&titles(leaf, index)?, index)?;
            titled.weight = text.weight * TITLE_WEIGHT;
            Step::Or(vec![Step::Words(text), Step::Words(section), Step::Title(titled)])
        }
        Field::Title => {
            let ranks = titles(leaf, index)?;
            let mut titled = Titled::new(&ranks, index)?;
            titled.weight = idf(ranks.len() as u64, index.len().0 as u64);
            Step::Title(titled)
        }
    })
}

impl Titled {
    fn new(ranks: &[u32], index: &Index) -> Result<Self> {
        let mut stretches = vec![Vec::new(); index.segments().len()];
        for &rank in ranks {
            for (segment, docs) in index.stretches(rank)? {
                stretches[segment].push(docs);
            }
        }
        for list in &mut stretches {
            list.sort_unstable();
        }
        Ok(Self { stretches, weight: 0.0 })
    }
}

/// The articles, by rank, that have the words in their title. Titles are few, so they are
/// looked through.
fn titles(leaf: &Leaf, index: &Index) -> Result<Vec<u32>> {
    let stems = Stems::default();
    let titles = index.titles()?;
    let mut found = Vec::new();
    let mut look = |rank: u32| {
        let mut slots = vec![Vec::new(); leaf.slots.len()];
        for (position, (_, term)) in (0..).zip(terms(titles.get(rank))) {
            for (slot, places) in leaf.slots.iter().zip(&mut slots) {
                if fits(slot, &term, &stems) {
                    places.push(position);
                }
            }
        }
        if super::docs::occurrences(&slots, leaf.order, |_| {}) > 0 {
            found.push(rank);
        }
    };
    match leaf.slots.first().and_then(beginnings) {
        Some(starts) => titles.with_any(&starts).into_iter().for_each(&mut look),
        None => (0..titles.len()).for_each(&mut look),
    }
    Ok(found)
}

/// Whether a word of a title is what a slot asks for.
fn fits(slot: &Slot, term: &str, stems: &Stems) -> bool {
    match slot {
        Slot::Stem { stems: wanted, .. } => {
            wanted.iter().any(|stem| stems.is_form(term, stem))
        }
        Slot::Exact(word) => term == *word,
        Slot::Prefix(start) => term.starts_with(start.as_str()),
        Slot::Fuzzy { word, distance } => {
            super::suggest::mistakes(term, word, *distance).is_some()
        }
    }
}

/// The letters with one of which every word begins that a slot asks for; `None` where it
/// may begin with any.
fn beginnings(slot: &Slot) -> Option<Vec<&str>> {
    match slot {
        Slot::Stem { stems, .. } => {
            let mut starts = Vec::new();
            for stem in stems {
                starts.push(Stems::common_start(stem));
                starts.extend(Stems::irregular(stem).map(|form| -> &str { form }));
            }
            Some(starts)
        }
        Slot::Exact(word) | Slot::Prefix(word) => Some(vec![word]),
        Slot::Fuzzy { .. } => None,
    }
}

impl Words {
    fn new(
        slots: &[Slot],
        order: Order,
        field: TantivyField,
        index: &Index,
    ) -> Result<Self> {
        let readers = index
            .segments()
            .iter()
            .map(|s| s.reader.inverted_index(field).map_err(|e| index.bad(e)))
            .collect::<Result<Vec<_>>>()?;
        let slots = slots
            .iter()
            .map(|slot| Expanded::new(slot, &readers, index))
            .collect::<Result<Vec<_>>>()?;
        let articles = index.state_articles();
        let passages = articles.passages();
        let bytes = if field == TEXT {
            articles.text_bytes()
        } else {
            articles.section_bytes()
        };
        // Lengths only have to be compared with their mean, and bytes for a word are the
        // same everywhere: so the mean does not depend on how the index lies on disk.
        let average = (bytes as f32 / BYTES_A_WORD / passages.max(1) as f32).max(1.0);
        let weight = slots.iter().map(|s| idf(s.frequency, passages)).sum();
        Ok(Self { field, readers, slots, order, weight, average })
    }

    /// Whether each slot has words in the dictionary at all.
    pub(super) fn frequencies(&self) -> impl Iterator<Item = u64> {
        self.slots.iter().map(|s| s.frequency)
    }

    fn docs<'a>(
        &'a self,
        index: &'a Index,
        segment: usize,
    ) -> Result<Box<dyn Docs + 'a>> {
        let reader = &self.readers[segment];
        if self.slots.iter().any(|s| s.infos[segment].is_empty()) {
            return Ok(Box::new(Nothing));
        }
        let single = self.slots.len() == 1;
        let option = if single {
            IndexRecordOption::WithFreqs
        } else {
            IndexRecordOption::WithFreqsAndPositions
        };
        let unions = self.slots.iter().map(|slot| {
            let postings = slot.infos[segment].iter().map(|info| {
                let postings = reader.read_postings_from_terminfo(info, option);
                postings.map_err(|e| index.bad(tantivy::TantivyError::from(e)))
            });
            Ok(Union::new(postings.collect::<Result<_>>()?))
        });
        let mut unions = unions.collect::<Result<Vec<_>>>()?;
        let lengths = index.segments()[segment]
            .reader
            .get_fieldnorms_reader(self.field)
            .map_err(|e| index.bad(e))?;
        let ranked = Ranked::new(self.weight, self.average, lengths);
        Ok(match unions.pop() {
            Some(union) if single => Box::new(Word::new(union, ranked)),
            Some(last) => {
                unions.push(last);
                Box::new(Sequence::new(unions, self.order, ranked))
            }
            None => Box::new(Nothing),
        })
    }
}

/// Bytes of English text for each of its words, the space after it included.
const BYTES_A_WORD: f32 = 6.0;

/// How much a word says that stands in so many of all passages (Robertson and Zaragoza
/// 2009, with one added so that it is never negative).
fn idf(found: u64, all: u64) -> f32 {
    let found = found.min(all) as f32;
    (1.0 + (all as f32 - found + 0.5) / (found + 0.5)).ln()
}

impl Expanded {
    fn new(
        slot: &Slot,
        readers: &[Arc<InvertedIndexReader>],
        index: &Index,
    ) -> Result<Self> {
        let mut expanded = Self::default();
        let stems = Stems::default();
        for (reader, segment) in readers.iter().zip(index.segments()) {
            let mut infos = Vec::new();
            let mut take = |term: &str, info: &TermInfo| {
                if !expanded.terms.contains(term) {
                    expanded.terms.insert(term.to_owned());
                }
                infos.push(info.clone());
                infos.len() <= MAX_EXPANSION
            };
            let looked = look_up(slot, reader.terms(), &stems, &mut take);
            if !looked.map_err(|e| index.bad(tantivy::TantivyError::from(e)))? {
                return Err(Error::Query(format!(
                    "query: `{}` stands for more than {MAX_EXPANSION} words: give more of it",
                    slot.word()
                )));
            }
            for info in &infos {
                expanded.frequency += alive(info, reader, segment, index)?;
            }
            expanded.infos.push(infos);
        }
        Ok(expanded)
    }
}

/// In how many passages a term stands that are not deleted.
fn alive(
    info: &TermInfo,
    reader: &InvertedIndexReader,
    segment: &Segment,
    index: &Index,
) -> Result<u64> {
    let Some(alive) = segment.reader.alive_bitset() else {
        return Ok(u64::from(info.doc_freq));
    };
    let postings = reader
        .read_postings_from_terminfo(info, IndexRecordOption::Basic)
        .map_err(|e| index.bad(tantivy::TantivyError::from(e)))?;
    Ok(u64::from(postings.doc_freq_given_deletes(alive)))
}

/// Gives the words of a dictionary that a slot stands for, as long as `take` wants more.
fn look_up(
    slot: &Slot,
    dictionary: &TermDictionary,
    stems: &Stems,
    take: &mut dyn FnMut(&str, &TermInfo) -> bool,
) -> std::io::Result<bool> {
    let exact = |word: &str, take: &mut dyn FnMut(&str, &TermInfo) -> bool| {
        Ok::<_, std::io::Error>(match dictionary.get(word)? {
            Some(info) => take(word, &info),
            None => true,
        })
    };
    match slot {
        Slot::Exact(word) => exact(word, take),
        Slot::Stem { stems: wanted, .. } => {
            for stem in wanted {
                for form in Stems::irregular(stem) {
                    exact(form, take)?;
                }
                let start = Stems::common_start(stem);
                let all = beginning(dictionary, start, &mut |term, info| {
                    // Words with another stem are passed over.
                    stems.stem(term) != *stem || take(term, info)
                })?;
                if !all {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Slot::Prefix(start) => beginning(dictionary, start, take),
        Slot::Fuzzy { word, distance } => {
            let term = Term::from_field_text(TEXT, word);
            let automaton = FuzzyTermQuery::new(term, *distance, true)
                .automaton()
                .map_err(std::io::Error::other)?;
            let mut stream = dictionary.search(automaton).into_stream()?;
            while let Some((key, info)) = stream.next() {
                if let Ok(term) = std::str::from_utf8(key)
                    && !take(term, info)
                {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

fn beginning(
    dictionary: &TermDictionary,
    start: &str,
    take: &mut dyn FnMut(&str, &TermInfo) -> bool,
) -> std::io::Result<bool> {
    let mut stream = dictionary.range().ge(start).into_stream()?;
    while let Some((key, info)) = stream.next() {
        if !key.starts_with(start.as_bytes()) {
            break;
        }
        if let Ok(term) = std::str::from_utf8(key)
            && !take(term, info)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Step {
    fn docs<'a>(
        &'a self,
        index: &'a Index,
        segment: usize,
    ) -> Result<Box<dyn Docs + 'a>> {
        let all = |steps: &'a [Self]| {
            steps.iter().map(|s| s.docs(index, segment)).collect::<Result<Vec<_>>>()
        };
        let part = &index.segments()[segment];
        let end = part.reader.max_doc();
        Ok(match self {
            Self::All => Box::new(All::new(end)),
            Self::And(steps) => Box::new(And::new(all(steps)?)),
            Self::Or(steps) => Box::new(Or::new(all(steps)?)),
            Self::Not(step) => Box::new(Not::new(step.docs(index, segment)?, end)),
            Self::Words(words) => words.docs(index, segment)?,
            Self::Title(titled) => {
                let stretches = &titled.stretches[segment];
                Box::new(Stretches::new(stretches, titled.weight))
            }
            Self::Facts(condition) => {
                let fits = move |doc| {
                    holds(condition, &Facts::unpack(part.facts.get_val(doc)))
                };
                Box::new(Where::new(fits, end, 0.0))
            }
            Self::Article(passing) => {
                let fits = move |doc| {
                    let rank = index.state_articles().rank(part.article.get_val(doc));
                    rank.is_some_and(|r| passing.rank(r))
                };
                Box::new(Where::new(fits, end, 0.0))
            }
        })
    }

    fn in_text<'a>(&'a self, found: &mut Vec<&'a Words>) {
        match self {
            Self::And(steps) | Self::Or(steps) => {
                for step in steps {
                    step.in_text(found);
                }
            }
            Self::Words(words) if words.field == TEXT => found.push(words),
            _ => {}
        }
    }
}

fn holds(condition: &Condition, facts: &Facts) -> bool {
    match condition {
        Condition::Label(label) => facts.label == *label,
        Condition::Kind(kind) => facts.kind == Some(*kind),
        Condition::Theme(theme) => facts.theme == Some(*theme),
        Condition::DecidedBy(by) => facts.decided_by == Some(*by),
        Condition::Confidence(range) => {
            facts.confidence.is_some_and(|c| range.contains(&c))
        }
        // Turned into a step of its own.
        Condition::Article(_) => true,
    }
}

/// How much each of some words says that stand in a text, greatest first: how often they
/// stand there by how rare they are. Words of grammar say nothing of the matter.
pub(super) fn telling(text: &str, index: &Index, most: usize) -> Result<Vec<String>> {
    let mut counts = std::collections::BTreeMap::<String, f32>::new();
    for (_, word) in terms(text).filter(|(_, word)| !is_function_word(word)) {
        *counts.entry(word.into_owned()).or_default() += 1.0;
    }
    let all = index.state_articles().passages();
    let mut weighed = Vec::with_capacity(counts.len());
    index.guarded(|| {
        for (word, count) in counts {
            let found = frequency(&word, index)?;
            // A word that stands nowhere else brings nothing.
            if found > 1 {
                weighed.push((count * idf(found, all), word));
            }
        }
        Ok(())
    })?;
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(weighed.into_iter().take(most).map(|(_, word)| word).collect())
}

/// In how many passages' texts a term stands, deleted ones among them.
pub(super) fn frequency(term: &str, index: &Index) -> Result<u64> {
    let mut found = 0;
    for segment in index.segments() {
        let reader = segment.reader.inverted_index(TEXT).map_err(|e| index.bad(e))?;
        let info = reader
            .terms()
            .get(term)
            .map_err(|e| index.bad(tantivy::TantivyError::from(e)))?;
        found += info.map_or(0, |i| u64::from(i.doc_freq));
    }
    Ok(found)
}
