//! What follows a linear layer's product.

use std::marker::PhantomData;

use burn::tensor::Tensor;

use super::gelu::{gelu, gelu_tanh};
use super::{RowKernel, in_place, is_host, on_rows};

/// `x + bias`: `[batch, seq, width]` and `[width]`.
pub(crate) fn add_bias(x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    match is_host(&x) {
        true => biased::<Plain>(x, bias),
        false => x + bias.unsqueeze(),
    }
}

/// `gelu(x + bias)`, in one pass where that is possible; bit for bit what the two steps give.
pub(crate) fn add_bias_and_gelu(x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    match is_host(&x) {
        true => biased::<Activated>(x, bias),
        false => gelu_tanh(x + bias.unsqueeze()),
    }
}

/// What becomes of a value that has its bias.
trait Then: Sync {
    fn then(x: f32) -> f32;
}

/// Nothing.
struct Plain;

impl Then for Plain {
    #[inline(always)]
    fn then(x: f32) -> f32 {
        x
    }
}

/// The activation function.
struct Activated;

impl Then for Activated {
    #[inline(always)]
    fn then(x: f32) -> f32 {
        gelu(x)
    }
}

fn biased<T: Then>(x: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    let [_, _, width] = x.dims();
    let bias = bias.into_data();
    #[expect(
        clippy::expect_used,
        reason = "a layer's bias has the type of its output"
    )]
    let bias = bias.as_slice::<f32>().expect("values of f32");
    let kernel = Biased(bias, PhantomData::<T>);
    in_place(x, |values| on_rows(values, width, &kernel))
}

struct Biased<'a, T>(&'a [f32], PhantomData<T>);

impl<T: Then> RowKernel for Biased<'_, T> {
    #[inline(always)]
    fn run(&self, _: usize, rows: &mut [f32]) {
        let Self(bias, _) = self;
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, &bias) in row.iter_mut().zip(*bias) {
                *x = T::then(*x + bias);
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
            (
                values(add_bias(x.clone(), bias.clone())),
                values(add_bias_and_gelu(x, bias)),
            )
        };
        let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
        assert_eq!(kernel.0, operations.0);
        for (kernel, operations) in kernel.1.iter().zip(&operations.1) {
            assert!((kernel - operations).abs() < 1e-6 * (1.0 + operations.abs()));
        }
    }

    #[test]
    fn one_pass_gives_the_bits_of_two() {
        let device = Device::flex();
        let (x, bias) = (ramp([2, 5, 64], &device), ramp([64], &device));
        let two = gelu_tanh(add_bias(x.clone(), bias.clone()));
        let one = add_bias_and_gelu(x, bias);
        assert_eq!(values(one), values(two));
    }
}
