//! Resamples beside sums taken prompt by prompt, and how often their intervals hold what is true.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::samples::SplitMix;
use crate::uncertainty::Interval;
use crate::{NeuronTable, Statistic};

/// A pair of two layers of `d_mlp` neurons on some prompts, with the sums that its means are of.
struct Pair {
    base: Measurements,
    tuned: Measurements,
    /// `[prompts, neurons]`
    sums: [Vec<f64>; 2],
    tokens: [Vec<u32>; 2],
}

const LAYERS: usize = 2;

impl Pair {
    /// Activations of either sign over `prompts` prompts of one to four tokens.
    fn random(seed: u64, d_mlp: usize, prompts: usize) -> Self {
        let mut numbers = SplitMix(seed);
        let mut many =
            |count: usize| -> Vec<f64> { (0..count).map(|_| numbers.uniform()).collect() };
        let neurons = LAYERS * d_mlp;
        let sums = [many(prompts * neurons), many(prompts * neurons)];
        let values = [many(neurons), many(neurons)];
        let tokens = [many(prompts), many(prompts)]
            .map(|of| of.iter().map(|x| 1 + (4.0 * x.abs()) as u32).collect());
        Self::of(d_mlp, sums, values, tokens)
    }

    fn of(d_mlp: usize, sums: [Vec<f64>; 2], values: [Vec<f64>; 2], tokens: [Vec<u32>; 2]) -> Self {
        let layered = |row: Vec<f64>| row.chunks(d_mlp).map(<[f64]>::to_vec).collect::<Vec<_>>();
        let neurons = LAYERS * d_mlp;
        let measurements = |model: usize| {
            let total = f64::from(tokens[model].iter().sum::<u32>());
            let mean = |neuron| {
                let column = sums[model].iter().skip(neuron).step_by(neurons);
                column.sum::<f64>() / total
            };
            Measurements {
                mean_activation: layered((0..neurons).map(mean).collect()),
                value_projection: layered(values[model].clone()),
                cosine: layered(values[model].iter().map(|value| value / 2.0).collect()),
            }
        };
        Self {
            base: measurements(0),
            tuned: measurements(1),
            sums,
            tokens,
        }
    }

    fn run(&self, scheme: Scheme, weights: Array2<f64>, slice: usize) -> Vec<Drawn> {
        let pair = [&self.base, &self.tuned];
        let tokens = [&self.tokens[0][..], &self.tokens[1]];
        let prompts = weights.ncols();
        let mut resampling = Resampling::new(pair, scheme, PromptWeights(weights), tokens);
        let neurons = self.sums[0].len() / prompts;
        for start in (0..neurons).step_by(slice) {
            let columns = start..(start + slice).min(neurons);
            let part = |sums: &Vec<f64>| -> Vec<f64> {
                let rows = sums.chunks(neurons);
                rows.flat_map(|row| row[columns.clone()].to_vec()).collect()
            };
            resampling.add(&part(&self.sums[0]), &part(&self.sums[1]));
        }
        resampling.finish()
    }

    fn measured(&self) -> Aggregates {
        Aggregates::of(&NeuronTable::new(&self.base, &self.tuned).unwrap())
    }
}

#[track_caller]
fn same(found: &Aggregates, expected: &Aggregates) {
    for statistic in Statistic::all() {
        match (found.get(statistic), expected.get(statistic)) {
            (Some(found), Some(expected)) => assert!(
                (found - expected).abs() < 1e-12 * expected.abs().max(1.0),
                "{statistic}: {found}, not {expected}"
            ),
            (found, expected) => assert_eq!(found, expected, "{statistic}"),
        }
    }
}

#[test]
fn every_prompt_once_or_no_label_swapped_is_what_was_measured() {
    let pair = Pair::random(1, 30, 9);
    for (scheme, weight) in [(Scheme::Resampled, 1.0), (Scheme::Swapped, 0.0)] {
        let drawn = pair.run(scheme, Array2::from_elem((1, 9), weight), 7);
        same(&drawn[0].aggregates, &pair.measured());
        let mut moments = Moments::default();
        let flat = |model: &Measurements| model.mean_activation.concat();
        for (base, tuned) in flat(&pair.base).iter().zip(flat(&pair.tuned)) {
            moments.add(*base, tuned);
        }
        let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
        assert!(close(drawn[0].moments.slope(), moments.slope()));
    }
}

