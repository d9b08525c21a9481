//! What open pages cost: memory, threads and time, in a process of its own.
//!
//! `cargo test --release -p wsgi-tests --test live_pages -- --ignored ten_thousand --nocapture`
//! prints the figures of 10,000 pages. It needs 10,100 descriptors (`ulimit -n`).

// The figures are from Linux's `/proc`.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)] // for those who ask for the figures

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Mutex,
    time::{Duration, Instant},
};

use wsgi::{
    Body, Environ, Server, StartResponse, Status,
    application::{Chunk, Sender},
};
use wsgi_tests::Served;

/// The most that a page may take of memory.
const KIB_PER_PAGE: usize = 4;

/// The time for a chunk to ten thousand pages, on a machine that does nothing else.
const SECOND: Duration = Duration::from_secs(1);

/// The length of that chunk.
const LENGTH: usize = 1500;

/// The threads that a loop may hand itself over to if the machine is busy, whatever is open.
const SPARES: usize = 2;

/// The requests that are timed.
const REQUESTS: usize = 2000;

/// The time that a client waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// The process that serves: `/live` is an open page, `/send` sends one chunk to all of them.
#[test]
#[ignore = "serves until its input ends: it is the process that the tests start"]
fn serve() {
    let pages: Mutex<Vec<Sender>> = Mutex::default();
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        start_response.start(Status::OK, ())?;
        match environ.path_info().as_bytes() {
            b"/live" => {
                let (sender, body) = Body::channel(64 * 1024);
                pages.lock().unwrap().push(sender);
                Ok(body)
            }
            b"/send" => {
                let chunk = Chunk::from(vec![b'x'; LENGTH]).into_shared();
                let mut pages = pages.lock().unwrap();
                pages.retain(|page| page.try_send(chunk.clone()).is_ok());
                wsgi::Result::Ok(pages.len().to_string().into())
            }
            _ => Ok("Hello world!\n".into()),
        }
    };
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = builder
        .threads(2)
        .max_threads(2 + SPARES)
        .build(app)
        .unwrap();
    Served::until_the_input_ends(&server).unwrap();
}

/// The server, in its process.
struct Pages(Served);

impl Pages {
    fn start() -> Self {
        Self(Served::by("serve").unwrap())
    }

    /// A figure of the process: `VmRSS` in KiB, or `Threads`.
    fn figure(&self, name: &str) -> usize {
        self.0.figure(name).unwrap()
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(self.0.address()).unwrap();
        client.set_nodelay(true).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client
    }

    /// Opens a page, up to the end of its head.
    fn open(&self) -> TcpStream {
        let mut client = self.connect();
        ask(&mut client, "/live");
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            client.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
        client
    }

    /// The time that all but one in a hundred requests take at most.
    fn p99(&self) -> Duration {
        let mut client = self.connect();
        let mut times: Vec<_> = (0..REQUESTS)
            .map(|_| {
                let began = Instant::now();
                ask(&mut client, "/hello");
                take_until(&mut client, b"Hello world!\n");
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[REQUESTS * 99 / 100]
    }
}

fn ask(client: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
}

fn take_until(client: &mut TcpStream, end: &[u8]) {
    let (mut taken, mut buffer) = (Vec::new(), [0; 1024]);
    while !taken.ends_with(end) {
        let count = client.read(&mut buffer).unwrap();
        assert!(count > 0, "the end of the connection");
        taken.extend_from_slice(&buffer[..count]);
    }
}

/// Checks the cost of this number of pages. `slack` is the memory in KiB that has nothing to do
/// with their number, and `most_time` that for a chunk to all of them.
fn check(pages: usize, slack: usize, most_time: Duration) {
    let server = Pages::start();
    let alone = server.p99();
    drop(server.open()); // what is made once
    let (memory, threads) = (server.figure("VmRSS"), server.figure("Threads"));
    let mut open: Vec<_> = (0..pages).map(|_| server.open()).collect();
    let grown = server.figure("VmRSS").saturating_sub(memory);
    let beside = server.p99();
    println!("{pages} pages take {grown} KiB; p99 of hello is {beside:?}, and {alone:?} without");
    assert!(grown <= KIB_PER_PAGE * pages + slack, "{grown} KiB more");
    let most = threads + SPARES;
    assert!(server.figure("Threads") <= most, "threads");

    let began = Instant::now();
    let mut client = server.connect();
    ask(&mut client, "/send");
    let framed = format!("{LENGTH:x}\r\n").len() + LENGTH + "\r\n".len();
    let mut chunk = vec![0; framed];
    for page in &mut open {
        page.read_exact(&mut chunk).unwrap();
        assert!(chunk.ends_with(b"xx\r\n"));
    }
    let time = began.elapsed();
    println!("one chunk to all of them takes {time:?}");
    assert!(time < most_time, "{time:?}");
    assert!(server.figure("Threads") <= most, "threads after the chunk");
}

#[test]
fn two_hundred_open_pages_take_little_memory_and_no_thread() {
    check(200, 512, PATIENCE);
}

#[test]
#[ignore = "it measures: run it alone, in a release build"]
fn ten_thousand_open_pages_take_little_memory_and_no_thread() {
    check(10_000, 0, SECOND);
}
