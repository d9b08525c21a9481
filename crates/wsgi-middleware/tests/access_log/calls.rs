//! Middleware that calls the log several times for a request.

use wsgi_application::{Application, application};
use wsgi_middleware::{Cascade, ErrorDocuments, InternalRedirect, InternalRedirects, Mounts};

use super::*;

/// Redirects at `/a`, and has a page at `/page` alone.
fn site() -> Mounts {
    let redirects = application(|_environ, _start_response| {
        Err(InternalRedirect::to("/page?internal".parse()?).into())
    });
    Mounts::new().mount("/a", redirects).mount("/page", hello)
}

/// Requests a path and checks all lines of the log.
#[track_caller]
fn check(site: impl Application, path: &str, lines: &Lines, expected: &[&str]) {
    Request::get(path).call(&site);
    drop(site); // writes the lines
    assert_eq!(lines.all(), *expected, "{path}");
}

#[test]
fn a_request_for_which_the_site_is_called_several_times_has_one_line() {
    for (path, expected) in [
        ("/a", "GET /a 200"),
        ("/page", "GET /page 200"),
        ("/x", "GET /x 404"),
    ] {
        let lines = Lines::default();
        let logged = AccessLog::new(site(), lines.log(format("{method} {target} {status}")));
        check(InternalRedirects::new(logged), path, &lines, &[expected]);
        let lines = Lines::default();
        let logged = AccessLog::new(site(), lines.log(format("{method} {target} {status}")));
        let site = ErrorDocuments::new(InternalRedirects::new(logged));
        let site = site.document(404, "/page".parse().unwrap());
        check(site, path, &lines, &[expected]);
    }
}

#[test]
fn one_log_has_one_line_also_at_several_places() {
    let lines = Lines::default();
    let log = lines.log(format("{target} {status}"));
    let old = AccessLog::new(site(), log.clone());
    let new = AccessLog::new(hello, log);
    let site = Cascade::new().then(old).then(new);
    check(site, "/x", &lines, &["/x 200"]);
}

#[test]
fn each_of_several_logs_has_a_line() {
    let (one, other) = (Lines::default(), Lines::default());
    let inner = AccessLog::new(site(), one.log(format("inner {target}")));
    let outer = AccessLog::new(inner, other.log(format("outer {target}")));
    check(InternalRedirects::new(outer), "/a", &one, &["inner /a"]);
    assert_eq!(other.all(), ["outer /a"]);
}

#[test]
fn two_requests_have_two_lines() {
    let lines = Lines::default();
    let logged = AccessLog::new(site(), lines.log(format("{target}")));
    let site = InternalRedirects::new(logged);
    Request::get("/a").call(&site);
    check(site, "/a", &lines, &["/a", "/a"]);
}
