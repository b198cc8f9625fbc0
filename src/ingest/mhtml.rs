//! Whole pages in one file, as browsers save them: MHTML.

use mail_parser::{MessagePart, MimeHeaders, PartType};

use super::{Input, Parts, Reader, html, mail, properties};
use crate::article::Draft;

/// `.mhtml` and `.mht`.
pub(super) struct Mhtml;

impl Reader for Mhtml {
    fn format(&self) -> &'static str {
        "mhtml"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["mhtml", "mht"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        let message = mail::parse(input.bytes)
            .map_err(|_| "not MHTML: it has no header".to_owned())?;
        let pages =
            || message.parts.iter().filter(|p| matches!(p.body, PartType::Html(_)));
        let address = mail::header_text(&message, "Snapshot-Content-Location");
        // Frames are pages too; the saved page has the address of the whole, or is first.
        let has_address = |part: &&MessagePart<'_>| {
            address.is_some() && part.content_location() == address
        };
        let page = pages().find(has_address).or_else(|| pages().next());
        let page = page.ok_or("the file holds no page")?;
        let mut draft = Draft::default();
        let text = mail::decode(&message, page, &mut draft)?;
        let url = address.or(page.content_location());
        draft.about.url = url.filter(|u| properties::is_address(u)).map(str::to_owned);
        html::push_page(&mut draft, &text);
        draft.title = draft.title.or_else(|| message.subject().map(str::to_owned));
        draft.about.date = draft.about.date.or_else(|| mail::day(&message));
        properties::settle_title(&mut draft, input.name);
        Ok(draft.into())
    }
}
