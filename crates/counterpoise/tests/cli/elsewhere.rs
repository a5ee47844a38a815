//! The program in folders that are not the repository.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::{arg, error_of, program, root};

/// Runs the program in `folder`.
fn within(folder: &Path, args: &[&str]) -> Output {
    let mut command = program();
    command.current_dir(folder).args(args).output().unwrap()
}

/// Runs a command in `folder` that has to fail, and returns its error.
#[track_caller]
fn refused(folder: &Path, args: &[&str]) -> String {
    error_of(&within(folder, args), |line| line.starts_with("device: "))
}

#[test]
fn the_published_study_is_written_by_init_and_looks_for_its_files_there() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = ["doctor", "--study", "gpt2-medium"];
    let none = refused(folder.path(), &doctor);
    assert!(none.contains("`counterpoise init gpt2-medium`"), "{none}");
    let unknown = refused(folder.path(), &["init", "gpt3"]);
    assert!(unknown.contains("gpt3") && unknown.contains("gpt2-medium"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let written = within(folder.path(), &["init", "gpt2-medium"]);
    assert!(written.status.success());
    let study = folder.path().join("studies/gpt2-medium.toml");
    let shipped = fs::read(root().join("studies/gpt2-medium.toml")).unwrap();
    assert!(fs::read(&study).unwrap() == shipped);

    // From a folder below, too: the project is the nearest folder with studies.
    let below = folder.path().join("notes");
    fs::create_dir(&below).unwrap();
    for here in [folder.path(), &below] {
        let output = within(here, &doctor);
        assert_eq!(output.status.code(), Some(1));
        let report = String::from_utf8(output.stdout).unwrap();
        let file = "data/gpt2-medium/real-toxicity-prompts.jsonl";
        assert!(report.contains(file), "{report}");
        assert!(report.contains("fetch gpt2-medium"), "{report}");
    }
}

#[test]
fn a_study_that_init_would_replace_stays() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("studies/gpt2-medium.toml");
    fs::create_dir(study.parent().unwrap()).unwrap();
    fs::write(&study, "mine").unwrap();
    let error = refused(folder.path(), &["init", "gpt2-medium"]);
    assert!(error.contains("studies/gpt2-medium.toml"), "{error}");
    assert_eq!(fs::read(&study).unwrap(), b"mine");
}

#[test]
fn a_study_file_runs_from_any_folder_and_its_results_land_there() {
    let folder = tempfile::tempdir().unwrap();
    let study = fs::canonicalize(root().join("studies/mini.toml")).unwrap();
    let args = ["replicate", "--study", arg(&study), "--device", "cpu"];
    let args = [&args[..], &["--limit", "2", "--only", "neurons"]].concat();
    let output = within(folder.path(), &args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(folder.path().join("out/mini/results.json").is_file());
    assert!(folder.path().join("out/mini/neurons.csv").is_file());
}
