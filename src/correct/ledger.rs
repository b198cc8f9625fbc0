//! The file of corrections: lines that are only ever added, each with its checksum.
//!
//! Most lines are a person's words on a passage. The others are the program's: where it
//! found the passage of an earlier line again when the text or the place had changed.
//! All lines on one passage are a thread, of which the last word stands.
//!
//! The ledger is the one thing that cannot be made again. So a line counts as saved only
//! when file and folder are on the disk, and what a crash cut off at the end is dropped
//! with a word. A line that is damaged in another way is left where it is and passed over,
//! and whoever reads the ledger is told: it may be a judgement that now does not count.
//! Order does not matter and doubles do no harm, so that two people's ledgers can be put
//! together by git (`merge=union`) or by `cat`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{Anchor, Correction, Judgement};
use crate::label::{Kind, Label, Theme};
use crate::passage::PassageId;
use crate::{Error, Result};

/// The names of the lines' forms, their first field: a person's words,
const SAID: &str = "delineate.correction/1";
/// and where their passage was found again.
const FOUND: &str = "delineate.anchor/1";

/// How every line begins.
const BEGIN: &[u8] = b"{\"schema\":\"delineate.";

/// What stands between a line's fields and its checksum, and after it.
const CHECK: &str = r#","check":""#;
const END: &str = "\"}";

/// Hexadecimal digits of a checksum.
const DIGITS: usize = 16;

/// All corrections that were ever made.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    path: PathBuf,
    said: Vec<Correction>,
    found: Vec<Found>,
    latest: Vec<Correction>,
    bad: Vec<BadLine>,
    torn: Option<usize>,
}

/// Where the passage of a correction was found again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    at: OffsetDateTime,
    /// The mark of the correction.
    of: String,
    anchor: Anchor,
    mark: String,
}

/// A line that cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct BadLine {
    line: usize,
    what: Damage,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Damage {
    /// It is a mark that git leaves where it could not merge.
    Conflict,
    /// No program wrote it, or hardly anything of it is left.
    Foreign,
    /// It does not agree with its checksum.
    Changed,
    /// It is of a form that this program does not read.
    Unknown(String),
}

impl Damage {
    fn error(&self, path: &Path, line: usize) -> Error {
        let (what, help) = match self {
            Self::Conflict => (
                "is a mark of a merge conflict".to_owned(),
                "take such lines out and keep all others; the line `corrections.jsonl \
                 merge=union` in .gitattributes makes git do so"
                    .to_owned(),
            ),
            Self::Foreign => (
                "is no line that this program wrote".to_owned(),
                format!(
                    "it is passed over: take line {line} out, and say what it should by \
                     `delineate correct`"
                ),
            ),
            Self::Changed => (
                "does not agree with its checksum: it was changed or damaged".to_owned(),
                format!(
                    "what it said does not count: bring line {line} back from version \
                     control or a backup, or take it out and correct that passage again"
                ),
            ),
            Self::Unknown(what) => (
                format!("{what}; this program reads {SAID} and {FOUND}"),
                "what it says does not count here: a newer version of the program reads \
                 it"
                .to_owned(),
            ),
        };
        Error::BadLedger { path: path.to_owned(), line, what, help }
    }
}

impl Ledger {
    /// The ledger that belongs to an index: `corrections.jsonl` beside its folder.
    pub fn beside(index: &Path) -> PathBuf {
        const NAME: &str = "corrections.jsonl";
        match (index.file_name(), index.parent()) {
            (Some(_), Some(parent)) => parent.join(NAME),
            // `.` and `..` have no name of their own.
            _ => index.join("..").join(NAME),
        }
    }

