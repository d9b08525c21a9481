//! The variables of a request.

use wsgi_testing::Request;
use wsgi_validate::rules::*;

use super::{Row, answer, changed, hello};

pub(super) const ROWS: &[Row] = &[
    Row {
        rule: REQUEST_METHOD,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.remove("REQUEST_METHOD")),
            |reaction| changed(reaction, |environ| environ.set("REQUEST_METHOD", "")),
            |reaction| changed(reaction, |environ| environ.set("REQUEST_METHOD", "GET /")),
        ],
        keeps: &[|reaction| answer(reaction, Request::new("PROPFIND", "/"), hello)],
    },
    Row {
        rule: REGISTERED_METHOD,
        breaks: &[
            |reaction| answer(reaction, Request::new("get", "/"), hello),
            |reaction| answer(reaction, Request::new("BREW", "/"), hello),
        ],
        keeps: &[|reaction| answer(reaction, Request::new("VERSION-CONTROL", "/"), hello)],
    },
    Row {
        rule: SCRIPT_NAME,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.set("SCRIPT_NAME", "app")),
            |reaction| changed(reaction, |environ| environ.set("SCRIPT_NAME", "/")),
        ],
        keeps: &[
            |reaction| changed(reaction, |environ| environ.set("SCRIPT_NAME", "/app")),
            |reaction| changed(reaction, |environ| environ.remove("SCRIPT_NAME")),
        ],
    },
    Row {
        rule: SCRIPT_NAME_END,
        breaks: &[|reaction| changed(reaction, |environ| environ.set("SCRIPT_NAME", "/app/"))],
        keeps: &[|reaction| changed(reaction, |environ| environ.set("SCRIPT_NAME", "/a/b"))],
    },
    Row {
        rule: PATH_INFO,
        breaks: &[|reaction| changed(reaction, |environ| environ.set("PATH_INFO", "x"))],
        keeps: &[
            |reaction| changed(reaction, |environ| environ.set("PATH_INFO", "")),
            |reaction| changed(reaction, |environ| environ.set("PATH_INFO", b"/caf\xe9")),
            |reaction| answer(reaction, Request::new("OPTIONS", "*"), hello),
        ],
    },
    Row {
        rule: PATH,
        breaks: &[
            |reaction| {
                changed(reaction, |environ| {
                    environ.remove("SCRIPT_NAME");
                    environ.remove("PATH_INFO");
                })
            },
            |reaction| {
                changed(reaction, |environ| {
                    environ.set("SCRIPT_NAME", "");
                    environ.remove("PATH_INFO");
                })
            },
        ],
        keeps: &[
            |reaction| {
                changed(reaction, |environ| {
                    environ.set("SCRIPT_NAME", "/app");
                    environ.remove("PATH_INFO");
                })
            },
            |reaction| changed(reaction, |environ| environ.remove("SCRIPT_NAME")),
        ],
    },
    Row {
        rule: QUERY_STRING,
        breaks: &[|reaction| changed(reaction, |environ| environ.remove("QUERY_STRING"))],
        keeps: &[|reaction| answer(reaction, Request::get("/?a=b"), hello)],
    },
    Row {
        rule: SERVER_NAME,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.remove("SERVER_NAME")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_NAME", "")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_NAME", "a host")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_NAME", "a:80")),
        ],
        keeps: &[
            |reaction| changed(reaction, |environ| environ.set("SERVER_NAME", "::1")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_NAME", "[::1]")),
        ],
    },
    Row {
        rule: SERVER_PORT,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.remove("SERVER_PORT")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PORT", "")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PORT", "+80")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PORT", "65536")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PORT", "http")),
        ],
        keeps: &[
            |reaction| changed(reaction, |environ| environ.set("SERVER_PORT", "65535")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PORT", "0")),
        ],
    },
    Row {
        rule: SERVER_PROTOCOL,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.remove("SERVER_PROTOCOL")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PROTOCOL", "HTTP/")),
            |reaction| changed(reaction, |environ| environ.set("SERVER_PROTOCOL", "HTTP/1")),
            |reaction| {
                changed(reaction, |environ| {
                    environ.set("SERVER_PROTOCOL", "HTTP/1.");
                })
            },
            |reaction| changed(reaction, |environ| environ.set("SERVER_PROTOCOL", "/1.1")),
        ],
        keeps: &[
            |reaction| {
                changed(reaction, |environ| {
                    environ.set("SERVER_PROTOCOL", "HTTP/2.0");
                })
            },
            |reaction| {
                changed(reaction, |environ| {
                    environ.set("SERVER_PROTOCOL", "INCLUDED");
                })
            },
        ],
    },
    Row {
        rule: REQUEST_CONTENT_LENGTH,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.set("CONTENT_LENGTH", "-1")),
            |reaction| changed(reaction, |environ| environ.set("CONTENT_LENGTH", "1, 1")),
        ],
        keeps: &[
            |reaction| changed(reaction, |environ| environ.set("CONTENT_LENGTH", "")),
            |reaction| changed(reaction, |environ| environ.set("CONTENT_LENGTH", "0")),
            |reaction| answer(reaction, Request::post("/").body("four"), hello),
        ],
    },
    Row {
        rule: CONTENT_VARIABLES,
        breaks: &[
            |reaction| {
                changed(reaction, |environ| {
                    environ.set("HTTP_CONTENT_TYPE", "text/css");
                })
            },
            |reaction| changed(reaction, |environ| environ.set("HTTP_CONTENT_LENGTH", "4")),
        ],
        keeps: &[|reaction| {
            let request = Request::post("/").header("Content-Type", "text/css");
            answer(reaction, request, hello)
        }],
    },
    Row {
        rule: FIELD_VARIABLES,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.set("HTTP_User_Agent", "x")),
            |reaction| changed(reaction, |environ| environ.set("HTTP_USER-AGENT", "x")),
            |reaction| changed(reaction, |environ| environ.set("HTTP_", "x")),
        ],
        keeps: &[|reaction| {
            let request = Request::get("/").header("x-request.id-2", "x");
            answer(reaction, request, hello)
        }],
    },
    Row {
        rule: HTTP_HOST,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.set("HTTP_HOST", "a host")),
            |reaction| changed(reaction, |environ| environ.set("HTTP_HOST", "a:http")),
        ],
        keeps: &[
            |reaction| changed(reaction, |environ| environ.set("HTTP_HOST", "a:80")),
            |reaction| changed(reaction, |environ| environ.set("HTTP_HOST", "")),
            |reaction| changed(reaction, |environ| environ.remove("HTTP_HOST")),
        ],
    },
    Row {
        rule: HTTP_PROXY,
        breaks: &[|reaction| changed(reaction, |environ| environ.set("HTTP_PROXY", "evil"))],
        keeps: &[|reaction| answer(reaction, Request::get("/").header("Proxy", "evil"), hello)],
    },
    Row {
        rule: URL_SCHEME,
        breaks: &[
            |reaction| changed(reaction, |environ| environ.set_url_scheme("")),
            |reaction| changed(reaction, |environ| environ.set_url_scheme("HTTP/1.1")),
        ],
        keeps: &[|reaction| answer(reaction, Request::get("https://example.org/"), hello)],
    },
];
