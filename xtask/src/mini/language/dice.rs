//! Seeded chance: every choice the language makes is drawn here, the same on every machine.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A seeded source of choices. Streams of one seed are independent of each other.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The choices of `stream` under `seed`.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self(source)
    }

    /// A whole number in `0..bound`, uniform; 0 for an empty range.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // Multiply and shift: the high half of a 128-bit product, so no division and no platform width.
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A whole number in `low..=high`.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True with probability `share`.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        (self.0.next_u64() >> 11) as f64 / ((1_u64 << 53) as f64) < share
    }

    /// One of `items`, uniform. `items` is never empty: every list of the language is written out.
    pub(super) fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// One of `items`, earlier ones more often: weight `1 / (rank + 3)`, which gives word counts a Zipf-like tail.
    pub(super) fn pick_ranked<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        let weight = |rank: usize| 1.0 / (rank as f64 + 3.0);
        let total: f64 = (0..items.len()).map(weight).sum();
        let mut left = (self.0.next_u64() >> 11) as f64 / ((1_u64 << 53) as f64) * total;
        for (rank, item) in items.iter().enumerate() {
            left -= weight(rank);
            if left < 0.0 {
                return item;
            }
        }
        &items[items.len() - 1]
    }
}
