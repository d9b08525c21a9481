//! Connections: requests cut into pieces, requests one after another, and many clients at once.

use std::{io::Write, thread, time::Duration};

use wsgi_application::{Environ, Result, StartResponse, Status};

use crate::support::{Client, Running, echo, get, put, put_chunks};

/// The responses to `request`, sent in these pieces.
fn in_pieces<'a>(
    running: &Running,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    responses: usize,
) -> Vec<(String, Vec<u8>)> {
    let mut client = running.connect();
    for piece in pieces {
        client.send(piece);
        // This gives the server a chance to read the incomplete request alone.
        thread::yield_now();
    }
    (0..responses)
        .map(|_| client.response().without_date())
        .collect()
}

#[test]
fn many_clients_go_on_after_their_first_request_whichever_loop_has_them() {
    let running = Running::with(|builder| builder.threads(4), echo);
    let mut clients: Vec<_> = (0..64).map(|_| running.connect()).collect();
    for _ in 0..4 {
        for client in &mut clients {
            client.send(put("/", "first"));
        }
        for client in &mut clients {
            assert_eq!(client.response().text(), "PUT /\nfirst");
            client.send(put("/", "second")); // while it moves
        }
        for client in &mut clients {
            assert_eq!(client.response().text(), "PUT /\nsecond");
        }
    }
}

#[test]
fn a_request_is_the_same_however_it_is_cut() {
    let running = Running::new(echo);
    let rows = [
        ("GET", get("/a?b=c"), 1),
        ("body", put("/a", "hello"), 1),
        ("chunked body", put_chunks("/a", &["hel", "lo"]), 1),
        ("two", put("/a", "hello") + &get("/b"), 2),
        (
            "chunked and one more",
            put_chunks("/a", &["hello"]) + &get("/b"),
            2,
        ),
    ];
    for (name, request, responses) in rows {
        let request = request.as_bytes();
        let whole = in_pieces(&running, [request], responses);
        assert!(
            whole[0].0.starts_with("HTTP/1.1 200 OK"),
            "{name}: {whole:?}"
        );
        for cut in 1..request.len() {
            let (first, second) = request.split_at(cut);
            let pieces = in_pieces(&running, [first, second], responses);
            assert_eq!(pieces, whole, "{name}, cut at {cut}");
        }
        let bytes = in_pieces(&running, request.chunks(1), responses);
        assert_eq!(bytes, whole, "{name}, byte by byte");
    }
}

#[test]
fn a_streamed_request_is_the_same_however_it_is_cut() {
    let running = Running::new(echo);
    let body = "x".repeat(70_000);
    let rows = [
        ("length", put("/a", &body) + &get("/b")),
        (
            "chunks",
            put_chunks("/a", &[&body, "y", &body]) + &get("/b"),
        ),
    ];
    for (name, request) in rows {
        let request = request.as_bytes();
        let whole = in_pieces(&running, [request], 2);
        assert!(whole[0].1.len() >= 70_000, "{name}");
        assert_eq!(whole[1].1, b"GET /b\n", "{name}");
        let cuts = (1..120)
            .step_by(7)
            .chain((60_000..request.len()).step_by(9973))
            .chain(request.len() - 60..request.len());
        for cut in cuts {
            let (first, second) = request.split_at(cut);
            let pieces = in_pieces(&running, [first, second], 2);
            assert!(pieces == whole, "{name}, cut at {cut}");
        }
    }
}

#[test]
fn a_connection_stays_open_if_both_sides_agree() {
    let running = Running::new(echo);
    let rows = [
        ("HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, None),
        (
            "HTTP/1.1 close",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            false,
            Some("close"),
        ),
        (
            "close in a list",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: a, CLOSE\r\n\r\n",
            false,
            Some("close"),
        ),
        ("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", false, Some("close")),
        (
            "HTTP/1.0 keep-alive",
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            true,
            Some("keep-alive"),
        ),
        (
            "HTTP/1.0 keep-alive and close",
            "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
            false,
            Some("close"),
        ),
    ];
    for (name, request, stays, field) in rows {
        let mut client = running.connect();
        let response = client.ask(request);
        assert_eq!(response.status, 200, "{name}");
        assert_eq!(response.header("Connection"), field, "{name}");
        if stays {
            assert_eq!(client.ask(get("/more")).text(), "GET /more\n", "{name}");
        } else {
            client.assert_closed();
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let running = Running::new(echo);
    let mut client = running.connect();
    let request = |number: usize| match number % 3 {
        0 => get(&format!("/{number}")),
        1 => put(&format!("/{number}"), "body"),
        _ => put_chunks(&format!("/{number}"), &["bo", "dy"]),
    };
    let all: String = (0..100).map(request).collect();
    client.send(all);
    for number in 0..100 {
        let expected = match number % 3 {
            0 => format!("GET /{number}\n"),
            _ => format!("PUT /{number}\nbody"),
        };
        assert_eq!(client.response().text(), expected);
    }
    assert_eq!(client.ask(get("/last")).text(), "GET /last\n");
}

#[test]
fn a_slow_request_among_pipelined_ones_keeps_the_order() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/slow" {
            thread::sleep(Duration::from_millis(30));
        }
        echo(environ, start_response)
    };
    let running = Running::new(app);
    let mut client = running.connect();
    let paths = ["/1", "/slow", "/2", "/slow", "/slow", "/3"];
    client.send(paths.map(get).concat());
    for path in paths {
        assert_eq!(client.response().text(), format!("GET {path}\n"));
    }
    assert_eq!(client.ask(get("/last")).text(), "GET /last\n");
}

