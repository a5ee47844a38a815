//! A model hub on the loopback interface, with faults to order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Files larger than this are served as large files: by redirection, named by their SHA-256.
const LARGE: usize = 100_000;

/// A running hub. It stops answering when the process ends.
pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By path, such as `/owner/name/resolve/main/config.json`.
    files: BTreeMap<String, Vec<u8>>,
    faults: BTreeMap<String, Fault>,
    token: Option<String>,
    requests: Vec<Request>,
}

/// What goes wrong with a file.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Once, the connection is cut when this many bytes of a download have been sent.
    Cut(usize),
    /// Its content is another than was announced.
    Content(Vec<u8>),
    /// Any request for it has this status.
    Status(u16),
    /// It is always sent from its beginning.
    NoRanges,
    /// Nothing is announced of it.
    NoHeaders,
}

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path.
    pub path: String,
    /// The value of `Range`.
    pub range: Option<String>,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
}

impl Server {
    /// Begins to serve `files`, given by path.
    pub fn start(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State {
            files: files.into_iter().collect(),
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming() {
                // A client that has gone away is no concern of the server.
                let _ = answer(connection.unwrap(), address, &shared);
            }
        });
        Self { address, state }
    }

    /// What `HF_ENDPOINT` has to be.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets something go wrong with a file from now on.
    pub fn fault(&self, path: &str, fault: Fault) {
        let mut state = self.state.lock().unwrap();
        assert!(state.files.contains_key(path), "{path}");
        state.faults.insert(path.to_owned(), fault);
    }

    /// Ends all faults.
    pub fn repair(&self) {
        self.state.lock().unwrap().faults.clear();
    }

    /// Refuses whoever does not bring this token.
    pub fn require(&self, token: &str) {
        self.state.lock().unwrap().token = Some(token.to_owned());
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }

    /// What the hub announces a file by.
    pub fn etag(&self, path: &str) -> String {
        etag(&self.state.lock().unwrap().files[path])
    }
}

fn etag(content: &[u8]) -> String {
    if content.len() > LARGE {
        hexadecimal(&Sha256::digest(content))
    } else {
        let header = format!("blob {}\0", content.len());
        hexadecimal(&Sha1::digest([header.as_bytes(), content].concat()))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn answer(mut stream: TcpStream, address: SocketAddr, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read(&stream)?;
    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    let is_download = request.path.starts_with("/cdn");
    let path = request.path.trim_start_matches("/cdn").to_owned();
    let bearer = state.token.as_ref().map(|token| format!("Bearer {token}"));
    if bearer.is_some() && bearer != request.authorization {
        return head(&mut stream, "401 Unauthorized", &[], 0);
    }
    let Some(content) = state.files.get(&path).cloned() else {
        return head(&mut stream, "404 Not Found", &[], 0);
    };
    let fault = state.faults.get(&path).cloned();
    let mut announced = vec![("X-Repo-Commit", commit(&path))];
    match &fault {
        Some(Fault::Status(status)) => {
            return head(&mut stream, &format!("{status} Refused"), &[], 0);
        }
        Some(Fault::NoHeaders) => announced.clear(),
        _ if content.len() > LARGE => {
            announced.push(("X-Linked-Etag", format!("\"{}\"", etag(&content))));
            announced.push(("ETag", "\"of the redirection\"".to_owned()));
        }
        _ => announced.push(("ETag", format!("\"{}\"", etag(&content)))),
    }
    if content.len() > LARGE && !is_download {
        announced.push(("Location", format!("http://{address}/cdn{path}")));
        return head(&mut stream, "302 Found", &announced, 0);
    }
    let is_whole_download = request.range.as_deref() != Some("bytes=0-0");
    if let (Some(Fault::Cut(_)), true) = (&fault, is_whole_download) {
        state.faults.remove(&path);
    }
    drop(state);
    send(&mut stream, content, &request, announced, fault)
}

/// Sends the part of `content` that was asked for.
fn send(
    stream: &mut TcpStream,
    mut content: Vec<u8>,
    request: &Request,
    mut headers: Vec<(&str, String)>,
    fault: Option<Fault>,
) -> std::io::Result<()> {
    let size = content.len();
    if let Some(Fault::Content(other)) = &fault {
        content.clone_from(other);
    }
    let range = request
        .range
        .as_deref()
        .unwrap()
        .strip_prefix("bytes=")
        .unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let first: usize = first.parse().unwrap();
    let last = last.parse().unwrap_or(size - 1).min(size - 1);
    if matches!(fault, Some(Fault::NoRanges)) && range != "0-0" {
        head(stream, "200 OK", &headers, size)?;
        return stream.write_all(&content);
    }
    if first >= size {
        return head(stream, "416 Range Not Satisfiable", &headers, 0);
    }
    headers.push(("Content-Range", format!("bytes {first}-{last}/{size}")));
    head(stream, "206 Partial Content", &headers, last + 1 - first)?;
    match fault {
        Some(Fault::Cut(sent)) if range != "0-0" => stream.write_all(&content[first..first + sent]),
        _ => stream.write_all(&content[first..=last]),
    }
}

fn head(
    stream: &mut TcpStream,
    status: &str,
    headers: &[(&str, String)],
    length: usize,
) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(
        stream,
        "Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let line = lines.next().unwrap()?;
    let path = line
        .strip_prefix("GET ")
        .and_then(|rest| rest.split(' ').next());
    let mut request = Request {
        path: path.unwrap().to_owned(),
        range: None,
        authorization: None,
    };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "range" => request.range = Some(value.to_owned()),
            "authorization" => request.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    Ok(request)
}

/// The commit that a revision is at: itself, or for a branch this one.
fn commit(path: &str) -> String {
    let (_, rest) = path.split_once("/resolve/").unwrap();
    match rest.split('/').next().unwrap() {
        "main" => "0123456789abcdef0123456789abcdef01234567".to_owned(),
        commit => commit.to_owned(),
    }
}
