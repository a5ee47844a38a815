//! Which rows no other row beats in both of two metrics, by their values and as far as paired intervals decide it.

mod files;

use counterpoise_score::{Difference, Differences, Score};

use crate::figures::Better;

/// A row in the plane of two metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontierRow {
    /// Its name in the study.
    pub name: String,
    /// The model that it is done to.
    pub model: String,
    /// What tables call it.
    pub label: String,
    /// The sweep that it is a row of.
    pub sweep: Option<String>,
    /// The row that it is a control of. A control beats no row: it shows what an edit has to beat.
    pub control_of: Option<String>,
    /// Its scores of both metrics, with their items.
    pub scores: [Score; 2],
}

/// Rows in the plane of two metrics, judged against each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// The names of the metrics.
    pub metrics: [String; 2],
    /// Which of their values are better.
    pub better: [Better; 2],
    /// The rows that have both, those that are no controls first, in the order they were given.
    pub rows: Vec<Judged>,
    /// The rows that lack one, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// A row, and what the others make of it. Rows are named by their places in [`Frontier::rows`].
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The row.
    pub row: FrontierRow,
    /// Rows whose values are as good in both metrics and better in one.
    pub beaten_by: Vec<usize>,
    /// Rows that are better in one metric and, in the other, better or the same item by item; the paired interval decides.
    pub dominated_by: Vec<usize>,
    /// Rows of which the paired intervals do not say whether they dominate it.
    pub undecided_against: Vec<usize>,
}

/// Where a row stands as far as intervals decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No other row dominates it.
    Frontier,
    /// None is shown to, and of some that is not decided.
    Undecided,
    /// Another does.
    Dominated,
}

impl Judged {
    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (
            self.dominated_by.is_empty(),
            self.undecided_against.is_empty(),
        ) {
            (false, _) => Standing::Dominated,
            (true, false) => Standing::Undecided,
            (true, true) => Standing::Frontier,
        }
    }

    /// Whether its values alone put it on the frontier; a control is never on it.
    #[must_use]
    pub fn is_on_frontier(&self) -> bool {
        self.row.control_of.is_none() && self.beaten_by.is_empty()
    }
}

/// What one metric says of two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Better,
    Worse,
    /// The same in every item.
    Same,
    Undecided,
}

impl Says {
    /// What the paired difference of one row from another says of the former.
    fn of(difference: Option<Difference>, better: Better) -> Self {
        let Some(difference) = difference else {
            return Self::Undecided;
        };
        let (Some(value), Some([low, high])) = (difference.value, difference.interval) else {
            return Self::Undecided;
        };
        let unchanged = difference.scale.unchanged();
        let (above, below) = match better {
            Better::Lower => (Self::Worse, Self::Better),
            Better::Higher => (Self::Better, Self::Worse),
        };
        if low > unchanged {
            above
        } else if high < unchanged {
            below
        } else if [value, low, high] == [unchanged; 3] {
            Self::Same
        } else {
            Self::Undecided
        }
    }

    fn turned(self) -> Self {
        match self {
            Self::Better => Self::Worse,
            Self::Worse => Self::Better,
            same => same,
        }
    }
}

/// Whether a row of which two metrics say this dominates the other; `None` if that is not decided.
fn dominates(says: [Says; 2]) -> Option<bool> {
    use Says::{Better, Same, Undecided, Worse};
    match says {
        [Worse, _] | [_, Worse] | [Same, Same] => Some(false),
        [Undecided, _] | [_, Undecided] => None,
        [Better, _] | [_, Better] => Some(true),
    }
}

impl Frontier {
    /// Judges `rows` by two metrics. Only rows that are no controls beat others.
    #[must_use]
    pub fn of(metrics: [String; 2], better: [Better; 2], rows: Vec<FrontierRow>) -> Self {
        let missing = |row: &FrontierRow| row.scores.iter().find_map(|score| score.found().err());
        let (there, lacking): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| missing(row).is_none());
        let (mut rows, controls): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|row| row.control_of.is_none());
        let candidates = rows.len();
        rows.extend(controls);
        let mut judged: Vec<Judged> = (rows.iter().cloned())
            .map(|row| Judged {
                row,
                beaten_by: Vec::new(),
                dominated_by: Vec::new(),
                undecided_against: Vec::new(),
            })
            .collect();
        let differences =
            [0, 1].map(|which| Differences::of(rows.iter().map(|row| &row.scores[which])));
        for left in 0..candidates {
            for right in left + 1..rows.len() {
                let says = [0, 1]
                    .map(|which| Says::of(differences[which].between(left, right), better[which]));
                judged[right].note(left, says, &rows[left], better);
                if right < candidates {
                    judged[left].note(right, says.map(Says::turned), &rows[right], better);
                }
            }
        }
        let reason = |row: FrontierRow| {
            let reason = missing(&row).unwrap_or_default();
            (row.name, reason)
        };
        Self {
            metrics,
            better,
            rows: judged,
            left_out: lacking.into_iter().map(reason).collect(),
        }
    }
}

impl Judged {
    /// Notes what the row `other`, at `place`, is to this one: `says` is of the other.
    fn note(&mut self, place: usize, says: [Says; 2], other: &FrontierRow, better: [Better; 2]) {
        let order = [0, 1].map(|which| {
            let values = [other, &self.row].map(|row| row.scores[which].value.unwrap_or(f64::NAN));
            match better[which] {
                Better::Lower => values[1].total_cmp(&values[0]),
                Better::Higher => values[0].total_cmp(&values[1]),
            }
        });
        if order.iter().all(|order| order.is_ge()) && order.iter().any(|order| order.is_gt()) {
            self.beaten_by.push(place);
        }
        match dominates(says) {
            Some(true) => self.dominated_by.push(place),
            Some(false) => {}
            None => self.undecided_against.push(place),
        }
    }
}

#[cfg(test)]
mod tests;
