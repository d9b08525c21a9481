//! A server in a process of its own under mixed clients. Afterwards its memory, threads and
//! descriptors must be what they were.
//!
//! A short run is part of the suite. `cargo xtask soak` runs it for `SOAK_SECONDS`, and measures
//! the latency of an ordinary client beside a thousand slow ones.

// The figures come from Linux's `/proc`.
#![cfg(target_os = "linux")]

mod clients;
mod connection;
mod figures;
mod server;
mod slow;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::{
    env, thread,
    time::{Duration, Instant},
};

use clients::Crowd;
use connection::Connection;
use figures::Figures;
use server::ServerProcess;
use support::{eventually, get};
use table::Table;

/// Lets every kind of client visit a server for this time, after a warm-up. Fails if an answer is
/// wrong, or if the server does not come to rest where it began.
fn soak(time: Duration) -> Table {
    let server = ServerProcess::start();
    let threads = server.after_a_request().threads;
    Crowd::visit(&server.site, time / 10, |_| {});
    let before = server.at_rest(threads);
    let mut table = Table::begin(before);
    let began = Instant::now();
    let crowd = Crowd::visit(&server.site, time, |crowd| {
        for _ in 0..10 {
            thread::sleep(time / 10);
            table.sample(began.elapsed(), crowd.requests(), server.figures());
        }
    });
    let after = server.at_rest(threads);
    table.end(&crowd, after);
    assert_eq!(crowd.faults(), [""; 0]);
    assert!(after.descriptors <= before.descriptors, "{table}");
    let allowed = before.memory_kib / 4 + 4 * 1024;
    assert!(after.memory_kib <= before.memory_kib + allowed, "{table}");
    assert_eq!(server.end(), "", "the log");
    table
}

impl ServerProcess {
    /// The figures once the server has started everything that it needs.
    fn after_a_request(&self) -> Figures {
        for connect in [Connection::plain, Connection::encrypted] {
            connect(&self.site).unwrap().ask(get("/")).unwrap();
        }
        self.figures()
    }

    /// The figures once no client is there, spare threads have ended, and nothing changes.
    fn at_rest(&self, threads: u64) -> Figures {
        let mut last = self.figures();
        eventually("the server is at rest", || {
            thread::sleep(Duration::from_millis(200));
            let now = self.figures();
            let is_at_rest = now == last && now.threads <= threads;
            last = now;

            is_at_rest
        });
        last
    }
}

#[test]
fn mixed_clients_are_all_served_and_leave_no_descriptor() {
    let server = ServerProcess::start();
    let before = server.after_a_request();
    let crowd = Crowd::visit(&server.site, Duration::from_secs(1), |_| {});
    assert_eq!(crowd.faults(), [""; 0]);
    assert!(crowd.kinds().all(|(_, requests)| requests > 0), "{crowd:?}");
    eventually("the descriptors are closed", || {
        server.figures().descriptors <= before.descriptors
    });
    assert_eq!(server.end(), "", "the log");
}

// The table is for the person who started the test.
#[allow(clippy::print_stdout)]
#[test]
#[ignore = "runs for SOAK_SECONDS"]
fn long_soak() {
    let seconds = env::var("SOAK_SECONDS").map_or(600, |text| text.parse().unwrap());
    println!("{}", soak(Duration::from_secs(seconds)));
}
