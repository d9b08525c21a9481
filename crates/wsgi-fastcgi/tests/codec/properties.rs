//! Properties of all input, and of a reused head.

use proptest::{collection::vec, prelude::*, sample::select};
use wsgi_fastcgi::{Limits, Parsed, RecordType, RequestHead, Role, encode};

use crate::connection::{Connection, Sent};

/// Limits low enough for a few records to exceed.
const LIMITS: Limits = Limits::new()
    .max_head_bytes(200)
    .max_params(3)
    .max_body_bytes(30)
    .max_interleaved(3);

/// Contents of the records of a request.
const CONTENTS: [&[u8]; 6] = [
    b"",
    b"",
    b"\0\x01\x01\0\0\0\0\0",
    b"\x0e\x01CONTENT_LENGTH5",
    b"\x01\x01A\0",
    b"\x0f\0FCGI_MPXS_CONNS",
];

/// A record of any type, mostly of one that is likely to continue a request.
fn record() -> impl Strategy<Value = Vec<u8>> {
    let content = prop_oneof![
        vec(any::<u8>(), 0..12),
        select(&CONTENTS[..]).prop_map(<[u8]>::to_vec),
    ];
    let record_type = prop_oneof![select(&[1, 4, 4, 4, 5, 5, 5, 9][..]), 0_u8..13];
    let id = select(&[1, 1, 1, 1, 0, 2][..]);
    (record_type, id, content, 0_u8..9).prop_map(|(record_type, id, content, padding)| {
        let record_type = RecordType(record_type);
        Sent::default().record(record_type, id, &content, padding).0
    })
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        Connection::of([&bytes[..]], &LIMITS);
    }

    #[test]
    fn the_results_do_not_depend_on_how_records_are_cut(
        begun in any::<bool>(),
        records in vec(record(), 0..12),
        lost in 0_usize..20,
        size in 1_usize..40,
    ) {
        let mut bytes = if begun { Sent::default().begin(1).0 } else { Vec::new() };
        bytes.extend(records.concat());
        bytes.truncate(bytes.len().saturating_sub(lost));
        let whole = Connection::of([&bytes[..]], &LIMITS);
        prop_assert_eq!(Connection::of(bytes.chunks(size), &LIMITS), whole);
    }

    #[test]
    fn written_parameters_are_read_back(
        params in vec((vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..300)), 0..20),
        size in 1_usize..500,
    ) {
        let mut content = Vec::new();
        for (name, value) in &params {
            encode::param(&mut content, name, value);
        }
        let mut bytes = Vec::new();
        encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
        for piece in content.chunks(size) {
            encode::stream(&mut bytes, RecordType::PARAMS, 1, piece);
        }
        encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);

        let mut head = RequestHead::new();
        let limits = Limits::new().max_head_bytes(usize::MAX);
        let parsed = head.parse(&bytes, &limits, &mut Vec::new());
        prop_assert_eq!(parsed, Ok(Parsed::Complete(bytes.len())));
        let text = head.text(&bytes);
        prop_assert_eq!(text, content);
        let read: Vec<_> = head
            .params(&bytes)
            .map(|param| (param.name(text).to_vec(), param.value(text).to_vec()))
            .collect();
        prop_assert_eq!(read, params);
    }
}

#[test]
fn nothing_of_an_earlier_request_is_left() {
    let limits = Limits::new();
    let Sent(first) = Sent::default()
        .begin_as(7, Role::RESPONDER, true)
        .record(RecordType::DATA, 7, b"", 0)
        .stream(RecordType::PARAMS, 7, b"\x0e\x01CONT")
        .stream(
            RecordType::PARAMS,
            7,
            b"ENT_LENGTH5\x0e\x03REQUEST_METHODPUT",
        )
        .end(RecordType::PARAMS, 7);
    let begun = || Sent::default().begin_as(1, Role::RESPONDER, false);
    for (name, Sent(second)) in [
        ("no parameters", begun().params(1, &[])),
        ("one record", begun().params(1, &[("A", "b")])),
        (
            "two records",
            begun()
                .stream(RecordType::PARAMS, 1, b"\x01\x01")
                .stream(RecordType::PARAMS, 1, b"Ab")
                .end(RecordType::PARAMS, 1),
        ),
    ] {
        let (mut head, mut fresh) = (RequestHead::new(), RequestHead::new());
        head.parse(&first, &limits, &mut Vec::new()).unwrap();
        assert_eq!(head.param(&first, b"CONTENT_LENGTH"), Some(&b"5"[..]));
        assert!(head.method_span().is_some());
        head.parse(&second, &limits, &mut Vec::new()).unwrap();
        fresh.parse(&second, &limits, &mut Vec::new()).unwrap();
        // The debug form shows each field, but of the text only the length.
        assert_eq!(format!("{head:?}"), format!("{fresh:?}"), "{name}");
        assert_eq!(head.text(&second), fresh.text(&second), "{name}");
    }
}

#[test]
fn an_incomplete_head_is_forgotten_when_it_is_reset() {
    let limits = Limits::new();
    let Sent(incomplete) = Sent::default().begin(7);
    let Sent(bytes) = Sent::default().begin(1).params(1, &[]);
    let mut head = RequestHead::new();
    let parsed = head.parse(&incomplete, &limits, &mut Vec::new());
    assert_eq!((parsed, head.id()), (Ok(Parsed::Incomplete), 7));
    head.reset();
    let parsed = head.parse(&bytes, &limits, &mut Vec::new());
    assert_eq!((parsed, head.id()), (Ok(Parsed::Complete(bytes.len())), 1));
}

#[test]
fn a_query_is_answered_once() {
    let limits = Limits::new();
    let Sent(bytes) = Sent::default()
        .begin(1)
        .record(RecordType::GET_VALUES, 0, b"", 0)
        .params(1, &[]);
    let (mut head, mut replies) = (RequestHead::new(), Vec::new());
    for end in 0..bytes.len() {
        let parsed = head.parse(&bytes[..end], &limits, &mut replies);
        assert_eq!(parsed, Ok(Parsed::Incomplete));
    }
    head.parse(&bytes, &limits, &mut replies).unwrap();
    assert_eq!(replies, [1, 10, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn an_empty_head_is_safe_to_read() {
    let mut head = RequestHead::new();
    assert_eq!((head.id(), head.content_length()), (0, None));
    assert!(head.params(b"bytes").next().is_none() && head.text(b"bytes").is_empty());
    let Sent(bytes) = Sent::default().begin(1).params(1, &[("A", "b")]);
    head.parse(&bytes, &Limits::new(), &mut Vec::new()).unwrap();
    assert_eq!(head.param(&bytes[..20], b"A"), None);
    assert_eq!(head.param(&bytes, b"B"), None);
}
