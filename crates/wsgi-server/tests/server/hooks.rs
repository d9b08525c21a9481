//! Hooks at the end of a response, and whether the client is still there.

use std::{
    fs::File,
    sync::{Arc, Mutex, mpsc},
    time::{Duration, SystemTime},
};

use wsgi_application::{Body, Environ, FileWrapper, Result, StartResponse, Status};
use wsgi_environ::{End, Outcome};
use wsgi_server::Builder;

use crate::support::{
    Client, PATIENCE, Running, echo, eventually, folder::Folder, gate::Gate, get,
};

/// The length of a head that no client here takes whole.
const HEAD_LENGTH: usize = 8 << 20;

/// A server whose application reports the end of each request, with its path.
fn reporting() -> (Running, mpsc::Receiver<(String, Outcome)>) {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |environ, outcome| {
            let path = environ.path_info().to_string_lossy().into_owned();
            report.send((path, *outcome)).unwrap();
        });
        match &*environ.path_info().to_string_lossy() {
            "/head" => {
                start_response.start(Status::OK, [("Fill", "x".repeat(HEAD_LENGTH))])?;
                Ok(vec![b'x'; 16 << 20].into())
            }
            "/head-and-chunks" => {
                start_response.start(Status::OK, [("Fill", "x".repeat(HEAD_LENGTH))])?;
                Ok(Body::chunks(std::iter::repeat([b'x'; 50_000].to_vec())))
            }
            "/large" => {
                start_response.start(Status::OK, ())?;
                Ok(vec![b'x'; 16 << 20].into())
            }
            "/chunks" => {
                start_response.start(Status::OK, ())?;
                Ok(Body::chunks(std::iter::repeat_n(
                    [b'x'; 50_000].to_vec(),
                    320,
                )))
            }
            "/error" => Err("failed on purpose".into()),
            "/late-error" => {
                start_response.start(Status::OK, ())?;
                let chunks: [Result<&str>; 2] = [Ok("half"), Err("failed on purpose".into())];
                Ok(Body::chunks(chunks))
            }
            "/shortfall" => {
                start_response.start(Status::OK, [("Content-Length", "9")])?;
                Ok("declared".into())
            }
            _ => echo(environ, start_response),
        }
    };
    (Running::new(app), reports)
}

#[test]
fn a_hook_learns_of_every_byte_and_runs_once() {
    let (running, reports) = reporting();
    let mut client = running.connect();
    for path in ["/hello", "/large", "/error", "/chunks"] {
        let (began, time) = (std::time::Instant::now(), SystemTime::now());
        client.send(get(path));
        let response = client.response();
        let (reported, outcome) = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(reported, path);
        // The server tells the time of day by a clock that it sets once a second.
        let allowed = Duration::from_secs(2);
        assert!(outcome.started() >= time - allowed, "{path}");
        assert!(outcome.started() <= SystemTime::now() + allowed, "{path}");
        assert!(outcome.is_complete(), "{path}");
        assert_eq!(outcome.status_code(), Some(response.status), "{path}");
        assert_eq!(outcome.body_bytes(), response.body.len() as u64, "{path}");
        assert!(outcome.duration() <= began.elapsed() + Duration::from_millis(50));
        if path != "/chunks" {
            let length = response.head.len() + response.body.len();
            assert_eq!(outcome.bytes_sent(), length as u64, "{path}");
        }
    }
    client.send(get("/a") + &get("/b") + &get("/c"));
    for path in ["/a", "/b", "/c"] {
        let response = client.response();
        let (reported, outcome) = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(reported, path);
        let length = response.head.len() + response.body.len();
        assert_eq!(outcome.bytes_sent(), length as u64, "{path}");
    }
    client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    client.response_to_head();
    let (_, outcome) = reports.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        (outcome.status_code(), outcome.body_bytes()),
        (Some(200), 0)
    );
    drop(client);
    drop(running);
    assert!(reports.recv().is_err(), "one hook, one report");
}

#[test]
fn a_hook_runs_after_the_last_byte_was_taken() {
    let (running, reports) = reporting();
    let mut client = Client::with_small_buffer(running.address);
    client.send(get("/large"));
    assert!(reports.recv_timeout(Duration::from_millis(50)).is_err());
    assert!(client.response().complete);
    let (_, outcome) = reports.recv_timeout(PATIENCE).unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
}

