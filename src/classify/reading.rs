//! An article as the model sees it: words, phrases and profile of its title, its headings
//! and its passages, and of each passage's surroundings.

use std::collections::HashMap;
use std::ops::Range;

use super::features::{PLACES, Place, Profile, Surroundings, TRAITS};
use super::knowledge::{Knowledge, Scan};

/// One text within a [`Reading`].
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    /// Its words in [`Scan::words`].
    pub(super) words: Range<usize>,
    /// Its phrases in [`Scan::hits`].
    pub(super) hits: Range<usize>,
    /// What its phrases say.
    pub(super) profile: Profile,
}

/// An article, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Words and phrases of all texts.
    pub(super) scan: Scan,
    /// The title.
    pub(super) title: Text,
    /// Each section's heading path.
    pub(super) sections: Vec<Text>,
    /// The passages, in reading order.
    pub(super) passages: Vec<Text>,
    /// The section of each passage.
    pub(super) section_of: Vec<usize>,
    /// How many passages each section has.
    pub(super) section_sizes: Vec<usize>,
    section_profiles: Vec<Profile>,
    profile: Profile,
}

impl Reading {
    /// Reads an article from its title and its passages with their section paths.
    pub(super) fn new<'a>(
        knowledge: &Knowledge,
        title: &'a str,
        passages: impl Iterator<Item = (&'a [String], &'a str)>,
    ) -> Self {
        let mut reading = Self::default();
        reading.title = reading.take(knowledge, &[title]);
        let mut known: HashMap<&[String], usize> = HashMap::new();
        for (path, text) in passages {
            let section = *known.entry(path).or_insert_with(|| {
                let headings = reading.take(knowledge, path);
                reading.sections.push(headings);
                reading.section_sizes.push(0);
                reading.section_profiles.push([0.0; TRAITS]);
                reading.sections.len() - 1
            });
            let passage = reading.take(knowledge, &[text]);
            reading.section_of.push(section);
            reading.section_sizes[section] += 1;
            add(&mut reading.section_profiles[section], &passage.profile);
            add(&mut reading.profile, &passage.profile);
            reading.passages.push(passage);
        }
        reading
    }

    fn take(&mut self, knowledge: &Knowledge, parts: &[impl AsRef<str>]) -> Text {
        let (words, hits) = (self.scan.words.len(), self.scan.hits.len());
        for part in parts {
            knowledge.scan(part.as_ref(), &mut self.scan);
        }
        let mut profile = [0.0; TRAITS];
        for hit in &self.scan.hits[hits..] {
            profile[hit.mark as usize] += f32::from(hit.strength);
        }
        Text {
            words: words..self.scan.words.len(),
            hits: hits..self.scan.hits.len(),
            profile,
        }
    }

    /// The surroundings of a passage.
    pub(super) fn surroundings(&self, passage: usize) -> Surroundings {
        let here = &self.passages[passage];
        let section = self.section_of[passage];
        let mut profiles = [[0.0; TRAITS]; PLACES];
        profiles[Place::Passage as usize] = here.profile;
        profiles[Place::Section as usize] = self.sections[section].profile;
        profiles[Place::Title as usize] = self.title.profile;
        if passage > 0 {
            profiles[Place::Before as usize] = self.passages[passage - 1].profile;
        }
        if let Some(after) = self.passages.get(passage + 1) {
            profiles[Place::After as usize] = after.profile;
        }
        profiles[Place::Rest as usize] =
            without(&self.section_profiles[section], &here.profile);
        profiles[Place::Article as usize] = without(&self.profile, &here.profile);
        Surroundings {
            profiles,
            rest: self.section_sizes[section] - 1,
            others: self.passages.len() - 1,
            words: here.words.len(),
            first: passage == 0,
            last: passage + 1 == self.passages.len(),
        }
    }

    /// Numbers of the words of a text.
    pub(super) fn ids(&self, text: &Text) -> impl Iterator<Item = u16> {
        self.scan.words[text.words.clone()].iter().map(|word| word.id)
    }
}

fn add(sum: &mut Profile, profile: &Profile) {
    for (sum, value) in sum.iter_mut().zip(profile) {
        *sum += value;
    }
}

fn without(sum: &Profile, profile: &Profile) -> Profile {
    std::array::from_fn(|t| sum[t] - profile[t])
}
