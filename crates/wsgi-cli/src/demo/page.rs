//! An application that is a single page.

use wsgi::{Application, Environ, Result, StartResponse, middleware::not_found};

/// Answers 404 to paths below the one where the application is mounted.
pub(super) struct Page<A>(pub(super) A);

impl<A: Application> Application for Page<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        match environ.path_info().as_bytes() {
            b"" | b"/" => self.0.call(environ, start_response),
            _ => not_found(environ, start_response),
        }
    }
}
