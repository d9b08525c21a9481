//! Hello world on `wsgi-server`.

use std::io;

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

fn main() -> io::Result<()> {
    serve_ours::serve(hello)
}
