//! A registry on a port of this machine.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

/// The token that uploads must have.
pub(crate) const TOKEN: &str = "secret";

/// A failure of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection ends before the request is acted on.
    Lost,
    /// The connection ends before the answer.
    Unanswered,
    /// The registry answers 503, and does nothing.
    Unavailable,
}

/// A registry, which serves until the tests end.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(crate) struct State {
    /// The lines of the index for each crate.
    pub(crate) index: BTreeMap<String, Vec<Value>>,
    packages: BTreeMap<String, Vec<u8>>,
    /// The accepted uploads in their order.
    pub(crate) uploads: Vec<String>,
    /// The methods of the requests in their order.
    pub(crate) requests: Vec<String>,
    /// The fault of the request with this number, which counts from one.
    pub(crate) fault: Option<(usize, Fault)>,
    /// The number of new crates that are accepted at once, and the wait of each further one.
    pub(crate) pace: Option<(usize, Duration)>,
    /// The refused uploads, and the time before which they must not come again.
    pub(crate) refusals: Vec<(String, SystemTime)>,
    /// Uploads that came again too early.
    pub(crate) impatient: Vec<String>,
    /// The number of questions that the index answers as if it lacked the newest version.
    pub(crate) lag: usize,
}

struct Request {
    method: String,
    path: String,
    token: Option<String>,
    body: Vec<u8>,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let registry = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let served = registry.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let registry = served.clone();
                // A client that goes away is no concern of the others.
                thread::spawn(move || drop(registry.serve(stream)));
            }
        });
        registry
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn index(&self) -> String {
        format!("sparse+http://{}/index/", self.address)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(request) = read(&stream)? else {
            return Ok(());
        };
        let (status, body) = {
            let mut state = self.state();
            state.requests.push(request.method.clone());
            let fault = state.fault.filter(|(at, _)| *at == state.requests.len());
            match fault.map(|(_, fault)| fault) {
                Some(Fault::Lost) => return Ok(()),
                Some(Fault::Unanswered) => {
                    state.answer(&request, self.address);
                    return Ok(());
                }
                Some(Fault::Unavailable) => (503, b"down for a moment".to_vec()),
                None => state.answer(&request, self.address),
            }
        };
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(&body)
    }
}

impl State {
    fn answer(&mut self, request: &Request, address: SocketAddr) -> (u16, Vec<u8>) {
        let path = request.path.as_str();
        if (request.method.as_str(), path) == ("PUT", "/api/v1/crates/new") {
            if request.token.as_deref() != Some(TOKEN) {
                return (403, problem("this action requires authentication"));
            }
            return self.upload(&request.body);
        }
        if path == "/index/config.json" {
            let config =
                json!({"dl": format!("http://{address}/dl"), "api": format!("http://{address}")});
            return (200, config.to_string().into_bytes());
        }
        if let Some(path) = path.strip_prefix("/dl/") {
            let package = self.packages.get(path.trim_end_matches("/download"));
            return package.map_or((404, Vec::new()), |package| (200, package.clone()));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(lines) = self.index.get(name) else {
            return (404, Vec::new());
        };
        let mut lines = &lines[..];
        if self.lag > 0 {
            self.lag -= 1;
            lines = &lines[..lines.len() - 1];
        }
        let text = lines.iter().map(|line| format!("{line}\n"));
        (200, text.collect::<String>().into_bytes())
    }

    /// Takes an upload: the length of the description, the description, the length of the package,
    /// the package.
    fn upload(&mut self, body: &[u8]) -> (u16, Vec<u8>) {
        let (description, rest) = part(body);
        let (package, _) = part(rest);
        let description: Value = serde_json::from_slice(description).unwrap();
        let name = description["name"].as_str().unwrap().to_owned();
        let version = description["vers"].as_str().unwrap();
        let is_new = !self.index.contains_key(&name);
        let known = self.index.entry(name.clone()).or_default();
        if known.iter().any(|line| line["vers"] == version) {
            let message = format!("crate version `{version}` is already uploaded");
            return (400, problem(&message));
        }
        if is_new {
            self.index.remove(&name);
            if let Some(refusal) = self.refuse(&name) {
                return (429, problem(&refusal));
            }
        }
        let line = line(&description, &sha256(package));
        self.index.entry(name.clone()).or_default().push(line);
        self.packages
            .insert(format!("{name}/{version}"), package.to_owned());
        self.uploads.push(format!("{name} {version}"));
        (200, json!({"warnings": null}).to_string().into_bytes())
    }

    /// The message for a new crate that comes too early.
    fn refuse(&mut self, name: &str) -> Option<String> {
        let (burst, interval) = self.pace?;
        if self.index.len() < burst {
            return None;
        }
        let now = SystemTime::now();
        if let Some((_, until)) = self.refusals.iter().find(|(refused, _)| refused == name) {
            if now < *until {
                self.impatient.push(name.to_owned());
            }
            return None;
        }
        let date = httpdate::fmt_http_date(now + interval);
        let until = httpdate::parse_http_date(&date).unwrap();
        self.refusals.push((name.to_owned(), until));
        Some(format!(
            "You have published too many new crates in a short period of time. Please try again \
             after {date} and see the documentation for more details."
        ))
    }
}

fn part(body: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = body.split_first_chunk::<4>().unwrap();
    rest.split_at(u32::from_le_bytes(*length) as usize)
}

fn problem(message: &str) -> Vec<u8> {
    let problem = json!({"errors": [{"detail": message}]});
    problem.to_string().into_bytes()
}

/// The line of the index for an upload.
fn line(description: &Value, checksum: &str) -> Value {
    let dependencies = description["deps"].as_array().unwrap().iter().map(|of| {
        let renamed = of["explicit_name_in_toml"].as_str();
        json!({
            "name": renamed.or(of["name"].as_str()),
            "package": renamed.and(of["name"].as_str()),
            "req": of["version_req"],
            "features": of["features"],
            "optional": of["optional"],
            "default_features": of["default_features"],
            "target": of["target"],
            "kind": of["kind"],
            "registry": of["registry"],
        })
    });
    json!({
        "name": description["name"],
        "vers": description["vers"],
        "deps": dependencies.collect::<Vec<_>>(),
        "features": {},
        "features2": description["features"],
        "cksum": checksum,
        "yanked": false,
        "links": description["links"],
        "rust_version": description["rust_version"],
        "v": 2,
    })
}

fn sha256(bytes: &[u8]) -> String {
    let mut child = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    let sum = String::from_utf8(output.stdout).unwrap();
    sum.split_whitespace().next().unwrap().to_owned()
}

fn read(stream: &TcpStream) -> io::Result<Option<Request>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut request = Request {
        method,
        path,
        token: None,
        body: Vec::new(),
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => request.token = Some(value.to_owned()),
            "expect" => (&mut &*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            _ => {}
        }
    }
    reader.take(length).read_to_end(&mut request.body)?;
    Ok(Some(request))
}
