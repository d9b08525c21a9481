//! `cargo xtask release`: publishes crates in the order of their dependencies.
//!
//! Without `--execute` it only says what it would do. A crate that was published
//! is tagged `crate-vX.Y.Z` at once, so an interrupted release goes on where it
//! stopped when it is run again.

mod plan;
mod version;

use std::fs;

use crate::Result;
use crate::git;
use crate::report::Report;
use crate::step::Step;
use crate::workspace::{Package, Workspace};
use plan::{Candidate, Plan};
use version::Version;

/// Plans the release of the named crates, or of all that have news.
pub(crate) fn run(args: &[String]) -> Result {
    let (options, names): (Vec<_>, Vec<_>) = args.iter().cloned().partition(|a| a.starts_with('-'));
    let execute = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--execute"] => true,
        _ => return Err(format!("only --execute is an option, not {}", options.join(" ")).into()),
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
        return Err("nothing can be released before this is put right".into());
    }
    if !execute {
        println!("This was a dry run; --execute does it.");
        return Ok(());
    }
    if !git::is_clean(&workspace.root)? {
        return Err("the working tree has changes that are not committed".into());
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

/// Publishes one crate after the other, and stops at the first that fails.
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
