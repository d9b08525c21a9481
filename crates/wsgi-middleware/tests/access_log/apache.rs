//! Formats in the notation of Apache.

use wsgi_application::{Body, Status, application};
use wsgi_middleware::{LogFormat, LogFormatError, LogWriter};
use wsgi_testing::Request;

use super::{
    hello, line_of,
    lines::{visit, without_time},
};

/// The line of a format in the notation of Apache.
#[track_caller]
fn apache(format: &str, request: Request) -> String {
    let format = LogFormat::apache(format).unwrap();
    line_of(LogWriter::builder().format(format), hello, request).0
}

#[test]
fn directives_of_apache_have_their_values() {
    let request = || {
        visit()
            .header("Host", "site.example:8000")
            .header("Content-Type", "text/plain")
            .variable("REMOTE_USER", "Ada L")
            .variable("SERVER_NAME", "site.example")
            .variable("SERVER_PORT", "8000")
            .variable("UNIQUE_ID", "7f3")
            .variable("SSL_CIPHER", "a b")
    };
    for (format, line) in [
        ("%h %a %l %u", r"192.0.2.7 192.0.2.7 - Ada\x20L"),
        (r#""%r""#, r#""GET /a%20b?c=\"d\" HTTP/1.1""#),
        ("%m %U%q %H", r#"GET /a%20b?c=\"d\" HTTP/1.1"#),
        ("%>s %s %b %B", "200 200 13 13"),
        ("%v:%p %V %L", "site.example:8000 site.example 7f3"),
        (
            "%{Host}i %{content-type}i %{X-None}i",
            "site.example:8000 text/plain -",
        ),
        (r#"%{SSL_CIPHER}e "%{SSL_CIPHER}e""#, r#"a\x20b "a b""#),
        (r#"\"%{Referer}i\"\t%%"#, "\"http://example.org/\"\t%"),
        ("%m {client} {{", "GET {client} {{"),
    ] {
        assert_eq!(apache(format, request()), line, "{format}");
    }
    assert_eq!(apache("%P", request()), std::process::id().to_string());
    assert_eq!(without_time(&apache("a b c %t d", request())), "a b c d");
    let times = apache("%D %{us}T %{ms}T %T %{s}T", request());
    let times: Vec<u64> = times.split(' ').map(|time| time.parse().unwrap()).collect();
    let micros = times[0];
    let expected = [
        micros,
        micros,
        micros / 1000,
        micros / 1_000_000,
        micros / 1_000_000,
    ];
    assert_eq!(times, expected);
    let sent: u64 = apache("%O", request()).parse().unwrap();
    assert!(sent > 13);
}

#[test]
fn a_format_without_a_directive_is_refused() {
    for format in ["", "{client} {status}", "%l", "100%%", "%l \\\"{{"] {
        let error = LogFormat::apache(format).unwrap_err();
        assert_eq!(error, LogFormatError::NoFields, "{format}");
    }
}

#[test]
fn a_path_has_no_scheme_and_no_host() {
    for (target, path) in [
        ("/a%20b?c=/d", "/a%20b"),
        ("//a://b?c", "//a://b"),
        ("/a#b", "/a"),
        ("http://site.example/a?b", "/a"),
        ("https://site.example:8443//a", "//a"),
        ("http://site.example", "/"),
        ("http://site.example?a/b", "/"),
        ("*", "*"),
        ("site.example:443", "site.example:443"),
        ("", "-"),
    ] {
        let request = Request::get("/").variable("REQUEST_URI", target);
        assert_eq!(apache("%U", request), path, "{target}");
    }
}

#[test]
fn directives_without_a_value_are_hyphens_or_nothing() {
    let empty = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let format = LogFormat::apache("%h %u %b %B %U%q;%{UNIQUE_ID}e").unwrap();
    let builder = LogWriter::builder().format(format);
    let request = Request::get("/").variable("REMOTE_ADDR", "");
    assert_eq!(line_of(builder, empty, request).0, "- - - 0 /;-");
}
