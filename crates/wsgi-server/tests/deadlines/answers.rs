//! The answer at the deadline, the log, and the hooks.

use std::{thread, time::Instant};

use wsgi_application::{Environ, Result, StartResponse};
use wsgi_environ::{End, Outcome};

use crate::{
    Opening, TIMEOUT, TOO_LATE, reporting, reporting_ends,
    support::{PATIENCE, Running, echo, eventually, gate::Gate, get, put, unless_starved},
    timely, timely_waits, waiting,
};

#[test]
fn an_application_that_never_returns_is_answered_for_and_nobody_else_notices() {
    let gate = Gate::default();
    let (running, reports) = waiting(&gate, |builder| builder);
    let _opening = Opening(&gate);
    let mut others: Vec<_> = (0..4).map(|_| running.connect()).collect();
    let mut client = running.connect();
    let began = Instant::now();
    client.send(get("/wait"));
    // Other requests go on meanwhile, and later.
    let mut ask = || {
        for other in &mut others {
            assert_eq!(other.ask(get("/other")).text(), "GET /other\n");
        }
    };
    ask();
    let response = client.response();
    assert!(began.elapsed() >= TIMEOUT);
    assert_eq!((response.status, response.text()), (504, TOO_LATE));
    assert_eq!(response.header("Connection"), Some("close"));
    assert!(response.header("Date").is_some());
    client.assert_closed();
    ask();
    eventually("the log names it", || !running.log().is_empty());
    let log = running.log();
    let passed = log.strip_prefix("GET \"/wait\": the deadline passed after ");
    let (_, rest) = passed.and_then(|text| text.split_once(" s, ")).expect(&log);
    let expected = "and its client got 504; thread wsgi-";
    assert!(rest.starts_with(expected), "{log}");
    assert_eq!(running.handle.stuck(), 1);
    assert!(running.handle.is_ready());
    assert!(
        reports
            .try_iter()
            .all(|outcome| outcome.status_code() == Some(200))
    );
    gate.open();
    // Those of the other requests may run as late.
    let mut outcomes = std::iter::from_fn(|| reports.recv_timeout(PATIENCE).ok());
    let is_of_it = |outcome: &Outcome| outcome.status_code() != Some(200);
    let outcome = outcomes.find(is_of_it).expect("its hooks run");
    assert_eq!(
        (outcome.end(), outcome.status_code()),
        (End::TimedOut, Some(504))
    );
    assert_eq!(outcome.body_bytes(), TOO_LATE.len() as u64);
    assert!(outcome.duration() >= TIMEOUT && outcome.duration() < began.elapsed());
    eventually("no thread is stuck", || running.handle.stuck() == 0);
    ask();
    let log = running.log();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(
        log.ends_with("is stuck in the application (stuck threads: 1)\n"),
        "{log}"
    );
}

#[test]
fn the_time_of_a_request_is_told_from_before_its_deadline_was_set() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let (app, ends) = reporting_ends(gate.app());
    let running = Running::with(timely, app);
    assert_eq!(running.connect().ask(get("/wait")).status, 504);
    let (_, outcome) = ends.recv_timeout(PATIENCE).expect("the end");
    assert!(outcome.duration() >= TIMEOUT, "{outcome:?}");
    eventually("a line", || !running.log().is_empty());
    let log = running.log();
    let (_, rest) = log.split_once("passed after ").expect(&log);
    let (time, _) = rest.split_once(" s, ").expect(&log);
    // It is noticed a little later, and much later on a busy machine.
    let time: f64 = time.parse().expect(&log);
    assert!(time >= TIMEOUT.as_secs_f64(), "{log}");
}

#[test]
fn the_thread_is_named_with_the_id_of_the_request() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let waiting = gate.app();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        environ.set_request_id("7f-3");
        waiting(environ, start_response)
    };
    let running = Running::with(timely, app);
    assert_eq!(running.connect().ask(get("/wait")).status, 504);
    eventually("a line", || {
        running
            .log()
            .starts_with("[7f-3] GET \"/wait\": the deadline")
    });
}

