//! Input that is refused.

use wsgi_fastcgi::{RecordType, Rejection};

use crate::connection::{Event, Sent, check_events, data, request};

#[test]
fn a_body_must_be_as_long_as_content_length() {
    let head = |length: &str| {
        Sent::default()
            .begin(1)
            .params(1, &[("CONTENT_LENGTH", length)])
    };
    let parsed = |length: &str, number| request(1, &[("CONTENT_LENGTH", length)], Some(number));

    check_events(
        "none",
        head("0").stdin(1, ""),
        &[parsed("0", 0), Event::End],
    );
    let events = [parsed("005", 5), data("Hello"), Event::End];
    check_events("zeros", head("005").stdin(1, "Hello"), &events);

    let short = Event::Rejected(Rejection::BodyTruncated, 1);
    let events = [parsed("6", 6), data("Hello"), short.clone()];
    check_events("one too few", head("6").stdin(1, "Hello"), &events);
    check_events(
        "none at all",
        head("1").stdin(1, ""),
        &[parsed("1", 1), short],
    );

    let long = Event::Rejected(Rejection::BodyOverrun, 1);
    let events = [parsed("4", 4), long.clone()];
    check_events("one too many", head("4").stdin(1, "Hello"), &events);
    check_events(
        "none said",
        head("0").stdin(1, "x"),
        &[parsed("0", 0), long.clone()],
    );
    let sent = head("5")
        .stream(RecordType::STDIN, 1, b"Hello")
        .stdin(1, "x");
    check_events(
        "another record",
        sent,
        &[parsed("5", 5), data("Hello"), long],
    );
}

#[test]
fn a_content_length_must_be_one_number() {
    let cases = [
        (&["-1"][..], Rejection::ContentLength),
        (&["+1"], Rejection::ContentLength),
        (&["1 "], Rejection::ContentLength),
        (&["1,1"], Rejection::ContentLength),
        (&["0x1"], Rejection::ContentLength),
        (&["18446744073709551616"], Rejection::BodyTooLarge),
        (&["18446744073709551615"], Rejection::BodyTooLarge),
        (&["1", "1"], Rejection::ContentLengthRepeated),
        (&["", "1"], Rejection::ContentLengthRepeated),
    ];
    for (values, rejection) in cases {
        let params: Vec<_> = values
            .iter()
            .map(|value| ("CONTENT_LENGTH", *value))
            .collect();
        let sent = Sent::default().begin(1).params(1, &params);
        check_events(&values.concat(), sent, &[Event::Rejected(rejection, 1)]);
    }
}

#[test]
fn parameters_beyond_their_end_are_refused() {
    let contents = [
        &b"\x05\x00name"[..],
        b"\x04\x01name",
        b"\x04",
        b"\x84\x00",
        b"\xff\xff\xff\xff\x00name",
        b"\x04\xff\xff\xff\xffname",
        b"\xff\xff\xff\xff\xff\xff\xff\xffname",
        b"\x01\x01nv\x80",
    ];
    for content in contents {
        let sent = Sent::default()
            .begin(1)
            .stream(RecordType::PARAMS, 1, content)
            .end(RecordType::PARAMS, 1);
        let name = content.escape_ascii().to_string();
        check_events(&name, sent, &[Event::Rejected(Rejection::Param, 1)]);
    }
}

#[test]
fn other_protocols_are_refused() {
    let version = Event::Rejected(Rejection::Version, 0);
    let sent = Sent::default().bytes(b"GET / HTTP/1.1\r\n");
    check_events("HTTP", sent, std::slice::from_ref(&version));
    check_events("version 0", Sent::default().bytes(&[0; 16]), &[version]);
    let sent = Sent::default().begin(1).bytes(&[2, 4, 0, 1, 0, 0, 0, 0]);
    let within = Event::Rejected(Rejection::Version, 1);
    check_events("in a head", sent, std::slice::from_ref(&within));
    let sent = Sent::default().begin(1).params(1, &[]).bytes(b"padding!");
    check_events("in a body", sent, &[request(1, &[], None), within]);
}

#[test]
fn records_out_of_order_are_refused() {
    let (params, stdin) = (RecordType::PARAMS, RecordType::STDIN);
    let order = Event::Rejected(Rejection::RecordOrder, 1);
    let begun = || Sent::default().begin(1);
    let read = || begun().params(1, &[]);
    check_events(
        "begun twice",
        begun().begin(1),
        std::slice::from_ref(&order),
    );
    check_events(
        "a body first",
        begun().stdin(1, "x"),
        std::slice::from_ref(&order),
    );
    check_events(
        "its end first",
        begun().end(stdin, 1),
        std::slice::from_ref(&order),
    );
    let events = [request(1, &[], None), order];
    check_events("begun in its body", read().begin(1), &events);
    check_events(
        "parameters later",
        read().stream(params, 1, b"\0\0"),
        &events,
    );
    check_events("their end twice", read().end(params, 1), &events);
}

#[test]
fn records_that_no_web_server_sends_are_refused() {
    let cases = [
        (RecordType::END_REQUEST, 1, Rejection::RecordType),
        (RecordType::STDOUT, 1, Rejection::RecordType),
        (RecordType::STDERR, 1, Rejection::RecordType),
        (RecordType::GET_VALUES_RESULT, 0, Rejection::RecordType),
        (RecordType::UNKNOWN_TYPE, 0, Rejection::RecordType),
        (RecordType(99), 1, Rejection::RecordType),
        (RecordType::GET_VALUES, 1, Rejection::RequestId),
        (RecordType::PARAMS, 0, Rejection::RequestId),
        (RecordType::STDIN, 0, Rejection::RequestId),
        (RecordType::BEGIN_REQUEST, 0, Rejection::RequestId),
        (RecordType::BEGIN_REQUEST, 2, Rejection::BeginRequest),
    ];
    for (record_type, id, rejection) in cases {
        let name = format!("{record_type:?} of {id}");
        let sent = Sent::default().record(record_type, id, b"", 0);
        check_events(&name, sent, &[Event::Rejected(rejection, 0)]);
        let sent = Sent::default().begin(1).record(record_type, id, b"", 0);
        check_events(&name, sent, &[Event::Rejected(rejection, 1)]);
        let sent = Sent::default()
            .begin(1)
            .params(1, &[])
            .record(record_type, id, b"", 0);
        let events = [request(1, &[], None), Event::Rejected(rejection, 1)];
        check_events(&name, sent, &events);
    }
}
