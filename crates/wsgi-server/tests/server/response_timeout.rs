//! The limit of the time that a response may take.

use std::{
    fs::File,
    io::{self, Read, Write},
    iter,
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Application, Body, Environ, FileWrapper, Result, StartResponse, Status};
use wsgi_environ::{End, Outcome};
use wsgi_server::{Builder, Server};

use crate::support::{
    Client, PATIENCE, Running, echo,
    fastcgi::{self, serving_with},
    folder::Folder,
    gate::Gate,
    get, unless_starved,
};

const TIMEOUT: Duration = Duration::from_millis(300);

/// The length of a response that no client here takes in time.
const LENGTH: usize = 64 << 20;

fn limited(builder: Builder) -> Builder {
    builder.response_timeout(TIMEOUT)
}

/// An application that reports the end of each request of another one.
fn reporting<A: Application>(app: A) -> (impl Application, mpsc::Receiver<Outcome>) {
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| report.send(*outcome).unwrap());
        app.call(environ, start_response)
    };
    (app, reports)
}

/// Answers with more than a client takes in time, in each of the forms of a body.
fn large(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let length = LENGTH.to_string();
    match &*environ.path_info().to_string_lossy() {
        "/bytes" => {
            start_response.start(Status::OK, ())?;
            Ok(vec![b'x'; LENGTH].into())
        }
        "/file" => {
            let folder = Folder::new();
            let path = folder.join("large");
            File::create(&path)?.set_len(LENGTH as u64)?;
            start_response.start(Status::OK, [("Content-Length", length)])?;
            Ok(FileWrapper::from_file(File::open(path)?).into())
        }
        "/chunks" => {
            start_response.start(Status::OK, ())?;
            Ok(Body::chunks(iter::repeat([b'x'; 50_000].to_vec())))
        }
        _ => {
            let mut writer = start_response.start(Status::OK, [("Content-Length", length)])?;
            // Bytes beyond the length are no error, so a loop until there is one might not end.
            for _ in 0..LENGTH / 50_000 {
                writer.write_all(&[b'x'; 50_000])?;
            }
            Ok(Body::empty())
        }
    }
}

const FORMS: [&str; 4] = ["/bytes", "/file", "/chunks", "/written"];

/// Asserts that a response is cut in time, with what the client took of it.
#[track_caller]
fn assert_cut(reports: &mpsc::Receiver<Outcome>, began: Instant, name: &str) -> Outcome {
    let outcome = reports.recv_timeout(PATIENCE).expect(name);
    assert_eq!(outcome.end(), End::TimedOut, "{name}");
    assert_eq!(outcome.status_code(), Some(200), "{name}");
    assert!(outcome.duration() >= TIMEOUT, "{name}: {outcome:?}");
    assert!(
        outcome.bytes_sent() > 0 && outcome.body_bytes() < LENGTH as u64,
        "{name}: {outcome:?}"
    );
    // Far before the time-out of a write.
    assert!(began.elapsed() < Duration::from_secs(15), "{name}");
    outcome
}

#[test]
fn a_response_that_the_client_does_not_take_is_cut() {
    let (app, reports) = reporting(large);
    let running = Running::with(limited, app);
    for path in FORMS {
        unless_starved(|| {
            let mut client = Client::with_small_buffer(running.address);
            let began = Instant::now();
            client.send(get(path));
            assert_cut(&reports, began, path);
            assert!(!client.response().complete, "{path}");
        });
    }
    assert!(reports.try_recv().is_err(), "one hook, one report");
}

#[test]
fn a_response_is_cut_however_steadily_the_client_takes_it() {
    let (app, reports) = reporting(large);
    let running = Running::with(limited, app);
    for path in FORMS {
        unless_starved(|| {
            let mut client = Client::with_small_buffer(running.address);
            let began = Instant::now();
            client.send(get(path));
            let mut taken = 0;
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = client.stream.read(&mut buffer) {
                taken += count;
                thread::sleep(Duration::from_millis(1));
            }
            assert!(taken > 0, "{path}");
            assert_cut(&reports, began, path);
        });
    }
}

#[test]
fn an_endless_response_is_cut_however_fast_the_client_takes_it() {
    unless_starved(|| {
        let (app, reports) = reporting(large);
        let running = Running::with(limited, app);
        let mut client = running.connect();
        let began = Instant::now();
        client.send(get("/chunks"));
        let mut buffer = vec![0; 1 << 20];
        while let Ok(1..) = client.stream.read(&mut buffer) {}
        let outcome = reports.recv_timeout(PATIENCE).unwrap();
        assert_eq!(outcome.end(), End::TimedOut, "{outcome:?}");
        assert!(outcome.bytes_sent() > 0, "{outcome:?}");
        assert!(began.elapsed() >= TIMEOUT);
    });
}

/// Sends a part of a response and then waits at a gate.
fn waiting(gate: Gate, length: Option<&'static str>) -> impl Application {
    move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() != "/wait" {
            return echo(environ, start_response);
        }
        let mut writer = start_response.start(
            Status::OK,
            Vec::from_iter(length.map(|length| ("Content-Length", length))),
        )?;
        writer.write_all(b"begun")?;
        writer.flush()?;
        gate.pass();
        writer.write_all(b"ended")?;
        writer.flush()?;
        Ok(Body::empty())
    }
}

