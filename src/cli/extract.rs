//! `delineate __extract`: the process in which a PDF is read, started by the program itself.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use super::Exit;
use crate::ingest::pdf;

/// Read a PDF from standard input within bounds (for the program's own use)
#[derive(Debug, Args)]
pub(super) struct ExtractArgs {
    /// Processor time, in seconds
    seconds: u64,
    /// Memory, in bytes
    memory: u64,
    /// A program to become, in place of the built-in reader
    #[arg(last = true)]
    program: Vec<OsString>,
}

impl ExtractArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        pdf::confine(self.seconds, self.memory);
        if let Some((program, args)) = self.program.split_first() {
            let mut command = Command::new(program);
            command.args(args);
            return become_program(&mut command);
        }
        #[cfg(feature = "pdf")]
        pdf::work(std::io::stdin().lock(), std::io::BufWriter::new(std::io::stdout()))?;
        Ok(Exit::Done)
    }
}

/// Puts a program in this one's place, under the same bounds.
#[cfg(unix)]
fn become_program(command: &mut Command) -> anyhow::Result<Exit> {
    use std::os::unix::process::CommandExt;

    Err(command.exec().into())
}

/// Runs a program where one cannot take another's place.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> anyhow::Result<Exit> {
    Ok(if command.status()?.success() { Exit::Done } else { Exit::Failed })
}
