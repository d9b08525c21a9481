//! Open pages hold no thread, and no loop.

use std::{
    io::{self, Write},
    time::Duration,
};

use wsgi_application::{
    Application, Environ, Filter, Head, Result, Scope, StartResponse, filtered,
};

use crate::{
    open_pages::{OpenPages, expect, take_head},
    support::{Client, eventually, gate::Gate, get},
};

/// A server with one loop and four threads.
fn small(builder: wsgi_server::Builder) -> wsgi_server::Builder {
    builder.threads(1).max_threads(4)
}

/// Waits at the gate for `/wait`, and filters bodies through it for other paths with `filter`.
fn gated(gate: &Gate, app: Box<dyn Application>) -> impl Application + use<> {
    let gate = gate.clone();
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/wait" {
            gate.pass();
        }
        if environ.query_string() == "filter" {
            return filtered(&app, Gated(gate.clone()), environ, start_response);
        }
        app.call(environ, start_response)
    }
}

/// Has the chunk `wait` wait at the gate.
struct Gated(Gate);

impl Filter for Gated {
    fn head(&mut self, _head: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if chunk == b"wait" {
            self.0.pass();
        }
        out.write_all(chunk)
    }
}

/// Requests that hold a thread until the gate opens.
fn blocked(pages: &OpenPages, gate: &Gate, count: usize) -> Vec<Client> {
    let mut clients: Vec<_> = (0..count).map(|_| pages.running.connect()).collect();
    let before = gate.waiting();
    for client in &mut clients {
        client.send(get("/wait"));
    }
    eventually("they block", || gate.waiting() == before + count);
    clients
}

#[test]
fn two_hundred_open_pages_hold_no_thread() {
    let gate = Gate::default();
    let pages = OpenPages::behind(small, |app| gated(&gate, app));
    let mut open: Vec<_> = (0..200).map(|_| pages.open("/live")).collect();
    for (client, _) in &mut open {
        take_head(client);
    }
    eventually("no call is left", || pages.running.handle.calls() == 0);
    let mut client = pages.running.connect();
    assert_eq!(client.ask(get("/")).text(), "GET /\n");
    // All of the other threads are held, and the pages go on.
    let mut others = blocked(&pages, &gate, 3);
    let chunk = wsgi_application::Chunk::from("tick".to_owned()).into_shared();
    for (_, sender) in &open {
        sender.try_send(chunk.clone()).unwrap();
    }
    for (client, _) in &mut open {
        expect(client, "4\r\ntick\r\n");
    }
    gate.open();
    for client in &mut others {
        assert_eq!(client.response().status, 200);
    }
    let (clients, senders): (Vec<_>, Vec<_>) = open.into_iter().unzip();
    drop(senders);
    for mut client in clients {
        expect(&mut client, "0\r\n\r\n");
    }
}

#[test]
fn chunks_come_while_the_loop_goes_to_other_threads() {
    let gate = Gate::default();
    let pages = OpenPages::behind(small, |app| gated(&gate, app));
    let (mut client, sender) = pages.open("/live");
    take_head(&mut client);
    for number in 1..=3 {
        // Each of these calls takes the thread that runs the loop.
        blocked(&pages, &gate, 1)
            .into_iter()
            .for_each(std::mem::forget);
        let text = format!("{number}");
        sender.send(text.clone()).unwrap();
        expect(&mut client, &format!("1\r\n{text}\r\n"));
    }
    gate.open();
    drop(sender);
    expect(&mut client, "0\r\n\r\n");
}

#[test]
fn a_filter_that_blocks_holds_up_only_its_own_page() {
    let gate = Gate::default();
    let pages = OpenPages::behind(small, |app| gated(&gate, app));
    let (mut held, held_sender) = pages.open("/live?filter");
    let (mut other, other_sender) = pages.open("/live?filter");
    take_head(&mut held);
    take_head(&mut other);
    held_sender.send("wait").unwrap();
    eventually("it blocks", || gate.waiting() == 1);
    held_sender.send("after").unwrap();
    for _ in 0..3 {
        other_sender.send("tick").unwrap();
        expect(&mut other, "4\r\ntick\r\n");
    }
    assert_eq!(pages.running.connect().ask(get("/")).status, 200);
    held.assert_silent(Duration::from_millis(20));
    gate.open();
    expect(&mut held, "4\r\nwait\r\n5\r\nafter\r\n");
    drop(held_sender);
    expect(&mut held, "0\r\n\r\n");
}

#[test]
fn filters_and_failures_wait_for_a_thread_while_plain_pages_go_on() {
    let gate = Gate::default();
    let pages = OpenPages::behind(small, |app| gated(&gate, app));
    let (mut filtered, filtered_sender) = pages.open("/live?filter");
    let (mut failed, failed_sender) = pages.open("/live");
    let (mut plain, plain_sender) = pages.open("/live");
    for client in [&mut filtered, &mut failed, &mut plain] {
        take_head(client);
    }
    let others = blocked(&pages, &gate, 3);
    filtered_sender.send("filtered").unwrap();
    failed_sender.fail("failed on purpose");
    plain_sender.send("plain").unwrap();
    expect(&mut plain, "5\r\nplain\r\n");
    filtered.assert_silent(Duration::from_millis(50));
    assert_eq!(pages.running.log(), "");
    gate.open();
    expect(&mut filtered, "8\r\nfiltered\r\n");
    failed.assert_closed();
    assert_eq!(pages.running.log(), "GET \"/live\": failed on purpose\n");
    drop(others);
}

#[test]
fn what_is_filtered_is_sent_while_no_thread_is_free() {
    let gate = Gate::default();
    let pages = OpenPages::behind(small, |app| gated(&gate, app));
    let (mut client, sender) = pages.open("/live?filter");
    take_head(&mut client);
    // More than the sockets take at once.
    let large = "x".repeat(16 << 20);
    sender.send(large.clone()).unwrap();
    expect(&mut client, "1000000\r\nx");
    let others = blocked(&pages, &gate, 3);
    assert!(client.take(large.len() - 1).unwrap() == large.as_bytes()[1..]);
    expect(&mut client, "\r\n");
    gate.open();
    sender.send("after").unwrap();
    expect(&mut client, "5\r\nafter\r\n");
    drop(others);
}

#[test]
fn a_wait_for_a_thread_is_no_time_of_the_client() {
    const WRITE_TIMEOUT: Duration = Duration::from_millis(300);
    let gate = Gate::default();
    let options = |builder| small(builder).write_timeout(WRITE_TIMEOUT);
    let pages = OpenPages::behind(options, |app| gated(&gate, app));
    let (mut client, sender) = pages.open("/live?filter");
    take_head(&mut client);
    sender.send("before").unwrap();
    expect(&mut client, "6\r\nbefore\r\n");
    let others = blocked(&pages, &gate, 3);
    sender.send("meanwhile").unwrap();
    client.assert_silent(3 * WRITE_TIMEOUT);
    assert!(!sender.is_closed());
    gate.open();
    expect(&mut client, "9\r\nmeanwhile\r\n");
    drop(others);
}
