//! Every limit, at its edge and above it.

use wsgi_fastcgi::{BodyDecoder, Limits, Parsed, RecordType, Rejection, RequestHead, encode};

use crate::connection::{Event, Sent, check, data, pairs, request};

/// The longest possible record: header, longest content and longest padding.
const LONGEST_RECORD: usize = 8 + 65_535 + 255;

/// Checks the events of `bytes`, which get no reply.
#[track_caller]
fn check_events(name: &str, Sent(bytes): &Sent, limits: &Limits, events: &[Event]) {
    check(name, bytes, limits, events, b"");
}

#[test]
fn the_length_of_a_head_is_that_of_its_records() {
    let params = [("NAME", "a value")];
    let padded = Sent::default()
        .begin(1)
        .record(RecordType::PARAMS, 1, &pairs(&params), 200)
        .record(RecordType::DATA, 2, b"ignored", 9)
        .record(RecordType::PARAMS, 1, b"", 255);
    let length = padded.0.len();
    let sent = padded.stdin(1, "");
    let events = [request(1, &params, None), Event::End];
    check_events(
        "enough",
        &sent,
        &Limits::new().max_head_bytes(length),
        &events,
    );
    let refused = [Event::Rejected(Rejection::HeadTooLarge, 1)];
    for head in [length - 1, length - 255, 16 + 8, 17, 16] {
        let name = format!("{head} of {length}");
        check_events(&name, &sent, &Limits::new().max_head_bytes(head), &refused);
    }
    let refused = [Event::Rejected(Rejection::HeadTooLarge, 0)];
    check_events(
        "none begins",
        &sent,
        &Limits::new().max_head_bytes(15),
        &refused,
    );
    check_events("nothing", &sent, &Limits::new().max_head_bytes(0), &refused);
}

#[test]
fn a_head_is_refused_before_its_excess_has_come() {
    let limits = Limits::new().max_head_bytes(1000);
    let room = 1000 - 16 - 8;
    let refused = Err(Rejection::HeadTooLarge);
    let cases = [
        (room, 0, Ok(Parsed::Incomplete)),
        (room - 255, 255, Ok(Parsed::Incomplete)),
        (room + 1, 0, refused),
        (room - 254, 255, refused),
        (u16::MAX, 255, refused),
    ];
    for (content_length, padding, expected) in cases {
        let Sent(mut bytes) = Sent::default().begin(1);
        encode::header(&mut bytes, RecordType::PARAMS, 1, content_length, padding);
        let mut head = RequestHead::new();
        let mut parse = |bytes: &[u8]| head.parse(bytes, &limits, &mut Vec::new());
        assert_eq!(parse(&bytes[..16 + 7]), Ok(Parsed::Incomplete));
        assert_eq!(parse(&bytes), expected, "{content_length} and {padding}");
    }
}

#[test]
fn a_head_without_room_for_another_header_is_refused() {
    let Sent(bytes) =
        Sent::default()
            .begin(1)
            .stream(RecordType::PARAMS, 1, &pairs(&[("NAME", "a value")]));
    let mut head = RequestHead::new();
    let parsed = head.parse(
        &bytes,
        &Limits::new().max_head_bytes(bytes.len() + 8),
        &mut Vec::new(),
    );
    assert_eq!(parsed, Ok(Parsed::Incomplete));
    let mut head = RequestHead::new();
    let parsed = head.parse(
        &bytes,
        &Limits::new().max_head_bytes(bytes.len() + 7),
        &mut Vec::new(),
    );
    assert_eq!(parsed, Err(Rejection::HeadTooLarge));
}

#[test]
fn parameters_are_counted() {
    let params = [("A", "1"), ("A", "2"), ("", "")];
    let sent = Sent::default().begin(1).params(1, &params).stdin(1, "");
    let events = [request(1, &params, None), Event::End];
    check_events("three", &sent, &Limits::new().max_params(3), &events);
    let refused = [Event::Rejected(Rejection::TooManyParams, 1)];
    check_events("two", &sent, &Limits::new().max_params(2), &refused);
    check_events("none", &sent, &Limits::new().max_params(0), &refused);
}

#[test]
fn no_limit_allows_more_than_1024_parameters() {
    let limits = Limits::new().max_params(usize::MAX);
    let params = |count| vec![("", ""); count];
    let sent = Sent::default().begin(1).params(1, &params(1024));
    let events = [request(1, &params(1024), None)];
    check_events("1,024", &sent, &limits, &events);
    let sent = Sent::default().begin(1).params(1, &params(1025));
    let events = [Event::Rejected(Rejection::TooManyParams, 1)];
    check_events("1,025", &sent, &limits, &events);
}

#[test]
fn a_body_with_too_large_a_content_length_is_refused_at_once() {
    let sent = |length: &str| {
        Sent::default()
            .begin(1)
            .params(1, &[("CONTENT_LENGTH", length)])
    };
    let limits = Limits::new().max_body_bytes(5);
    let events = [request(1, &[("CONTENT_LENGTH", "5")], Some(5))];
    check_events("five", &sent("5"), &limits, &events);
    let events = [Event::Rejected(Rejection::BodyTooLarge, 1)];
    check_events("six", &sent("6"), &limits, &events);
}

#[test]
fn a_body_without_a_content_length_is_counted() {
    let sent = Sent::default()
        .begin(1)
        .params(1, &[])
        .stream(RecordType::STDIN, 1, b"abc")
        .stdin(1, "def");
    let events = [request(1, &[], None), data("abcdef"), Event::End];
    check_events("six", &sent, &Limits::new().max_body_bytes(6), &events);
    let refused = Event::Rejected(Rejection::BodyTooLarge, 1);
    let events = [request(1, &[], None), data("abc"), refused.clone()];
    check_events("five", &sent, &Limits::new().max_body_bytes(5), &events);
    let events = [request(1, &[], None), refused];
    check_events("none", &sent, &Limits::new().max_body_bytes(0), &events);
}

