//! The status of a response, and the fields that it requires.

use wsgi_application::{Body, Status, application};
use wsgi_testing::Request;
use wsgi_validate::rules::*;

use super::{Row, answer};

/// Answers with a status and fields, and without a body.
macro_rules! head {
    ($code:literal $reason:literal $(, $name:literal: $value:literal)*) => {
        |reaction| {
            let app = application(|_environ, start_response| {
                let fields: &[(&str, &str)] = &[$(($name, $value)),*];
                start_response.start(Status::new($code, $reason)?, fields)?;
                Ok(Body::empty())
            });
            answer(reaction, Request::get("/"), app)
        }
    };
}

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: STATUS_CODE,
        breaks: &[head!(600 "Beyond"), head!(999 "Far Beyond")],
        keeps: &[head!(299 "Fine"), head!(599 "Last")],
    },
    Row {
        rule: STATUS_REASON,
        breaks: &[
            head!(200 ""),
            head!(200 " OK"),
            head!(200 "OK "),
            head!(200 "grün"),
        ],
        keeps: &[head!(204 "Deleted"), head!(418 "I'm a teapot")],
    },
    Row {
        rule: CONTENT_RANGE,
        breaks: &[head!(206 "Partial Content")],
        keeps: &[
            head!(206 "Partial Content", "Content-Range": "bytes 0-3/9"),
            head!(206 "Partial Content", "Content-Type": "multipart/byteranges; boundary=x"),
        ],
    },
    Row {
        rule: REDIRECTION,
        breaks: &[
            head!(301 "Moved Permanently"),
            head!(302 "Found"),
            head!(303 "See Other"),
            head!(307 "Temporary Redirect"),
            head!(308 "Permanent Redirect"),
        ],
        keeps: &[
            head!(302 "Found", "Location": "/there"),
            head!(304 "Not Modified"),
        ],
    },
    Row {
        rule: NOT_MODIFIED,
        breaks: &[
            head!(304 "Not Modified", "Content-Encoding": "gzip"),
            head!(304 "Not Modified", "ETag": "\"1\"", "Content-Language": "en"),
            head!(304 "Not Modified", "Content-Range": "bytes */9"),
        ],
        keeps: &[
            head!(304 "Not Modified", "ETag": "\"1\"", "Content-Location": "/tea.txt"),
            head!(204 "No Content", "Content-Language": "en"),
        ],
    },
    Row {
        rule: CHALLENGE,
        breaks: &[head!(401 "Unauthorized")],
        keeps: &[
            head!(401 "Unauthorized", "WWW-Authenticate": "Basic realm=\"tea\""),
            head!(403 "Forbidden"),
        ],
    },
    Row {
        rule: ALLOW,
        breaks: &[head!(405 "Method Not Allowed")],
        keeps: &[head!(405 "Method Not Allowed", "Allow": "GET, HEAD")],
    },
];
