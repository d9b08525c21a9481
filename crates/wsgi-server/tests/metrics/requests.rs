//! Requests that are answered.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};
use wsgi_metrics::Bucket;

use crate::{
    measured::Measured,
    support::{Running, echo, eventually, gate::Gate, get, put, put_chunks},
};

/// An application that answers with the status in the path.
fn with_status(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let path = environ.path_info().to_string_lossy().into_owned();
    let code = path.trim_start_matches('/').parse()?;
    start_response.start(Status::new(code, "A Reason")?, ())?;
    Ok(Body::empty())
}

fn ask_for(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn requests_are_counted_by_method_and_status() {
    let measured = Measured::new(with_status);
    let mut client = measured.running.connect();
    for (method, status, count) in [
        ("GET", 200, 3),
        ("GET", 404, 2),
        ("POST", 201, 1),
        ("PATCH", 200, 1),
        ("BREW", 418, 2),
        ("get", 200, 1),
        ("DELETE", 204, 1),
    ] {
        for _ in 0..count {
            assert_eq!(
                client.ask(ask_for(method, &format!("/{status}"))).status,
                status
            );
        }
    }
    client.send(ask_for("HEAD", "/200"));
    client.response_to_head();
    assert_eq!(client.ask(get("/no-number")).status, 500);
    measured.assert_requests(
        "http",
        &[
            ("GET", "200", "", 3),
            ("GET", "404", "", 2),
            ("POST", "201", "", 1),
            ("PATCH", "200", "", 1),
            ("_OTHER", "418", "", 2),
            ("_OTHER", "200", "", 1),
            ("DELETE", "204", "", 1),
            ("HEAD", "200", "", 1),
            ("GET", "500", "500", 1),
        ],
    );
}

#[test]
fn no_client_makes_labels() {
    let measured = Measured::new(with_status);
    // A linear congruential generator, so that a failure can be repeated.
    let mut state = 1u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let token = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let (mut client, requests) = (measured.running.connect(), 1000);
    for _ in 0..requests {
        let length = 1 + random(12);
        let letters = (0..length).map(|_| token[random(token.len() as u64) as usize] as char);
        let method: String = letters.collect();
        let status = 200 + random(800);
        let mut head = ask_for(&method, &format!("/{status}"));
        head = head.replace(
            "Host: test",
            &format!("Host: h{}.test\r\nX-{status}: a", random(99)),
        );
        let response = client.ask(head);
        assert_eq!(u64::from(response.status), status);
    }
    let page = measured.after(requests);
    let mut names = BTreeSet::new();
    for sample in page.samples() {
        names.extend(sample.labels.keys().cloned());
        if let Some(method) = sample.labels.get("http_request_method") {
            assert_eq!(method, "_OTHER");
        }
        if let Some(status) = sample.labels.get("http_response_status_code") {
            assert!((200..1000).contains(&status.parse::<u16>().unwrap()));
        }
    }
    let expected = [
        "error_type",
        "http_request_method",
        "http_response_status_code",
        "le",
        "network_io_direction",
        "reason",
        "state",
        "tls_established",
        "tls_protocol_version",
        "tls_resumed",
        "url_scheme",
    ];
    assert!(names.iter().eq(expected.iter()), "{names:?}");
}

#[test]
fn pipelined_requests_are_counted_one_by_one() {
    let measured = Measured::new(echo);
    let mut client = measured.running.connect();
    client.send(get("/").repeat(40) + &put("/", "a body"));
    for _ in 0..41 {
        assert_eq!(client.response().status, 200);
    }
    measured.assert_requests("http", &[("GET", "200", "", 40), ("PUT", "200", "", 1)]);
}

#[test]
fn requests_with_large_and_streamed_bodies_are_counted() {
    let body = "x".repeat(200_000);
    for spools in [false, true] {
        let measured = Measured::with(|builder| builder.spool_bodies(spools), echo);
        let mut client = measured.running.connect();
        for request in [put("/", &body), put_chunks("/", &[&body, &body])] {
            assert_eq!(client.ask(request).status, 200);
        }
        measured.assert_requests("http", &[("PUT", "200", "", 2)]);
    }
}

#[test]
fn a_duration_is_that_of_the_response() {
    let nap = Duration::from_millis(1_100); // far longer than the others take
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        if environ.path_info() == "/slow" {
            thread::sleep(nap);
        }
        echo(environ, start_response)
    };
    let measured = Measured::new(app);
    let mut client = measured.running.connect();
    let began = Instant::now();
    for path in ["/slow", "/", "/"] {
        assert_eq!(client.ask(get(path)).status, 200);
    }
    measured.after(3);
    let (longest, snapshot) = (began.elapsed(), measured.snapshot());
    let series: Vec<_> = snapshot.requests().collect();
    let [series] = &*series else {
        panic!("{series:?}");
    };
    assert_eq!((series.method(), series.status_code()), ("GET", Some(200)));
    assert_eq!((series.scheme(), series.break_off()), ("http", None));
    let durations = series.durations();
    // The next request may have begun before one is counted.
    assert!(
        (nap..=3 * longest).contains(&durations.sum()),
        "{durations:?}"
    );
    let within = durations
        .buckets()
        .find(|bucket| bucket.upper_bound() >= Some(nap));
    assert!(within.expect("a bucket").count() >= 2, "{durations:?}");
    let is_below = |bucket: &Bucket| bucket.upper_bound().is_some_and(|bound| bound < nap);
    let below = durations.buckets().take_while(is_below).last();
    assert!(below.expect("a bucket").count() <= 2, "{durations:?}");
}

