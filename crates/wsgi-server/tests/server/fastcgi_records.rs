//! FastCGI's other records: aborts, other roles, second requests, management.

use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
};

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_environ::InputError;

use crate::support::{
    self, echo, eventually,
    fastcgi::{
        ABORT_REQUEST, Answer, End, GET_VALUES, GET_VALUES_RESULT, PARAMS, RESPONDER, Record,
        STDIN, UNKNOWN_TYPE, answer, ask, assert_closed, begin, body, get, get_as, head, loopback,
        next_record, pairs, put, record, serving, serving_with, streaming,
    },
};

#[test]
fn an_abort_before_the_call_ends_the_request() {
    let calls = Arc::new(AtomicUsize::new(0));
    let app = {
        let calls = calls.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            calls.fetch_add(1, SeqCst);
            echo(environ, start_response)
        }
    };
    let running = serving(app);
    let params = [
        ("REQUEST_METHOD", "PUT"),
        ("PATH_INFO", "/"),
        ("CONTENT_LENGTH", "5"),
    ];
    let abort = record(ABORT_REQUEST, 1, b"");
    for start in [
        begin(1, RESPONDER, true),
        [begin(1, RESPONDER, true), record(PARAMS, 1, b"\x01\x01ab")].concat(),
        head(1, true, &params),
        [head(1, true, &params), record(STDIN, 1, b"he")].concat(),
    ] {
        let mut client = running.connect();
        let answer = ask(&mut client, [start, abort.clone()].concat());
        assert_eq!(
            answer,
            Answer {
                ended: Some(End::COMPLETE),
                ..Answer::default()
            }
        );
        assert_eq!(calls.load(SeqCst), 0);
        assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
        calls.store(0, SeqCst);
    }
    // If the connection is not kept, it ends too.
    let mut client = running.connect();
    let answer = ask(&mut client, [head(1, false, &params), abort].concat());
    assert_eq!(answer.ended, Some(End::COMPLETE));
    assert_closed(&mut client);
    assert_eq!(running.log(), "", "nothing failed");
}

#[test]
fn an_abort_while_the_body_is_read_ends_the_request() {
    let (sender, errors) = mpsc::channel();
    let app = application(move |environ, start_response| {
        let mut text = Vec::new();
        if let Err(error) = environ.input().read_to_end(&mut text) {
            sender.send(InputError::of(&error).copied()).unwrap();
            return Err(error.into());
        }
        start_response.start(Status::OK, ())?;
        Ok(text.len().to_string().into())
    });
    let running = streaming(app);
    let mut client = running.connect();
    let params = [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "1000000")];
    let started = [head(1, true, &params), record(STDIN, 1, &[b'x'; 60_000])].concat();
    let answer = ask(
        &mut client,
        [started, record(ABORT_REQUEST, 1, b"")].concat(),
    );
    assert_eq!(
        answer,
        Answer {
            ended: Some(End::COMPLETE),
            ..Answer::default()
        }
    );
    let error = errors.recv_timeout(support::PATIENCE).unwrap();
    assert_eq!(error, Some(InputError::Disconnected));
    assert_eq!(ask(&mut client, put("/", &[b'x'; 70_000])).text(), "70000");
    assert_eq!(running.log(), "", "nothing failed");
}

#[test]
fn an_application_can_tell_that_its_request_was_aborted() {
    let (sender, called) = mpsc::channel();
    let app = application(move |environ, start_response| {
        if environ.path_info() == "/endless" {
            sender.send(environ.is_client_connected()).unwrap();
            eventually("it is aborted", || !environ.is_client_connected());
        }
        echo(environ, start_response)
    });
    let running = serving(app);
    let mut client = running.connect();
    for _ in 0..2 {
        client.send(get("/endless"));
        assert!(called.recv_timeout(support::PATIENCE).unwrap());
        // Neither a record of another request nor a part of one aborts it.
        client.send(record(ABORT_REQUEST, 2, b""));
        let abort = record(ABORT_REQUEST, 1, b"");
        client.send(&abort[..4]);
        client.send(&abort[4..]);
        assert_eq!(answer(&mut client, 1).text(), "GET /endless\n");
        assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
    }
    assert_eq!(running.log(), "");
}

#[test]
fn an_abort_that_comes_too_late_is_ignored() {
    let running = serving(echo);
    let mut client = running.connect();
    let late = record(ABORT_REQUEST, 1, b"");
    let answer = ask(&mut client, [get("/"), late.clone(), late].concat());
    assert_eq!(answer.text(), "GET /\n");
    assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
}

#[test]
fn other_roles_are_refused() {
    let running = serving(echo);
    let mut client = running.connect();
    let denied = b"Status: 500 Internal Server Error\r\n\r\n";
    for (role, stdout) in [(2, &denied[..]), (3, b""), (0, b""), (65_535, b"")] {
        // Records that the front server sends before it knows are skipped.
        let rest = [
            record(PARAMS, 1, &pairs(&[("A", "b")])),
            record(PARAMS, 1, b""),
            body(1, b"x"),
        ];
        let answer = ask(&mut client, [begin(1, role, true), rest.concat()].concat());
        assert_eq!(
            answer,
            Answer {
                stdout: stdout.to_vec(),
                ended: Some(End::UNKNOWN_ROLE),
                ..Answer::default()
            }
        );
        assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
    }
    let answer = ask(&mut client, begin(1, 2, false));
    assert_eq!(answer.ended, Some(End::UNKNOWN_ROLE));
    assert_closed(&mut client);
}

