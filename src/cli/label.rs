//! `delineate label`: labels without an index, JSON lines to standard output.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::out;
use super::{Exit, Global, ReadArgs, interrupt};
use crate::Error;
use crate::article::Article;
use crate::classify::Classifier;
use crate::correct::{Corrections, Ledger};
use crate::ingest::{self, Limits, Reading, Skipped};
use crate::pipeline::{self, LabeledArticle, LabeledFile};
use crate::record::Record;

/// Label articles without an index, as JSON lines in order
///
/// Writes one record a passage (see `docs/schema/passage.json`). Files that cannot be read
/// are named on standard error; the exit status is then 2.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  delineate label notes/ > labelled.jsonl
  cat essay.md | delineate label -
  delineate label --input jsonl - < articles.jsonl")]
pub(super) struct LabelArgs {
    /// Files and folders; `-` reads standard input
    #[arg(value_name = "PATH", default_value = "-")]
    paths: Vec<PathBuf>,
    /// What the input is: files by their endings, or article records, one JSON object a line
    #[arg(long, value_enum, default_value_t = InputForm::Files, value_name = "FORM")]
    input: InputForm,
    /// Also write what was left out (headings, code, boilerplate), with the reason
    #[arg(long)]
    left_out: bool,
    #[command(flatten)]
    read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InputForm {
    Files,
    Jsonl,
}

impl LabelArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        interrupt::listen();
        let job = Job {
            classifier: self.read.classifier(global)?,
            limits: self.read.limits(),
            ledger: global.ledger()?,
            left_out: self.left_out,
        };
        let standard_input = self.paths == [Path::new("-")];
        let mut tally = Tally::default();
        global.in_pool(|| match (self.input, standard_input) {
            (InputForm::Jsonl, true) => {
                // Its own buffer, since waiting for the reader's lock blocks as well.
                let input = io::BufReader::new(io::stdin());
                job.records(input, "standard input", &mut tally)
            }
            (InputForm::Jsonl, false) => self.paths.iter().try_for_each(|path| {
                // Lines are counted by file, and so are ids.
                tally.ids.clear();
                let file = std::fs::File::open(path).map_err(Error::read(path))?;
                let name = path.display().to_string();
                job.records(io::BufReader::new(file), &name, &mut tally)
            }),
            (InputForm::Files, true) => job.standard_input(&mut tally),
            (InputForm::Files, false) => {
                job.files(&self.paths, &global.index, &mut tally)
            }
        })??;
        out::say_warnings(&tally.warnings);
        if tally.again > SHOWN {
            out::say(format!("warning: {} more ids stand twice", tally.again - SHOWN));
        }
        out::say_skipped(&tally.skipped);
        Ok(if !tally.skipped.is_empty() || job.ledger.bad().len() > 0 {
            Exit::Failed
        } else if tally.articles == 0 {
            if !global.quiet {
                out::say("no article found");
            }
            Exit::Nothing
        } else {
            Exit::Done
        })
    }
}

/// What one run needs.
struct Job {
    classifier: Classifier,
    limits: Limits,
    ledger: Ledger,
    left_out: bool,
}

/// What one run did.
#[derive(Default)]
struct Tally {
    articles: usize,
    skipped: Vec<Skipped>,
    warnings: Vec<(String, String)>,
    /// The line in which an id was first met. Ids are kept as hashes, since a stream of
    /// records may be longer than memory.
    ids: HashMap<u64, usize>,
    /// Ids that were met again.
    again: usize,
}

impl Tally {
    /// Notes an id; two records that share one cannot be told apart later.
    fn note(&mut self, id: &str, line: usize) {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        let first = *self.ids.entry(hash).or_insert(line);
        if first == line {
            return;
        }
        self.again += 1;
        if self.again <= SHOWN {
            let text = format!(
                "the id stands in line {first} and in line {line}: their passages have the \
                 same `article`"
            );
            self.warnings.push((id.to_owned(), text));
        }
    }
}

/// Records with an id of others that are named; the rest are counted.
const SHOWN: usize = 5;

/// The lines of some articles, ready to write, and what is to be said of them.
#[derive(Clone, Default)]
struct Lines {
    articles: usize,
    bytes: Vec<u8>,
    /// Articles with what their readers had to guess or give up.
    warnings: Vec<(String, String)>,
    skipped: Option<Skipped>,
    /// Of an article record: its id, and the line that it stands in.
    record: Option<(String, usize)>,
}

impl Lines {
    fn nothing(file: String, reason: String) -> Self {
        Self { skipped: Some(Skipped { file, reason }), ..Self::default() }
    }
}

impl Job {
    fn files(
        &self,
        paths: &[PathBuf],
        index: &Path,
        tally: &mut Tally,
    ) -> crate::Result<()> {
        let found = ingest::find(paths, index)?;
        tally.skipped.extend(found.skipped);
        let batches = pipeline::batches(found.files.iter(), |file| file.size);
        let names: BTreeSet<_> = found.files.iter().map(|f| f.name.as_str()).collect();
        let corrections = Corrections::new(&self.ledger, |name| names.contains(name));
        let make = |file: &&_| {
            let LabeledFile { articles, skipped } = pipeline::label_file(
                file,
                &self.limits,
                &self.classifier,
                &corrections,
            );
            Lines { skipped, ..self.lines(&articles) }
        };
        write_in_order(batches, make, tally)
    }

