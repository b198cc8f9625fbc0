//! Walking through the passages of a segment that fit a query, in its order.
//!
//! Tantivy has its own walkers; these are ours because a query's word stands for several
//! words of the dictionary, because near words may come in any order, and because what is
//! found in the postings and what is marked in the text must be the same: both go through
//! [`occurrences`].

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::{DocSet, TERMINATED};

use super::query::Order;

/// Passages in rising order.
pub(super) trait Docs {
    /// The passage reached; [`TERMINATED`] at the end.
    fn doc(&self) -> u32;

    /// Goes to the next one.
    fn advance(&mut self) -> u32;

    /// Goes to `target`, or to the first one after it. Never goes back.
    fn seek(&mut self, target: u32) -> u32 {
        while self.doc() < target {
            self.advance();
        }
        self.doc()
    }

    /// `target` when it fits, else a later one before which none fits. Where that is not
    /// the passage reached, the walk may go on with `probe` only.
    fn probe(&mut self, target: u32) -> u32 {
        self.seek(target)
    }

    /// How well the passage reached fits.
    fn score(&mut self) -> f32;

    /// About how many there are.
    fn cost(&self) -> u32;
}

/// No passage.
pub(super) struct Nothing;

impl Docs for Nothing {
    fn doc(&self) -> u32 {
        TERMINATED
    }

    fn advance(&mut self) -> u32 {
        TERMINATED
    }

    fn score(&mut self) -> f32 {
        0.0
    }

    fn cost(&self) -> u32 {
        0
    }
}

/// Every passage.
pub(super) struct All {
    doc: u32,
    end: u32,
}

impl All {
    pub(super) fn new(end: u32) -> Self {
        Self { doc: if end == 0 { TERMINATED } else { 0 }, end }
    }
}

impl Docs for All {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        self.seek(self.doc.saturating_add(1))
    }

    fn seek(&mut self, target: u32) -> u32 {
        self.doc = if target >= self.end { TERMINATED } else { target.max(self.doc) };
        self.doc
    }

    fn score(&mut self) -> f32 {
        0.0
    }

    fn cost(&self) -> u32 {
        self.end
    }
}

/// Passages that pass a test. All share one score.
pub(super) struct Where<F> {
    fits: F,
    doc: u32,
    end: u32,
    score: f32,
}

impl<F: Fn(u32) -> bool> Where<F> {
    pub(super) fn new(fits: F, end: u32, score: f32) -> Self {
        let mut new = Self { fits, doc: 0, end, score };
        new.settle();
        new
    }

    fn settle(&mut self) {
        while self.doc < self.end && !(self.fits)(self.doc) {
            self.doc += 1;
        }
        if self.doc >= self.end {
            self.doc = TERMINATED;
        }
    }
}

impl<F: Fn(u32) -> bool> Docs for Where<F> {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        self.seek(self.doc.saturating_add(1))
    }

    fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc {
            self.doc = target;
            self.settle();
        }
        self.doc
    }

    fn probe(&mut self, target: u32) -> u32 {
        // Does not look for the next one that fits: others may leave it out anyway.
        if target >= self.end {
            self.doc = TERMINATED;
        } else if (self.fits)(target) {
            self.doc = target;
        } else {
            return target + 1;
        }
        self.doc
    }

    fn score(&mut self) -> f32 {
        self.score
    }

    fn cost(&self) -> u32 {
        // Best asked last.
        u32::MAX
    }
}

/// Passages that lie side by side in some stretches. All share one score.
pub(super) struct Stretches<'a> {
    /// In rising order: the first, and the one after the last.
    ahead: &'a [(u32, u32)],
    doc: u32,
    score: f32,
}

impl<'a> Stretches<'a> {
    pub(super) fn new(stretches: &'a [(u32, u32)], score: f32) -> Self {
        let mut new = Self { ahead: stretches, doc: 0, score };
        new.settle(0);
        new
    }

    /// Goes to the first passage from `target` on.
    fn settle(&mut self, target: u32) {
        let over = self.ahead.partition_point(|(_, end)| *end <= target);
        self.ahead = &self.ahead[over..];
        self.doc =
            self.ahead.first().map_or(TERMINATED, |(start, _)| target.max(*start));
    }
}

impl Docs for Stretches<'_> {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        self.seek(self.doc.saturating_add(1))
    }

    fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc && self.doc != TERMINATED {
            self.settle(target);
        }
        self.doc
    }

    fn score(&mut self) -> f32 {
        self.score
    }

    fn cost(&self) -> u32 {
        self.ahead.iter().map(|(start, end)| end - start).fold(0, u32::saturating_add)
    }
}

/// Passages in which one of some words stands.
pub(super) struct Union {
    members: Vec<SegmentPostings>,
    doc: u32,
}

