//! Apache as the front server.

use std::{
    fs,
    io::{self, Write},
    net::TcpStream,
};

use wsgi::{Environ, StartResponse, Status, fastcgi::Limits};
use wsgi_tests::{
    Front, Gateway, Protocol, Scheme, Socket,
    fronts::{Snippet, apache2, folder},
    run,
};

use crate::{behind::Behind, serving::Serving};

#[test]
fn an_authorizer_knows_the_users_of_files() {
    let limits = Limits::new().accept_authorizers(true);
    let serving = Serving::of(check, Protocol::FastCgi, Socket::Tcp, |builder| {
        builder.fastcgi_limits(limits)
    });
    let folder = folder();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("menu.txt"), "Soup").unwrap();
    let backend = format!("fcgi://{}/", serving.tcp());
    let site = Snippet::below("Apache: users")
        .replace("fcgi://127.0.0.1:8000/", &backend)
        .replace_any("/srv/files", files.to_str().unwrap());
    let front = apache2::start_in(folder, &site);

    let ask = |credentials: &str| {
        let mut client = TcpStream::connect(("127.0.0.1", front.ports.http)).unwrap();
        let head = format!("GET /menu.txt HTTP/1.0\r\nHost: localhost\r\n{credentials}\r\n");
        client.write_all(head.as_bytes()).unwrap();
        io::read_to_string(client).unwrap()
    };
    let right = ask("Authorization: Basic YWRhOm9wZW4gc2VzYW1l\r\n"); // ada:open sesame
    assert!(
        right.starts_with("HTTP/1.1 200 OK\r\n"),
        "{right}\n{}",
        front.log()
    );
    assert!(right.ends_with("\r\n\r\nSoup"), "{right}");
    for wrong in ["", "Authorization: Basic YWRhOnRlYQ==\r\n"] {
        let refused = ask(wrong);
        assert!(
            refused.starts_with("HTTP/1.1 401 "),
            "{refused}\n{}",
            front.log()
        );
        assert!(refused.contains("\r\nWWW-Authenticate: Basic realm=\"Files\"\r\n"));
    }
}

/// The program of the page, with a test instead of its check.
fn check(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    assert_eq!(environ.get("FCGI_ROLE").unwrap(), "AUTHORIZER");
    let value = |name| environ.get(name).unwrap_or_default();
    let is_known = value("REMOTE_USER") == "ada" && value("REMOTE_PASSWD") == "open sesame";
    let status = match is_known {
        true => Status::OK,
        false => Status::UNAUTHORIZED,
    };
    start_response.start(status, [("Content-Type", "text/plain")])?;
    Ok("".into())
}

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

#[test]
fn every_case_holds_by_uwsgi_over_tcp() {
    run(&start(Protocol::Uwsgi, Socket::Tcp));
}

#[test]
fn every_case_holds_by_uwsgi_over_a_unix_socket() {
    run(&start(Protocol::Uwsgi, Socket::Unix));
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
