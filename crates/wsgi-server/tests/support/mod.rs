//! A server for each test, and a client that sees every byte.

// Each test file uses a part of this.
#![allow(dead_code, unused_imports)]

mod client;
pub(crate) mod counted;
pub(crate) mod counted_body;
#[cfg(feature = "fastcgi")]
pub(crate) mod fastcgi;
pub(crate) mod folder;
pub(crate) mod gate;
pub(crate) mod gateway_response;
pub(crate) mod process;
pub(crate) mod random;
mod running;
#[cfg(feature = "scgi")]
pub(crate) mod scgi;
pub(crate) mod starvation;
#[cfg(feature = "uwsgi")]
pub(crate) mod uwsgi;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

pub(crate) use client::Client;
pub(crate) use running::Running;
use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::Errors;
use wsgi_server::Server;

/// The time that a test waits for an event: longer than a busy machine takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A request without a body.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// A request with a body of known length.
pub(crate) fn put(path: &str, body: &str) -> String {
    let length = body.len();
    format!("PUT {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// A request with a body in these chunks.
pub(crate) fn put_chunks(path: &str, chunks: &[&str]) -> String {
    let mut request =
        format!("PUT {path} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    for chunk in chunks {
        request += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
    }
    request + "0\r\n\r\n"
}

/// An application that answers with the request's method, path and body.
pub(crate) fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut text = format!("{} {}\n", environ.request_method(), environ.path_info());
    std::io::Read::read_to_string(environ.input(), &mut text)?;
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(text.into())
}

/// Waits until `holds` returns true. Fails if it does not in time.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Asserts that three of ten attempts take less than this time. A busy machine makes some attempts
/// slow. A defect that holds up one client of three makes nearly all of them slow if each attempt
/// has many clients. Of the attempts that are slow because threads [got no
/// processor](starvation), twenty do not count.
#[track_caller]
pub(crate) fn within(time: Duration, mut attempt: impl FnMut()) {
    let (mut quick, mut slow, mut excused) = (0, Vec::new(), 0);
    while quick < 3 {
        let (took, is_starved) = starvation::watched(|| {
            let began = Instant::now();
            attempt();
            began.elapsed()
        });
        if took < time {
            quick += 1;
        } else if is_starved && excused < 20 {
            excused += 1;
        } else {
            slow.push(took);
        }
        assert!(slow.len() < 8, "most attempts take too long: {slow:?}");
    }
}

/// Asserts that a scenario of short times holds. A round in which threads [got no
/// processor](starvation) for longer than these times allow is repeated, four times at most. A
/// round that goes wrong on a quiet machine is a defect.
#[track_caller]
pub(crate) fn unless_starved(round: impl Fn()) {
    for _ in 1..5 {
        match starvation::watched(|| catch_unwind(AssertUnwindSafe(&round))) {
            (Ok(()), _) => return,
            // What went wrong is printed.
            (Err(_), true) => {}
            (Err(failure), false) => resume_unwind(failure),
        }
    }
    round();
}

/// Joins a thread that ends soon.
#[track_caller]
pub(crate) fn joined(what: &str, thread: std::thread::JoinHandle<()>) {
    eventually(what, || thread.is_finished());
    thread.join().unwrap();
}

/// A server on a free port that serves nobody yet.
pub(crate) fn local(application: impl Application + 'static) -> Arc<Server> {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    Arc::new(
        builder
            .errors(Errors::discard())
            .build(application)
            .unwrap(),
    )
}
