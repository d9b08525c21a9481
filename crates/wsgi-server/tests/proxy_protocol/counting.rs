//! The limit of connections of one address, which is that of the client whom a proxy names.

use wsgi_proxy_protocol::encode;

use crate::{
    addresses, connect, from_here, serving_with,
    support::{Client, PATIENCE, Running, echo, eventually, get},
};

/// The connection of a client at this address, by way of a proxy.
fn from(running: &Running, source: &str) -> Client {
    let mut header = Vec::new();
    encode::v1(&mut header, Some(addresses(source, crate::SERVER)));
    connect(running, &header)
}

fn is_served(client: &mut Client) -> bool {
    client.try_send(get("/"))
        && client
            .try_response()
            .is_some_and(|answer| answer.status == 200)
}

#[test]
fn the_address_of_the_client_counts_and_not_that_of_the_proxy() {
    let options = |builder: wsgi_server::Builder| {
        builder
            .max_connections_per_address(2)
            .head_timeout(2 * PATIENCE) // no deadline wakes a loop that has to write a line
    };
    let running = serving_with(from_here(), options, echo);
    let mut clients: Vec<_> = ["192.0.2.1:1", "192.0.2.2:1", "192.0.2.1:2", "192.0.2.2:2"]
        .map(|source| from(&running, source))
        .into();
    assert!(clients.iter_mut().all(is_served));
    let line = "wsgi-server: the limit of 2 connections per address is reached: \
                turned a client away\n";
    for source in ["192.0.2.1:3", "192.0.2.2:3"] {
        let mut client = from(&running, source);
        let answer = client.response();
        assert_eq!(
            (answer.status, answer.header("Retry-After")),
            (503, Some("5"))
        );
        client.assert_closed();
        eventually("the log says so", || running.log() == line);
    }
    // A proxy that checks the health of the server names no client.
    let mut local = Vec::new();
    encode::v1(&mut local, None);
    let mut checks = [(); 3].map(|()| connect(&running, &local));
    assert!(checks.iter_mut().all(is_served));
    drop(clients);
    eventually("there is a place", || {
        is_served(&mut from(&running, "192.0.2.1:4"))
    });
}
