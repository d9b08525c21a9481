//! Responses that break off.

use std::{
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};

use crate::{
    measured::Measured,
    support::{Client, counted_body::CountedBody, eventually, gate::Gate, get, put},
};

/// Answers with a body that no client takes whose buffer is small.
fn large(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok(vec![b'x'; 64 << 20].into())
}

#[test]
fn a_response_whose_client_leaves_is_disconnected() {
    let measured = Measured::new(large);
    let mut client = Client::with_small_buffer(measured.running.address);
    client.send(get("/"));
    client.take_some();
    assert_eq!(measured.snapshot().active_requests(), 1);
    client.reset();
    measured.assert_requests("http", &[("GET", "200", "disconnected", 1)]);
}

#[test]
fn a_response_whose_client_is_too_slow_is_late() {
    let options = |builder: wsgi_server::Builder| {
        builder
            .write_timeout(Duration::from_millis(50))
            .min_rate(u64::MAX)
    };
    let measured = Measured::with(options, large);
    let mut client = Client::with_small_buffer(measured.running.address);
    client.send(get("/"));
    measured.assert_requests("http", &[("GET", "200", "timeout", 1)]);
}

#[test]
fn a_response_that_the_server_cuts_is_aborted() {
    let mut measured = Measured::new(large);
    let mut client = Client::with_small_buffer(measured.running.address);
    client.send(get("/"));
    client.take_some();
    measured.running.handle.abort();
    measured.running.join();
    measured.assert_requests("http", &[("GET", "200", "aborted", 1)]);
}

#[test]
fn a_response_whose_application_fails_midway_is_failed() {
    let app = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let chunks: [Result<&str>; 2] = [Ok("a part"), Err("it breaks".into())];
        Ok(Body::chunks(chunks))
    };
    let measured = Measured::new(app);
    let response = measured.running.connect().ask(get("/"));
    assert_eq!((response.status, response.complete), (200, false));
    measured.assert_requests("http", &[("GET", "200", "failed", 1)]);
}

#[test]
fn a_request_whose_client_leaves_before_the_head_has_no_status() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let mut body = Vec::new();
        std::io::Read::read_to_end(environ.input(), &mut body)?;
        start_response.start(Status::OK, ())?;
        Ok(body.into())
    };
    let measured = Measured::new(app);
    let mut client = measured.running.connect();
    let whole = put("/", &"x".repeat(100_000));
    client.send(&whole[..80_000]);
    eventually("it reads", || measured.snapshot().active_requests() == 1);
    drop(client);
    eventually("it ends", || measured.snapshot().ended_requests() == 1);
    let snapshot = measured.snapshot();
    let series = snapshot.requests().next().expect("a request");
    assert_eq!(series.status_code(), None, "{snapshot:?}");
    assert_eq!(series.break_off(), Some("disconnected"));
    measured.assert_requests("http", &[("PUT", "", "disconnected", 1)]);
}

#[test]
fn the_first_of_pipelined_responses_is_complete_though_the_last_is_not() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        match environ.path_info() == "/large" {
            true => large(environ, start_response),
            false => crate::support::echo(environ, start_response),
        }
    };
    let measured = Measured::new(app);
    let mut client = Client::with_small_buffer(measured.running.address);
    client.send([get("/a"), get("/b"), get("/large")].concat());
    assert_eq!(client.response().text(), "GET /a\n");
    eventually("they have ended", || {
        measured.snapshot().ended_requests() == 2
    });
    assert_eq!(measured.snapshot().active_requests(), 1);
    client.reset();
    let expected = [("GET", "200", "", 2), ("GET", "200", "disconnected", 1)];
    measured.assert_requests("http", &expected);
}

#[test]
fn a_request_that_outlives_the_server_is_counted_when_it_ends() {
    let gate = Gate::default();
    let mut measured = Measured::new(gate.app());
    let mut client = measured.running.connect();
    client.send(get("/wait"));
    eventually("it waits", || gate.waiting() == 1);
    measured.running.handle.abort();
    measured.running.join();
    assert_eq!(measured.snapshot().active_requests(), 1);
    gate.open();
    let count = || measured.snapshot().ended_requests();
    eventually("it has ended", || count() == 1);
    assert_eq!(measured.snapshot().active_requests(), 0);
}

#[test]
fn many_clients_that_leave_at_any_time_leave_no_request_active() {
    let alive = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks(CountedBody::new(&alive, 40)))
    };
    let measured = Measured::new(app);
    thread::scope(|scope| {
        for index in 0..40 {
            let measured = &measured;
            scope.spawn(move || {
                let mut client = measured.running.connect();
                client.try_send(get("/").repeat(1 + index % 3));
                if index % 2 == 0 {
                    client.take_some();
                }
                match index % 4 {
                    0 | 1 => client.reset(),
                    _ => drop(client),
                }
            });
        }
    });
    eventually("no request is active", || {
        let snapshot = measured.snapshot();
        snapshot.active_requests() == 0 && snapshot.open_connections() == 0
    });
    measured.page();
}

#[test]
fn a_request_whose_deadline_passes_is_late_and_its_thread_is_stuck_until_it_returns() {
    let (gate, timeout) = (Gate::default(), Duration::from_millis(200));
    let options = |builder: wsgi_server::Builder| builder.request_timeout(timeout);
    let measured = Measured::with(options, gate.app());
    let mut client = measured.running.connect();
    let began = Instant::now();
    client.send(get("/wait"));
    assert_eq!(client.response().status, 504);
    eventually("it is stuck", || measured.snapshot().stuck_threads() == 1);
    let page = measured.page();
    for (state, count) in [("stuck", 1.0), ("busy", 0.0)] {
        let labels = [("state", state)];
        assert_eq!(page.value("wsgi_server_threads", &labels), Some(count));
    }
    assert_eq!(measured.snapshot().active_requests(), 1);
    thread::sleep(2 * timeout);
    let until_the_return = began.elapsed();
    gate.open();
    measured.assert_requests("http", &[("GET", "504", "timeout", 1)]);
    eventually("it is free", || measured.snapshot().stuck_threads() == 0);
    // The time after the deadline does not count.
    let snapshot = measured.snapshot();
    let durations = snapshot.requests().next().expect("a request").durations();
    assert!(
        (timeout..until_the_return).contains(&durations.sum()),
        "{durations:?}"
    );
}
