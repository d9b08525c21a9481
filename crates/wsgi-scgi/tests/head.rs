//! Valid heads, refused heads, and every limit at its edge and above it.

use proptest::{collection::vec, prelude::*, sample::select};
use wsgi_scgi::{Limits, Rejection, RequestHead, encode};

/// A parsed head, as text.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    length: usize,
    headers: Vec<(String, String)>,
    content_length: u64,
}

/// Parses `bytes` in pieces of `size`.
fn parse(bytes: &[u8], size: usize, limits: &Limits) -> Result<Option<Head>, Rejection> {
    let mut head = RequestHead::new();
    let ends = (size..bytes.len()).step_by(size).chain([bytes.len()]);
    for end in ends {
        let bytes = &bytes[..end];
        if let Some(length) = head.parse(bytes, limits)? {
            let text = head.text(bytes);
            let string = |bytes: &[u8]| bytes.escape_ascii().to_string();
            let headers = head.headers().iter();
            let headers = headers
                .map(|header| (string(header.name(text)), string(header.value(text))))
                .collect();
            return Ok(Some(Head {
                length,
                headers,
                content_length: head.content_length(),
            }));
        }
    }
    Ok(None)
}

/// Checks the result of a head with a body after it, however they are cut.
#[track_caller]
fn check(head: &[u8], limits: &Limits, headers: Result<&[(&str, &str)], Rejection>) {
    let bytes = [head, b"body"].concat();
    let expected = headers.map(|headers| {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let content_length = headers[0].1.parse().unwrap();
        Some(Head {
            length: head.len(),
            headers,
            content_length,
        })
    });
    for size in 1..=bytes.len() {
        let parsed = parse(&bytes, size, limits);
        assert_eq!(
            parsed,
            expected,
            "{} in pieces of {size}",
            head.escape_ascii()
        );
    }
}

#[track_caller]
fn check_refused(head: &[u8], rejection: Rejection) {
    check(head, &Limits::new(), Err(rejection));
}

/// Encodes headers as a netstring. Nothing is added, so that a head may lack what it must have.
fn netstring(headers: &[(&str, &str)]) -> Vec<u8> {
    let text: String = headers
        .iter()
        .map(|(name, value)| format!("{name}\0{value}\0"))
        .collect();
    format!("{}:{text},", text.len()).into_bytes()
}

const LENGTH: (&str, &str) = ("CONTENT_LENGTH", "4");
const SCGI: (&str, &str) = ("SCGI", "1");

#[test]
fn a_request_is_understood() {
    let cases = [
        &[LENGTH, SCGI][..],
        &[
            LENGTH,
            ("REQUEST_METHOD", "POST"),
            ("QUERY_STRING", ""),
            SCGI,
        ],
        &[("CONTENT_LENGTH", "0"), SCGI],
        &[("CONTENT_LENGTH", "007"), SCGI],
        &[LENGTH, SCGI, ("content_length", "9"), ("scgi", "2")],
    ];
    for headers in cases {
        check(&netstring(headers), &Limits::new(), Ok(headers));
    }
}

/// The example of the protocol, with its 70 bytes of headers.
#[test]
fn a_head_is_written_as_in_the_protocol() {
    let mut out = b"before ".to_vec();
    let headers = [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/deepthought")];
    encode::request_head(&mut out, 27, headers);
    let text = "CONTENT_LENGTH\x0027\0SCGI\x001\0\
                REQUEST_METHOD\0POST\0REQUEST_URI\0/deepthought\0";
    assert_eq!(out, format!("before 70:{text},").into_bytes());
    out.clear();
    encode::request_head::<&[u8], &[u8]>(&mut out, u64::MAX, []);
    let bare = b"43:CONTENT_LENGTH\x0018446744073709551615\0SCGI\x001\0,";
    assert_eq!(out, bare);
}

#[test]
fn a_head_of_all_cgi_variables_has_each_once() {
    let headers = [("SCGI", "2"), ("PATH_INFO", "/"), ("CONTENT_LENGTH", "5")];
    let mut out = Vec::new();
    encode::request_head(&mut out, 4, headers);
    check(&out, &Limits::new(), Ok(&[LENGTH, SCGI, headers[1]]));
}

#[test]
fn names_and_values_may_contain_any_byte_but_nul() {
    let head = b"37:CONTENT_LENGTH\x004\x00SCGI\x001\x00\xff=\r\n\x00\x80:,\x01\n\x00,";
    let expected = [LENGTH, SCGI, ("\\xff=\\r\\n", "\\x80:,\\x01\\n")];
    let text = &head[3..head.len() - 1];
    let head = [format!("{}:", text.len()).as_bytes(), text, b","].concat();
    check(&head, &Limits::new(), Ok(&expected));
}

#[test]
fn headers_may_be_repeated_and_the_last_counts() {
    let repeated = [
        LENGTH,
        SCGI,
        ("SERVER_NAME", "a"),
        ("HTTP_B", ""),
        ("SERVER_NAME", "b"),
        ("HTTP_B", "1"),
        SCGI,
    ];
    let bytes = netstring(&repeated);
    check(&bytes, &Limits::new(), Ok(&repeated));
    let mut head = RequestHead::new();
    head.parse(&bytes, &Limits::new()).unwrap().expect("a head");
    assert_eq!(head.header(&bytes, b"SERVER_NAME"), Some(&b"b"[..]));
    assert_eq!(head.header(&bytes, b"HTTP_B"), Some(&b"1"[..]));
}

#[test]
fn a_repeated_length_is_refused_by_its_name() {
    for again in ["4", "5", ""] {
        let head = netstring(&[LENGTH, SCGI, ("CONTENT_LENGTH", again)]);
        check_refused(&head, Rejection::ContentLengthRepeated);
    }
    let reason = Rejection::ContentLengthRepeated.to_string();
    assert!(reason.contains("CONTENT_LENGTH"), "{reason}");
}

#[test]
fn every_scgi_header_must_have_a_known_version() {
    let head = netstring(&[LENGTH, SCGI, ("SCGI", "2")]);
    check_refused(&head, Rejection::Scgi);
}

#[test]
fn anything_but_a_netstring_is_refused() {
    for head in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x01\x01\0\x01\0\x08\0\0",
        b":,",
        b" 24:",
        b"+24:",
        b"-24:",
        b"00:,",
        b"024:",
        b"0x18:",
        b"24 :",
        b"24;",
        b"24\n",
        b"24:CONTENT_LENGTH\x004\0SCGI\x001\0;",
        b"23:CONTENT_LENGTH\x004\0SCGI\x001\0,",
    ] {
        check_refused(head, Rejection::Netstring);
    }
}

