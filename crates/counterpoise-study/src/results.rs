//! What a run found out, as one tree: `results.json`.
//!
//! Tables, claims, figures and the comparison with published figures are functions of this tree and
//! of the neuron table beside it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use counterpoise_data::read_json;
use counterpoise_eval::{PromptCounts, Protocol};
use counterpoise_groups::{Group, GroupAssignment, Grouping, NeuronTable, TotalReduction};
use counterpoise_registry::Description;
use serde::{Deserialize, Serialize};
use toml::Value;

use crate::agreement::Agreement;
use crate::attribution::{ComponentResults, DirectionResults, VocabularyResults};
use crate::device::DeviceRecord;
use crate::error::{Result, StudyError, refuse};
use crate::hashing::HashedFile;
use crate::items_file::{read_items, without_items};
use crate::layer_identity::LayerIdentity;
use crate::metric_names::TOXICITY;
use crate::row::{RowPlan, RowResults};
use crate::steps::Step;
use crate::tuned::TunedRecord;
use crate::uncertainty::{NullResults, ShrinkageResults, UncertaintyResults};

/// The file a run's results are in; it is the last that a run writes.
pub const RESULTS_FILE: &str = "results.json";

/// Everything a run found out but the neurons themselves, and what that was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The study.
    pub study: StudyRecord,
    /// SHA-256 of everything that the rest follows from: the program, every input, and how they were used; empty in results of
    /// before this was recorded.
    #[serde(default)]
    pub run: String,
    /// The arguments of the program that ran it.
    pub command: Vec<String>,
    /// When the run ended, in seconds since 1970.
    pub finished_unix_s: u64,
    /// What it ran on.
    pub versions: Versions,
    /// Where the models computed.
    pub device: DeviceRecord,
    /// What was drawn at random.
    pub seeds: String,
    /// Every file that was read.
    pub inputs: Vec<HashedFile>,
    /// What the tuned model was made from, where the study makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuned_from: Option<TunedRecord>,
    /// The challenge prompts.
    pub prompts: PromptCounts,
    /// What scored toxicity.
    pub scorers: Vec<ScorerRecord>,
    /// What was measured: the columns of the tables.
    pub metrics: Vec<Description>,
    /// The figures.
    pub figures: Vec<Description>,
    /// What each table is called, by its number.
    pub tables: BTreeMap<u32, String>,
    /// How prompts and texts were read.
    #[serde(default)]
    pub protocol: Protocol,
    /// Which rows were run.
    pub plan: RowPlan,
    /// What all neurons reduce together.
    pub reduction: ReductionResults,
    /// What the groups reduce, by each definition.
    pub groups: Vec<GroupingResults>,
    /// What was measured of each model beside its neurons.
    pub models: PerModel<ModelResults>,
    /// How far reductions and groups move over prompts; `None` in results of before this was measured.
    #[serde(default)]
    pub uncertainty: Option<UncertaintyResults>,
    /// What they are along random directions, under shuffled labels, and under shrinkage alone; `None` as above.
    #[serde(default)]
    pub nulls: Option<NullResults>,
    /// How mean activations changed, whatever direction their neurons write along; `None` as above.
    #[serde(default)]
    pub shrinkage: Option<ShrinkageResults>,
    /// What each head, bias, embedding and MLP layer writes along the probe; `None` if the study does not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<ComponentResults>,
    /// What the probe and the most toxic neurons say in tokens; `None` as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<VocabularyResults>,
    /// What the pair reduces along the directions that the study lists beside the probe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<DirectionResults>,
    /// The rows, in the order of the study.
    pub rows: Vec<RowResults>,
    /// What came out under the study's other protocols, each of which has the rest of its results in a folder of its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_protocols: Vec<ProtocolResults>,
    /// How far the scorers agree, each pair of metrics of toxicity; none if there is one scorer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreement: Vec<Agreement>,
    /// What was scored after the run had ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scored_later: Vec<ScoredLater>,
    /// What is missing and why, in sentences.
    pub failures: Vec<String>,
    /// Parts that an interrupted start of this run had finished.
    pub resumed: Vec<String>,
    /// What each step cost.
    pub steps: Vec<Step>,
    /// What they cost together.
    pub total_seconds: f64,
    /// The files that were written, relative to the run's folder.
    pub outputs: Vec<PathBuf>,
}

