//! The numbers of several processes, on one page.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use wsgi_exposition::Exposition;

use crate::{
    end, eventually, restart,
    support::{PATIENCE, Program, rest, signal, split},
    workers,
};

const REQUESTS: &str = "http_server_request_duration_seconds_count";

/// A program with a page of numbers, and the page's address.
fn program(processes: &str) -> (Program, String) {
    let mut program = Program::demo(&["--processes", processes, "--metrics", "127.0.0.1:0"]);
    let line = program.next_error();
    let address = line
        .strip_prefix("wsgi demo: numbers on http://")
        .and_then(|place| place.strip_suffix("/metrics"));
    let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
    (program, address)
}

#[track_caller]
fn read(address: &str) -> Exposition {
    let mut stream = TcpStream::connect(address).expect("a server");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let head = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("a request");
    let (head, body) = split(&rest(&mut stream));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    Exposition::read(&body).unwrap_or_else(|problem| panic!("{problem} in:\n{body}"))
}

fn count(page: &Exposition) -> f64 {
    page.sum(REQUESTS, &[])
}

/// Waits until the page has this number of requests. Meanwhile none gets lost.
#[track_caller]
fn await_count(address: &str, from: f64, to: f64) {
    eventually("the requests are counted", || {
        let count = count(&read(address));
        assert!((from..=to).contains(&count), "{count}");
        count == to
    });
}

#[test]
fn the_numbers_of_all_processes_are_on_one_page() {
    let (program, address) = program("3");
    let page = read(&address);
    assert_eq!(page.value("wsgi_processes", &[]), Some(3.0));
    // Keep-alive connections stay with their process, so some process gets several requests.
    for _ in 0..30 {
        program.get("/hello");
    }
    await_count(&address, 0.0, 30.0);
    let mut open: Vec<_> = (0..10).map(|_| program.connect()).collect();
    for stream in &mut open {
        let head = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("a request");
        stream.read_exact(&mut [0]).expect("a response");
    }
    await_count(&address, 30.0, 40.0);
    eventually("the connections are counted", || {
        let page = read(&address);
        page.sum("wsgi_server_open_connections", &[]) == 10.0
            && page.sum("wsgi_server_accepted_connections_total", &[]) == 40.0
    });
    drop(open);
    end(program);
}

#[test]
fn what_a_process_has_counted_stays_counted_when_it_is_killed() {
    let (mut program, address) = program("2");
    for _ in 0..20 {
        program.get("/hello");
    }
    await_count(&address, 0.0, 20.0);
    let killed = workers(&program, 2)[0];
    signal(killed, "KILL");
    let line = program.next_error();
    assert!(line.contains("has ended: signal: 9"), "{line}");
    assert!(!workers(&program, 2).contains(&killed));
    eventually("another one tells its numbers", || {
        let page = read(&address);
        assert_eq!(count(&page), 20.0);
        page.value("wsgi_processes", &[]) == Some(2.0)
    });
    for _ in 0..10 {
        program.get("/hello");
    }
    await_count(&address, 20.0, 30.0);
    end(program);
}

#[test]
fn what_was_counted_stays_counted_after_restarts() {
    let (mut program, address) = program("2");
    let mut asked = 0.0;
    for _ in 0..3 {
        // They may be counted by a process that ends, after the page was read.
        for _ in 0..10 {
            program.get("/hello");
        }
        restart(&mut program);
        await_count(&address, asked, asked + 10.0);
        asked += 10.0;
    }
    eventually("the former ones have ended", || {
        let page = read(&address);
        assert_eq!(count(&page), asked);
        page.value("wsgi_processes", &[]) == Some(2.0)
    });
    end(program);
}

#[test]
fn a_process_that_does_not_answer_holds_up_nobody() {
    let (program, address) = program("2");
    for _ in 0..10 {
        program.get("/hello");
    }
    await_count(&address, 0.0, 10.0);
    let stopped = workers(&program, 2)[0];
    signal(stopped, "STOP");
    for _ in 0..2 {
        let page = read(&address);
        assert_eq!(count(&page), 10.0);
        assert_eq!(page.value("wsgi_processes", &[]), Some(2.0));
    }
    signal(stopped, "CONT");
    for _ in 0..5 {
        program.get("/hello");
    }
    await_count(&address, 10.0, 15.0);
    end(program);
}
