//! Applications that fail, before and after the head is sent.

use std::io::{Read, Write};

use wsgi::{Body, Error, Status, application};

use super::{TEXT, start, statuses::with_own_reason};
use crate::{
    case::Case,
    expected::Expected,
    gateway::{Gateway, Socket},
    request::Request,
};

pub(super) fn cases() -> Vec<Case> {
    before().into_iter().chain(after()).collect()
}

/// Failures before the head is sent. An error page replaces the response.
fn before() -> [Case; 12] {
    [
        Case::new(
            "a_body_beyond_its_declared_length",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("Content-Length", "5")];
                start_response.start(Status::OK, fields)?;
                Ok("Hello world!\n".into())
            }),
            Request::get(""),
            Expected::ok("Hello").logged("beyond the Content-Length"),
        )
        .breaks_the_contract(),
        Case::new(
            "an_error_before_the_head",
            application(|_environ, _start_response| Err("out of tea".into())),
            Request::get(""),
            Expected::failure("out of tea"),
        ),
        Case::new(
            "an_error_after_the_start",
            application(|_environ, start_response| {
                start(start_response)?;
                Err("out of green tea".into())
            }),
            Request::get(""),
            Expected::failure("out of green tea"),
        ),
        Case::new(
            "an_error_after_written_bytes",
            application(|_environ, start_response| {
                start(start_response)?.write_all(b"Hello")?;
                Err("out of black tea".into())
            }),
            Request::get(""),
            Expected::failure("out of black tea"),
        ),
        Case::new(
            "an_error_for_the_first_chunk",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks([Err::<&str, _>("out of white tea")]))
            }),
            Request::get(""),
            Expected::failure("out of white tea"),
        ),
        Case::new(
            "a_panic_before_the_head",
            application(|_environ, _start_response| panic!("no tea at all")),
            Request::get(""),
            Expected::failure("no tea at all"),
        ),
        Case::new(
            "a_panic_for_the_first_chunk",
            application(|_environ, start_response| {
                start(start_response)?;
                let chunk = || -> &str { panic!("no tea in chunks") };
                Ok(Body::chunks(std::iter::once_with(chunk)))
            }),
            Request::get(""),
            Expected::failure("no tea in chunks"),
        ),
        Case::new(
            "a_response_that_is_never_started",
            application(|_environ, _start_response| Ok("Hello".into())),
            Request::get(""),
            Expected::failure("never started"),
        )
        .breaks_the_contract(),
        Case::new(
            "a_response_that_is_started_twice",
            application(|_environ, start_response| {
                start(start_response)?;
                start(start_response)?;
                Ok("Hello".into())
            }),
            Request::get(""),
            Expected::failure("was started before"),
        )
        .breaks_the_contract(),
        with_own_reason(Case::new(
            "a_response_that_is_started_again_with_an_error",
            application(|_environ, start_response| {
                start(start_response)?.write_all(b"never seen")?;
                let error = Error::from("the first did not work");
                start_response.restart(error, Status::new(503, "Later")?, TEXT)?;
                Ok("Later.\n".into())
            }),
            Request::get(""),
            Expected::status(503, "Later").body("Later.\n"),
        )),
        Case::new(
            "an_error_before_the_upload_is_read",
            application(|_environ, _start_response| Err("no room for tea".into())),
            Request::post("Hello"),
            Expected::failure("no room for tea"),
        ),
        Case::new(
            "an_error_while_the_upload_is_read",
            application(|environ, _start_response| {
                environ.input().read_exact(&mut [0; 2])?;
                Err("no room for more tea".into())
            }),
            Request::post("Hello"),
            Expected::failure("no room for more tea"),
        ),
    ]
}

/// Failures after the head is sent. The response is cut so that the client can tell.
fn after() -> Vec<Case> {
    let measured = measured().map(|case| {
        case.differs(
            |gateway| gateway.is_apache_cgi() || gateway.is_apache() && gateway.is_scgi(),
            "Apache declares the length of the received part if that ends before anything was sent",
            Expected::cut_or_whole,
        )
        .differs(
            |gateway| gateway.ends_with_connection() && gateway.socket == Some(Socket::Tcp),
            "SCGI and uwsgi end with a reset, which also drops what the front server has not read yet",
            Expected::broken,
        )
    });
    let unmeasured = unmeasured().map(cut_by_nothing);
    measured.into_iter().chain(unmeasured).collect()
}

/// A case whose response is cut, without a declared length.
pub(super) fn cut_by_nothing(case: Case) -> Case {
    case.differs(
        Gateway::is_apache_cgi,
        "CGI has no way to say that a response is broken",
        Expected::looking_whole,
    )
    .differs(
        |gateway| gateway.ends_with_connection() && gateway.socket == Some(Socket::Unix),
        "SCGI and uwsgi have no way to say that a response is broken",
        Expected::looking_whole,
    )
    .differs(
        |gateway| gateway.ends_with_connection() && gateway.socket == Some(Socket::Tcp),
        "SCGI and uwsgi can say that a response is broken only by a reset, which also drops what \
         the front server has not read yet, such as the head",
        Expected::broken,
    )
    .differs(
        Gateway::is_h2o,
        "H2O ends the response as if it were whole",
        Expected::looking_whole,
    )
    .differs(
        Gateway::is_lighttpd,
        "lighttpd declares the length of the received part if it has not sent the head yet",
        Expected::cut_or_whole,
    )
}

/// Responses without a declared length.
fn unmeasured() -> [Case; 3] {
    [
        Case::new(
            "an_error_after_the_first_chunk",
            application(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks([Ok("Hello "), Err("no more tea")]))
            }),
            Request::get(""),
            Expected::ok("Hello ").cut().logged("no more tea"),
        ),
        Case::new(
            "a_panic_after_the_first_chunk",
            application(|_environ, start_response| {
                start(start_response)?;
                let chunks = (0..2).map(|at| match at {
                    0 => "Hello ",
                    _ => panic!("no tea left"),
                });
                Ok(Body::chunks(chunks))
            }),
            Request::get(""),
            Expected::ok("Hello ").cut().logged("no tea left"),
        ),
        Case::new(
            "an_error_after_flushed_bytes",
            application(|_environ, start_response| {
                let mut writer = start(start_response)?;
                writer.write_all(b"Hello ")?;
                writer.flush()?;
                Err("no tea after all".into())
            }),
            Request::get(""),
            Expected::ok("Hello ").cut().logged("no tea after all"),
        ),
    ]
}

/// Responses of declared length.
fn measured() -> [Case; 2] {
    [
        Case::new(
            "an_error_within_a_declared_length",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("Content-Length", "13")];
                start_response.start(Status::OK, fields)?;
                Ok(Body::chunks([Ok("Hello "), Err("no tea to the end")]))
            }),
            Request::get(""),
            Expected::ok("Hello ").cut().logged("no tea to the end"),
        ),
        Case::new(
            "a_body_short_of_its_declared_length",
            application(|_environ, start_response| {
                let fields = [("Content-Type", "text/plain"), ("Content-Length", "13")];
                start_response.start(Status::OK, fields)?;
                Ok("Hello ".into())
            }),
            Request::get(""),
            Expected::ok("Hello ").cut().logged("7 bytes short"),
        )
        .breaks_the_contract(),
    ]
}
