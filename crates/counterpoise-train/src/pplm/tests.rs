//! Gradients of keys and values: finite differences in 64-bit floats, and moved together beside apart.

#![allow(clippy::unwrap_used)]

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Tensor, TensorData};
use counterpoise_model::KeysValues;

use super::loss::Place;
use super::past::Delta;
use super::steering::Texts;
use super::*;

#[path = "../../tests/training/steered.rs"]
mod steered;

use steered::{PROMPTS, head, model, settings};

/// The parameters in 64-bit floats, in which finite differences can be taken.
struct Wider;

impl ModuleMapper for Wider {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| tensor.cast(DType::F64))
    }
}

/// The prompts' place, all of it in 64-bit floats.
fn at_place(moved: Moved, check: impl FnOnce(&Pplm, &Place<'_>)) {
    let settings = Pplm {
        moved,
        kl_scale: 0.7,
        ..settings()
    };
    let (narrow, wide) = (model(), model().map(&mut Wider));
    let steering = settings.steering(&narrow, &head(), 0).unwrap();
    let texts = Texts::begin(&steering, &[PROMPTS[0], PROMPTS[2]]).unwrap();
    let mut place = texts.place(&steering);
    let cast = |blocks: &[KeysValues]| -> Vec<KeysValues> {
        let cast = |block: &KeysValues| KeysValues {
            keys: block.keys.clone().cast(DType::F64),
            values: block.values.clone().cast(DType::F64),
        };
        blocks.iter().map(cast).collect()
    };
    let (past, head) = (cast(place.past), place.head.cast(DType::F64));
    place.own = cast(&place.own);
    place.own_logits = place.own_logits.cast(DType::F64);
    place.sum = place.sum.cast(DType::F64);
    place.count = place.count.cast(DType::F64);
    let place = Place {
        model: &wide,
        head: &head,
        past: &past,
        ..place
    };
    check(&settings, &place);
}

/// Deltas that are not zero, so that the divergence has a gradient too.
fn deltas(place: &Place<'_>) -> Vec<Delta> {
    let wave = |tensor: &Tensor<4>, phase: f64| {
        let shape = tensor.dims();
        let count: usize = shape.iter().product();
        let values: Vec<f64> = (0..count)
            .map(|i| 0.3 * (i as f64 * 1.3 + phase).sin())
            .collect();
        Tensor::<4>::from_data(
            TensorData::new(values, shape),
            (&tensor.device(), DType::F64),
        )
    };
    let delta = |past: &KeysValues| Delta {
        parts: vec![wave(&past.keys, 0.0), wave(&past.values, 2.0)],
    };
    place.past.iter().map(delta).collect()
}

fn numbers(tensor: Tensor<4>) -> Vec<f64> {
    tensor.try_into_vec_as().unwrap()
}

#[test]
fn the_gradient_is_that_of_finite_differences_in_every_block() {
    at_place(Moved::Apart, |settings, place| {
        let start = deltas(place);
        let (_, gradient) = settings.gradient(place, &mut start.clone()).unwrap();
        // As published, the gradient does not pass through the last token's hidden state: it stays where it is.
        let (hidden, _) = place.fed(&start).unwrap();
        let loss = |deltas: &[Delta]| -> f64 {
            let (_, logits) = place.fed(deltas).unwrap();
            let losses = place.losses_of(hidden.clone(), logits).unwrap();
            losses.try_into_vec_as::<f64>().unwrap().iter().sum()
        };
        // Of `[2, 2, 4, 8]`: the first row has two columns of padding.
        let [_, heads, columns, width] = place.past[0].keys.dims();
        let index = |row, head, column, at| ((row * heads + head) * columns + column) * width + at;
        let places = [(0, 1, 2, 3), (0, 0, 3, 5), (1, 0, 0, 0), (1, 1, 3, 7)];
        for (block, gradient) in gradient.iter().enumerate() {
            for side in 0..2 {
                let gradient = numbers(gradient.parts[side].clone());
                for (row, head, column, at) in places {
                    let index = index(row, head, column, at);
                    let moved = |by: f64| {
                        let mut deltas = start.clone();
                        let part = &mut deltas[block].parts[side];
                        let mut values = numbers(part.clone());
                        values[index] += by;
                        let data = TensorData::new(values, part.dims());
                        *part = Tensor::from_data(data, (&part.device(), DType::F64));
                        loss(&deltas)
                    };
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    let found = gradient[index];
                    assert!(slope.abs() > 1e-6, "block {block}, {side}: {slope}");
                    assert!(
                        (found - slope).abs() < 1e-7,
                        "block {block}, {side}: {found} for {slope}"
                    );
                }
                for head in 0..heads {
                    assert_eq!(gradient[index(0, head, 1, 0)..][..width], [0.0; 8]);
                }
            }
        }
    });
}

#[test]
fn moved_together_the_gradient_is_the_sum_of_those_apart() {
    at_place(Moved::Together, |settings, place| {
        // The same amounts for keys and values.
        let mut together = deltas(place);
        together
            .iter_mut()
            .for_each(|delta| delta.parts.truncate(1));
        let twice = |delta: &Delta| Delta {
            parts: vec![delta.parts[0].clone(); 2],
        };
        let mut apart: Vec<Delta> = together.iter().map(twice).collect();
        let (_, sums) = settings.gradient(place, &mut together).unwrap();
        let (_, parts) = settings.gradient(place, &mut apart).unwrap();
        for (sum, Delta { parts }) in sums.iter().zip(&parts) {
            assert_eq!((sum.parts.len(), parts.len()), (1, 2));
            let added = numbers(parts[0].clone() + parts[1].clone());
            let sum = numbers(sum.parts[0].clone());
            let largest = sum.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            assert!(largest > 1e-4);
            for (sum, added) in sum.iter().zip(added) {
                assert!((sum - added).abs() < 1e-13, "{sum} for {added}");
            }
        }
    });
}
