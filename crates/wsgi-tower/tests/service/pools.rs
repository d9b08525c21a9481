//! Pools: permits, their order, and the end.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Wake, Waker},
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Empty;
use tower_service::Service;
use wsgi_application::{Status, application};
use wsgi_environ::End;
use wsgi_tower::{ApplicationService, Pool, PoolStopped};

use crate::live::live;
use crate::park::park;
use crate::support::{PATIENCE, collect, get, noting, text};

#[test]
fn a_busy_pool_has_its_callers_wait_in_order() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let app = application(move |_environ, start_response| {
        gone.lock().unwrap().recv()?;
        start_response.start(Status::OK, ())?;
        Ok("done".into())
    });
    let service = ApplicationService::builder(app).pool(&Pool::new(1)).build();
    let mut context = Context::from_waker(Waker::noop());
    let mut is_ready = |service: &mut ApplicationService| {
        Service::<Request<Empty<Bytes>>>::poll_ready(service, &mut context).is_ready()
    };
    let (mut first, mut second, mut third) = (service.clone(), service.clone(), service.clone());
    assert!(
        is_ready(&mut first) && is_ready(&mut first),
        "a permit is kept"
    );
    assert!(!is_ready(&mut second) && !is_ready(&mut third));
    let request = || Request::get("/").body(Empty::<Bytes>::new()).unwrap();
    let future = first.call(request());
    assert!(!is_ready(&mut first) && !is_ready(&mut second) && !is_ready(&mut third));
    go.send(()).unwrap();
    assert_eq!(collect(park(future).unwrap().into_body()), "done");
    // The thread gives its permit back to the second in the line, and to the next if that gives up.
    let ready =
        poll_fn(|context| Service::<Request<Empty<Bytes>>>::poll_ready(&mut second, context));
    park(ready).unwrap();
    assert!(!is_ready(&mut third));
    drop(second);
    assert!(
        is_ready(&mut third),
        "a permit that is not used goes to the next"
    );
    drop(third);
    assert!(is_ready(&mut first));
}

#[test]
fn a_caller_that_gives_up_leaves_the_line() {
    let pool = Pool::new(1);
    let service = ApplicationService::builder(text("Hello"))
        .pool(&pool)
        .build();
    let mut context = Context::from_waker(Waker::noop());
    let mut is_ready = |service: &mut ApplicationService| {
        Service::<Request<Empty<Bytes>>>::poll_ready(service, &mut context).is_ready()
    };
    let (mut first, mut second, mut third) = (service.clone(), service.clone(), service);
    assert!(is_ready(&mut first));
    assert!(!is_ready(&mut second) && !is_ready(&mut third));
    drop(second);
    drop(first);
    assert!(is_ready(&mut third));
}

#[test]
fn a_caller_leaves_a_long_line_without_a_walk_along_it() {
    // A walk along the line for each would take longer than the first one waits.
    const WAITING: usize = 500_000;
    let pool = Pool::new(1);
    let mut context = Context::from_waker(Waker::noop());
    let (go, gone) = mpsc::channel::<()>();
    let mut running = pin!(pool.run(move || gone.recv_timeout(PATIENCE)));
    assert!(running.as_mut().poll(&mut context).is_pending());
    let mut line: Vec<_> = (0..WAITING).map(|_| pool.run(|| ())).collect();
    for waiting in &mut line {
        assert!(Pin::new(waiting).poll(&mut context).is_pending());
    }
    while line.len() > 1 {
        line.pop(); // the newest first
    }
    go.send(()).unwrap();
    assert!(park(running).unwrap().is_ok());
    assert_eq!(
        park(line.remove(0)),
        Ok(()),
        "the oldest is still in the line"
    );
}

#[test]
fn a_call_without_readiness_waits_in_its_future() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let running = Arc::new(AtomicUsize::new(0));
    let app = {
        let running = Arc::clone(&running);
        application(move |_environ, start_response| {
            assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
            gone.lock().unwrap().recv()?;
            running.fetch_sub(1, Ordering::SeqCst);
            start_response.start(Status::OK, ())?;
            Ok("done".into())
        })
    };
    let mut service = ApplicationService::builder(app).pool(&Pool::new(1)).build();
    let futures: Vec<_> = (0..5)
        .map(|_| service.call(Request::get("/").body(Empty::<Bytes>::new()).unwrap()))
        .collect();
    (0..5).for_each(|_| go.send(()).unwrap());
    for future in futures {
        assert_eq!(park(future).unwrap().status(), StatusCode::OK);
    }
}

