//! Requests at the same time.

use std::{
    sync::{
        Barrier, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Status, application};
use wsgi_middleware::{Quota, RateLimit};
use wsgi_testing::Request;

use super::{clock::Clock, hello, is_admitted};

#[test]
fn threads_together_never_exceed_the_burst() {
    const BURST: u32 = 100;
    let clock = Clock::default();
    let app = RateLimit::new(hello, Quota::per_minute(60).burst(BURST)).clock(clock.read());
    let (admitted, barrier) = (AtomicU32::new(0), Barrier::new(8));
    let round = || {
        admitted.store(0, Ordering::SeqCst);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    for _ in 0..BURST / 4 {
                        let is_admitted = is_admitted(&Request::get("/").call(&app));
                        admitted.fetch_add(u32::from(is_admitted), Ordering::SeqCst);
                    }
                });
            }
        });
        admitted.load(Ordering::SeqCst)
    };
    assert_eq!(round(), BURST);
    clock.add(Duration::from_secs(7));
    assert_eq!(round(), 7);
}

#[test]
fn threads_with_the_real_clock_never_exceed_the_rate() {
    const RATE: u32 = 1000;
    let app = RateLimit::new(hello, Quota::per_second(RATE).burst(5));
    let (start, admitted) = (Instant::now(), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while start.elapsed() < Duration::from_millis(200) {
                    let is_admitted = is_admitted(&Request::get("/").call(&app));
                    admitted.fetch_add(u32::from(is_admitted), Ordering::SeqCst);
                }
            });
        }
    });
    let most = 5 + (start.elapsed().as_micros() * u128::from(RATE)).div_ceil(1_000_000);
    let admitted = admitted.into_inner();
    assert!(
        admitted >= 5 && u128::from(admitted) <= most,
        "{admitted} of {most}"
    );
}

#[test]
fn no_lock_is_held_while_the_application_runs() {
    const PATIENCE: Duration = Duration::from_secs(60);
    let (entered, has_entered) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel();
    let (entered, may_leave) = (Mutex::new(entered), Mutex::new(may_leave));
    let app = application(|environ, start_response| {
        if environ.path_info() == "/slow" {
            entered.lock().unwrap().send(()).unwrap();
            may_leave.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        start_response.start(Status::OK, ())?;
        Ok("".into())
    });
    let app = RateLimit::new(app, Quota::per_hour(2));
    thread::scope(|scope| {
        let slow = scope.spawn(|| Request::get("/slow").call(&app).status().clone());
        has_entered.recv_timeout(PATIENCE).unwrap();
        assert!(is_admitted(&Request::get("/").call(&app)));
        assert!(!is_admitted(&Request::get("/").call(&app)));
        leave.send(()).unwrap();
        assert_eq!(slow.join().unwrap(), Status::OK, "it did not wait in vain");
    });
}
