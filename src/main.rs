//! The `delineate` program. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    delineate::cli::main(std::env::args_os())
}
