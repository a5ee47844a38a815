//! SHA-256 of the files a run reads.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedFile {
    /// What the run takes from it, such as `prompts`.
    pub role: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// The files of an input: a file, or the files directly in a folder, in the order of their names.
///
/// # Errors
/// An input that is missing or cannot be read.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("{}: cannot be read", path.display());
    if !fs::metadata(path).with_context(cannot)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(cannot)? {
        let file = entry.with_context(cannot)?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Hashes one file, telling `progress` how many bytes were read.
///
/// # Errors
/// A file that cannot be read.
pub fn hash_file(role: &str, path: &Path, progress: &mut dyn FnMut(usize)) -> Result<HashedFile> {
    let mut hasher = Sha256::new();
    let bytes = feed(&mut hasher, path, progress)?;
    Ok(HashedFile {
        role: role.to_owned(),
        path: path.to_owned(),
        bytes,
        sha256: hexadecimal(&hasher.finalize()),
    })
}

/// The name git gives a file's content, in hexadecimal: the SHA-1 of a header with its size, and of
/// the content.
///
/// # Errors
/// A file that cannot be read.
pub fn git_blob_id(path: &Path, progress: &mut dyn FnMut(usize)) -> Result<String> {
    let cannot = || format!("{}: cannot be read", path.display());
    let bytes = fs::metadata(path).with_context(cannot)?.len();
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {bytes}\0"));
    feed(&mut hasher, path, progress)?;
    Ok(hexadecimal(&hasher.finalize()))
}

/// Gives a file's bytes to `hasher`, and answers how many there are.
fn feed(hasher: &mut impl Digest, path: &Path, progress: &mut dyn FnMut(usize)) -> Result<u64> {
    let cannot = || format!("{}: cannot be read", path.display());
    let mut file = File::open(path).with_context(cannot)?;
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(cannot),
        };
        hasher.update(&buffer[..read]);
        bytes += read as u64;
        progress(read);
    }
}

/// SHA-256 of a text, in hexadecimal.
pub fn hash_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    // The digests of FIPS 180-4's own examples.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn the_standard_examples() {
        assert_eq!(hash_text("abc"), ABC);
        assert_eq!(hash_text(""), EMPTY);
    }

    #[test]
    fn a_file_is_hashed_whole_and_a_folder_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&b, "abc").unwrap();
        fs::write(&a, "").unwrap();
        fs::create_dir(folder.path().join("c")).unwrap();
        assert_eq!(files_of(folder.path()).unwrap(), [a.clone(), b.clone()]);
        assert_eq!(files_of(&b).unwrap(), std::slice::from_ref(&b));

        let mut read = 0;
        let hashed = hash_file("text", &b, &mut |bytes| read += bytes).unwrap();
        assert_eq!((hashed.sha256.as_str(), hashed.bytes, read), (ABC, 3, 3));
        assert_eq!(hash_file("text", &a, &mut |_| {}).unwrap().sha256, EMPTY);
    }

    #[test]
    fn git_names_of_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        // What `git hash-object` answers for these.
        for (content, name) in [
            ("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
            ("abc\n", "8baef1b4abc478178b004d62031cf7fe6db6f903"),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(git_blob_id(&path, &mut |_| {}).unwrap(), name);
        }
    }

    #[test]
    fn a_missing_input_is_named() {
        let error = files_of(Path::new("nowhere/at-all")).unwrap_err();
        assert!(error.to_string().contains("nowhere/at-all"), "{error}");
    }
}
