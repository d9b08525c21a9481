//! Bodies that are longer than any memory.

use std::{
    io::{Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use wsgi_environ::Input;
use wsgi_testing::Request;

use crate::upstream::{PATIENCE, Upstream, finish, read_head, with_body_in_memory};

const LENGTH: u64 = 64 << 20;

/// Zeros that count themselves.
struct Counted(Arc<AtomicU64>);

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0.fetch_add(buf.len() as u64, Ordering::Relaxed);
        buf.fill(0);
        Ok(buf.len())
    }
}

#[test]
fn a_body_is_read_as_far_as_the_server_takes_it() {
    let read = Arc::new(AtomicU64::new(0));
    let upstream = Upstream::new({
        let read = read.clone();
        move |_, stream| {
            read_head(stream);
            let mut block = vec![0; 64 * 1024];
            let mut received = 0;
            let mut most_ahead = 0;
            while received < LENGTH {
                let length = stream.read(&mut block).unwrap() as u64;
                received += length;
                let ahead = read.load(Ordering::Relaxed).saturating_sub(received);
                most_ahead = most_ahead.max(ahead);
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .unwrap();
            finish(stream);
            most_ahead.to_string()
        }
    });
    let input = Input::from_reader(Counted(read), Some(LENGTH));
    let response = Request::post("/").input(input).call(&upstream.proxy());
    assert_eq!(response.text(), "ok", "{}", response.errors());
    let ahead: u64 = upstream.note().parse().unwrap();
    assert!(ahead < LENGTH / 2, "{ahead} bytes wait in the sockets");
}

#[test]
fn a_server_may_answer_while_it_reads() {
    // The response is as long as the request, and both are longer than the sockets' buffers.
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut block = vec![0; 64 * 1024];
        let mut echoed = 0;
        while echoed < LENGTH {
            let length = stream.read(&mut block).unwrap();
            stream.write_all(&block[..length]).unwrap();
            echoed += length as u64;
        }
        finish(stream);
        String::new()
    });
    let input = Input::from_reader(std::io::repeat(b'a'), Some(LENGTH));
    let response = Request::post("/").input(input).call(&upstream.proxy());
    assert!(response.is_complete(), "{}", response.errors());
    assert_eq!(response.body().len() as u64, LENGTH);
    assert!(response.body().iter().all(|&byte| byte == b'a'));
}

#[test]
fn a_body_in_memory_may_be_longer_than_the_server_takes_at_once() {
    const LENGTH: usize = 16 << 20;
    let body: Vec<u8> = (0..LENGTH).map(|at| (at % 251) as u8).collect();
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        std::io::copy(&mut stream.try_clone().unwrap().take(LENGTH as u64), stream).unwrap();
        finish(stream);
        String::new()
    });
    let app = with_body_in_memory(upstream.proxy(), body.clone());
    let response = Request::post("/").call(&app);
    assert!(response.is_complete(), "{}", response.errors());
    assert!(response.body() == body);
}

#[test]
fn an_early_answer_to_a_body_in_memory_is_passed_on() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            .unwrap();
        // It reads nothing until the proxy has the answer.
        stream.set_nonblocking(true).unwrap();
        while stream.write(b" ").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        String::new()
    });
    let proxy = upstream.proxy().response_timeout(PATIENCE / 4);
    let app = with_body_in_memory(proxy, vec![b'a'; LENGTH as usize]);
    let response = Request::post("/").call(&app);
    assert_eq!(response.status().code(), 413, "{}", response.errors());
    assert_eq!((response.text(), response.is_complete()), ("no", true));
    upstream.note();
}

#[test]
fn an_early_answer_is_passed_on_and_the_rest_of_the_body_is_not() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            .unwrap();
        // Until the proxy closes the connection.
        let mut block = vec![0; 64 * 1024];
        while matches!(stream.read(&mut block), Ok(1..)) {}
        String::new()
    });
    let endless = Input::from_reader(std::io::repeat(b'a'), None);
    let response = Request::post("/").input(endless).call(&upstream.proxy());
    assert_eq!(response.status().code(), 413);
    assert_eq!((response.text(), response.is_complete()), ("no", true));
    upstream.note();
}
