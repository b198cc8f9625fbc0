//! How fresh an index is, and what was decided about one file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ignore::gitignore::GitignoreBuilder;

use super::folder;
use super::plan::{self, Prepared};
use super::update::{Contents, Update};
use crate::ingest::{self, Skipped};
use crate::{Error, Result};

/// How an index stands to its folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Where the articles are.
    pub roots: Vec<PathBuf>,
    /// When the index was last written.
    pub written: Option<SystemTime>,
    /// Bytes that it takes.
    pub bytes: u64,
    /// The model that made its labels.
    pub model: String,
    /// What it holds.
    pub contents: Contents,
    /// Files that it does not know yet.
    pub new: Vec<String>,
    /// Files that have changed, or whose corrections have.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub gone: Vec<String>,
    /// Files as it knows them.
    pub unchanged: usize,
    /// Files that gave no article, and why.
    pub skipped: Vec<Skipped>,
    /// Files of unsupported kinds, by ending.
    pub unsupported: BTreeMap<String, usize>,
    /// Why all files have to be read again.
    pub outdated: Option<String>,
}

impl Status {
    /// Whether the index shows the folder as it is.
    pub fn is_fresh(&self) -> bool {
        self.outdated.is_none()
            && self.new.is_empty()
            && self.changed.is_empty()
            && self.gone.is_empty()
    }
}

/// Compares an index with its folder and changes nothing. Reads a file only where its time
/// cannot tell whether it has changed.
///
/// # Errors
/// [`Error::NoIndex`] when there is none, [`Error::BadIndex`] when it is damaged,
/// [`Error::NoSuchPath`] when its folder is gone.
pub fn status(job: &Update<'_>) -> Result<Status> {
    let Prepared { known, rebuilt, roots, plan, .. } = plan::prepare(job)?;
    let known = known.ok_or_else(|| Error::NoIndex(job.dir.to_owned()))?;
    let generation = job.dir.join(&known.generation);
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    let mut unchanged = plan.keep.len();
    for task in plan.read {
        match (&task.old, &rebuilt) {
            (None, None) => new.push(task.file.name),
            // Its time is so close to the last run that it cannot tell.
            (Some(_), None) if !task.again && task.is_same() => unchanged += 1,
            _ => changed.push(task.file.name),
        }
    }
    let mut skipped = plan.skipped;
    skipped.extend(plan::skipped(&known.state));
    Ok(Status {
        roots,
        written: fs::metadata(generation.join(folder::META))
            .and_then(|m| m.modified())
            .ok(),
        bytes: size_of(&generation),
        contents: Contents::of(&known.state),
        model: known.state.model,
        new,
        changed,
        gone: plan.gone.iter().map(|f| f.name.clone()).collect(),
        unchanged,
        skipped,
        unsupported: plan.unsupported,
        outdated: rebuilt,
    })
}

fn size_of(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|e| e.metadata().ok()).map(|m| m.len()).sum()
}

/// What was decided about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It lies in none of the folders that the index follows.
    Outside(Vec<PathBuf>),
    /// A rule leaves it out: the file of rules and the rule.
    Ignored(PathBuf, String),
    /// A part of its path is hidden.
    Hidden(String),
    /// A link, a folder, a device: no plain file.
    NoFile,
    /// No reader reads files with this ending.
    Unsupported(String),
    /// The folder's walk leaves it out for another reason.
    LeftOut,
    /// It was read but gave no article.
    Skipped(String),
    /// The index does not know it yet.
    New {
        /// The reader's format.
        format: String,
    },
    /// It is in the index.
    Indexed {
        /// Its articles, each with the number of its passages.
        articles: Vec<(String, u32)>,
        /// Format and reader.
        reader: String,
        /// Whether it has changed since.
        stale: bool,
        /// Of which articles these are near copies.
        copy_of: Vec<String>,
    },
}

/// Tells which rule or reader decided on a file.
///
/// # Errors
/// As [`status`], and [`Error::NoSuchPath`] when there is no such file.
pub fn why(job: &Update<'_>, file: &Path) -> Result<Why> {
    let meta =
        fs::symlink_metadata(file).map_err(|_| Error::NoSuchPath(file.to_owned()))?;
    let path = fs::canonicalize(file).map_err(Error::read(file))?;
    let Prepared { known, roots, plan, .. } = plan::prepare(job)?;
    let same = |other: &Path| fs::canonicalize(other).is_ok_and(|o| o == path);
    let state = known.as_ref().map(|k| &k.state);
    let task = plan.read.iter().find(|t| same(&t.file.path));
    let indexed = state.and_then(|s| s.files.iter().find(|f| same(&f.path)));
    if let Some(file) = indexed {
        if let Some(reason) = &file.skipped {
            return Ok(Why::Skipped(reason.clone()));
        }
        let articles = || file.articles.iter().map(|a| &a.article);
        let from = articles().next().map(|a| &a.provenance);
        return Ok(Why::Indexed {
            articles: articles()
                .map(|a| (a.name.clone(), a.counts.passages()))
                .collect(),
            reader: from.map_or_else(String::new, |f| {
                [&*f.format, &f.reader, &f.encoding]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            }),
            stale: task.is_some(),
            copy_of: articles().filter_map(|a| a.copy_of.clone()).collect(),
        });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if task.is_some() {
        let format = ingest::reader_for(&name).map_or("", ingest::Reader::format);
        return Ok(Why::New { format: format.to_owned() });
    }
    let below = roots.iter().find_map(|root| {
        path.strip_prefix(fs::canonicalize(root).ok()?).ok().map(Path::to_owned)
    });
    let Some(below) = below else { return Ok(Why::Outside(roots)) };
    if !meta.is_file() {
        return Ok(Why::NoFile);
    }
    let mut parts = below.components().map(|c| c.as_os_str().to_string_lossy());
    if let Some(hidden) = parts.find(|part| part.starts_with('.')) {
        return Ok(Why::Hidden(hidden.into_owned()));
    }
    if let Some((rules, rule)) = rule_for(&path) {
        return Ok(Why::Ignored(rules, rule));
    }
    if ingest::reader_for(&name).is_none() {
        let ending = path.extension().map(|e| e.to_string_lossy().into_owned());
        return Ok(Why::Unsupported(ending.unwrap_or_default()));
    }
    Ok(Why::LeftOut)
}

/// Files of rules, the strongest first.
const RULES: [&str; 3] = [".delineateignore", ".ignore", ".gitignore"];

/// The rule that leaves a file out: of the nearest folder first, and there of the file of
/// rules that is asked first.
fn rule_for(path: &Path) -> Option<(PathBuf, String)> {
    for dir in path.ancestors().skip(1) {
        for name in RULES {
            let rules = dir.join(name);
            let mut builder = GitignoreBuilder::new(dir);
            if !rules.is_file() || builder.add(&rules).is_some() {
                continue;
            }
            let matched = builder.build().ok()?;
            match matched.matched_path_or_any_parents(path, false) {
                ignore::Match::Ignore(glob) => {
                    return Some((rules, glob.original().to_owned()));
                }
                ignore::Match::Whitelist(_) => return None,
                ignore::Match::None => {}
            }
        }
    }
    None
}
