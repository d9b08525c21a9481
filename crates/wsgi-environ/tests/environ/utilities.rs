//! The utilities behave as CPython's `wsgiref.util`, on every kind of environ.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use wsgi_environ::{
    Environ, MissingVariable, Value, Variables, application_uri, guess_scheme, is_hop_by_hop,
    request_uri, setup_testing_defaults, shift_path_info,
};

type Map = BTreeMap<String, String>;

fn map(variables: &[(&str, &str)]) -> Map {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    variables.iter().map(owned).collect()
}

fn environ(variables: &Map) -> Environ {
    let mut environ = Environ::new();
    for (name, value) in variables {
        environ.set_variable(name, Value::from(value));
    }
    environ
}

fn hash_map(variables: &Map) -> HashMap<String, String> {
    variables.clone().into_iter().collect()
}

#[track_caller]
fn check_scheme(https: &str, expected: &str) {
    let variables = map(&[("HTTPS", https)]);
    assert_eq!(guess_scheme(&variables), expected);
    assert_eq!(environ(&variables).url_scheme(), expected);
}

#[test]
fn three_values_of_https_mean_https() {
    for https in ["yes", "on", "1"] {
        check_scheme(https, "https");
    }
    for http in ["", "no", "off", "0", "On", "YES", "true", "11"] {
        check_scheme(http, "http");
    }
    assert_eq!(guess_scheme(&map(&[])), "http");
}

/// Shifts once, and checks the segment and then SCRIPT_NAME and PATH_INFO.
#[track_caller]
fn check_shift(before: (&str, &str), segment: Option<&str>, after: (&str, &str)) {
    let variables = map(&[("SCRIPT_NAME", before.0), ("PATH_INFO", before.1)]);
    check_shift_of(variables.clone(), segment, after);
    check_shift_of(hash_map(&variables), segment, after);
    check_shift_of(environ(&variables), segment, after);
}

#[track_caller]
fn check_shift_of(mut environ: impl Variables, segment: Option<&str>, after: (&str, &str)) {
    let shifted = shift_path_info(&mut environ).map(|segment| segment.to_string());
    assert_eq!(shifted.as_deref(), segment);
    assert_eq!(environ.variable("SCRIPT_NAME").unwrap(), after.0);
    assert_eq!(environ.variable("PATH_INFO").unwrap(), after.1);
}

#[test]
fn a_shift_moves_one_segment() {
    check_shift(("", "/a/b"), Some("a"), ("/a", "/b"));
    check_shift(("/a", "/b"), Some("b"), ("/a/b", ""));
    check_shift(("/a", "/b/"), Some("b"), ("/a/b", "/"));
    check_shift(("/a", "/x y/\u{e9}"), Some("x y"), ("/a/x y", "/\u{e9}"));
}

#[test]
fn a_shift_of_nothing_changes_nothing() {
    check_shift(("/a", ""), None, ("/a", ""));
    check_shift(("/a", "no slash"), None, ("/a", "no slash"));
    assert!(shift_path_info(&mut map(&[])).is_none());
}

#[test]
fn a_lone_slash_is_an_empty_segment_and_adds_a_trailing_slash() {
    check_shift(("", "/"), Some(""), ("/", ""));
    check_shift(("/a", "/"), Some(""), ("/a/", ""));
    check_shift(("/a/", ""), None, ("/a/", ""));
    check_shift(("/a", "//"), Some(""), ("/a/", ""));
}

#[test]
fn empty_segments_and_dots_in_between_are_dropped() {
    check_shift(("/a", "//b//c"), Some("b"), ("/a/b", "/c"));
    check_shift(("/a", "/b//"), Some("b"), ("/a/b", "/"));
    check_shift(("/a", "/./b/./c"), Some("b"), ("/a/b", "/c"));
    check_shift(("/a/b/.", "/c"), Some("c"), ("/a/b/c", ""));
}

