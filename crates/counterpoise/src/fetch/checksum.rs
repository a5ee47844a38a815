//! What the hub announces a file's content by.

use std::fmt;
use std::path::Path;

use anyhow::Result;
use counterpoise_study::{git_blob_id, hash_file};

/// A checksum, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    /// Of a large file: the SHA-256 of its content.
    Sha256(String),
    /// Of a small file: the name git gives its content.
    GitBlob(String),
}

impl Checksum {
    /// The checksum that an `ETag` of the hub is; `None` if it is neither of the two.
    pub(super) fn of_etag(etag: &str) -> Option<Self> {
        let digits = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"');
        let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (is_hexadecimal, digits.len()) {
            (true, 64) => Some(Self::Sha256(digits.to_ascii_lowercase())),
            (true, 40) => Some(Self::GitBlob(digits.to_ascii_lowercase())),
            _ => None,
        }
    }

    /// The same kind of checksum of a file, telling `progress` how many bytes were read.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn of_file(&self, path: &Path, progress: &mut dyn FnMut(usize)) -> Result<Self> {
        Ok(match self {
            Self::Sha256(_) => Self::Sha256(hash_file("", path, progress)?.sha256),
            Self::GitBlob(_) => Self::GitBlob(git_blob_id(path, progress)?),
        })
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(digits) => write!(f, "SHA-256 {digits}"),
            Self::GitBlob(digits) => write!(f, "git blob {digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const BLOB: &str = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f";

    #[test]
    fn an_etag_is_known_by_its_length() {
        let sha256 = Some(Checksum::Sha256(SHA256.to_owned()));
        assert_eq!(Checksum::of_etag(SHA256), sha256);
        assert_eq!(Checksum::of_etag(&SHA256.to_uppercase()), sha256);
        let blob = Some(Checksum::GitBlob(BLOB.to_owned()));
        assert_eq!(Checksum::of_etag(BLOB), blob);
        assert_eq!(Checksum::of_etag(&format!("W/\"{BLOB}\"")), blob);
        for other in ["", "abc", &SHA256[1..], &SHA256.replace('b', "x"), "abc-12"] {
            assert_eq!(Checksum::of_etag(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_is_measured_as_it_was_announced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        for etag in [SHA256, BLOB] {
            let announced = Checksum::of_etag(etag).unwrap();
            let found = announced.of_file(&path, &mut |_| {}).unwrap();
            assert_eq!(found, announced);
        }
    }
}
