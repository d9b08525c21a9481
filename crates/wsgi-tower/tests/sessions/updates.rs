//! Many clients of one session, by HTTP.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use tokio::{net::TcpListener, runtime};

use crate::site::{layer, router};

const CLIENTS: usize = 16;
const REQUESTS: usize = 25;

/// The head and the body of a response.
fn get(address: SocketAddr, path: &str, cookie: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{response}");
    (head.to_owned(), body.to_owned())
}

#[test]
fn sixteen_clients_of_one_session_lose_no_update() {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let router = router(layer());
    runtime.spawn(async { axum::serve(listener, router).await });

    let (head, _) = get(address, "/count", "");
    let cookie = head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    let cookie = cookie.split(';').next().unwrap();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                for request in 0..REQUESTS {
                    get(address, "/count", cookie);
                    // A plain edit of a key of its own.
                    get(
                        address,
                        &format!("/put/k{}", client * REQUESTS + request),
                        cookie,
                    );
                }
            });
        }
    });
    assert_eq!(
        get(address, "/visits", cookie).1,
        (1 + CLIENTS * REQUESTS).to_string()
    );
    assert_eq!(
        get(address, "/keys", cookie).1,
        (CLIENTS * REQUESTS).to_string()
    );
    runtime.shutdown_background();
}
