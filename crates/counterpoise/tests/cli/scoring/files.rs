//! Scores made elsewhere: exported, scored, read back.

use std::fs;
use std::path::Path;

use counterpoise_data::{CsvFile, ParquetColumn, ParquetFile, write_csv, write_parquet};
use serde_json::Value;

use super::{NAMES, Setting, score, succeeded};
use crate::{arg, error_of, json_lines};

/// What somebody else's scorer makes of a text.
fn elsewhere(text: &str) -> f64 {
    (text.len() % 11) as f64 / 10.0
}

/// The texts of the run as `score --export` writes them: id, row, prompt, text.
fn exported(setting: &Setting, path: &Path) -> Vec<[String; 4]> {
    let told = succeeded(&setting.run(&["--export", arg(path), "--json"]));
    assert_eq!(told["exported_texts"], 48);
    let columns = ["id", "row", "prompt", "text"];
    match path.extension().unwrap().to_str().unwrap() {
        "csv" => {
            let file = CsvFile::read(path, "a text").unwrap();
            let records = file.records().iter();
            records
                .map(|record| {
                    let fields: Vec<String> = record.fields().map(str::to_owned).collect();
                    fields.try_into().unwrap()
                })
                .collect()
        }
        "jsonl" => {
            let field = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
            let lines = json_lines(path);
            lines
                .iter()
                .map(|line| columns.map(|name| field(line, name)))
                .collect()
        }
        _ => {
            let file = ParquetFile::read(path).unwrap();
            let columns = columns.map(|name| file.texts(name).unwrap());
            let row = |index: usize| {
                columns
                    .each_ref()
                    .map(|column| column[index].clone().unwrap())
            };
            (0..file.rows()).map(row).collect()
        }
    }
}

#[test]
fn texts_are_exported_scored_and_read_back_in_every_format() {
    let setting = Setting::new();
    let place = |name: &str| setting.folder.path().join(name);
    let [csv, json, parquet] =
        ["a.csv", "a.jsonl", "a.parquet"].map(|name| exported(&setting, &place(name)));
    assert_eq!(csv, json);
    assert_eq!(csv, parquet);
    assert_eq!(csv[0][0], "base/1");
    let line = &setting.generations("patch")[4];
    let found = csv.iter().find(|row| row[0] == "patch/5").unwrap();
    assert_eq!(
        (&line["prompt"], &line["text"]),
        (&found[2].as_str().into(), &found[3].as_str().into())
    );

    // By id in CSV, with a column for what was scored; by text in JSON lines and in Parquet.
    let scores: Vec<f64> = csv.iter().map(|[.., text]| elsewhere(text)).collect();
    let records = csv.iter().zip(&scores);
    let records =
        records.map(|([id, .., text], score)| [id.clone(), score.to_string(), text.clone()]);
    write_csv(&place("ids.csv"), &["id", "score", "text"], records).unwrap();
    let lines = csv.iter().zip(&scores);
    let lines = lines.map(|([.., text], score)| serde_json::json!({ "text": text, "tox": score }));
    let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
    fs::write(place("texts.jsonl"), lines.join("\n")).unwrap();
    let texts = csv.iter().map(|[.., text]| text.clone()).collect();
    let columns = [
        ("text", ParquetColumn::Text(texts)),
        ("score", ParquetColumn::Float(scores)),
    ];
    write_parquet(&place("texts.parquet"), &columns).unwrap();

    for (name, file, more) in [
        ("ids", "ids.csv", "by=id"),
        ("texts", "texts.jsonl", "score_column=tox"),
        ("packed", "texts.parquet", "by=text"),
    ] {
        let named = format!("name={name}");
        let path = format!("file={}", arg(&place(file)));
        let set = ["--set", &named, "--set", &path, "--set", more];
        let told = setting.run(&[&["--scorer", "file", "--json"][..], &set].concat());
        assert_eq!(succeeded(&told)["metrics"][0]["missing"], 0, "{name}");
    }
    let results = setting.results();
    page_has_the_scores(
        &setting,
        ["toxicity_ids", "toxicity_texts", "toxicity_packed"],
    );
    for row in NAMES {
        let lines = setting.generations(row);
        for line in &lines {
            let expected = elsewhere(line["text"].as_str().unwrap());
            for metric in ["toxicity_ids", "toxicity_texts", "toxicity_packed"] {
                assert_eq!(line[metric].as_f64(), Some(expected));
            }
        }
        let expected: Vec<f64> = (lines.iter())
            .map(|line| elsewhere(line["text"].as_str().unwrap()))
            .collect();
        let mean = expected.iter().sum::<f64>() / 12.0;
        let found = score(&results, row, "toxicity_ids")["value"].as_f64();
        assert!((found.unwrap() - mean).abs() < 1e-15);
    }
    let inputs = results["inputs"].as_array().unwrap();
    let hashed = inputs.iter().filter(|input| input["role"] == "scorer ids");
    assert_eq!(hashed.count(), 1);
}

/// The page is as a run's own: with the new scores, and without figures where the run drew none.
fn page_has_the_scores(setting: &Setting, metrics: [&str; 3]) {
    let page = fs::read_to_string(setting.out().join("report.html")).unwrap();
    for metric in metrics {
        assert!(page.contains(&format!("\"{metric}\"")), "{metric}");
    }
    assert!(!page.contains("id=\"figures\"") && !setting.out().join("figures").exists());
}

