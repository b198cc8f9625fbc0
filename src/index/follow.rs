//! Where corrections stand in an index, and following their passages to where they went.
//!
//! A correction names its passage as it was when it was judged, or last found. One edit or
//! one move later the passage is found again by that; so that it is found after the next
//! one too, the ledger is told where it is now. The ledger, not the index: an index is
//! disposable, and made again it must come to the same labels.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::filter::Filter;
use super::read::Index;
use super::update::{Update, Updated, update};
use super::{IndexedArticle, IndexedPassage};
use crate::correct::{Anchor, Correction, Ledger, likeness_of_words};
use crate::label::DecidedBy;
use crate::segment::words;
use crate::{Error, Result};

/// In an article that was never its home, an edited passage is only looked for when it has
/// so many words: of fewer, a fifth is one word, and short sentences are alike by chance.
const LONG: usize = 10;

/// A round may bring passages that have near copies, which the next one finds; there is
/// nothing for a further one.
const ROUNDS: usize = 3;

/// A judgement in force, and the passages that it decides.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The judgement.
    pub correction: Correction,
    /// Its passages, near copies among them.
    pub passages: Vec<IndexedPassage>,
    /// Whether a later word on the same text decides in its place.
    pub overruled: bool,
}

impl Standing {
    /// Whether its passage is nowhere.
    pub fn is_lost(&self) -> bool {
        self.passages.is_empty() && !self.overruled
    }

    /// Whether the index shows what was said last.
    pub fn is_shown(&self) -> bool {
        let mark = Some(&self.correction.mark);
        self.passages.iter().any(|p| p.record.correction.as_ref() == mark)
    }
}

/// The judgements in force and where an index has their passages, in the ledger's order.
///
/// # Errors
/// [`Error::BadIndex`] when it cannot be read.
pub fn standings(index: &Index, ledger: &Ledger) -> Result<Vec<Standing>> {
    let in_force: Vec<_> = ledger.in_force().collect();
    if in_force.is_empty() {
        return Ok(Vec::new());
    }
    // Where a person said the theme alone, the label is not the person's.
    let of_labels =
        in_force.iter().all(|c| c.judgement.is_some_and(|j| j.label.is_some()));
    let corrected = Filter {
        keep_duplicates: true,
        decided_by: of_labels.then_some(DecidedBy::Person),
        ..Filter::default()
    };
    // By the last word on them, so that an index that is behind finds them too.
    let mut decided: BTreeMap<&str, Vec<IndexedPassage>> = BTreeMap::new();
    for passage in index.passages(&corrected)? {
        let passage = passage?;
        let Some(mark) = &passage.record.correction else { continue };
        // Where there is none, its line is damaged now.
        if let Some(last) = ledger.of_mark(mark) {
            decided.entry(&last.mark).or_default().push(passage);
        }
    }
    let articles = Articles(index.articles()?);
    let judged: Vec<_> = decided.values().flatten().map(|p| p.record.clone()).collect();
    let overruled = |correction: &Correction| {
        let at_home = |name: &str| correction.anchors().any(|a| a.article == name);
        let homeless = !correction.anchors().any(|a| articles.at(&a.article).is_some());
        judged.iter().any(|record| {
            correction.anchors().any(|a| a.text == record.text)
                && (homeless || at_home(&record.article))
                && record
                    .correction
                    .as_deref()
                    .and_then(|mark| ledger.of_mark(mark))
                    .is_some_and(|by| by.at > correction.at)
        })
    };
    Ok(in_force
        .into_iter()
        .map(|correction| {
            let passages = decided.remove(&*correction.mark).unwrap_or_default();
            Standing {
                overruled: passages.is_empty() && overruled(correction),
                correction: correction.clone(),
                passages,
            }
        })
        .collect())
}