#[test]
fn the_end_is_told_at_the_deadline_and_not_again() {
    let gate = Gate::default();
    let opening = Opening(&gate);
    let (app, ends) = reporting_ends(gate.app());
    let running = Running::new(timely_waits(app));
    assert_eq!(running.connect().ask(get("/wait")).status, 504);
    let (path, outcome) = ends.recv_timeout(PATIENCE).expect("the end");
    assert_eq!(path, "/wait");
    assert_eq!(
        (outcome.end(), outcome.status_code()),
        (End::TimedOut, Some(504))
    );
    assert_eq!(outcome.body_bytes(), TOO_LATE.len() as u64);
    assert!(outcome.bytes_sent() > outcome.body_bytes());
    drop(opening);
    eventually("the call returns", || running.handle.calls() == 0);
    assert_eq!(running.connect().ask(get("/other")).status, 200);
    let (path, _) = ends.recv_timeout(PATIENCE).expect("the next end");
    assert_eq!(path, "/other");
    assert!(ends.try_recv().is_err());
}

#[test]
fn a_request_by_head_gets_no_body() {
    let gate = Gate::default();
    let (running, _) = waiting(&gate, |builder| builder);
    let _opening = Opening(&gate);
    let mut client = running.connect();
    client.send(get("/wait").replace("GET", "HEAD"));
    assert_eq!(client.response_to_head().status, 504);
    client.assert_closed();
}

#[test]
fn a_response_in_time_has_no_deadline_any_more() {
    unless_starved(|| {
        let (app, reports) = reporting(echo);
        let running = Running::with(timely, app);
        let mut client = running.connect();
        for number in 0..20 {
            let path = format!("/{number}");
            assert_eq!(
                client.ask(put(&path, "body")).text(),
                format!("PUT {path}\nbody")
            );
            assert!(reports.recv_timeout(PATIENCE).unwrap().is_complete());
        }
        thread::sleep(2 * TIMEOUT);
        assert_eq!(client.ask(get("/later")).text(), "GET /later\n");
        assert_eq!(running.log(), "");
    });
}

#[test]
fn earlier_answers_that_wait_are_not_overtaken() {
    let gate = Gate::default();
    let (running, reports) = waiting(&gate, |builder| builder);
    let _opening = Opening(&gate);
    let mut client = running.connect();
    client.send([get("/first"), get("/second"), get("/wait"), get("/fourth")].concat());
    // Either they were sent before, and 504 follows, or nothing more comes.
    let received = String::from_utf8(client.take_all()).unwrap();
    let statuses: Vec<_> = received.matches("HTTP/1.1 ").collect();
    match received.contains("504 Gateway Timeout") {
        true => {
            assert_eq!(statuses.len(), 3, "{received}");
            assert!(received.ends_with(TOO_LATE), "{received}");
            assert!(
                received.find("/second") < received.find("504"),
                "{received}"
            );
        }
        false => assert!(!received.contains("/fourth"), "{received}"),
    }
    gate.open();
    let ends: Vec<_> = (0..3)
        .map(|_| reports.recv_timeout(PATIENCE).unwrap().end())
        .collect();
    assert_eq!(ends.last(), Some(&End::TimedOut), "{ends:?}");
    assert!(
        reports.recv_timeout(TIMEOUT).is_err(),
        "the fourth is never called"
    );
}

#[test]
fn what_the_client_goes_on_to_send_does_not_destroy_the_answer() {
    let gate = Gate::default();
    let (running, _) = waiting(&gate, |builder| builder);
    let _opening = Opening(&gate);
    let mut client = running.connect();
    client.send(get("/wait"));
    eventually("the call", || gate.waiting() == 1);
    eventually("the deadline", || running.handle.stuck() == 1);
    let _ = client.try_send(get("/next"));
    let response = client.response();
    assert_eq!((response.status, response.text()), (504, TOO_LATE));
    gate.open();
    client.assert_closed();
}

#[test]
fn a_shutdown_does_not_wait_for_a_thread_that_is_stuck() {
    let gate = Gate::default();
    let (mut running, _) = waiting(&gate, |builder| builder.shutdown_timeout(PATIENCE * 2));
    let _opening = Opening(&gate);
    assert_eq!(running.connect().ask(get("/wait")).status, 504);
    running.handle.shutdown();
    running.join();
    assert_eq!((running.handle.calls(), running.handle.stuck()), (1, 1));
    gate.open();
    eventually("it returns", || running.handle.calls() == 0);
}
