//! Clients that go away: the engine notices, logs nothing but the application's own errors, and
//! the response is not complete.

use std::{fmt, io, io::Write};

use wsgi_application::{
    Body, Disconnected, Error, MAX_GATHERED_BYTES, Result, Status, application,
};
use wsgi_environ::{End, InputError};

use crate::memory::Request;

const MUCH: &[u8] = &[b'x'; MAX_GATHERED_BYTES + 1];

#[test]
fn a_client_that_left_is_recognised_and_not_logged() {
    type Row = (&'static str, fn() -> Error);
    let rows: [Row; 4] = [
        ("while writing", || Disconnected.into()),
        ("while writing, as an I/O error", || {
            io::Error::from(Disconnected).into()
        }),
        ("while reading", || InputError::Disconnected.into()),
        ("while reading, inside I/O errors", || {
            io::Error::other(io::Error::from(InputError::Disconnected)).into()
        }),
    ];
    for (name, error) in rows {
        Request::get()
            .run(application(move |_, _| Err(error())))
            .is(name, "disconnected")
            .has_log("");
    }
}

#[test]
fn a_deadline_is_told_from_a_client_that_left() {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, TimedOut, WouldBlock};
    for (kind, end) in [
        (TimedOut, End::TimedOut),
        (WouldBlock, End::TimedOut),
        (BrokenPipe, End::Disconnected),
        (ConnectionReset, End::Disconnected),
    ] {
        let chunks = application(|_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(["a", "b", "c"]))
        });
        for calls in 0..3 {
            let request = Request::get().client_leaves_after(calls);
            let response = request.transport_fails_with(kind).run(chunks);
            assert_eq!(response.delivery.end(), end, "{kind} after {calls} calls");
            response.has_log("");
        }
    }
}

#[test]
fn a_body_that_comes_too_late_breaks_a_begun_response_off() {
    let late = || -> Error { InputError::TimedOut.into() };
    let response = Request::get().run(application(move |_, start_response| {
        start_response.start(Status::OK, ())?;
        let chunks: [Result<&str>; 2] = [Ok("half"), Err(late())];
        Ok(Body::chunks(chunks))
    }));
    assert_eq!(response.delivery.end(), End::TimedOut);
    // An error page is a complete response.
    let response = Request::get().run(application(move |_, _| Err(late())));
    assert_eq!(response.status_code, Some(408));
    assert_eq!(response.delivery.end(), End::Complete);
}

/// An error that hides its cause.
#[derive(Debug)]
struct Opaque(#[allow(dead_code)] io::Error);

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the report could not be written")
    }
}

impl std::error::Error for Opaque {}

#[test]
fn a_failed_transport_ends_the_response_even_if_the_application_ignores_it() {
    type Deal = fn(io::Error) -> Result;
    let rows: [(&str, Deal, &str); 6] = [
        ("passed on", |error| Err(error.into()), ""),
        ("wrapped", |error| Err(io::Error::other(error).into()), ""),
        ("ignored", |_| Ok("the rest".into()), ""),
        (
            "wrapped and hidden",
            |error| Err(Opaque(error).into()),
            "GET \"/\": the report could not be written\n",
        ),
        (
            "ignored, with a bug after it",
            |_| Err("no such order".into()),
            "GET \"/\": no such order\n",
        ),
        (
            "ignored, with a panic after it",
            |_| panic!("no such order"),
            "GET \"/\": panicked: no such order\n",
        ),
    ];
    for (name, deal, log) in rows {
        let writing = application(move |_, start_response| {
            let error = start_response
                .start(Status::OK, ())?
                .write_all(MUCH)
                .unwrap_err();
            assert_eq!(
                error.kind(),
                io::ErrorKind::BrokenPipe,
                "the transport's kind"
            );
            deal(error)
        });
        let response = Request::get().client_leaves_after(1).run(writing);
        let response = response
            .is(name, "200 OK (chunked), disconnected")
            .has_log(log);
        assert_eq!(
            response.calls, 2,
            "{name}: a failed transport is not called again"
        );
    }
}

#[test]
fn every_write_fails_after_the_client_left() {
    let stubborn = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        for _ in 0..3 {
            let error = Error::from(body.write_all(MUCH).unwrap_err());
            assert!(error.is_disconnected());
            let error = Error::from(body.flush().unwrap_err());
            assert!(error.is_disconnected());
        }
        Ok(Body::chunks(std::iter::repeat("on and on")))
    });
    Request::get()
        .client_leaves_after(0)
        .run(stubborn)
        .is("gone at the head", "disconnected")
        .has_log("");
}

#[test]
fn the_client_may_leave_at_any_call() {
    let expected = ["200 OK (chunked)", "\"a\"", "flush", "\"b\"", "flush"];
    for calls in 0..expected.len() {
        let mut events = expected[..calls].to_vec();
        events.push("disconnected");
        Request::get()
            .client_leaves_after(calls)
            .run(application(|_, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(["a", "b"]))
            }))
            .is(&format!("after {calls} calls"), &events.join(", "))
            .has_log("");
    }
}

#[test]
fn a_client_that_leaves_during_the_error_output_is_not_logged() {
    Request::get()
        .client_leaves_after(0)
        .run(application(|_, _| Err("broken".into())))
        .is("gone at the head", "disconnected")
        .has_log("GET \"/\": broken\n");
}