#[test]
fn malformed_headers_are_refused() {
    for text in [
        "CONTENT_LENGTH",
        "CONTENT_LENGTH\0",
        "CONTENT_LENGTH\x004",
        "CONTENT_LENGTH\x004\0SCGI\x001",
        "CONTENT_LENGTH\x004\0SCGI\x001\0NAME",
        "CONTENT_LENGTH\x004\0SCGI\x001\0NAME\0",
        "CONTENT_LENGTH\x004\0SCGI\x001\0\0value\0",
        "CONTENT_LENGTH\x004\0SCGI\x001\0\0\0",
        "\0\0",
    ] {
        let head = format!("{}:{text},", text.len());
        check_refused(head.as_bytes(), Rejection::Header);
    }
}

#[test]
fn content_length_comes_first_and_is_a_number() {
    let missing = Rejection::ContentLengthMissing;
    check_refused(b"0:,", missing);
    check_refused(&netstring(&[SCGI]), missing);
    check_refused(&netstring(&[SCGI, LENGTH]), missing);
    check_refused(&netstring(&[("Content_Length", "4"), SCGI]), missing);
    for value in ["", "-1", "+1", " 1", "1,1", "0x1", "four", ":", "4:", "4/"] {
        let head = netstring(&[("CONTENT_LENGTH", value), SCGI]);
        check_refused(&head, Rejection::ContentLength);
    }
    for value in ["18446744073709551615", "18446744073709551616"] {
        let head = netstring(&[("CONTENT_LENGTH", value), SCGI]);
        check_refused(&head, Rejection::BodyTooLarge);
    }
}

#[test]
fn the_protocol_must_be_named() {
    check_refused(&netstring(&[LENGTH]), Rejection::Scgi);
    check_refused(&netstring(&[LENGTH, ("scgi", "1")]), Rejection::Scgi);
    for value in ["", "0", "2", "1 ", "01"] {
        check_refused(&netstring(&[LENGTH, ("SCGI", value)]), Rejection::Scgi);
    }
}

#[test]
fn the_length_of_a_head_is_limited() {
    let head = netstring(&[LENGTH, SCGI]);
    check(
        &head,
        &Limits::new().max_head_bytes(24),
        Ok(&[LENGTH, SCGI]),
    );
    let refused = Err(Rejection::HeadTooLarge);
    check(&head, &Limits::new().max_head_bytes(23), refused);
    check(&head, &Limits::new().max_head_bytes(0), refused);
    check(
        b"0:,",
        &Limits::new().max_head_bytes(0),
        Err(Rejection::ContentLengthMissing),
    );
}

#[test]
fn a_head_that_is_too_long_is_refused_before_it_has_come() {
    let limits = Limits::new();
    let parse = |bytes: &[u8]| RequestHead::new().parse(bytes, &limits);
    assert_eq!(parse(b"65536:"), Ok(None));
    assert_eq!(parse(b"65537"), Err(Rejection::HeadTooLarge));
    let limits = Limits::new().max_head_bytes(usize::MAX);
    let parse = |bytes: &[u8]| RequestHead::new().parse(bytes, &limits);
    assert_eq!(parse(b"4294967295:"), Ok(None));
    assert_eq!(parse(b"4294967296"), Err(Rejection::HeadTooLarge));
    assert_eq!(parse(&[b'9'; 1000]), Err(Rejection::HeadTooLarge));
}