#[test]
fn all_labels_swapped_turns_the_net_reduction_around() {
    let pair = Pair::random(2, 30, 9);
    let drawn = pair.run(Scheme::Swapped, Array2::from_elem((1, 9), 1.0), 60);
    let get = |found: &Aggregates, statistic| found.get(statistic).unwrap();
    let (found, measured) = (&drawn[0].aggregates, pair.measured());
    let [net, peak] = [Statistic::Net, Statistic::Peak].map(|each| get(&measured, each));
    assert!((get(found, Statistic::Net) + net).abs() < 1e-12);
    assert!((get(found, Statistic::Peak) - (peak - net)).abs() < 1e-12);
    assert!(net.abs() > 0.1);
}

#[test]
fn a_draw_is_what_its_prompts_alone_give() {
    let (d_mlp, prompts) = (11, 6);
    let pair = Pair::random(3, d_mlp, prompts);
    let weights = PromptWeights::resampled(40, prompts).0;
    let drawn = pair.run(Scheme::Resampled, weights.clone(), 5);
    for (weights, drawn) in weights.rows().into_iter().zip(&drawn) {
        assert_eq!(weights.sum(), prompts as f64);
        // The prompts drawn, each as often as it was, one after another.
        let rows: Vec<usize> = (weights.iter().enumerate())
            .flat_map(|(prompt, &times)| std::iter::repeat_n(prompt, times as usize))
            .collect();
        let neurons = LAYERS * d_mlp;
        let sums = [0, 1].map(|model| {
            let row = |&prompt: &usize| {
                pair.sums[model][prompt * neurons..(prompt + 1) * neurons].to_vec()
            };
            rows.iter().flat_map(row).collect()
        });
        let tokens = [0, 1].map(|model| rows.iter().map(|&row| pair.tokens[model][row]).collect());
        let values = [&pair.base, &pair.tuned].map(|model| model.value_projection.concat());
        let alone = Pair::of(d_mlp, sums, values, tokens);
        same(&drawn.aggregates, &alone.measured());
    }
}

#[test]
fn a_swap_exchanges_what_both_models_did_on_a_prompt() {
    let (d_mlp, prompts) = (8, 5);
    let pair = Pair::random(4, d_mlp, prompts);
    let weights = PromptWeights::swapped(30, prompts).0;
    let drawn = pair.run(Scheme::Swapped, weights.clone(), 16);
    let neurons = LAYERS * d_mlp;
    for (weights, drawn) in weights.rows().into_iter().zip(&drawn) {
        let mut expected = Aggregates::default();
        for index in 0..neurons {
            // What was seen under each label: activations, what they write, and tokens.
            let mut seen = [[0.0; 3]; 2];
            for prompt in 0..prompts {
                for model in 0..2 {
                    let label = if weights[prompt] == 1.0 {
                        1 - model
                    } else {
                        model
                    };
                    let sum = pair.sums[model][prompt * neurons + index];
                    let value = [&pair.base, &pair.tuned][model].value_projection.concat()[index];
                    seen[label][0] += sum;
                    seen[label][1] += sum * value;
                    seen[label][2] += f64::from(pair.tokens[model][prompt]);
                }
            }
            let cosines = [&pair.base, &pair.tuned].map(|model| model.cosine.concat()[index]);
            let [base, tuned] = [0, 1].map(|label| Measured {
                activation: seen[label][0] / seen[label][2],
                projection: seen[label][1] / seen[label][2],
                cosine: cosines[label],
            });
            let id = NeuronId {
                layer: 0,
                neuron: index,
            };
            expected.add(&Neuron { id, base, tuned });
        }
        same(&drawn.aggregates, &expected);
    }
}

#[test]
fn how_neurons_are_sliced_and_who_computes_changes_no_bit() {
    let pair = Pair::random(5, 50, 12);
    for scheme in [Scheme::Resampled, Scheme::Swapped] {
        let weights = || PromptWeights::resampled(150, 12).0;
        let whole = pair.run(scheme, weights(), 100);
        assert_eq!(pair.run(scheme, weights(), 1), whole);
        assert_eq!(pair.run(scheme, weights(), 33), whole);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let alone = alone.unwrap().install(|| pair.run(scheme, weights(), 33));
        assert_eq!(alone, whole);
    }
}

