//! Threads, places of connections and applications are released when they are no longer needed.

use std::{
    io::Read,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_server::Builder;

use crate::support::{Client, PATIENCE, Running, echo, eventually, get, within};

#[test]
fn a_connection_that_ends_makes_room_at_once() {
    // There is one place, for which the others wait, and after each client there is room for the
    // next. A pause of accepting, which is 100 ms, for one client of three would take two seconds.
    let running = Running::with(|builder| builder.max_connections(1), echo);
    within(Duration::from_millis(1200), || {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                        assert_eq!(running.answered(request).1.status, 200);
                    }
                });
            }
        });
    });
}

#[test]
fn the_limit_of_connections_is_never_exceeded() {
    let (open, most) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let app = {
        let most = most.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            let now = open.fetch_add(1, SeqCst) + 1;
            most.fetch_max(now, SeqCst);
            thread::sleep(Duration::from_millis(1));
            open.fetch_sub(1, SeqCst);
            echo(environ, start_response)
        }
    };
    let options = |builder: Builder| builder.threads(4).max_connections(3);
    let running = Running::with(options, app);
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                for _ in 0..10 {
                    running.served();
                }
            });
        }
    });
    let most = most.load(SeqCst);
    assert!(most <= 3, "{most} at once");
}

/// A place where threads wait for each other, with the number of those that are there.
struct Meeting(Mutex<usize>, Condvar);

impl Meeting {
    /// Waits until `count` threads are there. Returns false if they do not come in time.
    fn wait_for(&self, count: usize) -> bool {
        let mut there = self.0.lock().unwrap();
        *there += 1;
        self.1.notify_all();
        let long = Duration::from_secs(4);
        let met = self
            .1
            .wait_timeout_while(there, long, |there| *there < count);
        !met.unwrap().1.timed_out()
    }
}

#[test]
fn idle_loops_leave_their_spares_to_a_busy_one() {
    let meeting = Arc::new(Meeting(Mutex::new(0), Condvar::new()));
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let text = match environ.path_info() == "/meet" {
            true => format!("{}", meeting.wait_for(3)),
            false => name,
        };
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    };
    let running = Running::with(|builder| builder.threads(4).max_threads(8), app);
    // Each loop has called the application, and at least three clients belong to the same loop.
    let mut clients: Vec<_> = (0..16).map(|_| running.connect()).collect();
    let mut loops: Vec<(String, Client)> = clients
        .drain(..)
        .map(|mut client| (client.ask(get("/")).text().to_owned(), client))
        .collect();
    loops.sort_by(|one, other| one.0.cmp(&other.0));
    let three = loops.windows(3).position(|three| three[0].0 == three[2].0);
    let three = three.expect("three connections of one loop");
    let three = &mut loops[three..three + 3];
    for (_, client) in &mut *three {
        client.send(get("/meet"));
    }
    for (name, client) in three {
        assert_eq!(client.response().text(), "true", "{name}");
    }
}

#[test]
fn a_hook_that_blocks_holds_no_other_clients_socket() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let entered = Arc::new(AtomicUsize::new(0));
    let app = {
        let (gate, entered) = (gate.clone(), entered.clone());
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            if environ.path_info() != "/hook" {
                return echo(environ, start_response);
            }
            let (gate, entered) = (gate.clone(), entered.clone());
            environ.on_finished(move |_, _| {
                entered.fetch_add(1, SeqCst);
                let open = gate.0.lock().unwrap();
                let waited = gate.1.wait_timeout_while(open, PATIENCE, |open| !*open);
                drop(waited.unwrap());
            });
            start_response.start(Status::OK, ())?;
            Ok(vec![b'x'; 16_000_000].into())
        }
    };
    let time = Duration::from_millis(300);
    let running = Running::with(|builder| builder.threads(1).keep_alive(time), app);
    let mut hooked = Client::with_small_buffer(running.address);
    hooked.send(get("/hook"));
    let mut other = running.connect();
    assert_eq!(other.ask(get("/other")).status, 200);
    // The hook runs on the thread that has answered the other client last.
    let mut stream = hooked.stream.try_clone().unwrap();
    let reading = thread::spawn(move || {
        let mut left = 16_000_000;
        while left > 0 {
            left -= stream.read(&mut [0; 65_536]).unwrap().min(left);
        }
    });
    eventually("the hook runs", || entered.load(SeqCst) == 1);
    // Much sooner than the hook would end by itself.
    let since = Instant::now();
    other.assert_closed();
    assert!(since.elapsed() < PATIENCE / 2, "{:?}", since.elapsed());
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    reading.join().unwrap();
}

#[test]
fn a_former_application_is_dropped_even_if_no_request_comes() {
    let life = Arc::new(());
    let alive = Arc::downgrade(&life);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let _ = &life;
        if environ.path_info() == "/slow" {
            thread::sleep(Duration::from_millis(5));
        }
        echo(environ, start_response)
    };
    let running = Running::new(app);
    let mut clients: Vec<_> = (0..8).map(|_| running.connect()).collect();
    for path in ["/slow", "/quick"] {
        for client in &mut clients {
            client.send(get(path));
        }
        for client in &mut clients {
            assert_eq!(client.response().status, 200);
        }
    }
    running.server.set_app(echo);
    eventually("it is dropped", || alive.strong_count() == 0);
    assert_eq!(clients[0].ask(get("/new")).text(), "GET /new\n");
}
