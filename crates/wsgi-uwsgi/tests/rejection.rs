//! The status and the reason of a rejection.

use wsgi_uwsgi::Rejection;

#[test]
fn every_rejection_has_a_status_and_a_reason() {
    for (rejection, status) in [
        (Rejection::Modifier, 400),
        (Rejection::HeadTooLarge, 431),
        (Rejection::TooManyParams, 431),
        (Rejection::Param, 400),
        (Rejection::ParamName, 400),
        (Rejection::ContentLength, 400),
        (Rejection::ContentLengthRepeated, 400),
        (Rejection::LengthRequired, 411),
        (Rejection::BodyTooLarge, 413),
    ] {
        assert_eq!(rejection.status_code(), status, "{rejection}");
        assert_eq!(rejection.to_string(), rejection.reason());
        assert!(!rejection.reason().is_empty());
    }
}
