//! Safetensors files, opened once: the header is checked, each tensor is read when it is asked for.
//!
//! Values are read and not mapped: pages of a mapped file stay resident while a model is copied out of them, so that at
//! the end all of it would be in memory twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{Bytes, DType, TensorData};
use counterpoise_data::{DataError, check_keys, shortened};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::WeightsError;
use crate::git_lfs::refuse_pointer;
use crate::stored::{Element, Stored};

/// The longest header that the format allows.
const LONGEST_HEADER: u64 = 100_000_000;

/// The tensors of a file by their names, and its metadata.
pub(crate) struct SafetensorsFile {
    pub(crate) tensors: BTreeMap<String, Stored>,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Reads the header of a file.
pub(crate) fn read(path: &Path) -> Result<SafetensorsFile, WeightsError> {
    let unreadable = |reason| DataError::Read {
        path: path.to_owned(),
        reason,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut start = Vec::new();
    file.by_ref()
        .take(64)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    refuse_pointer(path, &start)?;
    let header = header(&mut file, &start, size).map_err(|problem| match problem {
        Problem::Read(reason) => unreadable(reason).into(),
        Problem::Format(found) => bad(path, &found),
    })?;
    check_names(path, &header)?;
    let metadata = metadata(&header).map_err(|error| bad(path, &error))?;
    let offset = 8 + header.len() as u64;
    let expected = offset + metadata.data_len() as u64;
    if size != expected {
        let found = format!("{size} bytes, where its header describes {expected}");
        return Err(bad(path, &found));
    }
    let file = Arc::new(Mutex::new(file));
    let tensors = metadata.tensors().into_iter();
    let tensors = tensors
        .map(|(name, info)| {
            let stored = stored(name.clone(), info, Arc::clone(&file), offset);
            (name, stored)
        })
        .collect();
    let metadata = metadata.metadata().clone().unwrap_or_default();
    Ok(SafetensorsFile {
        tensors,
        metadata: metadata.into_iter().collect(),
    })
}

enum Problem {
    Read(io::Error),
    Format(String),
}

/// The header of a file of `size` bytes, which begins with `start`.
fn header(file: &mut File, start: &[u8], size: u64) -> Result<String, Problem> {
    let Some((length, _)) = start.split_first_chunk::<8>() else {
        return Err(Problem::Format(format!(
            "{size} bytes, too few for a header"
        )));
    };
    let length = u64::from_le_bytes(*length);
    if length > LONGEST_HEADER || length > size.saturating_sub(8) {
        return Err(Problem::Format(format!(
            "a header of {length} bytes in a file of {size}"
        )));
    }
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(8)).map_err(Problem::Read)?;
    file.take(length)
        .read_to_end(&mut header)
        .map_err(Problem::Read)?;
    String::from_utf8(header).map_err(|_| Problem::Format("a header that is not UTF-8".to_owned()))
}

/// Refuses a name that stands twice, of which parsers of JSON keep one.
fn check_names(path: &Path, header: &str) -> Result<(), WeightsError> {
    match check_keys(header) {
        Err(error) if error.is_data() => {
            let message = error.to_string();
            let name = message.split('`').nth(1).unwrap_or(&message);
            Err(WeightsError::TensorTwice {
                path: path.to_owned(),
                tensor: shortened(name),
            })
        }
        _ => Ok(()),
    }
}

/// The parsed header, its offsets checked against shapes and types.
fn metadata(header: &str) -> Result<Metadata, String> {
    let parsed: Metadata = serde_json::from_str(header).map_err(|error| error.to_string())?;
    let infos = parsed.offset_keys().into_iter();
    let infos = infos.filter_map(|name| Some((name.clone(), parsed.info(&name)?.clone())));
    Metadata::new(parsed.metadata().clone(), infos.collect()).map_err(|error| error.to_string())
}

fn stored(name: String, info: &TensorInfo, file: Arc<Mutex<File>>, offset: u64) -> Stored {
    let (start, end) = info.data_offsets;
    let (shape, element) = (info.shape.clone(), element(info.dtype));
    let values = {
        let (shape, element) = (shape.clone(), element.clone());
        move || {
            let Element::Float(dtype) = element else {
                return Err(format!("{element} where floats were expected"));
            };
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let bytes = read_at(&mut file, offset + start as u64, end - start, dtype.size())
                .map_err(|error| error.to_string())?;
            Ok(TensorData::from_bytes(bytes, shape.clone(), dtype))
        }
    };
    Stored::new(name, shape, element, values)
}

fn element(dtype: Dtype) -> Element {
    match dtype {
        Dtype::F64 => Element::Float(DType::F64),
        Dtype::F32 => Element::Float(DType::F32),
        Dtype::F16 => Element::Float(DType::F16),
        Dtype::BF16 => Element::Float(DType::BF16),
        other => Element::Other(other.to_string()),
    }
}

/// Reads `length` bytes from `offset` on, aligned for values of `size` bytes.
fn read_at(file: &mut File, offset: u64, length: usize, size: usize) -> io::Result<Bytes> {
    let mut bytes = match size {
        8 => Bytes::from_elems(vec![0_u64; length / 8]),
        4 => Bytes::from_elems(vec![0_f32; length / 4]),
        _ => Bytes::from_elems(vec![0_u16; length / 2]),
    };
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn bad(path: &Path, reason: &str) -> WeightsError {
    WeightsError::Unreadable {
        path: path.to_owned(),
        format: "safetensors",
        reason: shortened(reason.trim_end_matches('.')),
        remedy: "copy the file again",
    }
}
