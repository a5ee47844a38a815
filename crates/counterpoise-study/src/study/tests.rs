//! Studies that are read, and studies that are refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod controls;
mod sweeps;

use std::num::NonZeroUsize;

use super::*;
use crate::kinds::of_repository;

pub(super) const GOOD: &str = r#"
probe = "p.safetensors"
prompts = "prompts.jsonl"

[models]
base = "base"
tuned = "tuned"

[decoding]
max_new_tokens = 20
batch_size = 64

[[scorer]]
kind = "lexical"
file = "scorer.json"

[[metric]]
kind = "toxicity"

[[metric]]
kind = "perplexity"
text = "/elsewhere/text.txt"

[[figure]]
kind = "layer_projections"
ablated = "ablate-200"

[[figure]]
kind = "activation_shifts"
panel = "b"
ranks = [3000, 3200]

[[intervention]]
name = "base"
label = "none"
model = "base"
tables = [1, 2]
kind = "none"

[[intervention]]
name = "ablate-200"
label = "ablate top 200"
model = "base"
tables = [1]
kind = "ablate"
neurons = { published_top = 200 }

[[intervention]]
name = "patched"
label = "patched"
model = "base"
tables = [3]
kind = "patch"
file = "values.csv"
"#;

fn read(text: &str) -> Result<Study> {
    let kinds = Kinds::paper().unwrap();
    Study::of(TomlFile::named("some.toml", text), &kinds)
}

/// The line of `text` in the good study.
fn line(text: &str) -> usize {
    let before = GOOD.split(text).next().unwrap();
    before.matches('\n').count() + 1
}

/// The error after replacing `from` by `to` in the good study; it is about the line where `from` was.
#[track_caller]
fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let error = read(&GOOD.replace(from, to)).unwrap_err().to_string();
    let place = format!("some.toml:{}: ", line(from));
    assert!(error.starts_with(&place), "{place} {error}");
    error
}

#[test]
fn a_good_study_is_read() {
    let study = read(GOOD).unwrap();
    let folder = study.file.folder();
    assert_eq!(study.name, "some");
    assert_eq!(study.probe, folder.join("p.safetensors"));
    assert_eq!(study.decoding.max_prompt_tokens, 32);
    assert_eq!(study.decoding.batch_size, NonZeroUsize::new(64));
    let [base, ablate, _] = &study.interventions[..] else {
        panic!("three interventions");
    };
    assert_eq!((base.tables.len(), ablate.tables.len()), (2, 1));
    assert_eq!(PaperRow::of(&base.does), Some(PaperRow::None));
    let published = PaperRow::of(&ablate.does).and_then(|row| row.published());
    assert_eq!(published, Some(200));
}

#[test]
fn every_file_that_a_part_reads_is_known() {
    let study = read(GOOD).unwrap();
    let folder = study.file.folder();
    let expected = [
        ("scorer lexical", folder.join("scorer.json")),
        ("metric perplexity", PathBuf::from("/elsewhere/text.txt")),
        ("intervention patched", folder.join("values.csv")),
    ];
    let expected = expected.map(|(part, file)| (part.to_owned(), file));
    assert_eq!(study.part_inputs(), expected);
    // A description keeps the path that the study has.
    let patched = &study.interventions[2].does.parameters["file"];
    assert_eq!(patched.as_str(), Some("values.csv"));
}

