//! The colours of the labels, the same in workbooks and pages. Text on them is black or
//! dark grey; each pair of dark colours differs also for readers who confuse red and green.

use crate::label::Label;

/// Behind column names, as `0xRRGGBB`.
#[cfg(feature = "xlsx")]
pub(super) const HEADER: u32 = 0x00e5_e7eb;

/// Behind a label's name, as `0xRRGGBB`. The dark ones are in `page.css`.
#[cfg(feature = "xlsx")]
pub(super) fn light(label: Label) -> u32 {
    match label {
        Label::B2b => 0x00d6_e6f7,
        Label::B2c => 0x00fb_e3cf,
        Label::Shared => 0x00ec_edef,
    }
}
