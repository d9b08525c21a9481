//! Records between those of a request, or instead of one.

use wsgi_fastcgi::{Limits, ProtocolStatus, RecordType, Rejection, Role, encode};

use crate::connection::{Event, GET, POST, Sent, check, check_events, data, request};

/// A reply that ends a request.
fn ended(id: u16, status: ProtocolStatus) -> Vec<u8> {
    let mut reply = Vec::new();
    encode::end_request(&mut reply, id, 0, status);
    reply
}

/// A reply that denies access, for web servers that do not look at the status of END_REQUEST.
fn denied(id: u16) -> Vec<u8> {
    let mut reply = Vec::new();
    let response = b"Status: 500 Internal Server Error\r\n\r\n";
    encode::stream(&mut reply, RecordType::STDOUT, id, response);
    encode::end_of_stream(&mut reply, RecordType::STDOUT, id);
    reply
}

#[test]
fn other_roles_are_answered_as_unknown() {
    for (role, response) in [
        (Role::AUTHORIZER, &denied(5)[..]),
        (Role::FILTER, b""),
        (Role(0), b""),
        (Role(0x101), b""),
    ] {
        let name = format!("{role:?}");
        let reply = [response, &ended(5, ProtocolStatus::UnknownRole)].concat();
        assert!(reply.len() <= 80, "as the documentation says");
        let Sent(bytes) = Sent::default()
            .begin_as(5, role, true)
            .params(5, GET)
            .stream(RecordType::STDIN, 5, b"body")
            .stream(RecordType::DATA, 5, b"data")
            .end(RecordType::DATA, 5)
            .begin(5)
            .params(5, GET)
            .stdin(5, "");
        let events = [request(5, GET, None), Event::End];
        check(&name, &bytes, &Limits::new(), &events, &reply);

        let Sent(bytes) = Sent::default().begin_as(5, role, false).begin(5);
        let events = [Event::Rejected(Rejection::Role, 0)];
        check(&name, &bytes, &Limits::new(), &events, &reply);
    }
}

#[test]
fn an_authorizer_has_no_body_if_it_is_accepted() {
    let limits = Limits::new().accept_authorizers(true).max_body_bytes(5);
    for keep_conn in [true, false] {
        let Sent(bytes) = Sent::default()
            .begin_as(1, Role::AUTHORIZER, keep_conn)
            .params(1, POST)
            .end(RecordType::STDIN, 1)
            .begin(1)
            .params(1, GET)
            .stdin(1, "");
        let Event::Request(mut asked) = request(1, POST, Some(0)) else {
            panic!("it is a request");
        };
        asked.keep_conn = keep_conn;
        let events = [
            Event::Request(asked),
            Event::End,
            request(1, GET, None),
            Event::End,
        ];
        check("asked", &bytes, &limits, &events, b"");
    }
    let Sent(bytes) = Sent::default().begin_as(1, Role::FILTER, true);
    let reply = ended(1, ProtocolStatus::UnknownRole);
    check("filter", &bytes, &limits, &[], &reply);
}

#[test]
fn a_second_request_is_refused_while_one_is_active() {
    let reply = ended(2, ProtocolStatus::CantMpxConn);
    let Sent(bytes) = Sent::default()
        .begin(1)
        .begin(2)
        .stream(RecordType::PARAMS, 2, b"never read")
        .params(1, POST)
        .end(RecordType::PARAMS, 2)
        .stream(RecordType::STDIN, 1, b"Hello ")
        .stdin(2, "ignored")
        .record(RecordType::ABORT_REQUEST, 2, b"", 0)
        .stdin(1, "world")
        .end(RecordType::STDIN, 2)
        .begin(2)
        .params(2, GET)
        .stdin(2, "");
    let events = [
        request(1, POST, Some(11)),
        data("Hello world"),
        Event::End,
        request(2, GET, None),
        Event::End,
    ];
    check("in the head", &bytes, &Limits::new(), &events, &reply);

    let Sent(bytes) = Sent::default()
        .begin(1)
        .params(1, &[])
        .stream(RecordType::STDIN, 1, b"x")
        .begin_as(2, Role::FILTER, false)
        .params(2, GET)
        .begin(3)
        .end(RecordType::STDIN, 1);
    let events = [request(1, &[], None), data("x"), Event::End];
    let replies = [reply, ended(3, ProtocolStatus::CantMpxConn)].concat();
    check("in the body", &bytes, &Limits::new(), &events, &replies);
}

