//! Which passage a correction means, in a file that may have changed since.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Correction;
use crate::passage::{Passage, PassageId};
use crate::segment::words;

/// An edited passage is still the one that was judged when it shares this part of its
/// words with it: a corrected typing error or a changed figure passes, a new paragraph on
/// the same matter does not.
const SAME_WORDS: f64 = 0.8;

/// What resolving looks at in a passage.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    id: &'a PassageId,
    article: &'a str,
    pub(super) text: &'a str,
}

impl<'a> From<&'a Passage> for View<'a> {
    fn from(passage: &'a Passage) -> Self {
        Self { id: &passage.id, article: &passage.article.name, text: passage.text() }
    }
}

/// Twelve hexadecimal digits that stand for a text: only compared with one another, so
/// that chance must not bring two of a few thousand together.
pub(super) fn mark(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..12].to_owned()
}

/// Which passages of a file these corrections mean, in the passages' order. Where several
/// mean one passage, the same text goes before similar words, then the later before the
/// earlier.
pub(super) fn resolve<'c>(
    corrections: &[&'c Correction],
    views: &[View<'_>],
) -> Vec<(usize, &'c Correction)> {
    let mut found: BTreeMap<usize, (bool, &Correction)> = BTreeMap::new();
    for &correction in corrections {
        let (exact, places) = places(correction, views);
        for place in places {
            let new = (exact, correction);
            let rank = |(exact, c): &(bool, &'c Correction)| (*exact, c.rank());
            found
                .entry(place)
                .and_modify(|old| {
                    if rank(&new) > rank(old) {
                        *old = new;
                    }
                })
                .or_insert(new);
        }
    }
    found.into_iter().map(|(place, (_, correction))| (place, correction)).collect()
}

/// Where in the file a correction's passage stands, and whether it has the same text.
fn places(correction: &Correction, views: &[View<'_>]) -> (bool, Vec<usize>) {
    let articles: BTreeSet<&str> =
        correction.anchors().map(|a| a.article.as_str()).collect();
    let home: Vec<usize> =
        (0..views.len()).filter(|&n| articles.contains(views[n].article)).collect();
    let near = if home.is_empty() { (0..views.len()).collect() } else { home.clone() };
    // Best of each article and text: a file that holds several articles may hold the moved
    // one twice, and a passage may stand beside what it was before it was edited.
    let mut best: BTreeMap<(&str, &str), (u8, usize)> = BTreeMap::new();
    for n in near {
        let Some(likeness) = likeness(correction, views, n) else { continue };
        let best =
            best.entry((views[n].article, views[n].text)).or_insert((likeness, n));
        if likeness > best.0 {
            *best = (likeness, n);
        }
    }
    if !best.is_empty() {
        return (true, best.into_values().map(|(_, n)| n).collect());
    }
    let mut closest: Option<(f64, usize)> = None;
    for n in home {
        if let Some(shared) = likeness_of_words(correction, views[n].text)
            && closest.is_none_or(|(most, _)| shared > most)
        {
            closest = Some((shared, n));
        }
    }
    (false, closest.map(|(_, n)| n).into_iter().collect())
}

/// The part of its words that a text shares with a correction's passage, where it may be
/// the same passage, edited.
pub(crate) fn likeness_of_words(correction: &Correction, text: &str) -> Option<f64> {
    let shared = correction.anchors().map(|a| shared_words(&a.text, text));
    shared.max_by(f64::total_cmp).filter(|shared| *shared >= SAME_WORDS)
}

/// How well the surroundings of a passage agree with those of a correction's passage with
/// the same text: its neighbours first, then its id, which counts the copies of a text in
/// an article. `None` where the text is another.
fn likeness(correction: &Correction, views: &[View<'_>], n: usize) -> Option<u8> {
    let beside = |place: Option<usize>| {
        place
            .and_then(|place| views.get(place))
            .filter(|v| v.article == views[n].article)
            .map(|v| mark(v.text))
            .unwrap_or_default()
    };
    let same_text = correction.anchors().filter(|a| a.text == views[n].text);
    let likeness = same_text.map(|anchor| {
        let before = beside(n.checked_sub(1)) == anchor.before;
        let after = beside(Some(n + 1)) == anchor.after;
        2 * (u8::from(before) + u8::from(after)) + u8::from(*views[n].id == anchor.id)
    });
    likeness.max()
}

/// The part of their words that two texts share: twice the common ones by all (Dice 1945),
/// in lower case, each as often as it stands there.
fn shared_words(a: &str, b: &str) -> f64 {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut all = 0;
    for (_, word) in words(a) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
        all += 1;
    }
    let mut common = 0;
    for (_, word) in words(b) {
        all += 1;
        if let Some(count) = counts.get_mut(&word.to_lowercase())
            && *count > 0
        {
            *count -= 1;
            common += 1;
        }
    }
    if all == 0 { 0.0 } else { 2.0 * f64::from(common) / f64::from(all) }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::article::{BlockKind, Draft};
    use crate::classify::{Classifier, Languages};
    use crate::correct::{Anchor, Corrections, Judgement};
    use crate::label::{DecidedBy, Label, LabeledPassage};
    use crate::pipeline::label_article;
    use crate::record::Record;

    const BUYERS: &str = "Seven people sign before anybody at the customer may log in.";
    const BUYERS_EDITED: &str =
        "Eight people sign before anybody at the customer may log in.";
    const STREAKS: &str =
        "A streak that breaks on holiday loses more players than any price.";
    const TEAMS: &str =
        "Small teams decide sooner since fewer people must be asked first.";

    /// The labelled passages of an article with these paragraphs.
    fn article(name: &str, paragraphs: &[&str]) -> Vec<LabeledPassage> {
        let mut draft = Draft::default();
        for paragraph in paragraphs {
            draft.push(BlockKind::Paragraph, paragraph);
        }
        let article = draft.finish(name, "text", "");
        label_article(article, &Classifier::embedded(Languages::Any)).passages
    }

    fn records(passages: &[LabeledPassage]) -> Vec<Record> {
        passages.iter().map(Record::from).collect()
    }

    /// The correction of one passage, said at this second.
    fn said(
        passages: &[LabeledPassage],
        index: usize,
        label: Option<Label>,
        second: i64,
    ) -> Correction {
        let records = records(passages);
        let before = index.checked_sub(1).and_then(|n| records.get(n));
        let anchor = Anchor::new(&records[index], before, records.get(index + 1));
        let judgement = label.map(|label| Judgement {
            label: Some(label),
            kind: None,
            theme: None,
        });
        let mut correction = Correction::new(anchor, judgement, None);
        correction.at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(second);
        correction.mark = format!("mark{second}");
        correction
    }

    fn in_force(
        corrections: &[Correction],
        exists: impl Fn(&str) -> bool,
    ) -> Corrections {
        Corrections::from_list(corrections.iter().cloned(), exists)
    }

    /// Applies corrections to a file's passages and expects these labels of persons: `-`
    /// where the model's word stands.
    #[track_caller]
    fn check(
        corrections: &Corrections,
        file: &str,
        mut now: Vec<LabeledPassage>,
        expected: &str,
    ) {
        corrections.apply(file, &mut now);
        let of_person: Vec<_> = now
            .iter()
            .map(|p| match p.verdict.as_ref() {
                Some(v) if v.decided_by == DecidedBy::Person => v.label.as_str(),
                _ => "-",
            })
            .collect();
        assert_eq!(of_person.join(" "), expected, "passages of {file}");
    }

    #[test]
    fn a_correction_holds_in_an_unchanged_file() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let corrections = in_force(&[said(&old, 1, Some(Label::B2b), 1)], |_| true);
        check(&corrections, "a.txt", old, "- b2b");
    }

    #[test]
    fn paragraphs_around_it_may_come_and_go() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let corrections = in_force(&[said(&old, 1, Some(Label::B2b), 1)], |_| true);
        check(
            &corrections,
            "a.txt",
            article("a.txt", &[TEAMS, BUYERS, STREAKS]),
            "- b2b -",
        );
    }

    #[test]
    fn an_edited_passage_keeps_its_correction_a_new_one_does_not_get_it() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let corrections = in_force(&[said(&old, 1, Some(Label::B2b), 1)], |_| true);
        check(
            &corrections,
            "a.txt",
            article("a.txt", &[STREAKS, BUYERS_EDITED]),
            "- b2b",
        );
        check(&corrections, "a.txt", article("a.txt", &[STREAKS, TEAMS]), "- -");
    }

    #[test]
    fn the_same_text_goes_before_similar_words() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let corrections = in_force(&[said(&old, 1, Some(Label::B2b), 1)], |_| true);
        let now = article("a.txt", &[BUYERS_EDITED, STREAKS, BUYERS]);
        check(&corrections, "a.txt", now, "- - b2b");
    }

    #[test]
    fn a_moved_file_keeps_its_corrections() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let gone =
            in_force(&[said(&old, 1, Some(Label::B2b), 1)], |name| name != "a.txt");
        check(&gone, "sub/b.txt", article("sub/b.txt", &[STREAKS, BUYERS]), "- b2b");
    }

    #[test]
    fn a_copy_elsewhere_is_another_passage_while_the_home_stands() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let there = in_force(&[said(&old, 1, Some(Label::B2b), 1)], |_| true);
        check(&there, "b.txt", article("b.txt", &[STREAKS, BUYERS]), "- -");
    }

    #[test]
    fn of_two_copies_in_an_article_the_one_with_the_same_neighbours_is_meant() {
        let old = article("a.txt", &[BUYERS, STREAKS, BUYERS, TEAMS]);
        let corrections = in_force(&[said(&old, 2, Some(Label::B2b), 1)], |_| true);
        check(&corrections, "a.txt", old, "- - b2b -");
        // The first copy is gone, and with it the id of the second.
        let now = article("a.txt", &[STREAKS, BUYERS, TEAMS]);
        check(&corrections, "a.txt", now, "- b2b -");
        let now = article("a.txt", &[BUYERS, TEAMS, BUYERS, STREAKS, BUYERS, TEAMS]);
        check(&corrections, "a.txt", now, "- - - - b2b -");
    }

    #[test]
    fn the_later_judgement_stands_also_after_a_move() {
        let old = article("a.txt", &[BUYERS]);
        let new = article("b.txt", &[BUYERS]);
        let gone = |name: &str| name != "a.txt";
        let both =
            [said(&old, 0, Some(Label::B2b), 1), said(&new, 0, Some(Label::B2c), 2)];
        check(&in_force(&both, gone), "b.txt", new.clone(), "b2c");
        let both =
            [said(&old, 0, Some(Label::B2b), 2), said(&new, 0, Some(Label::B2c), 1)];
        check(&in_force(&both, gone), "b.txt", new.clone(), "b2b");
        let both = [said(&old, 0, Some(Label::B2b), 1), said(&new, 0, None, 2)];
        check(&in_force(&both, gone), "b.txt", new, "-");
    }

    #[test]
    fn what_the_model_said_stays_beside_the_judgement() {
        let model = article("a.txt", &[BUYERS]);
        let mut now = model.clone();
        in_force(&[said(&model, 0, Some(Label::B2b), 1)], |_| true)
            .apply("a.txt", &mut now);
        let (was, is) = (records(&model).remove(0), records(&now).remove(0));
        assert_eq!((is.label, is.confidence), (Some(Label::B2b), Some(1.0)));
        assert_eq!(is.probabilities.map(|p| p.b2b), Some(1.0));
        assert_eq!(is.evidence, was.evidence, "the model's reasons stay");
        assert_eq!(is.model.map(|m| Some(m.label)), Some(was.label));
        assert_eq!(is.correction.as_deref(), Some("mark1"));
    }

    #[test]
    fn an_index_knows_which_files_to_read_again() {
        let old = article("a.txt", &[STREAKS, BUYERS]);
        let one = said(&old, 1, Some(Label::B2b), 1);
        let two = said(&old, 0, Some(Label::B2c), 2);
        let here = |_: &str| true;
        let gone = |name: &str| name != "a.txt";
        let texts = [STREAKS, BUYERS];
        let first = in_force(std::slice::from_ref(&one), here);
        let remembered = first.concern("a.txt", texts);
        assert_eq!(remembered, ["mark1"]);
        assert!(first.still_concern("a.txt", &remembered));
        assert!(first.still_concern("b.txt", &[]), "another file's corrections");
        assert!(!in_force(&[], here).still_concern("a.txt", &remembered), "taken out");
        let both = in_force(&[one.clone(), two], here);
        assert!(!both.still_concern("a.txt", &remembered), "more was said");
        // The file is gone, its text is in b.txt.
        let moved = in_force(std::slice::from_ref(&one), gone);
        assert_eq!(moved.homeless().collect::<Vec<_>>(), ["mark1"]);
        assert_eq!(moved.concern("b.txt", texts), ["mark1"]);
        assert_eq!(moved.concern("c.txt", [STREAKS]), [""; 0]);
        assert!(moved.still_concern("b.txt", &remembered));
        assert!(!first.still_concern("b.txt", &remembered), "its home is back");
    }

    #[test]
    fn one_file_may_hold_several_articles() {
        let first = article("mail.mbox#1", &[BUYERS]);
        let second = article("mail.mbox#2", &[STREAKS]);
        let said = [said(&second, 0, Some(Label::B2c), 1)];
        let corrections = in_force(&said, |name| name == "mail.mbox");
        check(&corrections, "mail.mbox", [first, second].concat(), "- b2c");
        // The first message was taken out: the second is now the first.
        check(&corrections, "mail.mbox", article("mail.mbox#1", &[STREAKS]), "b2c");
    }

    #[test]
    fn words_shared() {
        #[track_caller]
        fn check(a: &str, b: &str, expected: f64) {
            let found = shared_words(a, b);
            assert!((found - expected).abs() < 1e-9, "{a:?} and {b:?} share {found}");
        }
        check("One two three", "one TWO three", 1.0);
        check("one one", "one", 2.0 / 3.0);
        check("one", "two", 0.0);
        check("", "", 0.0);
    }
}
