//! Numbers as programs write them into text.

/// The largest integer up to which every integer is a 64-bit float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number that is not negative. A float whose value is whole counts, since pandas writes
/// `3.0` once a column has been one of floats.
#[must_use]
pub fn whole_number(text: &str) -> Option<usize> {
    let text = text.trim();
    text.parse().ok().or_else(|| whole_float(number(text)?))
}

/// A float as the whole number that it is, if it is one that is not negative.
#[must_use]
pub fn whole_float(value: f64) -> Option<usize> {
    // Beyond that, the float may stand for another integer.
    let whole = value.fract() == 0.0 && (0.0..=EXACT).contains(&value);
    whole.then_some(value as usize)
}

/// A finite number.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let value: f64 = text.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_are_whole_numbers_and_others_are_none() {
        for (text, value) in [
            ("0", 0),
            (" 7 ", 7),
            ("5.0", 5),
            ("0.0", 0),
            ("-0.0", 0),
            ("1e3", 1000),
            ("18446744073709551615", usize::MAX),
            ("9007199254740992.0", 1 << 53),
        ] {
            assert_eq!(whole_number(text), Some(value), "{text}");
        }
        for text in [
            "",
            "-1",
            "-1.0",
            "0.5",
            "1.0000001",
            "nan",
            "inf",
            "1e300",
            "1 0",
            "1,0",
            "0x1",
        ] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        assert_eq!(number(" -1.5e-3 "), Some(-1.5e-3));
        for text in ["NaN", "inf", "-Infinity", "1e999", "", "one"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
