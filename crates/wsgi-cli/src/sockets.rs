//! The sockets that the demo serves on.

use std::io;

use wsgi::{
    Server,
    server::{Builder, Listener, SocketAccess},
};

use crate::{
    address::Address, command::SiteOptions, failure::cannot_listen, say::say_error, tls::Setup,
};

/// The port of https, if no socket tells another one.
const HTTPS_PORT: u16 = 443;

/// The name of an inherited socket that is for http without TLS.
const HTTP: &str = "http";

/// The name of a socket that is for the page of numbers.
const METRICS: &str = "metrics";

/// The sockets of a run of the program.
#[derive(Debug)]
pub(crate) struct Sockets {
    listeners: Vec<Listener>,
    /// The port of https, if other sockets redirect to it.
    redirect: Option<u16>,
    /// The socket for the page of numbers.
    metrics: Option<Listener>,
}

impl Sockets {
    /// Opens the sockets: those that a parent has passed on, or else those of
    /// [`to_pass_on`](Self::to_pass_on).
    ///
    /// # Errors
    ///
    /// An address cannot be listened on, or something other than a socket was inherited.
    pub(crate) fn open(
        options: &SiteOptions,
        tls: Option<&Setup>,
        passed: Option<Vec<Listener>>,
    ) -> io::Result<Self> {
        let listeners = match passed {
            Some(listeners) => listeners,
            None => Self::to_pass_on(options)?,
        };
        let (mut metrics, listeners): (Vec<_>, Vec<_>) =
            listeners.into_iter().partition(is_for_metrics);
        let sockets = match tls {
            Some(tls) => Self::with_tls(listeners, tls)?,
            None => Self {
                listeners,
                redirect: None,
                metrics: None,
            },
        };
        Ok(Self {
            metrics: metrics.pop(),
            ..sockets
        })
    }

    /// The sockets of all processes: the one at the given address, or else the inherited ones, or
    /// else the one at the default address. The one that redirects to https and the one for the
    /// page of numbers, which may be inherited, too, have names that say so.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), or a socket for the page of numbers was inherited, and the
    /// options have another one.
    pub(crate) fn to_pass_on(options: &SiteOptions) -> io::Result<Vec<Listener>> {
        let opened = Self::inherited(options)
            .and_then(|inherited| Self::listen(options, inherited, &default_address()));
        opened.map_err(|error| cannot_listen(error.kind(), &error))
    }

    /// Checks the inherited sockets beside the options, as [`open`](Self::open) does. Returns
    /// whether there is one for the page of numbers, from the options or inherited.
    ///
    /// # Errors
    ///
    /// Those of `open`, but for addresses that cannot be listened on.
    pub(crate) fn check(options: &SiteOptions) -> io::Result<bool> {
        let checked = Self::inherited(options).and_then(|inherited| {
            let (metrics, sites): (Vec<_>, Vec<_>) =
                inherited.into_iter().partition(is_for_metrics);
            match options.metrics.is_some() && !metrics.is_empty() {
                true => Err(two_pages()),
                false => Ok((sites, !metrics.is_empty() || options.metrics.is_some())),
            }
        });
        let (sites, has_page) = checked.map_err(|error| cannot_listen(error.kind(), &error))?;
        match options.tls.are_on() && !sites.is_empty() && sites.iter().all(is_plain) {
            true => Err(all_plain()),
            false => Ok(has_page),
        }
    }

    /// The inherited sockets that are used: beside a given address, those for the page of numbers.
    fn inherited(options: &SiteOptions) -> io::Result<Vec<Listener>> {
        match options.bind {
            Some(_) => Listener::inherited_as(METRICS),
            None => Listener::passed(),
        }
    }

