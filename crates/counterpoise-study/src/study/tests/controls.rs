//! Controls of rows, asked for rightly and wrongly.

use super::*;

/// The good study with one row more.
fn with(row: &str) -> String {
    format!("{GOOD}\n[[intervention]]\nname = \"control\"\nlabel = \"random\"\n{row}\n")
}

const MATCHED: &str =
    "kind = \"ablate\"\nneurons = { matched_to = { published_top = 200 }, seed = 1 }";

#[test]
fn a_control_stands_where_its_row_does_and_is_drawn_as_often_as_asked() {
    let study = read(&with(&format!("control_of = \"base\"\n{MATCHED}"))).unwrap();
    let control = study.interventions.last().unwrap();
    assert_eq!(
        (control.name.as_str(), &control.tables[..]),
        ("control", &[1, 2][..])
    );
    assert_eq!(control.control.as_ref().unwrap().draw, None);

    let drawn = read(&with(&format!(
        "control_of = \"ablate-200\"\ndraws = 5\n{MATCHED}"
    )))
    .unwrap();
    let draws = &drawn.interventions[3..];
    let names: Vec<&str> = draws.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "control.1",
            "control.2",
            "control.3",
            "control.4",
            "control.5"
        ]
    );
    for (number, row) in (1..).zip(draws) {
        assert_eq!((row.model, &row.tables[..]), (Role::Base, &[1][..]));
        let control = row.control.as_ref().unwrap();
        assert_eq!(
            (control.of.as_str(), control.draw),
            ("ablate-200", Some(number))
        );
        let draw = &row.does.parameters["neurons"]["draw"];
        assert_eq!(draw.as_integer(), Some(number.into()));
    }
}

#[test]
fn a_control_that_says_too_much_or_too_little_is_refused_with_its_line() {
    for (row, line, part) in [
        (
            "control_of = \"bas\"",
            "control_of",
            "no intervention named `bas`",
        ),
        (
            "control_of = \"control\"",
            "control_of",
            "`control` is a control itself",
        ),
        (
            "control_of = \"base\"\nmodel = \"base\"",
            "model = ",
            "`model`: a control has that of the row",
        ),
        (
            "control_of = \"base\"\ntables = [1]",
            "tables = ",
            "`tables`: a control has that",
        ),
        (
            "model = \"base\"\ntables = [1]\ndraws = 2",
            "draws",
            "`draws` goes with `control_of`",
        ),
        ("control_of = \"base\"\ndraws = 0", "draws", "nonzero"),
        ("tables = [1]", "[[intervention]]", "missing key `model`"),
        (
            "model = \"base\"",
            "[[intervention]]",
            "missing key `tables`",
        ),
    ] {
        let text = with(&format!("{row}\n{MATCHED}"));
        let error = read(&text).unwrap_err().to_string();
        let at = text[..text.rfind(line).unwrap()].matches('\n').count() + 1;
        assert!(
            error.starts_with(&format!("some.toml:{at}: ")),
            "{row}: {error}"
        );
        assert!(error.contains(part), "{row}: {error}");
    }
    let fixed = "control_of = \"base\"\ndraws = 2\nkind = \"ablate\"\nneurons = { top = 3 }";
    let error = read(&with(fixed)).unwrap_err().to_string();
    assert!(
        error.contains("nothing in this intervention is drawn at random"),
        "{error}"
    );
    let twice = with(&format!("control_of = \"base\"\ndraws = 2\n{MATCHED}"))
        .replace("name = \"patched\"", "name = \"control.2\"");
    let error = read(&twice).unwrap_err().to_string();
    assert!(
        error.contains("a second intervention named `control.2`"),
        "{error}"
    );
}