#[test]
fn a_lone_dot_becomes_an_empty_path() {
    check_shift(("/a/b", "/."), None, ("/a/b", ""));
    check_shift(("/a/b/", "/."), None, ("/a/b", ""));
    check_shift(("", "/."), None, ("", ""));
}

#[test]
fn two_dots_remove_a_segment_from_the_script_name() {
    check_shift(("/a/b", "/../c"), Some(".."), ("/a", "/c"));
    check_shift(("/a", "/.."), Some(".."), ("", ""));
    check_shift(("", "/.."), Some(".."), ("", ""));
    check_shift(("a", "/.."), Some(".."), (".", ""));
    check_shift(("..", "/.."), Some(".."), ("../..", ""));
}

#[test]
fn leading_slashes_of_the_script_name_are_normalized_as_in_posix() {
    check_shift(("//a", "/b"), Some("b"), ("//a/b", ""));
    check_shift(("///a", "/b"), Some("b"), ("/a/b", ""));
    check_shift(("/", "/b"), Some("b"), ("//b", ""));
}

/// Adds testing defaults to the variables, and compares both URLs, without and with the path.
#[track_caller]
fn check_uris(variables: &[(&str, &str)], application: &str, request: &str) {
    let variables = map(variables);
    check_uris_of(variables.clone(), application, request);
    check_uris_of(hash_map(&variables), application, request);
    check_uris_of(environ(&variables), application, request);
}

#[track_caller]
fn check_uris_of(mut environ: impl Variables, application: &str, request: &str) {
    setup_testing_defaults(&mut environ);
    assert_eq!(application_uri(&environ).unwrap(), application);
    assert_eq!(request_uri(&environ, true).unwrap(), request);
}

#[test]
fn urls_begin_with_the_host_header() {
    check_uris(&[], "http://127.0.0.1/", "http://127.0.0.1/");
    check_uris(
        &[("HTTP_HOST", "x:8080"), ("SERVER_PORT", "80")],
        "http://x:8080/",
        "http://x:8080/",
    );
}

#[test]
fn urls_without_a_host_header_begin_with_name_and_port() {
    let check = |scheme, port, expected| {
        let variables = [
            ("wsgi.url_scheme", scheme),
            ("HTTP_HOST", ""),
            ("SERVER_NAME", "s"),
            ("SERVER_PORT", port),
        ];
        check_uris(&variables, expected, expected);
    };
    check("http", "80", "http://s/");
    check("http", "443", "http://s:443/");
    check("https", "443", "https://s/");
    check("https", "80", "https://s:80/");
    check("http", "", "http://s:/");
}

#[test]
fn an_ipv6_address_in_the_server_name_has_brackets_in_urls() {
    let check = |name, port, expected| {
        let variables = [
            ("HTTP_HOST", ""),
            ("SERVER_NAME", name),
            ("SERVER_PORT", port),
        ];
        check_uris(&variables, expected, expected);
    };
    check("::1", "8000", "http://[::1]:8000/");
    check("2001:db8::7", "80", "http://[2001:db8::7]/");
    check("[::1]", "8000", "http://[::1]:8000/");
    check("192.0.2.7", "8000", "http://192.0.2.7:8000/");
    check("fe80::1%eth0", "8000", "http://[fe80::1]:8000/");
    check("[fe80::1%25eth0]", "80", "http://[fe80::1]/");
}

#[test]
fn paths_are_quoted_and_queries_are_not() {
    let check = |script_name, path_info, query, application, request| {
        let variables = [
            ("SCRIPT_NAME", script_name),
            ("PATH_INFO", path_info),
            ("QUERY_STRING", query),
        ];
        check_uris(&variables, application, request);
    };
    let root = "http://127.0.0.1/";
    check("", "/x y", "", root, "http://127.0.0.1/x%20y");
    check("", "", "", root, root);
    check("", "no slash", "", root, "http://127.0.0.1/o%20slash");
    check("", " x", "", root, "http://127.0.0.1/20x");
    check("/a", "/b", "", "http://127.0.0.1/a", "http://127.0.0.1/a/b");
    check(
        "/a;=,",
        "/b;=,",
        "",
        "http://127.0.0.1/a%3B%3D%2C",
        "http://127.0.0.1/a%3B%3D%2C/b;=,",
    );
    check("", "/~a-b.c_d", "", root, "http://127.0.0.1/~a-b.c_d");
    check("", "/%41", "", root, "http://127.0.0.1/%2541");
    check(
        "/\u{e9}",
        "/",
        "",
        "http://127.0.0.1/%C3%A9",
        "http://127.0.0.1/%C3%A9/",
    );
    check("", "/x", "a=b c&d", root, "http://127.0.0.1/x?a=b c&d");
}

