//! Header fields for browsers: which a response has, and which are left to the application.

#![cfg(feature = "security-headers")]

use std::{collections::HashSet, time::Duration};

use wsgi_application::{
    Application, Environ, ErrorPage, Result, StartResponse, Status, application,
};
use wsgi_middleware::{
    CspNonceError, FrameAncestors, Hsts, Mounts, SecurityHeaders, TrustedProxies, csp_nonce,
};
use wsgi_testing::{Request, Response};

const POLICY: &str = "script-src 'self' {nonce}; style-src {nonce}";

/// An application that sets these fields.
fn with(fields: &'static [(&str, &str)]) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(Status::OK, fields)?;
        Ok("hello".into())
    })
}

fn asks(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let nonce = csp_nonce(environ)?.to_owned();
    assert_eq!(csp_nonce(environ), Ok(&*nonce), "one for a response");
    start_response.start(Status::OK, ())?;
    Ok(nonce.into())
}

/// The values of a field, joined.
fn value(response: &Response, name: &str) -> String {
    let values: Vec<_> = response
        .headers()
        .get_all(name)
        .map(|v| v.to_string())
        .collect();
    values.join(" | ")
}

#[track_caller]
fn check(response: &Response, fields: &[(&str, &str)]) {
    for (name, expected) in fields {
        assert_eq!(value(response, name), *expected, "{name}");
    }
}

#[test]
fn the_defaults_are_on_every_response_also_of_a_failure() {
    let fields = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Strict-Transport-Security", ""),
    ];
    let app = SecurityHeaders::new(Mounts::new().mount("/", with(&[])));
    let response = Request::get("https://a.example/").call(&app);
    check(&response, &fields);
    check(
        &response,
        &[("Content-Security-Policy", "frame-ancestors 'none'")],
    );

    let fails = application(|_environ, _start_response| Err("out of tea".into()));
    let response = Request::get("/").call(&SecurityHeaders::new(fails));
    assert_eq!(response.status(), &Status::INTERNAL_SERVER_ERROR);
    check(&response, &[fields[0], fields[2], fields[3], fields[4]]);
}

#[test]
fn the_fields_of_the_application_are_left_alone() {
    let app = SecurityHeaders::new(with(&[
        ("X-Content-Type-Options", "own"),
        ("referrer-policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'none'"),
        ("Strict-Transport-Security", "max-age=1"),
    ]))
    .hsts(Hsts::new(Duration::from_secs(60)))
    .content_security_policy("default-src 'self'");
    let response = Request::get("https://a.example/").call(&app);
    let fields = [
        ("X-Content-Type-Options", "own"),
        ("Referrer-Policy", "no-referrer"),
        (
            "Content-Security-Policy",
            "default-src 'none' | frame-ancestors 'none'",
        ),
        ("X-Frame-Options", "DENY"),
        ("Strict-Transport-Security", "max-age=1"),
    ];
    check(&response, &fields);
}

#[test]
fn the_application_decides_who_may_embed_it_by_either_field() {
    let policy = |response: &Response| value(response, "Content-Security-Policy");
    let app = SecurityHeaders::new(with(&[("X-Frame-Options", "SAMEORIGIN")]));
    let response = Request::get("/").call(&app);
    check(&response, &[("X-Frame-Options", "SAMEORIGIN")]);
    assert_eq!(policy(&response), "");

    let app = app.content_security_policy("default-src 'self'");
    assert_eq!(policy(&Request::get("/").call(&app)), "default-src 'self'");

    let own = with(&[(
        "Content-Security-Policy",
        "frame-ancestors https://a.example",
    )]);
    let response = Request::get("/").call(&SecurityHeaders::new(own));
    check(&response, &[("X-Frame-Options", "")]);
    assert_eq!(policy(&response), "frame-ancestors https://a.example");
}

#[test]
fn a_policy_without_a_word_on_frames_has_another_beside_it() {
    const OWN: (&str, &str) = ("Content-Security-Policy", "default-src 'self'");
    const ANY: (&str, &str) = ("Content-Security-Policy", "Frame-Ancestors *");
    let origins = || FrameAncestors::Origins(vec!["https://a.example".parse().unwrap()]);
    let named = "default-src 'self' | frame-ancestors 'self' https://a.example";
    for (fields, ancestors, expected) in [
        (&[OWN][..], origins(), named),
        (
            &[OWN, ("X-Frame-Options", "DENY")],
            origins(),
            "default-src 'self'",
        ),
        (
            &[OWN, ANY],
            origins(),
            "default-src 'self' | Frame-Ancestors *",
        ),
        (&[OWN], FrameAncestors::Anybody, "default-src 'self'"),
    ] {
        let app = SecurityHeaders::new(with(fields)).content_security_policy("img-src 'self'");
        let app = app.frame_ancestors(ancestors);
        let response = Request::get("/").call(&app);
        check(&response, &[("Content-Security-Policy", expected)]);
    }
}

