//! Responses as a client sees them.

use std::{
    io::{Read, Write},
    time::Instant,
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status, application};
use wsgi_environ::{End, InputError};
use wsgi_gateway::{Engine, Failure, diagnostics};
use wsgi_testing::{Delimiter, Request};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

#[test]
fn a_body_in_memory_has_a_length_also_for_head() {
    let get = Request::get("/").call(&hello);
    assert_eq!(get.headers().get("Content-Length").unwrap(), "13");
    assert_eq!(get.framing().delimiter, Delimiter::Length(13));
    assert_eq!(get.body(), b"Hello world!\n");

    let head = Request::head("/").call(&hello);
    assert_eq!(head.headers(), get.headers());
    assert_eq!(head.body(), b"");
    assert!(head.is_complete());
}

#[test]
fn a_stream_is_chunked_or_ends_with_the_connection() {
    let stream = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks(["a", "b"]))
    });
    let response = Request::get("/").call(&stream);
    assert_eq!(response.framing().delimiter, Delimiter::Chunked);
    assert!(!response.headers().contains("Content-Length"));
    assert_eq!(response.text(), "ab");

    let response = Request::get("/")
        .variable("SERVER_PROTOCOL", "HTTP/1.0")
        .call(&stream);
    assert_eq!(response.framing().delimiter, Delimiter::Close);
    assert_eq!(response.text(), "ab");
}

#[test]
fn no_content_has_no_body() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok("surplus".into())
    });
    let response = Request::get("/").call(&app);
    assert_eq!(response.body(), b"");
    assert!(!response.headers().contains("Content-Length"));
}

#[test]
fn an_error_is_answered_and_logged() {
    let app = application(|_environ, _start_response| Err("no tea".into()));
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    assert!(!response.text().contains("no tea"));
    assert!(
        response.errors().contains("no tea"),
        "{}",
        response.errors()
    );
    assert!(response.environ().extension::<Failure>().is_some());

    let engine = Engine::new().error_output(diagnostics);
    let response = Request::get("/").engine(&engine).call(&app);
    assert!(response.text().contains("no tea"));
}

#[test]
fn an_error_after_the_head_cuts_the_response() {
    let app = application(|_environ, start_response| {
        let mut writer = start_response.start(Status::OK, ())?;
        writer.write_all(b"so far")?;
        writer.flush()?;
        Err("no further".into())
    });
    let response = Request::get("/").call(&app);
    assert_eq!(response.status(), &Status::OK);
    assert_eq!(response.text(), "so far");
    assert!(!response.is_complete());
}

#[test]
fn a_body_shorter_than_declared_is_not_complete() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Length", "14")])?;
        Ok("Hello world!\n".into())
    });
    assert!(!Request::get("/").call(&app).is_complete());
}

#[test]
fn a_client_that_goes_away_has_the_bytes_it_took() {
    let app = application(|environ, start_response| {
        environ.on_finished(|environ, outcome| {
            environ
                .errors()
                .print(format_args!("complete: {}", outcome.is_complete()));
        });
        start_response.start(Status::OK, ())?;
        Ok("Hello world!\n".into())
    });
    let response = Request::get("/").disconnect_after(5).call(&app);
    assert_eq!(response.text(), "Hello");
    assert_eq!(response.errors(), "complete: false\n");
    let outcome = response.outcome();
    assert_eq!(
        (outcome.end(), outcome.body_bytes()),
        (End::Disconnected, 5)
    );
}

#[test]
fn the_outcome_counts_head_and_body() {
    let response = Request::get("/").call(&hello);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n";
    assert_eq!(response.outcome().bytes_sent(), head.len() as u64 + 13);
    assert!(response.outcome().is_complete());
    assert_eq!(response.outcome().status_code(), Some(200));
    assert_eq!(response.outcome().body_bytes(), 13);
}

#[test]
fn each_character_of_a_reason_is_one_byte() {
    let sizes = ["Green", "Gr\u{fc}en"].map(|reason| {
        let app = application(move |_environ, start_response| {
            start_response.start(Status::new(203, reason)?, ())?;
            Ok("Hello world!\n".into())
        });
        let response = Request::get("/").call(&app);
        assert_eq!(response.status().reason(), reason);
        response.outcome().bytes_sent()
    });
    assert_eq!(sizes[0], sizes[1]);
}

#[test]
fn the_environ_can_be_read_after_the_call() {
    let app = application(|environ, start_response| {
        environ.shift_path(2);
        hello(environ, start_response)
    });
    let response = Request::get("/a/b").call(&app);
    assert_eq!(response.environ().script_name(), "/a");
}

#[test]
#[should_panic(expected = "no response was sent")]
fn a_response_that_was_never_sent_has_no_status() {
    let app = application(|_environ, _start_response| Err(wsgi_application::Disconnected.into()));
    let _ = Request::get("/").call(&app).status();
}

#[test]
fn a_passed_deadline_is_obeyed() {
    let late = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        environ.set_deadline(Instant::now());
        Ok("late".into())
    });
    let response = Request::get("/").call(&late);
    assert_eq!(response.status(), &Status::GATEWAY_TIMEOUT);
    let expected = "GET \"/\": the deadline of the request has passed\n";
    assert_eq!(response.errors(), expected);

    let reading = application(|environ, start_response| {
        let error = environ.input().read(&mut [0]).unwrap_err();
        assert_eq!(InputError::of(&error), Some(&InputError::DeadlinePassed));
        start_response.start(Status::OK, ())?;
        Ok("it goes on".into())
    });
    let request = Request::post("/").body("body");
    let request = request.environ(|environ| environ.set_deadline(Instant::now()));
    assert_eq!(request.call(&reading).status(), &Status::GATEWAY_TIMEOUT);
}
