//! Which articles to read, and how: the flags of every command that reads articles.

use clap::{Args, ValueEnum};

use super::Global;
use crate::classify::{Classifier, Languages};
use crate::ingest::pdf::PdfEngine;
use crate::ingest::{Choices, Limits};

/// Which articles to read, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct ReadArgs {
    /// Label articles in this language only; `any` labels all
    #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANG")]
    language: Language,
    /// Skip files above this size, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, help_heading = LIMITS)]
    max_file_size: u64,
    /// Skip articles with more text, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 32, help_heading = LIMITS)]
    max_text_size: usize,
    /// Skip archives that unpack to more, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, help_heading = LIMITS)]
    max_unpacked_size: u64,
    /// Give up on a PDF after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20, help_heading = LIMITS)]
    max_seconds: u64,
    /// Give up on a PDF that needs more memory, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024, help_heading = LIMITS)]
    max_memory: u64,
    /// What reads a PDF; auto takes pdftotext where it is installed
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Auto)]
    pdf_engine: Engine,
    /// Read each chapter of a book as an article
    #[arg(long)]
    split_chapters: bool,
}

const LIMITS: &str = "Limits";

impl ReadArgs {
    /// What reading may cost, and how it is done.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            file_bytes: self.max_file_size << 20,
            text_bytes: self.max_text_size << 20,
            unpacked_bytes: self.max_unpacked_size << 20,
            seconds: self.max_seconds,
            memory_bytes: self.max_memory << 20,
            worker: std::env::current_exe().ok(),
            choices: Choices {
                pdf_engine: match self.pdf_engine {
                    Engine::Auto => PdfEngine::Auto,
                    Engine::Builtin => PdfEngine::Builtin,
                    Engine::Pdftotext => PdfEngine::Pdftotext,
                },
                split_chapters: self.split_chapters,
            },
        }
    }

    /// The model, for the languages that are asked for.
    pub(super) fn classifier(&self, global: &Global) -> crate::Result<Classifier> {
        global.classifier(match self.language {
            Language::En => Languages::English,
            Language::Any => Languages::Any,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    Auto,
    Builtin,
    Pdftotext,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    En,
    Any,
}
