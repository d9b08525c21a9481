//! Properties of every head, and of a reused one.

use proptest::{collection::vec, prelude::*};
use wsgi_http1::{Limits, Rejection, RequestHead, Span, Version};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Requests that often have the same fields.
fn request() -> impl Strategy<Value = String> {
    use prop::sample::select;
    let starts = select(&["", "\r\n", "\r\n\r\n"][..]);
    let methods = select(&["GET ", "POST ", "OPTIONS ", "CONNECT ", "GET"][..]);
    let targets = [
        "/",
        "/a",
        "/%41?b",
        "/%00",
        "/too/long/path",
        "*",
        "a:1",
        "http://b/",
    ];
    let versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"];
    let fields = [
        "Host: a\r\n\r\n",
        "Host: a\r\n\r\n",
        "Host: a\r\n\r",
        "Host: b\r\n\r\n",
        "Host: a\r\nAccept: b\r\n\r\n",
        "Host: a\r\nConnection: close\r\n\r\n",
        "Host: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
        "\r\n",
    ];
    let line = (
        starts,
        methods,
        select(targets.to_vec()),
        select(versions.to_vec()),
    );
    (line, select(fields.to_vec())).prop_map(|((start, method, target, version), fields)| {
        format!("{start}{method}{target} {version}\r\n{fields}")
    })
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = RequestHead::new().parse(&bytes, &Limits::new());
    }

    #[test]
    fn changing_a_byte_never_moves_the_end_of_the_request(at in 0..GET.len(), byte: u8) {
        let mut bytes = GET.to_vec();
        bytes[at] = byte;
        if let Ok(Some(length)) = RequestHead::new().parse(&bytes, &Limits::new()) {
            prop_assert_eq!(length, GET.len());
        }
    }

    #[test]
    fn the_result_does_not_depend_on_how_bytes_are_cut(
        words in vec(prop::sample::select(&[
            "GET ", "/", " HTTP/1.1\r\n", " HTTP/1.3\r\n", " HTTP/2.0\r\n", "Host: a\r\n", "A:",
            " ", "b", "\r\n", "\n", "\r",
            "\0", "%20", "#", "aaaaaaaaaaaaaaaaaaaaaaaa",
        ][..]), 0..12),
        size in 1_usize..9,
    ) {
        let limits = Limits::new().max_target_bytes(60).max_head_bytes(160).max_fields(2);
        let bytes = words.concat().into_bytes();
        let whole = RequestHead::new().parse(&bytes, &limits);
        let mut head = RequestHead::new();
        let ends = (size..bytes.len()).step_by(size);
        let early = ends
            .map(|end| head.parse(&bytes[..end], &limits))
            .find(|result| *result != Ok(None));
        let cut = early.unwrap_or_else(|| {
            head.reset();
            head.parse(&bytes, &limits)
        });
        prop_assert_eq!(cut, whole);
    }

    #[test]
    fn a_head_is_the_same_after_another_one(
        first in request(),
        second in request(),
        tail in prop::sample::select(&["", "GET", "x"][..]),
    ) {
        let limits = Limits::new().max_target_bytes(12).max_head_bytes(90).max_fields(2);
        let mut fresh = RequestHead::new();
        let second = second + tail;
        let expected = fresh.parse(second.as_bytes(), &limits);
        let mut head = RequestHead::new();
        if let Ok(Some(length)) = head.parse(first.as_bytes(), &limits) {
            let previous = &first.as_bytes()[..length];
            let result = head.parse_next(previous, second.as_bytes(), &limits);
            prop_assert_eq!(result, expected);
            if let Ok(Some(length)) = result {
                prop_assert_eq!(format!("{head:?}"), format!("{fresh:?}"));
                // And after that one.
                let second = second.as_bytes();
                let whole = head.parse_next(&second[..length], second, &limits);
                prop_assert_eq!(whole, expected);
                prop_assert_eq!(format!("{head:?}"), format!("{fresh:?}"));
            }
        }
    }
}

#[test]
fn nothing_of_an_earlier_request_is_left() {
    let limits = Limits::new();
    let mut head = RequestHead::new();
    let first = b"POST http://b/?q HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n";
    head.parse(first, &limits)
        .unwrap()
        .expect("a complete head");
    head.parse(GET, &limits).unwrap().expect("a complete head");
    let mut fresh = RequestHead::new();
    fresh.parse(GET, &limits).unwrap();
    assert_eq!(format!("{head:?}"), format!("{fresh:?}"));
}

#[test]
fn an_incomplete_head_is_forgotten_when_it_is_reset() {
    let limits = Limits::new();
    let mut head = RequestHead::new();
    assert_eq!(
        head.parse(b"POST /another HTTP/1.1\r\nA: b", &limits),
        Ok(None)
    );
    head.reset();
    assert_eq!(head.parse(GET, &limits), Ok(Some(GET.len())));
}

#[test]
fn a_head_is_found_when_its_last_byte_arrives() {
    let limits = Limits::new();
    for at in 0..GET.len() {
        let mut head = RequestHead::new();
        assert_eq!(head.parse(&GET[..at], &limits), Ok(None));
        assert_eq!(head.parse(GET, &limits), Ok(Some(GET.len())), "after {at}");
    }
}

#[test]
fn bytes_are_parsed_again_when_another_line_has_ended() {
    let limits = Limits::new();
    let mut head = RequestHead::new();
    assert_eq!(head.parse(b"GET / HTTP/1.1\r\nA", &limits), Ok(None));
    assert_eq!(head.parse(b"GET / HTTP/1.1\r\nA B", &limits), Ok(None));
    assert_eq!(
        head.parse(b"GET / HTTP/1.1\r\nA B\r\n", &limits),
        Err(Rejection::FieldName)
    );
}

