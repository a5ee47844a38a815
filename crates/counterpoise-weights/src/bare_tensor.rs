//! Reads the tensor of a file `torch.save` wrote, as data: no pickled code runs.
//!
//! The reader takes tensors from a dictionary, but a probe is usually saved bare. Such a file is
//! copied to a temporary one whose pickle puts the same tensor into a dictionary.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use burn_store::pytorch_reader::{PickleValue, PytorchReader};
use counterpoise_data::DataError;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::WeightsError;
use crate::stored::Stored;
use crate::torch_check::check;
use crate::torch_file::{self, bad};

/// The key under which a bare tensor is put.
const KEY: &str = "tensor";

/// The most an entry of a file with one bare tensor may unpack to.
const LARGEST_ENTRY: u64 = 8 << 20;

/// Reads the tensors of a file: a dictionary's, or the one that was saved bare.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    check(path)?;
    if let PickleValue::Dict(_) = torch_file::root(path)? {
        return torch_file::read(path);
    }
    let wrapped = in_dictionary(path)?;
    let reader =
        PytorchReader::new(wrapped.path()).map_err(|error| bad(path, &error.to_string()))?;
    torch_file::tensors(path, reader)
}

/// Copies the archive at `path`, its pickled root `x` replaced by `{"tensor": x}`.
fn in_dictionary(path: &Path) -> Result<NamedTempFile, WeightsError> {
    let zipped = |error: zip::result::ZipError| {
        let reason =
            format!("it holds no dictionary, and its bare tensor is in no zip archive: {error}");
        bad(path, &reason)
    };
    let unreadable = |reason| DataError::Read {
        path: path.to_owned(),
        reason,
    };
    let broken = |error: std::io::Error| bad(path, &error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let mut source = ZipArchive::new(file).map_err(zipped)?;
    let mut copy = ZipWriter::new(NamedTempFile::new().map_err(broken)?);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..source.len() {
        let entry = source.by_index(index).map_err(zipped)?;
        let name = entry.name().map_err(zipped)?.into_owned();
        let mut bytes = Vec::new();
        let mut entry = entry.take(LARGEST_ENTRY + 1);
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if bytes.len() as u64 > LARGEST_ENTRY {
            return Err(bad(path, "an entry too large for one vector"));
        }
        if name.rsplit('/').next() == Some("data.pkl") {
            bytes = wrap_pickle(&bytes).map_err(|reason| bad(path, reason))?;
        }
        copy.start_file(name, stored).map_err(zipped)?;
        copy.write_all(&bytes).map_err(broken)?;
    }
    copy.finish().map_err(zipped)
}

/// Rewrites a pickle of `x` into one of `{"tensor": x}`.
fn wrap_pickle(pickle: &[u8]) -> Result<Vec<u8>, &'static str> {
    const PROTO: u8 = 0x80;
    let [PROTO, version, body @ .., b'.'] = pickle else {
        return Err("its pickle does not begin and end as protocol 2 and later do");
    };
    let length = u32::try_from(KEY.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut wrapped = vec![PROTO, *version];
    wrapped.extend_from_slice(b"}X"); // an empty dictionary, then a key
    wrapped.extend_from_slice(&length);
    wrapped.extend_from_slice(KEY.as_bytes());
    wrapped.extend_from_slice(body);
    wrapped.extend_from_slice(b"s."); // sets the item, ends
    Ok(wrapped)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_wrapped_pickle_reads_as_a_dictionary_of_it() {
        let wrapped = wrap_pickle(b"\x80\x02K\x07.").unwrap();
        assert_eq!(wrapped, b"\x80\x02}X\x06\0\0\0tensorK\x07s.");
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &wrapped).unwrap();
        let PickleValue::Dict(root) = PytorchReader::read_pickle_data(file.path(), None).unwrap()
        else {
            unreachable!("the wrapped root is a dictionary");
        };
        assert_eq!(root["tensor"], PickleValue::Int(7));
    }

    #[test]
    fn a_pickle_without_frame_of_protocol_2_is_an_error() {
        for pickle in [&b""[..], b"K\x07.", b"\x80\x02K\x07", b"\x80."] {
            assert!(wrap_pickle(pickle).is_err());
        }
    }
}
