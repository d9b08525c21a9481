//! The list of the requests that are running.

#![cfg(feature = "running-requests")]

use std::{
    io::{self, Write},
    iter,
    sync::{
        Mutex,
        mpsc::{Sender, channel},
    },
    thread,
};

use wsgi_application::{
    Application, Body, Environ, Exchange, Filter, Head, Scope, StartResponse, Status, application,
};
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

/// An application that lists the requests while it is called and while its body makes a chunk.
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
        "calling POST /tea|calling POST /tea"
    );
    assert!(running.requests().is_empty());
}

/// A filter that lists the requests after each chunk, when the application's code does not run.
struct Between(RunningHandle);

impl Filter for Between {
    fn head(&mut self, _head: &mut Head) -> wsgi_application::Result<Scope> {
        Ok(Scope::Body)
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        out.write_all(chunk)?;
        let requests = self.0.requests();
        assert!(requests.iter().all(|request| request.thread().is_none()));
        write!(out, "-{}-", lines(&self.0).join(";"))
    }
}

#[test]
fn a_body_is_in_the_application_while_it_makes_a_chunk() {
    let site = RunningRequests::new(lister());
    let running = site.handle();
    let filter = running.clone();
    let filtered = application(move |environ, start_response| {
        wsgi_application::filtered(&site, Between(filter.clone()), environ, start_response)
    });
    let response = Request::get("/").extension(running.clone()).call(&filtered);
    assert_eq!(
        response.text(),
        "calling GET /-sending GET /-|calling GET /-sending GET /-"
    );
    assert!(running.requests().is_empty());
}

/// Lists the requests when it is dropped.
struct Last(RunningHandle, Sender<(&'static str, Vec<String>)>);

impl Drop for Last {
    fn drop(&mut self) {
        self.1.send(("close", lines(&self.0))).unwrap();
    }
}

#[test]
fn hooks_and_the_close_of_a_body_are_in_the_application() {
    let (seen, sights) = channel();
    let hooked = seen.clone();
    let site = RunningRequests::new(application(move |environ, start_response| {
        let running = environ.extension::<RunningHandle>().unwrap().clone();
        let last = Last(running.clone(), hooked.clone());
        let hooked = hooked.clone();
        environ.on_finished(move |_environ, _outcome| {
            hooked.send(("hook", lines(&running))).unwrap();
        });
        start_response.start(Status::OK, ())?;
        Ok(Body::chunks(iter::once_with(move || {
            let _last = &last;
            "tea"
        })))
    }));
    let running = site.handle();
    let outer = running.clone();
    let around = application(move |environ, start_response| {
        let (outer, seen) = (outer.clone(), seen.clone());
        environ.on_finished(move |_environ, _outcome| {
            seen.send(("outer hook", lines(&outer))).unwrap();
        });
        site.call(environ, start_response)
    });
    let request = Request::get("/").extension(running.clone());
    assert_eq!(request.call(&around).text(), "tea");
    let expected = [
        ("close", vec!["calling GET /".to_owned()]),
        ("outer hook", vec!["sending GET /".to_owned()]),
        ("hook", vec!["calling GET /".to_owned()]),
    ];
    assert_eq!(sights.try_iter().collect::<Vec<_>>(), expected);
    assert!(running.requests().is_empty());
}

#[test]
fn a_thread_is_shown_with_its_number() {
    let site = RunningRequests::new(application(|environ, start_response| {
        let running = environ.extension::<RunningHandle>().unwrap().requests();
        start_response.start(Status::OK, ())?;
        Ok(running[0].thread().unwrap_or_default().to_owned().into())
    }));
    let show = || {
        let request = Request::get("/").extension(site.handle());
        request.call(&site).text().to_owned()
    };
    let shown = thread::scope(|scope| {
        let [one, two] = ["wsgi-loop-0", "wsgi-spare"].map(|name| {
            let thread = thread::Builder::new().name(name.to_owned());
            let shown = thread.spawn_scoped(scope, || (show(), show())).unwrap();
            let (shown, again) = shown.join().unwrap();
            assert_eq!(shown, again);
            shown.strip_prefix(name).expect("its name").to_owned()
        });
        (one, two)
    });
    #[cfg(target_os = "linux")]
    for number in [&shown.0, &shown.1] {
        let number = number.strip_prefix(" (").unwrap().strip_suffix(')');
        assert_ne!(number.unwrap().parse::<u32>().unwrap(), std::process::id());
    }
    #[cfg(not(target_os = "linux"))]
    assert_eq!(shown, (String::new(), String::new()));
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
        "calling GET /a%2Fb|calling GET /a%2Fb"
    );
    for target in ["http://a.example/slow?q", "/slow#q?q"] {
        let request = Request::get("/").variable("REQUEST_URI", target);
        assert_eq!(list(request), "calling GET /slow|calling GET /slow");
    }
    let shown = list(Request::get(&long));
    assert_eq!(shown.len(), 2 * ("calling GET ".len() + 1024) + 1);
    let without_uri = Request::get("/x?y").variable("SCRIPT_NAME", "/shop");
    let without_uri = without_uri.environ(|environ| environ.remove("REQUEST_URI"));
    assert_eq!(list(without_uri), "calling GET /shop/x|calling GET /shop/x");
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
    assert!(line.contains(", thread running_requests::a_page"), "{line}");
    #[cfg(target_os = "linux")]
    assert!(line.ends_with(')'), "{line}");

    assert_eq!(call(Request::head("/")).text(), "");
    assert_eq!(call(Request::post("/")).status().code(), 405);
    assert_eq!(call(Request::new("PURGE", "/")).status().code(), 501);
}
