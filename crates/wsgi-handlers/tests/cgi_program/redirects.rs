//! Redirects by CGI programs, inside the site and away from it.

use wsgi_application::Status;
use wsgi_middleware::InternalRedirects;
use wsgi_testing::Request;

use super::shell;

#[test]
fn a_path_is_a_redirect_inside_the_site() {
    let script = "case $PATH_INFO in /old) echo Location: /new?a; echo;; \
        *) echo Content-Type: text/plain; echo; echo $REQUEST_METHOD $PATH_INFO $QUERY_STRING;; esac";
    let site = InternalRedirects::new(shell(script));
    let response = Request::post("/old").body("b").call(&site);
    assert_eq!(response.text(), "GET /new a\n");
    let away = shell("echo Location: http://example.org/; echo");
    let response = Request::get("/").call(&away);
    assert_eq!(response.status(), &Status::FOUND);
    assert_eq!(
        response.headers().get("Location").unwrap(),
        "http://example.org/"
    );
}

#[test]
fn cookies_beside_a_redirect_inside_the_site_are_kept() {
    let app = shell("echo 'Set-Cookie: a=1'; echo X-A: 1; echo Location: /new; echo");
    // Nothing follows the redirect, so it is an error, whose page has the cookie.
    let response = Request::get("/").call(&app);
    assert_eq!(response.headers().get("Set-Cookie").unwrap(), "a=1");
    assert!(!response.headers().contains("X-A"));
    let log = response.errors();
    assert!(log.contains("set X-A beside a redirect"), "{log}");
    let script = "case $PATH_INFO in /old) echo 'Set-Cookie: a=1'; echo Location: /new; echo;; \
        *) echo Content-Type: text/plain; echo; echo new;; esac";
    let site = InternalRedirects::new(shell(script));
    let response = Request::get("/old").call(&site);
    assert_eq!(response.text(), "new\n");
    assert_eq!(response.headers().get("Set-Cookie").unwrap(), "a=1");
}

#[test]
fn a_redirect_inside_the_site_waits_for_the_end_of_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("saved");
    let script = "case $PATH_INFO in /old) echo Location: /new; echo; sleep 0.1; echo 1 > \"$FILE\";; \
        *) echo Content-Type: text/plain; echo; cat \"$FILE\";; esac";
    let site = InternalRedirects::new(shell(script).env("FILE", &file));
    assert_eq!(Request::post("/old").call(&site).text(), "1\n");
}
