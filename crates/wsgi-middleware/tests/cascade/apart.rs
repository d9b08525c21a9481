//! Permissions and fields that middleware gives one application of a cascade, and no other.

use std::time::Duration;

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_middleware::{
    Cascade, Cors, CorsPolicy, CrossOriginProtection, Quota, RateLimit, RequestId, not_found,
};
use wsgi_testing::{Request, Response};

use super::fixed;

const PARTNER: &str = "https://partner.example";

fn post(origin: &str, site: &impl Application) -> Response {
    Request::post("/transfer")
        .header("Host", "bank.example")
        .header("Origin", origin)
        .call(site)
}

fn cors() -> CorsPolicy {
    let builder = CorsPolicy::builder().origin(PARTNER.parse().expect("an origin"));
    builder.credentials(true).build().expect("a policy")
}

fn panics(_environ: &mut Environ, _start_response: &mut StartResponse<'_>) -> Result {
    panic!("an application that panics")
}

/// Catches a panic of an application, as a gateway does, and answers 404.
fn caught(application: impl Application) -> impl Application {
    wsgi_application::application(move |environ, start_response| {
        let call = std::panic::AssertUnwindSafe(|| {
            let _ = application.call(environ, start_response);
        });
        assert!(std::panic::catch_unwind(call).is_err());
        not_found(environ, start_response)
    })
}

#[test]
fn an_origin_that_one_application_allows_is_not_allowed_for_the_next() {
    let admin = || CrossOriginProtection::new(fixed(200, "paid"));
    let site = |first: Box<dyn Application>| Cascade::new().then(first).then(admin());
    let first = || CrossOriginProtection::new(not_found);
    let trust = || PARTNER.parse().expect("an origin");
    for (first, name) in [
        (
            Box::new(first().exempt("POST /{*any}")) as Box<dyn Application>,
            "exempt",
        ),
        (Box::new(first().trust(trust())), "trusted"),
        (Box::new(Cors::new(not_found, cors())), "CORS"),
        (
            Box::new(caught(CrossOriginProtection::new(panics).trust(trust()))),
            "panic",
        ),
    ] {
        let status = post(PARTNER, &site(first)).status().code();
        assert_eq!(status, 403, "{name}");
    }
}

#[test]
fn the_error_page_of_an_application_has_no_fields_of_one_that_is_passed_over() {
    let fails = wsgi_application::application(|_environ, _start_response| Err("no ink".into()));
    let quota = Quota::new(9, Duration::from_secs(60));
    let limited = RateLimit::new(not_found, quota).on_every_response(true);
    let cascade = Cascade::new().then(Cors::new(not_found, cors()));
    let site = RequestId::new(cascade.then(limited).then(fails));
    let response = post(PARTNER, &site);
    assert_eq!(response.status().code(), 500);
    let headers = response.headers();
    let mut names: Vec<_> = headers.keys().map(str::to_ascii_lowercase).collect();
    names.retain(|name| name.starts_with("access") || name.contains("rate"));
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(headers.get("Vary").expect("it"), "Origin");
    assert!(headers.contains("X-Request-ID"), "what is around stays");
}

#[test]
fn an_origin_that_is_allowed_around_the_cascade_is_allowed_for_each_application() {
    let trust = || PARTNER.parse().expect("an origin");
    let first = CrossOriginProtection::new(not_found).trust(trust());
    let admin = CrossOriginProtection::new(fixed(200, "paid"));
    let cascade = Cascade::new().then(first).then(admin);
    let site = CrossOriginProtection::new(cascade).trust(trust());
    assert_eq!(post(PARTNER, &site).status().code(), 200);
    assert_eq!(post("https://evil.example", &site).status().code(), 403);
}
