//! Values kept in 16 bits.

use burn::tensor::DType;
use counterpoise_weights::{Element, Precision, Rounding, Stored, count_too_large};

/// `values` in `precision`, widened again, and what is remarked on.
fn kept(values: &[f32], precision: Precision) -> (Result<Vec<f32>, String>, Option<String>) {
    let rounding = Rounding::default();
    let (shape, element) = (vec![values.len()], Element::Float(DType::F32));
    let values = values.to_vec();
    let stored = Stored::computed("wte.weight".to_owned(), shape, element, move || {
        Ok(values.clone())
    });
    let kept = stored.data(precision, &rounding).map(|data| {
        assert_eq!(data.dtype(), precision.dtype());
        data.convert::<f32>().try_into_vec::<f32>().unwrap()
    });
    (kept, rounding.remark(precision))
}

#[test]
fn values_that_fit_are_kept_and_others_are_remarked_on() {
    let fitting = [1.0, -0.5, 0.0, 3.140_625, 96.0];
    for precision in [Precision::F32, Precision::F16, Precision::Bf16] {
        assert_eq!(kept(&fitting, precision), (Ok(fitting.to_vec()), None));
    }
    // Halfway between two: to the even one.
    let (values, remark) = kept(&[1.0 + 2.0_f32.powi(-8), 2.0], Precision::Bf16);
    assert_eq!(values.unwrap(), [1.0, 2.0]);
    let remark = remark.unwrap();
    assert!(
        remark.contains("values of 1 tensors do not fit into bf16"),
        "{remark}"
    );
    assert!(
        remark.contains("2.0e-3") && remark.contains("wte.weight"),
        "{remark}"
    );
    assert_eq!(kept(&[0.1], Precision::F32), (Ok(vec![0.1]), None));
}

#[test]
fn values_too_large_are_counted_and_not_made_infinite() {
    let (values, _) = kept(&[70_000.0, 1.0, -1e9], Precision::F16);
    assert_eq!(count_too_large(&values.unwrap_err()), Some(2));
    assert!(kept(&[70_144.0], Precision::Bf16).0.is_ok());
    // What is rounded down to the largest number fits.
    for (precision, value, is_too_large) in [
        (Precision::F16, 65_519.0, false),
        (Precision::F16, -65_520.0, true),
        (Precision::Bf16, 3.38e38, false),
        (Precision::Bf16, f32::MAX, true),
        (Precision::F32, f32::MAX, false),
        (Precision::F16, f32::INFINITY, false),
    ] {
        assert_eq!(precision.is_too_large(value), is_too_large, "{value}");
        assert_eq!(kept(&[value], precision).0.is_err(), is_too_large);
    }
    // An infinite value of the file stays one, to be told as such.
    let (values, _) = kept(&[f32::INFINITY], Precision::F16);
    assert_eq!(values.unwrap(), [f32::INFINITY]);
}

#[test]
fn names_are_read_as_they_are_written() {
    for name in ["f32", "f16", "bf16"] {
        assert_eq!(name.parse::<Precision>().unwrap().to_string(), name);
    }
    assert!("float16".parse::<Precision>().is_err());
}
