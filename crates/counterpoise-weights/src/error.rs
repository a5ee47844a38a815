//! What can go wrong with a tensor file.

use std::path::PathBuf;

use counterpoise_data::{DataError, shortened};

/// Why weights could not be read or written. Each message begins with the file.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// A file could not be read or written, or breaks its format.
    #[error(transparent)]
    File(#[from] DataError),
    /// A clone's stand-in for a large file.
    #[error("{}: expected weights; found a Git LFS pointer to them; run `git lfs pull` in that clone, or download the file itself", path.display())]
    LfsPointer {
        /// The file read.
        path: PathBuf,
    },

    /// A file of PyTorch's is cut short, or of another format.
    #[error("{}: expected a file written by `torch.save`; found {found}; copy it again, or save it again with PyTorch", path.display())]
    TorchFile {
        /// The file read.
        path: PathBuf,
        /// What is there instead.
        found: String,
    },

    /// A pickle asks for a class or function that rebuilds no data; nothing of it was run.
    #[error(
        "{}: expected a pickle of tensors and plain values; found one that asks for `{class}`, which is not run here; \
         where that is known and trusted, load it with PyTorch and save the state dict alone", path.display()
    )]
    ForeignClass {
        /// The file read.
        path: PathBuf,
        /// The class or function, as `module.name`.
        class: String,
    },

    /// A file of tensors has one name twice.
    #[error("{}: expected each name once; found `{tensor}` twice; save the file again", path.display())]
    TensorTwice {
        /// The file read.
        path: PathBuf,
        /// The tensor, or other key of its dictionary.
        tensor: String,
    },
    /// A folder holds no weights.
    #[error("{}: expected a folder with weights, one of {expected}; found none; name another folder, or a weight file", path.display())]
    NoWeights {
        /// The folder.
        path: PathBuf,
        /// The file names looked for.
        expected: String,
    },
    /// A shard index names no file beside it.
    #[error("{}: expected the names of shards beside it; found `{found}`; download the index again", path.display())]
    ShardName {
        /// The index.
        path: PathBuf,
        /// What it names.
        found: String,
    },
    /// A shard of a checkpoint is not there.
    #[error(
        "{}: no such file, but {} lists {tensors} tensors in it; copy this shard too",
        path.display(), index.display()
    )]
    MissingShard {
        /// The shard.
        path: PathBuf,
        /// The index.
        index: PathBuf,
        /// How many tensors the index puts there.
        tensors: usize,
    },
    /// A shard and the index disagree.
    #[error(
        "{}: expected the tensors that {} lists for it; missing: {}; not listed: {}; take index and shards from one download",
        path.display(), index.display(), list_names(missing), list_names(unlisted)
    )]
    Shard {
        /// The shard.
        path: PathBuf,
        /// The index.
        index: PathBuf,
        /// Tensors that the index lists and the shard lacks.
        missing: Vec<String>,
        /// Tensors of the shard that the index does not list there.
        unlisted: Vec<String>,
    },
    /// A weight file is truncated or not of its format.
    #[error("{}: not a readable {format} file: {reason}; {remedy}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The format expected.
        format: &'static str,
        /// What the reader said.
        reason: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A tensor is not made of floats.
    #[error(
        "{}: `{tensor}`: expected floating-point values (F64, F32, F16 or BF16), found {found}; save it as floats",
        path.display()
    )]
    Elements {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its element type.
        found: String,
    },
    /// Two stored tensors are the same field of the model.
    #[error(
        "{}: expected one `{tensor}`; found two, as `{}` and `{}`, perhaps of two models; save the one to be read alone",
        path.display(), shortened(&names[0]), shortened(&names[1])
    )]
    StoredTwice {
        /// The file or folder.
        path: PathBuf,
        /// The field.
        tensor: String,
        /// The names in the file.
        names: [String; 2],
    },
    /// A file holds the state of an optimiser or a schedule, and no weights.
    #[error("{}: expected weights; found the state of an optimiser or a schedule (`{tensor}`); {remedy}", path.display())]
    Optimiser {
        /// The file.
        path: PathBuf,
        /// A tensor of it.
        tensor: String,
        /// Where the weights may be.
        remedy: String,
    },
    /// A LoRA adapter was given where a whole model is needed.
    #[error("{}: expected the weights of a model; found a LoRA adapter alone; give it as the tuned model beside its base, or merge it with PEFT's `merge_and_unload()`", path.display())]
    AdapterAlone {
        /// The adapter's file.
        path: PathBuf,
    },
    /// A state dict holds LoRA's factors, and nothing says how they are scaled.
    #[error("{}: expected merged weights; found LoRA's factors beside them, and no adapter_config.json to say how they are scaled; put it beside the file, or merge with PEFT's `merge_and_unload()` first", path.display())]
    UnknownScale {
        /// The file.
        path: PathBuf,
    },
    /// A folder holds a model and an adapter.
    #[error(
        "{}: expected a model or a LoRA adapter; found both, {} and {}; name one of the two files, or move one away",
        path.display(), model.display(), adapter.display()
    )]
    ModelAndAdapter {
        /// The folder.
        path: PathBuf,
        /// The first file of the model.
        model: PathBuf,
        /// The adapter's file.
        adapter: PathBuf,
    },
    /// An adapter is more than plain LoRA, or does not fit its model.
    #[error("{}: expected a plain LoRA adapter of this model; found {found}; merge it with PEFT's `merge_and_unload()`, and save the model", path.display())]
    Adapter {
        /// The adapter's file, or its configuration.
        path: PathBuf,
        /// What is there instead.
        found: String,
    },
    /// The file's extension names no format that one tensor is read from.
    #[error("{}: expected a `.safetensors`, `.pt` or `.pth` file; found the extension `{found}`; save the tensor in one of these formats", path.display())]
    Extension {
        /// The file.
        path: PathBuf,
        /// The extension, empty if there is none.
        found: String,
    },
    /// A file does not hold exactly one tensor.
    #[error("{}: expected exactly one tensor; found {}; keep only that one", path.display(), list_names(found))]
    NotSingle {
        /// The file.
        path: PathBuf,
        /// Names of the tensors in the file.
        found: Vec<String>,
    },
    /// Tensors could not be made into a file.
    #[error("{}: the tensors could not be serialised: {reason}", path.display())]
    Unserialised {
        /// The file that was to be written.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// How many tensors a message names of each kind; that there are more says enough.
const MOST: usize = 12;

/// The first few names, or "none".
pub fn list_names(names: &[String]) -> String {
    // A damaged file's names may be of any length and hold anything.
    let quoted = |name: &String| name.escape_debug().take(100).collect::<String>();
    let first: Vec<String> = names.iter().take(MOST).map(quoted).collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=MOST => first.join(", "),
        count => format!("{} and {} more", first.join(", "), count - MOST),
    }
}