#[test]
fn a_shutdown_waits_for_requests_and_takes_no_others() {
    let (app, senders) = live();
    let (app, outcomes) = noting(app);
    let pool = Pool::new(2);
    let mut service = ApplicationService::builder(app).pool(&pool).build();
    let body = get(&mut service).into_body();
    let sender = senders.recv_timeout(PATIENCE).unwrap();
    assert!(!sender.is_draining());
    assert!(
        !pool.shutdown(Duration::from_millis(10)),
        "a live body is open"
    );
    assert!(sender.is_draining());

    let response = get(&mut service);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
    assert_eq!(collect(response.into_body()), "503 Service Unavailable\n");
    assert_eq!(park(pool.run(|| ())), Err(PoolStopped));

    sender.send("bye").unwrap();
    drop(sender);
    assert_eq!(collect(body), "bye");
    assert!(pool.shutdown(PATIENCE));
    assert_eq!(outcomes.try_recv().unwrap().0.end(), End::Complete);
}

#[test]
fn a_live_body_that_begins_after_the_shutdown_is_told_of_it() {
    let (app, senders) = live();
    let pool = Pool::new(1);
    let mut service = ApplicationService::builder(app).pool(&pool).build();
    let ready =
        poll_fn(|context| Service::<Request<Empty<Bytes>>>::poll_ready(&mut service, context));
    park(ready).unwrap();
    assert!(!pool.shutdown(Duration::ZERO), "a permit is out");
    let body = get(&mut service).into_body();
    let sender = senders.recv_timeout(PATIENCE).unwrap();
    assert!(sender.is_draining());
    drop(sender);
    assert_eq!(collect(body), "");
    assert!(pool.shutdown(PATIENCE));
}

#[test]
fn callers_that_wait_hear_of_a_shutdown() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let app = application(move |_environ, start_response| {
        gone.lock().unwrap().recv()?;
        start_response.start(Status::OK, ())?;
        Ok("done".into())
    });
    let pool = Pool::new(1);
    let mut service = ApplicationService::builder(app).pool(&pool).build();
    let request = || Request::get("/").body(Empty::<Bytes>::new()).unwrap();
    let running = service.call(request());
    let mut running = Box::pin(running);
    let mut context = Context::from_waker(Waker::noop());
    assert!(running.as_mut().poll(&mut context).is_pending());
    let waiting = service.call(request());
    let waiting = thread::spawn(move || park(waiting).unwrap().status());
    assert!(!pool.shutdown(Duration::from_millis(10)));
    assert_eq!(waiting.join().unwrap(), StatusCode::SERVICE_UNAVAILABLE);
    go.send(()).unwrap();
    assert_eq!(collect(park(running).unwrap().into_body()), "done");
    assert!(pool.shutdown(PATIENCE));
}

#[test]
fn a_function_on_the_pool_returns_or_panics_into_its_caller() {
    let pool = Pool::new(1);
    assert_eq!(park(pool.run(|| "done")), Ok("done"));
    let panicking = pool.run(|| -> u8 { panic!("in the function") });
    let payload = thread::spawn(move || park(panicking)).join().unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"in the function"));
    drop(pool.run(|| panic!("never runs")));
    assert_eq!(park(pool.run(|| "again")), Ok("again"));
}

#[test]
fn whoever_has_a_result_finds_the_thread_free() {
    struct Looking(Pool, mpsc::Sender<String>);
    impl Wake for Looking {
        fn wake(self: Arc<Self>) {
            self.1.send(format!("{:?}", self.0)).unwrap();
        }
    }
    let pool = Pool::new(1);
    let (woken, seen) = mpsc::channel();
    let waker = Waker::from(Arc::new(Looking(pool.clone(), woken)));
    let mut context = Context::from_waker(&waker);
    let (go, gone) = mpsc::channel::<()>();
    let mut running = pin!(pool.run(move || gone.recv_timeout(PATIENCE)));
    assert!(running.as_mut().poll(&mut context).is_pending());
    go.send(()).unwrap();
    let seen = seen.recv_timeout(PATIENCE).unwrap();
    assert!(seen.contains("free: 1"), "{seen}");
    assert!(running.as_mut().poll(&mut context).is_ready());
}
