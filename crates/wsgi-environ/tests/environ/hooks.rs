//! Hooks run once and in order, whatever the others do.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use wsgi_environ::{End, Environ, Outcome};

fn outcome() -> Outcome {
    let broken = Outcome::new(End::Failed, SystemTime::now(), Duration::from_millis(1));
    broken.with_bytes(5, 3)
}

#[test]
fn hooks_run_once_in_the_order_they_were_added() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut environ = Environ::new();
    environ.set("PATH_INFO", "/x");
    for number in 0..3 {
        let seen = Arc::clone(&seen);
        environ.on_finished(move |environ, outcome| {
            let path = environ.path_info().to_string();
            seen.lock()
                .unwrap()
                .push((number, path, outcome.bytes_sent()));
        });
    }
    assert!(environ.has_hooks());
    assert!(environ.run_hooks(&outcome()).is_empty());
    assert!(!environ.has_hooks());
    assert!(environ.run_hooks(&outcome()).is_empty());
    let expected = [0, 1, 2].map(|number| (number, "/x".to_owned(), 5));
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_shared_hook_runs_at_its_place_in_each_request() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |text: &'static str| {
        let seen = Arc::clone(&seen);
        move |environ: &Environ, outcome: &Outcome| {
            let path = environ.path_info().to_string();
            seen.lock()
                .unwrap()
                .push((text, path, outcome.bytes_sent()));
        }
    };
    let shared = Arc::new(note("shared"));
    let mut environ = Environ::new();
    for path in ["/a", "/b"] {
        environ.set("PATH_INFO", path);
        environ.on_finished(note("first"));
        environ.on_finished_shared(shared.clone());
        environ.on_finished(note("last"));
        assert!(environ.has_hooks());
        assert!(environ.run_hooks(&outcome()).is_empty());
        environ.clear();
        let expected = ["first", "shared", "last"].map(|text| (text, path.to_owned(), 5));
        assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), expected);
    }
    assert_eq!(Arc::strong_count(&shared), 1, "no environ keeps it");
    environ.on_finished_shared(Arc::new(|_: &_, _: &_| panic!("shared")));
    let panics = environ.run_hooks(&outcome());
    assert_eq!(panics[0].downcast_ref(), Some(&"shared"));
}

#[test]
fn a_hook_that_panics_does_not_stop_the_next() {
    let ran = Arc::new(Mutex::new(false));
    let mut environ = Environ::new();
    environ.on_finished(|_, _| panic!("a literal"));
    environ.on_finished(|_, outcome| panic!("{} bytes", outcome.bytes_sent()));
    let seen = Arc::clone(&ran);
    environ.on_finished(move |_, _| *seen.lock().unwrap() = true);
    let panics = environ.run_hooks(&outcome());
    assert_eq!(panics.len(), 2);
    assert_eq!(panics[0].downcast_ref(), Some(&"a literal"));
    assert_eq!(panics[1].downcast_ref(), Some(&"5 bytes".to_owned()));
    assert!(*ran.lock().unwrap());
}

#[test]
fn an_outcome_tells_what_its_gateway_has_noted() {
    let (started, duration) = (SystemTime::now(), Duration::from_millis(3));
    let ends = [
        End::Complete,
        End::Disconnected,
        End::TimedOut,
        End::Failed,
        End::Aborted,
    ];
    for end in ends {
        let bare = Outcome::new(end, started, duration);
        assert_eq!(
            (bare.end(), bare.is_complete()),
            (end, end == End::Complete)
        );
        assert_eq!((bare.started(), bare.duration()), (started, duration));
        assert_eq!(
            (bare.status_code(), bare.bytes_sent(), bare.body_bytes()),
            (None, 0, 0)
        );
        let outcome = bare.with_status_code(404).with_bytes(130, 13);
        assert_eq!(
            (outcome.status_code(), outcome.bytes_sent()),
            (Some(404), 130)
        );
        assert_eq!((outcome.body_bytes(), outcome.end()), (13, end));
        assert_eq!(outcome.with_status_code(None).status_code(), None);
    }
}

#[test]
fn a_write_that_times_out_is_told_from_a_client_that_left() {
    use std::io::ErrorKind::*;
    for kind in [TimedOut, WouldBlock] {
        assert_eq!(End::of_write_error(kind), End::TimedOut, "{kind}");
    }
    for kind in [BrokenPipe, ConnectionReset, ConnectionAborted, StorageFull] {
        assert_eq!(End::of_write_error(kind), End::Disconnected, "{kind}");
    }
}
