//! Middleware that tells browsers, in every response, how long the application took to begin it.

use std::time::Instant;

use wsgi::{
    Application, Environ, Filter, Head, Scope, StartResponse, Status, filtered, make_server,
};

/// An application whose responses have a `Server-Timing` field.
struct Timed<A>(A);

impl<A: Application> Application for Timed<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
        filtered(&self.0, Stopwatch(Instant::now()), environ, start_response)
    }
}

struct Stopwatch(Instant);

impl Filter for Stopwatch {
    fn head(&mut self, head: &mut Head) -> wsgi::Result<Scope> {
        let milliseconds = self.0.elapsed().as_secs_f64() * 1e3;
        let value = format!("app;dur={milliseconds:.3}");
        head.headers.append("Server-Timing", value)?;
        Ok(Scope::Head)
    }
}

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

fn main() -> std::io::Result<()> {
    make_server("127.0.0.1", 8000, Timed(hello))?.serve_until_stopped()
}