    /// Reads a ledger; one that does not exist yet is empty. What is wrong with its lines is
    /// told by [`bad`](Self::bad).
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn read(path: &Path) -> Result<Self> {
        match regular(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), ..Self::default() });
            }
            Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
        }
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|mut file| {
                locked(file.lock_shared())?;
                file.read_to_end(&mut bytes)
            })
            .map_err(Error::read(path))?;
        Ok(parse(path, &bytes).0)
    }

    /// Writes a correction at the ledger's end, makes the file where it is missing, and
    /// returns only when the disk has it.
    ///
    /// The correction's time is now, or, should the clock have been turned back, just after
    /// the latest in the ledger: what is said last stands. It takes the place of what was
    /// said of its passage under the same id.
    ///
    /// # Errors
    /// [`Error::BadLedger`] when no line of the file is one of a ledger: then it is
    /// something else, and nothing is written. [`Error::Write`] when it could not be saved:
    /// then the ledger is as it was.
    pub fn append(path: &Path, mut correction: Correction) -> Result<Saved> {
        let before = add(path, |ledger, now| {
            correction.at = now;
            if correction.replaces.is_none() {
                let earlier = ledger.on(&correction.anchor.id);
                correction.replaces = earlier.map(|c| c.mark.clone());
            }
            Ok(vec![line_of(&mut correction)?])
        })?;
        Ok(Saved { correction, before })
    }

    /// Writes where passages were found again, each with the mark of its correction. While a
    /// line is damaged, nothing is written: somebody may be about to mend the file.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    pub fn append_found(path: &Path, found: &[(String, Anchor)]) -> Result<()> {
        add(path, |ledger, now| {
            if !ledger.bad.is_empty() {
                return Ok(Vec::new());
            }
            let new = found.iter().filter(|(of, anchor)| {
                // Another run may have written it meanwhile.
                !ledger
                    .of_mark(of)
                    .is_some_and(|c| c.is_known_at(&anchor.id, &anchor.text))
            });
            new.map(|(of, anchor)| {
                let fields = FoundLine {
                    schema: FOUND.to_owned(),
                    at: now,
                    of: of.clone(),
                    anchor: anchor.clone(),
                };
                Ok(sealed(&fields)?.0)
            })
            .collect()
        })?;
        Ok(())
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes of a last line were dropped, because a crash had cut it off.
    pub fn torn(&self) -> Option<usize> {
        self.torn
    }

    /// The corrections in bytes that are at hand; `path` is only for messages.
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Self {
        parse(path, bytes).0
    }

    /// Everything that was ever said, in the order of time.
    pub fn all(&self) -> &[Correction] {
        &self.said
    }

    /// How many lines it has, empty and torn ones left out.
    pub fn lines(&self) -> usize {
        self.said.len() + self.found.len() + self.bad.len()
    }

    /// The lines that cannot be trusted, each as an error that names it and the way out.
    pub fn bad(&self) -> impl ExactSizeIterator<Item = Error> {
        self.bad.iter().map(|bad| bad.what.error(&self.path, bad.line))
    }

    /// The last word on each passage, also where it takes a judgement back, with all places
    /// where the passage has been; in the order of ids.
    pub fn latest(&self) -> impl Iterator<Item = &Correction> {
        self.latest.iter()
    }

    /// The judgements in force: [`latest`](Self::latest) without what was taken back.
    pub fn in_force(&self) -> impl Iterator<Item = &Correction> {
        self.latest.iter().filter(|c| c.judgement.is_some())
    }

    /// The last word on the passage that the correction with this mark is about.
    pub fn of_mark(&self, mark: &str) -> Option<&Correction> {
        self.latest.iter().find(|c| c.thread.iter().any(|m| m == mark))
    }

    /// The last word on the passage that has or had this id.
    pub fn on(&self, id: &PassageId) -> Option<&Correction> {
        let has = |c: &&Correction| c.anchors().any(|a| a.id == *id);
        self.latest.iter().filter(has).max_by(|a, b| a.rank().cmp(&b.rank()))
    }

    /// Whether two ledgers say the same: 16 hexadecimal digits that do not depend on the
    /// order of lines, nor on doubles. Empty where nothing was ever said.
    pub fn digest(&self) -> String {
        let said = self.said.iter().map(|c| c.mark.as_str());
        let marks: BTreeSet<_> =
            said.chain(self.found.iter().map(|f| f.mark.as_str())).collect();
        if marks.is_empty() {
            return String::new();
        }
        let mut hasher = blake3::Hasher::new();
        for mark in marks {
            hasher.update(mark.as_bytes());
        }
        hasher.finalize().to_hex()[..DIGITS].to_owned()
    }

    /// With one correction more.
    #[must_use]
    fn with(mut self, correction: Correction) -> Self {
        self.said.push(correction);
        self.settle();
        self
    }

    /// Puts lines in order and finds the last word on each passage.
    fn settle(&mut self) {
        self.said.sort_by(|a, b| a.rank().cmp(&b.rank()));
        self.said.dedup();
        self.found.sort_by(|a, b| (a.at, &a.mark).cmp(&(b.at, &b.mark)));
        self.found.dedup();
        let by_mark: HashMap<&str, usize> =
            self.said.iter().enumerate().map(|(n, c)| (c.mark.as_str(), n)).collect();
        let mut by_id: HashMap<&PassageId, usize> = HashMap::new();
        let mut threads = Threads((0..self.said.len()).collect());
        for (n, correction) in self.said.iter().enumerate() {
            let same_id = by_id.insert(&correction.anchor.id, n);
            let replaced = correction.replaces.as_deref().and_then(|m| by_mark.get(m));
            for earlier in same_id.into_iter().chain(replaced.copied()) {
                threads.join(earlier, n);
            }
        }
        // The members of each thread, the last word at their end.
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for n in 0..self.said.len() {
            members.entry(threads.of(n)).or_default().push(n);
        }
        let mut found: BTreeMap<usize, Vec<&Found>> = BTreeMap::new();
        for place in &self.found {
            // The words whose passage it is may stand in a line that is damaged.
            if let Some(&n) = by_mark.get(place.of.as_str()) {
                found.entry(threads.of(n)).or_default().push(place);
            }
        }
        let mut latest: Vec<_> = members
            .into_iter()
            .filter_map(|(thread, members)| {
                let mut last = self.said[*members.last()?].clone();
                let said =
                    members.iter().map(|&n| (self.said[n].at, &self.said[n].anchor));
                let found = found.get(&thread).into_iter().flatten();
                let mut places: Vec<_> =
                    said.chain(found.map(|f| (f.at, &f.anchor))).collect();
                places.sort_by_key(|(at, anchor)| (*at, &anchor.id));
                for (_, anchor) in places.into_iter().rev() {
                    if !last.is_known_at(&anchor.id, &anchor.text) {
                        last.places.push(anchor.clone());
                    }
                }
                last.thread =
                    members.iter().map(|&n| self.said[n].mark.clone()).collect();
                Some(last)
            })
            .collect();
        latest.sort_by(|a, b| {
            a.anchor.id.cmp(&b.anchor.id).then(a.rank().cmp(&b.rank()))
        });
        self.latest = latest;
    }
}

