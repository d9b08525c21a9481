//! The builder's settings of the end of a server, and of whom it tells.

use std::time::Duration;

use super::Builder;
#[cfg(feature = "notify")]
use crate::notify::service_manager::ServiceManager;
#[cfg(feature = "restart")]
use crate::restart::predecessor::Predecessor;
use crate::{handle::Handle, options::LONGEST};

impl Builder {
    /// Limits how long requests may go on when the server shuts down; by default 30 seconds.
    /// Requests that take longer are cut. With 0, all are cut at once. At most 365 days.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.options.shutdown_timeout = timeout.min(LONGEST);
        self
    }

    /// Sets how long [`serve_until_stopped`](crate::Server::serve_until_stopped) goes on serving
    /// after a signal, before the shutdown begins; by default not at all. Meanwhile the server is
    /// not [ready](Handle::is_ready), so that a load balancer can send its clients elsewhere. At
    /// most 365 days.
    ///
    /// Needs the feature `signals`. A program that handles signals itself calls
    /// [`Handle::drain`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .drain_delay(Duration::from_secs(10)) // two checks of the load balancer
    ///     .shutdown_timeout(Duration::from_secs(30))
    ///     .build(application(|_environ, start_response| {
    ///         start_response.start(Status::OK, ())?;
    ///         Ok("Hello world!\n".into())
    ///     }))?;
    /// server.handle().shutdown();
    /// assert!(server.serve_until_stopped().is_ok(), "it was told to end");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "signals")]
    pub fn drain_delay(mut self, delay: Duration) -> Self {
        self.options.drain_delay = delay.min(LONGEST);
        self
    }

    /// The [handle](crate::Server::handle) of the server, for an application that needs it.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::Server;
    ///
    /// let builder = Server::builder().bind("127.0.0.1:0")?;
    /// let handle = builder.handle();
    /// let server = builder.build(application(move |_environ, start_response| {
    ///     let ready = if handle.is_ready() { Status::OK } else { Status::SERVICE_UNAVAILABLE };
    ///     start_response.start(ready, ())?;
    ///     Ok(().into())
    /// }))?;
    /// assert!(!server.handle().is_ready(), "it does not serve yet");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.ending.clone()
    }

    /// Tells a service manager when the server accepts clients, when its end begins, and that it is
    /// alive. [`ServiceManager`] says how. [`Server::serve_until_stopped`] tells the one of the
    /// environment, unless another is set here.
    ///
    /// Needs the feature `notify`.
    ///
    /// ```
    /// use std::os::unix::net::UnixDatagram;
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::{Server, ServiceManager};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("notify");
    /// let systemd = UnixDatagram::bind(&path)?;
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .service_manager(ServiceManager::new(&path)?)
    ///     .build(application(|_environ, _start_response| Ok(Body::empty())))?;
    /// server.handle().shutdown();
    /// server.serve_forever()?;
    ///
    /// let mut message = [0; 100];
    /// let length = systemd.recv(&mut message)?;
    /// assert!(message[..length].starts_with(b"STATUS=serving on http://127.0.0.1:"));
    /// let length = systemd.recv(&mut message)?;
    /// assert_eq!(&message[..length], b"READY=1\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// [`Server::serve_until_stopped`]: crate::Server::serve_until_stopped
    #[cfg(feature = "notify")]
    pub fn service_manager(mut self, service_manager: ServiceManager) -> Self {
        self.service_manager = Some(service_manager);
        self
    }

    /// Tells the process that this one takes over from when the server serves. [`Predecessor`] has
    /// an example.
    ///
    /// Needs the feature `restart`.
    #[cfg(feature = "restart")]
    pub fn predecessor(mut self, predecessor: Predecessor) -> Self {
        self.predecessor = Some(predecessor);
        self
    }
}
