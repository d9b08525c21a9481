//! SCGI over sockets, with a front server that may send anything.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    thread,
    time::Duration,
};

use wsgi_application::{
    Application, Body, Environ, FileWrapper, Result, StartResponse, Status, application,
};
use wsgi_server::{Builder, Protocol};

use crate::support::{
    Client, Running, echo, eventually, folder::Folder, gateway_response::GatewayResponse,
};

fn serving(application: impl Application + 'static) -> Running {
    serving_with(|builder| builder, application)
}

fn serving_with(
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    Running::with(
        |builder| {
            options(
                builder
                    .protocol(Protocol::Scgi)
                    .max_backtrace_lines(Some(0)),
            )
        },
        application,
    )
}

/// A request's head with these headers, after CONTENT_LENGTH and SCGI.
fn head(length: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("CONTENT_LENGTH\0{length}\0SCGI\x001\0");
    for (name, value) in headers {
        text += &format!("{name}\0{value}\0");
    }
    format!("{}:{text},", text.len()).into_bytes()
}

fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let headers = [("REQUEST_METHOD", method), ("PATH_INFO", path)];
    [&head(&body.len().to_string(), &headers), body].concat()
}

/// Sends a request, and takes the response to the end of the connection.
#[track_caller]
fn ask(client: &mut Client, request: impl AsRef<[u8]>) -> GatewayResponse {
    client.send(request);
    GatewayResponse::parse(&client.take_all())
}

#[test]
fn a_request_is_answered_and_the_connection_ends() {
    let running = serving(echo);
    let response = ask(&mut running.connect(), request("GET", "/a", b""));
    assert_eq!((&*response.status, response.text()), ("200 OK", "GET /a\n"));
    assert_eq!(response.header("Content-Type"), Some("text/plain"));
    assert_eq!(response.header("Content-Length"), Some("7"));
    for field in ["Date", "Server", "Connection", "Transfer-Encoding"] {
        assert_eq!(response.header(field), None, "the front server adds it");
    }
    let response = ask(&mut running.connect(), request("PUT", "/b", b"hello"));
    assert_eq!(response.text(), "PUT /b\nhello");
    assert_eq!(running.log(), "");
}

#[test]
fn a_request_is_the_same_however_it_is_cut() {
    let running = serving(echo);
    let request = request("PUT", "/a", b"hello");
    for cut in 1..request.len() {
        let mut client = running.connect();
        client.send(&request[..cut]);
        thread::yield_now();
        let response = ask(&mut client, &request[cut..]);
        assert_eq!(response.text(), "PUT /a\nhello", "cut at {cut}");
    }
}

#[test]
fn the_environ_comes_from_the_front_server() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let mut text = String::new();
        for (name, value) in environ.to_map() {
            text += &format!("{name}={value}\n");
        }
        start_response.start(Status::OK, ())?;
        Ok((text + environ.url_scheme()).into())
    };
    let running = serving_with(|builder| builder.script_name("/app"), app);
    let headers = [
        ("REQUEST_METHOD", "GET"),
        ("REQUEST_URI", "/app/a%2Fb?c"),
        ("QUERY_STRING", "c"),
        ("SCRIPT_NAME", "/wrong"),
        ("SERVER_NAME", "example.com"),
        ("SERVER_PORT", "443"),
        ("SERVER_SOFTWARE", "front/1"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("REMOTE_ADDR", "192.0.2.7"),
        ("HTTPS", "on"),
        ("HTTP_PROXY", "http://evil"),
    ];
    let response = ask(&mut running.connect(), head("0", &headers));
    let expected = "\
        CONTENT_LENGTH=0\n\
        GATEWAY_INTERFACE=CGI/1.1\n\
        HTTPS=on\n\
        PATH_INFO=/a/b\n\
        QUERY_STRING=c\n\
        REMOTE_ADDR=192.0.2.7\n\
        REQUEST_METHOD=GET\n\
        REQUEST_URI=/app/a%2Fb?c\n\
        SCGI=1\n\
        SCRIPT_NAME=/app\n\
        SERVER_NAME=example.com\n\
        SERVER_PORT=443\n\
        SERVER_PROTOCOL=HTTP/1.1\n\
        SERVER_SOFTWARE=front/1\n\
        https";
    assert_eq!(response.text(), expected);
}

