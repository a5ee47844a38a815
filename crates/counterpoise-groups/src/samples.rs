//! Neuron tables for tests: one small enough to work out by hand, and random ones.

#![allow(clippy::unwrap_used)]

use crate::{Measurements, NeuronTable};

/// Two layers of four neurons that meet every definition and every boundary. Columns: mean
/// activation, value projection and cosine, each base then tuned; then the reduction.
///
/// | neuron | m̄    | m̄'   | v·u | v'·u | cos  | cos'  | r    |
/// |--------|------|------|-----|------|------|-------|------|
/// | L0.0   | 2    | 1    | 1   | 1    | .5   | .5    | 1    |
/// | L0.1   | −.25 | −.5  | 1   | 1    | .75  | .75   | .25  |
/// | L0.2   | .5   | .5   | 1   | 1    | .25  | .25   | 0    |
/// | L0.3   | .5   | 1    | −1  | −1   | −.5  | −.5   | .5   |
/// | L1.0   | −1   | −.25 | −1  | −1   | −.75 | −.75  | .75  |
/// | L1.1   | 1    | .5   | 0   | −1   | 0    | −.25  | .5   |
/// | L1.2   | 0    | −.5  | 1   | −1   | .75  | −.25  | −.5  |
/// | L1.3   | 1    | 1.5  | 1   | .5   | .125 | .0625 | .25  |
pub(crate) fn by_hand() -> NeuronTable {
    let base = Measurements {
        mean_activation: vec![vec![2.0, -0.25, 0.5, 0.5], vec![-1.0, 1.0, 0.0, 1.0]],
        value_projection: vec![vec![1.0, 1.0, 1.0, -1.0], vec![-1.0, 0.0, 1.0, 1.0]],
        cosine: vec![vec![0.5, 0.75, 0.25, -0.5], vec![-0.75, 0.0, 0.75, 0.125]],
    };
    let tuned = Measurements {
        mean_activation: vec![vec![1.0, -0.5, 0.5, 1.0], vec![-0.25, 0.5, -0.5, 1.5]],
        value_projection: vec![vec![1.0, 1.0, 1.0, -1.0], vec![-1.0, -1.0, -1.0, 0.5]],
        cosine: vec![
            vec![0.5, 0.75, 0.25, -0.5],
            vec![-0.75, -0.25, -0.25, 0.0625],
        ],
    };
    NeuronTable::new(&base, &tuned).unwrap()
}

/// A model compared with itself.
pub(crate) fn unchanged() -> NeuronTable {
    let measurements = random_measurements(&mut SplitMix(7), 2, 5);
    NeuronTable::unchanged(&measurements)
}

/// Three layers of 40 neurons with values of either sign, some zero, some equal.
pub(crate) fn random(seed: u64) -> NeuronTable {
    let (base, tuned) = random_pair(seed);
    NeuronTable::new(&base, &tuned).unwrap()
}

/// The measurements of [`random`]. A cosine has the sign of its projection, as it must.
pub(crate) fn random_pair(seed: u64) -> (Measurements, Measurements) {
    let mut numbers = SplitMix(seed);
    let base = random_measurements(&mut numbers, 3, 40);
    (base, random_measurements(&mut numbers, 3, 40))
}

fn random_measurements(numbers: &mut SplitMix, layers: usize, d_mlp: usize) -> Measurements {
    let mut matrix = |scale: f64| -> Vec<Vec<f64>> {
        (0..layers)
            .map(|_| (0..d_mlp).map(|_| scale * numbers.draw()).collect())
            .collect()
    };
    let (mean_activation, value_projection) = (matrix(0.3), matrix(2.0));
    let cosine = (value_projection.iter())
        .map(|layer| layer.iter().map(|value| value / 4.0).collect())
        .collect();
    Measurements {
        mean_activation,
        value_projection,
        cosine,
    }
}

/// The SplitMix64 generator.
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    /// A number in −1..1.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// A number in −1..1; about one in eight is a multiple of a half, so that ties and zeros occur.
    fn draw(&mut self) -> f64 {
        let bits = self.bits();
        let number = (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
        if bits.is_multiple_of(8) {
            (2.0 * number).trunc() / 2.0
        } else {
            number
        }
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}
