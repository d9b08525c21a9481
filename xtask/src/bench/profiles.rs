//! Servers under wrk, by profiles of load: CPU time, throughput, p99 and context switches.

use std::{
    fmt,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::{
    load::{Load, WARM_UP},
    options::Options,
    peer::{Peer, Server},
    progress::progress,
    report::Spread,
};
use crate::{result::Result, scratch::Scratch};

/// The time within which a server ends a connection on request.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time within which a server that does not read the body has answered.
const HASTE: Duration = Duration::from_millis(200);

/// A way in which clients ask.
struct Profile {
    title: &'static str,
    connections: u64,
    /// The number of requests in flight on each connection.
    depth: usize,
    /// Whether each request has a connection of its own.
    closes: bool,
    /// The length of a body that each request has.
    body: usize,
}

/// The length of an upload.
const UPLOAD: usize = 20_000_000;

/// The path of uploads.
const UPLOADS: &str = "/upload";

const PROFILES: [Profile; 5] = [
    Profile {
        title: "32 connections",
        connections: 32,
        depth: 1,
        closes: false,
        body: 0,
    },
    Profile {
        title: "512 connections",
        connections: 512,
        depth: 1,
        closes: false,
        body: 0,
    },
    Profile {
        title: "32 connections, 16 requests pipelined",
        connections: 32,
        depth: 16,
        closes: false,
        body: 0,
    },
    Profile {
        title: "A connection per request, 32 at once",
        connections: 32,
        depth: 1,
        closes: true,
        body: 0,
    },
    Profile {
        title: "Uploads of 20 MB, 8 at once",
        connections: 8,
        depth: 1,
        closes: false,
        body: UPLOAD,
    },
];

/// The columns of a sheet.
const COLUMNS: [&str; 4] = [
    "CPU a request, µs",
    "requests a second",
    "p99, µs",
    "switches a request",
];

/// The figures of all peers under one load.
#[derive(Debug)]
pub(super) struct Sheet {
    title: &'static str,
    rows: Vec<(&'static str, [Vec<f64>; COLUMNS.len()])>,
}

/// Measures every peer in every profile. Each is restarted in each round.
pub(super) fn measure(options: &Options, peers: &[Peer], scratch: &Scratch) -> Result<Vec<Sheet>> {
    let mut sheets = Vec::new();
    for profile in &PROFILES {
        let rows = peers.iter().map(|peer| (peer.name, Default::default()));
        let sheet = Sheet {
            title: profile.title,
            rows: rows.collect(),
        };
        let load = match profile {
            Profile { closes: true, .. } => Load::of_single_requests(scratch, profile.connections)?,
            Profile { body: 1.., .. } => {
                Load::of_uploads(scratch, profile.connections, profile.body)?
            }
            Profile { depth, .. } => Load::new(scratch, profile.connections, *depth)?,
        };
        sheets.push((profile, load, sheet));
    }
    for round in 1..=options.rounds {
        for (row, peer) in peers.iter().enumerate() {
            progress(&format!("profiles of {}, round {round}", peer.name));
            let server = peer.start()?;
            for (profile, load, sheet) in &mut sheets {
                let can_serve = match profile {
                    Profile { closes: true, .. } => ends_connections(&server)?,
                    Profile { body: 1.., .. } => takes_uploads(&server)?,
                    _ => true,
                };
                if !can_serve {
                    continue;
                }
                let figures = figures(options, &server, load, profile.path())
                    .map_err(|error| format!("{}, {}: {error}", peer.name, profile.title))?;
                let (_, columns) = &mut sheet.rows[row];
                columns
                    .iter_mut()
                    .zip(figures)
                    .for_each(|(column, figure)| column.push(figure));
            }
        }
    }
    Ok(sheets.into_iter().map(|(_, _, sheet)| sheet).collect())
}

/// The figures of one run.
fn figures(
    options: &Options,
    server: &Server,
    load: &Load,
    path: &str,
) -> Result<[f64; COLUMNS.len()]> {
    load.run(server.address, path, WARM_UP)?;
    let process = server.process();
    let before = process.switches()?;
    let (run, cpu) = load.run_with_cpu(server.address, path, &[process], options.duration)?;
    let switches = process.switches()?.since(&before) as f64;
    let p99 = run.latencies().percentile(99).as_secs_f64() * 1e6;
    Ok([cpu, run.rate(), p99, switches / run.requests() as f64])
}

/// Whether a server ends a connection when a client asks for that, and says so. Otherwise wrk
/// waits, or takes the end for an error.
fn ends_connections(server: &Server) -> Result<bool> {
    let mut client = TcpStream::connect(server.address)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    let has_ended = client.read_to_end(&mut response).is_ok();
    let response = String::from_utf8_lossy(&response).to_lowercase();
    Ok(has_ended && response.contains("\r\nconnection: close\r\n"))
}

/// Whether a server reads an upload to its end, and only then answers.
fn takes_uploads(server: &Server) -> Result<bool> {
    let mut client = TcpStream::connect(server.address)?;
    client.set_read_timeout(Some(PATIENCE))?;
    let head =
        format!("POST {UPLOADS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOAD}\r\n\r\n");
    client.write_all(head.as_bytes())?;
    let body = vec![b'x'; UPLOAD];
    let (most, last) = body.split_at(UPLOAD - 1);
    if client.write_all(most).is_err() {
        return Ok(false);
    }
    client.set_read_timeout(Some(HASTE))?;
    let mut start = [0; 12];
    if client.read(&mut start).is_ok() {
        return Ok(false);
    }
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(last)?;
    let is_answered = client.read_exact(&mut start).is_ok();
    Ok(is_answered && start.ends_with(b" 200"))
}

impl Profile {
    fn path(&self) -> &'static str {
        if self.body > 0 { UPLOADS } else { "/hello" }
    }
}

/// A table in Markdown.
impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}\n", self.title)?;
        writeln!(f, "| server | {} |", COLUMNS.join(" | "))?;
        writeln!(f, "|---{}|", "|---".repeat(COLUMNS.len()))?;
        for (name, columns) in &self.rows {
            write!(f, "| {name} |")?;
            for figures in columns {
                match figures.is_empty() {
                    true => write!(f, " – |")?,
                    false => write!(f, " {} |", Spread::of(figures))?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_a_table_with_a_gap_for_what_cannot_be_measured() {
        let sheet = Sheet {
            title: "By post",
            rows: vec![
                ("ours", [vec![1.0], vec![2.0], vec![3.0], vec![4.0]]),
                ("other", Default::default()),
            ],
        };
        let text = sheet.to_string();
        let lines: Vec<&str> = text.lines().skip(5).collect();
        assert_eq!(
            lines,
            [
                "| ours | 1.00 [1.00 1.00] | 2.00 [2.00 2.00] | 3.00 [3.00 3.00] | 4.00 [4.00 4.00] |",
                "| other | – | – | – | – |",
            ]
        );
    }
}
