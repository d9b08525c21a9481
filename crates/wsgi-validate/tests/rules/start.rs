//! The start of a response.

use std::io::Write;

use wsgi_application::{Application, Body, Status, application};
use wsgi_testing::Request;
use wsgi_validate::{rules::*, validator};

use super::{Row, answer, hello};

const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: FRESH_RESPONSE,
        breaks: &[|reaction| {
            let app = validator(application(|_environ, start_response| {
                let error = "there was none".into();
                start_response.restart(error, Status::OK, TEXT)?;
                Ok("hello".into())
            }))
            .reaction(reaction);
            let gateway = application(move |environ, start_response| {
                start_response.start(Status::OK, TEXT)?;
                app.call(environ, start_response)
            });
            Some(Request::get("/").call(&gateway))
        }],
        keeps: &[|reaction| answer(reaction, Request::get("/"), hello)],
    },
    Row {
        rule: STARTED,
        breaks: &[|reaction| {
            let app = application(|_environ, _start_response| Ok(Body::empty()));
            answer(reaction, Request::get("/"), app)
        }],
        keeps: &[|reaction| {
            let app = application(|_environ, start_response| {
                start_response.start(Status::OK, ())?;
                Ok(Body::empty())
            });
            answer(reaction, Request::get("/"), app)
        }],
    },
    Row {
        rule: START_ONCE,
        breaks: &[
            |reaction| {
                let app = application(|environ, start_response| {
                    let body = hello(environ, start_response)?;
                    let _ = start_response.start(Status::CREATED, TEXT);
                    Ok(body)
                });
                answer(reaction, Request::get("/"), app)
            },
            |reaction| {
                let app = application(|environ, start_response| {
                    hello(environ, start_response)?;
                    hello(environ, start_response)
                });
                answer(reaction, Request::get("/"), app)
            },
        ],
        keeps: &[|reaction| {
            let app = application(|_environ, start_response| {
                write!(start_response.start(Status::OK, TEXT)?, "half")?;
                let error = "no other half".into();
                start_response.restart(error, Status::SERVICE_UNAVAILABLE, TEXT)?;
                Ok("later".into())
            });
            answer(reaction, Request::get("/"), app)
        }],
    },
];
