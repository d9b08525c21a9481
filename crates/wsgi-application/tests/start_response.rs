//! What `start_response` refuses, and what is left then.

use wsgi_application::{Head, StartError, StartResponse, Status};

#[track_caller]
fn check(fields: &[(&str, &str)], refused: fn(&StartError) -> bool) {
    let (mut head, mut gathered, mut sent) = (Head::new(), Vec::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut head, &mut gathered, &mut sent);
    let error = start_response.start(Status::OK, fields).err().unwrap();
    assert!(refused(error.downcast_ref().unwrap()), "{error}");
    assert!(start_response.writer().is_none(), "nothing is started");
    start_response.start(Status::NOT_FOUND, ()).unwrap();
    assert_eq!(head.status, Status::NOT_FOUND);
    assert!(
        head.headers.is_empty(),
        "nothing is left of what was refused"
    );
}

#[test]
fn fields_that_would_split_the_response_are_refused() {
    let refused = |error: &StartError| matches!(error, StartError::Header(_));
    for value in ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "\x7f"] {
        check(&[("X-Good", "1"), ("X-Bad", value)], refused);
    }
    for name in ["", "a b", "a:", "a\r\nb", "é"] {
        check(&[("X-Good", "1"), (name, "1")], refused);
    }
}

#[test]
fn fields_of_the_connection_are_refused() {
    for name in [
        "Connection",
        "keep-alive",
        "Proxy-Authenticate",
        "TE",
        "Transfer-Encoding",
        "UPGRADE",
    ] {
        check(&[("X-Good", "1"), (name, "1")], |error| {
            matches!(error, StartError::HopByHop(_))
        });
    }
}

#[test]
fn a_refused_restart_leaves_nothing_started() {
    let (mut head, mut gathered, mut sent) = (Head::new(), Vec::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut head, &mut gathered, &mut sent);
    start_response
        .start(Status::OK, [("X-First", "1")])
        .unwrap();
    let result = start_response.restart("broken".into(), Status::OK, [("Upgrade", "x")]);
    assert!(result.is_err());
    assert!(start_response.head().is_none());
    assert!(!head.is_started());
    assert!(head.headers.is_empty());
}
