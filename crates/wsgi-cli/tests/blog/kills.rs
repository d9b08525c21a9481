//! Kills in the middle of writes.

use std::{sync::mpsc, thread};

use tempfile::TempDir;

use crate::{
    client::{ask, demo, get},
    support::PATIENCE,
};

/// The text of a version of an entry: a number, and enough to take a while.
fn version(number: usize) -> String {
    format!("{number} {}", "x".repeat(16_000))
}

/// Every text that was confirmed is there after the kill, or the one that was sent after it.
#[test]
fn a_kill_in_the_middle_of_writes_loses_nothing_that_was_confirmed() {
    const WRITERS: usize = 4;
    let folder = TempDir::new().expect("a folder");
    let mut confirmed = [0; WRITERS];
    for _ in 0..3 {
        let mut program = demo(&folder, &[]);
        let (sender, news) = mpsc::channel();
        confirmed = thread::scope(|scope| {
            let write = |writer: usize| {
                let (address, sender) = (program.address.clone(), sender.clone());
                let mut number = confirmed[writer];
                scope.spawn(move || {
                    loop {
                        let line = format!("PUT /blog/{writer}");
                        match ask(&address, &line, "X-None: 0", &version(number + 1)) {
                            Ok(answer) if matches!(answer.status, 200 | 201) => number += 1,
                            Ok(answer) if answer.status == 503 => continue, // the disk is slow
                            Ok(answer) => panic!("{}: {}", answer.head, answer.body),
                            Err(_) => return number, // killed
                        }
                        let _ = sender.send(());
                    }
                })
            };
            let threads: Vec<_> = (0..WRITERS).map(write).collect();
            for _ in 0..20 {
                news.recv_timeout(PATIENCE).expect("a change");
            }
            program.signal("KILL");
            program.wait();
            let numbers = threads
                .into_iter()
                .map(|thread| thread.join().expect("a number"));
            numbers.collect::<Vec<_>>().try_into().expect("as many")
        });
        let program = demo(&folder, &[]);
        for (writer, confirmed) in confirmed.iter_mut().enumerate() {
            let answer = get(&program.address, &writer.to_string());
            if answer.status == 404 && *confirmed == 0 {
                continue; // its first attempt was killed
            }
            assert_eq!(answer.status, 200, "{}", answer.body);
            let found = [*confirmed, *confirmed + 1];
            let found = found
                .into_iter()
                .find(|&number| answer.text() == version(number));
            *confirmed = found.expect("what was confirmed, or the next");
        }
        let list = ask(&program.address, "GET /blog/?type=xml", "X-None: 0", "");
        assert_eq!(list.expect("an answer").status, 200);
    }
}
