//! What to try instead where a query found nothing, and what to try as well.

use super::plan::{self, Plan};
use super::query::{Field, Leaf, Node, Order, Query, Slot};
use super::{Search, search};
use crate::Result;
use crate::index::{Index, term};

/// Another query that finds something.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The query.
    pub query: Query,
    /// What is other about it, for the user.
    pub why: String,
    /// How many passages it finds.
    pub total: usize,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Most suggestions.
const MOST: usize = 3;

/// Other queries that find something under the same filter: with hyphens and words as the
/// articles have them, with `OR` between the words.
///
/// # Errors
/// [`Error::BadIndex`](crate::Error::BadIndex) when the index is damaged.
pub fn suggest(
    index: &Index,
    query: &Query,
    wanted: &Search,
) -> Result<Vec<Suggestion>> {
    let mut tries: Vec<(String, String)> = Vec::new();
    let unknown: Vec<_> = query
        .leaves()
        .into_iter()
        .filter_map(|leaf| Some((leaf, plain_word(leaf)?)))
        .collect();
    let mut spelt = query.as_str().to_owned();
    let mut others = Vec::new();
    // From the back, so that places in front stay right.
    for (leaf, word) in unknown.iter().rev() {
        if let Some(other) = nearest(index, word)? {
            spelt.replace_range(leaf.span.start..leaf.span.end, &other);
            others.push(format!("`{other}` for `{word}`"));
        }
    }
    if !others.is_empty() {
        others.reverse();
        tries.push((spelt.clone(), others.join(", ")));
    }
    for text in [spelt, query.as_str().to_owned()] {
        if let Some(any) = with_or(&text) {
            tries.push((any, "any of the words".to_owned()));
        }
    }
    let mut found = hyphened(index, query, wanted)?;
    for (text, why) in tries {
        if found.len() >= MOST {
            break;
        }
        let Ok(query) = text.parse::<Query>() else { continue };
        if found.iter().any(|s| s.query == query) {
            continue;
        }
        let wanted = Search { limit: 0, offset: 0, facets: false, ..wanted.clone() };
        let total = search(index, &query, &wanted)?.total;
        if total > 0 {
            found.push(Suggestion { query, why, total });
        }
    }
    Ok(found)
}

/// The same query with a word that is written with a hyphen or in two, or without where it
/// has one, if that finds something under the same filter: `email` has `e-mail`.
///
/// # Errors
/// [`Error::BadIndex`](crate::Error::BadIndex) when the index is damaged.
pub fn hyphened(
    index: &Index,
    query: &Query,
    wanted: &Search,
) -> Result<Vec<Suggestion>> {
    let wanted = Search { limit: 0, offset: 0, facets: false, ..wanted.clone() };
    let mut found = Vec::new();
    for leaf in query.leaves().into_iter().take(MOST) {
        let mut best: Option<Suggestion> = None;
        let written = leaf.span.of(query.as_str());
        for other in other_hyphens(index, leaf, written)? {
            let mut text = query.as_str().to_owned();
            text.replace_range(leaf.span.start..leaf.span.end, &other);
            let Ok(query) = text.parse::<Query>() else { continue };
            let total = search(index, &query, &wanted)?.total;
            if total > best.as_ref().map_or(0, |b| b.total) {
                let why = format!("`{other}` for `{written}`");
                best = Some(Suggestion { query, why, total });
            }
        }
        found.extend(best);
    }
    Ok(found)
}

