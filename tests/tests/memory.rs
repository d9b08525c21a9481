//! The memory of the server, in a process of its own.

// The figures are from Linux's `/proc`.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use wsgi::{Environ, Server, StartResponse, Status, make_server};
use wsgi_tests::Served;

/// Sends the request's body back as it arrives.
fn echo(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, ())?;
    Ok(environ.take_input().into())
}

#[test]
#[ignore = "serves until its input ends: it is the process that the tests start"]
fn serve() {
    let server = make_server("127.0.0.1", 0, echo).unwrap();
    Served::until_the_input_ends(&server).unwrap();
}

#[test]
#[ignore = "serves until its input ends: it is the process that the tests start"]
fn serve_spooled() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = builder.spool_bodies(true).build(echo).unwrap();
    Served::until_the_input_ends(&server).unwrap();
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
    let server = Served::by(serving).unwrap();
    send_through(server.address(), 32);
    let before = server.figure("VmRSS").unwrap();
    send_through(server.address(), (200 << 20) / BLOCK);
    let grown = server.figure("VmHWM").unwrap() - before;
    assert!(grown < 1024, "{grown} KiB more for 200 MiB");
}
