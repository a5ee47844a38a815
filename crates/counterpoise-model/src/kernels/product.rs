//! Matrix products.
//!
//! burn's CPU backend clears each product's result and then copies it, and its products of few rows are slow where there
//! is no AVX-512. Here faer multiplies, straight into the result.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Tensor, TensorData};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use half::{bf16, f16};

use super::widening_product::{Halves, multiply_widening};
use super::{is_half, is_host, widen};

/// Columns of a part: as many as faer's inner loops take at once with AVX-512, and four times as many as with AVX2, whose
/// packed right side, of 512 rows, stays in a core's own cache while all rows of the left side pass by.
const PART_COLUMNS: usize = 96;

/// Rows of a part.
const PART_ROWS: usize = 512;

/// Products of fewer multiplications stay on one core.
const MULTIPLICATIONS_OF_ONE_CORE: usize = 1 << 19;

/// Rows or columns that a part has at least: of the blocks that faer's inner loops take, a whole number.
pub(super) const LEAST: usize = 48;

/// `left·right`, `[rows, inner]` and `[inner, columns]`, in 32-bit floats, to which 16-bit ones are widened.
///
/// On the CPU a row of the result has the same bits whatever the other rows are, and however many: each element is summed in
/// the order of `inner`, whichever part of the product it is in.
pub fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let held = |tensor: &Tensor<2>| is_host(tensor) || is_half(tensor);
    if !(held(&left) && held(&right)) {
        return widen(left).matmul(widen(right));
    }
    let device = left.device();
    let ([rows, inner], [_, columns]) = (left.dims(), right.dims());
    // A product with a vector would be summed in another order.
    if rows == 1 {
        return product(left.repeat_dim(0, 2), right).narrow(0, 0, 1);
    }
    if columns == 1 {
        return product(left, right.repeat_dim(1, 2)).narrow(1, 0, 1);
    }
    let halves = [&left, &right].map(is_half);
    let left = if halves[1] { widen(left) } else { left };
    let (left, right) = (host(left), host(right));
    let mut values = vec![0.0_f32; rows * columns];
    let out = MatMut::from_row_major_slice_mut(&mut values, rows, columns);
    match halves {
        [false, false] => {
            let (left, right) = (matrix(&left, rows, inner), matrix(&right, inner, columns));
            if rows * columns * inner < MULTIPLICATIONS_OF_ONE_CORE {
                matmul(out, Accum::Replace, left, right, 1.0, Par::Seq);
            } else {
                multiply(out, left, right);
            }
        }
        [_, true] => by_half(out, matrix(&left, rows, inner), &right, |[row, column]| {
            [row, column]
        }),
        // The same product with its sides exchanged: `outᵀ = rightᵀ·leftᵀ`.
        [true, false] => {
            let right = matrix(&right, inner, columns).transpose();
            by_half(out.transpose_mut(), right, &left, |[row, column]| {
                [column, row]
            });
        }
    }
    Tensor::from_data(TensorData::new(values, [rows, columns]), &device)
}

/// `out = left·right`, where `right` is in 16 bits, `strides` of its own what they are as the right side.
fn by_half(
    out: MatMut<'_, f32>,
    left: MatRef<'_, f32>,
    right: &FlexTensor,
    strides: impl Fn([usize; 2]) -> [usize; 2],
) {
    let layout = right.layout();
    let own = [0, 1].map(|dimension| layout.strides()[dimension].unsigned_abs());
    let (start, strides) = (layout.start_offset(), strides(own));
    match right.dtype() {
        DType::F16 => {
            let values = &right.storage::<f16>()[start..];
            multiply_widening(out, left, Halves { values, strides });
        }
        _ => {
            let values = &right.storage::<bf16>()[start..];
            multiply_widening(out, left, Halves { values, strides });
        }
    }
}

/// `out = left·right` in parts of up to [`PART_ROWS`] rows and [`PART_COLUMNS`] columns, which any core may take. faer's own
/// division among cores has them wait for each other at barriers, which costs much where other programs run.
fn multiply(out: MatMut<'_, f32>, left: MatRef<'_, f32>, right: MatRef<'_, f32>) {
    let middle = |length: usize, part: usize| length.div_ceil(part) / 2 * part;
    if out.nrows() > PART_ROWS {
        let middle = middle(out.nrows(), PART_ROWS);
        let (out, other_out) = out.split_at_row_mut(middle);
        let (left, other_left) = left.split_at_row(middle);
        rayon::join(
            || multiply(out, left, right),
            || multiply(other_out, other_left, right),
        );
    } else if out.ncols() > PART_COLUMNS {
        let middle = middle(out.ncols(), PART_COLUMNS);
        let (out, other_out) = out.split_at_col_mut(middle);
        let (right, other_right) = right.split_at_col(middle);
        rayon::join(
            || multiply(out, left, right),
            || multiply(other_out, left, other_right),
        );
    } else {
        matmul(out, Accum::Replace, left, right, 1.0, Par::Seq);
    }
}

