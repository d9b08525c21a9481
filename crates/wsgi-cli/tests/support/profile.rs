//! A browser that opens one page and ends.

use std::{
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// A browser's profile, which outlives the browser.
pub(crate) struct Profile(pub(crate) TempDir);

impl Profile {
    pub(crate) fn new() -> Self {
        Profile(TempDir::new().expect("a folder"))
    }

    /// Opens a page in a new browser, and returns its final state after closing the browser.
    #[track_caller]
    pub(crate) fn open(&self, url: &str, options: &[&str]) -> String {
        let profile = self.0.path().join("profile");
        let mut browser = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--disable-dev-shm-usage", "--disable-background-networking"])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ])
            .args(options)
            .arg(format!("--user-data-dir={}", profile.display()))
            // A time for pages to follow each other. It passes at once while nothing happens.
            .args(["--virtual-time-budget=5000", "--dump-dom", url])
            .env("HOME", self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium starts");
        let mut page = browser.stdout.take().expect("its output is piped");
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut html = String::new();
            let _ = page.read_to_string(&mut html);
            let _ = sender.send(html);
        });
        let html = receiver.recv_timeout(Duration::from_secs(60));
        if html.is_err() {
            let _ = browser.kill();
        }
        let _ = browser.wait();
        html.expect("a page in time")
    }
}
