//! The PROXY protocol, with proxies that may send anything.

#[path = "../support/mod.rs"]
mod support;

mod counting;
mod naming;
mod opening;
#[cfg(all(feature = "fastcgi", feature = "scgi"))]
mod protocols;
mod proxied_tls;
mod refusing;

use std::net::SocketAddr;

use support::{Client, Running, get};
use wsgi_application::{Application, Status, application};
use wsgi_proxy_protocol::{Addresses, Tlv, encode};
use wsgi_server::{Builder, Listener, ProxyProtocol, Server};

/// The client of a proxy.
const CLIENT: &str = "192.0.2.7:56324";

/// The address of a proxy, as its clients know it.
const SERVER: &str = "203.0.113.1:443";

/// The variables that say who the client is, and how it has connected.
const VARIABLES: [&str; 10] = [
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "SERVER_ADDR",
    "SERVER_PORT",
    "HTTPS",
    "SSL_PROTOCOL",
    "SSL_CIPHER",
    "SSL_TLS_SNI",
    "SSL_CLIENT_VERIFY",
    "SSL_CLIENT_S_DN_CN",
];

/// The settings of a listener that trusts proxies on this machine.
fn from_here() -> ProxyProtocol {
    ProxyProtocol::new().trust("127.0.0.0/8".parse().unwrap())
}

/// A server that expects the PROXY protocol, with these settings.
fn serving_with(
    proxies: ProxyProtocol,
    options: impl FnOnce(Builder) -> Builder,
    application: impl Application + 'static,
) -> Running {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let builder = Server::builder().listener(listener.proxy_protocol(proxies));
    Running::build(options(builder.threads(2)), application)
}

/// A server that expects the PROXY protocol from proxies on this machine.
fn serving(application: impl Application + 'static) -> Running {
    serving_with(from_here(), |builder| builder, application)
}

/// An application that answers with the scheme, and with each of [`VARIABLES`] that is set.
fn who() -> impl Application {
    application(|environ, start_response| {
        let mut text = format!("{}\n", environ.url_scheme());
        for name in VARIABLES {
            // A variable is found by its name, and is one of all variables.
            let mut all = environ.iter();
            let found = all.find(|(listed, _)| listed == name);
            let value = environ.get(name);
            assert_eq!(found.map(|(_, value)| value), value, "{name}");
            if let Some(value) = value {
                text += &format!("{name}={}\n", value.to_string_lossy());
            }
        }
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(text.into())
    })
}

fn addresses(source: &str, destination: &str) -> Addresses<'static> {
    let parse = |text: &str| text.parse::<SocketAddr>().unwrap();
    Addresses::between(parse(source), parse(destination))
}

/// A header of version 1.
fn v1() -> Vec<u8> {
    let mut header = Vec::new();
    encode::v1(&mut header, Some(addresses(CLIENT, SERVER)));
    header
}

/// A header of version 2.
fn v2(tlvs: &[Tlv<'_>]) -> Vec<u8> {
    let mut header = Vec::new();
    encode::v2_with_checksum(&mut header, Some(addresses(CLIENT, SERVER)), tlvs).unwrap();
    header
}

/// The answer of [`who`] after one of these headers.
const NAMED: &str = "http\n\
    REMOTE_ADDR=192.0.2.7\nREMOTE_PORT=56324\n\
    SERVER_ADDR=203.0.113.1\nSERVER_PORT=443\n";

/// Connects, and sends this header.
fn connect(running: &Running, header: &[u8]) -> Client {
    let mut client = running.connect();
    client.send(header);
    client
}

/// The body of the answer to a request after this header.
#[track_caller]
fn answer(running: &Running, header: &[u8]) -> String {
    let mut client = connect(running, header);
    client.ask(get("/")).text().to_owned()
}
