//! An application behind a front server.

use std::{io, net::TcpStream};

use wsgi_tests::{
    Gateway, Notes, Request, Response, Run, Scheme, TlsStream, exchange,
    fronts::{Authority, FrontServer},
};

use crate::serving::Serving;

/// A front server and the application's process behind it.
pub(crate) struct Behind {
    pub(crate) gateway: Gateway,
    pub(crate) front: FrontServer,
    /// `None` if the front server starts the process itself.
    pub(crate) serving: Option<Serving>,
}

impl Behind {
    /// Sends a request to the front server, and receives its response.
    pub(crate) fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        let ports = self.front.ports;
        let connect = |port| TcpStream::connect(("127.0.0.1", port));
        match self.gateway.scheme {
            Scheme::Http => exchange(connect(ports.http), request, notes),
            Scheme::Https => {
                exchange_tls(connect(ports.https), &self.front.authority, request, notes)
            }
        }
    }
}

/// Sends a request by TLS, and receives its response.
pub(crate) fn exchange_tls(
    stream: io::Result<TcpStream>,
    authority: &Authority,
    request: &Request,
    notes: &Notes,
) -> Result<Response, String> {
    let connect = |stream| TlsStream::connect(stream, "suite.example", authority.client());
    exchange(stream.and_then(connect), request, notes)
}

impl Run for Behind {
    fn gateway(&self) -> Gateway {
        self.gateway
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        self.exchange(request, notes)
    }

    fn logs(&self) -> [String; 2] {
        let own = self.serving.as_ref();
        let own = own.map(|serving| serving.log.to_string());
        [own.unwrap_or_default(), self.front.log()]
    }
}