/// Which lines are about one passage: each line's thread is known by its first.
struct Threads(Vec<usize>);

impl Threads {
    fn of(&self, mut n: usize) -> usize {
        while self.0[n] != n {
            n = self.0[n];
        }
        n
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// Adds lines at a ledger's end and returns only when the disk has them; gives the ledger
/// as it was before. The lines are made when nobody else can write, with the time that they
/// carry: later than all that is there.
fn add(
    path: &Path,
    make: impl FnOnce(&Ledger, OffsetDateTime) -> io::Result<Vec<String>>,
) -> Result<Ledger> {
    if let Err(source) = regular(path)
        && source.kind() != io::ErrorKind::NotFound
    {
        return Err(Error::Write { path: path.to_owned(), source });
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)
        .map_err(Error::write(path))?;
    locked(file.lock()).map_err(Error::write(path))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(Error::read(path))?;
    let (ledger, whole) = parse(path, &bytes);
    if ledger.lines() == ledger.bad.len()
        && let Some(error) = ledger.bad().next()
    {
        return Err(error);
    }
    let times =
        ledger.said.iter().map(|c| c.at).chain(ledger.found.iter().map(|f| f.at));
    let lines = make(&ledger, after(OffsetDateTime::now_utc(), times.max()))
        .map_err(Error::write(path))?;
    if lines.is_empty() {
        return Ok(ledger);
    }
    let saved = (|| {
        if whole < bytes.len() {
            file.set_len(whole as u64)?;
        }
        let fresh = bytes[..whole].last().is_none_or(|&b| b == b'\n');
        let text = format!("{}{}\n", if fresh { "" } else { "\n" }, lines.join("\n"));
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        sync_folder(path)
    })();
    if let Err(source) = saved {
        // Half a line at most is in the way of the next one. If even this fails, the
        // next reader finds it torn.
        let _ = file.set_len(whole as u64);
        return Err(Error::Write { path: path.to_owned(), source });
    }
    Ok(ledger)
}

/// A correction that is on the disk.
#[derive(Clone, Debug)]
pub struct Saved {
    /// It, with its time and mark.
    pub correction: Correction,
    /// The ledger as it was.
    before: Ledger,
}

impl Saved {
    /// The ledger as it was before this correction.
    pub fn before(&self) -> &Ledger {
        &self.before
    }

    /// The ledger as it is now.
    pub fn ledger(&self) -> Ledger {
        self.before.clone().with(self.correction.clone())
    }
}

/// A ledger is a plain file: a folder cannot be one, and reading a pipe would never end.
fn regular(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Some file systems know no locks: then two writers at once are the user's affair.
fn locked(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        other => other,
    }
}

/// Makes the folder remember its files, where the system lets folders be synced.
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Now, but later than the latest.
fn after(now: OffsetDateTime, latest: Option<OffsetDateTime>) -> OffsetDateTime {
    // Whole microseconds: shorter in the file, and enough.
    let now = now.replace_nanosecond(now.microsecond() * 1000).unwrap_or(now);
    match latest {
        Some(latest) if latest >= now => latest.saturating_add(Duration::MICROSECOND),
        _ => now,
    }
}

/// A correction as it stands in the ledger, without its checksum.
#[derive(Serialize, Deserialize)]
struct SaidLine {
    schema: String,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(flatten)]
    anchor: Anchor,
    /// Where nothing is said of label, kind and theme, earlier judgements are taken back.
    label: Option<Label>,
    kind: Option<Kind>,
    theme: Option<Theme>,
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
}

/// Where a passage was found again, as it stands in the ledger, without its checksum.
#[derive(Serialize, Deserialize)]
struct FoundLine {
    schema: String,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    of: String,
    #[serde(flatten)]
    anchor: Anchor,
}

/// The line of a correction, without the line break. The correction gets its mark.
fn line_of(correction: &mut Correction) -> io::Result<String> {
    let judgement = correction.judgement;
    let (line, mark) = sealed(&SaidLine {
        schema: SAID.to_owned(),
        at: correction.at,
        anchor: correction.anchor.clone(),
        label: judgement.and_then(|j| j.label),
        kind: judgement.and_then(|j| j.kind),
        theme: judgement.and_then(|j| j.theme),
        note: correction.note.clone(),
        replaces: correction.replaces.clone(),
    })?;
    correction.mark = mark;
    Ok(line)
}

/// A line with its checksum, and the checksum.
fn sealed(fields: &impl Serialize) -> io::Result<(String, String)> {
    let fields = serde_json::to_string(fields)?;
    let body = &fields[..fields.len() - 1];
    let mark = checksum(body.as_bytes());
    Ok((format!("{body}{CHECK}{mark}{END}"), mark))
}

fn checksum(body: &[u8]) -> String {
    blake3::hash(body).to_hex()[..DIGITS].to_owned()
}

/// The corrections in a ledger's bytes, and the length of what is whole.
fn parse(path: &Path, bytes: &[u8]) -> (Ledger, usize) {
    let mut ledger = Ledger { path: path.to_owned(), ..Ledger::default() };
    let mut whole = 0;
    for (line, number) in bytes.split_inclusive(|&b| b == b'\n').zip(1..) {
        let text = line.trim_ascii_end();
        if !text.is_empty() {
            match read(text) {
                Ok(Line::Said(correction)) => ledger.said.push(*correction),
                Ok(Line::Found(found)) => ledger.found.push(*found),
                // Only what was being written when the machine stopped has no end.
                Err(_) if !line.ends_with(b"\n") && is_torn(text) => {
                    ledger.torn = Some(line.len());
                    break;
                }
                Err(what) => ledger.bad.push(BadLine { line: number, what }),
            }
        }
        whole += line.len();
    }
    ledger.settle();
    (ledger, whole)
}

/// Whether a last line that is no whole one may be what a crash has left of one: its
/// beginning, or zeros, which some file systems leave.
fn is_torn(text: &[u8]) -> bool {
    let begins = text.starts_with(BEGIN) || BEGIN.starts_with(text);
    (begins && !text.ends_with(END.as_bytes())) || text.contains(&0)
}

enum Line {
    Said(Box<Correction>),
    Found(Box<Found>),
}

/// Of which form a line is.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// What one line says.
fn read(line: &[u8]) -> Result<Line, Damage> {
    if [&b"<<<<<<<"[..], b"=======", b">>>>>>>", b"|||||||"]
        .iter()
        .any(|m| line.starts_with(m))
    {
        return Err(Damage::Conflict);
    }
    let damaged = || {
        if line.starts_with(BEGIN) { Damage::Changed } else { Damage::Foreign }
    };
    let text = std::str::from_utf8(line).map_err(|_| damaged())?;
    let (body, mark) = text
        .strip_suffix(END)
        .and_then(|rest| rest.split_at_checked(rest.len().checked_sub(DIGITS)?))
        .and_then(|(rest, mark)| Some((rest.strip_suffix(CHECK)?, mark)))
        .ok_or_else(damaged)?;
    if checksum(body.as_bytes()) != mark {
        return Err(damaged());
    }
    let unknown = |error: serde_json::Error| {
        Damage::Unknown(format!("is of another version of this program ({error})"))
    };
    let Head { schema } = serde_json::from_str(text).map_err(unknown)?;
    let mark = mark.to_owned();
    match &*schema {
        SAID => {
            let SaidLine { at, anchor, label, kind, theme, note, replaces, .. } =
                serde_json::from_str(text).map_err(unknown)?;
            let any = label.is_some() || kind.is_some() || theme.is_some();
            Ok(Line::Said(Box::new(Correction {
                at,
                judgement: any.then_some(Judgement { label, kind, theme }),
                note,
                replaces,
                mark,
                ..Correction::new(anchor, None, None)
            })))
        }
        FOUND => {
            let FoundLine { at, of, anchor, .. } =
                serde_json::from_str(text).map_err(unknown)?;
            Ok(Line::Found(Box::new(Found { at, of, anchor, mark })))
        }
        _ => Err(Damage::Unknown(format!("is {schema:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn correction(id: &str, label: Option<Label>) -> Correction {
        let anchor = Anchor {
            id: id.into(),
            article: "a.md".into(),
            title: "A".into(),
            section: String::new(),
            text: format!("Text \"of\" {id}\nin two lines."),
            before: String::new(),
            after: String::new(),
        };
        let judgement = label.map(|label| Judgement {
            label: Some(label),
            kind: None,
            theme: None,
        });
        Correction::new(anchor, judgement, None)
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }
        fn path(&self) -> PathBuf {
            self.0.path().join("corrections.jsonl")
        }
        fn add(&self, id: &str, label: Option<Label>) {
            Ledger::append(&self.path(), correction(id, label)).unwrap();
        }
        fn bytes(&self) -> Vec<u8> {
            fs::read(self.path()).unwrap()
        }
        fn labels(&self) -> Vec<(String, Option<Label>)> {
            let ledger = Ledger::read(&self.path()).unwrap();
            ledger
                .latest()
                .map(|c| (c.anchor.id.to_string(), c.judgement.and_then(|j| j.label)))
                .collect()
        }
    }

    #[test]
    fn a_ledger_that_does_not_exist_is_empty() {
        let place = Place::new();
        assert_eq!(place.labels(), []);
        assert_eq!(Ledger::read(&place.path()).unwrap().digest(), "");
        assert!(!place.path().exists(), "reading must not make it");
    }

    #[test]
    fn the_last_word_stands() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        place.add("y", Some(Label::B2c));
        place.add("x", Some(Label::Shared));
        place.add("y", None);
        assert_eq!(
            place.labels(),
            [("x".to_owned(), Some(Label::Shared)), ("y".to_owned(), None)]
        );
        assert_eq!(Ledger::read(&place.path()).unwrap().all().len(), 4);
    }

    #[test]
    fn what_was_appended_is_what_is_read() {
        let place = Place::new();
        let mut correction = correction("x", Some(Label::Shared));
        correction.note = Some("because \u{202e} \0 \"check\":\"".into());
        correction.judgement = Some(Judgement {
            label: Some(Label::Shared),
            kind: Some(Kind::Contrast),
            theme: Some(Theme::Pricing),
        });
        let saved = Ledger::append(&place.path(), correction).unwrap();
        let ledger = Ledger::read(&place.path()).unwrap();
        assert_eq!(ledger.all(), std::slice::from_ref(&saved.correction));
        assert_eq!(ledger.digest(), saved.ledger().digest());
        assert_eq!(saved.before().digest(), "");
    }

    #[test]
    fn a_clock_that_was_turned_back_does_not_bring_old_words_back() {
        let early = OffsetDateTime::UNIX_EPOCH;
        let late = early.saturating_add(Duration::days(1));
        assert_eq!(after(late, Some(early)), late);
        assert!(after(early, Some(late)) > late);
        assert!(after(late, Some(late)) > late);
    }

    #[test]
    fn wherever_a_crash_cuts_the_last_line_the_others_stay() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        let one = place.bytes().len();
        place.add("y", Some(Label::B2c));
        let whole = place.bytes();
        for cut in one..whole.len() {
            fs::write(place.path(), &whole[..cut]).unwrap();
            let ledger = Ledger::read(&place.path()).unwrap();
            // Without its line break only, the line still agrees with its checksum.
            let complete = cut == whole.len() - 1;
            assert_eq!(ledger.all().len(), 1 + usize::from(complete), "cut at {cut}");
            assert_eq!(ledger.torn(), (cut > one && !complete).then_some(cut - one));
            place.add("z", Some(Label::Shared));
            let ledger = Ledger::read(&place.path()).unwrap();
            assert_eq!(ledger.all().len(), 2 + usize::from(complete), "cut at {cut}");
            assert_eq!(ledger.torn(), None);
        }
    }

    /// Formerly a damaged line stopped everything. But then one bad line of hundreds took
    /// all people's words out of every command; now only its own does not count, and every
    /// command says so.
    #[test]
    fn a_changed_byte_is_told_of_and_stays_where_it_is() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        let first = place.bytes().len();
        place.add("y", Some(Label::B2c));
        let whole = place.bytes();
        for at in 0..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(place.path(), &bytes).unwrap();
            let ledger = Ledger::read(&place.path()).unwrap();
            assert_eq!((ledger.bad().len(), ledger.torn()), (1, None), "byte {at}");
            let both_in_one = at == first - 1;
            assert_eq!(ledger.all().len(), usize::from(!both_in_one), "byte {at}");
            // Saving waits for the disk.
            if at % 16 > 0 && !both_in_one {
                continue;
            }
            let appended = Ledger::append(&place.path(), correction("z", None));
            // Without one good line it may be any file of the user's.
            assert_eq!(appended.is_err(), both_in_one, "byte {at}");
            assert!(place.bytes().starts_with(&bytes), "byte {at}");
            assert_eq!(
                Ledger::read(&place.path()).unwrap().bad().len(),
                1,
                "byte {at}"
            );
        }
    }

    #[test]
    fn a_last_line_is_only_torn_where_it_is_the_beginning_of_one() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        let whole = place.bytes();
        for (end, torn) in [
            ("{\"sch", true),
            ("{\"schema\":\"delineate.correction/1\",\"at\":\"2", true),
            ("\0\0\0", true),
            (">>>>>>> theirs", false),
            ("written by hand", false),
            ("{\"id\":\"x\",\"label\":\"b2b\"}", false),
        ] {
            let bytes = [&whole, end.as_bytes()].concat();
            fs::write(place.path(), &bytes).unwrap();
            let ledger = Ledger::read(&place.path()).unwrap();
            assert_eq!(ledger.torn().is_some(), torn, "{end:?}");
            assert_eq!(ledger.bad().len(), usize::from(!torn), "{end:?}");
            place.add("y", None);
            assert!(torn || place.bytes().starts_with(&bytes), "{end:?}");
            let ledger = Ledger::read(&place.path()).unwrap();
            assert_eq!(ledger.all().len(), 2, "{end:?}");
            assert_eq!(ledger.bad().len(), usize::from(!torn), "{end:?}");
        }
    }

    #[test]
    fn conflict_marks_and_other_versions_are_named_and_kept() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        let line = place.bytes();
        let body = r#"{"schema":"delineate.correction/9","id":"x""#;
        let newer = format!("{body}{CHECK}{}{END}\n", checksum(body.as_bytes()));
        let conflict =
            [b"<<<<<<< HEAD\n", &*line, b"=======\n", newer.as_bytes()].concat();
        fs::write(place.path(), &conflict).unwrap();
        let ledger = Ledger::read(&place.path()).unwrap();
        assert_eq!(ledger.all().len(), 1);
        let bad: Vec<_> = ledger.bad().map(|e| (e.to_string(), e.help())).collect();
        let name = place.path().display().to_string();
        let says = |n: usize, what: &str| {
            assert!(bad[n].0.starts_with(&format!("{name}, line {what}")), "{bad:?}");
        };
        says(0, "1 is a mark of a merge conflict");
        says(1, "3 is a mark of a merge conflict");
        says(2, "4 is \"delineate.correction/9\"");
        place.add("y", None);
        assert!(place.bytes().starts_with(&conflict));
    }

    /// The anchor of a correction under another name and text.
    fn moved(id: &str, text: &str) -> Anchor {
        Anchor { id: id.into(), text: text.into(), ..correction(id, None).anchor }
    }

    #[test]
    fn a_passage_that_was_found_again_is_known_by_all_its_names() {
        let place = Place::new();
        let said =
            Ledger::append(&place.path(), correction("x", Some(Label::B2b))).unwrap();
        let mark = said.correction.mark.clone();
        let found = [(mark.clone(), moved("y", "Edited."))];
        Ledger::append_found(&place.path(), &found).unwrap();
        let once = place.bytes();
        Ledger::append_found(&place.path(), &found).unwrap();
        assert_eq!(place.bytes(), once, "what is known is not written again");

        let ledger = Ledger::read(&place.path()).unwrap();
        assert_eq!((ledger.all().len(), ledger.lines()), (1, 2));
        let ids =
            |c: &Correction| c.anchors().map(|a| a.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ledger.in_force().map(ids).collect::<Vec<_>>(), [["x", "y"]]);
        assert_eq!(ledger.on(&"y".into()).map(|c| &c.mark), Some(&mark));

        // Said anew under the new name, it takes the place of what was said under the old.
        place.add("y", Some(Label::B2c));
        let ledger = Ledger::read(&place.path()).unwrap();
        assert_eq!(place.labels(), [("y".to_owned(), Some(Label::B2c))]);
        assert_eq!(ledger.in_force().map(ids).collect::<Vec<_>>(), [["y", "y", "x"]]);
        assert_eq!(ledger.of_mark(&mark).map(|c| c.anchor.id.as_str()), Some("y"));
        // And what is taken back under the old name, is taken back.
        place.add("x", None);
        assert_eq!(Ledger::read(&place.path()).unwrap().in_force().count(), 0);
    }

    #[test]
    fn of_two_who_judge_at_once_the_later_stands_wherever_the_passage_is() {
        let (ours, theirs) = (Place::new(), Place::new());
        let first =
            Ledger::append(&ours.path(), correction("x", Some(Label::B2b))).unwrap();
        fs::copy(ours.path(), theirs.path()).unwrap();
        let found = [(first.correction.mark, moved("y", "Edited."))];
        Ledger::append_found(&ours.path(), &found).unwrap();
        ours.add("y", Some(Label::B2c));
        theirs.add("x", Some(Label::Shared));
        let union = [ours.bytes(), theirs.bytes()].concat();
        fs::write(ours.path(), union).unwrap();
        assert_eq!(ours.labels(), [("x".to_owned(), Some(Label::Shared))]);
        let ledger = Ledger::read(&ours.path()).unwrap();
        assert!(ledger.in_force().all(|c| c.anchors().any(|a| a.id.as_str() == "y")));
    }

    #[test]
    fn line_ends_of_windows_and_empty_lines_do_no_harm() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        place.add("y", Some(Label::B2c));
        let text = String::from_utf8(place.bytes()).unwrap().replace('\n', "\r\n\r\n");
        fs::write(place.path(), text).unwrap();
        assert_eq!(place.labels().len(), 2);
    }

    #[test]
    fn a_folder_or_a_device_is_no_ledger() {
        let place = Place::new();
        fs::create_dir(place.path()).unwrap();
        Ledger::read(&place.path()).unwrap_err();
        Ledger::append(&place.path(), correction("x", None)).unwrap_err();
    }

    #[test]
    fn it_lies_beside_the_index() {
        let beside = |index| Ledger::beside(Path::new(index));
        assert_eq!(beside("index"), Path::new("corrections.jsonl"));
        assert_eq!(beside("/a/b/index/"), Path::new("/a/b/corrections.jsonl"));
        assert_eq!(beside("."), Path::new("./../corrections.jsonl"));
    }

    proptest! {
        // Each case waits for the disk several times.
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// What git's union merge may do to two people's ledgers changes nothing.
        #[test]
        fn order_and_doubles_do_not_matter(
            said in prop::collection::vec(("[a-c]", 0..4usize), 0..12),
            keys in prop::collection::vec(any::<u32>(), 48),
        ) {
            let place = Place::new();
            for (id, label) in &said {
                let label = Label::ALL.get(*label).copied();
                let saved = Ledger::append(&place.path(), correction(id, label)).unwrap();
                let found = [(saved.correction.mark, moved(&format!("{id}-later"), "Edited."))];
                Ledger::append_found(&place.path(), &found).unwrap();
            }
            let before = Ledger::read(&place.path()).unwrap();
            let text = fs::read_to_string(place.path()).unwrap_or_default();
            let mut lines: Vec<_> = text.lines().chain(text.lines()).zip(keys).collect();
            lines.sort_by_key(|(_, key)| *key);
            let shuffled: String = lines.iter().flat_map(|(l, _)| [*l, "\n"]).collect();
            fs::write(place.path(), shuffled).unwrap();
            let after = Ledger::read(&place.path()).unwrap();
            prop_assert_eq!(before.digest(), after.digest());
            prop_assert_eq!(before.all(), after.all());
            prop_assert_eq!(
                before.latest().collect::<Vec<_>>(),
                after.latest().collect::<Vec<_>>()
            );
        }

        /// No bytes make it panic, and none that were not written by it are believed.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (ledger, whole) = parse(Path::new("x"), &bytes);
            prop_assert!(ledger.all().is_empty());
            prop_assert!(whole <= bytes.len());
        }
    }
}
