//! Tensor files: safetensors, shards of them, and what `torch.save` writes, read as data and never run.
//!
//! [`Weights`] are those of a model, under the names of its fields whatever wraps them in the files, with
//! a LoRA adapter added where there is one. Headers are read when they are opened; values, when they are asked for.
//! [`read_single`] reads a file that holds one tensor, [`write_single`] and [`write()`] write one or any number; [`read_tensors`] and
//! [`write_tensors`] take any tensors that are no model's.
//! What fields a model has is said by its [`Layout`]; nothing here knows a model.
//!
//! | what a path leads to | what is done |
//! |---|---|
//! | one file: safetensors, `.bin`, `.pt`, `.pth` | read, by its extension |
//! | a folder of one set: whole or in shards | read; shards checked against their index |
//! | a folder of several sets | the first is read, as `transformers` does; the others are compared with it |
//! | a LoRA adapter | added to the weights of the model it was trained on |
//! | a state dict with LoRA's factors in it | the same, with the `adapter_config.json` beside it |
//! | an optimiser's state | refused, or left out where a model is in the same file |

mod adapter_config;
mod bare_tensor;
mod beside;
mod error;
mod folder;
mod git_lfs;
mod layout;
mod lora;
mod names;
mod neighbours;
mod pickle;
mod plain;
mod precision;
mod safetensors_file;
mod shards;
mod single;
mod stored;
mod tensors;
mod torch_check;
mod torch_file;
mod weights;
mod write;

pub use error::{WeightsError, list_names};
pub use layout::{Layout, Matrices, Tying};
pub use plain::read_plain;
pub use precision::{Precision, Rounding, count_too_large};
pub use single::{read_single, write_single};
pub use stored::{Element, Stored, count_not_finite, deferred};
pub use tensors::{read_tensors, write_tensors};
pub use weights::{Head, Weights, weight_files};
pub use write::write;