impl Union {
    pub(super) fn new(members: Vec<SegmentPostings>) -> Self {
        let mut new = Self { members, doc: 0 };
        new.settle();
        new
    }

    fn settle(&mut self) -> u32 {
        self.doc = self.members.iter().map(DocSet::doc).min().unwrap_or(TERMINATED);
        self.doc
    }

    fn advance(&mut self) -> u32 {
        if let [one] = &mut self.members[..] {
            self.doc = one.advance();
            return self.doc;
        }
        for member in &mut self.members {
            if member.doc() == self.doc {
                member.advance();
            }
        }
        self.settle()
    }

    fn seek(&mut self, target: u32) -> u32 {
        for member in &mut self.members {
            if member.doc() < target {
                member.seek(target);
            }
        }
        self.settle()
    }

    /// How often the words stand in the passage reached.
    fn frequency(&self) -> u32 {
        let here = self.members.iter().filter(|m| m.doc() == self.doc);
        here.map(Postings::term_freq).sum()
    }

    /// Where the words stand in the passage reached, in rising order.
    fn positions(&mut self, out: &mut Vec<u32>) {
        out.clear();
        let mut lists = 0;
        for member in &mut self.members {
            if member.doc() == self.doc {
                member.append_positions_with_offset(0, out);
                lists += 1;
            }
        }
        if lists > 1 {
            out.sort_unstable();
        }
    }

    fn cost(&self) -> u32 {
        self.members.iter().map(SegmentPostings::doc_freq).fold(0, u32::saturating_add)
    }
}

/// What ranks the passages of one clause: BM25 (Robertson and Zaragoza 2009).
pub(super) struct Ranked {
    weight: f32,
    average: f32,
    lengths: FieldNormReader,
}

/// How soon more of the same word says nothing new.
const K1: f32 = 1.2;
/// How much longer passages are held back.
const B: f32 = 0.75;

impl Ranked {
    pub(super) fn new(weight: f32, average: f32, lengths: FieldNormReader) -> Self {
        Self { weight, average, lengths }
    }

    fn score(&self, doc: u32, frequency: u32) -> f32 {
        let length = self.lengths.fieldnorm(doc) as f32;
        let frequency = frequency as f32;
        let norm = K1 * (1.0 - B + B * length / self.average);
        self.weight * (1.0 + K1) * frequency / (frequency + norm)
    }
}

/// Passages with one word.
pub(super) struct Word {
    union: Union,
    ranked: Ranked,
}

impl Word {
    pub(super) fn new(union: Union, ranked: Ranked) -> Self {
        Self { union, ranked }
    }
}

impl Docs for Word {
    fn doc(&self) -> u32 {
        self.union.doc
    }

    fn advance(&mut self) -> u32 {
        self.union.advance()
    }

    fn seek(&mut self, target: u32) -> u32 {
        self.union.seek(target)
    }

    fn score(&mut self) -> f32 {
        self.ranked.score(self.union.doc, self.union.frequency())
    }

    fn cost(&self) -> u32 {
        self.union.cost()
    }
}

/// Passages with several words in their order, or near each other.
pub(super) struct Sequence {
    slots: Vec<Union>,
    /// Slots by the number of their passages, fewest first.
    rarest: Vec<usize>,
    order: Order,
    ranked: Ranked,
    places: Vec<Vec<u32>>,
    doc: u32,
    frequency: u32,
}

impl Sequence {
    pub(super) fn new(slots: Vec<Union>, order: Order, ranked: Ranked) -> Self {
        let mut rarest: Vec<_> = (0..slots.len()).collect();
        rarest.sort_by_key(|&at| slots[at].cost());
        let places = vec![Vec::new(); slots.len()];
        let mut new =
            Self { slots, rarest, order, ranked, places, doc: 0, frequency: 0 };
        let first = new.slots[new.rarest[0]].doc;
        new.settle(first);
        new
    }

    /// Goes to the first passage from `target` on in which all words stand as they should.
    fn settle(&mut self, mut target: u32) {
        'candidates: loop {
            for &at in &self.rarest {
                let reached = self.slots[at].seek(target);
                if reached > target {
                    target = reached;
                    if target != TERMINATED {
                        continue 'candidates;
                    }
                }
            }
            self.doc = target;
            if target == TERMINATED {
                return;
            }
            for (slot, places) in self.slots.iter_mut().zip(&mut self.places) {
                slot.positions(places);
            }
            self.frequency = occurrences(&self.places, self.order, |_| {});
            if self.frequency > 0 {
                return;
            }
            target += 1;
        }
    }
}

