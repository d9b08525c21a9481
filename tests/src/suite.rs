//! The whole table, run through a gateway.

use std::{
    thread,
    time::{Duration, Instant},
};

use wsgi::{Application, Mounts};

use crate::{Case, Expected, Gateway, Notes, Request, Response, cases};

/// How long a test waits for what has to happen: longer than a busy machine takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The application of each case at the path of its name, each held to the contract.
pub fn site() -> impl Application {
    cases().into_iter().fold(Mounts::new(), |site, case| {
        let path = format!("/{}", case.name);
        match case.breaks_the_contract {
            true => site.mount(path, case.application),
            false => site.mount(path, case.validated()),
        }
    })
}

/// A gateway that runs.
pub trait Run: Sync {
    /// Which it is.
    fn gateway(&self) -> Gateway;

    /// Sends a request, and takes its response.
    ///
    /// # Errors
    ///
    /// What came is no response.
    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String>;

    /// What was written to the errors streams so far: to that of the application's
    /// process, then to that of the front server.
    fn logs(&self) -> [String; 2];
}

/// Runs every case through a gateway, and then several clients at once.
///
/// # Panics
///
/// At the end, with all in which something else was seen than expected.
#[track_caller]
pub fn run(run: &dyn Run) {
    let gateway = run.gateway();
    // Not one for each case: a program may write after its response has ended.
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for case in cases() {
        // Who has failed already need not be waited for as long.
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

/// Several clients at once: each is to get the answers to what it asked.
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
            found.push(format!("the log does not say {words:?}"));
        }
    }
    let [own, front] = log.news();
    // Where the front server has the log, it has words of its own there.
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

/// What comes to be written to the logs from some moment on.
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

/// Waits until there is something; `None` if it never comes.
pub(crate) fn eventually<T>(patience: Duration, mut get: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        match get() {
            None if Instant::now() < end => thread::sleep(Duration::from_millis(1)),
            found => return found,
        }
    }
}