#[test]
fn large_bodies_stream_in_both_directions() {
    let running = serving_with(
        |builder| builder.spool_bodies(false),
        |environ: &mut Environ, start: &mut StartResponse<'_>| -> Result {
            start.start(Status::OK, ())?;
            Ok(environ.take_input().into())
        },
    );
    let content: Vec<u8> = (0..5_000_000_u32)
        .map(|number| (number / 7) as u8)
        .collect();
    let mut client = running.connect();
    let mut sender = client.twin();
    let request = request("PUT", "/", &content);
    let sending = thread::spawn(move || sender.send(request));
    let response = GatewayResponse::parse(&client.take_all());
    sending.join().unwrap();
    assert!(response.body == content);
}

#[test]
fn bodies_of_every_kind_are_sent_unchanged() {
    let folder = Folder::new();
    let content: Vec<u8> = (0..1_000_000_u32)
        .map(|number| (number / 7) as u8)
        .collect();
    let path = folder.join("content");
    fs::write(&path, &content).unwrap();
    let app = {
        let content = content.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let mut writer = start_response.start(Status::OK, ())?;
            Ok(match &*environ.path_info().to_string_lossy() {
                "/bytes" => content.clone().into(),
                "/file" => FileWrapper::from_file(File::open(&path)?).into(),
                "/chunks" => Body::chunks(
                    content
                        .clone()
                        .into_iter()
                        .map(|byte| vec![byte; 1])
                        .take(1000),
                ),
                _ => {
                    writer.write_all(&content)?;
                    Body::from(())
                }
            })
        }
    };
    let running = serving(app);
    for path in ["/bytes", "/file", "/chunks", "/written"] {
        let response = ask(&mut running.connect(), request("GET", path, b""));
        let expected = if path == "/chunks" {
            &content[..1000]
        } else {
            &content[..]
        };
        assert!(response.body == expected, "{path}");
        let has_length = matches!(path, "/bytes" | "/file");
        assert_eq!(
            response.header("Content-Length").is_some(),
            has_length,
            "{path}"
        );
        assert_eq!(response.header("Transfer-Encoding"), None, "{path}");
    }
}

#[test]
fn a_response_that_fails_half_way_ends_in_a_reset_whatever_length_it_declares() {
    for fields in [vec![], vec![("Content-Length", "100")]] {
        let app = application(move |_, start_response| {
            start_response.start(Status::OK, fields.clone())?;
            Ok(Body::chunks([
                Ok("hello"),
                Err(io::Error::other("no more")),
            ]))
        });
        let running = serving(app);
        let mut client = running.connect();
        client.send(request("GET", "/", b""));
        let mut buffer = Vec::new();
        let error = client.stream.read_to_end(&mut buffer).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        eventually("it is logged", || running.log() == "GET \"/\": no more\n");
    }
}

#[test]
fn the_last_of_two_headers_counts_unless_they_form_a_list() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        let values = ["SERVER_NAME", "HTTP_HOST", "HTTP_ACCEPT"];
        let values = values.map(|name| environ.get(name).unwrap().to_string_lossy().into_owned());
        Ok(values.join(" | ").into())
    });
    let headers = [
        ("REQUEST_METHOD", "GET"),
        ("SERVER_NAME", "localhost"),
        ("HTTP_HOST", "a"),
        ("HTTP_ACCEPT", "b"),
        ("SERVER_NAME", "example.com"),
        ("HTTP_HOST", "a:8206"),
        ("HTTP_ACCEPT", "c"),
    ];
    let running = serving(app);
    let response = ask(&mut running.connect(), head("0", &headers));
    assert_eq!(response.text(), "example.com | a:8206 | b, c");
}

