//! A greeting at http://127.0.0.1:8000.

use wsgi::{Environ, StartResponse, Status, make_server};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> std::io::Result<()> {
    make_server("127.0.0.1", 8000, hello)?.serve_until_stopped()
}
