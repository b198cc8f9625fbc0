//! The program as a user meets it: one module for each area, one binary for all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::print_stdout,
    reason = "what was tried and passed over, where asked for"
)]

mod compare;
mod corpus;
mod correct;
#[cfg(target_os = "linux")]
mod crash;
#[cfg(target_os = "linux")]
mod damage;
#[cfg(target_os = "linux")]
mod disk;
mod doctor;
mod documents;
mod export;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(unix)]
mod hostile;
mod index;
mod ingest;
mod kwic;
mod label;
mod manual;
mod replay;
mod review;
mod samples;
mod saved;
mod schema;
mod search;
mod shelf;
mod stats;
#[cfg(target_os = "linux")]
mod streams;
#[cfg(target_os = "linux")]
mod together;
mod train;
mod util;
mod words;
