//! The file of corrections: lines that are only ever added, each with its checksum.
//!
//! The ledger is the one thing that cannot be made again. So a line counts as saved only
//! when file and folder are on the disk; what a crash cut off at the end is dropped with a
//! word; any other damage stops the program and leaves the file as it is. Order does not
//! matter and doubles do no harm, so that two people's ledgers can be put together by git
//! (`merge=union`) or by `cat`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{Anchor, Correction, Judgement};
use crate::label::{Kind, Label, Theme};
use crate::passage::PassageId;
use crate::{Error, Result};

/// The name of a line's form, its first field.
const SCHEMA: &str = "delineate.correction/1";

/// What stands between a line's fields and its checksum, and after it.
const CHECK: &str = r#","check":""#;
const END: &str = "\"}";

/// Hexadecimal digits of a checksum.
const DIGITS: usize = 16;

/// All corrections that were ever made.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    path: PathBuf,
    corrections: Vec<Correction>,
    torn: Option<usize>,
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

    /// Reads a ledger; one that does not exist yet is empty.
    ///
    /// # Errors
    /// [`Error::BadLedger`] when a line is damaged, [`Error::Read`].
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
        Self::of_bytes(path, &bytes)
    }

    /// Writes a correction at the ledger's end, makes the file where it is missing, and
    /// returns only when the disk has it.
    ///
    /// The correction's time is now, or, should the clock have been turned back, just after
    /// the latest in the ledger: what is said last stands.
    ///
    /// # Errors
    /// [`Error::BadLedger`] when a line is damaged: then nothing is written.
    /// [`Error::Write`] when it could not be saved: then the ledger is as it was.
    pub fn append(path: &Path, mut correction: Correction) -> Result<Saved> {
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
        let (ledger, whole) = parse(path, &bytes)?;
        let latest = ledger.corrections.iter().map(|c| c.at).max();
        correction.at = after(OffsetDateTime::now_utc(), latest);
        let line = line(&mut correction).map_err(Error::write(path))?;
        let saved = (|| {
            if whole < bytes.len() {
                file.set_len(whole as u64)?;
            }
            let fresh = bytes[..whole].last().is_none_or(|&b| b == b'\n');
            file.write_all(
                format!("{}{line}\n", if fresh { "" } else { "\n" }).as_bytes(),
            )?;
            file.sync_all()?;
            sync_folder(path)
        })();
        if let Err(source) = saved {
            // Half a line at most is in the way of the next one. If even this fails, the
            // next reader finds it torn.
            let _ = file.set_len(whole as u64);
            return Err(Error::Write { path: path.to_owned(), source });
        }
        Ok(Saved { correction, before: ledger })
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
    ///
    /// # Errors
    /// [`Error::BadLedger`] as for [`read`](Self::read).
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self> {
        parse(path, bytes).map(|(ledger, _)| ledger)
    }

    /// Everything that was ever said, in the order of time.
    pub fn all(&self) -> &[Correction] {
        &self.corrections
    }

    /// The last word on each id, also where it takes a judgement back, in the order of ids.
    pub fn latest(&self) -> impl Iterator<Item = &Correction> {
        let by_id: BTreeMap<_, _> =
            self.corrections.iter().map(|c| (&c.anchor.id, c)).collect();
        by_id.into_values()
    }

    /// Whether two ledgers say the same: 16 hexadecimal digits that do not depend on the
    /// order of lines, nor on doubles. Empty where nothing was ever said.
    pub fn digest(&self) -> String {
        if self.corrections.is_empty() {
            return String::new();
        }
        let mut hasher = blake3::Hasher::new();
        let marks: BTreeSet<_> =
            self.corrections.iter().map(|c| c.mark.as_str()).collect();
        for mark in marks {
            hasher.update(mark.as_bytes());
        }
        hasher.finalize().to_hex()[..DIGITS].to_owned()
    }

    /// With one correction more.
    #[must_use]
    fn with(mut self, correction: Correction) -> Self {
        self.corrections.push(correction);
        self.sort();
        self
    }

    fn sort(&mut self) {
        self.corrections.sort_by(|a, b| a.rank().cmp(&b.rank()));
        self.corrections.dedup();
    }
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
struct Line {
    schema: String,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    id: PassageId,
    article: String,
    title: String,
    section: String,
    text: String,
    before: String,
    after: String,
    /// `null` takes earlier judgements back.
    label: Option<Label>,
    kind: Option<Kind>,
    theme: Option<Theme>,
    note: Option<String>,
}

/// The line of a correction, without the line break, and the correction's mark.
fn line(correction: &mut Correction) -> io::Result<String> {
    let Anchor { id, article, title, section, text, before, after } =
        correction.anchor.clone();
    let judgement = correction.judgement;
    let fields = serde_json::to_string(&Line {
        schema: SCHEMA.to_owned(),
        at: correction.at,
        id,
        article,
        title,
        section,
        text,
        before,
        after,
        label: judgement.map(|j| j.label),
        kind: judgement.and_then(|j| j.kind),
        theme: judgement.and_then(|j| j.theme),
        note: correction.note.clone(),
    })?;
    let body = &fields[..fields.len() - 1];
    correction.mark = checksum(body.as_bytes());
    Ok(format!("{body}{CHECK}{}{END}", correction.mark))
}

fn checksum(body: &[u8]) -> String {
    blake3::hash(body).to_hex()[..DIGITS].to_owned()
}

/// The corrections in a ledger's bytes, and the length of what is whole.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Ledger, usize)> {
    let mut ledger = Ledger { path: path.to_owned(), ..Ledger::default() };
    let mut whole = 0;
    for (line, number) in bytes.split_inclusive(|&b| b == b'\n').zip(1..) {
        let ended = line.ends_with(b"\n");
        let text = line.trim_ascii_end();
        match text.is_empty().then_some(None).map_or_else(|| read(text).map(Some), Ok) {
            Ok(correction) => ledger.corrections.extend(correction),
            // Only what was being written when the machine stopped has no end.
            Err(_) if !ended => {
                ledger.torn = Some(line.len());
                break;
            }
            Err(what) => {
                return Err(Error::BadLedger {
                    path: path.to_owned(),
                    line: number,
                    what,
                });
            }
        }
        whole += line.len();
    }
    ledger.sort();
    Ok((ledger, whole))
}

