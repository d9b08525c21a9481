//! The channel of a connection, with a clock that a test sets.

use std::{io, os::unix::net::UnixStream, time::Duration};

use mio::net::UnixStream as ServerStream;
use rcgen::date_time_ymd;
use rustls::{HandshakeKind, time_provider::TimeProvider};

use crate::{
    listeners::listener::Listener,
    peers::{
        channel::{Channels, Received},
        socket::Socket,
    },
    tls::{
        setup::Tls,
        tests::{
            authority::{Authority, params},
            clock::Clock,
            handshake::{Client, VERSIONS},
        },
    },
};

/// Runs a handshake through a channel. Tells whether the server resumed a session, or why it gave
/// up.
fn shake_hands(client: &Client, channels: &Channels) -> io::Result<bool> {
    let (mut near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    far.set_nonblocking(true).unwrap();
    let socket = Socket::Unix(ServerStream::from_std(far));
    let channel = channels.open().unwrap();
    let mut client = client.begin_alone("a.test");
    while !channel.is_open() {
        while client.wants_write() {
            client.write_tls(&mut near).unwrap();
        }
        while channel.receive(&socket)? == Received::Record && !channel.is_open() {
            channel.advance()?;
            assert!(channel.flush(&socket)?, "the socket has room");
        }
        match client.read_tls(&mut near) {
            Ok(_) => drop(client.process_new_packets().unwrap()),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    // What follows the handshake: tickets.
    if client.read_tls(&mut near).is_ok() {
        client.process_new_packets().unwrap();
    }
    Ok(client.handshake_kind() == Some(HandshakeKind::Resumed))
}

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
    let listener = Listener::bind("127.0.0.1:0").unwrap().tls(&tls);
    let channels = Channels::of(&listener).unwrap().unwrap();
    let clients = VERSIONS.map(|version| Client::of_version_with(version, &certificate));
    for client in &clients {
        assert!(!shake_hands(client, &channels).unwrap());
        assert!(shake_hands(client, &channels).unwrap());
    }
    clock.advance(2 * 3600);
    for client in &clients {
        let error = shake_hands(client, &channels).unwrap_err();
        assert!(error.to_string().contains("expired"), "{error}");
    }
}
