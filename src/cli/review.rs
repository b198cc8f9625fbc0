//! `delineate review`: the labels that are least certain, one after the other, for a person
//! to judge.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

use clap::Args;

use super::correct::{anchor, said, take_up};
use super::filter::FilterArgs;
use super::out::{self, clean, count};
use super::page::{Page, Paging};
use super::show::spans_of_evidence;
use super::{Exit, Global};
use crate::correct::{Correction, Judgement, Ledger};
use crate::index::{Filter, Index, IndexedPassage};
use crate::label::{DecidedBy, Kind, Label, Theme};

/// Judge the labels that are least certain, one after the other
///
/// Shows each passage with its neighbours and asks what it is. Every answer is saved before
/// the next passage is shown, as by `delineate correct`. Answers are lines on standard input.
#[derive(Debug, Args)]
#[command(after_help = "\
Answers:
  b, c, s, x      B2B, B2C, shared, shared that holds the two against each other
  b pricing       the label and the theme
  y               it is as it says
  (empty line)    pass over it
  u               take the last answer back, and ask again
  q               stop

Examples:
  delineate review                       the twenty least certain labels
  delineate review --theme pricing -n 5
  delineate review --label shared --article 'interviews/*'")]
pub(super) struct ReviewArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// At most so many passages
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Show so many passages before and after each
    #[arg(short = 'C', long, value_name = "N", default_value_t = 1)]
    context: usize,
}

impl ReviewArgs {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<Exit> {
        let index = Index::open(&global.index)?;
        global.ledger()?;
        let queue = least_certain(&index, &self.filter.filter(), self.limit)?;
        if queue.is_empty() {
            out::say("nothing to review");
            return Ok(Exit::Nothing);
        }
        let mut session = Session {
            global,
            index: &index,
            touched: BTreeSet::new(),
            answers: Vec::new(),
        };
        let asked = session.ask_all(&queue, self.context);
        // What was saved is taken up however the asking ended.
        let outcome = session.close()?;
        asked?;
        Ok(outcome)
    }
}

/// The passages that the model labelled, least certain first; equals by article and passage.
fn least_certain(
    index: &Index,
    filter: &Filter,
    most: usize,
) -> crate::Result<Vec<IndexedPassage>> {
    let model = Filter { decided_by: Some(DecidedBy::Model), ..filter.clone() };
    let mut queue = Vec::new();
    for record in index.records(&model)? {
        let record = record?;
        if let Some(confidence) = record.confidence {
            queue.push((confidence, record.id));
        }
    }
    queue.sort_by(|a, b| a.0.total_cmp(&b.0));
    queue.truncate(most);
    queue.iter().map(|(_, id)| index.find(id.as_str())).collect()
}

/// What a person may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Is(Judgement),
    AsItSays,
    Pass,
    Undo,
    Stop,
}

impl Answer {
    /// What a line says, or why it says nothing.
    fn read(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { return Ok(Self::Pass) };
        let (label, kind) = match &*first.to_ascii_lowercase() {
            "b" | "b2b" => (Label::B2b, None),
            "c" | "b2c" => (Label::B2c, None),
            "s" | "shared" => (Label::Shared, None),
            "x" | "contrast" => (Label::Shared, Some(Kind::Contrast)),
            "y" | "yes" => return Ok(Self::AsItSays),
            "u" | "undo" => return Ok(Self::Undo),
            "q" | "quit" => return Ok(Self::Stop),
            other => return Err(format!("`{other}` is no answer")),
        };
        let theme = match words.next() {
            None => None,
            Some(word) => Some(word.parse::<Theme>().map_err(|e| e.to_string())?),
        };
        match words.next() {
            None => Ok(Self::Is(Judgement { label: Some(label), kind, theme })),
            Some(word) => Err(format!("`{word}` is too much")),
        }
    }
}

/// One answer that is on the disk.
struct Saved {
    /// The place of its passage in the queue.
    at: usize,
    changed: bool,
}

struct Session<'a> {
    global: &'a Global,
    index: &'a Index,
    /// Articles of which something was said.
    touched: BTreeSet<String>,
    answers: Vec<Saved>,
}

