//! Limits of the bodies of requests.

use std::{
    io::{self, BufRead, Read, Write},
    net::TcpStream,
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status, application};
use wsgi_environ::{Input, InputError};
use wsgi_middleware::BodyLimit;
use wsgi_testing::{LiveServer, Request};

/// Sends the body back.
fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let mut body = Vec::new();
    environ.input().read_to_end(&mut body)?;
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(body.into())
}

/// A request whose body has no known length.
fn streamed(body: &'static str) -> Request {
    Request::post("/").environ(move |environ| {
        environ.remove("CONTENT_LENGTH");
        environ.set_input(Input::from_reader(body.as_bytes(), None));
    })
}

#[test]
fn a_body_of_the_limit_is_read_and_one_byte_more_is_refused() {
    let site = BodyLimit::new(echo, 5);
    for (body, status) in [("", 200), ("12345", 200), ("123456", 413)] {
        let expected = (status == 200).then_some(body);
        for request in [Request::post("/").body(body), streamed(body)] {
            let response = request.call(&site);
            assert_eq!(response.status().code(), status, "{body:?}");
            assert!(
                expected.is_none_or(|body| response.text() == body),
                "{body:?}"
            );
        }
    }
}

#[test]
fn no_body_at_all_may_come_if_the_limit_is_zero() {
    let site = BodyLimit::new(echo, 0);
    assert_eq!(Request::get("/").call(&site).status().code(), 200);
    assert_eq!(streamed("").call(&site).status().code(), 200);
    assert_eq!(
        Request::post("/").body("1").call(&site).status().code(),
        413
    );
    assert_eq!(streamed("1").call(&site).status().code(), 413);
}

#[test]
fn the_application_is_not_called_for_a_declared_length_beyond_the_limit() {
    let never = application(|_environ, _start_response| panic!("called"));
    let site = BodyLimit::new(never, 5);
    let response = Request::post("/").body("123456").call(&site);
    assert_eq!(response.status(), &Status::CONTENT_TOO_LARGE);
    assert!(response.text().starts_with("413 "), "{}", response.text());
    // A front server may declare a length of which the input knows nothing.
    let declared = streamed("1").environ(|environ| environ.set("CONTENT_LENGTH", "6"));
    assert_eq!(declared.call(&site).status(), &Status::CONTENT_TOO_LARGE);
}

#[test]
fn an_application_can_handle_the_error_of_the_byte_too_many() {
    let app = application(|environ, start_response| {
        let mut body = Vec::new();
        let error = environ.input().read_to_end(&mut body).unwrap_err();
        assert_eq!(InputError::of(&error), Some(&InputError::TooLarge));
        assert!(environ.input().fill_buf().is_err(), "it stays an error");
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(body.into())
    });
    let response = streamed("1234567").call(&BodyLimit::new(app, 5));
    assert_eq!(response.text(), "12345");
}

#[test]
fn the_innermost_limit_counts_what_is_left_of_the_body() {
    let skips = application(|environ, start_response| {
        environ.input().read_exact(&mut [0; 3])?;
        BodyLimit::new(echo, 2).call(environ, start_response)
    });
    let outer = BodyLimit::new(skips, 6);
    assert_eq!(Request::post("/").body("12345").call(&outer).text(), "45");
    assert_eq!(streamed("12345").call(&outer).text(), "45");
    assert_eq!(streamed("123456").call(&outer).status().code(), 413);
}

#[test]
fn a_client_that_asks_before_it_sends_is_not_told_to_go_on() -> io::Result<()> {
    let server = LiveServer::new(BodyLimit::new(echo, 5));
    let ask = |length: usize| {
        let address = server.url("");
        let address = address.trim_start_matches("http://").trim_end_matches('/');
        let mut client = TcpStream::connect(address)?;
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
        write!(
            client,
            "{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        let mut line = String::new();
        io::BufReader::new(client).read_line(&mut line)?;
        io::Result::Ok(line)
    };
    assert_eq!(ask(5)?, "HTTP/1.1 100 Continue\r\n");
    assert_eq!(ask(6)?, "HTTP/1.1 413 Content Too Large\r\n");
    Ok(())
}
