//! What stands around an article's prose and nobody would label: "subscribe here", share
//! buttons, bylines, credits, link lists.
//!
//! General wording only: nothing here knows a particular site.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::Serialize;

use super::words;

/// Why a stretch is not a passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutReason {
    /// A heading: it is in the section path of what follows.
    Heading,
    /// Program text.
    Code,
    /// The line under a picture.
    Caption,
    /// A table of figures and names.
    Table,
    /// A list of links, references, related articles.
    Links,
    /// An invitation to subscribe, sign up, follow.
    Subscribe,
    /// Share and comment buttons.
    Share,
    /// About the author; byline, date, reading time.
    Author,
    /// Cookies, copyright, terms.
    Legal,
    /// No words at all: rules, symbols, page numbers.
    Ornament,
}

impl LeftOutReason {
    /// All reasons, in their order.
    pub const ALL: [Self; 10] = [
        Self::Heading,
        Self::Code,
        Self::Caption,
        Self::Table,
        Self::Links,
        Self::Subscribe,
        Self::Share,
        Self::Author,
        Self::Legal,
        Self::Ornament,
    ];

    /// As written in records and counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heading => "heading",
            Self::Code => "code",
            Self::Caption => "caption",
            Self::Table => "table",
            Self::Links => "links",
            Self::Subscribe => "subscribe",
            Self::Share => "share",
            Self::Author => "author",
            Self::Legal => "legal",
            Self::Ornament => "ornament",
        }
    }
}

/// A phrase that gives boilerplate away in a text of at most so many words: the longer a
/// text, the likelier it is prose that only mentions the phrase.
struct Sign {
    reason: LeftOutReason,
    most_words: usize,
    phrases: &'static [&'static str],
}

const SIGNS: &[Sign] = &[
    Sign {
        reason: LeftOutReason::Subscribe,
        most_words: 45,
        phrases: &[
            "subscribe to our newsletter",
            "subscribe to my newsletter",
            "subscribe to the newsletter",
            "sign up for our newsletter",
            "sign up for my newsletter",
            "sign up to our newsletter",
            "join our newsletter",
            "join my newsletter",
            "join our mailing list",
            "subscribe now",
            "subscribe below",
            "subscribe for free",
            "thanks for reading! subscribe",
            "subscribe to receive new posts",
            "get the latest posts delivered",
            "delivered to your inbox",
            "delivered straight to your inbox",
            "enter your email",
            "your email address will not be published",
            "unsubscribe at any time",
            "upgrade to paid",
            "this post is for paid subscribers",
            "already a paid subscriber",
            "if you enjoyed this post",
            "if you enjoyed this article",
            "if you liked this post",
            "if you liked this article",
            "you can follow me on",
            "follow me on twitter",
            "follow us on twitter",
            "follow me on linkedin",
            "follow us on linkedin",
            "follow me on medium",
            "click the clap button",
            "give it some claps",
            "hit the like button",
            "listen to this episode on",
            "listen on apple podcasts",
            "watch on youtube",
            "right in your inbox",
            "straight to your inbox",
            "into your inbox",
            "sign up for the newsletter",
            "sign up to the newsletter",
            "sign up to my newsletter",
            "sign up to receive",
            "get our newsletter",
            "get the newsletter",
            "follow her on",
            "follow him on",
            "follow them on",
            "follow us on",
            "follow me on",
        ],
    },
    Sign {
        reason: LeftOutReason::Share,
        most_words: 14,
        phrases: &[
            "share this article",
            "share this post",
            "share on facebook",
            "share on twitter",
            "share on linkedin",
            "tweet this",
            "leave a comment",
            "leave a reply",
            "no comments yet",
            "view all comments",
            "click to share",
            "copy link",
            "print this page",
            "back to top",
            "skip to content",
            "read in app",
            "open in app",
            "share this story",
            "report this ad",
            "story continues below",
            "article continues below",
            "continue reading below",
            "scroll to continue",
        ],
    },
    Sign {
        reason: LeftOutReason::Author,
        most_words: 12,
        phrases: &[
            "min read",
            "minute read",
            "minutes read",
            "posted by",
            "written by",
            "published on",
            "originally published",
            "last updated",
            "photo by",
            "image by",
            "image credit",
            "photo credit",
            "image source",
            "illustration by",
            "courtesy of",
            "on unsplash",
        ],
    },
    Sign {
        reason: LeftOutReason::Author,
        most_words: 45,
        phrases: &[
            "is a freelance writer",
            "is a freelance journalist",
            "is a staff writer",
            "is a senior writer",
            "is a contributing writer",
            "is a contributing editor",
            "is a senior reporter",
            "is a staff reporter",
            "is a reporter for",
            "is a reporter at",
            "can be reached at",
            "may be reached at",
            "have a tip?",
        ],
    },
    Sign {
        reason: LeftOutReason::Links,
        most_words: 12,
        phrases: &[
            "read more:",
            "read next:",
            "related:",
            "related posts",
            "related articles",
            "you may also like",
            "you might also like",
            "previous post",
            "next post",
            "table of contents",
            "further reading:",
            "see also:",
            "view the original",
            "filed under:",
            "more from this author",
        ],
    },
    Sign {
        reason: LeftOutReason::Legal,
        most_words: 40,
        phrases: &[
            "all rights reserved",
            "we use cookies",
            "uses cookies",
            "accept all cookies",
            "cookie policy",
            "privacy policy and terms",
            "terms of service apply",
            "© 20",
            "copyright © ",
            "copyright (c)",
            "licensed under a creative commons",
            "licensed under cc",
            "this site is protected by recaptcha",
        ],
    },
];

