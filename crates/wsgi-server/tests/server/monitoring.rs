//! The server for those who look after a program.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
    thread,
    time::Duration,
};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::{Listener, MonitoringServer, Server};

/// Long enough for whatever ends by itself.
const LONG: Duration = Duration::from_secs(120);

fn page(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok("answer 42\n".into())
}

fn get(address: &str, path: &str) -> String {
    let mut client = TcpStream::connect(address).expect("a connection");
    write!(
        client,
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    io::read_to_string(client).expect("a response")
}

#[test]
fn the_pages_are_there_until_the_end() {
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = MonitoringServer::start(listener, page).unwrap();
    assert_eq!(
        server.place("/metrics"),
        format!("http://{address}/metrics")
    );
    for path in ["/metrics", "/requests?a=b"] {
        let response = get(&address, path);
        assert!(response.ends_with("answer 42\n"), "{path}: {response}");
    }
    drop(server);
    assert!(TcpStream::connect(&address).is_err(), "it still listens");
}

#[test]
fn a_unix_socket_is_named_with_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers");
    let listener = Listener::bind_unix(&path, 0o600).unwrap();
    let server = MonitoringServer::start(listener, page).unwrap();
    let place = server.place("/metrics");
    assert!(place.contains(path.to_str().unwrap()), "{place}");
    assert!(place.ends_with(", at /metrics"), "{place}");
    server.end_within(LONG);
    assert!(!path.exists());
}

/// A server whose page waits for a message, and a client that has asked for the page.
fn waiting() -> (MonitoringServer, TcpStream, Sender<()>) {
    let (begun, has_begun) = channel();
    let (release, released) = channel::<()>();
    let released = Mutex::new(released);
    let page = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        begun.send(()).unwrap();
        let _ = released.lock().unwrap().recv_timeout(LONG);
        Ok("answer 42\n".into())
    };
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = MonitoringServer::start(listener, page).unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    client
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .unwrap();
    has_begun.recv_timeout(LONG).expect("a request");
    (server, client, release)
}

#[test]
fn a_reader_has_all_the_time_that_the_end_gives() {
    let (server, client, release) = waiting();
    let ending = thread::spawn(move || server.end_within(LONG));
    thread::sleep(Duration::from_secs(6)); // longer than after a drop
    release.send(()).unwrap();
    let response = io::read_to_string(client).expect("a response");
    assert!(response.ends_with("answer 42\n"), "{response}");
    ending.join().unwrap();
}

#[test]
fn a_reader_who_does_not_come_to_an_end_is_cut() {
    let (server, mut client, _release) = waiting();
    let ending = thread::spawn(move || server.end_within(Duration::from_millis(10)));
    assert_eq!(
        client.read(&mut [0; 1]).unwrap_or_default(),
        0,
        "nothing was sent"
    );
    ending.join().unwrap();
}

/// A server that does not serve yet, and the pages that wait for it, with their address.
fn waiting_for_a_site() -> (Server, MonitoringServer, String) {
    let site = Server::builder().bind("127.0.0.1:0").unwrap();
    let site = site.threads(1).build(page).unwrap();
    let handle = site.handle();
    let readiness = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        Ok(format!("ready: {}\n", handle.is_ready()).into())
    };
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let pages = MonitoringServer::start_after(&site.handle(), listener, readiness).unwrap();
    (site, pages, address)
}

#[test]
fn a_reader_waits_for_the_site_and_finds_it_ready() {
    let (site, _pages, address) = waiting_for_a_site();
    let handle = site.handle();
    let reader = thread::spawn({
        let address = address.clone();
        move || get(&address, "/readyz")
    });
    thread::sleep(Duration::from_millis(100));
    assert!(!reader.is_finished(), "the site does not serve yet");
    let serving = thread::spawn(move || site.serve_forever());
    let response = reader.join().unwrap();
    assert!(response.ends_with("ready: true\n"), "{response}");

    // Another process has taken over.
    handle.retire(Duration::ZERO);
    serving.join().unwrap().unwrap();
    let response = get(&address, "/readyz");
    assert!(response.ends_with("ready: true\n"), "{response}");
    handle.shutdown();
    let response = get(&address, "/readyz");
    assert!(response.ends_with("ready: false\n"), "{response}");
}

#[test]
fn pages_of_a_site_that_never_served_come_to_their_end() {
    let (site, pages, address) = waiting_for_a_site();
    pages.end_within(LONG);
    assert!(TcpStream::connect(&address).is_err(), "it still listens");
    drop(site);
    let (site, pages, _) = waiting_for_a_site();
    drop(site);
    drop(pages);
}
