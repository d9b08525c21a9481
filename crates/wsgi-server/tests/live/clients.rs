//! Clients of live bodies: those that leave, and those that are slow.

use std::{thread, time::Duration};

use wsgi_application::{Chunk, SendError};
use wsgi_environ::End;

use crate::{
    open_pages::{LIMIT, OpenPages, expect, take_head},
    support::{Client, eventually, get, joined, unless_starved},
};

/// The time that a client may be slow here.
const WRITE_TIMEOUT: Duration = Duration::from_millis(300);

/// A way of a client to leave.
type Leave = fn(Client);

#[test]
fn a_client_that_leaves_is_noticed_although_nothing_is_sent() {
    let ways: [(&str, Leave); 3] = [
        ("closes", |client| drop(client)),
        ("resets", |client| client.reset()),
        ("ends its side", |client| {
            client.finish();
            let mut client = client;
            client.take_all();
        }),
    ];
    let pages = OpenPages::new();
    for (name, leave) in ways {
        let (mut client, sender) = pages.open("/live/hooks");
        take_head(&mut client);
        sender.send("seen").unwrap();
        expect(&mut client, "4\r\nseen\r\n");
        assert!(!sender.is_closed());
        leave(client);
        eventually(name, || sender.is_closed());
        assert_eq!(sender.send("unseen"), Err(SendError::Closed));
        let outcome = pages.outcome();
        assert_eq!(outcome.end(), End::Disconnected, "{name}");
        assert_eq!(outcome.status_code(), Some(200));
    }
    pages.assert_no_outcome();
    assert_eq!(pages.running.log(), "", "it is nobody's failure");
}

#[test]
fn a_client_that_sends_further_requests_and_leaves_is_noticed() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live");
    take_head(&mut client);
    client.send(get("/unanswered"));
    drop(client);
    eventually("it is noticed", || sender.is_closed());
}

#[test]
fn a_client_that_ended_its_side_before_still_gets_what_is_there() {
    let pages = OpenPages::behind(
        |builder| builder,
        |app| {
            wsgi_application::application(move |environ, start_response| {
                // The client has ended its side for sure when the body is returned.
                eventually("it has ended its side", || !environ.is_client_connected());
                app.call(environ, start_response)
            })
        },
    );
    let mut client = pages.running.connect();
    client.send(get("/live"));
    client.finish();
    let sender = pages.sender();
    let _ = sender.send("late");
    let all = String::from_utf8(client.take_all()).unwrap();
    assert!(all.contains("chunked\r\n"), "{all}");
    eventually("it is noticed", || sender.is_closed());
}

#[test]
fn a_client_that_leaves_wakes_senders_that_wait_for_room() {
    let pages = OpenPages::new();
    let mut client = Client::with_small_buffer(pages.running.address);
    client.send(get("/live/hooks"));
    let sender = pages.sender();
    take_head(&mut client);
    let (waiting, chunk) = (sender.clone(), Chunk::from(vec![b'x'; LIMIT]).into_shared());
    let large = chunk.clone();
    let thread = thread::spawn(move || {
        while waiting.send(large.clone()).is_ok() {}
        assert_eq!(waiting.send("more"), Err(SendError::Closed));
    });
    let mut full = 0;
    eventually("it waits", || {
        // A smaller chunk would find room whenever it came just before one of the other sender.
        full = match sender.try_send(chunk.clone()) {
            Err(SendError::Full) => full + 1,
            _ => 0,
        };
        full > 20
    });
    client.reset();
    joined("the sender hears of it", thread);
    assert_eq!(pages.outcome().end(), End::Disconnected);
    pages.assert_no_outcome();
}

#[test]
fn a_client_that_takes_nothing_is_cut_by_the_write_deadline() {
    let pages = OpenPages::with(|builder| builder.write_timeout(WRITE_TIMEOUT).min_rate(0));
    let mut client = Client::with_small_buffer(pages.running.address);
    client.send(get("/live/hooks"));
    let sender = pages.sender();
    take_head(&mut client);
    let chunk = Chunk::from(vec![b'x'; LIMIT]).into_shared();
    let mut sent = 0;
    eventually("it is cut", || {
        // The sender's own deadline is as long as that of the client. On a busy machine, it passes
        // while there would be room.
        match sender.send(chunk.clone()) {
            Ok(()) => sent += LIMIT,
            Err(error) => assert!([SendError::Closed, SendError::TimedOut].contains(&error)),
        }
        sender.is_closed()
    });
    let outcome = pages.outcome();
    assert_eq!(outcome.end(), End::TimedOut);
    assert!(outcome.body_bytes() < sent as u64);
    assert!(client.take_all().len() < sent);
    pages.assert_no_outcome();
}

#[test]
fn a_slow_client_gets_everything_and_holds_no_more_than_the_limit() {
    let pages = OpenPages::new();
    let mut client = Client::with_small_buffer(pages.running.address);
    client.send(get("/live/hooks"));
    let sender = pages.sender();
    take_head(&mut client);
    const CHUNKS: usize = 2000;
    let times = |number: usize| if number.is_multiple_of(7) { 10_000 } else { 10 };
    let text = move |number: usize| format!("{number:05}").repeat(times(number));
    let thread = thread::spawn(move || {
        for number in 0..CHUNKS {
            sender.send(text(number)).unwrap();
        }
    });
    thread::sleep(Duration::from_millis(50));
    assert!(!thread.is_finished(), "the limit holds the sender back");
    for number in 0..CHUNKS {
        let text = text(number);
        expect(&mut client, &format!("{:x}\r\n{text}\r\n", text.len()));
    }
    expect(&mut client, "0\r\n\r\n");
    joined("everything is sent", thread);
    let outcome = pages.outcome();
    assert!(outcome.is_complete());
    let of_large = CHUNKS.div_ceil(7);
    assert_eq!(
        outcome.body_bytes() as usize,
        of_large * 50_000 + (CHUNKS - of_large) * 50
    );
}

#[test]
fn a_page_that_waits_for_its_application_is_not_cut() {
    unless_starved(|| {
        let short = Duration::from_millis(500);
        let pages = OpenPages::with(|builder| {
            builder
                .write_timeout(short)
                .keep_alive(short)
                .first_request_timeout(short)
        });
        let (mut client, sender) = pages.open("/live");
        take_head(&mut client);
        for _ in 0..2 {
            client.assert_silent(2 * short);
            sender.send("still here").unwrap();
            expect(&mut client, "a\r\nstill here\r\n");
        }
    });
}

#[test]
fn the_time_of_a_whole_response_ends_a_page_that_waits() {
    unless_starved(|| {
        let timeout = Duration::from_secs(1);
        let pages = OpenPages::with(|builder| builder.response_timeout(timeout));
        let (mut client, sender) = pages.open("/live/hooks");
        take_head(&mut client);
        sender.send("seen").unwrap();
        expect(&mut client, "4\r\nseen\r\n");
        let outcome = pages.outcome();
        assert_eq!(outcome.end(), End::TimedOut);
        assert!(outcome.duration() >= timeout);
        eventually("its sender sees that", || sender.is_closed());
        client.assert_closed();
    });
}
