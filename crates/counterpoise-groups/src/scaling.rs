//! The paper's numbers of neurons, scaled to a model of another size.
//!
//! The paper counts neurons of GPT-2 medium. On a model with `N` neurons a count becomes the same
//! fraction of `N`, and whoever shows it says so.

use std::ops::Range;

/// MLP neurons of GPT-2 medium: 24 layers of 4,096.
pub const GPT2_MEDIUM_NEURONS: usize = 24 * 4096;

/// Neurons with the largest reduction shown in figure 2b.
pub const BINNED_CONTRIBUTIONS: usize = 10_000;

/// Most toxic neurons shown in figure 4.
pub const ACTIVATIONS: usize = 100;

/// A published number of neurons on a model with `neurons` of them:
/// `max(1, round(published · neurons / 98,304))`.
#[must_use]
pub fn scale_rank(published: usize, neurons: usize) -> usize {
    rounded(published, neurons).max(1)
}

/// Published ranks on a model with `neurons` neurons: both ends scaled, one rank at least.
#[must_use]
pub fn scale_ranks(published: &Range<usize>, neurons: usize) -> Range<usize> {
    let start = rounded(published.start, neurons);
    start..rounded(published.end, neurons).max(start + 1)
}

/// `published · neurons / 98,304`, halves rounded up.
fn rounded(published: usize, neurons: usize) -> usize {
    let denominator = GPT2_MEDIUM_NEURONS as u128;
    let scaled = (2 * published as u128 * neurons as u128 + denominator) / (2 * denominator);
    usize::try_from(scaled).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpt2_medium_keeps_the_published_numbers() {
        for published in [7, 100, 200, 500, 1000, 2000, 10_000] {
            assert_eq!(scale_rank(published, GPT2_MEDIUM_NEURONS), published);
        }
        for ranks in &[0..200, 3000..3200] {
            assert_eq!(scale_ranks(ranks, GPT2_MEDIUM_NEURONS), *ranks);
        }
    }

    #[test]
    fn numbers_shrink_and_grow_with_the_model() {
        // 4 layers of 512 have 1/48 of the neurons.
        let scaled = [7, 100, 200, 500, 1000, 2000, 10_000].map(|k| scale_rank(k, 2048));
        assert_eq!(scaled, [1, 2, 4, 10, 21, 42, 208]);
        assert_eq!(scale_rank(24, 2048), 1); // exactly a half rounds up
        assert_eq!(scale_rank(72, 2048), 2); // one and a half
        // GPT-2 xl: 48 layers of 6,400.
        assert_eq!(scale_rank(100, 48 * 6400), 313);
    }

    #[test]
    fn a_rank_range_starts_at_zero_and_is_never_empty() {
        assert_eq!(scale_ranks(&(0..200), 2048), 0..4);
        assert_eq!(scale_ranks(&(3000..3200), 2048), 63..67);
        assert_eq!(scale_ranks(&(0..200), 8), 0..1);
        assert_eq!(scale_ranks(&(3000..3200), 48), 1..2);
        assert_eq!(scale_rank(7, 8), 1);
    }
}
