//! The status and the reason of a rejection.

use std::collections::HashSet;

use wsgi_fastcgi::Rejection;

#[test]
fn every_rejection_has_a_status_and_a_reason_of_its_own() {
    let mut reasons = HashSet::new();
    for (rejection, status) in [
        (Rejection::Version, 400),
        (Rejection::RecordType, 400),
        (Rejection::RequestId, 400),
        (Rejection::RecordOrder, 400),
        (Rejection::BeginRequest, 400),
        (Rejection::Role, 400),
        (Rejection::Aborted, 400),
        (Rejection::HeadTooLarge, 431),
        (Rejection::TooManyParams, 431),
        (Rejection::Param, 400),
        (Rejection::ContentLength, 400),
        (Rejection::ContentLengthRepeated, 400),
        (Rejection::BodyTooLarge, 413),
        (Rejection::BodyOverrun, 400),
        (Rejection::BodyTruncated, 400),
        (Rejection::TooManyInterleaved, 400),
        (Rejection::ValuesTooLarge, 400),
    ] {
        assert_eq!(rejection.status_code(), status, "{rejection}");
        assert_eq!(rejection.to_string(), rejection.reason());
        assert!(!rejection.reason().is_empty(), "{rejection:?}");
        assert!(reasons.insert(rejection.reason()), "{rejection:?}");
    }
}
