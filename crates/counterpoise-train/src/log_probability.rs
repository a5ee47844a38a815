//! Log-probabilities of tokens, and their sums over responses.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};
use counterpoise_model::{Transformer, token_tensor};

use crate::TrainError;

/// What a sequence is called in errors.
const SEQUENCE: &str = "sequence";

/// `log p(target)` at every position: `hidden` `[rows, d_model]` and the tokens that follow, in all
/// `[rows]`.
///
/// With `p = softmax(x)`, the value is `x_target − max x + ln max p`, and its gradient by the logits
/// `x` is `onehot(target) − p`. The gradient is given in that closed form, as the slope of a term
/// that is exactly zero: automatic differentiation would keep several more copies of the widest
/// tensor of the model and go through each of them twice.
pub(crate) fn token_log_probabilities(
    model: &Transformer,
    hidden: Tensor<2>,
    targets: Tensor<1, Int>,
) -> Tensor<1> {
    let [rows, d_model] = hidden.dims();
    let logits = model.logits(hidden.reshape([1, rows, d_model])); // [1, rows, vocab]
    let vocabulary = logits.dims()[2];
    let logits = logits.reshape([rows, vocabulary]);
    let targets = targets.without_autodiff().reshape([rows, 1]);

    let fixed = logits.clone().without_autodiff();
    let probabilities = softmax(fixed.clone(), 1);
    let at_target = fixed.clone().gather(1, targets.clone());
    let highest = probabilities.clone().max_dim(1); // at least 1 / vocab: its logarithm is exact
    let value = at_target - fixed.clone().max_dim(1) + highest.log(); // [rows, 1]
    if !logits.is_autodiff() {
        return value.reshape([rows]);
    }
    let ones = Tensor::ones([rows, 1], &fixed.device());
    let slope = probabilities
        .neg()
        .scatter(1, targets, ones, IndexingUpdateOp::Add);
    let zero = ((logits - fixed) * slope).sum_dim(1);
    (zero + value).reshape([rows])
}

/// `Σ log p(token | what comes before)` over the tokens of each response, given its prompt:
/// `[sequences]`, on the model's device and differentiable there.
///
/// `sequences` are (prompt, response) pairs. They are padded on the right, where causal attention
/// keeps padding from reaching any earlier token, and only the positions that predict a response
/// token are projected onto the vocabulary.
///
/// # Errors
/// An empty prompt (nothing would predict the first response token) or response, a sequence longer
/// than the model's context, a token outside its vocabulary, or no sequence at all.
pub fn sequence_log_probabilities(
    model: &Transformer,
    sequences: &[(&[u32], &[u32])],
) -> Result<Tensor<1>, TrainError> {
    Ok(Predictions::of(model, sequences)?.log_probabilities())
}

/// What a model makes of the positions that predict response tokens.
pub(crate) struct Predictions<'a> {
    model: &'a Transformer,
    /// The residual stream after the last norm. `[rows, d_model]`
    hidden: Tensor<2>,
    /// The tokens that follow. `[rows]`
    targets: Tensor<1, Int>,
    /// 1 where a row is of a sequence. `[sequences, rows]`
    members: Tensor<2>,
}

impl<'a> Predictions<'a> {
    /// # Errors
    /// As for [`sequence_log_probabilities`].
    pub(crate) fn of(
        model: &'a Transformer,
        sequences: &[(&[u32], &[u32])],
    ) -> Result<Self, TrainError> {
        check(model, sequences)?;
        let layout = Layout::new(sequences, &model.device());
        let hidden = model.hidden(layout.inputs)?; // [sequences, seq, d_model]
        let [batch, seq, d_model] = hidden.dims();
        Ok(Self {
            model,
            hidden: hidden
                .reshape([batch * seq, d_model])
                .select(0, layout.predicting),
            targets: layout.targets,
            members: layout.members,
        })
    }

    /// `Σ log p` over each response. `[sequences]`
    pub(crate) fn log_probabilities(&self) -> Tensor<1> {
        let (hidden, targets) = (self.hidden.clone(), self.targets.clone());
        self.summed(token_log_probabilities(self.model, hidden, targets))
    }

    /// `KL(π ‖ π_ref)` over the vocabulary, its mean over the tokens of each response, this being of π. `[sequences]`
    pub(crate) fn divergences(&self, reference: &Predictions<'_>) -> Tensor<1> {
        let ours = log_softmax(self.logits(), 1); // [rows, vocab]
        let theirs = log_softmax(reference.logits(), 1).without_autodiff();
        let tokens = (ours.clone().exp() * (ours - theirs)).sum_dim(1); // [rows, 1]
        let [rows, _] = tokens.dims();
        let [sequences, _] = self.members.dims();
        let counts = self.members.clone().sum_dim(1).reshape([sequences]);
        self.summed(tokens.reshape([rows])) / counts
    }