#[test]
fn the_number_of_headers_is_limited() {
    let headers = [LENGTH, SCGI, ("A", "")];
    let head = netstring(&headers);
    check(&head, &Limits::new().max_params(3), Ok(&headers));
    check(
        &head,
        &Limits::new().max_params(2),
        Err(Rejection::TooManyHeaders),
    );
    check(
        &head,
        &Limits::new().max_params(0),
        Err(Rejection::TooManyHeaders),
    );

    let limits = Limits::new().max_params(usize::MAX);
    let many =
        |count: usize| netstring(&[&[LENGTH, SCGI][..], &vec![("HTTP_A", ""); count - 2]].concat());
    let parse = |head: &[u8]| RequestHead::new().parse(head, &limits);
    assert_eq!(parse(&many(1024)), Ok(Some(many(1024).len())));
    assert_eq!(parse(&many(1025)), Err(Rejection::TooManyHeaders));
}

#[test]
fn the_length_of_a_body_is_limited() {
    let head = netstring(&[LENGTH, SCGI]);
    check(&head, &Limits::new().max_body_bytes(4), Ok(&[LENGTH, SCGI]));
    check(
        &head,
        &Limits::new().max_body_bytes(3),
        Err(Rejection::BodyTooLarge),
    );
    let head = netstring(&[("CONTENT_LENGTH", "18446744073709551615"), SCGI]);
    let most = Limits::new().max_body_bytes(u64::MAX);
    check(
        &head,
        &most,
        Ok(&[("CONTENT_LENGTH", "18446744073709551615"), SCGI]),
    );
    check_refused(&head, Rejection::BodyTooLarge);
}

#[test]
fn nothing_of_an_earlier_request_is_left() {
    let limits = Limits::new();
    let first = netstring(&[LENGTH, SCGI, ("A", "b")]);
    let second = netstring(&[("CONTENT_LENGTH", "0"), SCGI]);
    let (mut head, mut fresh) = (RequestHead::new(), RequestHead::new());
    head.parse(&first, &limits).unwrap();
    assert_eq!(head.header(&first, b"A"), Some(&b"b"[..]));
    head.parse(&second, &limits).unwrap();
    fresh.parse(&second, &limits).unwrap();
    assert_eq!(format!("{head:?}"), format!("{fresh:?}"));
    assert_eq!(head.header(&second, b"A"), None);
}

#[test]
fn an_empty_head_is_safe_to_read() {
    let mut head = RequestHead::new();
    assert_eq!((head.content_length(), head.headers()), (0, &[][..]));
    assert_eq!(head.text(b"bytes"), b"");
    head.parse(&netstring(&[LENGTH, SCGI]), &Limits::new())
        .unwrap();
    assert_eq!(head.header(b"other bytes", b"SCGI"), None);
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in vec(any::<u8>(), 0..200), size in 1_usize..20) {
        let whole = parse(&bytes, bytes.len().max(1), &Limits::new());
        prop_assert_eq!(parse(&bytes, size, &Limits::new()), whole);
    }

    #[test]
    fn the_result_does_not_depend_on_how_headers_are_cut(
        words in vec(select(&[
            "CONTENT_LENGTH\x004\0", "SCGI\x001\0", "A\0b\0", "HTTP_A\0b\0", "\0",
            "CONTENT_LENGTH\0", "4", "x", ",",
        ][..]), 0..8),
        (more, size) in (-1_isize..2, 1_usize..20),
    ) {
        let limits = Limits::new().max_head_bytes(60).max_params(4).max_body_bytes(50);
        let text = words.concat();
        let length = text.len().saturating_add_signed(more);
        let bytes = format!("{length}:{text},{text}").into_bytes();
        prop_assert_eq!(parse(&bytes, size, &limits), parse(&bytes, bytes.len(), &limits));
    }

    #[test]
    fn written_headers_are_read_back(
        headers in vec((vec(1_u8.., 1..50), vec(1_u8.., 0..300)), 0..20),
        content_length in 0_u64..1 << 30,
    ) {
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| ([b"HTTP_", &*name].concat(), value))
            .collect();
        let mut bytes = Vec::new();
        encode::request_head(&mut bytes, content_length, headers.clone());
        let length = bytes.len();
        bytes.extend_from_slice(b"body");
        let mut head = RequestHead::new();
        prop_assert_eq!(head.parse(&bytes, &Limits::new()), Ok(Some(length)));
        prop_assert_eq!(head.content_length(), content_length);
        let text = head.text(&bytes);
        let read: Vec<_> = head.headers()[2..]
            .iter()
            .map(|header| (header.name(text).to_vec(), header.value(text).to_vec()))
            .collect();
        prop_assert_eq!(read, headers);
    }
}