/// What a study found out under another protocol, without what its rows are made of item by item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProtocolResults {
    /// The protocol.
    pub protocol: Protocol,
    /// What all neurons reduce together.
    pub reduction: ReductionResults,
    /// What the groups reduce, by each definition.
    pub groups: Vec<GroupingResults>,
    /// What was measured of each model beside its neurons.
    pub models: PerModel<ModelResults>,
    /// The rows, in the order of the study.
    pub rows: Vec<RowResults>,
}

impl ProtocolResults {
    /// That of a run's results.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        Self {
            protocol: results.protocol,
            reduction: results.reduction,
            groups: results.groups.clone(),
            models: results.models.clone(),
            rows: without_items(results).rows,
        }
    }
}

/// The study as it was when it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyRecord {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// SHA-256 of what the file said.
    pub sha256: String,
    /// What the file said.
    pub text: String,
}

/// Versions of what computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// This crate's.
    pub counterpoise: String,
    /// burn's.
    pub burn: String,
    /// The compiler's.
    pub rustc: String,
}

/// What scored toxicity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScorerRecord {
    /// What metrics call it.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub does: Description,
    /// Of a remote service, when it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl fmt::Display for ScorerRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scorer `{}` ({})", self.name, self.does)?;
        match &self.origin {
            Some(origin) => write!(f, ", {origin}"),
            None => Ok(()),
        }
    }
}

/// One metric that was added to a run after it had ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoredLater {
    /// The metric.
    pub metric: String,
    /// What metrics call its scorer.
    pub scorer: String,
    /// The arguments of the program that scored.
    pub command: Vec<String>,
    /// When it had, in seconds since 1970.
    pub finished_unix_s: u64,
}

/// One thing of each model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerModel<T> {
    /// The base model's.
    pub base: T,
    /// The tuned model's.
    pub tuned: T,
}

/// What was measured of a model beside its neurons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelResults {
    /// Tokens that means are over.
    pub generated_tokens: u64,
    /// Mean of `mlp(x)·u` per layer (figure 1a). `[n_layer]`
    pub layer_projections: Vec<f64>,
    /// How well each layer is the sum of its neurons and its bias.
    pub layer_identity: LayerIdentity,
}

/// What all neurons reduce together (section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReductionResults {
    /// Sum over the neurons that reduce.
    pub peak: f64,
    /// Sum over all.
    pub net: f64,
    /// How many reduce.
    pub reducing_neurons: usize,
    /// How many there are.
    pub neurons: usize,
}

impl ReductionResults {
    /// That of a neuron table.
    #[must_use]
    pub fn of(table: &NeuronTable) -> Self {
        let total = TotalReduction::of(table);
        Self {
            peak: total.peak,
            net: total.net,
            reducing_neurons: total.reducing,
            neurons: total.neurons,
        }
    }
}

/// The four groups by one definition (section 4.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupingResults {
    /// The definition's name.
    pub grouping: String,
    /// The groups, in the paper's order.
    pub groups: Vec<GroupResults>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupResults {
    /// Its name.
    pub group: String,
    /// How many neurons are in it.
    pub neurons: usize,
    /// What they reduce together.
    pub reduction: f64,
    /// That over the four groups' sum; `None` where that sum is not above 0.
    pub share: Option<f64>,
}

impl GroupingResults {
    /// Those of a neuron table.
    #[must_use]
    pub fn of(table: &NeuronTable, grouping: Grouping) -> Self {
        let groups = GroupAssignment::new(table, grouping);
        let shares = groups.shares().ok();
        let group = |group: Group| GroupResults {
            group: group.to_string(),
            neurons: groups.counts()[group],
            reduction: groups.sums()[group],
            share: shares.map(|shares| shares[group]),
        };
        Self {
            grouping: grouping.to_string(),
            groups: Group::ALL.map(group).into(),
        }
    }
}

