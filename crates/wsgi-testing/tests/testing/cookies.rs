//! Cookies that a client keeps.

use std::time::Duration;

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_testing::{Client, Cookie, Request};

/// Sets the cookie that the field `X-Set` gives, and shows those that it was sent.
fn app(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let set = environ.get("HTTP_X_SET").map(|value| value.to_string());
    let fields: Vec<_> = set.iter().map(|set| ("Set-Cookie", &**set)).collect();
    start_response.start(Status::OK, fields)?;
    let cookies = environ.get("HTTP_COOKIE").map(|value| value.to_string());
    Ok(cookies.unwrap_or_default().into())
}

type App = fn(&mut Environ, &mut StartResponse<'_>) -> Result;

fn client(origin: &str) -> Client<App> {
    Client::new(app as App).origin(origin)
}

fn set(client: &mut Client<App>, url: &str, cookie: &str) {
    client.send(Request::get(url).header("X-Set", cookie));
}

/// Sets a cookie at one URL, and looks at another one.
#[track_caller]
fn check(from: &str, cookie: &str, to: &str, sent: &str) {
    let mut client = client("http://a.example");
    set(&mut client, from, cookie);
    assert_eq!(client.get(to).text(), sent, "{cookie} from {from} to {to}");
}

#[test]
fn a_cookie_is_sent_to_its_host() {
    check("http://a.example/", "n=1", "http://a.example:8080/", "n=1");
    check("http://a.example/", "n=1", "http://b.a.example/", "");
    check(
        "http://a.example/",
        "n=1; Domain=a.example",
        "http://b.a.example/",
        "n=1",
    );
    check(
        "http://b.a.example/",
        "n=1; Domain=.A.Example",
        "http://a.example/",
        "n=1",
    );
    check(
        "http://b.a.example/",
        "n=1; Domain=a.example",
        "http://xa.example/",
        "",
    );
    check(
        "http://a.example/",
        "n=1; Domain=b.a.example",
        "http://b.a.example/",
        "",
    );
    check(
        "http://a.example/",
        "n=1; Domain=example",
        "http://a.example/",
        "",
    );
    check(
        "http://a.example/",
        "n=1; Domain=evil.test",
        "http://evil.test/",
        "",
    );
    check(
        "http://a.example/",
        "n=1; Domain=",
        "http://a.example/",
        "n=1",
    );
    check(
        "http://localhost/",
        "n=1; Domain=localhost",
        "http://localhost/",
        "n=1",
    );
    check(
        "http://localhost/",
        "n=1; Domain=localhost",
        "http://b.localhost/",
        "",
    );
    check(
        "http://127.0.0.1/",
        "n=1; Domain=0.0.1",
        "http://127.0.0.1/",
        "",
    );
    check("http://[::1]/", "n=1", "http://[::1]:81/", "n=1");
}

#[test]
fn a_cookie_is_sent_to_its_path() {
    check("/a/b/c", "n=1", "/a/b", "n=1");
    check("/a/b/c", "n=1", "/a/b/d/e", "n=1");
    check("/a/b/c", "n=1", "/a/bc", "");
    check("/a/b/c", "n=1", "/a", "");
    check("/a", "n=1; Path=/", "/b", "n=1");
    check("/a", "n=1; Path=b", "/b", "n=1");
    check("/a", "n=1; Path=/b/", "/b", "");
    check("/a", "n=1; Path=/b/", "/b/c", "n=1");
    check("/a", "n=1; Path=/b; Path=/c", "/c", "n=1");
}

#[test]
fn a_secure_cookie_needs_https() {
    check(
        "https://a.example/",
        "n=1; Secure",
        "https://a.example/",
        "n=1",
    );
    check("https://a.example/", "n=1; Secure", "http://a.example/", "");
    check("http://a.example/", "n=1; Secure", "https://a.example/", "");
    for local in [
        "http://localhost/",
        "http://a.localhost:81/",
        "http://127.0.0.1/",
        "http://[::1]/",
    ] {
        check(local, "n=1; Secure", local, "n=1");
    }

    let mut client = client("https://a.example");
    set(&mut client, "/", "n=safe; Secure; Path=/");
    set(&mut client, "http://a.example/", "n=forged; Path=/");
    assert_eq!(client.get("/").text(), "n=safe");
    set(&mut client, "/", "n=next; Path=/");
    assert_eq!(client.get("http://a.example/").text(), "n=next");
}

#[test]
fn prefixes_are_kept() {
    const URL: &str = "https://a.example/";
    for (cookie, is_kept) in [
        ("__Secure-n=1; Secure", true),
        ("__Secure-n=1", false),
        ("__secure-n=1", false),
        ("__Host-n=1; Secure; Path=/", true),
        ("__Host-n=1; Secure", false),
        ("__Host-n=1; Secure; Path=/; Domain=a.example", false),
        ("__Http-n=1; Secure; HttpOnly", true),
        ("__Http-n=1; Secure", false),
        ("__Host-Http-n=1; Secure; HttpOnly; Path=/", true),
        ("__Host-Http-n=1; Secure; Path=/", false),
        ("=__Host-n=1; Secure; Path=/", false),
        ("n=1; SameSite=None; Secure", true),
        ("n=1; SameSite=None", false),
        ("n=1; Partitioned; Secure", true),
        ("n=1; Partitioned", false),
    ] {
        let mut client = client(URL.trim_end_matches('/'));
        set(&mut client, URL, cookie);
        assert_eq!(client.cookies().len(), usize::from(is_kept), "{cookie}");
    }
}

#[test]
fn a_partitioned_cookie_is_another_one_than_one_without_partitions() {
    let mut client = client("https://a.example");
    set(&mut client, "/", "n=1; Secure");
    set(&mut client, "/", "n=2; Secure; Partitioned");
    assert_eq!(client.get("/").text(), "n=1; n=2");
    set(&mut client, "/", "n=; Secure; Max-Age=0");
    assert_eq!(client.get("/").text(), "n=2");
    let is_partitioned = |cookie: &Cookie| cookie.is_partitioned();
    assert!(client.cookies().get("n").is_some_and(is_partitioned));
    set(&mut client, "/", "n=3; Secure; Partitioned");
    assert_eq!(client.get("/").text(), "n=3");
}

#[test]
fn cookies_expire_and_are_removed() {
    let mut client = client("http://a.example");
    let both = "n=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60";
    set(&mut client, "/", both);
    assert_eq!(client.get("/").text(), "n=1");
    set(&mut client, "/", "n=2; Max-Age=junk");
    assert_eq!(client.get("/").text(), "n=2");
    set(&mut client, "/", "n=; Max-Age=-1");
    assert!(client.cookies().is_empty());
    set(&mut client, "/", "n=3");
    set(&mut client, "/", "n=; Expires=Thu, 01-Jan-70 00:00:01 GMT");
    assert!(client.cookies().is_empty());

    set(&mut client, "/", "long=1; Max-Age=999999999999999999999999");
    set(
        &mut client,
        "/",
        "late=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
    );
    assert_eq!(client.get("/").text(), "long=1; late=1");
    client.pass_time(Duration::from_secs(401 * 24 * 60 * 60));
    assert_eq!(
        client.get("/").text(),
        "",
        "no cookie lasts longer than 400 days"
    );
}

#[test]
fn time_without_an_end_can_pass_and_cookies_can_be_set_after_it() {
    let mut client = client("http://a.example");
    set(&mut client, "/", "long=1; Max-Age=999999999");
    for _ in 0..2 {
        client.pass_time(Duration::MAX);
        assert_eq!(client.get("/").text(), "");
        set(&mut client, "/", "next=1; Max-Age=60");
        assert_eq!(client.get("/").text(), "next=1");
        set(&mut client, "/", "next=; Max-Age=0");
    }
}

#[test]
fn a_cookie_that_has_expired_is_not_shown() {
    let mut client = client("http://a.example");
    set(&mut client, "/", "short=1; Max-Age=60");
    set(&mut client, "/", "long=1; Max-Age=120");
    client.pass_time(Duration::from_secs(61));
    let names: Vec<_> = client.cookies().iter().map(Cookie::name).collect();
    assert_eq!(names, ["long"]);
    assert!(client.cookies().get("short").is_none());
    assert_eq!(client.cookies().len(), 1);
}

#[test]
fn the_order_is_that_of_browsers() {
    let mut client = client("http://a.example");
    set(&mut client, "/", "a=1; Path=/");
    set(&mut client, "/", "b=1; Path=/x");
    set(&mut client, "/", "c=1; Path=/");
    set(&mut client, "/", "a=2; Path=/");
    assert_eq!(client.get("/x").text(), "b=1; a=2; c=1");
    set(&mut client, "/", "a=3; Path=/x");
    assert_eq!(client.get("/x").text(), "b=1; a=3; a=2; c=1");
}

#[test]
fn hostile_cookies_are_dropped() {
    let mut client = client("http://a.example");
    for cookie in ["", "=", ";", " ; Path=/", &"n".repeat(5000)] {
        set(&mut client, "/", cookie);
    }
    assert!(client.cookies().is_empty(), "{:?}", client.cookies());
    set(
        &mut client,
        "/",
        &format!("n=1; Path=/{}", "x".repeat(2000)),
    );
    set(&mut client, "/", "only");
    set(
        &mut client,
        "/",
        "q=\"a b\"; HTTPONLY; samesite=STRICT; x=y",
    );
    assert_eq!(client.get("/").text(), "n=1; only; q=\"a b\"");
    let cookie = client.cookies().get("q").unwrap();
    assert!(cookie.is_http_only() && cookie.is_host_only());
    assert_eq!(cookie.same_site(), "Strict");
}

#[test]
fn a_jar_has_a_limit() {
    let mut client = client("http://a.example");
    for number in 0..1100 {
        client.set_cookie(&format!("n{number}"), "");
    }
    assert_eq!(client.cookies().len(), 1000);
    assert!(client.cookies().get("n99").is_none() && client.cookies().get("n100").is_some());
}

#[test]
fn other_sites_send_what_same_site_lets_through() {
    let mut client = client("https://a.example");
    for cookie in [
        "strict=1; SameSite=Strict",
        "lax=1; SameSite=Lax",
        "plain=1",
        "none=1; SameSite=None; Secure",
    ] {
        set(&mut client, "/", cookie);
    }
    let all = "strict=1; lax=1; plain=1; none=1";
    assert_eq!(client.get("/").text(), all);
    assert_eq!(client.send(Request::post("/")).text(), all);
    let mut from = |origin, method| client.send_from(origin, Request::new(method, "/"));
    assert_eq!(
        from("https://b.a.example", "POST").text(),
        all,
        "the same site"
    );
    assert_eq!(from("https://b.a.example:8443", "POST").text(), all);
    assert_eq!(
        from("https://evil.example", "GET").text(),
        "lax=1; plain=1; none=1"
    );
    assert_eq!(from("https://evil.example", "POST").text(), "none=1");
    assert_eq!(
        from("http://a.example", "POST").text(),
        "none=1",
        "the scheme counts"
    );
}

#[test]
fn a_site_is_the_last_two_labels_of_a_host() {
    for (page, url, site) in [
        (
            "http://www.shop.example",
            "http://evil.shop.example",
            "same-site",
        ),
        (
            "http://shop.example",
            "http://a.b.shop.example",
            "same-site",
        ),
        (
            "http://a.b.shop.example",
            "http://shop.example",
            "same-site",
        ),
        (
            "http://evilshop.example",
            "http://shop.example",
            "cross-site",
        ),
        ("http://a.example", "http://b.example", "cross-site"),
        ("http://a.localhost", "http://localhost", "cross-site"),
        ("http://a.localhost", "http://b.a.localhost", "same-site"),
        ("http://127.0.0.1:81", "http://127.0.0.1", "same-site"),
        ("http://10.0.0.1", "http://127.0.0.1", "cross-site"),
        ("http://127.1.0.1", "http://127.0.0.1", "cross-site"),
        ("http://[::1]:81", "http://[::1]", "same-site"),
        ("https://localhost", "http://localhost", "cross-site"),
    ] {
        let mut client = client(url);
        set(&mut client, "/", "n=1; SameSite=Strict");
        let response = client.send_from(page, Request::post("/"));
        let is_sent = response.text() == "n=1";
        assert_eq!(is_sent, site == "same-site", "{page} {url}");
        if let Some(found) = response.environ().get("HTTP_SEC_FETCH_SITE") {
            assert_eq!(found, site, "{page} {url}");
        }
    }
}

#[test]
fn a_request_with_cookies_of_its_own_keeps_them() {
    let mut client = client("http://a.example");
    client.set_cookie("n", "1");
    let response = client.send(Request::get("/").header("Cookie", "own=2"));
    assert_eq!(response.text(), "own=2");
}

#[test]
#[should_panic(expected = "is not the value of a cookie")]
fn a_cookie_is_not_made_of_a_line_end() {
    client("http://a.example").set_cookie("n", "1\r\nX: y");
}