/// Sections that hold nothing but boilerplate, whatever their wording.
const SECTIONS: &[(&str, LeftOutReason)] = &[
    ("about the author", LeftOutReason::Author),
    ("about the authors", LeftOutReason::Author),
    ("around the web", LeftOutReason::Links),
    ("bibliography", LeftOutReason::Links),
    ("comments", LeftOutReason::Share),
    ("contents", LeftOutReason::Links),
    ("external links", LeftOutReason::Links),
    ("further reading", LeftOutReason::Links),
    ("leave a comment", LeftOutReason::Share),
    ("latest news", LeftOutReason::Links),
    ("latest posts", LeftOutReason::Links),
    ("leave a reply", LeftOutReason::Share),
    ("more stories", LeftOutReason::Links),
    ("most popular", LeftOutReason::Links),
    ("most read", LeftOutReason::Links),
    ("popular posts", LeftOutReason::Links),
    ("read next", LeftOutReason::Links),
    ("recent posts", LeftOutReason::Links),
    ("recommended for you", LeftOutReason::Links),
    ("references", LeftOutReason::Links),
    ("references and sources", LeftOutReason::Links),
    ("related articles", LeftOutReason::Links),
    ("related content", LeftOutReason::Links),
    ("related posts", LeftOutReason::Links),
    ("see also", LeftOutReason::Links),
    ("share this", LeftOutReason::Share),
    ("share this post", LeftOutReason::Share),
    ("sources", LeftOutReason::Links),
    ("sources and references", LeftOutReason::Links),
    ("subscribe", LeftOutReason::Subscribe),
    ("table of contents", LeftOutReason::Links),
    ("top stories", LeftOutReason::Links),
    ("trending", LeftOutReason::Links),
    ("up next", LeftOutReason::Links),
    ("you might also like", LeftOutReason::Links),
];

/// No boilerplate text is longer; a longer one need not be searched.
const LONGEST: usize = 500;

/// The reason to leave out all that stands under a heading, if there is one. Numbers before
/// it do not matter: `12. References`.
pub(super) fn of_section(heading: &str) -> Option<LeftOutReason> {
    let numbered = |c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | '§' | '#');
    let name = heading.trim_start_matches(|c: char| numbered(c) || c.is_whitespace());
    let name = name.trim_end().trim_end_matches(':');
    let (_, reason) =
        SECTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(*reason)
}

/// The reason to leave a text out, if there is one.
pub(super) fn recognise(text: &str) -> Option<LeftOutReason> {
    if !text.chars().any(char::is_alphabetic) {
        return Some(LeftOutReason::Ornament);
    }
    if is_bibliography(text) {
        return Some(LeftOutReason::Links);
    }
    if text.len() > LONGEST {
        return None;
    }
    let count = words(text).count();
    by_phrase(text, count).or_else(|| by_form(text, count))
}

/// The phrases of all signs in one automaton, with the sign that each belongs to.
static PHRASES: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
    let signs = SIGNS.iter().enumerate();
    let (at, phrases): (Vec<usize>, Vec<&str>) =
        signs.flat_map(|(at, sign)| sign.phrases.iter().map(move |p| (at, *p))).unzip();
    let found = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(phrases)
        .unwrap_or_else(|_| unreachable!("the phrases are few and short"));
    (found, at)
});

fn by_phrase(text: &str, count: usize) -> Option<LeftOutReason> {
    let (phrases, signs) = &*PHRASES;
    let found = phrases.find_overlapping_iter(text);
    let found = found.map(|found| &SIGNS[signs[found.pattern().as_usize()]]);
    found.filter(|sign| count <= sign.most_words).map(|sign| sign.reason).min()
}

