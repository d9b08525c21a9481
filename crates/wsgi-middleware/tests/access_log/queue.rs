//! A destination that is slow, hangs or panics.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use wsgi_middleware::{AccessLog, LogFormat, LogWriter};
use wsgi_testing::Request;

use super::{Lines, format, hello};

const LONG: Duration = Duration::from_secs(30);

/// A log of two-byte lines, whose closure waits for a permission before each.
fn slow(
    builder: wsgi_middleware::LogBuilder,
) -> (LogWriter, mpsc::SyncSender<()>, mpsc::Receiver<String>) {
    let (permit, permits) = mpsc::sync_channel(1000);
    let (written, lines) = mpsc::channel();
    let builder = builder.max_buffered_bytes(64).max_delay(Duration::ZERO);
    let log = builder.closure(move |line| {
        written.send(line.to_owned()).unwrap();
        let _ = permits.recv();
    });
    (log.unwrap(), permit, lines)
}

#[test]
fn lines_that_do_not_fit_are_counted_and_said_once() {
    let (log, permit, lines) = slow(format("{header:X-N}"));
    let handle = log.handle();
    let app = AccessLog::new(hello, log);
    let visit = |n: usize| Request::get("/").header("X-N", n.to_string()).call(&app);
    visit(0);
    assert_eq!(lines.recv_timeout(LONG).unwrap(), "0");
    let started = Instant::now();
    (1..=100).for_each(|n| drop(visit(n)));
    assert!(started.elapsed() < LONG, "requests do not wait");
    // 64 bytes: nine lines of two bytes, and 15 of three.
    assert_eq!(handle.lost_lines(), 76);
    #[cfg(feature = "metrics")]
    {
        let page = wsgi_metrics::Page::of(&handle).to_string();
        assert!(
            page.ends_with("\nwsgi_access_log_lost_lines_total 76\n"),
            "{page}"
        );
    }
    assert!(!handle.flush(Duration::from_millis(10)));
    drop(permit);
    for n in 1..=24 {
        assert_eq!(lines.recv_timeout(LONG).unwrap(), n.to_string());
    }
    let said = lines.recv_timeout(LONG).unwrap();
    let (time, rest) = said.split_once("] ").expect("a time");
    assert!(time.starts_with('['), "{said}");
    assert_eq!(rest, "lines lost because writing was too slow: 76");
    visit(101);
    assert_eq!(lines.recv_timeout(LONG).unwrap(), "101");
    drop(app);
    let end = lines.recv_timeout(LONG).unwrap_err();
    assert_eq!(
        end,
        mpsc::RecvTimeoutError::Disconnected,
        "nothing else is written"
    );
    assert_eq!(handle.lost_lines(), 76);
}

#[test]
fn lost_lines_are_an_object_in_json() {
    let (log, permit, lines) = slow(LogWriter::builder().format(LogFormat::json()));
    drop(permit);
    let app = AccessLog::new(hello, log);
    Request::get("/").call(&app); // does not fit in 64 bytes
    let line = lines.recv_timeout(LONG).unwrap();
    let object: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(object["lost_lines"], 1);
    assert_eq!(object["time"].as_str().map(str::len), Some(27));
}

#[test]
fn a_drop_writes_the_rest() {
    let lines = Lines::default();
    let app = AccessLog::new(hello, lines.log(format("{status}").max_delay(LONG)));
    let started = Instant::now();
    Request::get("/").call(&app);
    Request::get("/").call(&app);
    assert!(lines.all().is_empty());
    drop(app);
    assert_eq!(lines.all(), ["200", "200"]);
    assert!(started.elapsed() < LONG);
}

#[test]
fn a_drop_waits_for_a_bounded_time() {
    let (log, permit, lines) = slow(format("{status}").flush_timeout(Duration::from_millis(20)));
    let app = AccessLog::new(hello, log);
    Request::get("/").call(&app);
    lines.recv_timeout(LONG).unwrap();
    Request::get("/").call(&app);
    let started = Instant::now();
    drop(app);
    assert!(started.elapsed() >= Duration::from_millis(20));
    assert!(started.elapsed() < LONG);
    drop(permit);
    assert_eq!(
        lines.recv_timeout(LONG).unwrap(),
        "200",
        "the thread goes on while the program does"
    );
}

#[test]
fn the_last_clone_writes_the_rest() {
    let lines = Lines::default();
    let log = lines.log(format("{status}").max_delay(LONG));
    let (one, other) = (
        AccessLog::new(hello, log.clone()),
        AccessLog::new(hello, log),
    );
    Request::get("/").call(&one);
    drop(one);
    Request::get("/").call(&other);
    assert!(lines.all().is_empty());
    drop(other);
    assert_eq!(lines.all(), ["200", "200"]);
}

#[test]
fn a_flush_waits_until_the_lines_are_written() {
    let lines = Lines::default();
    let log = lines.log(format("{status}").max_delay(LONG));
    let handle = log.handle();
    let app = AccessLog::new(hello, log);
    Request::get("/").call(&app);
    assert!(handle.flush(LONG));
    assert_eq!(lines.all(), ["200"]);
    handle.reopen(); // nothing to open
    drop(app);
    assert!(handle.flush(LONG), "everything is written");
}

#[test]
fn a_closure_that_panics_gets_the_next_line() {
    let lines = Lines::default();
    let seen = lines.clone();
    let log = format("{header:X-N}").closure(move |line| {
        assert!(line != "1", "out of ink");
        seen.0.lock().unwrap().push(line.to_owned());
    });
    let app = AccessLog::new(hello, log.unwrap());
    for n in ["0", "1", "2"] {
        Request::get("/").header("X-N", n).call(&app);
    }
    drop(app);
    assert_eq!(lines.all(), ["0", "2"]);
}

#[test]
fn a_closure_may_own_its_log() {
    let place = Arc::new(std::sync::Mutex::new(None::<LogWriter>));
    let (ended, end) = mpsc::channel();
    let log = format("{status}").max_delay(Duration::ZERO).closure({
        let place = place.clone();
        move |_| {
            drop(place.lock().unwrap().take());
            ended.send(()).unwrap();
        }
    });
    let log = log.unwrap();
    let app = AccessLog::new(hello, log.clone());
    *place.lock().unwrap() = Some(log);
    let started = Instant::now();
    let request = Request::get("/").environ(|_| {});
    request.call(&app);
    drop(app);
    end.recv_timeout(LONG)
        .expect("the closure does not wait for itself");
    assert!(started.elapsed() < LONG);
}

#[test]
fn lines_of_many_threads_are_whole() {
    let lines = Lines::default();
    let template = format!("{}{{header:X-N}}", "a".repeat(100));
    let app = AccessLog::new(hello, lines.log(format(&template)));
    thread::scope(|scope| {
        for number in 0..4 {
            let app = &app;
            scope.spawn(move || {
                for n in 0..250 {
                    let n = number * 250 + n;
                    Request::get("/").header("X-N", n.to_string()).call(app);
                }
            });
        }
    });
    drop(app);
    let mut all = lines.all();
    let mut expected: Vec<_> = (0..1000)
        .map(|n| format!("{}{n}", "a".repeat(100)))
        .collect();
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
}
