//! Studies that are read, and studies that are refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const GOOD: &str = r#"
probe = "p.safetensors"
prompts = "prompts.jsonl"
text = "/elsewhere/text.txt"
samples = "samples.jsonl"

[models]
base = "base"
tuned = "tuned"

[scorer]
kind = "lexical"
file = "scorer.json"

[decoding]
max_prompt_tokens = 32
max_new_tokens = 20
batch_size = 64

[perplexity]
batch_size = 8

[figures]
grouping = "activation-change"
ablated = "ablate-200"
contributions = 10000
bins = 50
arrows = 500
activations = 100
shifts = [[0, 200], [3000, 3200]]

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
"#;

fn read(text: &str) -> Result<Study> {
    Study::of(TomlFile::named("some.toml", text), &Registry::paper())
}

/// The error after replacing `from` by `to` in the good study.
fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    read(&GOOD.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn a_good_study_is_read() {
    let study = read(GOOD).unwrap();
    assert_eq!(study.name, "some");
    assert_eq!(study.probe, study.file.folder().join("p.safetensors"));
    assert_eq!(study.text, Path::new("/elsewhere/text.txt"));
    assert_eq!(study.decoding.max_new_tokens, 20);
    assert_eq!(study.perplexity.window, None);
    assert_eq!(study.figures.grouping, "activation-change");
    let [base, ablate] = &study.interventions[..] else {
        panic!("two interventions");
    };
    assert_eq!((base.tables.len(), ablate.tables.len()), (2, 1));
    assert_eq!(base.paper, Some(PaperRow::None));
    let published = ablate.paper.as_ref().and_then(PaperRow::published);
    assert_eq!(published, Some(200));
}

/// A study of the workspace.
fn named(name: &str) -> Study {
    let studies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/studies");
    Study::read(&studies.join(format!("{name}.toml")), &Registry::paper()).unwrap()
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
fn the_miniature_study_has_every_row_of_both_tables() {
    let study = named("mini");
    let in_table = |table| {
        let stands_in = |row: &&StudyIntervention| row.tables.contains(&table);
        study.interventions.iter().filter(stands_in).count()
    };
    use counterpoise_report::PaperTable::{One, Two};
    assert_eq!((in_table(One), in_table(Two)), (13, 9));
    assert!(study.interventions.iter().all(|row| row.paper.is_some()));
}

#[test]
fn the_published_study_takes_the_paper_s_numbers_as_they_are() {
    use counterpoise_groups::scaling::{GPT2_MEDIUM_NEURONS, scale_rank};
    let study = named("gpt2-medium");
    assert_eq!(study.interventions.len(), 19);
    assert!(study.tuned.ends_with("data/gpt2-medium/dpo.pt"));
    assert_eq!(study.perplexity.window, Some(1024));
    let papers = study.interventions.iter().map(|row| row.paper.as_ref());
    let numbers: Vec<usize> = papers
        .map(|paper| paper.expect("a row of the paper"))
        .filter_map(PaperRow::published)
        .collect();
    assert_eq!(numbers, [100, 200, 1000, 100, 200, 1000, 2000, 7, 7, 7]);
    let scaled = numbers
        .iter()
        .map(|&top| scale_rank(top, GPT2_MEDIUM_NEURONS));
    assert!(scaled.eq(numbers.iter().copied()));
}

#[test]
fn the_published_study_does_what_the_miniature_does() {
    let [mini, published] = ["mini", "gpt2-medium"].map(|name| named(name).interventions);
    let rows = |study: &[StudyIntervention]| -> Vec<_> {
        let row = |row: &StudyIntervention| (row.model, row.paper.clone(), row.tables.clone());
        study.iter().map(row).collect()
    };
    assert_eq!(rows(&mini), rows(&published));
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    let top = error("samples =", "sample =");
    assert!(
        top.starts_with("some.toml:5: ") && top.contains("`sample`"),
        "{top}"
    );
    let nested = error("max_new_tokens", "new_tokens");
    assert!(nested.starts_with("some.toml:17: "), "{nested}");
    assert!(nested.contains("new_tokens"), "{nested}");
    let scorer = error("file = \"scorer.json\"", "path = \"scorer.json\"");
    assert!(
        scorer.starts_with("some.toml:") && scorer.contains("path"),
        "{scorer}"
    );
    let parameter = error("published_top = 200", "publish = 200");
    assert!(parameter.starts_with("some.toml:39: "), "{parameter}");
    assert!(parameter.contains("`publish`"), "{parameter}");
    let row = error("tables = [1]", "table = [1]");
    assert!(
        row.starts_with("some.toml:39: ") && row.contains("tables"),
        "{row}"
    );
}

#[test]
fn unknown_values_are_named_with_their_line() {
    let kind = error("kind = \"ablate\"", "kind = \"ablat\"");
    assert!(
        kind.starts_with("some.toml:39: ") && kind.contains("`ablat`"),
        "{kind}"
    );
    let group = error("published_top = 200", "groups = [\"TP+\"]");
    assert!(group.contains("TP+") && group.contains("AN-"), "{group}");
    let grouping = error("activation-change", "sign");
    assert!(grouping.starts_with("some.toml:24: "), "{grouping}");
    let model = error(
        "label = \"none\"\nmodel = \"base\"",
        "label = \"none\"\nmodel = \"bass\"",
    );
    assert!(model.contains("bass") && model.contains("tuned"), "{model}");
    let table = error("tables = [1]", "tables = [3]");
    assert!(table.contains("no table 3"), "{table}");
    let ranks = error("[3000, 3200]", "[3200, 3000]");
    assert!(ranks.starts_with("some.toml:30: "), "{ranks}");
    let zero = error("max_new_tokens = 20", "max_new_tokens = 0");
    assert!(zero.starts_with("some.toml:17: "), "{zero}");
}

#[test]
fn names_are_unique_and_safe() {
    let twice = error("name = \"ablate-200\"", "name = \"base\"");
    assert!(twice.starts_with("some.toml:39: "), "{twice}");
    assert!(
        twice.contains("second intervention named `base`"),
        "{twice}"
    );
    for unsafe_name in ["../up", "a b", "", ".hidden"] {
        let error = error("name = \"base\"", &format!("name = {unsafe_name:?}"));
        assert!(error.contains("names a file"), "{error}");
    }
}

#[test]
fn figure_1a_needs_a_row_on_the_base_model() {
    let none = error("ablated = \"ablate-200\"", "ablated = \"ablate-300\"");
    assert!(none.starts_with("some.toml:25: "), "{none}");
    let tuned = error(
        "label = \"ablate top 200\"\nmodel = \"base\"",
        "label = \"ablate top 200\"\nmodel = \"tuned\"",
    );
    assert!(tuned.contains("on the base model"), "{tuned}");
}
