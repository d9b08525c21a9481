//! Sends an upload back as it arrives: `curl -T FILE http://127.0.0.1:8000`.

use wsgi::{Environ, StartResponse, Status, make_server};

fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    let headers = [("Content-Type", "application/octet-stream")];
    start_response.start(Status::OK, headers)?;
    Ok(environ.take_input().into())
}

fn main() -> std::io::Result<()> {
    make_server("127.0.0.1", 8000, echo)?.serve_until_stopped()
}
