//! The studies that come along, as `doctor` sees them.

use std::fs;

use crate::doctor::{doctor, files};
use crate::root;

#[test]
fn every_study_that_comes_along_is_examined_to_its_end_and_each_missing_file_has_an_origin() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("studies")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (code, report) = doctor(name);
        assert_eq!(report["study"], name);
        let (mut faults, mut roles) = (0, Vec::new());
        for file in files(&report) {
            roles.push(file["role"].as_str().unwrap());
            let remark = file["remark"].as_str().unwrap();
            if file["state"] == "missing" {
                let named = ["run `counterpoise ", "download it from "];
                let known = named.iter().any(|way| remark.contains(way));
                assert!(known, "{name}: {file}");
            }
            faults += usize::from(file["state"] != "found");
        }
        for role in ["base model", "tuned model", "probe", "prompts"] {
            assert!(roles.contains(&role), "{name}: {roles:?}");
        }
        assert_eq!(code, Some(i32::from(faults > 0)), "{name}");
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}
