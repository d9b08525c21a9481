//! The places of sites, for messages.

use std::io;

use wsgi_server::Listener;

/// The place of a socket.
pub(crate) struct Place {
    address: String,
    is_tcp: bool,
    /// Whether it is for http without TLS, beside others.
    is_plain: bool,
    /// Whether it speaks FastCGI, whatever others do.
    is_fastcgi: bool,
}

impl Place {
    pub(crate) fn of(listener: &Listener, is_plain: bool) -> io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Self {
            address: address.to_string(),
            is_tcp: address.tcp().is_some(),
            is_plain,
            is_fastcgi: false,
        })
    }

    /// Notes that it speaks FastCGI.
    pub(crate) fn speaks_fastcgi(&mut self) {
        self.is_fastcgi = true;
    }

    /// The place, which speaks this protocol, TLS if it is `secure`, and the PROXY protocol before
    /// if it is `proxied`. It reads as what the server says of it.
    pub(crate) fn described(&self, protocol: &str, secure: bool, proxied: bool) -> String {
        let address = &self.address;
        let is_secure = secure && !self.is_plain;
        let name = match protocol {
            _ if self.is_fastcgi => "FastCGI",
            "fastcgi" => "FastCGI",
            "scgi" => "SCGI",
            "uwsgi" => "uwsgi",
            _ => "HTTP",
        };
        if self.is_tcp && name == "HTTP" && !proxied {
            let scheme = if is_secure { "https" } else { "http" };
            return format!("{scheme}://{address}");
        }
        let tls = if is_secure { " with TLS" } else { "" };
        let proxies = match proxied {
            true => " after the PROXY protocol",
            false => "",
        };
        format!("{address} over {name}{tls}{proxies}")
    }
}
