//! Files within a file: what Word, OpenDocument, EPUB and ZIP have in common, with bounds
//! on what they may unpack to.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use ::zip::ZipArchive;
use ::zip::result::ZipError;

use super::Input;

/// An archive with more entries is not opened: each costs memory before anything is read.
const ENTRIES: usize = 100_000;

/// An entry may unpack to so many times its packed size…
const RATIO: u64 = 100;

/// …and to this much whatever its packed size. Text packs to a fifth, and a table of zeros
/// of this length does no harm.
const FREE: u64 = 1 << 20;

/// An archive that is being read.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    input: &'a Input<'a>,
}

impl<'a> Archive<'a> {
    /// Opens the archive that a file is.
    ///
    /// # Errors
    /// What is wrong with it, in words for the user.
    pub(super) fn open(input: &'a Input<'a>) -> Result<Self, String> {
        // The start of each entry of the directory.
        let entries = input.bytes.windows(4).filter(|w| *w == b"PK\x01\x02").count();
        if entries > ENTRIES {
            return Err(format!("holds more than {ENTRIES} files"));
        }
        let mut zip = ZipArchive::new(Cursor::new(input.bytes)).map_err(plain)?;
        let mut packed = 0_u64;
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(plain)?;
            packed = packed.saturating_add(entry.compressed_size());
        }
        if packed > input.bytes.len() as u64 {
            return Err("its entries overlap, as in a ZIP bomb".to_owned());
        }
        Ok(Self { zip, input })
    }

    /// The entries that are files, by index, with their names; sorted by name.
    pub(super) fn files(&mut self) -> Vec<(usize, String)> {
        let mut files: Vec<(usize, String)> = (0..self.zip.len())
            .filter_map(|index| {
                let entry = self.zip.by_index_raw(index).ok()?;
                let file = entry.is_file() && !entry.is_symlink();
                file.then(|| (index, entry.name().unwrap_or_default().into_owned()))
            })
            .collect();
        files.sort_by(|a, b| a.1.cmp(&b.1));
        files
    }

    /// The bytes of the entry with this name; `None` where there is none.
    ///
    /// # Errors
    /// When it is damaged, encrypted, or unpacks to too much.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match self.zip.index_for_name(name) {
            Some(index) => self.read_entry(index).map(Some),
            None => Ok(None),
        }
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub(super) fn read_entry(&mut self, index: usize) -> Result<Vec<u8>, String> {
        let entry = self.zip.by_index(index).map_err(plain)?;
        let by_ratio = entry.compressed_size().saturating_mul(RATIO).max(FREE);
        let left = self.input.unpacked_left.get();
        let most = by_ratio.min(left);
        let mut bytes = Vec::new();
        entry
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|e| format!("damaged: {e}"))?;
        let length = bytes.len() as u64;
        self.input.unpacked_left.set(left.saturating_sub(length));
        if length <= most {
            return Ok(bytes);
        }
        Err(if by_ratio <= left {
            format!("unpacks to more than {RATIO} times its size, as a ZIP bomb does")
        } else {
            let limit = self.input.limits.unpacked_bytes >> 20;
            format!("unpacks to more than {limit} MiB (raise with --max-unpacked-size)")
        })
    }

    /// An entry that is text in XML.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub(super) fn read_xml(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        super::xml::decode(&bytes).map(|text| Some(text.into_owned()))
    }
}

/// Joins a path within an archive to the folder it is relative to.
pub(super) fn resolve(folder: &str, path: &str) -> String {
    let path = path.split(['#', '?']).next().unwrap_or(path);
    let path = percent_decoded(path);
    let mut parts: Vec<&str> = Vec::new();
    let relative = !path.starts_with('/');
    let folder = if relative { folder } else { "" };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path with `%20` and the like decoded.
fn percent_decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn plain(error: ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(what)
            if what.to_lowercase().contains("password") =>
        {
            "encrypted".to_owned()
        }
        ZipError::UnsupportedArchive(what) => format!("not supported: {what}"),
        ZipError::Io(error) => format!("damaged: {error}"),
        ZipError::InvalidArchive(_) => "damaged, or not a ZIP file".to_owned(),
        error => format!("damaged or no such file: {error}").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_within_an_archive() {
        assert_eq!(resolve("OEBPS/text", "../a%20b.xhtml#c"), "OEBPS/a b.xhtml");
        assert_eq!(resolve("", "./a.xhtml"), "a.xhtml");
        assert_eq!(resolve("OEBPS", "/a.xhtml"), "a.xhtml");
        assert_eq!(resolve("a", "../../../etc/passwd"), "etc/passwd");
    }
}
