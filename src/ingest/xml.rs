//! XML as elements and text, bounded: no document type, no entities of its own, no depth
//! beyond what documents have.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{encoding, tags};

/// No document nests deeper; what does is made to do harm.
const DEPTH: usize = 256;

/// A piece of XML.
pub(super) enum Node<'a> {
    /// An element begins.
    Open(Tag<'a>),
    /// The element with this name, without its prefix, ends.
    Close(&'a str),
    Text(&'a str),
}

/// The beginning of an element.
pub(super) struct Tag<'a>(&'a BytesStart<'a>);

impl<'a> Tag<'a> {
    /// Its name without the prefix.
    pub(super) fn name(&self) -> &'a str {
        local(self.0.name().0)
    }

    /// The value of the attribute whose name, without the prefix, is this.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut attributes = self.0.attributes();
        let mut found = attributes.with_checks(false).flatten();
        let found = found.find(|a| local(a.key.0) == name)?;
        Some(match found.value {
            Cow::Borrowed(value) => tags::decode_entities(value),
            Cow::Owned(value) => tags::decode_entities(&value).into_owned().into(),
        })
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Goes through a text in XML.
///
/// # Errors
/// What is wrong with it, in words for the user.
pub(super) fn walk(text: &str, mut visit: impl FnMut(Node<'_>)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                depth += 1;
                if depth > DEPTH {
                    return Err(format!("its XML nests deeper than {DEPTH}"));
                }
                visit(Node::Open(Tag(&tag)));
            }
            Ok(Event::End(tag)) => {
                depth = depth.saturating_sub(1);
                visit(Node::Close(local(tag.name().0)));
            }
            Ok(Event::Text(text)) => visit(Node::Text(&text)),
            Ok(Event::CData(text)) => visit(Node::Text(&text)),
            Ok(Event::GeneralRef(name)) => {
                let mut utf8 = [0; 4];
                if let Some(c) = tags::entity(&name) {
                    visit(Node::Text(c.encode_utf8(&mut utf8)));
                }
            }
            Ok(Event::DocType(text)) if text.contains('[') => {
                return Err("its XML defines entities, which are not read".to_owned());
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(format!("broken XML: {error}")),
        }
    }
}

/// The text of some bytes in XML, in the encoding that they declare.
///
/// # Errors
/// When they are no text.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let head = &bytes[..bytes.len().min(200)];
    let declared = head.windows(10).position(|w| w == b"encoding=\"").and_then(|at| {
        let value = &head[at + 10..];
        let end = value.iter().position(|&b| b == b'"')?;
        std::str::from_utf8(&value[..end]).ok()
    });
    encoding::decode(bytes, declared).map(|decoded| decoded.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(xml: &str) -> Result<String, String> {
        let mut out = String::new();
        walk(xml, |node| match node {
            Node::Open(tag) => {
                out.push('<');
                out.push_str(tag.name());
                out.push_str(&tag.attribute("v").unwrap_or_default());
            }
            Node::Close(_) => out.push('>'),
            Node::Text(text) => out.push_str(text),
        })?;
        Ok(out)
    }

    #[test]
    fn elements_and_entities() {
        assert_eq!(
            text_of("<w:a w:v='1 &amp; 2'>AT&amp;T &#8217; <b/><![CDATA[<x>]]></w:a>")
                .unwrap(),
            "<a1 & 2AT&T ’ <b><x>>"
        );
    }

    #[test]
    fn what_is_made_to_do_harm() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(text_of(&deep).unwrap_err(), "its XML nests deeper than 256");
        let lol = "<!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>";
        assert!(text_of(lol).unwrap_err().contains("defines entities"));
        assert!(text_of("<a><b></a>").unwrap_err().starts_with("broken XML"));
    }
}
