//! The hello world of wsgi-server alone.

use std::io;

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::make_server;

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> io::Result<()> {
    make_server("127.0.0.1", 8000, hello)?.serve_forever()
}