impl Session<'_> {
    fn ask_all(
        &mut self,
        queue: &[IndexedPassage],
        context: usize,
    ) -> anyhow::Result<()> {
        let mut lines = io::stdin().lock().lines();
        let mut at = 0;
        while let Some(passage) = queue.get(at) {
            self.show(passage, context, at + 1, queue.len())?;
            let answer = loop {
                out::say(
                    "b = B2B, c = B2C, s = shared, x = shared/contrast, y = as it says, \
                     empty = pass over, u = undo, q = quit?",
                );
                let Some(line) = lines.next() else {
                    return Ok(());
                };
                match Answer::read(&line?) {
                    Ok(answer) => break answer,
                    Err(why) => out::say(format!("{}; the answers are:", clean(&why))),
                }
            };
            match answer {
                Answer::Stop => return Ok(()),
                Answer::Pass => at += 1,
                Answer::Undo => match self.answers.pop() {
                    Some(last) => {
                        self.save(&queue[last.at], None)?;
                        at = last.at;
                    }
                    None => out::say("no answer to take back"),
                },
                Answer::Is(judgement) => {
                    self.answer(passage, at, judgement)?;
                    at += 1;
                }
                Answer::AsItSays => {
                    let record = &passage.record;
                    let Some(label) = record.label else { continue };
                    let theme = record.theme;
                    let kind = record.kind;
                    let judgement = Judgement { label: Some(label), kind, theme };
                    self.answer(passage, at, judgement)?;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    fn answer(
        &mut self,
        passage: &IndexedPassage,
        at: usize,
        judgement: Judgement,
    ) -> anyhow::Result<()> {
        self.save(passage, Some(judgement))?;
        let changed = judgement.label != passage.record.label;
        self.answers.push(Saved { at, changed });
        Ok(())
    }

    fn show(
        &self,
        passage: &IndexedPassage,
        context: usize,
        nth: usize,
        all: usize,
    ) -> anyhow::Result<()> {
        let record = &passage.record;
        let mut page = Page::new();
        page.line(&format!("\n{nth} of {all}"));
        let article = self.index.article_of(passage)?;
        page.passage_head(record, Some(&article.path));
        page.put("\n");
        let (before, after) = self.index.neighbours(passage, context)?;
        page.in_its_place(&before, record, &spans_of_evidence(record), &after);
        if let Some(p) = record.probabilities {
            page.line(&format!(
                "  B2B {:.2}, B2C {:.2}, SHARED {:.2}",
                p.b2b, p.b2c, p.shared
            ));
        }
        Ok(page.print(Paging::Never)?)
    }

    fn save(
        &mut self,
        passage: &IndexedPassage,
        judgement: Option<Judgement>,
    ) -> anyhow::Result<()> {
        let anchor = anchor(self.index, passage)?;
        self.touched.insert(anchor.article.clone());
        let correction = Correction::new(anchor, judgement, None);
        let saved = Ledger::append(&self.global.ledger_path(), correction)?;
        if !self.global.quiet {
            out::say(said(&saved.correction, Some(&passage.record)));
        }
        Ok(())
    }

    /// Brings the answers into the index, and says what became of them.
    fn close(self) -> anyhow::Result<Exit> {
        let ledger = self.global.ledger()?;
        let mut later = BTreeSet::new();
        for article in &self.touched {
            later.extend(take_up(self.global, article, &ledger)?);
        }
        if self.global.quiet {
            return Ok(Exit::Done);
        }
        let changed = self.answers.iter().filter(|a| a.changed).count();
        out::say(format!(
            "{} saved: {changed} changed a label, {} confirmed one",
            count(self.answers.len(), "answer"),
            self.answers.len() - changed,
        ));
        for why in later {
            out::say(format!(
                "note: the index shows some after the next `delineate index`: {}",
                clean(&why)
            ));
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(line: &str, label: Label, kind: Option<Kind>, theme: Option<Theme>) {
        assert_eq!(
            Answer::read(line),
            Ok(Answer::Is(Judgement { label: Some(label), kind, theme }))
        );
    }

    #[test]
    fn answers_are_letters_or_words() {
        is("b", Label::B2b, None, None);
        is(" B2C \n", Label::B2c, None, None);
        is("s support", Label::Shared, None, Some(Theme::Support));
        is("x", Label::Shared, Some(Kind::Contrast), None);
        assert_eq!(Answer::read("y"), Ok(Answer::AsItSays));
        assert_eq!(Answer::read("  "), Ok(Answer::Pass));
        assert_eq!(Answer::read("q"), Ok(Answer::Stop));
        assert_eq!(Answer::read("u"), Ok(Answer::Undo));
    }

    #[test]
    fn what_is_no_answer_is_told() {
        assert_eq!(Answer::read("maybe"), Err("`maybe` is no answer".to_owned()));
        assert!(Answer::read("b prices").is_err());
        assert_eq!(Answer::read("b pricing 7"), Err("`7` is too much".to_owned()));
    }
}