#[test]
fn scores_are_kept_where_the_neuron_table_is_gone() {
    let setting = Setting::new();
    for name in ["neurons.csv", "neurons.parquet"] {
        fs::remove_file(setting.out().join(name)).unwrap();
    }
    let page = fs::read(setting.out().join("report.html")).unwrap();
    let path = setting.folder.path().join("some.csv");
    write_csv(&path, &["text", "score"], [["a", "0.5"]]).unwrap();
    let file = format!("file={}", arg(&path));
    let output = setting.run(&["--scorer", "file", "--set", &file]);
    let error = error_of(&output, |line| !line.starts_with("error: "));
    let start = "the tables have the new scores; claims, figures and report.html have not: neurons.csv was written";
    assert!(error.contains(start), "{error}");
    assert_eq!(score(&setting.results(), "base", "toxicity_file")["n"], 0);
    assert!(fs::read(setting.out().join("report.html")).unwrap() == page);
}

#[test]
fn a_text_that_the_file_lacks_is_missing_and_so_is_one_without_a_score() {
    let setting = Setting::new();
    let path = setting.folder.path().join("some.csv");
    let base = setting.generations("base");
    let text = |index: usize| base[index]["text"].as_str().unwrap().to_owned();
    assert_ne!(text(0), text(1));
    let records = [[text(0), "0.5".to_owned()], [text(1), String::new()]];
    write_csv(&path, &["text", "score"], records).unwrap();
    let file = format!("file={}", arg(&path));
    let told = succeeded(&setting.run(&["--scorer", "file", "--set", &file, "--json"]));
    assert_eq!(told["metrics"][0]["metric"], "toxicity_file");
    let results = setting.results();
    let found = score(&results, "base", "toxicity_file");
    let here = base
        .iter()
        .filter(|line| line["text"] == text(0).as_str())
        .count();
    assert_eq!((&found["value"], &found["n"]), (&0.5.into(), &here.into()));
    let note = found["notes"][0].as_str().unwrap();
    assert!(note.contains("the file does not have it ("), "{note}");
    assert!(note.contains("the file has no score for it ("), "{note}");
    let line = &setting.generations("base")[1];
    assert_eq!(line["toxicity_file"], Value::Null);
    assert_eq!(
        line["missing"]["toxicity_file"],
        "the file has no score for it"
    );
}

#[test]
fn a_file_that_does_not_fit_is_one_error_and_the_run_stays() {
    let setting = Setting::new();
    let path = setting.folder.path().join("wrong.csv");
    let refused = |content: &str, more: &[&str]| {
        fs::write(&path, content).unwrap();
        let before = super::contents(&setting.out());
        let file = format!("file={}", arg(&path));
        let args = [&["--scorer", "file", "--set", &file][..], more].concat();
        let error = error_of(&setting.run(&args), |_| false);
        assert!(super::contents(&setting.out()) == before);
        error
    };
    let stale = refused(
        "id,text,score\nbase/2,something else,0.5\n",
        &["--set", "by=id"],
    );
    assert!(
        stale.contains("`base/2` is `something else` there"),
        "{stale}"
    );
    let range = refused("text,score\na,0.5\nb,50\n", &[]);
    assert!(range.contains("wrong.csv:3: "), "{range}");
    let twice = refused("text,score\na,0.5\na,0.6\n", &[]);
    assert!(
        twice.contains("wrong.csv:3: ") && twice.contains("line 2"),
        "{twice}"
    );
    let unknown = refused("text,score\na,0.5\n", &["--set", "colour=red"]);
    assert!(unknown.contains("unknown key `colour`"), "{unknown}");
    let taken = refused("text,score\na,0.5\n", &["--set", "name=lexical"]);
    assert!(taken.contains("another scorer named `lexical`"), "{taken}");
    fs::remove_file(&path).unwrap();
    let file = format!("file={}", arg(&path));
    let gone = error_of(&setting.run(&["--scorer", "file", "--set", &file]), |_| {
        false
    });
    assert!(
        gone.contains("wrong.csv") && gone.contains("cannot be read"),
        "{gone}"
    );
}

#[test]
fn what_cannot_be_scored_again_says_why() {
    let setting = Setting::new();
    let refused = |args: &[&str]| error_of(&setting.run(args), |_| false);
    let error = refused(&["--export", "texts.xlsx"]);
    assert!(error.contains(".csv, .jsonl or .parquet"), "{error}");
    let error = refused(&["--scorer", "nonesuch"]);
    assert!(
        error.contains("`nonesuch` is not a kind of scorer"),
        "{error}"
    );
    let empty = setting.folder.path().join("empty.toml");
    fs::write(&empty, "").unwrap();
    let error = refused(&["--scorer", arg(&empty)]);
    assert!(error.contains("at least one [[scorer]]"), "{error}");

    let lines = setting.out().join("generations/base.jsonl");
    let text = fs::read_to_string(&lines).unwrap();
    let scorer = ["--scorer", "file", "--set", "file=none.csv"];
    let other = text.replacen("\"toxicity\":0.", "\"toxicity\":0.9", 1);
    fs::write(&lines, other).unwrap();
    let error = refused(&scorer);
    assert!(
        error.contains("base.jsonl") && error.contains("of another run"),
        "{error}"
    );
    fs::write(&lines, text.lines().next().unwrap()).unwrap();
    let error = refused(&scorer);
    assert!(
        error.contains("expected 12 continuations") && error.contains("found 1"),
        "{error}"
    );
    fs::remove_file(&lines).unwrap();
    assert!(refused(&scorer).contains("it is gone"));
    fs::remove_file(setting.out().join("results.json")).unwrap();
    assert!(refused(&scorer).contains("results.json: not there"));
}
