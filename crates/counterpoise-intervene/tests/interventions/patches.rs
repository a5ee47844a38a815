//! Patches and ablations set exactly the neurons and positions named.

use std::fs;
use std::sync::Arc;

use counterpoise_groups::NeuronId;
use counterpoise_hooks::{BlockPoint, HookPoint};
use counterpoise_intervene::{
    FIRST_POSITION, InterveneError, Intervention, Prepared, Subject, prepare_all,
};

use crate::{
    LAYERS, PADDING, ROWS, Reading, Seen, block, build, model, prepare, seen, table, untouched,
};

const READINGS: [Reading; 3] = [
    Reading::Generation,
    Reading::Text,
    Reading::TextFirstPosition,
];

/// Which positions of a pass are patched: row, column, and whether it is the first pass.
type Where = fn(usize, usize, bool) -> bool;

const ALL: Where = |_, _, _| true;
const LAST: Where = |_, column, prompt| !prompt || column + 1 == ROWS[0].len();
const FIRST: Where = |row, column, prompt| prompt && column == PADDING[row];

/// Asserts that `after` is `before` but for `values`, at the positions `patched` says, both ways:
/// what is named took its value and had another, what is not kept its bits.
#[track_caller]
fn assert_exactly(before: &[Seen; 2], after: &[Seen; 2], values: &[(usize, f32)], patched: Where) {
    let mut kept = 0;
    for (pass, (before, after)) in before.iter().zip(after).enumerate() {
        let [rows, columns, width] = after.shape;
        assert_eq!(before.shape, after.shape);
        for row in 0..rows {
            for column in 0..columns {
                for index in 0..width {
                    let set = values.iter().find(|(neuron, _)| *neuron == index);
                    let (old, new) = (before.at(row, column, index), after.at(row, column, index));
                    match set {
                        Some(&(_, value)) if patched(row, column, pass == 0) => {
                            assert_eq!(new, value, "row {row}, column {column}, neuron {index}");
                            assert_ne!(old, value, "row {row}, column {column}, neuron {index}");
                        }
                        _ => {
                            assert_eq!(old.to_bits(), new.to_bits(), "{row} {column} {index}");
                            kept += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(kept > 0);
}

fn tuned_mean(layer: usize, neuron: usize) -> f32 {
    let table = table();
    table
        .get(NeuronId { layer, neuron })
        .unwrap()
        .tuned
        .activation as f32
}

#[test]
fn a_patch_sets_the_named_neurons_at_the_positions_of_what_is_read() {
    for layer in 0..LAYERS {
        let point = HookPoint::mlp_post(layer);
        let text = format!("kind = 'patch'\nneurons = {{ list = [[{layer}, 3], [{layer}, 117]] }}");
        let prepared = prepare(&text).unwrap();
        assert_eq!(prepared.neurons(), 2);
        assert!(prepared.edits.variants().contains(FIRST_POSITION));
        let values = [3, 117].map(|neuron| (neuron, tuned_mean(layer, neuron)));
        for (reading, positions) in READINGS.into_iter().zip([LAST, ALL, FIRST]) {
            let after = seen(&prepared, reading, point);
            assert_exactly(&untouched(point), &after, &values, positions);
        }
    }
}

#[test]
fn positions_can_be_given() {
    let point = HookPoint::mlp_post(1);
    let values = [(3, tuned_mean(1, 3))];
    for (name, positions) in [("all", ALL), ("first", FIRST), ("last", LAST)] {
        let text = format!("kind = 'patch'\nneurons = {{ list = [[1, 3]] }}\npositions = '{name}'");
        let prepared = prepare(&text).unwrap();
        assert!(prepared.edits.variants().is_empty());
        for reading in READINGS {
            let after = seen(&prepared, reading, point);
            assert_exactly(&untouched(point), &after, &values, positions);
        }
    }
}

#[test]
fn a_patch_is_felt_downstream_at_its_positions_and_not_before_them() {
    let prepared = prepare("kind = 'patch'\nneurons = { groups = ['TP-', 'AN-'] }").unwrap();
    let point = block(LAYERS - 1, BlockPoint::ResidPost);
    let [before, _] = untouched(point);
    let [after, _] = seen(&prepared, Reading::Generation, point);
    let [rows, columns, width] = before.shape;
    assert_eq!(rows, PADDING.len());
    for (row, padding) in PADDING.into_iter().enumerate() {
        // Padding holds no token: what is computed there is never read.
        for column in padding..columns {
            let pairs = (0..width).map(|i| (before.at(row, column, i), after.at(row, column, i)));
            let changed = pairs
                .filter(|(old, new)| old.to_bits() != new.to_bits())
                .count();
            let last = column + 1 == columns;
            assert_eq!(changed > 0, last, "row {row}, column {column}");
        }
    }
}

#[test]
fn a_patch_takes_its_values_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.csv");
    fs::write(
        &path,
        "layer_idx,neuron_idx,assigned_value\n1,5,-0.125\n1,159,2.5\n",
    )
    .unwrap();
    let prepared = prepare(&format!("kind = 'patch'\nfile = '{}'", path.display())).unwrap();
    let point = HookPoint::mlp_post(1);
    let after = seen(&prepared, Reading::Text, point);
    assert_exactly(&untouched(point), &after, &[(5, -0.125), (159, 2.5)], ALL);
    assert_eq!(prepared.neurons(), 2);
}

#[test]
fn a_file_with_a_neuron_too_many_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("values.csv");
    for (rows, what) in [
        ("2,5,1\n", "L2.5 does not exist"),
        ("1,5,1\n1,5,2\n", "L1.5 is named twice"),
    ] {
        fs::write(
            &path,
            format!("layer_idx,neuron_idx,assigned_value\n{rows}"),
        )
        .unwrap();
        let text = format!("kind = 'patch'\nfile = '{}'", path.display());
        let error = prepare(&text).unwrap_err();
        assert!(matches!(error, InterveneError::InFile { .. }), "{error}");
        for part in ["values.csv", what] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}

#[test]
fn ablation_is_zero_everywhere() {
    for layer in 0..LAYERS {
        let text = format!("kind = 'ablate'\nneurons = {{ list = [[{layer}, 0], [{layer}, 80]] }}");
        let prepared = prepare(&text).unwrap();
        let point = HookPoint::mlp_post(layer);
        for reading in READINGS {
            let after = seen(&prepared, reading, point);
            assert_exactly(&untouched(point), &after, &[(0, 0.0), (80, 0.0)], ALL);
        }
    }
}

#[test]
fn doing_nothing_changes_no_bit() {
    let prepared = prepare("kind = 'none'").unwrap();
    assert_eq!(prepared.neurons(), 0);
    for point in model().points().all() {
        for reading in READINGS {
            let (before, after) = (untouched(point), seen(&prepared, reading, point));
            assert!(
                before
                    .iter()
                    .map(Seen::bits)
                    .eq(after.iter().map(Seen::bits))
            );
        }
    }
}

#[test]
fn interventions_follow_one_another() {
    let (model, table) = (model(), table());
    let subject = Subject::measured(&model, &table).unwrap();
    let both: Vec<Arc<dyn Intervention>> = [
        "kind = 'ablate'\nneurons = { list = [[1, 3], [1, 4]] }",
        "kind = 'patch'\nneurons = { list = [[1, 4], [1, 5]] }",
    ]
    .map(|text| Arc::from(build(text).unwrap()))
    .into();
    let prepared: Prepared = prepare_all(&both, model, &subject).unwrap();
    assert_eq!(prepared.neurons(), 4);
    let point = HookPoint::mlp_post(1);
    let patched = [4, 5].map(|neuron| (neuron, tuned_mean(1, neuron)));
    let values = [&[(3, 0.0)], &patched[..]].concat();
    let after = seen(&prepared, Reading::Text, point);
    assert_exactly(&untouched(point), &after, &values, ALL);
    // Only the ablation reaches the positions that the patch leaves out.
    let [after, _] = seen(&prepared, Reading::TextFirstPosition, point);
    let last = ROWS[0].len() - 1;
    assert_eq!([3, 4].map(|neuron| after.at(1, last, neuron)), [0.0, 0.0]);
    assert_ne!(after.at(1, last, 5), patched[1].1);
    assert_eq!(
        [4, 5].map(|neuron| after.at(1, 0, neuron)),
        patched.map(|(_, value)| value)
    );
}
