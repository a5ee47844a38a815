//! A hook that does nothing changes nothing, bit for bit; one that does something is felt at every
//! point.

use burn::tensor::Tensor;
use counterpoise_hooks::{BlockPoint, Edit, HookError, HookPoint, Hooks, Observe, Pass};
use counterpoise_model::{KvCache, ModelError, Transformer};

use crate::{bits, golden, ids};

/// Multiplies what it sees; by one, it hands the same tensor back.
#[derive(Debug)]
struct Times(f64, Vec<HookPoint>);

impl Edit for Times {
    fn points(&self) -> Vec<HookPoint> {
        self.1.clone()
    }

    fn edit(&self, _: HookPoint, seen: Tensor<3>, _: &Pass) -> Result<Tensor<3>, HookError> {
        Ok(match self.0 {
            1.0 => seen,
            factor => seen.mul_scalar(factor),
        })
    }
}

/// Counts how often it is called.
struct Counter(usize, Vec<HookPoint>);

impl Observe for Counter {
    fn points(&self) -> Vec<HookPoint> {
        self.1.clone()
    }

    fn observe(&mut self, _: HookPoint, _: &Tensor<3>, _: &Pass) -> Result<(), HookError> {
        self.0 += 1;
        Ok(())
    }
}

/// The logits of a padded pass over two rows and of one cached step after it.
fn logits(model: &Transformer, hooks: &mut Hooks<'_>) -> Vec<u32> {
    let tokens = ids(&[&[0, 0, 0, 9, 31, 7, 200], &[3, 1, 4, 1, 5, 9, 2]], model);
    let pass = Pass::left_padded(vec![3, 0], 7);
    let mut cache = KvCache::new();
    let prompt = model.forward(tokens, &pass, &mut cache, hooks).unwrap();
    let step = pass.generated(vec![true, true]);
    let next = ids(&[&[17], &[250]], model);
    let next = model.forward(next, &step, &mut cache, hooks).unwrap();
    [prompt, next]
        .into_iter()
        .flat_map(|hidden| bits(model.logits(hidden)))
        .collect()
}

#[test]
fn an_edit_that_does_nothing_changes_no_bit() {
    let model = golden();
    let points = model.points().all();
    let unhooked = logits(&model, &mut Hooks::new());
    for point in &points {
        let edit = Times(1.0, vec![*point]);
        let hooked = logits(&model, &mut Hooks::new().edit(&edit));
        assert!(hooked == unhooked, "{point}");
    }
    let everywhere = Times(1.0, points);
    assert!(logits(&model, &mut Hooks::new().edit(&everywhere)) == unhooked);
}

#[test]
fn observing_changes_no_bit() {
    let model = golden();
    let points = model.points().all();
    let unhooked = logits(&model, &mut Hooks::new());
    for point in &points {
        let mut counter = Counter(0, vec![*point]);
        let observed = logits(&model, &mut Hooks::new().observe(&mut counter));
        assert!(observed == unhooked, "{point}");
        assert_eq!(counter.0, 2, "{point}");
    }
    let mut everywhere = Counter(0, points.clone());
    assert!(logits(&model, &mut Hooks::new().observe(&mut everywhere)) == unhooked);
    assert_eq!(everywhere.0, 2 * points.len());
}

#[test]
fn an_edit_is_felt_at_every_point() {
    let model = golden();
    let unhooked = logits(&model, &mut Hooks::new());
    for point in model.points().all() {
        let edit = Times(1.5, vec![point]);
        assert!(
            logits(&model, &mut Hooks::new().edit(&edit)) != unhooked,
            "{point}"
        );
    }
}

#[test]
fn a_hook_at_a_block_that_does_not_exist_is_an_error() {
    let model = golden();
    let edit = Times(1.0, vec![HookPoint::mlp_post(2)]);
    let error = model
        .forward(
            ids(&[&[1]], &model),
            &Pass::whole(1, 1),
            &mut KvCache::new(),
            &mut Hooks::new().edit(&edit),
        )
        .unwrap_err();
    assert!(matches!(
        error,
        ModelError::Hook(HookError::NoSuchBlock { n_layer: 2, .. })
    ));
}

#[test]
fn a_hook_where_the_model_computes_nothing_is_an_error() {
    let model = golden();
    let gate = HookPoint::Block {
        layer: 1,
        at: BlockPoint::MlpPreLinear,
    };
    let edit = Times(1.0, vec![gate]);
    let error = model
        .forward(
            ids(&[&[1]], &model),
            &Pass::whole(1, 1),
            &mut KvCache::new(),
            &mut Hooks::new().edit(&edit),
        )
        .unwrap_err();
    assert!(matches!(
        error,
        ModelError::Hook(HookError::NoSuchPoint { point, .. }) if point == gate
    ));
}
