//! A thousand slow clients of each kind, and the latency of an ordinary client beside them.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use rustix::net::{AddressFamily, SocketType, sockopt};

use crate::{
    connection::Connection,
    server::{ServerProcess, Site},
    support::{get, process::in_a_process},
};

const CLIENTS: usize = 1000;

/// The time between two bytes of a slow client, or two of its reads.
const PAUSE: Duration = Duration::from_millis(100);

/// The time that the ordinary client is measured.
const TIME: Duration = Duration::from_secs(10);

/// A kind of slow client.
struct Kind {
    name: &'static str,
    /// The bytes that it sends at once.
    start: String,
    /// The byte that it sends again and again. Without one, it reads a little each time.
    byte: Option<u8>,
}

fn kinds() -> [Kind; 4] {
    let upload = |length: u32| {
        format!("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
    };
    [
        Kind {
            name: "head",
            start: "GET / HTTP/1.1\r\nHost: a\r\nX: ".to_owned(),
            byte: Some(b'x'),
        },
        Kind {
            name: "small body",
            start: upload(4096),
            byte: Some(b'x'),
        },
        Kind {
            name: "large body",
            start: upload(10_000_000),
            byte: Some(b'x'),
        },
        Kind {
            name: "read",
            start: get("/file"),
            byte: None,
        },
    ]
}

// The table is for the person who started the test.
#[allow(clippy::print_stdout)]
#[test]
#[ignore = "takes a minute"]
fn a_thousand_slow_clients_leave_others_their_latency() {
    println!("{}", in_a_process("slow::measured", 4500));
}

#[allow(clippy::print_stdout)]
#[test]
#[ignore = "needs thousands of descriptors"]
fn measured() {
    let server = ServerProcess::start_spooling();
    println!(
        "{:>15} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10}",
        "slow", "cut", "p50", "p99", "longest", "threads", "memory"
    );
    let site = &server.site;
    ask_until(site, Instant::now() + TIME / 10);
    let alone = ask_until(site, Instant::now() + TIME);
    print(&server, "nobody", 0, &alone);
    for kind in kinds() {
        let is_over = AtomicBool::new(false);
        let mut crowd: Vec<_> = (0..CLIENTS).map(|_| Some(begin(site, &kind))).collect();
        let end = Instant::now() + 2 * TIME;
        thread::scope(|scope| {
            let slow = scope.spawn(|| {
                // It also ends if the ordinary client has failed.
                while !is_over.load(Relaxed) && Instant::now() < end {
                    crowd.iter_mut().for_each(|client| go_on(client, &kind));
                    thread::sleep(PAUSE);
                }
                crowd.iter().filter(|client| client.is_none()).count()
            });
            let beside = ask_until(site, Instant::now() + TIME);
            is_over.store(true, Relaxed);
            print(&server, kind.name, slow.join().unwrap(), &beside);
            let allowed = 3 * percentile(&alone, 99) + Duration::from_millis(20);
            assert!(percentile(&beside, 99) <= allowed, "{}", kind.name);
        });
    }
    assert_eq!(server.end(), "", "the log");
}

#[allow(clippy::print_stdout)]
fn print(server: &ServerProcess, name: &str, cut: usize, times: &[Duration]) {
    let figures = server.figures();
    let time = |percent| {
        format!(
            "{:.2} ms",
            percentile(times, percent).as_secs_f64() * 1000.0
        )
    };
    println!(
        "{name:>15} {cut:>8} {:>8} {:>8} {:>8} {:>8} {:>6} KiB",
        time(50),
        time(99),
        time(100),
        figures.threads,
        figures.memory_kib
    );
}

/// The sorted times of an ordinary client's requests, of which every tenth has a connection of its
/// own.
fn ask_until(site: &Site, end: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut connection = Connection::plain(site).unwrap();
    while Instant::now() < end {
        let began = Instant::now();
        if times.len() % 10 == 0 {
            connection = Connection::plain(site).unwrap();
        }
        assert_eq!(connection.ask(get("/")).unwrap(), b"small");
        times.push(began.elapsed());
        thread::sleep(Duration::from_millis(1));
    }
    times.sort_unstable();
    times
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn begin(site: &Site, kind: &Kind) -> TcpStream {
    let mut socket = connect_with_small_buffer(site.plain).unwrap();
    socket.write_all(kind.start.as_bytes()).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn connect_with_small_buffer(address: SocketAddr) -> io::Result<TcpStream> {
    let socket: OwnedFd = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    sockopt::set_socket_recv_buffer_size(&socket, 4096)?;
    rustix::net::connect(&socket, &address)?;
    Ok(socket.into())
}

/// Sends a byte, or reads a little. The client ends if the server has cut it off.
fn go_on(client: &mut Option<TcpStream>, kind: &Kind) {
    let Some(socket) = client else { return };
    let done = match kind.byte {
        Some(byte) => socket.write(&[byte]),
        None => socket.read(&mut [0; 256]),
    };
    match done {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        Ok(0) | Err(_) => *client = None,
        Ok(_) => {}
    }
}
