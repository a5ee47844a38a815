//! A run made up from the published figures.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use counterpoise_groups::{Group, Measurements, NeuronTable, TotalReduction};
use counterpoise_intervene::Registry;
use counterpoise_report::{Quantity, TableRow, Tables};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::study::{PaperRow, Study};
use crate::verify::published::{Published, PublishedRow};
use crate::workspace;

/// GPT-2 medium's neurons as published, in every count, sum and rank.
pub(super) static AS_PUBLISHED: LazyLock<NeuronTable> = LazyLock::new(as_published);

/// The same as a file, written once.
static PARQUET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("neurons.parquet");
    AS_PUBLISHED.write_parquet(&path).unwrap();
    fs::read(path).unwrap()
});

/// Neurons of one kind: the signs of cosine and mean activation, how many, what each reduces, and
/// how: by its activation, or by its value vector alone.
#[derive(Clone, Copy)]
struct Kind {
    cosine: f64,
    mean: f64,
    neurons: usize,
    reduction: f64,
    by: By,
}

#[derive(Clone, Copy)]
enum By {
    Activation,
    ValueVector,
}

fn as_published() -> NeuronTable {
    let published = published();
    let [change, sign] = &published.groupings[..] else {
        unreachable!("two groupings");
    };
    let sums = change.sums.unwrap();
    let grouped: f64 = sums.iter().map(|(_, sum)| sum).sum();
    let more = |group: Group| sign.counts[group] - change.counts[group];
    let all_more: usize = Group::ALL.map(more).iter().sum();
    let mut kinds = Vec::new();
    for group in Group::ALL {
        let (cosine, mean) = match group {
            Group::TpMinus => (0.1, 0.2),
            Group::TnPlus => (0.1, -0.2),
            Group::ApPlus => (-0.1, 0.2),
            Group::AnMinus => (-0.1, -0.2),
        };
        let kind = |neurons, reduction, by| Kind {
            cosine,
            mean,
            neurons,
            reduction,
            by,
        };
        let neurons = change.counts[group];
        kinds.push(kind(neurons, sums[group] / neurons as f64, By::Activation));
        let rest = (published.reduction.peak - grouped) / all_more as f64;
        kinds.push(kind(more(group), rest, By::ValueVector));
    }
    let neurons = published.setup.neurons - published.reduction.reducing;
    kinds.push(Kind {
        cosine: 0.1,
        mean: 0.2,
        neurons,
        reduction: (published.reduction.net - published.reduction.peak) / neurons as f64,
        by: By::Activation,
    });
    of_kinds(&kinds, &published)
}

fn of_kinds(kinds: &[Kind], published: &Published) -> NeuronTable {
    let blank = || Measurements {
        mean_activation: vec![vec![0.0; 4096]; 24],
        value_projection: vec![vec![0.0; 4096]; 24],
        cosine: vec![vec![0.0; 4096]; 24],
    };
    let (mut base, mut tuned) = (blank(), blank());
    let all = kinds
        .iter()
        .flat_map(|kind| std::iter::repeat_n(kind, kind.neurons));
    for (index, kind) in all.enumerate() {
        let (layer, neuron) = (index / 4096, index % 4096);
        let value = kind.cosine.signum();
        let (mean, tuned_value) = match kind.by {
            By::Activation => (kind.mean - kind.reduction / value, value),
            By::ValueVector => (kind.mean, value - kind.reduction / kind.mean),
        };
        let set = |model: &mut Measurements, mean, value| {
            model.mean_activation[layer][neuron] = mean;
            model.value_projection[layer][neuron] = value;
            model.cosine[layer][neuron] = kind.cosine;
        };
        set(&mut base, kind.mean, value);
        set(&mut tuned, mean, tuned_value);
    }
    // Any toxic neuron can be among the top: that says nothing of what it reduces. The last layers
    // hold the toxic neurons that add to toxicity; a top neuron elsewhere trades places with one.
    for (rank, id) in published.top_toxic.ids().into_iter().enumerate() {
        let last = (23, 4095 - rank);
        for model in [&mut base, &mut tuned] {
            for column in [
                &mut model.mean_activation,
                &mut model.value_projection,
                &mut model.cosine,
            ] {
                let other = column[last.0][last.1];
                column[last.0][last.1] = column[id.layer][id.neuron];
                column[id.layer][id.neuron] = other;
            }
            model.cosine[id.layer][id.neuron] = 0.9 - 0.1 * rank as f64;
        }
    }
    NeuronTable::new(&base, &tuned).unwrap()
}

pub(super) fn published_file() -> PathBuf {
    workspace::root().join("xtask/published/gpt2-medium.toml")
}

pub(super) fn published() -> Published {
    Published::read(&published_file()).unwrap()
}

/// The rows of the published study with the published scores.
pub(super) fn published_rows() -> Vec<TableRow> {
    let (study, published) = (study(), published());
    let mut rows = Vec::new();
    for ours in &study.interventions {
        let is_row =
            |row: &&PublishedRow| row.model == ours.model && Some(&row.does) == ours.paper.as_ref();
        let row = published.rows.iter().find(is_row).unwrap();
        let patch = matches!(row.does, PaperRow::Patch(_));
        rows.extend(ours.tables.iter().map(|&table| {
            let everywhere = if patch { 99.0 } else { row.perplexity };
            let mut shown = TableRow::new(table, &ours.model.to_string(), &ours.label)
                .with(Quantity::Toxicity, Ok(row.toxicity))
                .with(Quantity::Perplexity, Ok(everywhere))
                .with(Quantity::F1, Ok(row.f1));
            shown.perplexity_first_position = patch.then_some(row.perplexity);
            shown
        }));
    }
    rows
}

pub(super) fn study() -> Study {
    Study::find("gpt2-medium", &Registry::paper()).unwrap()
}

/// What `run.json` says of a run of the published study.
pub(super) fn record() -> Value {
    let total = TotalReduction::of(&AS_PUBLISHED);
    json!({
        "study": { "name": "gpt2-medium", "file": "xtask/studies/gpt2-medium.toml", "text": study().file.text },
        "device": { "name": "made up" },
        "prompts": { "found": 1199, "used": 1199 },
        "samples": { "used": 2000 },
        "scorer": { "name": "perspective" },
        "reduction": { "peak": total.peak, "net": total.net, "neurons": total.neurons },
        "outputs": ["neurons.parquet", "tables.json"],
    })
}

/// A run's folder with these rows and this record.
pub(super) fn folder(rows: Vec<TableRow>, record: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tables = Tables { note: None, rows };
    tables.write(folder.path()).unwrap();
    fs::write(folder.path().join("neurons.parquet"), &*PARQUET).unwrap();
    fs::write(folder.path().join("run.json"), record.to_string()).unwrap();
    folder
}
