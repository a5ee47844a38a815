//! One request to the service.

use std::io;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};
use ureq::{Agent, Error};

use super::cache::Question;
use super::key::Key;
use super::pace::retry_after;

/// The version of the interface that is spoken.
pub(super) const API: &str = "v1alpha1";

/// The most bytes of an answer that are read; a real one has some thousand.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Sends requests, on one connection where the service keeps it.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
    /// How long the service wants to be left alone.
    pub(super) retry_after: Option<Duration>,
}

/// Why nothing came back. None of these says the address, which has the key in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The host has no address.
    NoHost,
    /// It may work another time.
    Connection(String),
    /// It will not work another time.
    Other(String),
}

impl Client {
    /// A client whose requests take at most `timeout`.
    pub(super) fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirection would carry the key to somewhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout))
            .user_agent(concat!("counterpoise/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
        }
    }

    /// Asks once.
    ///
    /// # Errors
    /// Why there is no whole answer.
    pub(super) fn ask(&self, question: &Question, key: &Key) -> Result<Reply, Broken> {
        let url = format!("{}/{}/comments:analyze", question.endpoint, question.api);
        let sent = self
            .agent
            .post(url)
            .query("key", key.secret())
            .content_type("application/json")
            .send(body(question).to_string());
        let mut response = sent.map_err(|error| broken(&error))?;
        let header = response.headers().get("retry-after");
        let header = header.and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|value| retry_after(value, SystemTime::now()));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER);
        let body = body.read_to_vec().map_err(|error| broken(&error))?;
        Ok(Reply {
            status,
            // Another encoding is no answer of the service, and is judged as such.
            body: key.hidden_in(&String::from_utf8_lossy(&body)),
            retry_after,
        })
    }
}

fn body(question: &Question) -> Value {
    let attributes = question.attributes.iter();
    let attributes: Map<String, Value> = attributes.map(|name| (name.clone(), json!({}))).collect();
    let mut body = json!({
        "comment": { "text": question.text },
        "requestedAttributes": attributes,
        "doNotStore": true,
    });
    if !question.languages.is_empty() {
        body["languages"] = json!(question.languages);
    }
    body
}

fn broken(error: &Error) -> Broken {
    let told = match error {
        Error::HostNotFound => return Broken::NoHost,
        Error::Timeout(_) => "no answer in time".to_owned(),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection broke off".to_owned()
        }
        // The standard library has no kind for a name that is not found.
        Error::Io(error) if error.to_string().contains("lookup address") => {
            match error.to_string().contains("Temporary failure") {
                true => "a name server that does not answer".to_owned(),
                false => return Broken::NoHost,
            }
        }
        Error::Io(error) => error.kind().to_string(),
        Error::Protocol(_) => "an answer that is no HTTP".to_owned(),
        Error::ConnectionFailed => "no connection".to_owned(),
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => {
            return Broken::Other("an answer far longer than the service's".to_owned());
        }
        Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => {
            return Broken::Other(
                "no secure connection: its certificate is not accepted".to_owned(),
            );
        }
        Error::InvalidProxyUrl | Error::ConnectProxyFailed(_) => {
            return Broken::Other("the proxy of the environment does not work".to_owned());
        }
        _ => return Broken::Other("a request that cannot be sent".to_owned()),
    };
    Broken::Connection(told)
}
