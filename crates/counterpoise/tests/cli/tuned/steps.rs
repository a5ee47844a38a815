//! Steps beside the commands byte for byte, and which of them are made again.

use std::fs;

use crate::python::{Part, run_the_lines_of_the_docs};
use crate::{arg, json, mini};

use super::{COMMENTS, DPO, PAIRS, make, make_error, output, study_of, tables, usual};

#[test]
fn the_steps_are_those_of_the_commands_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (usual(folder.path()), folder.path().join("out"));
    let (record, made) = make(&study, &out);
    assert_eq!(made, ["attribute", "pairs", "dpo"]);

    let [head, pairs, dpo] =
        ["head.safetensors", "pairs.jsonl", "dpo"].map(|name| folder.path().join(name));
    let (base, comments, text) = (mini("base"), mini("comments.csv"), mini("text.txt"));
    let args = [
        "train",
        "attribute",
        "--model",
        arg(&base),
        "--comments",
        arg(&comments),
        "--out",
        arg(&head),
    ];
    json(&[&args[..], &["--limit", "60", "--held-out-every", "4"]].concat());
    let args = [
        "make",
        "pairs",
        "--model",
        arg(&base),
        "--head",
        arg(&head),
        "--from",
        arg(&text),
        "--out",
        arg(&pairs),
    ];
    let sizes = [
        "--limit",
        "8",
        "--batch-size",
        "4",
        "--iterations",
        "1",
        "--max-new-tokens",
        "3",
    ];
    json(&[&args[..], &sizes].concat());
    let args = [
        "train",
        "dpo",
        "--model",
        arg(&base),
        "--pairs",
        arg(&pairs),
        "--out",
        arg(&dpo),
        "--steps",
        "2",
    ];
    let sizes = [
        "--batch-size",
        "2",
        "--held-out",
        "2",
        "--evaluate-every",
        "1",
        "--checkpoint-every",
        "1",
    ];
    let rates = ["--warmup-steps", "0", "--learning-rate", "1e-4"];
    json(&[&args[..], &sizes, &rates].concat());
    for (step, by_hand) in [head, pairs, dpo.join("model.safetensors")]
        .iter()
        .enumerate()
    {
        let bytes = fs::read(output(&record, &out, step)).unwrap();
        assert!(bytes == fs::read(by_hand).unwrap(), "{}", by_hand.display());
    }
    let model = out.join(record["model"].as_str().unwrap());
    assert_eq!(crate::training::rows(&model), crate::training::rows(&dpo));
    assert_ne!(
        fs::read(dpo.join("model.safetensors")).unwrap(),
        fs::read(base.join("model.safetensors")).unwrap()
    );

    run_the_lines_of_the_docs(Part::Tuning, &model);
}

#[test]
fn each_step_is_made_once_and_again_where_what_it_follows_from_is_other() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (usual(folder.path()), folder.path().join("out"));
    let comments = mini("comments.csv");
    let (record, made) = make(&study, &out);
    assert_eq!(made, ["attribute", "pairs", "dpo"]);
    assert_eq!(make(&study, &out), (record.clone(), vec![]));
    // Other settings of DPO leave the pairs, and the former ones find the former model.
    let other = tables(&comments, [COMMENTS, PAIRS, &DPO.replace("1e-4", "2e-4")]);
    let (second, made) = make(&study_of(folder.path(), &other), &out);
    assert_eq!(made, ["dpo"]);
    assert_ne!(
        second["steps"][2]["output"]["sha256"],
        record["steps"][2]["output"]["sha256"]
    );
    assert_eq!(second["steps"][1], record["steps"][1]);
    // How often a run is saved changes no model.
    let saved = tables(
        &comments,
        [
            COMMENTS,
            PAIRS,
            &DPO.replace("checkpoint_every = 1", "checkpoint_every = 2"),
        ],
    );
    assert_eq!(
        make(&study_of(folder.path(), &saved), &out),
        (record.clone(), vec![])
    );
    // Another comment makes another head, and so everything after it.
    let changed = folder.path().join("comments.csv");
    let text = fs::read_to_string(&comments).unwrap();
    fs::write(&changed, text.replacen("\n", "\n\"a fine fool\",1\n", 1)).unwrap();
    let (_, made) = make(
        &study_of(folder.path(), &tables(&changed, [COMMENTS, PAIRS, DPO])),
        &out,
    );
    assert_eq!(made, ["attribute", "pairs", "dpo"]);

    // What was made is what it was, or is refused.
    fs::write(output(&record, &out, 0), "damaged").unwrap();
    let study = usual(folder.path());
    let refused = make_error(&study, &out);
    assert!(
        refused.contains("head.safetensors: expected the SHA-256"),
        "{refused}"
    );
}
