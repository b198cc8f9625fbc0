//! In which language an article is, decided for the whole article.

use crate::article::Article;

/// Too short a text says nothing sure: below 50 words detection errs in one of seventy.
const WORDS: usize = 50;

/// Notes the language that the text itself shows, where that is sure; else what the file
/// states stays.
pub(super) fn note(article: &mut Article) {
    let head = head(&article.text, 4096);
    let found = match english_words(head) {
        (all, _) if all < WORDS => return,
        // Detection takes as long as all the rest of reading, and most articles need none.
        (all, english) if english * PLAIN >= all => "en",
        _ => {
            let info = whatlang::detect(head).filter(whatlang::Info::is_reliable);
            let Some(info) = info else { return };
            iso_639_1(info.lang().code())
        }
    };
    // `en-GB` says more than `en`.
    let stated = article.about.language.as_deref().unwrap_or_default();
    if stated.split(['-', '_']).next() != Some(found) {
        article.about.language = Some(found.to_owned());
    }
}

/// A text is plainly English when one word in so many is one of [`ENGLISH`]: in English
/// prose one in five is, in that of its neighbours not one in a hundred.
const PLAIN: usize = 10;

/// Frequent words of English that are words of no other language with its letters.
const ENGLISH: &[&str] = &[
    "the", "and", "that", "with", "you", "are", "this", "your", "from", "which", "they",
];

/// How many words a text has, and how many of them are plainly English.
fn english_words(text: &str) -> (usize, usize) {
    let mut all = 0;
    let mut english = 0;
    for word in text.split_ascii_whitespace() {
        all += 1;
        english += usize::from(ENGLISH.contains(&word));
    }
    (all, english)
}

/// At most `bytes` of the text's start.
fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The two-letter code where there is one, as in BCP 47.
fn iso_639_1(code: &str) -> &str {
    match code {
        "eng" => "en",
        "deu" => "de",
        "fra" => "fr",
        "spa" => "es",
        "por" => "pt",
        "ita" => "it",
        "nld" => "nl",
        "rus" => "ru",
        "cmn" => "zh",
        "jpn" => "ja",
        "kor" => "ko",
        "ara" => "ar",
        "hin" => "hi",
        "tur" => "tr",
        "pol" => "pl",
        "swe" => "sv",
        "dan" => "da",
        "nob" => "no",
        "fin" => "fi",
        "ces" => "cs",
        "ukr" => "uk",
        "vie" => "vi",
        "ind" => "id",
        "ell" => "el",
        "heb" => "he",
        "hun" => "hu",
        "ron" => "ro",
        "bul" => "bg",
        "tha" => "th",
        other => other,
    }
}
