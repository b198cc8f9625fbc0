//! E-mail newsletters, one in a file or many in a mailbox.

use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{
    Address, Encoding, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders,
    PartType,
};

use super::date::date;
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
    let subject = message.subject().unwrap_or_default();
    let mut draft = Draft {
        title: Some(without_prefixes(subject)).filter(|title| !title.is_empty()),
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
    if let Some(part) = text {
        let mut plain = Draft::default();
        let text = decode(&message, part, &mut plain)?;
        draft.about.url = draft.about.url.or_else(|| online_address(&text));
        // Many a newsletter's HTML part is a picture, and its text part the article.
        let longer = words < html::FEW_WORDS && text.split_whitespace().count() > words;
        if html.is_none() || longer {
            draft.encoding = plain.encoding;
            "text part".clone_into(&mut draft.reader);
            push_plain(&mut draft, &text, is_forward(subject));
            return Ok(draft);
        }
    } else if html.is_none() {
        return Err("the message has no text".to_owned());
    }
    let mut about = std::mem::take(&mut draft.about);
    flow.give_chosen(&mut draft, |blocks| {
        let header = is_forward(subject).then(|| take_forwarded(blocks, &mut about));
        let Some(at) = header.flatten() else { return is_of_letter(blocks) };
        // Above it stands what was said in passing it on.
        let mut letter = vec![true; at];
        letter.push(false);
        letter.extend(is_of_letter(&blocks[at + 1..]));
        letter
    });
    draft.about = about;
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

/// What mail programs put before the subject of a letter that is passed on.
const FORWARDED: &[&str] = &["fwd:", "fw:", "wg:", "tr:", "rv:"];

/// What they put before that of an answer.
const ANSWERED: &[&str] = &["re:", "aw:"];

fn without_prefix<'s>(subject: &'s str, prefixes: &[&str]) -> Option<&'s str> {
    prefixes.iter().find_map(|prefix| {
        let (head, rest) = subject.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    })
}

/// Whether a letter was passed on by somebody.
fn is_forward(subject: &str) -> bool {
    let mut subject = subject.trim();
    while let Some(rest) = without_prefix(subject, ANSWERED) {
        subject = rest.trim();
    }
    without_prefix(subject, FORWARDED).is_some()
}

/// A subject without what mailing puts before it: `Fwd: [List] `.
fn without_prefixes(subject: &str) -> String {
    let mut subject = subject.trim();
    loop {
        let rest = without_prefix(subject, FORWARDED)
            .or_else(|| without_prefix(subject, ANSWERED))
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
    let name = first.name().map(str::trim).filter(|n| !n.is_empty()).map(person);
    name.or(first.address()).map(|n| n.trim_matches(['"', '\'']).to_owned())
}

/// `Ann Lee from Some Letter` and `Ann Lee at Some Letter`: the letter is no author.
fn person(name: &str) -> &str {
    [" from ", " at ", " | ", " @ "]
        .iter()
        .find_map(|between| name.split_once(between))
        .map_or(name, |(person, _)| person)
}

/// How a letter leads to itself on the web.
const ONLINE: &[&str] = &[
    "view this post on the web at",
    "view in browser",
    "view in your browser",
    "view this email in your browser",
    "view online",
    "read online",
    "view it in your browser",
];

/// The address of the letter on the web, which the letter gives for those whose program
/// shows it badly.
fn online_address(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let at = ONLINE.iter().find_map(|sign| lower.find(sign))?;
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
    super::properties::is_address(&address).then(|| without_tracking(&address))
}

/// An address without what tells the sender who followed it.
fn without_tracking(address: &str) -> String {
    let Some((page, query)) = address.split_once('?') else {
        return address.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            !["utm_", "mc_cid", "mc_eid"].iter().any(|t| pair.starts_with(t))
        })
        .collect();
    if kept.is_empty() { page.to_owned() } else { format!("{page}?{}", kept.join("&")) }
}

/// What letters say of their mailing.
const MAILING: &[&str] = &[
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
    "intended solely for",
    "intended recipient",
];

/// The most words of a block in a footer.
const FOOTER_WORDS: usize = 80;

/// Which part of a letter may be footer at most: the last third of its blocks, or the last
/// few of a short one.
const FOOTER_BLOCKS: usize = 12;

/// A longer block is text: with it, what stands above a letter is over.
const HEAD_WORDS: usize = 25;

/// Which of a letter's blocks are its own: not those above it that speak of the mailing,
/// and not those from the first on near its end that does.
fn is_of_letter(blocks: &[&str]) -> Vec<bool> {
    let words: Vec<usize> =
        blocks.iter().map(|b| b.split_whitespace().count()).collect();
    let all: usize = words.iter().sum();
    let says = |block: &str, signs: &[&str]| {
        let lower = block.to_lowercase();
        signs.iter().any(|sign| lower.contains(sign))
    };
    let mut letter = vec![true; blocks.len()];
    for (at, block) in blocks.iter().enumerate() {
        if words[at] > HEAD_WORDS {
            break;
        }
        letter[at] = !says(block, MAILING) && !says(block, ONLINE);
    }
    let from = (blocks.len() * 2 / 3).min(blocks.len().saturating_sub(FOOTER_BLOCKS));
    let mut before = 0;
    for (at, block) in blocks.iter().enumerate() {
        // What comes before half of the words is no footer, however short the letter.
        let late = at >= from && before * 2 >= all;
        if late && words[at] <= FOOTER_WORDS && says(block, MAILING) {
            letter[at..].fill(false);
            break;
        }
        before += words[at];
    }
    letter
}

