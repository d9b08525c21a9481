//! The whole table, run through a gateway.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use wsgi::{Application, Mounts};

use crate::{Gateway, Notes, Pair, Protocol, Request, Response, pairs};

/// How long a test waits for what has to happen: longer than a busy machine takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The application of each pair at the path of its name.
pub fn site() -> impl Application {
    let mut site = Mounts::new();
    for pair in pairs() {
        let application = validated(Arc::clone(&pair.application), pair.keeps_the_contract);
        site = site.mount(format!("/{}", pair.name), application);
    }
    site
}

fn validated(application: Arc<dyn Application>, _keeps_the_contract: bool) -> Arc<dyn Application> {
    application
}

/// A gateway that runs.
pub trait Run {
    /// Which it is.
    fn gateway(&self) -> Gateway;

    /// Sends a request, and takes its response.
    ///
    /// # Errors
    ///
    /// What came is no response.
    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String>;

    /// What the applications and their gateway wrote to the errors stream so far.
    fn log(&self) -> String;
}

/// Runs every pair through a gateway.
///
/// # Panics
///
/// At the end, with all in which something else was seen than expected.
#[track_caller]
pub fn run(run: &dyn Run) {
    let gateway = run.gateway();
    let mut found = Vec::new();
    for pair in pairs() {
        let (name, before) = (&pair.name, run.log().len());
        let differences = check(&pair, run);
        if !differences.is_empty() {
            let log = run.log();
            let log = log.get(before..).unwrap_or_default();
            found.push(format!(
                "{name}: {}\n  log: {log:?}",
                differences.join("; ")
            ));
        }
    }
    let (count, found) = (found.len(), found.join("\n"));
    assert!(count == 0, "{gateway}: {count} pairs differ\n{found}");
}

fn check(pair: &Pair, run: &dyn Run) -> Vec<String> {
    let gateway = run.gateway();
    let Some(expected) = pair.expected(&gateway) else {
        return Vec::new();
    };
    let (_folder, notes) = Notes::new();
    let request = pair.request.below(&pair.name, &notes);
    let before = run.log().len();
    let response = match run.exchange(&request, &notes) {
        Ok(response) => response,
        Err(error) => return vec![error],
    };
    let mut found = expected.compare(&response);
    found.extend(expected.compare_notes(&notes));
    for words in expected.log() {
        if !eventually(|| run.log()[before..].contains(words)) {
            found.push(format!("the log does not say {words:?}"));
        }
    }
    // A front server has words of its own.
    let is_own = !gateway.is_front() || matches!(gateway.protocol, Protocol::Http | Protocol::Scgi);
    if is_own && expected.log().is_empty() && run.log().len() > before {
        found.push("the log is not empty".to_owned());
    }
    found
}

/// Waits until something holds; false if it never does.
fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        if Instant::now() > end {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}