    /// `[rows, vocab]`
    fn logits(&self) -> Tensor<2> {
        let [rows, d_model] = self.hidden.dims();
        let logits = (self.model).logits(self.hidden.clone().reshape([1, rows, d_model]));
        let [_, _, vocabulary] = logits.dims();
        logits.reshape([rows, vocabulary])
    }

    /// The sums of `tokens` `[rows]` over each sequence. `[sequences]`
    fn summed(&self, tokens: Tensor<1>) -> Tensor<1> {
        let [sequences, rows] = self.members.dims();
        let sums = self.members.clone().matmul(tokens.reshape([rows, 1])); // [sequences, 1]
        sums.reshape([sequences])
    }
}

/// Checks what [`sequence_log_probabilities`] asks for.
fn check(model: &Transformer, sequences: &[(&[u32], &[u32])]) -> Result<(), TrainError> {
    if sequences.is_empty() {
        return Err(TrainError::setting("sequences", "at least one", 0));
    }
    for (index, (prompt, response)) in sequences.iter().enumerate() {
        for (part, tokens) in [("the prompt", prompt), ("the response", response)] {
            check_tokens(model, tokens, SEQUENCE, index, part)?;
        }
        check_length(model, prompt.len() + response.len(), SEQUENCE, index)?;
    }
    Ok(())
}

/// Checks that `tokens` are there and known to `model`.
pub(crate) fn check_tokens(
    model: &Transformer,
    tokens: &[u32],
    item: &'static str,
    index: usize,
    part: &'static str,
) -> Result<(), TrainError> {
    if tokens.is_empty() {
        return Err(TrainError::Empty { item, index, part });
    }
    counterpoise_model::check_tokens(tokens, model.vocab_size())
        .map_err(|reason| TrainError::in_item(item, index, reason))
}

/// Checks that `length` tokens fit the model's context.
pub(crate) fn check_length(
    model: &Transformer,
    length: usize,
    item: &'static str,
    index: usize,
) -> Result<(), TrainError> {
    let expected = model.n_positions();
    if length > expected {
        return Err(TrainError::TooLong {
            item,
            index,
            expected,
            found: length,
        });
    }
    Ok(())
}

/// A batch of sequences as tensors.
struct Layout {
    /// All tokens but each sequence's last, padded on the right: `[sequences, seq]`.
    inputs: Tensor<2, Int>,
    /// Where in `inputs`, read row by row, a response token is predicted: `[rows]`.
    predicting: Tensor<1, Int>,
    /// The response tokens: `[rows]`.
    targets: Tensor<1, Int>,
    /// One where a row belongs to a sequence, else zero: `[sequences, rows]`.
    members: Tensor<2>,
}

