//! The gateways that the suite runs through.

use std::fmt;

/// A way from a client to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// The front server, if any.
    pub front: Option<Front>,
    /// The protocol of the application's process.
    pub protocol: Protocol,
    /// The kind of socket that the process listens on, if any.
    pub socket: Option<Socket>,
    /// The scheme of the client's request.
    pub scheme: Scheme,
}

/// A front server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// nginx.
    Nginx,
    /// Apache's httpd.
    Apache,
    /// lighttpd.
    Lighttpd,
    /// H2O.
    H2o,
    /// HAProxy.
    Haproxy,
    /// The family's own proxy.
    Own,
}

/// The scheme of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`.
    Http,
    /// `https`.
    Https,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        })
    }
}

/// The protocol of an application's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// None: the test calls the application.
    Call,
    /// HTTP/1.1.
    Http,
    /// HTTP/1.1 by hyper, in front of a tower service.
    Hyper,
    /// CGI: a process for each request.
    Cgi,
    /// FastCGI.
    FastCgi,
    /// SCGI.
    Scgi,
    /// The uwsgi protocol.
    Uwsgi,
}

/// A kind of socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Socket {
    /// An address and a port.
    Tcp,
    /// A file.
    Unix,
}

impl Gateway {
    /// A call within the process.
    pub const CALL: Gateway = Gateway {
        front: None,
        protocol: Protocol::Call,
        socket: None,
        scheme: Scheme::Http,
    };

    /// The server's own HTTP, over a kind of socket.
    #[must_use]
    pub fn http(socket: Socket) -> Self {
        Gateway {
            front: None,
            protocol: Protocol::Http,
            socket: Some(socket),
            scheme: Scheme::Http,
        }
    }

    /// hyper's HTTP/1.1 in front of a tower service, over TCP.
    #[must_use]
    pub fn hyper() -> Self {
        Gateway {
            protocol: Protocol::Hyper,
            ..Self::http(Socket::Tcp)
        }
    }

    /// The program as a CGI script, executed by the test itself, or by a front server.
    #[must_use]
    pub fn cgi(front: Option<Front>) -> Self {
        Gateway {
            front,
            protocol: Protocol::Cgi,
            socket: None,
            scheme: Scheme::Http,
        }
    }

    /// A server behind a front server.
    #[must_use]
    pub fn behind(front: Front, protocol: Protocol, socket: Socket) -> Self {
        Gateway {
            front: Some(front),
            protocol,
            socket: Some(socket),
            scheme: Scheme::Http,
        }
    }

    /// The same with HTTPS between the client and the first server.
    #[must_use]
    pub fn over_tls(mut self) -> Self {
        self.scheme = Scheme::Https;
        self
    }

    /// Whether the client speaks HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether the front server is Apache.
    #[must_use]
    pub fn is_apache(&self) -> bool {
        self.front == Some(Front::Apache)
    }

    /// Whether the front server is lighttpd.
    #[must_use]
    pub fn is_lighttpd(&self) -> bool {
        self.front == Some(Front::Lighttpd)
    }

    /// Whether the front server is H2O.
    #[must_use]
    pub fn is_h2o(&self) -> bool {
        self.front == Some(Front::H2o)
    }

    /// Whether the front server is HAProxy.
    #[must_use]
    pub fn is_haproxy(&self) -> bool {
        self.front == Some(Front::Haproxy)
    }

    /// Whether a front server speaks FastCGI with the application's process.
    #[must_use]
    pub fn is_fastcgi(&self) -> bool {
        self.protocol == Protocol::FastCgi
    }

    /// Whether hyper is the server.
    #[must_use]
    pub fn is_hyper(&self) -> bool {
        self.protocol == Protocol::Hyper
    }

    /// Whether there is a front server.
    #[must_use]
    pub fn is_front(&self) -> bool {
        self.front.is_some()
    }

    /// Whether Apache starts the application as a CGI program.
    #[must_use]
    pub fn is_apache_cgi(&self) -> bool {
        self.is_apache() && self.protocol == Protocol::Cgi
    }

    /// Whether Apache parses the response's head as that of a CGI program.
    #[must_use]
    pub fn is_apache_cgi_like(&self) -> bool {
        self.is_apache() && !matches!(self.protocol, Protocol::Http | Protocol::Uwsgi)
    }

    /// Whether a front server speaks SCGI with the application's process.
    #[must_use]
    pub fn is_scgi(&self) -> bool {
        self.protocol == Protocol::Scgi
    }

    /// Whether a front server speaks the uwsgi protocol with the application's process.
    #[must_use]
    pub fn is_uwsgi(&self) -> bool {
        self.protocol == Protocol::Uwsgi
    }

    /// Whether a response without a declared length ends with its connection, however it ends.
    #[must_use]
    pub fn ends_with_connection(&self) -> bool {
        self.is_scgi() || self.is_uwsgi()
    }

    /// Whether a front server speaks HTTP with the application's process.
    #[must_use]
    pub fn is_proxy(&self) -> bool {
        self.is_front() && self.protocol == Protocol::Http
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.protocol)?;
        if let Some(socket) = self.socket {
            write!(f, " over {socket:?}")?;
        }
        if let Some(front) = self.front {
            write!(f, " behind {front:?}")?;
        }
        match self.scheme {
            Scheme::Http => Ok(()),
            Scheme::Https => f.write_str(" with TLS in front"),
        }
    }
}
