//! The environ that an application receives.

use std::{io::Read, mem, sync::Mutex};

use wsgi_application::{Body, Environ, Status, application};
use wsgi_environ::{Input, ValueBuf};
use wsgi_testing::{Client, Request};

/// The environ of a request, as an application receives it.
fn environ(request: Request) -> Environ {
    let found = Mutex::new(Environ::new());
    let app = application(|environ, start_response| {
        mem::swap(&mut *found.lock().unwrap(), environ);
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let _ = request.call(&app);
    found.into_inner().unwrap()
}

#[track_caller]
fn check(request: Request, name: &str, expected: Option<&str>) {
    let environ = environ(request);
    assert_eq!(
        environ.get(name).map(ValueBuf::from),
        expected.map(ValueBuf::from),
        "{name}"
    );
}

#[test]
fn a_bare_request_has_the_testing_defaults() {
    let get = || Request::get("/");
    check(get(), "REQUEST_METHOD", Some("GET"));
    check(get(), "SCRIPT_NAME", Some(""));
    check(get(), "PATH_INFO", Some("/"));
    check(get(), "QUERY_STRING", Some(""));
    check(get(), "REQUEST_URI", Some("/"));
    check(get(), "SERVER_NAME", Some("127.0.0.1"));
    check(get(), "SERVER_PORT", Some("80"));
    check(get(), "SERVER_PROTOCOL", Some("HTTP/1.1"));
    check(get(), "HTTP_HOST", Some("127.0.0.1"));
    check(get(), "CONTENT_LENGTH", None);
    check(get(), "CONTENT_TYPE", None);
    assert_eq!(environ(get()).url_scheme(), "http");
}

#[test]
fn only_the_path_of_a_target_is_decoded() {
    let get = || Request::get("/caf%C3%A9%2Fmenu/%?d=%20");
    check(get(), "PATH_INFO", Some("/café/menu/%"));
    check(get(), "QUERY_STRING", Some("d=%20"));
    check(get(), "REQUEST_URI", Some("/caf%C3%A9%2Fmenu/%?d=%20"));
    assert_eq!(environ(Request::get("/%FF")).path_info(), b"/\xff");
}

#[test]
fn a_url_has_its_scheme_host_and_port() {
    let get = || Request::get("https://example.org").header("Host", "other.example");
    check(get(), "HTTP_HOST", Some("example.org"));
    check(get(), "SERVER_PORT", Some("443"));
    check(get(), "PATH_INFO", Some("/"));
    assert_eq!(environ(get()).url_scheme(), "https");
    for (url, port) in [
        ("http://example.org:8080/", "8080"),
        ("https://example.org:8443?a:1", "8443"),
        ("https://[::1]:8443/", "8443"),
        ("https://[::1]/:1", "443"),
        ("http://example.org:/", "80"),
    ] {
        check(Request::get(url), "SERVER_PORT", Some(port));
    }
}

#[test]
fn a_request_by_https_has_the_variable_of_a_server_with_tls() {
    check(Request::get("https://example.org/"), "HTTPS", Some("on"));
    check(Request::get("http://example.org/"), "HTTPS", None);
    check(Request::get("/"), "HTTPS", None);
    let off = Request::get("https://example.org/").variable("HTTPS", "1");
    check(off, "HTTPS", Some("1"));
}

#[test]
fn options_of_the_whole_server_has_no_path() {
    check(Request::new("OPTIONS", "*"), "PATH_INFO", Some(""));
}

#[test]
fn header_fields_become_variables_as_in_a_server() {
    let request = || {
        Request::post("/")
            .header("Content-Type", "text/plain")
            .header("X-Forwarded-For", "192.0.2.1")
            .header("X_Forwarded_For", "192.0.2.2")
            .header("Cookie", "a=1")
            .header("cookie", "b=2")
            .header("Proxy", "http://evil.example")
            .header("X-Name", b"J\xf6rg")
    };
    check(request(), "CONTENT_TYPE", Some("text/plain"));
    check(request(), "HTTP_CONTENT_TYPE", None);
    check(request(), "HTTP_X_FORWARDED_FOR", Some("192.0.2.1"));
    check(request(), "HTTP_COOKIE", Some("a=1; b=2"));
    check(request(), "HTTP_PROXY", None);
    assert_eq!(environ(request()).get("HTTP_X_NAME").unwrap(), b"J\xf6rg");
}

#[test]
fn a_body_has_its_length_unless_a_field_sets_another() {
    check(Request::post("/").body("four"), "CONTENT_LENGTH", Some("4"));
    let unknown = Input::from_reader(&b"four"[..], None);
    check(Request::post("/").input(unknown), "CONTENT_LENGTH", None);
    let before = Request::post("/")
        .header("Content-Length", "5")
        .body("four");
    check(before, "CONTENT_LENGTH", Some("5"));
    let after = Request::post("/")
        .body("four")
        .header("Content-Length", "5");
    check(after, "CONTENT_LENGTH", Some("5"));

    let mut body = String::new();
    let mut environ = environ(Request::post("/").body("four"));
    environ.input().read_to_string(&mut body).expect("text");
    assert_eq!(body, "four");
}

#[test]
fn values_that_a_test_sets_take_precedence() {
    let request = Request::get("/x")
        .header("Accept", "a")
        .variable("HTTP_ACCEPT", "b")
        .variable("SCRIPT_NAME", "/mounted")
        .variable("HTTPS", "on")
        .extension(42_u8)
        .environ(|environ| environ.remove("QUERY_STRING"));
    let environ = environ(request);
    assert_eq!(environ.get("HTTP_ACCEPT").unwrap(), "b");
    assert_eq!(environ.script_name(), "/mounted");
    assert_eq!(environ.get("SERVER_PORT").unwrap(), "443");
    assert!(!environ.contains("QUERY_STRING"));
    assert_eq!(environ.extension::<u8>(), Some(&42));
}

#[test]
#[should_panic(expected = "\"menu\"")]
fn a_target_without_a_slash_is_a_mistake() {
    let _ = Request::get("menu");
}

#[test]
#[should_panic(expected = "\"GET /\" is not a method")]
fn a_method_that_is_not_a_token_is_a_mistake() {
    let _ = Request::new("GET /", "/");
}

#[test]
#[should_panic(expected = "control character")]
fn a_field_that_would_be_two_is_a_mistake() {
    let _ = Request::get("/").header("A", "b\r\nC: d");
}

#[test]
fn a_field_that_the_client_makes_itself_is_a_mistake() {
    for (name, method) in [
        ("host", "Client::origin"),
        ("Origin", "Client::send_from"),
        ("Sec-Fetch-Site", "Client::send_from"),
        ("cookie", "Client::set_cookie"),
    ] {
        let app = application(|_environ, _start_response| Ok("".into()));
        let panic = std::panic::catch_unwind(|| {
            let _ = Client::new(app).header(name, "a.example");
        });
        let panic = panic.unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains(method), "{text}");
    }
}

#[test]
fn basic_credentials_replace_those_of_before() {
    let request = Request::get("/").header("Authorization", "Bearer x");
    let request = request.basic_auth("ada", "a:b").basic_auth("bob", "£");
    let _ = request.environ(|environ| {
        assert_eq!(environ.get("HTTP_AUTHORIZATION").unwrap(), "Basic Ym9iOsKj");
    });
}

#[test]
#[should_panic(expected = "the user \"a:b\" has a colon")]
fn the_user_of_basic_credentials_has_no_colon() {
    let _ = Request::get("/").basic_auth("a:b", "c");
}

#[test]
#[should_panic(expected = "the user \"a\" or the password has a control character")]
fn a_password_of_basic_credentials_has_no_control_characters() {
    let _ = Request::get("/").basic_auth("a", "b\n");
}

#[test]
fn fields_are_added_to_the_query_of_any_target() {
    #[track_caller]
    fn check(request: Request, uri: &str) {
        let request = request
            .query([("q", "a b"), ("q", "ü&=?")])
            .query([("r", "")]);
        let _ = request.query([("", ""); 0]).environ(|environ| {
            assert_eq!(environ.get("REQUEST_URI").unwrap(), uri);
            let query = uri.split(['?', '#']).nth(1).unwrap();
            assert_eq!(environ.query_string(), query);
        });
    }
    const ADDED: &str = "q=a+b&q=%C3%BC%26%3D%3F&r=";
    check(Request::get("/a"), &format!("/a?{ADDED}"));
    check(Request::get("/a?"), &format!("/a?{ADDED}"));
    check(
        Request::post("/a?b").form([("c", "d")]),
        &format!("/a?b&{ADDED}"),
    );
    let url = format!("http://a.example/?{ADDED}");
    let _ = Request::get("http://a.example")
        .query([("q", "1")])
        .environ(|environ| {
            assert_eq!(environ.get("HTTP_HOST").unwrap(), "a.example");
            assert_eq!(environ.path_info(), "/");
            assert_eq!(environ.query_string(), "q=1");
        });
    check(Request::get("http://a.example/"), &url);
}

#[test]
#[should_panic(expected = "the target \"*\" has no query")]
fn an_asterisk_has_no_query() {
    let _ = Request::new("OPTIONS", "*").query([("q", "1")]);
}
