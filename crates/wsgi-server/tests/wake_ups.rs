//! The threads that an upload wakes.

// The figures come from Linux's `/proc`.
#![cfg(target_os = "linux")]

mod support;

use std::{
    fs,
    io::Read,
    path::Path,
    sync::{Mutex, mpsc},
};

use support::{PATIENCE, Running, get};
use wsgi_application::{Status, application};

const PIECE: usize = 1000;
const PIECES: usize = 600;

/// The number of this thread.
fn number() -> String {
    let link = fs::read_link("/proc/thread-self").unwrap();
    link.file_name().unwrap().to_str().unwrap().to_owned()
}

/// The number of times that the threads of the server have slept, without this one.
fn sleeps_beside(thread: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let of_task = |task: &Path| {
        let status = fs::read_to_string(task.join("status")).ok()?; // it may have ended
        let value = |name| status.lines().find_map(|line| line.strip_prefix(name));
        let is_server = value("Name:")?.trim().starts_with("wsgi-");
        let sleeps: u64 = value("voluntary_ctxt_switches:")?.trim().parse().ok()?;
        (is_server && !task.ends_with(thread)).then_some(sleeps)
    };
    tasks
        .filter_map(|task| of_task(&task.unwrap().path()))
        .sum()
}

#[test]
fn a_body_wakes_the_thread_that_reads_it_and_no_other() {
    let (taken, takes) = mpsc::channel();
    let taken = Mutex::new(taken);
    let app = application(move |environ, start_response| {
        let mut piece = [0; PIECE];
        while environ.input().read(&mut piece)? > 0 {
            let _ = taken.lock().unwrap().send(number());
        }
        start_response.start(Status::OK, ())?;
        Ok("taken".into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    assert_eq!(client.ask(get("/")).text(), "taken"); // its loop knows it
    let length = PIECE * PIECES;
    client.send(format!(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
    ));
    let mut send = |count: usize| {
        let mut reader = String::new();
        for _ in 0..count {
            client.send([b'x'; PIECE]);
            reader = takes.recv_timeout(PATIENCE).expect("it is read");
        }
        reader
    };
    let reader = send(100); // other threads have their work by then
    let before = sleeps_beside(&reader);
    assert_eq!(send(PIECES - 100), reader);
    let sleeps = sleeps_beside(&reader) - before;
    assert!(sleeps < 100, "{sleeps} sleeps");
    assert_eq!(client.response().text(), "taken");
    // Its loop hears of it again.
    assert_eq!(client.ask(get("/")).text(), "taken");
}