#[test]
fn the_query_can_be_left_out() {
    let mut environ = map(&[("PATH_INFO", "/x"), ("QUERY_STRING", "q")]);
    setup_testing_defaults(&mut environ);
    assert_eq!(request_uri(&environ, true).unwrap(), "http://127.0.0.1/x?q");
    assert_eq!(request_uri(&environ, false).unwrap(), "http://127.0.0.1/x");
}

#[test]
fn a_url_without_its_variables_names_the_first_that_is_missing() {
    let missing = |variables: &[(&str, &str)]| {
        application_uri(&map(variables)).map_err(MissingVariable::name)
    };
    let scheme = ("wsgi.url_scheme", "http");
    assert_eq!(missing(&[]), Err("wsgi.url_scheme"));
    assert_eq!(missing(&[scheme]), Err("SERVER_NAME"));
    assert_eq!(missing(&[scheme, ("SERVER_NAME", "s")]), Err("SERVER_PORT"));
    assert_eq!(
        missing(&[scheme, ("HTTP_HOST", "h")]),
        Ok("http://h/".to_owned())
    );
    let missing = application_uri(&Environ::new()).unwrap_err();
    assert_eq!(missing.name(), "SERVER_NAME");
    assert_eq!(missing.to_string(), "the environ has no SERVER_NAME");
}

#[test]
fn bytes_that_are_not_text_are_quoted() {
    let mut environ = Environ::new();
    environ.set("HTTP_HOST", b"\xe9.example");
    environ.set("SCRIPT_NAME", b"/\xff");
    environ.set("PATH_INFO", b"/\xc3\xa9\xe9");
    environ.set("QUERY_STRING", b"q=\xfe");
    assert_eq!(
        request_uri(&environ, true).unwrap(),
        "http://%E9.example/%FF/%C3%A9%E9?q=%FE"
    );
    assert_eq!(shift_path_info(&mut environ).unwrap(), b"\xc3\xa9\xe9"[..]);
    assert_eq!(environ.script_name(), b"/\xff/\xc3\xa9\xe9");
}

