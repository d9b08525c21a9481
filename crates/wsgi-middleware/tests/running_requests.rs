//! The list of the requests that are running.

#![cfg(feature = "running-requests")]

use std::{
    iter,
    sync::{Mutex, mpsc::channel},
    thread,
};

use wsgi_application::{Application, Body, Environ, Exchange, StartResponse, Status, application};
use wsgi_middleware::{RunningHandle, RunningRequest, RunningRequests};
use wsgi_testing::Request;

fn line(request: &RunningRequest) -> String {
    let place = match request.is_in_application() {
        true => "calling",
        false => "sending",
    };
    format!("{place} {} {}", request.method(), request.path())
}

fn lines(running: &RunningHandle) -> Vec<String> {
    running.requests().iter().map(line).collect()
}

/// An application that lists the requests while it is called and while its body is sent.
fn lister() -> impl Application {
    application(|environ, start_response| {
        let running = environ.extension::<RunningHandle>().unwrap().clone();
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        let called = lines(&running).join(";");
        let later = iter::once_with(move || format!("|{}", lines(&running).join(";")));
        Ok(Body::chunks(iter::once(called).chain(later)))
    })
}

#[test]
fn a_request_is_listed_until_its_response_was_sent() {
    let site = RunningRequests::new(lister());
    let running = site.handle();
    let request = Request::post("/tea").extension(running.clone());
    assert_eq!(
        request.call(&site).text(),
        "calling POST /tea|sending POST /tea"
    );
    assert!(running.requests().is_empty());
}

#[test]
fn a_request_that_fails_is_not_listed_for_ever() {
    let failing = application(
        |environ, _start_response| match environ.path_info().as_bytes() {
            b"/panic" => panic!("out of tea"),
            _ => Err("out of tea".into()),
        },
    );
    let site = RunningRequests::new(failing);
    for path in ["/error", "/panic"] {
        assert_eq!(Request::get(path).call(&site).status().code(), 500);
        assert!(site.handle().requests().is_empty(), "{path}");
    }
    let leaves = Request::get("/")
        .extension(site.handle())
        .disconnect_after(3);
    let site = RunningRequests::new(lister());
    let leaves = leaves.extension(site.handle());
    assert!(!leaves.call(&site).is_complete());
    assert!(site.handle().requests().is_empty());
}

#[test]
fn a_gateway_that_runs_no_hooks_leaves_nothing_behind() {
    let site = RunningRequests::new(application(|_environ, _start_response| Ok(().into())));
    let mut environ = Environ::new();
    let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
    let mut start_response = StartResponse::new(&mut exchange, &mut sent);
    let _ = site.call(&mut environ, &mut start_response);
    assert_eq!(site.handle().requests().len(), 1);
    drop(environ);
    assert!(site.handle().requests().is_empty());
}

#[test]
fn the_oldest_request_comes_first() {
    let (started, is_started) = channel();
    let (end, ends) = channel::<()>();
    let ends = Mutex::new(ends);
    let site = RunningRequests::new(application(move |environ, start_response| {
        if environ.path_info() == "/slow" {
            started.send(())?;
            ends.lock().unwrap().recv()?;
        }
        let running = environ
            .extension::<RunningHandle>()
            .map(lines)
            .unwrap_or_default();
        start_response.start(Status::OK, ())?;
        Ok(running.join(";").into())
    }));
    let running = site.handle();
    thread::scope(|scope| {
        let slow = scope.spawn(|| Request::get("/slow").call(&site));
        is_started.recv().unwrap();
        let fast = Request::get("/fast").extension(running.clone()).call(&site);
        assert_eq!(fast.text(), "calling GET /slow;calling GET /fast");
        end.send(()).unwrap();
        slow.join().unwrap();
    });
    assert!(running.requests().is_empty());
}

#[test]
fn paths_are_without_hosts_and_queries_and_bounded() {
    let site = RunningRequests::new(lister());
    let long = format!("/{}?q", "a".repeat(2000));
    let list = |request: Request| {
        request
            .extension(site.handle())
            .call(&site)
            .text()
            .to_owned()
    };
    assert_eq!(
        list(Request::get("/a%2Fb?token=secret")),
        "calling GET /a%2Fb|sending GET /a%2Fb"
    );
    for target in ["http://a.example/slow?q", "/slow#q?q"] {
        let request = Request::get("/").variable("REQUEST_URI", target);
        assert_eq!(list(request), "calling GET /slow|sending GET /slow");
    }
    let shown = list(Request::get(&long));
    assert_eq!(shown.len(), 2 * ("calling GET ".len() + 1024) + 1);
    let without_uri = Request::get("/x?y").variable("SCRIPT_NAME", "/shop");
    let without_uri = without_uri.environ(|environ| environ.remove("REQUEST_URI"));
    assert_eq!(list(without_uri), "calling GET /shop/x|sending GET /shop/x");
}

#[test]
fn a_page_shows_a_line_for_each_request() {
    let shown = application(|environ, start_response| {
        let page = environ.extension::<RunningHandle>().unwrap().page();
        page.call(environ, start_response)
    });
    let site = RunningRequests::new(shown);
    let call = |request: Request| request.extension(site.handle()).call(&site);
    let response = call(
        Request::get("/a?b")
            .variable("REMOTE_ADDR", "192.0.2.7")
            .variable("REQUEST_URI", "/a\n0 requests")
            .variable("UNIQUE_ID", "4bf9"),
    );
    let headers = response.headers();
    assert_eq!(
        headers.get("Content-Type").unwrap(),
        "text/plain; charset=utf-8"
    );
    assert_eq!(headers.get("Cache-Control").unwrap(), "no-store");
    let lines: Vec<_> = response.text().lines().collect();
    let [count, line] = lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(count, "1 request");
    assert!(
        line.contains(r#" s in the application: GET "/a\n0 requests" from 192.0.2.7, id 4bf9"#)
    );
    assert!(line.contains(", thread a_page_shows"), "{line}");

    assert_eq!(call(Request::head("/")).text(), "");
    assert_eq!(call(Request::post("/")).status().code(), 405);
    assert_eq!(call(Request::new("PURGE", "/")).status().code(), 501);
}
