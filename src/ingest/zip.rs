//! ZIP files of articles, read without unpacking them to the disk.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::properties::Properties;
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
        let catalogue = catalogue(&mut archive, &files);
        for (index, name) in &files {
            let hidden = name.split('/').any(|p| p.starts_with('.') || p == "__MACOSX");
            if hidden || folders.hold(name) {
                continue;
            }
            let Some(reader) = reader_for(name) else { continue };
            let slug = slug(name);
            let listed = slug.and_then(|(_, slug)| catalogue.get(slug));
            // The words are in the page as well.
            if listed.is_some()
                && slug.is_some_and(|(folder, _)| folder == "highlights")
            {
                continue;
            }
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
                    for mut draft in inner.drafts {
                        if let Some(listed) = listed {
                            let own = std::mem::take(&mut draft.about);
                            draft.about = listed.about.clone().or(own);
                            draft.title = listed.title.clone().or(draft.title);
                        }
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

/// What the lists in an archive say of its pages, by their names: Omnivore exports titles,
/// authors and addresses in files of their own, `metadata_0_to_20.json`, beside
/// `content/NAME.html` and `highlights/NAME.md`.
fn catalogue(
    archive: &mut Archive<'_>,
    files: &[(usize, String)],
) -> BTreeMap<String, Draft> {
    let mut found = BTreeMap::new();
    let lists = files.iter().filter(|(_, name)| {
        let list = slug(name).map_or(&**name, |(_, stem)| stem);
        list.starts_with("metadata_")
            && reader_for(name).is_some_and(|reader| reader.format() == "json")
    });
    for (index, _) in lists {
        // A list that is broken costs only the titles in it.
        let Ok(bytes) = archive.read_entry(*index) else { continue };
        let Ok(records) = serde_json::from_slice::<Vec<Map<String, Value>>>(&bytes)
        else {
            continue;
        };
        for record in records {
            let Some(slug) = record.get("slug").and_then(Value::as_str) else {
                continue;
            };
            let mut properties = Properties::default();
            for (key, value) in &record {
                properties.take(key, value);
            }
            let mut draft = Draft::default();
            properties.give(&mut draft);
            found.insert(slug.to_owned(), draft);
        }
    }
    found
}

/// The last folder and the name, without its ending, of a file in an archive.
fn slug(name: &str) -> Option<(&str, &str)> {
    let (folder, base) = name.rsplit_once('/')?;
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    Some((folder.rsplit('/').next().unwrap_or(folder), stem))
}
