//! A reader tried on many damaged inputs.

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;

use crate::{Mutator, most_held};

/// How many inputs are tried where the environment does not say.
const INPUTS: u64 = 10_000;

/// Fewer inputs than this are those of one fault, looked at again.
const FEW: u64 = 100;

/// What reading may cost beyond ten times what is read.
const SPARE: usize = 64 << 20;

/// The most bytes that may be held at once while so many are read.
#[must_use]
pub fn most_allowed(bytes: usize) -> usize {
    bytes.saturating_mul(10).saturating_add(SPARE)
}

/// A file, or a folder of files, that is written anew for each try.
#[derive(Debug)]
pub struct Input {
    folder: TempDir,
    /// The file.
    pub path: PathBuf,
}

impl Input {
    /// A place for a file of this name: in memory where the system has such a folder, since ten thousand files are slow
    /// on a disk.
    ///
    /// # Panics
    /// If no folder can be made.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn new(name: &str) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a temporary folder");
        let path = folder.path().join(name);
        Self { folder, path }
    }

    /// The folder that the file is in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the file, and answers its size.
    ///
    /// # Panics
    /// If it cannot be written.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn write(&self, bytes: &[u8]) -> usize {
        fs::write(&self.path, bytes).expect("the file can be written");
        bytes.len()
    }
}

/// Tries a reader on inputs that `make` damages and answers the size of, also with `pieces` that mean something to the
/// format; `read` answers whether the input was accepted.
///
/// # Panics
/// For an input that the reader panics on or holds more than [`most_allowed`] for; and if all inputs are accepted or
/// nearly all refused, since then nothing was tried.
pub fn survives(
    what: &str,
    pieces: &'static [&'static [u8]],
    mut make: impl FnMut(&mut Mutator) -> usize,
    mut read: impl FnMut() -> bool,
) {
    let first = setting("COUNTERPOISE_MUTATION_SEED").unwrap_or(0);
    let count = setting("COUNTERPOISE_MUTATIONS").unwrap_or(INPUTS);
    let (mut largest, mut refused, start) = (0, 0, Instant::now());
    for seed in first..first + count {
        let bytes = make(&mut Mutator::new(seed, pieces));
        let (accepted, most) = most_held(|| catch_unwind(AssertUnwindSafe(&mut read)));
        assert!(
            accepted.is_ok(),
            "{what}: seed {seed}, of {bytes} bytes, panics"
        );
        assert!(
            most <= most_allowed(bytes),
            "{what}: seed {seed}, of {bytes} bytes, takes {most}"
        );
        largest = largest.max(most);
        refused += u64::from(matches!(accepted, Ok(false)));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{what}: {count} inputs, {refused} refused, at most {largest} bytes held, {seconds:.1} s"
    );
    let expected = count / 20..=count - count / 50;
    assert!(
        count < FEW || expected.contains(&refused),
        "{what}: {refused} of {count} refused"
    );
}

#[expect(clippy::panic, reason = "for tests")]
fn setting(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name} is `{text}`; expected a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panics(make: impl FnMut(&mut Mutator) -> usize, read: impl FnMut() -> bool) -> bool {
        catch_unwind(AssertUnwindSafe(|| survives("made up", &[], make, read))).is_err()
    }

    #[test]
    fn a_reader_that_panics_takes_too_much_or_takes_everything_is_found() {
        let (mut turn, mut other) = (0, 0);
        let mut half = move || {
            turn += 1;
            turn % 2 == 0
        };
        assert!(!panics(|_| 10, &mut half));
        assert!(panics(|_| 10, || true));
        assert!(panics(|_| 10, || false));
        let mut late = || {
            other += 1;
            assert!(other < 9_000);
            half()
        };
        assert!(panics(|_| 10, &mut late));
        let takes = |bytes: usize| {
            move || {
                let held = std::hint::black_box(vec![1_u8; bytes]);
                held.len() == bytes
            }
        };
        assert!(panics(|_| 10, takes((64 << 20) + 200)));
        assert!(catch_unwind(|| most_allowed(10)).is_ok_and(|most| most == (64 << 20) + 100));
    }
}