    /// One article from standard input, taken for what it looks like: HTML or Markdown.
    fn standard_input(&self, tally: &mut Tally) -> crate::Result<()> {
        let place = Path::new("standard input");
        let mut bytes = Vec::new();
        let mut input = io::stdin().take(self.limits.file_bytes + 1);
        interrupt::waiting(|| input.read_to_end(&mut bytes))
            .map_err(Error::read(place))?;
        if bytes.len() as u64 > self.limits.file_bytes {
            let lines = Lines::nothing("standard input".into(), self.too_long());
            return write_in_order([vec![()]], |()| lines.clone(), tally);
        }
        let Reading { articles, skipped } = ingest::read_unnamed(&bytes, &self.limits);
        let label = |a: Article| pipeline::label_article(a, &self.classifier);
        let labeled: Vec<_> = articles.into_iter().map(label).collect();
        let lines = Lines { skipped, ..self.lines(&labeled) };
        write_in_order([vec![()]], |()| lines.clone(), tally)
    }

    /// Article records, a line each.
    fn records(
        &self,
        mut input: impl BufRead,
        name: &str,
        tally: &mut Tally,
    ) -> crate::Result<()> {
        // A record is at home in any stream that holds it.
        let corrections = Corrections::new(&self.ledger, |_| true);
        let mut failed = None;
        let lines = (1..).map_while(|number| {
            let line = read_line(&mut input, self.limits.file_bytes);
            line.map_err(|error| failed = Some(error)).ok()?.map(|line| (number, line))
        });
        let lines = lines.filter(|(_, line)| match line {
            Line::Whole(bytes) => !bytes.trim_ascii().is_empty(),
            Line::TooLong => true,
        });
        let batches = pipeline::batches(lines, |(_, line)| match line {
            Line::Whole(bytes) => bytes.len() as u64,
            Line::TooLong => 0,
        });
        let make = |(number, line): &(usize, Line)| {
            let article = match line {
                Line::Whole(bytes) => ingest::article_of_record(bytes),
                Line::TooLong => Err(self.too_long()),
            };
            let article = match article {
                Ok(article) => article,
                Err(reason) => {
                    return Lines::nothing(format!("{name}, line {number}"), reason);
                }
            };
            let mut labeled = pipeline::label_article(article, &self.classifier);
            corrections.apply(&labeled.article.name, &mut labeled.passages);
            let record = Some((labeled.article.name.clone(), *number));
            Lines { record, ..self.lines(&[labeled]) }
        };
        write_in_order(batches, make, tally)?;
        match failed {
            Some(source) => Err(Error::Read { path: name.into(), source }),
            None => Ok(()),
        }
    }

    fn too_long(&self) -> String {
        let limit = self.limits.file_bytes >> 20;
        format!("larger than {limit} MiB (raise with --max-file-size)")
    }

    fn lines(&self, articles: &[LabeledArticle]) -> Lines {
        let mut lines = Vec::new();
        let mut warnings = Vec::new();
        for labeled in articles {
            let said = labeled.article.warnings.iter();
            warnings.extend(said.map(|w| (labeled.article.name.clone(), w.clone())));
            for passage in &labeled.passages {
                push_line(&mut lines, &Record::from(passage));
            }
            if self.left_out {
                for left_out in &labeled.left_out {
                    let record = serde_json::json!({
                        "schema": "delineate.left-out/1",
                        "article": labeled.article.name,
                        "start": left_out.span.start,
                        "end": left_out.span.end,
                        "text": left_out.span.of(&labeled.article.text),
                        "left_out": left_out.reason,
                    });
                    push_line(&mut lines, &record);
                }
            }
        }
        let (articles, bytes) = (articles.len(), lines);
        Lines { articles, bytes, warnings, skipped: None, record: None }
    }
}

/// A line of input, without more memory than it may have.
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// The next line; one that is too long is read to its end and thrown away.
fn read_line(input: &mut impl BufRead, limit: u64) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let wait = || input.by_ref().take(limit + 1).read_until(b'\n', &mut line);
    if interrupt::waiting(wait)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 <= limit || line.ends_with(b"\n") {
        return Ok(Some(Line::Whole(line)));
    }
    loop {
        let rest = interrupt::waiting(|| input.fill_buf().map(<[u8]>::to_vec))?;
        let end = rest.iter().position(|&b| b == b'\n');
        input.consume(end.map_or(rest.len(), |end| end + 1));
        if end.is_some() || rest.is_empty() {
            return Ok(Some(Line::TooLong));
        }
    }
}

fn push_line(lines: &mut Vec<u8>, value: &impl serde::Serialize) {
    // Writing to memory cannot fail, and every field has a JSON form.
    if serde_json::to_writer(&mut *lines, value).is_ok() {
        lines.push(b'\n');
    }
}

fn write_in_order<I: Sync>(
    batches: impl IntoIterator<Item = Vec<I>>,
    make: impl Fn(&I) -> Lines + Sync,
    tally: &mut Tally,
) -> crate::Result<()> {
    let mut stdout = out::stdout();
    let place = Path::new("standard output");
    pipeline::in_order(batches, make, |lines| {
        interrupt::check()?;
        tally.articles += lines.articles;
        tally.skipped.extend(lines.skipped);
        tally.warnings.extend(lines.warnings);
        if let Some((id, line)) = lines.record {
            tally.note(&id, line);
        }
        stdout.write_all(&lines.bytes).map_err(Error::write(place))
    })?;
    stdout.flush().map_err(Error::write(place))
}