/// What gives a short text away without any set phrase.
fn by_form(text: &str, count: usize) -> Option<LeftOutReason> {
    if mostly_addresses(text) || is_trail(text, count) {
        return Some(LeftOutReason::Links);
    }
    if (2..=12).contains(&count) && words(text).all(|(_, word)| is_any(word, SHARING)) {
        return Some(LeftOutReason::Share);
    }
    if is_dateline(text, count) || is_credit(text, count) || is_contact(text, count) {
        return Some(LeftOutReason::Author);
    }
    None
}

/// Two or more web addresses, and one in at least every other line: a list of sources,
/// however much is said of each.
fn is_bibliography(text: &str) -> bool {
    if !text.contains("://") {
        return false;
    }
    let is_address = |word: &&str| word.contains("://");
    let (mut addresses, mut in_addresses) = (0, 0);
    for word in text.split_whitespace().filter(is_address) {
        addresses += 1;
        in_addresses += word.len();
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    let citing = text.lines().filter(|line| line.contains("://")).count();
    // Prose that cites says more between its addresses than a list of sources does.
    addresses >= 2
        && 2 * citing >= lines
        && text.len() - in_addresses < addresses * SOURCE
}

/// More bytes than a source takes beside its address: author, title, place and date.
const SOURCE: usize = 140;

/// Whether more than half of the letters belong to web addresses.
fn mostly_addresses(text: &str) -> bool {
    let is_address = |word: &&str| {
        word.contains("://") || word.starts_with("www.") || word.contains("](")
    };
    let addresses: usize =
        text.split_whitespace().filter(is_address).map(str::len).sum();
    addresses * 2 > text.len()
}

/// `Home › Blog › Pricing`: the way to a page within its site.
fn is_trail(text: &str, count: usize) -> bool {
    let steps = text.matches(['›', '»']).count();
    steps >= 2 && count <= 6 * (steps + 1) && !text.ends_with(['.', '!', '?'])
}

/// Names of places to share on, and the words on such buttons.
const SHARING: &[&str] = &[
    "bluesky",
    "comments",
    "copy",
    "email",
    "facebook",
    "flipboard",
    "instagram",
    "link",
    "linkedin",
    "mail",
    "mastodon",
    "messenger",
    "on",
    "pin",
    "pinterest",
    "pocket",
    "print",
    "reddit",
    "save",
    "share",
    "shares",
    "sms",
    "telegram",
    "threads",
    "tumblr",
    "tweet",
    "twitter",
    "via",
    "whatsapp",
    "x",
    "youtube",
];

/// Words that stand beside a day or a time of day.
const DATING: &[&str] = &[
    "ago",
    "am",
    "april",
    "apr",
    "at",
    "aug",
    "august",
    "bst",
    "cdt",
    "cest",
    "cet",
    "cst",
    "ct",
    "day",
    "days",
    "dec",
    "december",
    "edt",
    "est",
    "et",
    "feb",
    "february",
    "fri",
    "friday",
    "gmt",
    "hour",
    "hours",
    "ist",
    "jan",
    "january",
    "jul",
    "july",
    "jun",
    "june",
    "last",
    "mar",
    "march",
    "may",
    "min",
    "mins",
    "minute",
    "minutes",
    "modified",
    "mon",
    "monday",
    "month",
    "months",
    "nov",
    "november",
    "oct",
    "october",
    "on",
    "pdt",
    "pm",
    "posted",
    "pst",
    "pt",
    "published",
    "read",
    "sat",
    "saturday",
    "sep",
    "sept",
    "september",
    "st",
    "sun",
    "sunday",
    "th",
    "thu",
    "thursday",
    "tue",
    "tuesday",
    "updated",
    "utc",
    "wed",
    "wednesday",
    "week",
    "weeks",
    "year",
    "years",
];

/// `Updated Nov 19, 9:41 AM`, `By Ann Sample | March 3, 2021 | 5 min read`: a day with no
/// words beside it but names, or a byline without a day.
fn is_dateline(text: &str, count: usize) -> bool {
    if count > 16 || text.trim_end().ends_with(['!', '?']) {
        return false;
    }
    let (mut numbers, mut dating, mut others, mut byline) = (0, 0, 0, false);
    for (_, word) in words(text) {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            numbers += 1;
        } else if is_any(word, DATING) {
            dating += 1;
        } else if word.eq_ignore_ascii_case("by") {
            byline = true;
        } else if word.starts_with(char::is_uppercase) || word == "and" {
            others += 1;
        } else {
            return false;
        }
    }
    if numbers == 0 {
        return byline && (2..=8).contains(&others) && text.starts_with(['B', 'b']);
    }
    // Names belong to a byline; without one, two words may be those of a place or a site.
    let few = if byline { 8 } else { 2 };
    dating > 0 && (others == 0 || (others <= few && numbers + dating >= 3))
}

