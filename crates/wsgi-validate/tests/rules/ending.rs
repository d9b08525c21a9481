//! The end of a request.

use std::time::{Duration, SystemTime};

use wsgi_application::{
    Application, Body, Content, Environ, Exchange, StartResponse, Status, application,
};
use wsgi_environ::{End, Errors, Outcome, setup_testing_defaults};
use wsgi_testing::Request;
use wsgi_validate::{Reaction, rules::*, validator};

use super::{Row, answer, hello};

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: HOOKS_RUN,
        breaks: &[
            |reaction| {
                by_hand(reaction, "whole", |environ, body| {
                    drop(body);
                    environ.clear();
                });
                None
            },
            |reaction| {
                by_hand(reaction, "whole", |_, body| drop(body));
                None
            },
        ],
        keeps: &[|reaction| answer(reaction, Request::get("/"), hello)],
    },
    Row {
        rule: BODY_CLOSED,
        breaks: &[|reaction| {
            by_hand(reaction, "whole", |environ, body| {
                wsgi_gateway::run_hooks(environ, &outcome(End::Complete));
                drop(body);
            });
            None
        }],
        keeps: &[|reaction| {
            by_hand(reaction, "whole", |environ, body| {
                drop(body);
                wsgi_gateway::run_hooks(environ, &outcome(End::Failed));
            });
            None
        }],
    },
    Row {
        rule: BODY_FAILED,
        breaks: &[|reaction| {
            by_hand(reaction, "broken", |environ, body| {
                read(body);
                wsgi_gateway::run_hooks(environ, &outcome(End::Complete));
            });
            None
        }],
        keeps: &[
            |reaction| {
                by_hand(reaction, "broken", |environ, body| {
                    read(body);
                    wsgi_gateway::run_hooks(environ, &outcome(End::Failed));
                });
                None
            },
            |reaction| {
                by_hand(reaction, "whole", |environ, body| {
                    read(body);
                    wsgi_gateway::run_hooks(environ, &outcome(End::Complete));
                });
                None
            },
        ],
    },
];

fn outcome(end: End) -> Outcome {
    Outcome::new(end, SystemTime::now(), Duration::ZERO)
}

/// A gateway by hand: calls an application, and passes its body to `then`.
fn by_hand(reaction: Reaction, rest: &'static str, then: fn(&mut Environ, Body)) {
    let app = validator(application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        let rest = match rest {
            "broken" => Err("no ink"),
            rest => Ok(rest),
        };
        Ok(Body::chunks([Ok("first"), rest]))
    }))
    .reaction(reaction);
    let mut environ = Environ::new();
    environ.set("QUERY_STRING", "");
    environ.set_errors(Errors::discard());
    setup_testing_defaults(&mut environ);
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let body = app.call(&mut environ, &mut start_response).unwrap();
    then(&mut environ, body);
}

/// Reads a body to its end.
fn read(body: Body) {
    if let Content::Chunks(mut chunks) = body.into_content() {
        while let Some(Ok(_)) = chunks.next() {}
    }
}
