//! `delineate man`: the manual, made from the same source as the help.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Command, CommandFactory};

use super::{Cli, Exit, out};
use crate::Error;
use crate::output::OutFile;

/// Print the manual page of the program or of a command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate man | man -l -                     read it
  delineate man search | man -l -              the page of a command
  delineate man --out ~/.local/share/man/man1  all pages, to install")]
pub(super) struct ManArgs {
    /// The page of this command
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl ManArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let pages = pages()?;
        if let Some(folder) = &self.out {
            fs::create_dir_all(folder).map_err(Error::write(folder))?;
            for (name, page) in &pages {
                let path = folder.join(format!("{name}.1"));
                let mut file = OutFile::create(&path)?;
                file.write_all(page).map_err(Error::write(&path))?;
                file.commit()?;
            }
            return Ok(Exit::Done);
        }
        let name = match &self.command {
            Some(command) => format!("delineate-{command}"),
            None => "delineate".to_owned(),
        };
        let Some((_, page)) = pages.iter().find(|(n, _)| *n == name) else {
            bail!("there is no command {:?}", self.command.unwrap_or_default());
        };
        out::write_all(page)?;
        Ok(Exit::Done)
    }
}

/// Every page: the program's own, and `delineate-COMMAND` for each command.
fn pages() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut program = Cli::command();
    program.build();
    let mut pages = vec![("delineate".to_owned(), page(program.clone())?)];
    for command in
        program.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set())
    {
        let name = format!("delineate-{}", command.get_name());
        pages.push((name, page(command.clone())?));
    }
    Ok(pages)
}

fn page(command: Command) -> anyhow::Result<Vec<u8>> {
    let mut command = command.version(env!("CARGO_PKG_VERSION"));
    let usage = command.render_usage().to_string();
    let has_commands = command.has_subcommands();
    // No date: the page changes when the program does.
    let man = clap_mangen::Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    // As in the help: the generated one names twenty flags without their values first.
    writeln!(page, ".SH SYNOPSIS\n{}", synopsis(&usage))?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// A usage line in the manual's form.
fn synopsis(usage: &str) -> String {
    let lines = usage.trim().trim_start_matches("Usage:").trim().lines();
    let lines = lines.map(|line| line.trim().replace('\\', "\\e").replace('-', "\\-"));
    lines.collect::<Vec<_>>().join("\n.br\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_page() {
        let pages = pages().unwrap();
        assert!(pages.iter().any(|(name, _)| name == "delineate-export"));
        for (name, page) in pages {
            let page = String::from_utf8(page).unwrap();
            assert!(page.contains(".SH NAME"), "{name}");
            assert!(!name.contains("__"), "{name} is nobody's to read");
            let synopsis = page.split(".SH SYNOPSIS\n").nth(1).unwrap();
            assert!(synopsis.starts_with("delineate"), "{name}: {synopsis:.60}");
        }
    }
}
