//! Hooks at the end of a request.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use wsgi_application::{Body, Status, application};
use wsgi_environ::{End, Outcome};
use wsgi_gateway::run_hooks;

use crate::memory::Request;

fn outcome(end: End) -> Outcome {
    Outcome::new(end, SystemTime::now(), Duration::from_millis(3)).with_bytes(17, 0)
}

#[test]
fn hooks_run_once_in_their_order_with_the_outcome() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (first, second) = (seen.clone(), seen.clone());
    let mut response = Request::get().run(application(move |environ, start_response| {
        let (first, second) = (first.clone(), second.clone());
        environ.on_finished(move |environ, outcome| {
            let path = environ.path_info().to_string();
            first.lock().unwrap().push((path, outcome.bytes_sent()));
        });
        environ.on_finished(move |_, outcome| {
            let complete = outcome.is_complete().to_string();
            second
                .lock()
                .unwrap()
                .push((complete, outcome.bytes_sent()));
        });
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    }));
    assert!(seen.lock().unwrap().is_empty(), "the request is not over");
    let outcome = outcome(End::Failed);
    run_hooks(&mut response.environ, &outcome);
    run_hooks(&mut response.environ, &outcome);
    assert_eq!(
        *seen.lock().unwrap(),
        [("/".to_owned(), 17), ("false".to_owned(), 17)]
    );
}

#[test]
fn a_hook_that_panics_is_logged_and_stops_no_other() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropping the payload panics too");
        }
    }
    let (errors, log) = wsgi_environ::Errors::buffer();
    let mut environ = wsgi_application::Environ::new();
    environ.set_errors(errors);
    environ.set("REQUEST_METHOD", "GET");
    environ.set("PATH_INFO", "/x");
    environ.on_finished(|_, _| panic!("first\nforged"));
    environ.on_finished(|_, _| std::panic::panic_any(Bomb));
    environ.on_finished(|environ, _| environ.errors().print("second"));
    run_hooks(&mut environ, &outcome(End::Complete));
    assert_eq!(
        log.to_string(),
        "second\nGET \"/x\": a hook panicked: first\n  forged\n\
         GET \"/x\": a hook panicked: no message\n"
    );
}

#[test]
fn hooks_of_a_failed_application_run_too() {
    let mut response = Request::get().run(application(|environ, _| {
        environ.on_finished(|environ, _| environ.errors().print("over"));
        panic!("broken")
    }));
    assert!(response.environ.has_hooks());
    run_hooks(&mut response.environ, &outcome(End::Complete));
    assert!(!response.environ.has_hooks());
}