#[test]
fn hooks_of_pipelined_requests_do_not_wait_for_a_large_response() {
    let (running, reports) = reporting();
    let mut client = Client::with_small_buffer(running.address);
    client.send(get("/a") + &get("/b") + &get("/large"));
    for path in ["/a", "/b"] {
        let (reported, outcome) = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(reported, path);
        assert!(
            outcome.is_complete() && outcome.bytes_sent() < 1000,
            "{outcome:?}"
        );
    }
    assert!(reports.try_recv().is_err(), "the client has not taken it");
    client.take_some();
    client.reset();
    let (reported, outcome) = reports.recv_timeout(PATIENCE).unwrap();
    assert_eq!((&*reported, outcome.is_complete()), ("/large", false));
}

#[test]
fn hooks_of_pipelined_requests_see_each_its_own_environ() {
    let (running, reports) = reporting();
    let mut client = running.connect();
    let paths: Vec<_> = (0..100).map(|number| format!("/{number}")).collect();
    for _ in 0..3 {
        client.send(paths.iter().map(|path| get(path)).collect::<String>());
        for path in &paths {
            let response = client.response();
            let (reported, outcome) = reports.recv_timeout(PATIENCE).unwrap();
            assert_eq!(&reported, path);
            let length = response.head.len() + response.body.len();
            assert_eq!(outcome.bytes_sent(), length as u64, "{path}");
            assert_eq!(outcome.body_bytes(), response.body.len() as u64, "{path}");
        }
    }
}

#[test]
fn a_response_that_falls_short_is_not_complete() {
    let (running, reports) = reporting();
    for (path, body) in [("/shortfall", 8), ("/late-error", 4)] {
        assert!(!running.connect().ask(get(path)).complete, "{path}");
        let (_, outcome) = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(outcome.end(), End::Failed, "{path}");
        assert_eq!(outcome.status_code(), Some(200), "{path}");
        assert_eq!(outcome.body_bytes(), body, "{path}");
    }
}

#[test]
fn a_client_that_resets_has_taken_what_it_read_but_not_everything() {
    let (running, reports) = reporting();
    for path in ["/large", "/chunks"] {
        let mut client = Client::with_small_buffer(running.address);
        client.send(get(path));
        let mut read = 0;
        while read < 100_000 {
            read += client.take_some().len();
        }
        client.reset();
        let (_, outcome) = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(outcome.end(), End::Disconnected, "{path}");
        assert!(
            outcome.bytes_sent() >= read as u64,
            "{path}: {outcome:?}, {read}"
        );
        assert!(outcome.bytes_sent() < 16_000_000, "{path}: {outcome:?}");
        assert!(
            outcome.body_bytes() <= outcome.bytes_sent(),
            "{path}: {outcome:?}"
        );
    }
    assert_eq!(running.log(), "", "a client that leaves is not an error");
}

#[test]
fn a_client_that_takes_a_part_of_the_head_has_taken_no_body() {
    let (running, reports) = reporting();
    for path in ["/head", "/head-and-chunks"] {
        let mut client = Client::with_small_buffer(running.address);
        client.send(get(path));
        client.take_some();
        client.reset();
        let (_, outcome) = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(outcome.end(), End::Disconnected, "{path}");
        let sent = 1..HEAD_LENGTH as u64;
        assert!(sent.contains(&outcome.bytes_sent()), "{path}: {outcome:?}");
        assert_eq!(outcome.body_bytes(), 0, "{path}: {outcome:?}");
    }
}

#[test]
fn a_hook_finds_the_file_of_an_incomplete_response_closed() {
    let folder = Folder::new();
    let path = folder.join("file");
    File::create(&path).unwrap().set_len(64 << 20).unwrap();
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let file = File::open(&path)?;
        file.lock_shared()?;
        let (report, path) = (report.lock().unwrap().clone(), path.clone());
        environ.on_finished(move |_, outcome| {
            let is_closed = File::open(&path).unwrap().try_lock().is_ok();
            report.send((outcome.end(), is_closed)).unwrap();
        });
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::from_file(file).into())
    };
    let app = Arc::new(app);
    for (leaves, write_timeout) in [(true, PATIENCE), (false, Duration::from_millis(50))] {
        let options = |builder: Builder| builder.write_timeout(write_timeout);
        let running = Running::with(options, app.clone());
        let mut client = Client::with_small_buffer(running.address);
        client.send(get("/"));
        client.take_some();
        let held = if leaves {
            client.reset();
            None
        } else {
            Some(client)
        };
        let reported = reports.recv_timeout(PATIENCE).unwrap();
        let end = match leaves {
            true => End::Disconnected,
            false => End::TimedOut,
        };
        assert_eq!(reported, (end, true), "the client leaves: {leaves}");
        drop(held);
    }
}

