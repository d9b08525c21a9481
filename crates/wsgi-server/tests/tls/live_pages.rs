//! Live bodies through TLS.

use std::sync::{Mutex, mpsc};

use rustls::version::{TLS12, TLS13};
use wsgi_application::{Body, Sender, Status, application};

use crate::{
    client::{Authority, tcp},
    support::{PATIENCE, Running, eventually, get},
};

/// A server with open pages, whose senders come through the channel.
fn serve(authority: &Authority) -> (Running, mpsc::Receiver<Sender>) {
    let (pass, passed) = mpsc::channel();
    let pass = Mutex::new(pass);
    let running = authority.serve(application(move |_environ, start_response| {
        start_response.start(Status::OK, ())?;
        let (sender, body) = Body::channel(64 * 1024);
        pass.lock().unwrap().send(sender)?;
        Ok(body)
    }));
    (running, passed)
}

#[test]
fn chunks_leave_when_they_come_and_the_page_ends() {
    let authority = Authority::new();
    let (running, senders) = serve(&authority);
    for version in [&TLS12, &TLS13] {
        let mut client = authority.connect_with(tcp(&running), &[version]);
        for _ in 0..2 {
            client.send(get("/"));
            let sender = senders.recv_timeout(PATIENCE).unwrap();
            let head = client.take_until("\r\n\r\n");
            assert!(head.contains("chunked"), "{head}");
            for text in ["one", "two"] {
                sender.send(text).unwrap();
                let chunk = format!("3\r\n{text}\r\n");
                assert_eq!(client.take_until(&chunk), chunk);
            }
            let large = "large".repeat(10_000);
            sender.send(large.clone()).unwrap();
            let chunk = format!("{:x}\r\n{large}\r\n", large.len());
            assert_eq!(client.take_until("large\r\n"), chunk);
            drop(sender);
            client.take_until("0\r\n\r\n");
        }
    }
}

#[test]
fn a_client_that_leaves_is_noticed_with_and_without_a_goodbye() {
    let authority = Authority::new();
    let (running, senders) = serve(&authority);
    for says_goodbye in [true, false] {
        let mut client = authority.connect(&running);
        client.send(get("/"));
        let sender = senders.recv_timeout(PATIENCE).unwrap();
        client.take_until("\r\n\r\n");
        assert!(!sender.is_closed());
        if says_goodbye {
            client.say_goodbye();
        }
        drop(client);
        eventually("it is noticed", || sender.is_closed());
    }
}
