//! Valid heads, refused heads, and every limit at its edge and above it.

use proptest::{collection::vec, prelude::*, sample::select};
use wsgi_uwsgi::{Limits, Rejection, RequestHead, encode};

/// A parsed head, as text.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    length: usize,
    params: Vec<(String, String)>,
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
            let params = head.params().iter();
            let params = params
                .map(|param| (string(param.name(text)), string(param.value(text))))
                .collect();
            return Ok(Some(Head {
                length,
                params,
                content_length: head.content_length(),
            }));
        }
    }
    Ok(None)
}

/// The length of a body, and the parameters of its request.
type Request<'a> = (u64, &'a [(&'a str, &'a str)]);

/// Checks the result of a head with a body after it, however they are cut.
#[track_caller]
fn check(head: &[u8], limits: &Limits, expected: Result<Request<'_>, Rejection>) {
    let bytes = [head, b"body"].concat();
    let expected = expected.map(|(content_length, params)| {
        let params = params.iter();
        let params = params.map(|(name, value)| (name.to_string(), value.to_string()));
        Some(Head {
            length: head.len(),
            params: params.collect(),
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

/// A packet with this text, which need not be one of parameters.
fn packet(text: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(text.len()).unwrap().to_le_bytes();
    [&[0, low, high, 0], text].concat()
}

/// Encodes parameters as a packet. Nothing is added, so that a head may lack what others have.
fn params(params: &[(&str, &str)]) -> Vec<u8> {
    let mut text = Vec::new();
    for part in params.iter().flat_map(|(name, value)| [name, value]) {
        text.extend(u16::try_from(part.len()).unwrap().to_le_bytes());
        text.extend(part.bytes());
    }
    packet(&text)
}

const LENGTH: (&str, &str) = ("CONTENT_LENGTH", "4");
const CHUNKED: (&str, &str) = ("HTTP_TRANSFER_ENCODING", "chunked");

#[test]
fn a_request_is_understood() {
    for (content_length, list) in [
        (4, &[LENGTH][..]),
        (
            4,
            &[("REQUEST_METHOD", "POST"), ("QUERY_STRING", ""), LENGTH],
        ),
        (0, &[("CONTENT_LENGTH", "0")]),
        (7, &[("CONTENT_LENGTH", "007")]),
        (4, &[("content_length", "9"), LENGTH]),
    ] {
        check(&params(list), &Limits::new(), Ok((content_length, list)));
    }
}

#[test]
fn a_request_without_a_length_has_no_body() {
    for list in [
        &[][..],
        &[("CONTENT_LENGTH", "")],
        &[("Content_Length", "4")],
        &[("REQUEST_METHOD", "GET"), ("CONTENT_LENGTH", "")],
    ] {
        check(&params(list), &Limits::new(), Ok((0, list)));
    }
}

#[test]
fn a_coded_body_without_a_length_is_refused() {
    let empty = ("CONTENT_LENGTH", "");
    for list in [&[CHUNKED][..], &[CHUNKED, empty], &[empty, CHUNKED]] {
        check_refused(&params(list), Rejection::LengthRequired);
    }
    let decoded = [CHUNKED, LENGTH];
    check(&params(&decoded), &Limits::new(), Ok((4, &decoded)));
}

#[test]
fn a_head_is_written_as_in_the_protocol() {
    let mut out = b"before ".to_vec();
    encode::request_head(&mut out, 27, [("REQUEST_METHOD", "POST")]);
    let expected = b"before \0\x2a\0\0\x0e\0CONTENT_LENGTH\x02\x0027\x0e\0REQUEST_METHOD\x04\0POST";
    assert_eq!(out, expected);
    out.clear();
    encode::request_head(&mut out, 0, [("A", "b".repeat(0x1234))]);
    let start = b"\0\x4c\x12\0\x0e\0CONTENT_LENGTH\x01\x000\x01\0A\x34\x12bbb";
    assert!(out.starts_with(start));
}

#[test]
fn a_head_of_all_cgi_variables_has_each_once() {
    let variables = [("PATH_INFO", "/"), ("CONTENT_LENGTH", "5")];
    let mut out = Vec::new();
    encode::request_head(&mut out, 4, variables);
    check(&out, &Limits::new(), Ok((4, &[LENGTH, variables[0]])));
}

#[test]
fn the_longest_head_is_written() {
    // All but the value: CONTENT_LENGTH of one digit, three lengths, and a name of one byte.
    let room = 65_535 - (14 + 1) - 4 - (1 + 4);
    let mut out = Vec::new();
    encode::request_head(&mut out, 0, [("A", "b".repeat(room))]);
    assert_eq!(out.len(), 4 + 65_535);
    let parsed = RequestHead::new().parse(&out, &Limits::new());
    assert_eq!(parsed, Ok(Some(out.len())));
}

#[test]
#[should_panic(expected = "at most 65535 bytes")]
fn a_head_that_is_too_long_is_not_written() {
    encode::request_head(&mut Vec::new(), 0, [("A", "b".repeat(65_535))]);
}

#[test]
fn values_may_contain_any_byte_and_names_nearly_any() {
    let head = packet(b"\x02\0\xff=\x06\0\x80:\0\r\n\x01");
    let expected = [("\\xff=", "\\x80:\\x00\\r\\n\\x01")];
    check(&head, &Limits::new(), Ok((0, &expected)));
}

#[test]
fn params_may_be_repeated_and_the_last_counts() {
    let repeated = [
        LENGTH,
        ("SERVER_NAME", "a"),
        ("HTTP_B", ""),
        ("SERVER_NAME", "b"),
        ("HTTP_B", "1"),
    ];
    let bytes = params(&repeated);
    check(&bytes, &Limits::new(), Ok((4, &repeated)));
    let mut head = RequestHead::new();
    head.parse(&bytes, &Limits::new()).unwrap().expect("a head");
    assert_eq!(head.param(&bytes, b"SERVER_NAME"), Some(&b"b"[..]));
    assert_eq!(head.param(&bytes, b"HTTP_B"), Some(&b"1"[..]));
}

#[test]
fn a_repeated_length_is_refused_by_its_name() {
    for first in ["4", ""] {
        for again in ["4", "5", ""] {
            let head = params(&[("CONTENT_LENGTH", first), ("CONTENT_LENGTH", again)]);
            check_refused(&head, Rejection::ContentLengthRepeated);
        }
    }
    let reason = Rejection::ContentLengthRepeated.to_string();
    assert!(reason.contains("CONTENT_LENGTH"), "{reason}");
}

#[test]
fn anything_but_a_wsgi_packet_is_refused() {
    for head in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"24:CONTENT_LENGTH\x004\0SCGI\x001\0,",
        b"\x01\x01\0\x01\0\x08\0\0",
        b"\x05\0\0\0",
        b"\0\0\0\x01",
        b"\0\0\0\x1e",
        b"\xff\0\0\0",
    ] {
        check_refused(head, Rejection::Modifier);
    }
}

#[test]
fn lengths_beyond_the_params_are_refused() {
    for text in [
        &b"\x01"[..],
        b"\x01\0",
        b"\x01\0A",
        b"\x01\0A\x01",
        b"\x01\0A\x01\0",
        b"\x01\0A\x02\0b",
        b"\x01\0A\xff\xffb",
        b"\xff\xffA\x01\0b",
        b"\x01\0A\0\0\x01",
    ] {
        check_refused(&packet(text), Rejection::Param);
    }
}

#[test]
fn malformed_names_are_refused() {
    for name in ["", "\0", "A\0", "A\r", "\nA", "A\r\nB"] {
        check_refused(&params(&[(name, "value")]), Rejection::ParamName);
    }
    check_refused(&params(&[("", "")]), Rejection::ParamName);
}

#[test]
fn content_length_is_a_number() {
    for value in [
        "-1", "+1", " 1", "1 ", "1,1", "0x1", "four", ":", "4:", "4/",
    ] {
        let head = params(&[("CONTENT_LENGTH", value)]);
        check_refused(&head, Rejection::ContentLength);
    }
    for value in ["18446744073709551615", "18446744073709551616"] {
        let head = params(&[("CONTENT_LENGTH", value)]);
        check_refused(&head, Rejection::BodyTooLarge);
    }
}

#[test]
fn the_length_of_a_head_is_limited() {
    let head = params(&[LENGTH]); // 19 bytes and a header
    let at_most = |bytes| Limits::new().max_head_bytes(bytes);
    check(&head, &at_most(19), Ok((4, &[LENGTH])));
    check(&head, &at_most(18), Err(Rejection::HeadTooLarge));
    check(&head, &at_most(0), Err(Rejection::HeadTooLarge));
    check(&params(&[]), &at_most(0), Ok((0, &[])));
}

#[test]
fn a_head_that_is_too_long_is_refused_before_it_has_come() {
    let parse = |bytes: &[u8], limit| {
        let limits = Limits::new().max_head_bytes(limit);
        RequestHead::new().parse(bytes, &limits)
    };
    assert_eq!(parse(&[0, 0x34, 0x12], 0x1234), Ok(None));
    assert_eq!(parse(&[0, 0x34], 0x1233), Ok(None));
    assert_eq!(
        parse(&[0, 0x34, 0x12], 0x1233),
        Err(Rejection::HeadTooLarge)
    );
    assert_eq!(parse(&[0, 0xff, 0xff, 0], usize::MAX), Ok(None));
    assert_eq!(Limits::new().max_head_bytes(usize::MAX), Limits::new());
}

#[test]
fn the_number_of_params_is_limited() {
    let list = [LENGTH, ("A", ""), ("B", "")];
    let head = params(&list);
    let at_most = |count| Limits::new().max_params(count);
    check(&head, &at_most(3), Ok((4, &list)));
    check(&head, &at_most(2), Err(Rejection::TooManyParams));
    check(&head, &at_most(0), Err(Rejection::TooManyParams));

    let many = |count: usize| params(&vec![("HTTP_A", ""); count]);
    let parse = |head: &[u8]| RequestHead::new().parse(head, &at_most(usize::MAX));
    assert_eq!(parse(&many(1024)), Ok(Some(many(1024).len())));
    assert_eq!(parse(&many(1025)), Err(Rejection::TooManyParams));
}

#[test]
fn the_length_of_a_body_is_limited() {
    let at_most = |bytes| Limits::new().max_body_bytes(bytes);
    let head = params(&[LENGTH]);
    check(&head, &at_most(4), Ok((4, &[LENGTH])));
    check(&head, &at_most(3), Err(Rejection::BodyTooLarge));
    let most = [("CONTENT_LENGTH", "18446744073709551615")];
    check(&params(&most), &at_most(u64::MAX), Ok((u64::MAX, &most)));
    check_refused(&params(&most), Rejection::BodyTooLarge);
}

#[test]
fn nothing_of_an_earlier_request_is_left() {
    let limits = Limits::new();
    let first = params(&[LENGTH, CHUNKED, ("A", "b")]);
    let second = params(&[("B", "c")]);
    let (mut head, mut fresh) = (RequestHead::new(), RequestHead::new());
    head.parse(&first, &limits).unwrap();
    assert_eq!(head.param(&first, b"A"), Some(&b"b"[..]));
    head.parse(&second, &limits).unwrap();
    fresh.parse(&second, &limits).unwrap();
    assert_eq!(format!("{head:?}"), format!("{fresh:?}"));
    assert_eq!(head.param(&second, b"A"), None);
}

#[test]
fn an_empty_head_is_safe_to_read() {
    let mut head = RequestHead::new();
    assert_eq!((head.content_length(), head.params()), (0, &[][..]));
    assert_eq!(head.text(b"some bytes"), b"");
    head.parse(&params(&[LENGTH]), &Limits::new()).unwrap();
    assert_eq!(head.param(b"other bytes", b"CONTENT_LENGTH"), None);
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(
        header in vec(0_u8..3, 4),
        bytes in vec(any::<u8>(), 0..700),
        size in 1_usize..20,
    ) {
        let bytes = [header, bytes].concat();
        let whole = parse(&bytes, bytes.len(), &Limits::new());
        prop_assert_eq!(parse(&bytes, size, &Limits::new()), whole);
    }

    #[test]
    fn the_result_does_not_depend_on_how_params_are_cut(
        words in vec(select(&[
            "\x0e\0CONTENT_LENGTH\x01\x004", "\x0e\0CONTENT_LENGTH\0\0", "\x01\0A\x01\0",
            "\x16\0HTTP_TRANSFER_ENCODING\0\0", "\0\0", "\x01\0", "\n", "A",
        ][..]), 0..8),
        (more, size) in (-1_isize..2, 1_usize..20),
    ) {
        let limits = Limits::new().max_head_bytes(60).max_params(4).max_body_bytes(3);
        let text = words.concat();
        let length = text.len().saturating_add_signed(more) as u8;
        let bytes = [&[0, length, 0, 0], text.as_bytes(), text.as_bytes()].concat();
        prop_assert_eq!(parse(&bytes, size, &limits), parse(&bytes, bytes.len(), &limits));
    }

    #[test]
    fn written_params_are_read_back(
        list in vec((vec(b' '.., 1..50), vec(any::<u8>(), 0..300)), 0..20),
        content_length in 0_u64..1 << 30,
    ) {
        let list: Vec<_> = list
            .into_iter()
            .map(|(name, value)| ([b"HTTP_", &*name].concat(), value))
            .collect();
        let mut bytes = Vec::new();
        encode::request_head(&mut bytes, content_length, list.clone());
        let length = bytes.len();
        bytes.extend_from_slice(b"body");
        let mut head = RequestHead::new();
        prop_assert_eq!(head.parse(&bytes, &Limits::new()), Ok(Some(length)));
        prop_assert_eq!(head.content_length(), content_length);
        let text = head.text(&bytes);
        let read: Vec<_> = head.params()[1..]
            .iter()
            .map(|param| (param.name(text).to_vec(), param.value(text).to_vec()))
            .collect();
        prop_assert_eq!(read, list);
    }
}
