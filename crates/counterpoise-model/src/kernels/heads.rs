//! Attention on the CPU, head by head.
//!
//! The scores of a few queries are taken, made into weights and multiplied with the values before the next few are begun, so
//! that they stay in a core's own cache. A query has the same bits whatever other queries, rows of the batch and columns of
//! weight 0 there are, and whether somebody looks at the weights or not.

use std::cell::RefCell;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Device, Tensor, TensorData};
use counterpoise_hooks::Pass;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::is_host;
use super::softmax::{Scores, causal_weights};

/// Queries whose scores are taken at once. Those after the last of them see columns that these do not: the fewer, the less
/// is computed in vain, and the more, the faster a product is.
const QUERIES_TOGETHER: usize = 128;

/// Multiplications that a task does at least.
const MULTIPLICATIONS_PER_TASK: usize = 1 << 17;

/// Queries, keys and values of every head, seen without a copy. A head of keys and values may serve several of the queries.
pub(crate) struct Heads<'a> {
    queries: Matrices,
    keys: Matrices,
    values: Matrices,
    scores: Scores,
    pass: &'a Pass,
    device: Device,
}

/// Some queries of one head of one text.
#[derive(Clone, Copy)]
struct Part {
    text: usize,
    head: usize,
    first: usize,
    queries: usize,
}

impl<'a> Heads<'a> {
    /// `None` unless all three are 32-bit floats in memory, without gradients.
    pub(crate) fn of(
        queries: &Tensor<4>, // [batch, n_head, seq, d_head]
        keys: &Tensor<4>,    // [batch, n_kv_head, past + seq, d_head]
        values: &Tensor<4>,  // [batch, n_kv_head, past + seq, d_head]
        scores: Scores,
        pass: &'a Pass,
    ) -> Option<Self> {
        let all = [queries, keys, values];
        (all.into_iter().all(is_host)).then(|| Self {
            queries: Matrices::of(queries.clone()),
            keys: Matrices::of(keys.clone()),
            values: Matrices::of(values.clone()),
            scores,
            pass,
            device: queries.device(),
        })
    }

    /// The values, as each query weights them: `[batch, n_head, seq, d_head]`.
    pub(crate) fn weighted(&self) -> Tensor<4> {
        self.by_parts(self.values.columns, |part, out| {
            let first = self.first_column(part.text);
            let seen = self.seen(part).max(first + 1);
            with_room(part.queries * (seen - first), |weights| {
                self.weigh(part, first..seen, weights);
                let weights = MatRef::from_row_major_slice(weights, part.queries, seen - first);
                let values = self.values_of(part).subrows(first, seen - first);
                multiply(out, weights, values, Accum::Replace);
            });
        })
    }

    /// What share each query takes of each column: `[batch, n_head, seq, past + seq]`.
    pub(crate) fn pattern(&self) -> Tensor<4> {
        let columns = self.keys.rows;
        self.by_parts(columns, |part, mut out| {
            let first = self.first_column(part.text);
            let seen = self.seen(part).max(first + 1);
            with_room(part.queries * (seen - first), |weights| {
                self.weigh(part, first..seen, weights);
                let weights = MatRef::from_row_major_slice(weights, part.queries, seen - first);
                let mut seen = out.as_mut().subcols_mut(first, seen - first);
                seen.copy_from(weights);
            });
        })
    }

    /// The values, weighted by `pattern`, which may differ from [`pattern`](Self::pattern).
    pub(crate) fn weighted_by(&self, pattern: Tensor<4>) -> Tensor<4> {
        let pattern = Matrices::of(pattern);
        let columns = self.keys.rows;
        self.by_parts(self.values.columns, |part, mut out| {
            let first = self.first_column(part.text);
            let all = pattern.of_head(part.text, part.head);
            let weights = all.subrows(part.first, part.queries);
            let values = self.values_of(part);
            let own = columns - first;
            multiply(
                out.as_mut(),
                weights.subcols(first, own),
                values.subrows(first, own),
                Accum::Replace,
            );
            // Of weight 0, unless a hook has changed that.
            let padding = weights.subcols(0, first);
            if (0..part.queries).any(|row| (0..first).any(|column| padding[(row, column)] != 0.0)) {
                multiply(out, padding, values.subrows(0, first), Accum::Add);
            }
        })
    }

    /// Weights of `part`'s queries for the `columns`, row after row.
    fn weigh(&self, part: Part, columns: std::ops::Range<usize>, weights: &mut [f32]) {
        let width = columns.len();
        let queries = self.queries.of_head(part.text, part.head);
        let keys = self.keys.of_head(part.text, self.serving(part.head));
        multiply(
            MatMut::from_row_major_slice_mut(weights, part.queries, width),
            queries.subrows(part.first, part.queries),
            keys.subrows(columns.start, width).transpose(),
            Accum::Replace,
        );
        let before = self.pass.past() + part.first + 1;
        causal_weights(
            weights,
            width,
            self.scores,
            before as isize - columns.start as isize,
        );
    }

