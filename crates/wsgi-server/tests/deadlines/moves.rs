//! Deadlines that applications and middleware set and move.

use std::{
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Environ, Result, StartResponse};

use crate::{
    Opening, TIMEOUT, TOO_LATE, at_once,
    support::{PATIENCE, Running, eventually, gate::Gate, get, unless_starved},
    timely,
};

#[test]
fn a_deadline_can_be_put_off_and_removed_during_the_call() {
    unless_starved(|| {
        let running = Running::with(
            timely,
            |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                assert!(environ.deadline().is_some_and(|at| at > Instant::now()));
                let later = environ.path_info() == "/later";
                environ.set_deadline(later.then(|| Instant::now() + PATIENCE));
                thread::sleep(2 * TIMEOUT);
                at_once(environ, start_response)
            },
        );
        let mut client = running.connect();
        assert_eq!(client.ask(get("/later")).text(), "GET /later\n");
        assert_eq!(client.ask(get("/never")).text(), "GET /never\n");
        assert_eq!(running.log(), "");
    });
}

#[test]
fn a_deadline_can_be_set_earlier_and_by_the_application_alone() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    for has_timeout in [true, false] {
        let waiting = gate.app();
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            assert_eq!(environ.deadline().is_some(), has_timeout);
            if environ.path_info() == "/wait" {
                // Each of them is earlier than those before.
                for step in (1..100).rev() {
                    environ.set_deadline(Instant::now() + step * TIMEOUT);
                }
            }
            waiting(environ, start_response)
        };
        let options = |builder: wsgi_server::Builder| match has_timeout {
            true => builder.request_timeout(PATIENCE * 2),
            false => builder,
        };
        let running = Running::with(options, app);
        let began = Instant::now();
        let mut client = running.connect();
        let response = client.ask(get("/wait"));
        assert_eq!((response.status, response.text()), (504, TOO_LATE));
        assert!((TIMEOUT..PATIENCE).contains(&began.elapsed()));
        client.assert_closed();
        assert_eq!(running.connect().ask(get("/")).status, 200);
        eventually("a line", || running.log().lines().count() == 1);
    }
}

#[test]
fn a_deadline_that_has_passed_cannot_be_moved() {
    let running = Running::with(
        timely,
        |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            thread::sleep(3 * TIMEOUT);
            environ.set_deadline(Instant::now() + PATIENCE);
            assert!(environ.deadline().is_some_and(|at| at < Instant::now()));
            at_once(environ, start_response)
        },
    );
    assert_eq!(running.connect().ask(get("/")).status, 504);
    eventually("the call returns", || running.handle.calls() == 0);
    eventually("a line", || running.log().lines().count() == 1);
}

#[test]
fn a_deadline_in_the_past_is_answered_504_at_once() {
    let running = Running::new(
        |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            environ.set_deadline(Instant::now() - Duration::from_secs(1));
            at_once(environ, start_response)
        },
    );
    for _ in 0..20 {
        assert_eq!(running.connect().ask(get("/")).status, 504);
    }
}

#[test]
fn the_next_request_on_the_connection_has_a_deadline_of_its_own() {
    unless_starved(|| {
        let running = Running::new(
            |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                assert_eq!(environ.deadline(), None);
                if environ.path_info() == "/soon" {
                    environ.set_deadline(Instant::now() + TIMEOUT);
                }
                at_once(environ, start_response)
            },
        );
        let mut client = running.connect();
        assert_eq!(client.ask(get("/soon")).text(), "GET /soon\n");
        thread::sleep(2 * TIMEOUT);
        assert_eq!(client.ask(get("/none")).text(), "GET /none\n");
        assert_eq!(running.log(), "");
    });
}
