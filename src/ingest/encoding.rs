//! Bytes to text, whatever character encoding they are in.
//!
//! What is surest comes first: a byte order mark, valid UTF-8, UTF-8 with damage, the NUL
//! pattern of UTF-16, what the file declares, and a detector only in the end: one bad byte
//! makes a detector take UTF-8 for something else.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::article::Draft;

/// Text with what was found out about its encoding.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// The WHATWG name, for example `windows-1252`.
    pub(super) encoding: &'static str,
    /// Where something had to be replaced.
    pub(super) warning: Option<String>,
}

impl Decoded<'_> {
    /// An article in the making that knows how it was decoded.
    pub(super) fn draft(&self) -> Draft {
        let mut draft = Draft::default();
        self.encoding.clone_into(&mut draft.encoding);
        draft.warnings.extend(self.warning.clone());
        draft
    }
}

/// Decodes a text file. `declared` is the encoding that the file or its envelope names; it
/// counts for less than the bytes themselves.
///
/// # Errors
/// In words for the user, when the bytes are no text.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    declared: Option<&str>,
) -> Result<Decoded<'a>, String> {
    if let Some(decoded) = by_mark(bytes) {
        return Ok(decoded);
    }
    refuse_binary(bytes)?;
    match std::str::from_utf8(bytes) {
        // UTF-16 of plain English is valid UTF-8, with NULs.
        Ok(text) if !bytes.contains(&0) => {
            return Ok(mended(Cow::Borrowed(text), UTF_8.name()));
        }
        Err(_) if mostly_utf8(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let bad = text.matches('\u{fffd}').count();
            let mut decoded = mended(text, UTF_8.name());
            decoded.warning =
                Some(format!("damaged UTF-8: {bad} characters could not be read"));
            return Ok(decoded);
        }
        _ => {}
    }
    if let Some(encoding) = utf16_by_nuls(bytes) {
        return Ok(with(encoding, bytes));
    }
    if bytes.contains(&0) {
        // A few NULs in text come from crashes and bad tools.
        let text: Vec<u8> =
            bytes.iter().map(|&b| if b == 0 { b' ' } else { b }).collect();
        let decoded = decode(&text, declared)?;
        return Ok(Decoded {
            text: Cow::Owned(decoded.text.into_owned()),
            encoding: decoded.encoding,
            warning: Some("NUL bytes within the text were dropped".to_owned()),
        });
    }
    let declared =
        declared.and_then(|name| Encoding::for_label(name.trim().as_bytes()));
    // That the text is not UTF-8 is known by now.
    if let Some(encoding) = declared.filter(|e| *e != UTF_8) {
        return Ok(with(encoding, bytes));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    Ok(with(detector.guess(None, Utf8Detection::Deny), bytes))
}

/// What a byte order mark says.
fn by_mark(bytes: &[u8]) -> Option<Decoded<'_>> {
    let wide = |read: fn([u8; 4]) -> u32, name| {
        let (units, _) = bytes[4..].as_chunks::<4>();
        let text: String = units
            .iter()
            .map(|unit| char::from_u32(read(*unit)).unwrap_or('\u{fffd}'))
            .collect();
        Decoded { text: Cow::Owned(text), encoding: name, warning: None }
    };
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) {
        return Some(wide(u32::from_le_bytes, "UTF-32LE"));
    }
    if bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Some(wide(u32::from_be_bytes, "UTF-32BE"));
    }
    let (encoding, length) = Encoding::for_bom(bytes)?;
    Some(with(encoding, &bytes[length..]))
}

fn with<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, bad) = encoding.decode_without_bom_handling(bytes);
    let mut decoded = mended(text, encoding.name());
    if bad {
        decoded.warning = Some(format!(
            "read as {}, in which some of its bytes mean nothing",
            encoding.name()
        ));
    }
    decoded
}

/// Whether text in UTF-8 was damaged, as opposed to text in another encoding: of those, few
/// sequences are valid UTF-8 by chance.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // A character cut off at the file's end is the only damage in many a file.
    good > 3 * bad || (bad == 1 && good > 0)
}

/// UTF-16 without a mark, where most characters have a zero byte on the same side.
fn utf16_by_nuls(bytes: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let first = pairs.iter().filter(|p| p[0] == 0).count();
    let second = pairs.iter().filter(|p| p[1] == 0).count();
    let most = pairs.len() / 3;
    let few = pairs.len() / 50;
    match (first, second) {
        (f, s) if s > most && f <= few => Some(UTF_16LE),
        (f, s) if f > most && s <= few => Some(UTF_16BE),
        _ => None,
    }
}

/// How files of other kinds begin, and what to call them.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP, Word, OpenDocument or EPUB file"),
    (b"{\\rtf", "an RTF file"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or Outlook file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
];

/// What a file's first bytes say it is, where they are known.
pub(super) fn kind_by_magic(bytes: &[u8]) -> Option<&'static str> {
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| *kind)
}

fn refuse_binary(bytes: &[u8]) -> Result<(), String> {
    if let Some(kind) = kind_by_magic(bytes) {
        return Err(format!("not text: it looks like {kind}"));
    }
    let control = |b: &&u8| matches!(b, 0..=8 | 14..=26 | 28..=31 | 127);
    let controls = bytes.iter().filter(control).count();
    // In text, even damaged text, one byte in a hundred is not a control character; in
    // binary data one in ten is. UTF-16 is full of NULs and looked at apart.
    if controls * 50 > bytes.len() && utf16_by_nuls(bytes).is_none() {
        return Err("not text: it holds binary data".to_owned());
    }
    Ok(())
}

