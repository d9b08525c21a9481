//! No client gets more than its turn, and none waits for a thread that it does not need.

use std::{
    io::Read,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use wsgi_application::{Body, Environ, Result, StartResponse, Status};
use wsgi_environ::Outcome;
use wsgi_server::{Builder, Server};

use crate::support::{Client, PATIENCE, Running, echo, eventually, get, unless_starved};

fn ignore_the_body(_: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    start_response.start(Status::OK, ())?;
    Ok("ignored".into())
}

#[test]
fn a_client_that_pipelines_requests_with_unread_bodies_holds_up_no_other() {
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
            assert_eq!(modest.ask(get("/")).text(), "ignored");
        }
        stop.store(true, SeqCst);
    });
}

/// A server of one loop. A request can hold its last thread until the test lets go.
struct Holding {
    running: Running,
    let_go: mpsc::Sender<()>,
    held: mpsc::Receiver<()>,
    /// The outcomes that the hooks of `/hook` get.
    reports: mpsc::Receiver<Outcome>,
}

impl Holding {
    fn new(options: impl FnOnce(Builder) -> Builder) -> Self {
        let (let_go, wait) = mpsc::channel();
        let (hold, held) = mpsc::channel();
        let (report, reports) = mpsc::channel();
        let gate = Mutex::new((hold, wait, report));
        let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            start_response.start(Status::OK, ())?;
            match &*environ.path_info().to_string_lossy() {
                "/held" => {
                    let (hold, wait, _) = &*gate.lock().unwrap();
                    hold.send(())?;
                    let _ = wait.recv();
                    return Ok("let go".into());
                }
                "/hook" => {
                    let report = gate.lock().unwrap().2.clone();
                    environ.on_finished(move |_, outcome| report.send(*outcome).unwrap());
                }
                _ => {}
            }
            Ok(vec![b'x'; 16_000_000].into())
        };
        let running = Running::with(|builder| options(builder.threads(1).max_threads(2)), app);
        Self {
            running,
            let_go,
            held,
            reports,
        }
    }

    /// Begins a download that the server cannot finish at once.
    fn download(&self, path: &str) -> Client {
        let mut client = Client::with_small_buffer(self.running.address);
        client.send(get(path));
        assert!(!client.take_some().is_empty(), "{path} has begun");
        client
    }

    /// Holds the last thread that could call an application.
    fn hold(&self) -> Client {
        let mut client = self.running.connect();
        client.send(get("/held"));
        self.held.recv_timeout(PATIENCE).unwrap();
        client
    }
}

#[test]
fn a_download_goes_on_while_every_thread_is_held() {
    let holding = Holding::new(|builder| builder);
    let mut downloads = ["/plain", "/hook"].map(|path| holding.download(path));
    let mut held = holding.hold();
    for download in &mut downloads {
        let mut left = 15_900_000;
        while left > 0 {
            left -= download.take_some().len().min(left);
        }
    }
    assert!(holding.reports.try_recv().is_err(), "a hook needs a thread");
    holding.let_go.send(()).unwrap();
    assert_eq!(held.response().text(), "let go");
    let outcome = holding.reports.recv_timeout(PATIENCE).unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
    assert!(outcome.bytes_sent() > 16_000_000, "{outcome:?}");
}

#[test]
fn a_download_times_out_while_every_thread_is_held() {
    unless_starved(|| {
        let time = Duration::from_millis(200);
        let holding = Holding::new(|builder| builder.write_timeout(time));
        let hooked = holding.download("/hook");
        let mut plain = holding.download("/plain");
        let mut held = holding.hold();
        // The time of the other download was up before.
        eventually("the server cuts a client", || !plain.try_send("x"));
        holding.let_go.send(()).unwrap();
        assert_eq!(held.response().text(), "let go");
        let outcome = holding.reports.recv_timeout(PATIENCE).unwrap();
        assert!(!outcome.is_complete(), "{outcome:?}");
        drop(hooked);
        assert!(holding.reports.try_recv().is_err(), "one hook, one report");
    });
}

#[test]
fn timeouts_without_end_are_accepted() {
    let longest = |builder: Builder| {
        builder
            .first_request_timeout(Duration::MAX)
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
            "a large body that is not read",
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
    let mut input = kept.recv_timeout(PATIENCE).unwrap();
    assert!(input.read(&mut [0; 10]).is_err());
}

#[test]
fn a_burst_does_not_earn_a_long_silence() {
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
    let failed = end.recv_timeout(PATIENCE).expect("the read ends");
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
