//! `cargo xtask bench`: the cost of a request, compared with other servers.
//!
//! Each server of `tests/peers` is built with the same profile and answers the same 13 bytes. From
//! the steadiest to the noisiest, the figures are: user-space instructions per request under
//! callgrind; CPU time per request, throughput and p99 under wrk; and the behaviour with slow
//! requests, without requests, and with ten thousand idle connections.
//!
//! By TLS, handshakes, requests, bytes and idle connections are compared with hyper and nginx.
//!
//! Our server is also measured with an access log, compared with itself without one.
//!
//! Behind nginx our server is measured by each of its protocols, and compared with hyper and PHP.
//!
//! With files, our server is compared with nginx, tower-http and actix-files.
//!
//! Other programs of `tests/peers` measure themselves: signed cookies, sessions in their stores,
//! forms, and compressed responses.
//!
//! Servers for Python's applications are compared by programs of `crates/wsgi-python/tests`.
//!
//! Finally the first programs of several frameworks are built from nothing and compared, and so are
//! single crates and those that they take the place of.
//!
//! Rounds are interleaved (A B C, A B C, ...), so that a disturbance of the machine affects all
//! contenders. Ratios are taken within a round.
//!
//! Figures are printed. Only a failure to measure is an error. `--check` is different: it compares
//! instruction counts with the recorded ones.

mod access_log;
mod client;
mod compression;
mod concurrency;
mod cookies;
mod daemon;
mod fastcgi;
mod files;
mod footprint;
mod forms;
mod fronts;
mod guard;
mod idle;
mod instructions;
mod latencies;
mod load;
mod nginx;
mod options;
mod peer;
mod picking;
mod process;
mod profiles;
mod program;
mod progress;
mod report;
mod rest;
mod running;
mod sessions;
mod tls;
mod tool;
mod tree;
mod updates;

use std::fmt::Display;

use crate::{python, result::Result, scratch::Scratch, step::Step};

use self::{
    options::{Measure, Options},
    peer::Peer,
    tool::need,
};

/// Takes the figures that the arguments select, and prints tables to standard output.
///
/// # Errors
///
/// The arguments are wrong, a tool is missing, or a program does not build, start or answer.
pub(crate) fn run(args: &[String]) -> Result {
    match args {
        [check] if check == "--check" => return guard::run(false),
        [check, write] if check == "--check" && write == "--write" => return guard::run(true),
        _ => {}
    }
    let Some(options) = Options::parse(args)? else {
        print!("{}", options::USAGE);
        return Ok(());
    };
    for (tool, measures) in [
        (
            "valgrind",
            &[Measure::Instructions, Measure::Fronts, Measure::Cookies][..],
        ),
        (
            "wrk",
            &[
                Measure::Cpu,
                Measure::Concurrency,
                Measure::AccessLog,
                Measure::Fronts,
                Measure::Files,
                Measure::Python,
            ],
        ),
    ] {
        if measures.iter().any(|&measure| options.measures(measure)) {
            need(tool)?;
        }
    }
    let scratch = Scratch::new("bench")?;
    let mut peers = Vec::new();
    if options.measures_servers() {
        for name in &options.peers {
            peers.push(Peer::build(name)?);
        }
    }

    report::preamble(&options, &peers)?;
    for measure in Measure::in_order().filter(|&measure| options.measures(measure)) {
        take(measure, &options, &peers, &scratch)?;
    }
    Ok(())
}

/// Builds the programs whose instructions `--check` counts.
pub(crate) fn building_for_check() -> impl Iterator<Item = Step> {
    guard::building()
}

/// Takes one family of figures and prints it.
fn take(measure: Measure, options: &Options, peers: &[Peer], scratch: &Scratch) -> Result {
    match measure {
        Measure::Instructions => print(Some(instructions::measure(options, peers, scratch)?)),
        Measure::Cpu => print(profiles::measure(options, peers, scratch)?),
        Measure::Concurrency => concurrency::measure(options, &peers[0], scratch)?,
        Measure::AccessLog => print(access_log::measure(options, scratch)?),
        Measure::Rest => print(Some(rest::measure(peers)?)),
        Measure::Idle => idle::measure(peers)?,
        Measure::Fronts => print(fronts::measure(options, scratch)?),
        Measure::Tls => print(tls::measure(options, scratch)?),
        Measure::Cookies => print(cookies::measure(options, scratch)?),
        Measure::Sessions => print(sessions::measure(options, scratch)?),
        Measure::Forms => print(forms::measure(options)?),
        Measure::Compression => print(compression::measure(options)?),
        Measure::Files => print(files::measure(options, scratch)?),
        Measure::Updates => print(Some(updates::measure(options)?)),
        Measure::Python => python::compare_speed(options.rounds, options.duration)?,
        Measure::PythonConformance => python::compare_conformance()?,
        Measure::Footprint => print(footprint::measure(options, scratch)?),
        Measure::Picking => print(Some(picking::measure(options, scratch)?)),
    }
    Ok(())
}

/// Prints tables to standard output.
fn print(tables: impl IntoIterator<Item = impl Display>) {
    for table in tables {
        print!("{table}");
    }
}
