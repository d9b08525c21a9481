//! Hooks that run at the end of a request.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use wsgi::{Application, Body, Environ, application};

use super::{failures::cut_by_nothing, start};
use crate::{case::Case, expected::Expected, notes::Notes, request::Request};

pub(super) fn cases() -> [Case; 6] {
    [
        Case::new(
            "a_hook_runs_after_a_whole_response",
            hooked(|_environ, start_response| {
                start(start_response)?;
                Ok("Hello world!\n".into())
            }),
            Request::get(""),
            Expected::ok("Hello world!\n").noted("finished", "first second complete"),
        ),
        Case::new(
            "a_hook_runs_after_head",
            hooked(|_environ, start_response| {
                start(start_response)?;
                Ok("Hello world!\n".into())
            }),
            Request::head(""),
            Expected::ok("").noted("finished", "first second complete"),
        ),
        Case::new(
            "a_hook_runs_after_a_stream",
            hooked(|_environ, start_response| {
                start(start_response)?;
                Ok(Body::chunks(["Hello ", "world!\n"]))
            }),
            Request::get(""),
            Expected::ok("Hello world!\n").noted("finished", "first second complete"),
        ),
        Case::new(
            "a_hook_runs_after_an_error",
            hooked(|_environ, _start_response| Err("out of tea".into())),
            Request::get(""),
            Expected::failure("out of tea").noted("finished", "first second complete"),
        ),
        cut_by_nothing(Case::new(
            "a_hook_runs_after_a_cut_response",
            hooked(|_environ, start_response| {
                let mut writer = start(start_response)?;
                writer.write_all(b"Hello ")?;
                writer.flush()?;
                Err("out of tea".into())
            }),
            Request::get(""),
            Expected::ok("Hello ")
                .cut()
                .logged("out of tea")
                .noted("finished", "first second not complete"),
        )),
        Case::new(
            "a_hook_that_panics_harms_nobody",
            application(|environ, start_response| {
                environ.on_finished(|_environ, _outcome| panic!("no tea for hooks"));
                environ.on_finished(|environ, _outcome| {
                    Notes::of(environ).write("finished", "all the same");
                });
                start(start_response)?;
                Ok("Hello world!\n".into())
            }),
            Request::get(""),
            Expected::ok("Hello world!\n")
                .logged("no tea for hooks")
                .noted("finished", "all the same"),
        ),
    ]
}

/// Adds two hooks to an application. The second writes a note about both, and about the end.
fn hooked(
    inner: impl Fn(&mut Environ, &mut wsgi::StartResponse<'_>) -> wsgi::Result + Send + Sync + 'static,
) -> impl Application {
    application(move |environ, start_response| {
        let ran = Arc::new(Mutex::new(Vec::new()));
        let first = Arc::clone(&ran);
        environ.on_finished(move |_environ, _outcome| first.lock().unwrap().push("first"));
        environ.on_finished(move |environ, outcome| {
            let mut ran = ran.lock().unwrap();
            ran.push("second");
            ran.push(if outcome.is_complete() {
                "complete"
            } else {
                "not complete"
            });
            Notes::of(environ).write("finished", &ran.join(" "));
        });
        inner(environ, start_response)
    })
}
