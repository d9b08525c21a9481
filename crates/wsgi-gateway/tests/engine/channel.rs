//! Live bodies: left to a gateway that drains them, or sent while they come.

use std::{
    io,
    sync::{
        Mutex,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use wsgi_application::{
    Application, Body, Environ, Head, Result, SendError, Sender, StartResponse, Status,
};
use wsgi_environ::Errors;
use wsgi_gateway::{Engine, Exchange, Framing, Live, Piece, Rest, Rules, Transport};

use crate::memory::Request;

const LIMIT: usize = 100;

/// An application that returns a channel, and what `prepare` does with its sender before.
fn live(
    declared: Option<&'static str>,
    prepare: impl Fn(&Sender) + Send + Sync,
) -> (impl Application, Receiver<Sender>) {
    let (pass, passed) = mpsc::channel();
    let pass = Mutex::new(pass);
    let app = move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let fields: Vec<_> = declared
            .map(|length| ("Content-Length", length))
            .into_iter()
            .collect();
        start_response.start(Status::OK, fields)?;
        let (sender, body) = Body::channel(LIMIT);
        prepare(&sender);
        pass.lock().unwrap().send(sender)?;
        Ok(body)
    };
    (app, passed)
}

/// A gateway that drains channels.
#[derive(Default)]
struct Draining {
    framing: Option<Framing>,
    body: Vec<u8>,
}

impl Transport for Draining {
    fn head(&mut self, _: &Head, framing: Framing) -> io::Result<()> {
        self.framing = Some(framing);
        Ok(())
    }
    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.body.extend_from_slice(bytes);
        Ok(())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn channel_patience(&self) -> Option<Duration> {
        Some(Duration::from_millis(50))
    }
}

fn engine() -> Engine {
    Engine::new().max_backtrace_lines(Some(0))
}

/// The rest of the response to `GET /live`, which must be live.
#[track_caller]
fn rest(app: &impl Application) -> Box<Live> {
    let mut environ = Environ::new();
    environ.set("REQUEST_METHOD", "GET");
    environ.set("SCRIPT_NAME", "/site");
    environ.set("PATH_INFO", "/live");
    environ.set("UNIQUE_ID", "7f");
    let rules = Rules {
        head_only: false,
        chunked: true,
    };
    let mut draining = Draining::default();
    let mut exchange = Exchange::new();
    let delivery = engine().respond(app, &mut environ, rules, &mut exchange, &mut draining);
    assert!(delivery.is_complete() && draining.framing.is_some() && draining.body.is_empty());
    assert_eq!(delivery.body_bytes(), 0);
    match delivery.rest {
        Rest::Live(live) => live,
        rest => panic!("{rest:?}"),
    }
}

/// The pieces that are there, as text.
fn pieces(live: &mut Live) -> String {
    let mut text = String::new();
    loop {
        text += &match live.next_piece() {
            Piece::Chunk(chunk) => format!("{} ", String::from_utf8_lossy(&chunk)),
            Piece::Nothing => return text + "...",
            Piece::End => return text + "end",
            _ => return text + "broken",
        };
    }
}

/// The report about a body.
fn report(live: &mut Live) -> String {
    let (errors, log) = Errors::buffer();
    engine().report(live, &errors);
    engine().report(live, &errors); // tells nothing twice
    log.to_string()
}

#[test]
fn a_gateway_that_drains_channels_takes_the_pieces_when_they_come() {
    let (app, senders) = live(None, |_| {});
    let mut rest = rest(&app);
    let sender = senders.recv().unwrap();
    let (tell, told) = mpsc::channel();
    rest.notify(move || tell.send(()).unwrap());
    assert_eq!(pieces(&mut rest), "...");
    assert!(told.try_recv().is_err());
    sender.send("one").unwrap();
    told.try_recv().unwrap();
    sender.send("two").unwrap();
    assert_eq!(pieces(&mut rest), "one two ...");
    assert!(!rest.has_report() && !rest.is_filtered());
    rest.set_draining();
    assert!(sender.is_draining());
    drop(sender);
    assert_eq!(pieces(&mut rest), "end");
    assert_eq!(pieces(&mut rest), "end");
    assert!(!rest.has_report());
    assert_eq!(report(&mut rest), "");
}

#[test]
fn the_pieces_keep_to_the_declared_length() {
    for (sent, ends, pieces_now, logged) in [
        (&["12345"][..], false, "12345 ...", ""),
        (&["12345", "67890"], false, "12345 67890 end", ""),
        (&["12345", "67890"], true, "12345 67890 end", ""),
        (
            &["12345", "678901"],
            false,
            "12345 67890 end",
            "bytes beyond the Content-Length were cut",
        ),
        (
            &["1234567890", "1"],
            true,
            "1234567890 end",
            "bytes beyond the Content-Length were cut",
        ),
        (
            &["12345"],
            true,
            "12345 broken",
            "the body is 5 bytes short of its Content-Length",
        ),
    ] {
        let (app, senders) = live(Some("10"), |_| {});
        let mut rest = rest(&app);
        let sender = senders.recv().unwrap();
        for chunk in sent {
            sender.send(*chunk).unwrap();
        }
        let kept = (!ends).then_some(sender);
        assert_eq!(pieces(&mut rest), pieces_now, "{sent:?}");
        let is_over = !pieces_now.ends_with("...");
        let is_right = |sender: &Sender| sender.is_closed() == is_over;
        assert!(kept.as_ref().is_none_or(is_right));
        assert_eq!(rest.has_report(), !logged.is_empty(), "{sent:?}");
        let entry = match logged {
            "" => String::new(),
            logged => format!("[7f] GET \"/site/live\": {logged}\n"),
        };
        assert_eq!(report(&mut rest), entry, "{sent:?}");
        let last = pieces_now.rsplit(' ').next().unwrap();
        assert_eq!(pieces(&mut rest), last, "after the report");
    }
}

#[test]
fn a_failure_breaks_the_body_off_and_is_reported_once() {
    let (app, senders) = live(None, |_| {});
    let mut rest = rest(&app);
    let sender = senders.recv().unwrap();
    sender.send("one").unwrap();
    sender.fail("failed on purpose");
    assert!(!rest.has_report());
    assert_eq!(pieces(&mut rest), "one broken");
    assert!(rest.has_report());
    let entry = "[7f] GET \"/site/live\": failed on purpose\n";
    assert_eq!(report(&mut rest), entry);
    assert_eq!(pieces(&mut rest), "broken");
}

#[test]
fn a_failure_that_is_the_clients_is_not_reported() {
    let (app, senders) = live(None, |_| {});
    let mut rest = rest(&app);
    senders.recv().unwrap().fail(wsgi_application::Disconnected);
    assert_eq!(pieces(&mut rest), "broken");
    assert_eq!(report(&mut rest), "");
}

#[test]
fn a_failure_before_the_head_is_answered_by_the_error_output() {
    let (app, senders) = live(None, |sender| {
        sender.send("not seen").unwrap();
        sender.fail("failed on purpose");
    });
    let text = "500 Internal Server Error +length 26 (26), \
                rest \"500 Internal Server Error\\n\", complete";
    Request::get()
        .run(app)
        .is("failed", text)
        .has_log("GET \"/\": failed on purpose\n");
    assert!(senders.recv().unwrap().is_closed());
}

#[test]
fn a_response_without_a_body_closes_the_channel() {
    let (app, senders) = live(None, |_| {});
    Request::head()
        .run(app)
        .is("HEAD", "200 OK (none), complete");
    assert!(senders.recv().unwrap().is_closed());
}

#[test]
fn another_gateway_waits_for_each_chunk() {
    for (request, ends, transcript, log) in [
        (
            Request::get(),
            true,
            "200 OK (chunked), flush, \"one\", flush, 100 bytes, flush, complete",
            "",
        ),
        (
            Request::http10(),
            true,
            "200 OK (close), flush, \"one\", flush, 100 bytes, flush, complete",
            "",
        ),
        (
            Request::get(),
            false,
            "200 OK (chunked), flush, \"one\", flush, 100 bytes, flush, failed",
            "GET \"/\": failed on purpose\n",
        ),
    ] {
        let (app, senders) = live(None, |_| {});
        let sending = thread::spawn(move || {
            let sender = senders.recv().unwrap();
            sender.send("one").unwrap();
            // Once there is room for it, the body is handed over and the head is out.
            while let Err(error) = sender.send(vec![b'x'; LIMIT]) {
                assert_eq!(error, SendError::NotReturned);
                thread::sleep(Duration::from_millis(1));
            }
            if !ends {
                sender.fail("failed on purpose");
            }
        });
        request.run(app).is("waits", transcript).has_log(log);
        sending.join().unwrap();
    }
}

#[test]
fn a_client_that_is_gone_closes_the_channel_of_a_gateway_that_waits() {
    let (app, senders) = live(None, |sender| sender.send("one").unwrap());
    Request::get()
        .client_leaves_after(2)
        .run(app)
        .is("gone", "200 OK (chunked), flush, disconnected")
        .has_log("");
    assert!(senders.recv().unwrap().is_closed());
}

#[test]
fn a_client_that_leaves_while_nothing_is_sent_is_noticed() {
    // The sender is kept, so the body does not end.
    let (app, senders) = live(None, |sender| sender.send("one").unwrap());
    // It leaves once it has the head, the chunk and what was flushed.
    Request::get()
        .client_leaves_after(4)
        .run(app)
        .is(
            "gone",
            "200 OK (chunked), flush, \"one\", flush, disconnected",
        )
        .has_log("");
    assert!(senders.recv().unwrap().is_closed());
}
