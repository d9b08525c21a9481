//! Deadlines of responses that have begun, and of bodies that are read during the call.

use std::{
    io::{Read, Write},
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Body, Chunk, Environ, Result, StartResponse, Status};
use wsgi_environ::{End, InputError};

use crate::{
    Opening, TOO_LATE, reporting, reporting_ends,
    support::{Client, PATIENCE, Running, eventually, gate::Gate, get, unless_starved},
    timely,
};

/// Sends a part of a response and then waits at a gate.
fn begun(gate: Gate) -> impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync {
    move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let mut writer = start_response.start(Status::OK, [("Content-Length", "10")])?;
        writer.write_all(b"begun")?;
        writer.flush()?;
        gate.pass();
        assert!(
            writer
                .write_all(b"ended")
                .and_then(|()| writer.flush())
                .is_err()
        );
        Ok(Body::empty())
    }
}

#[test]
fn a_response_that_has_begun_is_cut() {
    unless_starved(|| {
        let gate = Gate::default();
        let _opening = Opening(&gate);
        let (app, ends) = reporting_ends(begun(gate.clone()));
        let (app, reports) = reporting(app);
        let running = Running::with(timely, app);
        let mut client = running.connect();
        let response = client.ask(get("/"));
        assert_eq!((response.status, response.text()), (200, "begun"));
        assert!(!response.complete);
        let (_, outcome) = ends.recv_timeout(PATIENCE).expect("the end");
        assert_eq!(
            (outcome.end(), outcome.status_code()),
            (End::TimedOut, Some(200))
        );
        assert_eq!(outcome.body_bytes(), 5);
        assert!(reports.try_recv().is_err(), "the call goes on");
        let expected = "and its response was cut off; thread wsgi-";
        eventually("a line", || running.log().contains(expected));
        gate.open();
        let outcome = reports.recv_timeout(PATIENCE).expect("its hooks");
        assert_eq!(
            (outcome.end(), outcome.status_code()),
            (End::TimedOut, Some(200))
        );
        assert_eq!(outcome.body_bytes(), 5);
        assert!(ends.try_recv().is_err());
        assert_eq!(running.log().lines().count(), 1, "{}", running.log());
    });
}

#[test]
fn a_response_that_the_client_does_not_take_is_cut_at_the_deadline() {
    unless_starved(|| {
        let (app, reports) = reporting(
            |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(std::iter::repeat([b'x'; 50_000].to_vec())))
            },
        );
        let running = Running::with(timely, app);
        let mut client = Client::with_small_buffer(running.address);
        client.send(get("/"));
        let outcome = reports.recv_timeout(PATIENCE).expect("its hooks");
        assert_eq!(outcome.end(), End::TimedOut);
        assert!(!client.response().complete);
    });
}

#[test]
fn what_needs_no_thread_may_take_longer() {
    unless_starved(|| {
        const LENGTH: usize = 8 << 20;
        // The call itself has to return in time, also on a busy machine.
        const TIMEOUT: Duration = Duration::from_secs(1);
        let body = Chunk::from(vec![b'x'; LENGTH]).into_shared();
        let running = Running::with(
            |builder| builder.request_timeout(TIMEOUT),
            move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                start_response.start(Status::OK, ())?;
                Ok(Body::from(body.clone()))
            },
        );
        let mut client = Client::with_small_buffer(running.address);
        client.send(get("/"));
        thread::sleep(2 * TIMEOUT);
        let response = client.response();
        assert!(response.complete && response.body.len() == LENGTH);
        assert_eq!(running.log(), "");
    });
}

/// A request whose body does not come.
const UPLOAD: &str = "PUT / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\nbegun";

#[test]
fn a_read_that_waits_fails_at_the_deadline() {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let running = Running::with(
        timely,
        move |environ: &mut Environ, _: &mut StartResponse<'_>| -> Result {
            let began = Instant::now();
            let error = environ.input().read_to_end(&mut Vec::new()).unwrap_err();
            let again = environ.input().read(&mut [0]).unwrap_err();
            let errors = [error, again].map(|error| InputError::of(&error).copied());
            report.lock().unwrap().send((errors, began.elapsed()))?;
            Err("it fails".into())
        },
    );
    let mut client = running.connect();
    let response = client.ask(UPLOAD);
    assert_eq!(response.status, 504);
    let (errors, took) = reports.recv_timeout(PATIENCE).unwrap();
    assert_eq!(errors, [Some(InputError::DeadlinePassed); 2]);
    assert!(took < PATIENCE, "{took:?}");
    client.finish();
    client.assert_closed();
}

#[test]
fn a_client_that_still_sends_its_body_gets_the_answer() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let running = Running::with(timely, {
        let gate = gate.clone();
        move |_: &mut Environ, _: &mut StartResponse<'_>| -> Result {
            gate.pass();
            Ok(Body::empty())
        }
    });
    let mut client = running.connect();
    client.send(UPLOAD);
    eventually("the deadline", || running.handle.stuck() == 1);
    let _ = client.try_send([b'x'; 1000]);
    let response = client.response();
    assert_eq!((response.status, response.text()), (504, TOO_LATE));
    gate.open();
}

#[test]
fn a_client_that_waits_for_100_continue_is_answered() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let running = Running::with(timely, {
        let gate = gate.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            gate.pass();
            assert!(
                environ.input().read(&mut [0]).is_err(),
                "the client is not asked any more"
            );
            start_response.start(Status::OK, ())?;
            Ok(Body::empty())
        }
    });
    let mut client = running.connect();
    let request =
        "PUT / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    let response = client.ask(request);
    assert_eq!((response.status, response.text()), (504, TOO_LATE));
    gate.open();
    client.assert_closed();
}
