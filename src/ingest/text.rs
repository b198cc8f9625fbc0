//! Plain text: paragraphs stand between blank lines.

use super::{Input, Reader, encoding};
use crate::article::{BlockKind, Draft};

/// `.txt` and its like.
pub(super) struct Text;

impl Reader for Text {
    fn format(&self) -> &'static str {
        "text"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Vec<Draft>, String> {
        let decoded = encoding::decode(input.bytes)?;
        let mut draft = Draft { encoding: decoded.encoding, ..Draft::default() };
        draft.warnings.extend(decoded.warning);
        push_paragraphs(&mut draft, &decoded.text);
        Ok(vec![draft])
    }
}

/// Appends a text's paragraphs.
pub(super) fn push_paragraphs(draft: &mut Draft, text: &str) {
    for paragraph in text.split("\n\n") {
        draft.push(BlockKind::Paragraph, paragraph);
    }
}
