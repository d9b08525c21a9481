//! A server's start, its settings, and single requests.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use wsgi_application::{Environ, Result, StartResponse, Status, application};
use wsgi_gateway::Failure;
use wsgi_server::{Server, make_server};

use crate::support::{Client, Running, echo, get, joined, local, unless_starved};

/// Runs `handle_request` on another thread.
fn handle_once(server: &Arc<Server>) -> thread::JoinHandle<()> {
    let server = server.clone();
    thread::spawn(move || server.handle_request().unwrap())
}

#[test]
fn one_request_is_handled_and_its_connection_ends() {
    let server = local(echo);
    for path in ["/first", "/second"] {
        let mut client = Client::connect(server.local_addr());
        let mut next = Client::connect(server.local_addr());
        client.send(get(path) + &get("/never"));
        let handling = handle_once(&server);
        let response = client.response();
        assert_eq!(response.text(), format!("GET {path}\n"));
        assert_eq!(response.header("Connection"), Some("close"));
        client.assert_closed();
        drop(client);
        joined("handle_request returns", handling);
        // The next client waits for the next call.
        next.send(get("/next"));
        let handling = handle_once(&server);
        assert_eq!(next.response().text(), "GET /next\n");
        drop(next);
        joined("handle_request returns", handling);
    }
}

#[test]
fn a_bad_request_and_silence_count_as_handled() {
    let server = local(echo);
    let handling = handle_once(&server);
    let mut client = Client::connect(server.local_addr());
    assert_eq!(client.ask("BAD\r\n\r\n").status, 400);
    client.assert_closed();
    drop(client);
    joined("a bad request", handling);

    let handling = handle_once(&server);
    drop(Client::connect(server.local_addr()));
    joined("a client that leaves", handling);

    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let builder = builder.first_request_timeout(Duration::from_millis(100));
    let server = Arc::new(builder.build(echo).unwrap());
    let handling = handle_once(&server);
    let mut silent = Client::connect(server.local_addr());
    silent.assert_closed();
    joined("a silent client", handling);
}

#[test]
fn time_in_the_application_does_not_count_against_the_client() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let builder = builder
        .write_timeout(Duration::from_secs(1)) // which a client on a busy machine needs, too
        .min_rate(1 << 40);
    let app = application(|_, start_response| {
        thread::sleep(Duration::from_millis(1_100));
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; 10_000_000].into())
    });
    let server = Arc::new(builder.build(app).unwrap());
    unless_starved(|| {
        let handling = handle_once(&server);
        let mut client = Client::connect(server.local_addr());
        let response = client.ask(get("/"));
        assert!(response.complete, "{} bytes", response.body.len());
        drop(client);
        joined("handle_request returns", handling);
    });
}

#[test]
fn a_server_can_handle_one_request_and_then_serve() {
    let server = local(echo);
    let handling = handle_once(&server);
    assert_eq!(
        Client::connect(server.local_addr()).ask(get("/")).status,
        200
    );
    joined("handle_request returns", handling);
    let serving = thread::spawn({
        let server = server.clone();
        move || server.serve_forever().unwrap()
    });
    assert_eq!(
        Client::connect(server.local_addr()).ask(get("/")).status,
        200
    );
    server.handle().shutdown();
    joined("serve_forever returns", serving);
    assert!(server.serve_forever().is_err(), "it no longer listens");
    assert!(server.handle_request().is_err());
}

#[test]
fn a_loop_over_handle_request_ends_with_the_server() {
    let server = local(echo);
    let handling = thread::spawn({
        let server = server.clone();
        move || while server.handle_request().is_ok() {}
    });
    let address = server.local_addr();
    assert_eq!(Client::connect(address.clone()).ask(get("/")).status, 200);
    server.handle().shutdown();
    joined("a loop over handle_request ends", handling);
    assert!(TcpStream::connect(&address).is_err(), "nothing listens");
    assert!(server.serve_forever().is_err(), "it has ended");
}

#[test]
fn an_empty_host_stands_for_every_interface() {
    let server = Arc::new(make_server("", 0, echo).unwrap());
    let port = server.local_addr().tcp().unwrap().port();
    assert_ne!(port, 0);
    let serving = thread::spawn({
        let server = server.clone();
        move || server.serve_forever().unwrap()
    });
    let mut client = Client::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    assert_eq!(client.ask(get("/")).status, 200);
    server.handle().abort();
    joined("serve_forever returns", serving);
}