/// By what a passage in an index will be found again.
///
/// # Errors
/// [`Error::BadIndex`] when it cannot be read.
pub fn anchor(index: &Index, passage: &IndexedPassage) -> Result<Anchor> {
    let (before, after) = index.neighbours(passage, 1)?;
    let before = before.last().map(|p| &p.record);
    Ok(Anchor::new(&passage.record, before, after.first().map(|p| &p.record)))
}

/// After an update: notes in the ledger where corrected passages are now, also in near
/// copies of their articles, and brings the index up to date with that. Gives the ledger
/// where it has new lines.
///
/// # Errors
/// As for [`update`]; [`Error::Write`] also when the ledger cannot be written.
pub fn follow(job: &Update<'_>, updated: &mut Updated) -> Result<Option<Ledger>> {
    let mut newer: Option<Ledger> = None;
    let mut read = updated.read.clone();
    for _ in 0..ROUNDS {
        let ledger = newer.as_ref().unwrap_or(job.ledger);
        if ledger.in_force().next().is_none()
            || ledger.bad().len() > 0
            || updated.interrupted
        {
            break;
        }
        let found = find(&Index::open(job.dir)?, ledger, &read)?;
        if found.is_empty() {
            break;
        }
        Ledger::append_found(ledger.path(), &found)?;
        let ledger = Ledger::read(ledger.path())?;
        let again = Update {
            paths: &[],
            force: false,
            ledger: &ledger,
            progress: &|_| true,
            ..*job
        };
        match update(&again) {
            Ok(again) => {
                updated.contents = again.contents;
                read = again.read;
            }
            // Another process writes: it, or the next run, reads the ledger.
            Err(Error::Locked { .. }) => read.clear(),
            Err(error) => return Err(error),
        }
        newer = Some(ledger);
    }
    Ok(newer)
}

/// Where passages are that their corrections do not know yet: the mark of each correction
/// and the place. Lost ones are looked for in the articles that were just read.
fn find(
    index: &Index,
    ledger: &Ledger,
    read: &[String],
) -> Result<Vec<(String, Anchor)>> {
    let standings = standings(index, ledger)?;
    let articles = Articles(index.articles()?);
    let mut found: Vec<(&Correction, IndexedPassage)> = Vec::new();
    for Standing { correction, passages, .. } in &standings {
        let is_new =
            |p: &&IndexedPassage| !correction.is_known_at(&p.record.id, &p.record.text);
        let is_home = |p: &&IndexedPassage| {
            correction.anchors().any(|a| a.article == p.record.article)
        };
        let (home, elsewhere): (Vec<_>, Vec<_>) =
            passages.iter().filter(is_new).partition(is_home);
        let groups: BTreeSet<_> =
            elsewhere.iter().map(|p| articles.group(&p.record.article)).collect();
        // A text that several articles have went to none of them in particular.
        let elsewhere = elsewhere.into_iter().filter(|_| groups.len() == 1);
        found
            .extend(home.into_iter().chain(elsewhere).map(|p| (correction, p.clone())));
        for name in articles.copies(passages) {
            found.extend(
                in_copy(index, correction, articles.rank(name))?
                    .map(|p| (correction, p)),
            );
        }
    }
    let lost: Vec<_> =
        standings.iter().filter(|s| s.is_lost()).map(|s| &s.correction).collect();
    if !lost.is_empty() {
        found.extend(among(index, &lost, &articles, read)?);
    }
    found
        .into_iter()
        .map(|(correction, passage)| {
            Ok((correction.mark.clone(), anchor(index, &passage)?))
        })
        .collect()
}

/// The articles of an index by name, which is also the order of their ranks.
struct Articles<'a>(&'a [IndexedArticle]);

impl<'a> Articles<'a> {
    fn at(&self, name: &str) -> Option<usize> {
        self.0.binary_search_by(|a| a.name.as_str().cmp(name)).ok()
    }

    fn rank(&self, name: &str) -> Option<u32> {
        self.at(name).and_then(|at| u32::try_from(at).ok())
    }

