//! Nobody has more than their turn, and nobody waits for what they do not need.

mod support;

use std::{
    io::Read,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use support::{Running, echo, get};
use wsgi_application::{Body, Environ, Result, StartResponse, Status};
use wsgi_server::Server;

fn ignore_the_body(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok("ignored".into())
}

#[test]
fn a_client_that_pipelines_requests_with_bodies_nobody_reads_holds_up_no_other() {
    let running = Running::with(|builder| builder.threads(1), ignore_the_body);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut greedy = running.connect();
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 66000\r\n\r\n".to_owned()
            + &"z".repeat(66_000);
        scope.spawn({
            let stop = &stop;
            move || {
                while !stop.load(SeqCst) && greedy.try_send(&request) {}
            }
        });
        let mut modest = running.connect();
        for _ in 0..20 {
            let since = Instant::now();
            assert_eq!(modest.ask(get("/")).text(), "ignored");
            assert!(since.elapsed() < Duration::from_secs(2), "it waited");
        }
        stop.store(true, SeqCst);
    });
}

#[test]
fn a_download_goes_on_while_every_thread_is_held() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        start_response.start(Status::OK, ())?;
        if environ.path_info() == "/held" {
            let _ = held.lock().unwrap().recv();
            return Ok(Body::empty());
        }
        Ok(vec![b'x'; 16_000_000].into())
    };
    let options = |builder: wsgi_server::Builder| builder.threads(1).max_threads(2);
    let running = Running::with(options, app);
    let mut download = running.connect();
    download.send(get("/large"));
    assert!(!download.take_some().is_empty(), "it has begun");
    let mut blocked = running.connect();
    blocked.send(get("/held"));
    thread::sleep(Duration::from_millis(50));
    let mut left = 15_000_000;
    while left > 0 {
        left -= download.take_some().len().min(left);
    }
    release.send(()).unwrap();
    assert!(blocked.response().complete);
}

#[test]
fn times_without_end_are_good_times() {
    let longest = |builder: wsgi_server::Builder| {
        builder
            .keep_alive(Duration::MAX)
            .head_timeout(Duration::MAX)
            .body_timeout(Duration::MAX)
            .write_timeout(Duration::MAX)
            .shutdown_timeout(Duration::MAX)
    };
    let mut running = Running::with(longest, echo);
    assert_eq!(running.connect().ask(get("/")).text(), "GET /\n");
    running.handle.shutdown();
    running.join();
}

#[test]
fn a_response_says_that_the_connection_ends_with_it() {
    let running = Running::new(ignore_the_body);
    let rows = [
        (
            "a body that was never asked for",
            "Expect: 100-continue\r\nContent-Length: 5\r\n",
        ),
        (
            "a large body without interest",
            "Content-Length: 1000000\r\n",
        ),
    ];
    for (name, fields) in rows {
        let mut client = running.connect();
        client.send(format!("PUT / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        let response = client.response();
        assert_eq!(response.header("Connection"), Some("close"), "{name}");
        client.finish();
        client.assert_closed();
    }
}

#[test]
fn an_input_that_is_kept_does_not_keep_the_connection() {
    let (keep, kept) = mpsc::channel();
    let keep = Mutex::new(keep);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        keep.lock().unwrap().send(environ.take_input()).unwrap();
        start_response.start(Status::OK, ())?;
        Ok("kept".into())
    };
    let running = Running::new(app);
    let mut client = running.connect();
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    assert_eq!(client.response().text(), "kept");
    client.assert_closed();
    let mut input = kept.recv().unwrap();
    assert!(input.read(&mut [0; 10]).is_err());
}

#[test]
fn a_burst_does_not_pay_for_a_long_silence() {
    let (ended, end) = mpsc::channel();
    let ended = Mutex::new(ended);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let result = environ.input().read_to_end(&mut Vec::new());
        ended.lock().unwrap().send(result.is_err()).unwrap();
        start_response.start(Status::OK, ())?;
        Ok(Body::empty())
    };
    let running = Running::with(
        |builder| builder.body_timeout(Duration::from_millis(200)).min_rate(1),
        app,
    );
    let mut client = running.connect();
    client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".to_owned()
            + &"x".repeat(100_000),
    );
    let failed = end.recv_timeout(support::PATIENCE).expect("the read ends");
    assert!(failed, "it ends with an error");
}

#[test]
fn a_server_whose_name_would_split_its_responses_is_not_built() {
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let error = builder
        .server_software("a\r\nSet-Cookie: b")
        .build(echo)
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}
