//! Hooks run once and in order, whatever the others do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use wsgi_environ::{Environ, Outcome};

fn outcome() -> Outcome {
    Outcome::new(5, false, Duration::from_millis(1))
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
                .push((number, path, outcome.bytes_sent));
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
            seen.lock().unwrap().push((text, path, outcome.bytes_sent));
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
    environ.on_finished(|_, outcome| panic!("{} bytes", outcome.bytes_sent));
    let seen = Arc::clone(&ran);
    environ.on_finished(move |_, _| *seen.lock().unwrap() = true);
    let panics = environ.run_hooks(&outcome());
    assert_eq!(panics.len(), 2);
    assert_eq!(panics[0].downcast_ref(), Some(&"a literal"));
    assert_eq!(panics[1].downcast_ref(), Some(&"5 bytes".to_owned()));
    assert!(*ran.lock().unwrap());
}

#[test]
fn an_incomplete_response_has_no_more_body_than_was_sent() {
    let cut = Outcome::new(130, false, Duration::ZERO).with_response(Some(404), 131);
    assert_eq!((cut.status, cut.body_bytes), (Some(404), 130));
    assert_eq!((cut.bytes_sent, cut.complete), (130, false));
    let little = Outcome::new(130, false, Duration::ZERO).with_response(None, 7);
    assert_eq!((little.status, little.body_bytes), (None, 7));
    let whole = Outcome::new(130, true, Duration::ZERO).with_response(Some(200), 100);
    assert_eq!((whole.body_bytes, whole.complete), (100, true));
}
