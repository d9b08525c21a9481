//! Clients that leave.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use wsgi_testing::{LiveServer, Request};

use crate::upstream::{PATIENCE, Upstream, read_head};

#[test]
fn the_connection_is_closed_when_the_client_has_enough() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
        "closed".to_owned()
    });
    let response = Request::get("/")
        .disconnect_after(10)
        .call(&upstream.proxy());
    assert_eq!(response.text(), "aaaaaaaaaa");
    assert_eq!(response.errors(), "");
    assert_eq!(upstream.note(), "closed");
}

#[test]
fn the_connection_is_closed_when_the_client_leaves_before_the_answer() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the proxy closes it");
        "closed".to_owned()
    });
    let server = LiveServer::new(upstream.proxy());
    let mut client = TcpStream::connect(server.address()).unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    drop(client);
    assert_eq!(upstream.note(), "closed");
}

#[test]
fn a_client_that_leaves_is_noticed_while_a_head_drips() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        for _ in 0..150 {
            if stream.write_all(b"A: b\r\n").is_err() {
                return "closed".to_owned();
            }
            thread::sleep(Duration::from_millis(100));
        }
        "nobody has noticed".to_owned()
    });
    let server = LiveServer::new(upstream.proxy());
    let mut client = TcpStream::connect(server.address()).unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    drop(client);
    assert_eq!(upstream.note(), "closed");
}

#[test]
fn a_response_that_comes_in_parts_is_not_cut_for_a_client_that_has_ended_its_side() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        for _ in 0..9 {
            let _ = stream.write_all(b"part ");
            thread::sleep(Duration::from_millis(800));
        }
        let _ = stream.write_all(b"end");
        String::new()
    });
    let server = LiveServer::new(upstream.proxy());
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("part end"), "{answer}");
}

#[test]
fn a_client_that_leaves_within_its_body_closes_the_connection() {
    let upstream = Upstream::new(|_, stream| {
        let head = read_head(stream);
        let mut body = Vec::new();
        let _ = stream.read_to_end(&mut body);
        format!("{head}{}", body.len())
    });
    let server = LiveServer::new(upstream.proxy());
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.set_write_timeout(Some(PATIENCE)).unwrap();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&[b'a'; 200_000]).unwrap();
    drop(client);
    let note = upstream.note();
    let length: usize = note.rsplit("\r\n").next().unwrap().parse().unwrap();
    assert!(length <= 200_000);
    assert!(note.contains("Content-Length: 1000000\r\n"));
}
