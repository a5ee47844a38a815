//! What a file is by its first bytes, whatever its name: text, packed text, or something else.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::DataError;
use crate::error::shortened;
use crate::expansion::most_expanded;

/// First bytes of files that are not UTF-8 text, what they are, and what to do about it.
const OTHERS: [(&[u8], &str, &str); 14] = [
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer to the file",
        POINTER,
    ),
    (b"\xff\xfe\0\0", "UTF-32", TO_UTF8),
    (b"\0\0\xfe\xff", "UTF-32", TO_UTF8),
    (b"\xff\xfe", "UTF-16, little endian", TO_UTF8),
    (b"\xfe\xff", "UTF-16, big endian", TO_UTF8),
    (
        b"\0\x05\x16\x07",
        "AppleDouble, what macOS notes about a file",
        NEIGHBOUR,
    ),
    (
        b"\0\x05\x16\0",
        "AppleSingle, a file wrapped by macOS",
        UNPACK,
    ),
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"BZh", "bzip2", UNPACK),
    (b"\xfd7zXZ\0", "xz", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\x04\x22\x4d\x18", "lz4", UNPACK),
    (
        b"PAR1",
        "Parquet",
        "give a text file, or name this where Parquet is read",
    ),
    (b"\x89HDF", "HDF5", "write it as text"),
];

const POINTER: &str = "run `git lfs pull` in that clone, or download the file itself";
const TO_UTF8: &str = "convert the file to UTF-8";
const NEIGHBOUR: &str = "give the file itself, whose name lacks the leading `._`";
const UNPACK: &str = "unpack it first; of packed files, gzip and zstd are read";

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

fn is_zstd(bytes: &[u8]) -> bool {
    // Frames to be skipped may come first.
    let skipped = |bytes: &[u8]| bytes[0] & 0xf0 == 0x50 && bytes[1..] == *b"\x2a\x4d\x18";
    bytes.starts_with(ZSTD) || bytes.get(..4).is_some_and(skipped)
}

/// What Parquet begins with.
pub(crate) const PARQUET: &[u8] = b"PAR1";

/// The bytes of a file, unpacked where they are gzip or zstd.
pub(crate) fn read_unpacked(path: &Path) -> Result<Vec<u8>, DataError> {
    let bytes = fs::read(path).map_err(|reason| DataError::Read {
        path: path.to_owned(),
        reason,
    })?;
    let most = most_expanded(bytes.len());
    let unpacked = if bytes.starts_with(GZIP) {
        unpack(
            path,
            "gzip",
            flate2::read::MultiGzDecoder::new(&*bytes),
            most,
        )?
    } else if is_zstd(&bytes) {
        unpack_zstd(path, &bytes, most)?
    } else {
        bytes
    };
    refuse_others(path, &unpacked)?;
    Ok(unpacked)
}

#[cfg(feature = "zstd")]
fn unpack_zstd(path: &Path, bytes: &[u8], most: usize) -> Result<Vec<u8>, DataError> {
    let reader = zstd::stream::read::Decoder::with_buffer(bytes);
    let reader = reader.map_err(|error| cut_short(path, "zstd", &error))?;
    unpack(path, "zstd", reader, most)
}

#[cfg(not(feature = "zstd"))]
fn unpack_zstd(path: &Path, _: &[u8], _: usize) -> Result<Vec<u8>, DataError> {
    let remedy = "unpack it first, or enable the feature `zstd` of counterpoise-data";
    Err(not_text(
        path,
        "zstd, which this build does not read".to_owned(),
        remedy,
    ))
}

/// All that `packed` yields, up to `most` bytes.
fn unpack(path: &Path, format: &str, packed: impl Read, most: usize) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    packed
        .take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cut_short(path, format, &error))?;
    if bytes.len() > most {
        let found = format!("{format} that expands to more than {most} bytes");
        let remedy = "unpack it first, if that is right";
        return Err(not_text(path, found, remedy));
    }
    Ok(bytes)
}

fn cut_short(path: &Path, format: &str, error: &io::Error) -> DataError {
    let reason = shortened(&error.to_string());
    let found = format!("{format} that cannot be unpacked to its end ({reason})");
    not_text(path, found, "get the file again")
}

/// Refuses what is no text by its first bytes.
fn refuse_others(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    if bytes.starts_with(GZIP) || is_zstd(bytes) {
        let found = "a packed file within a packed one".to_owned();
        return Err(not_text(path, found, "unpack it once"));
    }
    match OTHERS.iter().find(|(start, ..)| bytes.starts_with(start)) {
        None => Ok(()),
        Some((_, what, remedy)) => Err(not_text(path, (*what).to_owned(), remedy)),
    }
}

fn not_text(path: &Path, found: String, remedy: &'static str) -> DataError {
    DataError::NotText {
        path: path.to_owned(),
        found,
        remedy,
    }
}
