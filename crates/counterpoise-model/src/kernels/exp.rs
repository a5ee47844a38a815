//! The exponential function, written so that the compiler can take many at once.

/// `eˣ` to within 1.5 units in the last place; 0 below the smallest normal number, and the largest
/// power there is above it. NaN stays NaN.
///
/// `x = n·ln 2 + r` with `|r| ≤ ½·ln 2`; `eʳ` is its Taylor polynomial of degree 7, whose remainder
/// is below 5e-9, and `2ⁿ` goes into the exponent's bits.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    /// `ln 2`, its leading bits, such that `n · LN_2_HIGH` is exact for every `n` that occurs.
    const LN_2_HIGH: f32 = 0.693_359_4;
    /// What `ln 2` is less than that.
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    /// Where `2ⁿ` leaves the normal numbers.
    const SMALLEST: f32 = -87.336_54;
    const LARGEST: f32 = 88.376_26;

    let clamped = if x > LARGEST { LARGEST } else { x };
    let clamped = if clamped < SMALLEST {
        SMALLEST
    } else {
        clamped
    };
    let shifted = clamped * core::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = clamped - n * LN_2_HIGH - n * LN_2_LOW;
    let tail = 1.0 / 5040.0;
    let tail = tail * r + 1.0 / 720.0;
    let tail = tail * r + 1.0 / 120.0;
    let tail = tail * r + 1.0 / 24.0;
    let tail = tail * r + 1.0 / 6.0;
    let tail = tail * r + 0.5;
    let series = tail * (r * r) + r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if x < SMALLEST { 0.0 } else { series * power }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance from the true value, in units in the last place of an `f32` of its size.
    fn error_in_ulp(x: f32) -> f64 {
        let truth = f64::from(x).exp();
        let ulp = f64::from(f32::from_bits((truth as f32).to_bits() + 1)) - f64::from(truth as f32);
        (f64::from(exp(x)) - truth).abs() / ulp
    }

    #[test]
    fn it_is_the_exponential_everywhere() {
        let steps = 2_000_000;
        let worst = (0..=steps)
            .map(|step| -87.3 + 175.6 * f64::from(step) / f64::from(steps))
            .map(|x| error_in_ulp(x as f32))
            .fold(0.0, f64::max);
        assert!(worst < 1.5, "{worst} units in the last place");
    }

    #[test]
    fn the_ends_are_defined() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(-88.0), 0.0);
        assert_eq!(exp(-1e30), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert!(exp(100.0) > 2e38 && exp(100.0).is_finite());
        assert!(exp(f32::INFINITY) > 2e38);
        assert!(exp(f32::NAN).is_nan());
    }
}
