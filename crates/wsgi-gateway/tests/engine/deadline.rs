//! Deadlines, where no other thread answers.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use wsgi_application::{Body, Chunk, Environ, Error, Result, StartResponse, Status};
use wsgi_environ::{End, Input, InputError};

use crate::memory::Request;

const PAGE: &str = "504 Gateway Timeout +length 20 (20), rest \"504 Gateway Timeout\\n\", complete";

const LOG: &str = "GET \"/\": the deadline of the request has passed\n";

/// Lets the deadline pass.
fn pass(environ: &mut Environ) {
    environ.set_deadline(Instant::now());
}

/// A deadline that does not pass.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

type App = fn(&mut Environ, &mut StartResponse<'_>) -> Result;

#[test]
fn a_late_response_is_replaced_by_504() {
    let rows: [(&str, App); 6] = [
        ("bytes are returned", |environ, start_response| {
            start_response.start(Status::OK, ())?;
            pass(environ);
            Ok("late".into())
        }),
        ("chunks are returned", |environ, start_response| {
            start_response.start(Status::OK, ())?;
            pass(environ);
            Ok(Body::chunks(["late"]))
        }),
        ("it is written", |environ, start_response| {
            pass(environ);
            let mut writer = start_response.start(Status::OK, ())?;
            writer.write_all(&[b'x'; 100_000])?;
            Ok(Body::empty())
        }),
        (
            "it goes on after a failed write",
            |environ, start_response| {
                pass(environ);
                let mut writer = start_response.start(Status::OK, ())?;
                assert!(writer.write_all(&[b'x'; 100_000]).is_err());
                Ok("late".into())
            },
        ),
        ("a read fails", |environ, _| {
            environ.set_input(Input::from_bytes("body"));
            pass(environ);
            environ.input().read_to_end(&mut Vec::new())?;
            Ok(Body::empty())
        }),
        ("a new input fails", |environ, _| {
            pass(environ);
            environ.set_input(Input::from_bytes("body"));
            environ.input().read_to_end(&mut Vec::new())?;
            Ok(Body::empty())
        }),
    ];
    for (name, app) in rows {
        Request::get().run(app).is(name, PAGE).has_log(LOG);
    }
}

#[test]
fn the_application_s_own_error_is_logged_and_answered_504() {
    let app = |environ: &mut Environ, _: &mut StartResponse<'_>| -> Result {
        pass(environ);
        Err("the query was cancelled".into())
    };
    let response = Request::get().run(app).is("an error", PAGE);
    response.has_log("GET \"/\": the query was cancelled\n");
}

#[test]
fn a_response_that_has_begun_is_cut() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let mut writer = start_response.start(Status::OK, ())?;
        writer.write_all(&[b'x'; 70_000])?;
        pass(environ);
        assert!(writer.write_all(&[b'y'; 70_000]).is_err());
        Ok("late".into())
    };
    let response = Request::get().run(app);
    assert_eq!(response.delivery.end(), End::TimedOut);
    response.has_log("");
}

#[test]
fn chunks_after_the_deadline_are_not_sent() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        let at = Instant::now() + Duration::from_millis(20);
        environ.set_deadline(at);
        let chunks = (0..2).map(move |number| {
            if number == 1 {
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
            }
            Ok::<_, Error>(Chunk::from("chunk"))
        });
        Ok(Body::chunks(chunks))
    };
    let response = Request::get().run(app);
    assert_eq!(response.delivery.end(), End::TimedOut);
}

#[test]
fn a_deadline_that_was_put_off_or_removed_does_not_count() {
    let rows: [(&str, App); 2] = [
        ("put off", |environ, start_response| {
            pass(environ);
            environ.set_deadline(far());
            start_response.start(Status::OK, ())?;
            Ok("in time".into())
        }),
        ("removed", |environ, start_response| {
            pass(environ);
            environ.set_deadline(None);
            start_response.start(Status::OK, ())?;
            Ok("in time".into())
        }),
    ];
    for (name, app) in rows {
        let expected = "200 OK +length 7 (7), rest \"in time\", complete";
        Request::get().run(app).is(name, expected).has_log("");
    }
}

#[test]
fn a_read_error_of_the_deadline_is_answered_504() {
    let error = std::io::Error::from(InputError::DeadlinePassed);
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    let app = |_: &mut Environ, _: &mut StartResponse<'_>| -> Result {
        Err(std::io::Error::from(InputError::DeadlinePassed).into())
    };
    Request::get().run(app).is("an error", PAGE);
}
