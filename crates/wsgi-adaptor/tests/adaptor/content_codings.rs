//! Bodies in a content coding, such as gzip, which nobody has decoded.

use wsgi_adaptor::{Adaptor, IntoResponse, Request};
use wsgi_application::Result;
use wsgi_forms::Field;
use wsgi_testing::{Request as Call, Response as Answer};

const FORM: &str = "application/x-www-form-urlencoded";

/// `a=1`, by gzip, in one block that is stored.
const CODED: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x03\0\xfc\xffa=1\x81\x30\x62\x8d\x03\0\0\0";

fn app<R: IntoResponse>(handler: impl Fn(&Request<'_>) -> R + Send + Sync + 'static) -> Adaptor {
    Adaptor::new().post("/", handler)
}

fn names(request: &Request<'_>) -> Result<String> {
    let names: Vec<_> = request.form()?.fields().map(Field::name).collect();
    Ok(names.join(","))
}

fn post(content_type: &str, coding: &str, body: &[u8]) -> Call {
    let call = Call::post("/").header("Content-Type", content_type);
    call.header("Content-Encoding", coding).body(body)
}

/// Checks that the client is told to send it plain (RFC 9110, section 15.5.16).
#[track_caller]
fn check_refused(answer: &Answer) {
    assert_eq!(answer.status().code(), 415, "{}", answer.text());
    assert!(
        answer.text().contains("content coding"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.headers().get("Accept-Encoding").unwrap(), "identity");
    assert!(!answer.headers().contains("Accept"));
    assert_eq!(answer.errors(), "");
}

#[test]
fn a_form_in_a_content_coding_is_refused() {
    for coding in ["gzip", "GZIP", "identity, br", "utf-8"] {
        check_refused(&post(FORM, coding, CODED).call(&app(names)));
    }
    let multipart = "multipart/form-data; boundary=x";
    check_refused(&post(multipart, "gzip", CODED).call(&app(names)));
}

#[test]
fn a_form_in_a_content_coding_is_refused_also_if_the_body_was_read_before() {
    let app = app(|request: &Request<'_>| -> Result<String> {
        assert_eq!(request.body()?, CODED);
        names(request)
    });
    check_refused(&post(FORM, "gzip", CODED).call(&app));
}

#[test]
fn the_coded_bytes_can_be_read_after_the_refusal() {
    let app = app(|request: &Request<'_>| -> Result<String> {
        assert!(request.form().is_err() && request.form().is_err());
        assert_eq!(request.body()?, CODED);
        Ok("read".to_owned())
    });
    assert_eq!(post(FORM, "gzip", CODED).call(&app).text(), "read");
}

#[test]
fn a_body_of_another_type_in_a_content_coding_is_of_the_wrong_type_first() {
    let answer = post("application/json", "gzip", CODED).call(&app(names));
    assert_eq!(answer.status().code(), 415);
    assert!(answer.headers().contains("Accept"));
    assert!(!answer.headers().contains("Accept-Encoding"));
}

#[test]
fn a_coding_that_changes_nothing_or_has_nothing_to_change_is_no_obstacle() {
    for coding in ["identity", "Identity, identity", "", ","] {
        assert_eq!(post(FORM, coding, b"a=1").call(&app(names)).text(), "a");
    }
    let twice = app(|request: &Request<'_>| -> Result<String> {
        names(request)?;
        names(request)
    });
    let answer = post(FORM, "gzip", b"").call(&twice);
    assert_eq!((answer.status().code(), answer.text()), (200, ""));
}

#[test]
#[cfg(feature = "json")]
fn json_in_a_content_coding_is_refused() {
    let app = app(|request: &Request<'_>| -> Result<String> {
        let number: u8 = request.json()?;
        Ok(number.to_string())
    });
    let json = "application/json";
    check_refused(
        &post(json, "gzip", CODED)
            .header("Accept", "text/plain")
            .call(&app),
    );
    assert_eq!(post(json, "identity", b"7").call(&app).text(), "7");
}
