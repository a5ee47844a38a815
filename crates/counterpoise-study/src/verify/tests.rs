//! Made-up runs that pass, and that fail.

#![allow(clippy::unwrap_used)]

mod made_up;

use std::fs;

use super::published::PublishedRow;
use super::*;
use crate::metric_names::{F1, PERPLEXITY, TOXICITY};
use crate::results::ProtocolResults;
use crate::row::{RowPlan, RowResults};
use crate::study::{PaperRow, StudyIntervention};
use counterpoise_eval::Protocol;
use counterpoise_intervene::Activated;
use counterpoise_registry::Description;
use counterpoise_score::Score;
use made_up::{AS_PUBLISHED, published, published_file, results, study};
use toml::Value;

/// The published run after `change`, compared with what was published.
fn compared(change: impl FnOnce(&mut Results)) -> Verification {
    let mut results = results();
    change(&mut results);
    verify(&published(), &results, Ok(&AS_PUBLISHED))
}

/// The row of a name.
fn row<'r>(results: &'r mut Results, name: &str) -> &'r mut RowResults {
    let row = results.rows.iter_mut().find(|row| row.name == name);
    row.unwrap()
}

fn set(row: &mut RowResults, metric: &str, found: Result<f64, String>) {
    let scores = row.outcome.scores.iter_mut();
    let score = scores.into_iter().find(|score| score.metric == metric);
    *score.unwrap() = match found {
        Ok(value) => Score::new(metric, value, 1),
        Err(reason) => Score::missing(metric, reason),
    };
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
fn each_published_cell_has_the_protocol_that_comes_nearest() {
    let (base, patched) = ("base", "patch-tp-minus");
    let Verification { report, tally } = compared(|results| {
        let mut other = ProtocolResults::of(results);
        other.protocol = Protocol::AsReleased;
        for row in &mut other.rows {
            // As released, a patch has one perplexity.
            let first = "perplexity_first_position";
            if let Ok(value) = row.score(first) {
                row.outcome.scores.retain(|score| score.metric != first);
                set(row, PERPLEXITY, Ok(value));
            }
        }
        results.other_protocols = vec![other];
        // Further away than as released.
        set(row(results, base), TOXICITY, Ok(0.454));
        set(
            row(results, patched),
            "perplexity_first_position",
            Ok(21.70),
        );
        let other = results.other_protocols[0].rows.iter_mut();
        let f1 = other.into_iter().find(|row| row.name == base).unwrap();
        set(f1, F1, Ok(0.194));
    });
    assert!(
        tally.passes(),
        "the verdicts are of the first protocol: {report}"
    );
    let ours = |quantity: &str| {
        let by_protocol = report.split("## By protocol").nth(1).unwrap();
        line(by_protocol, quantity).to_owned()
    };
    assert_eq!(
        ours("base, no intervention: toxicity"),
        "| base, no intervention: toxicity | 0.453 | 0.454 | 0.453 | as-released |"
    );
    assert_eq!(
        ours("base, no intervention: F1"),
        "| base, no intervention: F1 | 0.193 | 0.193 | 0.194 | corrected |"
    );
    assert!(ours("base, no intervention: perplexity").ends_with("| alike |"));
    assert!(
        report.contains("corrected is nearest in 1, as-released is nearest in 2, and 54 are alike"),
        "{report}"
    );
}

#[test]
fn a_run_with_the_published_figures_passes() {
    let Verification { report, tally } = compared(|_| {});
    assert!(tally.passes());
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
    let Verification { report, tally } = compared(|results| {
        set(row(results, "base"), PERPLEXITY, Ok(21.70 * 1.011));
        set(row(results, "ablate-top-100"), F1, Ok(0.192 + 0.0049));
    });
    assert!(!tally.passes());
    assert_eq!((tally.within, tally.outside, tally.missing), (79, 1, 0));
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
    let Verification { report, tally } = compared(|results| {
        results
            .rows
            .retain(|row| !row.name.starts_with("scale-keys"));
        let reason = "the service did not answer".to_owned();
        set(row(results, "base"), TOXICITY, Err(reason));
    });
    assert!(!tally.passes());
    assert_eq!((tally.outside, tally.missing), (0, 10));
    let scale = line(&report, "tuned, keys of the top 7 × 2: F1");
    assert!(
        scale.contains("| 0.192 | — | — | ±0.005 | **missing**[^"),
        "{scale}"
    );
    assert!(
        report.contains("]: the run's study has no such row\n"),
        "{report}"
    );
    assert!(
        report.contains("]: the service did not answer\n"),
        "{report}"
    );
}

#[test]
fn rows_are_known_by_what_they_do() {
    let renamed = compared(|results| {
        let row = row(results, "ablate-top-200");
        row.name = "other".to_owned();
        row.label = "two hundred".to_owned();
    });
    assert!(renamed.tally.passes());
    // The label alone does not make a row the paper's.
    let ablating = |top: usize| {
        compared(|results| {
            let does = PaperRow::Ablate {
                published: top,
                among: Activated::Any,
            };
            row(results, "ablate-top-200").does = does.description().unwrap();
        })
    };
    let other = ablating(201);
    assert_eq!(other.tally.missing, 3);
    let twice = ablating(100).report;
    assert!(
        twice.contains("has it twice, as `ablate-top-100` and `ablate-top-200`"),
        "{twice}"
    );
}

#[test]
fn toxicity_of_another_scorer_is_shown_and_not_compared() {
    let Verification { report, tally } = compared(|results| {
        results.scorers[0].does = Description::bare("lexical");
        for row in &mut results.rows {
            set(row, TOXICITY, Ok(0.9));
        }
    });
    assert!(tally.passes());
    assert_eq!((tally.within, tally.not_compared), (61, 26));
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
fn the_published_scorer_is_known_by_all_its_scores_depend_on() {
    let with = |change: fn(&mut Vec<Value>)| {
        let found = compared(|results| {
            let attributes = &mut results.scorers[0].does.parameters["attributes"];
            change(attributes.as_array_mut().unwrap());
        });
        (found.tally.not_compared, found.report)
    };
    let (as_published, _) = with(|attributes| attributes.reverse());
    let (fewer, report) = with(|attributes| attributes.truncate(1));
    assert_eq!(fewer, as_published + 19);
    assert!(
        report.contains("with attributes [\"TOXICITY\"] here and [\"TOXICITY\", "),
        "{report}"
    );
    let elsewhere = compared(|results| {
        let endpoint = &mut results.scorers[0].does.parameters["endpoint"];
        *endpoint = Value::from("https://example.org");
    });
    assert_eq!(elsewhere.tally.not_compared, as_published + 19);
    // How fast it is asked makes no difference.
    let slower = compared(|results| {
        let parameters = &mut results.scorers[0].does.parameters;
        parameters.insert("queries_per_second".to_owned(), Value::from(0.1));
    });
    assert_eq!(slower.tally.not_compared, as_published);
}

#[test]
fn a_run_of_fewer_prompts_is_outside() {
    let Verification { report, tally } = compared(|results| results.prompts.used = 64);
    assert_eq!(tally.outside, 1);
    let prompts = line(&report, "challenge prompts used");
    assert!(
        prompts.contains("| 1,199 | 64 | -1135 | exact | **outside** |"),
        "{prompts}"
    );
}

#[test]
fn what_the_run_did_not_measure_is_missing() {
    let Verification { report, tally } = compared(|results| results.plan = RowPlan::None);
    assert_eq!((tally.within, tally.outside, tally.missing), (23, 0, 64));
    assert!(report.contains("]: the run scored no rows\n"), "{report}");
    let gone = Err("neurons.csv was written and is gone".to_owned());
    let Verification { report, tally } = verify(&published(), &results(), gone);
    assert_eq!((tally.outside, tally.missing), (0, 20));
    assert!(report.contains("]: neurons.csv was written and is gone\n"));
}

#[test]
fn results_are_read_back_as_they_were_and_know_their_neuron_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    let mut written = results();
    fs::write(&path, serde_json::to_vec_pretty(&written).unwrap()).unwrap();
    assert_eq!(Results::read(folder.path()).unwrap(), written);
    let gone = written.neuron_table(folder.path()).unwrap_err();
    assert!(gone.to_string().contains("is gone"), "{gone}");
    let table = folder.path().join("neurons.parquet");
    AS_PUBLISHED.write_parquet(&table).unwrap();
    assert!(written.neuron_table(folder.path()).is_ok());
    written.reduction.peak = 47.9;
    let other = written.neuron_table(folder.path()).unwrap_err();
    assert!(other.to_string().contains("of another run"), "{other}");
    fs::write(&table, "PAR?").unwrap();
    let broken = results().neuron_table(folder.path()).unwrap_err();
    assert!(broken.in_full().contains("neurons.parquet"), "{broken}");
}

#[test]
fn broken_and_missing_results_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = |text: Option<&str>| {
        let path = folder.path().join("results.json");
        text.iter().for_each(|text| fs::write(&path, text).unwrap());
        Results::read(folder.path()).unwrap_err().in_full()
    };
    assert!(error(None).contains("results.json: not there"));
    let broken = error(Some("{\n\"study\": 1"));
    assert!(broken.contains("results.json:2: "), "{broken}");
    let empty = error(Some("{}"));
    assert!(
        empty.contains("results.json:1: ") && empty.contains("study"),
        "{empty}"
    );
}

