//! Labels the passages of product-management articles as B2B, B2C or shared.
//!
//! # The pipeline
//!
//! | stage | module | takes | gives |
//! |---|---|---|---|
//! | 0 | [`ingest::find`] | folders | [`SourceFile`](source::SourceFile) |
//! | 1 | [`ingest`] | [`SourceFile`](source::SourceFile) | [`Article`](article::Article) |
//! | 2 | [`segment`] | [`Article`](article::Article) | [`Passage`](passage::Passage) |
//! | 3 | [`classify`] | [`Passage`](passage::Passage) | [`LabeledPassage`](label::LabeledPassage) |
//! | 3½ | [`correct`] | [`LabeledPassage`](label::LabeledPassage) | the same, as people judged it |
//! | 4 | [`index`] | [`LabeledPassage`](label::LabeledPassage) | [`IndexedPassage`](index::IndexedPassage) |
//! | 5 | [`search`] | [`IndexedPassage`](index::IndexedPassage) | [`SearchHit`](search::SearchHit) |
//! | 6 | [`report`] | [`Record`](record::Record) | rows, tables, pages |

pub mod article;
pub mod classify;
pub mod cli;
pub mod correct;
mod error;
pub mod evaluate;
pub mod guard;
pub mod index;
pub mod ingest;
pub mod label;
pub mod output;
pub mod passage;
pub mod pipeline;
pub mod record;
pub mod report;
pub mod search;
pub mod segment;
pub mod source;
mod span;

pub use error::{Error, Result};
pub use span::Span;
