//! Clients that leave, or that end their side.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use wsgi_testing::LiveServer;

use super::{eventually, has_text, is_gone, shell, text};

#[test]
fn a_client_that_has_ended_its_side_gets_its_response() {
    let server = LiveServer::new(text("sleep 1; echo late"));
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("late\n"), "{answer}");
}

#[test]
fn a_response_that_comes_in_parts_is_not_cut_for_a_client_that_has_ended_its_side() {
    let script = "for part in 1 2 3 4 5 6 7 8 9; do echo $part; sleep 0.8; done; echo end";
    let server = LiveServer::new(text(script));
    let mut client = TcpStream::connect(server.address()).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("9\nend\n"), "{answer}");
}

#[test]
fn a_client_that_leaves_is_noticed_while_a_head_drips() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("number");
    let script = "echo $$ > \"$FILE\"; while true; do echo X-A: b; sleep 0.1; done";
    let app = shell(script).env("FILE", &file);
    let server = LiveServer::new(app.time_limit(Duration::from_secs(1000)));
    let mut client = TcpStream::connect(server.address()).unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write_all(request).unwrap();
    eventually(|| has_text(&file));
    drop(client);
    eventually(|| is_gone(&file));
}