    fn values_of(&self, part: Part) -> MatRef<'_, f32> {
        self.values.of_head(part.text, self.serving(part.head))
    }

    /// The head of keys and values that serves `head` of the queries.
    fn serving(&self, head: usize) -> usize {
        head / (self.queries.heads / self.keys.heads)
    }

    /// The first column of a text that is not padding. A text that is all padding attends to nothing, but has to get numbers.
    fn first_column(&self, text: usize) -> usize {
        self.pass.padding()[text].min(self.keys.rows - 1)
    }

    /// Columns up to the one of `part`'s last query, which is one of them.
    fn seen(&self, part: Part) -> usize {
        self.pass.past() + part.first + part.queries
    }

    /// What `of` writes for each part of the queries: `[batch, n_head, seq, width]`.
    fn by_parts(&self, width: usize, of: impl Fn(Part, MatMut<'_, f32>) + Sync) -> Tensor<4> {
        let [batch, n_head, seq] = [self.queries.texts, self.queries.heads, self.queries.rows];
        let mut out = vec![0.0_f32; batch * n_head * seq * width];
        let each = (seq * self.keys.rows * self.queries.columns).max(1);
        let matrices = out.par_chunks_mut((seq * width).max(1)).enumerate();
        let matrices = matrices.with_min_len(MULTIPLICATIONS_PER_TASK.div_ceil(each));
        matrices.for_each(|(matrix, out)| {
            let parts = out.par_chunks_mut(QUERIES_TOGETHER * width).enumerate();
            parts.for_each(|(part, out)| {
                let queries = out.len() / width;
                let part = Part {
                    text: matrix / n_head,
                    head: matrix % n_head,
                    first: part * QUERIES_TOGETHER,
                    queries,
                };
                of(part, MatMut::from_row_major_slice_mut(out, queries, width));
            });
        });
        let data = TensorData::new(out, [batch, n_head, seq, width]);
        Tensor::from_data(data, &self.device)
    }
}

