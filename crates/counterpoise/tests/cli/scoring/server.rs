//! A Comment Analyzer on the loopback interface, with faults to order.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A running service. It stops answering when the process ends.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What happens to the next requests; then they are answered.
    next: VecDeque<Fault>,
    /// What happens to every request.
    always: Option<Fault>,
    /// Texts that are refused, with the reason.
    refused: BTreeMap<String, String>,
    /// How long an answer takes.
    delay: Duration,
    requests: Vec<Request>,
    answered: usize,
}

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, body, and a header `Retry-After`.
    Status(u16, String, Option<String>),
    /// Nothing comes.
    Hang,
    /// The connection is cut within the answer.
    Cut,
    /// The connection is closed before an answer.
    Close,
    /// Status 200 with another body.
    Body(String),
}

/// A request that was made.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path with its query.
    pub path: String,
    pub body: Value,
    pub at: Instant,
}

impl Request {
    pub fn text(&self) -> &str {
        self.body["comment"]["text"].as_str().unwrap()
    }
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A client that has gone away is no concern of the server.
                thread::spawn(move || answer(connection.unwrap(), &shared));
            }
        });
        Self { address, state }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets these things go wrong, one request after the other.
    pub fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().next.extend(faults);
    }

    /// Lets the same go wrong with every request from now on; or nothing.
    pub fn always(&self, fault: Option<Fault>) {
        self.state.lock().unwrap().always = fault;
    }

    pub fn refuse(&self, text: &str, reason: &str) {
        let mut state = self.state.lock().unwrap();
        state.refused.insert(text.to_owned(), reason.to_owned());
    }

    pub fn delay(&self, delay: Duration) {
        self.state.lock().unwrap().delay = delay;
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }

    /// How many requests were answered whole, ever.
    pub fn answered(&self) -> usize {
        self.state.lock().unwrap().answered
    }
}

/// What the service gives a text for an attribute.
fn summary(text: &str, attribute: &str) -> f64 {
    let bytes = text.bytes().chain(attribute.bytes());
    let number = bytes.fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 10_007);
    number as f64 / 10_007.0
}

/// The paper's toxicity by this service.
pub fn toxicity(text: &str) -> f64 {
    let attributes = [
        "TOXICITY",
        "SEVERE_TOXICITY",
        "IDENTITY_ATTACK",
        "INSULT",
        "PROFANITY",
        "THREAT",
        "SEXUALLY_EXPLICIT",
    ];
    let summaries = attributes.map(|attribute| summary(text, attribute));
    summaries.into_iter().fold(0.0, f64::max)
}

fn scores(request: &Value) -> Value {
    let text = request["comment"]["text"].as_str().unwrap();
    let attributes = request["requestedAttributes"].as_object().unwrap().keys();
    let score = |attribute: &String| {
        let value = summary(text, attribute);
        let whole = json!({ "value": value, "type": "PROBABILITY" });
        let span = json!([{ "begin": 0, "end": text.len(), "score": whole }]);
        (
            attribute.clone(),
            json!({ "spanScores": span, "summaryScore": whole }),
        )
    };
    json!({
        "attributeScores": attributes.map(score).collect::<serde_json::Map<_, _>>(),
        "languages": request["languages"],
    })
}

/// An error as Google's services write it.
pub fn fault(code: u16, status: &str, message: &str, reason: &str) -> String {
    let detail = match code {
        400 if !reason.starts_with("API_KEY") => json!({ "errorType": reason }),
        _ => json!({ "reason": reason, "domain": "googleapis.com" }),
    };
    let error = json!({ "code": code, "message": message, "status": status, "details": [detail] });
    serde_json::to_string_pretty(&json!({ "error": error })).unwrap()
}

fn answer(mut stream: TcpStream, shared: &Mutex<State>) -> std::io::Result<()> {
    let request = read(&stream)?;
    let (fault_, refused, delay) = {
        let mut state = shared.lock().unwrap();
        state.requests.push(request.clone());
        let fault = state.always.clone().or_else(|| state.next.pop_front());
        (
            fault,
            state.refused.get(request.text()).cloned(),
            state.delay,
        )
    };
    thread::sleep(delay);
    match (fault_, refused) {
        (Some(Fault::Hang), _) => {
            thread::sleep(Duration::from_secs(60));
            return Ok(());
        }
        (Some(Fault::Close), _) => return Ok(()),
        (Some(Fault::Cut), _) => {
            let body = scores(&request.body).to_string();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )?;
            return stream.write_all(&body.as_bytes()[..body.len() / 2]);
        }
        (Some(Fault::Status(status, body, retry_after)), _) => {
            send(&mut stream, status, &body, retry_after.as_deref())?;
        }
        (Some(Fault::Body(body)), _) => send(&mut stream, 200, &body, None)?,
        (None, Some(reason)) => {
            let body = fault(400, "INVALID_ARGUMENT", "refused", &reason);
            send(&mut stream, 400, &body, None)?;
        }
        (None, None) => {
            let body = serde_json::to_string_pretty(&scores(&request.body))?;
            send(&mut stream, 200, &body, None)?;
        }
    }
    shared.lock().unwrap().answered += 1;
    Ok(())
}

fn send(
    stream: &mut TcpStream,
    status: u16,
    body: &str,
    retry_after: Option<&str>,
) -> std::io::Result<()> {
    let retry_after = retry_after.map(|value| format!("Retry-After: {value}\r\n"));
    write!(
        stream,
        "HTTP/1.1 {status} Told\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        retry_after.unwrap_or_default(),
        body.len()
    )?;
    stream.flush()
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request {
        path,
        body: serde_json::from_slice(&body)?,
        at: Instant::now(),
    })
}
