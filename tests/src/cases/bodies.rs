//! Bodies of responses: returned and written, small and large.

use std::io::Write;

use wsgi::{Application, Body, Filter, Head, Scope, Status, application, filtered};

use super::{LARGE, TEXT, pattern, start};
use crate::{case::Case, expected::Expected, request::Request};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [0, 1, 8191, 8192, 8193, 65_535, 65_536, 65_537, LARGE] {
        cases.push(Case::new(
            format!("a_body_of_{length}_bytes"),
            application(move |_environ, start_response| {
                start(start_response)?;
                Ok(pattern(length).into())
            }),
            Request::get(""),
            Expected::ok(pattern(length)).field("Content-Length", length.to_string()),
        ));
        cases.push(Case::new(
            format!("a_written_body_of_{length}_bytes"),
            application(move |_environ, start_response| {
                let mut writer = start(start_response)?;
                for piece in pattern(length).chunks(1000) {
                    writer.write_all(piece)?;
                }
                Ok(Body::empty())
            }),
            Request::get(""),
            Expected::ok(pattern(length)),
        ));
    }
    cases.extend([
        Case::new(
            "a_body_of_chunks",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(["Hello ", "", "world!\n"]))
            }),
            Request::get(""),
            Expected::ok("Hello world!\n"),
        ),
        Case::new(
            "a_large_body_of_chunks",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(pattern(LARGE).chunks(10_007)))
            }),
            Request::get(""),
            Expected::ok(pattern(LARGE)),
        ),
        Case::new(
            "a_body_of_no_chunks",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(["", ""]))
            }),
            Request::get(""),
            Expected::ok(""),
        ),
        Case::new(
            "a_body_in_part_written_and_in_part_returned",
            application(|_environ, start_response| {
                start(start_response)?.write_all(b"Hello ")?;
                Ok("world!\n".into())
            }),
            Request::get(""),
            Expected::ok("Hello world!\n").field("Content-Length", "13"),
        ),
        Case::new(
            "a_declared_length",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("Content-Length", "13")];
                start_response.start(Status::OK, fields)?;
                Ok(Body::chunks(["Hello ", "world!\n"]))
            }),
            Request::get(""),
            Expected::ok("Hello world!\n").field("Content-Length", "13"),
        ),
        Case::new(
            "chunks_for_a_client_without_them",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(["Hello ", "world!\n"]))
            }),
            Request::get("").old(),
            Expected::ok("Hello world!\n").no_field("Transfer-Encoding"),
        ),
        Case::new(
            "a_filter_sees_what_is_returned",
            louder(application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(["Hello ", "world!\n"]))
            })),
            Request::get(""),
            Expected::ok("HELLO WORLD!\n").field("X-Loud", "1"),
        ),
        Case::new(
            "a_filter_sees_what_is_written",
            louder(application(|_environ, start_response| {
                start_response
                    .start(Status::OK, TEXT)?
                    .write_all(b"Hello world!\n")?;
                Ok(Body::empty())
            })),
            Request::get(""),
            Expected::ok("HELLO WORLD!\n").field("X-Loud", "1"),
        ),
    ]);
    cases
}

/// Middleware that changes a response to capitals, and adds a field that says so.
fn louder(inner: impl Application) -> impl Application {
    application(move |environ, start_response| filtered(&inner, Louder, environ, start_response))
}

struct Louder;

impl Filter for Louder {
    fn head(&mut self, head: &mut Head) -> wsgi::Result<Scope> {
        head.headers.set("X-Loud", "1")?;
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&chunk.to_ascii_uppercase())
    }
}