#[test]
fn a_model_that_does_what_the_other_does_reduces_nothing_in_any_draw() {
    let Pair {
        base, sums, tokens, ..
    } = Pair::random(6, 20, 8);
    let pair = Pair {
        tuned: base.clone(),
        base,
        sums: [sums[0].clone(), sums[0].clone()],
        tokens: [tokens[0].clone(), tokens[0].clone()],
    };
    for scheme in [Scheme::Resampled, Scheme::Swapped] {
        let weights = PromptWeights::swapped(50, 8).0 + 0.25;
        for drawn in pair.run(scheme, weights, 40) {
            assert_eq!(drawn.aggregates, Aggregates::default());
        }
    }
}

#[test]
fn about_half_of_the_labels_are_swapped() {
    let weights = PromptWeights::swapped(200, 100).0;
    assert!(weights.iter().all(|&weight| weight == 0.0 || weight == 1.0));
    assert!(
        (9_700.0..10_300.0).contains(&weights.sum()),
        "{}",
        weights.sum()
    );
}

/// Covered how often, of 200 simulated samples: the net reduction by its percentile interval, the peak reduction by its
/// percentile and by its pivotal interval.
fn coverage(prompts: usize) -> [usize; 3] {
    const D_MLP: usize = 20;
    const NEURONS: usize = LAYERS * D_MLP;
    let mut numbers = SplitMix(11);
    let value: Vec<f64> = (0..NEURONS).map(|_| numbers.uniform()).collect();
    let truth = [0, 1].map(|_| {
        (0..NEURONS)
            .map(|_| numbers.uniform())
            .collect::<Vec<f64>>()
    });
    // Every other neuron does not change, so that noise decides whether it reduces.
    let mean = |model: usize, neuron: usize| truth[model * (neuron % 2)][neuron];
    let reduction = |neuron: usize| value[neuron] * (mean(0, neuron) - mean(1, neuron));
    let net: f64 = (0..NEURONS).map(reduction).sum();
    let peak: f64 = (0..NEURONS).map(|neuron| reduction(neuron).max(0.0)).sum();
    let mut covered = [0; 3];
    for _ in 0..200 {
        let sums = [0, 1].map(|model| {
            let mut sums = Vec::with_capacity(prompts * NEURONS);
            for _ in 0..prompts {
                // What a prompt does to all neurons, and to each.
                let all = numbers.uniform();
                sums.extend(
                    (0..NEURONS).map(|neuron| mean(model, neuron) + all + 2.0 * numbers.uniform()),
                );
            }
            sums
        });
        let tokens = [vec![1; prompts], vec![1; prompts]];
        let pair = Pair::of(D_MLP, sums, [value.clone(), value.clone()], tokens);
        let weights = PromptWeights::resampled(400, prompts).0;
        let drawn = pair.run(Scheme::Resampled, weights, NEURONS);
        let interval = |statistic| {
            let measured = pair.measured().get(statistic).unwrap();
            let drawn = drawn.iter().map(|drawn| drawn.aggregates.get(statistic));
            Interval::of(measured, drawn).unwrap()
        };
        let [of_net, of_peak] = [Statistic::Net, Statistic::Peak].map(interval);
        let holds = |[low, high]: [f64; 2], value| usize::from((low..=high).contains(&value));
        covered[0] += holds(of_net.percentile, net);
        covered[1] += holds(of_peak.percentile, peak);
        covered[2] += holds(of_peak.pivotal, peak);
    }
    covered
}

#[test]
fn intervals_over_prompts_cover_the_net_reduction_as_often_as_they_say() {
    let [net, percentile, pivotal] = coverage(60);
    // 190 of 200 are expected; the standard deviation is about 3.
    assert!((180..=199).contains(&net), "net: {net}");
    // Noise adds to a peak, and twice to that of a resample: its percentile interval lies too high.
    assert!(percentile < 150, "peak, percentile: {percentile}");
    assert!(pivotal > percentile + 20, "peak, pivotal: {pivotal}");
}
