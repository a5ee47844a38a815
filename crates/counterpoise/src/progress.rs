//! Progress on standard error: bars where that is a terminal, and lines that are always printed.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use counterpoise_study::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// All bars, so that lines are printed above them.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Whether nothing is to be said.
static HUSHED: AtomicBool = AtomicBool::new(false);

const STEPS: &str = "{msg:<44} {wide_bar} {pos}/{len} {eta:>4}";
const BYTES: &str =
    "{msg:<44} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta:>4}";
const SPINNER: &str = "{msg:<44} {spinner} {elapsed}";

/// A study's steps as bars.
#[derive(Debug, Default)]
pub struct Bars {
    bar: Option<ProgressBar>,
}

impl Progress for Bars {
    fn begin(&mut self, what: &str, parts: u64) {
        self.bar = Some(bar(what, parts));
    }

    fn advance(&mut self, parts: usize) {
        self.bar.iter().for_each(|bar| bar.inc(parts as u64));
    }

    fn end(&mut self) {
        self.bar = None;
    }

    fn line(&mut self, text: &str) {
        line(text);
    }
}

/// A bar of `length` steps that begins with `what`. It disappears when it is dropped.
pub fn bar(what: &str, length: u64) -> ProgressBar {
    let bar = BARS.add(ProgressBar::new(length));
    styled(bar, what, STEPS)
}

/// A bar of `length` bytes that begins with `what`.
pub fn byte_bar(what: &str, length: u64) -> ProgressBar {
    let bar = BARS.add(ProgressBar::new(length));
    styled(bar, what, BYTES)
}

/// A sign that `what` is running, where there are no steps to count.
pub fn spinner(what: &str) -> ProgressBar {
    let spinner = BARS.add(ProgressBar::no_length());
    let spinner = styled(spinner, what, SPINNER);
    spinner.enable_steady_tick(Duration::from_millis(200));
    spinner
}

/// Lets neither bars nor lines be seen from here on.
pub fn hush() {
    HUSHED.store(true, Ordering::Relaxed);
    BARS.set_draw_target(ProgressDrawTarget::hidden());
}

/// Prints a line above the bars, to a terminal or not.
pub fn line(text: &str) {
    if HUSHED.load(Ordering::Relaxed) {
        return;
    }
    BARS.suspend(|| eprintln!("{text}"));
}

/// Advances `bar` by as many steps as were finished.
pub fn advance(bar: &ProgressBar) -> impl FnMut(usize) + '_ {
    |finished| bar.inc(finished as u64)
}

fn styled(bar: ProgressBar, what: &str, template: &str) -> ProgressBar {
    // The templates are constants; were one wrong, the default style would do.
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_counts_what_it_is_told() {
        let bar = bar("steps", 5);
        let mut progress = advance(&bar);
        progress(2);
        progress(3);
        drop(progress);
        assert_eq!(bar.position(), 5);
        assert_eq!(bar.length(), Some(5));
    }

    #[test]
    fn the_templates_are_ones_that_indicatif_reads() {
        for template in [STEPS, BYTES, SPINNER] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
