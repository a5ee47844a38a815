//! What follows the product of an MLP's first layer.

use burn::tensor::Tensor;

use super::gelu::{gelu, gelu_tanh};
use super::{RowKernel, in_place, is_host, on_rows};

/// `gelu(x + bias)`, `[batch, seq, width]` and `[width]`, in one pass where that is possible; bit for
/// bit what the two steps give.
pub(crate) fn add_bias_and_gelu(x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    if !is_host(&x) {
        return gelu_tanh(x + bias.unsqueeze());
    }
    let [_, _, width] = x.dims();
    let bias = bias.into_data();
    #[expect(
        clippy::expect_used,
        reason = "a layer's bias has the type of its output"
    )]
    let kernel = BiasedGelu(bias.as_slice::<f32>().expect("values of f32"));
    in_place(x, |values| on_rows(values, width, &kernel))
}

struct BiasedGelu<'a>(&'a [f32]);

impl RowKernel for BiasedGelu<'_> {
    #[inline(always)]
    fn run(&self, _: usize, rows: &mut [f32]) {
        let Self(bias) = self;
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, &bias) in row.iter_mut().zip(*bias) {
                *x = gelu(*x + bias);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn ramp<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        let values = (0..shape.iter().product::<usize>()).map(|i| (i % 97) as f32 / 13.0 - 3.0);
        Tensor::from_data(TensorData::new(values.collect(), shape), device)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.try_into_vec_as::<f32>().unwrap()
    }

    #[test]
    fn kernel_and_operations_agree() {
        let of = |device: &Device| {
            // Rows that do not divide evenly among tasks.
            let (x, bias) = (ramp([3, 37, 511], device), ramp([511], device));
            values(add_bias_and_gelu(x, bias))
        };
        let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
        for (kernel, operations) in kernel.iter().zip(&operations) {
            assert!((kernel - operations).abs() < 1e-6 * (1.0 + operations.abs()));
        }
    }

    #[test]
    fn one_pass_gives_the_bits_of_two() {
        let device = Device::flex();
        let (x, bias) = (ramp([2, 5, 64], &device), ramp([64], &device));
        let two = gelu_tanh(x.clone() + bias.clone().unsqueeze());
        let one = add_bias_and_gelu(x, bias);
        assert_eq!(values(one), values(two));
    }
}
