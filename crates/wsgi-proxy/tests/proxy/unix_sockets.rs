//! Upstream servers on Unix sockets.

#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixListener,
    thread,
};

use wsgi_proxy::Proxy;
use wsgi_testing::Request;

#[cfg(target_os = "linux")]
use crate::upstream::PATIENCE;

#[test]
fn a_server_is_reached_over_its_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let head: Vec<_> = lines
            .by_ref()
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
        head.join("\n")
    });
    let proxy = Proxy::new("http://app/base").unwrap().unix_socket(&path);
    assert_eq!(Request::get("/a").call(&proxy).text(), "ok");
    let head = server.join().unwrap();
    assert!(
        head.starts_with("GET /base/a HTTP/1.1\nHost: app\n"),
        "{head}"
    );
    let response = Request::get("/").call(&proxy.unix_socket(folder.path().join("none")));
    assert_eq!(response.status().code(), 502);
}

/// Elsewhere, a full socket refuses connections.
#[cfg(target_os = "linux")]
#[test]
fn a_full_socket_is_answered_with_504() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    // Nobody accepts, and the queue is finite.
    let _listener = UnixListener::bind(&path).unwrap();
    let brief = Duration::from_millis(20);
    let proxy = Proxy::new("http://app").unwrap().unix_socket(&path);
    let proxy = proxy.connect_timeout(brief);
    let waiting: Vec<_> = std::iter::from_fn(|| {
        let stream = rustix::net::socket_with(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            rustix::net::SocketFlags::NONBLOCK,
            None,
        );
        let stream = stream.unwrap();
        let address = rustix::net::SocketAddrUnix::new(&path).unwrap();
        rustix::net::connect(&stream, &address)
            .ok()
            .map(|()| stream)
    })
    .take(10_000)
    .collect();
    assert!(waiting.len() < 10_000);
    let response = Request::get("/").call(&proxy);
    assert_eq!(response.status().code(), 504);
    assert!(response.errors().contains("takes no connection in time"));

    let proxy = proxy.connect_timeout(PATIENCE);
    for left in [Duration::ZERO, brief] {
        let start = Instant::now();
        let request = Request::get("/").environ(move |environ| {
            environ.set_deadline(Instant::now() + left);
        });
        let response = request.call(&proxy);
        assert_eq!(response.status().code(), 504);
        assert!(response.errors().contains("the request's deadline"));
        assert!(
            start.elapsed() < PATIENCE / 2,
            "it does not wait for longer"
        );
    }
}
