//! User-space instructions per request, counted by callgrind.
//!
//! A keep-alive connection sends a browser's requests, in one run few and in another many. The
//! difference excludes the start and the end of the server. The busiest thread counts: others, such
//! as a monitor, wake by the clock, and so the more often the slower callgrind is.

use std::{fs, io, net::SocketAddr, path::Path};

use super::{client::Client, options::Options, peer::Peer, progress::progress, report::Table};
use crate::{result::Result, scratch::Scratch};

const FEW: u32 = 1_040;
const MANY: u32 = 6_000;

/// Counts every peer's instructions, on one thread.
pub(super) fn measure(options: &Options, peers: &[Peer], scratch: &Scratch) -> Result<Table> {
    let mut table = Table::new("User-space instructions per request", peers);
    for round in 1..=options.rounds {
        for (row, peer) in peers.iter().enumerate() {
            progress(&format!("instructions of {}, round {round}", peer.name));
            let figure = per_request(peer, scratch, |address, requests| {
                let mut client = Client::connect(address)?;
                (0..requests).try_for_each(|_| client.hello())
            })?;
            table.add(row, figure);
        }
    }
    Ok(table)
}

/// The instructions of a peer for one request of a client.
pub(super) fn per_request(
    peer: &Peer,
    scratch: &Scratch,
    ask: impl Fn(SocketAddr, u32) -> io::Result<()>,
) -> Result<f64> {
    let counts = scratch.path("callgrind");
    let few = count(peer, FEW, &counts, &ask)?;
    let many = count(peer, MANY, &counts, &ask)?;
    Ok((many as f64 - few as f64) / f64::from(MANY - FEW))
}

/// The instructions of a whole run with this number of requests.
fn count(
    peer: &Peer,
    requests: u32,
    counts: &Path,
    ask: &impl Fn(SocketAddr, u32) -> io::Result<()>,
) -> Result<u64> {
    let out = format!("--callgrind-out-file={}", counts.display());
    let options = [
        "--quiet",
        "--tool=callgrind",
        "--separate-threads=yes",
        "--vgdb=no", // its pipes would stay behind
        &out,
    ];
    let server = peer.start_under("valgrind", &options.map(str::to_owned))?;
    ask(server.address, requests).map_err(|error| format!("{}: {error}", peer.name))?;
    server.terminate()?;
    let mut busiest = None;
    for thread in 1.. {
        let file = format!("{}-{thread:02}", counts.display());
        let Ok(counts) = fs::read_to_string(&file) else {
            break;
        };
        fs::remove_file(&file)?; // the next run may have fewer threads
        busiest = busiest.max(total(&counts));
    }
    busiest.ok_or_else(|| "callgrind has left no total".into())
}

/// The total in the text of a callgrind file.
pub(super) fn total(counts: &str) -> Option<u64> {
    counts
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_callgrind_file_is_found() {
        let counts = "version: 1\nevents: Ir\nsummary: 41\n\nfn=(0)\n0 3\n\ntotals: 42\n";
        assert_eq!(total(counts), Some(42));
        assert_eq!(total("events: Ir\n"), None);
    }
}
