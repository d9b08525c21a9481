//! Counts down, one line per second: `curl -N http://127.0.0.1:8000`.

use std::{thread, time::Duration};

use wsgi::{Body, Environ, StartResponse, Status, make_server};

fn countdown(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    let lines = (0..10).rev().map(|n| {
        thread::sleep(Duration::from_secs(1)); // the server serves other requests meanwhile
        format!("{n}\n")
    });
    Ok(Body::chunks(lines))
}

fn main() -> std::io::Result<()> {
    make_server("127.0.0.1", 8000, countdown)?.serve_until_stopped()
}
