//! Handshakes, whole and broken.

use std::{
    fmt,
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::{Duration, Instant},
};

use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use wsgi_server::Builder;

use crate::{
    client::{Authority, TlsClient, tcp},
    support::{Client, PATIENCE, Running, echo, eventually, get, unless_starved},
};

#[test]
fn a_handshake_that_comes_byte_by_byte_is_as_good() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for version in [&TLS12, &TLS13] {
        let mut client = authority.connect_with(tcp(&running), &[version]);
        while client.connection.is_handshaking() || client.connection.wants_write() {
            if client.connection.wants_write() {
                let mut bytes = Vec::new();
                client.connection.write_tls(&mut bytes).unwrap();
                for byte in bytes {
                    client.socket.write_all(&[byte]).unwrap();
                }
            } else {
                client.connection.read_tls(&mut client.socket).unwrap();
                client.connection.process_new_packets().unwrap();
            }
        }
        client.ask(get("/"), "GET /\n");
    }
}

#[test]
fn a_request_in_clear_is_told_so() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = Client::connect(running.address);
    let response = client.ask(get("/"));
    assert_eq!(response.status, 400);
    assert!(response.text().contains("https"), "{}", response.text());
    client.assert_closed();

    let mut client = Client::connect(running.address);
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.response_to_head().status, 400);
    client.assert_closed();
    assert_eq!(running.log(), "");
}

/// The answer of a server to bytes that are not a handshake, up to its end.
fn answer(running: &Running, bytes: &[u8]) -> Vec<u8> {
    let mut client = Client::connect(running.address);
    client.try_send(bytes);
    client.take_all()
}

#[test]
fn bytes_that_are_not_a_handshake_get_an_alert_and_one_line_in_the_log() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let too_long = [&[22, 3, 1, 0xff, 0xff][..], &[0; 100]].concat();
    let rows: [&[u8]; 5] = [
        b"\x80\x2e\x01\x00\x02", // SSL 2
        b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
        b"\x17\x03\x03\x00\x01x",
        b"\x00\x00\x00\x00\x00\x00\x00\x00",
        &too_long,
    ];
    for row in rows {
        let answer = answer(&running, row);
        // An alert, where somebody speaks TLS.
        let expected = (row[0] == 22).then_some(&21);
        assert_eq!(answer.first(), expected, "{row:?}");
    }
    let log = running.log();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(
        log.starts_with("TLS: the handshake of 127.0.0.1 failed: "),
        "{log}"
    );
}

#[test]
fn a_message_larger_than_any_is_not_gathered() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    let mut client = Client::connect(running.address);
    // A greeting of 16 MiB - 1, in records.
    let mut record = vec![22, 3, 1, 0x40, 0];
    record.extend([1, 0xff, 0xff, 0xff]);
    record.resize(5 + 0x4000, 0);
    let mut sent = 0;
    while sent < 1 << 20 && client.try_send(&record) {
        record[5..9].fill(0);
        sent += record.len();
    }
    let mut rest = Vec::new();
    let _ = client.stream.read_to_end(&mut rest); // ends, or is reset
    eventually("a line", || running.log().contains("failed"));
}

#[test]
fn a_slow_handshake_ends_at_its_deadline() {
    unless_starved(|| {
        let authority = Authority::new();
        let timeout = Duration::from_millis(1500);
        let brief = |builder: Builder| builder.handshake_timeout(timeout);
        let running = authority.serve_with(brief, echo);
        let mut greeting = Vec::new();
        authority
            .connect(&running)
            .connection
            .write_tls(&mut greeting)
            .unwrap();
        let slow = [0, 1, greeting.len() - 1].map(|sent| {
            let mut client = Client::connect(running.address);
            client.send(&greeting[..sent]);
            client
        });
        for mut client in slow {
            client.assert_closed();
        }
        // Bytes that go on coming do not extend it.
        let mut client = Client::connect(running.address);
        let start = Instant::now();
        let mut bytes = greeting.iter();
        while client.try_send([*bytes.next().unwrap_or(&0)]) {
            assert!(start.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(20));
        }
        // A whole handshake gives time for the first request.
        let mut client = authority.connect(&running);
        client.shake_hands().unwrap();
        std::thread::sleep(timeout + Duration::from_millis(100));
        client.ask(get("/"), "GET /\n");
    });
}

