//! What most programs use, in one line: `use counterpoise::prelude::*;`.

pub use burn::tensor::Device;
pub use counterpoise_eval::{
    LexicalScorer, TokenF1, ToxicityScorer, Windows, perplexity, score_texts,
};
pub use counterpoise_groups::{Group, Grouping, NeuronId, NeuronTable};
pub use counterpoise_hooks::{Edit, HookPoint, Hooks, Observe, Pass, Positions};
pub use counterpoise_intervene::{
    Ablate, InterveneError, Intervention, Patch, Prepared, Registry, ScaleKeys, Selection, Subject,
    Untouched, parse, prepare_all,
};
pub use counterpoise_model::{Decoding, Gpt2, Tokenizer, generate, load, load_tuned};
pub use counterpoise_probe::Probe;
pub use counterpoise_study::{
    ChosenDevice, DeviceRecord, Progress, Results, RowPlan, RunOptions, Silent, Study, claims,
    measure, render, tables,
};
