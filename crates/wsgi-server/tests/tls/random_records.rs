//! Handshakes and records that are changed at random.
//!
//! Every connection has a seed, which a failure prints. `RANDOM_RECORDS` sets the number of
//! connections, and `RANDOM_RECORDS_SEED` the first seed. The next ones follow it.

use std::{
    env,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use rustls::{
    ClientConfig,
    crypto::ring,
    version::{TLS12, TLS13},
};
use wsgi_application::{Body, Status, application};

use crate::{
    client::{Authority, TlsClient, tcp},
    records::{ALERT, CHANGE_CIPHER_SPEC, DATA, HANDSHAKE, HEARTBEAT, RecordClient},
    support::{PATIENCE, Running, get, random::Random},
};

/// The header of a record (RFC 8446 section 5.1).
const HEADER: usize = 5;

const KINDS: [u8; 8] = [
    CHANGE_CIPHER_SPEC,
    ALERT,
    HANDSHAKE,
    DATA,
    HEARTBEAT,
    0,
    99,
    255,
];

/// The body of each response: more than one record, so that records meet one that is being sent.
const BODY: usize = 40_000;

/// The server, and what its application saw.
struct Victim {
    authority: Authority,
    running: Running,
    /// Configurations whose clients resume sessions, one for each version.
    configs: [Arc<ClientConfig>; 2],
    /// Requests that no client has made.
    forged: Arc<AtomicU64>,
}

impl Victim {
    fn new() -> Self {
        let authority = Authority::new();
        let forged = Arc::new(AtomicU64::new(0));
        let count = forged.clone();
        let running = authority.serve(application(move |environ, start_response| {
            if environ.path_info() != "/genuine" || environ.request_method() != "GET" {
                count.fetch_add(1, SeqCst);
            }
            start_response.start(Status::OK, ())?;
            Ok(Body::from(vec![b'x'; BODY]))
        }));
        let configs = [&TLS12, &TLS13].map(|version| {
            let provider = Arc::new(ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(authority.roots())
                .with_no_client_auth();
            Arc::new(config)
        });
        Self {
            authority,
            running,
            configs,
            forged,
        }
    }

    /// Makes the connection of a seed.
    fn meet(&self, seed: u64) {
        let mut random = Random::new(seed);
        match random.below(3) {
            0 => self.disturb_a_handshake(&mut random),
            1 => self.disturb_requests(&mut random),
            _ => self.send_what_nobody_sends(&mut random),
        }
    }

    /// Changes what the client sends from some step of its handshake on.
    fn disturb_a_handshake(&self, random: &mut Random) {
        let mut client = TlsClient::new(
            random.pick(&[&self.configs[0], &self.configs[1]]),
            tcp(&self.running),
        );
        let genuine_steps = random.below(3);
        let mut step = 0;
        while client.connection.is_handshaking() || client.connection.wants_write() {
            if client.connection.wants_write() {
                let mut bytes = Vec::new();
                client.connection.write_tls(&mut bytes).unwrap();
                if step >= genuine_steps {
                    bytes = change(bytes, random);
                }
                step += 1;
                if !send(&client.socket, &bytes, random) {
                    break;
                }
                if step > genuine_steps && random.chance(50) {
                    break;
                }
            } else {
                match client.connection.read_tls(&mut client.socket) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
                if client.connection.process_new_packets().is_err() {
                    break;
                }
            }
            // A changed length makes the server wait for more.
            if step > genuine_steps {
                let _ = client
                    .socket
                    .set_read_timeout(Some(Duration::from_millis(1)));
            }
        }
        leave(client.socket, random);
    }

    /// Changes the records of some requests, of which some come after the goodbye.
    fn disturb_requests(&self, random: &mut Random) {
        let mut client = TlsClient::new(
            random.pick(&[&self.configs[0], &self.configs[1]]),
            tcp(&self.running),
        );
        client.shake_hands().unwrap();
        let mut bytes = Vec::new();
        let mut seal = |client: &mut TlsClient| {
            while client.connection.wants_write() {
                client.connection.write_tls(&mut bytes).unwrap();
            }
        };
        for _ in 0..random.below(4) {
            let request = get("/genuine");
            let (first, second) = request.split_at(random.below(request.len() as u64) as usize);
            for part in [first, second] {
                client
                    .connection
                    .writer()
                    .write_all(part.as_bytes())
                    .unwrap();
                seal(&mut client);
            }
        }
        if random.chance(50) {
            client.connection.send_close_notify();
            seal(&mut client);
        }
        bytes = change(bytes, random);
        send(&client.socket, &bytes, random);
        leave(client.socket, random);
    }

    /// Sends records that are encrypted as they must be, with content that nobody sends.
    fn send_what_nobody_sends(&self, random: &mut Random) {
        let version = random.pick(&[&TLS12, &TLS13]);
        let mut client = RecordClient::connect(&self.authority, &self.running, version);
        let mut bytes = Vec::new();
        for _ in 0..=random.below(6) {
            let padding = random.pick(&[0, 0, 1, 200, 20_000]);
            let record = match random.chance(40) {
                true => client.seal(DATA, get("/genuine").as_bytes(), padding),
                false => {
                    let kind = random.pick(&KINDS);
                    // No request can come of these.
                    let kind = if kind == DATA { HANDSHAKE } else { kind };
                    client.seal(kind, &message(random), padding)
                }
            };
            bytes.extend(record);
        }
        if random.chance(30) {
            bytes = change(bytes, random);
        }
        send(&client.socket, &bytes, random);
        leave(client.socket, random);
    }

    /// Asserts that a client is served, and that nothing has failed.
    #[track_caller]
    fn assert_sound(&self) {
        let mut client = self.authority.connect(&self.running);
        let body = client.ask(get("/genuine"), &"x".repeat(BODY));
        assert!(body.starts_with("HTTP/1.1 200 "), "{body}");
        let log = self.running.log();
        assert!(!log.contains("panicked"), "{log}");
        assert_eq!(self.forged.load(SeqCst), 0, "requests that nobody made");
    }
}

/// A message of a handshake or an alert, or a part of one, or no such thing.
fn message(random: &mut Random) -> Vec<u8> {
    let kind = random.pick(&[0, 1, 2, 4, 8, 11, 13, 14, 15, 16, 20, 24, 254]);
    let length = random.below(40);
    let mut message = match random.below(3) {
        0 => vec![kind, 0, 0, length as u8],
        1 => random.next().to_be_bytes()[..3].to_vec(),
        _ => Vec::new(),
    };
    message.extend((0..length).map(|_| random.next() as u8));
    message
}

/// Changes bytes in one to three ways.
fn change(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    for _ in 0..=random.below(3) {
        let mut records = split(&bytes);
        if records.is_empty() {
            records.push(vec![HANDSHAKE, 3, 1, 0, 0]);
        }
        let one = random.below(records.len() as u64) as usize;
        let other = random.below(records.len() as u64) as usize;
        match random.below(9) {
            0 => records[one] = flip(&records[one], random),
            1 => records.swap(one, other),
            2 => drop(records.remove(one)),
            3 => records.insert(other, records[one].clone()),
            4 => records[one][0] = random.pick(&KINDS),
            5 => {
                let kind = random.pick(&KINDS);
                records.insert(one, record(kind, &message(random)));
            }
            6 => {
                // Half of the content in a record of its own.
                let content = records[one].get(HEADER..).unwrap_or_default();
                let (first, second) = content.split_at(content.len() / 2);
                let (kind, first, second) = (records[one][0], first.to_vec(), second.to_vec());
                records[one] = record(kind, &first);
                records.insert(one + 1, record(kind, &second));
            }
            7 => {
                let length = random.next().to_be_bytes();
                let end = records[one].len().min(HEADER);
                let start = end.min(3);
                records[one][start..end].copy_from_slice(&length[..end - start]);
            }
            _ => {
                let all = records.concat();
                let length = random.below(all.len() as u64) as usize;
                records = vec![all[..length].to_vec()];
            }
        }
        bytes = records.concat();
    }
    bytes
}

fn flip(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
    }
    bytes
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = (content.len() as u16).to_be_bytes();
    [&[kind, 3, 3, high, low], content].concat()
}

/// The records in some bytes. The last may be a part of one.
fn split(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let length = match bytes {
            [_, _, _, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        let (record, rest) = bytes.split_at((HEADER + length).min(bytes.len()));
        records.push(record.to_vec());
        bytes = rest;
    }
    records
}

/// Sends bytes in up to four parts. Returns false if the server no longer takes them.
fn send(mut socket: &TcpStream, mut bytes: &[u8], random: &mut Random) -> bool {
    for _ in 0..random.below(4) {
        let (part, rest) = bytes.split_at(random.below(bytes.len() as u64) as usize);
        if socket.write_all(part).is_err() {
            return false;
        }
        bytes = rest;
    }
    socket.write_all(bytes).is_ok()
}

/// Ends a connection: by a reset, or by an end that the server answers with its own.
fn leave(mut socket: TcpStream, random: &mut Random) {
    if random.chance(25) {
        rustix::net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
        return;
    }
    let _ = socket.shutdown(Shutdown::Write);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "held");
                return;
            }
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[test]
fn records_changed_at_random_end_their_connection_alone() {
    const CLIENTS: u64 = 4;
    let victim = Victim::new();
    let count = variable("RANDOM_RECORDS").unwrap_or(600);
    let first = variable("RANDOM_RECORDS_SEED").unwrap_or(0);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let victim = &victim;
            scope.spawn(move || {
                for seed in (first + client..first + count).step_by(CLIENTS as usize) {
                    let met = catch_unwind(AssertUnwindSafe(|| {
                        victim.meet(seed);
                        if seed % 16 == 0 {
                            victim.assert_sound();
                        }
                    }));
                    let again = "again with RANDOM_RECORDS=1 RANDOM_RECORDS_SEED";
                    assert!(met.is_ok(), "{again}={seed}");
                }
            });
        }
    });
    victim.assert_sound();
}
