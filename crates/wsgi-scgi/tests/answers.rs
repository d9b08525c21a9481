//! What a request is answered with.

use wsgi_scgi::{Rejection, encode};

#[test]
fn a_status_has_three_digits_and_its_reason() {
    for (code, reason, expected) in [
        (200, "OK", "Status: 200 OK\r\n"),
        (
            416,
            "Range Not Satisfiable",
            "Status: 416 Range Not Satisfiable\r\n",
        ),
        (599, "", "Status: 599 \r\n"),
        (7, "Short", "Status: 007 Short\r\n"),
    ] {
        let mut out = b"before;".to_vec();
        encode::status(&mut out, code, reason.as_bytes());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("before;{expected}")
        );
    }
}

#[test]
fn a_rejection_has_the_status_of_what_was_wrong() {
    for (rejection, status) in [
        (Rejection::Netstring, 400),
        (Rejection::HeadTooLarge, 431),
        (Rejection::TooManyHeaders, 431),
        (Rejection::Header, 400),
        (Rejection::ContentLengthRepeated, 400),
        (Rejection::ContentLengthMissing, 400),
        (Rejection::ContentLength, 400),
        (Rejection::Scgi, 400),
        (Rejection::BodyTooLarge, 413),
    ] {
        assert_eq!(rejection.status(), status, "{rejection}");
        assert_eq!(rejection.to_string(), rejection.reason());
        assert!(!rejection.reason().is_empty());
    }
}
