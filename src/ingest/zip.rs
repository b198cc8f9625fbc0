//! ZIP files of articles, read without unpacking them to the disk.

use super::unpack::Archive;
use super::{Input, Parts, Reader, find, reader_for};
use crate::article::Draft;

/// `.zip`.
pub(super) struct Zip;

/// A ZIP within a ZIP is read, as note-taking apps export them; not one within that.
const NESTED: u8 = 2;

impl Reader for Zip {
    fn format(&self) -> &'static str {
        "zip"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["zip"]
    }

    fn read(&self, input: &Input<'_>) -> Result<Parts, String> {
        if input.depth >= NESTED {
            return Err("a ZIP within a ZIP within a ZIP".to_owned());
        }
        let mut archive = Archive::open(input)?;
        let mut parts = Parts::default();
        let files = archive.files();
        let names: Vec<&str> = files.iter().map(|(_, name)| &**name).collect();
        let mut folders = find::SavedFolders::default();
        for name in &names {
            folders.note(name);
        }
        for (index, name) in &files {
            let hidden = name.split('/').any(|p| p.starts_with('.') || p == "__MACOSX");
            if hidden || folders.hold(name) {
                continue;
            }
            let Some(reader) = reader_for(name) else { continue };
            let read = archive.read_entry(*index).and_then(|bytes| {
                let inner =
                    Input { name, bytes: &bytes, depth: input.depth + 1, ..*input };
                // One article that its reader fails on does not cost the others.
                crate::guard::guarded(|| reader.read(&inner)).unwrap_or_else(|| {
                    Err(format!("the {} reader failed on it", reader.format()))
                })
            });
            match read {
                Ok(inner) => {
                    let within = |part: &str| match part {
                        "" => name.clone(),
                        part => format!("{name}#{part}"),
                    };
                    for draft in inner.drafts {
                        let part = within(draft.part.as_deref().unwrap_or_default());
                        let format = draft.format.or(Some(reader.format()));
                        parts.drafts.push(Draft { part: Some(part), format, ..draft });
                    }
                    let failed = inner.failed.into_iter();
                    parts.failed.extend(failed.map(|(part, why)| (within(&part), why)));
                }
                Err(reason) => parts.failed.push((name.clone(), reason)),
            }
        }
        Ok(parts)
    }
}
