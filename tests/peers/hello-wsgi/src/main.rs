//! The hello world of the facade with its default features.

use std::io;

use wsgi::{Environ, Result, StartResponse, Status, make_server};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> io::Result<()> {
    make_server("127.0.0.1", 8000, hello)?.serve_until_stopped()
}
