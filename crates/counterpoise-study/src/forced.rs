//! Mean activations over a text that another model wrote.

use std::num::NonZeroUsize;

use counterpoise_eval::{Progress, progress};
use counterpoise_hooks::{Counted, HookPoint, Hooks, MeanRecorder};
use counterpoise_model::{Batch, KvCache, ModelError, Transformer};

use crate::error::Result;
use crate::measure::mean_activations;

/// The mean activation of every neuron while `model` reads prompts and the continuations that are given, over the
/// tokens of the continuations, each at its own position as an input. `[n_layer][d_mlp]`
///
/// A model that is fed what it wrote itself has the means of [`record`](crate::record), to the rounding of its 32-bit
/// arithmetic: there tokens are fed one by one, here at once.
///
/// # Errors
/// A text that the model cannot read; no token to take means of.
///
/// # Panics
/// If there is not one continuation per prompt.
pub fn forced_means(
    what: &str,
    model: &Transformer,
    prompts: &[Vec<u32>],
    continuations: &[Vec<u32>],
    batch_size: Option<NonZeroUsize>,
    progress: &mut dyn Progress,
) -> Result<Vec<Vec<f64>>> {
    assert_eq!(
        prompts.len(),
        continuations.len(),
        "a continuation per prompt"
    );
    let texts: Vec<Vec<u32>> = (prompts.iter().zip(continuations))
        .map(|(prompt, continuation)| [&prompt[..], continuation].concat())
        .collect();
    let mut by_length: Vec<usize> = (0..texts.len()).collect();
    by_length.sort_by_key(|&index| texts[index].len());
    let longest = by_length.last().map_or(0, |&index| texts[index].len());
    let together = batch_size.unwrap_or_else(|| model.texts_together(texts.len(), longest));
    let points = (0..model.n_layer()).map(HookPoint::mlp_post);
    let starts = prompts.iter().map(Vec::len).collect();
    let mut recorder = MeanRecorder::new(points, Counted::From(starts));
    progress::step(progress, what, texts.len() as u64, |advance| {
        for indices in by_length.chunks(together.get()) {
            let rows: Vec<&[u32]> = indices.iter().map(|&index| &*texts[index]).collect();
            let Batch { tokens, pass } = Batch::left_padded(&rows, model)?;
            let pass = pass.of_text().of_prompts(indices.to_vec());
            let mut hooks = Hooks::new().observe(&mut recorder);
            model.forward(tokens, &pass, &mut KvCache::new(), &mut hooks)?;
            advance(indices.len());
        }
        mean_activations(&recorder.finish().map_err(ModelError::from)?, model)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use burn::tensor::Device;
    use counterpoise_eval::Silent;
    use counterpoise_model::{Config, Decoding, LastToken, generate};

    use super::*;

    fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
        let pairs = a.iter().flatten().zip(b.iter().flatten());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn a_model_fed_its_own_text_has_its_own_means_in_batches_of_any_size() {
        let model = Transformer::init(&Config::new(64, 32, 16, 2, 4), 3, &Device::flex());
        let prompts = vec![vec![1, 2, 3, 4], vec![9], vec![5, 7], vec![8, 8, 8]];
        let points = || (0..2).map(HookPoint::mlp_post);
        let mut recorder = MeanRecorder::new(points(), Counted::Generated);
        let mut hooks = Hooks::new().observe(&mut recorder);
        let decoding = Decoding {
            max_new_tokens: 6,
            last_token: LastToken::Fed,
            ..Decoding::default()
        };
        let written = generate(&model, &prompts, &decoding, &mut hooks).unwrap();
        drop(hooks);
        let own = mean_activations(&recorder.finish().unwrap(), &model).unwrap();
        let forced = |written: &[Vec<u32>], batch| {
            forced_means(
                "forced",
                &model,
                &prompts,
                written,
                NonZeroUsize::new(batch),
                &mut Silent,
            )
            .unwrap()
        };
        assert!(apart(&forced(&written, 3), &own) < 1e-6);
        assert!(apart(&forced(&written, 1), &own) < 1e-6);
        // Other tokens have other means: the text that is given is the one that is read.
        let mut other = written.clone();
        other[1][0] = (other[1][0] + 1) % 64;
        assert!(apart(&forced(&other, 3), &own) > 1e-5);
        // Texts of unequal lengths, as where one has ended early.
        let short: Vec<Vec<u32>> = written
            .iter()
            .zip(1..)
            .map(|(w, n)| w[..n].to_vec())
            .collect();
        assert!(apart(&forced(&short, 4), &forced(&short, 1)) < 1e-6);
    }
}
