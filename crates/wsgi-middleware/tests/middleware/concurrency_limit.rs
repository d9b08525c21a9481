//! Limits of the calls at once.

use std::{
    sync::{Mutex, mpsc},
    thread,
};

use wsgi_application::{
    Application, Body, Content, Environ, Exchange, StartResponse, Status, application,
};
use wsgi_middleware::ConcurrencyLimit;
use wsgi_testing::Request;

/// An application that says that it runs, and waits until it may return.
fn waiting() -> (impl Application, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (begin, begun) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let gone = Mutex::new(gone);
    let app = application(move |_environ, start_response| {
        begin.send(())?;
        gone.lock().unwrap().recv()?;
        start_response.start(Status::OK, ())?;
        Ok("done".into())
    });
    (app, begun, go)
}

fn status(site: &impl Application) -> u16 {
    Request::get("/").call(site).status().code()
}

#[test]
fn requests_beyond_the_limit_are_refused_until_one_has_returned() {
    let (app, begun, go) = waiting();
    let site = ConcurrencyLimit::new(app, 2);
    thread::scope(|scope| {
        let calls = [(); 2].map(|()| scope.spawn(|| status(&site)));
        for _ in &calls {
            begun.recv().unwrap();
        }
        let refused = Request::get("/").call(&site);
        assert_eq!(refused.status(), &Status::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers().get("Retry-After").unwrap(), "1");
        assert!(begun.try_recv().is_err(), "the application is not called");
        for _ in &calls {
            go.send(()).unwrap();
        }
        for call in calls {
            assert_eq!(call.join().unwrap(), 200);
        }
        go.send(()).unwrap();
        assert_eq!(status(&site), 200);
    });
}

#[test]
fn a_body_of_chunks_keeps_its_place_until_it_is_dropped() {
    let app = application(|environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(match environ.path_info().as_bytes() {
            b"/chunks" => Body::chunks(["one", "two"]),
            b"/channel" => Body::channel(10).1,
            _ => "bytes".into(),
        })
    });
    let site = ConcurrencyLimit::new(app, 1);
    // The rest of a response that a server still sends.
    let call = |path| {
        let (mut exchange, mut sent, mut environ) = (Exchange::new(), Vec::new(), Environ::new());
        environ.set("PATH_INFO", path);
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        site.call(&mut environ, &mut start_response).unwrap()
    };
    for (path, other) in [("/chunks", 503), ("/channel", 200), ("/bytes", 200)] {
        let body = call(path);
        assert_eq!(status(&site), other, "{path}");
        drop(body);
        assert_eq!(status(&site), 200, "{path}");
    }
    let Content::Chunks(mut chunks) = call("/chunks").into_content() else {
        panic!("chunks");
    };
    assert_eq!(chunks.size_hint(), (2, Some(2)));
    assert_eq!(chunks.next().unwrap().unwrap(), "one");
}

#[test]
fn a_failure_gives_the_place_back() {
    let fails = application(
        |environ, _start_response| match environ.path_info().as_bytes() {
            b"/panic" => panic!("ink"),
            _ => Err("no ink".into()),
        },
    );
    let site = ConcurrencyLimit::new(fails, 1);
    for _ in 0..3 {
        assert_eq!(status(&site), 500);
        let panics = || Request::get("/panic").call(&site);
        assert_ne!(panics().status().code(), 503);
    }
}