#[test]
fn a_published_file_of_one_s_own_is_used_and_a_broken_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("published.toml");
    let text = fs::read_to_string(published_file()).unwrap();
    fs::write(&path, text.replace("peak = 48.0", "peak = 50.0")).unwrap();
    let own = Published::read(&path).unwrap();
    let tally = verify(&own, &results(), Ok(&AS_PUBLISHED)).tally;
    assert_eq!(tally.outside, 1);
    fs::write(&path, text.replace("peak = 48.0", "peak = \"48\"")).unwrap();
    let error = Published::read(&path).unwrap_err().to_string();
    assert!(
        error.contains("published.toml:") && error.contains("invalid type"),
        "{error}"
    );
    let nowhere = Published::read(&folder.path().join("nowhere.toml")).unwrap_err();
    assert!(nowhere.to_string().contains("nowhere.toml: cannot be read"));
}

/// Every row of the study is one of the published rows, and the other way round.
#[test]
fn the_published_study_and_the_published_figures_have_the_same_rows() {
    let (study, published) = (study(), published());
    let is_published = |ours: &StudyIntervention| {
        let does = PaperRow::of(&ours.does);
        let same = |row: &PublishedRow| row.model == ours.model && Some(&row.does) == does.as_ref();
        published.rows.iter().filter(|row| same(row)).count() == 1
    };
    assert!(study.interventions.iter().all(is_published));
    assert_eq!(study.interventions.len(), published.rows.len());
}

