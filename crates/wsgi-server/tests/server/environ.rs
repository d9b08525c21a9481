//! The environ that an application sees.

use std::collections::BTreeMap;

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::{application_uri, request_uri};
use wsgi_server::Server;

use crate::support::{self, Client, Running};

/// Answers with every variable and value, one per line.
fn show(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut text = String::new();
    for (name, value) in environ.iter() {
        text += &format!("{name}={}\n", value.as_bytes().escape_ascii());
    }
    text += &format!("wsgi.url_scheme={}\n", environ.url_scheme());
    text += &format!("wsgi.multithread={}\n", environ.multithread());
    text += &format!("wsgi.multiprocess={}\n", environ.multiprocess());
    text += &format!("wsgi.run_once={}\n", environ.run_once());
    text += &format!("wsgi.version={:?}\n", environ.version());
    text += &format!("application_uri={}\n", application_uri(environ)?);
    text += &format!("request_uri={}\n", request_uri(environ, true)?);
    start_response.start(Status::OK, ())?;
    Ok(text.into())
}

/// The environ of a request.
struct Seen {
    running: Running,
    client_port: u16,
    variables: BTreeMap<String, String>,
}

/// Sends a request, and returns the environ that the application sees.
#[track_caller]
fn seen(request: impl AsRef<[u8]>) -> Seen {
    let running = Running::with(|builder| builder.server_software("test/1"), show);
    let mut client = running.connect();
    let client_port = client.stream.local_addr().unwrap().port();
    let response = client.ask(request);
    assert_eq!(response.status, 200, "{}", running.log());
    let pairs = response.text().lines().map(|line| {
        let (name, value) = line.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let variables = pairs.collect();
    Seen {
        running,
        client_port,
        variables,
    }
}

/// Asserts that these variables have these values, or are absent.
#[track_caller]
fn check(name: &str, request: impl AsRef<[u8]>, expected: &[(&str, Option<&str>)]) {
    let seen = seen(request);
    for (variable, value) in expected {
        let found = seen.variables.get(*variable).map(String::as_str);
        assert_eq!(found, *value, "{name}: {variable}");
    }
}

#[test]
fn every_variable_of_a_request_is_there_and_no_other() {
    let seen = seen(
        "PUT /a%20b/c?d=e%20f HTTP/1.1\r\nHost: example.com:8080\r\nUser-Agent: test\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\nX-Two: a\r\nx-two: b\r\n\
         Cookie: a=b\r\nCookie: c=d\r\nX-Empty:\r\n\r\nhello",
    );
    let port = seen.running.address.port().to_string();
    let remote_port = seen.client_port.to_string();
    let expected: BTreeMap<&str, &str> = [
        ("CONTENT_LENGTH", "5"),
        ("CONTENT_TYPE", "text/plain; charset=utf-8"),
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("HTTP_COOKIE", "a=b; c=d"),
        ("HTTP_HOST", "example.com:8080"),
        ("HTTP_USER_AGENT", "test"),
        ("HTTP_X_EMPTY", ""),
        ("HTTP_X_TWO", "a, b"),
        ("PATH_INFO", "/a b/c"),
        ("QUERY_STRING", "d=e%20f"),
        ("REMOTE_ADDR", "127.0.0.1"),
        ("REMOTE_PORT", &remote_port),
        ("REQUEST_METHOD", "PUT"),
        ("REQUEST_URI", "/a%20b/c?d=e%20f"),
        ("SCRIPT_NAME", ""),
        ("SERVER_NAME", "127.0.0.1"),
        ("SERVER_PORT", &port),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SERVER_SOFTWARE", "test/1"),
        ("application_uri", "http://example.com:8080/"),
        ("request_uri", "http://example.com:8080/a%20b/c?d=e%20f"),
        ("wsgi.multiprocess", "false"),
        ("wsgi.multithread", "true"),
        ("wsgi.run_once", "false"),
        ("wsgi.url_scheme", "http"),
        ("wsgi.version", "(1, 0)"),
    ]
    .into();
    let found: BTreeMap<&str, &str> = seen
        .variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn paths_arrive_decoded_and_targets_unchanged() {
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let rows = [
        ("/", "/", "", "http://a/"),
        ("//", "//", "", "http://a//"),
        ("/a//b/", "/a//b/", "", "http://a/a//b/"),
        ("/a%2Fb", "/a/b", "", "http://a/a/b"),
        ("/%e2%82%ac", "/\\xe2\\x82\\xac", "", "http://a/%E2%82%AC"),
        ("/%ff%fe", "/\\xff\\xfe", "", "http://a/%FF%FE"),
        ("/a/../b", "/a/../b", "", "http://a/a/../b"),
        ("/a?", "/a", "", "http://a/a"),
        ("/a??b", "/a", "?b", "http://a/a??b"),
        ("/a%3Fb?c", "/a?b", "c", "http://a/a%3Fb?c"),
        ("/;a=b,c", "/;a=b,c", "", "http://a/;a=b,c"),
    ];
    for (target, path, query, uri) in rows {
        let expected = [
            ("PATH_INFO", Some(path)),
            ("QUERY_STRING", Some(query)),
            ("REQUEST_URI", Some(target)),
            ("SCRIPT_NAME", Some("")),
            ("request_uri", Some(uri)),
        ];
        check(target, get(target), &expected);
    }
}

#[test]
fn the_target_may_have_other_forms() {
    check(
        "absolute form",
        "GET http://example.com:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n",
        &[
            ("PATH_INFO", Some("/a")),
            ("QUERY_STRING", Some("b")),
            ("HTTP_HOST", Some("example.com:81")),
            ("REQUEST_URI", Some("http://example.com:81/a?b")),
            ("request_uri", Some("http://example.com:81/a?b")),
        ],
    );
    check(
        "absolute form without a path",
        "GET http://example.com HTTP/1.1\r\nHost: example.com\r\n\r\n",
        &[("PATH_INFO", Some("/")), ("HTTP_HOST", Some("example.com"))],
    );
    check(
        "OPTIONS *",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        &[
            ("REQUEST_METHOD", Some("OPTIONS")),
            ("PATH_INFO", Some("")),
            ("REQUEST_URI", Some("*")),
        ],
    );
}

#[test]
fn fields_that_could_pass_for_others_are_absent() {
    check(
        "underscores and Proxy",
        "GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: b\r\nX-Real: c\r\nX_Real: d\r\nProxy: e\r\n\
         Content_Length: 5\r\n\r\n",
        &[
            ("HTTP_X_FORWARDED_FOR", None),
            ("HTTP_X_REAL", Some("c")),
            ("HTTP_PROXY", None),
            ("CONTENT_LENGTH", None),
            ("HTTP_CONTENT_LENGTH", None),
        ],
    );
    check(
        "chunked",
        support::put_chunks("/", &["hello"]),
        &[("HTTP_TRANSFER_ENCODING", None), ("CONTENT_LENGTH", None)],
    );
}

#[test]
fn without_host_the_uri_has_the_servers_own_name_and_port() {
    let seen = seen("GET /a HTTP/1.0\r\n\r\n");
    assert_eq!(seen.variables.get("HTTP_HOST"), None);
    assert_eq!(seen.variables["SERVER_PROTOCOL"], "HTTP/1.0");
    let uri = format!("http://{}/a", seen.running.address);
    assert_eq!(seen.variables["request_uri"], uri);
}

#[test]
fn values_are_kept_byte_for_byte() {
    check(
        "obs-text",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Name: caf\xe9\r\nX-Spaces:  \t a b \t \r\n\r\n",
        &[
            ("HTTP_X_NAME", Some("caf\\xe9")),
            ("HTTP_X_SPACES", Some("a b")),
        ],
    );
}

#[test]
fn nothing_of_a_request_is_left_for_the_next() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let before = environ.get("LEFT").is_some() || environ.extension::<u8>().is_some();
        environ.set("LEFT", "x");
        environ.insert_extension(1_u8);
        environ.remove("REQUEST_METHOD");
        environ.set_url_scheme("https");
        let cookie = environ.get("HTTP_COOKIE").is_some();
        start_response.start(Status::OK, ())?;
        Ok(format!("{before} {cookie}").into())
    };
    let running = Running::with(|builder| builder.threads(1), app);
    let mut client = running.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.response().text(), "false true");
    assert_eq!(client.response().text(), "false false");
}

#[test]
fn every_address_has_its_own_name_and_port() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let running = Running::build(builder.bind_to("localhost", 0).unwrap(), show);
    let addresses = running.server.local_addrs();
    assert_eq!(addresses.len(), 2);
    for (address, name) in addresses.iter().zip(["127.0.0.1", "localhost"]) {
        let port = address.tcp().unwrap().port();
        // Without a Host field, the URL has the name and port of the server.
        let response = Client::connect(address.clone()).ask("GET /a HTTP/1.0\r\n\r\n");
        let lines = [
            format!("SERVER_NAME={name}\nSERVER_PORT={port}\n"),
            format!("request_uri=http://{name}:{port}/a\n"),
        ];
        for line in lines {
            assert!(response.text().contains(&line), "{}", response.text());
        }
    }
}
