//! Paths derived from `REQUEST_URI`.

use proptest::prelude::*;
use wsgi_environ::{Environ, InvalidVariable, Received};

use super::{receive, with};

#[track_caller]
fn check_path(script_name: &str, uri: &str, expected: Option<(&str, &[u8])>) {
    let mut environ = with("REQUEST_URI", uri);
    environ.set("SCRIPT_NAME", "as");
    environ.set("PATH_INFO", "was");
    assert_eq!(environ.derive_path(script_name), Ok(expected.is_some()));
    let (script_name, path_info) = expected.unwrap_or(("as", b"was"));
    assert_eq!(environ.script_name(), script_name, "{uri}");
    assert_eq!(environ.path_info(), path_info, "{uri}");
}

#[test]
fn the_path_below_a_script_name_is_exact() {
    for script_name in ["/app", "/app/", "/app//"] {
        check_path(script_name, "/app", Some(("/app", b"")));
        check_path(script_name, "/app/", Some(("/app", b"/")));
        check_path(script_name, "/app/x?y=/z", Some(("/app", b"/x")));
        check_path(script_name, "/app//x/../y", Some(("/app", b"//x/../y")));
        check_path(script_name, "http://host/app/x", Some(("/app", b"/x")));
        for other in ["/", "/ap", "/apple", "/x/app", "//app", "*", "host:443", ""] {
            check_path(script_name, other, None);
        }
    }
    for script_name in ["", "/"] {
        check_path(script_name, "/", Some(("", b"/")));
        check_path(script_name, "//x", Some(("", b"//x")));
        check_path(script_name, "http://host", Some(("", b"/")));
        check_path(script_name, "*", Some(("", b"")));
    }
    check_path("/a/b", "/a/b/c", Some(("/a/b", b"/c")));
}

#[test]
fn options_of_a_host_alone_is_about_the_server() {
    for (uri, path_info) in [("http://host", ""), ("http://host/", "/")] {
        let mut environ = with("REQUEST_URI", uri);
        environ.set("REQUEST_METHOD", "OPTIONS");
        assert_eq!(environ.derive_path(""), Ok(true));
        assert_eq!(environ.path_info(), path_info, "{uri}");
    }
}

#[test]
fn a_derived_path_is_decoded_once() {
    check_path("/app", "/app/a%2Fb%20c", Some(("/app", b"/a/b c")));
    check_path("/app", "/app%2Fa", Some(("/app", b"/a")));
    check_path(
        "/caf\u{e9}",
        "/caf%c3%A9/%e9",
        Some(("/caf\u{e9}", b"/\xe9")),
    );
    check_path("/", "/%2500", Some(("", b"/%00")));
    check_path("/", "/?%00", Some(("", b"/")));
}

#[test]
fn a_path_that_cannot_be_decoded_is_refused() {
    for uri in ["/%", "/a%2", "/%zz", "/%0g", "/%00", "/app/%00x", "/%%41"] {
        let mut environ = with("REQUEST_URI", uri);
        assert_eq!(
            environ.derive_path("/app"),
            Err(InvalidVariable::RequestUri),
            "{uri}"
        );
        assert_eq!(environ.path_info(), "", "{uri}");
    }
}

#[test]
fn a_script_name_of_just_a_slash_is_empty() {
    let mut environ = Environ::new();
    for (path_info, expected) in [(Some("/x"), "/x"), (Some(""), "/"), (None, "/")] {
        let mut pairs = vec![("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/")];
        pairs.extend(path_info.map(|path| ("PATH_INFO", path)));
        environ.clear();
        receive(&mut environ, &pairs).unwrap();
        assert_eq!(environ.script_name(), "", "{path_info:?}");
        assert_eq!(environ.path_info(), expected, "{path_info:?}");
        assert_eq!(environ.to_map()["PATH_INFO"], *expected);
    }
    let above = with("SCRIPT_NAME", "/app/");
    assert_eq!(
        (above.script_name(), above.path_info()),
        ("/app/".into(), "".into())
    );
}

#[test]
fn without_a_request_uri_the_path_stays() {
    let mut environ = with("PATH_INFO", "/x");
    assert_eq!(environ.derive_path("/"), Ok(false));
    assert_eq!(environ.path_info(), "/x");
}

proptest! {
    #[test]
    fn a_derived_path_is_that_of_an_http_request(
        path in "/([a-c/.]|%[1-9a-fA-F][0-9a-fA-F]){0,8}",
        query in "(\\?[a-c/%]{0,4})?",
    ) {
        let uri = format!("{path}{query}");
        let end = path.len() as u32;
        let mut http = Environ::new();
        let received = Received {
            head: uri.as_bytes(),
            method: (0, 0),
            target: (0, uri.len() as u32),
            path: (0, end),
            has_escapes: true,
            query: (end, end),
            authority: None,
            protocol: "HTTP/1.1",
        };
        http.receive(&received, []);
        let mut environ = with("REQUEST_URI", &uri);
        prop_assert_eq!(environ.derive_path(""), Ok(true));
        prop_assert_eq!(environ.path_info(), http.path_info());
        prop_assert_eq!(environ.script_name(), http.script_name());
    }
}
