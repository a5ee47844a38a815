//! Matrices of 16-bit floats, widened and multiplied.

use burn::tensor::{DType, Device, Tensor, TensorData};
use counterpoise_model::{product, widen};
use half::{bf16, f16};

use crate::bits;

fn ramp(shape: [usize; 2], seed: usize) -> Tensor<2> {
    let values = (0..shape[0] * shape[1]).map(|i| ((i + seed) * 7919 % 1009) as f32 / 500.0 - 1.0);
    let data = TensorData::new(values.collect::<Vec<f32>>(), shape);
    Tensor::from_data(data, &Device::flex())
}

#[test]
fn a_product_with_16_bit_floats_has_the_bits_of_one_with_widened_ones() {
    let shapes = [
        (1, 64, 33),
        (2, 1, 5),
        (7, 700, 1),
        (8, 1536, 1000),
        (70, 1300, 500),
        (100, 3000, 97),
        (300, 90, 2000),
        (65, 2500, 1500),
    ];
    for dtype in [DType::F16, DType::BF16] {
        for (rows, inner, columns) in shapes {
            let left = ramp([rows, inner], 1);
            for half in [
                ramp([inner, columns], 2).cast(dtype),
                ramp([columns, inner], 3).cast(dtype).transpose(),
            ] {
                let named = format!("{dtype:?} {rows} {inner} {columns}");
                let expected = bits(product(left.clone(), widen(half.clone())));
                let found = product(left.clone(), half.clone());
                assert_eq!(found.dtype(), DType::F32);
                assert!(bits(found) == expected, "{named}");
                let [half, left] = [half, left.clone()].map(Tensor::transpose);
                let expected = bits(product(widen(half.clone()), left.clone()));
                assert!(bits(product(half, left)) == expected, "{named}, left");
            }
        }
    }
}

#[test]
fn views_are_multiplied_as_what_they_show() {
    let half = ramp([90, 400], 4).cast(DType::BF16);
    let view = half.narrow(0, 3, 40).narrow(1, 7, 310);
    for (left, half) in [
        (ramp([9, 40], 5), view.clone()),
        (ramp([9, 310], 6), view.clone().transpose()),
        (ramp([9, 40], 7), view.flip([0, 1])),
    ] {
        let expected = bits(product(left.clone(), widen(half.clone())));
        assert!(bits(product(left, half)) == expected);
    }
}

#[test]
fn both_sides_may_be_16_bit_floats() {
    let [left, right] = [ramp([5, 40], 8), ramp([40, 60], 9)].map(|x| x.cast(DType::F16));
    let expected = bits(product(widen(left.clone()), widen(right.clone())));
    assert!(bits(product(left, right)) == expected);
}

#[test]
fn every_number_of_16_bits_is_widened_to_itself() {
    let device = Device::flex();
    let all = || (0..=u16::MAX).filter(|bits| !f16::from_bits(*bits).is_nan());
    let halves: Vec<f16> = all().map(f16::from_bits).collect();
    let data = TensorData::new(halves.clone(), [halves.len()]);
    let wide = widen(Tensor::<1>::from_data(data, (&device, DType::F16)));
    assert_eq!(wide.dtype(), DType::F32);
    let wide = wide.try_into_vec_as::<f32>().unwrap();
    for (half, wide) in halves.iter().zip(wide) {
        assert_eq!(f64::from(wide), half.to_f64());
    }
    // The upper half of a 32-bit float is the 16-bit one.
    let data: Vec<bf16> = all().map(bf16::from_bits).filter(|x| !x.is_nan()).collect();
    let expected = data.iter().map(|half| u32::from(half.to_bits()) << 16);
    let expected: Vec<u32> = expected.collect();
    let data = TensorData::new(data, [expected.len() / 2, 2]);
    let turned = Tensor::<2>::from_data(data, (&device, DType::BF16)).transpose();
    let wide = widen(turned).transpose().try_into_vec_as::<f32>().unwrap();
    let bits: Vec<u32> = wide.into_iter().map(f32::to_bits).collect();
    assert!(bits == expected);
}
