//! Tables: what a reader sees, what a program reads back, and what is refused.

use std::collections::BTreeMap;
use std::fs;

use counterpoise_report::*;
use counterpoise_score::Score;

/// A row with all its scores.
fn full(table: u32, intervention: &str) -> TableRow {
    TableRow::new(table, "base", intervention)
        .with(Score::new("toxicity", 0.453_217, 1199))
        .with(Score::new("perplexity", 21.700_4, 5000))
        .with(Score::new("f1", 0.1 + 0.2, 2000))
}

fn titles() -> BTreeMap<u32, String> {
    [(1, "one".to_owned()), (2, "two".to_owned())].into()
}

fn sample() -> Tables {
    let mut patched = full(2, "patch TP−, AN−");
    patched.neurons = Some(3_961);
    let first = Score::new("perplexity_first_position", 1234.5, 5000);
    patched
        .scores
        .insert(2, first.within(Some([1200.0, 1300.25])));
    patched.model = "base \"quoted\", | with a comma".to_owned();
    let mut failed = TableRow::new(1, "tuned", "scale top-7 keys ×10")
        .with(Score::missing("toxicity", "the scorer did not answer"))
        .with(Score::new("perplexity", f64::MIN_POSITIVE, 5000))
        .with(Score::missing(
            "perplexity_first_position",
            "the scorer did not answer",
        ))
        .with(Score::new("f1", 0.0, 2000).noting("3 samples are shorter\nthan 52 tokens"));
    failed.neurons = Some(1);
    failed.published_neurons = Some(7);
    Tables {
        note: Some("K scaled from 98,304 to 2,048 neurons".to_owned()),
        titles: titles(),
        rows: vec![full(1, "none"), failed, patched],
        controls: Vec::new(),
    }
}

#[test]
fn both_data_files_hold_the_rows_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let tables = sample();
    let paths = tables.write(&folder.path().join("made")).unwrap();
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["table1.md", "table2.md", "tables.csv", "tables.json"]
    );
    let json = fs::read_to_string(&paths[3]).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<TableRow>>(&json).unwrap(),
        tables.rows
    );
    let mut csv = csv::Reader::from_path(&paths[2]).unwrap();
    let header = csv.headers().unwrap().clone();
    for (line, row) in csv.records().zip(&tables.rows) {
        let line = line.unwrap();
        let number = |column: &str| -> Option<f64> {
            let place = header.iter().position(|name| name == column).unwrap();
            line[place].parse().ok()
        };
        for metric in ["toxicity", "perplexity", "perplexity_first_position", "f1"] {
            let score = row.score(metric);
            assert_eq!(number(metric), score.and_then(|score| score.value));
        }
        let first = row.score("perplexity_first_position");
        let bounds = first
            .and_then(|score| score.interval)
            .map(|[low, high]| (low, high));
        let found =
            number("perplexity_first_position_low").zip(number("perplexity_first_position_high"));
        assert_eq!(found, bounds);
    }
    let again = tables.write(folder.path()).unwrap();
    for (first, second) in paths.iter().zip(&again) {
        assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    }
}

#[test]
fn a_missing_score_is_null_and_a_dash_and_never_zero() {
    let folder = tempfile::tempdir().unwrap();
    let paths = sample().write(folder.path()).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&paths[3]).unwrap()).unwrap();
    assert!(json[1]["scores"][0]["value"].is_null());
    assert_eq!(json[1]["scores"][3]["value"], 0.0);
    assert_eq!(json[0]["table"], 1);
    let csv = fs::read_to_string(&paths[2]).unwrap();
    assert!(csv.starts_with(
        "table,model,intervention,neurons,published_neurons,toxicity,perplexity,perplexity_first_position,perplexity_first_position_low,perplexity_first_position_high,f1,notes\n"
    ));
    assert!(
        csv.contains("\n1,base,none,,,0.453217,21.7004,,,,0.30000000000000004,\n"),
        "{csv}"
    );

    let markdown = fs::read_to_string(&paths[0]).unwrap();
    assert!(markdown.contains("K scaled from 98,304 to 2,048 neurons\n"));
    assert!(
        markdown.contains("| base | none |  | 0.453 | 21.70 |  | 0.300 |\n"),
        "{markdown}"
    );
    assert!(markdown.contains(
        "| tuned | scale top-7 keys ×10 | 1 (published 7) | —[^1] | 0.00 | —[^1] | 0.000[^2] |\n"
    ), "{markdown}");
    assert!(markdown.contains("\n[^1]: the scorer did not answer\n"));
    assert!(markdown.ends_with("\n[^2]: 3 samples are shorter than 52 tokens\n"));
    assert_eq!(markdown.matches("the scorer did not answer").count(), 1);
    let second = fs::read_to_string(&paths[1]).unwrap();
    assert!(
        second.contains("| base \"quoted\", \\| with a comma | patch TP−, AN− | 3,961 |"),
        "{second}"
    );
    assert!(
        second.contains("| 1,234.50 (1,200.00–1,300.25) |") && !second.contains("[^"),
        "{second}"
    );
}

#[test]
fn a_table_without_rows_says_so() {
    let tables = Tables {
        titles: titles(),
        rows: vec![full(1, "none")],
        ..Tables::default()
    };
    let second = tables.markdown(2).unwrap();
    assert!(
        second.contains("The study has no interventions of this table.") && !second.contains('|')
    );
}

/// The error of rows that must not be written.
fn refused(rows: Vec<TableRow>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let tables = Tables {
        rows,
        ..Tables::default()
    };
    let error = tables.write(folder.path()).unwrap_err();
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something was written"
    );
    error.to_string()
}

#[test]
fn rows_that_say_too_little_or_too_much_are_refused() {
    assert!(refused(vec![]).contains("at least one row"));
    let good = || full(1, "none");
    let second = |bad| refused(vec![good(), bad]);
    let other = || full(1, "other");
    assert!(second(good()).contains("row 2: expected one row per table, model and intervention"));
    assert!(second(full(1, " ")).contains("row 2: expected text under \"intervention\""));
    let blank = other().with(Score::new("other", 1.0, 1).noting(" "));
    assert!(second(blank).contains("expected text under \"notes\""));
    for metric in ["toxicity", "perplexity", "f1"] {
        let with = |change: fn(&mut Score)| {
            let mut row = other();
            let score = row.scores.iter_mut().find(|score| score.metric == metric);
            change(score.unwrap());
            second(row)
        };
        let gap = with(|score| score.value = None);
        assert!(gap.contains(&format!("row 2: {metric} is missing and nothing says why")));
        let infinite = with(|score| score.value = Some(f64::INFINITY));
        let bound = with(|score| score.interval = Some([0.0, f64::NAN]));
        for message in [infinite, bound] {
            assert!(
                message.contains(&format!("expected {metric} to be a finite number")),
                "{message}"
            );
        }
    }
}

#[test]
fn an_unwritable_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "a file").unwrap();
    let error = sample().write(&file).unwrap_err();
    assert!(
        matches!(&error, ReportError::File(_)) && error.to_string().contains("table1.md"),
        "{error}"
    );
}
