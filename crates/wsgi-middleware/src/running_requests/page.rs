//! The list of the requests that are running, as a page.

use std::fmt::Write as _;

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use super::{RunningHandle, RunningRequest};
use crate::refused_method::refuse;

/// An application that shows the list.
pub(super) struct RunningPage(pub(super) RunningHandle);

impl Application for RunningPage {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let method = environ.request_method().as_bytes();
        if !matches!(method, b"GET" | b"HEAD") {
            return refuse(method, start_response);
        }
        let headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ];
        start_response.start(Status::OK, headers)?;
        Ok(page(&self.0.requests()).into())
    }
}

fn page(requests: &[RunningRequest]) -> String {
    let mut page = match requests.len() {
        1 => "1 request\n".to_owned(),
        count => format!("{count} requests\n"),
    };
    for request in requests {
        // Writing to a text does not fail.
        let _ = write_line(&mut page, request);
    }
    page
}

/// Texts of the client are quoted, so that none begins a line of its own.
fn write_line(page: &mut String, request: &RunningRequest) -> std::fmt::Result {
    let place = match request.is_in_application() {
        true => "in the application",
        false => "sending",
    };
    let (seconds, method) = (request.elapsed().as_secs_f64(), request.method());
    let (method, path) = (method.escape_debug(), request.path());
    write!(page, "{seconds:.3} s {place}: {method} {path:?}")?;
    if let Some(client) = request.client() {
        write!(page, " from {}", client.escape_debug())?;
    }
    if let Some(id) = request.id() {
        write!(page, ", id {}", id.escape_debug())?;
    }
    if let Some(thread) = request.thread() {
        write!(page, ", thread {}", thread.escape_debug())?;
    }
    writeln!(page)
}
