//! Requests for which there is no thread.

use std::{
    io::{self, Write},
    time::Duration,
};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::{Builder, Protocol};

use crate::support::{
    Client, Running, echo, eventually,
    fastcgi::{self, End},
    gate::Gate,
    gateway_response::GatewayResponse,
    get, put, scgi, unless_starved,
};

const LINE: &str = "wsgi-server: all 4 threads are busy: refused a request\n";

/// A server with four threads, of which three are blocked, and the clients that block them. The
/// fourth runs the loop, or one of the loops while the other has none.
fn busy(gate: &Gate, options: impl FnOnce(Builder) -> Builder) -> (Running, Vec<Client>) {
    let threads = |builder: Builder| builder.threads(1).max_threads(4);
    let running = Running::with(|builder| options(threads(builder)), gate.app());
    let mut blocked: Vec<_> = (0..3).map(|_| running.connect()).collect();
    for client in &mut blocked {
        client.send(get("/wait"));
    }
    eventually("they block", || gate.waiting() == 3);
    (running, blocked)
}

/// A client that blocks another thread, so that this number of them is blocked. A thread becomes
/// free a little later than its client has the response, so requests may be refused at first.
#[track_caller]
fn blocking(running: &Running, gate: &Gate, count: usize) -> Client {
    let ask = || {
        let mut client = running.connect();
        client.send(get("/wait"));
        client
    };
    let mut client = ask();
    eventually("it blocks", || {
        if has_answer(&client) {
            client = ask();
        }
        gate.waiting() == count
    });
    client
}

/// Whether bytes have come, or the end.
fn has_answer(client: &Client) -> bool {
    client.stream.set_nonblocking(true).unwrap();
    let result = client.stream.peek(&mut [0]);
    client.stream.set_nonblocking(false).unwrap();
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
        result => result.is_ok(),
    }
}

/// Clients that have sent this request. Waits until this number of them are answered.
#[track_caller]
fn asking(running: &Running, request: &str, count: usize, answered: usize) -> Vec<Client> {
    let mut clients: Vec<_> = (0..count).map(|_| running.connect()).collect();
    clients.iter_mut().for_each(|client| client.send(request));
    eventually("they are answered", || {
        clients.iter().filter(|client| has_answer(client)).count() >= answered
    });
    clients
}

/// The number of clients that are answered 200, and of those that are answered 503.
#[track_caller]
fn answers(clients: Vec<Client>) -> (usize, usize) {
    let mut counts = (0, 0);
    for mut client in clients {
        match client.response().status {
            200 => counts.0 += 1,
            503 => counts.1 += 1,
            status => panic!("{status}"),
        }
    }
    counts
}

#[test]
fn requests_beyond_those_that_may_wait_are_answered_503() {
    let gate = Gate::default();
    let (running, blocked) = busy(&gate, |builder| builder.max_waiting(5));
    let clients = asking(&running, &put("/a", "hello"), 25, 20);
    let answered = clients.iter().filter(|client| has_answer(client)).count();
    assert_eq!(answered, 20, "the others wait");
    let mut late = running.connect();
    let refused = late.ask(get("/late"));
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("Retry-After"), Some("5"));
    assert_eq!(refused.header("Connection"), Some("close"));
    let text = "503 Service Unavailable: the server is busy at present\n";
    assert_eq!(refused.text(), text);
    late.assert_closed();
    let mut head_only = running.connect();
    head_only.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(head_only.response_to_head().status, 503);
    head_only.assert_closed();
    gate.open();
    assert_eq!(answers(clients), (5, 20));
    assert_eq!(answers(blocked), (3, 0));
    eventually("a line in the log", || !running.log().is_empty());
    assert_eq!(running.log(), LINE, "one line in ten seconds");
}

#[test]
fn a_request_that_waits_too_long_is_answered_503() {
    let gate = Gate::default();
    let timeout = Duration::from_millis(200);
    let (running, blocked) = busy(&gate, |builder| builder.wait_timeout(timeout));
    let began = std::time::Instant::now();
    assert_eq!(running.connect().ask(get("/a")).status, 503);
    assert!(began.elapsed() >= timeout);
    // One in the middle of a connection, with another one after it.
    let mut client = running.connect();
    client.send(get("/a") + &get("/b"));
    assert_eq!(client.response().status, 503);
    client.assert_closed();
    gate.open();
    assert_eq!(answers(blocked), (3, 0));
    eventually("a thread is free", || {
        running.connect().ask(get("/a")).status == 200
    });
}

