//! What a program takes along with a framework: crates, lines, the time of a build, and its size.
//!
//! Each package `hello-*` of `tests/peers` is the first program of a framework's documentation.

use std::fs;

use super::{
    options::Options,
    peer,
    process::ended_children,
    progress::progress,
    report::Table,
    tree::{Folders, tree},
};
use crate::{result::Result, scratch::Scratch};

/// Our server alone, and our facade with its default features.
const OURS: [&str; 2] = ["server", "wsgi"];

/// Frameworks that they are compared with, unless others are chosen.
const OTHERS: [&str; 5] = ["tiny-http", "rouille", "servlin", "axum", "actix-web"];

/// The profile of a release build.
struct Profile {
    name: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

/// Cargo's own profile for releases, and the one of `tests/peers`, with whole-program optimisation.
const PROFILES: [Profile; 2] = [
    Profile {
        name: "by default",
        variables: &[
            ("CARGO_PROFILE_RELEASE_LTO", "false"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
        ],
    },
    Profile {
        name: "as a whole program",
        variables: &[("CARGO_PROFILE_RELEASE_STRIP", "symbols")],
    },
];

/// Counts once, and builds each contender from nothing once per profile and round.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let is_chosen = |other: &&str| options.has_all_peers() || options.peers.contains(other);
    let others = OTHERS.into_iter().filter(is_chosen);
    let contenders: Vec<_> = OURS.into_iter().chain(others).collect();
    let table = |title: &str| Table::of(title, contenders.iter().copied());
    let mut crates = table("Crates");
    let mut others = table("Crates from the registry");
    let mut lines = table("Lines of Rust in these crates");
    let folders = Folders::load()?;
    for (row, contender) in contenders.iter().enumerate() {
        let tree = tree(&package(contender), "")?;
        let from_registry = tree.iter().filter(|package| !package.is_local());
        others.add(row, from_registry.count() as f64);
        crates.add(row, tree.len() as f64);
        lines.add(row, folders.lines_of(&tree)? as f64);
    }
    let mut tables = vec![crates, others, lines];
    for Profile { name, variables } in PROFILES {
        let mut times = table(&format!(
            "CPU seconds of a release build from nothing, {name}"
        ));
        let mut sizes = table(&format!("Size of the stripped program, MB, {name}"));
        for round in 1..=options.rounds {
            for (row, contender) in contenders.iter().enumerate() {
                progress(&format!("building {contender} {name}, round {round}"));
                let target = scratch.path("target");
                let before = ended_children()?;
                let program = peer::build_in(&package(contender), &target, variables)?;
                times.add(row, (ended_children()? - before).as_secs_f64());
                sizes.add(row, fs::metadata(program)?.len() as f64 / 1e6);
                fs::remove_dir_all(target)?;
            }
        }
        tables.extend([times, sizes]);
    }
    Ok(tables)
}

fn package(contender: &str) -> String {
    format!("hello-{contender}")
}
