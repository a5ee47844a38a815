//! What every figure demands of its numbers before it is drawn.

use std::ops::Range;

use counterpoise_groups::NeuronShift;

use crate::ReportError;

/// Larger magnitudes would lose the rest of the figure, and their differences may overflow.
const LARGEST: f64 = 1e100;

/// The checks of one figure, which name it in their errors.
pub(crate) struct Check<'a> {
    /// The figure's name.
    pub(crate) figure: &'a str,
}

impl Check<'_> {
    /// At least one value, each finite.
    pub(crate) fn series(
        &self,
        series: &str,
        values: impl IntoIterator<Item = f64>,
    ) -> Result<usize, ReportError> {
        let mut count = 0;
        for (index, found) in values.into_iter().enumerate() {
            if found.is_nan() || found.abs() > LARGEST {
                return Err(ReportError::NotPlottable {
                    figure: self.figure.to_owned(),
                    series: series.to_owned(),
                    index,
                    found,
                });
            }
            count += 1;
        }
        if count == 0 {
            return Err(ReportError::EmptySeries {
                figure: self.figure.to_owned(),
                series: series.to_owned(),
            });
        }
        Ok(count)
    }

    /// Ranges of ranks that adjoin, the first from `first` on, none of them empty.
    pub(crate) fn ranks(
        &self,
        first: usize,
        ranges: impl IntoIterator<Item = Range<usize>>,
    ) -> Result<(), ReportError> {
        let mut expected = first;
        for (index, range) in ranges.into_iter().enumerate() {
            if range.start != expected || range.is_empty() {
                return Err(ReportError::Ranks {
                    figure: self.figure.to_owned(),
                    index,
                    expected,
                    found: format!("{}..{}", range.start, range.end),
                });
            }
            expected = range.end;
        }
        Ok(())
    }

    /// The mean activations of both models, under ranks without a gap.
    pub(crate) fn activations(&self, neurons: &[NeuronShift]) -> Result<(), ReportError> {
        let base = neurons.iter().map(|neuron| neuron.base.activation);
        self.series("base activation", base)?;
        let tuned = neurons.iter().map(|neuron| neuron.tuned.activation);
        self.series("tuned activation", tuned)?;
        let first = neurons.first().map_or(0, |neuron| neuron.rank);
        let ranks = neurons.iter().map(|neuron| neuron.rank);
        self.ranks(first, ranks.map(|rank| rank..rank.saturating_add(1)))
    }

    /// As [`Check::series`], and as many values as the first series has.
    pub(crate) fn companion(
        &self,
        series: &str,
        values: &[f64],
        expected: usize,
    ) -> Result<(), ReportError> {
        let found = self.series(series, values.iter().copied())?;
        if found == expected {
            return Ok(());
        }
        Err(ReportError::SeriesLength {
            figure: self.figure.to_owned(),
            series: series.to_owned(),
            expected,
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: Check<'_> = Check { figure: "fig0" };

    #[test]
    fn counts_what_is_there() {
        assert!(matches!(CHECK.series("a", [1.0, -2.0]), Ok(2)));
        assert!(matches!(CHECK.companion("b", &[0.0, 1.0], 2), Ok(())));
    }

    #[test]
    fn names_the_value_that_cannot_be_drawn() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300] {
            assert!(matches!(
                CHECK.series("a", [0.0, bad]),
                Err(ReportError::NotPlottable { figure, index: 1, .. }) if figure == "fig0"
            ));
        }
    }

    #[test]
    fn refuses_nothing_at_all_and_uneven_series() {
        assert!(matches!(
            CHECK.series("a", []),
            Err(ReportError::EmptySeries { .. })
        ));
        assert!(matches!(
            CHECK.companion("b", &[0.0], 2),
            Err(ReportError::SeriesLength {
                expected: 2,
                found: 1,
                ..
            })
        ));
    }
}
