//! Random applications, clients and ends: every response is numbered and checked, and what
//! becomes of each client is held against what the end promises.
//!
//! The short rounds are part of the suite. `cargo xtask stress` has long ones: as many as
//! `STRESS_SECONDS` have room for, from the seed `STRESS_SEED` on.

// Descriptors and threads are counted in Linux's `/proc`.
#![cfg(target_os = "linux")]

mod application;
mod client;
mod ledger;
mod random;
mod round;
#[path = "../support/mod.rs"]
mod support;
mod task;
mod wire;

use std::{
    env,
    time::{Duration, Instant},
};

use round::Round;

fn variable(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// Plays the round of a seed, and fails with the seed and all that was wrong.
fn play(seed: u64) -> (usize, usize) {
    let (requests, answered, wrong) = Round::new(seed).play();
    assert!(
        wrong.is_empty(),
        "{} faults; again with `cargo xtask stress --seed {seed} --seconds 0`: {:?}\n{}",
        wrong.len(),
        Round::new(seed),
        wrong[..wrong.len().min(12)].join("\n")
    );
    (requests, answered)
}

#[test]
fn short_rounds() {
    for seed in 0..16 {
        play(seed);
    }
}

// What came of it is for whoever started it.
#[allow(clippy::print_stdout)]
#[test]
#[ignore = "takes as long as it is told to"]
fn long_rounds() {
    let end = Instant::now() + Duration::from_secs(variable("STRESS_SECONDS").unwrap_or(60));
    let first = variable("STRESS_SEED").unwrap_or(1_000);
    let (mut rounds, mut requests, mut answered, mut failures) = (0, 0, 0, Vec::new());
    for seed in first.. {
        match std::panic::catch_unwind(|| play(seed)) {
            Ok((sent, whole)) => (requests, answered) = (requests + sent, answered + whole),
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
