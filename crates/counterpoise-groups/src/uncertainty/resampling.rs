//! The aggregates of a pair on other prompts than were run: drawn with replacement, or with labels swapped.

use counterpoise_score::{Draws, Purpose, resamples};
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::Moments;
use crate::{Aggregates, Measured, Measurements, Neuron, NeuronId};

/// Draws that one thread works on at a time: the product's rows.
const DRAWS_PER_TASK: usize = 64;

/// How often each prompt stands in each draw. `[draws, prompts]`
#[derive(Clone, Debug)]
pub struct PromptWeights(Array2<f64>);

impl PromptWeights {
    /// As many prompts as there are, drawn with replacement: how often each was drawn.
    #[must_use]
    pub fn resampled(draws: usize, prompts: usize) -> Self {
        let (mut weights, mut draw) = (Array2::zeros((draws, prompts)), 0);
        resamples(draws, prompts, |drawn| {
            drawn
                .iter()
                .for_each(|&prompt| weights[[draw, prompt]] += 1.0);
            draw += 1;
        });
        Self(weights)
    }

    /// 1 where a prompt's labels are swapped, with the chance of a half each.
    #[must_use]
    pub fn swapped(draws: usize, prompts: usize) -> Self {
        let mut numbers = Draws::of_run(Purpose::Labels);
        let mut weights = Array2::zeros((draws, prompts));
        for weight in &mut weights {
            *weight = f64::from(u8::from(numbers.unit() < 0.5));
        }
        Self(weights)
    }
}

/// What stands in for "base" and "tuned" in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// Each model on the prompts drawn.
    Resampled,
    /// Each model on the prompts whose labels stay, the other on those whose labels are swapped.
    Swapped,
}

/// One draw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drawn {
    /// What all neurons reduce together, and each group.
    pub aggregates: Aggregates,
    /// How the two models' mean activations are spread over the neurons.
    pub moments: Moments,
}

/// Aggregates over draws of prompts, computed from sums of activations per prompt, slice after slice of neurons.
///
/// A draw's mean activations are a product `weights[draws, prompts] · sums[prompts, neurons]` over the draw's number of
/// tokens; every neuron then falls into its group anew. Sums are in `f64` and in table order, however neurons are
/// sliced and however many threads there are.
#[derive(Debug)]
pub struct Resampling<'a> {
    base: &'a Measurements,
    tuned: &'a Measurements,
    scheme: Scheme,
    weights: Array2<f64>,
    /// Generated tokens of each prompt, of the base and of the tuned model.
    tokens: [Vec<f64>; 2],
    drawn: Vec<Drawn>,
    next: usize,
}

/// Sums over the prompts of a slice of neurons, of one model.
struct Slice<'a> {
    /// `[prompts, neurons]`
    sums: ArrayView2<'a, f64>,
    /// Over all prompts. `[neurons]`
    total: Vec<f64>,
}

