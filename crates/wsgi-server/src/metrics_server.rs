//! A server for a page of numbers.

use std::{
    fmt, io,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::{Builder, JoinHandle},
    time::Duration,
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use crate::{guarded::guarded, handle::Handle, listeners::listener::Listener, server::Server};

/// The threads that answer readers of the page at the same time. A monitoring is one reader.
const MAX_THREADS: usize = 4;

/// A second server of a program, for a page of numbers on an address of its own.
///
/// A page of numbers tells how busy a program is and which errors it has. Visitors of the site do
/// not reach it here, and it answers also when all threads of the site are busy. The page is at
/// [`PATH`](Self::PATH), and everything else is not found. Any application can be the page, such as
/// `MetricsPage` of [wsgi-middleware](https://docs.rs/wsgi-middleware).
///
/// It serves on a thread of its own, until it is dropped or [ended](Self::end_within).
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream, time::Duration};
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_metrics::Page;
/// use wsgi_server::{Listener, Metrics, MetricsServer};
///
/// let metrics = Metrics::new(); // for `Builder::metrics` of the site's server
/// let numbers = metrics.clone();
/// let page = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
///     start_response.start(Status::OK, [("Content-Type", Page::CONTENT_TYPE)])?;
///     Ok(Page::of(&numbers).to_string().into())
/// };
/// let listener = Listener::bind("127.0.0.1:0")?; // such as 127.0.0.1:9100
/// let address = listener.local_addr()?.to_string();
/// let server = MetricsServer::start(listener, page)?;
/// assert_eq!(server.place(), format!("http://{address}/metrics"));
///
/// let mut client = TcpStream::connect(&address)?;
/// client.write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
/// let response = io::read_to_string(client)?;
/// assert!(response.contains("\nwsgi_server_open_connections 0\n"), "{response}");
/// server.end_within(Duration::from_secs(1));
/// # Ok::<(), io::Error>(())
/// ```
pub struct MetricsServer {
    handle: Handle,
    place: String,
    /// `None` once it has ended.
    serving: Option<Serving>,
}

struct Serving {
    thread: JoinHandle<()>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

impl MetricsServer {
    /// The path of the page.
    pub const PATH: &'static str = "/metrics";

    /// The time that requests have after a drop, before they are cut.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Starts to serve a page to the clients of a socket.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or a descriptor.
    pub fn start(
        listener: impl Into<Listener>,
        page: impl Application + 'static,
    ) -> io::Result<Self> {
        let server = Server::builder()
            .listener(listener)
            .shutdown_timeout(Duration::MAX) // `end` limits it
            .threads(1)
            .max_threads(MAX_THREADS)
            .build(AtPath(page))?;
        let (handle, places) = (server.handle(), server.places());
        let place = match places.starts_with("http") {
            true => format!("{places}{}", Self::PATH),
            false => format!("{places}, at {}", Self::PATH),
        };
        let (alive, ended) = channel::<()>();
        let thread = Builder::new()
            .name("wsgi-metrics".to_owned())
            .spawn(move || {
                let _alive = alive;
                serve(&server);
            })?;
        let serving = Some(Serving { thread, ended });
        Ok(Self {
            handle,
            place,
            serving,
        })
    }

    /// A handle of the server, to pass its socket on, or to have it end early. Requests have any
    /// time then, until the server is dropped or [ended](Self::end_within).
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The place of the page, for people: a URL, or a Unix socket and the path.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Ends the server and waits until it has ended. Requests that go on after this time are cut.
    ///
    /// A drop does the same, with five seconds.
    pub fn end_within(mut self, time: Duration) {
        self.end(time);
    }

    fn end(&mut self, time: Duration) {
        let Some(Serving { thread, ended }) = self.serving.take() else {
            return;
        };
        self.handle.shutdown();
        if ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
            self.handle.abort();
        }
        let _ = thread.join(); // it has told of its failure, which is not that of the site
    }
}

/// Serves until the end. The log hears of a failure, which ends only this server.
fn serve(server: &Server) {
    if let Err(error) = server.serve_forever() {
        let errors = server.errors();
        guarded(|| {
            errors.print(format_args!(
                "wsgi-server: the metrics server has ended: {error}"
            ));
        });
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.end(Self::PATIENCE);
    }
}

impl fmt::Debug for MetricsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsServer")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// The page at its path, and nothing at others.
struct AtPath<A>(A);

impl<A: Application> Application for AtPath<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        if environ.path_info() == MetricsServer::PATH {
            return self.0.call(environ, start_response);
        }
        start_response.start(Status::NOT_FOUND, [("Content-Type", "text/plain")])?;
        Ok(format!("404 Not Found\n\nThe page is at {}.\n", MetricsServer::PATH).into())
    }
}

#[cfg(test)]
mod tests {
    use wsgi_environ::Errors;

    use super::*;

    #[test]
    fn the_log_hears_why_the_server_ended() {
        let app = |_: &mut Environ, _: &mut StartResponse<'_>| Result::Ok("".into());
        let (errors, log) = Errors::buffer();
        let builder = Server::builder().bind("127.0.0.1:0").unwrap();
        let server = builder.threads(1).errors(errors).build(app).unwrap();
        server.handle().shutdown();
        serve(&server);
        assert_eq!(log.to_string(), "");
        serve(&server);
        let log = log.to_string();
        assert!(
            log.starts_with("wsgi-server: the metrics server has ended: "),
            "{log}"
        );
    }
}