#[test]
fn a_path_that_escapes_have_changed_is_refused_wherever_it_is() {
    for (from, to) in [
        ("\"p.safetensors\"", r#""data\new""#),
        (
            "\"base\"\ntuned = \"tuned\"",
            "\"base\\net\"\ntuned = \"tuned\"",
        ),
        ("\"values.csv\"", r#""data\floats.csv""#),
        ("\"/elsewhere/text.txt\"", r#""d\text.txt""#),
        ("\"scorer.json\"", r#""\form.json""#),
    ] {
        let message = error(from, to);
        assert!(message.contains("has the control character"), "{message}");
    }
}

#[test]
fn without_figures_there_are_the_paper_s_and_those_of_attribution() {
    let start = GOOD.find("[[figure]]").unwrap();
    let end = GOOD.find("[[intervention]]").unwrap();
    let study = read(&[&GOOD[..start], &GOOD[end..]].concat()).unwrap();
    assert_eq!(study.figures.len(), 11);
    assert_eq!(study.figures[0].part.shown_row(), Some("ablate-200"));
    let mini = named("mini");
    let does = |study: &Study| -> Vec<_> {
        let figures = study.figures.iter().skip(1);
        figures.map(|figure| figure.does.clone()).collect()
    };
    assert_eq!(does(&study), does(&mini));
    for (off, figures) in [
        ("components = false", 10),
        ("vocabulary_neurons = 0", 10),
        ("vocabulary_tokens = 0\ncomponents = false", 9),
    ] {
        let off = format!("[attribution]\n{off}\n\n");
        let study = read(&[&GOOD[..start], &off, &GOOD[end..]].concat()).unwrap();
        assert_eq!(study.figures.len(), figures);
    }
}

/// A study of the workspace.
fn named(name: &str) -> Study {
    let studies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies");
    Study::read(&studies.join(format!("{name}.toml")), &of_repository()).unwrap()
}

#[test]
fn paths_are_taken_from_the_study_s_folder() {
    let study = named("mini");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = std::fs::canonicalize(root).unwrap();
    assert_eq!(study.base, root.join("fixtures/mini/base"));
    assert_eq!(
        below(Path::new("a/b"), Path::new("../../c")),
        Path::new("c")
    );
    assert_eq!(
        below(Path::new("a"), Path::new("../../c")),
        Path::new("../c")
    );
}

#[test]
fn the_studies_of_the_repository_s_pairs_have_every_row_of_both_tables() {
    for name in ["mini", "small"] {
        has_every_row(&named(name));
    }
}

fn has_every_row(study: &Study) {
    let rows = || {
        study
            .interventions
            .iter()
            .filter(|row| row.control.is_none())
    };
    let in_table = |table| rows().filter(|row| row.tables.contains(&table)).count();
    assert_eq!((in_table(1), in_table(2)), (13, 9));
    let is_paper = |row: &StudyIntervention| PaperRow::of(&row.does).is_some();
    assert!(rows().all(is_paper));
    // No control is taken for a row of the paper.
    let mut controls = study
        .interventions
        .iter()
        .filter(|row| row.control.is_some());
    assert!(controls.all(|row| !is_paper(row)));
}

#[test]
fn the_published_study_takes_the_paper_s_numbers_as_they_are() {
    use counterpoise_groups::scaling::{GPT2_MEDIUM_NEURONS, scale_rank};
    let study = named("gpt2-medium");
    assert_eq!(study.interventions.len(), 19);
    assert!(study.tuned.ends_with("data/gpt2-medium/dpo.pt"));
    let kinds: Vec<&str> = study
        .metrics
        .iter()
        .map(|metric| metric.does.kind.as_str())
        .collect();
    assert_eq!(kinds, ["toxicity", "toxicity", "perplexity", "f1"]);
    let window = &study.metrics[2].does.parameters["window"];
    assert_eq!(window.as_integer(), Some(1024));
    let papers = study
        .interventions
        .iter()
        .map(|row| PaperRow::of(&row.does));
    let numbers: Vec<usize> = papers
        .map(|paper| paper.expect("a row of the paper"))
        .filter_map(|row| row.published())
        .collect();
    assert_eq!(numbers, [100, 200, 1000, 100, 200, 1000, 2000, 7, 7, 7]);
    let scaled = numbers
        .iter()
        .map(|&top| scale_rank(top, GPT2_MEDIUM_NEURONS));
    assert!(scaled.eq(numbers.iter().copied()));
}

#[test]
fn the_published_study_does_what_those_of_the_repository_s_pairs_do() {
    let [mini, small, published] =
        ["mini", "small", "gpt2-medium"].map(|name| named(name).interventions);
    let rows = |study: &[StudyIntervention]| -> Vec<_> {
        let row = |row: &StudyIntervention| (row.model, row.does.clone(), row.tables.clone());
        let rows = study.iter().filter(|row| row.control.is_none());
        rows.map(row).collect()
    };
    assert_eq!(rows(&mini), rows(&published));
    assert_eq!(rows(&small), rows(&published));
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    for (from, to, named) in [
        ("probe =", "prob =", "`prob`"),
        ("max_new_tokens", "new_tokens", "`new_tokens`"),
        ("panel = \"b\"", "panel = \"b\"\nbins = 3", "`bins`"),
    ] {
        let text = GOOD.replace(from, to);
        let error = read(&text).unwrap_err().to_string();
        let at = text
            .lines()
            .position(|line| line.starts_with(named.trim_matches('`')));
        let place = format!("some.toml:{}: ", at.unwrap() + 1);
        assert!(
            error.starts_with(&place) && error.contains(named),
            "{error}"
        );
    }
    let parameter = error(
        "neurons = { published_top = 200 }",
        "neurons = { publish = 200 }",
    );
    assert!(parameter.contains("`"), "{parameter}");
    let old = read(&GOOD.replace("[[scorer]]", "[scorer]"))
        .unwrap_err()
        .to_string();
    assert!(old.contains("under a line `[[scorer]]`"), "{old}");
}

#[test]
fn unknown_values_are_named_with_their_line() {
    let kind = error("kind = \"ablate\"", "kind = \"ablat\"");
    assert!(kind.contains("`ablat`"), "{kind}");
    let metric = error("kind = \"toxicity\"", "kind = \"toxic\"");
    assert!(
        metric.contains("known kinds: f1, perplexity, repetition, toxicity"),
        "{metric}"
    );
    let group = error(
        "neurons = { published_top = 200 }",
        "neurons = { groups = [\"TP+\"] }",
    );
    assert!(group.contains("TP+") && group.contains("AN-"), "{group}");
    let text = GOOD.replace("panel = \"b\"", "panel = \"b\"\ngrouping = \"sign\"");
    let grouping = read(&text).unwrap_err().to_string();
    assert!(grouping.contains("reduction-sign"), "{grouping}");
    let zero = error("max_new_tokens = 20", "max_new_tokens = 0");
    assert!(zero.contains("nonzero"), "{zero}");
    let text = GOOD.replace(
        "tuned = \"tuned\"",
        "tuned = \"tuned\"\ndtype = \"float16\"",
    );
    let dtype = read(&text).unwrap_err().to_string();
    assert!(
        dtype.contains("`float16`") && dtype.contains("bf16"),
        "{dtype}"
    );
    let table = error("tables = [3]", "tables = [0]");
    assert!(table.contains("from 1"), "{table}");
    let text = GOOD.replace("[3000, 3200]", "[3200, 3000]");
    let ranks = read(&text).unwrap_err().to_string();
    assert!(ranks.contains("from below to"), "{ranks}");
}

#[test]
fn names_are_unique_and_safe() {
    let twice = error("name = \"ablate-200\"", "name = \"base\"");
    assert!(
        twice.contains("second intervention named `base`"),
        "{twice}"
    );
    for unsafe_name in ["../up", "a b", "", ".hidden"] {
        let error = error("name = \"base\"", &format!("name = {unsafe_name:?}"));
        assert!(error.contains("names a file"), "{error}");
    }
    let scorers = GOOD.replace(
        "[[metric]]\nkind = \"toxicity\"",
        "[[scorer]]\nkind = \"lexical\"\nfile = \"b.json\"",
    );
    let twice = read(&scorers).unwrap_err().to_string();
    assert!(twice.contains("second scorer named `lexical`"), "{twice}");
}

#[test]
fn a_figure_shows_a_row_on_the_base_model() {
    let none = read(&GOOD.replace("ablated = \"ablate-200\"", "ablated = \"ablate-300\""));
    let none = none.unwrap_err().to_string();
    assert!(
        none.contains("`ablate-300`") && none.contains("on the base model"),
        "{none}"
    );
    let tuned = read(&GOOD.replace(
        "label = \"ablate top 200\"\nmodel = \"base\"",
        "label = \"ablate top 200\"\nmodel = \"tuned\"",
    ));
    let tuned = tuned.unwrap_err().to_string();
    assert!(tuned.contains("on the base model"), "{tuned}");
}

#[test]
fn a_study_has_one_protocol_or_several_and_says_which() {
    let protocols = |keys: &str| read(&format!("{keys}\n{GOOD}"));
    let found = |keys: &str| protocols(keys).unwrap().protocols;
    let (corrected, released) = (Protocol::Corrected, Protocol::AsReleased);
    assert_eq!(found(""), [corrected]);
    assert_eq!(found("protocol = 'as-released'"), [released]);
    assert_eq!(
        found("protocols = ['corrected', 'as-released']"),
        [corrected, released]
    );
    for (keys, part) in [
        ("protocol = 'released'", "`as-released`"),
        ("protocols = []", "expected one or more, each once"),
        (
            "protocols = ['corrected', 'corrected']",
            "expected one or more, each once",
        ),
        (
            "protocol = 'corrected'\nprotocols = ['corrected']",
            "leave one out",
        ),
    ] {
        let error = protocols(keys).unwrap_err().to_string();
        assert!(
            error.starts_with("some.toml:1: ") && error.contains(part),
            "{error}"
        );
    }
}

#[test]
fn nulls_are_drawn_unless_a_study_says_otherwise() {
    let settings = |text: &str| read(text).unwrap().nulls;
    assert_eq!(settings(GOOD).directions, 200);
    let fewer = GOOD.replace("[decoding]", "[nulls]\ndirections = 0\n\n[decoding]");
    let found = settings(&fewer);
    assert_eq!((found.directions, found.label_shuffles), (0, 200));
    let misspelt = read(&fewer.replace("directions", "direction")).unwrap_err();
    let expected = "label_shuffles";
    assert!(misspelt.to_string().contains(expected), "{misspelt}");
}
