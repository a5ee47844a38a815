//! Copies of tensors in this process's memory, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::{DataError, Device, Tensor, TensorData};

/// How many tensors were copied since the program started.
static COPIED: AtomicU64 = AtomicU64::new(0);

/// How many tensors models and recorders have copied into this process's memory since the program started: on a GPU each
/// waits for all that was computed before it.
pub fn read_backs() -> u64 {
    COPIED.load(Ordering::Relaxed)
}

/// Whether tensors of `device` lie in this process's memory and have no gradients: the CPU backend, where a look at a
/// tensor waits for nothing.
pub fn in_memory(device: &Device) -> bool {
    *device == Device::flex() && !device.is_autodiff()
}

/// The data of `tensor`.
///
/// # Errors
/// A device that cannot be read from, in words.
pub fn read_back<const D: usize>(tensor: Tensor<D>) -> Result<TensorData, String> {
    COPIED.fetch_add(1, Ordering::Relaxed);
    tensor.try_into_data().map_err(|error| error.to_string())
}

/// The values of `data`, row-major, as they lie there.
///
/// # Errors
/// Values that are not 32-bit floats, in words.
pub(crate) fn floats(data: &TensorData) -> Result<&[f32], String> {
    (data.as_slice()).map_err(|error: DataError| format!("{error:?}"))
}
