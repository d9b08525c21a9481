//! The channel of a connection, without a server.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use rcgen::date_time_ymd;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustls::time_provider::TimeProvider;

use crate::{
    connections::connection::Connection,
    instant::Instant,
    loops::{shared::tests::shared, slots::Slots},
    peers::{channel::Received, peer::Peer, socket::Socket},
    protocol::Protocol,
    tls::{
        setup::Tls,
        tests::{
            authority::{Authority, params},
            clock::Clock,
            handshake::{Client, VERSIONS},
            link::{Link, channels},
        },
    },
};

#[test]
fn a_session_is_not_resumed_with_a_client_certificate_that_has_expired() {
    let (server, staff) = (Authority::new("server"), Authority::new("staff"));
    let (issued, clock) = (server.issue(&["a.test"]), Clock::new());
    let now = clock.current_time().unwrap().as_secs();
    let mut params = params(&["client"]);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(now + 3600);
    let certificate = staff.issue_with(&params);
    let tls = Tls::builder()
        .certificate_pem(&issued.pem, &issued.key)
        .client_authorities_pem(staff.pem())
        .clock(clock.clone())
        .build()
        .unwrap();
    let channels = channels(&tls);
    let clients = VERSIONS.map(|version| Client::of_version_with(version, &certificate));
    let is_resumed = |client| Link::new(client, &channels).map(|link| link.is_resumed());
    for client in &clients {
        assert!(!is_resumed(client).unwrap());
        assert!(is_resumed(client).unwrap());
    }
    clock.advance(2 * 3600);
    for client in &clients {
        let error = is_resumed(client).unwrap_err();
        assert!(error.to_string().contains("expired"), "{error}");
    }
}

#[test]
fn bytes_that_leave_during_a_read_are_not_sent_again() {
    for version in VERSIONS {
        let mut link = Link::of(&Client::of_version(version));
        let bytes: Vec<u8> = (0..3_000_000).map(|at: usize| (at / 251) as u8).collect();
        let (mut written, mut received) = (0, Vec::new());
        while written < bytes.len() {
            match link.channel.write(&link.socket, &[&bytes[written..]]) {
                Ok(count) => written += count,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    assert!(link.channel.has_unsent(), "its loop waits for room");
                    received.extend(link.take());
                    link.send(b"x");
                    let read = link.channel.read(&link.socket, &mut [0; 10]);
                    assert_eq!(read.unwrap(), 1);
                }
            }
        }
        assert!(!link.channel.has_unsent());
        received.extend(link.take());
        assert!(received == bytes, "{} bytes", received.len());
    }
}

/// Its loop would turn to it again and again at the deadline, and to nobody else.
#[test]
fn a_client_that_takes_nothing_of_a_handshake_is_late_whatever_it_sends() {
    let names: Vec<_> = (0..3_000)
        .map(|number| format!("{number}.a.test"))
        .collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let issued = Authority::new("server").issue(&names);
    let tls = Tls::builder().certificate_pem(&issued.pem, &issued.key);
    let channel = channels(&tls.build().unwrap()).open().unwrap();
    let (socket, mut theirs) = Socket::pair();
    set_socket_send_buffer_size(&socket, 1).unwrap(); // a page or so
    let mut client = Client::of_version(VERSIONS[0]).begin_alone("a.test");
    client.write_tls(&mut theirs).unwrap();
    assert_eq!(channel.receive(&socket).unwrap(), Received::Record);
    channel.advance().unwrap();
    assert!(!channel.flush(&socket).unwrap(), "the certificate is large");
    theirs.write_all(b"more").unwrap();
    let (peer, lookout) = (
        Peer::new(socket, None, Some(channel)),
        &shared(1).lookouts[0],
    );
    let key = Slots::default().next_key();
    let connection = Connection::new(key, Protocol::Http, Arc::new(peer), lookout, Instant::now());
    assert!(connection.peer.can_be_read() && !connection.waits_for_us());
}
