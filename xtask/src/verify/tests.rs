//! Made-up runs that pass, and that fail.

#![allow(clippy::unwrap_used)]

mod made_up;

use std::fs;
use std::path::Path;

use counterpoise_report::{Quantity, TableRow};
use serde_json::{Value, json};

use super::published::PublishedRow;
use super::*;
use crate::study::StudyIntervention;
use made_up::{AS_PUBLISHED, folder, published, published_file, published_rows, record, study};

/// The published run after `change`, verified: the result and `verify.md`.
fn verify(change: impl FnOnce(&mut Vec<TableRow>, &mut Value)) -> (Result<(), String>, String) {
    let (mut rows, mut record) = (published_rows(), record());
    change(&mut rows, &mut record);
    let folder = folder(rows, &record);
    let result = verify_folder(folder.path(), None);
    let report = fs::read_to_string(folder.path().join("verify.md")).unwrap();
    (result, report)
}

fn verify_folder(folder: &Path, published: Option<&Path>) -> Result<(), String> {
    let args = VerifyArgs {
        run: folder.to_owned(),
        published: published.map(Path::to_owned),
    };
    run(&args).map_err(|error| format!("{error:#}"))
}

/// The report's line that begins with `quantity`.
fn line<'r>(report: &'r str, quantity: &str) -> &'r str {
    let start = format!("| {quantity} | ");
    report
        .lines()
        .find(|line| line.starts_with(&start))
        .unwrap()
}