/// How else a word may be written as to hyphens.
fn other_hyphens(index: &Index, leaf: &Leaf, written: &str) -> Result<Vec<String>> {
    const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{2011}'];
    if !matches!(leaf.field, Field::Any | Field::Text) || leaf.order != Order::Phrase {
        return Ok(Vec::new());
    }
    let [Slot::Stem { word, .. }] = &leaf.slots[..] else {
        let plain = written.chars().all(|c| c.is_alphabetic() || HYPHENS.contains(&c));
        let joined = plain.then(|| written.replace(HYPHENS, ""));
        return Ok(joined.into_iter().collect());
    };
    if word.chars().count() < SHORTEST || !word.chars().all(char::is_alphabetic) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (at, _) in word.char_indices().skip(1) {
        let (one, two) = word.split_at(at);
        let singular = two.strip_suffix('s').unwrap_or(two);
        let two_stands = two.chars().count() > 1
            && (plan::frequency(two, index)? > 0
                || plan::frequency(singular, index)? > 0);
        if two_stands && plan::frequency(one, index)? > 0 {
            found.push(format!("{one}-{two}"));
        }
    }
    Ok(found)
}

/// Shorter words fall into parts by chance: `into` is no `in-to`.
const SHORTEST: usize = 5;

/// The word of a leaf that is nothing but a word of the text.
fn plain_word(leaf: &Leaf) -> Option<&str> {
    match (&leaf.slots[..], leaf.field) {
        ([Slot::Stem { word, .. }], Field::Any | Field::Text) => Some(word),
        _ => None,
    }
}

/// Where a query is a list of words, the query for any of them.
fn with_or(text: &str) -> Option<String> {
    let query: Query = text.parse().ok()?;
    let Node::And(nodes) = &query.root else { return None };
    let all_words = nodes.iter().all(|n| matches!(n, Node::Words(_)));
    let words: Vec<_> = query.leaves().iter().map(|l| l.span.of(text)).collect();
    all_words.then(|| words.join(" OR "))
}

/// The word of the articles that is most like a word that they do not have: fewest letters
/// wrong, then the most common.
fn nearest(index: &Index, word: &str) -> Result<Option<String>> {
    let word = term(word);
    // In short words one letter makes another word.
    let most = match word.chars().count() {
        0..=3 => return Ok(None),
        4..=7 => 1,
        _ => 2,
    };
    let own = Plan::new(&text_query(&Slot::Exact(word.to_string())), index)?;
    if own.in_text().iter().any(|w| w.frequencies().any(|n| n > 0)) {
        return Ok(None);
    }
    for distance in 1..=most {
        let slot = Slot::Fuzzy { word: word.to_string(), distance };
        let plan = Plan::new(&text_query(&slot), index)?;
        let terms: Vec<_> = plan
            .in_text()
            .iter()
            .flat_map(|w| &w.slots)
            .flat_map(|s| &s.terms)
            .cloned()
            .collect();
        let mut best: Option<(u64, String)> = None;
        for term in terms {
            let plan = Plan::any_of(std::slice::from_ref(&term), index)?;
            let n = plan.in_text().iter().flat_map(|w| w.frequencies()).sum();
            if best.as_ref().is_none_or(|(most, _)| n > *most) {
                best = Some((n, term));
            }
        }
        if let Some((_, term)) = best {
            return Ok(Some(term));
        }
    }
    Ok(None)
}

fn text_query(slot: &Slot) -> Query {
    Query {
        text: String::new(),
        root: Node::Words(Leaf {
            field: Field::Text,
            slots: vec![slot.clone()],
            order: Order::Phrase,
            span: crate::Span::default(),
        }),
    }
}

/// How many letters are wrong in one word compared with another, where it is at most
/// `most`: inserted, left out, exchanged, or two neighbours swapped (optimal string
/// alignment).
pub(super) fn mistakes(a: &str, b: &str, most: u8) -> Option<u8> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let most = usize::from(most);
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost =
                (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    let cost = last[b.len()];
    u8::try_from(cost).ok().filter(|_| cost <= most)
}

#[cfg(test)]
mod tests {
    use super::mistakes;

    #[test]
    fn mistakes_are_letters() {
        assert_eq!(mistakes("pricing", "pricing", 2), Some(0));
        assert_eq!(mistakes("prcing", "pricing", 2), Some(1));
        assert_eq!(mistakes("pircing", "pricing", 2), Some(1));
        assert_eq!(mistakes("piercings", "pricing", 2), None);
    }
}