impl Layout {
    fn new(sequences: &[(&[u32], &[u32])], device: &Device) -> Self {
        let batch = sequences.len();
        let fed = |&(prompt, response): &(&[u32], &[u32])| prompt.len() + response.len() - 1;
        let seq = sequences.iter().map(fed).max().unwrap_or(0);
        let rows: usize = sequences.iter().map(|(_, response)| response.len()).sum();

        let mut inputs = vec![0; batch * seq];
        let mut predicting = Vec::with_capacity(rows);
        let mut targets = Vec::with_capacity(rows);
        let mut members = vec![0_f32; batch * rows];
        for (sequence, (prompt, response)) in sequences.iter().enumerate() {
            let tokens = prompt.iter().chain(*response).copied();
            let fed = prompt.len() + response.len() - 1;
            for (input, token) in inputs[sequence * seq..].iter_mut().zip(tokens.take(fed)) {
                *input = token;
            }
            for (offset, &token) in response.iter().enumerate() {
                members[sequence * rows + targets.len()] = 1.0;
                predicting.push((sequence * seq + prompt.len() - 1 + offset) as i64);
                targets.push(i64::from(token));
            }
        }
        Self {
            inputs: token_tensor(&inputs, [batch, seq], device),
            predicting: Tensor::from_data(TensorData::new(predicting, [rows]), device),
            targets: Tensor::from_data(TensorData::new(targets, [rows]), device),
            members: Tensor::from_data(TensorData::new(members, [batch, rows]), device),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::module::Module;
    use counterpoise_model::{Config, ModelError};

    use super::*;

    /// A tiny model with weights large enough that its predictions differ from token to token.
    fn model() -> Transformer {
        let mut model = Transformer::init(&Config::new(12, 16, 8, 2, 2), 11, &Device::flex());
        model.embed.weight = model.embed.weight.map(|weight| weight.mul_scalar(40.0));
        model
    }

    fn sums(model: &Transformer, sequences: &[(&[u32], &[u32])]) -> Vec<f64> {
        sequence_log_probabilities(model, sequences)
            .unwrap()
            .try_into_vec_as()
            .unwrap()
    }

    /// `log p` of every token after the first, from the full logits, in `f64`, one text at a time.
    fn token_by_token(model: &Transformer, tokens: &[u32]) -> Vec<f64> {
        let inputs = token_tensor(tokens, [1, tokens.len()], &Device::flex());
        let hidden = model.hidden(inputs).unwrap();
        let logits: Vec<f64> = model.logits(hidden).try_into_vec_as().unwrap();
        logits
            .chunks(model.vocab_size())
            .zip(&tokens[1..])
            .map(|(row, &next)| {
                let total: f64 = row.iter().map(|logit| logit.exp()).sum();
                row[next as usize] - total.ln()
            })
            .collect()
    }

    #[test]
    fn a_sum_is_that_of_its_response_tokens_alone() {
        let model = model();
        let found = sums(&model, &[(&[3, 1, 4], &[1, 5, 9])]);
        let expected: f64 = token_by_token(&model, &[3, 1, 4, 1, 5, 9])[2..]
            .iter()
            .sum();
        assert!((found[0] - expected).abs() < 1e-4, "{found:?} {expected}");
        assert!(expected < -1.0);
    }

    #[test]
    fn the_gradient_is_that_of_the_log_softmax() {
        let model = model().train();
        let device = model.device();
        let hidden = || {
            let values = (0..24).map(|index| (index as f32 * 0.7).sin());
            let values = TensorData::new(values.collect::<Vec<_>>(), [3, 8]);
            Tensor::<2>::from_data(values, &device).require_grad()
        };
        let targets = Tensor::<1, Int>::from_ints([4, 0, 11], &device);
        let weights = Tensor::<1>::from_floats([1.0, -2.0, 0.5], &device);
        let gradients = |hidden: Tensor<2>, log_probabilities: Tensor<1>| {
            let loss = (log_probabilities.clone() * weights.clone()).sum();
            let gradients = loss.backward();
            let of_hidden = hidden.grad(&gradients).unwrap();
            let of_head = model.embed.weight.val().grad(&gradients).unwrap();
            [
                log_probabilities.try_into_vec_as::<f64>().unwrap(),
                of_hidden.try_into_vec_as::<f64>().unwrap(),
                of_head.try_into_vec_as::<f64>().unwrap(),
            ]
        };

        let ours = hidden();
        let log_probabilities = token_log_probabilities(&model, ours.clone(), targets.clone());
        let found = gradients(ours, log_probabilities);

        let plain = hidden();
        let logits = model.logits(plain.clone().unsqueeze()).reshape([3, 12]);
        let log_probabilities = burn::tensor::activation::log_softmax(logits, 1)
            .gather(1, targets.reshape([3, 1]))
            .reshape([3]);
        let expected = gradients(plain, log_probabilities);

        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-5, "{found} != {expected}");
        }
        assert!(found[1].iter().any(|gradient| gradient.abs() > 0.1));
    }

    #[test]
    fn sequences_of_other_lengths_in_the_batch_change_nothing() {
        let model = model();
        let short: (&[u32], &[u32]) = (&[7], &[2, 0]);
        let long: (&[u32], &[u32]) = (&[1, 2, 3, 4, 5], &[6, 7, 8, 9]);

        let together = sums(&model, &[short, long, short]);
        let alone = [sums(&model, &[short])[0], sums(&model, &[long])[0]];

        for (found, expected) in together.iter().zip([alone[0], alone[1], alone[0]]) {
            assert!((found - expected).abs() < 1e-5, "{found} != {expected}");
        }
        assert!((alone[0] - alone[1]).abs() > 0.1);
    }

    #[test]
    fn continuing_a_response_adds_its_further_tokens() {
        let model = model();
        let whole = sums(&model, &[(&[3, 1], &[4, 1, 5])])[0];
        let parts = sums(&model, &[(&[3, 1], &[4]), (&[3, 1, 4], &[1, 5])]);
        assert!((whole - parts[0] - parts[1]).abs() < 1e-5);
    }

    #[test]
    fn sequences_that_cannot_be_scored_are_refused_by_index() {
        let model = model();
        let fault = |sequences: &[(&[u32], &[u32])]| {
            sequence_log_probabilities(&model, sequences).unwrap_err()
        };
        let good: (&[u32], &[u32]) = (&[1], &[2]);

        assert!(matches!(fault(&[]), TrainError::Setting { .. }));
        for (bad, part) in [
            ((&[][..], &[1][..]), "the prompt"),
            ((&[1], &[]), "the response"),
        ] {
            assert!(matches!(
                fault(&[good, bad]),
                TrainError::Empty { index: 1, part: found, .. } if found == part
            ));
        }
        assert!(matches!(
            fault(&[good, (&[1; 9], &[1; 8])]),
            TrainError::TooLong {
                index: 1,
                expected: 16,
                found: 17,
                ..
            }
        ));
        assert!(matches!(
            fault(&[good, (&[1], &[12])]),
            TrainError::InItem { index: 1, reason, .. }
                if matches!(*reason, ModelError::UnknownToken { token: 12, vocab_size: 12 })
        ));
    }
}
