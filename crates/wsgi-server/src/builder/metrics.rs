//! The setting of the numbers that a server keeps.

use crate::{
    builder::Builder,
    metrics::handle::{Metrics, Recording},
};

impl Builder {
    /// Keeps numbers of requests, connections and threads in `metrics`; by default none are kept.
    ///
    /// [`Metrics`] says which numbers, and what they cost.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Builder, Metrics, Server};
    ///
    /// let metrics = Metrics::new();
    /// let builder: Builder = Server::builder().bind("127.0.0.1:0")?.metrics(&metrics);
    /// let server = builder.build(application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// }))?;
    /// assert!(server.handle().metrics().is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn metrics(mut self, metrics: &Metrics) -> Self {
        self.recording = Recording::of(metrics);
        self
    }
}
