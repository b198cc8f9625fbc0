//! The named features of a passage in its place: what its cues, names and kinds of product
//! say, what those of its surroundings say, and what the two say together.
//!
//! Words and their meaning come beside these, as one weight a word and place; see
//! [`weights`](super::weights).

/// What a phrase counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trait {
    CueB2b,
    CueB2c,
    NameB2b,
    NameB2c,
    NameBoth,
    KindB2b,
    KindB2c,
    Contrast,
    Sameness,
    General,
    FoilB2b,
    FoilB2c,
    NegatedB2b,
    NegatedB2c,
    DoubtfulNameB2b,
    DoubtfulNameB2c,
}

/// How many traits there are.
pub(super) const TRAITS: usize = 16;

impl Trait {
    /// All, in the order of every array.
    pub(super) const ALL: [Self; TRAITS] = [
        Self::CueB2b,
        Self::CueB2c,
        Self::NameB2b,
        Self::NameB2c,
        Self::NameBoth,
        Self::KindB2b,
        Self::KindB2c,
        Self::Contrast,
        Self::Sameness,
        Self::General,
        Self::FoilB2b,
        Self::FoilB2c,
        Self::NegatedB2b,
        Self::NegatedB2c,
        Self::DoubtfulNameB2b,
        Self::DoubtfulNameB2c,
    ];

    /// The same after "unlike", "compared to", … Names keep their side: "unlike Slack, …"
    /// mostly goes on about Slack.
    pub(super) fn as_foil(self) -> Self {
        match self {
            Self::CueB2b | Self::KindB2b => Self::FoilB2b,
            Self::CueB2c | Self::KindB2c => Self::FoilB2c,
            other => other,
        }
    }

    /// The same after "not", "without", …
    pub(super) fn negated(self) -> Self {
        match self {
            Self::CueB2b | Self::KindB2b => Self::NegatedB2b,
            Self::CueB2c | Self::KindB2c => Self::NegatedB2c,
            other => other,
        }
    }

    /// The source of the evidence that it gives.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::CueB2b | Self::CueB2c | Self::General => "cue",
            Self::Contrast => "contrast",
            Self::Sameness => "sameness",
            Self::FoilB2b | Self::FoilB2c => "foil",
            Self::NegatedB2b | Self::NegatedB2c => "negation",
            Self::KindB2b | Self::KindB2c => "kind",
            Self::NameB2b
            | Self::NameB2c
            | Self::NameBoth
            | Self::DoubtfulNameB2b
            | Self::DoubtfulNameB2c => "name",
        }
    }
}

/// The summed strength of each trait in a text.
pub(super) type Profile = [f32; TRAITS];

/// Where evidence stands, seen from the passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// In it.
    Passage,
    /// In the headings above it.
    Section,
    /// In the article's title.
    Title,
    /// In the passage before.
    Before,
    /// In the passage after.
    After,
    /// In the other passages of its section.
    Rest,
    /// In all other passages of the article.
    Article,
}

/// How many places there are.
pub(super) const PLACES: usize = 7;

impl Place {
    /// All, in the order of every array.
    pub(super) const ALL: [Self; PLACES] = [
        Self::Passage,
        Self::Section,
        Self::Title,
        Self::Before,
        Self::After,
        Self::Rest,
        Self::Article,
    ];
}

/// What the features are made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// The profile of each place.
    pub(super) profiles: [Profile; PLACES],
    /// How many other passages its section has.
    pub(super) rest: usize,
    /// How many other passages the article has.
    pub(super) others: usize,
    /// How many words the passage has.
    pub(super) words: usize,
    /// Whether it is the article's first.
    pub(super) first: bool,
    /// Whether it is the article's last.
    pub(super) last: bool,
}

/// Which side a profile leans to, and whether it is alone there.
const TILTS: usize = 5;
const PER_PLACE: usize = TRAITS + TILTS;
const AVERAGES: usize = PLACES * PER_PLACE;
const TOGETHER: usize = AVERAGES + 2 * TRAITS;
const TOGETHER_COUNT: usize = 15;

/// How many features there are.
pub(super) const FEATURES: usize = TOGETHER + TOGETHER_COUNT;

