//! Bodies over HTTP without a setting, which are spooled once threads are scarce.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use wsgi_server::Builder;

use crate::{
    support::{Client, Running, eventually, get},
    way::{Http, measuring, pattern},
};

/// Two loops and four spares, of which two are half.
fn few_threads(builder: Builder) -> Builder {
    builder.max_threads(6)
}

const LENGTH: usize = 200_000;

/// Clients that have each sent a part of a large body.
fn uploading(running: &Running, count: usize) -> Vec<Client> {
    let begin = |_| {
        let mut client = running.connect();
        client.send([Http.head("/", LENGTH), pattern(LENGTH)[..1000].to_vec()].concat());
        client
    };
    (0..count).map(begin).collect()
}

#[test]
fn slow_uploads_leave_half_of_the_threads_to_others() {
    let calls = Arc::new(AtomicUsize::new(0));
    let running = Running::with(few_threads, measuring(&calls));
    let mut slow = uploading(&running, 40);
    eventually("the application reads some", || calls.load(SeqCst) >= 2);
    for _ in 0..20 {
        let before = calls.load(SeqCst);
        assert_eq!(running.connect().ask(get("/")).text(), "0");
        assert!(calls.load(SeqCst) > before);
    }
    // Each loop may have one call more that does not count yet.
    assert!(calls.load(SeqCst) <= 20 + 2 + 2, "{calls:?}");
    for client in &mut slow {
        client.send(&pattern(LENGTH)[1000..]);
        assert_eq!(client.response().text(), LENGTH.to_string());
    }
    assert_eq!(calls.load(SeqCst), 60);
}

#[test]
fn while_threads_are_left_the_application_reads_as_the_body_arrives() {
    let calls = Arc::new(AtomicUsize::new(0));
    let running = Running::with(few_threads, measuring(&calls));
    for round in 1..4 {
        let mut slow = uploading(&running, 1);
        eventually("the application reads", || calls.load(SeqCst) == round);
        slow[0].send(&pattern(LENGTH)[1000..]);
        assert_eq!(slow[0].response().text(), LENGTH.to_string());
    }
}

#[test]
fn bodies_are_left_to_the_application_if_the_builder_says_so() {
    let calls = Arc::new(AtomicUsize::new(0));
    let options = |builder| few_threads(builder).spool_bodies(false);
    let running = Running::with(options, measuring(&calls));
    // All spares but one, so that this one can be handed over.
    let mut slow = uploading(&running, 3);
    eventually("all are read", || calls.load(SeqCst) == 3);
    for client in &mut slow {
        client.send(&pattern(LENGTH)[1000..]);
        assert_eq!(client.response().text(), LENGTH.to_string());
    }
}
