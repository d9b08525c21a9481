//! Deliveries: the status and the length of the body, as far as they were sent.

use std::io::Write;

use wsgi_application::{Body, FileWrapper, Result, StartResponse, Status, application};
use wsgi_gateway::Engine;

use crate::memory::Request;

#[track_caller]
fn check(
    name: &str,
    request: Request,
    answer: fn(&mut StartResponse<'_>) -> Result,
    status_code: Option<u16>,
    body_bytes: u64,
) {
    let response = request.run(application(move |_, start_response| answer(start_response)));
    assert_eq!(response.status_code, status_code, "{name}");
    assert_eq!(response.delivery.body_bytes(), body_bytes, "{name}");
}

fn returned(start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::CREATED, ())?;
    Ok("ab".into())
}

fn flushed_and_returned(start_response: &mut StartResponse<'_>) -> Result {
    let mut body = start_response.start(Status::OK, [("Content-Length", "5")])?;
    write!(body, "abc")?;
    body.flush()?;
    Ok("de".into())
}

fn chunks(start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok(Body::chunks(["a", "bc"]))
}

fn file(start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    let manifest = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))?;
    Ok(FileWrapper::from_file(manifest).with_range(1, 7)?.into())
}

#[test]
fn a_delivery_has_the_status_and_the_length_of_the_body_with_its_rest() {
    check("a rest", Request::get(), returned, Some(201), 2);
    let both = flushed_and_returned;
    check("bytes and a rest", Request::get(), both, Some(200), 5);
    check("a file", Request::get(), file, Some(200), 7);
    check("chunks", Request::get(), chunks, Some(200), 3);
    check("HEAD", Request::head(), returned, Some(201), 0);
    check(
        "an error page",
        Request::get(),
        |_| Err("x".into()),
        Some(500),
        26,
    );
}

#[test]
fn a_delivery_to_a_client_that_left_counts_the_bytes_given_to_the_transport() {
    let leaves_after = |calls| Request::get().client_leaves_after(calls);
    check("after a chunk", leaves_after(3), chunks, Some(200), 3);
    let gone = |_: &mut StartResponse<'_>| Err(wsgi_application::Disconnected.into());
    check("before the head", Request::get(), gone, None, 0);
}

#[test]
fn the_debug_form_of_an_engine_shows_its_limit() {
    let engine = Engine::new().max_backtrace_lines(Some(7));
    assert_eq!(
        format!("{engine:?}"),
        "Engine { max_backtrace_lines: Some(7), .. }"
    );
}
