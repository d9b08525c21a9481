//! The ends of live bodies.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};

use wsgi_application::{
    Body, Environ, Filter, Head, Result, Scope, SendError, StartResponse, Status, application,
    filtered,
};
use wsgi_environ::End;

use crate::{
    open_pages::{OpenPages, expect, take_head},
    support::{PATIENCE, Running, eventually, get},
};

#[test]
fn a_page_that_ends_is_complete_and_its_hook_knows_its_length() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live/hooks");
    let clone = sender.clone();
    sender.send("one").unwrap();
    drop(sender);
    clone.send("two").unwrap();
    drop(clone);
    let response = client.response();
    assert_eq!((response.complete, response.text()), (true, "onetwo"));
    let outcome = pages.outcome();
    assert!(outcome.is_complete());
    assert_eq!(
        (outcome.status_code(), outcome.body_bytes()),
        (Some(200), 6)
    );
    pages.assert_no_outcome();
}

#[test]
fn a_failure_cuts_the_page_after_what_was_sent_and_is_logged_once() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live/hooks");
    take_head(&mut client);
    sender.send("sent").unwrap();
    let other = sender.clone();
    sender.fail("failed on purpose");
    other.fail("failed again");
    assert!(matches!(
        other.send("more"),
        Err(SendError::Failed | SendError::Closed)
    ));
    drop((sender, other));
    expect(&mut client, "4\r\nsent\r\n");
    client.assert_closed();
    assert_eq!(pages.outcome().end(), End::Failed);
    pages.assert_no_outcome();
    let line = "GET \"/live/hooks\": failed on purpose\n";
    assert_eq!(pages.running.log(), line);
}

#[test]
fn a_page_whose_thread_panics_is_cut() {
    let pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live/hooks");
    take_head(&mut client);
    let panics = move || {
        sender.send("sent").unwrap();
        panic!("on purpose");
    };
    assert!(std::thread::spawn(panics).join().is_err());
    expect(&mut client, "4\r\nsent\r\n");
    client.assert_closed();
    assert_eq!(pages.outcome().end(), End::Failed);
    let log = pages.running.log();
    assert!(log.contains("a thread panicked"), "{log}");
}

#[test]
fn a_failure_of_a_close_delimited_page_resets_the_connection() {
    let pages = OpenPages::new();
    let mut client = pages.running.connect();
    client.send("GET /live HTTP/1.0\r\n\r\n");
    let sender = pages.sender();
    take_head(&mut client);
    sender.send("sent").unwrap();
    expect(&mut client, "sent");
    sender.fail("failed on purpose");
    let error = io::Read::read(&mut client.stream, &mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_failure_before_the_body_is_returned_is_an_error_page() {
    let running = Running::with(
        |builder| builder.max_backtrace_lines(Some(0)),
        |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, ())?;
            let (sender, body) = Body::channel(100);
            sender.send("not seen")?;
            sender.fail("failed early");
            Ok(body)
        },
    );
    let mut client = running.connect();
    for _ in 0..2 {
        assert_eq!(client.ask(get("/a")).status, 500);
    }
    assert_eq!(running.log(), "GET \"/a\": failed early\n".repeat(2));
}

#[test]
fn senders_of_a_body_that_is_not_returned_see_that() {
    let (pass, passed) = mpsc::channel();
    let pass = std::sync::Mutex::new(pass);
    let running = Running::new(
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let (sender, body) = Body::channel(100);
            pass.lock().unwrap().send(sender)?;
            if environ.path_info() == "/error" {
                return Err("no body".into());
            }
            drop(body);
            start_response.start(Status::OK, ())?;
            Ok("another body".into())
        },
    );
    let mut client = running.connect();
    for path in ["/other", "/error"] {
        client.ask(get(path));
        let sender = passed.recv_timeout(PATIENCE).unwrap();
        eventually(path, || sender.is_closed());
    }
}

#[test]
fn senders_are_told_of_a_shutdown_and_can_end_their_pages() {
    let mut pages = OpenPages::new();
    let (mut first, first_sender) = pages.open("/live/hooks");
    let (mut second, second_sender) = pages.open("/live/hooks");
    take_head(&mut first);
    take_head(&mut second);
    assert!(!first_sender.is_draining());
    pages.running.handle.shutdown();
    for sender in [&first_sender, &second_sender] {
        eventually("it is told", || sender.is_draining());
        sender.send("bye").unwrap();
    }
    drop((first_sender, second_sender));
    for client in [&mut first, &mut second] {
        expect(client, "3\r\nbye\r\n0\r\n\r\n");
        client.assert_closed();
        assert!(pages.outcome().is_complete());
    }
    pages.running.join();
}

#[test]
fn open_pages_are_told_when_the_server_retires() {
    let mut pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live/hooks");
    take_head(&mut client);
    sender.send("one").unwrap();
    expect(&mut client, "3\r\none\r\n");
    assert!(!sender.is_draining());
    pages.running.handle.retire(Duration::from_secs(3600));
    eventually("it is told", || sender.is_draining());
    sender.send("bye").unwrap();
    drop(sender);
    expect(&mut client, "3\r\nbye\r\n0\r\n\r\n");
    assert!(pages.outcome().is_complete());
    drop(client);
    pages.running.join();
}