impl Docs for Sequence {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        self.seek(self.doc.saturating_add(1))
    }

    fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc {
            self.settle(target.min(TERMINATED));
        }
        self.doc
    }

    fn score(&mut self) -> f32 {
        self.ranked.score(self.doc, self.frequency)
    }

    fn cost(&self) -> u32 {
        self.slots[self.rarest[0]].cost()
    }
}

/// Passages that fit all.
pub(super) struct And<'a> {
    /// Fewest first.
    members: Vec<Box<dyn Docs + 'a>>,
    doc: u32,
}

impl<'a> And<'a> {
    pub(super) fn new(mut members: Vec<Box<dyn Docs + 'a>>) -> Self {
        members.sort_by_key(|m| m.cost());
        let first = members.first().map_or(TERMINATED, |m| m.doc());
        let mut new = Self { members, doc: 0 };
        new.settle(first);
        new
    }

    fn settle(&mut self, mut target: u32) {
        let Some((first, others)) = self.members.split_first_mut() else {
            self.doc = TERMINATED;
            return;
        };
        'candidates: while target != TERMINATED {
            for other in &mut *others {
                let reached = other.probe(target);
                if reached > target {
                    target = first.seek(reached.min(TERMINATED));
                    continue 'candidates;
                }
            }
            break;
        }
        self.doc = target;
    }
}

impl Docs for And<'_> {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        if self.doc != TERMINATED {
            let next = self.members[0].advance();
            self.settle(next);
        }
        self.doc
    }

    fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc && self.doc != TERMINATED {
            let next = self.members[0].seek(target);
            self.settle(next);
        }
        self.doc
    }

    fn score(&mut self) -> f32 {
        self.members.iter_mut().map(|m| m.score()).sum()
    }

    fn cost(&self) -> u32 {
        self.members.first().map_or(0, |m| m.cost())
    }
}

/// Passages that fit one or more.
pub(super) struct Or<'a> {
    members: Vec<Box<dyn Docs + 'a>>,
    doc: u32,
}

impl<'a> Or<'a> {
    pub(super) fn new(members: Vec<Box<dyn Docs + 'a>>) -> Self {
        let mut new = Self { members, doc: 0 };
        new.settle();
        new
    }

    fn settle(&mut self) -> u32 {
        self.members.retain(|m| m.doc() != TERMINATED);
        self.doc = self.members.iter().map(|m| m.doc()).min().unwrap_or(TERMINATED);
        self.doc
    }
}

impl Docs for Or<'_> {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        for member in &mut self.members {
            if member.doc() == self.doc {
                member.advance();
            }
        }
        self.settle()
    }

    fn seek(&mut self, target: u32) -> u32 {
        for member in &mut self.members {
            if member.doc() < target {
                member.seek(target);
            }
        }
        self.settle()
    }

    fn score(&mut self) -> f32 {
        let here = self.members.iter_mut().filter(|m| m.doc() == self.doc);
        here.map(|m| m.score()).sum()
    }

    fn cost(&self) -> u32 {
        self.members.iter().map(|m| m.cost()).fold(0, u32::saturating_add)
    }
}

/// Passages that do not fit.
pub(super) struct Not<'a> {
    unwanted: Box<dyn Docs + 'a>,
    doc: u32,
    end: u32,
}

impl<'a> Not<'a> {
    pub(super) fn new(unwanted: Box<dyn Docs + 'a>, end: u32) -> Self {
        let mut new = Self { unwanted, doc: 0, end };
        new.settle();
        new
    }

    fn settle(&mut self) -> u32 {
        while self.doc < self.end && self.unwanted.seek(self.doc) == self.doc {
            self.doc += 1;
        }
        if self.doc >= self.end {
            self.doc = TERMINATED;
        }
        self.doc
    }
}

impl Docs for Not<'_> {
    fn doc(&self) -> u32 {
        self.doc
    }

    fn advance(&mut self) -> u32 {
        self.seek(self.doc.saturating_add(1))
    }

    fn seek(&mut self, target: u32) -> u32 {
        if target > self.doc {
            self.doc = target;
            self.settle();
        }
        self.doc
    }

    fn score(&mut self) -> f32 {
        0.0
    }

    fn cost(&self) -> u32 {
        self.end
    }
}

/// How often words stand as they should, from the positions of each in rising order. Hands
/// over the positions of the words of each occurrence.
///
/// Near words are counted by their narrowest windows: a window in which every word has a
/// place, none of them shared, and with at most so many other words between them.
pub(super) fn occurrences(
    places: &[Vec<u32>],
    order: Order,
    mut found: impl FnMut(&[u32]),
) -> u32 {
    match order {
        Order::Phrase => {
            let Some((first, others)) = places.split_first() else { return 0 };
            let mut count = 0;
            for &start in first {
                let follows = (1..).zip(others).all(|(nth, list): (u32, _)| {
                    list.binary_search(&(start + nth)).is_ok()
                });
                if follows {
                    count += 1;
                    let end = start + slots_of(places);
                    found(&(start..end).collect::<Vec<_>>());
                }
            }
            count
        }
        Order::Near(most) => near(places, most, found),
    }
}

