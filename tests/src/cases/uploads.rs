//! Bodies of requests.

use std::io::{BufRead, Read, Write};

use wsgi::{Body, application};

use super::{LARGE, pattern, says, start};
use crate::{case::Case, expected::Expected, gateway::Gateway, request::Request};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [0, 1, 65_536, 65_537, LARGE] {
        cases.push(Case::new(
            format!("an_upload_of_{length}_bytes"),
            says(echo),
            Request::post(pattern(length)),
            Expected::ok(answer(&length.to_string(), pattern(length))),
        ));
    }
    cases.extend([
        in_chunks("an_upload_in_chunks", b"Hello world!\n", 6),
        in_chunks("an_upload_in_no_chunks", b"", 1),
        in_chunks("a_large_upload_in_chunks", pattern(LARGE), 10_007),
        sent_back("an_upload_is_sent_back_as_it_arrives", 50_000),
        sent_back("a_large_upload_is_sent_back_as_it_arrives", LARGE).is_not_for(
            Gateway::is_apache_cgi,
            "Apache sends a program the whole upload before it reads the response, so that a large \
             upload and a large response wait for each other",
        ),
        answered_early("an_upload_that_is_answered_before_it_is_read", |request| {
            request
        }),
        answered_early(
            "an_upload_with_expect_is_answered_before_it_is_read",
            Request::expecting,
        )
        .is_not_for(
            Gateway::is_hyper,
            "hyper asks for a body only before the head of the response",
        ),
        Case::new(
            "an_upload_is_read_by_a_body_after_the_call",
            application(|environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(environ.take_input().split(b'\n')))
            }),
            Request::post("Hello \nworld!"),
            Expected::ok("Hello world!"),
        ),
        Case::new(
            "an_upload_that_nobody_reads",
            says(|_environ| Ok(b"thanks\n".to_vec())),
            Request::post(pattern(10_000)),
            Expected::ok("thanks\n"),
        ),
        Case::new(
            "a_large_upload_that_nobody_reads",
            says(|_environ| Ok(b"thanks\n".to_vec())),
            Request::post(pattern(LARGE)),
            Expected::ok("thanks\n"),
        ),
        Case::new(
            "an_upload_with_expect",
            says(echo),
            Request::post("Hello world!\n").expecting(),
            Expected::ok(answer("13", b"Hello world!\n")),
        ),
        Case::new(
            "a_get_request_has_no_body",
            says(|environ| {
                let length = environ.content_length().unwrap_or(0);
                Ok(format!("{length} {}", read(environ)?.len()).into())
            }),
            Request::get(""),
            Expected::ok("0 0"),
        ),
        Case::new(
            "the_type_of_an_upload",
            says(|environ| {
                let kind = environ.content_type().unwrap_or_default();
                Ok(kind.as_bytes().to_vec())
            }),
            Request::post("a"),
            Expected::ok("text/plain"),
        ),
    ]);
    cases
}

fn in_chunks(name: &str, body: &'static [u8], size: usize) -> Case {
    Case::new(
        name,
        says(read),
        Request::post_chunks(body.chunks(size)),
        Expected::ok(body),
    )
    .differs(
        |gateway| {
            gateway.is_apache() && gateway.ends_with_connection()
                || gateway.is_haproxy() && gateway.is_fastcgi()
        },
        "the front server sends uploads only if it knows their length, and refuses chunks",
        |expected| expected.with_status(411, "Length Required").any_body(),
    )
}

fn sent_back(name: &str, length: usize) -> Case {
    Case::new(
        name,
        application(|environ, start_response| {
            start(start_response)?;
            Ok(environ.take_input().into())
        }),
        Request::post(pattern(length)),
        Expected::ok(pattern(length)),
    )
}

/// An application that begins its response before it reads.
fn answered_early(name: &str, ask: fn(Request) -> Request) -> Case {
    let begun = b"begun\n";
    Case::new(
        name,
        application(|environ, start_response| {
            let mut writer = start(start_response)?;
            writer.write_all(b"begun\n")?;
            writer.flush()?;
            Ok(read(environ)?.into())
        }),
        ask(Request::post(pattern(LARGE))),
        Expected::ok([begun, pattern(LARGE)].concat()),
    )
}

fn answer(length: &str, body: &[u8]) -> Vec<u8> {
    [length.as_bytes(), b" bytes: ", body].concat()
}

/// The declared length and the body.
fn echo(environ: &mut wsgi::Environ) -> wsgi::Result<Vec<u8>> {
    let length = environ.get("CONTENT_LENGTH").unwrap_or_default();
    let length = length.to_string_lossy().into_owned();
    Ok(answer(&length, &read(environ)?))
}

fn read(environ: &mut wsgi::Environ) -> wsgi::Result<Vec<u8>> {
    let mut body = Vec::new();
    environ.input().read_to_end(&mut body)?;
    Ok(body)
}