#[test]
fn figures_in_another_unit_are_shown_and_not_compared() {
    let compared = |name: &str| {
        let published = Published::of_study(name).unwrap().unwrap();
        verify(&published, &results(), Ok(&AS_PUBLISHED))
    };
    // 3 sizes, 3 totals, 4 quadrants, 4 × 2 figures of groups; a row's scores are published of neither model.
    let Verification { report, tally } = compared("llama-3.1-8b");
    assert_eq!((tally.within, tally.not_compared), (2, 15));
    assert_eq!((tally.outside, tally.missing), (1, 0));
    for expected in [
        "| peak reduction | 2876.25 | 48.00 | -2828.25 | — | not compared[^",
        "| TN, the whole quadrant: neurons | 114,074 | 22,444 | -91630 | — | not compared[^",
        "| AN−, by r > 0: share | 26.0 % | ",
    ] {
        assert!(report.contains(expected), "{report}");
    }
    assert!(report.contains("]: their value vectors are codes of 8 bits"));
    let Verification { report, tally } = compared("gemma-2-2b");
    assert_eq!((tally.not_compared, tally.missing), (0, 0));
    let net = line(&report, "net reduction");
    assert!(net.contains("| 0.17487 | 7.20000 | +7.02513 | ±0.066 | **outside**"));
}