#[test]
fn bytes_are_parsed_again_when_the_limit_is_reached() {
    let bytes = b"GET / HTTP/1.1\r\nA B";
    let limits = Limits::new().max_head_bytes(bytes.len());
    let whole = RequestHead::new().parse(bytes, &limits);
    assert_eq!(whole, Err(Rejection::FieldName));
    let mut head = RequestHead::new();
    assert_eq!(head.parse(b"GET / HTTP/1.1\r\nA", &limits), Ok(None));
    assert_eq!(head.parse(bytes, &limits), whole);
}

#[test]
fn a_head_is_refused_as_soon_as_it_exceeds_a_limit() {
    let limits = Limits::new().max_target_bytes(10).max_head_bytes(40);
    let mut head = RequestHead::new();
    assert_eq!(head.parse(b"GET /234567890", &limits), Ok(None));
    assert_eq!(
        head.parse(b"GET /2345678901", &limits),
        Err(Rejection::TargetTooLong)
    );
    assert_eq!(head.parse(&[b'A'; 32], &limits), Ok(None));
    assert_eq!(
        head.parse(&[b'A'; 33], &limits),
        Err(Rejection::MethodTooLong)
    );
    let line = b"GET / HTTP/1.1\r\nA: aaaaaaaaaaaaaaaaaaaaa";
    assert_eq!(head.parse(&line[..39], &limits), Ok(None));
    assert_eq!(head.parse(line, &limits), Err(Rejection::HeadTooLarge));
}

#[test]
fn limits_of_zero_refuse_everything() {
    let limits = Limits::new()
        .max_target_bytes(0)
        .max_head_bytes(0)
        .max_fields(0)
        .max_body_bytes(0);
    assert_eq!(
        RequestHead::new().parse(b"", &limits),
        Err(Rejection::HeadTooLarge)
    );
    assert_eq!(
        RequestHead::new().parse(GET, &limits),
        Err(Rejection::HeadTooLarge)
    );
    let limits = Limits::new().max_fields(0);
    assert_eq!(
        RequestHead::new().parse(GET, &limits),
        Err(Rejection::TooManyFields)
    );
}

#[test]
fn a_span_covers_the_part_that_its_accessor_returns() {
    let bytes = b"HEAD http://b:1/path?query HTTP/1.0\r\n\r\n";
    let mut head = RequestHead::new();
    let parsed = head.parse(bytes, &Limits::new());
    assert_eq!(parsed, Ok(Some(bytes.len())));
    let slice = |(start, end): Span| &bytes[start as usize..end as usize];
    assert_eq!(slice(head.method_span()), b"HEAD");
    assert_eq!(head.method(bytes), b"HEAD");
    assert_eq!(slice(head.target_span()), b"http://b:1/path?query");
    assert_eq!(head.target(bytes), b"http://b:1/path?query");
    assert_eq!(slice(head.path_span()), b"/path");
    assert_eq!(head.path(bytes), b"/path");
    let query = Some(&b"query"[..]);
    assert_eq!(
        (head.query_span().map(slice), head.query(bytes)),
        (query, query)
    );
    let authority = Some(&b"b:1"[..]);
    assert_eq!(head.authority_span().map(slice), authority);
    assert_eq!(head.authority(bytes), authority);
    assert_eq!(head.host_span().map(slice), authority);
    assert_eq!(head.host(bytes), authority);
    assert_eq!(head.scheme(bytes), Some(&b"http"[..]));
    assert_eq!(
        (head.version(), head.protocol()),
        (Version::Http10, "HTTP/1.0")
    );
    assert!(head.is_head(bytes));

    head.parse(GET, &Limits::new())
        .unwrap()
        .expect("a complete head");
    assert!(!head.is_head(GET));
    assert_eq!((head.scheme(GET), head.authority(GET)), (None, None));
}

#[test]
fn an_empty_head_is_safe_to_read() {
    let head = RequestHead::new();
    assert_eq!(head.method(b""), b"");
    assert_eq!(head.path(b"GET"), b"");
    assert_eq!(head.host(b""), None);
    assert!(head.fields().is_empty());
}

#[test]
fn a_head_after_other_bytes_than_its_own_is_safe_to_use() {
    let limits = Limits::new();
    let mut head = RequestHead::new();
    assert_eq!(
        head.parse_next(GET, GET, &limits),
        Ok(Some(GET.len())),
        "nothing was parsed"
    );
    for previous in [&GET[..3], b"x", &GET.repeat(2)] {
        let long = b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(
            head.parse_next(previous, long, &limits),
            Ok(Some(long.len()))
        );
        assert_eq!(
            (head.path(long), head.host(long)),
            (&b"/long"[..], Some(&b"a"[..]))
        );
        head.parse(GET, &limits).unwrap();
    }
    // An incomplete head, or a refused one, has no fields for the next one.
    for other in [&GET[..GET.len() - 1], b"GET / HTTP/1.1\r\nHost: /\r\n\r\n"] {
        head.parse(GET, &limits).unwrap();
        assert_ne!(head.parse_next(GET, other, &limits), Ok(Some(other.len())));
        head.reset();
        assert_eq!(head.parse_next(other, GET, &limits), Ok(Some(GET.len())));
        assert_eq!(head.host(GET), Some(&b"a"[..]));
    }
}
