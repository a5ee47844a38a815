//! Conditions that claims put to quantities, each with its interval, and the verdicts that follow.

use counterpoise_report::Verdict;
use counterpoise_score::{CONFIDENCE, Items, Paired, Resampled};

use super::Judged;
use crate::row::RowResults;

/// A score of a row, as claims compare it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    /// Its value.
    pub(super) value: f64,
    items: Option<&'a Items>,
}

/// A quantity that has to be above 0 for a claim to hold.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// What is shown of it.
    pub(super) shown: String,
    /// How far it is from the threshold, above 0 on the claim's side.
    pub(super) margin: f64,
    /// What is known of how far it could be.
    known: Known,
    /// The verdict of a value alone that is at the threshold itself.
    at_threshold: Verdict,
}

/// How well a margin is known.
#[derive(Clone, Debug)]
enum Known {
    /// Its values on other samples of the items.
    Resampled(Resampled),
    /// Its 95 % interval, where no other is known.
    Interval([f64; 2]),
    /// Not at all: the value alone decides.
    Unknown,
}

impl<'a> Measured<'a> {
    /// A score of `row`.
    ///
    /// # Errors
    /// Why it is missing.
    pub(super) fn of(row: &'a RowResults, metric: &str) -> Result<Self, String> {
        let value = row.score(metric)?;
        let items = row
            .whole_score(metric)
            .and_then(|score| score.items.as_ref());
        Ok(Self { value, items })
    }
}

