//! The program as a user meets it: one module for each area, one binary for all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod correct;
mod index;
mod ingest;
mod label;
mod search;
mod util;
