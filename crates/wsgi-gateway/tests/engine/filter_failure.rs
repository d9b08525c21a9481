//! Filters and failures: of a filter, of the application, of the client.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use wsgi_application::{Body, Filter, Head, Result, Scope, Status, application, filtered};
use wsgi_environ::End;
use wsgi_gateway::Rest;

use crate::{
    filter::{Brackets, Stamp, Through, shapes},
    memory::Request,
};

const PAGE: &str =
    "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete";

/// Fails in one of its methods.
struct Failing(&'static str);

impl Filter for Failing {
    fn head(&mut self, _: &mut Head) -> Result<Scope> {
        match self.0 {
            "head" => Err("head".into()),
            _ => Ok(Scope::Body),
        }
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self.0 {
            "chunk" => Err(io::Error::other("chunk")),
            _ => out.write_all(chunk),
        }
    }

    fn end(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Err(io::Error::other("end"))
    }
}

#[test]
fn a_filter_that_fails_fails_the_response() {
    for (name, application, _) in shapes() {
        for place in ["head", "chunk", "end"] {
            let response = Request::get().run(Through(application.clone(), || Failing(place)));
            let response = response.has_log(&format!("GET \"/\": {place}\n"));
            // No byte of the body is sent before the first chunk went through the filter.
            let sent = response.transcript.starts_with("200");
            assert!(!response.delivery.is_complete() || !sent, "{name}, {place}");
            assert!(!sent || place == "end", "{name}, {place}");
            assert!(sent || response.transcript == PAGE, "{name}, {place}");
        }
    }
}

#[test]
fn a_failed_filter_fails_the_response_even_if_the_application_ignores_it() {
    for place in ["head", "chunk"] {
        let count = Arc::new(AtomicUsize::new(0));
        let stubborn = application(|_, start_response| {
            let mut body = start_response.start(Status::OK, [("X-Secret", "1")])?;
            for _ in 0..2 {
                write!(body, "secret")?;
                let error = body.flush().unwrap_err();
                assert_eq!(error.to_string(), place);
            }
            Ok("secret".into())
        });
        let inner = Through(stubborn, || Failing(place));
        Request::get()
            .run(Through(inner, || Stamp("1", count.clone())))
            .is(place, PAGE)
            .has_fields("Content-Type: text/plain\n")
            .has_log(&format!("GET \"/\": {place}\n"));
    }
}

#[test]
fn a_client_that_left_is_recognised_through_filters() {
    for (name, application, _) in shapes() {
        for calls in 0..2 {
            let response = Request::get()
                .client_leaves_after(calls)
                .run(Through(Through(application.clone(), || Brackets), || {
                    Brackets
                }));
            // The gateway sends the rest and notices by itself.
            let left_out = calls == 1 && matches!(response.delivery.rest, Rest::Bytes(_));
            let is_disconnected = response.delivery.end() == End::Disconnected;
            assert_eq!(is_disconnected, !left_out, "{name}");
            response.has_log("");
        }
    }
}

#[test]
fn a_hop_by_hop_field_of_a_filter_is_refused() {
    struct Upgrading;
    impl Filter for Upgrading {
        fn head(&mut self, head: &mut Head) -> Result<Scope> {
            head.headers.append("Connection", "upgrade")?;
            Ok(Scope::Head)
        }
    }
    for (name, application, _) in shapes() {
        Request::get()
            .run(Through(application.clone(), || Upgrading))
            .is(name, PAGE)
            .has_log(
                "GET \"/\": `Connection` is a hop-by-hop field, which only the server may send\n",
            );
    }
}

#[test]
fn the_error_output_is_not_filtered() {
    let count = Arc::new(AtomicUsize::new(0));
    let failing = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        Err("broken".into())
    });
    Request::get()
        .run(Through(failing, || Stamp("1", count.clone())))
        .is("an error page", PAGE)
        .has_fields("Content-Type: text/plain\n");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[test]
fn a_restart_above_a_filter_is_not_filtered() {
    let count = Arc::new(AtomicUsize::new(0));
    let stamp = count.clone();
    let guarded = application(move |environ, start_response| {
        let inner = application(|_, start_response| {
            write!(
                start_response.start(Status::OK, [("X-Inner", "1")])?,
                "lost"
            )?;
            Ok("lost too".into())
        });
        let body = filtered(&inner, Stamp("1", stamp.clone()), environ, start_response)?;
        drop(body);
        write!(
            start_response.restart("broken".into(), Status::BAD_GATEWAY, ())?,
            "sorry"
        )?;
        Ok(Body::empty())
    });
    Request::get()
        .run(guarded)
        .is(
            "restarted",
            "502 Bad Gateway +length 5 (5), \"sorry\", complete",
        )
        .has_fields("");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_restart_below_a_filter_is_filtered() {
    let restarting = application(|_, start_response| {
        write!(start_response.start(Status::OK, ())?, "lost")?;
        write!(
            start_response.restart("broken".into(), Status::BAD_GATEWAY, ())?,
            "sorry"
        )?;
        Ok(Body::empty())
    });
    Request::get().run(Through(restarting, || Brackets)).is(
        "restarted",
        "502 Bad Gateway +length 8 (8), rest \"[sorry].\", complete",
    );
}

#[test]
fn a_response_that_was_never_started_does_not_reach_a_filter() {
    let count = Arc::new(AtomicUsize::new(0));
    let silent = application(|_, _| Ok("lost".into()));
    Request::get()
        .run(Through(silent, || Stamp("1", count.clone())))
        .is("never started", PAGE)
        .has_log("GET \"/\": the response was never started\n");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}
