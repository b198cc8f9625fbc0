//! The program as a user meets it: one module for each area, one binary for all.

mod label;
mod util;
