//! Compressed responses, and requests with a coding.
//!
//! A front server passes the coded bytes and their fields on. The expected bytes are those that the
//! middleware makes in process, where its own tests decode them.

use std::io::{Read, Write};

use wsgi::{
    Application, Body, Environ, StartResponse, Status, application,
    compression::{Compression, Decompression},
    testing,
};

use super::streams::{flushing, generating, live};
use crate::{case::Case, expected::Expected, request::Request};

const FIELDS: [(&str, &str); 2] = [("Content-Type", "text/plain"), ("ETag", "\"v1\"")];

pub(super) fn cases() -> Vec<Case> {
    let whole = || compressed(|| text().into());
    let stream = || compressed(|| Body::chunks((0..30).map(|_| text())));
    let gzip = |request: Request| request.field("Accept-Encoding", "gzip");
    let gzipped = |body: Vec<u8>| {
        Expected::ok(body)
            .field("Content-Encoding", "gzip")
            .field("Vary", "Accept-Encoding")
            .field("ETag", "W/\"v1\"")
    };
    let length = coded(&whole()).len().to_string();
    vec![
        Case::new(
            "a_compressed_body",
            whole(),
            gzip(Request::get("")),
            gzipped(coded(&whole())).field("Content-Length", length),
        ),
        Case::new(
            "a_compressed_stream",
            stream(),
            gzip(Request::get("")),
            gzipped(coded(&stream())),
        ),
        Case::new(
            "the_head_of_a_compressed_body",
            whole(),
            gzip(Request::head("")),
            gzipped(Vec::new()),
        ),
        Case::new(
            "a_body_for_a_client_without_codings",
            whole(),
            Request::get(""),
            Expected::ok(text())
                .no_field("Content-Encoding")
                .field("Vary", "Accept-Encoding")
                .field("ETag", "\"v1\""),
        ),
        Case::new(
            "a_compressed_request",
            Decompression::new(application(
                |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
                    let mut body = Vec::new();
                    environ.input().read_to_end(&mut body)?;
                    start_response.start(Status::OK, FIELDS)?;
                    Ok(body.into())
                },
            )),
            Request::post(coded(&whole())).field("Content-Encoding", "gzip"),
            Expected::ok(text()),
        ),
        Case::new(
            "a_request_with_an_unknown_coding",
            Decompression::new(application(
                |_environ: &mut Environ, start_response: &mut StartResponse<'_>| {
                    start_response.start(Status::OK, FIELDS)?;
                    Ok("read".into())
                },
            )),
            Request::post("...").field("Content-Encoding", "pack200-gzip"),
            Expected::status(415, "Unsupported Media Type")
                .body("415 Unsupported Media Type: the content coding is not known\n")
                .field("Accept-Encoding", accepted()),
        ),
        seen_at_once(
            "a_compressed_chunk_is_seen_before_the_next_is_generated",
            generating,
            chunks,
        ),
        seen_at_once(
            "compressed_bytes_are_seen_when_they_are_flushed",
            flushing,
            flushed,
        ),
        seen_at_once(
            "a_compressed_chunk_of_a_live_page_is_seen_before_the_next_is_sent",
            live,
            chunks,
        ),
    ]
}

type Function = fn(&mut Environ, &mut StartResponse<'_>) -> wsgi::Result;

/// A stream that goes on once the client has seen its beginning, and one with the same bytes that
/// does not wait. A channel may be complete before the gateway sees it, and then has a length.
fn seen_at_once(name: &str, app: Function, same: Function) -> Case {
    let request = Request::get("")
        .field("Accept-Encoding", "gzip")
        .telling("seen");
    let expected = Expected::ok(coded(&Compression::new(same).min_bytes(1)));
    Case::new(
        name,
        Compression::new(app).min_bytes(1),
        request,
        expected.field("Content-Encoding", "gzip"),
    )
}

fn chunks(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, FIELDS)?;
    Ok(Body::chunks(["first\n", "second\n"]))
}

fn flushed(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    let mut writer = start_response.start(Status::OK, FIELDS)?;
    writer.write_all(b"first\n")?;
    writer.flush()?;
    writer.write_all(b"second\n")?;
    Ok(Body::empty())
}

/// The codings that this build knows.
fn accepted() -> Vec<u8> {
    let app = Decompression::new(chunks);
    let request = testing::Request::post("/").header("Content-Encoding", "pack200-gzip");
    let response = request.body("...").call(&app);
    let accepted = response.headers().get("Accept-Encoding");
    accepted.unwrap_or_default().as_bytes().to_vec()
}

/// Some 50 KB of text.
fn text() -> String {
    (0..10_000).map(|n| format!("{n}\n")).collect()
}

/// An application whose responses are compressed.
fn compressed(body: impl Fn() -> Body + Send + Sync + 'static) -> impl Application {
    Compression::new(application(
        move |_environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            start_response.start(Status::OK, FIELDS)?;
            Ok(body())
        },
    ))
}

/// The coded body of a response.
fn coded(app: &impl Application) -> Vec<u8> {
    let request = testing::Request::get("/").header("Accept-Encoding", "gzip");
    request.call(app).body().to_vec()
}
