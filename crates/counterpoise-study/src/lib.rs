//! A study: two models, a probe, texts and interventions, run to one tree of results.
//!
//! [`Study`] is read from a TOML file and run; what comes out is [`Results`], which is also written
//! as `results.json`. Tables ([`tables`]), [`claims`], figures ([`render`]) and the comparison with
//! published figures ([`verify`]) are functions of that tree and of the neuron table beside it, so
//! they can be made again without a model.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use counterpoise_intervene::Registry;
//! use counterpoise_report::PaperTable;
//! use counterpoise_study::{
//!     ChosenDevice, DeviceRecord, RowPlan, RunOptions, Silent, Study, claims, tables,
//! };
//!
//! let study = Study::read("mini.toml".as_ref(), &Registry::paper())?;
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
//! println!("{}", tables(&results).markdown(PaperTable::One)?);
//! let neurons = results.neuron_table(&options.out)?;
//! println!("{} claims", claims(&results, &neurons).len());
//! # Ok::<(), counterpoise_study::StudyError>(())
//! ```
//!
//! The steps stand alone too: [`measure`] one model, [`continue_prompts`], [`text_perplexity`],
//! [`samples_f1`].

mod claims;
mod continuations;
mod device;
mod error;
mod hashing;
mod intervention_table;
mod layer_identity;
mod measure;
mod model_files;
mod progress;
mod prompts;
mod render;
mod results;
mod row;
mod run;
mod score;
mod steps;
mod study;
mod toml_file;
mod verify;

pub use claims::claims;
pub use continuations::{Continuations, Generation, continue_prompts, greedy};
pub use device::{ChosenDevice, DeviceRecord};
pub use error::{Result, StudyError};
pub use hashing::{HashedFile, files_of, git_blob_id, hash_file};
pub use intervention_table::{STUDY_KEYS, build, resolved, without_study_keys};
pub use layer_identity::LayerIdentity;
pub use measure::{MeasuredModel, Recorded, measure, record};
pub use model_files::{ModelFiles, load_weights};
pub use progress::{Progress, Silent};
pub use prompts::{PromptCounts, Prompts, Samples, challenge_prompts, samples};
pub use render::{Rendered, render, tables};
pub use results::{
    GroupResults, GroupingResults, ModelPair, ModelResults, RESULTS_FILE, ReductionResults,
    Results, SampleCounts, ScorerRecord, StudyRecord, TextCounts, Versions,
};
pub use row::{Outcome, RowPlan, RowResults, Score};
pub use run::{Inputs, RunOptions};
pub use score::{samples_f1, text_perplexity, windows};
pub use steps::{Step, Steps};
pub use study::{
    DecodingSizes, FigureSettings, PaperRow, PerplexitySizes, Role, ScorerTable, Study,
    StudyIntervention,
};
pub use toml_file::TomlFile;
pub use verify::{Published, Tally, Verification, verify};
