//! Several processes, and compression on the way.

use std::thread;

use tempfile::TempDir;

use crate::client::{ask, demo, get};

/// Connections reach one process or the other.
#[test]
fn writers_at_several_processes_lose_nothing() {
    const WRITERS: usize = 4;
    const CHANGES: usize = 8;
    let folder = TempDir::new().expect("a folder");
    let program = demo(&folder, &["--processes", "2"]);
    let address = &*program.address;
    let add = |line: &str| {
        loop {
            let current = get(address, "log");
            let field = format!("If-Match: {}", current.tag());
            let text = format!("{}{line}\n", current.text());
            let answer = ask(address, "PUT /blog/log", &field, &text).expect("an answer");
            match answer.status {
                200 => return,
                412 | 503 => {} // or the disk is slow
                _ => panic!("{}", answer.head),
            }
        }
    };
    let created: usize = thread::scope(|scope| {
        let write = |writer: usize| {
            scope.spawn(move || {
                let create = "If-None-Match: *";
                let answer = ask(address, "PUT /blog/log", create, "").expect("an answer");
                for change in 0..CHANGES {
                    add(&format!("{writer}.{change}."));
                }
                usize::from(answer.status == 201)
            })
        };
        let threads: Vec<_> = (0..WRITERS).map(write).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a count"))
            .sum()
    });
    assert_eq!(created, 1, "of all who create it, one does");
    let log = get(address, "log");
    for writer in 0..WRITERS {
        for change in 0..CHANGES {
            let line = format!("{writer}.{change}.\n");
            assert_eq!(log.text().matches(&line).count(), 1, "{line}");
        }
    }
}

#[test]
fn a_compressed_representation_is_known_again() {
    let folder = TempDir::new().expect("a folder");
    let program = demo(&folder, &[]);
    let ask = |field: &str| ask(&program.address, "GET /blog/", field, "");
    let plain = ask("Accept-Encoding: identity").expect("an answer");
    let condition = format!("Accept-Encoding: gzip\r\nIf-None-Match: W/{}", plain.tag());
    let known = ask(&condition).expect("an answer");
    assert_eq!(known.status, 304, "{}", known.head);
    assert!(known.head.contains("\r\nVary: Accept"), "{}", known.head);
}
