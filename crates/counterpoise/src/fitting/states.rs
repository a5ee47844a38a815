//! Hidden states of pairs of texts in every block, of which no more are held at once than memory allows.

use anyhow::{Context, Result};
use counterpoise_direction::DifferenceSum;
use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_model::Transformer;
use counterpoise_probe::{OverTokens, text_features};

use super::pairs::PairTokens;

/// Bytes of hidden states that are held at once.
pub(super) const STATE_BYTES: usize = 1 << 30;

/// The hidden states of some pairs in one block, `[pairs][d_model]`.
pub(super) struct BlockStates {
    pub(super) chosen: Vec<Vec<f64>>,
    pub(super) rejected: Vec<Vec<f64>>,
}

/// What reads the pairs: the residual stream that leaves each block.
pub(super) struct Reader<'a> {
    pub(super) model: &'a Transformer,
    pub(super) pairs: &'a PairTokens,
    pub(super) over: OverTokens,
    pub(super) batch_size: usize,
    /// Bytes of hidden states that are held at once, or of one block or one pair if that is more.
    pub(super) bytes: usize,
}

impl Reader<'_> {
    /// What `of` makes of each block's states of all pairs. All texts are read again for as many blocks as fit into memory.
    /// `progress` is told of texts, each as often as it is read.
    ///
    /// # Errors
    /// What the model and `of` report.
    pub(super) fn in_passes<T>(
        &self,
        mut of: impl FnMut(BlockStates) -> Result<T>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<T>> {
        let points = self.points();
        let mut found = Vec::with_capacity(points.len());
        for points in points.chunks(self.blocks_together()) {
            for states in self.read(0..self.pairs.chosen.len(), points, progress)? {
                let layer = found.len();
                found.push(of(states).with_context(|| format!("block {layer}"))?);
            }
        }
        Ok(found)
    }

    /// How often [`Self::in_passes`] reads the texts.
    pub(super) fn passes(&self) -> usize {
        self.model.n_layer().div_ceil(self.blocks_together())
    }

    /// The mean of each block's states of the rejected texts less that of the chosen ones, `[n_layer][d_model]`. Texts are read
    /// once, as many pairs together as fit into memory, and their differences are summed.
    ///
    /// # Errors
    /// What the model reports.
    pub(super) fn mean_differences(
        &self,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f64>>> {
        let points = self.points();
        let mut sums = vec![DifferenceSum::default(); points.len()];
        let pairs = self.pairs.chosen.len();
        let together = (self.bytes / (points.len() * self.bytes_of_pair()).max(1)).max(1);
        for start in (0..pairs).step_by(together) {
            let part = start..pairs.min(start + together);
            let states = self.read(part, &points, progress)?;
            for (sum, states) in sums.iter_mut().zip(states) {
                sum.add(&states.rejected, &states.chosen)?;
            }
        }
        Ok(sums.iter().map(DifferenceSum::mean).collect())
    }

    fn points(&self) -> Vec<HookPoint> {
        let at = BlockPoint::ResidPost;
        let layers = 0..self.model.n_layer();
        layers.map(|layer| HookPoint::Block { layer, at }).collect()
    }

    fn blocks_together(&self) -> usize {
        let bytes = self.pairs.chosen.len() * self.bytes_of_pair();
        (self.bytes / bytes.max(1)).max(1)
    }

    /// Bytes of a pair's states in one block.
    fn bytes_of_pair(&self) -> usize {
        2 * self.model.d_model() * size_of::<f64>()
    }

    /// The states of some pairs in some blocks.
    fn read(
        &self,
        pairs: std::ops::Range<usize>,
        points: &[HookPoint],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<BlockStates>> {
        let (model, over, begun) = (self.model, self.over, self.pairs.beginning);
        let mut of = |what: &str, texts: &[Vec<u32>]| {
            let texts = &texts[pairs.clone()];
            text_features(model, texts, points, over, begun, self.batch_size, progress)
                .with_context(|| format!("{what} texts"))
        };
        let (chosen, rejected) = (
            of("preferred", &self.pairs.chosen)?,
            of("other", &self.pairs.rejected)?,
        );
        let blocks = chosen.into_iter().zip(rejected);
        Ok(blocks
            .map(|(chosen, rejected)| BlockStates { chosen, rejected })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_model::Config;

    use super::*;

    #[test]
    fn what_is_held_at_once_changes_nothing() {
        let device = burn::tensor::Device::flex();
        let model = Transformer::init(&Config::new(50, 16, 8, 3, 2), 3, &device);
        let text = |seed: usize| (0..=seed % 5).map(move |at| ((seed * 7 + at * 3) % 50) as u32);
        let texts = |from: usize| (from..from + 11).map(|seed| text(seed).collect());
        let pairs = PairTokens {
            beginning: None,
            chosen: texts(0).collect(),
            rejected: texts(40).collect(),
            rows: 11,
            cut: 0,
        };
        let reader = |bytes| Reader {
            model: &model,
            pairs: &pairs,
            over: OverTokens::Mean,
            batch_size: 4,
            bytes,
        };
        let whole = |reader: &Reader<'_>, read: &mut usize| {
            let mut progress = |texts: usize| *read += texts;
            let found = reader.in_passes(|it| Ok((it.chosen, it.rejected)), &mut progress);
            found.unwrap()
        };
        let (all, mut once) = (reader(STATE_BYTES), 0);
        let states = whole(&all, &mut once);
        let means = all.mean_differences(&mut |_| {}).unwrap();
        assert_eq!(
            (states.len(), means.len(), once, all.passes()),
            (3, 3, 22, 1)
        );
        for ((chosen, rejected), mean) in states.iter().zip(&means) {
            let expected = counterpoise_direction::mean_difference(rejected, chosen).unwrap();
            close(mean, &expected);
        }
        // Two blocks at once, one, and fewer bytes than one takes.
        for (bytes, passes) in [(2 * 11 * 2 * 8 * 8, 2), (11 * 2 * 8 * 8, 3), (1, 3)] {
            let (part, mut read) = (reader(bytes), 0);
            for (found, expected) in whole(&part, &mut read).iter().zip(&states) {
                assert!(found == expected);
            }
            assert_eq!((part.passes(), read), (passes, 22 * passes));
            let mut read = 0;
            let found = part.mean_differences(&mut |texts| read += texts).unwrap();
            assert_eq!(read, 22);
            for (found, expected) in found.iter().zip(&means) {
                close(found, expected);
            }
        }
    }

    /// Texts share their batches with others where fewer are read together, which may move the last digits of `f32`.
    #[track_caller]
    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}