/// A query has few words.
fn slots_of(places: &[Vec<u32>]) -> u32 {
    u32::try_from(places.len()).unwrap_or(u32::MAX)
}

fn near(places: &[Vec<u32>], most: u32, mut found: impl FnMut(&[u32])) -> u32 {
    // All places with the slots that they may fill.
    let mut all: Vec<(u32, usize)> = Vec::new();
    for (slot, list) in places.iter().enumerate() {
        all.extend(list.iter().map(|&position| (position, slot)));
    }
    all.sort_unstable();
    let wanted = slots_of(places);
    let width = wanted + most;
    let mut count = 0;
    let mut window: std::collections::VecDeque<(u32, usize)> =
        std::collections::VecDeque::new();
    let mut filled = vec![0_u32; places.len()];
    for &(position, slot) in &all {
        window.push_back((position, slot));
        filled[slot] += 1;
        // Only what is near enough, and nothing at the left that is not needed.
        while let Some(&(first, its)) = window.front()
            && position - first >= width
        {
            window.pop_front();
            filled[its] -= 1;
        }
        if filled.contains(&0) {
            continue;
        }
        while let Some(&(_, its)) = window.front()
            && filled[its] > 1
            && distinct(window.iter().skip(1)) >= wanted
        {
            window.pop_front();
            filled[its] -= 1;
        }
        if distinct(window.iter()) < wanted {
            continue;
        }
        let mut positions: Vec<u32> = window.iter().map(|(p, _)| *p).collect();
        positions.dedup();
        count += 1;
        found(&positions);
        // The next occurrence shares no word with this one.
        window.clear();
        filled.fill(0);
    }
    count
}

/// How many different places there are.
fn distinct<'a>(window: impl Iterator<Item = &'a (u32, usize)>) -> u32 {
    let mut last = None;
    let mut count = 0;
    for (position, _) in window {
        if last != Some(*position) {
            count += 1;
            last = Some(*position);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(places: &[&[u32]], order: Order, expected: &[&[u32]]) {
        let places: Vec<Vec<u32>> = places.iter().map(|p| p.to_vec()).collect();
        let mut found = Vec::new();
        let count = occurrences(&places, order, |words| found.push(words.to_vec()));
        assert_eq!(found, expected, "{places:?} {order:?}");
        assert_eq!(count as usize, expected.len());
    }

    #[test]
    fn stretches_are_walked_and_jumped_over() {
        let all = [(2, 4), (7, 8), (9, 12)];
        let mut docs = Stretches::new(&all, 1.0);
        let mut found = Vec::new();
        while docs.doc() != TERMINATED {
            found.push(docs.doc());
            docs.advance();
        }
        assert_eq!(found, [2, 3, 7, 9, 10, 11]);
        let mut docs = Stretches::new(&all, 1.0);
        assert_eq!(
            [0, 3, 5, 10, 12].map(|at| docs.seek(at)),
            [2, 3, 7, 10, TERMINATED]
        );
        assert_eq!(docs.advance(), TERMINATED);
        assert_eq!(Stretches::new(&[], 1.0).doc(), TERMINATED);
    }

    #[test]
    fn phrases_stand_in_their_order() {
        check(&[&[1, 7], &[2, 5]], Order::Phrase, &[&[1, 2]]);
        check(&[&[2], &[1]], Order::Phrase, &[]);
        check(&[&[3]], Order::Phrase, &[&[3]]);
        check(&[&[1, 2], &[2, 3], &[3, 4]], Order::Phrase, &[&[1, 2, 3], &[2, 3, 4]]);
    }

    #[test]
    fn near_words_stand_in_any_order() {
        check(&[&[4], &[2]], Order::Near(1), &[&[2, 4]]);
        check(&[&[5], &[2]], Order::Near(1), &[]);
        check(&[&[1, 9], &[2, 20], &[4]], Order::Near(1), &[&[1, 2, 4]]);
    }

    #[test]
    fn the_narrowest_window_counts() {
        check(&[&[1, 3], &[4]], Order::Near(5), &[&[3, 4]]);
        check(&[&[1, 10], &[2, 12]], Order::Near(3), &[&[1, 2], &[10, 12]]);
    }

    #[test]
    fn one_word_does_not_stand_for_two() {
        check(&[&[3], &[3]], Order::Near(5), &[]);
        check(&[&[3, 5], &[3, 5]], Order::Near(5), &[&[3, 5]]);
    }
}
