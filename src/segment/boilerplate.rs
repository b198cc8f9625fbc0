//! What stands around an article's prose and nobody would label: "subscribe here", share
//! buttons, bylines, credits, link lists.
//!
//! General wording only: nothing here knows a particular site.

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
    ("comments", LeftOutReason::Share),
    ("external links", LeftOutReason::Links),
    ("further reading", LeftOutReason::Links),
    ("leave a comment", LeftOutReason::Share),
    ("leave a reply", LeftOutReason::Share),
    ("references", LeftOutReason::Links),
    ("related articles", LeftOutReason::Links),
    ("related content", LeftOutReason::Links),
    ("related posts", LeftOutReason::Links),
    ("see also", LeftOutReason::Links),
    ("share this", LeftOutReason::Share),
    ("share this post", LeftOutReason::Share),
    ("sources", LeftOutReason::Links),
    ("subscribe", LeftOutReason::Subscribe),
    ("table of contents", LeftOutReason::Links),
    ("you might also like", LeftOutReason::Links),
];

/// No boilerplate text is longer; a longer one need not be searched.
const LONGEST: usize = 500;

/// The reason to leave a text out, if there is one. `section` is its innermost heading.
pub(super) fn recognise(text: &str, section: Option<&str>) -> Option<LeftOutReason> {
    if let Some(section) = section {
        let section = section.trim().trim_end_matches(':').to_lowercase();
        if let Some((_, reason)) = SECTIONS.iter().find(|(name, _)| *name == section) {
            return Some(*reason);
        }
    }
    if !text.chars().any(char::is_alphabetic) {
        return Some(LeftOutReason::Ornament);
    }
    if text.len() > LONGEST {
        return None;
    }
    if mostly_addresses(text) {
        return Some(LeftOutReason::Links);
    }
    let lower = text.to_lowercase();
    let mut count = None;
    SIGNS.iter().find_map(|sign| {
        sign.phrases.iter().any(|phrase| lower.contains(phrase)).then_some(())?;
        let count = *count.get_or_insert_with(|| words(text).count());
        (count <= sign.most_words).then_some(sign.reason)
    })
}

/// Whether more than half of the letters belong to web addresses.
fn mostly_addresses(text: &str) -> bool {
    let is_address = |word: &&str| {
        word.contains("://") || word.starts_with("www.") || word.contains("](")
    };
    let addresses: usize =
        text.split_whitespace().filter(is_address).map(str::len).sum();
    addresses * 2 > text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<LeftOutReason>) {
        assert_eq!(recognise(text, None), expected, "{text:?}");
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
    fn a_section_may_decide() {
        let found =
            recognise("Anna has sold software since 2004.", Some("About the Author"));
        assert_eq!(found, Some(LeftOutReason::Author));
    }
}
