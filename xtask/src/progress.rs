//! Progress bars on standard error; none where that is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `length` steps that begins with `what`. It disappears when it is dropped.
pub(crate) fn bar(what: &str, length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(what.to_owned());
    // The template is a constant; were it wrong, the default style would do.
    if let Ok(style) = ProgressStyle::with_template("{msg:<44} {wide_bar} {pos}/{len} {eta:>4}") {
        bar.set_style(style);
    }
    bar
}

/// Advances `bar` by as many steps as were finished.
pub(crate) fn advance(bar: &ProgressBar) -> impl FnMut(usize) + '_ {
    |finished| bar.inc(finished as u64)
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
}
