//! How long to train.

use serde::{Deserialize, Serialize};

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duration {
    /// So many updates of the parameters.
    Steps(usize),
    /// So many passes over the examples.
    Epochs(usize),
}

impl Duration {
    /// Updates in all, where one epoch takes `steps_per_epoch`.
    pub fn steps(self, steps_per_epoch: usize) -> usize {
        match self {
            Self::Steps(steps) => steps,
            Self::Epochs(epochs) => epochs * steps_per_epoch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_counted_in_steps() {
        assert_eq!(Duration::Steps(5).steps(100), 5);
        assert_eq!(Duration::Epochs(5).steps(100), 500);
    }
}
