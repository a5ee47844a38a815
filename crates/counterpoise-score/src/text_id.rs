//! What a continuation of a run is called, so that scores made elsewhere find it again.

/// The id of a continuation: the name of its row, and the line it stands on in that row's file of
/// generations, from 1. `index` counts prompts from 0.
///
/// ```
/// assert_eq!(counterpoise_score::text_id("ablate-top-100", 0), "ablate-top-100/1");
/// ```
#[must_use]
pub fn text_id(row: &str, index: usize) -> String {
    format!("{row}/{}", index + 1)
}
