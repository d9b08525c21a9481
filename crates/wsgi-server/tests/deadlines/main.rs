//! Deadlines of requests: what clients get, who answers, and what becomes of the threads.

mod alone;
mod answers;
#[cfg(all(feature = "fastcgi", feature = "scgi", feature = "uwsgi"))]
mod gateways;
mod moves;
mod races;
mod streams;
mod threads;
mod unusual;

#[path = "../support/mod.rs"]
mod support;

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use support::{Running, echo, gate::Gate};
use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::Outcome;
use wsgi_server::Builder;

/// The time that requests have here.
const TIMEOUT: Duration = Duration::from_millis(500);

/// The answer at the deadline.
const TOO_LATE: &str = "504 Gateway Timeout: the request took too long\n";

/// Has the server set a deadline for each request. On a busy machine, it may pass for one that only
/// has to be answered.
fn timely(builder: Builder) -> Builder {
    builder.request_timeout(TIMEOUT)
}

/// An application that sets a deadline for `/wait`, and for no other request.
fn timely_waits(app: impl Application) -> impl Application {
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/wait" {
            environ.set_deadline(Instant::now() + TIMEOUT);
        }
        app.call(environ, start_response)
    }
}

/// A server whose requests for `/wait` wait at the gate, and their deadlines pass meanwhile. The
/// ends of all requests are reported.
fn waiting(
    gate: &Gate,
    options: impl FnOnce(Builder) -> Builder,
) -> (Running, mpsc::Receiver<Outcome>) {
    let (app, reports) = reporting(gate.app());
    (Running::with(options, timely_waits(app)), reports)
}

/// An application that reports the end of each request of another one.
fn reporting<A: Application>(app: A) -> (impl Application, mpsc::Receiver<Outcome>) {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| {
            let _ = report.send(*outcome);
        });
        app.call(environ, start_response)
    };
    (app, reports)
}

/// Opens a gate at the end of a test, so that no thread is left behind it.
struct Opening<'a>(&'a Gate);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        // A test that fails may have poisoned it.
        if !std::thread::panicking() {
            self.0.open();
        }
    }
}

/// An application for which all ends that clients see are reported.
fn reporting_ends(app: impl Application) -> (impl Application, mpsc::Receiver<(String, Outcome)>) {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let hook = Arc::new(move |environ: &Environ, outcome: &Outcome| {
        let path = environ.path_info().to_string_lossy().into_owned();
        let _ = report.lock().unwrap().send((path, *outcome));
    });
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        environ.on_finished_or_overdue(hook.clone());
        app.call(environ, start_response)
    };
    (app, reports)
}

/// Answers at once.
fn at_once(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    echo(environ, start_response)
}
