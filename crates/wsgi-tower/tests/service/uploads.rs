//! Bodies of requests.

use std::{
    io::{ErrorKind, Read},
    pin::pin,
    sync::{Mutex, mpsc},
    task::{Context, Waker},
    time::Duration,
};

use http::{Request, StatusCode};
use http_body_util::Limited;
use tower_service::Service;
use wsgi_application::{Status, application};
use wsgi_tower::{ApplicationService, Pool};

use crate::park::park;
use crate::{
    chunks::Chunks,
    support::{call, collect, logged},
};

#[test]
fn a_request_body_is_not_taken_beyond_the_buffer() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let app = application(move |environ, start_response| {
        gone.lock().unwrap().recv()?;
        let mut body = Vec::new();
        environ.input().read_to_end(&mut body)?;
        start_response.start(Status::OK, ())?;
        Ok(body.len().to_string().into())
    });
    let mut service = ApplicationService::builder(app).buffer(1000).build();
    let queue = Chunks::default();
    for _ in 0..100 {
        queue.send(vec![b'x'; 400]);
    }
    queue.end();
    let request = Request::post("/").body(queue.clone()).unwrap();
    let mut future = service.call(request);
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(&mut future).poll(&mut context).is_pending());
    assert_eq!(queue.polls(), 3, "1,200 bytes are 1,000 and one piece");
    go.send(()).unwrap();
    assert_eq!(collect(park(future).unwrap().into_body()), "40000");
}

#[test]
fn a_body_that_the_client_announces_is_polled_once_it_is_read() {
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let app = application(move |environ, start_response| {
        told.lock().unwrap().recv()?;
        let mut text = String::new();
        environ.input().read_to_string(&mut text)?;
        start_response.start(Status::OK, ())?;
        Ok(text.into())
    });
    let mut service = ApplicationService::new(app);
    let queue = Chunks::default();
    queue.send("Hello");
    queue.end();
    let request = Request::post("/").header("Expect", "100-continue");
    let mut future = service.call(request.body(queue.clone()).unwrap());
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(&mut future).poll(&mut context).is_pending());
    assert_eq!(queue.polls(), 0);
    tell.send(()).unwrap();
    assert_eq!(collect(park(future).unwrap().into_body()), "Hello");
}

#[test]
fn a_request_body_that_breaks_off_is_a_bad_request() {
    let pool = Pool::new(1);
    let (mut service, log) = logged(
        application(|environ, _start_response| {
            environ.input().read_to_end(&mut Vec::new())?;
            Err("all of it came".into())
        }),
        &pool,
    );
    for (kind, status) in [
        (ErrorKind::ConnectionReset, StatusCode::BAD_REQUEST),
        (ErrorKind::FileTooLarge, StatusCode::PAYLOAD_TOO_LARGE),
        (ErrorKind::TimedOut, StatusCode::REQUEST_TIMEOUT),
    ] {
        let queue = Chunks::default();
        queue.send("half");
        queue.fail(kind);
        let request = Request::post("/").body(queue).unwrap();
        assert_eq!(call(&mut service, request).status(), status);
    }
    assert!(!log.to_string().contains("all of it came"), "{log}");
}

#[test]
fn a_body_beyond_the_limit_of_a_layer_is_too_large() {
    let app = application(|environ, start_response| {
        environ.input().read_to_end(&mut Vec::new())?;
        start_response.start(Status::OK, ())?;
        Ok("read".into())
    });
    let mut service = ApplicationService::new(app);
    for (limit, status) in [(10, StatusCode::OK), (9, StatusCode::PAYLOAD_TOO_LARGE)] {
        let queue = Chunks::default(); // without a length, as in chunks or over HTTP/2
        queue.send("12345");
        queue.send("67890");
        queue.end();
        // What tower-http's `RequestBodyLimitLayer` and axum's `with_limited_body` make of a body.
        let request = Request::post("/").body(Limited::new(queue, limit)).unwrap();
        assert_eq!(call(&mut service, request).status(), status, "{limit}");
    }
}

#[test]
fn a_client_that_sends_nothing_is_not_waited_for() {
    let app = application(|environ, start_response| {
        environ.input().read_to_end(&mut Vec::new())?;
        start_response.start(Status::OK, ())?;
        Ok("read".into())
    });
    let timeout = Duration::from_millis(20);
    let mut service = ApplicationService::builder(app)
        .read_timeout(timeout)
        .build();
    let request = Request::post("/").body(Chunks::default()).unwrap();
    assert_eq!(
        call(&mut service, request).status(),
        StatusCode::REQUEST_TIMEOUT
    );
}
