//! The program as a CGI script that the test executes.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::ffi::OsStringExt,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use percent_encoding::percent_decode_str;
use tempfile::TempDir;
use wsgi_tests::{
    Gateway, Notes, Payload, Request, Response, Run, fronts::folder, receive_cgi, run,
};

#[test]
fn every_case_holds_for_a_program() {
    run(&Cgi(folder()));
}

/// A folder for the log.
struct Cgi(TempDir);

impl Cgi {
    fn log_file(&self) -> PathBuf {
        self.0.path().join("log")
    }
}

impl Run for Cgi {
    fn gateway(&self) -> Gateway {
        Gateway::cgi(None)
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let mut log = OpenOptions::new();
        let log = log.create(true).append(true).open(self.log_file()).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_cgi"))
            .env_clear()
            .envs(variables(request))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdin = program.stdin.take().unwrap();
        let stdout = program.stdout.take().unwrap();
        let response = thread::scope(|scope| {
            // The program may end before it has read everything.
            scope.spawn(move || stdin.write_all(&request.payload.to_bytes()).ok());
            receive_cgi(stdout, request, notes)
        });
        let status = program.wait().unwrap();
        response.map(|mut response| {
            response.is_complete &= status.success();
            response
        })
    }

    fn logs(&self) -> [String; 2] {
        let log = fs::read(self.log_file()).unwrap_or_default();
        [String::from_utf8_lossy(&log).into_owned(), String::new()]
    }
}

/// The environment that a front server derives from a request (RFC 3875 section 4.1). This front
/// server does not filter `HTTP_PROXY`.
fn variables(request: &Request) -> BTreeMap<String, OsString> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &[u8]| {
        let separator: &[u8] = if name == "HTTP_COOKIE" { b"; " } else { b", " };
        variables
            .entry(name.to_owned())
            .and_modify(|known: &mut Vec<u8>| known.extend([separator, value].concat()))
            .or_insert_with(|| value.to_vec());
    };
    let path_info: Vec<u8> = percent_decode_str(request.path()).collect();
    for (name, value) in [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("REQUEST_METHOD", &request.method),
        ("SCRIPT_NAME", ""),
        ("QUERY_STRING", request.query()),
        ("REQUEST_URI", &request.target),
        ("SERVER_NAME", "suite.example"),
        ("SERVER_PORT", "80"),
        ("SERVER_PROTOCOL", request.version),
        ("SERVER_SOFTWARE", "suite"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("HTTP_HOST", "suite.example"),
    ] {
        set(name, value.as_bytes());
    }
    set("PATH_INFO", &path_info);
    match &request.payload {
        Payload::Nothing => {}
        Payload::Whole(body) => set("CONTENT_LENGTH", body.len().to_string().as_bytes()),
        Payload::Chunks(_) => set("HTTP_TRANSFER_ENCODING", b"chunked"),
    }
    for (name, value) in &request.fields {
        match &*name.to_ascii_uppercase().replace('-', "_") {
            _ if name.contains('_') => {}
            "CONTENT_TYPE" => set("CONTENT_TYPE", value),
            name => set(&format!("HTTP_{name}"), value),
        }
    }
    let values = variables.into_iter();
    values
        .map(|(name, value)| (name, OsString::from_vec(value)))
        .collect()
}
