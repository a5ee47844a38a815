//! What each intervention does to a model, and what it leaves alone: the targets changed, everything
//! else bit-identical.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aura;
mod controls;
mod direction_refusals;
mod directions;
mod edited_activations;
mod own_steps;
mod own_values;
mod patches;
mod refusals;
mod scaled_keys;
mod selections;
mod subspaces;

use std::path::Path;

use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_groups::{Measurements, NeuronTable};
use counterpoise_hooks::{BlockPoint, Capture, HookPoint, Pass};
use counterpoise_intervene::{
    FIRST_POSITION, InterveneError, Intervention, Prepared, Subject, interventions,
};
use counterpoise_model::{KvCache, Transformer, load};
use counterpoise_registry::PartTable;

/// Two rows, the first of them padded by two columns.
const ROWS: [[u32; 5]; 2] = [[0, 0, 9, 31, 7], [3, 1, 4, 1, 5]];
const PADDING: [usize; 2] = [2, 0];
const LAYERS: usize = 2;
const D_MLP: usize = 160;

/// A 2-block model with large random weights: its texts differ from prompt to prompt.
fn model() -> Transformer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/random");
    load(&path, &Device::flex()).unwrap().model
}

/// A made-up table for [`model`]: base and tuned model rank their neurons differently, and every
/// group but TN+ has members.
fn table() -> NeuronTable {
    /// A number in −1..1 for the `i`-th neuron; `which` tells quantities apart.
    fn spread(which: usize, i: usize) -> f64 {
        ((i * 37 + which * 11) % 101) as f64 / 51.0 - 0.99
    }
    let base = |i| spread(2, i);
    let tuned = |i| match (spread(0, i) > 0.0, base(i) >= 0.0) {
        (true, true) => base(i) - 0.5,  // TP−
        (true, false) => base(i) + 1.0, // a toxic neuron that is negative rises: no TN+
        (false, _) => base(i) + 0.25,   // AP+ and AN−
    };
    let measured = |mean: &dyn Fn(usize) -> f64, which| Measurements {
        mean_activation: matrix(mean),
        value_projection: matrix(&|i| spread(which, i)),
        cosine: matrix(&|i| spread(which, i)),
    };
    NeuronTable::new(&measured(&base, 0), &measured(&tuned, 1)).unwrap()
}

/// `value` of every neuron, `[layer][neuron]`; neurons are counted through the layers.
fn matrix(value: &dyn Fn(usize) -> f64) -> Vec<Vec<f64>> {
    let row = |layer: usize| {
        (0..D_MLP)
            .map(|neuron| value(layer * D_MLP + neuron))
            .collect()
    };
    (0..LAYERS).map(row).collect()
}

fn build(text: &str) -> Result<Box<dyn Intervention>, InterveneError> {
    let table = PartTable::parse(text).unwrap();
    Ok(interventions()?.build(&table)?)
}

/// An intervention described in TOML, on [`model`] with [`table`].
fn prepare(text: &str) -> Result<Prepared, InterveneError> {
    let (model, table) = (model(), table());
    let subject = Subject::measured(&model, &table).unwrap();
    build(text)?.prepare(model, &subject)
}

fn tokens(rows: &[&[u32]], model: &Transformer) -> Tensor<2, Int> {
    let flat: Vec<i64> = rows.iter().copied().flatten().map(|&t| t.into()).collect();
    let data = TensorData::new(flat, [rows.len(), rows[0].len()]);
    Tensor::from_data(data, &model.device())
}

/// What was seen in one forward pass at one point, `[batch, seq, width]`.
struct Seen {
    values: Vec<f32>,
    shape: [usize; 3],
}

impl Seen {
    fn at(&self, row: usize, column: usize, index: usize) -> f32 {
        let [_, seq, width] = self.shape;
        self.values[(row * seq + column) * width + index]
    }

    fn bits(&self) -> Vec<u32> {
        self.values.iter().map(|value| value.to_bits()).collect()
    }
}

/// What a model reads, and how its edits apply to that.
#[derive(Clone, Copy)]
enum Reading {
    /// Prompts, then what it generates.
    Generation,
    /// A text.
    Text,
    /// A text, in the variant of edits that apply at its first position.
    TextFirstPosition,
}

/// What is seen at `point` in a padded pass over [`ROWS`], then in a step of one token more.
fn seen(prepared: &Prepared, reading: Reading, point: HookPoint) -> [Seen; 2] {
    let prompt = Pass::left_padded(PADDING.to_vec(), ROWS[0].len());
    let (prompt, step) = match reading {
        Reading::Generation => (prompt.clone(), prompt.generated(vec![true, true])),
        Reading::Text | Reading::TextFirstPosition => {
            (prompt.clone().of_text(), prompt.of_text().continued(1))
        }
    };
    let rows: [&[u32]; 2] = [&ROWS[0], &ROWS[1]];
    let next: [&[u32]; 2] = [&[17], &[250]];
    let (model, mut cache) = (&prepared.model, KvCache::new());
    [(rows, prompt), (next, step)].map(|(rows, pass)| {
        let mut capture = Capture::new([point]);
        let hooks = match reading {
            Reading::Generation | Reading::Text => prepared.hooks(),
            Reading::TextFirstPosition => prepared.edits.variant_hooks(FIRST_POSITION),
        };
        let mut hooks = hooks.observe(&mut capture);
        let hidden = model.forward(tokens(&rows, model), &pass, &mut cache, &mut hooks);
        hidden.unwrap();
        drop(hooks);
        let activation = capture.get(point).unwrap();
        Seen {
            shape: activation.dims(),
            values: activation.try_to_vec_as::<f32>().unwrap(),
        }
    })
}

/// The same in the model as it is.
fn untouched(point: HookPoint) -> [Seen; 2] {
    seen(&Prepared::new(model()), Reading::Generation, point)
}

const fn block(layer: usize, at: BlockPoint) -> HookPoint {
    HookPoint::Block { layer, at }
}
