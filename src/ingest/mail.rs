//! E-mail newsletters, one in a file or many in a mailbox.

use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{
    Address, Encoding, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders,
    PartType,
};

use super::flow::Flow;
use super::{Input, Parts, Reader, encoding, html, tags, text};
use crate::article::{About, BlockKind, Draft};

/// `.eml`: one message.
pub(super) struct Mail;

impl Reader for Mail {
    fn format(&self) -> &'static str {
        "email"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["eml", "emlx"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        // Apple Mail puts the message's length before it.
        let bytes = match input.bytes.iter().position(|&b| b == b'\n') {
            Some(end)
                if input.bytes[..end].trim_ascii().iter().all(u8::is_ascii_digit) =>
            {
                &input.bytes[end + 1..]
            }
            _ => input.bytes,
        };
        Ok(draft_of(bytes)?.into())
    }
}

/// `.mbox`: messages one after the other.
pub(super) struct Mailbox;

impl Reader for Mailbox {
    fn format(&self) -> &'static str {
        "mailbox"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["mbox", "mbx"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        if !input.bytes.starts_with(b"From ") {
            return Err("not a mailbox: it does not begin with `From `".to_owned());
        }
        let mut parts = Parts::default();
        for (message, number) in MessageIterator::new(input.bytes).zip(1..) {
            let part = format!("{number}");
            let draft = message
                .map_err(|_| "broken".to_owned())
                .and_then(|message| draft_of(message.contents()));
            match draft {
                Ok(draft) => {
                    parts.drafts.push(Draft { part: Some(part), ..draft });
                }
                Err(reason) => parts.failed.push((part, reason)),
            }
        }
        Ok(parts)
    }
}

/// The article that a message is.
fn draft_of(bytes: &[u8]) -> Result<Draft, String> {
    let message = parse(bytes)?;
    let mut draft = Draft {
        title: message.subject().map(without_prefixes),
        about: About {
            author: message.from().and_then(sender),
            date: day(&message),
            ..About::default()
        },
        ..Draft::default()
    };
    let html = message.html_part(0).filter(|p| matches!(p.body, PartType::Html(_)));
    let text = message.text_part(0).filter(|p| matches!(p.body, PartType::Text(_)));
    let flow = match html {
        Some(part) => {
            let html = decode(&message, part, &mut draft)?;
            draft.about.url = online_address(&html);
            "html part".clone_into(&mut draft.reader);
            let mut flow = Flow::default();
            tags::feed(&html, &mut flow);
            flow
        }
        None => Flow::default(),
    };
    let words = flow.words();
    // Many a newsletter's HTML part is a picture, and its text part the article.
    match text {
        Some(part) if words < html::FEW_WORDS => {
            let mut plain = Draft::default();
            let text = decode(&message, part, &mut plain)?;
            if html.is_none() || text.split_whitespace().count() > words {
                draft.encoding = plain.encoding;
                draft.about.url = draft.about.url.or_else(|| online_address(&text));
                "text part".clone_into(&mut draft.reader);
                push_plain(&mut draft, &text);
                return Ok(draft);
            }
        }
        None if html.is_none() => return Err("the message has no text".to_owned()),
        _ => {}
    }
    flow.give_without(&mut draft, footer_start);
    Ok(draft)
}

/// Parses a message or anything else in the form of one.
///
/// # Errors
/// When the bytes are none.
pub(super) fn parse(bytes: &[u8]) -> Result<Message<'_>, String> {
    let message = MessageParser::default().parse(bytes);
    message
        .filter(|m| {
            m.headers()
                .iter()
                .any(|h| h.name.as_str().eq_ignore_ascii_case("content-type"))
                || m.subject().is_some()
                || m.from().is_some()
        })
        .ok_or_else(|| "not an e-mail: it has no header".to_owned())
}