#[test]
fn with_a_wait_of_0_a_request_without_a_thread_is_refused_at_once() {
    let gate = Gate::default();
    let (running, blocked) = busy(&gate, |builder| builder.wait_timeout(Duration::ZERO));
    assert_eq!(running.connect().ask(get("/a")).status, 503);
    assert_eq!(running.connect().ask(put("/a", "hello")).status, 503);
    gate.open();
    assert_eq!(answers(blocked), (3, 0));
    eventually("a thread is free", || {
        running.connect().ask(get("/a")).status == 200
    });
}

#[test]
fn endless_streams_on_every_thread_leave_refusals_and_an_end() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() != "/endless" {
            return echo(environ, start_response);
        }
        let mut writer = start_response.start(Status::OK, ())?;
        loop {
            writer.write_all(&[b'x'; 50_000])?;
        }
    };
    let few = |builder: Builder| {
        let builder = builder.threads(1).max_threads(4);
        builder.wait_timeout(Duration::from_millis(200))
    };
    let mut running = Running::with(few, app);
    let refused = |running: &Running| running.connect().ask(get("/")).status == 503;
    let mut streams = Vec::new();
    // Of each thread but that of the loop. A stream ends up with a thread once its client is slow.
    eventually("every thread has a stream", || {
        if refused(&running) {
            return true;
        }
        let mut client = Client::with_small_buffer(running.address);
        client.send(get("/endless"));
        streams.push(client);
        false
    });
    assert!(streams.len() >= 3, "{} streams", streams.len());
    assert!(refused(&running), "again");
    // A client that leaves makes room.
    streams.remove(0).reset();
    eventually("a request is answered", || !refused(&running));
    running.handle.abort();
    running.join();
}

#[test]
fn if_no_request_may_wait_each_is_refused_at_once() {
    let gate = Gate::default();
    let (running, blocked) = busy(&gate, |builder| builder.max_waiting(0));
    let clients = asking(&running, &get("/a"), 3, 3);
    assert_eq!(answers(clients), (0, 3));
    gate.open();
    assert_eq!(answers(blocked), (3, 0));
    eventually("a thread is free", || {
        running.connect().ask(get("/a")).status == 200
    });
}

#[test]
fn a_request_that_has_not_arrived_whole_takes_no_place_in_the_line() {
    unless_starved(|| {
        let gate = Gate::default();
        let options = |builder: Builder| {
            let timeout = Duration::from_secs(1);
            builder
                .max_waiting(1)
                .first_request_timeout(timeout)
                .head_timeout(timeout)
                .body_timeout(timeout)
        };
        let (running, blocked) = busy(&gate, options);
        let mut partial: Vec<_> = (0..4).map(|_| running.connect()).collect();
        for (client, request) in partial.iter_mut().zip([
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "\r\n",
            "G",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello",
        ]) {
            client.send(request);
        }
        // These end at once, without a request.
        for _ in 0..4 {
            running.connect().finish();
        }
        let mut malformed = running.connect();
        assert_eq!(malformed.ask("GET\r\n\r\n").status, 400);
        for (client, status) in partial.iter_mut().zip([408, 0, 408, 408]) {
            match status {
                0 => client.assert_closed(),
                status => assert_eq!(client.response().status, status),
            }
        }
        let mut waiting = running.connect();
        waiting.send(get("/a"));
        waiting.assert_silent(Duration::from_millis(100));
        let mut cut = running.connect();
        cut.send("GET /b HTTP/1.1\r\nHo");
        cut.send("st: a\r\n\r\n");
        assert_eq!(cut.response().status, 503);
        gate.open();
        assert_eq!(waiting.response().text(), "GET /a\n");
        assert_eq!(answers(blocked), (3, 0));
    });
}