#[test]
fn more_requests_than_the_buffers_hold_are_answered_as_the_client_reads() {
    let app = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 10_000].into())
    };
    let running = Running::new(app);
    let mut client = Client::with_small_buffer(running.address);
    let count = 1000;
    let mut sending = client.stream.try_clone().unwrap();
    let sender = thread::spawn(move || sending.write_all(get("/").repeat(count).as_bytes()));
    for _ in 0..count {
        let response = client.response();
        assert!(response.complete);
        assert_eq!(response.body.len(), 10_000);
    }
    sender.join().unwrap().unwrap();
}

#[test]
fn a_client_that_ends_its_side_gets_its_answers() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/slow" {
            thread::sleep(Duration::from_millis(20));
        }
        echo(environ, start_response)
    };
    let running = Running::new(app);
    for path in ["/", "/slow"] {
        let mut client = running.connect();
        client.send(get(path).repeat(3));
        client.finish();
        for _ in 0..3 {
            assert_eq!(client.response().text(), format!("GET {path}\n"));
        }
        client.assert_closed();
    }
}

#[test]
fn a_request_that_ends_too_early_is_answered_400() {
    let running = Running::new(echo);
    let put = |fields: &str| format!("PUT / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
    let large = "x".repeat(100_000);
    for (name, start) in [
        ("head", "GET / HT".to_owned()),
        ("body", put("Content-Length: 5") + "he"),
        ("streamed body", put("Content-Length: 200000") + &large),
        (
            "streamed chunks",
            put("Transfer-Encoding: chunked") + "30d40\r\n" + &large,
        ),
        (
            "body that is asked for",
            put("Content-Length: 5\r\nExpect: 100-continue"),
        ),
    ] {
        let mut client = running.connect();
        client.send(start);
        client.finish();
        let mut response = client.response();
        if response.status == 100 {
            response = client.response();
        }
        assert_eq!(response.status, 400, "{name}");
        assert_eq!(response.header("Connection"), Some("close"), "{name}");
        client.assert_closed();
    }
    assert_eq!(running.log(), "", "the application did not fail");
}

#[test]
fn further_clients_wait_until_a_connection_is_free() {
    let running = Running::with(|builder| builder.max_connections(2), echo);
    let mut first = running.connect();
    let mut second = running.connect();
    // Idle connections would give way.
    first.send("GET /first HTTP/1.1\r\n");
    second.send("GET /second HTTP/1.1\r\n");
    thread::sleep(Duration::from_millis(10));
    let mut third = running.connect();
    third.send(get("/third"));
    third.assert_silent(Duration::from_millis(50));
    drop(first);
    assert_eq!(third.response().text(), "GET /third\n");
}

#[test]
fn many_clients_at_once_are_all_accepted() {
    let running = Running::new(echo);
    let mut clients: Vec<_> = (0..300).map(|_| running.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(get(&format!("/{number}")));
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.response().text(), format!("GET /{number}\n"));
    }
}

#[test]
fn a_client_that_resets_at_any_moment_disturbs_no_other() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/slow" {
            thread::sleep(Duration::from_millis(5));
        }
        if environ.path_info() == "/large" {
            start_response.start(Status::OK, ())?;
            return Ok(vec![0; 8 << 20].into());
        }
        echo(environ, start_response)
    };
    let running = Running::new(app);
    let mut bystander = running.connect();
    let large = "x".repeat(200_000);
    let (slow, slow_put) = (get("/slow"), put("/slow", &large));
    let gathered = put("/", "hello");
    let gathered = &gathered[..gathered.len() - 2];
    let rows: [(&str, &str, usize); 9] = [
        ("before the head", "", 0),
        ("in the head", "GET / HTTP/1.1\r\nHo", 0),
        ("in a gathered body", gathered, 0),
        ("in a streamed body", &put("/", &large)[..100_000], 0),
        ("in chunks", &put_chunks("/", &[&large])[..100_000], 0),
        ("while the application runs", &slow, 0),
        ("while it runs, with a body", &slow_put, 0),
        ("before the response is read", &get("/large"), 0),
        ("while the response is read", &get("/large"), 100_000),
    ];
    for round in 0..5 {
        for (name, request, read) in rows {
            let mut client = running.connect();
            client.send(request);
            let mut count = 0;
            while count < read {
                count += client.take_some().len();
            }
            if round % 2 == 0 {
                client.reset();
            } else {
                drop(client);
            }
            assert_eq!(bystander.ask(get("/")).text(), "GET /\n", "{name}");
        }
    }
    assert!(!running.log().contains("panicked"), "{}", running.log());
}

#[test]
fn a_client_may_send_all_of_a_large_unread_request_before_it_reads_the_answer() {
    // The answer must not be lost to a reset: the server lingers (RFC 9112 section 9.6).
    let app = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        Ok("enough".into())
    };
    let running = Running::new(app);
    for _ in 0..20 {
        let mut client = running.connect();
        client.send(put("/", &"x".repeat(1_000_000)));
        let response = client.response();
        assert_eq!(response.text(), "enough");
        assert_eq!(response.header("Connection"), Some("close"));
        client.assert_closed();
    }
}
