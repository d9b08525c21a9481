//! Attributes that are added to cookies.

#![cfg(feature = "cookie-attributes")]

use wsgi_application::{
    Application, Environ, ErrorFields, Result, StartResponse, Status, application,
};
use wsgi_middleware::{CookieAttributes, SameSite, TrustedProxies};
use wsgi_testing::{Request, Response};

const HTTPS: &str = "https://example.org/";

/// An application that sets cookies by these fields.
fn cookies(fields: &'static [&'static str]) -> impl Application {
    application(move |_environ, start_response| {
        let fields = fields.iter().map(|field| ("Set-Cookie", *field));
        start_response.start(Status::OK, fields.collect::<Vec<_>>())?;
        Ok("Hello".into())
    })
}

fn set(response: &Response) -> Vec<String> {
    let fields = response.headers().get_all("Set-Cookie");
    fields.map(|field| field.to_string()).collect()
}

#[track_caller]
fn check<A: Application>(
    change: fn(CookieAttributes<A>) -> CookieAttributes<A>,
    app: A,
    target: &str,
    expected: &[&str],
) {
    let response = Request::get(target).call(&change(CookieAttributes::new(app)));
    assert_eq!(set(&response), expected);
    assert_eq!(response.text(), "Hello");
}

#[test]
fn secure_is_added_by_https_alone() {
    check(
        |app| app,
        cookies(&["a=1", "b=2; Path=/"]),
        HTTPS,
        &["a=1; Secure", "b=2; Path=/; Secure"],
    );
    check(|app| app, cookies(&["a=1"]), "/", &["a=1"]);
    check(|app| app.secure(false), cookies(&["a=1"]), HTTPS, &["a=1"]);
}

#[test]
fn attributes_that_a_cookie_has_stay_as_they_are() {
    let fields = &[
        "a=1;secure;HTTPONLY ; SameSite = strict",
        "b=; Secure=no; HttpOnly=; SameSite=None",
    ];
    let strict = |app: CookieAttributes<_>| app.http_only(true).same_site(SameSite::Lax);
    check(strict, cookies(fields), HTTPS, fields);
}

#[test]
fn a_word_in_the_value_is_not_an_attribute() {
    check(
        |app| app.http_only(true),
        cookies(&["Secure=HttpOnly", "Secure"]),
        HTTPS,
        &[
            "Secure=HttpOnly; Secure; HttpOnly",
            "Secure; Secure; HttpOnly",
        ],
    );
}

#[test]
fn an_unknown_same_site_counts_as_missing_and_the_last_one_counts() {
    let fields = &[
        "a=1; SameSite=Some",
        "b=1; SameSite",
        "c=1; SameSite=Lax; SameSite=",
        "d=1; SameSite=x; SameSite=Lax",
    ];
    check(
        |app| app.same_site(SameSite::Strict),
        cookies(fields),
        "/",
        &[
            "a=1; SameSite=Some; SameSite=Strict",
            "b=1; SameSite; SameSite=Strict",
            "c=1; SameSite=Lax; SameSite=; SameSite=Strict",
            "d=1; SameSite=x; SameSite=Lax",
        ],
    );
}

#[test]
fn same_site_none_needs_secure() {
    let none = |app: CookieAttributes<_>| app.same_site(SameSite::None);
    let fields = &["a=1", "b=1; Secure"];
    check(
        none,
        cookies(fields),
        "/",
        &["a=1", "b=1; Secure; SameSite=None"],
    );
    check(
        none,
        cookies(fields),
        HTTPS,
        &["a=1; Secure; SameSite=None", "b=1; Secure; SameSite=None"],
    );
}

#[test]
fn attributes_that_browsers_ignore_for_their_length_count_as_missing() {
    let long = "x".repeat(1025);
    let field = format!("a=1; SameSite=Strict; SameSite={long}; Secure={long}");
    let whole = format!("{field}; Secure");
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Set-Cookie", &*field)])?;
        Ok("Hello".into())
    });
    check(|app| app.same_site(SameSite::Lax), app, HTTPS, &[&whole]);
}

#[test]
fn cookies_that_a_failure_leaves_for_another_page_get_the_attributes() {
    let app = application(
        |environ: &mut Environ, _start_response: &mut StartResponse<'_>| -> Result {
            ErrorFields::of(environ).append("Set-Cookie", "a=1")?;
            Err("it failed".into())
        },
    );
    let response = Request::get(HTTPS).call(&CookieAttributes::new(app).http_only(true));
    assert_eq!(*response.status(), Status::INTERNAL_SERVER_ERROR);
    assert_eq!(set(&response), ["a=1; Secure; HttpOnly"]);
}

#[test]
fn exempt_cookies_stay_as_they_are() {
    check(
        |app| app.exempt("a").exempt("c"),
        cookies(&["a=1", "A=2", "ab=3", " c =4"]),
        HTTPS,
        &["a=1", "A=2; Secure", "ab=3; Secure", "c =4"],
    );
    check(
        |app| app.exempt("user[name]"),
        cookies(&["user[name]=1"]),
        HTTPS,
        &["user[name]=1"],
    );
}

#[test]
#[should_panic(expected = "\"a=b\" is not the name of a cookie")]
fn a_name_that_no_cookie_has_is_refused() {
    let _ = CookieAttributes::new(cookies(&[])).exempt("a=b");
}

#[test]
fn other_fields_keep_their_order() {
    let app = application(
        |_environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let fields = [
                ("X-A", "1"),
                ("Set-Cookie", "a=1"),
                ("X-A", "2"),
                ("set-cookie", "a=2; Secure"),
            ];
            start_response.start(Status::OK, fields)?;
            Ok("Hello".into())
        },
    );
    let response = Request::get(HTTPS).call(&CookieAttributes::new(app));
    assert_eq!(set(&response), ["a=1; Secure", "a=2; Secure"]);
    assert!(response.headers().get_all("X-A").eq(["1", "2"]));
}

#[test]
fn cookies_of_a_written_response_get_them_too() {
    let app = application(
        |_environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let mut writer = start_response.start(Status::OK, [("Set-Cookie", "a=1")])?;
            std::io::Write::write_all(&mut writer, b"Hello")?;
            Ok(().into())
        },
    );
    check(|app| app, app, HTTPS, &["a=1; Secure"]);
}

#[test]
fn the_scheme_is_the_one_that_a_trusted_proxy_tells() {
    let app = TrustedProxies::new(CookieAttributes::new(cookies(&["a=1"])));
    let app = app.trust("10.0.0.0/8".parse().unwrap());
    let from = |peer| {
        let request = Request::get("/").header("X-Forwarded-Proto", "https");
        set(&request.variable("REMOTE_ADDR", peer).call(&app))
    };
    assert_eq!(from("10.0.0.1"), ["a=1; Secure"]);
    assert_eq!(from("192.0.2.1"), ["a=1"]);
}
