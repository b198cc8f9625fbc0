//! In which language an article is, decided for the whole article.

use crate::article::Article;

/// Too short a text says nothing sure: below 50 words detection errs in one of seventy.
const WORDS: usize = 50;

/// Notes the language that the text itself shows, where that is sure; else what the file
/// states stays.
pub(super) fn note(article: &mut Article) {
    let head = head(&article.text, 4096);
    if head.split_whitespace().take(WORDS).count() < WORDS {
        return;
    }
    let Some(info) = whatlang::detect(head).filter(whatlang::Info::is_reliable) else {
        return;
    };
    let found = iso_639_1(info.lang().code());
    article.about.language = Some(found.to_owned());
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
