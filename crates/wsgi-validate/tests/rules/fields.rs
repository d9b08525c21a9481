//! The header fields of a response.

use wsgi_application::{Body, Status, application};
use wsgi_testing::Request;
use wsgi_validate::rules::*;

use super::{Row, answer, hello};

/// Answers with these fields, and without a body.
macro_rules! fields {
    ($($name:literal: $value:expr),*) => {
        |reaction| {
            let app = application(|_environ, start_response| {
                start_response.start(Status::OK, [$(($name, $value)),*])?;
                Ok(Body::empty())
            });
            answer(reaction, Request::get("/"), app)
        }
    };
}

/// Answers after a field was refused.
macro_rules! refused {
    ($name:literal: $value:literal) => {
        |reaction| {
            let app = application(|environ, start_response| {
                let _ = start_response.start(Status::OK, [($name, $value)]);
                hello(environ, start_response)
            });
            answer(reaction, Request::get("/"), app)
        }
    };
}

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: HOP_BY_HOP,
        breaks: &[
            fields!("Connection": "close"),
            refused!("transfer-encoding": "chunked"),
            // `start` does not check this field, and the gateway refuses it later.
            |reaction| {
                let app = application(|_environ, start_response| {
                    start_response.start(Status::OK, ())?;
                    if let Some(head) = start_response.head() {
                        head.headers.append("Upgrade", "h2c")?;
                    }
                    Ok(Body::empty())
                });
                answer(reaction, Request::get("/"), app)
            },
        ],
        keeps: &[fields!("Trailer": "Digest"), fields!("Via": "1.1 vegur")],
    },
    Row {
        rule: FIELD_SYNTAX,
        breaks: &[
            fields!("Set-Cookie": "a\r\nLocation: /"),
            refused!("Not a name": "x"),
        ],
        keeps: &[fields!("X-Tab": "a\tb")],
    },
    Row {
        rule: STATUS_FIELD,
        breaks: &[fields!("Status": "200 OK"), fields!("status": "404")],
        keeps: &[fields!("X-Status": "200 OK")],
    },
    Row {
        rule: FIELD_NAME,
        breaks: &[
            fields!("X_Y": "1"),
            fields!("X-": "1"),
            fields!("2nd": "1"),
            fields!("-X": "1"),
        ],
        keeps: &[fields!("X-2nd-Y": "1"), fields!("x": "1")],
    },
    Row {
        rule: FIELD_VALUE,
        breaks: &[fields!("X-City": "Köln")],
        keeps: &[fields!("X-City": "K%C3%B6ln"), fields!("X-Nothing": "")],
    },
    Row {
        rule: REPEATED_FIELD,
        breaks: &[
            fields!("Location": "/a", "location": "/b"),
            fields!("ETag": "\"1\"", "ETag": "\"1\""),
            fields!("Content-Type": "text/plain", "Content-Type": "text/html"),
        ],
        keeps: &[
            fields!("Set-Cookie": "a=1", "Set-Cookie": "b=2"),
            fields!("Vary": "Cookie", "Vary": "Accept"),
        ],
    },
    Row {
        rule: LOCATION,
        breaks: &[
            fields!("Location": "/a b"),
            fields!("Location": "/a%2"),
            fields!("Location": "/a%zz"),
            fields!("Location": "/<a>"),
        ],
        keeps: &[
            fields!("Location": "http://user@[::1]:8000/a%20b;c?d=e&f#g"),
            fields!("Location": "../a"),
            fields!("Location": "/a%2F"),
        ],
    },
    Row {
        rule: ETAG,
        breaks: &[
            fields!("ETag": "1"),
            fields!("ETag": "\"1"),
            fields!("ETag": "\""),
            fields!("ETag": "w/\"1\""),
            fields!("ETag": "\"a b\""),
        ],
        keeps: &[
            fields!("ETag": "\"1\""),
            fields!("ETag": "W/\"1\""),
            fields!("ETag": "\"\""),
        ],
    },
    Row {
        rule: SHARED_COOKIE,
        breaks: &[
            fields!("Set-Cookie": "a=1", "Cache-Control": "max-age=60, Public"),
            fields!("Set-Cookie": "a=1", "Cache-Control": "s-maxage = 60"),
        ],
        keeps: &[
            fields!("Set-Cookie": "a=1", "Cache-Control": "private"),
            fields!("Set-Cookie": "a=1", "Cache-Control": "private=\"X-Tea, public\""),
            fields!("Set-Cookie": "a=1"),
            fields!("Cache-Control": "public"),
        ],
    },
];
