//! The fields by which a site tells hosts, origins and requests apart are read without harm. A
//! page of another origin changes nothing, and an id of a request is safe to log.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_middleware::{
    Cors, CorsPolicy, CrossOriginProtection, Hosts, HttpsRedirect, OriginPattern, RequestId,
};
use wsgi_testing::{Request, Response};

const NAMES: [&str; 8] = [
    "HTTP_HOST",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_X_REQUEST_ID",
    "HTTP_TRACEPARENT",
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
    "QUERY_STRING",
];

const TRUSTED: &str = "https://*.trusted.example";

static SITE: LazyLock<Box<dyn Application>> = LazyLock::new(|| {
    let pattern = || TRUSTED.parse::<OriginPattern>().expect("a pattern");
    let policy = CorsPolicy::builder().origin(pattern()).any_header();
    let policy = policy.methods(["PUT"]).credentials(true).build();
    let page = CrossOriginProtection::new(tell).trust(pattern());
    let page = Cors::new(page, policy.expect("a policy"));
    let site = Hosts::new()
        .host("site.example".parse().expect("a host"), page)
        .host(
            "*.moved.example".parse().expect("a pattern"),
            HttpsRedirect::new(tell),
        );
    let site = RequestId::new(site)
        .trust_header(true)
        .trust_traceparent(true);
    Box::new(site.trust("0.0.0.0/0".parse().expect("a network")))
});

fn tell(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok("passed".into())
}

fn ask(method: &str, fields: &[(&str, &[u8])]) -> Response {
    let request = Request::new(method, "/").variable("REMOTE_ADDR", "192.0.2.1");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.variable(name, value)
    });
    request.call(&**SITE)
}

fn check(response: &Response) {
    let status = response.status().code();
    assert!(
        matches!(status, 200 | 204 | 308 | 400 | 403 | 421),
        "{status}"
    );
    let headers = response.headers();
    let id = headers.get("X-Request-ID").expect("an id").as_bytes();
    assert!((1..=128).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic));
    if let Some(location) = headers.get("Location") {
        let location = location.as_bytes();
        assert!(location.starts_with(b"https://") && location.iter().all(u8::is_ascii_graphic));
    }
    if let Some(origin) = headers.get("Access-Control-Allow-Origin") {
        let pattern: OriginPattern = TRUSTED.parse().expect("a pattern");
        assert!(pattern.matches(origin.as_bytes()));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let values = bytes.split(|&byte| byte == b'\n');
    let mut fields: Vec<_> = NAMES.into_iter().zip(values).collect();
    for method in ["GET", "POST", "OPTIONS"] {
        check(&ask(method, &fields));
    }
    if let Some((_, host)) = fields.first_mut() {
        *host = b"site.example";
    }
    if fields.len() > 1 {
        fields.truncate(2);
        let origin = fields[1].1;
        fields.push(("HTTP_SEC_FETCH_SITE", b"cross-site"));
        let pattern: OriginPattern = TRUSTED.parse().expect("a pattern");
        let response = ask("POST", &fields);
        check(&response);
        assert_eq!(response.text() == "passed", pattern.matches(origin));
    }
});
