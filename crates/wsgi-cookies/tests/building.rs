//! Cookies that are built, and cookies that are refused.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use wsgi_cookies::{Cookies, InvalidCookie, SameSite, SetCookie};

#[track_caller]
fn check(cookie: &SetCookie, expected: &str) {
    assert_eq!(cookie.to_header_value().as_deref(), Ok(expected));
}

#[track_caller]
fn refused(cookie: &SetCookie, expected: InvalidCookie) {
    assert_eq!(cookie.to_header_value(), Err(expected), "{cookie:?}");
}

fn cookie() -> SetCookie {
    SetCookie::new("a", "1")
}

#[test]
fn no_attribute_is_set_by_default() {
    check(&cookie(), "a=1");
    check(&SetCookie::new("a", ""), "a=");
    check(
        &cookie().secure(false).http_only(false).partitioned(false),
        "a=1",
    );
}

#[test]
fn all_attributes_are_written() {
    let all = cookie()
        .path("/shop")
        .domain("example.com")
        .max_age(Duration::from_secs(60))
        .expires(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
        .secure(true)
        .http_only(true)
        .same_site(SameSite::None)
        .partitioned(true);
    check(
        &all,
        "a=1; Path=/shop; Domain=example.com; Max-Age=60; Expires=Sun, 06 Nov 1994 08:49:37 GMT; \
         Secure; HttpOnly; SameSite=None; Partitioned",
    );
    check(
        &cookie().same_site(SameSite::Strict),
        "a=1; SameSite=Strict",
    );
}

#[test]
fn a_part_of_a_second_does_not_remove_a_cookie() {
    check(&cookie().max_age(Duration::from_nanos(1)), "a=1; Max-Age=1");
    check(&cookie().max_age(Duration::ZERO), "a=1; Max-Age=0");
    check(
        &cookie().max_age(Duration::MAX),
        "a=1; Max-Age=9223372036854775807",
    );
}

#[test]
fn names_are_tokens() {
    for name in [
        "", " ", "a b", "a=b", "a;b", "a,b", "a\"", "é", "a\0", "(a)",
    ] {
        refused(&SetCookie::new(name, "1"), InvalidCookie::Name);
    }
}

#[test]
fn values_are_cookie_octets() {
    for value in [
        "a;b", "a b", " a", "a,b", "\"a\"", "a\\", "a\r\nb", "\0", "\x7f", "é", "\t",
    ] {
        refused(&SetCookie::new("a", value), InvalidCookie::Value);
        let encoded = SetCookie::encoded("a", value).to_header_value().unwrap();
        assert_eq!(Cookies::parse(&encoded).get_decoded("a").unwrap(), value);
    }
}

#[test]
fn a_cookie_has_at_most_4096_bytes() {
    check(
        &SetCookie::new("a", "x".repeat(4095)),
        &format!("a={}", "x".repeat(4095)),
    );
    refused(
        &SetCookie::new("a", "x".repeat(4096)),
        InvalidCookie::TooLong { length: 4097 },
    );
    refused(
        &SetCookie::encoded("a", &" ".repeat(1366)),
        InvalidCookie::TooLong { length: 4099 },
    );
}

#[test]
fn paths_are_absolute() {
    for path in ["", "shop", "/a;b", "/a\n", "/é", "/\x7f"] {
        refused(&cookie().path(path), InvalidCookie::Path);
    }
    check(&cookie().path("/a b=c,d"), "a=1; Path=/a b=c,d");
    let longest = "/".repeat(1024);
    check(&cookie().path(&longest), &format!("a=1; Path={longest}"));
    refused(&cookie().path(longest + "/"), InvalidCookie::Path);
}

#[test]
fn a_path_that_browsers_would_shorten_is_refused() {
    refused(&cookie().path("/a "), InvalidCookie::Path);
    refused(&cookie().path("/ "), InvalidCookie::Path);
}

#[test]
fn domains_are_host_names() {
    for domain in [
        "",
        ".",
        "a..b",
        "..a",
        "a.",
        "a b",
        "a;b",
        "[::1]",
        "a:80",
        "é.example",
    ] {
        refused(&cookie().domain(domain), InvalidCookie::Domain);
    }
    for domain in [
        "localhost",
        ".example.com",
        "xn--e1afmkfd.example",
        "10.0.0.1",
        "a_b.example",
    ] {
        check(&cookie().domain(domain), &format!("a=1; Domain={domain}"));
    }
    let longest = "a".repeat(1024);
    check(
        &cookie().domain(&longest),
        &format!("a=1; Domain={longest}"),
    );
    refused(&cookie().domain(longest + "a"), InvalidCookie::Domain);
}

#[test]
fn expiry_is_a_date_of_four_digits() {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    check(
        &cookie().expires(last),
        "a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
    );
    let second = Duration::from_secs(1);
    refused(&cookie().expires(last + second), InvalidCookie::Expires);
    refused(
        &cookie().expires(SystemTime::UNIX_EPOCH - second),
        InvalidCookie::Expires,
    );
}

#[test]
fn attributes_that_require_secure_are_refused_without_it() {
    refused(
        &cookie().same_site(SameSite::None),
        InvalidCookie::SameSiteNone,
    );
    refused(&cookie().partitioned(true), InvalidCookie::Partitioned);
}

#[test]
fn a_prefix_in_any_case_requires_its_attributes() {
    for name in ["__Secure-a", "__secure-a", "__SECURE-"] {
        refused(&SetCookie::new(name, "1"), InvalidCookie::SecurePrefix);
        check(
            &SetCookie::new(name, "1").secure(true),
            &format!("{name}=1; Secure"),
        );
    }
    for name in ["__Host-a", "__hOST-a"] {
        let good = SetCookie::new(name, "1").secure(true).path("/");
        check(&good.clone(), &format!("{name}=1; Path=/; Secure"));
        refused(&good.clone().secure(false), InvalidCookie::HostPrefix);
        refused(&good.clone().path("/a"), InvalidCookie::HostPrefix);
        refused(&good.domain("example.com"), InvalidCookie::HostPrefix);
        refused(
            &SetCookie::new(name, "1").secure(true),
            InvalidCookie::HostPrefix,
        );
    }
    for name in ["__Http-a", "__Host-Http-a", "__host-http-a"] {
        let good = SetCookie::new(name, "1")
            .secure(true)
            .path("/")
            .http_only(true);
        check(
            &good.clone(),
            &format!("{name}=1; Path=/; Secure; HttpOnly"),
        );
        refused(&good.http_only(false), InvalidCookie::HttpPrefix);
    }
    check(&SetCookie::new("__Hostess", "1"), "__Hostess=1");
}

#[test]
fn a_removal_needs_the_attributes_that_its_name_requires() {
    let removal = SetCookie::removal("__Host-id");
    refused(&removal.clone(), InvalidCookie::HostPrefix);
    check(
        &removal.path("/").secure(true),
        "__Host-id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure",
    );
}

#[test]
fn each_error_has_a_sentence_of_its_own() {
    let errors = [
        InvalidCookie::Name,
        InvalidCookie::Value,
        InvalidCookie::TooLong { length: 4097 },
        InvalidCookie::Path,
        InvalidCookie::Domain,
        InvalidCookie::Expires,
        InvalidCookie::SameSiteNone,
        InvalidCookie::Partitioned,
        InvalidCookie::SecurePrefix,
        InvalidCookie::HostPrefix,
        InvalidCookie::HttpPrefix,
    ];
    let sentences: HashSet<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(sentences.len(), errors.len(), "{sentences:?}");
    assert!(
        sentences.iter().all(|sentence| sentence.contains("cookie")),
        "{sentences:?}"
    );
    assert!(
        InvalidCookie::TooLong { length: 4097 }
            .to_string()
            .contains("4097")
    );
}

#[test]
fn name_and_value_can_be_read_back() {
    let cookie = SetCookie::encoded("name", "a b");
    assert_eq!((cookie.name(), cookie.value()), ("name", "a%20b"));
}

#[test]
fn debug_does_not_show_the_value() {
    let shown = format!("{:?}", SetCookie::new("id", "secret"));
    assert_eq!(shown, r#"SetCookie { name: "id", .. }"#);
}
