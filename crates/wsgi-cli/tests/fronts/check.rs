//! The checks that are made behind every front server.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use wsgi_tests::{
    PATIENCE, Protocol, Socket, eventually,
    fronts::{FrontServer, Place, folder},
};

use crate::{
    browser::{ADDRESS, Browser},
    support::Program,
};

/// Fields with which a client pretends to be a proxy. Each list is one request.
const FORGED: &[&[&str]] = &[
    &["X-Forwarded-For: 203.0.113.9"],
    &["X-Forwarded-For: 203.0.113.9, 127.0.0.1"],
    &["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 127.0.0.1"],
    &["x-forwarded-for: unknown", "X-Forwarded-Proto: gopher"],
    &["X-Forwarded-Proto: http"],
    &["X-Forwarded-Proto: http, http"],
    &["X-Forwarded-Host: evil.example"],
    &["X-Forwarded-Host: evil.example, evil.example"],
    &[
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Host: evil.example",
    ],
    &["X-Forwarded-Port: 666"],
    &["X-Forwarded-Prefix: /evil"],
    &["X-Forwarded-Prefix: /evil", "X-Forwarded-For: 203.0.113.9"],
    &["Forwarded: for=203.0.113.9;proto=http;host=evil.example"],
    &[
        "X_Forwarded_For: 203.0.113.9",
        "X_Forwarded_Proto: http",
        "X_Forwarded_Host: evil.example",
        "X_Forwarded_Port: 666",
        "X_Forwarded_Prefix: /evil",
    ],
    &[
        "X-Forwarded_For: 203.0.113.9",
        "X-Forwarded_Host: evil.example",
    ],
    &[
        "X-Real-IP: 203.0.113.9",
        "X-Forwarded-Ssl: off",
        "Https: off",
    ],
    &[
        "Remote-Addr: 203.0.113.9",
        "Remote-User: evil",
        "Script-Name: /evil",
    ],
];

/// The variables that describe the client and the host.
const NAMES: &[&str] = &[
    "HTTPS",
    "HTTP_HOST",
    "PATH_INFO",
    "REMOTE_ADDR",
    "REMOTE_USER",
    "SCRIPT_NAME",
    "wsgi.url_scheme",
];

/// The demo behind a front server.
pub(crate) struct Demo {
    pub(crate) place: Place,
    log: PathBuf,
    _program: Program,
    _folder: TempDir,
}

impl Demo {
    /// Starts the demo for a front server that passes no field of proxies on from browsers. The
    /// demo believes all of them. It has further options.
    pub(crate) fn start(protocol: Protocol, socket: Socket, options: &[&str]) -> Self {
        let believing = ["--trust-forwarded-host=yes", "--trust-forwarded-prefix=yes"];
        Self::with(protocol, socket, &[&believing, options].concat())
    }

    /// Starts the demo for a front server, with the option that trusts it alone.
    pub(crate) fn start_by_default(protocol: Protocol, socket: Socket) -> Self {
        Self::with(protocol, socket, &[])
    }

    fn with(protocol: Protocol, socket: Socket, options: &[&str]) -> Self {
        let folder = folder();
        let log = folder.path().join("access.log");
        let unix = folder.path().join("socket");
        let (bind, proxy) = match socket {
            Socket::Tcp => ("127.0.0.1:0".to_owned(), "127.0.0.1"),
            Socket::Unix => (format!("unix:{}", unix.display()), "unix"),
        };
        let name = match protocol {
            Protocol::FastCgi => "fastcgi",
            Protocol::Scgi => "scgi",
            Protocol::Uwsgi => "uwsgi",
            _ => "http",
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command
            .args(["demo", "--session-store=memory", "--threads=2"])
            .args(["--spool-bodies=yes", "--access-log-format=json"])
            .args(["--protocol", name, "--bind", &bind, "--trust-proxy", proxy])
            .arg(format!("--access-log={}", log.display()))
            .env("XDG_DATA_HOME", folder.path())
            .args(options);
        if socket == Socket::Unix {
            // The front server runs as another user.
            command.arg("--socket-mode=666");
        }
        let program = Program::of(command);
        let place = match socket {
            Socket::Tcp => Place::Tcp(program.address.parse().expect("an address")),
            Socket::Unix => Place::Unix(unix),
        };
        Self {
            place,
            log,
            _program: program,
            _folder: folder,
        }
    }

    /// The line of the access log for a target, once it is written.
    #[track_caller]
    fn logged(&self, target: &str) -> Value {
        let line = || {
            let text = fs::read_to_string(&self.log).unwrap_or_default();
            let lines = text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok());
            lines
                .into_iter()
                .find(|line: &Value| line["target"] == target)
        };
        eventually(PATIENCE, line).unwrap_or_else(|| panic!("no line for {target}"))
    }
}

/// An option for a demo that would believe the forwarded fields of the browser, if the front server
/// passed them on.
pub(crate) const BELIEVE_BROWSER: &str = "--trust-proxy=127.0.0.2";

