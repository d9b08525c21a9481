//! The method that a client asks for in place of POST: who may ask, how, and for which.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{Cors, CorsPolicy, CorsPolicyBuilder, CrossOriginProtection, MethodOverride};
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

/// A request that a page of another site makes.
#[track_caller]
fn check_foreign(app: &impl Application, request: Request, code: u16, text: &str) {
    let request = request
        .header("Origin", "https://app.example")
        .header("Sec-Fetch-Site", "cross-site");
    let response = request.call(app);
    assert_eq!(response.status().code(), code);
    assert!(response.text().starts_with(text), "{}", response.text());
}

#[test]
fn an_exemption_does_not_become_another_method_in_the_right_order() {
    let app = CrossOriginProtection::new(method_and_body)
        .exempt("DELETE /api/{name}")
        .exempt("/any");
    let app = MethodOverride::new(app).parameter("_method");
    let form = |target| Request::post(target);
    check_foreign(&app, form("/api/1?_method=DELETE"), 403, "403");
    check_foreign(&app, form("/any?_method=PUT"), 403, "403");
    check_foreign(&app, form("/any").header(FIELD, "PUT"), 403, "403");
    check_foreign(&app, form("/any"), 200, "POST");
    check_foreign(&app, form("/any?_method=POST"), 200, "POST");
    check_foreign(&app, Request::new("DELETE", "/api/1"), 200, "DELETE");
    let own = form("/api/1?_method=DELETE").header("Sec-Fetch-Site", "same-origin");
    assert_eq!(own.call(&app).text(), "DELETE ");
    let program = form("/api/1").header(FIELD, "DELETE");
    assert_eq!(program.call(&app).text(), "DELETE ");
}

#[test]
fn an_exemption_does_not_become_another_method_in_the_wrong_order() {
    let app = MethodOverride::new(method_and_body).parameter("_method");
    let app = CrossOriginProtection::new(app).exempt("POST /hooks/{name}");
    let hook = "/hooks/git?_method=DELETE";
    check_foreign(&app, Request::post(hook), 403, "403");
    check_foreign(&app, Request::post("/hooks/git"), 200, "POST");
    check_foreign(&app, Request::post("/hooks/git?_method=post"), 200, "POST");
    let own = Request::post(hook).header("Sec-Fetch-Site", "same-origin");
    assert_eq!(own.call(&app).text(), "DELETE ");
    assert_eq!(Request::post(hook).call(&app).text(), "DELETE ");

    let around = CrossOriginProtection::new(app).exempt("/{*path}");
    check_foreign(&around, Request::post(hook), 403, "403");
    let around = around.trust("https://app.example".parse().expect("an origin"));
    check_foreign(&around, Request::post(hook), 200, "DELETE");
}

#[test]
fn a_trusted_origin_may_ask_for_a_method_in_either_order() {
    let origin = || "https://app.example".parse().expect("an origin");
    let request = || Request::post("/?_method=DELETE");
    let inner = CrossOriginProtection::new(method_and_body).trust(origin());
    let app = MethodOverride::new(inner).parameter("_method");
    check_foreign(&app, request(), 200, "DELETE");
    let inner = MethodOverride::new(method_and_body).parameter("_method");
    let app = CrossOriginProtection::new(inner).trust(origin());
    check_foreign(&app, request(), 200, "DELETE");
}

fn cors() -> CorsPolicyBuilder {
    let origin = "https://app.example".parse().expect("an origin");
    CorsPolicy::builder().origin(origin).credentials(true)
}

#[test]
fn an_origin_of_cors_has_its_methods_in_either_order() {
    for (builder, method, code) in [
        (cors(), "PUT", 403),
        (cors().methods(["DELETE"]), "PUT", 403),
        (cors().methods(["DELETE"]), "DELETE", 200),
        (cors().any_method(), "PUT", 200),
    ] {
        let policy = builder.headers([FIELD]).build().expect("a policy");
        let protected = || CrossOriginProtection::new(method_and_body);
        let request = || Request::post("/").header(FIELD, method);
        let inside = MethodOverride::new(Cors::new(protected(), policy.clone()));
        let answer = if code == 200 { method } else { "403" };
        check_foreign(&inside, request(), code, answer);
        check_foreign(&inside, Request::post("/"), 200, "POST");
        let around = Cors::new(MethodOverride::new(protected()), policy);
        check_foreign(&around, request(), code, answer);
        check_foreign(&around, Request::post("/"), 200, "POST");
    }
}

#[test]
fn an_origin_of_cors_has_its_methods_without_protection_too() {
    for (builder, method, code) in [
        (cors(), "PUT", 403),
        (cors().methods(["DELETE"]), "PUT", 403),
        (cors().methods(["DELETE"]), "DELETE", 200),
        (cors().any_method(), "PUT", 200),
    ] {
        let policy = builder.headers([FIELD]).build().expect("a policy");
        let request = || Request::post("/").header(FIELD, method);
        let answer = if code == 200 { method } else { "403" };
        let inside = || MethodOverride::new(Cors::new(method_and_body, policy.clone()));
        let around = Cors::new(MethodOverride::new(method_and_body), policy.clone());
        check_foreign(&inside(), request(), code, answer);
        check_foreign(&inside(), Request::post("/"), 200, "POST");
        check_foreign(&around, request(), code, answer);
        let own = request()
            .header("Origin", "https://app.example")
            .header("Sec-Fetch-Site", "same-origin");
        assert!(own.call(&inside()).text().starts_with(method));

        // Middleware around may allow more.
        let origin = "https://app.example".parse().expect("an origin");
        let trusting = CrossOriginProtection::new(inside()).trust(origin);
        check_foreign(&trusting, request(), 200, method);
    }
}

#[test]
fn a_page_may_read_that_its_method_is_refused() {
    let policy = cors().headers([FIELD]).build().expect("a policy");
    let response = Request::post("/")
        .header(FIELD, "PUT")
        .header("Origin", "https://app.example")
        .header("Sec-Fetch-Site", "cross-site")
        .call(&MethodOverride::new(Cors::new(method_and_body, policy)));
    assert_eq!(response.status().code(), 403);
    let allowed = response.headers().get("Access-Control-Allow-Origin");
    assert_eq!(allowed.unwrap(), "https://app.example");
}

#[test]
fn an_own_page_may_ask_for_any_method_also_if_cors_allows_its_origin() {
    let policy = cors().build().expect("a policy");
    let app = MethodOverride::new(method_and_body).parameter("_method");
    let app = Cors::new(app, policy);
    let request = |site| {
        Request::post("https://app.example/?_method=PUT")
            .header("Origin", "https://app.example")
            .header("Sec-Fetch-Site", site)
    };
    assert_eq!(request("same-origin").call(&app).text(), "PUT ");
    assert_eq!(request("").call(&app).text(), "PUT ");
    assert_eq!(request("same-site").call(&app).status().code(), 403);
}

#[test]
fn any_field_is_granted_but_one_that_asks_for_methods_that_are_not() {
    let asked = "content-type,X-Http-Method-Override";
    for (builder, granted) in [
        (cors(), "content-type"),
        (cors().methods(["PUT", "DELETE"]), "content-type"),
        (cors().methods(["PUT", "DELETE", "PATCH"]), asked),
        (cors().any_method(), asked),
    ] {
        let policy = builder.any_header().build().expect("a policy");
        let preflight = Request::new("OPTIONS", "/")
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", asked);
        let response = preflight.call(&Cors::new(method_and_body, policy));
        let value = response.headers().get("Access-Control-Allow-Headers");
        assert_eq!(value.unwrap(), granted);
    }
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
