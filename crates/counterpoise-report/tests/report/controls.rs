//! Differences from the unedited model, and rows against their controls.

use std::fs;

use counterpoise_report::*;
use counterpoise_score::{Items, Score};

/// Four toxicities and three windows.
fn row(intervention: &str, toxicities: [Option<f64>; 4], nll: f64) -> TableRow {
    let items = Items::mean_of(toxicities.into());
    let n = toxicities.iter().flatten().count();
    let windows = Items::perplexity_of([(nll, 10), (2.0 * nll, 10), (nll, 5)]);
    TableRow::new(1, "base", intervention)
        .with(Score::new("toxicity", items.value().unwrap(), n).over(items))
        .with(Score::new("perplexity", windows.value().unwrap(), 25).over(windows))
}

/// An unedited model, a row, and its control of two draws.
fn sample() -> Tables {
    let base = row("None", [Some(0.5); 4], 10.0);
    let compared = |row: TableRow| row.compared_with(&base);
    let mut edited = row("Patch TP−", [Some(0.1), Some(0.3), None, Some(0.2)], 10.5);
    // What only a patch has is compared with the whole perplexity of the unedited model.
    let first = edited.scores[1].items.clone().unwrap();
    let first = Score::new("perplexity_first_position", 1.0, 25).over(first);
    edited.scores.push(first);
    let edited = compared(edited);
    let control = |draw: u32, toxicity: f64| {
        let mut control = compared(row("random neurons", [Some(toxicity); 4], 10.0));
        control.control_of = Some("Patch TP−".to_owned());
        control.draw = Some(draw);
        control.notes = vec!["mean |activation| 0.2".to_owned()];
        control
    };
    let draws = [control(1, 0.4), control(2, 0.5)];
    let against = AgainstControl::of(&edited, &[&draws[0], &draws[1]]);
    let [first, second] = draws;
    Tables {
        controls: against.into_iter().collect(),
        rows: [base.clone(), edited, first, second]
            .map(TableRow::without_items)
            .into(),
        ..Tables::default()
    }
}

#[test]
fn markdown_shows_differences_with_intervals_and_controls_below_their_row() {
    let text = sample().markdown(1).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = |start: &str| {
        let found = lines.iter().position(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("{start}\n{text}"))
    };
    let edited = at("| base | Patch TP− |");
    assert!(
        lines[edited + 1].starts_with("| base | ↳ random neurons, 2 draws[^1] |"),
        "{text}"
    );
    assert!(
        lines[edited + 1].contains("| 0.450 ± 0.071 (0.400 to 0.500) |"),
        "{text}"
    );
    let second = at("## Against the unedited model");
    assert_eq!(
        lines[second + 4],
        "| Model | Intervention | Δ Toxicity | × PPL | × PPL, patched at the first position only |"
    );
    let changed = lines[second + 6];
    assert!(
        changed.starts_with("| base | Patch TP− | −0.300 [−0.400, −0.200][^2] | 1.083 [1.0"),
        "{changed}"
    );
    assert!(
        text.contains("[^2]: 1 of 4 are not there on both sides and are left out"),
        "{text}"
    );
    assert!(
        lines[second + 7]
            .contains("| −0.050 ± 0.071 (−0.100 to 0.000) | 1.000 ± 0.000 (1.000 to 1.000) |"),
        "{text}"
    );
    let third = at("## Against controls");
    let against = lines[third + 6];
    assert!(
        against.starts_with(
            "| base | Patch TP− | random neurons (mean of 2 draws) | −0.250 [−0.350, −0.150][^2] |"
        ),
        "{against}"
    );
    // The unedited base model is compared with nothing.
    assert_eq!(text.matches("| base | None |").count(), 1);
}

#[test]
fn data_files_hold_the_differences_after_the_columns_that_were_there() {
    let folder = tempfile::tempdir().unwrap();
    let tables = sample();
    let paths = tables.write(folder.path()).unwrap();
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "table1.md",
            "tables.csv",
            "tables.json",
            "controls.csv",
            "controls.json"
        ]
    );
    let json = fs::read_to_string(folder.path().join("tables.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<TableRow>>(&json).unwrap(),
        tables.rows
    );
    assert!(!json.contains("totals"), "items stand in their own file");
    let json = fs::read_to_string(folder.path().join("controls.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<AgainstControl>>(&json).unwrap(),
        tables.controls
    );

    let mut csv = csv::Reader::from_path(folder.path().join("tables.csv")).unwrap();
    let header = csv.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    assert_eq!(place("control_of"), place("notes") + 1);
    let lines: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let change = tables.rows[1].change("toxicity").unwrap();
    let [low, high] = change.interval.unwrap();
    for (column, value) in [
        ("toxicity_change", change.value.unwrap()),
        ("toxicity_change_low", low),
        ("toxicity_change_high", high),
        ("toxicity_change_n", 3.0),
        ("toxicity_change_left_out", 1.0),
    ] {
        assert_eq!(lines[1][place(column)].parse(), Ok(value), "{column}");
        assert_eq!(&lines[0][place(column)], "", "{column}");
    }
    assert_eq!(&lines[1][place("changes_from")], "base: None");
    assert_eq!(
        (&lines[3][place("control_of")], &lines[3][place("draw")]),
        ("Patch TP−", "2")
    );
    let ratio: f64 = lines[1][place("perplexity_factor")].parse().unwrap();
    assert!((ratio - (2.0_f64 / 25.0).exp()).abs() < 1e-12);
    let mut csv = csv::Reader::from_path(folder.path().join("controls.csv")).unwrap();
    assert_eq!(
        csv.headers().unwrap().iter().take(5).collect::<Vec<_>>(),
        ["table", "model", "intervention", "control", "draws"]
    );
    let line = csv.records().next().unwrap().unwrap();
    assert_eq!((&line[3], &line[4]), ("random neurons", "2"));
}
