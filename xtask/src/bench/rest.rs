//! The wake-ups of a server without requests.

use std::{thread, time::Duration};

use super::{client::Client, peer::Peer, progress::progress, report::Table};
use crate::result::Result;

/// The time after the last request, for work that follows it.
const SETTLE: Duration = Duration::from_secs(2);
const WATCH: Duration = Duration::from_secs(5);

/// Counts the wake-ups of all threads of every peer, at the same time.
pub(super) fn measure(peers: &[Peer]) -> Result<Table> {
    progress("idle servers");
    let mut table = Table::new("Wake-ups per second, idle after one request", peers);
    let servers = peers.iter().map(Peer::start).collect::<Result<Vec<_>>>()?;
    for server in &servers {
        Client::connect(server.address)?.hello()?;
    }
    thread::sleep(SETTLE);
    let mut before = Vec::new();
    for server in &servers {
        before.push(server.process().wake_ups()?);
    }
    thread::sleep(WATCH);
    for (row, (server, before)) in servers.iter().zip(&before).enumerate() {
        let wake_ups = server.process().wake_ups()?.since(before);
        table.add(row, wake_ups as f64 / WATCH.as_secs_f64());
    }
    Ok(table)
}
