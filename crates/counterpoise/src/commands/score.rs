//! `score`: scores a finished run again, or exports its texts for a scorer elsewhere.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use counterpoise_registry::Resources;
use counterpoise_study::{AddedScores, FinishedRun, Kinds, NamedScorer, TomlFile};
use serde_json::json;
use toml::{Table, Value};

use crate::cli::OutputArgs;
use crate::device::DeviceChoice;
use crate::progress::{self, Bars};

/// `score`
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// The run's folder, such as out/mini.
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// A file with [[scorer]] tables, or a kind of scorer whose parameters are given by --set. Its scores
    /// are the metric `toxicity_<name>`; where the run has that from an earlier `score`, it is replaced.
    #[arg(
        long,
        value_name = "FILE.toml|KIND",
        required_unless_present = "export"
    )]
    scorer: Option<String>,
    /// A parameter of the scorer, or its `name`: a TOML value, or text as it is; paths from the current
    /// folder.
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "scorer")]
    parameters: Vec<String>,
    /// Write the continuations as id, row, prompt and text: .csv, .jsonl or .parquet.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Where scorers that are models compute; `auto` takes a GPU if there is one.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command. The run's files are written when all of it is scored.
///
/// # Errors
/// Bad input, and what a scorer reports; the run then stays as it is.
pub(crate) fn run(args: &ScoreArgs, kinds: &Kinds) -> Result<()> {
    let start = Instant::now();
    let mut run = FinishedRun::open(&args.run)?;
    let mut told = Vec::new();
    let exported = match &args.export {
        Some(path) => {
            let texts = run.export(path)?;
            told.push(format!("{texts} texts written to {}", path.display()));
            Some(texts)
        }
        None => None,
    };
    let mut added: Vec<AddedScores> = Vec::new();
    let mut failures = Vec::new();
    if let Some(scorer) = &args.scorer {
        let file = scorer_file(scorer, &args.parameters)?;
        let scorers = NamedScorer::read(&file, kinds)?;
        let resources = Resources::new().with(args.device.open()?.device);
        for scorer in &scorers {
            added.push(run.score(scorer, &resources, &mut Bars::default())?);
        }
        let rendered = run.write(&kinds.figures)?;
        let files = rendered.written.len();
        progress::line(&format!("{files} files written to {}", args.run.display()));
        failures = rendered.failures;
    }
    told.extend(added.iter().map(sentence));
    let results = json!({ "run": args.run, "exported_texts": exported, "metrics": added });
    super::print(args.output, start, results, &told.join("; "))?;
    match failures.is_empty() {
        true => Ok(()),
        false => bail!("{}", failures.join("; ")),
    }
}

fn sentence(added: &AddedScores) -> String {
    let AddedScores {
        metric,
        rows,
        texts,
        missing,
        replaced,
    } = added;
    let before = match replaced {
        true => ", in place of earlier scores",
        false => "",
    };
    format!("`{metric}` of {rows} rows: {texts} texts scored, {missing} missing{before}")
}

/// The file that describes the scorer: the one that is named, or one made of the kind and its parameters.
fn scorer_file(scorer: &str, parameters: &[String]) -> Result<TomlFile> {
    let path = Path::new(scorer);
    let is_file =
        path.extension().is_some_and(|end| end == "toml") || path.components().count() > 1;
    if !is_file {
        return described(scorer, parameters);
    }
    if let Some(parameter) = parameters.first() {
        bail!(
            "`--set {parameter}` goes with a kind of scorer; `--scorer {scorer}` is a file, write it there"
        );
    }
    Ok(TomlFile::read(path)?)
}

/// A TOML value, or the text itself if it is none.
fn value_of(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    let value = parsed.and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::from(text))
}

/// A scorer described on the command line.
fn described(kind: &str, parameters: &[String]) -> Result<TomlFile> {
    let mut table = Table::from_iter([("kind".to_owned(), Value::from(kind))]);
    for parameter in parameters {
        // A parameter may be a secret that was put there by mistake, so it is not repeated.
        let (key, value) = parameter
            .split_once('=')
            .ok_or_else(|| anyhow!("`--set`: expected KEY=VALUE, found no `=` in one of them"))?;
        let key = key.trim();
        if table.insert(key.to_owned(), value_of(value)).is_some() {
            bail!("`--set {key}=…`: it is set twice");
        }
    }
    let table = Table::from_iter([("scorer".to_owned(), Value::Array(vec![table.into()]))]);
    Ok(TomlFile {
        path: PathBuf::from("--scorer"),
        text: toml::to_string(&table)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_kind_and_its_parameters_make_a_scorer() {
        let set = ["file=a b.csv", "name=judge", "n = 3", "list=['x']", "q=a=b"];
        let file = described("file", &set.map(str::to_owned)).unwrap();
        let table: Table = file.text.parse().unwrap();
        let scorer = table["scorer"].as_array().unwrap()[0].as_table().unwrap();
        assert_eq!(scorer["kind"], Value::from("file"));
        assert_eq!(scorer["file"], Value::from("a b.csv"));
        assert_eq!(scorer["name"], Value::from("judge"));
        assert_eq!(scorer["n"], Value::from(3));
        assert_eq!(scorer["list"], Value::from(vec!["x"]));
        assert_eq!(scorer["q"], Value::from("a=b"));
    }

    #[test]
    fn parameters_that_contradict_each_other_are_refused() {
        let refused = |set: &[&str]| {
            let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
            described("file", &set).unwrap_err().to_string()
        };
        assert!(refused(&["file=a", "file=b"]).contains("`--set file=…`: it is set twice"));
        assert!(refused(&["kind=lexical"]).contains("twice"));
        assert!(refused(&["SECRET"]).contains("KEY=VALUE"));
        assert!(!refused(&["SECRET"]).contains("SECRET"));
        let both = scorer_file("scorers/mine.toml", &["file=a".to_owned()]);
        assert!(both.unwrap_err().to_string().contains("is a file"));
    }
}