#[test]
fn a_response_is_cut_while_its_application_sleeps() {
    for (name, length, version) in [
        ("chunks", None, "1.1"),
        ("length", Some("10"), "1.1"),
        ("neither", None, "1.0"),
    ] {
        unless_starved(|| {
            let gate = Gate::default();
            let (app, reports) = reporting(waiting(gate.clone(), length));
            let running = Running::with(limited, app);
            let mut client = running.connect();
            client.send(format!("GET /wait HTTP/{version}\r\nHost: a\r\n\r\n"));
            let mut received = Vec::new();
            let end = client.stream.read_to_end(&mut received);
            assert_eq!(gate.waiting(), 1, "{name}: the application sleeps");
            let text = String::from_utf8_lossy(&received);
            assert!(
                text.contains("begun") && !text.contains("ended"),
                "{name}: {text}"
            );
            if cfg!(target_os = "linux") {
                let kind = end.expect_err(name).kind();
                assert_eq!(kind, io::ErrorKind::ConnectionReset, "{name}");
            }
            assert!(reports.try_recv().is_err(), "{name}: hooks run afterwards");
            gate.open();
            let outcome = reports.recv_timeout(PATIENCE).unwrap();
            assert_eq!(outcome.end(), End::TimedOut, "{name}");
            assert_eq!(outcome.bytes_sent(), received.len() as u64, "{name}");
            assert_eq!(
                running.connect().ask(get("/a")).text(),
                "GET /a\n",
                "the server goes on"
            );
        });
    }
}

#[test]
fn time_before_the_head_and_between_requests_does_not_count() {
    unless_starved(|| {
        let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            if environ.path_info() == "/slow" {
                thread::sleep(TIMEOUT * 2);
            }
            let text = format!("GET {}\n", environ.path_info());
            let length = text.len().to_string();
            let mut writer = start_response.start(Status::OK, [("Content-Length", length)])?;
            writer.write_all(text.as_bytes())?;
            writer.flush()?;
            Ok(Body::empty())
        };
        let (app, reports) = reporting(app);
        let running = Running::with(limited, app);
        let mut client = running.connect();
        for path in ["/slow", "/a", "/slow"] {
            assert_eq!(client.ask(get(path)).text(), format!("GET {path}\n"));
            assert!(
                reports.recv_timeout(PATIENCE).unwrap().is_complete(),
                "{path}"
            );
        }
        // The time of the first one does not go on during the second.
        for _ in 0..4 {
            client.send(get("/a") + &get("/slow") + &get("/b"));
            for path in ["/a", "/slow", "/b"] {
                assert_eq!(client.response().text(), format!("GET {path}\n"));
                assert!(
                    reports.recv_timeout(PATIENCE).unwrap().is_complete(),
                    "{path}"
                );
            }
        }
    });
}

#[test]
fn a_response_that_is_sent_in_time_may_be_followed_by_a_sleep() {
    unless_starved(|| {
        let gate = Gate::default();
        let app = waiting(gate.clone(), None);
        gate.open();
        let (app, reports) = reporting(app);
        let running = Running::with(limited, app);
        let mut client = running.connect();
        for _ in 0..3 {
            assert_eq!(client.ask(get("/wait")).text(), "begunended");
            assert!(reports.recv_timeout(PATIENCE).unwrap().is_complete());
            thread::sleep(TIMEOUT * 2);
            assert_eq!(client.ask(get("/a")).text(), "GET /a\n");
            assert!(reports.recv_timeout(PATIENCE).unwrap().is_complete());
        }
    });
}

#[test]
fn a_front_server_sees_that_a_response_is_cut() {
    let (app, reports) = reporting(large);
    let running = serving_with(limited, app);
    for path in FORMS {
        unless_starved(|| {
            let mut client = Client::with_small_buffer(running.address);
            let began = Instant::now();
            client.send(fastcgi::get(path));
            assert_cut(&reports, began, path);
            let received = client.take_all();
            let end = fastcgi::record(fastcgi::END_REQUEST, 1, &[0; 8]);
            assert!(!received.ends_with(&end), "{path}");
        });
    }
}

#[test]
fn a_server_that_handles_one_request_keeps_the_limit_as_well() {
    let (app, reports) = reporting(large);
    let builder = Server::builder().bind("127.0.0.1:0").unwrap();
    let server = limited(builder).build(app).unwrap();
    for path in FORMS {
        unless_starved(|| {
            let began = Instant::now();
            let mut client = Client::with_small_buffer(server.local_addr().tcp().unwrap());
            client.send(get(path));
            server.handle_request().unwrap();
            assert_cut(&reports, began, path);
        });
    }
}

#[test]
fn a_response_that_was_cut_leaves_the_next_one_of_its_thread_alone() {
    unless_starved(|| {
        let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
            if environ.path_info() == "/cut" {
                let mut writer = start_response.start(Status::OK, ())?;
                while writer.write_all(&[b'x'; 50_000]).is_ok() {}
                return Ok(Body::empty());
            }
            let mut writer = start_response.start(Status::OK, ())?;
            for _ in 0..3 {
                writer.write_all(b"a part\n")?;
                writer.flush()?;
            }
            Ok(Body::empty())
        };
        // So few threads that the one of the first response has others.
        let few = |builder: Builder| limited(builder).threads(1).max_threads(2);
        let running = Running::with(few, app);
        for _ in 0..3 {
            let mut client = Client::with_small_buffer(running.address);
            client.send(get("/cut"));
            assert!(!client.response().complete);
            for _ in 0..4 {
                let response = running.connect().ask(get("/whole"));
                assert!(response.complete, "{}", response.head);
                assert_eq!(response.text(), "a part\n".repeat(3));
            }
        }
    });
}
