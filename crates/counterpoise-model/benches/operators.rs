//! The operators in which a GPT-2's time goes, at GPT-2 medium's sizes, on the CPU backend.
//!
//! 64 rows are a step of 64 prompts, 1,024 rows a window of text. Items are floating-point operations
//! or, where there are hardly any, values: `Gitem/s` of a product are GFLOP/s. `Operations` are burn's
//! own, one after the other, as they run when gradients are tracked; `Kernels` are this crate's.
//!
//! Which operators: `cargo bench ... --bench operators -- NAME`, where NAME is part of the name.

#![allow(clippy::expect_used)]

use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_hooks::{Hooks, Pass};
use counterpoise_model::{Config, KvCache, Norm, Transformer, gelu_tanh};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

const D_MODEL: usize = 1024;
const D_MLP: usize = 4 * D_MODEL;
const N_HEAD: usize = 16;
const D_HEAD: usize = D_MODEL / N_HEAD;
const VOCAB: usize = 50_257;

/// Prompts that are continued together.
const PROMPTS: usize = 64;
/// Tokens that such a prompt has.
const PROMPT_TOKENS: usize = 32;
/// Tokens of a window.
const WINDOW: usize = 1024;
/// Rows of a step and of a window.
const ROWS: [usize; 2] = [PROMPTS, WINDOW];

/// The runner's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// What computes what follows a product.
#[derive(Clone, Copy, Debug)]
enum By {
    Kernels,
    Operations,
}

const BOTH: [By; 2] = [By::Kernels, By::Operations];

impl By {
    fn device(self) -> Device {
        match self {
            Self::Kernels => Device::flex(),
            Self::Operations => Device::flex().autodiff(),
        }
    }
}

/// Values between −3 and 4.5, no two neighbours alike.
fn values<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values = (0..count).map(|i| ((i * 7919) % 97) as f32 / 13.0 - 3.0);
    Tensor::from_data(TensorData::new(values.collect(), shape), device)
}

fn tokens(batch: usize, seq: usize, device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i64> = (0..batch * seq).map(|i| (i % 61) as i64).collect();
    Tensor::from_data(TensorData::new(ids, [batch, seq]), device)
}

fn flops(rows: usize, inner: usize, columns: usize) -> ItemsCount {
    ItemsCount::new(2 * rows * inner * columns)
}

/// What every weight is multiplied with.
#[divan::bench_group(sample_count = 10, sample_size = 1, max_time = 5)]
mod products {
    use super::*;

    #[divan::bench(args = ROWS)]
    fn c_attn(bencher: Bencher<'_, '_>, rows: usize) {
        product(bencher, rows, D_MODEL, 3 * D_MODEL);
    }

    #[divan::bench(args = ROWS)]
    fn attn_c_proj(bencher: Bencher<'_, '_>, rows: usize) {
        product(bencher, rows, D_MODEL, D_MODEL);
    }

    #[divan::bench(args = ROWS)]
    fn c_fc(bencher: Bencher<'_, '_>, rows: usize) {
        product(bencher, rows, D_MODEL, D_MLP);
    }

    #[divan::bench(args = ROWS)]
    fn mlp_c_proj(bencher: Bencher<'_, '_>, rows: usize) {
        product(bencher, rows, D_MLP, D_MODEL);
    }

    /// `x·Eᵀ`, for which the backend packs the embedding.
    #[divan::bench(args = ROWS)]
    fn logits_embedding_on_the_right(bencher: Bencher<'_, '_>, rows: usize) {
        let device = Device::flex();
        let (x, embedding) = (
            values([rows, D_MODEL], &device),
            values([VOCAB, D_MODEL], &device),
        );
        bencher
            .counter(flops(rows, D_MODEL, VOCAB))
            .bench_local(|| x.clone().matmul(embedding.clone().transpose()));
    }

    /// `(E·xᵀ)ᵀ`. With a single row it waits for the embedding to be read.
    #[divan::bench(args = [1, PROMPTS, WINDOW])]
    fn logits_embedding_on_the_left(bencher: Bencher<'_, '_>, rows: usize) {
        let device = Device::flex();
        let (x, embedding) = (
            values([rows, D_MODEL], &device),
            values([VOCAB, D_MODEL], &device),
        );
        bencher
            .counter(flops(rows, D_MODEL, VOCAB))
            .counter(BytesCount::new(4 * VOCAB * D_MODEL))
            .bench_local(|| embedding.clone().matmul(x.clone().transpose()).transpose());
    }

    #[divan::bench(args = BOTH, consts = ROWS)]
    fn likelihoods<const N: usize>(bencher: Bencher<'_, '_>, by: By) {
        let device = by.device();
        let next: Vec<u32> = (0..N as u32).collect();
        let model = Transformer::init(&Config::new(VOCAB, 1, D_MODEL, 1, N_HEAD), 1, &device);
        bencher
            .counter(ItemsCount::new(2 * N * VOCAB * D_MODEL))
            .with_inputs(|| values([N, D_MODEL], &device))
            .bench_local_values(|hidden| model.log_likelihoods(hidden, &next).expect("readable"));
    }