#[test]
fn a_request_is_active_until_its_response_is_sent() {
    let gate = Gate::default();
    let measured = Measured::with(|builder| builder.threads(1), gate.app());
    assert_eq!(measured.snapshot().hand_overs(), 0);
    let mut waiting = measured.running.connect();
    waiting.send(get("/wait"));
    eventually("it waits", || gate.waiting() == 1);
    // Another thread has to take the loop over.
    let mut other = measured.running.connect();
    assert_eq!(other.ask(put("/", "")).status, 200);
    eventually("the other has ended", || {
        measured.snapshot().ended_requests() == 1
    });
    let snapshot = measured.snapshot();
    assert_eq!(snapshot.active_requests(), 1);
    assert!(snapshot.hand_overs() >= 1);
    assert!(snapshot.busy_threads() >= 1 && snapshot.idle_threads() >= 1);
    let page = measured.page();
    for (method, count) in [("GET", 1.0), ("PUT", 0.0)] {
        let labels = [("http_request_method", method), ("url_scheme", "http")];
        let active = page.value("http_server_active_requests", &labels);
        assert_eq!(active, Some(count), "{method}");
    }
    gate.open();
    assert_eq!(waiting.response().status, 200);
    measured.assert_requests("http", &[("GET", "200", "", 1), ("PUT", "200", "", 1)]);
    eventually("no thread is busy", || {
        measured.snapshot().busy_threads() == 0
    });
    assert_eq!(measured.snapshot().stuck_threads(), 0);
}

#[test]
fn the_bytes_of_both_ways_are_counted() {
    let measured = Measured::new(echo);
    let mut client = measured.running.connect();
    let requests = [get("/"), put("/", "a body"), put("/", &"x".repeat(300_000))];
    let (mut received, mut sent) = (0, 0);
    for request in requests {
        received += request.len();
        let response = client.ask(request);
        sent += response.head.len() + response.body.len();
    }
    let page = measured.after(3);
    for (direction, bytes) in [("receive", received), ("transmit", sent)] {
        let labels = [("network_io_direction", direction)];
        let found = page.value("wsgi_server_network_io_bytes_total", &labels);
        assert_eq!(found, Some(bytes as f64), "{direction}");
    }
    let snapshot = measured.snapshot();
    assert_eq!(snapshot.received_bytes(), received as u64);
    assert_eq!(snapshot.sent_bytes(), sent as u64);
}

#[test]
fn a_server_keeps_no_numbers_unless_it_is_told_to() {
    let running = Running::new(echo);
    assert_eq!(running.connect().ask(get("/")).status, 200);
    assert!(running.handle.metrics().is_none());
}

#[test]
fn numbers_outlive_the_server_and_those_of_several_are_added() {
    let mut first = Measured::new(echo);
    let second = Running::with(|builder| builder.metrics(&first.metrics), echo);
    assert_eq!(first.running.connect().ask(get("/")).status, 200);
    assert_eq!(second.connect().ask(get("/")).status, 200);
    first.assert_requests("http", &[("GET", "200", "", 2)]);
    let handles = [first.running.handle.clone(), second.handle.clone()];
    drop(second);
    first.running.handle.shutdown();
    first.running.join();
    for handle in handles {
        let snapshot = handle.metrics().expect("it keeps numbers");
        assert_eq!(snapshot.ended_requests(), 2);
        assert_eq!(snapshot.accepted_connections(), 2);
        assert_eq!(snapshot.open_connections(), 0);
        assert_eq!((snapshot.idle_threads(), snapshot.busy_threads()), (0, 0));
    }
}

#[test]
fn requests_that_one_thread_handles_are_counted() {
    let metrics = wsgi_server::Metrics::new();
    let builder = wsgi_server::Server::builder().bind("127.0.0.1:0").unwrap();
    let server = builder.metrics(&metrics).build(echo).unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            let handling = scope.spawn(|| server.handle_request());
            let mut client = crate::support::Client::connect(server.local_addr());
            assert_eq!(client.ask(get("/")).status, 200);
            handling.join().unwrap().unwrap();
        }
    });
    assert_eq!(metrics.snapshot().ended_requests(), 3);
    assert_eq!(metrics.snapshot().accepted_connections(), 3);
}
