//! The body of a request.

use std::{
    io::{self, BufRead, Read},
    sync::{Arc, Mutex},
};

use wsgi_application::{Application, Environ, Status, application};
use wsgi_environ::Input;
use wsgi_testing::Request;
use wsgi_validate::{Reaction, rules::*};

use super::{Row, answer, hello};

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: INPUT_LENGTH,
        breaks: &[
            // Known before anything is read.
            |reaction| {
                let request = Request::post("/")
                    .body("four")
                    .variable("CONTENT_LENGTH", "5");
                answer(reaction, request, hello)
            },
            |reaction| answer(reaction, post(&["four"], "5"), reading()),
            |reaction| answer(reaction, post(&["four"], "3"), reading()),
            |reaction| answer(reaction, post(&["four"], "5"), lines()),
            |reaction| answer(reaction, post(&["four"], "3"), lines()),
        ],
        keeps: &[
            |reaction| answer(reaction, post(&["fo", "ur"], "4"), reading()),
            |reaction| answer(reaction, post(&["fo", "ur"], "4"), lines()),
            |reaction| answer(reaction, post(&["four"], ""), reading()),
            |reaction| answer(reaction, post(&["four"], "4"), hello),
        ],
    },
    Row {
        rule: INPUT_END,
        breaks: &[|reaction| {
            let app = application(|environ, start_response| {
                let mut byte = [0];
                while environ.input().read(&mut byte)? > 0 {}
                let _ = environ.input().read(&mut byte);
                hello(environ, start_response)
            });
            answer(reaction, post(&["a", "", "b"], ""), app)
        }],
        keeps: &[|reaction| answer(reaction, post(&["a", "b"], ""), reading())],
    },
    Row {
        rule: INPUT_PAST_END,
        breaks: &[|reaction| {
            let app = application(|environ, start_response| {
                let length = environ.input().fill_buf()?.len();
                environ.input().consume(length + 1);
                hello(environ, start_response)
            });
            answer(reaction, post(&["four"], "4"), app)
        }],
        keeps: &[|reaction| {
            let app = application(|environ, start_response| {
                let length = environ.input().fill_buf()?.len();
                environ.input().read_exact(&mut [0])?;
                environ.input().consume(length - 1);
                hello(environ, start_response)
            });
            answer(reaction, post(&["four"], "4"), app)
        }],
    },
    Row {
        rule: INPUT_READ_ON,
        breaks: &[|reaction| {
            let app = application(|environ, start_response| {
                while environ.input().read(&mut [0])? > 0 {}
                for _ in 0..2 {
                    let _ = environ.input().read(&mut [0])?;
                }
                hello(environ, start_response)
            });
            answer(reaction, post(&["four"], "4"), app)
        }],
        keeps: &[
            |reaction| answer(reaction, post(&["a\nb"], "3"), lines()),
            |reaction| {
                let app = application(|environ, start_response| {
                    environ.input().read_exact(&mut [0; 4])?;
                    let length = environ.input().read(&mut [])?;
                    assert_eq!(length, 0, "nothing was asked for");
                    environ.input().read_to_end(&mut Vec::new())?;
                    hello(environ, start_response)
                });
                answer(reaction, post(&["four"], "4"), app)
            },
        ],
    },
    Row {
        rule: INPUT_TOO_LATE,
        breaks: &[|reaction| {
            let read = |input: &mut Input| drop(input.read(&mut [0]));
            keep_input(reaction, read);
            None
        }],
        keeps: &[|reaction| {
            keep_input(reaction, |_| {});
            None
        }],
    },
];

/// A request whose body comes in these pieces. An empty piece is an end.
fn post(pieces: &'static [&'static str], content_length: &str) -> Request {
    let source = Pieces(pieces.iter(), b"");
    let input = Input::from_source(source);
    Request::post("/")
        .input(input)
        .variable("CONTENT_LENGTH", content_length)
}

struct Pieces(std::slice::Iter<'static, &'static str>, &'static [u8]);

impl Read for Pieces {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buf)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.1.is_empty() {
            self.1 = self.0.next().copied().unwrap_or_default().as_bytes();
        }
        Ok(self.1)
    }

    fn consume(&mut self, amount: usize) {
        self.1 = &self.1[amount..];
    }
}

/// Reads the body to its end.
fn reading() -> impl Application {
    application(|environ, start_response| {
        environ.input().read_to_end(&mut Vec::new())?;
        hello(environ, start_response)
    })
}

/// Reads the body line by line.
fn lines() -> impl Application {
    application(|environ, start_response| {
        for line in environ.input().lines() {
            line?;
        }
        hello(environ, start_response)
    })
}

/// Keeps the input after the end of its request, and passes it to `then`.
fn keep_input(reaction: Reaction, then: fn(&mut Input)) {
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let app = application(move |environ: &mut Environ, start_response| {
        *keep.lock().unwrap() = Some(environ.take_input());
        hello(environ, start_response)
    });
    let response = answer(reaction, post(&["four"], "4"), app);
    assert_eq!(
        response.map(|response| response.status().clone()),
        Some(Status::OK)
    );
    then(kept.lock().unwrap().as_mut().unwrap());
}
