//! Keeping the best of many hits, in an order that depends on nothing but the hits.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use super::Search;
use crate::index::Address;

/// By what hits are ordered: greatest value first, then article and passage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) value: f32,
    pub(super) rank: u32,
    /// Passages of an article lie in their order.
    pub(super) address: Address,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .value
            .total_cmp(&self.value)
            .then_with(|| self.rank.cmp(&other.rank))
            .then_with(|| self.address.cmp(&other.address))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

/// A key with what goes with it.
#[derive(Clone, Copy, Debug)]
struct Entry(Key, f32);

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Entry {}

/// A hit with its score.
pub(super) type Scored = (Key, f32);

/// The hits that are wanted among those that come.
pub(super) struct Best {
    offset: usize,
    limit: usize,
    /// The greatest is the worst that is kept.
    heap: BinaryHeap<Entry>,
    group: Option<usize>,
    /// Best hits of each article, where they are grouped.
    groups: BTreeMap<u32, BinaryHeap<Entry>>,
    /// Hits of each article by rank.
    counts: Vec<usize>,
}

impl Best {
    pub(super) fn new(wanted: &Search) -> Self {
        Self {
            offset: wanted.offset,
            limit: wanted.limit,
            heap: BinaryHeap::new(),
            group: wanted.group,
            groups: BTreeMap::new(),
            counts: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, key: Key, score: f32) {
        let rank = key.rank as usize;
        if rank >= self.counts.len() {
            self.counts.resize(rank + 1, 0);
        }
        self.counts[rank] += 1;
        if let Some(most) = self.group {
            keep(self.groups.entry(key.rank).or_default(), Entry(key, score), most);
        } else {
            let most = self.offset.saturating_add(self.limit);
            keep(&mut self.heap, Entry(key, score), most);
        }
    }

    /// The wanted hits with their scores, and how many each article has, by rank.
    pub(super) fn finish(self) -> (Vec<Scored>, Vec<(u32, usize)>) {
        let counts = (0..).zip(self.counts).filter(|(_, n)| *n > 0).collect();
        let all: Vec<Entry> = if self.group.is_some() {
            let mut groups: Vec<Vec<Entry>> =
                self.groups.into_values().map(BinaryHeap::into_sorted_vec).collect();
            groups.sort_by(|a, b| a.first().cmp(&b.first()));
            groups.into_iter().skip(self.offset).take(self.limit).flatten().collect()
        } else {
            self.heap
                .into_sorted_vec()
                .into_iter()
                .skip(self.offset)
                .take(self.limit)
                .collect()
        };
        (all.into_iter().map(|Entry(key, score)| (key, score)).collect(), counts)
    }
}

fn keep(heap: &mut BinaryHeap<Entry>, entry: Entry, most: usize) {
    if heap.len() < most {
        heap.push(entry);
    } else if let Some(mut worst) = heap.peek_mut()
        && Reverse(entry) > Reverse(*worst)
    {
        *worst = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: f32, rank: u32, doc: u32) -> Key {
        Key { value, rank, address: Address { segment: 0, doc } }
    }

    fn best(wanted: &Search, keys: &[Key]) -> Vec<(u32, u32)> {
        let mut best = Best::new(wanted);
        for key in keys {
            best.take(*key, key.value);
        }
        best.finish().0.iter().map(|(k, _)| (k.rank, k.address.doc)).collect()
    }

    #[test]
    fn greatest_first_then_article_and_passage() {
        let keys = [key(1.0, 5, 50), key(2.0, 9, 90), key(1.0, 3, 31), key(1.0, 3, 30)];
        let wanted = Search { limit: 3, ..Search::default() };
        assert_eq!(best(&wanted, &keys), [(9, 90), (3, 30), (3, 31)]);
        let wanted = Search { limit: 2, offset: 2, ..Search::default() };
        assert_eq!(best(&wanted, &keys), [(3, 31), (5, 50)]);
    }

    #[test]
    fn groups_go_by_their_best() {
        let keys = [key(1.0, 1, 1), key(3.0, 2, 5), key(2.0, 1, 2), key(0.5, 1, 3)];
        let wanted = Search { group: Some(2), ..Search::default() };
        assert_eq!(best(&wanted, &keys), [(2, 5), (1, 2), (1, 1)]);
        let wanted = Search { group: Some(2), offset: 1, ..Search::default() };
        assert_eq!(best(&wanted, &keys), [(1, 2), (1, 1)]);
    }
}