#[test]
fn places_in_the_line_are_given_back() {
    for _ in 0..3 {
        let gate = Gate::default();
        let (running, blocked) = busy(&gate, |builder| builder.max_waiting(2));
        // Once one of them is refused, the others are in the line.
        drop(asking(&running, &get("/a"), 3, 1));
        let reset = asking(&running, &get("/a"), 1, 1);
        assert_eq!(answers(reset), (0, 1));
        gate.open();
        assert_eq!(answers(blocked), (3, 0));
        // All threads become free, and are blocked again. Those who left are out of the line first.
        eventually("nobody waits", || {
            (0..3).all(|_| answers(asking(&running, &get("/a"), 1, 1)) == (1, 0))
        });
        let again = Gate::default();
        running.server.set_app(again.app());
        let blocked: Vec<_> = (1..=3)
            .map(|count| blocking(&running, &again, count))
            .collect();
        let clients = asking(&running, &get("/a"), 6, 4);
        again.open();
        assert_eq!(answers(clients), (2, 4));
        assert_eq!(answers(blocked), (3, 0));
    }
}

#[test]
fn a_front_server_gets_a_response_that_its_client_can_see() {
    let gate = Gate::default();
    let blocking = || {
        [
            fastcgi::get("/wait"),
            fastcgi::get("/wait"),
            fastcgi::get("/wait"),
        ]
    };
    let options = |builder: Builder| builder.threads(1).max_threads(4).max_waiting(1);
    let running = fastcgi::serving_with(options, gate.app());
    let mut blocked: Vec<_> = blocking()
        .map(|request| {
            let mut client = running.connect();
            client.send(request);
            client
        })
        .into();
    eventually("they block", || gate.waiting() == 3);
    let mut waiting = running.connect();
    let record = fastcgi::record(
        fastcgi::GET_VALUES,
        0,
        &fastcgi::pairs(&[("FCGI_MAX_CONNS", "")]),
    );
    waiting.send([record, fastcgi::get("/a")].concat());
    let values = fastcgi::next_record(&mut waiting).expect("the answer to GET_VALUES");
    assert_eq!(values.record_type, fastcgi::GET_VALUES_RESULT);
    waiting.assert_silent(Duration::from_millis(50));
    for request in [fastcgi::get("/b"), fastcgi::put("/b", &[b'x'; 200_000])] {
        let mut client = running.connect();
        client.try_send(request);
        let answer = fastcgi::answer(&mut client, 1);
        assert_eq!(answer.ended, Some(End::REFUSED));
        let response = answer.response();
        assert_eq!(response.status, "503 Service Unavailable");
        assert_eq!(response.header("Retry-After"), Some("5"));
        fastcgi::assert_closed(&mut client);
    }
    gate.open();
    assert_eq!(fastcgi::answer(&mut waiting, 1).text(), "GET /a\n");
    for client in &mut blocked {
        assert_eq!(fastcgi::answer(client, 1).text(), "GET /wait\n");
    }
    eventually("a line in the log", || !running.log().is_empty());
    assert_eq!(running.log(), LINE, "one line in ten seconds");
}

#[test]
fn over_scgi_a_request_is_refused_as_well() {
    let gate = Gate::default();
    let options = |builder: Builder| builder.protocol(Protocol::Scgi).max_waiting(0);
    let threads = |builder: Builder| builder.threads(1).max_threads(4);
    let running = Running::with(|builder| options(threads(builder)), gate.app());
    let mut blocked: Vec<_> = (0..3).map(|_| running.connect()).collect();
    for client in &mut blocked {
        client.send(scgi::get("/wait"));
    }
    eventually("they block", || gate.waiting() == 3);
    let mut client = running.connect();
    client.send(scgi::get("/a"));
    let response = GatewayResponse::parse(&client.take_all());
    assert_eq!(response.status, "503 Service Unavailable");
    assert_eq!(response.header("Retry-After"), Some("5"));
    gate.open();
    for client in &mut blocked {
        assert_eq!(
            GatewayResponse::parse(&client.take_all()).text(),
            "GET /wait\n"
        );
    }
}

#[test]
fn an_upload_that_is_being_spooled_waits_in_the_same_line() {
    let gate = Gate::default();
    let timeout = Duration::from_millis(200);
    let options = |builder: Builder| builder.spool_bodies(true).wait_timeout(timeout);
    let (running, blocked) = busy(&gate, options);
    let mut client = running.connect();
    client.send(put("/a", &"x".repeat(100_000)));
    assert_eq!(client.response().status, 503);
    gate.open();
    assert_eq!(answers(blocked), (3, 0));
    eventually("a thread is free", || {
        let whole = running.connect().ask(put("/a", &"x".repeat(100_000)));
        (whole.status, whole.body.len()) == (200, 100_007)
    });
}
