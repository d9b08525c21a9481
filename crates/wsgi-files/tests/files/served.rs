//! Through the server: raw sockets, and curl.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    thread::{self, JoinHandle},
    time::Duration,
};

use wsgi_files::{Coding, Files};
use wsgi_server::{Handle, Server, make_server};

use crate::support::{Site, day, set_modified};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than the buffers of a connection hold.
const LARGE: usize = 20_000_000;

/// A server that runs until the end of the test.
struct Running {
    address: String,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn new(files: Files) -> Self {
        let server: Server = make_server("127.0.0.1", 0, files).unwrap();
        Self {
            address: server.local_addr().to_string(),
            handle: server.handle(),
            thread: Some(thread::spawn(move || server.serve_forever().unwrap())),
        }
    }

    fn connect(&self) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        BufReader::new(stream)
    }

    fn curl(&self, arguments: &[&str], target: &str) -> Vec<u8> {
        let url = format!("http://{}{target}", self.address);
        let output = Command::new("curl")
            .args(["-sS", "--max-time", "60"])
            .args(arguments)
            .arg(url)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || ended.is_some_and(|ended| ended.is_ok()));
    }
}

fn send(client: &mut BufReader<TcpStream>, method: &str, target: &str, fields: &str) {
    let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    client.get_mut().write_all(request.as_bytes()).unwrap();
}

/// The head of the next response.
fn head(client: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(client.read_line(&mut head).unwrap() > 0, "{head:?}");
    }
    head
}

fn length(head: &str) -> usize {
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("Content-Length: "));
    length.map_or(0, |length| length.parse().unwrap())
}

/// The head and the body of the next response.
fn response(client: &mut BufReader<TcpStream>) -> (String, Vec<u8>) {
    let head = head(client);
    let mut body = vec![0; length(&head)];
    client.read_exact(&mut body).unwrap();
    (head, body)
}

/// Bytes that show their position.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn site(length: usize) -> (Site, Vec<u8>) {
    let site = Site::new(&[
        ("a.css", "plain"),
        ("a.css.gz", ""),
        ("folder/index.html", "home"),
    ]);
    let bytes = pattern(length);
    site.write("large.bin", &bytes);
    (site, bytes)
}

#[test]
fn a_connection_gets_whole_files_parts_and_neither() {
    let (site, bytes) = site(3_000_000);
    let running = Running::new(site.files());
    let mut client = running.connect();
    for _ in 0..2 {
        send(&mut client, "GET", "/large.bin", "");
        let (whole, body) = response(&mut client);
        assert!(whole.starts_with("HTTP/1.1 200 "), "{whole}");
        assert!(body == bytes);
        let etag = whole
            .lines()
            .find_map(|line| line.strip_prefix("ETag: "))
            .unwrap();

        send(
            &mut client,
            "GET",
            "/large.bin",
            "Range: bytes=1000000-2999998\r\n",
        );
        let (part, body) = response(&mut client);
        assert!(part.starts_with("HTTP/1.1 206 "), "{part}");
        assert!(part.contains("\r\nContent-Range: bytes 1000000-2999998/3000000\r\n"));
        assert!(body == bytes[1_000_000..2_999_999]);

        send(
            &mut client,
            "GET",
            "/large.bin",
            "Range: bytes=0-9,2000000-2999999\r\n",
        );
        let (parts, body) = response(&mut client);
        assert!(parts.starts_with("HTTP/1.1 206 "), "{parts}");
        let at = body
            .windows(10)
            .position(|window| window == &bytes[..10])
            .unwrap();
        assert!(at < 200);
        assert!(
            body.windows(1_000_000)
                .any(|window| window == &bytes[2_000_000..])
        );

        send(
            &mut client,
            "GET",
            "/large.bin",
            &format!("If-None-Match: {etag}\r\n"),
        );
        assert!(head(&mut client).starts_with("HTTP/1.1 304 "));
        send(&mut client, "HEAD", "/large.bin", "");
        assert_eq!(length(&head(&mut client)), 3_000_000);
        send(
            &mut client,
            "GET",
            "/large.bin",
            "Range: bytes=3000000-\r\n",
        );
        assert!(response(&mut client).0.starts_with("HTTP/1.1 416 "));
        send(&mut client, "GET", "/folder", "");
        assert!(
            response(&mut client)
                .0
                .contains("\r\nLocation: /folder/\r\n")
        );
    }
}

#[test]
fn paths_as_they_are_lead_nowhere_else() {
    let (site, _) = site(10);
    let running = Running::new(
        Files::folder(site.path().join("folder"))
            .unwrap()
            .listing(true),
    );
    for target in [
        "/../large.bin",
        "/%2e%2e/large.bin",
        "/%2E%2E%2Flarge.bin",
        "/%252e%252e/large.bin",
        "/..%5Clarge.bin",
        "/..\\large.bin",
        "//evil.example",
        "//evil.example/%2e%2e",
        "/%2F%2Fevil.example",
        "/%00",
        "/%",
        "http://evil.example/../large.bin",
        &format!("/{}", "a/".repeat(3000)),
    ] {
        let mut client = running.connect();
        send(&mut client, "GET", target, "Connection: close\r\n");
        let (head, _) = response(&mut client);
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(matches!(status, 400 | 404), "{target}: {head}");
        assert!(!head.contains("Location"), "{target}: {head}");
    }
}

