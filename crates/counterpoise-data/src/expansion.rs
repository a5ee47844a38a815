//! How much a compressed file may expand to.

/// Bytes that any file may expand to.
const ANY: usize = 24 << 20;

/// How many times its size a file may expand to beyond that; real text shrinks less.
const TIMES: usize = 100;

/// The most bytes that a compressed file of this size is read to. Beyond that it is taken for damaged, or
/// made to exhaust memory.
pub(crate) fn most_expanded(file: usize) -> usize {
    file.saturating_mul(TIMES).saturating_add(ANY)
}