#[test]
fn an_authorizer_is_asked_if_that_is_said() {
    let app = application(|environ, start_response| {
        let role = environ.get("FCGI_ROLE").unwrap_or_default().to_string();
        let length = environ.content_length();
        let mut body = String::new();
        environ.input().read_to_string(&mut body)?;
        start_response.start(Status::OK, [("Variable-A", "b")])?;
        Ok(format!("{role} {length:?} {body}").into())
    });
    let limits = wsgi_fastcgi::Limits::new().accept_authorizers(true);
    let running = serving_with(|builder| builder.fastcgi_limits(limits), app);
    let params = pairs(&[("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "5")]);
    let question = |keep| {
        [
            begin(1, 2, keep),
            record(PARAMS, 1, &params),
            record(PARAMS, 1, b""),
        ]
        .concat()
    };
    let mut client = running.connect();
    for _ in 0..2 {
        let answer = ask(&mut client, question(true));
        assert_eq!(answer.text(), "AUTHORIZER None ");
        assert_eq!(answer.response().header("Variable-A"), Some("b"));
        // Some web servers end a stream that this role does not have.
        client.send(record(STDIN, 1, b""));
        assert_eq!(
            ask(&mut client, put("/", b"hello")).text(),
            " Some(5) hello"
        );
    }
    let answer = ask(&mut client, question(false));
    assert_eq!(answer.ended, Some(End::COMPLETE));
    assert_closed(&mut client);
    assert_eq!(running.log(), "");
}

#[test]
fn a_second_request_beside_the_first_is_refused() {
    let running = serving(loopback);
    let mut client = running.connect();
    let second = [get_as(2, true, "/second")].concat();
    let cant_mpx = Answer {
        ended: Some(End::CANT_MPX_CONN),
        ..Answer::default()
    };
    // While the head comes, and while a small body comes.
    let first = put("/", b"hello");
    let bodiless = head(
        1,
        true,
        &[("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", "5")],
    );
    for cut in [16, bodiless.len()] {
        let (start, end) = match cut {
            16 => first.split_at(16),
            _ => first.split_at(first.len() - 8 - 5 - 8),
        };
        client.send([start, &second].concat());
        assert_eq!(answer(&mut client, 2), cant_mpx);
        assert_eq!(ask(&mut client, end).text(), "hello");
    }
    // While the application reads the body. Then the answer comes after the response.
    let content = [b'x'; 100_000];
    let large = put("/", &content);
    let (start, end) = large.split_at(large.len() - 8);
    client.send([start, &second, end].concat());
    assert_eq!(answer(&mut client, 1).response().body, content);
    assert_eq!(answer(&mut client, 2), cant_mpx);
    assert_eq!(ask(&mut client, get("/")).ended, Some(End::COMPLETE));
}

#[test]
fn queries_for_values_are_answered() {
    let running = serving_with(|builder| builder.max_connections(50), echo);
    let mut client = running.connect();
    let names = [
        "FCGI_MAX_CONNS",
        "FCGI_MAX_REQS",
        "FCGI_MPXS_CONNS",
        "OTHER",
    ];
    let names = names.map(|name| (name, ""));
    let query = record(GET_VALUES, 0, &pairs(&names));
    client.send(&query);
    let result = next_record(&mut client).unwrap();
    assert_eq!((result.record_type, result.id), (GET_VALUES_RESULT, 0));
    let text = String::from_utf8(result.content).unwrap();
    let expected = "\x0e\x02FCGI_MAX_CONNS50\x0d\x02FCGI_MAX_REQS50\x0f\x01FCGI_MPXS_CONNS0";
    assert_eq!(text, expected);
    // Also between requests, and between the records of a request.
    let [first, second] = [get("/a"), put("/b", b"hello")];
    let (start, end) = second.split_at(second.len() - 8);
    client.send([&first[..], &query, start, &query, end].concat());
    assert_eq!(answer(&mut client, 1).text(), "GET /a\n");
    for _ in 0..2 {
        assert_eq!(
            next_record(&mut client).unwrap().record_type,
            GET_VALUES_RESULT
        );
    }
    assert_eq!(answer(&mut client, 1).text(), "PUT /b\nhello");
}

#[test]
fn unknown_management_records_are_answered() {
    let running = serving(echo);
    let mut client = running.connect();
    client.send(record(99, 0, b"whatever"));
    let reply = Record {
        record_type: UNKNOWN_TYPE,
        id: 0,
        content: vec![99, 0, 0, 0, 0, 0, 0, 0],
    };
    assert_eq!(next_record(&mut client), Some(reply));
    assert_eq!(ask(&mut client, get("/next")).text(), "GET /next\n");
}

#[test]
fn records_without_a_request_are_ignored() {
    let running = serving(echo);
    let mut client = running.connect();
    let stray = [
        record(STDIN, 7, b"x"),
        record(PARAMS, 7, b""),
        record(8, 7, b"data"),
    ]
    .concat();
    let request = put("/", b"hello");
    let (start, end) = request.split_at(16);
    let answer = ask(&mut client, [&stray[..], start, &stray, end].concat());
    assert_eq!(answer.text(), "PUT /\nhello");
}
