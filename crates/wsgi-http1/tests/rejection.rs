//! The status and the reason of a rejection.

use std::collections::HashSet;

use wsgi_http1::{Limits, Rejection, RequestHead};

#[test]
fn every_rejection_has_a_status_and_a_reason_of_its_own() {
    let mut reasons = HashSet::new();
    for (rejection, status) in [
        (Rejection::RequestLine, 400),
        (Rejection::LineEnd, 400),
        (Rejection::MethodTooLong, 501),
        (Rejection::TargetTooLong, 414),
        (Rejection::Target, 400),
        (Rejection::VersionMissing, 400),
        (Rejection::Version, 400),
        (Rejection::UnsupportedVersion, 505),
        (Rejection::HeadTooLarge, 431),
        (Rejection::TooManyFields, 431),
        (Rejection::FieldName, 400),
        (Rejection::FieldValue, 400),
        (Rejection::HostMissing, 400),
        (Rejection::HostRepeated, 400),
        (Rejection::Host, 400),
        (Rejection::ContentTypeRepeated, 400),
        (Rejection::ContentLength, 400),
        (Rejection::ContentLengthRepeated, 400),
        (Rejection::ContentLengthWithTransferEncoding, 400),
        (Rejection::TransferEncoding, 400),
        (Rejection::TransferEncodingInHttp10, 400),
        (Rejection::UnknownTransferCoding, 501),
        (Rejection::Expectation, 417),
        (Rejection::BodyTooLarge, 413),
        (Rejection::ChunkSize, 400),
        (Rejection::ChunkExtension, 400),
        (Rejection::ChunkEnd, 400),
        (Rejection::Trailer, 400),
        (Rejection::TrailersTooLarge, 431),
    ] {
        assert_eq!(rejection.status_code(), status, "{rejection}");
        assert_eq!(rejection.to_string(), rejection.reason());
        assert!(!rejection.reason().is_empty(), "{rejection:?}");
        assert!(reasons.insert(rejection.reason()), "{rejection:?}");
    }
}

#[test]
fn the_reason_of_a_folded_line_names_it() {
    for fold in [" more", "\tmore: 1"] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nNote: some\r\n{fold}\r\n\r\n");
        let rejection = RequestHead::new().parse(request.as_bytes(), &Limits::new());
        let reason = rejection.unwrap_err().reason();
        assert_eq!(reason, "malformed field name, or a folded line");
    }
}
