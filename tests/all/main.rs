//! The program as a user meets it: one module for each area, one binary for all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod compare;
mod correct;
mod documents;
mod export;
mod index;
mod ingest;
mod kwic;
mod label;
mod manual;
mod schema;
mod search;
mod shelf;
mod stats;
mod util;
mod words;
