//! The gateway's handling of a body in pieces.

use wsgi_application::{Application, Body, Content, Status, application};
use wsgi_testing::{Request, Response};
use wsgi_validate::{Reaction, rules::*, validator};

use super::Row;

pub(super) const ROWS: &[Row] = &[Row {
    rule: BODY_END,
    breaks: &[
        |reaction| asking(reaction, 2, false),
        |reaction| asking(reaction, 2, true),
    ],
    keeps: &[
        |reaction| asking(reaction, 1, false),
        |reaction| asking(reaction, 1, true),
    ],
}];

/// A gateway that meets the end of a body `ends` times.
fn asking(reaction: Reaction, ends: usize, fails: bool) -> Option<Response> {
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(match fails {
            false => Body::chunks(["a", "b"]),
            true => Body::chunks([Err::<&str, _>("no ink"), Ok("b")]),
        })
    });
    let app = validator(app).reaction(reaction);
    let gateway = application(move |environ, start_response| {
        if let Content::Chunks(mut chunks) = app.call(environ, start_response)?.into_content() {
            for _ in 0..ends {
                while let Some(Ok(_)) = chunks.next() {}
            }
        }
        Ok(Body::empty())
    });
    Request::get("/")
        .variable("SERVER_PORT", "80")
        .call(&gateway);
    None
}