impl Results {
    /// Reads the results in a run's folder.
    ///
    /// # Errors
    /// A folder without them, or a file that is not what a run writes.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(RESULTS_FILE);
        if !path.is_file() {
            refuse!(
                "{}: not there, and it is the last file a run writes; let `replicate` finish, or name \
                 another folder",
                path.display()
            );
        }
        let mut results = read_json(&path, "the results of a run")?;
        read_items(&mut results, folder)?;
        Ok(results)
    }

    /// The protocols of the run, the one that its figures and claims are of first, with their rows.
    pub fn protocols(&self) -> impl Iterator<Item = (Protocol, &[RowResults])> {
        let others = self.other_protocols.iter();
        let others = others.map(|other| (other.protocol, &other.rows[..]));
        std::iter::once((self.protocol, &self.rows[..])).chain(others)
    }

    /// The metrics of toxicity, each with its scorer, in the order of the columns.
    pub fn toxicities(&self) -> impl Iterator<Item = (&str, Option<&ScorerRecord>)> {
        let toxicities = (self.metrics.iter()).filter(|metric| metric.kind == TOXICITY);
        toxicities.filter_map(|metric| {
            let name = metric.parameters.get("name").and_then(Value::as_str)?;
            let scorer = match metric.parameters.get("scorer").and_then(Value::as_str) {
                Some(named) => self.scorers.iter().find(|scorer| scorer.name == named),
                None => self.scorers.first(),
            };
            Some((name, scorer))
        })
    }

    /// The scorer that the metric `toxicity` is taken by; `None` if there is no such metric.
    #[must_use]
    pub fn scorer(&self) -> Option<&ScorerRecord> {
        let found = self.toxicities().find(|(name, _)| *name == TOXICITY);
        found.and_then(|(_, scorer)| scorer)
    }

    /// Reads the neuron table that lies beside the results.
    ///
    /// # Errors
    /// [`StudyError::NoNeuronTable`] if the run did not write one or it is gone; otherwise a table that is
    /// broken, or that is another run's.
    pub fn neuron_table(&self, folder: &Path) -> Result<NeuronTable> {
        let written = |name: &str| self.outputs.iter().any(|output| output == Path::new(name));
        let names = ["neurons.csv", "neurons.parquet"];
        let there = names
            .into_iter()
            .find(|name| written(name) && folder.join(name).is_file());
        let name = there.ok_or_else(|| {
            let gone = names.into_iter().find(|name| written(name));
            StudyError::NoNeuronTable(gone.map_or_else(
                || "the run did not write a neuron table".to_owned(),
                |name| format!("{name} was written and is gone"),
            ))
        })?;
        let path = folder.join(name);
        let table = match name {
            "neurons.csv" => NeuronTable::read_csv(&path)?,
            _ => NeuronTable::read_parquet(&path)?,
        };
        self.check_same_run(folder, &table)?;
        Ok(table)
    }

    /// Refuses a neuron table other than the one that these results are of, as an interrupted later
    /// run leaves it.
    fn check_same_run(&self, folder: &Path, table: &NeuronTable) -> Result<()> {
        let (recorded, found) = (&self.reduction, ReductionResults::of(table));
        // A table is written in decimal digits; the last bit of a sum over it may differ.
        let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * found.peak.abs();
        if found.neurons == recorded.neurons
            && same(found.peak, recorded.peak)
            && same(found.net, recorded.net)
        {
            return Ok(());
        }
        refuse!(
            "{}: records {} neurons, peak reduction {}, net {}; the neuron table beside it has {}, {}, \
             {}, and is of another run; run the study again",
            folder.join(RESULTS_FILE).display(),
            recorded.neurons,
            recorded.peak,
            recorded.net,
            found.neurons,
            found.peak,
            found.net
        )
    }
}
