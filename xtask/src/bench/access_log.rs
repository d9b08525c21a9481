//! Our server with an access log, compared with the same without one.

use super::{
    load::{Load, WARM_UP},
    options::Options,
    peer::{OURS, Peer},
    progress::progress,
    report::Table,
};
use crate::{result::Result, scratch::Scratch};

const CONNECTIONS: u64 = 32;

/// The number of requests in flight on each connection. Pipelined requests cost so little that the
/// line is most of it.
const DEPTHS: [(usize, &str); 2] = [(1, "plain"), (16, "16 pipelined")];

/// Our server with an access log in the combined format, in a file of the scratch folder.
pub(super) fn logged(ours: &Peer, scratch: &Scratch) -> Peer {
    with_log(ours.sibling("logged"), scratch)
}

/// Our server with all that a site has around its pages, also such a log.
pub(super) fn site(ours: &Peer, scratch: &Scratch) -> Peer {
    with_log(ours.sibling("site"), scratch)
}

fn with_log(mut peer: Peer, scratch: &Scratch) -> Peer {
    let file = scratch.path("access.log");
    peer.variables.push(("ACCESS_LOG", file.into_os_string()));
    peer
}

/// Measures the CPU time per request without and with the log. Both are restarted in each round.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let ours = Peer::build(OURS)?;
    let logged = logged(&ours, scratch);
    let peers = [ours, logged];
    let mut tables = Vec::new();
    for (depth, how) in DEPTHS {
        let load = Load::new(scratch, CONNECTIONS, depth)?;
        let title = format!("CPU time per request, microseconds, {how}");
        let mut table = Table::of(title, ["no log", "access log"]);
        for round in 1..=options.rounds {
            for (row, peer) in peers.iter().enumerate() {
                progress(&format!("CPU time of {}, {how}, round {round}", peer.name));
                let server = peer.start()?;
                load.run(server.address, "/hello", WARM_UP)?;
                let (_, cpu) = load.run_with_cpu(
                    server.address,
                    "/hello",
                    &[server.process()],
                    options.duration,
                )?;
                table.add(row, cpu);
            }
        }
        tables.push(table);
    }
    Ok(tables)
}
