//! A server for those who look after a program.

use std::{
    fmt, io,
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::Duration,
};

use wsgi_application::Application;

use crate::{
    gate::Gate, guarded::guarded, handle::Handle, listeners::listener::Listener, server::Server,
};

/// The threads that answer readers at the same time. A monitoring is one reader.
const MAX_THREADS: usize = 4;

/// A second server of a program, for those who look after it, on an address of its own.
///
/// Its pages tell how busy a program is, which errors it has, and which requests it is busy with.
/// Visitors of the site do not reach them here, and they answer also when all threads of the site
/// are busy. Any application can be served, such as `Mounts` of
/// [wsgi-middleware](https://docs.rs/wsgi-middleware) with a `MetricsPage`, the page of
/// `RunningRequests`, and `Health` around them.
///
/// It serves on threads of its own, until it is dropped or [ended](Self::end_within).
///
/// ```
/// use std::{io::{self, Write}, net::TcpStream, time::Duration};
/// use wsgi_application::{Environ, Result, StartResponse, Status};
/// use wsgi_server::{Listener, MonitoringServer};
///
/// let page = |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("all is well\n".into())
/// };
/// let listener = Listener::bind("127.0.0.1:0")?; // such as 127.0.0.1:9100
/// let address = listener.local_addr()?.to_string();
/// let server = MonitoringServer::start(listener, page)?;
/// assert_eq!(server.place("/status"), format!("http://{address}/status"));
///
/// let mut client = TcpStream::connect(&address)?;
/// client.write_all(b"GET /status HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
/// assert!(io::read_to_string(client)?.ends_with("all is well\n"));
/// server.end_within(Duration::from_secs(1));
/// # Ok::<(), io::Error>(())
/// ```
pub struct MonitoringServer {
    handle: Handle,
    places: String,
    /// `None` once it has ended.
    serving: Option<Serving>,
}

struct Serving {
    thread: JoinHandle<()>,
    /// Opened to let the thread serve, or come to its end.
    begin: Arc<Gate>,
    /// Opened when the thread has ended.
    ended: Arc<Gate>,
}

/// Opens a gate when the thread that owns this ends, also by a panic.
struct OpenAtEnd(Arc<Gate>);

impl MonitoringServer {
    /// The time that requests have after a drop, before they are cut.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Starts to serve an application to the clients of a socket.
    ///
    /// # Errors
    ///
    /// The system refuses a thread or a descriptor.
    pub fn start(
        listener: impl Into<Listener>,
        application: impl Application + 'static,
    ) -> io::Result<Self> {
        let server = Self::open(listener, application)?;
        server.begin();
        Ok(server)
    }

    /// As [`start`](Self::start), but serves only once the server of this handle has begun to
    /// serve. Readers wait until then.
    ///
    /// It is for a process that takes over the sockets of another one. The other one answers
    /// readers while it serves the site alone, and no page says that the site is not ready yet.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Listener, MonitoringServer, Server};
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::NO_CONTENT, ())?;
    ///     Ok(().into())
    /// });
    /// let site = Server::builder().bind("127.0.0.1:0")?.build(app)?;
    /// let handle = site.handle();
    /// let is_ready = move || if handle.is_ready() { Status::OK } else { Status::NOT_FOUND };
    /// let page = application(move |_environ, start_response| {
    ///     start_response.start(is_ready(), ())?;
    ///     Ok("".into())
    /// });
    /// let listener = Listener::bind("127.0.0.1:0")?;
    /// let monitoring = MonitoringServer::start_after(&site.handle(), listener, page)?;
    /// assert!(monitoring.place("/readyz").ends_with("/readyz"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `start`.
    pub fn start_after(
        site: &Handle,
        listener: impl Into<Listener>,
        application: impl Application + 'static,
    ) -> io::Result<Self> {
        let server = Self::open(listener, application)?;
        if let Some(serving) = &server.serving {
            site.open_at_begin(serving.begin.clone());
        }
        Ok(server)
    }

    /// A server whose thread waits until it may begin.
    fn open(
        listener: impl Into<Listener>,
        application: impl Application + 'static,
    ) -> io::Result<Self> {
        let server = Server::builder()
            .listener(listener)
            .shutdown_timeout(Duration::MAX) // `end` limits it
            .threads(1)
            .max_threads(MAX_THREADS)
            .build(application)?;
        let (handle, places) = (server.handle(), server.places());
        let (begin, ended) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
        let thread = Builder::new().name("wsgi-monitoring".to_owned()).spawn({
            let (begin, ended) = (begin.clone(), OpenAtEnd(ended.clone()));
            move || {
                let _ended = ended;
                begin.wait(Duration::MAX);
                serve(&server);
            }
        })?;
        Ok(Self {
            handle,
            places,
            serving: Some(Serving {
                thread,
                begin,
                ended,
            }),
        })
    }

    fn begin(&self) {
        if let Some(serving) = &self.serving {
            serving.begin.open();
        }
    }

    /// A handle of the server, to pass its socket on, or to have it end early. Requests have any
    /// time then, until the server is dropped or [ended](Self::end_within).
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The place of the page at this path, for people: a URL, or a Unix socket and the path.
    #[must_use]
    pub fn place(&self, path: &str) -> String {
        match self.places.starts_with("http") {
            true => format!("{}{path}", self.places),
            false => format!("{}, at {path}", self.places),
        }
    }

    /// Ends the server and waits until it has ended. Requests that go on after this time are cut.
    ///
    /// A drop does the same, with five seconds.
    pub fn end_within(mut self, time: Duration) {
        self.end(time);
    }

    fn end(&mut self, time: Duration) {
        let Some(Serving {
            thread,
            begin,
            ended,
        }) = self.serving.take()
        else {
            return;
        };
        self.handle.shutdown();
        begin.open(); // it may wait for that still
        if !ended.wait(time) {
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
                "wsgi-server: the monitoring server has ended: {error}"
            ));
        });
    }
}

impl Drop for OpenAtEnd {
    fn drop(&mut self) {
        self.0.open();
    }
}

impl Drop for MonitoringServer {
    fn drop(&mut self) {
        self.end(Self::PATIENCE);
    }
}

impl fmt::Debug for MonitoringServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitoringServer")
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use wsgi_application::{Environ, Result, StartResponse};
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
            log.starts_with("wsgi-server: the monitoring server has ended: "),
            "{log}"
        );
    }
}
