//! A server for a test.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};
use wsgi_server::Server;
use wsgi_testing::LiveServer;

fn get(address: SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(address).unwrap();
    write!(
        client,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    io::read_to_string(client).unwrap()
}

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    assert_ne!(environ.path_info(), "/panic", "the kettle is empty");
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(format!("Hello {}!", environ.path_info()).into())
}

/// An application that holds a value until it is dropped.
fn holding(live: &Arc<()>) -> impl Application + 'static {
    let held = Arc::clone(live);
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        let _held = &held;
        hello(environ, start_response)
    }
}

/// Whether the server has closed a connection. The port may be another test's by now.
fn is_over(connection: &mut TcpStream) -> bool {
    matches!(connection.read(&mut [0]), Ok(0) | Err(_))
}

#[test]
fn a_dropped_server_is_gone() {
    let live = Arc::new(());
    let server = LiveServer::new(holding(&live));
    let address = server.address();
    assert!(get(address, "/a").ends_with("Hello /a!"));
    let mut idle = TcpStream::connect(address).unwrap();
    drop(server);
    assert_eq!(
        Arc::strong_count(&live),
        1,
        "no thread holds the application"
    );
    assert!(is_over(&mut idle));
}

#[test]
fn a_server_is_gone_after_a_test_that_fails() {
    let (live, mut idle) = (Arc::new(()), None);
    let failed = catch_unwind(AssertUnwindSafe(|| {
        let server = LiveServer::new(holding(&live));
        idle = Some(TcpStream::connect(server.address()).unwrap());
        panic!("the test fails");
    }));
    assert!(failed.is_err());
    assert_eq!(
        Arc::strong_count(&live),
        1,
        "no thread holds the application"
    );
    assert!(is_over(&mut idle.unwrap()));
}

#[test]
fn servers_have_ports_of_their_own() {
    let (one, other) = (LiveServer::new(hello), LiveServer::new(hello));
    assert_ne!(one.address(), other.address());
    assert!(
        get(one.address(), "/1").ends_with("/1!") && get(other.address(), "/2").ends_with("/2!")
    );
    assert_eq!(one.url("/a"), format!("http://{}/a", one.address()));
    assert_eq!(format!("{one:?}"), format!("LiveServer at {}", one.url("")));
}

#[test]
fn a_panic_is_a_500_and_in_the_errors() {
    let server = LiveServer::new(hello);
    assert!(get(server.address(), "/panic").starts_with("HTTP/1.1 500 "));
    assert!(
        server.errors().contains("the kettle is empty"),
        "{}",
        server.errors()
    );
    assert!(
        get(server.address(), "/a").ends_with("Hello /a!"),
        "the server goes on"
    );
}

#[test]
fn a_server_has_the_settings_that_it_is_given() {
    let builder = Server::builder()
        .bind("127.0.0.1:0")
        .unwrap()
        .script_name("/app")
        .max_requests_per_connection(1);
    let server = LiveServer::with(builder, hello);
    assert!(get(server.address(), "/app/x").ends_with("Hello /x!"));
    assert_eq!(
        server.url("/app"),
        format!("http://{}/app", server.address())
    );
    get(server.address(), "/app/panic");
    assert!(server.errors().contains("the kettle is empty"));
}

#[cfg(unix)]
#[test]
fn a_server_may_listen_on_a_unix_socket_alone() {
    use std::os::unix::net::UnixStream;
    let name = format!("wsgi-testing-{}.socket", std::process::id());
    let path = std::env::temp_dir().join(name);
    let builder = Server::builder().bind_unix(&path, 0o600).unwrap();
    let server = LiveServer::with(builder, hello);
    let mut client = UnixStream::connect(&path).unwrap();
    client
        .write_all(b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    assert!(io::read_to_string(client).unwrap().ends_with("Hello /x!"));
    assert_eq!(format!("{server:?}"), "LiveServer");
    let url = catch_unwind(AssertUnwindSafe(|| server.url("/")));
    assert!(url.is_err());
}
