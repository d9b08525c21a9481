//! Connections.

use std::{net::Shutdown, thread, time::Duration};

#[cfg(feature = "proxy-protocol")]
use wsgi_server::ProxyProtocol;
use wsgi_server::{Builder, Listener};

use crate::{
    measured::{Measured, count},
    support::{Client, echo, eventually, get},
};

#[test]
fn connections_are_counted_while_they_are_open_and_for_ever() {
    let measured = Measured::new(echo);
    assert_eq!(
        measured.page().value("wsgi_server_open_connections", &[]),
        Some(0.0)
    );
    let mut clients: Vec<_> = (0..7).map(|_| measured.running.connect()).collect();
    clients
        .iter_mut()
        .for_each(|client| assert_eq!(client.ask(get("/")).status, 200));
    let page = measured.page();
    assert_eq!(page.value("wsgi_server_open_connections", &[]), Some(7.0));
    assert_eq!(
        page.value("wsgi_server_accepted_connections_total", &[]),
        Some(7.0)
    );
    clients.truncate(2);
    eventually("they are closed", || {
        measured.snapshot().open_connections() == 2
    });
    assert_eq!(measured.snapshot().accepted_connections(), 7);
    let refused: u64 = measured
        .snapshot()
        .refused_connections()
        .map(|(_, count)| count)
        .sum();
    assert_eq!(refused, 0);
}

#[test]
fn a_connection_that_gives_way_is_evicted() {
    let options = |builder: Builder| builder.threads(1).max_connections(1);
    let measured = Measured::with(options, echo);
    let mut silent = measured.running.connect();
    eventually("it is accepted", || {
        measured.snapshot().open_connections() == 1
    });
    thread::sleep(Duration::from_millis(10)); // it is not the newest
    assert_eq!(measured.running.connect().ask(get("/")).status, 200);
    silent.assert_closed();
    let page = measured.page();
    assert_eq!(
        page.value("wsgi_server_evicted_connections_total", &[]),
        Some(1.0)
    );
    assert_eq!(measured.snapshot().evicted_connections(), 1);
    assert_eq!(measured.snapshot().accepted_connections(), 2);
}

#[test]
fn a_client_whose_address_has_too_many_connections_is_refused() {
    let options = |builder: Builder| builder.max_connections_per_address(1);
    let measured = Measured::with(options, echo);
    let mut first = measured.running.connect();
    assert_eq!(first.ask(get("/")).status, 200);
    assert_eq!(measured.running.connect().response().status, 503);
    let refused = || count(measured.snapshot().refused_connections(), "address_limit");
    eventually("it is refused", || refused() == 1);
    measured.assert_requests("http", &[("GET", "200", "", 1)]);
    let labels = [("reason", "address_limit")];
    let page = measured.page();
    assert_eq!(
        page.value("wsgi_server_refused_connections_total", &labels),
        Some(1.0)
    );
}

#[cfg(feature = "proxy-protocol")]
#[test]
fn a_client_without_the_header_of_a_proxy_is_refused() {
    let proxies = ProxyProtocol::new().trust("127.0.0.0/8".parse().unwrap());
    let measured = Measured::with(|builder| builder.proxy_protocol(proxies), echo);
    let mut client = measured.running.connect();
    client.send(get("/"));
    client.assert_closed();
    let mut client = measured.running.connect();
    client.send("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n");
    assert_eq!(client.ask(get("/")).status, 200);
    eventually("it is counted", || {
        count(measured.snapshot().refused_connections(), "proxy_protocol") == 1
    });
    measured.assert_requests("http", &[("GET", "200", "", 1)]);
}

#[test]
fn a_peer_that_is_not_allowed_is_refused() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let listener = listener.allow("192.0.2.7".parse().unwrap());
    let address = listener.local_addr().unwrap();
    let measured = Measured::with(|builder| builder.listener(listener), echo);
    Client::connect(address).assert_closed();
    eventually("it is counted", || {
        count(measured.snapshot().refused_connections(), "not_allowed") == 1
    });
    measured.assert_requests("http", &[]);
}

#[test]
fn a_client_that_sends_nothing_makes_no_request() {
    let options = |builder: Builder| builder.first_request_timeout(Duration::from_millis(50));
    let measured = Measured::with(options, echo);
    measured.running.connect().assert_closed();
    let mut client = Client::connect(measured.running.address);
    // Its time may be up before, on a busy machine.
    client.try_send("\r\n");
    let _ = client.stream.shutdown(Shutdown::Write);
    client.assert_closed();
    eventually("they are closed", || {
        measured.snapshot().open_connections() == 0
    });
    assert_eq!(
        measured.after(0).sum("http_server_active_requests", &[]),
        0.0
    );
}
