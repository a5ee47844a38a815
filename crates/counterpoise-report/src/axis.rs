//! Axes: the range they cover and where their tick marks stand.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use serde::Serialize;

use crate::number::decimal;

/// Whether an axis has to reach zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The range of the data and no more.
    Data,
    /// The range of the data and zero: bars start there.
    Zero,
}

/// One axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// Its lower end.
    pub from: f64,
    /// Its upper end.
    pub to: f64,
    /// Where its tick marks stand.
    pub ticks: Vec<f64>,
    /// What stands beside them.
    pub names: TickNames,
}

/// What is written beside the tick marks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TickNames {
    /// The value with this many decimals.
    Decimals(usize),
    /// A percentage of the value, with no decimals.
    Percent,
    /// Ten to the power of the value, with as many decimals as it takes.
    Power,
    /// A name each, for the ticks 0, 1, 2, …
    Given(Vec<String>),
}

impl TickNames {
    /// The name of the tick mark at `value`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "named ticks are small non-negative whole numbers"
    )]
    pub(crate) fn of(&self, value: f64) -> String {
        match self {
            TickNames::Decimals(decimals) => decimal(value, *decimals),
            TickNames::Percent => format!("{} %", decimal(value * 100.0, 0)),
            TickNames::Power => {
                let decimals = (-value.floor()).clamp(0.0, 12.0) as usize;
                decimal(10f64.powf(value), decimals)
            }
            TickNames::Given(names) => names
                .get(value.round() as usize)
                .cloned()
                .unwrap_or_default(),
        }
    }
}

impl Axis {
    /// An axis that shows all of `values`, with a margin.
    #[must_use]
    pub fn over(
        label: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
        reach: Reach,
    ) -> Self {
        let start = match reach {
            Reach::Data => (f64::INFINITY, f64::NEG_INFINITY),
            Reach::Zero => (0.0, 0.0),
        };
        let (low, high) = values.into_iter().fold(start, |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let margin = match high - low {
            span if span > 0.0 => 0.05 * span,
            _ => (0.1 * high.abs()).max(1e-3),
        };
        // Bars stand on the axis itself unless some hang below it.
        let from = if reach == Reach::Zero && low == 0.0 {
            0.0
        } else {
            low - margin
        };
        let to = if reach == Reach::Zero && high == 0.0 && low < 0.0 {
            0.0
        } else {
            high + margin
        };
        let (ticks, decimals) = ticks(from, to, 0.0);
        Self {
            label: label.into(),
            from,
            to,
            ticks,
            names: TickNames::Decimals(decimals),
        }
    }

    /// An axis of `count` whole numbers from `first` on, such as layers or ranks, with `margin`
    /// (in the same unit) at either end.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of neurons are far below 2^52"
    )]
    #[must_use]
    pub fn whole(label: impl Into<String>, first: usize, count: usize, margin: f64) -> Self {
        let (first, last) = (first as f64, (first + count.saturating_sub(1)) as f64);
        let (ticks, decimals) = ticks(first, last, 1.0);
        Self {
            label: label.into(),
            from: first - margin,
            to: last + margin,
            ticks,
            names: TickNames::Decimals(decimals),
        }
    }

    /// An axis from `low` to `high`, both above 0, in powers of ten: values on it are logarithms to base 10.
    #[must_use]
    pub fn in_powers(label: impl Into<String>, low: f64, high: f64) -> Self {
        let (low, high) = (low.log10(), high.log10());
        let margin = 0.05 * (high - low);
        let (from, to) = (low - margin, high + margin);
        let mut ticks = Vec::new();
        let mut power = from.floor();
        while power <= to {
            ticks.extend([1f64, 2.0, 5.0].map(|digit| power + digit.log10()));
            power += 1.0;
        }
        ticks.retain(|tick| (from..=to).contains(tick));
        Self {
            label: label.into(),
            from,
            to,
            ticks,
            names: TickNames::Power,
        }
    }

    /// Whether zero lies inside the range, ends excluded.
    pub(crate) fn crosses_zero(&self) -> bool {
        // The place 0 of powers is their value 1, and that of names is the first of them.
        let is_zero = !matches!(self.names, TickNames::Power | TickNames::Given(_));
        self.from < 0.0 && self.to > 0.0 && is_zero
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "pixels on the page are small"
    )]
    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        let part = (value - self.from) / (self.to - self.from);
        low + (part * f64::from(high - low)).round() as i32
    }

    /// The ticks for labels and their grid lines; there are no finer ones.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        value.to_string()
    }

    fn format_ext(&self, value: &f64) -> String {
        self.names.of(*value)
    }
}

/// About eight round tick values from `from` to `to`, at least `least` apart, and the decimals that tell
/// them apart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the exponent of a step is small, and negated only where it is negative"
)]
fn ticks(from: f64, to: f64, least: f64) -> (Vec<f64>, usize) {
    const WANTED: f64 = 8.0;
    let rough = ((to - from) / WANTED).max(least).max(f64::MIN_POSITIVE);
    let power = rough.log10().floor();
    let unit = 10f64.powf(power);
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * unit)
        .into_iter()
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0 * unit);
    let first = (from / step - 1e-9).ceil();
    // The bound keeps a degenerate range from looping for ever.
    let ticks = (0..=20)
        .map(|index| (first + f64::from(index)) * step)
        .take_while(|tick| *tick <= to + 1e-9 * step)
        .collect();
    let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize;
    (ticks, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|tick| axis.names.of(*tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::over("x", [-0.31, 0.52], Reach::Data);
        assert_eq!(names(&axis), ["−0.2", "0.0", "0.2", "0.4"]);
        assert!(
            axis.ticks
                .iter()
                .all(|tick| (axis.from..=axis.to).contains(tick))
        );
        assert!(axis.crosses_zero());
    }

    #[test]
    fn bars_stand_on_zero() {
        let axis = Axis::over("x", [3.0, 48.0], Reach::Zero);
        assert!(axis.from == 0.0 && axis.to > 48.0 && !axis.crosses_zero());
        assert_eq!(names(&axis)[..3], ["0", "10", "20"]);
        assert!(Axis::over("x", [-3.0, 4.0], Reach::Zero).crosses_zero());
    }

    #[test]
    fn layers_are_whole_numbers() {
        assert_eq!(
            names(&Axis::whole("layer", 0, 4, 0.5)),
            ["0", "1", "2", "3"]
        );
        assert_eq!(names(&Axis::whole("layer", 0, 1, 0.5)), ["0"]);
        let ranks = Axis::whole("rank", 3000, 201, 2.0);
        assert_eq!(names(&ranks)[..2], ["3,000", "3,050"]);
    }

    #[test]
    fn one_repeated_value_still_has_a_range() {
        for value in [0.0, 7.0, -1e-9, 1e90] {
            let axis = Axis::over("x", [value, value], Reach::Data);
            assert!(axis.from < value && value < axis.to, "{axis:?}");
            assert!(axis.ticks.len() <= 21);
        }
    }
}
