//! Patch values: one well-formed file, and each way of being wrong.

use counterpoise_data::{DataError, PatchValue, read_patch_values};

use crate::{assert_bad_row, assert_empty, file};

fn read(text: &str) -> Result<Vec<PatchValue>, DataError> {
    read_patch_values(&file("patch.csv", text).path)
}

#[test]
fn columns_may_stand_in_any_order_among_others() {
    let values = read("neuron_idx,note,assigned_value,layer_idx\n7,x,-0.25,2\n").unwrap();
    let expected = PatchValue {
        layer_idx: 2,
        neuron_idx: 7,
        assigned_value: -0.25,
    };
    assert_eq!(values, [expected]);
}

#[test]
fn blank_lines_and_quotes_are_no_matter() {
    let text = "\u{feff}layer_idx, neuron_idx ,assigned_value\r\n\r\n\"0\", 1 ,1e-3\r\n";
    let expected = PatchValue {
        layer_idx: 0,
        neuron_idx: 1,
        assigned_value: 1e-3,
    };
    assert_eq!(read(text).unwrap(), [expected]);
}

#[test]
fn what_pandas_makes_of_indices_is_read() {
    let text = "Unnamed: 0,layer_idx,neuron_idx,assigned_value\n0,0.0,5.0,1.5\n1,1.0,7.0,-2.0\n";
    let values = read(text).unwrap();
    let found = values
        .iter()
        .map(|value| (value.layer_idx, value.neuron_idx, value.assigned_value));
    assert_eq!(found.collect::<Vec<_>>(), [(0, 5, 1.5), (1, 7, -2.0)]);
}

#[test]
fn each_way_of_being_wrong_names_its_line() {
    let header = "layer_idx,neuron_idx,assigned_value\n";
    for (row, line, found) in [
        (
            "0,1,0.5\n0,x,0.5\n",
            3,
            "found `x` as `neuron_idx`, a whole number",
        ),
        ("0,1.5,0.5\n", 2, "found `1.5` as `neuron_idx`"),
        ("-1,1,0.5\n", 2, "found `-1` as `layer_idx`, a whole number"),
        (",1,0.5\n", 2, "found `` as `layer_idx`"),
        (
            "0,1,high\n",
            2,
            "found `high` as `assigned_value`, a finite",
        ),
        (
            "\n\n0,1,NaN\n",
            4,
            "found `NaN` as `assigned_value`, a finite 32-bit number",
        ),
        (
            "0,1,1e40\n",
            2,
            "found `1e40` as `assigned_value`, a finite 32-bit number",
        ),
        ("0,1\n", 2, "2 fields where the header has 3"),
        ("0,1,0,5\n", 2, "4 fields where the header has 3"),
        (
            "0,1,\"0.5\n0,2,0.5\n",
            2,
            "a quote opened in this record and never closed",
        ),
    ] {
        assert_bad_row(read_patch_values, &format!("{header}{row}"), line, &[found]);
    }
}

#[test]
fn each_column_is_there_once() {
    for (text, found) in [
        (
            "layer_idx,neuron_idx\n1,2\n",
            "found no column `assigned_value` among: layer_idx, neuron_idx",
        ),
        (
            "layer_idx,neuron_idx,assigned_value,layer_idx\n1,2,0.5,3\n",
            "found more than one column `layer_idx`",
        ),
        ("0,1,0.5\n", "found no column `layer_idx` among: 0, 1, 0.5"),
    ] {
        assert_bad_row(read_patch_values, text, 1, &[found]);
    }
}

#[test]
fn empty_file() {
    assert_empty(read_patch_values, "");
    assert_empty(read_patch_values, "layer_idx,neuron_idx,assigned_value\n");
}
