//! 16-bit floats as 32-bit ones.

use burn::backend::Flex;
use burn::tensor::{DType, Tensor, TensorData};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use rayon::prelude::*;

use super::{VALUES_PER_TASK, is_half};

/// `tensor` in 32-bit floats, which hold every 16-bit one; as it is if it is in them already.
pub fn widen<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    if !is_half(&tensor) {
        return match tensor.dtype() {
            DType::F16 | DType::BF16 => tensor.cast(DType::F32),
            _ => tensor,
        };
    }
    let (device, dims) = (tensor.device(), tensor.dims());
    #[expect(
        clippy::expect_used,
        reason = "`is_half` saw a tensor of that backend, without gradients"
    )]
    let tensor = tensor
        .try_into_primitive::<Flex>()
        .expect("a tensor of flex")
        .to_contiguous();
    let (start, length) = (tensor.layout().start_offset(), dims.iter().product());
    let values = match tensor.dtype() {
        DType::F16 => widened(&tensor.storage::<f16>()[start..][..length]),
        _ => widened(&tensor.storage::<bf16>()[start..][..length]),
    };
    Tensor::from_data(TensorData::new(values, dims), &device)
}

fn widened<H: Sync>(halves: &[H]) -> Vec<f32>
where
    [H]: HalfFloatSliceExt,
{
    let mut values = vec![0.0_f32; halves.len()];
    let parts = values.par_chunks_mut(VALUES_PER_TASK);
    parts
        .zip(halves.par_chunks(VALUES_PER_TASK))
        .for_each(|(values, halves)| halves.convert_to_f32_slice(values));
    values
}
