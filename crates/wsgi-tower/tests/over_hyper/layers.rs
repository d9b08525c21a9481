//! Layers of tower and tower-http around an application.

use std::{
    sync::{Mutex, mpsc},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_http::{limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer};
use wsgi_application::{Status, application};
use wsgi_tower::{ApplicationService, Pool};

use crate::park::park;

#[test]
fn load_is_shed_while_every_thread_is_busy() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let app = application(move |_environ, start_response| {
        gone.lock().unwrap().recv()?;
        start_response.start(Status::OK, ())?;
        Ok("done".into())
    });
    let service = ApplicationService::builder(app).pool(&Pool::new(2)).build();
    let service = ServiceBuilder::new().load_shed().service(service);
    let call = || {
        let mut service = service.clone();
        let request = Request::get("/").body(Empty::<Bytes>::new()).unwrap();
        park(std::future::poll_fn(|context| {
            Service::<Request<Empty<Bytes>>>::poll_ready(&mut service, context)
        }))
        .unwrap();
        service.call(request)
    };
    let running = [call(), call()];
    for _ in 0..3 {
        let error = park(call()).unwrap_err();
        assert!(error.is::<tower::load_shed::error::Overloaded>(), "{error}");
    }
    for _ in &running {
        go.send(()).unwrap();
    }
    for future in running {
        let body = park(future).unwrap().into_body();
        assert_eq!(park(body.collect()).unwrap().to_bytes(), "done");
    }
}

#[test]
fn layers_of_tower_http_go_around_an_application() {
    let app = application(|environ, start_response| {
        let mut body = Vec::new();
        std::io::Read::read_to_end(environ.input(), &mut body)?;
        start_response.start(Status::OK, ())?;
        Ok(body.into())
    });
    let name = HeaderName::from_static("x-frame-options");
    let value = HeaderValue::from_static("DENY");
    let service = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(name, value))
        .layer(RequestBodyLimitLayer::new(10))
        .service(ApplicationService::new(app));
    let call = |body: &'static str| {
        let request = Request::post("/")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        park(service.clone().oneshot(request)).unwrap()
    };
    let response = call("ten bytes.");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    assert_eq!(
        park(response.into_body().collect()).unwrap().to_bytes(),
        "ten bytes."
    );
    assert_ne!(call("eleven byte").status(), StatusCode::OK);
}

#[test]
fn a_timeout_drops_the_future_and_the_application_hears_of_it() {
    // The call may not begin in time.
    for time in [50, 500, 5_000].map(Duration::from_millis) {
        if is_told_in(time) {
            return;
        }
    }
    panic!("the application is never called");
}

/// Whether an application is called within a time, and hears of its end then.
fn is_told_in(time: Duration) -> bool {
    let (go, gone) = mpsc::channel::<()>();
    let (end, ended) = mpsc::channel();
    let (begin, begun) = mpsc::channel();
    let gone = Mutex::new(gone);
    let app = application(move |environ, start_response| {
        let end = end.clone();
        let _ = begin.send(());
        environ.on_finished(move |_, outcome| end.send(outcome.end()).unwrap());
        gone.lock().unwrap().recv()?;
        start_response.start(Status::OK, ())?;
        Ok("too late".into())
    });
    let service = ServiceBuilder::new()
        .timeout(time)
        .service(ApplicationService::new(app));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let request = Request::get("/").body(Empty::<Bytes>::new()).unwrap();
    let error = runtime.block_on(service.oneshot(request)).unwrap_err();
    assert!(error.is::<tower::timeout::error::Elapsed>());
    let is_begun = begun.try_recv().is_ok();
    let _ = go.send(());
    if is_begun {
        let ended = ended.recv_timeout(crate::serving::PATIENCE).unwrap();
        assert_eq!(ended, wsgi_environ::End::Disconnected);
    }
    is_begun
}
