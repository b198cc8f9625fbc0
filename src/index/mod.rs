//! Stage 4: labelled passages kept where they can be found again.
//!
//! [`Index::open`] reads, [`update()`] brings an index up to date with its folder and is the
//! only one that changes anything. The index is disposable: everything in it can be made
//! again from the articles and the corrections.
//!
//! ```no_run
//! # fn main() -> delineate::Result<()> {
//! use delineate::index::{Filter, Index};
//! use delineate::label::Label;
//!
//! let index = Index::open("index".as_ref())?;
//! let filter = Filter { labels: vec![Label::B2b], ..Filter::default() };
//! for record in index.records(&filter)? {
//!     println!("{}", record?.text);
//! }
//! # Ok(())
//! # }
//! ```

mod codec;
mod copies;
mod filter;
mod folder;
mod follow;
mod guard;
mod plan;
mod read;
mod schema;
mod state;
mod status;
mod term;
mod update;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use filter::Filter;
pub use follow::{Standing, anchor, follow, standings};
pub use plan::glance;
pub use read::Index;
pub use status::{Status, Why, status, why};
pub use update::{Contents, Progress, Taken, Update, Updated, take_up, update};

pub(crate) use filter::{Passing, first_day, glob};
pub(crate) use read::{Address, Segment};
pub(crate) use schema::{Facts, SECTION, TEXT};
pub(crate) use term::{Stems, spellings, term, terms};

use crate::article::{About, Provenance};
use crate::record::Record;
use crate::segment::LeftOutReason;

/// A passage as it comes out of the index: its record, and where it lies there.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedPassage {
    /// What is known of it.
    pub record: Record,
    /// Where it lies.
    pub(crate) address: Address,
}

/// What the index knows of an article beside its passages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexedArticle {
    /// Its name in every record.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Where its file was when it was read.
    pub path: PathBuf,
    /// What it says of itself.
    pub about: About,
    /// How it was read.
    pub provenance: Provenance,
    /// How many passages of each label it has.
    pub counts: Counts,
    /// Bytes of its passages' text.
    pub bytes: u64,
    /// Bytes of its passages' section paths.
    pub section_bytes: u64,
    /// How many stretches were left out, by reason.
    pub left_out: BTreeMap<LeftOutReason, u32>,
    /// What the reader had to guess or give up.
    pub warnings: Vec<String>,
    /// The names of its near copies, where it is the one that counts.
    pub copies: Vec<String>,
    /// The article of which it is a near copy, and which counts in its place.
    pub copy_of: Option<String>,
}

/// Passages by label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// B2B passages.
    pub b2b: u32,
    /// B2C passages.
    pub b2c: u32,
    /// Shared passages.
    pub shared: u32,
    /// Passages without a label.
    pub unlabelled: u32,
}

impl Counts {
    /// All passages.
    pub fn passages(&self) -> u32 {
        self.b2b + self.b2c + self.shared + self.unlabelled
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.b2b += other.b2b;
        self.b2c += other.b2c;
        self.shared += other.shared;
        self.unlabelled += other.unlabelled;
    }
}