/// Text that was decoded wrongly before it was saved, `â€™` for `’`, put right.
fn mended<'a>(text: Cow<'a, str>, encoding: &'static str) -> Decoded<'a> {
    // Nearly every such accident holds one of these; both are rare otherwise. The byte that
    // begins an â is looked for first, which is quick.
    let suspicious = text.as_bytes().contains(&0xc3)
        && (text.contains("â€") || text.contains("\u{e2}\u{80}"));
    if !suspicious {
        return Decoded { text, encoding, warning: None };
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    let mut count = 0;
    while let Some(at) = rest.find(['â', 'Ã', 'Â']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((c, length)) = twice_encoded(rest) {
            out.push(c);
            rest = &rest[length..];
            count += 1;
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..first]);
            rest = &rest[first..];
        }
    }
    out.push_str(rest);
    let warning =
        format!("{count} wrongly decoded characters (as in â€™) were put right");
    Decoded { text: Cow::Owned(out), encoding, warning: Some(warning) }
}

/// The character whose UTF-8 bytes were taken for windows-1252 or Latin-1, with the length
/// of what stands for it.
fn twice_encoded(text: &str) -> Option<(char, usize)> {
    let mut bytes = Vec::with_capacity(4);
    let mut length = 0;
    for c in text.chars().take(4) {
        bytes.push(if let Ok(code @ 0x80..=0xff) = u8::try_from(u32::from(c)) {
            code
        } else {
            let mut utf8 = [0; 4];
            let (byte, _, bad) =
                encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut utf8));
            if bad || byte.len() != 1 {
                return None;
            }
            byte[0]
        });
        length += c.len_utf8();
        if let Ok(decoded) = std::str::from_utf8(&bytes) {
            return decoded
                .chars()
                .next()
                .filter(|c| !c.is_ascii())
                .map(|c| (c, length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], text: &str, encoding: &str) {
        let decoded = decode(bytes, None).unwrap();
        assert_eq!((&*decoded.text, decoded.encoding), (text, encoding));
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn what_the_bytes_show() {
        check(b"plain", "plain", "UTF-8");
        check(b"", "", "UTF-8");
        check("the buyer’s café".as_bytes(), "the buyer’s café", "UTF-8");
        check(b"\xef\xbb\xbfmarked", "marked", "UTF-8");
        check(
            b"The team\x92s plan costs 50 \x80 a seat.",
            "The team’s plan costs 50 € a seat.",
            "windows-1252",
        );
    }

    #[test]
    fn utf_16_with_and_without_a_mark() {
        let text = "Seats are sold to teams – not to people.";
        check(&utf16(text, u16::to_le_bytes), text, "UTF-16LE");
        check(&utf16(text, u16::to_be_bytes), text, "UTF-16BE");
        check(&utf16(&format!("\u{feff}{text}"), u16::to_le_bytes), text, "UTF-16LE");
        let utf32: Vec<u8> =
            "\u{feff}ab".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        check(&utf32, "ab", "UTF-32LE");
    }

    #[test]
    fn one_bad_byte_does_not_turn_utf_8_into_something_else() {
        let mut bytes = "“Quoted” – and “again”, naïve café".as_bytes().to_vec();
        bytes.insert(12, 0xff);
        let decoded = decode(&bytes, None).unwrap();
        assert_eq!(decoded.encoding, "UTF-8");
        assert!(decoded.text.contains("naïve café"), "{}", decoded.text);
        assert_eq!(
            decoded.warning.as_deref(),
            Some("damaged UTF-8: 1 characters could not be read")
        );
    }

    #[test]
    fn a_declaration_counts_where_the_bytes_are_silent() {
        let decoded = decode(b"za\xbf\xf3\xb3\xe6", Some("iso-8859-2")).unwrap();
        assert_eq!(&*decoded.text, "zażółć");
        let decoded = decode("zażółć".as_bytes(), Some("iso-8859-2")).unwrap();
        assert_eq!(&*decoded.text, "zażółć", "valid UTF-8 is UTF-8");
    }

    #[test]
    fn binary_data_is_refused_in_clear_words() {
        assert_eq!(
            decode(b"%PDF-1.7\n1 0 obj", None).unwrap_err(),
            "not text: it looks like a PDF"
        );
        let noise: Vec<u8> = (0..=255).cycle().take(4096).collect();
        assert_eq!(decode(&noise, None).unwrap_err(), "not text: it holds binary data");
    }

    #[test]
    fn a_stray_nul_does_not_cost_the_file() {
        let text = "Words before and after. ".repeat(20);
        let bytes = format!("{text}\0{text}");
        let decoded = decode(bytes.as_bytes(), None).unwrap();
        assert_eq!(decoded.text, format!("{text} {text}"));
        assert!(decoded.warning.is_some());
    }

    #[test]
    fn text_encoded_twice_is_put_right() {
        check(
            "The buyerâ€™s team â€“ cafÃ© \u{e2}\u{80}\u{9c}ok\u{e2}\u{80}\u{9d}Â\u{a0}x".as_bytes(),
            "The buyer’s team – café “ok”\u{a0}x",
            "UTF-8",
        );
        check("château, Âge, “fine”".as_bytes(), "château, Âge, “fine”", "UTF-8");
    }
}
