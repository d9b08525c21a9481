//! The ends of the server's threads.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
    time::Duration,
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};
use wsgi_server::Builder;

use crate::support::{Running, eventually, get};

type Threads = Arc<Mutex<BTreeSet<String>>>;

fn note(threads: &Threads, thread: ThreadId) {
    threads.lock().unwrap().insert(format!("{thread:?}"));
}

/// An application that sleeps, so that loops are handed over, and notes its threads.
fn sleepy(
    called: &Threads,
) -> impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + use<> {
    let called = called.clone();
    move |environ, start_response| {
        note(&called, thread::current().id());
        let hook = called.clone();
        environ.on_finished(move |_, _| note(&hook, thread::current().id()));
        thread::sleep(Duration::from_millis(20));
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    }
}

fn noting(builder: Builder, ended: &Threads) -> Builder {
    let ended = ended.clone();
    builder.on_thread_end(move || {
        note(&ended, thread::current().id());
        panic!("a panic of the function is ignored");
    })
}

/// Asks from some clients at once, so that loops are handed over unless no thread watches in time.
fn ask(server: &Running) {
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| server.connect().ask(get("/")));
        }
    });
}

#[test]
fn every_thread_of_the_application_runs_the_function_before_the_server_ends() {
    let (called, ended) = (Threads::default(), Threads::default());
    let hour = Duration::from_secs(3600);
    let options = |builder| noting(builder, &ended).idle_thread_timeout(hour);
    let server = Running::with(options, sleepy(&called));
    eventually("loops are handed over", || {
        ask(&server);
        called.lock().unwrap().len() > 1
    });
    assert_eq!(*ended.lock().unwrap(), BTreeSet::new(), "before their time");
    // Those that have answered are back a little later. An abort does not wait for them.
    eventually("no call is left", || server.handle.calls() == 0);
    drop(server);
    let (called, ended) = (called.lock().unwrap(), ended.lock().unwrap());
    assert!(called.is_subset(&ended), "{called:?} of {ended:?}");
}

#[test]
fn a_thread_with_nothing_to_do_ends_after_its_time() {
    let (called, ended) = (Threads::default(), Threads::default());
    let options = |builder| noting(builder, &ended).idle_thread_timeout(Duration::ZERO);
    let server = Running::with(options, sleepy(&called));
    eventually("the end of a thread", || {
        ask(&server);
        !ended.lock().unwrap().is_empty()
    });
    drop(server);
}
