//! HAProxy as the front server, with TLS in front.

use std::{net::TcpStream, panic};

use wsgi::{Status, application};
use wsgi_tests::{
    Front, Gateway, Notes, Protocol, Request, Socket,
    fronts::{Authority, Snippet, haproxy},
    run, site,
};

use crate::{
    behind::{Behind, exchange_tls},
    serving::{Serving, proxies},
};

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_fastcgi_over_a_unix_socket() {
    // HAProxy 2.6 ends itself at times, because of a defect, when a response is cut.
    for _ in 0..5 {
        let mut behind = start(Protocol::FastCgi, Socket::Unix);
        let attempt = panic::AssertUnwindSafe(|| run(&behind));
        let Err(problem) = panic::catch_unwind(attempt) else {
            return;
        };
        if !behind.front.has_ended() {
            panic::resume_unwind(problem);
        }
    }
    panic!("HAProxy ends itself again and again");
}

#[test]
fn every_case_holds_with_the_proxy_protocol_before_tls() {
    let authority = Authority::new();
    let serving = Serving::with_tls(&authority, |listener| listener.proxy_protocol(proxies()));
    let mut front = haproxy::start_without_tls(serving.tcp());
    // Clients see the certificate of the program.
    front.authority = authority;
    run(&Behind {
        gateway: Gateway::http(Socket::Tcp).over_tls(),
        front,
        serving: Some(serving),
    });
}

#[test]
fn every_case_holds_with_the_proxy_protocol_after_tls() {
    let serving = Serving::with_proxies(site());
    run(&Behind {
        gateway: Gateway::http(Socket::Tcp).over_tls(),
        front: haproxy::start_with_tls(serving.tcp()),
        serving: Some(serving),
    });
}

#[test]
fn the_proxy_protocol_tells_the_client_and_its_tls() {
    let serving = Serving::with_proxies(application(|environ, start_response| {
        let names = [
            "REMOTE_ADDR",
            "REMOTE_PORT",
            "SERVER_PORT",
            "HTTPS",
            "SSL_PROTOCOL",
        ];
        let values = names.map(|name| environ.get(name).unwrap_or_default().to_string_lossy());
        let text = values.join(" ");
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(text.into())
    }));
    let front = haproxy::start_with_tls(serving.tcp());
    let folder = tempfile::tempdir().unwrap();
    let notes = Notes::new(&folder, "notes");
    let stream = TcpStream::connect(("127.0.0.1", front.ports.https)).unwrap();
    let client = stream.local_addr().unwrap().port();
    let response = exchange_tls(Ok(stream), &front.authority, &Request::get("/"), &notes).unwrap();
    let expected = format!("127.0.0.1 {client} {} on TLSv1.3", front.ports.https);
    assert_eq!(String::from_utf8_lossy(&response.body), expected);
}

#[test]
fn an_option_decides_whether_fastcgi_has_names_with_underscores() {
    let show = || {
        application(|environ, start_response| {
            let value = environ.get("HTTP_X_USER").unwrap_or_default().to_string();
            start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
            Ok(value.into())
        })
    };
    let (app, backend) = ("use-fcgi-app hello\n", "option http-restrict-req-hdr-names");
    for (option, shown) in [
        (app.to_owned(), ""),
        (format!("{app}    {backend} delete\n"), ""),
        (format!("{app}    {backend} preserve\n"), "root"),
    ] {
        let serving = Serving::of(show(), Protocol::FastCgi, Socket::Tcp, |builder| builder);
        let edit = |site: Snippet| site.replace(app, &option);
        let front = haproxy::start_with(Protocol::FastCgi, &serving.address, edit);
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::new(&folder, "notes");
        let stream = TcpStream::connect(("127.0.0.1", front.ports.https));
        let request = Request::get("/").field("X_User", "root");
        let response = exchange_tls(stream, &front.authority, &request, &notes).unwrap();
        assert_eq!(String::from_utf8_lossy(&response.body), shown, "{option}");
    }
}

fn start(protocol: Protocol, socket: Socket) -> Behind {
    let serving = Serving::behind_front(protocol, socket, |builder| builder.spool_bodies(true));
    Behind {
        gateway: Gateway::behind(Front::Haproxy, protocol, socket).over_tls(),
        front: haproxy::start(protocol, &serving.address),
        serving: Some(serving),
    }
}
