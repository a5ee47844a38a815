//! Both models of a pair, measured as a study measures them.

use burn::tensor::Device;
use counterpoise_groups::{Measurements, NeuronTable};
use counterpoise_hooks::{Counted, HookPoint, MeanRecorder};
use counterpoise_intervene::{Prepared, Reading};
use counterpoise_model::generate;
use counterpoise_probe::{
    bias_projections, layer_projection, neuron_projections, value_cosines, value_projections,
};

use crate::expected::Which;
use crate::golden::Golden;

/// Prompts per batch: each batch holds prompts of several lengths.
const BATCH: usize = 16;

/// One model's measurements over the prompts.
pub(crate) struct Measured {
    pub(crate) neurons: Measurements,
    /// `p = m̄ (v·u)`. `[layer][neuron]`
    pub(crate) neuron_projections: Vec<Vec<f64>>,
    pub(crate) layer_projections: Vec<f64>,
    pub(crate) bias_projections: Vec<f64>,
    pub(crate) positions: u64,
    pub(crate) texts: Vec<Vec<u32>>,
}

/// Both models' measurements, and the table of them.
pub(crate) struct Pair {
    pub(crate) base: Measured,
    pub(crate) tuned: Measured,
    pub(crate) table: NeuronTable,
}

impl Pair {
    pub(crate) fn measure(golden: &Golden) -> Self {
        let [base, tuned] = [Which::Base, Which::Tuned].map(|which| Measured::new(golden, which));
        let table = NeuronTable::new(&base.neurons, &tuned.neurons).unwrap();
        Self { base, tuned, table }
    }

    pub(crate) fn of(&self, which: Which) -> &Measured {
        match which {
            Which::Base => &self.base,
            Which::Tuned => &self.tuned,
        }
    }
}

impl Measured {
    fn new(golden: &Golden, which: Which) -> Self {
        let probe = golden.probe();
        let prepared = Prepared::new(golden.model(which, &Device::flex()));
        let (texts, recorder) = record(&prepared, golden, golden.prompts());
        let model = &prepared.model;
        let means = (0..model.h.len()).map(|layer| recorder.mean(HookPoint::mlp_post(layer)));
        let neurons = Measurements {
            mean_activation: means.map(Option::unwrap).collect(),
            value_projection: value_projections(model, &probe).unwrap(),
            cosine: value_cosines(model, &probe).unwrap(),
        };
        Self {
            neuron_projections: neuron_projections(
                &neurons.mean_activation,
                &neurons.value_projection,
            )
            .unwrap(),
            layer_projections: layer_projections(golden, &recorder, model.h.len()),
            bias_projections: bias_projections(model, &probe).unwrap(),
            positions: recorder.count(HookPoint::mlp_post(0)),
            neurons,
            texts,
        }
    }
}

/// Continues prompts, and takes the means of every neuron and every MLP's output.
pub(crate) fn record(
    prepared: &Prepared,
    golden: &Golden,
    prompts: &[Vec<u32>],
) -> (Vec<Vec<u32>>, MeanRecorder) {
    let layers = 0..prepared.model.h.len();
    let points = layers.flat_map(|layer| [HookPoint::mlp_post(layer), HookPoint::mlp_out(layer)]);
    let mut recorder = MeanRecorder::new(points, Counted::Generated);
    let mut hooks = prepared.hooks(Reading::Generation).observe(&mut recorder);
    let decoding = golden.decoding(BATCH);
    let texts = generate(&prepared.model, prompts, &decoding, &mut hooks).unwrap();
    drop(hooks);
    (texts, recorder)
}

/// Mean of `mlp(x)·u` of every layer.
pub(crate) fn layer_projections(golden: &Golden, recorder: &MeanRecorder, n: usize) -> Vec<f64> {
    let probe = golden.probe();
    let mean = |layer| recorder.mean(HookPoint::mlp_out(layer)).unwrap();
    (0..n)
        .map(|layer| layer_projection(&mean(layer), &probe).unwrap())
        .collect()
}