    /// The article that counts for one and its near copies.
    fn group<'b>(&self, name: &'b str) -> &'b str
    where
        'a: 'b,
    {
        let article = self.at(name).map(|at| &self.0[at]);
        article.and_then(|a| a.copy_of.as_deref()).unwrap_or(name)
    }

    /// The near copies of these passages' articles in which none of them stands.
    fn copies(&self, passages: &[IndexedPassage]) -> BTreeSet<&'a str> {
        let own: HashSet<&str> =
            passages.iter().map(|p| p.record.article.as_str()).collect();
        let mut copies = BTreeSet::new();
        for head in own.iter().map(|name| self.group(name)) {
            let Some(head) = self.at(head).map(|at| &self.0[at]) else { continue };
            let all = head.copies.iter().chain([&head.name]).map(String::as_str);
            copies.extend(
                all.filter(|name| !head.copies.is_empty() && !own.contains(name)),
            );
        }
        copies
    }
}

/// The passages of an article that nobody has judged.
fn unjudged(index: &Index, rank: Option<u32>) -> Result<Vec<IndexedPassage>> {
    let Some(rank) = rank else { return Ok(Vec::new()) };
    let all = index.passages_of(rank)?;
    index
        .read_all(all.into_iter())
        .filter(|p| p.as_ref().map_or(true, |p| p.record.correction.is_none()))
        .collect()
}

/// A correction's passage in a near copy: with the same text, else with similar words.
fn in_copy(
    index: &Index,
    correction: &Correction,
    rank: Option<u32>,
) -> Result<Option<IndexedPassage>> {
    let mut best: Option<(f64, IndexedPassage)> = None;
    for passage in unjudged(index, rank)? {
        if let Some(share) = likeness_of_words(correction, &passage.record.text)
            && best.as_ref().is_none_or(|(most, _)| share > *most)
        {
            best = Some((share, passage));
        }
    }
    Ok(best.map(|(_, passage)| passage))
}

/// Lost passages among those of some articles: in other articles than before when the text
/// is the same, or, where all articles that held it are gone, its words are similar.
fn among<'c>(
    index: &Index,
    lost: &[&'c Correction],
    articles: &Articles<'_>,
    names: &[String],
) -> Result<Vec<(&'c Correction, IndexedPassage)>> {
    let mut passages = Vec::new();
    for name in names {
        passages.extend(unjudged(index, articles.rank(name))?);
    }
    let is_long = |text: &str| words(text).nth(LONG - 1).is_some();
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (c, correction) in lost.iter().enumerate() {
        let homeless = !correction.anchors().any(|a| articles.at(&a.article).is_some());
        let mut best: Vec<(f64, usize)> = Vec::new();
        for (p, passage) in passages.iter().enumerate() {
            let text = &*passage.record.text;
            let same = correction.anchors().any(|a| a.text == text);
            if !(same || homeless && is_long(text)) {
                continue;
            }
            // More than any share of words, so that the same text goes first.
            let share =
                if same { Some(2.0) } else { likeness_of_words(correction, text) };
            let Some(share) = share else { continue };
            match best.first() {
                Some((most, _)) if share < *most => {}
                Some((most, _)) if share > *most => best = vec![(share, p)],
                _ => best.push((share, p)),
            }
        }
        let groups: BTreeSet<_> = best
            .iter()
            .map(|(_, p)| articles.group(&passages[*p].record.article))
            .collect();
        if let ([(share, p), ..], 1) = (&best[..], groups.len()) {
            pairs.push((*share, c, *p));
        }
    }
    // Each passage is found by one correction: the one that it is most like, and of two
    // that it is alike, what was said later.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(lost[b.1].at.cmp(&lost[a.1].at)));
    let mut taken = HashSet::new();
    pairs.retain(|(_, _, p)| taken.insert(*p));
    Ok(pairs.into_iter().map(|(_, c, p)| (lost[c], passages[p].clone())).collect())
}
