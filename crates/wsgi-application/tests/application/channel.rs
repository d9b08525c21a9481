//! Live bodies: senders, and the gateway that takes the chunks.

use std::{
    collections::HashMap,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{
    Body, Chunk, Content, Environ, Error, Exchange, Filter, Head, Received, Receiver, Result,
    Scope, SendError, Sender, StartResponse, Status, application, filtered,
};

/// The time that a sender waits here for room that never comes.
const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(20);

fn receiver(body: Body) -> Box<Receiver> {
    let Content::Channel(receiver) = body.into_content() else {
        panic!("the body is no channel");
    };
    receiver
}

fn channel(limit: usize) -> (Sender, Box<Receiver>) {
    let (sender, body) = Body::channel(limit);
    (sender, receiver(body))
}

/// The chunk that is there.
#[track_caller]
fn chunk(receiver: &mut Receiver) -> String {
    match receiver.try_next() {
        Ok(Received::Chunk(chunk)) => String::from_utf8(chunk.into_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_nothing(receiver: &mut Receiver) {
    let received = receiver.try_next();
    assert!(matches!(received, Ok(Received::Nothing)), "{received:?}");
}

#[track_caller]
fn assert_end(receiver: &mut Receiver) {
    for _ in 0..2 {
        let received = receiver.try_next();
        assert!(matches!(received, Ok(Received::End)), "{received:?}");
    }
}

#[test]
fn chunks_come_in_order_and_end_with_the_last_sender() {
    let (first, mut receiver) = channel(100);
    let second = first.clone();
    first.send("a").unwrap();
    second.try_send(b"b".to_vec()).unwrap();
    first.send(Chunk::default()).unwrap();
    assert_eq!(chunk(&mut receiver), "a");
    drop(first);
    assert_eq!(chunk(&mut receiver), "b");
    assert_nothing(&mut receiver);
    second.send("c").unwrap();
    drop(second);
    assert_eq!(chunk(&mut receiver), "c");
    assert_end(&mut receiver);
}

#[test]
fn the_length_is_known_once_no_sender_is_left() {
    let (sender, body) = Body::channel(100);
    sender.send("four").unwrap();
    let clone = sender.clone();
    drop(sender);
    assert_eq!(body.len(), None);
    drop(clone);
    assert_eq!(body.len(), Some(4));
    let (sender, body) = Body::channel(100);
    sender.fail("broken");
    drop(sender);
    assert_eq!(body.len(), None, "it will break off");
}

#[test]
fn a_chunk_has_room_up_to_the_limit_and_beyond_it_if_it_is_alone() {
    for (limit, chunks, fits) in [
        (10, &[10][..], true),
        (10, &[11], true),
        (0, &[1], true),
        (10, &[9, 1], true),
        (10, &[9, 2], false),
        (10, &[11, 1], false),
        (0, &[1, 1], false),
    ] {
        let (sender, _receiver) = channel(limit);
        let (last, before) = chunks.split_last().unwrap();
        for length in before {
            sender.try_send(vec![b'x'; *length]).unwrap();
        }
        let result = sender.try_send(vec![b'x'; *last]);
        let expected = if fits { Ok(()) } else { Err(SendError::Full) };
        assert_eq!(result, expected, "{limit} {chunks:?}");
        assert_eq!(sender.send(""), Ok(()), "an empty chunk needs no room");
    }
}

#[test]
fn a_sender_waits_for_room_only_once_the_body_is_handed_over() {
    let (sender, mut receiver) = channel(2);
    sender.send("ab").unwrap();
    let began = Instant::now();
    assert_eq!(sender.send("c"), Err(SendError::NotReturned));
    receiver.hand_over(SHORT);
    receiver.hand_over(LONG); // the first call counts
    assert_eq!(sender.send("c"), Err(SendError::TimedOut));
    assert!(began.elapsed() >= SHORT);
    assert_eq!(sender.try_send("c"), Err(SendError::Full));
    assert_eq!(chunk(&mut receiver), "ab");
    assert_eq!(sender.send("c"), Ok(()));
}

/// A thread that sends while there is no room, and what it was told.
fn waiting(sender: &Sender) -> thread::JoinHandle<std::result::Result<(), SendError>> {
    let sender = sender.clone();
    let (begin, began) = mpsc::channel();
    let thread = thread::spawn(move || {
        begin.send(()).unwrap();
        sender.send("waits")
    });
    began.recv().unwrap();
    thread::sleep(Duration::from_millis(5)); // it most likely waits by now
    thread
}

#[test]
fn a_sender_that_waits_hears_of_room_of_the_end_and_of_a_failure() {
    let (sender, mut receiver) = channel(1);
    receiver.hand_over(Duration::MAX); // which has no end by the clock
    sender.send("a").unwrap();
    let thread = waiting(&sender);
    assert_eq!(chunk(&mut receiver), "a");
    assert_eq!(thread.join().unwrap(), Ok(()));
    assert_eq!(chunk(&mut receiver), "waits");

    sender.send("b").unwrap();
    let thread = waiting(&sender);
    sender.fail("broken");
    assert_eq!(thread.join().unwrap(), Err(SendError::Failed));

    let (sender, receiver) = channel(1);
    receiver.hand_over(LONG);
    sender.send("a").unwrap();
    let thread = waiting(&sender);
    drop(receiver);
    assert_eq!(thread.join().unwrap(), Err(SendError::Closed));
}

#[test]
fn senders_see_that_the_body_is_dropped_in_whatever_state() {
    let drops: [fn(Body); 3] = [
        |body| drop(body),
        |body| drop(receiver(body)),
        |body| {
            let mut receiver = receiver(body);
            receiver.hand_over(LONG);
            assert_eq!(chunk(&mut receiver), "a");
        },
    ];
    for drop_body in drops {
        let (sender, body) = Body::channel(9);
        sender.send("a").unwrap();
        assert!(!sender.is_closed());
        drop_body(body);
        assert!(sender.is_closed());
        assert_eq!(sender.send("b"), Err(SendError::Closed));
        assert_eq!(sender.try_send(""), Err(SendError::Closed));
        sender.fail("too late");
    }
    assert!(Error::from(SendError::Closed).is_disconnected());
    assert!(!Error::from(SendError::Full).is_disconnected());
}

#[test]
fn a_thread_that_panics_fails_the_body_of_its_sender() {
    let (sender, mut receiver) = channel(9);
    let other = sender.clone();
    let thread = thread::spawn(move || panic!("{sender:?}, on purpose"));
    assert!(thread.join().is_err());
    assert_eq!(other.send("b"), Err(SendError::Failed));
    assert!(receiver.try_next().is_err());
}

#[test]
fn a_failure_comes_after_the_chunks_before_it_and_the_first_counts() {
    let (sender, mut receiver) = channel(9);
    let other = sender.clone();
    sender.send("a").unwrap();
    sender.fail("first");
    other.fail("second");
    assert!(sender.is_closed() && receiver.has_failed());
    assert_eq!(other.send("b"), Err(SendError::Failed));
    drop((sender, other));
    assert_eq!(chunk(&mut receiver), "a");
    assert_eq!(receiver.try_next().unwrap_err().to_string(), "first");
    assert_end(&mut receiver);
}

#[test]
fn a_failure_before_anything_was_sent_can_be_taken() {
    let (sender, mut receiver) = channel(9);
    assert!(receiver.take_failure().is_none());
    sender.fail("early");
    assert_eq!(receiver.take_failure().unwrap().to_string(), "early");
    assert!(receiver.take_failure().is_none());
    assert_end(&mut receiver);
}

#[test]
fn senders_learn_that_the_server_ends() {
    let (sender, receiver) = channel(9);
    assert!(!sender.is_draining());
    receiver.set_draining();
    assert!(sender.is_draining() && sender.clone().is_draining());
    assert_eq!(sender.send("bye"), Ok(()));
}

#[test]
fn the_gateway_is_told_once_after_it_found_nothing() {
    let (sender, mut receiver) = channel(100);
    let told = Arc::new(AtomicUsize::new(0));
    let counter = told.clone();
    receiver.notify(move || {
        counter.fetch_add(1, SeqCst);
    });
    sender.send("a").unwrap();
    assert_eq!(told.load(SeqCst), 0, "it has not looked");
    assert_eq!(chunk(&mut receiver), "a");
    sender.send("b").unwrap();
    assert_eq!(told.load(SeqCst), 0, "it has not seen the end");
    assert_eq!(chunk(&mut receiver), "b");
    assert_nothing(&mut receiver);
    sender.send("c").unwrap();
    sender.send("d").unwrap();
    assert_eq!(told.load(SeqCst), 1);
    assert_eq!(chunk(&mut receiver) + &chunk(&mut receiver), "cd");
    assert_nothing(&mut receiver);
    sender.fail("broken");
    drop(sender);
    assert_eq!(told.load(SeqCst), 2);
    assert!(receiver.try_next().is_err());

    let (sender, mut receiver) = channel(100);
    let counter = told.clone();
    receiver.notify(move || {
        counter.fetch_add(1, SeqCst);
    });
    assert_nothing(&mut receiver);
    drop(sender);
    assert_eq!(told.load(SeqCst), 3, "the end is told of too");
}

#[test]
fn as_an_iterator_it_waits_for_each_chunk() {
    let (sender, receiver) = channel(1);
    let thread = thread::spawn(move || {
        for number in 0..100 {
            let sent = sender.send(format!("{number} "));
            // The first may come before the iterator is asked.
            match sent {
                Err(SendError::NotReturned) => thread::sleep(Duration::from_millis(1)),
                sent => sent.unwrap(),
            }
        }
        sender.fail("done");
    });
    let mut chunks: Vec<_> = receiver.collect();
    thread.join().unwrap();
    let last = chunks.pop().unwrap();
    assert_eq!(last.unwrap_err().to_string(), "done");
    assert_eq!(chunks.last().unwrap().as_ref().unwrap(), "99 ");
}

#[test]
fn every_chunk_of_many_threads_comes_once_and_in_the_order_of_its_sender() {
    const THREADS: usize = 8;
    const SENDS: usize = 1000;
    let (sender, receiver) = channel(64);
    receiver.hand_over(LONG);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in 0..SENDS {
                    sender.send(format!("{thread} {number}")).unwrap();
                }
            })
        })
        .collect();
    drop(sender);
    let mut next: HashMap<String, usize> = HashMap::new();
    for chunk in receiver {
        let text = String::from_utf8(chunk.unwrap().into_vec()).unwrap();
        let (thread, number) = text.split_once(' ').unwrap();
        let expected = next.entry(thread.to_owned()).or_default();
        assert_eq!(number.parse(), Ok(*expected));
        *expected += 1;
    }
    assert!(next.len() == THREADS && next.values().all(|count| *count == SENDS));
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_shared_chunk_is_not_copied() {
    let (sender, mut receiver) = channel(100);
    let shared = Chunk::from("to everybody".to_owned()).into_shared();
    sender.send(shared.clone()).unwrap();
    let Ok(Received::Chunk(chunk)) = receiver.try_next() else {
        panic!("a chunk");
    };
    assert_eq!(chunk.as_ptr(), shared.as_ptr());
}

#[test]
fn code_of_the_application_runs_without_the_lock() {
    /// Uses the channel when it is dropped.
    struct Curious(Sender);
    impl AsRef<[u8]> for Curious {
        fn as_ref(&self) -> &[u8] {
            b"curious"
        }
    }
    impl Drop for Curious {
        fn drop(&mut self) {
            let _ = self.0.is_closed();
            self.0.fail("dropped");
        }
    }
    let chunk = |sender: &Sender| Chunk::from_owner(Curious(sender.clone()));
    let (sender, receiver) = channel(10);
    sender.send(chunk(&sender)).unwrap();
    assert_eq!(sender.try_send(chunk(&sender)), Err(SendError::Full));
    drop(receiver);
    assert_eq!(sender.send(chunk(&sender)), Err(SendError::Closed));
}

/// Puts brackets around chunks, `|` at a flush and `.` at the end.
struct Brackets(&'static str);

impl Filter for Brackets {
    fn head(&mut self, _head: &mut Head) -> Result<Scope> {
        Ok(Scope::Body)
    }
    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if chunk == b"hold" {
            return Ok(());
        }
        assert!(chunk != b"panic", "panicked on purpose");
        if chunk == b"fail" {
            return Err(io::Error::other("failed on purpose"));
        }
        out.write_all(&self.0.as_bytes()[..1])?;
        out.write_all(chunk)?;
        out.write_all(&self.0.as_bytes()[1..])
    }
    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"|")
    }
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b".")
    }
}

