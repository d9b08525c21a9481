//! SCGI over sockets, with a front server that does as it likes.

mod support;

use support::{Client, Running, echo, gateway_response::GatewayResponse};
use wsgi_application::Application;
use wsgi_server::{Builder, Protocol};

fn serving(application: impl Application + 'static) -> Running {
    serving_with(|builder| builder, application)
}

fn serving_with(
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    Running::with(
        |builder| options(builder.protocol(Protocol::Scgi)),
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
        assert_eq!(response.header(field), None, "the front server's");
    }
    let response = ask(&mut running.connect(), request("PUT", "/b", b"hello"));
    assert_eq!(response.text(), "PUT /b\nhello");
    assert_eq!(running.log(), "");
}

#[test]
fn a_request_cut_anywhere_is_the_same_request() {
    let running = serving(echo);
    let request = request("PUT", "/a", b"hello");
    for cut in 1..request.len() {
        let mut client = running.connect();
        client.send(&request[..cut]);
        std::thread::yield_now();
        let response = ask(&mut client, &request[cut..]);
        assert_eq!(response.text(), "PUT /a\nhello", "cut at {cut}");
    }
}