#[test]
fn an_authorizer_beside_another_request_denies_access() {
    let reply = [denied(2), ended(2, ProtocolStatus::CantMpxConn)].concat();
    assert!(reply.len() <= 80, "as the documentation says");
    for limits in [Limits::new(), Limits::new().accept_authorizers(true)] {
        let Sent(bytes) = Sent::default()
            .begin(1)
            .begin_as(2, Role::AUTHORIZER, true)
            .params(2, GET)
            .params(1, GET)
            .stdin(1, "");
        let events = [request(1, GET, None), Event::End];
        check("in the head", &bytes, &limits, &events, &reply);

        let Sent(bytes) = Sent::default()
            .begin(1)
            .params(1, GET)
            .begin_as(2, Role::AUTHORIZER, false)
            .params(2, GET)
            .stdin(1, "");
        check("in the body", &bytes, &limits, &events, &reply);
    }
}

#[test]
fn records_of_inactive_requests_are_ignored() {
    let strays = |sent: Sent| {
        sent.stdin(9, "left over")
            .params(9, GET)
            .record(RecordType::ABORT_REQUEST, 9, b"", 3)
            .record(RecordType::DATA, 9, &[1; 70], 255)
    };
    let mut sent = strays(strays(Sent::default())).begin(1);
    sent = strays(sent).params(1, GET);
    sent = strays(sent).stdin(1, "");
    let events = [request(1, GET, None), Event::End];
    check_events("strays", strays(sent), &events);
}

#[test]
fn data_for_a_filter_are_ignored() {
    let sent = Sent::default()
        .begin(1)
        .stream(RecordType::DATA, 1, b"data")
        .params(1, &[])
        .stream(RecordType::DATA, 1, b"data")
        .end(RecordType::DATA, 1)
        .stdin(1, "x");
    check_events(
        "data",
        sent,
        &[request(1, &[], None), data("x"), Event::End],
    );
}

#[test]
fn an_aborted_request_is_ended() {
    let abort = |sent: Sent| sent.record(RecordType::ABORT_REQUEST, 1, b"", 5);
    let again = |sent: Sent| sent.begin(1).params(1, GET).stdin(1, "");

    let Sent(bytes) = again(abort(Sent::default().begin(1)).params(1, GET));
    let events = [request(1, GET, None), Event::End];
    let reply = ended(1, ProtocolStatus::RequestComplete);
    check("in the head", &bytes, &Limits::new(), &events, &reply);

    let Sent(bytes) = again(abort(Sent::default().begin_as(1, Role::RESPONDER, false)));
    let events = [Event::Rejected(Rejection::Aborted, 0)];
    check(
        "and the connection",
        &bytes,
        &Limits::new(),
        &events,
        &reply,
    );

    let begun = Sent::default().begin(1).params(1, POST);
    let sent = again(abort(begun.stream(RecordType::STDIN, 1, b"Hello")));
    let events = [
        request(1, POST, Some(11)),
        data("Hello"),
        Event::Aborted,
        request(1, GET, None),
        Event::End,
    ];
    check_events("in the body", sent, &events);

    let ended = Sent::default().begin(1).params(1, &[]).stdin(1, "");
    let events = [
        request(1, &[], None),
        Event::End,
        request(1, GET, None),
        Event::End,
    ];
    check_events("too late", again(abort(ended)), &events);
}