#[test]
fn a_hook_runs_even_if_the_server_is_aborted() {
    let (mut running, reports) = reporting();
    let mut client = Client::with_small_buffer(running.address);
    client.send(get("/large"));
    client.take_some();
    // No thread works on the download any more.
    assert_eq!(running.connect().ask(get("/")).status, 200);
    reports.recv_timeout(PATIENCE).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    running.handle.abort();
    let (_, outcome) = reports.recv_timeout(PATIENCE).unwrap();
    assert_eq!(outcome.end(), End::Aborted);
    running.join();
}

#[test]
fn a_hook_that_panics_disturbs_no_other_hook_or_request() {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        environ.on_finished(|_, _| panic!("panicked on purpose"));
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, _| report.send(()).unwrap());
        echo(environ, start_response)
    };
    let running = Running::new(app);
    let mut client = running.connect();
    for _ in 0..3 {
        assert_eq!(client.ask(get("/")).text(), "GET /\n");
        reports.recv_timeout(PATIENCE).unwrap();
    }
    eventually("each is logged", || {
        running.log().matches("panicked on purpose").count() == 3
    });
}

#[test]
fn a_hook_that_panics_disturbs_no_pipelined_request() {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let path = environ.path_info().to_string_lossy().into_owned();
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| {
            let is_complete = outcome.is_complete();
            report.send((path, is_complete)).unwrap();
            panic!("panicked on purpose");
        });
        echo(environ, start_response)
    };
    let running = Running::with(|builder| builder.threads(1), app);
    let mut client = running.connect();
    // The hook of a request alone runs at once, and those of pipelined ones run together.
    let rounds: [&[&str]; 4] = [&["/a"], &["/b", "/c", "/d"], &["/e"], &["/f", "/g"]];
    for round in rounds {
        client.send(round.iter().map(|path| get(path)).collect::<String>());
        for path in round {
            assert_eq!(client.response().text(), format!("GET {path}\n"));
            let reported = reports.recv_timeout(PATIENCE).unwrap();
            assert_eq!(reported, ((*path).to_owned(), true));
        }
    }
    let count = rounds.concat().len();
    eventually("each is logged", || {
        running.log().matches("panicked on purpose").count() == count
    });
    drop(client);
    drop(running);
    assert!(reports.recv().is_err(), "each runs once");
}

#[test]
fn a_slow_hook_holds_up_no_other_client() {
    let gate = Gate::default();
    let app = {
        let gate = gate.clone();
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            if environ.path_info() == "/hook" {
                let gate = gate.clone();
                environ.on_finished(move |_, _| gate.pass());
            }
            echo(environ, start_response)
        }
    };
    let running = Running::with(|builder| builder.threads(1), app);
    let mut slow = running.connect();
    assert_eq!(slow.ask(get("/hook")).status, 200);
    eventually("the hook waits", || gate.waiting() == 1);
    assert_eq!(running.connect().ask(get("/")).status, 200);
    assert_eq!(gate.waiting(), 1, "the hook still waits");
    gate.open();
    assert_eq!(slow.ask(get("/")).status, 200);
}

#[test]
fn an_application_can_tell_that_its_client_has_left() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let tell = tell.lock().unwrap().clone();
        tell.send(environ.is_client_connected())?;
        eventually("the client leaves", || !environ.is_client_connected());
        tell.send(environ.is_client_connected())?;
        echo(environ, start_response)
    };
    let running = Running::new(app);
    for rude in [false, true] {
        let mut client = running.connect();
        client.send(get("/"));
        assert!(told.recv_timeout(PATIENCE).unwrap());
        if rude {
            client.reset();
        } else {
            drop(client);
        }
        assert!(!told.recv_timeout(PATIENCE).unwrap());
    }
}
