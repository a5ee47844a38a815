//! What ends each half of a block that is normalised after its residual sum.

use burn::tensor::Tensor;
use burn::tensor::module::layer_norm;

use super::{RowKernel, in_place, is_host, on_rows};

/// Sums are taken in this many parts, whatever the vector width is.
const LANES: usize = 16;

/// A bias, and the layer norm of the residual sum: all `[width]`.
#[derive(Debug, Clone)]
pub struct PostNorm {
    /// Added to what joins the residual.
    pub bias: Tensor<1>,
    /// The norm's weight.
    pub weight: Tensor<1>,
    /// The norm's bias.
    pub shift: Tensor<1>,
    /// Added to the variance.
    pub epsilon: f64,
}

/// `LayerNorm(x + bias + residual)`, `[batch, seq, width]`, in one pass where that is possible.
pub fn norm_of_sum(x: Tensor<3>, residual: Tensor<3>, norm: &PostNorm) -> Tensor<3> {
    let PostNorm {
        bias,
        weight,
        shift,
        epsilon,
    } = norm.clone();
    if !(is_host(&x) && is_host(&residual)) {
        let sum = x + bias.unsqueeze() + residual;
        return layer_norm(sum, weight, Some(shift), epsilon);
    }
    let [residual, bias, weight, shift] = [
        residual.into_data(),
        bias.into_data(),
        weight.into_data(),
        shift.into_data(),
    ];
    #[expect(
        clippy::expect_used,
        reason = "`is_host` saw f32, and a layer's parameters have the type of its input"
    )]
    let [residual, bias, weight, shift] = [&residual, &bias, &weight, &shift]
        .map(|data| data.as_slice::<f32>().expect("values of f32"));
    let kernel = Kernel {
        residual,
        bias,
        weight,
        shift,
        epsilon: epsilon as f32,
    };
    in_place(x, |values| on_rows(values, bias.len(), &kernel))
}

struct Kernel<'a> {
    residual: &'a [f32], // [batch * seq, width]
    bias: &'a [f32],
    weight: &'a [f32],
    shift: &'a [f32],
    epsilon: f32,
}

impl RowKernel for Kernel<'_> {
    #[inline(always)]
    fn run(&self, first: usize, rows: &mut [f32]) {
        let width = self.bias.len();
        let residuals = self.residual[first * width..].chunks_exact(width);
        for (row, residual) in rows.chunks_exact_mut(width).zip(residuals) {
            for ((x, bias), residual) in row.iter_mut().zip(self.bias).zip(residual) {
                *x = *x + bias + residual;
            }
            let mean = sum(row, |x| x) / width as f32;
            row.iter_mut().for_each(|x| *x -= mean);
            let variance = sum(row, |x| x * x) / width as f32;
            let scale = 1.0 / (variance + self.epsilon).sqrt();
            for ((x, weight), shift) in row.iter_mut().zip(self.weight).zip(self.shift) {
                *x = *x * scale * weight + shift;
            }
        }
    }
}

/// The sum of a function over a row, its parts added in a fixed order.
#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let mut chunks = row.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += of(x);
        }
    }
    let rest: f32 = chunks.remainder().iter().map(|&x| of(x)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn tensor<const D: usize>(shape: [usize; D], seed: usize, device: &Device) -> Tensor<D> {
        let values = (0..shape.iter().product::<usize>())
            .map(|i| ((i + seed) * 7919 % 1009) as f32 / 300.0 - 1.5);
        Tensor::from_data(TensorData::new(values.collect(), shape), device)
    }

    #[test]
    fn kernel_and_operations_agree_on_rows_of_any_width() {
        for width in [1, 37, 64] {
            let of = |device: &Device| {
                let [x, residual] = [1, 2].map(|seed| tensor([2, 301, width], seed, device));
                let norm = PostNorm {
                    bias: tensor([width], 3, device),
                    weight: tensor([width], 4, device),
                    shift: tensor([width], 5, device),
                    epsilon: 1e-5,
                };
                let normed = norm_of_sum(x, residual, &norm);
                normed.try_into_vec_as::<f32>().unwrap()
            };
            let (kernel, operations) = (of(&Device::flex()), of(&Device::flex().autodiff()));
            for (kernel, operations) in kernel.iter().zip(&operations) {
                assert!(
                    (kernel - operations).abs() < 2e-6 * (1.0 + operations.abs()),
                    "{width}: {kernel} {operations}"
                );
            }
        }
    }

    #[test]
    fn one_row_that_is_not_finite_leaves_the_others_alone() {
        let device = Device::flex();
        let mut values = vec![1.0_f32, 2.0, 3.0, 4.0];
        values[1] = f32::NAN;
        let x = Tensor::<3>::from_data(TensorData::new(values, [1, 2, 2]), &device);
        let norm = PostNorm {
            bias: tensor([2], 3, &device),
            weight: tensor([2], 4, &device),
            shift: tensor([2], 5, &device),
            epsilon: 1e-5,
        };
        let found = norm_of_sum(x.clone(), x.zeros_like(), &norm);
        let found = found.try_into_vec_as::<f32>().unwrap();
        assert!(found[..2].iter().all(|value| value.is_nan()));
        assert!(found[2..].iter().all(|value| value.is_finite()));
    }
}
