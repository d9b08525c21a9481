//! `cargo xtask bench`: what a request costs, here and on other servers.
//!
//! Each server of `tests/peers` is built with the same profile and answers the same 13 bytes.
//! Measured are, from the steadiest to the noisiest: user-space instructions per request under
//! callgrind; CPU time per request, throughput and p99 under wrk; then what a server does with
//! slow requests, with none, and with ten thousand idle connections. Rounds are interleaved
//! (A B C, A B C, ...) so that what disturbs the machine for a while disturbs every server, and
//! ratios are taken within a round.
//!
//! Figures are printed, never judged: only a failure to measure is an error.

mod client;
mod concurrency;
mod idle;
mod instructions;
mod latencies;
mod load;
mod options;
mod peer;
mod process;
mod report;
mod rest;
mod scratch;

use std::process::{Command, Stdio};

use crate::Result;

use self::options::{Measure, Options};
use self::peer::Peer;
use self::scratch::Scratch;

/// Measures what the arguments ask for and prints tables to standard output.
///
/// # Errors
///
/// When the arguments are wrong, a tool is missing, or a server does not build, start or answer.
pub(crate) fn run(args: &[String]) -> Result {
    let Some(options) = Options::parse(args)? else {
        print!("{}", options::USAGE);
        return Ok(());
    };
    for (tool, measures) in [
        ("valgrind", &[Measure::Instructions][..]),
        ("wrk", &[Measure::Cpu, Measure::Concurrency]),
    ] {
        if measures.iter().any(|&measure| options.measures(measure)) {
            need(tool)?;
        }
    }
    let scratch = Scratch::new()?;
    let peers = options
        .peers
        .iter()
        .map(|name| Peer::build(name))
        .collect::<Result<Vec<_>>>()?;

    report::preamble(&options, &peers)?;
    if options.measures(Measure::Instructions) {
        print!("{}", instructions::measure(&options, &peers, &scratch)?);
    }
    if options.measures(Measure::Cpu) {
        for table in load::measure(&options, &peers, &scratch)? {
            print!("{table}");
        }
    }
    if options.measures(Measure::Concurrency) {
        concurrency::measure(&options, &peers[0], &scratch)?;
    }
    if options.measures(Measure::Rest) {
        print!("{}", rest::measure(&peers)?);
    }
    if options.measures(Measure::Idle) {
        idle::measure(&peers)?;
    }
    Ok(())
}

/// Finds out whether a tool is there, and says how to get it when it is not.
fn need(tool: &str) -> Result {
    Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
        .map_err(|error| format!("{tool}: {error}; get it with `apt-get install {tool}`").into())
}

/// Tells on standard error what is being done, since it takes minutes.
fn progress(what: &str) {
    eprintln!("bench: {what}");
}
