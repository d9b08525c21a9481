//! Redirects to https: which requests, and where to.

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{HttpsRedirect, TrustedProxies};
use wsgi_testing::{Request, Response};

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(format!("Hello by {}!", environ.url_scheme()).into())
}

#[track_caller]
fn location(response: &Response) -> &str {
    assert_eq!(response.status(), &Status::PERMANENT_REDIRECT);
    let location = response.headers().get("Location").expect("a place");
    location.to_str().expect("text")
}

#[track_caller]
fn check_refused(request: Request) {
    let response = request.call(&HttpsRedirect::new(hello));
    assert_eq!(response.status(), &Status::BAD_REQUEST);
    assert!(response.headers().get("Location").is_none());
    assert!(response.text().contains("Host"), "{}", response.text());
}

#[test]
fn host_path_and_query_stay_and_the_port_is_that_of_https() {
    for (port, host, target, expected) in [
        (443, "example.org", "/", "https://example.org/"),
        (443, "example.org:80", "/a?b=c", "https://example.org/a?b=c"),
        (443, "example.org:443", "/", "https://example.org/"),
        (443, "EXAMPLE.org:", "/", "https://EXAMPLE.org/"),
        (443, "[::1]:8000", "/a", "https://[::1]/a"),
        (80, "example.org:80", "/", "https://example.org:80/"),
        (8443, "192.0.2.1:8000", "/a", "https://192.0.2.1:8443/a"),
        (8443, "[2001:db8::1]", "/", "https://[2001:db8::1]:8443/"),
        (
            443,
            "a",
            "/caf%C3%A9%2F+?q=%2F&r=a+b",
            "https://a/caf%C3%A9%2F+?q=%2F&r=a+b",
        ),
        (
            443,
            "a",
            "//evil.example/%2e%2e",
            "https://a//evil.example/%2e%2e",
        ),
        (443, "a", "/?", "https://a/"),
    ] {
        let app = HttpsRedirect::new(hello).port(port);
        let response = Request::get(target).header("Host", host).call(&app);
        assert_eq!(location(&response), expected);
    }
    let response = Request::get("http://b:81/c")
        .header("Host", "a")
        .call(&HttpsRedirect::new(hello));
    assert_eq!(location(&response), "https://b/c");
}

#[test]
fn every_method_is_redirected() {
    let app = HttpsRedirect::new(hello);
    for method in [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND",
    ] {
        let request = Request::new(method, "/form")
            .header("Host", "a")
            .body("data");
        assert_eq!(location(&request.call(&app)), "https://a/form", "{method}");
    }
    let head = Request::head("/").header("Host", "a").call(&app);
    assert_eq!(head.text(), "");
    assert_eq!(head.headers().get("Content-Type").unwrap(), "text/plain");
}

#[test]
fn requests_by_https_go_on() {
    let app = HttpsRedirect::new(hello);
    for host in ["example.org", "a b", ""] {
        let request = Request::get("https://a/").variable("HTTP_HOST", host);
        assert_eq!(request.call(&app).text(), "Hello by https!");
    }
}

#[test]
fn a_host_that_could_lead_elsewhere_is_refused() {
    for host in [
        "",
        ":80",
        "a b",
        "user@evil.example",
        "evil.example/",
        "evil.example?",
        "evil.example#",
        "evil.example\\a",
        "a,evil.example",
        "a:80:80",
        "a:x",
        "a%2f",
        "[::1",
        "::1",
        "\u{e9}",
        "a\r\nSet-Cookie: b",
    ] {
        check_refused(Request::get("/").variable("HTTP_HOST", host));
    }
}

#[test]
fn a_request_without_a_path_is_refused() {
    check_refused(Request::new("OPTIONS", "*").header("Host", "a"));
    check_refused(
        Request::get("/")
            .header("Host", "a")
            .variable("PATH_INFO", ".evil.example/"),
    );
}

#[test]
fn challenges_of_acme_are_not_redirected() {
    let app = HttpsRedirect::new(hello);
    let ask = |path: &str| Request::get(path).header("Host", "a").call(&app);
    for path in [
        "/.well-known/acme-challenge/",
        "/.well-known/acme-challenge/token",
        "/.well-known/acme-challenge/a/b",
    ] {
        assert_eq!(ask(path).text(), "Hello by http!", "{path}");
    }
    for path in [
        "/.well-known/acme-challenge",
        "/.well-known/acme-challenges/",
        "/a/.well-known/acme-challenge/token",
        "//.well-known/acme-challenge/token",
    ] {
        assert_eq!(location(&ask(path)), format!("https://a{path}"));
    }
    let below = Request::get("/.well-known/acme-challenge/a").header("Host", "a");
    let below = below.variable("SCRIPT_NAME", "/app").call(&app);
    assert_eq!(
        location(&below),
        "https://a/app/.well-known/acme-challenge/a"
    );
}

#[test]
fn a_trusted_proxy_tells_the_scheme_the_host_and_the_prefix() {
    let app = TrustedProxies::new(HttpsRedirect::new(hello))
        .trust("10.0.0.1".parse().unwrap())
        .trust_host(true)
        .trust_prefix(true);
    let ask = |peer: &str, scheme: &str, app: &dyn Application| {
        Request::get("/a%2Fb")
            .header("Host", "inner:8000")
            .header("X-Forwarded-Host", "example.org:81")
            .header("X-Forwarded-Prefix", "/app")
            .header("X-Forwarded-Proto", scheme)
            .variable("REMOTE_ADDR", peer)
            .call(app)
    };
    assert_eq!(ask("10.0.0.1", "https", &app).text(), "Hello by https!");
    let response = ask("10.0.0.1", "http", &app);
    assert_eq!(location(&response), "https://example.org/app/a%2Fb");
    let response = ask("10.0.0.2", "https", &app);
    assert_eq!(location(&response), "https://inner/a%2Fb");
}
