//! The builder's limits of a request, for each protocol.

use wsgi_http1::Limits;

use super::Builder;

impl Builder {
    /// Sets the limits of a request's target, head, fields and body. A request beyond them is
    /// answered 414, 431 or 413. The limit of the body holds for every protocol whose own limits
    /// are not set. It may be 0, for requests without a body. The others are at least 1.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// use wsgi_application::{Status, application};
    /// use wsgi_server::{Limits, Server};
    ///
    /// let app = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, ())?;
    ///     Ok("Hello world!\n".into())
    /// });
    /// // A small machine, whose clients send small things.
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .max_connections(1_000)
    ///     .max_threads(8)
    ///     .limits(Limits::new().max_target_bytes(100).max_body_bytes(10_000))
    ///     .build(app)?;
    ///
    /// let mut client = TcpStream::connect(server.local_addr())?;
    /// client.write_all(format!("GET /{} HTTP/1.0\r\n\r\n", "x".repeat(100)).as_bytes())?;
    /// server.handle_request()?;
    /// assert!(io::read_to_string(client)?.starts_with("HTTP/1.1 414 "));
    /// # Ok::<(), io::Error>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Sets the limits of a FastCGI request, including that of the body. A request beyond them is
    /// answered 431 or 413. Their number of connections is replaced by
    /// [`max_connections`](Self::max_connections). They also say whether the application is an
    /// [Authorizer](wsgi_fastcgi::Limits::accept_authorizers): then `FCGI_ROLE` is `AUTHORIZER` in
    /// such a request.
    ///
    /// Needs the feature `fastcgi`.
    ///
    /// ```
    /// use wsgi_application::{Body, application};
    /// use wsgi_fastcgi::Limits;
    /// use wsgi_server::{Protocol, Server};
    ///
    /// let builder = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .protocol(Protocol::FastCgi)
    ///     .fastcgi_limits(Limits::new().max_params(100).max_body_bytes(10_000));
    /// let server = builder.build(application(|_environ, _start_response| Ok(Body::empty())))?;
    /// # let _ = server;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "fastcgi")]
    pub fn fastcgi_limits(mut self, limits: wsgi_fastcgi::Limits) -> Self {
        self.fastcgi_limits = Some(limits);
        self
    }

    /// Sets the limits of an SCGI request, including that of the body. A request beyond them is
    /// answered 431 or 413.
    ///
    /// Needs the feature `scgi`.
    ///
    /// ```
    /// use wsgi_application::{Body, application};
    /// use wsgi_scgi::Limits;
    /// use wsgi_server::{Protocol, Server};
    ///
    /// let builder = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .protocol(Protocol::Scgi)
    ///     .scgi_limits(Limits::new().max_params(100).max_body_bytes(10_000));
    /// let server = builder.build(application(|_environ, _start_response| Ok(Body::empty())))?;
    /// # let _ = server;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "scgi")]
    pub fn scgi_limits(mut self, limits: wsgi_scgi::Limits) -> Self {
        self.scgi_limits = Some(limits);
        self
    }

    /// Sets the limits of a uwsgi request, including that of the body. A request beyond them is
    /// answered 431 or 413.
    ///
    /// Needs the feature `uwsgi`.
    ///
    /// ```
    /// use wsgi_application::{Body, application};
    /// use wsgi_server::{Protocol, Server};
    /// use wsgi_uwsgi::Limits;
    ///
    /// let builder = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .protocol(Protocol::Uwsgi)
    ///     .uwsgi_limits(Limits::new().max_params(100).max_body_bytes(10_000));
    /// let server = builder.build(application(|_environ, _start_response| Ok(Body::empty())))?;
    /// # let _ = server;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "uwsgi")]
    pub fn uwsgi_limits(mut self, limits: wsgi_uwsgi::Limits) -> Self {
        self.uwsgi_limits = Some(limits);
        self
    }

    /// Settles the limits of the protocols that have not got their own.
    pub(super) fn settle_limits(&mut self) {
        #[cfg(feature = "fastcgi")]
        {
            let body = self.options.limits.body_limit();
            let inherited = || wsgi_fastcgi::Limits::new().max_body_bytes(body);
            let connections = u32::try_from(self.options.max_connections).unwrap_or(u32::MAX);
            let limits = self.fastcgi_limits.unwrap_or_else(inherited);
            self.options.fastcgi = limits.max_connections(connections);
        }
        #[cfg(feature = "scgi")]
        {
            let body = self.options.limits.body_limit();
            let inherited = || wsgi_scgi::Limits::new().max_body_bytes(body);
            self.options.scgi = self.scgi_limits.unwrap_or_else(inherited);
        }
        #[cfg(feature = "uwsgi")]
        {
            let body = self.options.limits.body_limit();
            let inherited = || wsgi_uwsgi::Limits::new().max_body_bytes(body);
            self.options.uwsgi = self.uwsgi_limits.unwrap_or_else(inherited);
        }
    }
}
