//! `delineate completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, out};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate completions bash > ~/.local/share/bash-completion/completions/delineate
  delineate completions zsh > ~/.zfunc/_delineate
  delineate completions fish > ~/.config/fish/completions/delineate.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        // Into memory first: the generator panics where it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Cli::command(),
            "delineate",
            &mut script,
        );
        out::write_all(&script)?;
        Ok(Exit::Done)
    }
}