#[test]
fn clients_that_leave_at_any_point_of_the_handshake_leave_nothing_behind() {
    let authority = Authority::new();
    let running = authority.serve(echo);
    for version in [&TLS12, &TLS13] {
        let mut steps = 0;
        // Each round leaves one step later, by an end or a reset.
        for leave_at in 0.. {
            let mut client = authority.connect_with(tcp(&running), &[version]);
            let mut step = 0;
            while step < leave_at && client.connection.is_handshaking() {
                if client.connection.wants_write() {
                    client.connection.write_tls(&mut client.socket).unwrap();
                } else {
                    // As little as one byte: the server's flight comes in several steps.
                    let mut some = Read::take(&mut client.socket, 300);
                    client.connection.read_tls(&mut some).unwrap();
                    client.connection.process_new_packets().unwrap();
                }
                step += 1;
            }
            let is_whole = !client.connection.is_handshaking();
            if leave_at % 2 == 0 {
                let socket = &client.socket;
                rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO)).unwrap();
            }
            drop(client);
            steps = leave_at;
            if is_whole {
                break;
            }
        }
        assert!(steps > 2);
    }
    authority.connect(&running).ask(get("/"), "GET /\n");
    assert_eq!(running.log(), "");
}

/// Code that runs before a resolver resolves.
struct Before(Box<dyn Fn() + Send + Sync>, Arc<dyn ResolvesServerCert>);

impl fmt::Debug for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Before")
    }
}

impl ResolvesServerCert for Before {
    fn resolve(&self, greeting: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        (self.0)();
        self.1.resolve(greeting)
    }
}

/// Has a resolver run `code` before it resolves.
fn before(
    code: impl Fn() + Send + Sync + 'static,
) -> impl FnOnce(Arc<dyn ResolvesServerCert>) -> Arc<dyn ResolvesServerCert> {
    move |resolver| Arc::new(Before(Box::new(code), resolver))
}

#[test]
fn a_resolver_that_blocks_holds_up_nobody_else() {
    let authority = Authority::new();
    let (go_on, told) = mpsc::channel::<()>();
    let (asked, asking) = mpsc::channel();
    let (told, asked) = (Mutex::new(Some(told)), Mutex::new(asked));
    let wrap = before(move || {
        let wait = told.lock().unwrap().take();
        if let Some(wait) = wait {
            asked.lock().unwrap().send(()).unwrap();
            let _ = wait.recv_timeout(PATIENCE);
        }
    });
    let running = authority.serve_resolving(wrap, |builder| builder.threads(1), echo);
    let mut blocked = authority.connect(&running);
    blocked.connection.write_tls(&mut blocked.socket).unwrap();
    asking.recv_timeout(PATIENCE).unwrap();
    authority.connect(&running).ask(get("/"), "GET /\n");
    drop(go_on);
    blocked.ask(get("/blocked"), "GET /blocked\n");
}

#[test]
fn a_resolver_that_panics_costs_its_client_alone() {
    let authority = Authority::new();
    let times = AtomicUsize::new(0);
    let wrap = before(move || {
        let time = times.fetch_add(1, SeqCst);
        assert!(time > 0, "the first client");
    });
    let running = authority.serve_resolving(wrap, |builder| builder, echo);
    authority.connect(&running).shake_hands().unwrap_err();
    authority.connect(&running).ask(get("/"), "GET /\n");
    assert!(running.log().contains("panicked"), "{}", running.log());
}

#[test]
fn a_client_that_refuses_the_certificate_is_in_the_log() {
    let running = Authority::new().serve(echo);
    Authority::new()
        .connect(&running)
        .shake_hands()
        .unwrap_err();
    eventually("a line", || {
        running.log().contains("failed: received fatal alert")
    });
}

#[test]
fn a_thousand_slow_handshakes_leave_room_for_others() {
    let authority = Authority::new();
    let patient = |builder: Builder| builder.handshake_timeout(10 * PATIENCE);
    let running = authority.serve_with(patient, echo);
    let mut slow: Vec<TcpStream> = (0..1000).map(|_| tcp(&running)).collect();
    let mut greeting = Vec::new();
    let TlsClient { connection, .. } = &mut authority.connect(&running);
    connection.write_tls(&mut greeting).unwrap();
    let mut client = authority.connect(&running);
    for byte in &greeting[..20] {
        for socket in &mut slow {
            socket.write_all(&[*byte]).unwrap();
        }
        client.ask(get("/"), "GET /\n");
    }
    authority.connect(&running).ask(get("/"), "GET /\n");
}
