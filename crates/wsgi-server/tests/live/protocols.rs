//! Live bodies through the gateway protocols, and on a server for a single request.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use wsgi_server::{Protocol, Server};

use crate::{
    open_pages::{OpenPages, app, expect, take_head},
    support::{
        Client, PATIENCE, Running, eventually,
        fastcgi::{self, END_REQUEST, STDOUT, next_record},
        gateway_response::GatewayResponse,
        get, joined, scgi, uwsgi,
    },
};

fn fastcgi() -> OpenPages {
    OpenPages::with(|builder| builder.protocol(Protocol::FastCgi))
}

/// Takes a record of STDOUT.
#[track_caller]
fn stdout(client: &mut Client) -> Vec<u8> {
    let record = next_record(client).expect("a record");
    assert_eq!((record.record_type, record.id), (STDOUT, 1));
    record.content
}

#[test]
fn fastcgi_sends_each_chunk_as_a_record() {
    let pages = fastcgi();
    let mut client = pages.running.connect();
    client.send(fastcgi::get("/live"));
    let sender = pages.sender();
    let head = String::from_utf8(stdout(&mut client)).unwrap();
    assert!(head.starts_with("Status: 200 OK\r\n"), "{head}");
    for text in ["one", "two"] {
        sender.send(text).unwrap();
        assert_eq!(stdout(&mut client), text.as_bytes());
    }
    // It takes several records, and goes on after them.
    let large: Vec<u8> = (0..200_000).map(|at| (at / 3) as u8).collect();
    sender.send(large.clone()).unwrap();
    let mut taken = Vec::new();
    while taken.len() < large.len() {
        taken.extend(stdout(&mut client));
    }
    assert!(taken == large);
    drop(sender);
    assert_eq!(stdout(&mut client), b"", "the end of STDOUT");
    let end = next_record(&mut client).unwrap();
    assert_eq!(end.record_type, END_REQUEST);
    let again = fastcgi::ask(&mut client, fastcgi::get("/again"));
    assert_eq!(again.text(), "GET /again\n");
}

#[test]
fn fastcgi_shows_that_a_page_has_failed() {
    let pages = fastcgi();
    let mut client = pages.running.connect();
    client.send(fastcgi::get("/live/hooks"));
    let sender = pages.sender();
    stdout(&mut client); // the head
    sender.send("sent").unwrap();
    sender.fail("failed on purpose");
    let answer = fastcgi::answer(&mut client, 1);
    assert_eq!(answer.ended, None);
    assert_eq!(answer.stdout, b"sent");
    assert_eq!(pages.outcome().end(), wsgi_environ::End::Failed);
    let line = "GET \"/live/hooks\": failed on purpose\n";
    assert_eq!(pages.running.log(), line);
}

#[test]
fn a_front_server_that_closes_is_noticed() {
    for protocol in [Protocol::FastCgi, Protocol::Scgi, Protocol::Uwsgi] {
        let pages = OpenPages::with(|builder| builder.protocol(protocol));
        let mut client = pages.running.connect();
        client.send(match protocol {
            Protocol::FastCgi => fastcgi::get("/live"),
            Protocol::Scgi => scgi::get("/live"),
            _ => uwsgi::get("/live"),
        });
        let sender = pages.sender();
        client.take_some();
        drop(client);
        eventually("it is noticed", || sender.is_closed());
    }
}

#[test]
fn a_front_server_that_gives_a_request_up_is_noticed() {
    let pages = fastcgi();
    let mut client = pages.running.connect();
    client.send(fastcgi::get("/live/hooks"));
    let sender = pages.sender();
    stdout(&mut client); // the head
    // Other records do not matter, nor does another request.
    client.send(fastcgi::record(fastcgi::GET_VALUES, 0, b""));
    client.send(fastcgi::record(fastcgi::ABORT_REQUEST, 2, b""));
    sender.send("still here").unwrap();
    assert_eq!(stdout(&mut client), b"still here");
    assert!(!sender.is_closed());
    client.send(fastcgi::record(fastcgi::ABORT_REQUEST, 1, b""));
    eventually("it is noticed", || sender.is_closed());
    assert_eq!(pages.outcome().end(), wsgi_environ::End::Disconnected);
}

