//! `run.json`: what a run was made of, what it took, and what came out.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use counterpoise_groups::{Group, GroupAssignment, Grouping, TotalReduction};
use serde_json::{Map, Value, json};

use super::Found;
use super::inputs::Inputs;
use super::outputs::Outputs;
use super::row::ScoredRow;
use crate::device::TakenDevice;
use crate::hashing::hash_text;
use crate::measure::MeasuredModel;
use crate::resources::Step;
use crate::study::{ModelRole, Study};
use crate::workspace;

/// Everything that is recorded of a run.
pub(super) struct Record<'a> {
    pub(super) study: &'a Study,
    pub(super) inputs: &'a Inputs,
    pub(super) device: &'a TakenDevice,
    pub(super) found: &'a Found,
    pub(super) failures: &'a [String],
    pub(super) steps: &'a [Step],
    /// Parts that an interrupted start of this run had finished.
    pub(super) resumed: &'a [String],
}

impl Record<'_> {
    /// Writes `run.json`, the last file of a run.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn write(&self, outputs: &mut Outputs) -> Result<()> {
        let record = json!({
            "study": {
                "name": self.study.name,
                "file": workspace::shown(&self.study.file.path),
                "sha256": hash_text(&self.study.file.text),
                "text": self.study.file.text,
            },
            "command": std::env::args().skip(1).collect::<Vec<_>>(),
            "finished_unix_s": SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            "versions": {
                "counterpoise": env!("CARGO_PKG_VERSION"),
                "burn": env!("XTASK_BURN_VERSION"),
                "rustc": env!("XTASK_RUSTC_VERSION"),
            },
            "device": self.device,
            "seeds": "none: decoding is greedy, and no step of a study draws random numbers",
            "inputs": self.input_files(),
            "prompts": self.inputs.prompts.counts,
            "samples": { "used": self.inputs.samples.prompts.len() },
            "text": { "tokens": self.inputs.text.len() },
            "scorer": { "name": self.inputs.scorer.name() },
            "reduction": self.reduction(),
            "groups": Grouping::ALL.map(|grouping| self.groups(grouping)),
            "models": self.models(),
            "rows": self.found.rows.iter().map(row).collect::<Vec<_>>(),
            "failures": self.failures,
            "resumed": self.resumed,
            "steps": self.steps,
            "total_seconds": self.steps.iter().map(|step| step.seconds).sum::<f64>(),
            "outputs": outputs.written(),
        });
        outputs.json("run.json", &record)
    }

    fn input_files(&self) -> Vec<Value> {
        let file = |hashed: &crate::hashing::HashedFile| {
            let path: PathBuf = workspace::shown(&hashed.path);
            json!({
                "role": hashed.role,
                "path": path,
                "bytes": hashed.bytes,
                "sha256": hashed.sha256,
            })
        };
        self.inputs.hashes.iter().map(file).collect()
    }

    fn models(&self) -> Value {
        let model = |measured: &MeasuredModel| {
            json!({
                "generated_tokens": measured.positions,
                "layer_projections": measured.layer_projections,
                "layer_identity": measured.identity,
            })
        };
        let [base, tuned] = [&self.found.base, &self.found.tuned].map(model);
        json!({ "base": base, "tuned": tuned })
    }

    fn reduction(&self) -> Value {
        let total = TotalReduction::of(&self.found.table);
        json!({
            "peak": total.peak,
            "net": total.net,
            "reducing_neurons": total.reducing,
            "neurons": total.neurons,
        })
    }

    fn groups(&self, grouping: Grouping) -> Value {
        let groups = GroupAssignment::new(&self.found.table, grouping);
        let shares = groups.shares().ok();
        let group = |group: Group| {
            json!({
                "group": group.to_string(),
                "neurons": groups.counts()[group],
                "reduction": groups.sums()[group],
                "share": shares.map(|shares| shares[group]),
            })
        };
        json!({ "grouping": grouping.to_string(), "groups": Group::ALL.map(group) })
    }
}

fn row(row: &ScoredRow) -> Value {
    let mut scores = Map::new();
    for (quantity, score) in &row.outcome.scores {
        let score = match score {
            Ok(value) => json!(value),
            Err(reason) => json!({ "missing": reason }),
        };
        scores.insert(quantity.to_string(), score);
    }
    let model: ModelRole = row.model;
    json!({ "name": row.name, "model": model, "neurons": row.outcome.neurons, "scores": scores })
}
