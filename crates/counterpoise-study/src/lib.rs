//! A study: two models, a probe, texts and interventions, run to one tree of results.
//!
//! [`Study`] is read from a TOML file and run; what comes out is [`Results`], which is also written
//! as `results.json`. Tables ([`tables`]), [`claims`], figures ([`render`]) and the comparison with
//! published figures ([`verify`]) are functions of that tree and of the neuron table beside it, so
//! they can be made again without a model.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use counterpoise_study::{
//!     ChosenDevice, DeviceRecord, Kinds, RowPlan, RunOptions, Silent, Study, claims, tables,
//! };
//!
//! let study = Study::read("mini.toml".as_ref(), &Kinds::paper()?)?;
//! let options = RunOptions {
//!     device: ChosenDevice {
//!         device: Device::flex(),
//!         record: DeviceRecord { name: "flex (CPU)".into(), why: "asked for".into() },
//!     },
//!     out: "out/mini".into(),
//!     plan: RowPlan::Score,
//!     figures: true,
//!     limit: None,
//! };
//! let results = study.run(&options, &mut Silent)?;
//! println!("{}", tables(&results).markdown(1)?);
//! let neurons = results.neuron_table(&options.out)?;
//! println!("{} claims", claims(&results, &neurons).len());
//! # Ok::<(), counterpoise_study::StudyError>(())
//! ```
//!
//! What a study file names by `kind` is built from [`Kinds`]; add your own interventions, metrics,
//! scorers and figures to these. [`measure`] measures one model alone.

mod agreement;
mod attribution;
mod claims;
mod compact_json;
mod device;
mod error;
mod evaluate;
mod figures;
mod forced;
mod generations;
mod hashing;
mod items_file;
mod kinds;
mod layer_identity;
mod measure;
mod metric_names;
mod model_files;
mod pair;
mod render;
mod results;
mod row;
mod rows;
mod run;
mod score_later;
mod steps;
mod study;
mod toml_file;
mod tuned;
mod uncertainty;
mod verify;

pub use agreement::Agreement;
pub use attribution::{
    AlongResults, AttributionSettings, ComponentReduction, ComponentResults, DirectionResults,
    MeasuredComponents, NeuronTokens, ProjectedComponent, ResidualIdentity, VocabularyResults,
    VocabularyRow, VocabularyToken, neuron_tokens, vocabulary,
};
pub use claims::claims;
pub use counterpoise_eval::{Progress, Silent};
pub use device::{ChosenDevice, DeviceRecord};
pub use error::{Result, StudyError};
pub use figures::{
    ActivationShifts, ComponentReductions, CumulativeReduction, FigureContext, FigureKind,
    GroupContributions, GroupShares, LayerProjections, LayerReductions, NearestTokens,
    NeuronArrows, Pareto, TopActivations, figures,
};
pub use forced::forced_means;
pub use hashing::{HashedFile, files_of, git_blob_id, hash_file, hash_text};
pub use kinds::Kinds;
pub use layer_identity::LayerIdentity;
pub use measure::{MeasuredModel, Recorded, measure, record};
pub use model_files::{ModelFiles, load_weights};
pub use pair::ModelPair;
pub use render::{OtherRun, Rendered, nulls_markdown, protocols_markdown, render, tables};
pub use results::{
    GroupResults, GroupingResults, ModelResults, PerModel, ProtocolResults, RESULTS_FILE,
    ReductionResults, Results, ScoredLater, ScorerRecord, StudyRecord, Versions,
};
pub use row::{Outcome, RowPlan, RowResults};
pub use rows::Rows;
pub use run::{Inputs, RunOptions, Shard, Share, Stage, model_files};
pub use score_later::{AddedScores, FinishedRun, NamedScorer};
pub use steps::{Step, Steps};
pub use study::{
    Control, PaperRow, Part, Study, StudyDirection, StudyIntervention, Swept, read_intervention,
};
pub use toml_file::TomlFile;
pub use tuned::{TUNED_FOLDER, TunedKind, TunedRecord, TunedStep};
pub use uncertainty::{
    FallRecord, IntervalRecord, MeasureWithInterval, NullDraws, NullResults, NullSettings,
    NullStatistic, QuadrantFall, ShrinkageMeasures, ShrinkageResults, ShrunkResults,
    StatisticInterval, StatisticValue, UncertaintyResults,
};
pub use verify::{Published, Tally, Verification, verify};
