//! A text with more columns than queries are taken together: the parts change nothing.

use burn::tensor::{Device, Tensor};
use counterpoise_hooks::{BlockPoint, Edit, HookError, HookPoint, Hooks, Observe, Pass};
use counterpoise_model::{Config, KvCache, ModelError, Transformer};

use crate::{assert_close, bits, ids, values};

const COLUMNS: usize = 600;
const PADDING: usize = 90;

fn model() -> Transformer {
    Transformer::init(&Config::new(50, 640, 32, 2, 4), 5, &Device::flex())
}

/// Two rows of made-up tokens; the second is padded.
fn rows() -> [Vec<u32>; 2] {
    [7, 11].map(|step| {
        (0..COLUMNS as u32)
            .map(|column| column * step % 50)
            .collect()
    })
}

fn pass() -> Pass {
    Pass::left_padded(vec![0, PADDING], COLUMNS)
}

fn hidden(model: &Transformer, hooks: &mut Hooks<'_>) -> Tensor<3> {
    let [first, second] = rows();
    let tokens = ids(&[&first, &second], model);
    let hidden = model.forward(tokens, &pass(), &mut KvCache::new(), hooks);
    hidden.unwrap()
}

fn at(layer: usize, at: BlockPoint) -> HookPoint {
    HookPoint::Block { layer, at }
}

/// Keeps what passes one point.
struct Keep(HookPoint, Option<Tensor<3>>);

impl Observe for Keep {
    fn points(&self) -> Vec<HookPoint> {
        vec![self.0]
    }

    fn observe(&mut self, _: HookPoint, seen: &Tensor<3>, _: &Pass) -> Result<(), HookError> {
        self.1 = Some(seen.clone());
        Ok(())
    }
}

/// Puts `scale · pattern + shift` in the place of a pattern.
#[derive(Debug)]
struct Repattern {
    scale: f64,
    shift: f64,
}

impl Edit for Repattern {
    fn points(&self) -> Vec<HookPoint> {
        vec![at(0, BlockPoint::AttnPattern)]
    }

    fn edit(&self, _: HookPoint, seen: Tensor<3>, _: &Pass) -> Result<Tensor<3>, HookError> {
        Ok(seen.mul_scalar(self.scale).add_scalar(self.shift))
    }
}

#[test]
fn looking_at_a_long_pattern_changes_no_bit() {
    let model = model();
    let unhooked = bits(hidden(&model, &mut Hooks::new()));
    let mut keep = Keep(at(0, BlockPoint::AttnPattern), None);
    assert!(bits(hidden(&model, &mut Hooks::new().observe(&mut keep))) == unhooked);
    let same = Repattern {
        scale: 1.0,
        shift: 0.0,
    };
    assert!(bits(hidden(&model, &mut Hooks::new().edit(&same))) == unhooked);
}

#[test]
fn a_long_pattern_is_causal_and_leaves_padding_out() {
    let model = model();
    let mut keep = Keep(at(1, BlockPoint::AttnPattern), None);
    hidden(&model, &mut Hooks::new().observe(&mut keep));
    let shown = keep.1.unwrap();
    let [_, _, width] = shown.dims();
    for (place, weights) in values(shown).chunks(width).enumerate() {
        let (row, query) = (place / COLUMNS, place % COLUMNS);
        let padding = [0, PADDING][row];
        if query < padding {
            continue;
        }
        for head in weights.chunks(COLUMNS) {
            assert!(head[..padding].iter().all(|&weight| weight == 0.0));
            assert!(head[query + 1..].iter().all(|&weight| weight == 0.0));
            let sum: f64 = head.iter().copied().map(f64::from).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sum} at {place}");
        }
    }
}

#[test]
fn a_long_text_in_pieces_is_the_same_text() {
    let model = model();
    let [row, _] = rows();
    let whole = model.hidden(ids(&[&row], &model)).unwrap();
    let (mut cache, mut pass) = (KvCache::new(), Pass::whole(1, 0));
    let mut pieces = Vec::new();
    // Below the number of queries taken together, and above it with columns cached.
    for piece in [&row[..100], &row[100..500], &row[500..]] {
        pass = pass.continued(piece.len());
        let piece = ids(&[piece], &model);
        let piece = model.forward(piece, &pass, &mut cache, &mut Hooks::new());
        pieces.push(piece.unwrap());
    }
    assert_close(&values(Tensor::cat(pieces, 1)), &values(whole), 1e-5);
}

#[test]
fn weight_that_a_hook_puts_on_later_columns_counts() {
    let model = model();
    let even = Repattern {
        scale: 0.0,
        shift: 1.0 / COLUMNS as f64,
    };
    let mut z = Keep(at(0, BlockPoint::AttnZ), None);
    let mut v = Keep(at(0, BlockPoint::AttnV), None);
    let mut hooks = Hooks::new().edit(&even).observe(&mut z).observe(&mut v);
    hidden(&model, &mut hooks);
    let mean = v.1.unwrap().mean_dim(1).repeat_dim(1, COLUMNS); // [batch, seq, d_model]
    assert_close(&values(z.1.unwrap()), &values(mean), 1e-5);
}

#[test]
fn likelihoods_are_those_of_the_logits() {
    let model = model();
    let [row, _] = rows();
    let hidden = model.hidden(ids(&[&row], &model)).unwrap();
    let [_, rows, d_model] = hidden.dims();
    let logits = values(model.logits(hidden.clone()));
    let hidden = hidden.reshape([rows, d_model]);
    let found = model.log_likelihoods(hidden.clone(), &row).unwrap();
    for ((logits, &token), found) in logits.chunks(50).zip(&row).zip(found) {
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        let expected = f64::from(logits[token as usize]) - sum.ln();
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    let too_few = model.log_likelihoods(hidden.clone(), &row[1..]);
    assert!(matches!(too_few, Err(ModelError::Output(_))));
    let unknown = model.log_likelihoods(hidden, &[50; COLUMNS]);
    assert!(matches!(
        unknown,
        Err(ModelError::UnknownToken {
            token: 50,
            vocab_size: 50
        })
    ));
}