#[test]
fn a_refused_head_has_no_body() {
    let limits = |builder: Builder| builder.scgi_limits(wsgi_scgi::Limits::new().max_body_bytes(9));
    let running = serving_with(limits, echo);
    let method = ("REQUEST_METHOD", "HEAD");
    for (status, request) in [
        ("413 Content Too Large", head("10", &[method])),
        (
            "400 Bad Request",
            [head("5", &[method]), b"cut".to_vec()].concat(),
        ),
    ] {
        let mut client = running.connect();
        client.send(request);
        client.finish();
        let response = GatewayResponse::parse(&client.take_all());
        assert_eq!((&*response.status, response.text()), (status, ""));
    }
}

/// Asserts that these bytes are refused: an answer with this status, no call of the application, a
/// line in the log, and the end of the connection.
#[track_caller]
fn check_refused(bytes: impl AsRef<[u8]>, status: &str, logged: &str) {
    let running = serving(|_: &mut Environ, _: &mut StartResponse<'_>| -> Result {
        panic!("the application must not be called")
    });
    let response = ask(&mut running.connect(), bytes);
    assert_eq!(response.status, status);
    assert_eq!(response.header("Content-Type"), Some("text/plain"));
    assert_eq!(response.text(), format!("{status}: {logged}\n"));
    assert_eq!(running.log(), format!("SCGI: {logged}\n"));
}

#[test]
fn bytes_that_are_not_a_request_are_refused() {
    let bad = "400 Bad Request";
    check_refused("GET / HTTP/1.1\r\n\r\n", bad, "malformed netstring");
    check_refused("07:", bad, "malformed netstring");
    check_refused("14:CONTENT_LENGTH,", bad, "malformed header");
    check_refused(
        "23:CONTENT_LENGTH\x005\0SCGI\x001,",
        bad,
        "malformed header",
    );
    check_refused(head("x", &[]), bad, "malformed CONTENT_LENGTH");
    check_refused(
        head("0", &[("CONTENT_LENGTH", "0")]),
        bad,
        "more than one CONTENT_LENGTH",
    );
    let method = ("REQUEST_METHOD", "GET");
    check_refused(
        head("0", &[("REQUEST_METHOD", "G\nT")]),
        bad,
        "REQUEST_METHOD is not a token",
    );
    check_refused(
        head("0", &[("A", "b")]),
        "500 Internal Server Error",
        "there is no REQUEST_METHOD",
    );
    let large = "413 Content Too Large";
    check_refused(
        head("99999999999", &[method]),
        large,
        "request body too large",
    );
    let beyond = head("18446744073709551616", &[method]);
    check_refused(beyond, large, "request body too large");
    let head = "431 Request Header Fields Too Large";
    check_refused("65537:", head, "request head too large");
}

#[test]
fn a_stream_that_stops_half_way_is_logged() {
    let running = serving(echo);
    let request = request("PUT", "/", b"hello");
    for cut in [1, 10, request.len() - 1] {
        let mut client = running.connect();
        client.send(&request[..cut]);
        client.finish();
        let response = GatewayResponse::parse(&client.take_all());
        assert_eq!(response.status, "400 Bad Request", "cut at {cut}");
    }
    let line = "SCGI: the request ended too early\n";
    assert_eq!(running.log(), line.repeat(3));
}

#[test]
fn the_server_does_not_wait_for_a_silent_front_server() {
    let quick = Duration::from_millis(100);
    let running = serving_with(|builder| builder.head_timeout(quick), echo);
    let response = ask(&mut running.connect(), "100:CONTENT_");
    assert_eq!(response.status, "408 Request Timeout");
    assert_eq!(running.log(), "SCGI: the request did not arrive in time\n");
}

#[test]
fn heads_are_limited() {
    let limits = wsgi_scgi::Limits::new().max_head_bytes(100).max_params(4);
    let running = serving_with(|builder| builder.scgi_limits(limits), echo);
    let ask = |headers: &[(&str, &str)]| ask(&mut running.connect(), head("0", headers)).status;
    let method = ("REQUEST_METHOD", "GET");
    assert_eq!(ask(&[method, ("A", "b")]), "200 OK");
    let too_large = "431 Request Header Fields Too Large";
    assert_eq!(ask(&[method, ("A", "b"), ("C", "d")]), too_large);
    assert_eq!(ask(&[method, ("A", &"b".repeat(100))]), too_large);
}
