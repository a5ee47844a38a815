//! A hook that does nothing changes nothing, bit for bit; one that does something is felt at every
//! point.

use burn::tensor::Tensor;
use counterpoise_hooks::{BlockPoint, Capture, Edit, HookError, HookPoint, Hooks, Observe, Pass};
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

/// Puts one value everywhere.
#[derive(Debug)]
struct Put(f32, HookPoint);

impl Edit for Put {
    fn points(&self) -> Vec<HookPoint> {
        vec![self.1]
    }

    fn edit(&self, _: HookPoint, seen: Tensor<3>, _: &Pass) -> Result<Tensor<3>, HookError> {
        Ok(seen.full_like(self.0))
    }
}

#[test]
fn what_a_norm_divides_by_and_what_it_has_scaled_can_be_set() {
    let model = golden();
    let bias = model.blocks[0].ln1.as_ref().unwrap().bias.as_ref().unwrap();
    let bias = bias.val().try_into_vec_as::<f32>().unwrap();
    let at = |at| HookPoint::Block { layer: 0, at };
    let point = at(BlockPoint::Ln1Normalized);
    // Queries of a normalised stream of nothing are those of the norm's bias alone.
    let queries = |model: &Transformer, edit: &dyn Edit| {
        let mut capture = Capture::new([at(BlockPoint::AttnQ)]);
        let mut hooks = Hooks::new().edit(edit).observe(&mut capture);
        let tokens = ids(&[&[3, 1, 4]], model);
        let pass = Pass::whole(1, 3);
        (model.forward(tokens, &pass, &mut KvCache::new(), &mut hooks)).unwrap();
        drop(hooks);
        let seen = capture.get(at(BlockPoint::AttnQ)).unwrap();
        seen.clone().try_into_vec_as::<f32>().unwrap()
    };
    let nothing = queries(&model, &Put(0.0, point));
    let device = model.device();
    let row = Tensor::<1>::from_floats(&bias[..], &device).unsqueeze::<3>();
    let of_bias = model.blocks[0].attn.qkv.forward(row);
    let of_bias = of_bias.try_into_vec_as::<f32>().unwrap();
    let width = model.d_model();
    for row in nothing.chunks_exact(width) {
        for (found, expected) in row.iter().zip(&of_bias) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }
    // Twice the divisor is half of what is scaled.
    let divided = queries(&model, &Times(2.0, vec![at(BlockPoint::Ln1Scale)]));
    let halved = queries(&model, &Times(0.5, vec![point]));
    assert!(
        divided
            .iter()
            .zip(&halved)
            .all(|(a, b)| (a - b).abs() < 1e-5)
    );
    assert_ne!(divided, queries(&model, &Times(1.0, vec![point])));
}
