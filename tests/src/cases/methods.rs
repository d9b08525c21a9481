//! Methods, above all HEAD.

use std::io::Write;

use wsgi::{Body, Status, application, validate::rules};

use super::{TEXT, shows, start};
use crate::{case::Case, expected::Expected, gateway::Gateway, request::Request};

/// Methods of RFC 9110 section 9 and RFC 5789 that the application answers, one of WebDAV, and one
/// with a hyphen.
const METHODS: &[&str] = &[
    "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "M-SEARCH",
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = METHODS
        .iter()
        .map(|method| {
            let case = Case::new(
                format!("the_method_{method}"),
                shows(&["REQUEST_METHOD"]),
                Request::new(*method, ""),
                Expected::ok(format!("{method}\n")),
            )
            .allow(rules::REGISTERED_METHOD);
            match *method {
                "POST" => case.differs(
                    Gateway::is_lighttpd,
                    "lighttpd demands a length",
                    |expected| expected.with_status(411, "Length Required").any_body(),
                ),
                "M-SEARCH" => case.differs(
                    Gateway::is_lighttpd,
                    "lighttpd knows only methods of HTTP and WebDAV",
                    |expected| expected.with_status(501, "Not Implemented").any_body(),
                ),
                _ => case,
            }
        })
        .collect();
    cases.extend([
        Case::new(
            "head_has_the_length_of_bytes",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok("Hello world!\n".into())
            }),
            Request::head(""),
            Expected::ok("").field("Content-Length", "13"),
        ),
        Case::new(
            "head_has_the_length_of_written_bytes",
            application(|_environ, start_response| {
                start(start_response)?.write_all(b"Hello world!\n")?;
                Ok(Body::empty())
            }),
            Request::head(""),
            Expected::ok("").field("Content-Length", "13"),
        ),
        Case::new(
            "head_has_a_declared_length",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("Content-Length", "1000")];
                start_response.start(Status::OK, fields)?;
                Ok(Body::empty())
            }),
            Request::head(""),
            Expected::ok("").field("Content-Length", "1000"),
        ),
        Case::new(
            "head_of_chunks_has_no_length",
            application(|_environ, start_response| {
                start_response.start(Status::OK, TEXT)?;
                Ok(Body::chunks(["Hello ", "world!\n"]))
            }),
            Request::head(""),
            Expected::ok("").no_field("Content-Length"),
        ),
        Case::new(
            "head_of_a_failure",
            application(|_environ, _start_response| Err("out of tea".into())),
            Request::head(""),
            Expected::status(500, "Internal Server Error").logged("out of tea"),
        ),
    ]);
    cases
}