/// The correction of one line.
fn read(line: &[u8]) -> Result<Correction, String> {
    if [&b"<<<<<<<"[..], b"=======", b">>>>>>>", b"|||||||"]
        .iter()
        .any(|m| line.starts_with(m))
    {
        return Err("is a mark of a merge conflict: take such lines out and keep all others \
                    (the line `corrections.jsonl merge=union` in .gitattributes makes git do so)"
            .to_owned());
    }
    let damaged =
        || "does not agree with its checksum: it was changed or damaged".to_owned();
    let line = std::str::from_utf8(line).map_err(|_| damaged())?;
    let (body, mark) = line
        .strip_suffix(END)
        .and_then(|rest| rest.split_at_checked(rest.len().checked_sub(DIGITS)?))
        .and_then(|(rest, mark)| Some((rest.strip_suffix(CHECK)?, mark)))
        .ok_or_else(damaged)?;
    if checksum(body.as_bytes()) != mark {
        return Err(damaged());
    }
    let line: Line = serde_json::from_str(line).map_err(|error| {
        format!(
            "is of another version of this program ({error}); this one reads {SCHEMA}"
        )
    })?;
    if line.schema != SCHEMA {
        return Err(format!("is {}, and this program reads {SCHEMA}", line.schema));
    }
    let Line { at, id, article, title, section, text, before, after, .. } = line;
    Ok(Correction {
        at,
        anchor: Anchor { id, article, title, section, text, before, after },
        judgement: line.label.map(|label| Judgement {
            label,
            kind: line.kind,
            theme: line.theme,
        }),
        note: line.note,
        mark: mark.to_owned(),
    })
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
        let judgement = label.map(|label| Judgement { label, kind: None, theme: None });
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
                .map(|c| (c.anchor.id.to_string(), c.judgement.map(|j| j.label)))
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
            label: Label::Shared,
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

    #[test]
    fn a_changed_byte_stops_and_leaves_the_file_alone() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        place.add("y", Some(Label::B2c));
        let whole = place.bytes();
        for at in 0..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(place.path(), &bytes).unwrap();
            let error = Ledger::read(&place.path()).unwrap_err();
            assert!(matches!(error, Error::BadLedger { .. }), "byte {at}: {error}");
            Ledger::append(&place.path(), correction("z", None)).unwrap_err();
            assert_eq!(place.bytes(), bytes, "byte {at}");
        }
    }

    #[test]
    fn conflict_marks_and_other_versions_are_named() {
        let place = Place::new();
        place.add("x", Some(Label::B2b));
        let mut bytes = b"<<<<<<< HEAD\n".to_vec();
        bytes.extend(place.bytes());
        fs::write(place.path(), bytes).unwrap();
        let error = Ledger::read(&place.path()).unwrap_err().to_string();
        assert!(error.contains("line 1 is a mark of a merge conflict"), "{error}");

        let body = r#"{"schema":"delineate.correction/9","id":"x""#;
        let line = format!("{body}{CHECK}{}{END}\n", checksum(body.as_bytes()));
        fs::write(place.path(), line).unwrap();
        let error = Ledger::read(&place.path()).unwrap_err().to_string();
        assert!(error.contains("line 1 is of another version"), "{error}");
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
            keys in prop::collection::vec(any::<u32>(), 24),
        ) {
            let place = Place::new();
            for (id, label) in &said {
                place.add(id, Label::ALL.get(*label).copied());
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
        }

        /// No bytes make it panic, and none that were not written by it are believed.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((ledger, whole)) = parse(Path::new("x"), &bytes) {
                prop_assert!(ledger.all().is_empty());
                prop_assert!(whole <= bytes.len());
            }
        }
    }
}
