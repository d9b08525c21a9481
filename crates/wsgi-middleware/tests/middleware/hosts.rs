//! Hosts: which application answers.

#![cfg(feature = "hosts")]

use proptest::prelude::*;
use wsgi_application::{Application, Body, Status, application};
use wsgi_middleware::Hosts;
use wsgi_testing::{Request, Response};

/// The name of the application that answered, as an extension of the environ.
struct Answered(&'static str);

fn named(name: &'static str) -> impl Application {
    application(move |environ, start_response| {
        environ.insert_extension(Answered(name));
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    })
}

/// Each pattern is the name of its application.
fn hosts(patterns: &[&'static str]) -> Hosts {
    let add = |hosts: Hosts, &pattern: &&'static str| {
        hosts.host(pattern.parse().expect("a pattern"), named(pattern))
    };
    patterns
        .iter()
        .fold(Hosts::new().fallback(named("fallback")), add)
}

fn answered(response: &Response) -> &'static str {
    let answered = response.environ().extension::<Answered>();
    answered.expect("an answer").0
}

#[track_caller]
fn check(patterns: &[&'static str], requests: &[(&str, &str)]) {
    let hosts = hosts(patterns);
    for (host, expected) in requests {
        let request = Request::get("/").variable("HTTP_HOST", host);
        assert_eq!(answered(&request.call(&hosts)), *expected, "{host:?}");
    }
}

#[test]
fn a_host_is_compared_without_its_case_its_port_and_its_last_dot() {
    let requests = [
        ("example.org", "example.org"),
        ("EXAMPLE.Org", "example.org"),
        ("example.org:8000", "example.org"),
        ("example.org.", "example.org"),
        ("example.org.:443", "example.org"),
        ("example.org:", "example.org"),
        ("www.example.org", "fallback"),
        ("badexample.org", "fallback"),
        ("example.org.evil.example", "fallback"),
        ("org", "fallback"),
    ];
    check(&["example.org"], &requests);
}

#[test]
fn an_exact_host_comes_before_patterns_and_longer_patterns_before_shorter_ones() {
    let requests = [
        ("example.org", "example.org"),
        ("www.example.org", "www.example.org"),
        ("a.example.org", "*.example.org"),
        ("a.www.example.org", "*.www.example.org"),
        ("a.b.www.example.org", "*.www.example.org"),
        ("other.org", "*.org"),
        ("org", "fallback"),
        ("example.net", "fallback"),
    ];
    let mut patterns = [
        "*.org",
        "www.example.org",
        "*.example.org",
        "example.org",
        "*.www.example.org",
    ];
    check(&patterns, &requests);
    patterns.reverse();
    check(&patterns, &requests);
}

#[test]
fn a_pattern_with_a_port_comes_before_the_same_one_without() {
    let requests = [
        ("example.org:8443", "example.org:8443"),
        ("example.org:80", "example.org:80"),
        ("example.org", "example.org:80"), // the port of http
        ("example.org:81", "example.org"),
        ("a.example.org:8443", "*.example.org:8443"),
        ("a.example.org", "fallback"),
        ("a.b.example.org:8443", "*.b.example.org"), // more labels, although without a port
    ];
    let patterns = [
        "example.org",
        "example.org:80",
        "example.org:8443",
        "*.example.org:8443",
        "*.b.example.org",
    ];
    check(&patterns, &requests);
}

#[test]
fn the_port_of_https_is_443() {
    let hosts = hosts(&["example.org:443", "example.org"]);
    for (url, expected) in [
        ("https://example.org/", "example.org:443"),
        ("http://example.org/", "example.org"),
        ("http://example.org:443/", "example.org:443"),
    ] {
        assert_eq!(answered(&Request::get(url).call(&hosts)), expected, "{url}");
    }
}

#[test]
fn addresses_are_hosts() {
    let requests = [
        ("[::1]", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[2001:DB8::A]:443", "[2001:db8::a]:443"),
        ("[2001:db8::a]", "fallback"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("::1", "fallback"),
    ];
    check(&["[::1]", "[2001:db8::a]:443", "192.0.2.1"], &requests);
}

#[test]
fn a_malformed_host_goes_to_the_fallback() {
    let long = format!("{}.org", "a".repeat(300));
    for host in [
        "",
        ".",
        "..org",
        ".org",
        "a..org",
        "a.org..",
        "a.org:x",
        "a.org:80:80",
        "a b.org",
        "user@a.org",
        "a.org/",
        "[::1",
        "*.org",
        "caf\u{e9}.org",
        &long,
    ] {
        check(&["*.org"], &[(host, "fallback")]);
    }
    let request = Request::get("/").variable("HTTP_HOST", b"a\xff.org");
    assert_eq!(answered(&request.call(&hosts(&["*.org"]))), "fallback");
}

#[test]
fn without_a_host_the_name_of_the_server_counts() {
    let hosts = hosts(&["example.org", "example.org:8000", "[::1]"]);
    for (name, port, expected) in [
        ("example.org", "80", "example.org"),
        ("EXAMPLE.org", "8000", "example.org:8000"),
        ("example.org", "", "example.org"),
        ("::1", "80", "[::1]"),
        ("[::1]", "80", "[::1]"),
        ("example.org:8000", "80", "fallback"),
        ("", "80", "fallback"),
    ] {
        let app = application(|environ, start_response| {
            environ.remove("HTTP_HOST");
            environ.set("SERVER_NAME", name);
            environ.set("SERVER_PORT", port);
            hosts.call(environ, start_response)
        });
        assert_eq!(answered(&Request::get("/").call(&app)), expected, "{name}");
    }
    let app = application(|environ, start_response| {
        environ.remove("HTTP_HOST");
        environ.remove("SERVER_NAME");
        hosts.call(environ, start_response)
    });
    assert_eq!(answered(&Request::get("/").call(&app)), "fallback");
}

#[test]
fn a_later_application_replaces_one_of_the_same_pattern() {
    let hosts = Hosts::new()
        .host("example.org".parse().unwrap(), named("first"))
        .host("EXAMPLE.ORG.".parse().unwrap(), named("second"));
    let response = Request::get("http://example.org/").call(&hosts);
    assert_eq!(answered(&response), "second");
}

/// The rules of precedence, one after the other.
fn model(patterns: &[&'static str], host: &str) -> &'static str {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port),
        None => (host, "80"),
    };
    let matching = patterns.iter().copied().filter(|pattern| {
        let (pattern, wanted) = pattern.split_once(':').unwrap_or((pattern, port));
        let is_host = match pattern.strip_prefix('*') {
            Some(domain) => name.ends_with(domain) && name.len() > domain.len(),
            None => name == pattern,
        };
        is_host && wanted == port
    });
    let rank = |pattern: &&str| {
        let labels = pattern.split('.').count();
        (!pattern.starts_with('*'), labels, pattern.contains(':'))
    };
    matching.max_by_key(rank).unwrap_or("fallback")
}

proptest! {
    #[test]
    fn the_choice_is_that_of_the_rules(
        patterns in proptest::sample::subsequence(
            vec![
                "a", "a:81", "b.a", "b.a:80", "c.b.a", "*.a", "*.a:81", "*.b.a", "*.c.b.a:80", "*.b",
            ],
            0..=10,
        ).prop_shuffle(),
        host in "([abc]\\.){0,3}[ab](:8[01])?",
    ) {
        let request = Request::get("/").variable("HTTP_HOST", &host);
        let response = request.call(&hosts(&patterns));
        prop_assert_eq!(answered(&response), model(&patterns, &host), "{}", host);
    }

    #[test]
    fn no_host_is_too_strange(host in proptest::collection::vec(any::<u8>(), 0..40)) {
        let request = Request::get("/").variable("HTTP_HOST", host);
        request.call(&hosts(&["a", "*.a", "[::1]"]));
    }
}
