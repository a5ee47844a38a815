//! A run made up from the published figures.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use counterpoise_eval::{PromptCounts, Protocol};
use counterpoise_groups::{Group, Grouping, Measurements, NeuronTable};
use counterpoise_registry::Description;
use counterpoise_score::Score;

use crate::device::DeviceRecord;
use crate::kinds::of_repository;
use crate::layer_identity::LayerIdentity;
use crate::metric_names::{F1, PERPLEXITY, PERPLEXITY_FIRST_POSITION, TOXICITY};
use crate::results::{
    GroupingResults, ModelResults, PerModel, ReductionResults, Results, ScorerRecord, StudyRecord,
    Versions,
};
use crate::row::{RowPlan, RowResults};
use crate::study::{PaperRow, Study};
use crate::verify::published::{Published, PublishedRow};

/// GPT-2 medium's neurons as published, in every count, sum and rank.
pub(super) static AS_PUBLISHED: LazyLock<NeuronTable> = LazyLock::new(as_published);

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
    for (rank, id) in published
        .top_toxic
        .as_ref()
        .unwrap()
        .ids()
        .into_iter()
        .enumerate()
    {
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
    studies().join("published/gpt2-medium.toml")
}

pub(super) fn published() -> Published {
    Published::read(&published_file()).unwrap()
}

/// The folder of the published figures and studies.
fn studies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies")
}

/// The metrics, those that name a scorer taken by this one.
fn scored_by(scorer: &str, metrics: impl Iterator<Item = Description>) -> Vec<Description> {
    let taken = metrics.map(|mut metric| {
        if let Some(named) = metric.parameters.get_mut("scorer") {
            *named = scorer.into();
        }
        metric
    });
    taken.collect()
}

pub(super) fn study() -> Study {
    Study::read(&studies().join("gpt2-medium.toml"), &of_repository()).unwrap()
}

/// The rows of the published study with the published scores.
fn published_rows(study: &Study) -> Vec<RowResults> {
    let published = published();
    let scored = |ours| {
        let mut row = RowResults::new(ours);
        let is_row = |known: &&PublishedRow| {
            known.model == row.model && Some(&known.does) == row.paper().as_ref()
        };
        let known = published.rows.iter().find(is_row).unwrap();
        let patch = matches!(known.does, PaperRow::Patch(_));
        let everywhere = if patch { 99.0 } else { known.perplexity };
        let mut scores = vec![
            (TOXICITY, known.toxicity),
            (PERPLEXITY, everywhere),
            (F1, known.f1),
        ];
        if patch {
            scores.push((PERPLEXITY_FIRST_POSITION, known.perplexity));
        }
        let score = |(metric, value)| Score::new(metric, value, 2000);
        row.outcome.scores = scores.into_iter().map(score).collect();
        row
    };
    study.interventions.iter().map(scored).collect()
}

/// The results of a run of the published study with the published figures.
pub(super) fn results() -> Results {
    let study = study();
    let model = ModelResults {
        generated_tokens: 0,
        layer_projections: vec![0.0; 24],
        layer_identity: LayerIdentity::of(&[1.0], &[vec![1.0]], &[0.0]).unwrap(),
    };
    Results {
        rows: published_rows(&study),
        study: StudyRecord {
            name: study.name,
            file: study.file.path,
            sha256: String::new(),
            text: study.file.text,
        },
        command: Vec::new(),
        run: String::new(),
        finished_unix_s: 0,
        versions: Versions {
            counterpoise: String::new(),
            burn: String::new(),
            rustc: String::new(),
        },
        device: DeviceRecord {
            name: "made up".to_owned(),
            why: String::new(),
        },
        seeds: String::new(),
        inputs: Vec::new(),
        tuned_from: None,
        prompts: PromptCounts {
            found: 1199,
            not_challenging: 0,
            used: 1199,
            truncated: 0,
            beginning_token: None,
        },
        scorers: vec![ScorerRecord {
            name: "perspective".to_owned(),
            does: published().scorer.unwrap(),
            origin: None,
        }],
        metrics: scored_by(
            "perspective",
            study.metrics.iter().map(|part| part.does.clone()),
        ),
        figures: Vec::new(),
        tables: study.tables,
        protocol: Protocol::Corrected,
        plan: RowPlan::Score,
        other_protocols: Vec::new(),
        reduction: ReductionResults::of(&AS_PUBLISHED),
        groups: vec![GroupingResults::of(
            &AS_PUBLISHED,
            Grouping::ActivationChange,
        )],
        models: PerModel {
            base: model.clone(),
            tuned: model,
        },
        uncertainty: None,
        nulls: None,
        shrinkage: None,
        components: None,
        vocabulary: None,
        directions: Vec::new(),
        agreement: Vec::new(),
        scored_later: Vec::new(),
        failures: Vec::new(),
        resumed: Vec::new(),
        steps: Vec::new(),
        total_seconds: 0.0,
        outputs: vec![PathBuf::from("neurons.parquet")],
    }
}