/// The day on which a message was sent.
pub(super) fn day(message: &Message<'_>) -> Option<String> {
    let date = message.date().filter(|d| d.is_valid())?;
    Some(format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

/// The text of a part, from its bytes: the encoding that it declares is not always right.
pub(super) fn decode(
    message: &Message<'_>,
    part: &MessagePart<'_>,
    draft: &mut Draft,
) -> Result<String, String> {
    use mail_parser::decoders::base64::base64_decode;
    use mail_parser::decoders::quoted_printable::quoted_printable_decode;

    let raw = message
        .raw_message()
        .get(part.offset_body as usize..part.offset_end as usize)
        .unwrap_or_default();
    let bytes = match part.encoding {
        Encoding::None => Some(raw.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
        Encoding::Base64 => base64_decode(raw),
    };
    let Some(bytes) = bytes else {
        return Ok(part.text_contents().unwrap_or_default().to_owned());
    };
    let declared = part.content_type().and_then(|t| t.attribute("charset"));
    let declared = declared.or_else(|| html::declared_encoding(&bytes));
    let decoded = encoding::decode(&bytes, declared)?;
    decoded.encoding.clone_into(&mut draft.encoding);
    draft.warnings.extend(decoded.warning);
    Ok(decoded.text.into_owned())
}

/// A subject without what mailing puts before it: `Fwd: [List] `.
fn without_prefixes(subject: &str) -> String {
    let mut subject = subject.trim();
    loop {
        let rest = ["fwd:", "fw:", "re:", "aw:", "wg:"]
            .iter()
            .find_map(|prefix| {
                let (head, rest) = subject.split_at_checked(prefix.len())?;
                head.eq_ignore_ascii_case(prefix).then_some(rest)
            })
            .or_else(|| {
                let inner = subject.strip_prefix('[')?;
                let (list, rest) = inner.split_once(']')?;
                (list.len() <= 30 && !rest.trim().is_empty()).then_some(rest)
            });
        match rest {
            Some(rest) if !rest.trim().is_empty() => subject = rest.trim(),
            _ => return subject.to_owned(),
        }
    }
}

/// The sender's name, else the address.
fn sender(from: &Address<'_>) -> Option<String> {
    let first = from.first()?;
    let name = first.name().map(str::trim).filter(|n| !n.is_empty());
    // `Ann Lee from Some Letter` and `Ann Lee at Some Letter`: the letter is no author.
    let name = name.map(|name| {
        [" from ", " at ", " | ", " @ "]
            .iter()
            .find_map(|between| name.split_once(between))
            .map_or(name, |(person, _)| person)
    });
    name.or(first.address()).map(|n| n.trim_matches(['"', '\'']).to_owned())
}

/// The address of the letter on the web, which the letter gives for those whose program
/// shows it badly.
fn online_address(text: &str) -> Option<String> {
    const SIGNS: &[&str] = &[
        "view this post on the web at",
        "view in browser",
        "view in your browser",
        "view this email in your browser",
        "view online",
        "read online",
        "view it in your browser",
    ];
    let lower = text.to_ascii_lowercase();
    let at = SIGNS.iter().find_map(|sign| lower.find(sign))?;
    // In HTML the address stands before the words, in plain text behind them.
    let before = &text[text.floor_char_boundary(at.saturating_sub(1500))..at];
    let behind = &text[at..text.floor_char_boundary(at + 600)];
    let linked = before
        .rsplit_once("href=")
        .map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
    let plain = behind.find("http").map(|from| &behind[from..]);
    let address = linked.or(plain)?;
    let end = address.find(|c: char| c.is_whitespace() || "\"'<>)]".contains(c));
    let address = tags::decode_entities(&address[..end.unwrap_or(address.len())]);
    super::properties::is_address(&address).then(|| address.into_owned())
}

/// The most words of a block in a footer.
const FOOTER_WORDS: usize = 80;

/// Which part of a letter may be footer at most: the last third of its blocks, or the last
/// few of a short one.
const FOOTER_BLOCKS: usize = 12;

/// Where a letter's footer begins, by its blocks: at the first that speaks of the mailing
/// itself, of those near the end.
fn footer_start(blocks: &[&str]) -> usize {
    const SIGNS: &[&str] = &[
        "unsubscribe",
        "update your preferences",
        "manage your preferences",
        "manage preferences",
        "email preferences",
        "you are receiving this",
        "you're receiving this",
        "you’re receiving this",
        "you received this email",
        "you received this message",
        "no longer wish to receive",
        "this email was sent",
        "sent to you by",
        "forwarded this email",
        "add us to your address book",
        "stop receiving",
    ];
    let from = (blocks.len() * 2 / 3).min(blocks.len().saturating_sub(FOOTER_BLOCKS));
    let speaks_of_mailing = |block: &&str| {
        let lower = block.to_lowercase();
        SIGNS.iter().any(|sign| lower.contains(sign))
            && block.split_whitespace().count() <= FOOTER_WORDS
    };
    let found = blocks[from..].iter().position(speaks_of_mailing);
    found.map_or(blocks.len(), |at| from + at)
}

/// Appends the blocks of a plain text part, without quoted headers, addresses in brackets
/// and the footer.
fn push_plain(draft: &mut Draft, text: &str) {
    let mut body = String::with_capacity(text.len());
    for line in super::markdown::with_plain_line_ends(text).lines() {
        // `-- ` begins the signature.
        if line == "-- " {
            break;
        }
        let rule = line.len() >= 5 && line.chars().all(|c| "-=_*~ ".contains(c));
        if !rule {
            body.push_str(&without_addresses(line));
        }
        body.push('\n');
    }
    let mut all = Draft::default();
    text::push_text(&mut all, &body);
    let blocks: Vec<&str> =
        all.blocks().iter().map(|b| b.span.of(all.text())).collect();
    let end = footer_start(&blocks);
    for block in &all.blocks()[..end] {
        let text = block.span.of(all.text());
        // A line that only led to an address.
        let empty = text.trim_matches([':', ' ', '-', '>']).is_empty();
        if !empty && block.kind != BlockKind::Links {
            draft.push(block.kind.clone(), text);
        }
    }
}

/// A line without the web addresses that plain text prints for links: `<https://…>`,
/// `(https://…)`, `[https://…]`, and a line that is nothing else.
fn without_addresses(line: &str) -> String {
    if super::properties::is_address(line.trim()) {
        return String::new();
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '(', '[']) {
        let inner = &rest[at + 1..];
        let address =
            inner.trim_start().starts_with("http") || inner.starts_with("image:");
        let end = inner.find(['>', ')', ']']).filter(|_| address);
        if let Some(end) = end {
            out.push_str(rest[..at].trim_end());
            rest = &inner[end + 1..];
        } else {
            out.push_str(&rest[..=at]);
            rest = inner;
        }
    }
    out.push_str(rest);
    out
}

/// A header's text.
pub(super) fn header_text<'m>(message: &'m Message<'_>, name: &str) -> Option<&'m str> {
    let found = message
        .headers()
        .iter()
        .find(|h| h.name.as_str().eq_ignore_ascii_case(name))?;
    match &found.value {
        HeaderValue::Text(text) => Some(text.trim()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: &str) -> Draft {
        let draft = draft_of(message.replace('\n', "\r\n").as_bytes()).unwrap();
        assert_eq!(draft.text(), expected);
        draft
    }

    #[test]
    fn a_letter_in_plain_text() {
        let draft = check(
            "From: Ann Lee from Seats <ann@example.com>\nSubject: Fwd: [Seats] Who pays\n\
             Date: Tue, 17 Aug 2021 10:04:00 +0200\n\n\
             View this post on the web at https://example.com/p/who-pays\n\n\
             The buyer <https://t.example.com/x?y=1> signs and\nthe team uses it.\n\n\
             https://t.example.com/z\n\nUnsubscribe https://t.example.com/u\n",
            "View this post on the web at https://example.com/p/who-pays\n\n\
             The buyer signs and the team uses it.",
        );
        assert_eq!(draft.title.as_deref(), Some("Who pays"));
        assert_eq!(draft.about.author.as_deref(), Some("Ann Lee"));
        assert_eq!(draft.about.date.as_deref(), Some("2021-08-17"));
        assert_eq!(draft.about.url.as_deref(), Some("https://example.com/p/who-pays"));
    }

    #[test]
    fn a_letter_in_html() {
        let prose = "The buyer signs and the team uses it. ".repeat(8);
        let draft = check(
            &format!(
                "From: ann@example.com\nSubject: =?utf-8?Q?Caf=C3=A9?=\n\
                 Content-Type: text/html; charset=utf-8\n\
                 Content-Transfer-Encoding: quoted-printable\n\n\
                 <div style=3D\"display:none\">Preheader</div>\n\
                 <table><tr><td><h1>Caf=C3=A9</h1><p>{prose}</p></td></tr></table>\n\
                 <p>You are receiving this since you asked. <a href=3D\"https://x\">Unsubscribe</a></p>\n\
                 <p>1 Street, Town</p>"
            ),
            &format!("Café\n\n{}", prose.trim()),
        );
        assert_eq!(draft.title.as_deref(), Some("Café"));
        assert_eq!(draft.reader, "html part");
    }

    #[test]
    fn prefixes_of_subjects() {
        assert_eq!(without_prefixes("Re: FW: [list] Prices"), "Prices");
        assert_eq!(without_prefixes("[Draft]"), "[Draft]");
        assert_eq!(without_prefixes("Retention"), "Retention");
    }

    #[test]
    fn what_is_no_message() {
        assert!(draft_of(b"").is_err());
        assert!(draft_of(b"just some words").is_err());
    }
}
