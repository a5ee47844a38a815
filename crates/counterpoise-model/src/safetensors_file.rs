//! Tensors of a safetensors file, each read from the disk when it is asked for.
//!
//! burn-store maps such files into memory. Pages of a mapped file stay resident while a model is
//! copied out of them, so that at the end all of it is there twice; reading leaves one tensor of
//! overlap.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use burn::tensor::{Bytes, TensorData};
use burn_store::bridge;
use burn_store::burn_pack::{Error as StoreError, Tensor as StoredTensor};
use safetensors::tensor::Metadata;

/// Where the values of a file's tensors are.
pub(crate) struct Values {
    metadata: Metadata,
    /// Of the first value in the file.
    offset: u64,
}

impl Values {
    /// Reads the header of a file that burn-store has already accepted.
    pub(crate) fn locate(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let mut header = Vec::new();
        file.take(length).read_to_end(&mut header)?;
        Ok(Self {
            metadata: serde_json::from_slice(&header)?,
            offset: 8 + length,
        })
    }

    /// The same tensor, with values that are read from the file.
    pub(crate) fn read_lazily(&self, path: &Path, tensor: StoredTensor) -> StoredTensor {
        let Some(info) = self.metadata.info(&tensor.name) else {
            return tensor;
        };
        let (start, end) = info.data_offsets;
        let (path, offset) = (path.to_owned(), self.offset + start as u64);
        let (name, dtype, shape) = (tensor.name.clone(), tensor.dtype, tensor.shape.clone());
        bridge::deferred(name, dtype, shape.clone(), None, move || {
            let bytes = read(&path, offset, end - start, dtype.size())
                .map_err(|error| StoreError::ValidationError(error.to_string()))?;
            Ok(TensorData::from_bytes(bytes, shape.clone(), dtype))
        })
    }
}

/// Reads `length` bytes from `offset` on, aligned for values of `size` bytes.
fn read(path: &Path, offset: u64, length: usize, size: usize) -> io::Result<Bytes> {
    let mut bytes = match size {
        8 => Bytes::from_elems(vec![0_u64; length / 8]),
        4 => Bytes::from_elems(vec![0_f32; length / 4]),
        2 => Bytes::from_elems(vec![0_u16; length / 2]),
        _ => Bytes::from_elems(vec![0_u8; length]),
    };
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
