//! A finished run, read back from its folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use counterpoise_data::read_text;
use counterpoise_groups::{NeuronTable, TotalReduction};
use counterpoise_report::{TableRow, Tables};
use serde::Deserialize;

use crate::kinds::registry;
use crate::study::Study;
use crate::toml_file::TomlFile;

/// What a run left behind. A part that it did not write is the reason for that.
#[derive(Debug)]
pub(super) struct FinishedRun {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Its study, as it was when it ran.
    pub(super) study: Study,
    /// Neurons of each model.
    pub(super) neurons: usize,
    /// Prompts it used.
    pub(super) prompts: usize,
    /// Samples it used.
    pub(super) samples: usize,
    /// What scored toxicity.
    pub(super) scorer: String,
    /// Every neuron.
    pub(super) table: Result<NeuronTable, String>,
    /// The rows of its tables.
    pub(super) rows: Result<Vec<TableRow>, String>,
}

/// The parts of `run.json` that are needed here.
#[derive(Deserialize)]
struct Record {
    study: StudyRecord,
    prompts: Used,
    samples: Used,
    scorer: Scorer,
    reduction: ReductionRecord,
    outputs: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct StudyRecord {
    file: PathBuf,
    text: String,
}

#[derive(Deserialize)]
struct Used {
    used: usize,
}

#[derive(Deserialize)]
struct Scorer {
    name: String,
}

#[derive(Deserialize)]
struct ReductionRecord {
    peak: f64,
    net: f64,
    neurons: usize,
}

impl FinishedRun {
    /// Reads a run's folder. Tables or neurons that the run did not write, or that are gone, are
    /// left out with the reason.
    ///
    /// # Errors
    /// No `run.json`, a file that is broken, a neuron table that is not the run's.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("run.json");
        if !path.is_file() {
            bail!(
                "{}: not there, and it is the last file a run writes; let `cargo xtask replicate` \
                 finish, or name another folder",
                path.display()
            );
        }
        let text = read_text(&path)?;
        let record: Record = serde_json::from_str(&text).map_err(|error| {
            let (path, line) = (path.display(), error.line());
            anyhow!("{path}:{line}: expected the record of a run; found {error}")
        })?;
        let written = |name: &str| -> Result<PathBuf, String> {
            let path = folder.join(name);
            if !record
                .outputs
                .iter()
                .any(|output| output == Path::new(name))
            {
                Err(format!("the run did not write {name}"))
            } else if !path.is_file() {
                Err(format!("{name} was written and is gone"))
            } else {
                Ok(path)
            }
        };
        let table = match written("neurons.csv") {
            Ok(path) => Ok(NeuronTable::read_csv(&path)?),
            Err(reason) => match written("neurons.parquet") {
                Ok(path) => Ok(NeuronTable::read_parquet(&path)?),
                Err(_) => Err(reason),
            },
        };
        if let Ok(table) = &table {
            check_same_run(&path, &record.reduction, table)?;
        }
        let rows = match written("tables.json") {
            Ok(path) => Ok(Tables::read_json(&path)?),
            Err(reason) => Err(reason),
        };
        let file = TomlFile {
            path: record.study.file,
            text: record.study.text,
        };
        let study = Study::of(file, &registry()?)
            .with_context(|| format!("{}: the study recorded there", path.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            study,
            neurons: record.reduction.neurons,
            prompts: record.prompts.used,
            samples: record.samples.used,
            scorer: record.scorer.name,
            table,
            rows,
        })
    }
}

/// Refuses a neuron table other than the one that the record was made of, as an interrupted later
/// run leaves it.
fn check_same_run(path: &Path, recorded: &ReductionRecord, table: &NeuronTable) -> Result<()> {
    let TotalReduction {
        peak, net, neurons, ..
    } = TotalReduction::of(table);
    // JSON may be off by the last bit.
    let same = |a: f64, b: f64| (a - b).abs() <= 1e-9 * peak.abs();
    if neurons == recorded.neurons && same(peak, recorded.peak) && same(net, recorded.net) {
        return Ok(());
    }
    bail!(
        "{}: records {} neurons, peak reduction {}, net {}; the neuron table beside it has {neurons}, {peak}, \
         {net}, and is of another run; run the study again",
        path.display(),
        recorded.neurons,
        recorded.peak,
        recorded.net
    )
}
