//! Patch values: one well-formed file, and each way of being wrong.

use counterpoise_data::{DataError, PatchValue, read_patch_values};

fn read(text: &str) -> Result<Vec<PatchValue>, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patch.csv");
    std::fs::write(&path, text).unwrap();
    read_patch_values(&path)
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
fn each_way_of_being_wrong_names_its_line() {
    let header = "layer_idx,neuron_idx,assigned_value\n";
    for (text, expected) in [
        ("layer_idx,neuron_idx\n1,2\n".to_owned(), "patch.csv:2: "),
        (format!("{header}0,1,0.5\n0,x,0.5\n"), "patch.csv:3: "),
        (format!("{header}0,1,NaN\n"), "patch.csv:2: "),
        (format!("{header}-1,1,0.5\n"), "patch.csv:2: "),
        (format!("{header}0,1\n"), "patch.csv:2: "),
        (header.to_owned(), "found an empty file"),
        (String::new(), "found an empty file"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}
