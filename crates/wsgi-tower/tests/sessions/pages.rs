//! The responses of pages with sessions.

use http::StatusCode;
use wsgi_tower::SessionLayer;

use crate::site::{call, cookie, layer, router};

#[test]
fn a_session_lives_from_request_to_request() {
    let router = router(layer());
    let (status, headers, body) = call(&router, "/count", "");
    assert_eq!((status, &*body), (StatusCode::OK, "1"));
    assert_eq!(headers["vary"], "Cookie");
    assert_eq!(headers["cache-control"], "private");
    let cookie = cookie(&headers);
    assert_eq!(call(&router, "/count", &cookie).2, "2");
    let (_, headers, body) = call(&router, "/visits", &cookie);
    assert_eq!(body, "2");
    assert!(!headers.contains_key("set-cookie"), "the browser has it");
    assert_eq!(headers["vary"], "Cookie");
    let (_, headers, _) = call(&router, "/end", &cookie);
    assert!(
        headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(call(&router, "/visits", &cookie).2, "0");
}

#[test]
fn a_session_that_is_not_used_leaves_no_trace() {
    let router = router(layer());
    let (_, headers, body) = call(&router, "/unused", "");
    assert_eq!(body, "unused");
    let cookie = cookie(&call(&router, "/count", "").1);
    let (_, with_session, _) = call(&router, "/unused", &cookie);
    for headers in [headers, with_session] {
        for name in ["set-cookie", "vary", "cache-control"] {
            assert!(!headers.contains_key(name), "{name}");
        }
    }
}

#[test]
fn fields_of_the_service_are_kept_and_caches_are_told() {
    let (_, headers, _) = call(&router(layer()), "/public", "");
    assert_eq!(headers["vary"], "Accept, Cookie");
    assert_eq!(headers["cache-control"], "private, max-age=60");
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies[0], "a=1");
    assert!(cookies[1].to_str().unwrap().starts_with("session="));
}

#[test]
fn the_cookie_of_the_session_replaces_one_of_its_name() {
    let (_, headers, _) = call(&router(layer()), "/stale", "");
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert_ne!(cookie(&headers), "session=stale");
}

#[test]
fn cookies_of_the_service_stay_secret() {
    let (_, headers, _) = call(&router(layer()), "/secret", "");
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies[..2], ["token=secret; Secure", "a=1"]);
    let are_sensitive = cookies.iter().map(|cookie| cookie.is_sensitive());
    assert!(are_sensitive.eq([true, false, false]), "{cookies:?}");
}

#[test]
fn https_is_what_the_uri_says_or_the_layer() {
    let name = |layer: SessionLayer, uri: &str| cookie(&call(&router(layer), uri, "").1);
    assert!(name(layer(), "/count").starts_with("session="));
    assert!(name(layer(), "https://example.org/count").starts_with("__Host-session="));
    assert!(name(layer().https(true), "/count").starts_with("__Host-session="));
}

#[test]
fn a_page_of_another_site_does_not_begin_a_session() {
    let router = router(layer());
    let request = http::Request::post("/count").header("Sec-Fetch-Site", "cross-site");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = crate::park::park(tower::ServiceExt::oneshot(router, request)).unwrap();
    assert!(response.status().is_success());
    assert!(!response.headers().contains_key("set-cookie"));
}
