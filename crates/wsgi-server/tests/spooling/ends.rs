//! Bodies that do not arrive whole.

use std::{
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering::SeqCst},
    time::Duration,
};

use wsgi_server::Builder;

use crate::{
    support::eventually,
    way::{Chunks, KINDS, LASTING, WAYS, Way, measuring, pattern},
};
#[cfg(feature = "fastcgi")]
use crate::{
    support::fastcgi::{self, ABORT_REQUEST, Answer, End, STDIN, body, record},
    way::FastCgi,
};

/// Sends the head of a request with a body of this length, then other bytes, and checks the status.
/// The application is never called.
#[track_caller]
fn check_refused(way: Way, length: usize, sent: &[u8], ends: bool, code: u16) {
    let calls = Arc::default();
    let running = way.serving(measuring(&calls));
    let mut client = running.connect();
    client.send(way.head("/", length));
    // The request may be refused before all of it has arrived.
    client.try_send(sent);
    if ends {
        client.finish();
    }
    assert_eq!(way.response(&mut client).0, code, "{way:?}");
    client.assert_closed();
    assert_eq!(calls.load(SeqCst), 0, "{way:?}");
}

#[test]
fn bad_framing_never_reaches_the_application() {
    let start = Chunks.part(&pattern(150_000));
    for bad in ["x\r\n", "-1\r\n", "5\r\nhellooo\r\n", "0\r\n:\r\n\r\n"] {
        let sent = [&start, bad.as_bytes()].concat();
        check_refused(Chunks, 0, &sent, false, 400);
    }
}

#[cfg(feature = "fastcgi")]
#[test]
fn bad_records_never_reach_the_application() {
    let short = body(1, &pattern(99_999));
    check_refused(FastCgi, 100_000, &short, false, 400);
    let long = body(1, &pattern(100_001));
    check_refused(FastCgi, 100_000, &long, false, 400);
    let foreign = [record(STDIN, 1, &[b'x'; 60_000]), b"\x02".repeat(8)].concat();
    check_refused(FastCgi, 100_000, &foreign, false, 400);
}

#[test]
fn a_body_that_breaks_off_never_reaches_the_application() {
    for &way in WAYS {
        for length in [0, 1, 65_536, 99_999] {
            let sent = way.part(&pattern(length));
            check_refused(way, 100_000, &sent, true, 400);
        }
    }
}

#[test]
fn the_limit_of_a_body_holds_to_the_byte() {
    let limit = 100_000;
    let calls: Arc<AtomicUsize> = Arc::default();
    let options =
        |builder: Builder| builder.limits(wsgi_server::Limits::new().max_body_bytes(limit as u64));
    for &way in WAYS {
        let running = way.serving_with(options, measuring(&calls));
        let edge = way.request("/", &pattern(limit));
        let answer = way.ask(&mut running.connect(), edge);
        assert_eq!(answer, (200, b"100000".into()), "{way:?}");
        let before = calls.load(SeqCst);
        let mut client = running.connect();
        client.try_send(way.request("/", &pattern(limit + 1)));
        assert_eq!(way.response(&mut client).0, 413, "{way:?}");
        assert_eq!(calls.load(SeqCst), before, "{way:?}");
    }
}

#[test]
fn a_body_that_is_too_slow_is_answered_408() {
    let options = |builder: Builder| {
        let builder = builder.body_timeout(Duration::from_millis(100));
        builder.min_rate(1 << 40)
    };
    for &way in WAYS {
        let calls = Arc::default();
        let running = way.serving_with(options, measuring(&calls));
        let mut client = running.connect();
        client.send([way.head("/", 200_000), way.part(&pattern(150_000))].concat());
        assert_eq!(way.response(&mut client).0, 408, "{way:?}");
        assert_eq!(calls.load(SeqCst), 0, "{way:?}");
    }
}

#[test]
fn a_body_that_keeps_up_the_minimum_rate_may_take_longer_than_the_timeout() {
    let options = |builder: Builder| {
        let builder = builder.body_timeout(Duration::from_secs(2));
        builder.min_rate(1000)
    };
    for &way in LASTING {
        let running = way.serving_with(options, measuring(&Arc::default()));
        let mut client = running.connect();
        let request = way.request("/", &pattern(140_000));
        for part in request.chunks(14_100) {
            client.send(part);
            std::thread::sleep(Duration::from_millis(250));
        }
        assert_eq!(way.response(&mut client), (200, b"140000".into()));
    }
}

#[cfg(feature = "fastcgi")]
#[test]
fn a_request_that_the_front_server_gives_up_ends_without_a_call() {
    let calls = Arc::default();
    let running = FastCgi.serving(measuring(&calls));
    let ended = Answer {
        ended: Some(End::COMPLETE),
        ..Answer::default()
    };
    let abort = record(ABORT_REQUEST, 1, b"");
    let mut client = running.connect();
    for length in [0, 1000, 65_536, 150_000] {
        let start = FastCgi.part(&pattern(length));
        let start = [FastCgi.head("/", 200_000), start].concat();
        client.send(&start);
        let answer = fastcgi::ask(&mut client, &abort);
        assert_eq!(answer, ended, "after {length}");
        // Everything comes at once, and another request follows.
        let next = FastCgi.request("/", &pattern(70_000));
        client.send([start, abort.clone(), next].concat());
        assert_eq!(fastcgi::answer(&mut client, 1), ended, "after {length}");
        let next = FastCgi.response(&mut client);
        assert_eq!(next, (200, b"70000".into()), "after {length}");
    }
    assert_eq!((calls.load(SeqCst), running.log()), (4, String::new()));

    let params = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "100000")];
    let mut client = running.connect();
    client.send([fastcgi::head(1, false, &params), record(STDIN, 1, b"x")].concat());
    assert_eq!(fastcgi::ask(&mut client, &abort), ended);
    fastcgi::assert_closed(&mut client);
}

#[test]
fn shutdown_waits_for_a_body_that_is_on_its_way() {
    for &way in WAYS {
        let mut running = way.serving(measuring(&Arc::default()));
        let request = way.request("/", &pattern(200_000));
        let mut client = running.connect();
        client.send(&request[..150_000]);
        // When the server answers a later request, it has read this one.
        way.ask(&mut running.connect(), way.request("/", b""));
        running.handle.shutdown();
        std::thread::sleep(Duration::from_millis(30));
        client.send(&request[150_000..]);
        assert_eq!(way.response(&mut client), (200, b"200000".into()));
        client.assert_closed();
        drop(client);
        running.join();
    }
}

#[test]
fn shutdown_cuts_a_body_that_does_not_arrive_in_time() {
    for &way in KINDS {
        let options = |builder: Builder| builder.shutdown_timeout(Duration::from_millis(50));
        let calls = Arc::default();
        let mut running = way.serving_with(options, measuring(&calls));
        let mut client = running.connect();
        client.send(&way.request("/", &pattern(200_000))[..150_000]);
        way.ask(&mut running.connect(), way.request("/", b""));
        running.handle.shutdown();
        running.join();
        eventually("the client is cut", || !client.try_send(b"x"));
        assert_eq!(calls.load(SeqCst), 1);
    }
}