#[test]
fn a_request_that_is_given_up_in_the_same_read_is_noticed() {
    let abort = fastcgi::record(fastcgi::ABORT_REQUEST, 1, b"");
    let other = fastcgi::record(fastcgi::GET_VALUES, 0, b"");
    let upload = |path| fastcgi::put(path, &[b'x'; 100_000]);
    let rows = [
        ("at once", [fastcgi::get("/live/hooks"), abort.clone()]),
        (
            "later",
            [fastcgi::get("/live/hooks"), [&*other, &abort].concat()],
        ),
        ("after a body", [upload("/live/read"), abort.clone()]),
    ];
    let started = |path| {
        let params = [
            ("REQUEST_METHOD", "PUT"),
            ("PATH_INFO", path),
            ("CONTENT_LENGTH", "100000"),
        ];
        let part = fastcgi::record(fastcgi::STDIN, 1, &[b'x'; 60_000]);
        [fastcgi::head(1, true, &params), part].concat()
    };
    let streamed = [
        ("within a body", [started("/live/read"), abort.clone()]),
        (
            "after a part of a body",
            [started("/live/part"), abort.clone()],
        ),
    ];
    for spools in [true, false] {
        let pages = OpenPages::with(|builder| {
            let builder = builder.protocol(Protocol::FastCgi);
            builder.spool_bodies(spools)
        });
        let streamed = streamed.iter().filter(|_| !spools);
        for (name, bytes) in rows.iter().chain(streamed) {
            let mut client = pages.running.connect();
            client.send(bytes.concat());
            let sender = pages.sender();
            eventually(name, || sender.is_closed());
            let end = pages.outcome().end();
            assert_eq!(end, wsgi_environ::End::Disconnected, "{name}");
        }
        pages.assert_no_outcome();
    }
}

#[test]
fn a_client_that_closes_with_its_request_is_noticed() {
    for protocol in [
        Protocol::Http,
        Protocol::FastCgi,
        Protocol::Scgi,
        Protocol::Uwsgi,
    ] {
        let pages = OpenPages::with(|builder| builder.protocol(protocol));
        for _ in 0..20 {
            let mut client = pages.running.connect();
            client.send(match protocol {
                Protocol::Http => get("/live").into_bytes(),
                Protocol::FastCgi => fastcgi::get("/live"),
                Protocol::Scgi => scgi::get("/live"),
                _ => uwsgi::get("/live"),
            });
            drop(client);
            let sender = pages.sender();
            eventually("it is noticed", || sender.is_closed());
        }
    }
}

#[test]
fn scgi_sends_each_chunk_up_to_the_close() {
    let pages = OpenPages::with(|builder| builder.protocol(Protocol::Scgi));
    let mut client = pages.running.connect();
    client.send(scgi::get("/live"));
    let sender = pages.sender();
    let head = take_head(&mut client);
    assert!(head.starts_with("Status: 200 OK\r\n"), "{head}");
    for text in ["one", "two"] {
        sender.send(text).unwrap();
        expect(&mut client, text);
    }
    drop(sender);
    client.assert_closed();

    let mut client = pages.running.connect();
    client.send(scgi::get("/live"));
    drop(pages.sender());
    let response = GatewayResponse::parse(&client.take_all());
    assert_eq!((&*response.status, response.text()), ("200 OK", ""));
}

#[test]
fn uwsgi_sends_each_chunk_up_to_the_close() {
    let pages = OpenPages::with(|builder| builder.protocol(Protocol::Uwsgi));
    let mut client = pages.running.connect();
    client.send(uwsgi::get("/live"));
    let sender = pages.sender();
    let head = take_head(&mut client);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for text in ["one", "two"] {
        sender.send(text).unwrap();
        expect(&mut client, text);
    }
    drop(sender);
    client.assert_closed();
}

#[test]
fn a_server_for_one_request_drains_its_page() {
    let (sender, senders) = mpsc::channel();
    let (report, outcomes) = mpsc::channel();
    let server = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = Arc::new(server.build(app(sender, report)).unwrap());
    let handling = thread::spawn({
        let server = server.clone();
        move || server.handle_request().unwrap()
    });
    let mut client = Client::connect(server.local_addr());
    client.send(get("/live/hooks"));
    let sender = senders.recv_timeout(PATIENCE).unwrap();
    take_head(&mut client);
    for text in ["one", "two"] {
        sender.send(text).unwrap();
        expect(&mut client, &format!("3\r\n{text}\r\n"));
    }
    assert!(!handling.is_finished());
    drop(sender);
    expect(&mut client, "0\r\n\r\n");
    client.assert_closed();
    joined("handle_request returns", handling);
    assert!(outcomes.recv_timeout(PATIENCE).unwrap().is_complete());
}

#[test]
fn pages_on_a_unix_socket_are_noticed_when_their_client_leaves() {
    let folder = crate::support::folder::Folder::new();
    let path = folder.join("socket");
    let (sender, senders) = mpsc::channel();
    let (report, _outcomes) = mpsc::channel();
    let address = format!("unix:{}", path.display());
    let builder = Server::builder().bind(&address).unwrap();
    let running = Running::build(builder, app(sender, report));
    let mut client = running.connect();
    client.send(get("/live"));
    let sender = senders.recv_timeout(PATIENCE).unwrap();
    take_head(&mut client);
    sender.send("seen").unwrap();
    expect(&mut client, "4\r\nseen\r\n");
    drop(client);
    eventually("it is noticed", || sender.is_closed());
}
