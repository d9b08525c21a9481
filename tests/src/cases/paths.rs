//! Paths and queries as variables (PEP 3333, URL Reconstruction).

use super::{says, shows};
use crate::{case::Case, expected::Expected, gateway::Gateway, request::Request};

/// Targets below the mount, and the `PATH_INFO` of each.
const PATHS: &[(&str, &str, &[u8])] = &[
    ("nothing", "", b""),
    ("a_slash", "/", b"/"),
    ("a_segment", "/tea", b"/tea"),
    ("a_slash_at_the_end", "/tea/", b"/tea/"),
    ("a_space", "/green%20tea", b"/green tea"),
    ("a_plus", "/green+tea", b"/green+tea"),
    (
        "reserved_characters",
        "/a;b=c:d@e!$&'()*,f",
        b"/a;b=c:d@e!$&'()*,f",
    ),
    ("an_encoded_slash", "/a%2Fb%2fc", b"/a/b/c"),
    ("an_encoded_percent", "/100%25/a%2541", b"/100%/a%41"),
    ("an_encoded_question_mark", "/why%3F", b"/why?"),
    ("text_beyond_ascii", "/gr%C3%BCn", "/grün".as_bytes()),
    ("bytes_that_are_no_text", "/caf%E9/%ff", b"/caf\xe9/\xff"),
    ("dots_in_names", "/a.b/..c/...", b"/a.b/..c/..."),
];

/// Queries. They stay unchanged.
const QUERIES: &[(&str, &str)] = &[
    ("pairs", "a=1&b=2;c"),
    ("escapes", "a=%20%2F%E9&b=+"),
    ("another_question_mark", "a?b"),
    ("nothing", ""),
];

pub(super) fn cases() -> Vec<Case> {
    let paths = PATHS.iter().map(|&(name, path, path_info)| {
        let case = Case::new(
            format!("a_path_of_{name}"),
            shows(&["PATH_INFO", "QUERY_STRING"]),
            Request::get(path),
            Expected::ok([path_info, b"\n\n"].concat()),
        );
        match str::from_utf8(path_info) {
            Ok(_) => case,
            Err(_) => case.differs(
                Gateway::is_lighttpd,
                "lighttpd refuses the byte 0xff",
                |expected| expected.with_status(400, "Bad Request").any_body(),
            ),
        }
    });
    let queries = QUERIES.iter().map(|&(name, query)| {
        Case::new(
            format!("a_query_of_{name}"),
            shows(&["PATH_INFO", "QUERY_STRING"]),
            Request::get(format!("/tea?{query}")),
            Expected::ok(format!("/tea\n{query}\n")),
        )
    });
    let mut cases: Vec<_> = paths.chain(queries).collect();
    cases.extend([
        Case::new(
            "a_path_of_two_slashes",
            shows(&["PATH_INFO"]),
            Request::get("/a//b"),
            Expected::ok("/a//b\n"),
        )
        .differs(
            Gateway::is_apache_cgi,
            "Apache merges slashes when it looks for the program's file",
            |expected| expected.body("/a/b\n"),
        )
        .differs(
            |gateway| gateway.is_lighttpd() && !gateway.is_proxy(),
            "lighttpd merges slashes in PATH_INFO",
            |expected| expected.body("/a/b\n"),
        ),
        Case::new(
            "the_target_unchanged",
            shows(&["SCRIPT_NAME", "REQUEST_URI"]),
            Request::get("/a%2Fb/%E9?c=%20"),
            Expected::ok("/the_target_unchanged\n/the_target_unchanged/a%2Fb/%E9?c=%20\n"),
        ),
        Case::new(
            "the_address_of_the_request",
            says(|environ| {
                let uri = wsgi::environ::request_uri(environ, true)?;
                Ok(format!("{uri}\n").into_bytes())
            }),
            Request::get("/green%20tea?a=b"),
            Expected::ok("http://suite.example/the_address_of_the_request/green%20tea?a=b\n"),
        )
        .differs(Gateway::is_https, "the client speaks HTTPS", |expected| {
            expected.body("https://suite.example/the_address_of_the_request/green%20tea?a=b\n")
        }),
    ]);
    cases
}
