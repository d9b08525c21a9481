//! Apache as the front server.

use std::fs;

use wsgi_tests::{
    Front, Gateway, Protocol, Scheme, Socket,
    fronts::{Snippet, apache2, folder},
    run,
};

use crate::{behind::Behind, serving::Serving};

#[test]
fn every_case_holds_by_http_over_tcp() {
    run(&start(Protocol::Http, Socket::Tcp));
}

#[test]
fn every_case_holds_by_http_over_a_unix_socket() {
    run(&start(Protocol::Http, Socket::Unix));
}

#[test]
fn every_case_holds_by_cgi() {
    run(&start_cgi());
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

fn start(protocol: Protocol, socket: Socket) -> Behind {
    let serving = Serving::behind_front(protocol, socket, |builder| match protocol {
        Protocol::Http => builder.spool_bodies(true),
        Protocol::Scgi => builder.script_name(""),
        _ => builder,
    });
    Behind {
        gateway: Gateway::behind(Front::Apache, protocol, socket),
        front: apache2::start(protocol, &serving.address, Scheme::Http),
        serving: Some(serving),
    }
}

fn start_cgi() -> Behind {
    let folder = folder();
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).unwrap();
    // Other users may have no access to the build's folder.
    fs::copy(env!("CARGO_BIN_EXE_cgi"), programs.join("hello")).unwrap();
    let programs = programs.to_str().unwrap();
    let site = Snippet::below("Apache: CGI").replace("/usr/local/lib/hello", programs);
    Behind {
        gateway: Gateway::cgi(Some(Front::Apache)),
        front: apache2::start_in(folder, &site),
        serving: None,
    }
}
