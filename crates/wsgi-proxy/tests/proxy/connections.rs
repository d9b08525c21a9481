//! Connections that are kept.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Barrier},
    thread,
};

use wsgi_testing::Request;

use crate::upstream::{Upstream, finish, read_head};

/// Answers requests until the proxy closes the connection, and notes their number.
fn keep_answering(_: usize, stream: &mut TcpStream) -> String {
    let mut count = 0;
    loop {
        let head = read_head(stream);
        if head.is_empty() {
            return count.to_string();
        }
        if let Some((_, length)) = head.split_once("Content-Length: ") {
            let length = length.split("\r\n").next().unwrap().parse().unwrap();
            stream.read_exact(&mut vec![0; length]).unwrap();
        }
        count += 1;
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(text.as_bytes()).unwrap();
    }
}

#[test]
fn a_connection_is_used_again() {
    let upstream = Upstream::new(keep_answering);
    let proxy = upstream.proxy();
    for _ in 0..5 {
        assert_eq!(Request::get("/").call(&proxy.clone()).text(), "ok");
    }
    drop(proxy);
    assert_eq!(upstream.note(), "5");
}

#[test]
fn a_request_that_cannot_be_repeated_gets_a_new_connection() {
    let upstream = Upstream::new(keep_answering);
    let proxy = upstream.proxy();
    for method in ["GET", "POST", "PATCH", "GET"] {
        assert_eq!(Request::new(method, "/").call(&proxy).text(), "ok");
    }
    assert_eq!(
        Request::new("PUT", "/").body("abc").call(&proxy).text(),
        "ok"
    );
    drop(proxy);
    let mut counts: Vec<_> = (0..4).map(|_| upstream.note()).collect();
    counts.sort();
    assert_eq!(counts, ["1", "1", "1", "2"]);
}

#[test]
fn without_idle_connections_each_request_has_its_own() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let proxy = upstream.proxy().max_idle_connections(0);
    for _ in 0..3 {
        assert_eq!(Request::get("/").call(&proxy).text(), "ok");
        assert!(upstream.note().contains("\r\nConnection: close\r\n"));
    }
}

#[test]
fn a_connection_that_the_server_closes_or_spoils_is_not_used_again() {
    for text in [
        "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nsmuggled",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nsmuggled",
    ] {
        let upstream = Upstream::new(move |_, stream| {
            read_head(stream);
            stream.write_all(text.as_bytes()).unwrap();
            read_head(stream)
        });
        let proxy = upstream.proxy();
        for _ in 0..2 {
            assert_eq!(Request::get("/").call(&proxy).text(), "ok", "{text}");
            assert_eq!(upstream.note(), "", "{text}");
        }
    }
}

#[test]
fn a_body_that_must_not_be_there_is_not_the_next_response() {
    let late = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";
    for field in [
        format!("Content-Length: {}", late.len()),
        "Transfer-Encoding: chunked".to_owned(),
    ] {
        // It comes with the next request, if there is one.
        let upstream = Upstream::new(move |_, stream| {
            read_head(stream);
            let head = format!("HTTP/1.1 204 No Content\r\n{field}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let next = read_head(stream);
            let _ = stream.write_all(late.as_bytes());
            next
        });
        let proxy = upstream.proxy();
        for _ in 0..2 {
            let response = Request::get("/").call(&proxy);
            assert_eq!((response.status().code(), response.text()), (204, ""));
            assert_eq!(upstream.note(), "");
        }
    }
}

#[test]
fn a_request_is_sent_again_if_its_connection_was_just_closed() {
    // The first connection takes a second request and closes, as if it had closed just before. Some
    // servers say so with 408, since no request has come.
    let late = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\nlate";
    for last_words in ["", late] {
        let upstream = Upstream::new(move |number, stream| {
            let mut head = read_head(stream);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .unwrap();
            if number == 0 {
                head = read_head(stream);
                stream.write_all(last_words.as_bytes()).unwrap();
            }
            finish(stream);
            head
        });
        let proxy = upstream.proxy();
        assert_eq!(Request::get("/one").call(&proxy).text(), "ok");
        let response = Request::get("/two").call(&proxy);
        assert_eq!((response.text(), response.errors()), ("ok", ""));
        assert!(upstream.note().starts_with("GET /two "));
        drop(proxy);
        assert!(upstream.note().starts_with("GET /two "));
    }
}

#[test]
fn the_status_408_of_an_application_is_passed_on_from_a_kept_connection() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
        let head = read_head(stream);
        stream
            .write_all(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nlate")
            .unwrap();
        finish(stream);
        head
    });
    let proxy = upstream.proxy();
    assert_eq!(Request::get("/one").call(&proxy).text(), "ok");
    let response = Request::get("/two").call(&proxy);
    assert_eq!((response.status().code(), response.text()), (408, "late"));
    drop(proxy);
    assert!(upstream.note().starts_with("GET /two "));
}

#[test]
fn the_status_408_of_a_new_connection_is_passed_on() {
    let upstream = Upstream::answering("HTTP/1.1 408 Late\r\nContent-Length: 4\r\n\r\nlate");
    let response = Request::get("/").call(&upstream.proxy());
    assert_eq!((response.status().code(), response.text()), (408, "late"));
}

#[test]
fn a_request_is_not_sent_again_if_an_answer_has_begun() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
        read_head(stream);
        stream.write_all(b"HTTP/1.1 200").unwrap();
        finish(stream);
        String::new()
    });
    let proxy = upstream.proxy();
    assert_eq!(Request::get("/").call(&proxy).text(), "ok");
    assert_eq!(Request::get("/").call(&proxy).status().code(), 502);
}

#[test]
fn a_hundred_requests_at_once_get_their_own_answers() {
    let upstream = Upstream::new(|_, stream| {
        loop {
            let head = read_head(stream);
            let Some(path) = head.split(' ').nth(1) else {
                return String::new();
            };
            let length = path.len();
            let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{path}");
            stream.write_all(text.as_bytes()).unwrap();
        }
    });
    let proxy = upstream.proxy().max_idle_connections(8);
    let start = Arc::new(Barrier::new(100));
    let threads: Vec<_> = (0..100)
        .map(|number| {
            let (proxy, start) = (proxy.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                for turn in 0..5 {
                    let path = format!("/{number}/{turn}");
                    assert_eq!(Request::get(&path).call(&proxy).text(), path);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn no_more_requests_are_passed_on_than_may_be() {
    let upstream = Upstream::new(|_, stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nfirst").unwrap();
        read_head(stream)
    });
    let proxy = upstream.proxy().max_requests(1);
    let second = proxy.clone();
    let app = wsgi_application::application(move |environ, start_response| {
        let body = wsgi_application::Application::call(&proxy, environ, start_response)?;
        // The first one is on its way until its body is dropped.
        let response = Request::get("/").call(&second);
        assert_eq!(response.status().code(), 503);
        assert_eq!(response.headers().get("Retry-After").unwrap(), "5");
        assert!(response.errors().contains("1 requests are passed on"));
        drop(body);
        Ok("over".into())
    });
    assert_eq!(Request::get("/").call(&app).text(), "over");
}