/// A statistic of scores, on the scores themselves and on the samples of their items; `None` where they
/// cannot be paired.
pub(super) fn statistic(
    scores: &[Measured<'_>],
    of: impl Fn(&[f64]) -> f64,
) -> (f64, Option<Resampled>) {
    let items: Option<Vec<&Items>> = scores.iter().map(|score| score.items).collect();
    let paired = items.and_then(|items| Paired::of(items).ok());
    match paired.map(|paired| paired.estimate(&of)) {
        Some(estimate) => (estimate.value, estimate.resampled),
        None => (
            of(&scores.iter().map(|score| score.value).collect::<Vec<_>>()),
            None,
        ),
    }
}

/// A 95 % interval as it is shown, or that there is none.
pub(super) fn shown_interval(interval: Option<[f64; 2]>, show: impl Fn(f64) -> String) -> String {
    match interval {
        Some([low, high]) => format!("[{}, {}]", show(low), show(high)),
        None => "(no interval)".to_owned(),
    }
}

impl Condition {
    /// That `margin`, a statistic of scores, is above 0.
    pub(super) fn of(scores: &[Measured<'_>], margin: impl Fn(&[f64]) -> f64) -> Self {
        let (margin, resampled) = statistic(scores, margin);
        Self {
            shown: String::new(),
            margin,
            known: resampled.map_or(Known::Unknown, Known::Resampled),
            at_threshold: Verdict::DoesNotHold,
        }
    }

    /// The condition with what is shown of it.
    pub(super) fn shown(self, shown: String) -> Self {
        Self { shown, ..self }
    }

    /// The 95 % interval of the margin.
    pub(super) fn interval(&self) -> Option<[f64; 2]> {
        match &self.known {
            Known::Resampled(resampled) => Some(resampled.interval(CONFIDENCE)),
            Known::Interval(interval) => Some(*interval),
            Known::Unknown => None,
        }
    }

    /// That a quantity with an optional interval lies above `threshold`.
    pub(super) fn above(value: f64, interval: Option<[f64; 2]>, threshold: f64) -> Self {
        Self {
            shown: String::new(),
            margin: value - threshold,
            known: interval.map_or(Known::Unknown, |ends| {
                Known::Interval(ends.map(|end| end - threshold))
            }),
            at_threshold: Verdict::DoesNotHold,
        }
    }

    /// That a quantity with an optional interval is at least `threshold`.
    pub(super) fn at_least(value: f64, interval: Option<[f64; 2]>, threshold: f64) -> Self {
        Self {
            at_threshold: Verdict::Holds,
            ..Self::above(value, interval, threshold)
        }
    }

    /// That a quantity with an optional interval is at most `threshold`.
    pub(super) fn at_most(value: f64, interval: Option<[f64; 2]>, threshold: f64) -> Self {
        Self {
            at_threshold: Verdict::Holds,
            ..Self::below(value, interval, threshold)
        }
    }

    /// That a quantity with an optional interval lies below `threshold`.
    pub(super) fn below(value: f64, interval: Option<[f64; 2]>, threshold: f64) -> Self {
        let turned = interval.map(|[low, high]| [-high, -low]);
        Self::above(-value, turned, -threshold)
    }

    /// The verdict, where an interval of this confidence has to lie on one side.
    fn verdict(&self, confidence: f64) -> Verdict {
        let [low, high] = match &self.known {
            Known::Resampled(resampled) => resampled.interval(confidence),
            Known::Interval(interval) => *interval,
            Known::Unknown if self.margin > 0.0 => return Verdict::Holds,
            Known::Unknown if self.margin < 0.0 => return Verdict::DoesNotHold,
            Known::Unknown => return self.at_threshold,
        };
        match (low > 0.0, high < 0.0) {
            (true, _) => Verdict::Holds,
            (_, true) => Verdict::DoesNotHold,
            _ => Verdict::Undecided,
        }
    }
}

/// The verdict on a claim that all conditions hold. It holds where each does at 95 %; one that does not refutes
/// it, with a confidence that allows for their number (Bonferroni).
pub(super) fn all_hold(conditions: &[Condition]) -> Verdict {
    decide(conditions, Verdict::Holds, Verdict::DoesNotHold)
}

/// The verdict on a claim that any condition holds: the same with the sides exchanged.
pub(super) fn any_holds(conditions: &[Condition]) -> Verdict {
    decide(conditions, Verdict::DoesNotHold, Verdict::Holds)
}

/// `each` if all conditions say so, `one` if a single one does beyond chance.
fn decide(conditions: &[Condition], each: Verdict, one: Verdict) -> Verdict {
    let adjusted = 1.0 - (1.0 - CONFIDENCE) / conditions.len() as f64;
    if conditions
        .iter()
        .any(|condition| condition.verdict(adjusted) == one)
    {
        one
    } else if conditions
        .iter()
        .all(|condition| condition.verdict(CONFIDENCE) == each)
    {
        each
    } else {
        Verdict::Undecided
    }
}

/// The conditions' values, one after the other, and the verdict that all hold.
pub(super) fn judge_all(conditions: &[Condition]) -> Judged {
    let shown: Vec<&str> = (conditions.iter())
        .map(|condition| condition.shown.as_str())
        .collect();
    Ok((shown.join("; "), all_hold(conditions)))
}

/// The condition that is furthest from holding.
pub(super) fn weakest(conditions: &[Condition]) -> Option<&Condition> {
    (conditions.iter()).min_by(|a, b| a.margin.total_cmp(&b.margin))
}

/// The condition that holds by most.
pub(super) fn strongest(conditions: &[Condition]) -> Option<&Condition> {
    (conditions.iter()).max_by(|a, b| a.margin.total_cmp(&b.margin))
}

/// On which side of another score one has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Below it.
    Below,
    /// Above it.
    Above,
}

/// That a toxicity, `name`'s, lies on one side of `other`'s.
pub(super) fn toxicity(
    name: &str,
    toxicity: Measured<'_>,
    side: Side,
    (other, against): (&str, Measured<'_>),
) -> Condition {
    let sign = match side {
        Side::Above => 1.0,
        Side::Below => -1.0,
    };
    let condition = Condition::of(&[toxicity, against], |values| {
        sign * (values[0] - values[1])
    });
    let interval = condition.interval().map(|ends| match side {
        Side::Above => ends,
        Side::Below => [-ends[1], -ends[0]],
    });
    let shown = format!(
        "{name} {:.3}, from {other} {} {}",
        toxicity.value,
        signed(sign * condition.margin),
        shown_interval(interval, signed)
    );
    condition.shown(shown)
}

/// A difference of toxicities with its sign.
pub(super) fn signed(value: f64) -> String {
    format!("{value:+.3}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use counterpoise_score::Draws;

    use super::*;

    /// `n` values around `mean`, and what they measure.
    fn items(mean: f64, n: usize, draws: &mut Draws) -> Items {
        Items::mean_of((0..n).map(|_| Some(mean + 0.1 * draws.normal())).collect())
    }

    fn measured(items: &Items) -> Measured<'_> {
        Measured {
            value: items.value().unwrap_or_default(),
            items: Some(items),
        }
    }

    fn above(one: &Items, other: &Items) -> Condition {
        Condition::of(&[measured(one), measured(other)], |values| {
            values[0] - values[1]
        })
    }

    #[test]
    fn an_interval_that_includes_the_threshold_decides_nothing() {
        let mut draws = Draws::new(1);
        let [low, high] = [0.3, 0.5].map(|mean| items(mean, 60, &mut draws));
        assert_eq!(all_hold(&[above(&high, &low)]), Verdict::Holds);
        assert_eq!(all_hold(&[above(&low, &high)]), Verdict::DoesNotHold);
        assert_eq!(all_hold(&[above(&low, &low)]), Verdict::Undecided);
        let interval = Some([-0.1, 0.3]);
        assert_eq!(
            all_hold(&[Condition::above(0.1, interval, 0.0)]),
            Verdict::Undecided
        );
        assert_eq!(
            all_hold(&[Condition::above(0.1, interval, -0.2)]),
            Verdict::Holds
        );
        assert_eq!(
            all_hold(&[Condition::below(0.1, interval, -0.2)]),
            Verdict::DoesNotHold
        );
        assert_eq!(
            all_hold(&[Condition::below(0.1, interval, 0.4)]),
            Verdict::Holds
        );
        // Without an interval the value decides.
        assert_eq!(
            all_hold(&[Condition::above(0.1, None, 0.0)]),
            Verdict::Holds
        );
        assert_eq!(
            all_hold(&[Condition::below(0.1, None, 0.0)]),
            Verdict::DoesNotHold
        );
    }

    #[test]
    fn several_conditions_hold_together_or_one_refutes_them() {
        let holds = || Condition::above(1.0, Some([0.5, 1.5]), 0.0);
        let refuted = || Condition::above(-1.0, Some([-1.5, -0.5]), 0.0);
        let open = || Condition::above(0.1, Some([-0.5, 0.5]), 0.0);
        assert_eq!(all_hold(&[holds(), holds()]), Verdict::Holds);
        assert_eq!(all_hold(&[holds(), open()]), Verdict::Undecided);
        assert_eq!(
            all_hold(&[holds(), open(), refuted()]),
            Verdict::DoesNotHold
        );
        assert_eq!(any_holds(&[refuted(), open(), holds()]), Verdict::Holds);
        assert_eq!(any_holds(&[refuted(), open()]), Verdict::Undecided);
        assert_eq!(any_holds(&[refuted(), refuted()]), Verdict::DoesNotHold);
    }

    #[test]
    fn the_best_of_many_rows_that_do_nothing_is_seldom_taken_for_an_effect() {
        let mut draws = Draws::new(5);
        let (trials, mut found) = (60, 0);
        for _ in 0..trials {
            let base = items(0.5, 40, &mut draws);
            let rows: Vec<Items> = (0..7).map(|_| items(0.5, 40, &mut draws)).collect();
            let conditions: Vec<Condition> = rows.iter().map(|row| above(&base, row)).collect();
            found += usize::from(any_holds(&conditions) == Verdict::Holds);
        }
        // 2.5 % are expected; without the correction for seven rows it is about 12 %.
        assert!(found <= 5, "{found} of {trials}");
    }
}
