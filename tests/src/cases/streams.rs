//! Bodies that are sent while they are generated, and clients that leave.

use std::{
    io::{self, Write},
    iter, mem, thread,
    time::Duration,
};

use wsgi::{
    Application, Body, Environ, Filter, Head, Scope, StartResponse, Status, application, filtered,
};

use super::{LARGE, pattern, start};
use crate::{
    case::Case, expected::Expected, gateway::Gateway, notes::Notes, patience::PATIENCE,
    request::Request,
};

/// Header fields of plain text that nginx must not buffer.
const UNBUFFERED: [(&str, &str); 2] = [("Content-Type", "text/plain"), ("X-Accel-Buffering", "no")];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = streams().into_iter().collect::<Vec<_>>();
    cases.extend(leaving().map(|case| {
        case.differs(
            Gateway::is_apache_cgi,
            "Apache kills a program whose client left",
            Expected::nothing_noted,
        )
    }));
    cases
}

/// Clients that stay.
fn streams() -> [Case; 6] {
    let case = |name, application| {
        Case::new(
            name,
            application,
            Request::get("").telling("seen"),
            Expected::ok("first\nsecond\n"),
        )
    };
    [
        case(
            "a_chunk_is_seen_before_the_next_is_generated",
            Box::new(generating) as Box<dyn Application>,
        ),
        case(
            "flushed_bytes_are_seen_before_the_next_are_written",
            Box::new(flushing),
        ),
        case(
            "a_chunk_is_seen_although_a_filter_holds_it_back",
            Box::new(held(generating)),
        ),
        case(
            "flushed_bytes_are_seen_although_a_filter_holds_them_back",
            Box::new(held(flushing)),
        ),
        case(
            "a_chunk_of_a_live_page_is_seen_before_the_next_is_sent",
            Box::new(live),
        ),
        case(
            "a_chunk_of_a_live_page_is_seen_although_a_filter_holds_it_back",
            Box::new(held(live)),
        ),
    ]
}

/// Generates the second chunk once the first is seen.
pub(super) fn generating(
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> wsgi::Result {
    let notes = Notes::of(environ);
    start_response.start(Status::OK, UNBUFFERED)?;
    let mut at = 0;
    Ok(Body::chunks(iter::from_fn(move || {
        at += 1;
        match at {
            1 => Some(Ok("first\n")),
            2 => Some(seen(&notes)),
            _ => None,
        }
    })))
}

/// Writes the second line once the first is seen.
pub(super) fn flushing(
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> wsgi::Result {
    let notes = Notes::of(environ);
    let mut writer = start_response.start(Status::OK, UNBUFFERED)?;
    writer.write_all(b"first\n")?;
    writer.flush()?;
    writer.write_all(seen(&notes)?.as_bytes())?;
    Ok(Body::empty())
}

/// Sends the second line from another thread, once the first is seen.
pub(super) fn live(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    let notes = Notes::of(environ);
    start_response.start(Status::OK, UNBUFFERED)?;
    let (sender, body) = Body::channel(1024);
    thread::spawn(move || {
        let sent = sender.send("first\n");
        match seen(&notes) {
            Ok(second) => drop(sent.and_then(|()| sender.send(second))),
            Err(error) => sender.fail(error),
        }
    });
    Ok(body)
}

/// Middleware that holds bytes back until they are flushed, as a compressor does.
fn held(inner: impl Application) -> impl Application {
    application(move |environ, start_response| {
        filtered(&inner, Held(Vec::new()), environ, start_response)
    })
}

struct Held(Vec<u8>);

impl Filter for Held {
    fn head(&mut self, _head: &mut Head) -> wsgi::Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], _out: &mut dyn Write) -> io::Result<()> {
        self.0.extend_from_slice(chunk);
        Ok(())
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&mem::take(&mut self.0))
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.flush(out)
    }
}

/// Clients that leave.
fn leaving() -> [Case; 4] {
    [
        Case::new(
            "a_client_that_leaves_an_endless_body",
            application(|environ, start_response| {
                watch(environ);
                let notes = Notes::of(environ);
                start(start_response)?;
                Ok(Body::chunks(endless(notes)))
            }),
            Request::get("").leaving_after(100_000),
            Expected::ok(pattern(100_000))
                .cut()
                .noted("finished", "not complete")
                .noted("dropped", ""),
        ),
        Case::new(
            "a_client_that_leaves_endless_writing",
            application(|environ, start_response| {
                watch(environ);
                let notes = Notes::of(environ);
                let mut writer = start(start_response)?;
                for chunk in endless(notes) {
                    writer.write_all(chunk)?;
                }
                Ok(Body::empty())
            }),
            Request::get("").leaving_after(100_000),
            Expected::ok(pattern(100_000))
                .cut()
                .noted("finished", "not complete")
                .noted("dropped", ""),
        ),
        Case::new(
            "a_client_that_leaves_a_live_page",
            application(|environ, start_response| {
                watch(environ);
                start_response.start(Status::OK, UNBUFFERED)?;
                let (sender, body) = Body::channel(1024);
                // Some front servers only notice it when they have something to send.
                thread::spawn(move || {
                    while sender.send("beat\n").is_ok() {
                        thread::sleep(Duration::from_millis(10));
                    }
                });
                Ok(body)
            }),
            Request::get("").leaving_after(10),
            Expected::ok("beat\nbeat\n")
                .cut()
                .noted("finished", "not complete"),
        ),
        Case::new(
            "a_client_that_leaves_a_known_body",
            application(|environ, start_response| {
                watch(environ);
                start(start_response)?;
                Ok(pattern(LARGE).repeat(10).into())
            }),
            Request::get("").leaving_after(100_000),
            Expected::ok(pattern(100_000))
                .cut()
                .noted("finished", "not complete"),
        )
        .differs(
            Gateway::is_front,
            "a front server that keeps responses may have all of it before it sees the client leave",
            |expected| expected.noted("finished", ""),
        ),
    ]
}

/// The second piece. Waits until the client has received the first.
fn seen(notes: &Notes) -> Result<&'static str, String> {
    match notes.wait("seen", PATIENCE) {
        Some(_) => Ok("second\n"),
        None => Err("the first bytes were not seen".into()),
    }
}

/// Writes a note at the end of the request.
fn watch(environ: &mut Environ) {
    environ.on_finished(|environ, outcome| {
        let end = if outcome.is_complete() {
            "complete"
        } else {
            "not complete"
        };
        Notes::of(environ).write("finished", end);
    });
}

/// Endless chunks, which write a note when they are dropped.
fn endless(notes: Notes) -> impl Iterator<Item = &'static [u8]> {
    struct Guard(Notes);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.write("dropped", "");
        }
    }
    let guard = Guard(notes);
    iter::repeat_with(move || {
        let _ = &guard;
        pattern(251 * 100)
    })
}