#[test]
fn frames_are_allowed_as_set() {
    let origins = FrameAncestors::Origins(vec![
        "https://*.a.example".parse().unwrap(),
        "http://localhost:*".parse().unwrap(),
    ]);
    let named = "frame-ancestors 'self' https://*.a.example http://localhost:*";
    for (ancestors, policy, options) in [
        (
            FrameAncestors::SameOrigin,
            "frame-ancestors 'self'",
            "SAMEORIGIN",
        ),
        (origins, named, ""),
        (FrameAncestors::Anybody, "", ""),
    ] {
        let app = SecurityHeaders::new(with(&[])).frame_ancestors(ancestors);
        let response = Request::get("/").call(&app);
        let fields = [
            ("Content-Security-Policy", policy),
            ("X-Frame-Options", options),
        ];
        check(&response, &fields);
    }
}

#[test]
fn a_nonce_is_random_and_belongs_to_one_response() {
    let app = SecurityHeaders::new(asks).content_security_policy(POLICY);
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let response = Request::get("/").call(&app);
        let nonce = response.text().to_owned();
        assert_eq!(nonce.len(), 24);
        assert!(
            nonce
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
        );
        let expected = format!(
            "script-src 'self' 'nonce-{nonce}'; style-src 'nonce-{nonce}'; frame-ancestors 'none'"
        );
        check(&response, &[("Content-Security-Policy", &expected)]);
        assert!(seen.insert(nonce));
    }
}

#[test]
fn no_cache_keeps_a_page_with_a_nonce_unless_the_application_says_so() {
    let cached = application(|environ, start_response| {
        csp_nonce(environ)?;
        start_response.start(Status::OK, [("Cache-Control", "no-cache")])?;
        Ok("".into())
    });
    let app = SecurityHeaders::new(asks).content_security_policy(POLICY);
    check(
        &Request::get("/").call(&app),
        &[("Cache-Control", "no-store")],
    );
    let app = SecurityHeaders::new(cached).content_security_policy(POLICY);
    let response = Request::get("/").call(&app);
    check(&response, &[("Cache-Control", "no-cache")]);
    let app = SecurityHeaders::new(with(&[])).content_security_policy(POLICY);
    check(&Request::get("/").call(&app), &[("Cache-Control", "")]);
}

#[test]
fn a_stored_page_keeps_its_policy_when_it_is_confirmed() {
    let confirms = |asks: bool| {
        application(move |environ, start_response| {
            if asks {
                csp_nonce(environ)?;
            }
            start_response.start(Status::NOT_MODIFIED, [("ETag", "\"a\"")])?;
            Ok("".into())
        })
    };
    for asks in [false, true] {
        let app = SecurityHeaders::new(confirms(asks)).content_security_policy(POLICY);
        let fields = [
            ("Content-Security-Policy", ""),
            ("X-Frame-Options", ""),
            ("Cache-Control", ""),
            ("X-Content-Type-Options", "nosniff"),
        ];
        check(&Request::get("/").call(&app), &fields);
    }
}

#[test]
fn a_response_that_did_not_ask_has_no_nonce() {
    let app = SecurityHeaders::new(with(&[])).content_security_policy(POLICY);
    let policy = "script-src 'self'; style-src 'none'; frame-ancestors 'none'";
    check(
        &Request::get("/").call(&app),
        &[("Content-Security-Policy", policy)],
    );
}

#[test]
fn a_body_that_asks_too_late_gets_an_error_and_no_wrong_nonce() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        use std::io::Write;
        let writer = start_response.writer().expect("a writer");
        let mut writer = writer;
        writer.write_all(b"begun ")?;
        writer.flush()?;
        Ok(csp_nonce(environ).unwrap_err().to_string().into())
    });
    let app = SecurityHeaders::new(app).content_security_policy(POLICY);
    let response = Request::get("/").call(&app);
    assert_eq!(response.text(), format!("begun {}", CspNonceError::TooLate));
    assert!(!value(&response, "Content-Security-Policy").contains("nonce"));
}

#[test]
fn without_a_place_in_the_policy_there_is_no_nonce() {
    let app = application(|environ, start_response| {
        assert_eq!(csp_nonce(environ), Err(CspNonceError::NoPolicy));
        start_response.start(Status::OK, ())?;
        Ok("checked".into())
    });
    let app = SecurityHeaders::new(app).content_security_policy("default-src 'self'");
    assert_eq!(Request::get("/").call(&app).text(), "checked");
}

