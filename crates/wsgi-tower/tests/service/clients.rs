//! Clients that leave, or take nothing.

use std::{
    io::{ErrorKind, Read, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Waker},
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::Body as _;
use http_body_util::{BodyExt, Empty};
use tower_service::Service;
use wsgi_application::{Body, Status, application};
use wsgi_environ::End;
use wsgi_tower::{ApplicationService, Pool};

use crate::chunks::Chunks;
use crate::park::park;
use crate::support::{PATIENCE, call, collect, get, logged, noting, text};

#[test]
fn a_server_that_stops_at_the_declared_length_has_everything() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (app, outcomes) = noting(application(move |_environ, start_response| {
        let mut body = start_response.start(Status::OK, [("Content-Length", "5")])?;
        body.write_all(b"12345")?;
        body.flush()?;
        gone.lock().unwrap().recv()?;
        Ok(Body::empty())
    }));
    let mut service = ApplicationService::new(app);
    let mut body = get(&mut service).into_body();
    assert_eq!(
        park(body.frame()).unwrap().unwrap().into_data().unwrap(),
        "12345"
    );
    assert!(body.is_end_stream());
    drop(body);
    go.send(()).unwrap();
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Complete
    );
}

#[test]
fn a_client_that_has_everything_does_not_stop_the_application() {
    for (method, piece) in [("HEAD", None), ("GET", Some("12345"))] {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let (app, outcomes) = noting(application(move |_environ, start_response| {
            let mut body = start_response.start(Status::OK, [("Content-Length", "5")])?;
            body.write_all(b"12345")?;
            body.flush()?;
            gone.lock().unwrap().recv()?;
            for _ in 0..3 {
                body.write_all(b"")?;
                body.flush()?;
            }
            Ok(Body::empty())
        }));
        let mut service = ApplicationService::new(app);
        let request = Request::builder().method(method).uri("/");
        let response = call(&mut service, request.body(Empty::<Bytes>::new()).unwrap());
        let mut body = response.into_body();
        if let Some(piece) = piece {
            let frame = park(body.frame()).unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), piece);
        }
        assert!(body.is_end_stream());
        drop(body);
        go.send(()).unwrap();
        let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
        assert_eq!(outcome.end(), End::Complete, "{method}");
        assert_eq!(outcome.body_bytes(), piece.map_or(0, str::len) as u64);
    }
}

#[test]
fn a_client_of_head_that_leaves_before_the_head_is_gone() {
    let (go, gone) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (app, outcomes) = noting(application(move |_environ, start_response| {
        begin.send(())?;
        gone.lock().unwrap().recv()?;
        let mut body = start_response.start(Status::OK, ())?;
        body.write_all(b"too late")?;
        body.flush()?;
        Ok(Body::empty())
    }));
    let mut service = ApplicationService::new(app);
    let future = service.call(Request::head("/").body(Empty::<Bytes>::new()).unwrap());
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    begun.recv_timeout(PATIENCE).unwrap();
    drop(future);
    go.send(()).unwrap();
    let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.end(), End::Disconnected);
}

#[test]
fn a_client_that_takes_nothing_is_cut() {
    let (tell, told) = mpsc::channel();
    let (app, outcomes) = noting(application(move |_environ, start_response| {
        let mut body = start_response.start(Status::OK, ())?;
        let error = loop {
            if let Err(error) = body.write_all(&[b'x'; 100_000]) {
                break error;
            }
        };
        tell.send(error.kind())?;
        Err(error.into())
    }));
    let timeout = Duration::from_millis(20);
    let builder = ApplicationService::builder(app).write_timeout(timeout);
    let mut body = get(&mut builder.build()).into_body();
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), ErrorKind::TimedOut);
    while let Ok(frame) = park(body.frame()).unwrap() {
        assert!(frame.is_data());
    }
    drop(body);
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::TimedOut
    );
}

