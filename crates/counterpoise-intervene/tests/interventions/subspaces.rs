//! Singular vectors, ProFS and mean differences beside `torch.linalg`.

use counterpoise_direction::{mean_difference, profs, right_singular};

use crate::directions::{expected, numbers};

#[test]
fn subspaces_are_those_of_torch_linalg() {
    let expected = expected()["subspaces"].take();
    let matrix = |name: &str| -> Vec<Vec<f64>> {
        expected[name]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .collect()
    };
    let (chosen, rejected) = (matrix("chosen"), matrix("rejected"));
    let near = |found: &[f64], expected: &[f64]| {
        let differ = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        assert!(differ.fold(0.0, f64::max) < 1e-10, "{found:?} {expected:?}");
    };
    let projector = |name: &str, basis: &[Vec<f64>]| {
        for (row, expected) in matrix(name).iter().enumerate() {
            let found: Vec<f64> = (0..expected.len())
                .map(|column| basis.iter().map(|unit| unit[row] * unit[column]).sum())
                .collect();
            near(&found, expected);
        }
    };
    let singular = right_singular(&chosen, 2).unwrap();
    projector("svd", &singular.vectors);
    near(&singular.values, &numbers(&expected["singular_values"]));
    projector("profs", &profs(&chosen, &rejected, 2).unwrap());
    // Fewer rows than columns have the same singular values as more.
    let turned: Vec<Vec<f64>> = (0..5)
        .map(|column| chosen.iter().map(|row| row[column]).collect())
        .collect();
    near(
        &right_singular(&turned, 2).unwrap().values,
        &singular.values,
    );
    let mean = mean_difference(&chosen, &rejected).unwrap();
    near(&mean, &numbers(&expected["mean_difference"]));
}
