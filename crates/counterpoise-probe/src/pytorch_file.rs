//! Reads the tensor of a file `torch.save` wrote, as data: no pickled code runs.
//!
//! The reader takes tensors from a dictionary, but a probe is usually saved bare. Such a file is
//! copied to a temporary one whose pickle puts the same tensor into a dictionary.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use burn::tensor::DType;
use burn_store::pytorch_reader::{self, PickleValue, PytorchReader};
use counterpoise_data::check_torch_file;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::ProbeError;
use crate::direction_file::Stored;

/// The key under which a bare tensor is put.
const KEY: &str = "probe";

/// Reads the only tensor of a file, saved bare or as the only tensor of a dictionary.
pub(crate) fn read(path: &Path) -> Result<Stored, ProbeError> {
    check_torch_file(path)?;
    let root = PytorchReader::read_pickle_data(path, None).map_err(broken)?;
    let wrapped; // keeps the temporary file until its tensor is read
    let reader = match root {
        PickleValue::Dict(_) => PytorchReader::new(path),
        _ => {
            wrapped = in_dictionary(path)?;
            PytorchReader::new(wrapped.path())
        }
    };
    let tensors = reader.map_err(broken)?.into_tensors();
    let mut names: Vec<_> = tensors.keys().cloned().collect();
    names.sort();
    let [name] = &names[..] else {
        return Err(ProbeError::Tensors { found: names });
    };
    let tensor = &tensors[name];
    let dtype = match tensor.dtype() {
        pytorch_reader::DType::F64 => Ok(DType::F64),
        pytorch_reader::DType::F32 => Ok(DType::F32),
        pytorch_reader::DType::F16 => Ok(DType::F16),
        pytorch_reader::DType::BF16 => Ok(DType::BF16),
        other => Err(format!("{other:?}")),
    };
    Ok(Stored {
        name: name.clone(),
        dtype,
        shape: tensor.shape().to_vec(),
        bytes: tensor.read().map_err(broken)?,
    })
}

/// Copies the archive at `path`, its pickled root `x` replaced by `{"probe": x}`.
fn in_dictionary(path: &Path) -> Result<NamedTempFile, ProbeError> {
    let zipped = |error: zip::result::ZipError| ProbeError::Pytorch {
        reason: format!(
            "it holds no dictionary, and its bare tensor is in no zip archive: {error}"
        ),
    };
    let mut source = ZipArchive::new(File::open(path).map_err(broken)?).map_err(zipped)?;
    let mut copy = ZipWriter::new(NamedTempFile::new().map_err(broken)?);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..source.len() {
        let mut entry = source.by_index(index).map_err(zipped)?;
        let name = entry.name().map_err(zipped)?.into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if name.rsplit('/').next() == Some("data.pkl") {
            bytes = wrap_pickle(&bytes)?;
        }
        copy.start_file(name, stored).map_err(zipped)?;
        copy.write_all(&bytes).map_err(broken)?;
    }
    copy.finish().map_err(zipped)
}

/// Rewrites a pickle of `x` into one of `{"probe": x}`.
fn wrap_pickle(pickle: &[u8]) -> Result<Vec<u8>, ProbeError> {
    const PROTO: u8 = 0x80;
    let [PROTO, version, body @ .., b'.'] = pickle else {
        return Err(ProbeError::Pytorch {
            reason: "its pickle does not begin and end as protocol 2 and later do".to_owned(),
        });
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

fn broken(error: impl std::fmt::Display) -> ProbeError {
    ProbeError::Pytorch {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_wrapped_pickle_reads_as_a_dictionary_of_it() {
        let wrapped = wrap_pickle(b"\x80\x02K\x07.").unwrap();
        assert_eq!(wrapped, b"\x80\x02}X\x05\0\0\0probeK\x07s.");
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &wrapped).unwrap();
        let PickleValue::Dict(root) = PytorchReader::read_pickle_data(file.path(), None).unwrap()
        else {
            unreachable!("the wrapped root is a dictionary");
        };
        assert_eq!(root["probe"], PickleValue::Int(7));
    }

    #[test]
    fn a_pickle_without_frame_of_protocol_2_is_an_error() {
        for pickle in [&b""[..], b"K\x07.", b"\x80\x02K\x07", b"\x80."] {
            assert!(matches!(
                wrap_pickle(pickle),
                Err(ProbeError::Pytorch { .. })
            ));
        }
    }
}
