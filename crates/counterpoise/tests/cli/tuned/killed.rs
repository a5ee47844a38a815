//! A tuned model whose making is killed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::{arg, program, root};

use super::{make, output, usual};

#[test]
fn a_run_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let study = usual(folder.path());
    let [straight, killed] = ["straight", "killed"].map(|name| folder.path().join(name));
    let (record, _) = make(&study, &straight);

    // After each batch of pairs and each step of DPO there is something to go on from.
    let args = [
        "make",
        "tuned",
        "--study",
        arg(&study),
        "--out",
        arg(&killed),
        "--device",
        "cpu",
    ];
    for (step, sign) in [
        (0, "made.json"),
        (1, "pairs.jsonl.partial"),
        (2, "checkpoint/training.json"),
    ] {
        let folder = output(&record, &killed, step).parent().unwrap().to_owned();
        let mut child = program();
        let mut child = (child
            .current_dir(root())
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null()))
        .spawn()
        .unwrap();
        let begun = || fs::metadata(folder.join(sign)).is_ok_and(|file| file.len() > 0);
        while !begun() && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(begun(), "{sign}");
    }
    let (again, _) = make(&study, &killed);
    for step in 0..3 {
        let hash = |record: &Value| record["steps"][step]["output"]["sha256"].clone();
        assert_eq!(hash(&again), hash(&record));
        assert!(
            fs::read(output(&again, &killed, step)).unwrap()
                == fs::read(output(&record, &straight, step)).unwrap()
        );
    }
    let model = |record: &Value, out: &Path| out.join(record["model"].as_str().unwrap());
    assert_eq!(
        crate::training::rows(&model(&again, &killed)),
        crate::training::rows(&model(&record, &straight))
    );
    // Killed between an output and its record.
    for step in 1..3 {
        let made = output(&record, &straight, step);
        let made = made.ancestors().map(|folder| folder.join("made.json"));
        fs::remove_file(made.into_iter().find(|made| made.exists()).unwrap()).unwrap();
    }
    let (recorded, steps) = make(&study, &straight);
    assert_eq!(
        (recorded, steps),
        (record, vec!["pairs".to_owned(), "dpo".to_owned()])
    );
}