    /// Opens the sockets of the options beside the `inherited` ones.
    fn listen(
        options: &SiteOptions,
        inherited: Vec<Listener>,
        default: &Address,
    ) -> io::Result<Vec<Listener>> {
        let (mut metrics, mut listeners): (Vec<_>, Vec<_>) =
            inherited.into_iter().partition(is_for_metrics);
        if options.metrics.is_some() && !metrics.is_empty() {
            return Err(two_pages());
        }
        if metrics.len() > 1 {
            say_error("several inherited sockets have the name metrics; only the last is served");
            metrics.drain(..metrics.len() - 1);
        }
        if listeners.is_empty() {
            listeners.push(bind(options.bind.as_ref().unwrap_or(default), options)?);
        }
        if let Some(protocol) = options.protocol {
            let all = listeners.into_iter();
            listeners = all.map(|listener| listener.protocol(protocol)).collect();
        }
        if let Some(Address::Tcp { host, port }) = options.tls.redirect_http() {
            listeners.push(Listener::bind_to(host, *port)?.named(HTTP));
        }
        if let Some(address) = &options.metrics {
            let listener = match address {
                Address::Tcp { host, port } => Listener::bind_to(host, *port)?,
                Address::Unix(path) => Listener::bind_unix(path, SocketAccess::DEFAULT_MODE)?,
            };
            metrics.push(listener.named(METRICS));
        }
        listeners.append(&mut metrics);
        Ok(listeners)
    }

    fn with_tls(listeners: Vec<Listener>, tls: &Setup) -> io::Result<Self> {
        let (plain, secure): (Vec<_>, Vec<_>) = listeners.into_iter().partition(is_plain);
        if secure.is_empty() {
            return Err(all_plain());
        }
        let mut port = tls.redirect_port();
        for listener in &secure {
            let address = listener.local_addr()?;
            port = port.or(address.tcp().map(|address| address.port()));
        }
        let redirect = (!plain.is_empty()).then(|| port.unwrap_or(HTTPS_PORT));
        let secure = secure.into_iter().map(|listener| tls.protect(listener));
        Ok(Self {
            listeners: secure.chain(plain).collect(),
            redirect,
            metrics: None,
        })
    }

    /// The port of https, if there are sockets that redirect to it.
    pub(crate) fn redirect(&self) -> Option<u16> {
        self.redirect
    }

    /// Takes the socket for the page of numbers, if there is one.
    pub(crate) fn take_metrics(&mut self) -> Option<Listener> {
        self.metrics.take()
    }

    /// A builder of a server on these sockets.
    pub(crate) fn builder(self) -> Builder {
        let listeners = self.listeners.into_iter();
        listeners.fold(Server::builder(), Builder::listener)
    }
}

/// The address without options and inherited sockets.
pub(crate) fn default_address() -> Address {
    Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 8000,
    }
}

/// Whether a socket is for the page of numbers.
pub(crate) fn is_for_metrics(listener: &Listener) -> bool {
    listener.name() == Some(METRICS)
}

/// Whether a socket is for http without TLS, beside others.
fn is_plain(listener: &Listener) -> bool {
    listener.name() == Some(HTTP)
}

fn all_plain() -> io::Error {
    let problem = "cannot serve https: every inherited socket has the name http";
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

fn two_pages() -> io::Error {
    let problem = "an inherited socket has the name metrics; leave out --metrics";
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}

fn bind(address: &Address, options: &SiteOptions) -> io::Result<Listener> {
    match address {
        Address::Tcp { host, port } => Listener::bind_to(host, *port),
        Address::Unix(path) => {
            let mode = options.socket_mode.unwrap_or(SocketAccess::DEFAULT_MODE);
            let mut access = SocketAccess::new(mode);
            if let Some(owner) = options.socket_owner {
                access = access.owner(owner);
            }
            if let Some(group) = options.socket_group {
                access = access.group(group);
            }
            Listener::bind_unix_for(path, access)
        }
    }
}

#[cfg(test)]
mod tests {
    use wsgi::server::Protocol;

    use super::*;

    #[test]
    fn a_site_without_a_socket_has_the_default_address_and_the_protocol() {
        let page = Listener::bind_to("127.0.0.1", 0).unwrap().named(METRICS);
        let options = SiteOptions {
            protocol: Some(Protocol::Scgi),
            ..SiteOptions::default()
        };
        let default = Address::Tcp {
            host: "127.0.0.1".to_owned(),
            port: 0,
        };
        let listeners = Sockets::listen(&options, vec![page], &default).unwrap();
        let mut sockets = Sockets::open(&options, None, Some(listeners)).unwrap();
        assert!(sockets.take_metrics().is_some());
        let site = |_: &mut wsgi::Environ, _: &mut wsgi::StartResponse<'_>| -> wsgi::Result {
            Ok("".into())
        };
        let server = sockets.builder().build(site).unwrap();
        let places = server.places();
        let is_one = !places.contains(", ");
        assert!(is_one && places.ends_with(" over SCGI"), "{places}");
    }
}
