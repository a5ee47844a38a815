//! Which rows are fitted on and which are held out for testing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One row in this many is held out, the first of them first. At least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "usize", into = "usize")]
pub struct HeldOutEvery(usize);

impl Default for HeldOutEvery {
    fn default() -> Self {
        Self(5)
    }
}

impl fmt::Display for HeldOutEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for HeldOutEvery {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What is no number is refused as 0 is.
        Self::try_from(text.parse::<usize>().unwrap_or(0))
    }
}

impl TryFrom<usize> for HeldOutEvery {
    type Error = &'static str;

    fn try_from(number: usize) -> Result<Self, Self::Error> {
        match number {
            0 | 1 => Err("expected a number of at least 2"),
            _ => Ok(Self(number)),
        }
    }
}

impl From<HeldOutEvery> for usize {
    fn from(every: HeldOutEvery) -> Self {
        every.0
    }
}

/// Rows, divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split<T> {
    pub fitted: Vec<T>,
    pub held_out: Vec<T>,
}

impl HeldOutEvery {
    /// Divides `rows`, each part in their order.
    pub fn split<T>(self, rows: Vec<T>) -> Split<T> {
        let mut split = Split {
            fitted: Vec::with_capacity(rows.len()),
            held_out: Vec::with_capacity(rows.len() / self.0 + 1),
        };
        for (index, row) in rows.into_iter().enumerate() {
            if index % self.0 == 0 {
                split.held_out.push(row);
            } else {
                split.fitted.push(row);
            }
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fifth_row_is_held_out() {
        let split = HeldOutEvery::default().split((0..12).collect());
        assert_eq!(split.held_out, [0, 5, 10]);
        assert_eq!(split.fitted, [1, 2, 3, 4, 6, 7, 8, 9, 11]);
    }
}