#[test]
fn the_error_page_of_an_application_has_a_nonce_of_its_own() {
    let fails = |panics: bool| {
        application(move |environ, _start_response| {
            csp_nonce(environ)?;
            environ.insert_extension(ErrorPage::new(asks));
            assert!(!panics, "on purpose");
            Err("out of tea".into())
        })
    };
    for panics in [false, true] {
        let app = SecurityHeaders::new(fails(panics)).content_security_policy(POLICY);
        let response = Request::get("/").call(&app);
        let nonce = format!("style-src 'nonce-{}'", response.text());
        let policy = value(&response, "Content-Security-Policy");
        assert!(policy.contains(&nonce), "{policy}");
        check(&response, &[("X-Frame-Options", "DENY")]);
    }
}

#[test]
fn https_alone_is_wished_over_https_alone_also_behind_a_proxy() {
    let app = SecurityHeaders::new(with(&[])).hsts(Hsts::new(Duration::from_secs(60)).preload());
    let app = TrustedProxies::new(app).trust("10.0.0.1".parse().unwrap());
    let ask = |scheme: &str, forwarded: &str| {
        let request = Request::get(format!("{scheme}://a.example/"))
            .header("X-Forwarded-Proto", forwarded)
            .variable("REMOTE_ADDR", "10.0.0.1");
        value(&request.call(&app), "Strict-Transport-Security")
    };
    let wish = "max-age=31536000; includeSubDomains; preload";
    assert_eq!(ask("http", "https"), wish);
    assert_eq!(ask("https", ""), wish);
    assert_eq!(ask("https", "http"), "");
}

#[test]
fn https_alone_is_not_wished_for_the_machine_itself() {
    let app = SecurityHeaders::new(with(&[])).hsts(Hsts::new(Duration::from_secs(60)));
    let ask_from = |address: &str, host: &str| {
        let request = Request::get(format!("https://{host}/")).variable("REMOTE_ADDR", address);
        value(&request.call(&app), "Strict-Transport-Security")
    };
    let ask = |host: &str| ask_from("127.0.0.1", host);
    for host in [
        "localhost",
        "LocalHost:8443",
        "localhost.",
        "shop.localhost:443",
    ] {
        assert_eq!(ask(host), "", "{host}");
        for address in ["127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(ask_from(address, host), "", "{host} from {address}");
        }
        for address in ["203.0.113.9", "2001:db8::1", "::ffff:10.0.0.1", "", "unix:"] {
            assert_eq!(
                ask_from(address, host),
                "max-age=60",
                "{host} from {address}"
            );
        }
    }
    for host in [
        "localhost.example",
        "notlocalhost",
        "host",
        "a.example:8443",
    ] {
        assert_eq!(ask(host), "max-age=60", "{host}");
    }
}

#[test]
fn https_is_wished_behind_a_proxy_that_asks_for_localhost() {
    let app = SecurityHeaders::new(with(&[])).hsts(Hsts::new(Duration::from_secs(60)));
    let app = TrustedProxies::new(app).trust("127.0.0.1".parse().unwrap());
    let answer = Request::get("http://localhost:8000/")
        .variable("REMOTE_ADDR", "127.0.0.1")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-For", "203.0.113.9")
        .call(&app);
    assert_eq!(value(&answer, "Strict-Transport-Security"), "max-age=60");
}

#[track_caller]
fn check_panic(build: impl FnOnce(SecurityHeaders<Mounts>) -> SecurityHeaders<Mounts>) {
    let app = SecurityHeaders::new(Mounts::new());
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(app)));
    assert!(built.is_err());
}

#[test]
fn fields_that_cannot_be_sent_are_refused_when_they_are_set() {
    check_panic(|app| app.content_security_policy("default-src 'self'\r\nSet-Cookie: a=b"));
    check_panic(|app| app.content_security_policy("default-src caf\u{e9}"));
    check_panic(|app| app.content_security_policy("default-src 'self', script-src 'self'"));
    check_panic(|app| app.content_security_policy("Frame-Ancestors *"));
    check_panic(|app| app.field("X-Frame-Options", "DENY"));
    check_panic(|app| app.field("content-security-policy", "default-src 'self'"));
    check_panic(|app| app.field("Strict-Transport-Security", "max-age=1"));
    check_panic(|app| app.field("Bad Name", "a"));
    check_panic(|app| app.field("A", "b\r\nc: d"));
}

#[test]
fn a_field_with_a_method_of_its_own_cannot_be_left_out_by_name() {
    check_panic(|app| app.without("X-Frame-Options"));
    check_panic(|app| app.without("content-security-policy"));
    check_panic(|app| app.without("Strict-Transport-Security"));
}
