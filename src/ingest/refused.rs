//! Kinds of document that are not read, and the way out.

use super::{Input, Parts, Reader};

/// `.rtf`.
pub(super) struct Rtf;

impl Reader for Rtf {
    fn format(&self) -> &'static str {
        "rtf"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["rtf"]
    }

    fn read(&self, _: &Input<'_>) -> Result<Parts, String> {
        Err("RTF is not read: convert it to DOCX first".to_owned())
    }
}

/// `.doc`: Word before 2007.
pub(super) struct Doc;

impl Reader for Doc {
    fn format(&self) -> &'static str {
        "doc"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["doc"]
    }

    fn read(&self, _: &Input<'_>) -> Result<Parts, String> {
        Err("old Word documents are not read: save it as DOCX first".to_owned())
    }
}
