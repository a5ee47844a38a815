//! The Perspective API as a study names it.

use std::path::PathBuf;

use counterpoise_registry::{Description, Resources};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::PerspectiveScorer;
use crate::{ScoreError, ScorerKind, ToxicityScorer};

/// The attributes whose maximum is the paper's toxicity.
const PAPER: [&str; 7] = [
    "TOXICITY",
    "SEVERE_TOXICITY",
    "IDENTITY_ATTACK",
    "INSULT",
    "PROFANITY",
    "THREAT",
    "SEXUALLY_EXPLICIT",
];

/// `kind = "perspective"`: the largest summary score that the Perspective API, or a service with the same
/// interface, gives a text. The key is taken from the environment, `PERSPECTIVE_API_KEY`, and kept nowhere.
///
/// Every answer goes to `cache` as it is, and what is there is not asked again; a cache that has all texts
/// needs neither key nor service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Perspective {
    /// Where the answers are kept: JSON lines, one a text.
    pub cache: PathBuf,
    /// The service, without version and method; HTTPS, except on this machine.
    #[serde(default = "endpoint", deserialize_with = "read_endpoint")]
    pub endpoint: String,
    /// The attributes asked for, whose maximum is the score; the paper's seven unless given.
    #[serde(default = "attributes", deserialize_with = "read_attributes")]
    pub attributes: Vec<String>,
    /// The languages that texts are in, as ISO codes; without any the service guesses.
    #[serde(default = "languages")]
    pub languages: Vec<String>,
    /// Requests a second, at most. A new key may make one.
    #[serde(default = "one", deserialize_with = "read_positive")]
    pub queries_per_second: f64,
    /// Seconds that a request may take.
    #[serde(default = "timeout", deserialize_with = "read_positive")]
    pub timeout_s: f64,
    /// How often a request is made again that was throttled, broke off or failed within the service.
    #[serde(default = "max_retries")]
    pub max_retries: u32,
    /// Seconds before a request is made again; twice as many each time after.
    #[serde(default = "one", deserialize_with = "read_positive")]
    pub first_wait_s: f64,
    /// Seconds that are waited at most; a service that asks for more is given up.
    #[serde(default = "longest_wait", deserialize_with = "read_positive")]
    pub longest_wait_s: f64,
}

fn endpoint() -> String {
    "https://commentanalyzer.googleapis.com".to_owned()
}

fn attributes() -> Vec<String> {
    PAPER.map(str::to_owned).into()
}

fn languages() -> Vec<String> {
    vec!["en".to_owned()]
}

const fn one() -> f64 {
    1.0
}

const fn timeout() -> f64 {
    30.0
}

const fn max_retries() -> u32 {
    6
}

const fn longest_wait() -> f64 {
    120.0
}

fn read_positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(deserializer)?;
    // Beyond a year, or a microsecond, nothing is meant, and a clock cannot add it.
    match (1e-6..3e7).contains(&value) {
        true => Ok(value),
        false => Err(D::Error::custom(format!(
            "expected a number from 0.000001 to 30000000, found {value}"
        ))),
    }
}

fn read_attributes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let attributes = Vec::<String>::deserialize(deserializer)?;
    let is_name = |name: &&String| {
        let mut letters = name.chars();
        !name.is_empty()
            && letters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let mut sorted = attributes.clone();
    sorted.sort();
    sorted.dedup();
    let wrong = match attributes.iter().find(|name| !is_name(name)) {
        Some(wrong) => format!("found `{wrong}`"),
        None if attributes.is_empty() => "found none".to_owned(),
        None if sorted.len() < attributes.len() => "found one twice".to_owned(),
        None => return Ok(attributes),
    };
    Err(D::Error::custom(format!(
        "expected names of attributes such as TOXICITY, each once; {wrong}"
    )))
}

fn read_endpoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let endpoint = String::deserialize(deserializer)?;
    let endpoint = endpoint.trim_end_matches('/');
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_local = local.iter().any(|start| {
        let rest = endpoint.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    let host = endpoint.strip_prefix("https://").unwrap_or_default();
    let is_plain = !endpoint.contains(['?', '#', '@']) && !endpoint.contains(char::is_whitespace);
    if is_plain && (is_local || !host.is_empty()) {
        return Ok(endpoint.to_owned());
    }
    // What stands there may hold a key, so it is not repeated.
    Err(D::Error::custom(
        "expected the service as https://HOST, or http:// on this machine alone, without a query or a user \
         name: the key goes to PERSPECTIVE_API_KEY",
    ))
}

impl Perspective {
    /// The paper's scorer, its answers kept in `cache`.
    pub fn caching(cache: impl Into<PathBuf>) -> Self {
        Self {
            cache: cache.into(),
            endpoint: endpoint(),
            attributes: attributes(),
            languages: languages(),
            queries_per_second: one(),
            timeout_s: timeout(),
            max_retries: max_retries(),
            first_wait_s: one(),
            longest_wait_s: longest_wait(),
        }
    }
}

impl ScorerKind for Perspective {
    fn caches(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.cache]
    }

    fn describe(&self) -> Result<Description, ScoreError> {
        Ok(Description::of("perspective", self)?)
    }

    fn check(&self) -> Result<String, ScoreError> {
        PerspectiveScorer::check(self)
    }

    fn open(&self, _: &Resources) -> Result<Box<dyn ToxicityScorer>, ScoreError> {
        Ok(Box::new(PerspectiveScorer::open(self)?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use counterpoise_registry::PartTable;

    use super::*;

    fn read(parameters: &str) -> Result<Perspective, String> {
        let text = format!("cache = 'answers.jsonl'\n{parameters}");
        let table = PartTable::parse(&text).unwrap();
        let read = table.read("perspective");
        read.map_err(|error| {
            let at = error.span().unwrap().start;
            format!("{}: {error}", text[..at].matches('\n').count() + 1)
        })
    }

    #[test]
    fn what_is_not_given_is_the_paper_s() {
        assert_eq!(read(""), Ok(Perspective::caching("answers.jsonl")));
        let described = Perspective::caching("a").describe().unwrap();
        assert_eq!(described.kind, "perspective");
        let ours = read("endpoint = 'http://localhost:1/api/'\nattributes = ['INSULT']").unwrap();
        assert_eq!(ours.endpoint, "http://localhost:1/api");
        assert_eq!(ours.attributes, ["INSULT"]);
    }

    #[test]
    fn parameters_out_of_range_are_refused_with_their_line() {
        for parameter in [
            "queries_per_second = 0",
            "queries_per_second = nan",
            "timeout_s = -1.0",
            "first_wait_s = 1e9",
            "max_retries = -1",
            "attributes = []",
            "attributes = ['TOXICITY', 'TOXICITY']",
            "attributes = ['toxicity']",
            "endpoint = 'http://example.org'",
            "endpoint = 'http://localhost.example.org'",
            "endpoint = 'https://'",
            "endpoint = 'https://example.org?key=SECRET'",
            "endpoint = 'https://SECRET@example.org'",
            "api_key = 'SECRET'",
        ] {
            let error = read(parameter).unwrap_err();
            assert!(error.starts_with("2: "), "{parameter}: {error}");
            assert!(!error.contains("SECRET"), "{parameter}: {error}");
        }
    }
}
