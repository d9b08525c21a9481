//! Servers of this family in front of each other.

use std::{
    io::{Read, Write, read_to_string},
    net::TcpStream,
    sync::{Arc, Mutex, mpsc::sync_channel},
};

use wsgi_application::{Body, Status, application};
use wsgi_proxy::Proxy;
use wsgi_testing::LiveServer;

use crate::upstream::{PATIENCE, field};

fn exchange(server: &LiveServer, request: &str) -> String {
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(request.as_bytes()).unwrap();
    read_to_string(client).unwrap()
}

fn in_front_of(upstream: &LiveServer) -> LiveServer {
    LiveServer::new(Proxy::new(&upstream.url("")).unwrap())
}

#[test]
fn two_proxies_in_a_row_pass_a_request_and_its_body_on() {
    let upstream = LiveServer::new(application(|environ, start_response| {
        let via = environ.get("HTTP_VIA").unwrap().to_string();
        let from = environ.get("HTTP_X_FORWARDED_FOR").unwrap().to_string();
        start_response.start(Status::OK, [("X-Via", via), ("X-From", from)])?;
        Ok(environ.take_input().into())
    }));
    let middle = in_front_of(&upstream);
    let front = in_front_of(&middle);
    for framing in [
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{framing}");
        let response = exchange(&front, &request);
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.contains("hello"), "{response}");
        let via = field(&response, "X-Via").unwrap();
        assert_eq!(via.matches("1.1 wsgi-proxy-").count(), 2);
        assert_eq!(field(&response, "X-From"), Some("127.0.0.1"));
    }
}

#[test]
fn a_body_is_the_same_after_the_way_through() {
    let upstream = LiveServer::new(application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(environ.take_input().into())
    }));
    let front = in_front_of(&upstream);
    for length in [0, 1, 16 * 1024, 60_000, 70_000, 5_000_000] {
        let body: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let client = TcpStream::connect(front.address()).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut sending = client.try_clone().unwrap();
        let sent = body.clone();
        let sender = std::thread::spawn(move || {
            write!(
                sending,
                "PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
            )
            .unwrap();
            sending.write_all(&sent).unwrap();
        });
        let mut response = Vec::new();
        (&client).read_to_end(&mut response).unwrap();
        sender.join().unwrap();
        let start = response
            .windows(4)
            .position(|at| at == b"\r\n\r\n")
            .unwrap()
            + 4;
        assert!(response[start..] == body, "{length} bytes");
        let head = String::from_utf8_lossy(&response[..start]);
        let declared = field(&head, "Content-Length").unwrap();
        assert_eq!(declared, length.to_string());
    }
    assert_eq!(front.errors(), "");
}

#[test]
fn a_live_page_comes_as_it_is_sent() {
    let (has_come, come) = sync_channel(1);
    let come = Arc::new(Mutex::new(come));
    let upstream = LiveServer::new(application(move |_, start_response| {
        let (sender, body) = Body::channel(1024);
        let come = come.clone();
        std::thread::spawn(move || {
            sender.send("first\n").unwrap();
            come.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            sender.send("second\n").unwrap();
        });
        start_response.start(Status::OK, ())?;
        Ok(body)
    }));
    let front = in_front_of(&upstream);
    let mut client = TcpStream::connect(front.address()).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(request).unwrap();
    let mut received = Vec::new();
    while !received.ends_with(b"\r\n6\r\nfirst\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        received.push(byte[0]);
    }
    has_come.send(()).unwrap();
    assert_eq!(
        read_to_string(client).unwrap(),
        "7\r\nsecond\n\r\n0\r\n\r\n"
    );
}

#[test]
fn a_circle_ends_with_508() {
    use std::sync::OnceLock;
    static PROXY: OnceLock<Proxy> = OnceLock::new();
    let server = LiveServer::new(application(|environ, start_response| {
        let proxy = PROXY.wait();
        wsgi_application::Application::call(proxy, environ, start_response)
    }));
    PROXY.set(Proxy::new(&server.url("")).unwrap()).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let response = exchange(&server, request);
    assert!(response.starts_with("HTTP/1.1 508 "), "{response}");
}
