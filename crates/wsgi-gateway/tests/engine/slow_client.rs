//! Chunks of an iterator that are left to a gateway because the client is slow.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use wsgi_application::{Body, Environ, Head, Result, StartResponse, Status, application};
use wsgi_gateway::{Delivery, Engine, Exchange, Framing, Piece, Rest, Rules, Transport};

/// A client that takes this number of chunks at once, each of at most ten bytes.
struct Slow {
    takes: usize,
    body: String,
}

impl Transport for Slow {
    fn head(&mut self, _: &Head, _: Framing) -> io::Result<()> {
        Ok(())
    }
    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.body += &String::from_utf8_lossy(bytes);
        Ok(())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.body += "(waits)";
        Ok(())
    }
    fn chunk_limit(&self) -> Option<usize> {
        Some(10)
    }
    fn try_flush(&mut self) -> io::Result<bool> {
        self.takes = self.takes.saturating_sub(1);
        Ok(self.takes > 0)
    }
}

fn respond(
    takes: usize,
    environ: &mut Environ,
    app: impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync,
) -> (String, Delivery) {
    let mut slow = Slow {
        takes,
        body: String::new(),
    };
    environ.set("REQUEST_METHOD", "GET");
    let rules = Rules {
        head_only: false,
        chunked: true,
    };
    let engine = Engine::new().max_backtrace_lines(Some(0));
    let app = application(app);
    let delivery = engine.respond(&app, environ, rules, &mut Exchange::new(), &mut slow);
    (slow.body, delivery)
}

/// The rest of a response as text, with its end.
fn rest(delivery: Delivery) -> String {
    let Rest::Live(mut live) = delivery.rest else {
        return "nothing".to_owned();
    };
    assert!(live.is_filtered() && live.may_wait());
    let mut text = String::new();
    loop {
        text += &match live.next_piece() {
            Piece::Chunk(chunk) => format!("{} ", String::from_utf8_lossy(&chunk)),
            Piece::End => return text + "end",
            Piece::Broken => return text + "broken",
            piece => panic!("{piece:?}"),
        };
    }
}

#[track_caller]
fn check(takes: usize, declared: Option<&'static str>, sent: &str, left: &str) {
    let dropped = Arc::new(AtomicUsize::new(0));
    let alive = dropped.clone();
    let (body, delivery) = respond(takes, &mut Environ::new(), move |_, start_response| {
        let fields: Vec<_> = declared
            .map(|length| ("Content-Length", length))
            .into_iter()
            .collect();
        start_response.start(Status::OK, fields)?;
        let alive = OnDrop(alive.clone());
        let chunks = ["one", "", "two", "a chunk that is large", "", "four"];
        Ok(Body::chunks(chunks.into_iter().inspect(move |_| {
            let _alive = &alive;
        })))
    });
    assert!(delivery.is_complete());
    assert_eq!(body, sent);
    assert_eq!(rest(delivery), left);
    assert_eq!(dropped.load(SeqCst), 1, "the iterator is dropped once");
}

/// Counts its drop.
struct OnDrop(Arc<AtomicUsize>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn what_a_slow_client_has_not_taken_is_left_in_order() {
    check(1, None, "one", "two a chunk that is large four end");
    check(2, None, "onetwo", "a chunk that is large four end");
    // It takes everything, but this chunk is too large to be sent without a wait.
    check(9, None, "onetwo", "a chunk that is large four end");
}

#[test]
fn what_is_left_keeps_to_the_declared_length() {
    check(1, Some("31"), "one", "two a chunk that is large four end");
    check(1, Some("8"), "one", "two a  end");
    check(1, Some("3"), "one", "end");
    check(
        1,
        Some("32"),
        "one",
        "two a chunk that is large four broken",
    );
}

#[test]
fn a_request_with_a_deadline_is_sent_by_its_thread() {
    let mut environ = Environ::new();
    environ.set_deadline(Instant::now() + Duration::from_secs(3600));
    let (body, delivery) = respond(1, &mut environ, |_, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks(["one", "a chunk that is large"]))
    });
    assert_eq!(body, "one(waits)a chunk that is large(waits)");
    assert_eq!(rest(delivery), "nothing");
}

#[test]
fn an_iterator_that_panics_later_breaks_the_body_off() {
    let (_, delivery) = respond(1, &mut Environ::new(), |_, start_response| {
        start_response.start(Status::OK, ())?;
        let chunks = (0..3).map(|number: u32| {
            assert!(number < 2, "on purpose");
            number.to_string()
        });
        Ok(Body::chunks(chunks))
    });
    assert_eq!(rest(delivery), "1 broken");
}