#[test]
fn testing_defaults_never_replace_a_value() {
    let given = map(&[
        ("SERVER_NAME", ""),
        ("SERVER_PORT", "1"),
        ("HTTP_HOST", "h"),
        ("REQUEST_METHOD", "PUT"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SCRIPT_NAME", "/s"),
        ("wsgi.url_scheme", "https"),
    ]);
    let mut environ = given.clone();
    setup_testing_defaults(&mut environ);
    assert_eq!(
        environ, given,
        "and PATH_INFO is left alone where SCRIPT_NAME is set"
    );
}

#[test]
fn testing_defaults_fill_an_empty_environ() {
    let expected = map(&[
        ("HTTP_HOST", "127.0.0.1"),
        ("PATH_INFO", "/"),
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", ""),
        ("SERVER_NAME", "127.0.0.1"),
        ("SERVER_PORT", "80"),
        ("SERVER_PROTOCOL", "HTTP/1.0"),
        ("wsgi.url_scheme", "http"),
    ]);
    let mut environ = map(&[]);
    setup_testing_defaults(&mut environ);
    assert_eq!(environ, expected);
}

#[test]
fn the_default_port_depends_on_the_scheme() {
    let port = |variables| {
        let mut environ = environ(&map(variables));
        setup_testing_defaults(&mut environ);
        environ.get("SERVER_PORT").map(|port| port.to_string())
    };
    assert_eq!(port(&[]).as_deref(), Some("80"));
    assert_eq!(port(&[("HTTPS", "on")]).as_deref(), Some("443"));
    assert_eq!(
        port(&[("wsgi.url_scheme", "https")]).as_deref(),
        Some("443")
    );
    assert_eq!(port(&[("wsgi.url_scheme", "gopher")]), None);
}

#[test]
fn hop_by_hop_fields_are_recognised_in_any_case() {
    for name in [
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailers",
        "Transfer-Encoding",
        "Upgrade",
    ] {
        assert!(is_hop_by_hop(name), "{name}");
        assert!(is_hop_by_hop(name.to_ascii_uppercase()), "{name}");
        assert!(is_hop_by_hop(name.to_ascii_lowercase()), "{name}");
    }
    for name in [
        "",
        "T",
        "Host",
        "Accept",
        "Content-Length",
        "Connections",
        "Transfer-Encodin\u{e9}",
    ] {
        assert!(!is_hop_by_hop(name), "{name}");
    }
}

/// A simple model of `shift_path_info`, on lists of segments.
fn shift_model(script_name: &str, path_info: &str) -> Option<(Option<String>, String, String)> {
    let mut parts: Vec<&str> = path_info.split('/').collect();
    if parts.len() < 2 {
        return None;
    }
    let last = parts.len() - 1;
    let mut index = 0;
    parts.retain(|part| {
        index += 1;
        index == 1 || index == last + 1 || !(part.is_empty() || *part == ".")
    });
    let segment = parts.remove(1);

    let joined = format!("{script_name}/{segment}");
    let slashes = joined.len() - joined.trim_start_matches('/').len();
    let root = ["", "/", "//", "/"][slashes.min(3)];
    let mut kept: Vec<&str> = Vec::new();
    for part in joined
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
    {
        let climbs = part == ".." && !kept.is_empty() && kept[kept.len() - 1] != "..";
        let above_root = part == ".." && kept.is_empty() && !root.is_empty();
        if climbs {
            kept.pop();
        } else if !above_root {
            kept.push(part);
        }
    }
    let normal = root.to_owned() + &kept.join("/");
    let normal = if normal.is_empty() { "." } else { &normal };
    let normal = normal.strip_suffix('/').unwrap_or(normal);
    let slash = if segment.is_empty() && !normal.ends_with('/') {
        "/"
    } else {
        ""
    };
    let segment = (segment != ".").then(|| segment.to_owned());
    Some((segment, format!("{normal}{slash}"), parts.join("/")))
}

proptest! {
    #[test]
    fn shifting_agrees_with_the_model(script_name in "(/|\\.|a|é){0,6}", path_info in "(/|/|\\.|b){0,10}") {
        let mut environ = map(&[("SCRIPT_NAME", &script_name), ("PATH_INFO", &path_info)]);
        let shifted = shift_path_info(&mut environ).map(|segment| segment.to_string());
        let (segment, script_name, path_info) = shift_model(&script_name, &path_info)
            .unwrap_or((None, script_name, path_info));
        prop_assert_eq!(shifted, segment);
        prop_assert_eq!(&environ["SCRIPT_NAME"], &script_name);
        prop_assert_eq!(&environ["PATH_INFO"], &path_info);
    }

    #[test]
    fn a_quoted_path_decodes_to_itself(path in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut environ = Environ::new();
        environ.set("HTTP_HOST", "h");
        environ.set("SCRIPT_NAME", "/s");
        environ.set("PATH_INFO", &path);
        let uri = request_uri(&environ, true).unwrap();
        prop_assert!(uri.is_ascii());
        let quoted = uri.strip_prefix("http://h/s").unwrap();
        prop_assert_eq!(percent_encoding::percent_decode_str(quoted).collect::<Vec<_>>(), path);
    }
}
