//! One fuzz target: the one that the binary is named after.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    delineate_fuzz::run(env!("CARGO_BIN_NAME"), bytes);
});
