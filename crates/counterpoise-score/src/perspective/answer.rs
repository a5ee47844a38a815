//! What an answer of the service means.

use counterpoise_data::shortened;
use serde::Deserialize;
use serde_json::Value;

use crate::TextScore;

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// The text's score, or why the service refuses this text; it says the same next time.
    Final(TextScore),
    /// The service may answer later.
    Later(String),
    /// The service answers no text.
    Never(Never),
}

/// Why a service answers no text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Never {
    /// It does not exist any more, or not for this key.
    Closed(String),
    /// It does not know the key.
    Key(String),
    /// It does not accept what is asked, such as an attribute it does not have.
    Request(String),
    /// It answers otherwise than the interface says.
    Foreign(String),
}

/// Errors that are about one text.
const OF_A_TEXT: [&str; 4] = [
    "COMMENT_EMPTY",
    "COMMENT_TOO_LONG",
    "LANGUAGE_DETECTION_FAILED",
    "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
];

/// Reasons of Google's front end that are about the key.
const OF_THE_KEY: [&str; 6] = [
    "API_KEY_INVALID",
    "API_KEY_EXPIRED",
    "API_KEY_SERVICE_BLOCKED",
    "API_KEY_HTTP_REFERRER_BLOCKED",
    "API_KEY_IP_ADDRESS_BLOCKED",
    "CREDENTIALS_MISSING",
];

/// Judges an answer of this status to a request for `attributes`.
pub(super) fn judge(status: u16, body: &str, attributes: &[String]) -> Verdict {
    if status == 200 {
        return match largest(body, attributes) {
            Ok(score) => Verdict::Final(Ok(score)),
            Err(found) => Verdict::Never(Never::Foreign(found)),
        };
    }
    let fault = Fault::read(body);
    let told = fault.told(status);
    let refused = (400..500).contains(&status);
    let is = |reason: &str| refused && fault.reasons.iter().any(|found| found == reason);
    if let Some(reason) = OF_A_TEXT.iter().find(|reason| is(reason)) {
        return Verdict::Final(Err((*reason).to_owned()));
    }
    if OF_THE_KEY.iter().any(|reason| is(reason)) {
        return Verdict::Never(Never::Key(told));
    }
    match status {
        408 | 425 | 429 | 500 | 502..=504 | 520..=529 => Verdict::Later(told),
        401 | 407 => Verdict::Never(Never::Key(told)),
        // 403 without a fault of the key: the service is disabled, or the project is.
        403 | 404 | 410 | 501 => Verdict::Never(Never::Closed(told)),
        400..=499 => Verdict::Never(Never::Request(told)),
        _ => Verdict::Never(Never::Foreign(told)),
    }
}

/// The largest summary score of `attributes`.
///
/// # Errors
/// What was found in place of scores from 0 to 1 of each of them.
fn largest(body: &str, attributes: &[String]) -> Result<f64, String> {
    let answer: Value = serde_json::from_str(body)
        .map_err(|_| format!("status 200 with `{}`, which is no JSON", shortened(body)))?;
    let mut largest = 0.0_f64;
    for attribute in attributes {
        let value = &answer["attributeScores"][attribute]["summaryScore"]["value"];
        match value.as_f64() {
            Some(score) if (0.0..=1.0).contains(&score) => largest = largest.max(score),
            _ if value.is_null() => return Err(format!("no summary score of {attribute}")),
            _ => {
                let value = shortened(&value.to_string());
                return Err(format!("{value} as the summary score of {attribute}"));
            }
        }
    }
    Ok(largest)
}

/// What an error of a Google service says.
#[derive(Debug, Default)]
struct Fault {
    status: String,
    message: String,
    /// Of the details, each `reason` and each `errorType`.
    reasons: Vec<String>,
}

#[derive(Deserialize)]
struct Wrapped {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Value>,
}

impl Fault {
    /// What a body says; nothing if it is something else.
    fn read(body: &str) -> Self {
        let Ok(Wrapped { error }) = serde_json::from_str(body) else {
            return Self::default();
        };
        let named = |detail: &Value| {
            let reason = detail["reason"].as_str().or(detail["errorType"].as_str());
            reason.map(str::to_owned)
        };
        let mut reasons: Vec<String> = error.details.iter().filter_map(named).collect();
        // Services of before 2020, and ones made after them, say it in the message alone.
        if error.message.contains("does not support request languages") {
            reasons.push("LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE".to_owned());
        }
        if error.message.starts_with("API key not valid") {
            reasons.push("API_KEY_INVALID".to_owned());
        }
        Self {
            status: error.status,
            message: error.message,
            reasons,
        }
    }

    /// The status, and what the body says of it, in a line.
    fn told(&self, status: u16) -> String {
        let mut parts = vec![format!("status {status}")];
        let texts = [&self.status].into_iter().chain(&self.reasons);
        parts.extend(texts.filter(|text| !text.is_empty()).cloned());
        let told = shortened(&parts.join(" "));
        match self.message.trim() {
            "" => told,
            message => format!("{told}: {}", shortened(message)),
        }
    }
}

#[cfg(test)]
mod tests;
