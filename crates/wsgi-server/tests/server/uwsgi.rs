//! The uwsgi protocol over sockets, with a front server that may send anything.

use std::{
    io::{self, Read},
    thread,
    time::Duration,
};

use wsgi_application::{Application, Body, Environ, Result, StartResponse, Status, application};
use wsgi_server::{Builder, Protocol};

use crate::support::{
    Client, Running, echo, eventually,
    gateway_response::GatewayResponse,
    uwsgi::{get, head},
};

fn serving(application: impl Application + 'static) -> Running {
    serving_with(|builder| builder, application)
}

fn serving_with(
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    let uwsgi = |builder: Builder| {
        builder
            .protocol(Protocol::Uwsgi)
            .max_backtrace_lines(Some(0))
    };
    Running::with(|builder| options(uwsgi(builder)), application)
}

fn put(path: &str, body: &[u8]) -> Vec<u8> {
    let params = [("REQUEST_METHOD", "PUT"), ("PATH_INFO", path)];
    [&head(body.len(), &params), body].concat()
}

/// A packet of these parameters and no others.
fn packet(params: &[(&str, &str)]) -> Vec<u8> {
    let mut text = Vec::new();
    for part in params.iter().flat_map(|(name, value)| [name, value]) {
        text.extend((part.len() as u16).to_le_bytes());
        text.extend(part.bytes());
    }
    let [low, high] = (text.len() as u16).to_le_bytes();
    [&[0, low, high, 0], &text[..]].concat()
}

/// Sends a request, and takes the response to the end of the connection.
#[track_caller]
fn ask(client: &mut Client, request: impl AsRef<[u8]>) -> GatewayResponse {
    client.send(request);
    GatewayResponse::parse_with_status_line(&client.take_all())
}

#[test]
fn a_request_is_answered_with_a_status_line_and_the_connection_ends() {
    let running = serving(echo);
    let response = ask(&mut running.connect(), get("/a"));
    assert_eq!((&*response.status, response.text()), ("200 OK", "GET /a\n"));
    assert_eq!(response.header("Content-Type"), Some("text/plain"));
    assert_eq!(response.header("Content-Length"), Some("7"));
    for field in [
        "Status",
        "Date",
        "Server",
        "Connection",
        "Transfer-Encoding",
    ] {
        assert_eq!(response.header(field), None, "the front server adds it");
    }
    let response = ask(&mut running.connect(), put("/b", b"hello"));
    assert_eq!(response.text(), "PUT /b\nhello");
    assert_eq!(running.log(), "");
}

#[test]
fn a_request_is_the_same_however_it_is_cut() {
    let running = serving(echo);
    let request = put("/a", b"hello");
    for cut in 1..request.len() {
        let mut client = running.connect();
        client.send(&request[..cut]);
        thread::yield_now();
        let response = ask(&mut client, &request[cut..]);
        assert_eq!(response.text(), "PUT /a\nhello", "cut at {cut}");
    }
}

/// nginx sends an empty `CONTENT_LENGTH` where there is no body, and Apache none.
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
    let params = [
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
        ("CONTENT_LENGTH", ""),
    ];
    let expected = "\
        GATEWAY_INTERFACE=CGI/1.1\n\
        HTTPS=on\n\
        PATH_INFO=/a/b\n\
        QUERY_STRING=c\n\
        REMOTE_ADDR=192.0.2.7\n\
        REQUEST_METHOD=GET\n\
        REQUEST_URI=/app/a%2Fb?c\n\
        SCRIPT_NAME=/app\n\
        SERVER_NAME=example.com\n\
        SERVER_PORT=443\n\
        SERVER_PROTOCOL=HTTP/1.1\n\
        SERVER_SOFTWARE=front/1\n\
        https";
    for params in [&params[..], &params[..params.len() - 1]] {
        let response = ask(&mut running.connect(), packet(params));
        assert_eq!(response.text(), expected);
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
        client.send(get("/"));
        let mut buffer = Vec::new();
        let error = client.stream.read_to_end(&mut buffer).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        eventually("it is logged", || running.log() == "GET \"/\": no more\n");
    }
}

