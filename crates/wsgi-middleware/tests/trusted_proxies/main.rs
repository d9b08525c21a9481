//! The client's request as trusted proxies describe it, and what nobody else can say.

mod any_text;
#[cfg(feature = "sessions")]
mod cookies;
mod host;
mod log;
mod trust;
mod walk;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_environ::{guess_scheme, request_uri};
use wsgi_middleware::{ForwardedBy, Mounts, TrustedProxies, not_found};
use wsgi_testing::Request;

type App = fn(&mut Environ, &mut StartResponse<'_>) -> Result;

/// The variables that proxies change.
const NAMES: [&str; 9] = [
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "REMOTE_HOST",
    "HTTPS",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
];

/// Answers with the URL and these variables, each on a line.
fn tell(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    assert_eq!(
        environ.url_scheme() == "https",
        guess_scheme(environ) == "https"
    );
    let mut text = format!("URL {}\n", request_uri(environ, true)?);
    for name in NAMES {
        if let Some(value) = environ.get(name) {
            text += &format!("{name} {value}\n");
        }
    }
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(text.into())
}

/// Answers with the names of the fields of proxies.
fn fields(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let names = environ.iter().map(|(name, _)| name.into_owned());
    let mut names: Vec<_> = names.filter(|name| name.contains("FORWARDED")).collect();
    names.sort();
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(names.join(" ").into())
}

/// Trusts 10.0.0.0/8 and 2001:db8:1::/48, which set all fields.
fn trusting<A: Application>(application: A, forwarded_by: ForwardedBy) -> TrustedProxies<A> {
    TrustedProxies::new(application)
        .trust("10.0.0.0/8".parse().unwrap())
        .trust("2001:db8:1::/48".parse().unwrap())
        .forwarded_by(forwarded_by)
        .trust_host(true)
        .trust_prefix(true)
}

/// A request for http://inner:8000/menu?a from an address.
fn from(peer: &str, fields: &str) -> Request {
    let request = Request::get("/menu?a")
        .variable("REMOTE_ADDR", peer)
        .variable("REMOTE_PORT", "4711")
        .variable("REMOTE_HOST", "peer.example")
        .variable("SERVER_NAME", "inner")
        .variable("SERVER_PORT", "8000")
        .header("Host", "inner:8000");
    fields
        .lines()
        .map(|line| line.split_once(':').expect("a field"))
        .fold(request, |request, (name, value)| {
            request.header(name, value.trim())
        })
}

fn line<'t>(text: &'t str, name: &str) -> &'t str {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines
        .find(|(known, _)| *known == name)
        .map_or("-", |(_, value)| value)
}

/// Compares the lines of these names. A line that is absent is `-`.
#[track_caller]
fn check(by: ForwardedBy, peer: &str, fields: &str, expected: &[(&str, &str)]) {
    let response = from(peer, fields).call(&trusting(tell, by));
    for (name, value) in expected {
        let found = line(response.text(), name);
        assert_eq!(
            found,
            *value,
            "{name} from {peer} with\n{fields}\n{}",
            response.text()
        );
    }
}

#[track_caller]
fn check_x(fields: &str, expected: &[(&str, &str)]) {
    check(ForwardedBy::XForwarded, "10.0.0.1", fields, expected);
}

#[track_caller]
fn check_forwarded(fields: &str, expected: &[(&str, &str)]) {
    check(ForwardedBy::Forwarded, "10.0.0.1", fields, expected);
}

#[test]
fn the_request_of_the_client_replaces_that_of_the_proxy() {
    let expected = [
        ("URL", "https://example.org:8443/app/menu?a"),
        ("REMOTE_ADDR", "192.0.2.7"),
        ("REMOTE_PORT", "-"),
        ("REMOTE_HOST", "-"),
        ("HTTPS", "on"),
        ("HTTP_HOST", "example.org:8443"),
        ("SERVER_NAME", "example.org"),
        ("SERVER_PORT", "8443"),
        ("SCRIPT_NAME", "/app"),
        ("PATH_INFO", "/menu"),
    ];
    check_x(
        "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: example.org\n\
         X-Forwarded-Port: 8443\nX-Forwarded-Prefix: /app/",
        &expected,
    );
    let expected = [
        ("URL", "https://example.org/menu?a"),
        ("REMOTE_ADDR", "2001:db8::7"),
        ("REMOTE_PORT", "47011"),
        ("REMOTE_HOST", "-"),
        ("HTTPS", "on"),
        ("HTTP_HOST", "example.org"),
        ("SERVER_NAME", "example.org"),
        ("SERVER_PORT", "443"),
        ("SCRIPT_NAME", ""),
    ];
    check_forwarded(
        "Forwarded: for=\"[2001:DB8::7]:47011\";proto=https;host=\"example.org:443\"",
        &expected,
    );
}
