//! Requests by pages of other origins.

use wsgi_adaptor::{Adaptor, HttpError, Request};
use wsgi_testing::{Request as TestRequest, Response};

fn app() -> Adaptor {
    Adaptor::new()
        .get("/", |_| "welcome")
        .post("/", |_| "thank you")
}

fn ask(app: &Adaptor, method: &str, site: &str) -> Response {
    let request = TestRequest::new(method, "/");
    request.header("Sec-Fetch-Site", site).call(app)
}

#[test]
fn by_default_a_page_of_another_origin_can_change_nothing() {
    for (method, site, status) in [
        ("POST", "same-origin", 200),
        ("POST", "none", 200),
        ("POST", "same-site", 403),
        ("POST", "cross-site", 403),
        ("DELETE", "cross-site", 403),
        ("DELETE", "same-origin", 405),
        ("GET", "cross-site", 200),
        ("OPTIONS", "cross-site", 204),
    ] {
        let response = ask(&app(), method, site);
        assert_eq!(response.status().code(), status, "{method} {site}");
    }
    assert_eq!(TestRequest::post("/").call(&app()).text(), "thank you");
}

#[test]
fn there_is_a_way_out() {
    let app = app().cross_origin(None);
    assert_eq!(ask(&app, "POST", "cross-site").text(), "thank you");
}

#[test]
fn the_refusal_is_an_error_like_any_other() {
    let page = |_: &Request<'_>, error: &HttpError| format!("Sorry: {}", error.text());
    let app = app().on_status(403, page);
    let response = ask(&app, "POST", "cross-site");
    assert_eq!(response.status().code(), 403);
    let reason = "the request was made by a page of another site";
    assert_eq!(response.text(), format!("Sorry: {reason}"));

    let request = TestRequest::post("/").header("Sec-Fetch-Site", "cross-site");
    let response = request.header("Accept", "application/json").call(&app);
    let problem = format!(r#"{{"title":"Forbidden","status":403,"detail":"{reason}"}}"#);
    assert_eq!(response.text().trim_end(), problem);
}

#[test]
fn a_host_without_its_port_is_shown_beside_the_origin() {
    let request = TestRequest::post("/").header("Host", "shop.example");
    let request = request.header("Origin", "https://shop.example:8443");
    let reason = "its Origin is \"https://shop.example:8443\", and its Host is \"shop.example\"\n";
    let response = request.call(&app());
    assert!(response.text().ends_with(reason), "{}", response.text());
}
