//! A thousand downloads at once, from the program as a process of its own.

// The figures are from Linux's `/proc`.
#![cfg(target_os = "linux")]

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

mod support;

use support::Program;

const DOWNLOADS: usize = 1000;

/// More than the buffers of a connection hold.
const LENGTH: u64 = 50_000_000;

/// The bytes of the program's own memory that a download may take.
const MOST: u64 = 64 * 1024;

/// Asks for the large file, and reads the head of the response.
fn begin(program: &Program) -> BufReader<TcpStream> {
    let mut client = BufReader::new(program.connect());
    let request = b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n";
    client.get_mut().write_all(request).expect("a request");
    let (mut head, end) = (String::new(), "\r\n\r\n");
    while !head.ends_with(end) {
        assert!(client.read_line(&mut head).expect("a line") > 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("\r\nContent-Length: 50000000\r\n"), "{head}");
    client
}

#[test]
fn a_thousand_slow_downloads_hold_no_thread_and_little_memory() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).expect("enough descriptors");
    let folder = TempDir::new().expect("a folder");
    // It takes no place on the disk.
    let large = File::create(folder.path().join("large.bin")).expect("a file");
    large.set_len(LENGTH).expect("a length");
    std::fs::write(folder.path().join("small.txt"), "small").expect("a file");
    let folder = folder.path().to_str().expect("a name in UTF-8");
    let usual = ["static", folder, "--bind", "127.0.0.1:0"];
    let program = Program::start(&[&usual[..], &["--threads", "2", "--max-threads", "8"]].concat());
    let mut first = begin(&program);
    let before = program.figure("RssAnon");

    let clients: Vec<_> = (1..DOWNLOADS).map(|_| begin(&program)).collect();
    let grown = program.figure("RssAnon").saturating_sub(before) * 1024;
    let threads = program.figure("Threads");
    assert!(grown < DOWNLOADS as u64 * MOST, "{grown} bytes");
    assert!(threads < 16, "{threads} threads");

    assert_eq!(program.get("/small.txt").1, "small");
    drop(clients); // the kernel holds so much for them that it slows the others down
    let mut bytes = first.by_ref().take(LENGTH);
    let count = std::io::copy(&mut bytes, &mut std::io::sink()).expect("the file");
    assert_eq!(count, LENGTH);
}
