//! Words by UAX #29, as the index, the classifier and the reports all see them.

use unicode_segmentation::{UnicodeSegmentation, UnicodeWordIndices};

/// The words of a text with their byte offsets: the same as
/// [`unicode_word_indices`](UnicodeSegmentation::unicode_word_indices), faster on text in
/// which a curly quote or an accent stands here and there.
///
/// The library has a fast path for a string that is ASCII throughout. So the text is cut at
/// spaces into stretches that are ASCII throughout and others; words never span a space.
///
/// ```
/// let found: Vec<_> = delineate::segment::words("The buyer’s café, 2.5 km").collect();
/// assert_eq!(found, [(0, "The"), (4, "buyer’s"), (14, "café"), (21, "2.5"), (25, "km")]);
/// ```
pub fn words(text: &str) -> Words<'_> {
    Words { rest: text, offset: 0, stretch_offset: 0, stretch: None }
}

/// The iterator of [`words`].
#[derive(Debug)]
pub struct Words<'a> {
    /// What has not been cut into stretches yet.
    rest: &'a str,
    /// Where `rest` begins in the text.
    offset: usize,
    stretch_offset: usize,
    stretch: Option<UnicodeWordIndices<'a>>,
}

impl<'a> Iterator for Words<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(stretch) = &mut self.stretch
                && let Some((at, word)) = stretch.next()
            {
                return Some((self.stretch_offset + at, word));
            }
            if self.rest.is_empty() {
                return None;
            }
            let end = stretch_end(self.rest.as_bytes());
            let (stretch, rest) = self.rest.split_at(end);
            self.stretch = Some(stretch.unicode_word_indices());
            self.stretch_offset = self.offset;
            self.offset += end;
            self.rest = rest;
        }
    }
}

/// Where the first stretch ends: before the space ahead of the first non-ASCII byte, or,
/// where the text begins with such a word, after it.
fn stretch_end(bytes: &[u8]) -> usize {
    let Some(wide) = bytes.iter().position(|b| !b.is_ascii()) else {
        return bytes.len();
    };
    match bytes[..wide].iter().rposition(|&b| b == b' ') {
        // The space begins the next stretch, so that this one is not empty.
        Some(space) if space > 0 => space,
        _ => bytes[wide..]
            .iter()
            .position(|&b| b == b' ')
            .map_or(bytes.len(), |n| wide + n),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_are_those_of_the_library(text in "([a-z’é \u{301}\u{200d}.,'0-9\n\t-]|[A-Z]|日|👩){0,60}") {
            let ours: Vec<_> = words(&text).collect();
            let theirs: Vec<_> = text.unicode_word_indices().collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
