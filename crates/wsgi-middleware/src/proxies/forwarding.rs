//! A client's request as trusted proxies describe it.

use std::{fmt::Display, io::Write};

use wsgi_application::Environ;
use wsgi_headers::Value;

use crate::{
    authority::{self, Authority, is_port_of_clients},
    proxies::{
        forwarded,
        node::{Node, Sender, parse_port},
        scheme::is_https,
        trusted_peers::TrustedPeers,
        url_prefix, x_forwarded,
    },
};

/// The length of the longest IPv6 address (`INET6_ADDRSTRLEN` without its end).
const MAX_ADDRESS_BYTES: usize = 45;

/// The largest number of elements that are read.
const MAX_ELEMENTS: usize = 32;

/// The description of a client's request by trusted proxies. `None` stands for an absent part.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    client: Option<Node>,
    is_https: Option<bool>,
    host: Option<Authority>,
    port: Option<u16>,
    prefix: Option<Vec<u8>>,
}

impl Forwarding {
    /// Reads `Forwarded`.
    pub(crate) fn forwarded(environ: &Environ, proxies: &TrustedPeers) -> Self {
        let elements = forwarded::elements(value(environ, "HTTP_FORWARDED"));
        let (client, last) = walk(elements, |element| element.sender, proxies);
        let element = last.map(|(_, element)| element).unwrap_or_default();
        Self {
            client,
            is_https: element.is_https,
            host: element.host,
            ..Self::default()
        }
    }

    /// Reads the fields `X-Forwarded-*`.
    pub(crate) fn x_forwarded(environ: &Environ, proxies: &TrustedPeers) -> Self {
        let elements = x_forwarded::elements(value(environ, "HTTP_X_FORWARDED_FOR"));
        let (client, last) = walk(elements, |element| Sender::parse(element), proxies);
        let position = last.map_or(0, |(position, _)| position);
        let element = |name| x_forwarded::element_at(value(environ, name), position);
        let port = |text| parse_port(str::from_utf8(text).ok()?).filter(is_port_of_clients);
        Self {
            client,
            is_https: element("HTTP_X_FORWARDED_PROTO").and_then(is_https),
            host: element("HTTP_X_FORWARDED_HOST").and_then(Authority::parse),
            port: element("HTTP_X_FORWARDED_PORT").and_then(port),
            prefix: element("HTTP_X_FORWARDED_PREFIX").and_then(url_prefix::parse),
        }
    }

    /// Removes the host and the port.
    pub(crate) fn without_host(self) -> Self {
        Self {
            host: None,
            port: None,
            ..self
        }
    }

    /// Removes the prefix.
    pub(crate) fn without_prefix(self) -> Self {
        Self {
            prefix: None,
            ..self
        }
    }

    /// Changes the environ to the client's request.
    pub(crate) fn apply(self, environ: &mut Environ) {
        if let Some(client) = self.client {
            set_client(environ, client);
        }
        match self.is_https {
            Some(true) => {
                environ.set_url_scheme("https");
                environ.set("HTTPS", "on");
            }
            Some(false) => {
                environ.set_url_scheme("http");
                environ.remove("HTTPS");
            }
            None => {}
        }
        if self.is_https.is_some() || self.host.is_some() || self.port.is_some() {
            set_host(environ, self.host, self.port);
        }
        if let Some(mut path) = self.prefix.filter(|prefix| !prefix.is_empty()) {
            path.extend_from_slice(environ.script_name().as_bytes());
            environ.set("SCRIPT_NAME", path);
        }
    }
}

/// The value of a variable, or an empty one.
fn value<'e>(environ: &'e Environ, name: &str) -> &'e [u8] {
    environ.get(name).map(Value::as_bytes).unwrap_or_default()
}

/// Walks over the elements, last one first, up to the first whose sender is unknown or not trusted.
/// Returns the last known address, and the last element with its position.
fn walk<E>(
    elements: impl Iterator<Item = E>,
    sender: impl Fn(&E) -> Option<Sender>,
    proxies: &TrustedPeers,
) -> (Option<Node>, Option<(usize, E)>) {
    let (mut client, mut last) = (None, None);
    for (position, element) in elements.take(MAX_ELEMENTS).enumerate() {
        let sender = sender(&element);
        client = sender.and_then(Sender::node).or(client);
        last = Some((position, element));
        if !sender.is_some_and(|sender| proxies.trusts(sender)) {
            break;
        }
    }
    (client, last)
}

fn set_client(environ: &mut Environ, client: Node) {
    set_short(environ, "REMOTE_ADDR", client.address);
    match client.port {
        Some(port) => set_short(environ, "REMOTE_PORT", port),
        None => environ.remove("REMOTE_PORT"),
    }
    // They describe the proxy.
    environ.remove("REMOTE_HOST");
    environ.remove("REMOTE_IDENT");
}

/// Sets the variables with the host and the port to what was forwarded. The default port depends on
/// the scheme, which must be set before.
fn set_host(environ: &mut Environ, host: Option<Authority>, port: Option<u16>) {
    let default = match environ.url_scheme() {
        "https" => 443,
        _ => 80,
    };
    if host.is_none() && port.is_none() {
        let host = str::from_utf8(value(environ, "HTTP_HOST")).ok();
        if let Some((_, port)) = host.and_then(authority::split) {
            let port = port.filter(|port| *port != 0);
            set_short(environ, "SERVER_PORT", port.unwrap_or(default));
        }
        return;
    }
    let is_forwarded = host.is_some();
    let host = host.or_else(|| Authority::parse(value(environ, "HTTP_HOST")));
    let known = port.or(host.as_ref().and_then(|host| host.port));
    if let Some(host) = &host {
        match known {
            Some(port) if port != default => {
                environ.set("HTTP_HOST", format!("{}:{port}", host.name));
            }
            _ => environ.set("HTTP_HOST", &host.name),
        }
        if is_forwarded {
            environ.set("SERVER_NAME", &host.name);
        }
    }
    set_short(environ, "SERVER_PORT", known.unwrap_or(default));
}

/// Sets a variable to a short text, which needs no memory of its own before.
fn set_short(environ: &mut Environ, name: &str, text: impl Display) {
    let mut buffer = [0; MAX_ADDRESS_BYTES];
    let mut rest = &mut buffer[..];
    let is_whole = write!(rest, "{text}").is_ok();
    debug_assert!(is_whole, "{text} is not short");
    let length = MAX_ADDRESS_BYTES - rest.len();
    environ.set(name, &buffer[..length]);
}
