//! Every hook point, the final norm's output and the logits, for one unpadded prompt.

use std::collections::BTreeSet;

use burn::tensor::{Device, Int, Tensor, TensorData};
use counterpoise_hooks::{Capture, HookPoint, Hooks, Pass};
use counterpoise_model::{KvCache, Transformer};

use crate::array::{self, Array};
use crate::close::{Tolerance, assert_close};
use crate::expected::Which;
use crate::golden::Golden;

/// Activations and logits are of the order of 1 to 20.
pub(crate) const CPU: Tolerance = Tolerance::relative(1e-5, 1.0);

/// Names in the file that are not hook points.
const OTHERS: [&str; 2] = ["ln_f.output", "logits"];
/// Checked by [`half_precision`](crate::half_precision).
pub(crate) const HALF: [&str; 2] = ["logits.f16", "logits.bf16"];

pub(crate) fn tokens(text: &[u32], device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i64> = text.iter().map(|&token| token.into()).collect();
    Tensor::from_data(TensorData::new(ids, [1, text.len()]), device)
}

pub(crate) fn array(tensor: &Tensor<3>) -> Array {
    let values = tensor.try_to_vec_as::<f32>().unwrap();
    Array {
        shape: tensor.dims().to_vec(),
        values: values.into_iter().map(f64::from).collect(),
    }
}

pub(crate) fn check(golden: &Golden, device: &Device, tolerance: Tolerance) {
    let model = golden.model(Which::Base, device);
    let expected = array::read(&golden.folder.join("activations.safetensors"));
    let points = model.points().all();
    let known: BTreeSet<String> = points.iter().map(ToString::to_string).collect();
    let known = known.into_iter().chain(OTHERS.map(str::to_owned));
    let stored = expected
        .keys()
        .filter(|name| !HALF.contains(&name.as_str()));
    assert_eq!(known.collect::<BTreeSet<_>>(), stored.cloned().collect());

    let found = seen(&model, &golden.expected.hook_prompt, &points);
    for (name, found) in found {
        let expected = &expected[&name];
        assert_eq!(found.shape, expected.shape, "{name}");
        assert_close(&name, &found.values, &expected.values, tolerance);
    }
}

/// Everything the file holds, by name.
fn seen(model: &Transformer, text: &[u32], points: &[HookPoint]) -> Vec<(String, Array)> {
    let mut capture = Capture::new(points.iter().copied());
    let mut hooks = Hooks::new().observe(&mut capture);
    let pass = Pass::whole(1, text.len());
    let text = tokens(text, &model.device());
    let hidden = model
        .forward(text, &pass, &mut KvCache::new(), &mut hooks)
        .unwrap();
    drop(hooks);
    let logits = model.logits(hidden.clone());
    let seen = points.iter().map(|&point| {
        let activation = capture
            .get(point)
            .unwrap_or_else(|| panic!("{point} was not reached"));
        (point.to_string(), array(activation))
    });
    let others = [hidden, logits].iter().map(array).collect::<Vec<_>>();
    seen.chain(OTHERS.map(str::to_owned).into_iter().zip(others))
        .collect()
}
