//! The keys of requests: addresses, and what closures return.

use wsgi_application::Application;
use wsgi_middleware::{Quota, RateLimit};
use wsgi_testing::Request;

use super::{clock::Clock, hello, is_admitted};

fn limit() -> RateLimit<impl Application> {
    RateLimit::new(hello, Quota::per_hour(1)).clock(Clock::default().read())
}

/// Checks whether the second of two addresses is refused after a request of the first.
#[track_caller]
fn check(name: &str, prefix: Option<u8>, addresses: [&str; 2], is_shared: bool) {
    let mut app = limit();
    if let Some(prefix) = prefix {
        app = app.ipv6_prefix(prefix);
    }
    let from = |address| {
        Request::get("/")
            .variable("REMOTE_ADDR", address)
            .call(&app)
    };
    assert!(is_admitted(&from(addresses[0])), "{name}");
    assert_eq!(!is_admitted(&from(addresses[1])), is_shared, "{name}");
}

#[test]
fn an_ipv4_address_is_a_key() {
    check("the same", None, ["192.0.2.1", "192.0.2.1"], true);
    check("the last bit", None, ["192.0.2.0", "192.0.2.1"], false);
    check("mapped", None, ["192.0.2.1", "::ffff:192.0.2.1"], true);
    check(
        "mapped, in hexadecimal",
        None,
        ["::ffff:c000:201", "192.0.2.1"],
        true,
    );
    check(
        "others mapped",
        None,
        ["::ffff:192.0.2.1", "::ffff:192.0.2.2"],
        false,
    );
    check(
        "mapped with a prefix",
        Some(0),
        ["::ffff:192.0.2.1", "192.0.2.2"],
        false,
    );
    check("compatible", None, ["192.0.2.1", "::192.0.2.1"], false);
}

#[test]
fn the_first_64_bits_of_an_ipv6_address_are_a_key() {
    check("the same", None, ["2001:db8::1", "2001:0db8:0::1"], true);
    check("bit 65", None, ["2001:db8::", "2001:db8:0:0:8000::"], true);
    check("bit 64", None, ["2001:db8::", "2001:db8:0:1::"], false);
    check("bit 1", None, ["2001:db8::", "a001:db8::"], false);
    check("zones", None, ["fe80::1%eth0", "fe80::2%25eth1"], true);
}

#[test]
fn the_prefix_of_ipv6_addresses_can_be_set() {
    check("48", Some(48), ["2001:db8:1::", "2001:db8:1:ffff::"], true);
    check(
        "48, bit 48",
        Some(48),
        ["2001:db8::", "2001:db8:1::"],
        false,
    );
    check("128", Some(128), ["2001:db8::1", "2001:db8::1"], true);
    check(
        "128, bit 128",
        Some(128),
        ["2001:db8::", "2001:db8::1"],
        false,
    );
    check("127", Some(127), ["2001:db8::", "2001:db8::1"], true);
    check("1", Some(1), ["::", "7fff::"], true);
    check("1, bit 1", Some(1), ["::", "8000::"], false);
    check("0", Some(0), ["::", "ffff::"], true);
}

#[test]
fn requests_without_an_ip_address_share_a_key() {
    check("empty", None, ["", "unix:"], true);
    check("a port", None, ["192.0.2.1:80", "[::1]:80"], true);
    check("not UTF-8", None, ["", "\u{fffd}"], true);
    check("an address", None, ["", "::"], false);
    check("an IPv4 address", None, ["", "0.0.0.0"], false);

    let app = limit();
    let absent = || Request::get("/").environ(|environ| environ.remove("REMOTE_ADDR"));
    assert!(is_admitted(&absent().call(&app)));
    let latin_1 = Request::get("/").variable("REMOTE_ADDR", b"\xff");
    assert!(!is_admitted(&latin_1.call(&app)));
    assert!(!is_admitted(&absent().call(&app)));
}

#[test]
fn a_closure_chooses_the_key_or_no_limit() {
    let app = limit().key(|environ| {
        let token = environ.get("HTTP_X_TOKEN")?;
        Some((token.to_string(), environ.request_method() == "POST"))
    });
    let get = |token| Request::get("/").header("X-Token", token).call(&app);
    assert!(is_admitted(&get("a")));
    assert!(!is_admitted(&get("a")));
    assert!(is_admitted(&get("b")));
    assert!(is_admitted(
        &Request::post("/").header("X-Token", "a").call(&app)
    ));
    for _ in 0..3 {
        assert!(is_admitted(&Request::get("/").call(&app)));
    }
}

#[test]
fn one_key_for_all_limits_all_together() {
    let app = limit().key(|_| Some(()));
    let from = |address| {
        Request::get("/")
            .variable("REMOTE_ADDR", address)
            .call(&app)
    };
    assert!(is_admitted(&from("192.0.2.1")));
    assert!(!is_admitted(&from("192.0.2.2")));
}

#[test]
fn two_limits_with_the_same_settings_are_independent() {
    let (one, other) = (limit(), limit());
    assert!(is_admitted(&Request::get("/").call(&one)));
    assert!(is_admitted(&Request::get("/").call(&other)));
    assert!(!is_admitted(&Request::get("/").call(&one)));
}
