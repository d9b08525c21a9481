//! A browser under remote control.
//!
//! It speaks the WebDriver protocol (W3C) with chromedriver, one request per connection.

#![allow(dead_code)] // each test uses a part

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The time that a page may take to show a text.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time between two looks at a page.
const PAUSE: Duration = Duration::from_millis(10);

/// A headless browser with a profile of its own, ended on drop.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        // Another program may take the port that the driver has chosen. The driver ends then.
        let started = (0..10).find_map(|_| start_driver());
        let (driver, port) = started.expect("chromedriver listens");
        let profile = TempDir::new().expect("a folder");
        let mut browser = Self {
            driver,
            address: format!("127.0.0.1:{port}"),
            session: String::new(),
            _profile: profile,
        };
        let folder = browser._profile.path().display().to_string();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--user-data-dir={folder}"),
        ];
        let options = json!({ "binary": "/usr/bin/chromium", "args": arguments });
        let wanted = json!({ "alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } });
        let value = browser.ask("POST", "/session", &json!({ "capabilities": wanted }));
        value["sessionId"]
            .as_str()
            .expect("a session")
            .clone_into(&mut browser.session);
        browser
    }

    /// Goes to a page and waits until it is loaded.
    #[track_caller]
    pub(crate) fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// Runs a script in the page.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// Runs a script whose last argument is a function that takes the result.
    #[track_caller]
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.command(
            "POST",
            "/execute/async",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// Saves what is downloaded in a folder.
    #[track_caller]
    pub(crate) fn download_to(&self, folder: &Path) {
        let parameters = json!({ "behavior": "allow", "downloadPath": folder });
        self.devtools("Browser.setDownloadBehavior", &parameters);
    }

    /// Gives a command of the browser's developer tools, which WebDriver lacks.
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) {
        let command = json!({ "cmd": command, "params": parameters });
        self.command("POST", "/goog/cdp/execute", &command);
    }

    /// The messages in the console since the last call.
    #[track_caller]
    pub(crate) fn console(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("entries");
        let messages = entries.iter().map(|entry| entry["message"].as_str());
        messages
            .map(|message| message.expect("a message").to_owned())
            .collect()
    }

    /// The page as it is now.
    #[track_caller]
    pub(crate) fn page(&self) -> String {
        let page = self.command("GET", "/source", &Value::Null);
        page.as_str().expect("a page").to_owned()
    }

    /// The value of the cookie that the browser sends for this page, also one that scripts cannot
    /// see.
    #[track_caller]
    pub(crate) fn cookie(&self, name: &str) -> String {
        let cookie = self.command("GET", &format!("/cookie/{name}"), &Value::Null);
        cookie["value"].as_str().expect("a value").to_owned()
    }

    /// Waits until the page shows a text, and returns the page.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.page();
            if page.contains(text) {
                return page;
            }
            assert!(Instant::now() < deadline, "{text} in {page}");
            thread::sleep(PAUSE);
        }
    }

    /// Waits until a script returns true.
    #[track_caller]
    pub(crate) fn wait_until(&self, script: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(script) != true {
            assert!(Instant::now() < deadline, "{script}");
            thread::sleep(PAUSE);
        }
    }

    #[track_caller]
    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask(method, &format!("/session/{}{path}", self.session), body)
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.try_ask(method, path, body);
        let value = answer.expect("an answer of the driver")["value"].take();
        assert!(value["error"].is_null(), "{method} {path}: {value}");
        value
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
            Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if answer.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let field = line.to_ascii_lowercase();
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// The driver and its port, or `None` if it has ended at once.
fn start_driver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let output = driver.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        Some(port.trim_end_matches('.').to_owned())
    });
    if port.is_none() {
        let _ = driver.wait();
    }
    // A full pipe would stop the driver.
    thread::spawn(move || lines.for_each(drop));
    Some((driver, port?))
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser is the driver's child, and ends with its session.
        let _ = self.try_ask(
            "DELETE",
            &format!("/session/{}", self.session),
            &Value::Null,
        );
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
