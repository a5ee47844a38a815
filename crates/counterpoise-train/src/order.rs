//! The order in which examples are seen: a function of the seed and the epoch alone.
//!
//! Because nothing else enters, a run that stops needs to keep no generator state: the step it
//! stopped at says which example comes next.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The numbers `0..len` in the order of `epoch`; every epoch of a seed has its own.
pub(crate) fn shuffled(len: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    let mut order: Vec<usize> = (0..len).collect();
    order.shuffle(&mut rng);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_permutation_that_depends_on_seed_and_epoch_only() {
        let order = shuffled(100, 7, 3);
        let mut sorted = order.clone();
        sorted.sort_unstable();

        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
        assert_eq!(order, shuffled(100, 7, 3));
        assert_ne!(order, shuffled(100, 7, 4));
        assert_ne!(order, shuffled(100, 8, 3));
    }
}
