//! Products with a matrix of 16-bit floats, widened a panel at a time.
//!
//! A whole matrix is never widened: a panel of its columns is, into memory that the next panel takes again, and is multiplied
//! while it is in the cache.

use std::cell::RefCell;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use half::slice::HalfFloatSliceExt;

use super::product::LEAST;

/// Values of a panel, where there are few rows to multiply it with: what fits into a core's own cache.
const SMALL_PANEL: usize = 1 << 18;

/// Values of a panel otherwise: a narrow panel would have the rows packed again and again.
const LARGE_PANEL: usize = 1 << 20;

/// Up to this many rows are few.
const FEW_ROWS: usize = 64;

/// A matrix of 16-bit floats, `[inner, columns]`.
#[derive(Clone, Copy)]
pub(super) struct Halves<'a, H> {
    /// From its first value on.
    pub(super) values: &'a [H],
    /// Steps from a row to the next, and from a column to the next; one of them is 1.
    pub(super) strides: [usize; 2],
}

thread_local! {
    /// A widened panel.
    static PANEL: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// `out = left·right`, on every core; the same bits as with `right` widened before.
pub(super) fn multiply_widening<H: Copy + Sync>(
    out: MatMut<'_, f32>,
    left: MatRef<'_, f32>,
    right: Halves<'_, H>,
) where
    [H]: HalfFloatSliceExt,
{
    let (rows, inner, columns) = (left.nrows(), left.ncols(), out.ncols());
    let values = match rows <= FEW_ROWS {
        true => SMALL_PANEL,
        false => LARGE_PANEL,
    };
    let width = (values / inner.max(1)).max(LEAST);
    in_panels(out, left, right, 0..columns, width);
}

/// Halves `columns` until at most `width` are left, each half for any core.
fn in_panels<H: Copy + Sync>(
    out: MatMut<'_, f32>,
    left: MatRef<'_, f32>,
    right: Halves<'_, H>,
    columns: Range<usize>,
    width: usize,
) where
    [H]: HalfFloatSliceExt,
{
    if columns.len() <= width || columns.len() < 2 * LEAST {
        return PANEL.with_borrow_mut(|panel| {
            let right = right.widened(left.ncols(), columns, panel);
            matmul(out, Accum::Replace, left, right, 1.0, Par::Seq);
        });
    }
    let half = columns.len() / 2 / LEAST * LEAST;
    let middle = columns.start + half;
    let (first, second) = out.split_at_col_mut(half);
    rayon::join(
        || in_panels(first, left, right, columns.start..middle, width),
        || in_panels(second, left, right, middle..columns.end, width),
    );
}

impl<H> Halves<'_, H>
where
    [H]: HalfFloatSliceExt,
{
    /// Some columns in 32-bit floats, `[inner, columns]`, in `panel`.
    fn widened<'a>(
        &self,
        inner: usize,
        columns: Range<usize>,
        panel: &'a mut Vec<f32>,
    ) -> MatRef<'a, f32> {
        let width = columns.len();
        panel.resize(inner * width, 0.0);
        let [row, column] = self.strides;
        if column == 1 {
            for (at, wide) in panel.chunks_exact_mut(width).enumerate() {
                let first = at * row + columns.start;
                self.values[first..first + width].convert_to_f32_slice(wide);
            }
            return MatRef::from_row_major_slice(panel, inner, width);
        }
        for (at, wide) in columns.zip(panel.chunks_exact_mut(inner)) {
            let first = at * column;
            self.values[first..first + inner].convert_to_f32_slice(wide);
        }
        MatRef::from_column_major_slice(panel, inner, width)
    }
}
