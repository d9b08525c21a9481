//! The program that the facade shows beside its own.

use crate::served::response;

use std::{error::Error, io};
use tiny_http::{Request, Response, Server};

fn hello(request: Request) -> io::Result<()> {
    let text = format!("{} {}\n", request.method(), request.url());
    request.respond(Response::from_string(text))
}

fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = Server::http("127.0.0.1:8000")?;
    for request in server.incoming_requests() {
        hello(request)?;
    }
    Ok(())
}

#[test]
fn a_request_is_described() {
    let _: fn() -> Result<(), Box<dyn Error + Send + Sync>> = serve;
    let request = "GET /tea HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(response(request, hello).ends_with("\r\n\r\nGET /tea\n"));
}