#[test]
fn a_file_that_shrinks_cuts_the_connection() {
    let (site, bytes) = site(LARGE);
    let running = Running::new(site.files());
    let mut client = running.connect();
    send(&mut client, "GET", "/large.bin", "");
    assert_eq!(length(&head(&mut client)), LARGE);
    let file = File::options()
        .write(true)
        .open(site.path().join("large.bin"))
        .unwrap();
    file.set_len(1).unwrap();
    let mut body = Vec::new();
    let _ = client.read_to_end(&mut body); // it may be reset
    assert!(body.len() < LARGE);
    // Bytes on their way are still those of the file, which the system sets to zero as it cuts.
    let is_cut_or_same = |(got, sent): (&u8, &u8)| *got == 0 || got == sent;
    assert!(body.iter().zip(&bytes).all(is_cut_or_same));
}

#[test]
fn a_file_that_grows_is_sent_at_its_length() {
    let (site, bytes) = site(LARGE);
    let running = Running::new(site.files());
    let mut client = running.connect();
    send(&mut client, "GET", "/large.bin", "");
    assert_eq!(length(&head(&mut client)), LARGE);
    let mut file = File::options()
        .append(true)
        .open(site.path().join("large.bin"))
        .unwrap();
    file.write_all(b"and more").unwrap();
    let mut body = vec![0; LARGE];
    client.read_exact(&mut body).unwrap();
    assert!(body == bytes);
    send(&mut client, "GET", "/large.bin", "Range: bytes=-8\r\n");
    assert_eq!(response(&mut client).1, b"and more");
}

#[test]
fn a_file_that_vanishes_is_sent_to_those_who_have_begun() {
    let (site, bytes) = site(LARGE);
    let running = Running::new(site.files());
    let mut client = running.connect();
    send(&mut client, "GET", "/large.bin", "");
    assert_eq!(length(&head(&mut client)), LARGE);
    fs::remove_file(site.path().join("large.bin")).unwrap();
    let mut body = vec![0; LARGE];
    client.read_exact(&mut body).unwrap();
    assert!(body == bytes);
    send(&mut client, "GET", "/large.bin", "Range: bytes=5-\r\n");
    assert!(response(&mut client).0.starts_with("HTTP/1.1 404 "));
}

#[test]
fn no_field_of_ranges_is_answered_with_more_than_the_file() {
    let (site, bytes) = site(100_000);
    let running = Running::new(site.files());
    let mut client = running.connect();
    let spaced = |count: usize, spec: &str| {
        let width = 8000 / count;
        let specs = (0..count).map(|_| format!("{spec:>width$}"));
        specs.collect::<Vec<_>>().join(",")
    };
    for (count, spec) in [
        (2000, "0-"),
        (1000, "0-99999"),
        (64, "0-"),
        (64, "-99999"),
        (2, "0-"),
    ] {
        let field = format!("Range: bytes={}\r\n", spaced(count, spec));
        assert!(field.len() > 8000);
        send(&mut client, "GET", "/large.bin", &field);
        let (head, body) = response(&mut client);
        assert!(body.len() <= bytes.len(), "{count} times {spec}: {head}");
        assert!(bytes.ends_with(&body), "{count} times {spec}");
    }
}

#[test]
fn slow_downloads_hold_nobody_up() {
    let (site, bytes) = site(LARGE);
    let running = Running::new(site.files());
    let mut slow: Vec<_> = (0..100).map(|_| running.connect()).collect();
    for client in &mut slow {
        send(client, "GET", "/large.bin", "");
        assert_eq!(length(&head(client)), LARGE);
    }
    let mut client = running.connect();
    send(&mut client, "GET", "/folder/", "");
    assert_eq!(response(&mut client).1, b"home");
    let mut body = vec![0; LARGE];
    slow[57].read_exact(&mut body).unwrap();
    assert!(body == bytes);
}

/// Tests that need `curl`.
mod curl {
    use super::*;

    #[test]
    fn curl_resumes_and_asks_whether_a_file_changed() {
        let (site, bytes) = site(300_000);
        let running = Running::new(site.files().precompressed(Coding::ALL));
        let path = |name: &str| site.path().join(name).to_str().unwrap().to_owned();
        assert!(running.curl(&["-r", "100-199"], "/large.bin") == bytes[100..200]);
        assert!(running.curl(&["-r", "-100"], "/large.bin") == bytes[299_900..]);

        fs::write(path("part"), &bytes[..123_456]).unwrap();
        running.curl(&["-C", "-", "-o", &path("part")], "/large.bin");
        assert!(fs::read(path("part")).unwrap() == bytes);

        let changed = |since: &Path| {
            let status = [
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-z",
                since.to_str().unwrap(),
            ];
            String::from_utf8(running.curl(&status, "/large.bin")).unwrap()
        };
        let since = site.path().join("part");
        set_modified(&since, day(1));
        assert_eq!(changed(&since), "304");
        set_modified(site.path().join("large.bin"), day(2));
        assert_eq!(changed(&since), "200");

        let gzip = Command::new("gzip")
            .args(["-kf", &path("a.css")])
            .status()
            .unwrap();
        assert!(gzip.success());
        assert_eq!(running.curl(&["--compressed"], "/a.css"), b"plain");
        let raw = running.curl(&["-H", "Accept-Encoding: gzip"], "/a.css");
        assert!(raw == fs::read(path("a.css.gz")).unwrap());
    }
}
