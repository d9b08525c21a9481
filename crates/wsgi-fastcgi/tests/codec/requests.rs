//! Valid requests, however their bytes are cut.

use wsgi_fastcgi::{Limits, RecordType, Role};

use crate::connection::{
    Connection, Event, GET, POST, Request, Sent, check_events, data, pairs, request,
};

#[test]
fn a_request_is_understood() {
    let sent = Sent::default().begin(1).params(1, GET).stdin(1, "");
    check_events("GET", sent, &[request(1, GET, None), Event::End]);
    let sent = Sent::default()
        .begin(1)
        .params(1, POST)
        .stdin(1, "Hello world");
    let body = data("Hello world");
    check_events(
        "POST",
        sent,
        &[request(1, POST, Some(11)), body, Event::End],
    );
    let sent = Sent::default().begin(1).params(1, &[]).stdin(1, "");
    check_events(
        "without parameters",
        sent,
        &[request(1, &[], None), Event::End],
    );
    let sent = Sent::default()
        .begin(65_535)
        .params(65_535, GET)
        .stdin(65_535, "");
    check_events(
        "the last id",
        sent,
        &[request(65_535, GET, None), Event::End],
    );
}

#[test]
fn a_head_says_whether_the_connection_is_kept() {
    let sent = Sent::default()
        .begin_as(1, Role::RESPONDER, false)
        .params(1, &[])
        .stdin(1, "");
    let head = Request {
        id: 1,
        keep_conn: false,
        params: vec![],
        content_length: None,
    };
    check_events("not kept", sent, &[Event::Request(head), Event::End]);
}

#[test]
fn requests_follow_each_other() {
    let sent = Sent::default()
        .begin(1)
        .params(1, POST)
        .stdin(1, "Hello world")
        .begin(1)
        .params(1, GET)
        .stdin(1, "")
        .begin(7)
        .params(7, &[])
        .stdin(7, "x");
    let events = [
        request(1, POST, Some(11)),
        data("Hello world"),
        Event::End,
        request(1, GET, None),
        Event::End,
        request(7, &[], None),
        data("x"),
        Event::End,
    ];
    check_events("three", sent, &events);
}

#[test]
fn streams_may_be_cut_into_any_records() {
    for size in 1..50 {
        let mut sent = Sent::default().begin(1);
        for piece in pairs(POST).chunks(size) {
            sent = sent.stream(RecordType::PARAMS, 1, piece);
        }
        sent = sent.end(RecordType::PARAMS, 1);
        for piece in b"Hello world".chunks(size) {
            sent = sent.stream(RecordType::STDIN, 1, piece);
        }
        sent = sent.end(RecordType::STDIN, 1);
        let events = [request(1, POST, Some(11)), data("Hello world"), Event::End];
        check_events(&format!("records of {size}"), sent, &events);
    }
}

#[test]
fn a_body_may_have_several_records() {
    for length in [65_527, 65_528, 65_529, 65_535, 65_536, 200_000] {
        let (body, number) = ("x".repeat(length), length.to_string());
        let params = [("CONTENT_LENGTH", &number[..])];
        let Sent(bytes) = Sent::default().begin(1).params(1, &params).stdin(1, &body);
        let whole = Connection::of([&bytes[..]], &Limits::new());
        let number = Some(length as u64);
        let events = [request(1, &params, number), data(&body), Event::End];
        assert!(whole.events == events, "{length} bytes, whole");
        for size in [4096, 65_536] {
            let cut = Connection::of(bytes.chunks(size), &Limits::new());
            assert!(cut == whole, "{length} bytes in pieces of {size}");
        }
    }
}

#[test]
fn data_that_look_like_records_are_data() {
    let Sent(lookalike) =
        Sent::default()
            .end(RecordType::STDIN, 1)
            .record(RecordType::ABORT_REQUEST, 1, b"", 0);
    let text = lookalike.escape_ascii().to_string();
    let length = lookalike.len().to_string();
    for params in [&[][..], &[("CONTENT_LENGTH", &length[..])]] {
        let sent = Sent::default()
            .begin(1)
            .params(1, params)
            .stream(RecordType::STDIN, 1, &lookalike)
            .end(RecordType::STDIN, 1);
        let number = (!params.is_empty()).then_some(lookalike.len() as u64);
        let events = [request(1, params, number), data(&text), Event::End];
        check_events("records as data", sent, &events);
    }
}

#[test]
fn padding_of_any_length_is_skipped() {
    for padding in [0, 1, 7, 8, 255] {
        let sent = Sent::default()
            .record(
                RecordType::BEGIN_REQUEST,
                1,
                &[0, 1, 1, 0, 0, 0, 0, 0],
                padding,
            )
            .record(RecordType::PARAMS, 1, &pairs(POST), padding)
            .record(RecordType::PARAMS, 1, b"", padding)
            .record(RecordType::STDIN, 1, b"Hello world", padding)
            .record(RecordType::STDIN, 1, b"", padding)
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
        check_events(&format!("{padding} bytes"), sent, &events);
    }
}

#[test]
fn unknown_flags_and_reserved_bytes_are_ignored() {
    let sent = Sent::default()
        .record(
            RecordType::BEGIN_REQUEST,
            1,
            &[0, 1, 0xff, 1, 2, 3, 4, 5],
            0,
        )
        .bytes(&[1, 4, 0, 1, 0, 0, 0, 0xff])
        .stdin(1, "");
    check_events("reserved", sent, &[request(1, &[], None), Event::End]);
}

#[test]
fn names_and_values_may_be_long() {
    let (long, longer) = ("v".repeat(128), "w".repeat(20_000));
    let params = [("A", &long[..]), (&long[..], &longer[..]), ("Z", "")];
    let sent = Sent::default().begin(1).params(1, &params).stdin(1, "");
    check_events("long", sent, &[request(1, &params, None), Event::End]);
}

#[test]
fn parameters_may_contain_any_bytes_and_keep_their_order() {
    let params = [
        ("B", "1"),
        ("A", "2"),
        ("B", "3"),
        ("", ""),
        ("\0=\n", "\r\n"),
    ];
    let escaped = [
        ("B", "1"),
        ("A", "2"),
        ("B", "3"),
        ("", ""),
        ("\\x00=\\n", "\\r\\n"),
    ];
    let sent = Sent::default().begin(1).params(1, &params).stdin(1, "");
    check_events("odd", sent, &[request(1, &escaped, None), Event::End]);
}

#[test]
fn a_body_without_a_length_ends_with_its_stream() {
    for params in [GET, &[("CONTENT_LENGTH", "")]] {
        let sent = Sent::default().begin(1).params(1, params).stdin(1, "Hello");
        let events = [request(1, params, None), data("Hello"), Event::End];
        check_events("without a length", sent, &events);
    }
}
