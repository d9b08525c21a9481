//! The errors stream.

use std::io::{self, Write};

use wsgi_application::application;
use wsgi_environ::Errors;
use wsgi_testing::Request;
use wsgi_validate::rules::*;

use super::{Row, answer, hello};

/// Writes bytes to the errors stream and answers.
macro_rules! written {
    ($bytes:expr) => {
        |reaction| {
            let app = application(|environ, start_response| {
                let _ = environ.errors().write_all($bytes);
                let _ = environ.errors().flush();
                hello(environ, start_response)
            });
            answer(reaction, Request::get("/"), app)
        }
    };
}

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: ERRORS_TEXT,
        breaks: &[written!(b"caf\xe9\n")],
        keeps: &[written!("café\n".as_bytes())],
    },
    Row {
        rule: ERRORS_LINES,
        breaks: &[written!(b"line\r\n")],
        keeps: &[written!(b"line\nline\n")],
    },
    Row {
        rule: ERRORS_STREAM,
        breaks: &[
            |reaction| {
                let request = Request::get("/");
                let request = request.environ(|environ| environ.set_errors(Errors::to(Full)));
                let app = application(|environ, start_response| {
                    environ.errors().print("a line");
                    hello(environ, start_response)
                });
                answer(reaction, request, app).filter(|_| false)
            },
            |reaction| {
                let request = Request::get("/");
                let request = request.environ(|environ| environ.set_errors(Errors::to(Full)));
                let app = application(|environ, start_response| {
                    let _ = environ.errors().flush();
                    hello(environ, start_response)
                });
                answer(reaction, request, app).filter(|_| false)
            },
        ],
        keeps: &[written!(b"a line\n")],
    },
];

/// A stream that accepts no bytes.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}