/// What stands above a letter that was passed on, in the languages of mail programs: the
/// names of its sender and its day.
const SENDER: &[&str] = &["from:", "von:", "de :", "de:", "da:"];
const DAY: &[&str] = &["date:", "sent:", "datum:", "gesendet:", "envoyé :", "fecha:"];

/// Takes the sender and the day of a letter that was passed on from the header that the
/// program put above it. Returns which of the blocks that is.
fn take_forwarded(blocks: &[&str], about: &mut About) -> Option<usize> {
    let value = |block: &str, names: &[&str]| {
        block.lines().find_map(|line| {
            let line = line.trim().trim_start_matches(['*', '>', ' ']);
            let line = line.replace('*', "");
            let rest = without_prefix(&line, names)?.trim().to_owned();
            (!rest.is_empty()).then_some(rest)
        })
    };
    let headers = blocks.iter().enumerate().take(FOOTER_BLOCKS);
    for (at, block) in headers {
        let (Some(from), Some(sent)) = (value(block, SENDER), value(block, DAY)) else {
            continue;
        };
        let name = from.split(['<', '[']).next().unwrap_or_default().trim();
        let name = person(name.trim_matches(['"', '\'']));
        if !name.is_empty() {
            about.author = Some(name.to_owned());
        }
        about.date = date(&sent).or(about.date.take());
        return Some(at);
    }
    None
}

/// Appends the blocks of a plain text part, without quoted headers, addresses in brackets
/// and the footer.
fn push_plain(draft: &mut Draft, text: &str, forwarded: bool) {
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
    if forwarded {
        let mut stretches: Vec<&str> = body.split("\n\n").collect();
        if let Some(at) = take_forwarded(&stretches, &mut draft.about) {
            stretches.remove(at);
            body = stretches.join("\n\n");
        }
    }
    let mut all = Draft::default();
    text::push_text(&mut all, &body);
    let blocks: Vec<&str> =
        all.blocks().iter().map(|b| b.span.of(all.text())).collect();
    let letter = is_of_letter(&blocks);
    for (block, _) in all.blocks().iter().zip(letter).filter(|(_, own)| *own) {
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
        if !address {
            out.push_str(&rest[..=at]);
            rest = inner;
            continue;
        }
        // Where this one is never closed, no later one is: to look for each would take for
        // ever on a long line.
        let Some(end) = inner.find(['>', ')', ']']) else { break };
        out.push_str(rest[..at].trim_end());
        rest = &inner[end + 1..];
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
            "The buyer signs and the team uses it.",
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

    const PROSE: &str = "The buyer signs for a year, and those who use the tool have \
                         no say in it before the renewal.";

    #[test]
    fn what_stands_above_a_letter_does_not_end_it() {
        check(
            &format!(
                "Subject: Who pays\nContent-Type: text/html\n\n\
                 <p>Forwarded this email? <a href='x'>Subscribe here</a></p>\
                 <p>You are receiving this since you asked. Unsubscribe</p>\
                 <h1>Who pays</h1><p>{PROSE}</p><p>{PROSE}</p>\
                 <p>You can unsubscribe.</p><p>1 Street</p>"
            ),
            &format!("Who pays\n\n{PROSE}\n\n{PROSE}"),
        );
    }

    #[test]
    fn a_letter_that_was_passed_on_is_its_writers() {
        #[track_caller]
        fn check_forward(body: &str, text: &str) {
            let message = format!(
                "From: Bo Reader <bo@example.com>\nSubject: Fwd: Who pays\n\
                 Date: Wed, 18 Sep 2024 09:12:00 +0200\n{body}"
            );
            let draft = check(&message, text);
            assert_eq!(draft.title.as_deref(), Some("Who pays"));
            assert_eq!(draft.about.author.as_deref(), Some("Ann Lee"));
            assert_eq!(draft.about.date.as_deref(), Some("2024-09-17"));
        }
        check_forward(
            &format!(
                "\nWorth a read.\n\n---------- Forwarded message ---------\n\
                 From: Ann Lee from Seats <ann@example.com>\n\
                 Date: Tue, Sep 17, 2024 at 6:30 AM\nSubject: Who pays\n\
                 To: <bo@example.com>\n\n\n{PROSE}\n"
            ),
            &format!("Worth a read.\n\n{PROSE}"),
        );
        check_forward(
            &format!(
                "Content-Type: text/html\n\n<p><b>From:</b> Ann Lee &lt;ann@example.com&gt;<br>\
                 <b>Sent:</b> Tuesday, 17 September 2024 06:30<br><b>To:</b> Bo<br>\
                 <b>Subject:</b> Who pays</p><p>{PROSE}</p><p>· One buyer</p><p>· One user</p>"
            ),
            &format!("{PROSE}\n\nOne buyer\nOne user"),
        );
    }

    #[test]
    fn the_address_on_the_web_comes_from_either_part() {
        let message = format!(
            "Subject: Who pays\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n\
             View in browser https://example.com/p?utm_source=mail&id=7\n\n{PROSE}\n\
             --b\nContent-Type: text/html\n\n<p>{}</p>\n--b--\n",
            PROSE.repeat(4)
        );
        let draft = check(&message, &PROSE.repeat(4));
        assert_eq!(draft.about.url.as_deref(), Some("https://example.com/p?id=7"));
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
