//! Requests that sleep: their number at a time, and the latency of the others.

use std::{
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::{
    client::{self, Client},
    latencies::Latencies,
    load::{Load, WARM_UP},
    options::Options,
    peer::Peer,
    progress::progress,
    report::Spread,
};
use crate::{result::Result, scratch::Scratch};

/// Requests at a time.
const SLEEPERS: u64 = 64;
/// The milliseconds that each sleeps.
const SLEEP_MS: u64 = 10;
/// Requests per second if sleeping costs nothing.
const IDEAL: f64 = (SLEEPERS * 1000 / SLEEP_MS) as f64;

/// Connections of the mixed load, each with a thread.
const MIXED: usize = 32;
/// Of this number of requests, one is slow.
const SLOW_EVERY: usize = 100;
const SLOW_MS: usize = 100;

/// Measures our server with an application that sleeps, and prints the figures.
pub(super) fn measure(options: &Options, ours: &Peer, scratch: &Scratch) -> Result {
    let load = Load::new(scratch, SLEEPERS, 1)?;
    let mut rates = Vec::new();
    let mut others = Vec::new();
    for round in 1..=options.rounds {
        progress(&format!("sleeping requests, round {round}"));
        let server = ours.sleeper().start()?;
        let path = format!("/sleep?ms={SLEEP_MS}");
        load.run(server.address, &path, WARM_UP)?;
        let run = load.run(server.address, &path, options.duration)?;
        rates.push(run.rate());
        others.push(mixed(server.address, options.duration)?);
    }
    let shares: Vec<f64> = rates.iter().map(|rate| rate / IDEAL).collect();
    println!("\n{SLEEPERS} concurrent requests that each sleep {SLEEP_MS} ms, ours");
    println!("  requests per second      {}", Spread::of(&rates));
    println!("  times the ideal, {IDEAL:.0}    {}", Spread::of(&shares));
    println!("\n{MIXED} connections, 1 request in {SLOW_EVERY} sleeps {SLOW_MS} ms, ours");
    for percent in [50, 99, 100] {
        let microseconds: Vec<f64> = others
            .iter()
            .map(|latencies| latencies.percentile(percent).as_micros() as f64)
            .collect();
        println!(
            "  p{percent:<3} of the others, us  {}",
            Spread::of(&microseconds)
        );
    }
    Ok(())
}

/// The latencies of the fast requests on connections where some are slow.
fn mixed(address: SocketAddr, duration: Duration) -> Result<Latencies> {
    let end = Instant::now() + duration;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..MIXED)
            // The clients begin at different numbers, so that slow requests do not coincide.
            .map(|client| client * SLOW_EVERY / MIXED)
            .map(|first| scope.spawn(move || mixed_client(address, first, end)))
            .collect();
        let mut latencies = Vec::new();
        for client in clients {
            latencies.extend(client.join().map_err(|_| "a client panicked")??);
        }
        Ok(latencies.into_iter().collect())
    })
}

fn mixed_client(address: SocketAddr, first: usize, end: Instant) -> io::Result<Vec<Duration>> {
    let slow = client::request(&format!("/sleep?ms={SLOW_MS}"), address);
    let mut client = Client::connect(address)?;
    let mut latencies = Vec::new();
    for number in first.. {
        let start = Instant::now();
        if start >= end {
            break;
        }
        if number % SLOW_EVERY == 0 {
            client.send(&slow)?;
        } else {
            client.hello()?;
            latencies.push(start.elapsed());
        }
    }
    Ok(latencies)
}
