//! Ten thousand idle keep-alive connections, each after one request.

use std::{
    fs, io,
    process::{self, Command},
    thread,
    time::{Duration, Instant},
};

use super::{
    client::Client,
    peer::{Peer, Server},
    progress::progress,
};
use crate::result::Result;

const CONNECTIONS: u64 = 10_000;

/// The number of requests over which latency is averaged, without and with the idle connections.
const REQUESTS: u32 = 2_000;

/// File descriptors for other purposes, in client and server.
const OTHER_FILES: u64 = 100;

/// Prints the cost of the connections for every peer, or the reason that a peer cannot hold them.
pub(super) fn measure(peers: &[Peer]) -> Result {
    raise_file_limit()?;
    println!("\n{CONNECTIONS} idle connections, each after one request");
    println!(
        "  {:<13}{:>12}{:>9}{:>9}   answer, us",
        "", "bytes each", "threads", "open"
    );
    for peer in peers {
        progress(&format!("idle connections of {}", peer.name));
        let server = peer.start()?;
        match Idle::measure(&server) {
            Ok(idle) => {
                let Idle {
                    bytes_each,
                    threads,
                    open,
                    before,
                    beside,
                } = idle;
                let [before, beside] = [before, beside].map(|time| time.as_micros());
                print!(
                    "  {:<13}{bytes_each:>12.0}{threads:>+9}{open:>9}",
                    peer.name
                );
                println!("   {beside} (without them {before})");
            }
            Err(error) => println!("  {:<13}{error}", peer.name),
        }
    }
    Ok(())
}

/// The cost of idle connections to a server.
#[derive(Debug)]
struct Idle {
    /// Resident memory per connection.
    bytes_each: f64,
    /// The number of additional threads.
    threads: i64,
    /// The number of connections that are open at the end.
    open: usize,
    /// The average latency without and with them.
    before: Duration,
    beside: Duration,
}

impl Idle {
    fn measure(server: &Server) -> io::Result<Self> {
        let process = server.process();
        let before = answer_time(server)?;
        let (resident, threads) = (process.resident()?, process.threads()?);
        let mut connections = Vec::new();
        for number in 0..CONNECTIONS {
            let mut client = Client::connect(server.address).map_err(|e| context(number, &e))?;
            client.hello().map_err(|error| context(number, &error))?;
            connections.push(client);
        }
        // A time for the server to release what the last request used.
        thread::sleep(Duration::from_millis(500));
        let grown = process.resident()?.saturating_sub(resident);
        let more_threads = process.threads()?.cast_signed() - threads.cast_signed();
        let beside = answer_time(server)?;
        let mut open = 0;
        for client in &connections {
            open += usize::from(client.is_open()?);
        }
        let bytes_each = grown as f64 / CONNECTIONS as f64;
        Ok(Self {
            bytes_each,
            threads: more_threads,
            open,
            before,
            beside,
        })
    }
}

/// The average latency of a request on a new connection.
fn answer_time(server: &Server) -> io::Result<Duration> {
    let start = Instant::now();
    let mut client = Client::connect(server.address)?;
    for _ in 0..REQUESTS {
        client.hello()?;
    }
    Ok(start.elapsed() / REQUESTS)
}

fn context(connections: u64, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("with {connections} connections: {error}"),
    )
}

/// Raises this process's limit of open files for the connections. Servers start with a raised
/// limit.
fn raise_file_limit() -> Result {
    let needed = CONNECTIONS + OTHER_FILES;
    let limits = fs::read_to_string("/proc/self/limits")?;
    let (soft, hard) = file_limits(&limits).ok_or("/proc/self/limits has an unknown form")?;
    if hard < needed {
        return Err(format!("{needed} files must be open, but `ulimit -H -n` is {hard}").into());
    }
    if soft < needed {
        let id = process::id().to_string();
        let limit = format!("--nofile={needed}:");
        let status = Command::new("prlimit")
            .args(["--pid", &id, &limit])
            .status();
        if !status
            .map_err(|error| format!("prlimit (of util-linux): {error}"))?
            .success()
        {
            return Err("prlimit does not raise the limit of open files".into());
        }
    }
    Ok(())
}

/// The soft and hard limits of open files in the text of `/proc/self/limits`.
fn file_limits(limits: &str) -> Option<(u64, u64)> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let mut values = line.split_whitespace().map(|value| match value {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    });
    Some((values.next()??, values.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_are_read() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\n\
                      Max open files            1024                 unlimited            files\n";
        assert_eq!(file_limits(limits), Some((1024, u64::MAX)));
        assert_eq!(file_limits("Max processes 1 2 processes\n"), None);
    }
}
