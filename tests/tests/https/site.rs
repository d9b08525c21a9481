//! The program on the page, with folders of its own.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output},
};

use rcgen::generate_simple_self_signed;
use tempfile::TempDir;
use wsgi_tests::{PATIENCE, eventually};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_https");

/// A process, ended on drop.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the program starts"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run of the program.
pub(crate) struct Site(Process);

/// The folders of the program.
pub(crate) struct Folders(TempDir);

impl Folders {
    /// Folders with a certificate for `example.org` that nobody has issued.
    pub(crate) fn new() -> Self {
        let folders = Self(TempDir::new().expect("a folder"));
        fs::create_dir_all(folders.certificates()).expect("a folder");
        fs::create_dir_all(folders.webroot()).expect("a folder");
        let made = generate_simple_self_signed(["example.org".to_owned()]).expect("a certificate");
        let write = |name, text| fs::write(folders.certificates().join(name), text);
        write("fullchain.pem", made.cert.pem()).expect("a file");
        write("privkey.pem", made.signing_key.serialize_pem()).expect("a file");
        folders
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn certificates(&self) -> PathBuf {
        self.0.path().join("hello")
    }

    pub(crate) fn webroot(&self) -> PathBuf {
        self.0.path().join("acme")
    }
}

impl Site {
    /// Starts a command that becomes the program, and waits until a port accepts clients.
    pub(crate) fn start(command: &mut Command, folders: &Folders, port: u16) -> Self {
        command.arg(folders.certificates()).arg(folders.webroot());
        let site = Self(Process::start(command));
        wait_for(port);
        site
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.0.id()
    }
}

/// Waits until a port accepts clients.
#[track_caller]
pub(crate) fn wait_for(port: u16) {
    let connected = eventually(PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
    assert!(connected.is_some(), "nobody listens at port {port}");
}

/// Asks for a URL of `example.org` with curl. The certificate must be of one of these authorities.
pub(crate) fn curl(authorities: &Path, url: &str) -> Output {
    Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "60"])
        .args(["--noproxy", "*", "--connect-to", "example.org::127.0.0.1:"])
        .arg("--cacert")
        .arg(authorities)
        .arg(url)
        .output()
        .expect("curl starts")
}

/// Asserts that a URL has this status and these texts.
#[track_caller]
pub(crate) fn check(authorities: &Path, url: &str, status: u16, texts: &[&str]) {
    let output = curl(authorities, url);
    let answer = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{url}: {errors}");
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{url}: {answer}"
    );
    for text in texts {
        assert!(answer.contains(text), "{text} in {answer}");
    }
}
