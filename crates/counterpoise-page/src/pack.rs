//! Data within the page: compressed, and written so that nothing in it can end the element that holds it.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use crate::PageError;

/// `bytes` by raw DEFLATE, in base64: what `DecompressionStream("deflate-raw")` reads.
pub(crate) fn packed(bytes: &[u8]) -> Result<String, PageError> {
    let cannot = |error: std::io::Error| PageError::Data(error.to_string());
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).map_err(cannot)?;
    Ok(STANDARD.encode(encoder.finish().map_err(cannot)?))
}

/// `value` as JSON without `<`, which alone could end a `script` element or open a comment in it.
pub(crate) fn json(value: &impl Serialize) -> Result<String, PageError> {
    let text = serde_json::to_string(value).map_err(|error| PageError::Data(error.to_string()))?;
    Ok(text.replace('<', "\\u003c"))
}

/// Words of four bytes as four planes, each byte beside those of its kind, which compress better so.
pub(crate) fn planes(words: &[[u8; 4]]) -> Vec<u8> {
    (0..4)
        .flat_map(|plane| words.iter().map(move |word| word[plane]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_ends_its_element() {
        let text = "</script><!--<script>";
        let json = json(&text).unwrap_or_default();
        assert!(!json.contains('<'), "{json}");
        let back: String = serde_json::from_str(&json).unwrap_or_default();
        assert_eq!(back, text);
    }

    #[test]
    fn planes_hold_the_bytes_of_each_place_together() {
        assert_eq!(
            planes(&[[1, 2, 3, 4], [5, 6, 7, 8]]),
            [1, 5, 2, 6, 3, 7, 4, 8]
        );
    }
}
