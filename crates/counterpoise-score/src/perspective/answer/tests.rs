//! Answers of every sort, as the service documents them, and some that it does not.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn two() -> Vec<String> {
    ["TOXICITY", "THREAT"].map(str::to_owned).into()
}

fn scores(toxicity: Value, threat: Value) -> String {
    let score = |value| {
        json!({
            "spanScores": [{ "begin": 0, "end": 2, "score": { "value": 0.99, "type": "PROBABILITY" } }],
            "summaryScore": { "value": value, "type": "PROBABILITY" },
        })
    };
    json!({
        "attributeScores": { "TOXICITY": score(toxicity), "THREAT": score(threat), "OTHER": score(json!(1.0)) },
        "languages": ["en"],
    })
    .to_string()
}

/// An error as Google's services write it.
fn fault(code: u16, status: &str, message: &str, detail: Value) -> String {
    let error = json!({ "code": code, "message": message, "status": status, "details": [detail] });
    json!({ "error": error }).to_string()
}

#[test]
fn the_score_is_the_largest_summary_of_what_was_asked_for() {
    for (toxicity, threat, largest) in [(0.25, 0.125, 0.25), (0.0, 0.5, 0.5), (0.0, 0.0, 0.0)] {
        let verdict = judge(200, &scores(json!(toxicity), json!(threat)), &two());
        assert_eq!(verdict, Verdict::Final(Ok(largest)));
    }
    // A whole number is a number too.
    let one = judge(200, &scores(json!(1), json!(0)), &two());
    assert_eq!(one, Verdict::Final(Ok(1.0)));
}

#[test]
fn an_answer_that_lies_is_not_believed() {
    for (body, found) in [
        (
            scores(json!(7.0), json!(0.1)),
            "7.0 as the summary score of TOXICITY",
        ),
        (
            scores(json!(0.1), json!(-0.1)),
            "-0.1 as the summary score of THREAT",
        ),
        (
            scores(json!("0.1"), json!(0.1)),
            "\"0.1\" as the summary score of TOXICITY",
        ),
        (
            scores(json!(0.1), json!(null)),
            "no summary score of THREAT",
        ),
        (
            json!({ "languages": ["en"] }).to_string(),
            "no summary score of TOXICITY",
        ),
        (
            "<html>Welcome</html>".to_owned(),
            "`<html>Welcome</html>`, which is no JSON",
        ),
        (String::new(), "no JSON"),
        ("[0.5]".to_owned(), "no summary score of TOXICITY"),
    ] {
        match judge(200, &body, &two()) {
            Verdict::Never(Never::Foreign(told)) => assert!(told.contains(found), "{told}"),
            other => unreachable!("{body}: {other:?}"),
        }
    }
}

#[test]
fn a_text_that_is_refused_is_refused_for_good_with_its_reason() {
    for reason in OF_A_TEXT {
        let detail = json!({
            "@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
            "errorType": reason,
        });
        let body = fault(400, "INVALID_ARGUMENT", "…", detail);
        assert_eq!(
            judge(400, &body, &two()),
            Verdict::Final(Err(reason.to_owned()))
        );
    }
    let message = "Attribute PROFANITY does not support request languages: it";
    let old = json!({ "error": { "code": 400, "message": message, "status": "INVALID_ARGUMENT" } });
    let reason = "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE".to_owned();
    assert_eq!(
        judge(400, &old.to_string(), &two()),
        Verdict::Final(Err(reason))
    );
}

#[test]
fn what_may_pass_is_told_from_what_stays() {
    let reason = |reason: &str| json!({ "reason": reason, "domain": "googleapis.com" });
    let body = |status: &str, why: &str| fault(0, status, "told", reason(why));
    let later = |status| match judge(status, "", &two()) {
        Verdict::Later(told) => told == format!("status {status}"),
        _ => false,
    };
    for status in [408, 429, 500, 502, 503, 504, 529] {
        assert!(later(status), "{status}");
    }
    let quota = judge(
        429,
        &body("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
        &two(),
    );
    let told = "status 429 RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED: told";
    assert_eq!(quota, Verdict::Later(told.to_owned()));
    for (status, body, expected) in [
        (400, body("INVALID_ARGUMENT", "API_KEY_INVALID"), "key"),
        (
            403,
            body("PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED"),
            "key",
        ),
        (401, String::new(), "key"),
        (403, body("PERMISSION_DENIED", "SERVICE_DISABLED"), "closed"),
        (403, body("PERMISSION_DENIED", "CONSUMER_INVALID"), "closed"),
        (404, "<html>Not found</html>".to_owned(), "closed"),
        (410, String::new(), "closed"),
        (501, body("UNIMPLEMENTED", ""), "closed"),
        (400, body("INVALID_ARGUMENT", ""), "request"),
        (413, String::new(), "request"),
        (302, String::new(), "foreign"),
        (204, String::new(), "foreign"),
    ] {
        let found = match judge(status, &body, &two()) {
            Verdict::Never(Never::Key(_)) => "key",
            Verdict::Never(Never::Closed(_)) => "closed",
            Verdict::Never(Never::Request(_)) => "request",
            Verdict::Never(Never::Foreign(_)) => "foreign",
            _ => "other",
        };
        assert_eq!(found, expected, "{status} {body}");
    }
}
