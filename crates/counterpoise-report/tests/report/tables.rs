//! Tables: what a reader sees, what a program reads back, and what is refused.

use std::fs;

use counterpoise_report::*;

/// A row with all its scores.
fn full(table: PaperTable, intervention: &str) -> TableRow {
    TableRow::new(table, "base", intervention)
        .with(Quantity::Toxicity, Ok(0.453_217))
        .with(Quantity::Perplexity, Ok(21.700_4))
        .with(Quantity::F1, Ok(0.1 + 0.2))
}

fn sample() -> Tables {
    let mut patched = full(PaperTable::Two, "patch TP−, AN−")
        .editing(3_961)
        .with(Quantity::PerplexityFirstPosition, Ok(1234.5));
    patched.model = "base \"quoted\", | with a comma".to_owned();
    let failed = TableRow::new(PaperTable::One, "tuned", "scale top-7 keys ×10")
        .editing(1)
        .published(7)
        .with(
            Quantity::Toxicity,
            Err("the scorer did not answer".to_owned()),
        )
        .with(Quantity::Perplexity, Ok(f64::MIN_POSITIVE))
        .with(
            Quantity::PerplexityFirstPosition,
            Err("the scorer did not answer".to_owned()),
        )
        .with(Quantity::F1, Ok(0.0))
        .noting(Quantity::F1, "3 samples are shorter\nthan 52 tokens");
    Tables {
        note: Some("K scaled from 98,304 to 2,048 neurons".to_owned()),
        rows: vec![full(PaperTable::One, "none"), failed, patched],
    }
}

#[test]
fn both_data_files_give_the_rows_back_exactly() {
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
    for read in [
        Tables::read_csv(&paths[2]).unwrap(),
        Tables::read_json(&paths[3]).unwrap(),
    ] {
        assert_eq!(read, tables.rows);
        let bits =
            |row: &TableRow| Quantity::ALL.map(|quantity| row.score(quantity).map(f64::to_bits));
        assert!(
            read.iter()
                .zip(&tables.rows)
                .all(|(read, row)| bits(read) == bits(row))
        );
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
    assert!(json[1]["toxicity"].is_null() && json[1]["f1"] == 0.0);
    assert!(json[0]["perplexity_first_position"].is_null());
    assert_eq!(json[0]["table"], "1");
    let csv = fs::read_to_string(&paths[2]).unwrap();
    assert!(csv.starts_with(
        "table,model,intervention,neurons,published_neurons,toxicity,perplexity,perplexity_first_position,f1,notes\n"
    ));
    assert!(
        csv.contains("\n1,base,none,,,0.453217,21.7004,,0.30000000000000004,\n"),
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
        second.contains("| 1,234.50 |") && !second.contains("[^"),
        "{second}"
    );
}

#[test]
fn a_table_without_rows_says_so() {
    let tables = Tables {
        note: None,
        rows: vec![full(PaperTable::One, "none")],
    };
    let second = tables.markdown(PaperTable::Two).unwrap();
    assert!(
        second.contains("The study has no interventions of this table.") && !second.contains('|')
    );
}

/// The error of rows that must not be written.
fn refused(rows: Vec<TableRow>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let error = Tables { note: None, rows }
        .write(folder.path())
        .unwrap_err();
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
    let good = || full(PaperTable::One, "none");
    let second = |bad| refused(vec![good(), bad]);
    let other = || full(PaperTable::One, "other");
    assert!(second(good()).contains("row 2: expected one row per table, model and intervention"));
    assert!(
        second(full(PaperTable::One, " ")).contains("row 2: expected text under \"intervention\"")
    );
    assert!(second(other().noting(Quantity::F1, "")).contains("expected text under \"notes\""));
    for quantity in [Quantity::Toxicity, Quantity::Perplexity, Quantity::F1] {
        let gap = TableRow {
            notes: vec![],
            ..other().with(quantity, Err("lost".to_owned()))
        };
        assert!(second(gap).contains(&format!(
            "row 2: {quantity} is missing and no note says why"
        )));
        for bad in [f64::NAN, f64::INFINITY] {
            let message = second(other().with(quantity, Ok(bad)));
            assert!(
                message.contains(&format!("expected {quantity} to be a finite number")),
                "{message}"
            );
        }
    }
}

#[test]
fn broken_files_are_named_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tables.csv");
    let tables = sample();
    tables.write(folder.path()).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    for (from, to, expected) in [
        ("0.453217", "many", ":2: expected a table row"),
        ("f1,notes", "f2,notes", "expected a table row"),
        (
            "\"\"toxicity\"\"",
            "toxicity",
            "expected the notes as a JSON array",
        ),
        (
            "21.7004",
            "NaN",
            "expected perplexity to be a finite number",
        ),
    ] {
        assert!(good.contains(from), "{from} is not in {good}");
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let error = Tables::read_csv(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let path = folder.path().join("tables.json");
    fs::write(&path, "[\n{\"table\": \"3\"}]").unwrap();
    let error = Tables::read_json(&path).unwrap_err().to_string();
    assert!(
        error.contains("tables.json:2: expected an array of table rows"),
        "{error}"
    );
    assert!(Tables::read_json(&folder.path().join("none.json")).is_err());
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
