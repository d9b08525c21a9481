//! The method that a client asks for in place of POST: who may ask, how, and for which.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::MethodOverride;
use wsgi_testing::{LiveServer, Request};

const FIELD: &str = "X-HTTP-Method-Override";

fn method_and_body(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut body = String::new();
    environ.input().read_to_string(&mut body)?;
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(format!("{} {body}", environ.request_method()).into())
}

#[track_caller]
fn check(request: Request, method: &str) {
    let app = MethodOverride::new(method_and_body).parameter("_method");
    let response = request.body("a=1").call(&app);
    assert_eq!(response.text(), format!("{method} a=1"));
}

#[track_caller]
fn check_refused(request: Request) {
    let app = MethodOverride::new(method_and_body).parameter("_method");
    let response = request.body("a=1").call(&app);
    assert_eq!(response.status(), &Status::BAD_REQUEST);
    assert!(response.text().contains("PUT, PATCH or DELETE"));
}

#[test]
fn a_field_asks_for_a_method_in_any_case() {
    for (value, method) in [
        ("PUT", "PUT"),
        ("PATCH", "PATCH"),
        ("DELETE", "DELETE"),
        ("delete", "DELETE"),
        ("Post", "POST"),
        ("", "POST"),
    ] {
        check(Request::post("/").header(FIELD, value), method);
    }
}

#[test]
fn a_parameter_of_the_query_asks_for_a_method() {
    for (target, method) in [
        ("/?_method=DELETE", "DELETE"),
        ("/?page=2&_method=put&x", "PUT"),
        ("/?_method=PATCH&_method=DELETE", "PATCH"),
        ("/?_method=", "POST"),
        ("/?_method", "POST"),
        ("/?x_method=PUT&_methods=PUT&_METHOD=PUT", "POST"),
        ("/?x=_method=PUT", "POST"),
        ("/", "POST"),
    ] {
        check(Request::post(target), method);
    }
}

#[test]
fn the_field_wins_over_the_parameter() {
    check(
        Request::post("/?_method=PUT").header(FIELD, "DELETE"),
        "DELETE",
    );
    check(Request::post("/?_method=PUT").header(FIELD, ""), "PUT");
    check(Request::post("/?_method=GET").header(FIELD, "PUT"), "PUT");
}

#[test]
fn no_parameter_counts_unless_it_is_named() {
    let app = MethodOverride::new(method_and_body);
    let response = Request::post("/?_method=DELETE").call(&app);
    assert_eq!(response.text(), "POST ");
}

#[test]
fn only_a_post_is_changed() {
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "post", "PURGE"] {
        let request = Request::new(method, "/?_method=PATCH").header(FIELD, "DELETE");
        check(request, method);
    }
}

#[test]
fn other_methods_are_refused() {
    for value in ["GET", "HEAD", "OPTIONS", "TRACE", "CONNECT", "DELET", "*"] {
        check_refused(Request::post("/").header(FIELD, value));
        check_refused(Request::post(format!("/?_method={value}")));
    }
    check_refused(Request::post("/?_method=%50UT"));
    let twice = Request::post("/").header(FIELD, "PUT").header(FIELD, "PUT");
    check_refused(twice);
}

#[test]
#[should_panic(expected = "a method?")]
fn a_parameter_that_would_be_escaped_is_a_mistake() {
    let _ = MethodOverride::new(method_and_body).parameter("a method?");
}

#[test]
fn a_server_calls_the_application_with_the_other_method() -> io::Result<()> {
    let server = LiveServer::new(MethodOverride::new(method_and_body));
    let mut client = TcpStream::connect(server.address())?;
    client.write_all(
        b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 3\r\n\
        X-HTTP-Method-Override: PATCH\r\n\r\na=1",
    )?;
    assert!(io::read_to_string(client)?.ends_with("\r\n\r\nPATCH a=1"));
    Ok(())
}
