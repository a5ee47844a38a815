//! A service that throttles, fails, hangs, breaks off, lies, refuses, or is gone.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Fault, fault};
use super::{KEY, Setting, score};
use crate::{arg, error_of};

fn status(status: u16) -> Fault {
    Fault::Status(status, String::new(), None)
}

#[test]
fn what_passes_is_waited_out_and_changes_nothing() {
    let plain = Setting::new();
    plain.scored("");
    let setting = Setting::new();
    let busy = fault(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded",
        "RATE_LIMIT_EXCEEDED",
    );
    setting.server.next([
        Fault::Status(429, busy, Some("1".to_owned())),
        status(500),
        status(503),
        Fault::Cut,
        Fault::Hang,
        Fault::Close,
    ]);
    setting.scored("timeout_s = 0.5");
    let requests = setting.server.requests();
    assert_eq!(requests.len(), plain.server.requests().len() + 6);
    // `Retry-After` is heeded, though the first wait is 0.01 s.
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
    assert!(
        requests[..7]
            .iter()
            .all(|request| request.text() == requests[0].text())
    );
    for row in super::NAMES {
        assert_eq!(setting.generations(row), plain.generations(row));
    }
    assert_eq!(setting.answers().len(), plain.answers().len());
}

#[test]
fn a_service_that_stays_away_is_given_up_and_what_it_said_is_kept() {
    let setting = Setting::new();
    for (fault, told) in [
        (status(503), "status 503"),
        (Fault::Close, "broke off"),
        (Fault::Cut, "broke off"),
    ] {
        setting.server.always(Some(fault));
        let error = setting.refused("max_retries = 2");
        assert!(error.contains("did not answer in 3 tries"), "{error}");
        assert!(
            error.contains(told) && error.contains("not asked again"),
            "{error}"
        );
        assert_eq!(setting.server.requests().len(), 3);
    }
    setting.server.always(Some(Fault::Hang));
    let error = setting.refused("max_retries = 1\ntimeout_s = 0.2");
    assert!(
        error.contains("in 2 tries, last with no answer in time"),
        "{error}"
    );
    let wait = Fault::Status(429, String::new(), Some("86400".to_owned()));
    setting.server.always(Some(wait));
    setting.server.requests();
    let error = setting.refused("");
    assert!(error.contains("asks to wait for 86400 s"), "{error}");
    assert_eq!(setting.server.requests().len(), 1);
}

#[test]
fn an_answer_that_lies_ends_it_and_is_not_kept() {
    let setting = Setting::new();
    let lie = |value: Value| {
        let seven = [
            "TOXICITY",
            "SEVERE_TOXICITY",
            "IDENTITY_ATTACK",
            "INSULT",
            "PROFANITY",
            "THREAT",
            "SEXUALLY_EXPLICIT",
        ];
        let score = |name: &str| {
            (
                name.to_owned(),
                json!({ "summaryScore": { "value": value } }),
            )
        };
        let scores: serde_json::Map<_, _> = seven.map(score).into_iter().collect();
        Fault::Body(json!({ "attributeScores": scores }).to_string())
    };
    for (fault, told) in [
        (lie(json!(7.0)), "7.0 as the summary score of TOXICITY"),
        (lie(json!("0.5")), "\"0.5\" as the summary score"),
        (lie(json!(null)), "no summary score of TOXICITY"),
        (Fault::Body("{}".to_owned()), "no summary score of TOXICITY"),
        (
            Fault::Body("<html>Sign in</html>".to_owned()),
            "which is no JSON",
        ),
        (status(302), "status 302"),
    ] {
        setting.server.always(Some(fault));
        let error = setting.refused("");
        assert!(
            error.contains("does not answer as the Perspective API does"),
            "{error}"
        );
        assert!(error.contains(told), "{error}");
        assert_eq!(setting.server.requests().len(), 1);
        assert_eq!(fs::read(setting.cache()).unwrap(), b"");
    }
}

