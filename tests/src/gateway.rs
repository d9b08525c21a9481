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
}

/// A front server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// nginx.
    Nginx,
    /// Apache's httpd.
    Apache,
}

/// The protocol of an application's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// None: the test calls the application.
    Call,
    /// HTTP/1.1.
    Http,
    /// CGI: a process for each request.
    Cgi,
    /// FastCGI.
    FastCgi,
    /// SCGI.
    Scgi,
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
    };

    /// The server's own HTTP, over a kind of socket.
    #[must_use]
    pub fn http(socket: Socket) -> Self {
        Gateway {
            front: None,
            protocol: Protocol::Http,
            socket: Some(socket),
        }
    }

    /// The program as a CGI script, executed by the test itself, or by a front server.
    #[must_use]
    pub fn cgi(front: Option<Front>) -> Self {
        Gateway {
            front,
            protocol: Protocol::Cgi,
            socket: None,
        }
    }

    /// A server behind a front server.
    #[must_use]
    pub fn behind(front: Front, protocol: Protocol, socket: Socket) -> Self {
        Gateway {
            front: Some(front),
            protocol,
            socket: Some(socket),
        }
    }

    /// Whether the front server is Apache.
    #[must_use]
    pub fn is_apache(&self) -> bool {
        self.front == Some(Front::Apache)
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
        self.is_apache() && self.protocol != Protocol::Http
    }

    /// Whether a front server speaks SCGI with the application's process.
    #[must_use]
    pub fn is_scgi(&self) -> bool {
        self.protocol == Protocol::Scgi
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
        match self.front {
            Some(front) => write!(f, " behind {front:?}"),
            None => Ok(()),
        }
    }
}
