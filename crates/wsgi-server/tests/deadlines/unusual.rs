//! Applications that do what is rare: deadlines that are set late, inputs that are kept, environs
//! that are replaced.

use std::{
    io::Write,
    mem,
    sync::{Mutex, mpsc},
    thread,
    time::Instant,
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};
use wsgi_environ::End;

use crate::{
    Opening, TIMEOUT, TOO_LATE, at_once, reporting_ends,
    support::{PATIENCE, Running, eventually, gate::Gate, get, unless_starved},
    timely, timely_waits,
};

#[test]
fn a_response_that_began_before_a_deadline_was_set_is_cut() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let waiting = gate.clone();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let mut writer = start_response.writer().ok_or("no writer")?;
        writer.write_all(b"a part")?;
        writer.flush()?;
        environ.set_deadline(Instant::now() + TIMEOUT);
        waiting.pass();
        Ok(().into())
    };
    let running = Running::new(app);
    let mut client = running.connect();
    client.send("GET / HTTP/1.0\r\n\r\n");
    let received = client.take_all();
    assert!(received.ends_with(b"\r\n\r\na part"), "{received:?}");
}

#[test]
fn chunks_that_began_before_the_deadline_of_an_environ_of_their_own_are_cut() {
    unless_starved(|| {
        let gate = Gate::default();
        let _opening = Opening(&gate);
        let waiting = gate.clone();
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, ())?;
            let mut environ = mem::take(environ);
            environ.set_deadline(Instant::now() + TIMEOUT);
            let waiting = waiting.clone();
            let mut chunks = ["a part", "the rest"].into_iter();
            Ok(Body::chunks(std::iter::from_fn(move || {
                let _ = &environ;
                let chunk = chunks.next()?;
                if chunk == "the rest" {
                    waiting.pass();
                }
                Some(chunk)
            })))
        };
        let running = Running::new(app);
        let mut client = running.connect();
        client.send("GET / HTTP/1.0\r\n\r\n");
        let received = client.take_all();
        assert!(received.ends_with(b"\r\n\r\na part"), "{received:?}");
    });
}

/// Chunks are sent after the call has returned, without a wait for the client.
#[test]
fn chunks_without_a_deadline_do_not_count_for_the_next_request() {
    unless_starved(|| {
        let gate = Gate::default();
        let _opening = Opening(&gate);
        let waiting = gate.app();
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            if environ.path_info() == "/wait" {
                return waiting(environ, start_response);
            }
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(["one", "two", "three"]))
        };
        let (app, ends) = reporting_ends(timely_waits(app));
        let running = Running::new(app);
        let mut client = running.connect();
        assert_eq!(client.ask(get("/")).text(), "onetwothree");
        let (_, first) = ends.recv_timeout(PATIENCE).expect("the first end");
        assert_eq!((first.end(), first.body_bytes()), (End::Complete, 11));
        client.send(get("/wait"));
        let response = client.response();
        assert_eq!((response.status, response.text()), (504, TOO_LATE));
        let (path, second) = ends.recv_timeout(PATIENCE).expect("the second end");
        assert_eq!((&*path, second.status_code()), ("/wait", Some(504)));
        assert_eq!(second.body_bytes(), TOO_LATE.len() as u64);
    });
}

#[test]
fn an_input_that_is_kept_does_not_keep_a_connection_that_had_a_deadline() {
    unless_starved(|| {
        let (keep, kept) = mpsc::channel();
        let keep = Mutex::new(keep);
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            keep.lock().unwrap().send(environ.take_input()).unwrap();
            start_response.start(Status::OK, ())?;
            Ok("kept".into())
        };
        let running = Running::with(|builder| timely(builder).spool_bodies(false), app);
        let mut client = running.connect();
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        assert_eq!(client.response().text(), "kept");
        client.assert_closed();
        // A connection that ends by its client has no response that would end it.
        let mut client = running.connect();
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        assert_eq!(client.response().text(), "kept");
        client.finish();
        client.assert_closed();
        drop(kept);
    });
}

#[test]
fn the_deadline_of_an_environ_that_was_replaced_does_not_outlive_the_call() {
    unless_starved(|| {
        fn replacing(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
            drop(mem::take(environ));
            start_response.start(Status::OK, ())?;
            Ok("replaced".into())
        }
        let running = Running::with(timely, replacing);
        let mut client = running.connect();
        for _ in 0..2 {
            assert_eq!(client.ask(get("/")).text(), "replaced");
            client.assert_silent(3 * TIMEOUT);
        }
        assert_eq!((running.log(), running.handle.stuck()), (String::new(), 0));
    });
}

#[test]
fn threads_with_a_replaced_environ_are_free_when_they_return() {
    let replacing = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        drop(mem::take(environ));
        thread::sleep(2 * TIMEOUT);
        at_once(environ, start_response)
    };
    let running = Running::with(timely, replacing);
    assert_eq!(running.connect().ask(get("/")).status, 504);
    eventually("no thread is stuck", || running.handle.stuck() == 0);
}

#[test]
fn an_environ_that_is_kept_sets_no_deadline_after_its_call() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let (keep, kept) = mpsc::channel();
    let keep = Mutex::new(keep);
    let waiting = gate.app();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        match &*environ.path_info().to_string_lossy() {
            "/keep" => {
                keep.lock().unwrap().send(mem::take(environ)).unwrap();
                start_response.start(Status::OK, ())?;
                Ok("kept".into())
            }
            "/late" => {
                environ.set_deadline(Instant::now());
                eventually("the deadline passes", || !environ.is_client_connected());
                Ok(().into())
            }
            _ => waiting(environ, start_response),
        }
    };
    let running = Running::new(app);
    // A deadline that has passed is answered after those that passed before.
    let look = || assert_eq!(running.connect().ask(get("/late")).status, 504);
    let mut client = running.connect();
    for _ in 0..2 {
        assert_eq!(client.ask(get("/keep")).text(), "kept");
        let mut environ = kept.recv_timeout(PATIENCE).unwrap();
        environ.set_deadline(Instant::now());
        look();
        assert_eq!(client.ask(get("/")).text(), "GET /\n");
        // Nor does it end the call of another request.
        client.send(get("/wait"));
        eventually("the call waits", || gate.waiting() == 1);
        environ.set_deadline(Instant::now());
        look();
        gate.open();
        assert_eq!(client.response().text(), "GET /wait\n");
        gate.close();
    }
    assert_eq!(client.ask(get("/")).text(), "GET /\n");
}
