//! Threads that are stuck, within their limit and past it.

use std::{thread, time::Duration};

use wsgi_server::{Server, StuckThreads};

use crate::{
    Opening,
    support::{Client, PATIENCE, eventually, gate::Gate, get},
    timely, waiting,
};

#[test]
fn other_threads_take_the_place_of_stuck_ones_up_to_the_limit() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    // Two loops with a spare each.
    let options = |builder: wsgi_server::Builder| {
        builder
            .max_threads(4)
            .max_stuck_threads(6)
            .wait_timeout(Duration::from_secs(1))
    };
    let (running, _) = waiting(&gate, options);
    for number in 1..=6 {
        assert_eq!(running.connect().ask(get("/wait")).status, 504, "{number}");
        eventually("it is counted", || running.handle.stuck() == number);
        assert!(running.handle.is_ready());
        assert_eq!(running.connect().ask(get("/other")).status, 200, "{number}");
    }
    assert_eq!(running.connect().ask(get("/wait")).status, 504);
    eventually("it is too many", || !running.handle.is_ready());
    assert_eq!(
        running.connect().ask(get("/other")).status,
        200,
        "one thread is left"
    );
    assert_eq!(running.connect().ask(get("/wait")).status, 504);
    eventually("none is left", || running.handle.stuck() == 8);
    assert_eq!(running.connect().ask(get("/other")).status, 503);
    eventually("each has a line", || {
        running.log().matches("the deadline passed").count() == 8
    });
    gate.open();
    eventually("all return", || running.handle.calls() == 0);
    assert!(running.handle.is_ready() && running.handle.stuck() == 0);
    for _ in 0..10 {
        assert_eq!(running.connect().ask(get("/other")).status, 200);
    }
}

#[test]
fn another_client_takes_the_place_of_a_connection_whose_thread_is_stuck() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let options = |builder: wsgi_server::Builder| builder.max_connections(1).max_stuck_threads(2);
    let (running, _) = waiting(&gate, options);
    for number in 1..=2 {
        assert_eq!(running.connect().ask(get("/wait")).status, 504, "{number}");
        assert_eq!(running.connect().ask(get("/other")).status, 200, "{number}");
    }
    gate.open();
    eventually("all return", || running.handle.stuck() == 0);
    assert_eq!(running.connect().ask(get("/other")).status, 200);
}

#[test]
fn a_server_ends_with_an_error_if_too_many_threads_are_stuck() {
    let gate = Gate::default();
    let _opening = Opening(&gate);
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let builder = timely(builder.threads(2).errors(wsgi_environ::Errors::discard()));
    let builder = builder
        .max_stuck_threads(1)
        .end_when_stuck(true)
        .shutdown_timeout(PATIENCE * 2);
    let server = builder.build(gate.app()).unwrap();
    let (address, handle) = (server.local_addr(), server.handle());
    let serving = thread::spawn(move || server.serve_forever());
    let ask = || Client::connect(address.clone()).ask(get("/wait")).status;
    assert_eq!(ask(), 504);
    eventually("one is stuck", || handle.stuck() == 1);
    assert!(handle.is_ready() && !serving.is_finished());
    assert_eq!(ask(), 504);
    eventually("it ends", || serving.is_finished());
    let error = serving.join().unwrap().unwrap_err();
    let stuck = StuckThreads::of(&error).expect("the reason");
    assert_eq!(stuck.count(), 2);
    assert!(
        error
            .to_string()
            .starts_with("2 threads are stuck in the application"),
        "{error}"
    );
    assert!(!handle.is_ready());
    gate.open();
    eventually("they return", || handle.calls() == 0);
}
