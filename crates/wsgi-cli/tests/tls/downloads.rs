//! Files over TLS, which the program has to read.

use std::fs;

use tempfile::TempDir;

use crate::{authority::Authority, client::Client, support::Program};

/// More than the buffers of a connection hold.
const LENGTH: usize = 20_000_000;

const DOWNLOADS: u64 = 50;

/// The bytes of the program's own memory that a download may take, with those of TLS.
const MOST: u64 = 256 * 1024;

#[test]
fn files_are_sent_whole_and_in_parts_and_never_read_at_once() {
    let (authority, folder) = (Authority::new(), TempDir::new().expect("a folder"));
    authority.issue("site", "localhost");
    let bytes: Vec<u8> = (0..LENGTH).map(|at| (at % 251) as u8).collect();
    fs::write(folder.path().join("large.bin"), &bytes).expect("a file");
    let folder = folder.path().to_str().expect("a name in UTF-8");
    let options = authority.options("site");
    let mut arguments = vec!["static", folder, "--bind", "127.0.0.1:0", "--threads", "2"];
    arguments.extend(options.iter().map(String::as_str));
    let program = Program::start(&arguments);
    let client = Client::new(&authority);
    let connect = || client.connect(&program.address, "localhost");

    let mut first = connect();
    let head = first.ask("/large.bin", "Range: bytes=1000000-1999999");
    assert!(head.starts_with("HTTP/1.1 206 "), "{head}");
    assert!(first.read(1_000_000) == bytes[1_000_000..2_000_000]);
    let head = first.ask("/large.bin", "Range: bytes=-8");
    assert!(head.contains("\r\nContent-Range: bytes 19999992-19999999/20000000\r\n"));
    assert!(first.read(8) == bytes[LENGTH - 8..]);

    let before = program.figure("RssAnon");
    let mut slow: Vec<_> = (0..DOWNLOADS).map(|_| connect()).collect();
    for connection in &mut slow {
        let head = connection.ask("/large.bin", "X-None: 0");
        assert!(head.contains("\r\nContent-Length: 20000000\r\n"), "{head}");
    }
    let grown = program.figure("RssAnon").saturating_sub(before) * 1024;
    assert!(grown < DOWNLOADS * MOST, "{grown} bytes");
    assert!(slow[7].read(LENGTH) == bytes);
}