    fn product(bencher: Bencher<'_, '_>, rows: usize, d_in: usize, d_out: usize) {
        let device = Device::flex();
        let (x, weight) = (
            values([rows, d_in], &device),
            values([d_in, d_out], &device),
        );
        bencher
            .counter(flops(rows, d_in, d_out))
            .bench_local(|| x.clone().matmul(weight.clone()));
    }
}

/// Scores and weighted values; `(batch, seq, columns)`.
#[divan::bench_group(sample_count = 10, sample_size = 1, max_time = 5)]
mod attention_products {
    use super::*;

    const SIZES: [(usize, usize, usize); 2] =
        [(PROMPTS, 1, PROMPT_TOKENS + 20), (1, WINDOW, WINDOW)];

    #[divan::bench(args = SIZES)]
    fn scores(bencher: Bencher<'_, '_>, (batch, seq, columns): (usize, usize, usize)) {
        let device = Device::flex();
        let queries = values([batch, N_HEAD, seq, D_HEAD], &device);
        let keys = values([batch, N_HEAD, columns, D_HEAD], &device);
        bencher
            .counter(flops(batch * seq, D_MODEL, columns))
            .bench_local(|| queries.clone().matmul(keys.clone().swap_dims(2, 3)));
    }

    #[divan::bench(args = SIZES)]
    fn weighted_values(bencher: Bencher<'_, '_>, (batch, seq, columns): (usize, usize, usize)) {
        let device = Device::flex();
        let pattern = values([batch, N_HEAD, seq, columns], &device);
        let of_columns = values([batch, N_HEAD, columns, D_HEAD], &device);
        bencher
            .counter(flops(batch * seq, D_MODEL, columns))
            .bench_local(|| pattern.clone().matmul(of_columns.clone()));
    }
}

/// What comes between products; items are values.
#[divan::bench_group(sample_count = 10, sample_size = 1, max_time = 5)]
mod element_wise {
    use super::*;

    #[divan::bench(args = BOTH, consts = ROWS)]
    fn gelu<const SEQ: usize>(bencher: Bencher<'_, '_>, by: By) {
        let device = by.device();
        bencher
            .counter(ItemsCount::new(SEQ * D_MLP))
            .with_inputs(|| values([1, SEQ, D_MLP], &device))
            .bench_local_values(gelu_tanh);
    }

    #[divan::bench(consts = ROWS)]
    fn layer_norm<const SEQ: usize>(bencher: Bencher<'_, '_>) {
        let device = Device::flex();
        let layer: Norm = one_block(&device).ln_final;
        bencher
            .counter(ItemsCount::new(SEQ * D_MODEL))
            .with_inputs(|| values([1, SEQ, D_MODEL], &device))
            .bench_local_values(|x| layer.forward(x));
    }
}

/// A whole block, between a small embedding and a layer norm: its causal softmax and its cache are
/// private to it. Items are floating-point operations of its products.
#[divan::bench_group(sample_count = 10, sample_size = 1, max_time = 5)]
mod block {
    use super::*;

    /// Weights of a block.
    const WEIGHTS: usize = 12 * D_MODEL * D_MODEL;

    #[divan::bench(args = BOTH)]
    fn window(bencher: Bencher<'_, '_>, by: By) {
        let device = by.device();
        let model = one_block(&device);
        let attention = 4 * D_MODEL * WINDOW * (WINDOW + 1) / 2;
        bencher
            .counter(ItemsCount::new(2 * WEIGHTS * WINDOW + attention))
            .bench_local(|| {
                model
                    .hidden(tokens(1, WINDOW, &device))
                    .expect("as many tokens as positions")
            });
    }

    /// A step whose keys and values are written where there is room for them.
    #[divan::bench]
    fn step_with_room(bencher: Bencher<'_, '_>) {
        steps(bencher, KvCache::with_room(WINDOW));
    }

    /// A step that copies all keys and values to append one of each.
    #[divan::bench]
    fn step_without_room(bencher: Bencher<'_, '_>) {
        steps(bencher, KvCache::new());
    }

    fn steps(bencher: Bencher<'_, '_>, mut cache: KvCache) {
        let device = Device::flex();
        let model = one_block(&device);
        let mut feed = |seq, pass: &Pass| {
            model
                .forward(
                    tokens(PROMPTS, seq, &device),
                    pass,
                    &mut cache,
                    &mut Hooks::new(),
                )
                .expect("fewer tokens than positions")
        };
        let mut pass = Pass::whole(PROMPTS, PROMPT_TOKENS);
        feed(PROMPT_TOKENS, &pass);
        bencher
            .counter(ItemsCount::new(2 * WEIGHTS * PROMPTS))
            // Each step reads every weight once.
            .counter(BytesCount::new(4 * WEIGHTS))
            .bench_local(|| {
                pass = pass.generated(vec![true; PROMPTS]);
                feed(1, &pass)
            });
    }
}

/// A model of one block, which knows few tokens.
fn one_block(device: &Device) -> Transformer {
    Transformer::init(&Config::new(64, WINDOW, D_MODEL, 1, N_HEAD), 1, device)
}
