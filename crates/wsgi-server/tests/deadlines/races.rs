//! Calls that return at the very moment of their deadline.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::Outcome;

use crate::{
    TOO_LATE,
    support::{Running, eventually, get},
};

/// The deadline of each call, after its beginning. It returns about then.
const EDGE: Duration = Duration::from_millis(3);

/// The answer of a call that finds itself late.
const PAGE: &str = "504 Gateway Timeout\n";

const CLIENTS: usize = 8;
const REQUESTS: usize = 250;

#[test]
fn exactly_one_of_both_answers_comes_and_on_its_own_connection() {
    let (hooks, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let own = hooks.clone();
    let told = ends.clone();
    let hook = Arc::new(move |_: &Environ, _: &Outcome| {
        told.fetch_add(1, SeqCst);
    });
    let own_number = AtomicU32::new(0);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let own = own.clone();
        environ.on_finished(move |_, _| {
            own.fetch_add(1, SeqCst);
        });
        environ.on_finished_or_overdue(hook.clone());
        let began = Instant::now();
        environ.set_deadline(began + EDGE);
        // From well before the deadline to well after it, and most at it.
        let step = own_number.fetch_add(1, SeqCst) % 64;
        let end = began + EDGE / 2 + EDGE * step / 64;
        thread::sleep(end.saturating_duration_since(Instant::now() + EDGE / 10));
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        let text = environ.path_info().to_string_lossy().into_owned();
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    };
    let running = Running::new(app);
    let counts = [const { AtomicUsize::new(0) }; 3];
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (running, counts) = (&running, &counts);
            scope.spawn(move || {
                let mut client = running.connect();
                for request in 0..REQUESTS {
                    let path = format!("/{number}/{request}");
                    client.send(get(&path));
                    let response = client.response();
                    match response.status {
                        200 => {
                            assert_eq!(response.text(), path);
                            counts[0].fetch_add(1, SeqCst);
                        }
                        504 => {
                            let answers = [PAGE, TOO_LATE];
                            let by = answers.iter().position(|answer| *answer == response.text());
                            counts[1 + by.expect("an answer")].fetch_add(1, SeqCst);
                        }
                        _ => panic!("{response:?}"),
                    }
                    if response.header("Connection") == Some("close") {
                        client.assert_closed();
                        client = running.connect();
                    }
                }
            });
        }
    });
    let all = CLIENTS * REQUESTS;
    eventually("all hooks", || {
        hooks.load(SeqCst) == all && ends.load(SeqCst) == all
    });
    let [in_time, by_call, by_server] = counts.map(AtomicUsize::into_inner);
    assert_eq!(in_time + by_call + by_server, all);
    assert!(
        in_time > 0 && by_server > 0,
        "{in_time} {by_call} {by_server}"
    );
    eventually("no thread is stuck", || running.handle.stuck() == 0);
    let lines = || running.log().lines().count();
    eventually("each late request has one line", || {
        lines() == by_call + by_server
    });
}
