//! Applications that read the body of a request on another thread.

use std::{
    io::{BufRead, Read},
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use wsgi_application::{Application, Body, Status, application};
use wsgi_environ::{Input, InputError};
use wsgi_middleware::{Cascade, not_found};
use wsgi_testing::Request;

use super::echo;

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A body that says when it is dropped, since the sender is dropped with it.
struct Unread(#[expect(dead_code, reason = "only its drop counts")] Sender<()>);

impl Iterator for Unread {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        Some("not found")
    }
}

/// The events that a thread and its request tell each other.
struct Events {
    /// The thread has begun to read.
    begun: Sender<()>,
    /// Disconnected once the response was dropped.
    dropped: Receiver<()>,
}

impl Events {
    fn begin(&self) {
        self.begun.send(()).unwrap();
    }

    fn wait(&self) {
        assert!(self.dropped.recv().is_err());
    }
}

/// Answers 404 once another thread, which gets the body of the request, has begun to read.
fn on_a_thread(work: impl Fn(Input, Events) + Clone + Send + Sync + 'static) -> impl Application {
    application(move |environ, start_response| {
        let (input, work) = (environ.take_input(), work.clone());
        let ((sender, dropped), (begun, has_begun)) = (channel(), channel());
        thread::spawn(move || work(input, Events { begun, dropped }));
        has_begun.recv_timeout(PATIENCE)?;
        start_response.start(Status::NOT_FOUND, ())?;
        Ok(Body::chunks(Unread(sender)))
    })
}

#[test]
fn a_thread_may_keep_the_body_until_the_response_is_dropped() {
    let first = on_a_thread(|mut input, events| {
        input.read_exact(&mut [0; 2]).unwrap();
        events.begin();
        events.wait();
    });
    let site = Cascade::new().then(first).then(echo);
    for _ in 0..20 {
        let response = Request::post("/").body("a form").call(&site);
        assert_eq!((response.text(), response.errors()), ("a form", ""));
    }
}

#[test]
fn a_thread_that_goes_on_reading_finds_the_body_closed() {
    let (sender, found) = channel();
    let sender = Mutex::new(sender);
    let sender: &'static _ = Box::leak(Box::new(sender));
    let first = on_a_thread(move |mut input, events| {
        assert_eq!(input.fill_buf().unwrap(), b"a form");
        events.begin();
        events.wait();
        input.consume(2);
        let error = input.fill_buf().unwrap_err();
        let sender = sender.lock().unwrap().clone();
        sender.send(InputError::of(&error).copied()).unwrap();
    });
    let site = Cascade::new().then(first).then(echo);
    let response = Request::post("/").body("a form").call(&site);
    assert_eq!((response.text(), response.errors()), ("a form", ""));
    assert_eq!(
        found.recv_timeout(PATIENCE).unwrap(),
        Some(InputError::Closed)
    );
}

#[test]
fn a_thread_that_lingers_with_a_closed_body_holds_up_no_cascade_around_its_own() {
    let (sender, ends) = channel();
    let ends: &'static Mutex<Receiver<()>> = Box::leak(Box::new(Mutex::new(ends)));
    let first = on_a_thread(move |mut input, events| {
        input.read_exact(&mut [0; 2]).unwrap();
        events.begin();
        events.wait();
        assert!(input.fill_buf().is_err());
        assert!(ends.lock().unwrap().recv().is_err());
        drop(input);
    });
    let inner = Cascade::new().then(first).then(not_found);
    let site = Cascade::new().then(inner).then(echo);
    let response = Request::post("/").body("a form").call(&site);
    assert_eq!((response.text(), response.errors()), ("a form", ""));
    drop(sender);
}

/// A client that sends its body in parts.
struct Parts(Receiver<&'static str>);

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let part = self.0.recv().unwrap_or_default();
        buffer[..part.len()].copy_from_slice(part.as_bytes());
        Ok(part.len())
    }
}

#[test]
fn a_thread_may_wait_for_the_client_meanwhile() {
    let (client, parts) = channel();
    client.send("a ").unwrap();
    let client = Mutex::new(Some(client));
    let client: &'static Mutex<_> = Box::leak(Box::new(client));
    let first = on_a_thread(move |mut input, events| {
        input.read_exact(&mut [0; 2]).unwrap();
        events.begin();
        thread::spawn(move || {
            events.wait();
            let client = client.lock().unwrap().take().unwrap();
            client.send("form").unwrap();
        });
        // The rest comes once the response was dropped, and is for the next application.
        assert!(input.read(&mut [0; 4]).is_err());
    });
    let parts = Mutex::new(Some(Parts(parts)));
    let cascade = Cascade::new().then(first).then(echo);
    let site = application(move |environ, start_response| {
        let parts = parts.lock().unwrap().take().unwrap();
        environ.set_input(Input::from_reader(parts, Some(6)));
        cascade.call(environ, start_response)
    });
    let response = Request::post("/").call(&site);
    assert_eq!((response.text(), response.errors()), ("a form", ""));
}
