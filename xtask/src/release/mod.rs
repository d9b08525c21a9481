//! `cargo xtask release`: publishes crates in the order of their dependencies.
//!
//! Without `--execute` it only prints its plan. Each crate is tagged `crate-vX.Y.Z` once it is
//! published, so that an interrupted release can be continued by running it again.

mod plan;
mod version;

use std::fs;

use crate::git;
use crate::report::Report;
use crate::result::Result;
use crate::step::Step;
use crate::workspace::{Package, Workspace};
use plan::{Candidate, Plan};
use version::Version;

/// Plans the release of the named crates, or of all with a new version.
pub(crate) fn run(args: &[String]) -> Result {
    let (options, names): (Vec<_>, Vec<_>) = args.iter().cloned().partition(|a| a.starts_with('-'));
    let execute = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--execute"] => true,
        _ => return Err(format!("unknown option {}", options.join(" ")).into()),
    };
    let workspace = Workspace::load()?;
    workspace.select(&names)?;
    let tags = git::tags(&workspace.root)?;
    let candidates: Vec<_> = workspace
        .crates()
        .map(|package| candidate(&workspace, package, &tags))
        .collect::<Result<_>>()?;
    let plan = Plan::new(&candidates, &names);
    print!("{plan}");
    if !plan.problems.is_empty() {
        return Err("the release cannot begin before these problems are fixed".into());
    }
    if !execute {
        println!("This was a dry run; --execute does it.");
        return Ok(());
    }
    if !git::is_clean(&workspace.root)? {
        return Err("the working tree has uncommitted changes".into());
    }
    publish(&workspace, &plan)
}

fn candidate(workspace: &Workspace, package: &Package, tags: &[String]) -> Result<Candidate> {
    let released = Version::newest(&package.name, tags);
    let folder = workspace.relative(package.folder());
    let has_changed = match &released {
        Some(version) => git::has_changed(&workspace.root, &version.tag(&package.name), &folder)?,
        None => true,
    };
    let changelog = fs::read_to_string(package.folder().join("CHANGELOG.md"))?;
    Ok(Candidate {
        package: package.clone(),
        released,
        has_changed,
        changelog,
    })
}

/// Publishes the crates one by one, and stops at the first failure.
fn publish(workspace: &Workspace, plan: &Plan) -> Result {
    for release in &plan.releases {
        let mut report = Report::new(&workspace.root);
        report.run(&Step::cargo("publish --package").with(&release.name));
        report.finish()?;
        let mut report = Report::new(&workspace.root);
        let message = format!("{} {}", release.name, release.version);
        report.run(&Step::new(
            "git",
            ["tag", "--annotate", &release.tag(), "--message", &message],
        ));
        report.finish()?;
    }
    println!("Done; git push --follow-tags takes the tags along.");
    Ok(())
}