#[test]
fn a_run_with_the_published_figures_passes() {
    let (result, report) = verify(|_, _| {});
    assert_eq!(result, Ok(()));
    // 3 sizes, 4 totals, 4 × (3 + 1) figures of groups, 19 × 3 scores, 7 patches' second perplexity.
    assert!(
        report.ends_with(
            "87 published figures: 80 within their band, 0 outside, 0 missing, 7 not compared.\n"
        ),
        "{report}"
    );
    let figures = [
        ("MLP neurons", "98,304 | 98,304 | +0 | exact | within"),
        (
            "challenge prompts used",
            "1,199 | 1,199 | +0 | exact | within",
        ),
        (
            "top 5 toxic neurons",
            "L19.770 L12.771 L18.2669 L13.668 L16.255 | L19.770",
        ),
        ("peak reduction", "48.0 | 48.0 | "),
        ("net reduction", "7.2 | 7.2 | "),
        (
            "neurons that reduce",
            "57,501 | 57,501 | +0 | ±2 % | within",
        ),
        ("TN+, by activation change: neurons", "17,779 | 17,779 | "),
        ("AN−, by activation change: sum of r", "17.72 | 17.72 | "),
        ("TP−, by activation change: share", "31.8 % | 31.8 % | "),
        ("AN−, by r > 0: neurons", "29,252 | 29,252 | "),
        (
            "tuned, keys of the top 7 × 10: perplexity",
            "37.33 | 37.33 | +0.00 | ±1 % | within[^",
        ),
        (
            "base, TP− patched: perplexity, patched at the first position",
            "21.69 | 21.69 | ",
        ),
        (
            "base, TP− patched: perplexity",
            "21.69 | 99.00 | +77.31 | — | not compared[^",
        ),
    ];
    for (quantity, expected) in figures {
        let line = line(&report, quantity);
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn one_figure_outside_its_band_fails_the_run() {
    let (result, report) = verify(|rows, _| {
        rows[0].perplexity = Some(21.70 * 1.011);
        let ablated = rows
            .iter_mut()
            .find(|row| row.intervention == "Ablate top 100 toxic neurons");
        ablated.unwrap().f1 = Some(0.192 + 0.0049);
    });
    let error = result.unwrap_err();
    assert!(
        error.contains("79 within their band, 1 outside, 0 missing"),
        "{error}"
    );
    assert!(
        error.contains("verify.md") && !error.contains('\n'),
        "{error}"
    );
    let outside = line(&report, "base, no intervention: perplexity");
    assert!(
        outside.contains("| 21.94 | +0.24 | ±1 % | **outside** |"),
        "{outside}"
    );
    let within = line(&report, "base, top 100 ablated: F1");
    assert!(within.contains("| +0.005 | ±0.005 | within"), "{within}");
}

#[test]
fn a_missing_row_and_a_missing_score_fail_the_run_with_the_reason() {
    let (result, report) = verify(|rows, _| {
        rows.retain(|row| row.model == "base" || row.intervention == "None");
        rows[0].toxicity = None;
        let note = "the service did not answer";
        rows[0] = rows[0].clone().noting(Quantity::Toxicity, note);
    });
    let error = result.unwrap_err();
    assert!(error.contains("0 outside, 10 missing"), "{error}");
    let scale = line(&report, "tuned, keys of the top 7 × 2: F1");
    assert!(
        scale.contains("| 0.192 | — | — | ±0.005 | **missing**[^"),
        "{scale}"
    );
    assert!(
        report.contains("]: tables.json has no row `Scale the key vectors"),
        "{report}"
    );
    assert!(
        report.contains("]: the service did not answer\n"),
        "{report}"
    );
}

#[test]
fn rows_are_known_by_what_they_do() {
    let renamed = |text: &str| {
        text.replace(
            "label = \"Ablate top 200 toxic neurons\"",
            "label = \"two hundred\"",
        )
        .replace("name = \"ablate-top-200\"", "name = \"other\"")
        .replace("ablated = \"ablate-top-200\"", "ablated = \"other\"")
    };
    let (result, _) = verify(|rows, record| {
        let text = renamed(record["study"]["text"].as_str().unwrap());
        record["study"]["text"] = text.into();
        let row = rows
            .iter_mut()
            .find(|row| row.intervention == "Ablate top 200 toxic neurons");
        row.unwrap().intervention = "two hundred".to_owned();
    });
    assert_eq!(result, Ok(()));
    // The label alone does not make a row the paper's.
    let (result, report) = verify(|_, record| {
        let text = record["study"]["text"].as_str().unwrap();
        let text = text.replace("published_top = 200 }", "published_top = 201 }");
        record["study"]["text"] = text.into();
    });
    assert!(result.unwrap_err().contains("3 missing"));
    assert!(
        report.contains("]: the run's study has no such row\n"),
        "{report}"
    );
    let (_, report) = verify(|_, record| {
        let text = record["study"]["text"].as_str().unwrap();
        let text = text.replace("published_top = 200 }", "published_top = 100 }");
        record["study"]["text"] = text.into();
    });
    assert!(
        report.contains("has it twice, as `ablate-top-100` and `ablate-top-200`"),
        "{report}"
    );
}

#[test]
fn toxicity_of_another_scorer_is_shown_and_not_compared() {
    let (result, report) = verify(|rows, record| {
        record["scorer"]["name"] = "lexical".into();
        for row in rows {
            row.toxicity = Some(0.9);
        }
    });
    assert_eq!(result, Ok(()));
    assert!(
        report.contains("61 within their band, 0 outside, 0 missing, 26 not compared"),
        "{report}"
    );
    let toxicity = line(&report, "base, no intervention: toxicity");
    assert!(
        toxicity.contains("| 0.453 | 0.900 | +0.447 | — | not compared[^"),
        "{toxicity}"
    );
    assert!(
        report.contains("]: scored by `lexical` here and by `perspective` there"),
        "{report}"
    );
}

#[test]
fn a_run_of_fewer_prompts_is_outside() {
    let (result, report) = verify(|_, record| record["prompts"]["used"] = 64.into());
    assert!(result.unwrap_err().contains("1 outside"));
    let prompts = line(&report, "challenge prompts used");
    assert!(
        prompts.contains("| 1,199 | 64 | -1135 | exact | **outside** |"),
        "{prompts}"
    );
}

#[test]
fn what_the_run_did_not_write_is_missing_even_if_an_older_file_lies_there() {
    let (result, report) = verify(|_, record| record["outputs"] = json!(["neurons.parquet"]));
    let error = result.unwrap_err();
    assert!(
        error.contains("23 within their band, 0 outside, 64 missing"),
        "{error}"
    );
    assert!(
        report.contains("]: the run did not write tables.json\n"),
        "{report}"
    );

    let folder = folder(published_rows(), &record());
    fs::remove_file(folder.path().join("neurons.parquet")).unwrap();
    let error = verify_folder(folder.path(), None).unwrap_err();
    assert!(error.contains("0 outside, 20 missing"), "{error}");
}

#[test]
fn neurons_are_read_from_csv_too() {
    let mut record = record();
    record["outputs"] = json!(["neurons.csv", "tables.json"]);
    let folder = folder(published_rows(), &record);
    AS_PUBLISHED
        .write_csv(&folder.path().join("neurons.csv"))
        .unwrap();
    assert_eq!(verify_folder(folder.path(), None), Ok(()));
}

#[test]
fn broken_and_missing_files_are_refused_and_leave_no_report() {
    let refused = |change: &dyn Fn(&Path), expected: &[&str]| {
        let folder = folder(published_rows(), &record());
        change(folder.path());
        let error = verify_folder(folder.path(), None).unwrap_err();
        for part in expected {
            assert!(error.contains(part), "{error}");
        }
        assert!(!folder.path().join("verify.md").exists());
    };
    let remove = |folder: &Path| fs::remove_file(folder.join("run.json")).unwrap();
    refused(&remove, &["run.json", "cargo xtask replicate"]);
    let write = |name: &'static str, text: &'static str| {
        move |folder: &Path| fs::write(folder.join(name), text).unwrap()
    };
    refused(
        &write("run.json", "{\n\"study\": 1"),
        &["run.json:2: ", "record of a run"],
    );
    refused(&write("run.json", "{}"), &["run.json:1: ", "study"]);
    refused(&write("tables.json", "[\n{}]"), &["tables.json:2: "]);
    refused(&write("neurons.parquet", "PAR?"), &["neurons.parquet"]);
    let other_run = |folder: &Path| {
        let mut other = record();
        other["reduction"]["peak"] = 47.9.into();
        fs::write(folder.join("run.json"), other.to_string()).unwrap();
    };
    refused(
        &other_run,
        &["run.json: records 98304 neurons", "of another run"],
    );
    let broken_study = |folder: &Path| {
        let mut broken = record();
        broken["study"]["text"] = "probe = 1".into();
        fs::write(folder.join("run.json"), broken.to_string()).unwrap();
    };
    refused(
        &broken_study,
        &["run.json: the study recorded there", "gpt2-medium.toml:1: "],
    );
}

#[test]
fn a_broken_published_file_is_refused() {
    let folder = folder(published_rows(), &record());
    let path = folder.path().join("published.toml");
    let text = fs::read_to_string(published_file()).unwrap();
    fs::write(&path, text.replace("peak = 48.0", "peak = \"48\"")).unwrap();
    let error = verify_folder(folder.path(), Some(&path)).unwrap_err();
    assert!(
        error.contains("published.toml:") && error.contains("invalid type"),
        "{error}"
    );
    let nowhere = folder.path().join("nowhere.toml");
    let error = verify_folder(folder.path(), Some(&nowhere)).unwrap_err();
    assert!(error.contains("nowhere.toml: cannot be read"), "{error}");
    assert!(!folder.path().join("verify.md").exists());
}

#[test]
fn a_published_file_of_one_s_own_is_used() {
    let folder = folder(published_rows(), &record());
    let path = folder.path().join("published.toml");
    let text = fs::read_to_string(published_file()).unwrap();
    fs::write(&path, text.replace("peak = 48.0", "peak = 50.0")).unwrap();
    let error = verify_folder(folder.path(), Some(&path)).unwrap_err();
    assert!(error.contains("1 outside"), "{error}");
}

/// Every row of the study is one of the published rows, and the other way round.
#[test]
fn the_published_study_and_the_published_figures_have_the_same_rows() {
    let (study, published) = (study(), published());
    let is_published = |ours: &StudyIntervention| {
        let same =
            |row: &PublishedRow| row.model == ours.model && Some(&row.does) == ours.paper.as_ref();
        published.rows.iter().filter(|row| same(row)).count() == 1
    };
    assert!(study.interventions.iter().all(is_published));
    assert_eq!(study.interventions.len(), published.rows.len());
}
