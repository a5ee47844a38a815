//! Random draws that a few lines of NumPy repeat.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// The stream of PCG's reference implementation.
const STREAM: u128 = 0x0a02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;

/// How far apart the sequences of one seed lie: `2^128` over the golden ratio, as in NumPy's `PCG64.jumped`.
const JUMP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A sequence of random numbers: PCG64 (XSL-RR 128/64) from `seed`, on the stream of the reference
/// implementation.
///
/// In NumPy it is `PCG64()` with `inc = 2·stream + 1` and `state = (seed + inc)·multiplier + inc` modulo 2^128;
/// [`Draws::jumped`] is `PCG64.jumped`.
///
/// ```
/// use counterpoise_score::Draws;
///
/// let mut draws = Draws::new(1);
/// let six: Vec<usize> = (0..6).map(|_| draws.below(10)).collect();
/// assert_eq!(six, [9, 4, 1, 5, 0, 6]);
/// ```
#[derive(Clone, Debug)]
pub struct Draws(Pcg64);

/// The seed of everything that a run draws beside what its study asks for.
const SEED: u64 = 0x00C0_FFEE;

/// What a run draws numbers for. Each has a sequence of its own, so that how many are drawn for one changes nothing of
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Drawing items with replacement: the same for every statistic, so that intervals of rows over the same prompts
    /// come from the same draws.
    Resamples = 0,
    /// Swapping the labels of prompts.
    Labels = 1,
    /// Random directions.
    Directions = 2,
}

impl Draws {
    /// The sequence of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Pcg64::new(seed.into(), STREAM))
    }

    /// The sequence of a run for `purpose`.
    #[must_use]
    pub fn of_run(purpose: Purpose) -> Self {
        Self::new(SEED).jumped(purpose as u64)
    }

    /// What a run's draws follow from, for whoever draws them again.
    #[must_use]
    pub fn description() -> String {
        format!(
            "PCG64 of seed {SEED}; jumped: resamples {}, labels {}, directions {}",
            Purpose::Resamples as u64,
            Purpose::Labels as u64,
            Purpose::Directions as u64
        )
    }

    /// The `number`-th sequence of the same seed; this one is the 0th.
    #[must_use]
    pub fn jumped(mut self, number: u64) -> Self {
        self.0.advance(JUMP.wrapping_mul(number.into()));
        self
    }

    /// The next number below `n`, which is below 2^32: `⌊n·h/2^32⌋`, where `h` is the upper half of the next
    /// 64 bits. No number is likelier than another by more than `n/2^32` of its chance.
    pub fn below(&mut self, n: usize) -> usize {
        let half = self.0.next_u64() >> 32;
        ((u128::from(half) * n as u128) >> 32) as usize
    }

    /// The next number from 0 to below 1: the upper 53 of the next 64 bits, over 2^53.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next number from the standard normal distribution: `√(−2 ln(1 − a))·cos(2πb)` of two numbers of
    /// [`Draws::unit`] (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit(), self.unit());
        (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// A direction of length 1, `[width]`, any as likely as any other: numbers of [`Draws::normal`] over their norm.
    pub fn direction(&mut self, width: usize) -> Vec<f64> {
        let mut direction: Vec<f64> = (0..width).map(|_| self.normal()).collect();
        let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        direction.iter_mut().for_each(|x| *x /= norm);
        direction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_have_length_one_and_no_place_they_prefer() {
        let mut draws = Draws::of_run(Purpose::Directions);
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
    fn draws_are_even_and_normal_ones_normal() {
        let mut draws = Draws::new(3);
        let mut counts = [0_i32; 7];
        for _ in 0..70_000 {
            counts[draws.below(7)] += 1;
        }
        // 10,000 each; the standard deviation is 93.
        assert!(
            counts.iter().all(|count| (count - 10_000).abs() < 400),
            "{counts:?}"
        );
        let normal: Vec<f64> = (0..40_000).map(|_| draws.normal()).collect();
        let mean = |power: i32| normal.iter().map(|x| x.powi(power)).sum::<f64>() / 40_000.0;
        assert!(
            mean(1).abs() < 0.02 && (mean(2) - 1.0).abs() < 0.03,
            "{}, {}",
            mean(1),
            mean(2)
        );
        assert!((mean(4) - 3.0).abs() < 0.2, "{}", mean(4));
    }

    #[test]
    fn sequences_of_one_seed_differ_and_the_0th_is_the_seed_s() {
        let first = |mut draws: Draws| [(); 4].map(|()| draws.below(1 << 30));
        assert_eq!(first(Draws::new(5)), first(Draws::new(5).jumped(0)));
        let others = [
            first(Draws::new(5).jumped(1)),
            first(Draws::new(5).jumped(2)),
            first(Draws::new(6)),
        ];
        for (index, other) in others.iter().enumerate() {
            assert_ne!(*other, first(Draws::new(5)), "{index}");
        }
        assert_ne!(others[0], others[1]);
    }
}