/// The tensor of burn's CPU backend, whose values can be seen without a copy.
fn host(tensor: Tensor<2>) -> FlexTensor {
    #[expect(
        clippy::expect_used,
        reason = "`is_host` saw a tensor of that backend, without gradients"
    )]
    let tensor = tensor
        .try_into_primitive::<Flex>()
        .expect("a tensor of flex");
    match *tensor.layout().strides() {
        [along, 1] | [1, along] if along >= 0 => tensor,
        _ => tensor.to_contiguous(),
    }
}

/// `tensor`, `[rows, columns]`, one of whose dimensions has the stride 1.
fn matrix(tensor: &FlexTensor, rows: usize, columns: usize) -> MatRef<'_, f32> {
    let layout = tensor.layout();
    let values = &tensor.storage::<f32>()[layout.start_offset()..];
    let [row, column] = [0, 1].map(|dimension| layout.strides()[dimension].unsigned_abs());
    match column {
        1 => MatRef::from_row_major_slice_with_stride(values, rows, columns, row),
        _ => MatRef::from_column_major_slice_with_stride(values, rows, columns, column),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;

    use super::*;

    fn ramp(shape: [usize; 2], seed: usize, device: &Device) -> Tensor<2> {
        let values =
            (0..shape[0] * shape[1]).map(|i| ((i + seed) * 7919 % 1009) as f32 / 500.0 - 1.0);
        Tensor::from_data(TensorData::new(values.collect(), shape), device)
    }

    fn values(tensor: Tensor<2>) -> Vec<f32> {
        tensor.try_into_vec_as::<f32>().unwrap()
    }

    /// The sums in `f64`.
    fn expected(left: &Tensor<2>, right: &Tensor<2>) -> Vec<f64> {
        let ([rows, inner], [_, columns]) = (left.dims(), right.dims());
        let (left, right) = (values(left.clone()), values(right.clone()));
        let at = |row: usize, column: usize| -> f64 {
            (0..inner)
                .map(|i| f64::from(left[row * inner + i]) * f64::from(right[i * columns + column]))
                .sum()
        };
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| at(row, column))
            .collect()
    }

    fn check(left: Tensor<2>, right: Tensor<2>) {
        let expected = expected(&left, &right);
        let found = values(product(left, right));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-4,
                "{found} {expected}"
            );
        }
    }

    #[test]
    fn views_of_every_kind_are_multiplied_as_what_they_show() {
        let device = Device::flex();
        let (left, right) = (ramp([9, 40], 1, &device), ramp([40, 70], 2, &device));
        check(left.clone(), right.clone());
        check(left.clone().transpose().transpose(), right.clone());
        check(ramp([40, 9], 3, &device).transpose(), right.clone());
        check(left.clone(), ramp([70, 40], 4, &device).transpose());
        let middle = |tensor: Tensor<2>| tensor.narrow(0, 3, 5).narrow(1, 7, 20);
        check(middle(left.clone()), right.clone().narrow(0, 11, 20));
        check(
            middle(ramp([90, 40], 5, &device).transpose()),
            right.clone().narrow(0, 0, 20),
        );
        check(left.clone().flip([0, 1]), right.clone().flip([0]));
        check(ramp([1, 40], 6, &device).expand([6, 40]), right.clone());
        check(ramp([6, 1], 6, &device), ramp([1, 5], 6, &device));
        check(left.narrow(0, 2, 1), right.narrow(1, 3, 1));
    }

    #[test]
    fn a_row_has_the_same_bits_whatever_rows_are_beside_it() {
        let device = Device::flex();
        for (inner, columns) in [(700, 230), (64, 33), (1300, 5), (90, 97)] {
            let (left, right) = (
                ramp([300, inner], 1, &device),
                ramp([inner, columns], 2, &device),
            );
            let all = values(product(left.clone(), right.clone()));
            for (first, rows) in [(0, 1), (7, 1), (3, 2), (10, 5), (40, 33), (100, 200)] {
                let found = values(product(left.clone().narrow(0, first, rows), right.clone()));
                assert!(
                    found == all[first * columns..(first + rows) * columns],
                    "{inner} {rows}"
                );
            }
            let transposed = |rows| {
                let left = left.clone().narrow(0, 0, rows);
                values(product(right.clone().transpose(), left.transpose()).transpose())
            };
            assert!(transposed(300) == all);
            assert!(transposed(1) == all[..columns]);
        }
    }

    #[test]
    fn gradients_reach_both_sides() {
        let device = Device::flex().autodiff();
        let [left, right] =
            [ramp([4, 3], 1, &device), ramp([3, 5], 2, &device)].map(Tensor::require_grad);
        let gradients = product(left.clone(), right.clone()).sum().backward();
        assert!(left.grad(&gradients).is_some() && right.grad(&gradients).is_some());
    }
}