#[test]
fn a_closed_service_and_a_wrong_key_are_told_once() {
    let setting = Setting::new();
    let disabled = fault(403, "PERMISSION_DENIED", "Not enabled", "SERVICE_DISABLED");
    let invalid = fault(
        400,
        "INVALID_ARGUMENT",
        "API key not valid.",
        "API_KEY_INVALID",
    );
    let unknown = fault(
        400,
        "INVALID_ARGUMENT",
        "Unknown attribute",
        "INVALID_REQUEST",
    );
    for (status, body, told) in [
        (
            403,
            disabled,
            "closed to this key (status 403 PERMISSION_DENIED SERVICE_DISABLED",
        ),
        (404, String::new(), "is closed"),
        (410, String::new(), "goes out of service after 2026"),
        (400, invalid, "does not accept the key"),
        (401, String::new(), "PERSPECTIVE_API_KEY"),
        (400, unknown, "does not accept the request"),
    ] {
        let fault = Fault::Status(status, body, None);
        setting.server.always(Some(fault));
        let error = setting.refused("");
        assert!(error.contains(told), "{error}");
        assert_eq!(setting.server.requests().len(), 1, "{status}");
    }
    // `.invalid` has no address, by RFC 6761.
    let scorer = setting.scorer("max_retries = 0");
    let text = fs::read_to_string(&scorer).unwrap();
    let text = text.replace(&setting.server.endpoint(), "https://perspective.invalid");
    fs::write(&scorer, text).unwrap();
    let error = error_of(&setting.run(&["--scorer", arg(&scorer)]), |_| false);
    // Where no name server answers either, that is what is said.
    let told = [
        "the host has no address",
        "a name server that does not answer",
    ];
    assert!(told.iter().any(|told| error.contains(told)), "{error}");
}

#[test]
fn a_key_that_the_service_repeats_is_not_passed_on() {
    let setting = Setting::new();
    let told = format!("API key {KEY} of AIzaSy-secret%2Bkey%2F1 not valid");
    let body = fault(400, "INVALID_ARGUMENT", &told, "API_KEY_INVALID");
    setting.server.always(Some(Fault::Status(400, body, None)));
    let error = setting.refused("");
    assert!(
        error.contains("API key [key] of [key] not valid"),
        "{error}"
    );
    let echo = json!({ "attributeScores": { "INSULT": { "summaryScore": { "value": 0.5 } } }, "clientToken": KEY });
    setting.server.always(Some(Fault::Body(echo.to_string())));
    setting.scored("attributes = [\"INSULT\"]");
    let kept = fs::read_to_string(setting.cache()).unwrap();
    assert!(kept.contains("[key]") && !kept.contains("secret"), "{kept}");
}

#[test]
fn texts_that_are_refused_are_missing_with_their_reasons_and_asked_once() {
    let setting = Setting::new();
    let texts: Vec<String> = setting.texts().into_iter().collect();
    setting.server.refuse(&texts[0], "COMMENT_TOO_LONG");
    setting
        .server
        .refuse(&texts[1], "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE");
    setting
        .server
        .refuse(&texts[2], "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE");
    let told = setting.scored("");
    let asked = setting.server.requests().len();
    assert_eq!(asked, texts.len());
    let mut missing = 0;
    let results = setting.results();
    for row in super::NAMES {
        let lines = setting.generations(row);
        let refused = lines
            .iter()
            .filter(|line| line["toxicity_perspective"].is_null());
        let refused: Vec<&Value> = refused.collect();
        missing += refused.len();
        for line in &refused {
            let index = texts.iter().position(|text| line["text"] == *text).unwrap();
            let reason = ["COMMENT_TOO_LONG", "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"][index.min(1)];
            assert_eq!(line["missing"]["toxicity_perspective"], reason);
        }
        let found = score(&results, row, "toxicity_perspective");
        assert_eq!(found["n"], 12 - refused.len());
        if !refused.is_empty() {
            let note = found["notes"][0].as_str().unwrap();
            let counted = format!(
                "{} of 12 continuations could not be scored: ",
                refused.len()
            );
            assert!(note.starts_with(&counted), "{note}");
        }
    }
    assert!(missing >= 3);
    assert_eq!(told["metrics"][0]["missing"], missing);
    setting.scored("");
    assert_eq!(setting.server.requests().len(), 0);
}

#[test]
fn without_a_key_only_the_cache_is_used_and_what_lacks_is_counted() {
    let setting = Setting::new();
    let scorer = setting.scorer("");
    let unset = |key| {
        setting
            .command(&["--scorer", arg(&scorer)], key)
            .output()
            .unwrap()
    };
    for key in [None, Some("  ")] {
        let error = error_of(&unset(key), |_| false);
        let texts = "PERSPECTIVE_API_KEY is not set, and 12 of 12 texts are not in the cache";
        assert!(error.contains(texts), "{error}");
    }
    let strange = error_of(&unset(Some("two keys")), |_| false);
    assert!(
        strange.contains("has blanks") && !strange.contains("two keys"),
        "{strange}"
    );
    assert_eq!(setting.server.requests().len(), 0);
}

#[test]
fn a_damaged_cache_is_named_by_its_line() {
    let setting = Setting::new();
    setting.scored("");
    let text = fs::read_to_string(setting.cache()).unwrap();
    let damaged = text.replacen("\"status\":200", "\"status\":20", 2);
    fs::write(setting.cache(), damaged).unwrap();
    let error = setting.refused("");
    assert!(error.contains("answers.jsonl:1: "), "{error}");
}