#[test]
fn times_without_an_end_are_those_of_a_year() {
    let app = application(|environ, start_response| {
        let mut sum = Vec::new();
        environ.input().read_to_end(&mut sum)?;
        let mut body = start_response.start(Status::OK, ())?;
        for _ in 0..100 {
            body.write_all(&[b'x'; 10_000])?; // which waits for room
        }
        Ok(sum.into())
    });
    let pool = Pool::new(1);
    let mut service = ApplicationService::builder(app)
        .pool(&pool)
        .read_timeout(Duration::MAX)
        .write_timeout(Duration::MAX)
        .build();
    let queue = Chunks::default();
    let request = Request::post("/").body(queue.clone()).unwrap();
    let late = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20)); // so that the read waits
        queue.send("late");
        queue.end();
    });
    let response = call(&mut service, request);
    late.join().unwrap();
    let text = collect(response.into_body());
    assert_eq!((text.len(), text.ends_with(b"late")), (1_000_004, true));
    assert!(pool.shutdown(Duration::MAX));
}

#[test]
fn a_client_that_leaves_is_seen_by_the_next_write_and_once_by_the_hooks() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let failed = Arc::new(AtomicBool::new(false));
    let pool = Pool::new(1);
    let (app, outcomes) = {
        let failed = Arc::clone(&failed);
        noting(application(move |environ, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            body.write_all(b"Hello ")?;
            body.flush()?;
            gone.lock().unwrap().recv()?;
            assert!(!environ.is_client_connected());
            let mut body = start_response.writer().ok_or("started")?;
            failed.store(body.write_all(b"world!\n").is_err(), Ordering::SeqCst);
            Ok("more".into())
        }))
    };
    let (mut service, log) = logged(app, &pool);
    let response = get(&mut service);
    drop(response);
    go.send(()).unwrap();
    let (outcome, thread) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!((outcome.end(), &*thread), (End::Disconnected, "wsgi-pool"));
    assert!(failed.load(Ordering::SeqCst));
    assert!(pool.shutdown(PATIENCE));
    assert!(outcomes.try_recv().is_err(), "hooks run once");
    assert_eq!(
        log.to_string(),
        "",
        "that a client leaves is not the application's failure"
    );
}

#[test]
fn a_client_that_leaves_before_the_head_is_seen_too() {
    let (go, gone) = mpsc::channel::<()>();
    let (begin, begun) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (app, outcomes) = noting(application(move |_environ, start_response| {
        begin.send(())?;
        gone.lock().unwrap().recv()?;
        start_response.start(Status::OK, ())?;
        Ok("too late".into())
    }));
    let mut service = ApplicationService::new(app);
    let future = service.call(Request::get("/").body(Empty::<Bytes>::new()).unwrap());
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    begun.recv_timeout(PATIENCE).unwrap();
    drop(future);
    go.send(()).unwrap();
    let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.end(), outcome.status_code()),
        (End::Disconnected, Some(200))
    );
}

#[test]
fn a_client_that_leaves_within_many_bytes_has_some_of_them() {
    const LENGTH: usize = 1_000_000;
    let (app, outcomes) = noting(application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(vec![b'x'; LENGTH].into())
    }));
    let mut service = ApplicationService::builder(app).buffer(1000).build();
    let mut body = get(&mut service).into_body();
    assert_eq!(body.size_hint().exact(), Some(LENGTH as u64));
    let frame = park(body.frame()).unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap().len(), 1000);
    drop(body);
    let (outcome, _) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.end(), outcome.body_bytes()),
        (End::Disconnected, 1000)
    );
}

#[test]
fn bytes_that_nobody_takes_are_not_complete() {
    let (app, outcomes) = noting(text("Hello world!\n"));
    let mut service = ApplicationService::new(app);
    drop(get(&mut service));
    let (outcome, thread) = outcomes.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.end(), outcome.body_bytes()),
        (End::Disconnected, 0)
    );
    assert_eq!(thread, "wsgi-pool");
}
