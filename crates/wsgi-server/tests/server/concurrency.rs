//! Requests while other requests block.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};

use crate::support::{Client, Running, echo, eventually, gate::Gate, get, unless_starved, within};

#[test]
fn requests_that_sleep_do_so_at_the_same_time() {
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        thread::sleep(Duration::from_millis(50));
        echo(environ, start_response)
    };
    let running = Running::new(app);
    let address = running.address;
    // One after another, they would take 16 seconds; on two loops, 8 seconds. If one of three
    // waited for the others, they would take 2.7 seconds.
    within(Duration::from_millis(2500), || {
        let clients: Vec<_> = (0..64)
            .map(|_| {
                thread::spawn(move || {
                    let mut client = Client::connect(address);
                    for _ in 0..5 {
                        assert_eq!(client.ask(get("/")).status, 200);
                    }
                })
            })
            .collect();
        for client in clients {
            client.join().unwrap();
        }
    });
}

/// Their waits are too short for two looks of the monitor at the same one.
#[test]
fn requests_that_share_a_lock_and_wait_for_moments_do_so_at_the_same_time() {
    let present = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let counts = (present.clone(), most.clone());
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let (present, most) = &counts;
        most.fetch_max(present.fetch_add(1, SeqCst) + 1, SeqCst);
        thread::sleep(Duration::from_micros(500));
        present.fetch_sub(1, SeqCst);
        echo(environ, start_response)
    };
    let running = Running::with(|builder| builder.threads(1).calls_share_lock(true), app);
    let is_over = || most.load(SeqCst) >= 6;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = running.connect();
                while !is_over() {
                    assert_eq!(client.ask(get("/")).status, 200);
                }
            });
        }
        eventually("six wait at once", is_over);
    });
}

#[test]
fn requests_are_answered_while_others_block() {
    for threads in [1, 2] {
        let gate = Gate::default();
        let running = Running::with(|builder| builder.threads(threads), gate.app());
        let mut blocked: Vec<_> = (0..20).map(|_| running.connect()).collect();
        for (number, client) in blocked.iter_mut().enumerate() {
            client.send(get("/wait"));
            assert_eq!(
                running.connect().ask(get("/")).status,
                200,
                "beside {number} blocked ones"
            );
        }
        eventually("all wait", || gate.waiting() == 20);
        let mut client = running.connect();
        for _ in 0..100 {
            assert_eq!(client.ask(get("/")).status, 200);
        }
        gate.open();
        for mut client in blocked {
            assert_eq!(client.response().status, 200);
            assert_eq!(client.ask(get("/")).status, 200);
        }
    }
}

#[test]
fn without_a_free_thread_requests_wait_and_everything_else_goes_on() {
    unless_starved(|| {
        let gate = Gate::default();
        let short = Duration::from_secs(1);
        let options = |builder: wsgi_server::Builder| {
            builder
                .threads(1)
                .max_threads(4)
                .first_request_timeout(short)
                .head_timeout(short)
        };
        let mut running = Running::with(options, gate.app());
        // Of the four threads, three can block. One runs the loop.
        let mut blocked: Vec<_> = (0..3).map(|_| running.connect()).collect();
        for client in &mut blocked {
            client.send(get("/wait"));
        }
        eventually("they block", || gate.waiting() == 3);
        let mut waiting = running.connect();
        waiting.send(get("/a"));
        let mut in_pieces = running.connect();
        in_pieces.send("GET /b HTT");
        in_pieces.send("P/1.1\r\nHost: a\r\n\r\n");
        // The server still accepts clients, and closes those that keep it waiting.
        running.connect().assert_closed();
        let mut half = running.connect();
        half.send("");
        half.assert_closed();
        thread::sleep(short);
        assert_eq!(gate.waiting(), 3);
        // Clients that the server keeps waiting are not late.
        waiting.assert_silent(Duration::from_millis(10));
        gate.open();
        assert_eq!(waiting.response().text(), "GET /a\n");
        assert_eq!(in_pieces.response().text(), "GET /b\n");
        for mut client in blocked {
            assert_eq!(client.response().status, 200);
        }
        running.handle.shutdown();
        running.join();
    });
}

#[test]
fn a_server_without_a_free_thread_can_be_ended() {
    let gate = Gate::default();
    let options = |builder: wsgi_server::Builder| {
        builder
            .threads(2)
            .max_threads(4)
            .shutdown_timeout(Duration::from_millis(100))
    };
    let mut running = Running::with(options, gate.app());
    let mut clients: Vec<_> = (0..10).map(|_| running.connect()).collect();
    for client in &mut clients {
        client.send(get("/wait"));
    }
    eventually("they block", || gate.waiting() >= 2);
    running.handle.shutdown();
    running.join();
    gate.open();
}