#[test]
fn a_socket_that_already_listens_is_served() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let running = Running::build(Server::builder().listener(listener), echo);
    assert_eq!(running.address, address);
    assert_eq!(running.connect().ask(get("/")).status, 200);
}

#[test]
fn several_addresses_are_served_at_once() {
    let builder = Server::builder()
        .bind("127.0.0.1:0")
        .unwrap()
        .bind_to("localhost", 0)
        .unwrap();
    let running = Running::build(builder, echo);
    let addresses = running.server.local_addrs().to_vec();
    assert_eq!(addresses.len(), 2);
    assert_ne!(addresses[0], addresses[1]);
    for address in addresses {
        let mut client = Client::connect(address.clone());
        for _ in 0..2 {
            assert_eq!(client.ask(get("/")).status, 200, "{address}");
        }
    }
}

#[test]
fn an_address_in_use_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let first = Server::builder().bind(&taken.to_string()).unwrap();
    assert!(Server::builder().bind(&taken.to_string()).is_err());
    assert!(make_server("127.0.0.1", taken.port(), echo).is_err());
    drop(first);
}

#[test]
fn every_environ_has_the_variables_of_the_server() {
    let running = Running::with(
        |builder| {
            builder
                .base_environ("APP_CONFIG", "/etc/app")
                .base_environ("REQUEST_METHOD", "never")
                .prepare_environ(|environ| {
                    let name = environ
                        .get("APP_CONFIG")
                        .unwrap()
                        .to_string_lossy()
                        .into_owned();
                    environ.set("PREPARED", name + " and more");
                })
                .server_software("test/1")
        },
        application(|environ, start_response| {
            start_response.start(Status::OK, ())?;
            let names = [
                "APP_CONFIG",
                "REQUEST_METHOD",
                "PREPARED",
                "SERVER_SOFTWARE",
            ];
            let values =
                names.map(|name| environ.get(name).unwrap().to_string_lossy().into_owned());
            Ok(values.join(";").into())
        }),
    );
    let mut client = running.connect();
    for _ in 0..2 {
        let response = client.ask(get("/"));
        assert_eq!(response.text(), "/etc/app;GET;/etc/app and more;test/1");
    }
}

#[test]
fn a_panic_while_the_environ_is_prepared_is_a_failure_like_any_other() {
    let running = Running::with(
        |builder| {
            builder.prepare_environ(|environ| {
                assert!(environ.path_info() != "/panic", "prepared on purpose");
            })
        },
        echo,
    );
    let mut client = running.connect();
    for _ in 0..3 {
        assert_eq!(client.ask(get("/panic")).status, 500);
        assert_eq!(client.ask(get("/")).status, 200);
    }
    assert_eq!(running.log().matches("prepared on purpose").count(), 3);
}

#[test]
fn failures_go_to_the_error_output_and_to_the_log() {
    fn sorry(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let failure = environ.extension::<Failure>().expect("the current error");
        let text = format!("sorry: {}", failure.error);
        start_response.start(Status::from_code(503)?, ())?;
        Ok(text.into())
    }
    let app = application(|environ, _| {
        environ.errors().print("the application's own line");
        Err("failed on purpose".into())
    });
    let running = Running::with(
        |builder| builder.error_output(sorry).max_backtrace_lines(Some(0)),
        app,
    );
    let response = running.connect().ask(get("/"));
    assert_eq!(
        (response.status, response.text()),
        (503, "sorry: failed on purpose")
    );
    let log = running.log();
    assert!(log.contains("the application's own line\n"), "{log}");
    assert!(log.contains("failed on purpose"), "{log}");
    assert!(!log.contains(" at "), "no backtrace: {log}");
}

#[test]
fn a_connection_is_closed_by_whichever_thread_has_the_loop() {
    // The thread that closes it need not be the one that answered.
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        thread::sleep(Duration::from_millis(5));
        echo(environ, start_response)
    };
    let options = |builder: wsgi_server::Builder| builder.keep_alive(Duration::from_millis(50));
    let running = Running::with(options, app);
    let mut client = running.connect();
    assert_eq!(client.ask(get("/")).status, 200);
    client.assert_closed();
}

#[test]
fn a_server_has_and_shows_its_addresses_before_it_serves() {
    let server = local(echo);
    let address: SocketAddr = server.local_addr().tcp().unwrap();
    assert_eq!(server.local_addrs(), [address.into()]);
    assert!(format!("{server:?}").contains(&address.port().to_string()));
}
