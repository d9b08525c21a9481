//! Records that no client sends, after the handshake and in the middle of it.

use std::{io::Write, net::Shutdown};

use rustls::version::{TLS12, TLS13};

use crate::{
    client::Authority,
    records::{ALERT, CHANGE_CIPHER_SPEC, DATA, HANDSHAKE, HEARTBEAT, RecordClient},
    support::{Client, Running, echo, get},
};

/// Alerts (RFC 8446 section 6).
const CLOSE_NOTIFY: u8 = 0;
const UNEXPECTED_MESSAGE: u8 = 10;
const BAD_RECORD_MAC: u8 = 20;
const NO_RENEGOTIATION: u8 = 100;

/// A change of keys of TLS 1.3 that asks for none (RFC 8446 section 4.6.3).
const KEY_UPDATE: &[u8] = &[24, 0, 0, 1, 0];

fn closing() -> String {
    get("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
}

/// Asserts that the server still serves others, and that nothing of its own has failed.
#[track_caller]
fn assert_sound(authority: &Authority, running: &Running) {
    authority.connect(running).ask(get("/"), "GET /\n");
    assert!(!running.log().contains("panicked"), "{}", running.log());
}

/// The record with the greeting of a client.
fn greeting(authority: &Authority, running: &Running) -> Vec<u8> {
    let mut record = Vec::new();
    let connection = &mut authority.connect(running).connection;
    connection.write_tls(&mut record).unwrap();
    record
}

#[test]
fn a_message_after_the_greeting_in_its_record_is_refused() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let greeting = greeting(&authority, &running);
    for message in [&[1, 0, 0, 0][..], &greeting[5..], KEY_UPDATE, &[1, 0]] {
        let content = [&greeting[5..], message].concat();
        let [high, low] = (content.len() as u16).to_be_bytes();
        let mut client = Client::connect(running.address);
        client.send([&[22, 3, 1, high, low][..], &content].concat());
        client.stream.shutdown(Shutdown::Write).unwrap();
        let answer = client.take_all();
        assert_eq!(answer.first(), Some(&ALERT), "{message:?}: {answer:?}");
        assert_eq!(answer[5..], [2, UNEXPECTED_MESSAGE], "{message:?}");
    }
    assert_sound(&authority, &running);
}

#[test]
fn a_part_of_a_message_after_the_handshake_stops_no_response() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for version in [&TLS12, &TLS13] {
        for length in 1..KEY_UPDATE.len() {
            // The response is written while the rest of the message has not come.
            let mut client = RecordClient::connect(&authority, &running, version);
            let request = client.seal(DATA, closing().as_bytes(), 0);
            let part = client.seal(HANDSHAKE, &KEY_UPDATE[..length], 0);
            client.socket.write_all(&[request, part].concat()).unwrap();
            let (response, alert) = client.receive_all();
            assert!(response.ends_with("GET /\n"), "{response:?}");
            assert_eq!(alert, Some(CLOSE_NOTIFY));
        }
    }
    assert_sound(&authority, &running);
}

#[test]
fn a_message_in_parts_is_as_good_after_the_handshake() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for cut in 1..KEY_UPDATE.len() {
        let mut client = RecordClient::connect(&authority, &running, &TLS13);
        assert!(client.send(DATA, get("/first")));
        assert!(client.receive_data().ends_with("GET /first\n"));
        assert!(client.send(HANDSHAKE, &KEY_UPDATE[..cut]));
        // The keys change after this. The next record would be by other ones.
        assert!(client.send(HANDSHAKE, &KEY_UPDATE[cut..]));
        client.send(DATA, get("/by-the-old-keys"));
        let (response, alert) = client.receive_all();
        assert_eq!((&*response, alert), ("", Some(BAD_RECORD_MAC)));
    }
    assert_sound(&authority, &running);
}

