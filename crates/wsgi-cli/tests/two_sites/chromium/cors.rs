//! Pages of another origin that fetch responses.

use serde_json::{Value, json};
use wsgi::{
    Adaptor, Request, Response, Result,
    middleware::{Cors, CorsPolicy},
    sessions::{MemoryStore, Sessions},
};

use crate::{browser::Browser, site::Site};

fn count(request: &Request<'_>) -> Result<Response> {
    let count = request
        .session()?
        .update("count", |count: Option<u64>| count.unwrap_or(0) + 1)?;
    Ok(Response::text(count.to_string()).with_header("X-Count", count.to_string()))
}

fn api(policy: CorsPolicy) -> Site {
    let app = Adaptor::new()
        .get("/", |_| Response::text("hello").with_header("X-Count", "7"))
        .put("/", |_| "put")
        .delete("/", |_| "deleted")
        .get("/fails", |_| Err::<Response, _>("out of tea"))
        .post("/count", count)
        .sessions(Sessions::new(MemoryStore::new()));
    Site::of(Cors::new(app, policy))
}

/// Fetches in the page, and returns the status, the text and a field, or `refused`.
#[track_caller]
fn fetch(browser: &Browser, url: &str, options: &Value) -> Value {
    // The script waits for the promise that it returns.
    browser.run(&format!(
        "return fetch({url}, {options})\
            .then(async r => [r.status, await r.text(), r.headers.get('X-Count')])\
            .catch(() => 'refused')",
        url = json!(url),
    ))
}

#[test]
fn an_allowed_page_reads_what_it_may() {
    let page = Site::page("a page");
    let origin = page.origin("localhost").parse().expect("an origin");
    let policy = CorsPolicy::builder()
        .origin(origin)
        .methods(["PUT"])
        .headers(["Content-Type"])
        .expose(["X-Count"]);
    let api = api(policy.build().expect("a policy"));
    let url = api.origin("127.0.0.1");
    let browser = Browser::start();
    let json = json!({ "Content-Type": "application/json" });

    browser.open(&page.origin("localhost"));
    let get = fetch(&browser, &url, &json!({}));
    assert_eq!(get, json!([200, "hello", "7"]));
    let failed = fetch(&browser, &format!("{url}/fails"), &json!({}));
    assert_eq!(failed[0], 500);
    let with_field = json!({ "headers": json });
    assert_eq!(fetch(&browser, &url, &with_field)[1], "hello");
    let other_field = json!({ "headers": { "X-Other": "1" } });
    assert_eq!(fetch(&browser, &url, &other_field), "refused");
    let delete = json!({ "method": "DELETE" });
    assert_eq!(fetch(&browser, &url, &delete), "refused");
    // The preflight is allowed, and the protection of the adaptor still refuses the change.
    let put = json!({ "method": "PUT", "headers": json });
    assert_eq!(fetch(&browser, &url, &put)[0], 403);
    let with_cookies = json!({ "credentials": "include" });
    assert_eq!(fetch(&browser, &url, &with_cookies), "refused");

    // The same page under another name.
    browser.open(&page.origin("127.0.0.1"));
    assert_eq!(fetch(&browser, &url, &json!({})), "refused");
    assert_eq!(fetch(&browser, &url, &put), "refused");
}

#[test]
fn an_origin_with_credentials_acts_for_the_user() {
    let page = Site::page("a page");
    let origin = page.origin("127.0.0.1").parse().expect("an origin");
    let policy = CorsPolicy::builder()
        .origin(origin)
        .any_method()
        .any_header()
        .credentials(true);
    let api = api(policy.build().expect("a policy"));
    let url = api.origin("127.0.0.1");
    let browser = Browser::start();
    browser.open(&page.origin("127.0.0.1"));
    let post = json!({
        "method": "POST",
        "credentials": "include",
        "headers": { "X-Token": "1" },
    });
    let count = format!("{url}/count");
    for expected in ["1", "2"] {
        assert_eq!(fetch(&browser, &count, &post), json!([200, expected, null]));
    }
    let put = json!({ "method": "PUT" });
    assert_eq!(fetch(&browser, &url, &put)[1], "put");
}

#[test]
fn any_page_reads_what_is_for_everybody() {
    let policy = CorsPolicy::builder()
        .any_origin()
        .build()
        .expect("a policy");
    let api = api(policy);
    let page = Site::page("a page");
    let browser = Browser::start();
    browser.open(&page.origin("localhost"));
    let url = api.origin("127.0.0.1");
    assert_eq!(
        fetch(&browser, &url, &json!({})),
        json!([200, "hello", null])
    );
    let with_cookies = json!({ "credentials": "include" });
    assert_eq!(fetch(&browser, &url, &with_cookies), "refused");
}
