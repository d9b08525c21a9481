//! Upstream servers with TLS.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, mpsc::channel},
    thread,
    time::{Duration, Instant},
};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};
use wsgi_environ::Input;
use wsgi_proxy::Proxy;
use wsgi_testing::Request;

use crate::upstream::{PATIENCE, with_body_in_memory};

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A server with TLS, and its certificate.
struct Upstream {
    address: SocketAddr,
    pem: String,
}

impl Upstream {
    fn new(serve: impl Fn(&mut Stream) + Send + Sync + Clone + 'static) -> Self {
        Self::until(2100, serve)
    }

    /// A server whose certificate is valid until the start of a year.
    fn until(year: i32, serve: impl Fn(&mut Stream) + Send + Sync + Clone + 'static) -> Self {
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let pem = certificate.pem();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                key.serialize_der().try_into().unwrap(),
            );
        let config = Arc::new(config.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, serve, config) = (stream.unwrap(), serve.clone(), config.clone());
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                thread::spawn(move || {
                    let session = ServerConnection::new(config).unwrap();
                    serve(&mut StreamOwned::new(session, stream));
                });
            }
        });
        Self { address, pem }
    }

    fn proxy(&self) -> Proxy {
        let url = format!("https://localhost:{}", self.address.port());
        Proxy::new(&url).unwrap().certificates(&self.pem).unwrap()
    }
}

fn read_head(stream: &mut Stream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.extend_from_slice(&byte);
    }
    Some(String::from_utf8(head).unwrap())
}

#[test]
fn requests_are_passed_on_over_tls_and_connections_are_kept() {
    let upstream = Upstream::new(|stream| {
        let mut count = 0;
        while let Some(head) = read_head(stream) {
            assert!(head.contains("\r\nHost: localhost:"), "{head}");
            count += 1;
            let text = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{count}");
            stream.write_all(text.as_bytes()).unwrap();
        }
    });
    let proxy = upstream.proxy();
    for count in 1..=5 {
        let response = Request::get("/").call(&proxy);
        assert_eq!(response.text(), count.to_string(), "{}", response.errors());
    }
}

#[test]
fn a_server_may_answer_over_tls_while_it_reads() {
    const LENGTH: usize = 16 << 20;
    let upstream = Upstream::new(|stream| {
        read_head(stream);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut block = vec![0; 64 * 1024];
        let mut echoed = 0;
        while echoed < LENGTH {
            let length = stream.read(&mut block).unwrap();
            stream.write_all(&block[..length]).unwrap();
            echoed += length;
        }
        let _ = stream.read(&mut block);
    });
    let pattern = |at: usize| (at % 251) as u8;
    let body: Vec<u8> = (0..LENGTH).map(pattern).collect();
    let input = Input::from_reader(std::io::Cursor::new(body.clone()), Some(LENGTH as u64));
    let in_memory = with_body_in_memory(upstream.proxy(), body.clone());
    for response in [
        Request::post("/").input(input).call(&upstream.proxy()),
        Request::post("/").call(&in_memory),
    ] {
        assert!(response.is_complete(), "{}", response.errors());
        assert!(response.body() == body);
    }
}

#[test]
fn a_body_until_the_end_needs_the_words_of_its_end() {
    for says_so in [true, false] {
        let upstream = Upstream::new(move |stream| {
            read_head(stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").unwrap();
            if says_so {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        });
        let response = Request::get("/").call(&upstream.proxy());
        assert_eq!(response.text(), "hello", "{}", response.errors());
        assert_eq!(response.is_complete(), says_so, "{}", response.errors());
    }
}

#[test]
fn a_server_that_is_not_trusted_gets_no_request() {
    let (sender, requests) = channel();
    let serve = move |stream: &mut Stream| sender.send(read_head(stream)).unwrap();
    let upstream = Upstream::new(serve.clone());
    let expired = Upstream::until(2001, serve);
    let url = format!("https://127.0.0.1:{}", upstream.address.port());
    let other = Upstream::new(|_| {});
    let wrong_name = format!("https://[::ffff:127.0.0.1]:{}", upstream.address.port());
    for proxy in [
        Proxy::new(&url).unwrap(),
        Proxy::new(&url).unwrap().certificates(other.pem).unwrap(),
        Proxy::new(&wrong_name)
            .unwrap()
            .certificates(&upstream.pem)
            .unwrap(),
        expired.proxy(),
    ] {
        let response = Request::get("/").call(&proxy);
        assert_eq!(response.status().code(), 502);
        let log = response.errors();
        assert!(
            log.contains("certificate") || log.contains("no certificates"),
            "{log}"
        );
        let request = requests.recv_timeout(PATIENCE).unwrap();
        assert_eq!(request, None, "no request comes");
    }
}

#[test]
fn a_handshake_has_the_time_of_a_connection() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let proxy = Proxy::new(&url)
        .unwrap()
        .certificates(Upstream::new(|_| {}).pem)
        .unwrap();
    let brief = Duration::from_millis(50);
    let response = Request::get("/").call(&proxy.clone().connect_timeout(brief));
    assert_eq!(response.status().code(), 504, "{}", response.errors());
    assert!(response.errors().contains("takes no connection in time"));
    let request = Request::get("/").environ(move |environ| {
        environ.set_deadline(Instant::now() + brief);
    });
    let response = request.call(&proxy);
    assert_eq!(response.status().code(), 504, "{}", response.errors());
    assert!(response.errors().contains("the request's deadline"));
}
