//! The targets that the ordinary tests replay, for the fuzzer.

#![allow(clippy::unwrap_used, reason = "a target that cannot go on fails")]

#[path = "../tests/all/replay/targets.rs"]
mod targets;

/// Gives bytes to the target of this name.
///
/// # Panics
/// When the target fails, or there is none of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = targets::TARGETS
        .iter()
        .find(|(target, _)| *target == name)
        .expect("every binary of this crate is named after a target");
    target(bytes);
}
