//! Weights read to the host.

use burn::tensor::{Int, Tensor, TensorData};
use counterpoise_model::widen;

use crate::InterveneError;

/// The numbers of a tensor, row-major.
pub(crate) fn values_of<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, InterveneError> {
    let values = tensor.try_into_vec_as::<f32>();
    values.map_err(|error| InterveneError::Device {
        reason: error.to_string(),
    })
}

/// Some rows of a matrix, in the order of `indices`.
pub(crate) fn read_rows(
    matrix: Tensor<2>,
    indices: &[u32],
) -> Result<Vec<Vec<f32>>, InterveneError> {
    let [_, width] = matrix.dims();
    let data: Vec<i64> = indices.iter().map(|&index| index.into()).collect();
    let data = TensorData::new(data, [indices.len()]);
    let picked = Tensor::<1, Int>::from_data(data, &matrix.device());
    let values = values_of(widen(matrix.select(0, picked)))?;
    Ok(values.chunks_exact(width).map(<[f32]>::to_vec).collect())
}
