//! nginx as the front server.

use std::net::TcpStream;

use wsgi_tests::{
    Front, Gateway, Notes, Protocol, Request, Scheme, Socket, exchange,
    fronts::{Place, Snippet, nginx},
    run,
};

use crate::{
    behind::Behind,
    serving::Serving,
    systemd::{Passing, Service},
};

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&start(Protocol::Http, Socket::Unix));
}

#[test]
fn every_case_holds_with_tls_in_front() {
    run(&start_with(Protocol::Http, Socket::Unix, Scheme::Https));
}

#[test]
fn every_case_holds_by_fastcgi_over_tcp() {
    run(&start(Protocol::FastCgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_fastcgi_over_a_unix_socket() {
    run(&start(Protocol::FastCgi, Socket::Unix));
}

#[test]
fn every_case_holds_by_scgi_over_tcp() {
    run(&start(Protocol::Scgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_scgi_over_a_unix_socket() {
    run(&start(Protocol::Scgi, Socket::Unix));
}

#[test]
fn every_case_holds_by_uwsgi_over_tcp() {
    run(&start(Protocol::Uwsgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_uwsgi_over_a_unix_socket() {
    run(&start(Protocol::Uwsgi, Socket::Unix));
}

#[test]
fn every_case_holds_by_uwsgi_with_uploads_that_are_passed_on_as_they_arrive() {
    let (protocol, socket) = (Protocol::Uwsgi, Socket::Tcp);
    let serving = Serving::behind_front(protocol, socket, |builder| builder);
    let unbuffered = "uwsgi_request_buffering off;\n        include ";
    let edit = |site: Snippet| site.replace("include ", unbuffered);
    run(&Behind {
        gateway: Gateway::behind(Front::Nginx, protocol, socket),
        front: nginx::start_with(protocol, &serving.address, Scheme::Http, edit),
        serving: Some(serving),
    });
}

#[test]
fn a_service_of_systemd_is_reached_by_http() {
    check_service(Passing::Descriptors, Protocol::Http);
}

#[test]
fn a_service_of_systemd_is_reached_by_fastcgi() {
    check_service(Passing::StandardInput, Protocol::FastCgi);
}

/// Tests that also need the module `stream`.
mod nginx_stream {
    use wsgi_tests::{
        Gateway, Socket,
        fronts::{Authority, nginx},
        run,
    };

    use crate::{
        behind::Behind,
        serving::{Serving, proxies},
    };

    #[test]
    fn every_case_holds_with_the_proxy_protocol_before_tls() {
        let authority = Authority::new();
        let serving = Serving::with_tls(&authority, |listener| listener.proxy_protocol(proxies()));
        let mut front = nginx::start_stream(serving.tcp());
        // Clients see the certificate of the program.
        front.authority = authority;
        run(&Behind {
            gateway: Gateway::http(Socket::Tcp).over_tls(),
            front,
            serving: Some(serving),
        });
    }
}

/// Tests that also run spawn-fcgi.
mod spawn_fcgi {
    use wsgi_tests::Protocol;

    use super::check_hello;
    use crate::spawned::Spawned;

    #[test]
    fn a_program_of_spawn_fcgi_is_reached_by_fastcgi() {
        let spawned = Spawned::start();
        check_hello(Protocol::FastCgi, &spawned.place);
    }
}

/// Checks a response without a declared length that fails after its first bytes, with an edited
/// configuration. The client must see that it is not whole.
#[track_caller]
fn check_break(protocol: Protocol, socket: Socket, edit: impl Fn(Snippet) -> Snippet) {
    let serving = Serving::start(protocol, socket);
    let front = nginx::start_with(protocol, &serving.address, Scheme::Http, edit);
    let folder = tempfile::tempdir().unwrap();
    let notes = Notes::new(&folder, "notes");
    for case in [
        "an_error_after_the_first_chunk",
        "an_error_after_flushed_bytes",
    ] {
        let request = Request::get("").below(case, &notes);
        let stream = TcpStream::connect(("127.0.0.1", front.ports.http));
        let response = exchange(stream, &request, &notes).unwrap();
        // nginx may drop the bytes in its buffers, also the head.
        assert!(
            b"Hello ".starts_with(&response.body),
            "{case}: {response:?}"
        );
        assert!(!response.is_complete, "{case}: {response:?}");
    }
}

/// A connection for each request, which is nginx's default.
fn without_keep_conn(site: Snippet) -> Snippet {
    site.replace("fastcgi_keep_conn on;", "")
        .replace("keepalive 16;", "")
}

fn without_buffers(site: Snippet) -> Snippet {
    let buffering = "fastcgi_buffering off;\n        include ";
    site.replace("include ", buffering)
}

#[test]
fn a_response_that_breaks_off_is_seen_by_fastcgi_without_keep_conn() {
    check_break(Protocol::FastCgi, Socket::Tcp, without_keep_conn);
    check_break(Protocol::FastCgi, Socket::Unix, without_keep_conn);
}

#[test]
fn a_response_that_breaks_off_is_seen_by_fastcgi_without_keep_conn_and_buffers() {
    let edit = |site| without_buffers(without_keep_conn(site));
    check_break(Protocol::FastCgi, Socket::Tcp, edit);
    check_break(Protocol::FastCgi, Socket::Unix, edit);
}

#[test]
fn a_response_that_breaks_off_is_seen_by_fastcgi_with_keep_conn() {
    check_break(Protocol::FastCgi, Socket::Tcp, |site| site);
    check_break(Protocol::FastCgi, Socket::Unix, without_buffers);
}

#[test]
fn a_response_that_breaks_off_is_seen_by_http_1_0() {
    let old = |site: Snippet| site.replace("proxy_http_version 1.1;", "");
    check_break(Protocol::Http, Socket::Tcp, old);
    let unbuffered = "proxy_buffering off;";
    check_break(Protocol::Http, Socket::Tcp, |site| {
        site.replace("proxy_http_version 1.1;", unbuffered)
    });
}

#[test]
fn a_response_that_breaks_off_is_seen_by_http_1_1_without_buffers() {
    let unbuffered = "proxy_buffering off;\n        proxy_http_version 1.1;";
    for socket in [Socket::Tcp, Socket::Unix] {
        check_break(Protocol::Http, socket, |site| {
            site.replace("proxy_http_version 1.1;", unbuffered)
        });
    }
}

/// Checks systemd's units of the page behind the page's nginx.
#[track_caller]
fn check_service(passing: Passing, protocol: Protocol) {
    let service = Service::start(passing);
    check_hello(protocol, &service.place);
}

/// Checks a program that the page starts, behind the page's nginx.
#[track_caller]
fn check_hello(protocol: Protocol, place: &Place) {
    let front = nginx::start(protocol, place, Scheme::Http);
    let folder = tempfile::tempdir().unwrap();
    let notes = Notes::new(&folder, "notes");
    let stream = TcpStream::connect(("127.0.0.1", front.ports.http));
    let response = exchange(stream, &Request::get("/hello"), &notes).unwrap();
    assert_eq!(response.code, 200, "{response:?}");
    assert_eq!(response.body, b"Hello from /hello!\n");
}

fn start(protocol: Protocol, socket: Socket) -> Behind {
    start_with(protocol, socket, Scheme::Http)
}

fn start_with(protocol: Protocol, socket: Socket, scheme: Scheme) -> Behind {
    let serving = Serving::behind_front(protocol, socket, |builder| builder.spool_bodies(true));
    let gateway = Gateway::behind(Front::Nginx, protocol, socket);
    Behind {
        gateway: match scheme {
            Scheme::Http => gateway,
            Scheme::Https => gateway.over_tls(),
        },
        front: nginx::start(protocol, &serving.address, scheme),
        serving: Some(serving),
    }
}
