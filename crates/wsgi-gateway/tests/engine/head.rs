//! The head: when it is sent, and changes before that.

use std::io::Write;

use wsgi_application::{
    Application, Body, Environ, Error, MAX_GATHERED_BYTES, Result, StartError, StartResponse,
    Status, application,
};

use crate::memory::Request;

const LIMIT: &[u8] = &[b'x'; MAX_GATHERED_BYTES];

#[track_caller]
fn check(
    name: &str,
    application: impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
    transcript: &str,
) {
    Request::get()
        .run(application)
        .is(name, transcript)
        .has_log("");
}

/// An application that starts a response and then calls `f`.
fn started<F>(f: F) -> impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync
where
    F: Fn(&mut dyn Write) -> Result + Send + Sync,
{
    move |_, start_response| f(&mut start_response.start(Status::OK, ())?)
}

#[test]
fn the_head_waits_for_the_end_or_for_bytes_that_cannot_wait() {
    check(
        "nothing but a head",
        started(|_| Ok(Body::empty())),
        "200 OK +length 0 (0), complete",
    );
    check(
        "returned",
        started(|_| Ok("ab".into())),
        "200 OK +length 2 (2), rest \"ab\", complete",
    );
    check(
        "written",
        started(|body| {
            write!(body, "a")?;
            write!(body, "b")?;
            Ok(Body::empty())
        }),
        "200 OK +length 2 (2), \"ab\", complete",
    );
    check(
        "written, then returned",
        started(|body| {
            write!(body, "ab")?;
            Ok("cd".into())
        }),
        "200 OK +length 4 (4), \"ab\", rest \"cd\", complete",
    );
    check(
        "written up to the limit",
        started(|body| {
            body.write_all(LIMIT)?;
            Ok(Body::empty())
        }),
        "200 OK +length 65536 (65536), 65536 bytes, complete",
    );
    check(
        "written past the limit",
        started(|body| {
            body.write_all(LIMIT)?;
            body.write_all(b"y")?;
            body.write_all(b"z")?;
            Ok(Body::empty())
        }),
        "200 OK (chunked), 65536 bytes, \"y\", \"z\", complete",
    );
    check(
        "written past the limit at once",
        started(|body| {
            body.write_all(&[b'x'; MAX_GATHERED_BYTES + 1])?;
            Ok(Body::empty())
        }),
        "200 OK (chunked), 65537 bytes, complete",
    );
    check(
        "written past the limit, then returned",
        started(|body| {
            body.write_all(LIMIT)?;
            body.write_all(b"y")?;
            Ok("z".into())
        }),
        "200 OK (chunked), 65536 bytes, \"y\", \"z\", flush, complete",
    );
    check(
        "flushed",
        started(|body| {
            write!(body, "a")?;
            body.flush()?;
            write!(body, "b")?;
            body.flush()?;
            Ok(Body::empty())
        }),
        "200 OK (chunked), \"a\", flush, \"b\", flush, complete",
    );
    check(
        "flushed with nothing written",
        started(|body| {
            body.flush()?;
            body.write_all(b"")?;
            body.flush()?;
            Ok("ab".into())
        }),
        "200 OK +length 2 (2), rest \"ab\", complete",
    );
}

#[test]
fn chunks_are_sent_as_they_come_and_the_head_with_the_first_that_is_not_empty() {
    check(
        "chunks",
        started(|_| Ok(Body::chunks(["", "a", "", "b"]))),
        "200 OK (chunked), \"a\", flush, \"b\", flush, complete",
    );
    check(
        "no chunks",
        started(|_| Ok(Body::chunks(["", ""]))),
        "200 OK +length 0 (0), complete",
    );
    check(
        "written, then chunks",
        started(|body| {
            write!(body, "a")?;
            Ok(Body::chunks(["b"]))
        }),
        "200 OK (chunked), \"a\", flush, \"b\", flush, complete",
    );
}