/// Runs `of` on so many values, whatever they hold, which are the same memory again and again.
fn with_room(values: usize, of: impl FnOnce(&mut [f32])) {
    thread_local! {
        static ROOM: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    ROOM.with_borrow_mut(|room| {
        if room.len() < values {
            room.resize(values, 0.0);
        }
        of(&mut room[..values]);
    });
}

/// `out = left·right`, or added to it. Vectors are multiplied as matrices of two, because faer sums a vector in another order.
fn multiply(mut out: MatMut<'_, f32>, left: MatRef<'_, f32>, right: MatRef<'_, f32>, how: Accum) {
    let (rows, columns, inner) = (out.nrows(), out.ncols(), left.ncols());
    if rows > 1 && columns > 1 {
        return matmul(out, how, left, right, 1.0, Par::Seq);
    }
    let twice = |vector: &dyn Fn(usize) -> f32| -> Vec<f32> {
        let values = (0..inner).map(vector);
        values.clone().chain(values).collect()
    };
    let (left_twice, right_twice);
    let left = match rows {
        1 => {
            left_twice = twice(&|i| left[(0, i)]);
            MatRef::from_row_major_slice(&left_twice, 2, inner)
        }
        _ => left,
    };
    let right = match columns {
        1 => {
            right_twice = twice(&|i| right[(i, 0)]);
            MatRef::from_column_major_slice(&right_twice, inner, 2)
        }
        _ => right,
    };
    let [wide_rows, wide_columns] = [rows.max(2), columns.max(2)];
    let mut wide = vec![0.0_f32; wide_rows * wide_columns];
    let all = MatMut::from_row_major_slice_mut(&mut wide, wide_rows, wide_columns);
    matmul(all, Accum::Replace, left, right, 1.0, Par::Seq);
    for row in 0..rows {
        for column in 0..columns {
            let value = wide[row * wide_columns + column];
            match how {
                Accum::Replace => out[(row, column)] = value,
                Accum::Add => out[(row, column)] += value,
            }
        }
    }
}

/// The matrices of a tensor `[texts, heads, rows, columns]`.
struct Matrices {
    tensor: FlexTensor,
    texts: usize,
    heads: usize,
    rows: usize,
    columns: usize,
}

impl Matrices {
    fn of(tensor: Tensor<4>) -> Self {
        let [texts, heads, rows, columns] = tensor.dims();
        #[expect(
            clippy::expect_used,
            reason = "`is_host` saw a tensor of that backend, without gradients"
        )]
        let tensor = tensor
            .try_into_primitive::<Flex>()
            .expect("a tensor of flex");
        let strides = tensor.layout().strides();
        let forwards = strides.iter().all(|&stride| stride >= 0);
        let apart = rows <= 1 || strides[2] >= columns as isize;
        let plain = forwards && apart && (columns <= 1 || strides[3] == 1);
        Self {
            tensor: if plain {
                tensor
            } else {
                tensor.to_contiguous()
            },
            texts,
            heads,
            rows,
            columns,
        }
    }

    /// That of one head of one text.
    fn of_head(&self, text: usize, head: usize) -> MatRef<'_, f32> {
        let (rows, columns, layout) = (self.rows, self.columns, self.tensor.layout());
        let stride = |dimension: usize| layout.strides()[dimension].unsigned_abs();
        let start = layout.start_offset() + text * stride(0) + head * stride(1);
        let values = &self.tensor.storage::<f32>()[start..];
        match rows {
            1 => MatRef::from_row_major_slice(&values[..columns], rows, columns),
            _ => {
                let values = &values[..(rows - 1) * stride(2) + columns];
                MatRef::from_row_major_slice_with_stride(values, rows, columns, stride(2))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::s;

    use super::*;

    const D_HEAD: usize = 64;

    fn ramp(shape: [usize; 4], seed: usize) -> Tensor<4> {
        let values = (0..shape.iter().product::<usize>())
            .map(|i| ((i + seed) * 7919 % 1009) as f32 / 500.0 - 1.0);
        let data = TensorData::new(values.collect(), shape);
        Tensor::from_data(data, &Device::flex())
    }

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.try_into_vec_as::<f32>().unwrap()
    }

    const SCORES: Scores = Scores {
        scale: 0.125,
        soft_cap: None,
        window: None,
    };

    fn heads<'a>(tensors: &[Tensor<4>; 3], scores: Scores, pass: &'a Pass) -> Heads<'a> {
        let [queries, keys, values] = tensors;
        Heads::of(queries, keys, values, scores, pass).unwrap()
    }

    /// Queries that lie as a linear layer writes them, and keys and values in a cache that has room.
    fn tensors(batch: usize, seq: usize, columns: usize) -> [Tensor<4>; 3] {
        let queries = ramp([batch, seq, 4, D_HEAD], 1).swap_dims(1, 2);
        let cached = |seed| ramp([batch, 2, columns + 9, D_HEAD], seed).narrow(2, 0, columns);
        [queries, cached(2), cached(3)]
    }

    #[test]
    fn a_query_has_the_same_bits_in_a_window_and_in_a_step_and_behind_padding() {
        for seq in [2, 130, 700] {
            let [queries, keys, all_values] = tensors(2, seq, seq);
            let whole = Pass::whole(2, seq);
            let tensors = [queries, keys, all_values];
            for window in [None, Some(40)] {
                let scores = Scores { window, ..SCORES };
                let all = heads(&tensors, scores, &whole).weighted();
                for query in [0, 1, seq / 2, seq - 1] {
                    let of = |text: usize, first: usize, tensor: &Tensor<4>, dim: [usize; 2]| {
                        let cut = tensor.clone().slice(s![text..text + 1, .., dim[0]..dim[1]]);
                        let [_, heads, _, width] = cut.dims();
                        match first {
                            0 => cut,
                            _ => Tensor::cat(vec![ramp([1, heads, first, width], 7), cut], 2),
                        }
                    };
                    for (text, padding) in [(0, 0), (1, 0), (1, 5)] {
                        let step = Pass::left_padded(vec![padding], query + padding + 1);
                        let step = step.part(query + padding..query + padding + 1);
                        let alone = [
                            of(text, 0, &tensors[0], [query, query + 1]),
                            of(text, padding, &tensors[1], [0, query + 1]),
                            of(text, padding, &tensors[2], [0, query + 1]),
                        ];
                        let found = values(heads(&alone, scores, &step).weighted());
                        let expected = of(text, 0, &all, [query, query + 1]);
                        assert!(found == values(expected), "{seq} {query} {padding}");
                    }
                }
            }
        }
    }

    #[test]
    fn looking_at_the_pattern_changes_no_bit_and_what_a_hook_writes_counts_everywhere() {
        let tensors = tensors(2, 140, 150);
        let pass = Pass::left_padded(vec![0, 7], 150).part(10..150);
        let heads = heads(&tensors, SCORES, &pass);
        let pattern = heads.pattern();
        assert!(values(heads.weighted_by(pattern.clone())) == values(heads.weighted()));
        let padded = pattern.clone().slice(s![1.., .., .., ..7]);
        assert!(values(padded).iter().all(|&weight| weight == 0.0));
        let changed = pattern + 0.25;
        let each = |tensor: &Tensor<4>| tensor.clone().repeat_dim(1, 2).reshape([2, 2, 2, 150, 64]);
        let served = each(&tensors[2])
            .swap_dims(1, 2)
            .reshape([2, 4, 150, D_HEAD]);
        let expected = values(changed.clone().matmul(served));
        let found = values(heads.weighted_by(changed));
        assert!(
            found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-4)
        );
    }
}
