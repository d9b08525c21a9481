//! TLS after the header of a proxy.

use std::{io::Write, sync::Arc};

use rustls::version::{TLS12, TLS13};
use wsgi_application::{Status, application};
use wsgi_proxy_protocol::{Addresses, Tlv, TlvType, encode};
use wsgi_server::{Listener, ProxyProtocol, Server, Tls};

use crate::{
    client::{Authority, tcp},
    support::{Client, Running, eventually, get},
};

#[test]
fn a_handshake_follows_the_header_of_a_proxy() {
    let authority = Authority::new();
    let proxies = ProxyProtocol::new().trust("127.0.0.1".parse().unwrap());
    let tls = Tls::from(Arc::new(authority.config()));
    let listener = Listener::bind("127.0.0.1:0").unwrap().tls(&tls);
    let builder = Server::builder().listener(listener.proxy_protocol(proxies));
    let who = application(|environ, start_response| {
        let variables = ["REMOTE_ADDR", "SERVER_PORT", "HTTPS", "SSL_PROTOCOL"];
        let values = variables.map(|name| environ.get(name).unwrap().to_string_lossy());
        let text = format!("{} {}\n", environ.url_scheme(), values.join(" "));
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    });
    let running = Running::build(builder.threads(2), who);
    let addresses = Addresses::between(
        "192.0.2.7:56324".parse().unwrap(),
        "203.0.113.1:443".parse().unwrap(),
    );
    // The proxy tells of a TLS connection that ends there. The one that ends here counts.
    let ssl = Tlv {
        kind: TlvType::SSL,
        value: b"\x01\0\0\0\0\x21\0\x07TLSv1.0",
    };
    let mut header = Vec::new();
    encode::v2(&mut header, Some(addresses), &[ssl]).unwrap();
    for (version, name) in [(&TLS12, "TLSv1.2"), (&TLS13, "TLSv1.3")] {
        let mut socket = tcp(&running);
        socket.write_all(&header).unwrap();
        let mut client = authority.connect_with(socket, &[version]);
        for _ in 0..2 {
            client.ask(get("/"), &format!("https 192.0.2.7 443 on {name}\n"));
        }
    }

    let mut without_header = Client::connect(running.address);
    without_header.send(get("/"));
    without_header.assert_closed();

    // The log names the client, not the proxy.
    let mut in_vain = Client::connect(running.address);
    in_vain.send([&header[..], b"\x16\x03\x01\0\x04\0\0\0\0"].concat());
    in_vain.take_all();
    eventually("the log tells of the handshake", || {
        running
            .log()
            .contains("TLS: the handshake of 192.0.2.7 failed: ")
    });
}
