//! An environ from a request of the `http` crate.
#![cfg(feature = "http")]

use http::{Method, Request, Version};
use wsgi_environ::Environ;

#[track_caller]
fn environ(request: http::request::Builder) -> Environ {
    Environ::from_parts(&request.body(()).unwrap().into_parts().0)
}

#[test]
fn a_target_in_origin_form_has_its_host_in_a_field() {
    let environ = environ(Request::get("/a%20b?c=d").header("Host", "example.org:8000"));
    assert_eq!(environ.request_method(), "GET");
    assert_eq!(environ.script_name(), "");
    assert_eq!(environ.path_info(), "/a b");
    assert_eq!(environ.query_string(), "c=d");
    assert_eq!(environ.get("REQUEST_URI").unwrap(), "/a%20b?c=d");
    assert_eq!(environ.get("HTTP_HOST").unwrap(), "example.org:8000");
    assert_eq!(environ.server_protocol(), "HTTP/1.1");
    assert_eq!(environ.url_scheme(), "http");
}

#[test]
fn the_host_of_a_target_in_absolute_form_replaces_the_host_field() {
    let environ = environ(Request::get("https://user:pw@example.org/x").header("Host", "other"));
    assert_eq!(environ.get("HTTP_HOST").unwrap(), "example.org");
    assert_eq!(
        environ.get("REQUEST_URI").unwrap(),
        "https://user:pw@example.org/x"
    );
    assert_eq!(environ.path_info(), "/x");
    assert_eq!(environ.url_scheme(), "https");
}

#[test]
fn an_http_2_request_has_the_path_as_its_target() {
    let request = Request::get("https://example.org/x?y").version(Version::HTTP_2);
    let environ = environ(request);
    assert_eq!(environ.get("REQUEST_URI").unwrap(), "/x?y");
    assert_eq!(environ.server_protocol(), "HTTP/2.0");
    assert_eq!(environ.get("HTTP_HOST").unwrap(), "example.org");
}

#[track_caller]
fn check_version(version: Version, target: &str, protocol: &str) {
    let environ = environ(Request::get("http://example.org/x").version(version));
    assert_eq!(environ.get("REQUEST_URI").unwrap(), target);
    assert_eq!(environ.server_protocol(), protocol);
}

#[test]
fn each_version_names_its_protocol() {
    check_version(Version::HTTP_09, "http://example.org/x", "HTTP/0.9");
    check_version(Version::HTTP_10, "http://example.org/x", "HTTP/1.0");
    check_version(Version::HTTP_11, "http://example.org/x", "HTTP/1.1");
    check_version(Version::HTTP_2, "/x", "HTTP/2.0");
    check_version(Version::HTTP_3, "/x", "HTTP/3.0");
}

#[test]
fn an_asterisk_and_an_authority_have_no_path() {
    let options = environ(Request::builder().method(Method::OPTIONS).uri("*"));
    assert_eq!(options.path_info(), "");
    assert_eq!(options.get("REQUEST_URI").unwrap(), "*");
    let connect = environ(
        Request::builder()
            .method(Method::CONNECT)
            .uri("example.org:443"),
    );
    assert_eq!(connect.path_info(), "");
    assert_eq!(connect.get("REQUEST_URI").unwrap(), "example.org:443");
}

#[test]
fn fields_follow_the_rules_of_a_received_head() {
    let environ = environ(
        Request::post("/")
            .header("Content-Type", "text/plain")
            .header("X_Y", "dropped")
            .header("Proxy", "dropped")
            .header("Cookie", "a=1")
            .header("Accept", "x")
            .header("Cookie", "b=2")
            .header("X-Bytes", &b"\xe9"[..]),
    );
    assert_eq!(environ.content_type().unwrap(), "text/plain");
    assert_eq!(environ.get("HTTP_COOKIE").unwrap(), "a=1; b=2");
    assert_eq!(environ.get("HTTP_X_BYTES").unwrap(), b"\xe9");
    assert!(environ.iter().all(|(_, value)| value != "dropped"));
}
