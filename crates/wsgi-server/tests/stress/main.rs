//! Random rounds of applications, clients and ends. Every response is numbered and checked, and
//! each client's fate is compared with the promises of that end.
//!
//! The short rounds are part of the suite. `cargo xtask stress` plays more of them: for
//! `STRESS_SECONDS`, from the seed `STRESS_SEED` on.

// Descriptors and threads are counted in Linux's `/proc`.
#![cfg(target_os = "linux")]

mod application;
mod client;
mod ledger;
mod limits;
mod round;
mod stream;
#[path = "../support/mod.rs"]
mod support;
mod task;
#[cfg(feature = "tls")]
mod tunnel;
mod wire;

use std::{
    env,
    time::{Duration, Instant},
};

use round::{Report, Round};

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// The number of faults of a round that are printed.
const SHOWN_FAULTS: usize = 12;

/// Plays the round of a seed. Fails with the seed and the first faults.
fn play(seed: u64) -> Report {
    let report = Round::new(seed).play();
    let faults = &report.faults;
    assert!(
        faults.is_empty(),
        "{} faults; again with `cargo xtask stress --seed {seed} --seconds 0`: {:?}\n{}",
        faults.len(),
        Round::new(seed),
        faults[..faults.len().min(SHOWN_FAULTS)].join("\n")
    );
    report
}

#[test]
fn short_rounds() {
    for seed in 0..16 {
        play(seed);
    }
}

// The summary is for the person who started the test.
#[allow(clippy::print_stdout)]
#[test]
#[ignore = "runs for STRESS_SECONDS"]
fn long_rounds() {
    let end = Instant::now() + Duration::from_secs(variable("STRESS_SECONDS").unwrap_or(60));
    let first = variable("STRESS_SEED").unwrap_or(1_000);
    let (mut rounds, mut requests, mut answered, mut failures) = (0, 0, 0, Vec::new());
    for seed in first.. {
        match std::panic::catch_unwind(|| play(seed)) {
            Ok(report) => {
                requests += report.requests;
                answered += report.answered;
            }
            Err(_) => failures.push(seed),
        }
        rounds += 1;
        if Instant::now() >= end {
            break;
        }
    }
    println!("{rounds} rounds, {requests} requests, {answered} answered; failed: {failures:?}");
    assert!(failures.is_empty(), "seeds {failures:?}");
}
