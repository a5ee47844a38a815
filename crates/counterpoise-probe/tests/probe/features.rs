//! Features: the mean residual stream of a comment, whatever it is batched with.

use burn::tensor::{Int, Tensor, TensorData};
use counterpoise_hooks::{Capture, HookPoint, Hooks, Pass};
use counterpoise_model::{KvCache, ModelError};
use counterpoise_probe::{ProbeError, mean_residuals};

use crate::model;

/// Comments of 1 to 20 tokens, in no order of length; the model reads 16.
fn comments() -> Vec<Vec<u32>> {
    [5_u32, 1, 20, 9, 9, 2, 16]
        .iter()
        .map(|&length| (0..length).map(|i| (7 * i + 3 * length) % 40).collect())
        .collect()
}

/// The mean of one comment's residual stream, from a capture of the whole tensor.
fn mean_of(comment: &[u32]) -> Vec<f64> {
    let model = model();
    let point: HookPoint = "blocks.2.hook_resid_post".parse().unwrap();
    let mut capture = Capture::new([point]);
    let seq = comment.len();
    let ids: Vec<i64> = comment.iter().map(|&token| i64::from(token)).collect();
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, seq]), &model.device());
    let mut hooks = Hooks::new().observe(&mut capture);
    model
        .forward(
            tokens,
            &Pass::whole(1, seq),
            &mut KvCache::new(),
            &mut hooks,
        )
        .unwrap();
    drop(hooks);
    let values = capture
        .get(point)
        .unwrap()
        .to_data()
        .try_to_vec::<f32>()
        .unwrap();
    (0..8)
        .map(|column| {
            let column = values.iter().skip(column).step_by(8);
            column.map(|&x| f64::from(x)).sum::<f64>() / seq as f64
        })
        .collect()
}

#[test]
fn a_comment_has_the_features_it_has_alone() {
    let comments = comments();
    for batch_size in [1, 3, 100] {
        let mut done = 0;
        let features =
            mean_residuals(&model(), &comments, None, batch_size, &mut |n| done += n).unwrap();
        assert_eq!(done, comments.len());
        assert_eq!(features.len(), comments.len());
        for (comment, feature) in comments.iter().zip(&features) {
            let expected = mean_of(&comment[..comment.len().min(16)]);
            for (found, expected) in feature.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
            }
        }
    }
}

#[test]
fn a_beginning_token_is_read_before_a_comment_and_enters_no_mean() {
    let comments = comments();
    let features = |batch_size| {
        mean_residuals(&model(), &comments, Some(39), batch_size, &mut |_| {}).unwrap()
    };
    let alone = |comment: &[u32]| {
        let read = [&[39], &comment[..comment.len().min(15)]].concat();
        let (sum, first) = (mean_of(&read), mean_of(&[39]));
        let tokens = read.len() as f64;
        let rest = sum
            .iter()
            .zip(first)
            .map(move |(mean, first)| (mean * tokens - first) / (tokens - 1.0));
        rest.collect::<Vec<_>>()
    };
    for batch_size in [1, 3, 100] {
        for (comment, feature) in comments.iter().zip(features(batch_size)) {
            for (found, expected) in feature.iter().zip(alone(comment)) {
                assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
            }
        }
    }
    let unknown = mean_residuals(&model(), &comments, Some(40), 2, &mut |_| {}).unwrap_err();
    assert!(matches!(
        unknown,
        ProbeError::Model(ModelError::UnknownToken { token: 40, .. })
    ));
}

#[test]
fn what_has_no_mean_is_an_error() {
    let features = |comments: &[Vec<u32>], batch_size| {
        mean_residuals(&model(), comments, None, batch_size, &mut |_| {}).unwrap_err()
    };
    assert!(matches!(
        features(&[vec![1], vec![]], 2),
        ProbeError::EmptyComment { index: 2 }
    ));
    assert!(matches!(features(&[vec![1]], 0), ProbeError::BatchSize));
    assert!(matches!(
        features(&[vec![1, 40]], 2),
        ProbeError::Model(ModelError::UnknownToken {
            token: 40,
            vocab_size: 40
        })
    ));
}
