//! The body of a response, compared with its head.

use std::{fs::File, io::Write, sync::Arc};

use wsgi_application::{Body, FileWrapper, Status, application};
use wsgi_environ::Input;
use wsgi_testing::{Request, Response};
use wsgi_validate::{Reaction, rules::*};

use super::{Row, answer};

/// Answers with a status, fields and a body in each form that a body can have.
macro_rules! bodies {
    ($($code:literal $($name:literal: $value:literal),*; $body:literal)*) => {
        &[$(
            |reaction| answer_with(reaction, $code, &[$(($name, $value)),*], Body::from($body)),
            |reaction| {
                let pieces = $body.split_inclusive(|_| true);
                answer_with(reaction, $code, &[$(($name, $value)),*], Body::chunks(pieces))
            },
            |reaction| {
                let file = FileWrapper::new($body.as_bytes()).with_block_size(2);
                answer_with(reaction, $code, &[$(($name, $value)),*], file.into())
            },
            |reaction| {
                let input = Input::from_bytes($body);
                answer_with(reaction, $code, &[$(($name, $value)),*], input.into())
            },
            |reaction| {
                let input = Input::from_reader($body.as_bytes(), None);
                answer_with(reaction, $code, &[$(($name, $value)),*], input.into())
            },
            |reaction| answer_by_writing(reaction, $code, &[$(($name, $value)),*], $body),
        )*]
    };
}

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: CONTENT_TYPE,
        breaks: bodies! { 200; "text" },
        keeps: bodies! {
            200 "Content-Type": "text/plain"; "text"
            200; ""
        },
    },
    Row {
        rule: NO_CONTENT_TYPE,
        breaks: bodies! {
            204 "Content-Type": "text/plain"; ""
            304 "Content-Type": "text/plain"; ""
        },
        keeps: bodies! {
            204; ""
            205; ""
            205 "Content-Type": "text/plain"; ""
            304 "ETag": "\"1\""; ""
        },
    },
    Row {
        rule: MEDIA_TYPE,
        breaks: bodies! {
            200 "Content-Type": "text"; "text"
            200 "Content-Type": "text/plain; charset=\"utf-8"; "text"
            200 "Content-Type": ""; "text"
        },
        keeps: bodies! { 200 "Content-Type": "text/plain; charset=\"utf-8\""; "text" },
    },
    Row {
        rule: CHARSET,
        breaks: bodies! { 200 "Content-Type": "TEXT/plain"; "café" },
        keeps: bodies! {
            200 "Content-Type": "text/plain; charset=utf-8"; "café"
            200 "Content-Type": "text/html"; "café"
            200 "Content-Type": "text/plain", "Content-Encoding": "gzip"; "café"
        },
    },
    Row {
        rule: NO_CONTENT,
        breaks: bodies! {
            204; "text"
            205; "text"
            304; "text"
        },
        keeps: bodies! { 204; "" },
    },
    Row {
        rule: CONTENT_LENGTH_SYNTAX,
        breaks: bodies! {
            200 "Content-Length": "-1"; ""
            200 "Content-Length": ""; ""
            200 "Content-Length": "0", "Content-Length": "0"; ""
            200 "Content-Length": "18446744073709551616"; ""
        },
        keeps: bodies! { 200 "Content-Length": "00"; "" },
    },
    Row {
        rule: CONTENT_LENGTH,
        breaks: &[
            |reaction| sized(reaction, Request::get("/"), "5", "four".into()),
            |reaction| sized(reaction, Request::get("/"), "3", "four".into()),
            |reaction| sized(reaction, Request::get("/"), "5", Body::empty()),
            |reaction| sized(reaction, Request::get("/"), "5", Body::chunks(["fo", "ur"])),
            |reaction| sized(reaction, Request::get("/"), "3", Body::chunks(["fo", "ur"])),
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "3",
                    Input::from_bytes("four").into(),
                )
            },
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "5",
                    Input::from_bytes("four").into(),
                )
            },
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "5",
                    FileWrapper::new(&b"four"[..]).into(),
                )
            },
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "3",
                    FileWrapper::new(&b"four"[..]).into(),
                )
            },
            |reaction| sized(reaction, Request::get("/"), "5", file(4)),
            |reaction| sized(reaction, Request::get("/"), "3", file(4)),
            |reaction| sized(reaction, Request::head("/"), "5", "four".into()),
        ],
        keeps: &[
            |reaction| sized(reaction, Request::get("/"), "4", "four".into()),
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "4",
                    Body::chunks(["fo", "", "ur"]),
                )
            },
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "4",
                    Input::from_bytes("four").into(),
                )
            },
            |reaction| {
                sized(
                    reaction,
                    Request::get("/"),
                    "4",
                    FileWrapper::new(&b"four"[..]).into(),
                )
            },
            |reaction| sized(reaction, Request::get("/"), "4", file(4)),
            |reaction| sized(reaction, Request::head("/"), "4", Body::empty()),
            |reaction| sized(reaction, Request::head("/"), "4", "four".into()),
            |reaction| {
                sized(
                    reaction,
                    Request::head("/"),
                    "4",
                    Body::chunks(["fo", "ur"]),
                )
            },
            // The length of the 200 response.
            |reaction| answer_with(reaction, 304, &[("Content-Length", "4")], Body::empty()),
            // The body is not read to its end.
            |reaction| {
                let request = Request::get("/").disconnect_after(1);
                sized(reaction, request, "4", Body::chunks(["fo", "ur"]))
            },
        ],
    },
    Row {
        rule: NO_CONTENT_LENGTH,
        breaks: bodies! {
            204 "Content-Length": "0"; ""
            205 "Content-Length": "4"; ""
        },
        keeps: bodies! { 205 "Content-Length": "0"; "" },
    },
];

/// Answers with a body that is made once.
fn answer_with(
    reaction: Reaction,
    code: u16,
    fields: &'static [(&'static str, &'static str)],
    body: Body,
) -> Option<Response> {
    answer_to(reaction, Request::get("/"), code, fields, body)
}

fn answer_to(
    reaction: Reaction,
    request: Request,
    code: u16,
    fields: &'static [(&'static str, &'static str)],
    body: Body,
) -> Option<Response> {
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let app = application(move |_environ, start_response| {
        start_response.start(Status::from_code(code)?, fields)?;
        Ok(body.lock().unwrap().take().unwrap_or_default())
    });
    answer(reaction, request, app)
}

fn answer_by_writing(
    reaction: Reaction,
    code: u16,
    fields: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> Option<Response> {
    let app = application(move |_environ, start_response| {
        let mut writer = start_response.start(Status::from_code(code)?, fields)?;
        for byte in body.as_bytes() {
            let _ = writer.write_all(&[*byte]);
            let _ = writer.flush();
        }
        Ok(Body::empty())
    });
    answer(reaction, Request::get("/"), app)
}

/// Answers with a declared length.
fn sized(
    reaction: Reaction,
    request: Request,
    length: &'static str,
    body: Body,
) -> Option<Response> {
    let fields: &[(&str, &str)] = match length {
        "3" => &[("Content-Type", "text/plain"), ("Content-Length", "3")],
        "4" => &[("Content-Type", "text/plain"), ("Content-Length", "4")],
        _ => &[("Content-Type", "text/plain"), ("Content-Length", "5")],
    };
    answer_to(reaction, request, 200, fields, body)
}

/// The start of a file.
fn file(length: u64) -> Body {
    let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    FileWrapper::from_file(file)
        .with_range(0, length)
        .unwrap()
        .into()
}