/// A channel behind two filters, whose application has `written` before.
fn behind_filters(written: &'static str) -> (Sender, Box<Receiver>) {
    let (pass, passed) = mpsc::channel();
    let app = application(move |_environ, start_response| {
        start_response
            .start(Status::OK, ())?
            .write_all(written.as_bytes())?;
        let (sender, body) = Body::channel(100);
        pass.send(sender).unwrap();
        Ok(body)
    });
    let inner = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
        filtered(&app, Brackets("()"), environ, start_response)
    };
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let environ = &mut Environ::new();
    let body = filtered(&inner, Brackets("[]"), environ, &mut start_response).unwrap();
    (passed.recv().unwrap(), receiver(body))
}

#[test]
fn filters_see_the_chunks_and_their_flushes() {
    let (sender, mut receiver) = behind_filters("");
    assert!(receiver.is_filtered());
    assert_nothing(&mut receiver);
    sender.send("a").unwrap();
    sender.send("b").unwrap();
    assert_eq!(chunk(&mut receiver), "[(a)|]|");
    assert_eq!(chunk(&mut receiver), "[(b)|]|");
    assert_nothing(&mut receiver);
    drop(sender);
    assert_eq!(receiver.remaining(), None);
    assert_eq!(chunk(&mut receiver), "[.].");
    assert_end(&mut receiver);
}

#[test]
fn filters_see_written_bytes_before_the_chunks() {
    let (sender, mut receiver) = behind_filters("w");
    sender.send("a").unwrap();
    assert_eq!(chunk(&mut receiver), "[(w)|]|");
    assert_eq!(chunk(&mut receiver), "[(a)|]|");
}

#[test]
fn a_filter_that_fails_or_panics_ends_the_body() {
    let (sender, mut receiver) = behind_filters("");
    sender.send("fail").unwrap();
    sender.send("more").unwrap();
    let error = receiver.try_next().unwrap_err();
    assert_eq!(error.to_string(), "failed on purpose");
    assert_end(&mut receiver);

    let (sender, mut receiver) = behind_filters("");
    sender.send("panic").unwrap();
    let next = std::panic::AssertUnwindSafe(|| receiver.try_next());
    assert!(std::panic::catch_unwind(next).is_err());
    assert_end(&mut receiver);
}