#[test]
fn each_loop_has_the_threads_that_it_needs_whatever_the_limit() {
    let running = Running::with(|builder| builder.threads(3).max_threads(1), echo);
    let mut clients: Vec<_> = (0..9).map(|_| running.connect()).collect();
    for _ in 0..10 {
        for client in &mut clients {
            assert_eq!(client.ask(get("/")).status, 200);
        }
    }
}

/// A thread takes its loop back from another one that is in a call. The events that the other one
/// got meanwhile must not be lost.
#[test]
fn a_request_that_comes_while_its_connection_is_away_is_answered() {
    for _ in 0..10 {
        let (first, second) = (Gate::default(), Gate::default());
        let app = {
            let (first, second) = (first.clone(), second.clone());
            move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
                match &*environ.path_info().to_string_lossy() {
                    "/first" => first.pass(),
                    "/second" => {
                        first.open();
                        second.pass();
                    }
                    _ => {}
                }
                echo(environ, start_response)
            }
        };
        let running = Running::with(|builder| builder.threads(1), app);
        let mut away = running.connect();
        away.send(get("/first"));
        eventually("it is away", || first.waiting() == 1);
        let mut other = running.connect();
        assert_eq!(other.ask(get("/")).status, 200);
        away.send(get("/next"));
        assert_eq!(other.ask(get("/")).status, 200);
        other.send(get("/second"));
        assert_eq!(away.response().text(), "GET /first\n");
        assert_eq!(away.response().text(), "GET /next\n");
        second.open();
        assert_eq!(other.response().text(), "GET /second\n");
    }
}

#[test]
fn loops_change_hands_in_every_order_and_no_request_is_lost() {
    // The sleeps, in the call, in the body and in a hook, are about as long as the time after which
    // a loop changes hands.
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let number: u64 = environ.path_info().to_str()?[1..].parse()?;
        let pause = move |part: u64| {
            let micros = (number * 7919 + part * 104_729) % 3000;
            if !micros.is_multiple_of(3) {
                thread::sleep(Duration::from_micros(micros));
            }
        };
        pause(1);
        if number % 4 == 1 {
            environ.on_finished(move |_, _| pause(2));
        }
        if number % 4 == 2 {
            start_response.start(Status::OK, ())?;
            return Ok(Body::chunks((0..3).map(move |part| {
                pause(3 + part);
                format!("{number} ")
            })));
        }
        start_response.start(Status::OK, ())?;
        Ok(format!("{number} {number} {number} ").into())
    };
    for (threads, most) in [(1, 2), (1, 5), (2, 4), (3, 64)] {
        let running = Running::with(|builder| builder.threads(threads).max_threads(most), app);
        let address = running.address;
        let clients: Vec<_> = (0..16)
            .map(|client_number| {
                thread::spawn(move || {
                    let mut client = Client::connect(address);
                    for round in 0..10 {
                        let numbers = (0..3).map(|part| client_number * 100 + round * 3 + part);
                        let requests = numbers.clone().map(|number| get(&format!("/{number}")));
                        client.send(requests.collect::<String>());
                        for number in numbers {
                            let expected = format!("{number} ").repeat(3);
                            assert_eq!(client.response().text(), expected);
                        }
                    }
                })
            })
            .collect();
        for client in clients {
            client.join().unwrap();
        }
    }
}

#[test]
fn another_application_serves_from_the_next_request_on() {
    let answer = |text: &'static str| {
        move |_: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, ())?;
            Ok(text.into())
        }
    };
    let running = Running::with(
        |builder| {
            builder.handle_with(|application, environ, start_response| {
                start_response.start(Status::OK, [("X-Handled", "yes")])?;
                let (mut inner, mut sink) = (wsgi_application::Exchange::new(), Vec::new());
                application.call(environ, &mut StartResponse::new(&mut inner, &mut sink))
            })
        },
        answer("first"),
    );
    let mut client = running.connect();
    assert_eq!(client.ask(get("/")).text(), "first");
    running.server.set_app(answer("second"));
    for _ in 0..4 {
        assert_eq!(running.connect().ask(get("/")).text(), "second");
        let response = client.ask(get("/"));
        assert_eq!(response.text(), "second");
        assert_eq!(response.header("X-Handled"), Some("yes"));
    }
    // `app` returns the application itself, without the function that handles it.
    running.server.set_app(running.server.app());
    assert_eq!(client.ask(get("/")).text(), "second");
}

#[test]
fn a_former_application_may_use_the_server_when_it_is_dropped() {
    struct Former(Arc<Mutex<Option<Arc<wsgi_server::Server>>>>);
    impl Drop for Former {
        fn drop(&mut self) {
            let server = self.0.lock().unwrap().take();
            drop(server.map(|server| server.app()));
        }
    }
    let server = Arc::new(Mutex::new(None));
    let former = Former(server.clone());
    let running = Running::new(
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let _ = &former;
            echo(environ, start_response)
        },
    );
    *server.lock().unwrap() = Some(running.server.clone());
    running.server.set_app(echo);
    assert_eq!(running.connect().ask(get("/")).status, 200);
}