/// What the features of places taken together say, in their order.
const TOGETHER_NAMES: [&str; TOGETHER_COUNT] = [
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
    "length",
    "first passage",
    "last passage",
];

/// Names of the tilts, in their order.
const TILT_NAMES: [&str; TILTS] =
    ["balance of sides", "B2B alone", "B2C alone", "both sides", "no side"];

/// What a feature belongs to, for evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Origin {
    /// A trait of the passage itself: its phrases carry it.
    Phrases(Trait),
    /// Something about the passage as a whole.
    Pattern(&'static str),
    /// Another place.
    Place(Place),
}

/// Where a feature comes from.
pub(super) fn origin(feature: usize) -> Origin {
    if feature >= TOGETHER {
        return Origin::Pattern(TOGETHER_NAMES[feature - TOGETHER]);
    }
    if feature >= AVERAGES {
        let place =
            if feature - AVERAGES < TRAITS { Place::Rest } else { Place::Article };
        return Origin::Place(place);
    }
    match Place::ALL[feature / PER_PLACE] {
        Place::Passage if feature < TRAITS => Origin::Phrases(Trait::ALL[feature]),
        Place::Passage => Origin::Pattern(TILT_NAMES[feature - TRAITS]),
        other => Origin::Place(other),
    }
}

/// How much a profile speaks for B2B and for B2C.
fn sides(profile: &Profile) -> (f32, f32) {
    let sum = |traits: [Trait; 4]| traits.map(|t| profile[t as usize]).iter().sum();
    let b2b = [Trait::CueB2b, Trait::NameB2b, Trait::KindB2b, Trait::DoubtfulNameB2b];
    let b2c = [Trait::CueB2c, Trait::NameB2c, Trait::KindB2c, Trait::DoubtfulNameB2c];
    (sum(b2b), sum(b2c))
}

/// Hands over the features that are not zero, each with its value.
pub(super) fn each(around: &Surroundings, mut take: impl FnMut(usize, f32)) {
    let mut put = |feature, value: f32| {
        if value != 0.0 {
            take(feature, value);
        }
    };
    // Which side each place leans to: 1 is B2B, -1 B2C.
    let mut lean = [0i8; PLACES];
    for (place, profile) in around.profiles.iter().enumerate() {
        let from = place * PER_PLACE;
        for (n, &strength) in profile.iter().enumerate() {
            if strength != 0.0 {
                put(from + n, strength.ln_1p());
            }
        }
        let (b2b, b2c) = sides(profile);
        put(from + TRAITS, (b2b - b2c) / (b2b + b2c + 1.0));
        let alone = match (b2b > 0.0, b2c > 0.0) {
            (true, false) => 1,
            (false, true) => 2,
            (true, true) => 3,
            (false, false) => 4,
        };
        put(from + TRAITS + alone, 1.0);
        lean[place] = i8::from(b2b > b2c) - i8::from(b2c > b2b);
    }
    for (n, (place, count)) in
        [(Place::Rest, around.rest), (Place::Article, around.others)]
            .into_iter()
            .enumerate()
    {
        let count = count.max(1) as f32;
        for (t, &strength) in around.profiles[place as usize].iter().enumerate() {
            put(AVERAGES + n * TRAITS + t, (strength / count).min(3.0));
        }
    }
    let [here, heading, title, .., article] = lean;
    let together = [
        here == 0 && heading > 0,
        here == 0 && heading < 0,
        here == 0 && title > 0,
        here == 0 && title < 0,
        here == 0 && article > 0,
        here == 0 && article < 0,
        here > 0 && article > 0,
        here < 0 && article < 0,
        here > 0 && article < 0,
        here < 0 && article > 0,
        heading > 0 && title > 0,
        heading < 0 && title < 0,
    ];
    for (n, holds) in together.into_iter().enumerate() {
        put(TOGETHER + n, f32::from(u8::from(holds)));
    }
    put(TOGETHER + 12, around.words.min(200) as f32 / 100.0);
    put(TOGETHER + 13, f32::from(u8::from(around.first)));
    put(TOGETHER + 14, f32::from(u8::from(around.last)));
}
