//! The form of a live body on the wire.

use std::time::Duration;

use wsgi_application::{Body, Chunk, Environ, Result, StartResponse, Status};

use crate::{
    open_pages::{OpenPages, expect, take_head},
    support::{Client, Running, eventually, get},
};

#[test]
fn the_head_does_not_wait_and_each_chunk_leaves_when_it_comes() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live");
    let head = take_head(&mut client);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Transfer-Encoding: chunked\r\n"), "{head}");
    for text in ["one", "two"] {
        client.assert_silent(Duration::from_millis(20));
        sender.send(text).unwrap();
        expect(&mut client, &format!("3\r\n{text}\r\n"));
    }
    drop(sender);
    expect(&mut client, "0\r\n\r\n");
    assert_eq!(client.ask(get("/again")).text(), "GET /again\n");
}

#[test]
fn chunks_of_every_size_come_whole() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live");
    take_head(&mut client); // from here on senders wait for room
    let mut expected = Vec::new();
    for length in [1, 1023, 1024, 1025, 16_383, 40_000, 70_000, 1_000_000, 3] {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 7 / 3) as u8).collect();
        expected.extend_from_slice(&bytes);
        sender.send(bytes.clone()).unwrap();
        sender
            .send(Chunk::from(bytes.clone()).into_shared())
            .unwrap();
        expected.extend_from_slice(&bytes);
    }
    drop(sender);
    let mut taken = Vec::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.extend(client.take(1).expect("the size of a chunk"));
        }
        let size = std::str::from_utf8(&line).unwrap().trim_end();
        let size = usize::from_str_radix(size, 16).unwrap();
        taken.extend(client.take(size).unwrap());
        expect(&mut client, "\r\n");
        if size == 0 {
            break;
        }
    }
    assert!(taken == expected);
}

#[test]
fn a_client_of_http_1_0_gets_the_body_up_to_the_close() {
    let pages = OpenPages::new();
    let mut client = pages.running.connect();
    client.send("GET /live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let sender = pages.sender();
    let head = take_head(&mut client);
    assert!(
        !head.contains("chunked") && !head.contains("keep-alive"),
        "{head}"
    );
    sender.send("one").unwrap();
    expect(&mut client, "one");
    drop(sender);
    client.assert_closed();
}

#[test]
fn a_response_to_head_has_no_body_and_its_senders_see_that() {
    let pages = OpenPages::new();
    let mut client = pages.running.connect();
    client.send("HEAD /live HTTP/1.1\r\nHost: h\r\n\r\n");
    let sender = pages.sender();
    client.response_to_head();
    eventually("its sender sees that", || sender.is_closed());
    assert_eq!(client.ask(get("/again")).status, 200);
}

#[test]
fn a_declared_length_is_kept() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live/length");
    let head = take_head(&mut client);
    assert!(head.contains("Content-Length: 10\r\n"), "{head}");
    sender.send("five.").unwrap();
    expect(&mut client, "five.");
    sender.send("five. and what is too much").unwrap();
    expect(&mut client, "five.");
    // The response is over, whatever the sender does.
    assert_eq!(client.ask(get("/again")).status, 200);
    eventually("its sender sees that", || sender.is_closed());
    let line = "GET \"/live/length\": bytes beyond the Content-Length were cut\n";
    assert_eq!(pages.running.log(), line);

    let (mut client, sender) = pages.open("/live/length");
    sender.send("ten bytes.").unwrap();
    assert_eq!(client.response().text(), "ten bytes.");
    assert_eq!(client.ask(get("/again")).status, 200);
    eventually("its sender sees that", || sender.is_closed());

    let (mut client, sender) = pages.open("/live/length");
    sender.send("short").unwrap();
    drop(sender);
    let response = client.response();
    assert!(!response.complete && response.text() == "short");
    client.assert_closed();
    let line = "GET \"/live/length\": the body is 5 bytes short of its Content-Length\n";
    assert!(
        pages.running.log().ends_with(line),
        "{}",
        pages.running.log()
    );
}

#[test]
fn a_body_that_has_ended_before_it_is_returned_has_a_length() {
    let running = Running::new(
        |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let mut writer = start_response.start(Status::OK, ())?;
            std::io::Write::write_all(&mut writer, b"written, ")?;
            let (sender, body) = Body::channel(100);
            sender.send("sent")?;
            Ok(body)
        },
    );
    let mut client = Client::connect(running.address);
    for _ in 0..2 {
        let response = client.ask(get("/"));
        assert_eq!(response.header("Content-Length"), Some("13"));
        assert_eq!(response.text(), "written, sent");
    }
}

#[test]
fn written_bytes_come_before_the_chunks() {
    let running = Running::new(
        |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let mut writer = start_response.start(Status::OK, ())?;
            std::io::Write::write_all(&mut writer, b"flushed, ")?;
            std::io::Write::flush(&mut writer)?;
            std::io::Write::write_all(&mut writer, b"written, ")?;
            let (sender, body) = Body::channel(100);
            sender.send("sent")?;
            Ok(body)
        },
    );
    let response = running.connect().ask(get("/"));
    assert!(response.complete);
    assert_eq!(response.text(), "flushed, written, sent");
}

#[test]
fn pipelined_requests_wait_for_the_end_of_a_live_body() {
    let pages = OpenPages::new();
    let mut client = pages.running.connect();
    client.send(get("/before") + &get("/live") + &get("/after"));
    let sender = pages.sender();
    assert_eq!(client.response().text(), "GET /before\n");
    take_head(&mut client);
    client.send(get("/later"));
    client.assert_silent(Duration::from_millis(20));
    sender.send("now").unwrap();
    expect(&mut client, "3\r\nnow\r\n");
    drop(sender);
    expect(&mut client, "0\r\n\r\n");
    assert_eq!(client.response().text(), "GET /after\n");
    assert_eq!(client.response().text(), "GET /later\n");
}
