//! Hello world on `wsgi-server`, after the body of the request.

use std::io::{self, Read};

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};

/// The bytes that one read takes.
const READ: usize = 64 * 1024;

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    if environ.input().remaining() != Some(0) {
        read_all(environ)?;
    }
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

/// Reads the body, without keeping it.
fn read_all(environ: &mut Environ) -> Result<()> {
    let mut buffer = vec![0; READ];
    while environ.input().read(&mut buffer)? > 0 {}
    Ok(())
}

fn main() -> io::Result<()> {
    serve_ours::serve(hello)
}
