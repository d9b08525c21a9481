//! `cargo xtask release`: publishes the crates that have something new, dependencies first.
//!
//! Without `--prepare` or `--execute` it only prints its plan. A release has these steps, and after
//! an interruption in any of them, the same command goes on:
//!
//! 1. The plan: what the registry has, which packaged files have changed since, and what the
//!    unreleased section of each changelog says about that.
//! 2. A commit with the new versions and the dates of the changelogs (`--prepare` ends here).
//! 3. The checks of that commit.
//! 4. For each crate, its upload, the wait until the index lists it, and its tag.
//!
//! Nothing but the registry, the tags and the tree says how far a release has come. The plan is a
//! pure function of these, and `scenarios` shows it for each situation.

mod api;
mod candidate;
mod checks;
mod contents;
mod decision;
mod history;
mod options;
mod pace;
mod plan;
mod prepare;
mod printed;
mod publish;
mod registry;
#[cfg(test)]
mod scenarios;
mod version;

use std::time::SystemTime;

use crate::{result::Result, workspace::Workspace};
use options::{Action, Options};
use plan::Plan;
use registry::Registry;

const DRY_RUN: &str = "\
This was a dry run. With --prepare, the new versions and the dates of the changelogs are committed.
With --execute, that commit is also checked, and each crate, in this order, is uploaded by
`cargo publish --no-verify --package NAME` and tagged NAME-vVERSION. That needs the credentials of
`cargo login`. Where it is interrupted, or refused to go on, the same command continues later.";

/// Plans the release of the named crates, or of all, and does as much of it as the options say.
pub(crate) fn run(args: &[String]) -> Result {
    let options = Options::parse(args)?;
    let registry = Registry::named(options.registry.clone())?;
    let workspace = load(&options)?;
    if options.action == Action::Plan {
        plan(&workspace, &registry, &options)?;
        println!("\n{DRY_RUN}");
        return Ok(());
    }
    prepare::set_aside(&workspace.root)?;
    checks::demand_a_clean_tree(&workspace)?;
    let workspace = load(&options)?;
    let mut now = plan(&workspace, &registry, &options)?;
    if now.releases.iter().any(|release| !release.is_prepared) {
        prepare::prepare(&workspace, &now, &pace::day(SystemTime::now()))?;
        println!("\nThe new versions are committed.\n");
        now = plan(&load(&options)?, &registry, &options)?;
        if now.releases.iter().any(|release| !release.is_prepared) {
            return Err("the commit has not given every crate its version".into());
        }
    }
    if options.action == Action::Prepare {
        println!("Review the commit; --execute publishes it.");
        return Ok(());
    }
    let workspace = load(&options)?;
    publish::tag_untagged(&workspace, &registry, &now)?;
    if !now.releases.is_empty() {
        checks::pass(&workspace, &now, &options)?;
        checks::demand_a_clean_tree(&workspace)?;
    }
    publish::publish(&workspace, &registry, &now)?;
    println!("\nDone. The commit and the tags are still only here: git push --follow-tags");
    Ok(())
}

fn load(options: &Options) -> Result<Workspace> {
    match &options.root {
        Some(root) => Workspace::load_from(root),
        None => Workspace::load(),
    }
}

/// Makes and prints the plan. Fails if it has problems.
fn plan(workspace: &Workspace, registry: &Registry, options: &Options) -> Result<Plan> {
    let candidates = history::candidates(workspace, registry)?;
    let plan = Plan::new(&candidates, &options.names);
    print!("{plan}");
    if plan.problems.is_empty() {
        return Ok(plan);
    }
    Err("the release cannot begin before these problems are solved".into())
}
