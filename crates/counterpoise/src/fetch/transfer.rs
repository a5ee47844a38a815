//! A transfer's progress.

use hf_hub::api::Progress;
use indicatif::ProgressBar;

/// A bar of bytes that a transfer moves.
pub(super) struct TransferBar {
    bar: ProgressBar,
    stage: Stage,
}

/// What the next report means.
enum Stage {
    /// How much was there before.
    Begun,
    /// How much came in.
    Running,
}

impl TransferBar {
    /// A transfer that moves `bar`.
    pub(super) fn new(bar: ProgressBar) -> Self {
        Self {
            bar,
            stage: Stage::Begun,
        }
    }
}

impl Progress for TransferBar {
    fn init(&mut self, size: usize, _filename: &str) {
        self.bar.set_length(size as u64);
        self.bar.set_position(0);
        self.stage = Stage::Begun;
    }

    fn update(&mut self, size: usize) {
        self.bar.inc(size as u64);
        if let Stage::Begun = self.stage {
            // What was there before took no time, and must not shorten the time left.
            self.bar.reset_eta();
            self.stage = Stage::Running;
        }
    }

    fn finish(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::byte_bar;

    #[test]
    fn a_resumed_transfer_counts_from_where_it_goes_on() {
        let bar = byte_bar("file", 0);
        let mut transfer = TransferBar::new(bar.clone());
        // As the client reports it: once for the file, once for the request.
        transfer.init(100, "file");
        transfer.init(100, "file");
        transfer.update(40);
        transfer.update(10);
        assert_eq!((bar.position(), bar.length()), (50, Some(100)));
    }
}
