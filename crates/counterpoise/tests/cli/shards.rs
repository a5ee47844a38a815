//! A study in shares, beside the same study in one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::studies::{ROWS, read_json, replicate, study};
use crate::{arg, error, error_of, program, root};

/// A command on a study of so many prompts.
fn limited(limit: &str, name: &str, study: &Path, out: &Path) -> Command {
    let mut command = program();
    command
        .current_dir(root())
        .args([name, "--study", arg(study), "--out", arg(out)])
        .args(["--device", "cpu", "--limit", limit]);
    command
}

/// The same on as many as [`replicate`] has.
pub(crate) fn command(name: &str, study: &Path, out: &Path) -> Command {
    limited("6", name, study, out)
}

/// Makes a share, by as many threads as `threads` says.
pub(crate) fn share(study: &Path, out: &Path, [stage, shard, threads]: [&str; 3]) -> Output {
    command("replicate", study, out)
        .args(["--stage", stage, "--shard", shard])
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap()
}

#[track_caller]
pub(crate) fn succeeds(output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

#[track_caller]
pub(crate) fn fails(output: &Output) -> String {
    error_of(output, |line| !line.starts_with("error: "))
}

/// Every file below `folder`, but locks, which hold nothing.
fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.ends_with(".lock") => {}
                false => found.push(path.strip_prefix(folder).unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}

/// Two runs left the same files, byte for byte; of `results.json` all but what the runs cost, when they ended and how they
/// were started.
#[track_caller]
pub(crate) fn assert_same_run(one: &Path, two: &Path) {
    assert_eq!(all_files(one), all_files(two));
    for file in all_files(one) {
        let [first, second] = [one, two].map(|out| out.join(&file));
        if file.ends_with("results.json") {
            assert_eq!(found(first), found(second), "{}", file.display());
        } else {
            let same = fs::read(first).unwrap() == fs::read(second).unwrap();
            assert!(same, "{}", file.display());
        }
    }
}

fn found(results: PathBuf) -> Value {
    let mut results = read_json(results);
    let fields = results.as_object_mut().unwrap();
    for cost in [
        "command",
        "finished_unix_s",
        "resumed",
        "steps",
        "total_seconds",
    ] {
        assert!(fields.remove(cost).is_some(), "{cost}");
    }
    results
}

#[test]
fn shares_of_a_study_come_together_as_the_bytes_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let text = fs::read_to_string(&study).unwrap();
    let both = "protocols = ['corrected', 'as-released']\n";
    fs::write(&study, format!("{both}{text}")).unwrap();
    let [whole, out] = ["whole", "shares"].map(|name| folder.path().join(name));
    replicate(&study, &whole, &[]);

    let early = fails(&share(&study, &out, ["rows", "0/3", "1"]));
    assert!(
        early.contains("10 of the study's items are missing"),
        "{early}"
    );
    assert!(
        early.contains("`replicate --stage measure --shard 0/1`"),
        "{early}"
    );
    for shard in ["3/4", "0/4", "2/4", "1/4"] {
        succeeds(&share(&study, &out, ["measure", shard, "1"]));
    }
    for shard in ["2/3", "0/3"] {
        succeeds(&share(&study, &out, ["rows", shard, "2"]));
    }
    let gap = command("merge", &study, &out).output().unwrap();
    let stderr = String::from_utf8(gap.stderr.clone()).unwrap();
    assert!(!out.join("results.json").exists());
    assert!(fails(&gap).contains("items are missing; `replicate --stage rows --shard 0/1`"));
    // The second share has the places 1, 4 and 7 of the 8 of the first protocol, 2 and 5 of those of the other.
    for missing in [
        "  unfinished/row-ablate.json (rows)",
        "  unfinished/forced-text.json (rows)",
        "  unfinished/intervals.json (rows)",
        "  generations/ablate.jsonl (rows)",
        "  as-released/unfinished/row-patch.json (rows)",
        "  as-released/unfinished/labels.json (rows)",
    ] {
        assert!(stderr.contains(missing), "{stderr}");
    }
    assert_eq!(stderr.matches("(rows)").count(), 7, "{stderr}");

    succeeds(&share(&study, &out, ["rows", "1/3", "1"]));
    // Made again by nobody, as everything is there.
    let before = fs::metadata(out.join("unfinished/row-ablate.json")).unwrap();
    succeeds(&share(&study, &out, ["rows", "0/1", "1"]));
    let after = fs::metadata(out.join("unfinished/row-ablate.json")).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    succeeds(&command("merge", &study, &out).output().unwrap());
    assert_same_run(&whole, &out);
    let steps = read_json(out.join("results.json"))["steps"].clone();
    let made_in_merging = (steps.as_array().unwrap().iter())
        .filter(|step| step["name"].as_str().unwrap().starts_with("load"));
    assert_eq!(made_in_merging.count(), 0, "{steps}");

    // An engine may start again what has ended.
    let ended = fs::read(out.join("results.json")).unwrap();
    succeeds(&share(&study, &out, ["measure", "0/4", "1"]));
    succeeds(&share(&study, &out, ["rows", "0/3", "1"]));
    succeeds(&command("merge", &study, &out).output().unwrap());
    assert_eq!(fs::read(out.join("results.json")).unwrap(), ended);
    assert!(!out.join("unfinished").exists());
}

#[test]
fn what_is_missing_of_shares_can_be_made_in_one_run_and_other_studies_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), ROWS);
    let [whole, out] = ["whole", "shares"].map(|name| folder.path().join(name));
    let quick = |out: &Path| replicate(&study, out, &["--only", "tables"]);
    quick(&whole);
    let half = ["--stage", "measure", "--only", "tables", "--shard"];
    let mut first = command("replicate", &study, &out);
    succeeds(&first.args(half).arg("0/2").output().unwrap());
    let mut other = limited("5", "replicate", &study, &out);
    let message = fails(&other.args(half).arg("1/2").output().unwrap());
    let expected = "was made with another limit; run every shard";
    assert!(message.contains(expected), "{message}");
    quick(&out);
    let resumed = read_json(out.join("results.json"))["resumed"].clone();
    assert_eq!(resumed[0], "measured-base");
    assert_same_run(&whole, &out);
}

#[test]
fn shares_are_asked_for_with_their_stage() {
    for (wrong, reason) in [
        (
            &["--shard", "2/2", "--stage", "rows"][..],
            "from 0 to N - 1",
        ),
        (&["--shard", "0/2"], "--stage <STAGE>"),
        (&["--stage", "rows"], "--shard <I/N>"),
        (
            &["--shard", "0/2", "--stage", "merge"],
            "possible values: measure, rows",
        ),
    ] {
        let output = crate::counterpoise(&[&["replicate"], wrong].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(reason), "{stderr}");
    }
    let unknown = error(&["merge", "--study", "nowhere"]);
    assert!(unknown.contains("no such study"), "{unknown}");
}
