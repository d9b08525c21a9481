//! Entries that an application begins and does not end, with an errors stream of records.

use std::{
    cell::RefCell,
    io::{self, Write},
    iter,
    time::{Duration, SystemTime},
};

use log::{LevelFilter, Log, Metadata, Record};
use wsgi_application::{Application, Body, Environ, Exchange, Head, Result, StartResponse, Status};
use wsgi_environ::{End, Errors, Outcome};
use wsgi_gateway::{Engine, Framing, Rules, Transport, run_hooks};

thread_local! {
    static RECORDS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Collector;

impl Log for Collector {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let text = record.args().to_string();
        let first = text.lines().next().unwrap_or_default().to_owned();
        RECORDS.with_borrow_mut(|records| records.push(first));
    }

    fn flush(&self) {}
}

fn begin(environ: &Environ, text: &str) {
    environ.errors().clone().write_all(text.as_bytes()).unwrap();
}

fn fail(environ: &mut Environ, _start_response: &mut StartResponse<'_>) -> Result {
    environ.on_finished(|environ, _outcome| begin(environ, "begun by a hook"));
    begin(environ, "begun by the application");
    Err("out of tea".into())
}

fn stream(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let mut errors = environ.errors().clone();
    let chunks = iter::once_with(move || errors.write_all(b"begun by the body").map(|()| "x"));
    Ok(Body::chunks(chunks))
}

/// A transport that keeps nothing.
struct Nowhere;

impl Transport for Nowhere {
    fn head(&mut self, _head: &Head, _framing: Framing) -> io::Result<()> {
        Ok(())
    }

    fn body(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers a request, and returns the first line of each record.
fn records(application: &dyn Application) -> Vec<String> {
    let mut environ = Environ::new();
    environ.set_errors(Errors::log());
    environ.set("UNIQUE_ID", "7f");
    environ.set("REQUEST_METHOD", "GET");
    environ.set("PATH_INFO", "/");
    let engine = Engine::new();
    let mut exchange = Exchange::new();
    let rules = Rules::default();
    let delivery = engine.respond(
        application,
        &mut environ,
        rules,
        &mut exchange,
        &mut Nowhere,
    );
    delivery.rest.send(&mut Nowhere).unwrap();
    run_hooks(
        &mut environ,
        &Outcome::new(End::Complete, SystemTime::now(), Duration::ZERO),
    );
    RECORDS.take()
}

#[test]
fn nothing_continues_an_entry_that_has_no_end() {
    log::set_logger(&Collector).unwrap();
    log::set_max_level(LevelFilter::Error);
    let expected = [
        "begun by the application",
        "[7f] GET \"/\": out of tea",
        "begun by a hook",
    ];
    assert_eq!(records(&fail), expected);
    assert_eq!(records(&stream), ["begun by the body"]);
}
