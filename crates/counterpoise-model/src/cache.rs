//! The key-value cache: what attention remembers of the columns already fed.

use burn::tensor::{Tensor, s};

/// Keys and values of every column fed so far, per block.
///
/// It is a plain value: a clone shares the tensors until one of the two continues, so a prompt can be
/// fed once and continued from several times, under different hooks.
#[derive(Debug, Clone, Default)]
pub struct KvCache {
    blocks: Vec<Cached>,
    room: usize,
}

/// What attention reads of one block, `[batch, n_kv_head, columns, d_head]` each; keys are rotated already, where a model
/// rotates them.
#[derive(Debug, Clone)]
pub struct KeysValues {
    /// What queries are compared with.
    pub keys: Tensor<4>,
    /// What is added up.
    pub values: Tensor<4>,
}

/// One block's keys and values, `[batch, n_head, room, d_head]`, of which the first `columns` are
/// filled.
#[derive(Debug, Clone)]
struct Cached {
    keys: Tensor<4>,
    values: Tensor<4>,
    columns: usize,
}

impl KvCache {
    /// Nothing cached yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing cached yet, and room for this many columns: until they are filled, what is cached stays
    /// where it is.
    pub fn with_room(columns: usize) -> Self {
        Self {
            blocks: Vec::new(),
            room: columns,
        }
    }

    /// Takes over `part`, the cache of the rows from `first` on, into this cache of `batch` rows of
    /// `columns` columns. The last columns are aligned, as left padding has them.
    pub(crate) fn take_rows(&mut self, batch: usize, columns: usize, first: usize, part: Self) {
        for (layer, part) in part.blocks.into_iter().enumerate() {
            let [_, n_head, _, d_head] = part.keys.dims();
            if layer == self.blocks.len() {
                let shape = [batch, n_head, self.room.max(columns), d_head];
                self.blocks.push(Cached {
                    keys: Tensor::zeros(shape, &part.keys.device()),
                    values: Tensor::zeros(shape, &part.values.device()),
                    columns,
                });
            }
            self.blocks[layer].take_rows(first, part);
        }
    }

    /// A cache of these keys and values, one for each block, to continue from what they were changed to.
    pub fn of(blocks: Vec<KeysValues>) -> Self {
        let cached = |KeysValues { keys, values }| {
            let [_, _, columns, _] = keys.dims();
            Cached {
                keys,
                values,
                columns,
            }
        };
        Self {
            blocks: blocks.into_iter().map(cached).collect(),
            room: 0,
        }
    }

    /// The keys and values of every block, of all columns cached.
    pub fn keys_and_values(&self) -> Vec<KeysValues> {
        let of = |cached: &Cached| {
            let (keys, values) = cached.filled();
            KeysValues { keys, values }
        };
        self.blocks.iter().map(of).collect()
    }

    /// How many columns are cached, padding included.
    pub fn columns(&self) -> usize {
        self.blocks.first().map_or(0, |cached| cached.columns)
    }

    /// Appends block `layer`'s new keys and values, `[batch, n_head, seq, d_head]`, and returns all
    /// of them, `[batch, n_head, past + seq, d_head]`.
    pub(crate) fn append(
        &mut self,
        layer: usize,
        keys: Tensor<4>,
        values: Tensor<4>,
    ) -> (Tensor<4>, Tensor<4>) {
        if layer == self.blocks.len() {
            self.blocks.push(Cached::with_room(self.room, keys, values));
        } else {
            self.blocks[layer].append(keys, values);
        }
        self.blocks[layer].filled()
    }
}

impl Cached {
    fn with_room(room: usize, keys: Tensor<4>, values: Tensor<4>) -> Self {
        let [batch, n_head, columns, d_head] = keys.dims();
        if room <= columns {
            return Self {
                keys,
                values,
                columns,
            };
        }
        let room = || Tensor::zeros([batch, n_head, room, d_head], &keys.device());
        let mut cached = Self {
            keys: room(),
            values: room(),
            columns: 0,
        };
        cached.append(keys, values);
        cached
    }

    /// Writes new columns after the filled ones; in place, if there is room and no clone holds the
    /// tensors too.
    fn append(&mut self, keys: Tensor<4>, values: Tensor<4>) {
        let [_, _, seq, _] = keys.dims();
        let [_, _, room, _] = self.keys.dims();
        let (past, columns) = (self.columns, self.columns + seq);
        let write = |cached: &mut Tensor<4>, new: Tensor<4>| {
            if columns <= room {
                cached.inplace(|cached| cached.slice_assign(s![.., .., past..columns], new));
            } else {
                let filled = cached.clone().narrow(2, 0, past);
                *cached = Tensor::cat(vec![filled, new], 2);
            }
        };
        write(&mut self.keys, keys);
        write(&mut self.values, values);
        self.columns = columns;
    }

    fn take_rows(&mut self, first: usize, part: Self) {
        let (keys, values) = part.filled();
        let [rows, _, columns, _] = keys.dims();
        let rows = first..first + rows;
        let columns = self.columns - columns..self.columns;
        let write = |cached: &mut Tensor<4>, part: Tensor<4>| {
            let place = s![rows.clone(), .., columns.clone()];
            cached.inplace(|cached| cached.slice_assign(place, part));
        };
        write(&mut self.keys, keys);
        write(&mut self.values, values);
    }

    fn filled(&self) -> (Tensor<4>, Tensor<4>) {
        let filled = |tensor: &Tensor<4>| tensor.clone().narrow(2, 0, self.columns);
        (filled(&self.keys), filled(&self.values))
    }
}
