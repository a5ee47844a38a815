//! How closely numbers have to agree.

/// `found` agrees with `expected` if they are at most `relative · max(|expected|, floor)` apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) relative: f64,
    /// Below this size a difference counts as if the value had it: sums of larger terms that
    /// nearly cancel keep the error of the terms.
    pub(crate) floor: f64,
}

impl Tolerance {
    pub(crate) const fn relative(relative: f64, floor: f64) -> Self {
        Self { relative, floor }
    }

    /// How far two values are apart, as a multiple of what is allowed; NaN is infinitely far.
    fn excess(self, found: f64, expected: f64) -> f64 {
        let apart = (found - expected).abs() / (self.relative * expected.abs().max(self.floor));
        if apart.is_nan() { f64::INFINITY } else { apart }
    }
}

/// Asserts that all of `found` agree with `expected`, and names the worst that does not.
#[track_caller]
pub(crate) fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: Tolerance) {
    assert_eq!(found.len(), expected.len(), "{what}: how many");
    assert!(!expected.is_empty(), "{what}: nothing to compare");
    let pairs = found.iter().zip(expected).enumerate();
    let (at, worst) = pairs
        .map(|(at, (&found, &expected))| (at, tolerance.excess(found, expected)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap();
    assert!(
        worst <= 1.0,
        "{what}, value {at} of {}: found {}, expected {}, {worst:.2} times {tolerance:?}",
        found.len(),
        found[at],
        expected[at]
    );
}

#[test]
fn what_is_apart_is_found_apart() {
    let tolerance = Tolerance::relative(1e-4, 1.0);
    let excess = |found, expected| tolerance.excess(found, expected);
    assert!(excess(1000.09, 1000.0) < 1.0 && excess(1000.11, 1000.0) > 1.0);
    assert!(excess(0.00009, 0.0) < 1.0 && excess(-0.00011, 0.0) > 1.0);
    assert_eq!(excess(f64::NAN, 1.0), f64::INFINITY);
}