/// Checks the demo at the path `/app` of a site.
#[track_caller]
pub(crate) fn check_path(front: &FrontServer) {
    let (head, body) = Browser::new(front).get("/app/environ/a%2Fb?c", &[]);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let described = described(&body);
    assert_eq!(described["SCRIPT_NAME"], "/app/environ", "{body}");
    assert_eq!(described["PATH_INFO"], "/a/b", "{body}");
    assert_eq!(described["REMOTE_ADDR"], ADDRESS, "{body}");
    let (_, body) = Browser::new(front).get("/app/files/", &[]);
    assert!(body.contains("<h1>Index of /app/files/</h1>"), "{body}");
    let (head, _) = Browser::new(front).get("/app/files/pictures", &[]);
    let location = field(&head, "location").expect("a location");
    assert!(location.ends_with("/app/files/pictures/"), "{head}");
    let (head, _) = Browser::new(front).get("/environ", &[]);
    assert!(!head.starts_with("HTTP/1.1 200 "), "{head}");
}

/// The way in which a front server passes the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    WithPort,
    WithoutPort,
}

/// Checks the demo behind a front server over HTTPS: cookies, the client's address and scheme in
/// the environ and in the access log, forged fields, credentials, and the redirection of plain
/// HTTP.
#[track_caller]
pub(crate) fn check(demo: &Demo, front: &FrontServer, host: Host) {
    let browser = Browser::new(front);
    check_session(&browser);

    check_files(&browser);

    let expected = BTreeMap::from([
        ("HTTPS", "on".to_owned()),
        (
            "HTTP_HOST",
            match host {
                Host::WithPort => browser.host(),
                Host::WithoutPort => "example.org".to_owned(),
            },
        ),
        ("PATH_INFO", "/a/b//c é".to_owned()),
        ("REMOTE_ADDR", ADDRESS.to_owned()),
        ("SCRIPT_NAME", "/environ".to_owned()),
        ("wsgi.url_scheme", "https".to_owned()),
    ]);
    let target = "/environ/a%2Fb//c%20%C3%A9?d=%20";
    for forged in FORGED {
        let options: Vec<_> = forged
            .iter()
            .flat_map(|field| ["--header", field])
            .collect();
        let (_, body) = browser.get(target, &options);
        assert_eq!(described(&body), expected, "{forged:?}: {body}");
    }

    let (_, body) = browser.get("/environ", &["--user", "evil:word"]);
    assert_eq!(described(&body).get("REMOTE_USER"), None, "{body}");
    assert!(body.contains("HTTP_AUTHORIZATION = 'Basic "), "{body}");

    let line = demo.logged("/visits?first");
    assert_eq!(line["client"], ADDRESS, "{line}");
    assert_eq!(line["scheme"], "https", "{line}");

    let (head, _) = browser.get_plain("/visits?a=b");
    assert!(head.starts_with("HTTP/1.1 308 "), "{head}");
    let location = field(&head, "location").expect("a location");
    assert!(location.starts_with("https://example.org"), "{head}");
    assert!(location.ends_with("/visits?a=b"), "{head}");
}

/// Checks that the cookie of a session is safe, and comes back.
#[track_caller]
fn check_session(browser: &Browser) {
    let (head, body) = browser.get("/visits?first", &[]);
    let cookie = field(&head, "set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    assert!(body.contains("Visits: 1\n"), "{body}");
    let (_, body) = browser.get("/visits?second", &[]);
    assert!(body.contains("Visits: 2\n"), "{body}");
}

/// Checks that ranges, conditions and precompressed files of a folder arrive.
#[track_caller]
fn check_files(browser: &Browser) {
    let (head, body) = browser.get("/files/numbers.txt", &["--range", "8000-8007"]);
    assert!(head.starts_with("HTTP/1.1 206 "), "{head}");
    assert_eq!(
        field(&head, "content-range"),
        Some("bytes 8000-8007/8000000")
    );
    assert_eq!(body, "0001000\n");
    let (head, _) = browser.get("/files/page.html", &[]);
    let etag = field(&head, "etag").expect("an entity tag");
    let known = format!("If-None-Match: {etag}");
    let (head, _) = browser.get("/files/page.html", &["--header", &known]);
    assert!(head.starts_with("HTTP/1.1 304 "), "{head}");
    let (head, body) = browser.get("/files/page.html", &["--compressed"]);
    assert!(field(&head, "content-encoding").is_some(), "{head}");
    assert!(body.contains("<h1>Static files</h1>"), "{body}");
    let (head, _) = browser.get("/files", &[]);
    assert!(head.starts_with("HTTP/1.1 301 "), "{head}");
    let location = field(&head, "location").expect("a location");
    assert!(location.ends_with("/files/"), "{head}");
}

/// The value of a field in a head. Some front servers write names in lower case.
fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value)
}

/// The variables of [`NAMES`] that `/environ` lists, without empty ones.
fn described(page: &str) -> BTreeMap<&'static str, String> {
    let mut variables = BTreeMap::new();
    for line in page.lines() {
        let Some((name, value)) = line.split_once(" = '") else {
            continue;
        };
        let known = NAMES.iter().find(|known| **known == name);
        let value = value.trim_end_matches('\'');
        if let (Some(name), false) = (known, value.is_empty()) {
            variables.insert(*name, value.to_owned());
        }
    }
    variables
}
