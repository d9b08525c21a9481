//! The numbers of handshakes, and of requests over TLS.

use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    crypto::ring,
    version::{TLS12, TLS13},
};
use wsgi_server::{Builder, Metrics, MetricsSnapshot};

use crate::{
    client::{Authority, TlsClient, tcp},
    support::{Client, echo, eventually, get},
};

/// The number of handshakes of a version, full and resumed.
fn handshakes(snapshot: &MetricsSnapshot, version: &str) -> (u64, u64) {
    let of = |is_resumed| {
        let handshakes = snapshot.tls_handshakes();
        let mut handshakes = handshakes
            .filter(|found| (found.version(), found.is_resumed()) == (version, is_resumed));
        handshakes.next().expect("a number").count()
    };
    (of(false), of(true))
}

#[test]
fn handshakes_are_counted_by_version_and_resumption() {
    let (authority, metrics) = (Authority::new(), Metrics::new());
    let running = authority.serve_with(|builder| builder.metrics(&metrics), echo);
    for (version, name) in [(&TLS12, "1.2"), (&TLS13, "1.3")] {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = builder
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(authority.roots())
            .with_no_client_auth();
        let config = Arc::new(config);
        for connection in 0..3 {
            let mut client = TlsClient::new(&config, tcp(&running));
            client.ask(get("/"), "GET /\n");
            assert_eq!(handshakes(&metrics.snapshot(), name), (1, connection));
        }
    }
    eventually("they have ended", || {
        metrics.snapshot().ended_requests() == 6
    });
    let snapshot = metrics.snapshot();
    assert_eq!(snapshot.failed_tls_handshakes(), 0);
    let series: Vec<_> = snapshot.requests().collect();
    assert_eq!(series.len(), 1, "{series:?}");
    assert_eq!(
        (series[0].scheme(), series[0].status_code()),
        ("https", Some(200))
    );
    // TLS itself is not counted.
    assert_eq!(snapshot.received_bytes(), 6 * get("/").len() as u64);
    let text = wsgi_metrics::Page::of(&metrics).to_string();
    let page = wsgi_exposition::Exposition::read(&text).unwrap();
    let labels = [
        ("tls_established", "true"),
        ("tls_protocol_version", "1.3"),
        ("tls_resumed", "true"),
    ];
    assert_eq!(
        page.value("wsgi_server_tls_handshakes_total", &labels),
        Some(2.0)
    );
}

#[test]
fn a_handshake_that_was_begun_can_fail() {
    let (authority, metrics) = (Authority::new(), Metrics::new());
    let options = |builder: Builder| builder.metrics(&metrics);
    let running = authority.serve_with(options, echo);
    let failed = || metrics.snapshot().failed_tls_handshakes();

    let mut client = Client::connect(running.address);
    client.send(b"\x16\x03\x01\x00\x04\x01\x00\x00\x00");
    client.take_all();
    eventually("it has failed", || failed() == 1);

    let mut client = Client::connect(running.address);
    client.send(b"\x80\x2e\x01\x00\x02"); // SSL 2
    client.take_all();
    eventually("it has failed", || failed() == 2);

    let mut leaving = Client::connect(running.address);
    leaving.send(b"\x16\x03\x01");
    drop(leaving);
    eventually("it has left", || failed() == 3);

    // A client that sends nothing has begun none, such as a load balancer that only connects.
    let brief = |builder| options(builder).handshake_timeout(Duration::from_millis(100));
    let running_briefly = authority.serve_with(brief, echo);
    running_briefly.connect().assert_closed();
    drop(running.connect());
    eventually("they are closed", || {
        metrics.snapshot().open_connections() == 0
    });
    assert_eq!(failed(), 3);
    assert_eq!(handshakes(&metrics.snapshot(), "1.3"), (0, 0));

    // On a busy machine, the time may be up before one is begun.
    eventually("one is late", || {
        let mut late = running_briefly.connect();
        late.try_send(b"\x16\x03\x01");
        late.assert_closed();
        failed() > 3
    });

    // A request in clear is refused.
    assert_eq!(running.connect().ask(get("/")).status, 400);
    eventually("it has ended", || metrics.snapshot().ended_requests() == 1);
    let snapshot = metrics.snapshot();
    let mut refused = snapshot.refused_requests().filter(|(_, count)| *count > 0);
    assert_eq!(refused.next(), Some(("not_tls", 1)));
    assert_eq!(refused.next(), None);
}
