//! The access log: its lines, and the ways in which they reach their destination.

mod apache;
#[cfg(all(feature = "cascade", feature = "internal-redirects"))]
mod calls;
mod files;
mod lines;
mod queue;
#[cfg(feature = "log")]
mod records;
mod request_lines;

use std::sync::{Arc, Mutex};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_middleware::{AccessLog, LogBuilder, LogFormat, LogWriter};
use wsgi_testing::{Request, Response};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

/// Lines that a log has passed to a closure.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn log(&self, builder: LogBuilder) -> LogWriter {
        let lines = self.clone();
        let log = builder.closure(move |line| lines.0.lock().unwrap().push(line.to_owned()));
        log.expect("a log")
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn format(template: &str) -> LogBuilder {
    LogWriter::builder().format(template.parse().expect("a format"))
}

/// The line of a request, and the response.
fn line_of(
    builder: LogBuilder,
    app: impl wsgi_application::Application,
    request: Request,
) -> (String, Response) {
    let lines = Lines::default();
    let response = request.call(&AccessLog::new(app, lines.log(builder)));
    let [line] = &lines.all()[..] else {
        panic!("not one line: {:?}", lines.all());
    };
    (line.clone(), response)
}

fn json() -> LogBuilder {
    LogWriter::builder().format(LogFormat::json())
}
