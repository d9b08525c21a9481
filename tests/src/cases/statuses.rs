//! Statuses, and their bodies.

use wsgi::{Application, Body, Status, application, validate::rules};

use super::TEXT;
use crate::{case::Case, expected::Expected, gateway::Gateway, request::Request};

/// Codes and reasons, registered ones and others.
const STATUSES: &[(&str, u16, &[u8])] = &[
    ("created", 201, b"Created"),
    ("a_reason_of_its_own", 200, b"Everything is fine"),
    ("a_reason_of_symbols", 200, b"It's 100% \"fine\"; (a=b)"),
    ("a_reason_with_a_tab", 200, b"so\tfar"),
    ("a_reason_in_latin1", 200, b"gr\xfcn"),
    (
        "a_reason_of_the_last_bytes",
        200,
        b"\x80\x85\x9b\xa0\xfe\xff",
    ),
    ("a_reason_in_utf8", 200, "grün".as_bytes()),
    ("no_reason", 200, b""),
    ("an_unregistered_success", 299, b"Nearly"),
    ("an_unregistered_success_without_a_reason", 299, b""),
    ("a_teapot", 418, b"I'm a teapot"),
    ("an_unregistered_failure", 599, b"Out of tea"),
    ("no_class", 799, b"Beyond"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = STATUSES
        .iter()
        .map(|&(name, code, reason)| {
            let status = Status::from_latin1(code, reason).expect("a status");
            let case = Case::new(
                format!("the_status_{name}"),
                answers(status, "text\n"),
                Request::get(""),
                Expected::status(code, reason).body("text\n"),
            );
            let case = with_own_reason(case)
                .allow(rules::STATUS_CODE)
                .allow(rules::STATUS_REASON);
            match reason {
                b"" => case.differs(
                    |gateway| gateway.is_h2o() && gateway.is_fastcgi(),
                    "H2O takes an empty reason for OK",
                    Expected::any_reason,
                ),
                _ => case,
            }
        })
        .collect();
    cases.extend([
        with_own_reason(Case::new(
            "no_content_with_a_reason_of_its_own",
            application(|_environ, start_response| {
                start_response.start(Status::new(204, "Deleted")?, ())?;
                Ok(Body::empty())
            }),
            Request::new("DELETE", ""),
            Expected::status(204, "Deleted")
                .no_field("Content-Length")
                .no_field("Transfer-Encoding"),
        )),
        Case::new(
            "no_content_is_sent_without_a_body",
            answers(Status::NO_CONTENT, "text\n"),
            Request::get(""),
            Expected::status(204, "No Content").no_field("Content-Length"),
        )
        .breaks_the_contract(),
        Case::new(
            "reset_content_has_no_body",
            application(|_environ, start_response| {
                start_response.start(Status::RESET_CONTENT, ())?;
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::status(205, "Reset Content"),
        ),
        Case::new(
            "not_modified_has_a_tag_and_no_body",
            application(|_environ, start_response| {
                start_response.start(Status::NOT_MODIFIED, [("ETag", "\"1\"")])?;
                Ok(Body::empty())
            }),
            Request::get("").field("If-None-Match", "\"1\""),
            Expected::status(304, "Not Modified").field("ETag", "\"1\""),
        ),
        Case::new(
            "a_redirection",
            application(|_environ, start_response| {
                let location = [("Location", "http://elsewhere.example/?a=b&c#d")];
                start_response.start(Status::SEE_OTHER, location)?;
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::status(303, "See Other")
                .field("Location", "http://elsewhere.example/?a=b&c#d"),
        ),
        Case::new(
            "a_redirection_within_the_site",
            application(|_environ, start_response| {
                start_response.start(Status::FOUND, [("Location", "/here?a=b")])?;
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::status(302, "Found").field("Location", "/here?a=b"),
        ),
        Case::new(
            "a_location_without_a_redirection",
            application(|environ, start_response| {
                if environ.path_info() == "/other" {
                    start_response.start(Status::OK, TEXT)?;
                    return Ok("other\n".into());
                }
                let location = format!("{}/other", environ.script_name());
                start_response.start(Status::OK, [TEXT[0], ("Location", &location)])?;
                Ok("asked\n".into())
            }),
            Request::get(""),
            Expected::ok("asked\n").field("Location", "/a_location_without_a_redirection/other"),
        )
        .differs(
            Gateway::is_apache_cgi,
            "Apache answers with the page at that path (RFC 3875 section 6.2.2)",
            |_| Expected::ok("other\n"),
        )
        .is_not_for(
            |gateway| gateway.is_apache() && gateway.is_scgi(),
            "Apache requests that page from the same application until there are too many variables",
        ),
        Case::new(
            "a_refusal_with_a_challenge",
            application(|_environ, start_response| {
                let challenge = [("WWW-Authenticate", "Basic realm=\"tea\"")];
                start_response.start(Status::UNAUTHORIZED, challenge)?;
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::status(401, "Unauthorized").field("WWW-Authenticate", "Basic realm=\"tea\""),
        ),
        Case::new(
            "the_applications_page_for_404",
            answers(Status::NOT_FOUND, "no such tea\n"),
            Request::get(""),
            Expected::status(404, "Not Found").body("no such tea\n"),
        ),
        Case::new(
            "the_applications_page_for_500",
            answers(Status::SERVICE_UNAVAILABLE, "tea at five\n"),
            Request::get(""),
            Expected::status(503, "Service Unavailable").body("tea at five\n"),
        ),
    ]);
    cases
}

/// A case whose reason may differ from that of the registry.
pub(super) fn with_own_reason(case: Case) -> Case {
    case.differs(
        Gateway::is_lighttpd,
        "lighttpd replaces the reason by that of the registry",
        Expected::any_reason,
    )
}

fn answers(status: Status, text: &'static str) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(status.clone(), TEXT)?;
        Ok(text.into())
    })
}
