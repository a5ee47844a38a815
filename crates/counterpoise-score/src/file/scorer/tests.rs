//! Files of scores, good and bad.

#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;

fn failed(reason: &str) -> TextScore {
    Err(reason.to_owned())
}

/// The scorer of a file with this content, and the parameters that `change` sets.
fn read_as(content: &str, change: impl Fn(&mut ScoreFile)) -> Result<FileScorer, ScoreError> {
    let folder = tempfile::tempdir().unwrap();
    // The name says nothing: the content does.
    let path = folder.path().join("scores");
    fs::write(&path, content).unwrap();
    let mut kind = ScoreFile::of(path);
    change(&mut kind);
    FileScorer::read(&kind)
}

fn read_plain(content: &str) -> Result<FileScorer, ScoreError> {
    read_as(content, |_| {})
}

fn scores(scorer: &FileScorer, texts: &[&str]) -> Vec<TextScore> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    scorer.score(&texts).unwrap()
}

#[test]
fn texts_are_found_as_they_stand_in_csv_and_json_lines() {
    let csv = "score,text\n0.5,\" a \"\"quoted\"\", text\"\n,empty\nNaN,nan\n1,\"two\nlines\"\n0.25,\"\"\n";
    let json = "{\"text\": \" a \\\"quoted\\\", text\", \"score\": 0.5}\n\n{\"text\": \"empty\", \"score\": null}\n\
                {\"text\": \"nan\", \"score\": null}\n{\"text\": \"two\\nlines\", \"score\": 1}\n\
                {\"text\": \"\", \"score\": 0.25}\n{\"text\": null, \"score\": null}\n";
    for content in [csv, json] {
        let scorer = read_plain(content).unwrap();
        let texts = [" a \"quoted\", text", "empty", "nan", "two\nlines", "", "a"];
        let found = scores(&scorer, &texts);
        let none = failed("the file has no score for it");
        let absent = failed("the file does not have it");
        assert_eq!(
            found,
            [Ok(0.5), none.clone(), none, Ok(1.0), Ok(0.25), absent]
        );
        assert_eq!(scorer.to_string(), "5 texts, 2 of them without a score");
    }
}

#[test]
fn ids_find_continuations_and_must_be_of_the_same_text() {
    let by_id = |kind: &mut ScoreFile| kind.by = Some(By::Id);
    let csv = "id,text,score\nbase/1,same,0.25\nbase/2,same,0.75\n";
    let scorer = read_as(csv, by_id).unwrap();
    let strings = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let ids = strings(&["base/2", "base/1", "base/3"]);
    let found = scorer.score_by_id(&ids, &strings(&["same", "same", "same"]));
    let absent = failed("the file does not have it");
    assert_eq!(found.unwrap(), [Ok(0.75), Ok(0.25), absent]);
    let stale = scorer.score_by_id(&ids, &strings(&["same", "other", "same"]));
    let stale = stale.unwrap_err().to_string();
    assert!(
        stale.contains("`base/1` is `same` there and `other` here"),
        "{stale}"
    );
    let unnamed = scorer.score(&strings(&["same"])).unwrap_err().to_string();
    assert!(unnamed.contains("by id"), "{unnamed}");
    // Without texts, ids are believed; by texts, the two would contradict each other.
    let bare = read_plain("id,score\nbase/1,0.5\n").unwrap();
    let found = bare.score_by_id(&strings(&["base/1"]), &strings(&["any"]));
    assert_eq!(found.unwrap(), [Ok(0.5)]);
    assert!(read_plain(csv).is_err());
}

#[test]
fn a_text_may_stand_twice_with_one_score() {
    let scorer = read_plain("text,score\na,0.5\nb,0.1\na,0.50\n").unwrap();
    assert_eq!(scores(&scorer, &["a"]), [Ok(0.5)]);
    for again in ["0.6", ""] {
        let error = read_plain(&format!("text,score\na,0.5\nb,0.1\na,{again}\n"));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("scores:4: "), "{error}");
        assert!(error.contains("has 0.5 on line 2"), "{error}");
    }
}

#[test]
fn columns_have_the_names_they_are_given() {
    let named = |kind: &mut ScoreFile| {
        kind.text_column = "continuation".to_owned();
        kind.score_column = "tox".to_owned();
    };
    let scorer = read_as("continuation,tox,text\na,0.5,b\n", named).unwrap();
    assert_eq!(scores(&scorer, &["a"]), [Ok(0.5)]);
    let error = read_plain("continuation,tox\na,0.5\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("scores:1: ") && error.contains("continuation, tox"),
        "{error}"
    );
}

#[test]
fn bad_files_are_errors_with_their_line() {
    for (content, line, part) in [
        ("text,score\na,0.5\nb,high\n", 3, "`high`"),
        ("text,score\na,1.5\n", 2, "the score 1.5"),
        ("text,score\na,-0.1\n", 2, "the score -0.1"),
        ("text,score\na,inf\n", 2, "the score inf"),
        (
            "text,score,score\na,0.5,0.5\n",
            1,
            "more than one column `score`",
        ),
        ("text\na\n", 1, "the columns text"),
        (
            "{\"text\": \"a\", \"score\": 0.5}\n{\"text\": \"b\"}\n",
            2,
            "no `score`",
        ),
        (
            "{\"text\": \"a\", \"score\": \"0.5\"}\n",
            1,
            "the score \"0.5\"",
        ),
        ("{\"text\": 3, \"score\": 0.5}\n", 1, "`text`: 3"),
        ("{\"score\": 0.5}\n", 1, "the keys score"),
        ("\n{\"text\": \"a\", \"score\": NaN}\n", 2, "null"),
        ("{\"text\": \"a\", \"score\": 0.5", 1, "broken JSON"),
    ] {
        let error = read_plain(content).unwrap_err().to_string();
        assert!(
            error.contains(&format!("scores:{line}: ")),
            "{content}: {error}"
        );
        assert!(error.contains(part), "{content}: {error}");
    }
    assert!(
        read_plain("text,score\n")
            .unwrap_err()
            .to_string()
            .contains("empty file")
    );
    assert!(read_plain("").unwrap_err().to_string().contains("scores: "));
    let wanted = read_as("text,score\na,0.5\n", |kind| kind.by = Some(By::Id));
    assert!(wanted.unwrap_err().to_string().contains("no column `id`"));
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_as_such() {
    use counterpoise_data::{ParquetColumn, write_parquet};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    let columns = [
        (
            "text",
            ParquetColumn::Text(vec!["a".to_owned(), "b".to_owned()]),
        ),
        ("score", ParquetColumn::Float(vec![0.5, f64::NAN])),
    ];
    write_parquet(&path, &columns).unwrap();
    let scorer = FileScorer::read(&ScoreFile::of(&path)).unwrap();
    let none = failed("the file has no score for it");
    assert_eq!(scores(&scorer, &["a", "b"]), [Ok(0.5), none]);
    write_parquet(&path, &columns[1..]).unwrap();
    let error = FileScorer::read(&ScoreFile::of(&path))
        .unwrap_err()
        .to_string();
    assert!(error.contains("the columns score"), "{error}");
}