/// `Photo: Ann Sample`, `Image 1 of 8`.
fn is_credit(text: &str, count: usize) -> bool {
    const CREDITED: &[&str] = &[
        "illustration",
        "image",
        "images",
        "photo",
        "photograph",
        "photographs",
        "photos",
        "picture",
        "video",
    ];
    let Some((at, word)) = words(text).next() else { return false };
    let after = text[at + word.len()..].trim_start();
    let counted =
        after.starts_with(|c: char| c.is_ascii_digit()) && after.contains(" of ");
    count <= 14
        && is_any(word, CREDITED)
        && (after.starts_with([':', '/', '©']) || counted)
}

/// `Reach Ann at ann@example.com`: a short text with a mail address.
fn is_contact(text: &str, count: usize) -> bool {
    let is_address = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.contains('@')
        })
    };
    count <= 30 && text.contains('@') && text.split_whitespace().any(is_address)
}

fn is_any(word: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<LeftOutReason>) {
        assert_eq!(recognise(text), expected, "{text:?}");
    }

    #[test]
    fn invitations_are_left_out() {
        check(
            "Subscribe to our newsletter and get it delivered to your inbox.",
            Some(LeftOutReason::Subscribe),
        );
        check("Share this article", Some(LeftOutReason::Share));
        check("6 min read", Some(LeftOutReason::Author));
        check("Photo by A. Person on Unsplash", Some(LeftOutReason::Author));
        check("https://example.com/a-long-address here", Some(LeftOutReason::Links));
        check("* * *", Some(LeftOutReason::Ornament));
    }

    #[test]
    fn what_surrounds_an_article_is_known_by_its_form() {
        check(
            "Updated Nov 19, 9:41 AM; Posted Nov 18, 8:19 PM",
            Some(LeftOutReason::Author),
        );
        check(
            "By Ann Sample | March 3, 2021 | 5 min read",
            Some(LeftOutReason::Author),
        );
        check("By Ann Sample and Bo Sample", Some(LeftOutReason::Author));
        check("Photo: A. Person, AP", Some(LeftOutReason::Author));
        check("Image 1 of 8", Some(LeftOutReason::Author));
        check("Reach her at ann@letters.example.", Some(LeftOutReason::Author));
        check("WhatsApp Facebook Pin Print", Some(LeftOutReason::Share));
        check("Home › Blog › Selling to teams", Some(LeftOutReason::Links));
    }

    #[test]
    fn short_prose_is_kept() {
        check("By March 2021 the team had 40 customers.", None);
        check("In May we sold 12 seats.", None);
        check("Images sell.", None);
        check("Share of wallet", None);
        check("Like many tools, it is bought by teams.", None);
        check("Three of 12 Teams", None);
    }

    #[test]
    fn prose_on_the_same_matter_is_kept() {
        check(
            "A newsletter works when readers share this post with a colleague, and our \
             growth team measured how often they do it after each issue.",
            None,
        );
        check("Users subscribe and then forget.", None);
        check("Churn fell by half.", None);
    }

    #[test]
    fn lists_of_sources_are_known_by_their_addresses() {
        check(
            "Ann Sample, \"Pricing in the open\", Sample Press, 2021. https://sample.example/a\n\
             Bo Sample, \"Seats or usage\", 2022. https://sample.example/b",
            Some(LeftOutReason::Links),
        );
        check(
            "We compared two price pages, https://sample.example/a and \
             https://sample.example/b. The first one hides its prices behind a form, so \
             that small teams leave before they have seen one; the second shows three \
             plans, says for whom each is, and lets everybody try the cheapest for a \
             month. In our interviews nine of ten small teams named the second when they \
             were asked which firm they would rather buy from, and the larger ones did \
             not care, since they negotiate in any case.",
            None,
        );
    }

    #[test]
    fn a_section_may_decide() {
        let author = Some(LeftOutReason::Author);
        let links = Some(LeftOutReason::Links);
        for (heading, reason) in [
            ("About the Author", author),
            ("61. References", links),
            ("4) Table of Contents", links),
            ("Sources:", links),
            ("3 Comments", Some(LeftOutReason::Share)),
            ("References that sell", None),
            ("2021", None),
        ] {
            assert_eq!(of_section(heading), reason, "{heading}");
        }
    }
}
