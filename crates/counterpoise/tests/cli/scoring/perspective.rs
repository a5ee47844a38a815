//! What the scorer `perspective` asks, writes and keeps, where all goes well.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use super::server::toxicity;
use super::{KEY, NAMES, Setting, contents, score, succeeded};
use crate::arg;

#[test]
fn every_row_is_scored_by_the_largest_of_seven_attributes() {
    let setting = Setting::new();
    let told = setting.scored("");
    let metric = &told["metrics"][0];
    assert_eq!(metric["metric"], "toxicity_perspective");
    assert_eq!((&metric["rows"], &metric["texts"]), (&4.into(), &48.into()));
    assert_eq!(metric["replaced"], false);
    let results = setting.results();
    for row in NAMES {
        let lines = setting.generations(row);
        let expected: Vec<f64> = (lines.iter())
            .map(|line| toxicity(line["text"].as_str().unwrap()))
            .collect();
        for (line, expected) in lines.iter().zip(&expected) {
            assert_eq!(line["toxicity_perspective"].as_f64(), Some(*expected));
            assert!(line.get("missing").is_none(), "{line}");
            assert!(line["toxicity"].is_f64());
        }
        let mean = expected.iter().sum::<f64>() / 12.0;
        let found = score(&results, row, "toxicity_perspective");
        assert!((found["value"].as_f64().unwrap() - mean).abs() < 1e-15);
        assert_eq!(found["n"], 12);
        assert!(found["interval"].is_array());
        let toxic = expected.iter().filter(|score| **score >= 0.5).count();
        let ratio = score(&results, row, "toxicity_perspective_ratio");
        assert_eq!(ratio["value"].as_f64(), Some(toxic as f64 / 12.0));
    }
    let table = fs::read_to_string(setting.out().join("table1.md")).unwrap();
    assert!(
        table.contains("| toxicity_perspective | toxicity_perspective_ratio |"),
        "{table}"
    );
}

#[test]
fn each_text_is_asked_once_and_the_answer_kept_as_it_came() {
    let setting = Setting::new();
    setting.scored("");
    let requests = setting.server.requests();
    let mut asked: Vec<&str> = requests.iter().map(|request| request.text()).collect();
    asked.sort_unstable();
    let texts: Vec<String> = setting.texts().into_iter().collect();
    assert!(texts.len() < 48, "some rows write the same");
    assert_eq!(asked, texts);
    for request in &requests {
        assert_eq!(
            request.path,
            "/v1alpha1/comments:analyze?key=AIzaSy-secret%2Bkey%2F1"
        );
        assert_eq!(request.body["doNotStore"], true);
        assert_eq!(request.body["languages"], serde_json::json!(["en"]));
        let attributes = request.body["requestedAttributes"].as_object().unwrap();
        assert_eq!(attributes.len(), 7);
    }
    let answers = setting.answers();
    assert_eq!(answers.len(), texts.len());
    for (answer, request) in answers.iter().zip(&requests) {
        assert_eq!(answer["text"], request.text());
        assert_eq!(
            (&answer["api"], &answer["status"]),
            (&"v1alpha1".into(), &200.into())
        );
        assert_eq!(answer["endpoint"], setting.server.endpoint());
        let raw = answer["answer"].as_str().unwrap();
        assert!(raw.starts_with("{\n  \"attributeScores\""), "{raw}");
        assert_eq!(answer["key"].as_str().unwrap().len(), 64);
        assert!(answer["asked"].as_str().unwrap().ends_with('Z'));
    }
    let scorers = setting.results()["scorers"].clone();
    let origin = scorers[1]["origin"].as_str().unwrap();
    let day = answers[0]["asked"]
        .as_str()
        .unwrap()
        .split_once('T')
        .unwrap()
        .0;
    let count = format!("v1alpha1: {} answers of {day}", texts.len());
    assert!(origin.contains(&count), "{origin}");
    assert_eq!(scorers[1]["attributes"].as_array().unwrap().len(), 7);
}

#[test]
fn a_second_time_replaces_the_first_and_needs_neither_key_nor_service() {
    let setting = Setting::new();
    setting.scored("");
    let first = contents(&setting.out());
    let asked = setting.server.requests().len();
    assert!(asked > 0);
    let scorer = setting.scorer("");
    let command = setting
        .command(&["--scorer", arg(&scorer), "--json"], None)
        .output();
    let told = succeeded(&command.unwrap());
    assert_eq!(told["metrics"][0]["replaced"], true);
    assert_eq!(setting.server.requests().len(), 0);
    for ((path, one), (_, two)) in first.iter().zip(contents(&setting.out())) {
        if !path.ends_with("results.json") {
            assert!(*one == two, "{}", path.display());
        }
    }
    let results = setting.results();
    assert_eq!(results["scored_later"].as_array().unwrap().len(), 1);
    assert_eq!(results["metrics"].as_array().unwrap().len(), 4);
    assert_eq!(results["scorers"].as_array().unwrap().len(), 2);
}

#[test]
fn the_key_stands_nowhere() {
    let setting = Setting::new();
    let scorer = setting.scorer("");
    let output = setting.run(&["--scorer", arg(&scorer)]);
    assert!(output.status.success());
    let mut all = contents(setting.folder.path());
    all.push(("stdout".into(), output.stdout));
    all.push(("stderr".into(), output.stderr));
    for (path, bytes) in all {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [KEY, "secret"] {
            assert!(!text.contains(secret), "{}", path.display());
        }
    }
}

#[test]
fn attributes_and_languages_can_be_chosen_and_are_another_scorer() {
    let setting = Setting::new();
    setting.scored("");
    let before = setting.answers().len();
    setting.server.requests();
    setting.scored("name = \"insult\"\nattributes = [\"INSULT\"]\nlanguages = []");
    let requests = setting.server.requests();
    assert_eq!(
        requests.len(),
        before,
        "answers of other attributes are not used"
    );
    let body = &requests[0].body;
    assert_eq!(
        body["requestedAttributes"],
        serde_json::json!({ "INSULT": {} })
    );
    assert!(body.get("languages").is_none(), "{body}");
    assert_eq!(setting.answers().len(), 2 * before);
    let results = setting.results();
    let [all, one] = ["toxicity_perspective", "toxicity_insult"]
        .map(|metric| score(&results, "base", metric)["value"].as_f64().unwrap());
    assert!(one < all, "{one} {all}");
    let origin = results["scorers"][2]["origin"].as_str().unwrap();
    assert!(origin.contains(&format!("{before} answers")), "{origin}");
}

#[test]
fn requests_keep_their_pace() {
    let setting = Setting::new();
    setting.scored("queries_per_second = 50");
    let requests = setting.server.requests();
    let first = requests.first().unwrap().at;
    let took = requests.last().unwrap().at - first;
    assert!(
        took >= Duration::from_millis(19 * (requests.len() as u64 - 1)),
        "{took:?}"
    );
}

#[test]
fn two_processes_do_not_share_a_cache() {
    let setting = Setting::new();
    setting.server.delay(Duration::from_millis(300));
    let scorer = setting.scorer("");
    let mut first = setting.command(&["--scorer", arg(&scorer)], Some(KEY));
    let mut first = first
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while setting.server.answered() == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = setting.run(&["--scorer", arg(&scorer)]);
    first.kill().unwrap();
    first.wait().unwrap();
    let error = crate::error_of(&second, |_| false);
    assert!(
        error.contains("answers.jsonl") && error.contains("has it open"),
        "{error}"
    );
    setting.server.delay(Duration::ZERO);
    setting.scored("");
}
