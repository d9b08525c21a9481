//! The deadline of a request, between the call and a thread that watches over it.

use std::{
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use wsgi_environ::{Connection, Deadline, End, Environ, Outcome, WatchedConnection};

/// The time after which a deadline is set that has to pass by hand.
const SOON: Duration = Duration::from_secs(60);

fn outcome() -> Outcome {
    Outcome::new(End::TimedOut, SystemTime::now(), Duration::ZERO)
}

/// An environ with a deadline, and its handle.
fn environ() -> (Environ, Arc<Deadline<Environ>>) {
    let mut environ = Environ::new();
    environ.set("PATH_INFO", "/slow");
    environ.set_deadline(Instant::now() + SOON);
    let deadline = environ.shared_deadline().expect("a deadline").clone();
    (environ, deadline)
}

/// A moment at which the deadline of [`environ`] has passed.
fn later() -> Instant {
    Instant::now() + 2 * SOON
}

#[test]
fn the_deadline_passes_once_and_not_before_its_time() {
    let (mut environ, deadline) = environ();
    assert!(deadline.pass(Instant::now()).is_none(), "too early");
    assert!(deadline.check().is_ok() && !deadline.has_passed());
    let overdue = deadline.pass(later()).expect("a request");
    assert!(!overdue.is_sending);
    assert_eq!(overdue.request.path_info(), "/slow");
    assert!(deadline.pass(later()).is_none(), "it has passed");
    assert!(deadline.has_passed() && deadline.check().is_err());
    assert!(
        deadline.begin_head().is_err() && deadline.commit().is_err() && deadline.end().is_err()
    );
    let at = environ.deadline();
    environ.set_deadline(None);
    assert_eq!(environ.deadline(), at, "it stays as it is");
}

#[test]
fn a_call_that_has_ended_or_answers_late_has_no_deadline_any_more() {
    let (_, deadline) = environ();
    assert!(deadline.end().is_ok());
    assert!(deadline.pass(later()).is_none());
    assert!(deadline.check().is_ok());

    let (mut environ, deadline) = environ();
    environ.set_deadline(Instant::now());
    assert!(deadline.begin_head().is_err(), "it is late");
    assert!(deadline.pass(later()).is_none() && !deadline.has_passed());
    assert!(deadline.commit().is_ok() && deadline.end().is_ok());
}

#[test]
fn a_part_of_the_response_that_was_sent_is_known() {
    let (_, deadline) = environ();
    assert!(deadline.commit().is_ok() && deadline.commit().is_ok());
    assert!(deadline.pass(later()).expect("a request").is_sending);
}

#[test]
fn the_call_or_the_watching_thread_answers_and_never_both() {
    for _ in 0..1000 {
        let (_, deadline) = environ();
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let watching = scope.spawn(|| {
                barrier.wait();
                deadline.pass(later()).is_some()
            });
            barrier.wait();
            let ended = deadline.end().is_ok();
            assert_ne!(ended, watching.join().unwrap());
        });
    }
}

#[test]
fn the_deadline_can_be_moved_either_way() {
    let (mut environ, deadline) = environ();
    let (early, late) = (Instant::now(), Instant::now() + 3 * SOON);
    environ.set_deadline(late);
    assert!(deadline.pass(later()).is_none());
    environ.set_deadline(early);
    assert_eq!(
        (environ.deadline(), deadline.at()),
        (Some(early), Some(early))
    );
    environ.set_deadline(None);
    assert!(deadline.pass(later()).is_none());
    environ.set_deadline(early);
    assert!(deadline.pass(Instant::now()).is_some());
}

#[test]
fn hooks_of_the_end_run_once_at_the_deadline_or_at_the_end() {
    let paths = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::new(AtomicUsize::new(0));
    let hook = |name: &'static str| {
        let paths = paths.clone();
        Arc::new(move |environ: &Environ, _: &Outcome| {
            let id = environ.get("UNIQUE_ID").expect("an id").to_string();
            paths
                .lock()
                .unwrap()
                .push(format!("{name} {id} {}", environ.path_info()));
        })
    };
    for passes in [false, true] {
        let mut environ = Environ::new();
        environ.set("PATH_INFO", "/slow");
        environ.on_finished_or_overdue(hook("before"));
        environ.on_finished({
            let own = own.clone();
            move |_, _| {
                own.fetch_add(1, SeqCst);
            }
        });
        environ.set_deadline(Instant::now() + SOON);
        environ.set_request_id("7f");
        environ.on_finished_or_overdue(hook("after"));
        environ.set("PATH_INFO", "/changed");
        let deadline = environ.shared_deadline().expect("a deadline").clone();
        let path = match passes {
            true => "/slow",
            false => "/changed",
        };
        if passes {
            let mut overdue = deadline.pass(later()).expect("a request");
            assert!(overdue.request.run_hooks(&outcome()).is_empty());
            assert_eq!(own.load(SeqCst), 1, "it waits for the end");
        }
        assert!(environ.run_hooks(&outcome()).is_empty());
        let expected = [format!("before 7f {path}"), format!("after 7f {path}")];
        assert_eq!(std::mem::take(&mut *paths.lock().unwrap()), expected);
    }
    assert_eq!(own.load(SeqCst), 2);
}

#[test]
fn a_hook_that_is_added_after_the_deadline_runs_at_the_end() {
    let (mut environ, deadline) = environ();
    assert!(deadline.pass(later()).is_some());
    let runs = Arc::new(AtomicUsize::new(0));
    environ.on_finished_or_overdue(Arc::new({
        let runs = runs.clone();
        move |_: &Environ, _: &Outcome| {
            runs.fetch_add(1, SeqCst);
        }
    }));
    assert!(environ.run_hooks(&outcome()).is_empty());
    assert_eq!(runs.load(SeqCst), 1);
}

#[test]
fn the_connection_hears_of_every_change() {
    #[derive(Default)]
    struct Heard(Mutex<Vec<Option<Instant>>>);
    impl Connection for Heard {
        fn variable(&self, _: &str) -> Option<&[u8]> {
            None
        }
        fn names(&self) -> &[&str] {
            &[]
        }
        fn is_connected(&self) -> bool {
            true
        }
    }
    impl WatchedConnection<Environ> for Heard {
        fn watch(self: Arc<Self>, deadline: &Arc<Deadline<Environ>>) {
            self.0.lock().unwrap().push(deadline.at());
        }
    }
    let heard = Arc::new(Heard::default());
    let connection: Arc<dyn WatchedConnection<Environ>> = heard.clone();
    let mut environ = Environ::new();
    environ.set_watched_connection(&connection);
    let at = Instant::now();
    environ.set_deadline(at);
    let shared: Arc<dyn Connection> = heard.clone();
    let found = environ.connection().expect("a connection");
    assert!(Arc::ptr_eq(&found, &shared), "it stays attached");
    environ.set_deadline(None);
    assert_eq!(*heard.0.lock().unwrap(), [Some(at), None]);
}

#[test]
fn the_next_request_has_no_deadline() {
    let (mut environ, deadline) = environ();
    assert!(deadline.pass(later()).is_some());
    environ.clear();
    assert_eq!(environ.deadline(), None);
    assert!(environ.shared_deadline().is_none());
}
