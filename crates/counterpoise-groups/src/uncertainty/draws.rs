//! Seeded random numbers: which prompts are drawn, which labels swapped, which directions taken.

use std::f64::consts::TAU;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The first eight bytes of the generator's key, little-endian; the others are 0.
const SEED: u64 = 20_250;

/// What numbers are drawn for. Each has a stream of its own, so that how many are drawn for one changes nothing
/// of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Drawing prompts with replacement.
    Prompts = 1,
    /// Swapping the labels of prompts.
    Labels = 2,
    /// Random directions.
    Directions = 3,
}

/// Random numbers that come out the same every time: ChaCha with 8 rounds, so that another program can draw them too.
/// A uniform number is the upper 53 bits of 64, over 2^53.
#[derive(Clone, Debug)]
pub struct Draws(ChaCha8Rng);

impl Draws {
    /// The numbers for `purpose`, from their start.
    #[must_use]
    pub fn new(purpose: Purpose) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&SEED.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(purpose as u64);
        Self(generator)
    }

    /// What the draws follow from, for whoever draws them again.
    #[must_use]
    pub fn description() -> String {
        format!(
            "ChaCha8 under the key {SEED} (64 bits, little-endian, then zeros); streams: prompts {}, labels {}, \
             directions {}",
            Purpose::Prompts as u64,
            Purpose::Labels as u64,
            Purpose::Directions as u64
        )
    }

    /// A number from 0, 1 excluded.
    pub fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// One of `0..n`: `⌊n · uniform⌋`.
    pub fn index(&mut self, n: usize) -> usize {
        let index = (self.uniform() * n as f64) as usize;
        index.min(n.saturating_sub(1))
    }

    /// Two independent normal numbers, by the method of Box and Muller.
    fn normals(&mut self) -> [f64; 2] {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.uniform()).sin_cos();
        [radius * cosine, radius * sine]
    }

    /// A direction of length 1, `[width]`, any as likely as any other.
    pub fn direction(&mut self, width: usize) -> Vec<f64> {
        let pairs = width.div_ceil(2);
        let mut direction: Vec<f64> = (0..pairs).flat_map(|_| self.normals()).collect();
        direction.truncate(width);
        let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        direction.iter_mut().for_each(|x| *x /= norm);
        direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_purpose_draws_the_same_and_another_draws_others() {
        let draw = |purpose| Draws::new(purpose).uniform();
        assert_eq!(draw(Purpose::Prompts), draw(Purpose::Prompts));
        assert_ne!(draw(Purpose::Prompts), draw(Purpose::Labels));
    }

    #[test]
    fn directions_have_length_one_and_no_place_they_prefer() {
        let mut draws = Draws::new(Purpose::Directions);
        let directions: Vec<Vec<f64>> = (0..2000).map(|_| draws.direction(5)).collect();
        for place in 0..5 {
            let of = || directions.iter().map(|direction| direction[place]);
            let mean = of().sum::<f64>() / 2000.0;
            let square = of().map(|x| x * x).sum::<f64>() / 2000.0;
            // A coordinate has the variance 1/5; the mean's standard deviation is 0.01.
            assert!(mean.abs() < 0.05, "{mean}");
            assert!((square - 0.2).abs() < 0.02, "{square}");
        }
        let norm = |x: &Vec<f64>| x.iter().map(|x| x * x).sum::<f64>();
        assert!(directions.iter().all(|x| (norm(x) - 1.0).abs() < 1e-12));
    }

    #[test]
    fn every_index_is_drawn_as_often() {
        let mut draws = Draws::new(Purpose::Prompts);
        let mut counts = [0; 7];
        (0..70_000).for_each(|_| counts[draws.index(7)] += 1);
        assert!(
            counts.iter().all(|&count| (9_500..10_500).contains(&count)),
            "{counts:?}"
        );
    }
}
