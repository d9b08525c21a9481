//! The memory of the server, in a process of its own.

// The figures are from Linux's `/proc`.
#![cfg(target_os = "linux")]

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use wsgi::{Environ, Server, StartResponse, Status, make_server};

/// Sends the request's body back as it arrives.
fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, ())?;
    Ok(environ.take_input().into())
}

/// The server's process, ended on drop.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// Starts a test that serves.
    fn start(name: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| {
            line.split_once("serving ")
                .map(|(_, address)| address.to_owned())
        });
        Process {
            child,
            address: address.expect("the server's address"),
        }
    }

    /// A figure of the process's memory, in KiB.
    fn memory(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "serves until its input ends: it is the process that the tests start"]
fn serve() {
    serve_until_the_input_ends(&make_server("127.0.0.1", 0, echo).unwrap());
}

#[test]
#[ignore = "serves until its input ends: it is the process that the tests start"]
fn serve_spooled() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    serve_until_the_input_ends(&builder.spool_bodies(true).build(echo).unwrap());
}

fn serve_until_the_input_ends(server: &Server) {
    let handle = server.handle();
    thread::spawn(move || {
        // The parent process is gone.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        handle.abort();
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "\nserving {}", server.local_addr()).unwrap();
    server.serve_forever().unwrap();
}

const BLOCK: usize = 64 * 1024;

/// Bytes whose blocks all differ.
fn pattern() -> Vec<u8> {
    (0..2 * BLOCK).map(|at| (at % 251) as u8).collect()
}

/// The bytes of the block with this number.
fn block(pattern: &[u8], number: usize) -> &[u8] {
    &pattern[number % BLOCK..][..BLOCK]
}

/// Sends a number of blocks and receives them back.
fn send_through(address: &str, blocks: usize) {
    let client = TcpStream::connect(address).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut sending = client.try_clone().unwrap();
    let sender = thread::spawn(move || {
        let length = blocks * BLOCK;
        write!(
            sending,
            "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        )
        .unwrap();
        let pattern = pattern();
        for number in 0..blocks {
            sending.write_all(block(&pattern, number)).unwrap();
        }
    });
    let mut received = BufReader::new(client);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        received.read_line(&mut line).unwrap();
    }
    let (pattern, mut bytes) = (pattern(), vec![0; BLOCK]);
    for number in 0..blocks {
        received.read_exact(&mut bytes).unwrap();
        assert!(bytes == block(&pattern, number), "block {number}");
    }
    assert_eq!(received.read(&mut bytes).unwrap(), 0);
    sender.join().unwrap();
}

#[test]
fn memory_stays_flat_while_a_large_body_passes_through() {
    check_flat("serve");
}

#[test]
fn memory_stays_flat_while_a_large_body_is_spooled() {
    check_flat("serve_spooled");
}

#[track_caller]
fn check_flat(serving: &str) {
    let server = Process::start(serving);
    send_through(&server.address, 32);
    let before = server.memory("VmRSS:");
    send_through(&server.address, (200 << 20) / BLOCK);
    let grown = server.memory("VmHWM:") - before;
    assert!(grown < 1024, "{grown} KiB more for 200 MiB");
}
