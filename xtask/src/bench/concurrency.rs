//! Requests that sleep: how many at once, and what the others notice.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::client::{self, Client};
use super::load::Load;
use super::options::Options;
use super::peer::Peer;
use super::report::Spread;
use super::scratch::Scratch;
use super::{Result, progress};

/// So many requests at once ...
const SLEEPERS: usize = 64;
/// ... that sleep so many milliseconds each ...
const SLEEP_MS: usize = 10;
/// ... are so many a second, if sleeping costs nothing.
const IDEAL: f64 = (SLEEPERS * 1000 / SLEEP_MS) as f64;

/// Connections of the mixed load, one thread each.
const MIXED: usize = 32;
/// One request in so many is slow.
const SLOW_EVERY: usize = 100;
const SLOW_MS: usize = 100;

/// Measures our server, whose demo sleeps on request, and prints what came of it.
pub(super) fn measure(options: &Options, ours: &Peer, scratch: &Scratch) -> Result {
    let load = Load::new(scratch, SLEEPERS, 1)?;
    let mut rates = Vec::new();
    let mut fast = Vec::new();
    for round in 1..=options.rounds {
        progress(&format!("sleeping requests, round {round}"));
        let server = ours.start()?;
        let path = format!("/sleep?ms={SLEEP_MS}");
        load.run(server.address, &path, Duration::from_secs(1))?;
        rates.push(load.run(server.address, &path, options.duration)?.rate());
        let mut latencies = mixed(server.address, options.duration)?;
        latencies.sort_unstable();
        fast.push(latencies);
    }
    let at = |percent: usize| {
        let figures: Vec<f64> = fast
            .iter()
            .map(|sorted| milliseconds(sorted, percent))
            .collect();
        Spread::of(&figures)
    };
    let shares: Vec<f64> = rates.iter().map(|rate| rate / IDEAL).collect();
    println!("\n{SLEEPERS} concurrent requests that each sleep {SLEEP_MS} ms, ours");
    println!("  requests per second         {}", Spread::of(&rates));
    println!(
        "  share of the ideal {IDEAL:.0}     {}",
        Spread::of(&shares)
    );
    println!("\n{MIXED} connections, 1 request in {SLOW_EVERY} sleeps {SLOW_MS} ms, ours");
    for percent in [50, 99, 100] {
        println!("  p{percent:<3} of the others, ms     {}", at(percent));
    }
    Ok(())
}

/// The latencies of the fast requests on connections where some are slow.
fn mixed(address: SocketAddr, duration: Duration) -> Result<Vec<Duration>> {
    let end = Instant::now() + duration;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..MIXED)
            // Each starts elsewhere in its hundred, so that the slow ones do not come together.
            .map(|client| client * SLOW_EVERY / MIXED)
            .map(|first| scope.spawn(move || mixed_client(address, first, end)))
            .collect();
        let mut latencies = Vec::new();
        for client in clients {
            latencies.extend(client.join().map_err(|_| "a client panicked")??);
        }
        Ok(latencies)
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

/// The latency that so many percent of the requests do not exceed, in milliseconds.
fn milliseconds(sorted: &[Duration], percent: usize) -> f64 {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted
        .get(index)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_that_covers_its_share() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        for (percent, expected) in [(50, 100.0), (99, 198.0), (100, 200.0)] {
            assert_eq!(milliseconds(&sorted, percent), expected, "p{percent}");
        }
        assert!(milliseconds(&[], 99).is_nan());
    }
}
