//! Decoder-only transformers with hook points: the model, its checkpoints, its tokenizer, and greedy generation.
//!
//! [`Transformer`] is a burn module made of the parts that its [`Config`] names. It loads
//! a Hugging Face folder of any [`Family`] ([`load`]), says what its neurons are ([`Transformer::neurons`]) and which hook
//! points it has ([`Transformer::points`]), runs under the hooks of `counterpoise-hooks`
//! ([`Transformer::forward`]), and generates greedily for many prompts at once with a key-value cache
//! ([`generate`]); padding and batch size never change a result. The backend is whatever
//! [`Device`](burn::tensor::Device) the model was loaded on.
//!
//! ```
//! use burn::tensor::Device;
//! use counterpoise_hooks::{Counted, HookPoint, Hooks, MeanRecorder};
//! use counterpoise_model::{Config, Decoding, Transformer, LastToken, generate};
//!
//! let config = Config::new(64, 32, 16, 2, 4); // vocabulary, positions, width, blocks, heads
//! let model = Transformer::init(&config, 1, &Device::flex());
//!
//! let decoding = Decoding { max_new_tokens: 3, last_token: LastToken::Fed, ..Decoding::default() };
//! let point = HookPoint::mlp_post(1);
//! let mut recorder = MeanRecorder::new([point], Counted::Generated);
//! let mut hooks = Hooks::new().observe(&mut recorder);
//! let texts = generate(&model, &[vec![1, 2, 3], vec![4]], &decoding, &mut hooks)?;
//! drop(hooks);
//!
//! assert_eq!(texts.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3]);
//! assert_eq!(recorder.finish()?.count(point), 6);
//! # Ok::<(), counterpoise_model::ModelError>(())
//! ```

mod activation;
mod arch;
mod attention;
mod batch;
mod block;
mod cache;
mod checkpoint;
mod choice;
mod config;
mod end_tokens;
mod error;
mod generate;
mod generation_config;
mod kernels;
mod linear;
mod mlp;
mod neurons;
mod norm;
mod parameters;
mod points;
mod rotary;
mod run_with;
mod save;
mod tokenizer;
mod transformer;
mod unembed;
mod written;

pub use activation::Activation;
pub use arch::Family;
pub use attention::Attention;
pub use batch::{Batch, check_tokens, token_tensor};
pub use block::Block;
pub use cache::{KeysValues, KvCache};
pub use checkpoint::{
    Checkpoint, check_tuned_weights, check_weights, differs_from_base, load, load_in, load_tuned,
    load_tuned_from, load_tuned_in,
};
pub use choice::Choice;
pub use config::{Biases, BlockOrder, Config, MlpKind, NormPlaces, PositionEncoding, QkNorm};
pub use counterpoise_weights::Precision;
pub use end_tokens::EndTokens;
pub use error::{ModelError, WrongShape};
pub use generate::{Decoding, LastToken, generate, generate_with_progress};
pub use kernels::{
    PostNorm, add_bias, gelu_erf, gelu_tanh, norm_of_sum, product, row_softmax, widen,
};
pub use linear::{Bias, Linear};
pub use mlp::Mlp;
pub use neurons::Neurons;
pub use norm::{Norm, NormKind};
pub use rotary::{Rotary, RotaryScaling, YarnEnds};
pub use save::{save, save_in};
pub use tokenizer::{Tokenizer, tokenizer_files};
pub use transformer::Transformer;
pub use unembed::Unembed;
