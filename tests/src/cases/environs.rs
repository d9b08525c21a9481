//! Other variables and values that describe the request and the gateway.

use super::{says, shows};
use crate::{
    case::Case,
    expected::Expected,
    gateway::{Gateway, Protocol, Socket},
    request::Request,
};

pub(super) fn cases() -> [Case; 6] {
    [
        Case::new(
            "the_version_of_http",
            shows(&["SERVER_PROTOCOL"]),
            Request::get(""),
            Expected::ok("HTTP/1.1\n"),
        ),
        Case::new(
            "an_older_version_of_http",
            shows(&["SERVER_PROTOCOL"]),
            Request::get("").old(),
            Expected::ok("HTTP/1.0\n"),
        )
        .differs(
            |gateway| gateway.is_proxy() && !gateway.is_haproxy(),
            "the front server's own version is 1.1",
            |expected| expected.body("HTTP/1.1\n"),
        ),
        Case::new(
            "the_host_of_the_request",
            shows(&["HTTP_HOST"]),
            Request::get(""),
            Expected::ok("suite.example\n"),
        ),
        Case::new(
            "the_address_of_the_client",
            shows(&["REMOTE_ADDR"]),
            Request::get(""),
            Expected::ok("127.0.0.1\n"),
        )
        .differs(
            |gateway| gateway.protocol == Protocol::Call,
            "there is no connection",
            |expected| expected.body("-\n"),
        )
        .differs(
            |gateway| {
                let is_direct = gateway.protocol == Protocol::Http && !gateway.is_front();
                is_direct && gateway.socket == Some(Socket::Unix)
            },
            "a client of a Unix socket has no address",
            |expected| expected.body("\n"),
        ),
        Case::new(
            "the_variables_that_pep_3333_requires",
            says(|environ| {
                for name in [
                    "REQUEST_METHOD",
                    "SCRIPT_NAME",
                    "PATH_INFO",
                    "QUERY_STRING",
                    "SERVER_NAME",
                    "SERVER_PORT",
                    "SERVER_PROTOCOL",
                ] {
                    if !environ.contains(name) {
                        return Err(format!("there is no {name}").into());
                    }
                }
                Ok(environ.url_scheme().into())
            }),
            Request::get(""),
            Expected::ok("http"),
        )
        .differs(Gateway::is_https, "the client speaks HTTPS", |expected| {
            expected.body("https")
        }),
        Case::new(
            "the_flags_of_threads_and_processes",
            says(|environ| {
                let flags = [
                    environ.multithread(),
                    environ.multiprocess(),
                    environ.run_once(),
                ];
                Ok(format!("{flags:?}\n").into_bytes())
            }),
            Request::get(""),
            Expected::ok("[true, false, false]\n"),
        )
        .differs(
            |gateway| gateway.protocol == Protocol::Cgi,
            "a CGI program is a process for each request, which then ends",
            |expected| expected.body("[false, true, true]\n"),
        )
        .differs(
            |gateway| gateway.protocol == Protocol::Call,
            "a test calls the application on its own thread",
            |expected| expected.body("[false, false, false]\n"),
        ),
    ]
}
