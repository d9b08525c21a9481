//! Applications that fail, and requests that are refused.

use std::{
    io::{Seek, Write},
    thread,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, Empty};
use wsgi_application::{Body, FileWrapper, Status, application};
use wsgi_environ::End;
use wsgi_tower::{ApplicationService, Pool};

use crate::park::park;
use crate::support::{PATIENCE, call, collect, get, logged, noting, text};

#[test]
fn an_error_or_a_panic_before_the_head_is_a_500() {
    let pool = Pool::new(1);
    let (mut service, log) = logged(
        application(|_environ, _start_response| Err("out of tea".into())),
        &pool,
    );
    let response = get(&mut service);
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(collect(response.into_body()), "500 Internal Server Error\n");
    assert!(log.to_string().contains("out of tea"));

    let (mut service, log) = logged(
        application(|_environ, _start_response| panic!("no tea at all")),
        &pool,
    );
    assert_eq!(
        get(&mut service).status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert!(log.to_string().contains("no tea at all"));
    // The only thread of the pool is still there.
    let (mut service, _) = logged(text("tea"), &pool);
    assert_eq!(collect(get(&mut service).into_body()), "tea");
}

#[test]
fn a_failure_within_the_body_is_an_error_of_the_body() {
    let pool = Pool::new(1);
    let (app, outcomes) = noting(application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks([Ok("Hello "), Err("no more tea")]))
    }));
    let (mut service, log) = logged(app, &pool);
    let mut body = get(&mut service).into_body();
    assert_eq!(
        park(body.frame()).unwrap().unwrap().into_data().unwrap(),
        "Hello "
    );
    assert!(park(body.frame()).unwrap().is_err());
    assert!(park(body.frame()).is_none() && body.is_end_stream());
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Failed
    );
    assert!(log.to_string().contains("no more tea"));
}

/// An extension whose drop panics.
#[derive(Clone)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "the drop of an extension");
    }
}

#[test]
fn an_extension_whose_drop_panics_does_not_keep_the_response_back() {
    for has_hooks in [false, true] {
        let pool = Pool::new(1);
        let (mut service, _) = logged(
            application(move |environ, start_response| {
                environ.insert_extension(Bomb);
                if has_hooks {
                    environ.on_finished(|_, _| {});
                }
                start_response.start(Status::OK, ())?;
                Ok("Hello".into())
            }),
            &pool,
        );
        assert_eq!(collect(get(&mut service).into_body()), "Hello");
        assert!(pool.shutdown(PATIENCE));
    }
}

#[test]
fn a_panic_within_a_file_is_an_error_of_the_body() {
    let (app, outcomes) = noting(application(|_environ, start_response| {
        let mut file = tempfile::tempfile()?;
        file.write_all(b"Hello")?;
        file.rewind()?;
        start_response.start(Status::OK, ())?;
        let file = FileWrapper::from_file(file);
        Ok(file.with_block_size(usize::MAX).into()) // more than a vector can have
    }));
    let pool = Pool::new(1);
    let (mut service, log) = logged(app, &pool);
    let mut body = get(&mut service).into_body();
    assert!(park(body.frame()).unwrap().is_err());
    drop(body);
    assert_eq!(
        outcomes.recv_timeout(PATIENCE).unwrap().0.end(),
        End::Failed
    );
    assert!(pool.shutdown(PATIENCE));
    assert_eq!(
        log.to_string(),
        "GET \"/\": the file cannot be sent: a panic\n"
    );
}

#[test]
fn what_no_application_should_see_is_refused() {
    let mut service = ApplicationService::new(text("seen"));
    for (method, uri, status) in [
        ("GET", "/%00", StatusCode::BAD_REQUEST),
        ("GET", "/%zz", StatusCode::BAD_REQUEST),
        ("CONNECT", "example.org:443", StatusCode::NOT_IMPLEMENTED),
        ("OPTIONS", "*", StatusCode::OK),
        ("GET", "*", StatusCode::BAD_REQUEST),
        ("GET", "http://a:8000/", StatusCode::OK),
        ("GET", "HTTPS://a/", StatusCode::OK),
        ("GET", "ftp://a/", StatusCode::BAD_REQUEST),
        ("GET", "a", StatusCode::BAD_REQUEST),
        ("GET", "a:8000", StatusCode::BAD_REQUEST),
        ("GET", "http://user@a/", StatusCode::BAD_REQUEST),
        ("GET", "http://[::1::]/", StatusCode::BAD_REQUEST),
    ] {
        let request = Request::builder().method(method).uri(uri);
        let response = call(&mut service, request.body(Empty::<Bytes>::new()).unwrap());
        assert_eq!(response.status(), status, "{method} {uri}");
    }
    let (app, outcomes) = noting(text("seen"));
    let mut service = ApplicationService::builder(app)
        .prepare(|_, _| panic!("not prepared"))
        .build();
    assert_eq!(
        get(&mut service).status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert!(outcomes.try_recv().is_err());
}
