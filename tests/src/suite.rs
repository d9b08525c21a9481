//! Running all cases through a gateway.

use std::{thread, time::Duration};

use wsgi::{Application, Mounts};

use crate::{
    case::Case,
    cases,
    expected::Expected,
    gateway::Gateway,
    notes::Notes,
    patience::{PATIENCE, eventually},
    request::Request,
    response::Response,
};

/// The applications of all cases, each mounted at its name, behind the validator.
#[must_use]
pub fn site() -> impl Application {
    cases().into_iter().fold(Mounts::new(), |site, case| {
        let path = format!("/{}", case.name);
        match case.breaks_the_contract {
            true => site.mount(path, case.application),
            false => site.mount(path, case.validated()),
        }
    })
}

/// A running gateway.
pub trait Run: Sync {
    /// The gateway.
    fn gateway(&self) -> Gateway;

    /// Sends a request, and receives its response.
    ///
    /// # Errors
    ///
    /// The received bytes are not a response.
    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String>;

    /// The logs so far: that of the application's process, and that of the front server.
    fn logs(&self) -> [String; 2];
}

/// Runs every case through a gateway, and then several clients at once.
///
/// # Panics
///
/// Something differs. The message lists all differences.
#[track_caller]
pub fn run(run: &dyn Run) {
    let gateway = run.gateway();
    // One folder for all cases: a program may write after its response has ended.
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for case in cases() {
        // After a failure, waiting less long is enough.
        let patience = match found.is_empty() {
            true => PATIENCE,
            false => PATIENCE / 20,
        };
        let log = Log::new(run);
        let notes = Notes::new(&folder, &case.name);
        let differences = check(&case, run, &notes, &log, patience);
        if !differences.is_empty() {
            let (name, log) = (&case.name, log.news());
            found.push(format!(
                "{name}: {}\n  log: {log:?}",
                differences.join("; ")
            ));
        }
    }
    found.extend(crowd(run, &Notes::new(&folder, "crowd")));
    let (count, found) = (found.len(), found.join("\n"));
    assert!(count == 0, "{gateway}: {count} cases differ\n{found}");
}

/// Runs several clients at once. Each must get the responses to its own requests.
fn crowd(run: &dyn Run, notes: &Notes) -> Vec<String> {
    let client = |number: usize| {
        let answers = (0..10).map(|at| {
            let request = Request::get(format!("/{number}?{at}"));
            let expected = Expected::ok(format!("/{number}\n{at}\n"));
            match run.exchange(&request.below("a_path_of_a_segment", notes), notes) {
                Ok(response) => expected.compare(&response),
                Err(error) => vec![error],
            }
        });
        answers.flatten().collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let clients = [0, 1, 2, 3].map(|number| scope.spawn(move || client(number)));
        let answers = clients.map(|client| client.join().unwrap());
        answers.into_iter().flatten().collect()
    })
}

fn check(
    case: &Case,
    run: &dyn Run,
    notes: &Notes,
    log: &Log<'_>,
    patience: Duration,
) -> Vec<String> {
    let gateway = run.gateway();
    let Some(expected) = case.expected(&gateway) else {
        return Vec::new();
    };
    let request = case.request.below(&case.name, notes);
    let response = match run.exchange(&request, notes) {
        Ok(response) => response,
        Err(error) => return vec![error],
    };
    let mut found = expected.compare(&response);
    found.extend(expected.compare_notes(notes, patience));
    for words in expected.log() {
        if eventually(patience, || {
            log.news().concat().contains(words).then_some(())
        })
        .is_none()
        {
            found.push(format!("the log does not contain {words:?}"));
        }
    }
    let [own, front] = log.news();
    // The front server's log also has lines of its own.
    for finding in ["violation by the", "warning by the"] {
        if front.contains(finding) {
            found.push(format!("the log has a {finding} application or gateway"));
        }
    }
    if expected.log().is_empty() && !own.is_empty() {
        found.push("the log is not empty".to_owned());
    }
    found
}

/// The part of the logs that is written after a certain moment.
struct Log<'a> {
    run: &'a dyn Run,
    before: [usize; 2],
}

impl<'a> Log<'a> {
    fn new(run: &'a dyn Run) -> Self {
        let before = run.logs().map(|log| log.len());
        Log { run, before }
    }

    fn news(&self) -> [String; 2] {
        let [own, front] = self.run.logs();
        [
            own[self.before[0]..].to_owned(),
            front[self.before[1]..].to_owned(),
        ]
    }
}
