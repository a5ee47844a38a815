//! Sweeps, asked for rightly and wrongly.

use super::*;

/// The good study with these rows more.
fn with(rows: &str) -> String {
    format!("{GOOD}\n{rows}\n")
}

const SCALED: &str = r#"
[[intervention]]
name = "scale"
label = "Scale keys"
model = "tuned"
tables = [1]
kind = "scale_keys"
neurons = { ranked_by = "tuned" }
sweep = { factor = [2.0, 5.0], "neurons.top" = [1, 10] }
"#;

/// A control of it; `{}` is what else it says.
fn control(of: &str, rest: &str) -> String {
    let head = "[[intervention]]\nname = \"control\"\nlabel = \"random\"\nkind = \"scale_keys\"";
    with(&format!("{SCALED}\n{head}\ncontrol_of = \"{of}\"\n{rest}"))
}

fn added(text: &str) -> Vec<StudyIntervention> {
    read(text).unwrap().interventions.split_off(3)
}

#[test]
fn a_sweep_is_a_row_for_every_combination() {
    let rows = added(&with(SCALED));
    let shown: Vec<_> = (rows.iter())
        .map(|row| (row.name.as_str(), row.label.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("scale.1", "Scale keys, factor = 2, top = 1"),
            ("scale.2", "Scale keys, factor = 2, top = 10"),
            ("scale.3", "Scale keys, factor = 5, top = 1"),
            ("scale.4", "Scale keys, factor = 5, top = 10"),
        ]
    );
    let alone = r#"
[[intervention]]
name = "alone"
label = "alone"
model = "tuned"
tables = [1]
kind = "scale_keys"
neurons = { ranked_by = "tuned", top = 10 }
factor = 5.0
"#;
    let alone = &added(&with(alone))[0];
    assert_eq!((&rows[3].does, rows[3].model), (&alone.does, alone.model));
    let sweep = rows[3].sweep.as_ref().unwrap();
    assert_eq!(sweep.sweep, "scale");
    assert_eq!(sweep.values["neurons.top"].as_integer(), Some(10));
    assert_eq!(alone.sweep, None);
}

#[test]
fn a_control_belongs_to_one_row_of_a_sweep_or_has_one_for_each() {
    let one = "factor = 2.0\nneurons = { matched_to = { top = 10 }, seed = 1 }\ndraws = 2";
    let rows = added(&control("scale.2", one));
    let of = |row: &StudyIntervention| {
        let control = row.control.clone().unwrap();
        (row.name.clone(), control.of, control.name, control.draw)
    };
    let expected = |name: &str, of: &str, control: &str, draw| {
        (name.to_owned(), of.to_owned(), control.to_owned(), draw)
    };
    assert_eq!(
        rows[4..].iter().map(of).collect::<Vec<_>>(),
        [
            expected("control.1", "scale.2", "control", Some(1)),
            expected("control.2", "scale.2", "control", Some(2)),
        ]
    );
    let each = "neurons = { seed = 1 }\n\
                sweep = { factor = [2.0, 5.0], \"neurons.matched_to.top\" = [1, 10] }\ndraws = 2";
    let rows = added(&control("scale", each));
    let last = rows.last().unwrap();
    assert_eq!(rows.len(), 4 + 8);
    assert_eq!(
        of(last),
        expected("control.4.2", "scale.4", "control.4", Some(2))
    );
    assert_eq!(
        (last.model, last.label.as_str()),
        (Role::Tuned, "random, factor = 5, top = 10")
    );
    // A row that is none of a sweep may have a control of many values, each of them a control of it.
    let seeds =
        "neurons = { matched_to = { top = 1 } }\nfactor = 2.0\nsweep = { 'neurons.seed' = [1, 2] }";
    let rows = added(&control("scale.1", seeds));
    assert_eq!(
        of(&rows[5]),
        expected("control.2", "scale.1", "control.2", None)
    );
}

#[test]
fn a_sweep_that_cannot_be_one_is_refused_with_its_line() {
    for (from, to, part) in [
        (
            "factor = [2.0, 5.0]",
            "facter = [2.0, 5.0]",
            "unknown key `facter`",
        ),
        (
            "factor = [2.0, 5.0]",
            "factor = []",
            "expected at least one value",
        ),
        (
            "factor = [2.0, 5.0]",
            "factor = 2.0",
            "expected a list of values",
        ),
        (
            "factor = [2.0, 5.0]",
            "factor = [2.0, \"x\"]",
            "expected f32",
        ),
        (
            "factor = [2.0, 5.0]",
            "model = [\"base\", \"tuned\"], factor = [2.0]",
            "unknown key `model`",
        ),
        (
            "factor = [2.0, 5.0]",
            "kind = [\"none\"], factor = [2.0]",
            "`kind` is set beside the sweep",
        ),
        (
            "neurons.top",
            "neurons.ranked_by",
            "`neurons.ranked_by` is set beside the sweep",
        ),
    ] {
        let text = with(&SCALED.replace(from, to));
        let error = read(&text).unwrap_err().to_string();
        let line = text
            .lines()
            .position(|line| line.starts_with("sweep"))
            .unwrap()
            + 1;
        assert!(
            error.starts_with(&format!("some.toml:{line}: ")),
            "{to}: {error}"
        );
        assert!(error.contains(part), "{to}: {error}");
    }
    let nested = with(&SCALED.replace("neurons.top", "neurons.tip"));
    let error = read(&nested).unwrap_err().to_string();
    assert!(
        error.contains("give exactly one of `top`")
            && error.ends_with(", with factor = 2, tip = 1"),
        "{error}"
    );
    for (of, rest, part) in [
        (
            "scale",
            "factor = 2.0\nneurons = { top = 3 }",
            "`scale` is a sweep of 4 rows; name one of them",
        ),
        (
            "scale",
            "sweep = { factor = [2.0, 5.0] }\nneurons = { top = 3 }",
            "the same values in the same order",
        ),
        (
            "scale.5",
            "factor = 2.0\nneurons = { top = 3 }",
            "no intervention named `scale.5`",
        ),
    ] {
        let text = control(of, rest);
        let error = read(&text).unwrap_err().to_string();
        let line = text
            .lines()
            .position(|line| line.starts_with("control_of"))
            .unwrap()
            + 1;
        assert!(
            error.starts_with(&format!("some.toml:{line}: ")),
            "{rest}: {error}"
        );
        assert!(error.contains(part), "{rest}: {error}");
    }
    let twice = with(SCALED).replace("name = \"patched\"", "name = \"scale.3\"");
    let error = read(&twice).unwrap_err().to_string();
    assert!(
        error.contains("a second intervention named `scale.3`"),
        "{error}"
    );
}

#[test]
fn an_edit_file_is_one_edit() {
    let text = "kind = \"ablate\"\nsweep = { 'neurons.top' = [1] }\n";
    let file = TomlFile::named("edit.toml", text);
    let kinds = Kinds::paper().unwrap();
    let error = read_intervention(&file, file.document().unwrap(), &kinds.interventions);
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("edit.toml:2: `sweep` makes several rows"),
        "{error}"
    );
}