impl<'a> Resampling<'a> {
    /// Both models on prompts drawn with replacement, the same for both.
    ///
    /// # Panics
    /// If the weights are not over as many prompts as there are token counts.
    #[must_use]
    pub fn of_prompts(
        [base, tuned]: [&'a Measurements; 2],
        weights: PromptWeights,
        tokens: [&[u32]; 2],
    ) -> Self {
        Self::new([base, tuned], Scheme::Resampled, weights, tokens)
    }

    /// The models' labels swapped on some prompts: what the tuned model did there counts as the base model's, its
    /// activations and what they write through its own value vectors, and the other way round. Which quadrant a neuron can
    /// be in still follows from the base model's value vector, and from what counts as its mean.
    ///
    /// # Panics
    /// As [`Resampling::of_prompts`].
    #[must_use]
    pub fn of_labels(
        [base, tuned]: [&'a Measurements; 2],
        weights: PromptWeights,
        tokens: [&[u32]; 2],
    ) -> Self {
        Self::new([base, tuned], Scheme::Swapped, weights, tokens)
    }

    fn new(
        [base, tuned]: [&'a Measurements; 2],
        scheme: Scheme,
        PromptWeights(weights): PromptWeights,
        tokens: [&[u32]; 2],
    ) -> Self {
        let (draws, prompts) = weights.dim();
        let tokens = tokens.map(|of| of.iter().copied().map(f64::from).collect::<Vec<_>>());
        assert!(
            tokens.iter().all(|of| of.len() == prompts),
            "a token count per prompt"
        );
        Self {
            base,
            tuned,
            scheme,
            weights,
            tokens,
            drawn: vec![Drawn::default(); draws],
            next: 0,
        }
    }

    /// Adds the neurons that follow those added so far, in table order: both models' sums over each prompt's generated
    /// tokens. Each `[prompts, neurons]`
    ///
    /// # Panics
    /// If there are not as many sums of both, a row for each prompt; or more neurons than were measured.
    pub fn add(&mut self, base: &[f64], tuned: &[f64]) {
        let prompts = self.weights.ncols();
        assert_eq!(base.len(), tuned.len(), "both models' sums");
        let neurons = base.len() / prompts;
        let [base, tuned] = [base, tuned].map(|sums| Slice::new(sums, prompts, neurons));
        let mut drawn = std::mem::take(&mut self.drawn);
        let tasks = drawn.par_chunks_mut(DRAWS_PER_TASK).enumerate();
        tasks.for_each(|(task, drawn)| self.add_to(task * DRAWS_PER_TASK, drawn, &base, &tuned));
        self.drawn = drawn;
        self.next += neurons;
    }

    /// Adds a slice to the draws from `first` on.
    fn add_to(&self, first: usize, drawn: &mut [Drawn], base: &Slice<'_>, tuned: &Slice<'_>) {
        let weights = self.weights.slice(s![first..first + drawn.len(), ..]);
        let of_base = weights.dot(&base.sums); // [draws, neurons]
        let of_tuned = weights.dot(&tuned.sums); // [draws, neurons]
        for (row, drawn) in drawn.iter_mut().enumerate() {
            let tokens = [0, 1].map(|model| self.tokens_of(weights.row(row), model));
            for (index, (&b, &t)) in of_base.row(row).iter().zip(of_tuned.row(row)).enumerate() {
                let sums = [[base.total[index], b], [tuned.total[index], t]];
                let neuron = self.neuron(self.next + index, sums, tokens);
                drawn.aggregates.add(&neuron);
                let moments = &mut drawn.moments;
                moments.add(neuron.base.activation, neuron.tuned.activation);
            }
        }
    }

    /// Tokens of one model over all prompts, and weighted.
    fn tokens_of(&self, weights: ndarray::ArrayView1<'_, f64>, model: usize) -> [f64; 2] {
        let tokens = &self.tokens[model];
        let weighted = weights.iter().zip(tokens);
        [
            tokens.iter().sum(),
            weighted.map(|(weight, tokens)| weight * tokens).sum(),
        ]
    }

    /// A neuron in a draw. `sums` and `tokens` are the base model's, then the tuned model's: over all prompts, then
    /// weighted.
    fn neuron(&self, index: usize, sums: [[f64; 2]; 2], tokens: [[f64; 2]; 2]) -> Neuron {
        let d_mlp = self.base.mean_activation[0].len();
        let (layer, neuron) = (index / d_mlp, index % d_mlp);
        let of = |model: &Measurements| {
            let value = model.value_projection[layer][neuron];
            (value, model.cosine[layer][neuron])
        };
        let [(base, base_cosine), (tuned, tuned_cosine)] = [of(self.base), of(self.tuned)];
        let [[b_all, b], [t_all, t]] = sums;
        let [[b_tokens, b_weighted], [t_tokens, t_weighted]] = tokens;
        let ([kept, came], [kept_t, came_t], [n, n_t]) = match self.scheme {
            Scheme::Resampled => ([b, 0.0], [t, 0.0], [b_weighted, t_weighted]),
            Scheme::Swapped => (
                [b_all - b, t],
                [t_all - t, b],
                [
                    b_tokens - b_weighted + t_weighted,
                    t_tokens - t_weighted + b_weighted,
                ],
            ),
        };
        Neuron {
            id: NeuronId { layer, neuron },
            base: Measured {
                activation: (kept + came) / n,
                projection: (kept * base + came * tuned) / n,
                cosine: base_cosine,
            },
            tuned: Measured {
                activation: (kept_t + came_t) / n_t,
                projection: (kept_t * tuned + came_t * base) / n_t,
                cosine: tuned_cosine,
            },
        }
    }

    /// The draws, once every neuron was added.
    ///
    /// # Panics
    /// If one was not.
    #[must_use]
    pub fn finish(self) -> Vec<Drawn> {
        let neurons: usize = self.base.mean_activation.iter().map(Vec::len).sum();
        assert_eq!(self.next, neurons, "every neuron is added once");
        self.drawn
    }
}

impl<'a> Slice<'a> {
    #[allow(clippy::expect_used)]
    fn new(sums: &'a [f64], prompts: usize, neurons: usize) -> Self {
        let sums = ArrayView2::from_shape((prompts, neurons), sums).expect(
            "a caller's mistake, as the documentation says: a sum for each prompt and neuron",
        );
        Self {
            total: sums.sum_axis(Axis(0)).to_vec(),
            sums,
        }
    }
}

#[cfg(test)]
mod tests;
