//! Division by the root of the mean square.

use burn::tensor::Tensor;

use super::{RowKernel, in_place, is_host, on_rows};

/// Sums are taken in this many parts, whatever the vector width is.
const LANES: usize = 16;

/// `x / √(mean(x²) + epsilon)` over the last axis, `[batch, seq, width]` to the same.
pub(crate) fn rms_norm(x: Tensor<3>, epsilon: f64) -> Tensor<3> {
    let [_, _, width] = x.dims();
    if is_host(&x) {
        let kernel = RmsNorm {
            width,
            epsilon: epsilon as f32,
        };
        return in_place(x, |values| on_rows(values, width, &kernel));
    }
    let mean = x.clone().square().mean_dim(2); // [batch, seq, 1]
    x * mean.add_scalar(epsilon).sqrt().recip()
}

struct RmsNorm {
    width: usize,
    epsilon: f32,
}

impl RowKernel for RmsNorm {
    #[inline(always)]
    fn run(&self, _: usize, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.width) {
            let mut sums = [0.0_f32; LANES];
            let mut chunks = row.chunks_exact(LANES);
            for chunk in &mut chunks {
                for (sum, &x) in sums.iter_mut().zip(chunk) {
                    *sum += x * x;
                }
            }
            let rest: f32 = chunks.remainder().iter().map(|&x| x * x).sum();
            let mean = (sums.iter().sum::<f32>() + rest) / self.width as f32;
            let scale = 1.0 / (mean + self.epsilon).sqrt();
            row.iter_mut().for_each(|x| *x *= scale);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::{Device, TensorData};

    use super::*;

    const WIDTH: usize = 53;
    const EPSILON: f64 = 1e-2;

    fn inputs() -> Vec<f32> {
        (0..3 * 7 * WIDTH)
            .map(|i| (i * 7919 % 97) as f32 / 13.0 - 3.0)
            .collect()
    }

    #[test]
    fn kernel_and_operations_agree_with_the_definition() {
        for device in [Device::flex(), Device::flex().autodiff()] {
            let x = Tensor::<3>::from_data(TensorData::new(inputs(), [3, 7, WIDTH]), &device);
            let found = rms_norm(x, EPSILON).try_into_vec_as::<f32>().unwrap();
            for (row, found) in inputs().chunks(WIDTH).zip(found.chunks(WIDTH)) {
                let squares = row.iter().map(|&x| f64::from(x).powi(2));
                let root = (squares.sum::<f64>() / WIDTH as f64 + EPSILON).sqrt();
                for (&x, &found) in row.iter().zip(found) {
                    let expected = f64::from(x) / root;
                    assert!(
                        (f64::from(found) - expected).abs() < 1e-6,
                        "{found} {expected}"
                    );
                }
            }
        }
    }
}