#[test]
fn a_refused_head_has_no_body() {
    let limits = wsgi_uwsgi::Limits::new().max_body_bytes(9);
    let running = serving_with(|builder| builder.uwsgi_limits(limits), echo);
    let method = ("REQUEST_METHOD", "HEAD");
    let cut = [head(5, &[method]), b"cut".to_vec()].concat();
    for (status, request) in [
        ("413 Content Too Large", head(10, &[method])),
        ("400 Bad Request", cut),
    ] {
        let mut client = running.connect();
        client.send(request);
        client.finish();
        let response = GatewayResponse::parse_with_status_line(&client.take_all());
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
    assert_eq!(running.log(), format!("uwsgi: {logged}\n"));
}

#[test]
fn bytes_that_are_not_a_request_are_refused() {
    let bad = "400 Bad Request";
    let modifier = "not a uwsgi packet whose modifiers are 0";
    check_refused("GET / HTTP/1.1\r\n\r\n", bad, modifier);
    check_refused(b"\x05\0\0\0", bad, modifier);
    let name = packet(&[("REQUEST_METHOD", "GET"), ("A\n", "")]);
    check_refused(name, bad, "malformed name of a parameter");
    let beyond = "parameter goes beyond the end of the parameters";
    check_refused(b"\0\x01\0\0\x01", bad, beyond);
    let method = ("REQUEST_METHOD", "GET");
    let length = |value| packet(&[method, ("CONTENT_LENGTH", value)]);
    check_refused(length("x"), bad, "malformed CONTENT_LENGTH");
    let large = "413 Content Too Large";
    check_refused(length("99999999999"), large, "request body too large");
    let method_is_no_token = packet(&[("REQUEST_METHOD", "G\nT")]);
    check_refused(method_is_no_token, bad, "REQUEST_METHOD is not a token");
    let error = "500 Internal Server Error";
    check_refused(packet(&[]), error, "there is no REQUEST_METHOD");
    let chunked = packet(&[method, ("HTTP_TRANSFER_ENCODING", "chunked")]);
    let unknown = "request body of unknown length";
    check_refused(chunked, "411 Length Required", unknown);
}

#[test]
fn a_stream_that_stops_half_way_is_logged() {
    let running = serving(echo);
    let request = put("/", b"hello");
    for cut in [1, 10, request.len() - 1] {
        let mut client = running.connect();
        client.send(&request[..cut]);
        client.finish();
        let response = GatewayResponse::parse_with_status_line(&client.take_all());
        assert_eq!(response.status, "400 Bad Request", "cut at {cut}");
    }
    let line = "uwsgi: the request ended too early\n";
    assert_eq!(running.log(), line.repeat(3));
}

#[test]
fn the_server_does_not_wait_for_a_silent_front_server() {
    let quick = Duration::from_millis(100);
    let running = serving_with(|builder| builder.head_timeout(quick), echo);
    let response = ask(&mut running.connect(), b"\0\x64\0\0\x0e\0CONTENT_");
    assert_eq!(response.status, "408 Request Timeout");
    let line = "uwsgi: the request did not arrive in time\n";
    assert_eq!(running.log(), line);
}

#[test]
fn heads_are_limited() {
    let limits = wsgi_uwsgi::Limits::new().max_head_bytes(100).max_params(3);
    let running = serving_with(|builder| builder.uwsgi_limits(limits), echo);
    let ask = |params: &[(&str, &str)]| ask(&mut running.connect(), head(0, params)).status;
    let method = ("REQUEST_METHOD", "GET");
    assert_eq!(ask(&[method, ("A", "b")]), "200 OK");
    let too_large = "431 Request Header Fields Too Large";
    assert_eq!(ask(&[method, ("A", "b"), ("C", "d")]), too_large);
    assert_eq!(ask(&[method, ("A", &"b".repeat(100))]), too_large);
}