#[test]
fn the_writer_is_available_again() {
    check(
        "before the start",
        |_, start_response| {
            assert!(start_response.writer().is_none());
            start_response.start(Status::OK, ())?;
            let mut body = start_response.writer().ok_or("no writer")?;
            write!(body, "a")?;
            Ok(Body::empty())
        },
        "200 OK +length 1 (1), \"a\", complete",
    );
    check(
        "after the commit",
        |_, start_response| {
            start_response.start(Status::OK, ())?.write_all(LIMIT)?;
            start_response.writer().ok_or("no writer")?.flush()?;
            assert!(start_response.head().is_none());
            write!(start_response.writer().ok_or("no writer")?, "a")?;
            Ok(Body::empty())
        },
        "200 OK (chunked), 65536 bytes, flush, \"a\", complete",
    );
}

#[test]
fn a_second_start_response_is_refused() {
    check(
        "refused, and the first one stands",
        |_, start_response| {
            start_response.start(Status::OK, [("X-First", "1")])?;
            let error = start_response.start(Status::NOT_FOUND, ()).err().unwrap();
            assert_eq!(
                error.downcast_ref(),
                Some(&StartError::AlreadyStarted),
                "{error}"
            );
            Ok("first".into())
        },
        "200 OK +length 5 (5), rest \"first\", complete",
    );
    let twice = application(|_, start_response| {
        start_response.start(Status::OK, ())?;
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    });
    Request::get()
        .run(twice)
        .is(
            "an error as any other",
            "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete",
        )
        .has_log("GET \"/\": the response was started before\n");
}

#[test]
fn a_response_is_restarted_until_it_is_sent() {
    check(
        "before anything was said",
        |_, start_response| {
            start_response.restart("broken".into(), Status::BAD_GATEWAY, ())?;
            Ok("sorry".into())
        },
        "502 Bad Gateway +length 5 (5), rest \"sorry\", complete",
    );
    let replaced = application(|_, start_response| {
        write!(
            start_response.start(Status::OK, [("X-First", "1")])?,
            "lost"
        )?;
        let fields = [("X-Second", "2")];
        let mut body = start_response.restart("broken".into(), Status::BAD_GATEWAY, fields)?;
        write!(body, "sorry")?;
        Ok(Body::empty())
    });
    Request::get()
        .run(replaced)
        .is(
            "written bytes are dropped",
            "502 Bad Gateway +length 5 (5), \"sorry\", complete",
        )
        .has_fields("X-Second: 2\n");
    let late = application(|_, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        write!(body, "out")?;
        body.flush()?;
        start_response.restart("broken".into(), Status::BAD_GATEWAY, ())?;
        unreachable!("the head is sent")
    });
    Request::get()
        .run(late)
        .is(
            "the error comes back",
            "200 OK (chunked), \"out\", flush, failed",
        )
        .has_log("GET \"/\": broken\n");
}

#[test]
fn a_refused_head_starts_nothing() {
    check(
        "a bad field, then a good one",
        |_, start_response| {
            for bad in [
                ("X", "a\r\nY: b"),
                ("not a name", "a"),
                ("Connection", "close"),
            ] {
                assert!(start_response.start(Status::OK, [bad]).is_err(), "{bad:?}");
                assert!(start_response.head().is_none());
            }
            start_response.start(Status::OK, [("X", "a")])?;
            Ok(Body::empty())
        },
        "200 OK +length 0 (0), complete",
    );
}

#[test]
fn a_response_that_was_never_started_is_an_error() {
    Request::get()
        .run(application(|_, _| Ok("lost".into())))
        .is(
            "never started",
            "500 Internal Server Error +length 26 (26), rest \"500 Internal Server Error\\n\", complete",
        )
        .has_log("GET \"/\": the response was never started\n");
}

#[test]
fn the_head_can_be_read_and_changed_until_it_is_settled() {
    fn outer(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        assert!(start_response.head().is_none());
        let inner = application(|_, start_response| {
            start_response.start(Status::OK, ())?;
            Ok("ab".into())
        });
        let body = Application::call(&inner, environ, start_response)?;
        let head = start_response.head().ok_or("no head")?;
        head.headers.append("X-Outer", "1")?;
        Ok::<_, Error>(body)
    }
    Request::get()
        .run(outer)
        .is("changed", "200 OK +length 2 (2), rest \"ab\", complete")
        .has_fields("X-Outer: 1\n");
}