#[test]
fn a_page_that_begins_during_a_shutdown_is_told_too() {
    let (pass, passed) = mpsc::channel::<()>();
    let passed = std::sync::Mutex::new(passed);
    let (begin, began) = mpsc::channel();
    let begin = std::sync::Mutex::new(begin);
    let pages = OpenPages::behind(
        |builder| builder,
        move |app| {
            application(move |environ, start_response| {
                begin.lock().unwrap().send(())?;
                passed.lock().unwrap().recv()?;
                app.call(environ, start_response)
            })
        },
    );
    let mut client = pages.running.connect();
    client.send(get("/live"));
    began.recv_timeout(PATIENCE).unwrap();
    pages.running.handle.shutdown();
    pass.send(()).unwrap();
    let sender = pages.sender();
    eventually("it is told", || sender.is_draining());
    drop(sender);
    assert!(client.response().complete);
}

#[test]
fn pages_that_stay_open_are_cut_at_the_end_of_a_shutdown() {
    let mut pages = OpenPages::with(|builder| builder.shutdown_timeout(Duration::from_millis(100)));
    let (mut client, sender) = pages.open("/live/hooks");
    take_head(&mut client);
    pages.running.handle.shutdown();
    pages.running.join();
    assert!(sender.is_draining());
    // Another thread may have ended the loop before.
    eventually("the page is cut", || sender.is_closed());
    client.assert_closed();
    assert_eq!(pages.outcome().end(), End::Aborted);
    pages.assert_no_outcome();
    drop(sender);
}

#[test]
fn an_abort_cuts_open_pages() {
    let mut pages = OpenPages::new();
    let (mut client, sender) = pages.open("/live/hooks");
    take_head(&mut client);
    sender.send("seen").unwrap();
    expect(&mut client, "4\r\nseen\r\n");
    pages.running.handle.abort();
    pages.running.join();
    eventually("the page is cut", || sender.is_closed());
    assert_eq!(sender.send("unseen"), Err(SendError::Closed));
    client.assert_closed();
    let outcome = pages.outcome();
    assert_eq!((outcome.end(), outcome.body_bytes()), (End::Aborted, 4));
    pages.assert_no_outcome();
}

/// Shouts, and panics or fails when it is told to. Counts its drops.
struct Shout(Arc<AtomicUsize>);

impl Filter for Shout {
    fn head(&mut self, _head: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match chunk {
            b"panic" => panic!("panicked on purpose"),
            b"fail" => Err(io::Error::other("failed on purpose")),
            chunk => out.write_all(&chunk.to_ascii_uppercase()),
        }
    }
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"!")
    }
}

impl Drop for Shout {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        panic!("panicked on purpose when it was dropped");
    }
}

fn shouting() -> (OpenPages, Arc<AtomicUsize>) {
    let drops = Arc::new(AtomicUsize::new(0));
    let counter = drops.clone();
    let pages = OpenPages::behind(
        |builder| builder,
        |app| {
            application(move |environ, start_response| {
                if environ.path_info() == "/plain" {
                    return app.call(environ, start_response);
                }
                filtered(&app, Shout(counter.clone()), environ, start_response)
            })
        },
    );
    (pages, drops)
}

#[test]
fn filters_change_each_chunk() {
    let (pages, drops) = shouting();
    let (mut client, sender) = pages.open("/live/hooks");
    take_head(&mut client);
    sender.send("one").unwrap();
    expect(&mut client, "3\r\nONE\r\n");
    sender.send("two").unwrap();
    expect(&mut client, "3\r\nTWO\r\n");
    drop(sender);
    expect(&mut client, "1\r\n!\r\n0\r\n\r\n");
    let outcome = pages.outcome();
    assert!(
        outcome.is_complete() && outcome.body_bytes() == 7,
        "{outcome:?}"
    );
    assert_eq!(drops.load(SeqCst), 1);
    assert_eq!(client.ask(get("/plain")).text(), "GET /plain\n");
}

#[test]
fn a_filter_that_fails_or_panics_cuts_its_page_and_no_other() {
    let (pages, drops) = shouting();
    let (mut other, other_sender) = pages.open("/live");
    take_head(&mut other);
    for (number, (chunk, logged)) in [
        (
            "panic",
            "GET \"/live/hooks\": panicked: panicked on purpose\n",
        ),
        ("fail", "GET \"/live/hooks\": failed on purpose\n"),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut client, sender) = pages.open("/live/hooks");
        take_head(&mut client);
        sender.send(chunk).unwrap();
        client.assert_closed();
        assert_eq!(pages.outcome().end(), End::Failed, "{chunk}");
        eventually(chunk, || sender.is_closed());
        eventually(chunk, || drops.load(SeqCst) == number + 1);
        eventually(logged, || pages.running.log().ends_with(logged));
    }
    other_sender.send("fine").unwrap();
    expect(&mut other, "4\r\nFINE\r\n");
    drop(other);
    eventually("the filter is dropped", || drops.load(SeqCst) == 3);
    eventually("its sender sees that", || other_sender.is_closed());
    pages.assert_no_outcome();
}
