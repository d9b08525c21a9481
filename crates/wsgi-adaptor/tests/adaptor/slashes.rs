//! Redirects between a path with a slash at its end and one without.

use wsgi_adaptor::{Adaptor, Response};
use wsgi_application::Application;
use wsgi_middleware::Mounts;
use wsgi_testing::{Client, Request as Call};

fn site() -> Adaptor {
    Adaptor::new()
        .get("/", |_| "index")
        .get("/menu", |_| "menu")
        .get("/tables/", |_| "tables")
        .get("/both", |_| "without")
        .get("/both/", |_| "with")
        .get("/dishes/{dish}", |request| {
            request.parameter_str("dish").to_owned()
        })
        .get("/files/{*path}", |request| {
            request.parameter_str("path").to_owned()
        })
        .post("/orders/", |request| -> wsgi_adaptor::Result<String> {
            Ok(String::from_utf8_lossy(request.body()?).into_owned())
        })
        .redirect_slashes(true)
}

/// Compares the status of the answer, and its `Location` or, without that, its text.
#[track_caller]
fn check(app: &impl Application, target: &str, code: u16, expected: &str) {
    let response = Call::get(target).call(app);
    assert_eq!(response.status().code(), code);
    match response.headers().get("Location") {
        Some(location) => assert_eq!(location, expected),
        None => assert_eq!(response.text(), expected),
    }
}

#[test]
fn a_path_without_a_page_leads_to_its_counterpart() {
    check(&site(), "/menu/", 308, "/menu");
    check(&site(), "/tables", 308, "/tables/");
    check(&site(), "/dishes/soup/", 308, "/dishes/soup");
    check(
        &site(),
        "/dishes/caf%C3%A9%3F/",
        308,
        "/dishes/caf%C3%A9%3F",
    );
    check(&site(), "/menu%2F", 308, "/menu");
}

#[test]
fn the_query_stays() {
    check(&site(), "/menu/?a=%2F&b=c+d", 308, "/menu?a=%2F&b=c+d");
    check(&site(), "/tables?", 308, "/tables/");
}

#[test]
fn a_query_that_is_not_encoded_stays_one() {
    let location = |query: &[u8]| {
        let request = Call::get("/menu/").variable("QUERY_STRING", query);
        let response = request.call(&site());
        response.headers().get("Location").unwrap().to_string()
    };
    assert_eq!(location(b"q=\xe9%e9"), "/menu?q=%E9%e9");
    assert_eq!(location(b"q=a#b c"), "/menu?q=a%23b%20c");
    assert_eq!(location(b"q=a\r\nb"), "/menu?q=a%0D%0Ab");
    assert_eq!(location(b"q=50%&%zz"), "/menu?q=50%25&%25zz");
}

#[test]
fn a_path_that_a_browser_resolves_is_not_redirected() {
    let app = Adaptor::new()
        .get("/{a}/{b}", |_| "a page")
        .get("/{a}/", |_| "a list")
        .redirect_slashes(true);
    check(&app, "/x/y/", 308, "/x/y");
    check(&app, "/x/..y/", 308, "/x/..y");
    for target in ["/x/%2e%2e/", "/x/%2e/", "/%2e%2e/x/", "/%2e%2e", "/%2e"] {
        check(&app, target, 404, "404 Not Found\n");
    }
}

#[test]
fn a_path_with_a_page_is_not_redirected() {
    check(&site(), "/", 200, "index");
    check(&site(), "/menu", 200, "menu");
    check(&site(), "/both", 200, "without");
    check(&site(), "/both/", 200, "with");
    check(&site(), "/files/a/", 200, "a/");
}

#[test]
fn only_one_slash_makes_a_counterpart() {
    for target in [
        "/menu//",
        "/tables//x",
        "/files",
        "/files/",
        "/other",
        "/other/",
    ] {
        check(&site(), target, 404, "404 Not Found\n");
    }
}

#[test]
fn a_redirect_never_leads_to_another_host() {
    let app = Adaptor::new()
        .get("//evil.example/{page}/", |_| "a page")
        .redirect_slashes(true);
    check(&app, "//evil.example/x", 308, "/.//evil.example/x/");
}

#[test]
fn a_client_sends_its_method_and_body_again() {
    let mut client = Client::new(site());
    let response = client.send(Call::post("/orders").body("tea"));
    assert_eq!(response.text(), "tea");
    assert_eq!(response.url(), "http://localhost/orders/");
}

#[test]
fn the_prefix_of_the_application_stays() {
    let mounts = Mounts::new().mount("/caf\u{e9}", site());
    check(&mounts, "/caf%C3%A9/menu/", 308, "/caf%C3%A9/menu");
    check(&mounts, "/caf%C3%A9", 200, "index");

    let outer = Adaptor::new().mount("/shop", site());
    check(&outer, "/shop/menu/", 308, "/shop/menu");
    check(&outer, "/shop/tables", 308, "/shop/tables/");
    check(&outer, "/shop", 200, "index");
    check(&outer, "/shop/", 200, "index");
}

#[test]
fn a_mounted_adaptor_has_its_own_setting() {
    let inner = Adaptor::new().get("/menu", |_| "menu");
    let outer = Adaptor::new()
        .get("/about", |_| "about")
        .mount("/shop", inner)
        .redirect_slashes(true);
    check(&outer, "/about/", 308, "/about");
    check(&outer, "/shop/menu/", 404, "404 Not Found\n");
}

#[test]
fn hooks_come_before_a_redirect_and_see_it() {
    let app = site()
        .before(|request| match request.query().get("key") {
            Some(_) => Ok(()),
            None => Err(Response::of_status(401)),
        })
        .after(|_, response| response.with_header("X-Seen", "yes"));
    check(&app, "/menu/", 401, "401 Unauthorized\n");
    let response = Call::get("/menu/?key=1").call(&app);
    assert_eq!(response.status().code(), 308);
    assert_eq!(response.headers().get("X-Seen").unwrap(), "yes");
}

#[test]
fn the_fallback_answers_where_neither_path_has_a_page() {
    let app = site().fallback(|_| "elsewhere");
    check(&app, "/menu/", 308, "/menu");
    check(&app, "/other/", 200, "elsewhere");
}

#[test]
fn paths_are_not_redirected_by_default() {
    check(
        &site().redirect_slashes(false),
        "/menu/",
        404,
        "404 Not Found\n",
    );
}
