//! Rotary positions: queries and keys turned by angles that grow with their positions.

use burn::tensor::{Device, Tensor, TensorData};
use counterpoise_hooks::Pass;

use crate::{Config, PositionEncoding};

/// How queries and keys are rotated.
///
/// The first `width` values of a head are taken in pairs, `i` with `i + width/2`, and pair `i` at position `p` is turned by
/// `p·base^(−2i/width)`, after the scaling.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotary {
    /// `rope_theta`
    pub base: f64,
    /// How many values of a head are rotated; an even number.
    pub width: usize,
    /// How the angles are stretched for texts longer than those of pre-training.
    pub scaling: RotaryScaling,
}

/// How rotary angles are stretched, by `rope_type`.
#[derive(Debug, Clone, PartialEq)]
pub enum RotaryScaling {
    /// `default`: not at all.
    Unscaled,
    /// `linear`: every angle is divided.
    Linear {
        /// By this.
        factor: f64,
    },
    /// `llama3`: slow angles are divided, fast ones kept, those between blended.
    Llama3 {
        /// What slow angles are divided by.
        factor: f64,
        /// Angles are slow that turn fewer times than this in `original_positions`.
        low_freq_factor: f64,
        /// Angles are fast that turn more times than this.
        high_freq_factor: f64,
        /// The length of pre-training texts.
        original_positions: f64,
    },
    /// `yarn`: the same, blended along the pairs, and queries and keys multiplied.
    Yarn {
        /// What slow angles are divided by.
        factor: f64,
        /// Angles are fast that turn more times than this in `original_positions`.
        beta_fast: f64,
        /// Angles are slow that turn fewer times than this.
        beta_slow: f64,
        /// The length of pre-training texts.
        original_positions: f64,
        /// What rotated queries and keys are multiplied by.
        attention_factor: f64,
        /// Whether the ends of the blend are whole pairs.
        ends: YarnEnds,
    },
}

/// Where YaRN's blend begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YarnEnds {
    /// At whole pairs.
    Rounded,
    /// Where the formula says.
    Exact,
}

impl Rotary {
    /// By how much pair `i` is turned from one position to the next. `[width / 2]`
    fn frequencies(&self) -> Vec<f32> {
        let pairs = (0..self.width / 2).map(|pair| {
            let exponent = 2.0 * pair as f64 / self.width as f64;
            self.scaled(pair, self.base.powf(-exponent))
        });
        pairs.map(|frequency| frequency as f32).collect()
    }

    fn scaled(&self, pair: usize, frequency: f64) -> f64 {
        match self.scaling {
            RotaryScaling::Unscaled => frequency,
            RotaryScaling::Linear { factor } => frequency / factor,
            RotaryScaling::Llama3 {
                factor,
                low_freq_factor,
                high_freq_factor,
                original_positions,
            } => {
                let turns = original_positions * frequency / std::f64::consts::TAU;
                let kept = (turns - low_freq_factor) / (high_freq_factor - low_freq_factor);
                let kept = kept.clamp(0.0, 1.0);
                kept * frequency + (1.0 - kept) * frequency / factor
            }
            RotaryScaling::Yarn {
                factor,
                beta_fast,
                beta_slow,
                original_positions,
                ends,
                ..
            } => {
                let last = (self.width - 1) as f64;
                let turning = |turns: f64| {
                    let position = original_positions / (turns * std::f64::consts::TAU);
                    self.width as f64 * position.ln() / (2.0 * self.base.ln())
                };
                let (low, high) = match ends {
                    YarnEnds::Rounded => (turning(beta_fast).floor(), turning(beta_slow).ceil()),
                    YarnEnds::Exact => (turning(beta_fast), turning(beta_slow)),
                };
                let (low, high) = (low.max(0.0), high.min(last));
                // Not a division by 0 where both ends are one.
                let length = if low == high { 0.001 } else { high - low };
                let divided = ((pair as f64 - low) / length).clamp(0.0, 1.0);
                divided * frequency / factor + (1.0 - divided) * frequency
            }
        }
    }

    fn attention_factor(&self) -> f64 {
        match self.scaling {
            RotaryScaling::Yarn {
                attention_factor, ..
            } => attention_factor,
            _ => 1.0,
        }
    }

    /// The rotation of each column of `pass`.
    pub(crate) fn of(&self, pass: &Pass, device: &Device) -> Rotation {
        let rows = if pass.is_padded() { pass.batch() } else { 1 };
        let frequencies = self.frequencies();
        let factor = self.attention_factor();
        let mut angles = Vec::with_capacity(rows * pass.seq() * frequencies.len());
        for row in 0..rows {
            for column in 0..pass.seq() {
                // Rounded to 32 bits as `transformers` does, which matters far into a text.
                let position = pass.position(row, column) as f32;
                angles.extend(frequencies.iter().map(|frequency| position * frequency));
            }
        }
        let shape = [rows, 1, pass.seq(), frequencies.len()];
        let tensor = |of: fn(f64) -> f64| {
            let values = angles
                .iter()
                .map(|&angle| (factor * of(angle.into())) as f32);
            Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), shape), device)
        };
        Rotation {
            cos: tensor(f64::cos),
            sin: tensor(f64::sin),
        }
    }
}

/// The rotations of one pass, of blocks that see a whole text and of those that see a window of it.
pub(crate) struct Rotations {
    whole: Option<Rotation>,
    local: Option<Rotation>,
}

impl Rotations {
    pub(crate) fn of(config: &Config, pass: &Pass, device: &Device) -> Self {
        let whole = match &config.positions {
            PositionEncoding::Learned { .. } => None,
            PositionEncoding::Rotary(rotary) => Some(rotary.of(pass, device)),
        };
        let local = config.local_rotary.as_ref();
        Self {
            whole,
            local: local.map(|rotary| rotary.of(pass, device)),
        }
    }

    /// That of block `layer`.
    pub(crate) fn of_block(&self, config: &Config, layer: usize) -> Option<&Rotation> {
        match &self.local {
            Some(local) if config.window(layer).is_some() => Some(local),
            _ => self.whole.as_ref(),
        }
    }
}

/// The rotation of each column of a pass, `[rows, 1, seq, width / 2]`, with one row for all when nothing is padded.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    cos: Tensor<4>,
    sin: Tensor<4>,
}

impl Rotation {
    /// Queries or keys, `[batch, heads, seq, d_head]`, rotated.
    pub(crate) fn apply(&self, heads: Tensor<4>) -> Tensor<4> {
        let [_, _, _, d_head] = heads.dims();
        let [_, _, _, half] = self.cos.dims();
        let part = |start, length| heads.clone().narrow(3, start, length);
        let (first, second) = (part(0, half), part(half, half));
        let (cos, sin) = (self.cos.clone(), self.sin.clone());
        let mut parts = vec![
            first.clone() * cos.clone() - second.clone() * sin.clone(),
            second * cos + first * sin,
        ];
        if d_head > 2 * half {
            parts.push(part(2 * half, d_head - 2 * half));
        }
        Tensor::cat(parts, 3)
    }
}
