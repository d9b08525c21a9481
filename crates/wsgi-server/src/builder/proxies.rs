//! The builder's settings for the PROXY protocol.

use std::io;
#[cfg(feature = "proxy-protocol")]
use std::sync::Arc;

use super::Builder;
#[cfg(feature = "proxy-protocol")]
use crate::listeners::proxy_protocol::ProxyProtocol;

impl Builder {
    /// Expects the PROXY protocol, from the proxies that are trusted, on all sockets that do not
    /// have [settings of their own](crate::Listener::proxy_protocol). By default it is refused.
    ///
    /// Needs the feature `proxy-protocol`.
    ///
    /// ```
    /// use std::{io::{self, Write}, net::TcpStream};
    /// # use wsgi_application::{Status, application};
    /// use wsgi_server::{ProxyProtocol, Server};
    ///
    /// # let hello = application(|_environ, start_response| {
    /// #     start_response.start(Status::OK, ())?;
    /// #     Ok("Hello world!\n".into())
    /// # });
    ///
    /// let server = Server::builder()
    ///     .bind("127.0.0.1:0")?
    ///     .proxy_protocol(ProxyProtocol::new().trust("10.0.0.0/8".parse()?))
    ///     .build(hello)?;
    /// // The test's own address is not one of a proxy.
    /// let mut client = TcpStream::connect(server.local_addr())?;
    /// client.write_all(b"PROXY UNKNOWN\r\nGET / HTTP/1.0\r\n\r\n")?;
    /// server.handle_request()?;
    /// let answer = io::read_to_string(client).unwrap_or_default(); // it may be cut
    /// assert!(!answer.contains("Hello"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "proxy-protocol")]
    pub fn proxy_protocol(mut self, proxies: ProxyProtocol) -> Self {
        self.proxies = Some(Arc::new(proxies));
        self
    }

    /// Settles which listeners expect the PROXY protocol. Refuses those that would refuse
    /// everybody.
    pub(super) fn settle_proxies(&mut self) -> io::Result<()> {
        for listener in &mut self.listeners {
            listener.proxies = listener.proxies.take().or_else(|| self.proxies.clone());
            let Some(proxies) = &listener.proxies else {
                continue;
            };
            let address = listener.local_addr()?;
            let is_unix = address.tcp().is_none();
            if !proxies.trusts_any(is_unix) {
                let problem =
                    format!("{address} expects the PROXY protocol, but trusts no proxy there");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
        }
        Ok(())
    }
}
