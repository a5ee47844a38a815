//! Intervals and nulls of a run that is interrupted, damaged, or asked for less.

use std::fs::{self, File};

use crate::studies::{ROWS, interrupted, replicate, study};
use crate::{arg, counterpoise, error_of};

#[test]
fn a_torn_file_of_activations_is_named_and_what_to_do_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let out = folder.path().join("out");
    interrupted(&study, &out, "6");
    let unfinished = out.join("unfinished");
    // As if the run had been killed before it took intervals.
    fs::remove_file(unfinished.join("intervals.json")).unwrap();
    let sums = unfinished.join("activations-base.f32");
    let size = fs::metadata(&sums).unwrap().len();
    assert_eq!(size, 6 * 2048 * 4, "six prompts of 2,048 neurons");
    let tear = |length| {
        File::options()
            .write(true)
            .open(&sums)
            .unwrap()
            .set_len(length)
    };
    tear(size - 3).unwrap();
    let run = || {
        let paths = ["replicate", "--study", arg(&study), "--out", arg(&out)];
        counterpoise(&[&paths[..], &["--device", "cpu", "--limit", "6"]].concat())
    };
    let torn = error_of(&run(), |line| !line.starts_with("error: "));
    assert!(
        torn.contains("activations-base.f32: it is damaged: 49149 bytes, expected 49152; remove"),
        "{torn}"
    );
    // As long as it should be, and other numbers.
    tear(size).unwrap();
    let altered = error_of(&run(), |line| !line.starts_with("error: "));
    assert!(
        altered.contains("activations-base.f32: it is damaged: neuron 2047"),
        "{altered}"
    );
    fs::remove_dir_all(&unfinished).unwrap();
    replicate(&study, &out, &[]);
    assert!(!unfinished.exists());
}

#[test]
fn a_study_can_leave_nulls_out_and_the_report_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let text = fs::read_to_string(&study).unwrap();
    let none = (text.replace("directions = 200", "directions = 0"))
        .replace("label_shuffles = 200", "label_shuffles = 0");
    fs::write(&study, none).unwrap();
    let out = folder.path().join("out");
    replicate(&study, &out, &["--only", "neurons"]);
    let report = fs::read_to_string(out.join("nulls.md")).unwrap();
    for key in ["directions", "label_shuffles"] {
        let said = format!("Not drawn: the study sets `[nulls] {key} = 0`.");
        assert!(report.contains(&said), "{report}");
    }
    assert!(
        report.contains("| peak | ") && report.contains("## Shrinkage alone"),
        "{report}"
    );
}
