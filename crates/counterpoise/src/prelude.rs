//! What most programs need: `use counterpoise::prelude::*`.

pub use burn::tensor::{Device, Tensor};
#[cfg(feature = "encoders")]
pub use counterpoise_encoder::Classifier;
pub use counterpoise_eval::{
    DecodingSizes, EvalError, Evaluation, F1, Metric, MetricKind, MetricScores, Perplexity,
    Repetition, Toxicity,
};
pub use counterpoise_groups::{
    Group, GroupAssignment, Grouping, NeuronId, NeuronTable, Ranking, Role,
};
pub use counterpoise_hooks::{
    Edit, HookPoint, Hooks, MeanRecorder, Observe, Pass, Positions, Scope, edit_at, observe_at,
};
pub use counterpoise_intervene::{
    Ablate, InterveneError, Intervention, Patch, Prepared, ScaleKeys, Selection, Subject, Untouched,
};
pub use counterpoise_model::{Tokenizer, Transformer, load};
pub use counterpoise_probe::Probe;
pub use counterpoise_registry::{Description, Registry, Resources};
pub use counterpoise_score::{
    LexicalScorer, Score, ScoreError, ScorerKind, TextScore, ToxicityScorer,
};
pub use counterpoise_study::{
    FigureKind, Kinds, ModelPair, Results, Rows, Silent, Study, StudyError, claims, measure, tables,
};
