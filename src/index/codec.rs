//! Compact bytes for what the index keeps beside its words: numbers of varying length,
//! strings with their length ahead.

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Out(pub(super) Vec<u8>);

impl Out {
    /// A number, seven bits a byte, lowest first.
    pub(super) fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n.to_le_bytes()[0] | 0x80);
            n >>= 7;
        }
        self.0.push(n.to_le_bytes()[0]);
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn float(&mut self, x: f32) {
        self.0.extend_from_slice(&x.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn strings(&mut self, list: &[String]) {
        self.number(list.len() as u64);
        for text in list {
            self.str(text);
        }
    }

    /// A string that may be missing; the empty string counts as one.
    pub(super) fn opt_str(&mut self, text: Option<&str>) {
        match text {
            None => self.byte(0),
            Some(text) => {
                self.number(text.len() as u64 + 1);
                self.0.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// Bytes being read. Every method gives `None` where the bytes end too early or do not have
/// their form, which means damage.
#[derive(Clone, Debug)]
pub(super) struct In<'a>(pub(super) &'a [u8]);

impl<'a> In<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(n);
            }
        }
        None
    }

    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub(super) fn float(&mut self) -> Option<f32> {
        let bytes = self.take(4)?;
        Some(f32::from_le_bytes(bytes.try_into().ok()?))
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.size()?;
        self.take(len)
    }

    pub(super) fn str(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(super) fn string(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    pub(super) fn strings(&mut self) -> Option<Vec<String>> {
        (0..self.size()?).map(|_| self.string()).collect()
    }

    #[allow(clippy::option_option, reason = "the outer one means damage")]
    pub(super) fn opt_string(&mut self) -> Option<Option<String>> {
        match self.size()? {
            0 => Some(None),
            len => {
                let bytes = self.take(len - 1)?;
                Some(Some(std::str::from_utf8(bytes).ok()?.to_owned()))
            }
        }
    }

    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(n: u64, text in ".*", missing: bool, x: f32) {
            let mut out = Out::default();
            out.number(n);
            out.opt_str((!missing).then_some(&text));
            out.float(x);
            out.str(&text);
            let mut read = In(&out.0);
            prop_assert_eq!(read.number(), Some(n));
            prop_assert_eq!(read.opt_string(), Some((!missing).then(|| text.clone())));
            prop_assert_eq!(read.float().map(f32::to_bits), Some(x.to_bits()));
            prop_assert_eq!(read.str(), Some(&*text));
            prop_assert!(read.0.is_empty());
        }

        #[test]
        fn damaged_bytes_never_panic(bytes: Vec<u8>) {
            let mut read = In(&bytes);
            let _ = (read.opt_string(), read.number(), read.string(), read.float());
        }
    }
}
