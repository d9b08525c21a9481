//! Calls of an application, compared with the flags of the environ.

use std::sync::mpsc;

use wsgi_application::{Application, Environ, Result, StartResponse, Status, application};
use wsgi_testing::Request;
use wsgi_validate::{Reaction, Validator, rules::*, validator};

use super::{Row, answer, hello};

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: MULTITHREAD,
        breaks: &[|reaction| {
            meet(reaction, false);
            None
        }],
        keeps: &[
            |reaction| {
                meet(reaction, true);
                None
            },
            |reaction| answer(reaction, Request::get("/"), Within),
        ],
    },
    Row {
        rule: RUN_ONCE,
        breaks: &[|reaction| {
            let app = validator(hello).reaction(reaction);
            Request::get("/").call(&app);
            Some(
                Request::get("/")
                    .environ(|environ| environ.set_run_once(true))
                    .call(&app),
            )
        }],
        keeps: &[|reaction| {
            let request = Request::get("/").environ(|environ| environ.set_run_once(true));
            answer(reaction, request, hello)
        }],
    },
];

/// Two threads inside an application at the same time.
fn meet(reaction: Reaction, multithread: bool) {
    let (arrive, arrived) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    let app = application(move |environ, start_response| {
        if environ.path_info() == "/first" {
            arrive.send(()).unwrap();
            left.lock().unwrap().recv().unwrap();
        }
        hello(environ, start_response)
    });
    let app = &validator(app).reaction(reaction);
    let call = |path| {
        let request = Request::get(path);
        request
            .environ(|environ| environ.set_multithread(multithread))
            .call(app);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| call("/first"));
        arrived.recv().unwrap();
        call("/second");
        leave.send(()).unwrap();
    });
}

/// An application that calls another within its own call, on the same thread.
struct Within;

impl Application for Within {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let app: Validator<_> = validator(application(|environ, start_response| {
            start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            Ok(environ.path_info().to_string().into())
        }));
        app.call(environ, start_response)
    }
}