#[test]
fn interleaved_records_are_counted_per_request() {
    let ignore = |sent: Sent| sent.record(RecordType::DATA, 3, b"x", 0);
    let outside = ignore(ignore(ignore(Sent::default())));
    let within = ignore(ignore(outside.begin(1)).params(1, &[]));
    let sent = ignore(within).stdin(1, "");
    let sent = ignore(sent).begin(2);
    let sent = ignore(ignore(ignore(sent))).params(2, &[]).stdin(2, "");
    let first = [request(1, &[], None), Event::End];
    let both = [&first[..], &[request(2, &[], None), Event::End]].concat();
    check_events("three", &sent, &Limits::new().max_interleaved(3), &both);

    let refused = |id| Event::Rejected(Rejection::TooManyInterleaved, id);
    let events = [request(1, &[], None), refused(1)];
    check_events("two", &sent, &Limits::new().max_interleaved(2), &events);
    check_events(
        "none",
        &sent,
        &Limits::new().max_interleaved(0),
        &[refused(1)],
    );
}

#[test]
fn the_number_of_replies_within_a_request_is_limited() {
    let mut sent = Sent::default().begin(1);
    for _ in 0..3 {
        sent = sent.record(RecordType(200), 0, b"", 0);
    }
    let Sent(bytes) = sent;
    let limits = Limits::new().max_interleaved(2);
    let replies = [1, 11, 0, 0, 0, 8, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0].repeat(2);
    let events = [Event::Rejected(Rejection::TooManyInterleaved, 1)];
    check("two", &bytes, &limits, &events, &replies);
}

#[test]
fn the_length_of_get_values_is_limited() {
    let ask = |length| {
        let content = pairs(&[("", ""), ("", ""), ("x", &"x".repeat(length - 2 - 2 - 6))]);
        assert_eq!(content.len(), length);
        Sent::default().record(RecordType::GET_VALUES, 0, &content, 0)
    };
    let Sent(bytes) = ask(1024);
    let nothing = [1, 10, 0, 0, 0, 0, 0, 0];
    check("1 KiB", &bytes, &Limits::new(), &[], &nothing);
    let events = [Event::Rejected(Rejection::ValuesTooLarge, 0)];
    check_events("a byte more", &ask(1025), &Limits::new(), &events);
}

#[test]
fn a_record_outside_of_a_request_may_be_longer_than_a_head() {
    let Sent(bytes) = Sent::default().record(RecordType::STDIN, 1, &[b'x'; 65_535], 255);
    assert_eq!(bytes.len(), LONGEST_RECORD);
    let limits = Limits::new().max_head_bytes(100);
    let mut head = RequestHead::new();
    let mut parse = |bytes: &[u8]| head.parse(bytes, &limits, &mut Vec::new());
    assert_eq!(parse(&bytes[..LONGEST_RECORD - 1]), Ok(Parsed::Incomplete));
    assert_eq!(parse(&bytes), Ok(Parsed::Skipped(LONGEST_RECORD)));
}

#[test]
fn no_reply_is_longer_than_80_bytes() {
    let values = ["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"].map(|name| (name, ""));
    let Sent(bytes) = Sent::default().record(RecordType::GET_VALUES, 0, &pairs(&values), 0);
    let mut replies = Vec::new();
    let limits = Limits::new().max_connections(u32::MAX);
    let parsed = RequestHead::new().parse(&bytes, &limits, &mut replies);
    assert_eq!(parsed, Ok(Parsed::Skipped(bytes.len())));
    assert_eq!(replies.len(), 80);
}

#[test]
fn the_rest_of_a_body_is_known_with_a_content_length() {
    let remaining = |params: &[(&str, &str)]| {
        let mut head = RequestHead::new();
        let Sent(bytes) = Sent::default().begin(1).params(1, params);
        let parsed = head.parse(&bytes, &Limits::new(), &mut Vec::new());
        assert_eq!(parsed, Ok(Parsed::Complete(bytes.len())));
        let mut decoder = BodyDecoder::new(&head, &Limits::new());
        let before = decoder.remaining();
        let Sent(piece) = Sent::default().stream(RecordType::STDIN, 1, b"Hello");
        decoder.decode(&piece, &mut Vec::new()).unwrap();
        let between = decoder.remaining();
        let Sent(piece) = Sent::default().end(RecordType::STDIN, 1);
        decoder.decode(&piece, &mut Vec::new()).unwrap();
        [before, between, decoder.remaining()]
    };
    let rest = remaining(&[("CONTENT_LENGTH", "5")]);
    assert_eq!(rest, [Some(5), Some(0), Some(0)]);
    assert_eq!(remaining(&[]), [None, None, Some(0)]);
}

#[test]
fn a_refused_body_stays_refused() {
    let mut head = RequestHead::new();
    let Sent(bytes) = Sent::default().begin(1).params(1, &[]);
    let parsed = head.parse(&bytes, &Limits::new(), &mut Vec::new());
    assert_eq!(parsed, Ok(Parsed::Complete(bytes.len())));
    let mut decoder = BodyDecoder::new(&head, &Limits::new());
    let Sent(end) = Sent::default().end(RecordType::STDIN, 1);
    for bytes in [&[0; 8][..], &end, b""] {
        let decoded = decoder.decode(bytes, &mut Vec::new());
        assert_eq!(decoded, Err(Rejection::Version));
    }
    assert!(!decoder.is_finished() && !decoder.is_aborted());
}
