//! Hello world that first sleeps for the milliseconds in the query: `/sleep?ms=10`.

use std::io;
use std::thread;
use std::time::Duration;

use options::HELLO;
use wsgi_application::{Environ, Result, StartResponse, Status};

fn hello_later(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    if let Some(milliseconds) = milliseconds(environ) {
        thread::sleep(Duration::from_millis(milliseconds));
    }
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(HELLO.into())
}

fn milliseconds(environ: &Environ) -> Option<u64> {
    let query = environ.query_string().to_str().ok()?;
    query.strip_prefix("ms=")?.parse().ok()
}

fn main() -> io::Result<()> {
    serve_ours::serve(hello_later)
}