#[test]
fn records_that_nobody_sends_end_their_connection_alone() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let long = [&[24, 0xff, 0xff, 0xff][..], &[0; 16_000]].concat();
    let two = [KEY_UPDATE, &[2, 0, 0, 0]].concat();
    let rows: [(&str, u8, &[u8]); 11] = [
        ("a greeting without content", HANDSHAKE, &[1, 0, 0, 0]),
        ("a message of the server's", HANDSHAKE, &[2, 0, 0, 0]),
        ("a message without a type", HANDSHAKE, &[255, 0, 0, 0]),
        ("a message that is too long", HANDSHAKE, &long),
        ("a change of keys with something after it", HANDSHAKE, &two),
        ("a heartbeat", HEARTBEAT, &[1, 0x40, 0]),
        ("a change of ciphers", CHANGE_CIPHER_SPEC, &[1]),
        ("an empty alert", ALERT, &[]),
        ("a long alert", ALERT, &[1, 0, 0]),
        ("an alert of an unknown level", ALERT, &[9, 9]),
        ("a record of an unknown type", 99, b"x"),
    ];
    for version in [&TLS12, &TLS13] {
        for (name, kind, content) in rows {
            let mut client = RecordClient::connect(&authority, &running, version);
            assert!(client.send(kind, content));
            client.send(DATA, closing());
            let (response, alert) = client.receive_all();
            assert_eq!(response, "", "{name}");
            assert_ne!(alert, Some(CLOSE_NOTIFY), "{name}");
        }
    }
    assert_sound(&authority, &running);
}

#[test]
fn a_new_handshake_is_refused() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let greeting = greeting(&authority, &running);
    let mut client = RecordClient::connect(&authority, &running, &TLS12);
    assert!(client.send(HANDSHAKE, &greeting[5..]));
    assert!(client.send(DATA, closing()));
    // The connection goes on as it was.
    let answer = client.receive().unwrap();
    assert_eq!(answer, (ALERT, vec![1, NO_RENEGOTIATION]));
    let (response, alert) = client.receive_all();
    assert!(response.ends_with("GET /\n"), "{response:?}");
    assert_eq!(alert, Some(CLOSE_NOTIFY));

    // TLS 1.3 knows no such thing (RFC 8446 section 4.1.2).
    let mut client = RecordClient::connect(&authority, &running, &TLS13);
    assert!(client.send(HANDSHAKE, &greeting[5..]));
    client.send(DATA, closing());
    let (response, alert) = client.receive_all();
    assert_eq!((&*response, alert), ("", Some(UNEXPECTED_MESSAGE)));
    assert_sound(&authority, &running);
}

#[test]
fn records_without_content_do_not_go_on_for_ever() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let key_updates = KEY_UPDATE.repeat(1000);
    for version in [&TLS12, &TLS13] {
        for (kind, content) in [
            (DATA, &[][..]),
            (ALERT, &[1, 90]),
            (HANDSHAKE, &key_updates),
        ] {
            let mut client = RecordClient::connect(&authority, &running, version);
            let mut records = Vec::new();
            for _ in 0..1000 {
                records.extend(client.seal(kind, content, 0));
            }
            let _ = client.socket.write_all(&records);
            let (response, _) = client.receive_all();
            assert_eq!(response, "");
        }
    }
    assert_sound(&authority, &running);
}

#[test]
fn a_record_may_be_padded_to_its_limit() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let request = closing();
    let most = (1 << 14) - request.len();
    for (padding, is_served) in [(1, true), (most, true), (most + 1, false), (1 << 15, false)] {
        let mut client = RecordClient::connect(&authority, &running, &TLS13);
        let record = client.seal(DATA, request.as_bytes(), padding);
        let _ = client.socket.write_all(&record);
        let (response, alert) = client.receive_all();
        assert_eq!(
            response.ends_with("GET /\n"),
            is_served,
            "{padding} {alert:?}"
        );
    }
    assert_sound(&authority, &running);
}

#[test]
fn an_end_that_comes_with_a_record_without_bytes_is_seen() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for version in [&TLS12, &TLS13] {
        for _ in 0..20 {
            let mut client = RecordClient::connect(&authority, &running, version);
            assert!(client.send(DATA, b""));
            client.socket.shutdown(Shutdown::Write).unwrap();
            let (response, _) = client.receive_all(); // fails if the connection is held
            assert_eq!(response, "");
        }
    }
    assert_sound(&authority, &running);
}

#[test]
fn a_bad_record_after_the_goodbye_ends_nothing_else() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for version in [&TLS12, &TLS13] {
        let mut client = RecordClient::connect(&authority, &running, version);
        let request = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: something\r\nContent-Length: 9\r\n\r\n";
        assert!(client.send(DATA, request));
        assert!(client.receive_data().starts_with("HTTP/1.1 417 "));
        assert_eq!(client.receive().unwrap().0, ALERT, "the goodbye");
        let mut record = client.seal(DATA, b"more", 0);
        *record.last_mut().unwrap() ^= 1;
        client.socket.write_all(&record).unwrap();
        assert_sound(&authority, &running);
    }
}
