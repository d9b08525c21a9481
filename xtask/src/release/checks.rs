//! The checks before a release.

use std::{fs, path::PathBuf};

use super::{api, options::Options, plan::Plan};
use crate::{ci, git, report::Report, result::Result, workspace::Workspace};

/// Fails if a change is not committed: what is published must be what a commit has.
pub(super) fn demand_a_clean_tree(workspace: &Workspace) -> Result {
    let files = git::uncommitted(&workspace.root)?;
    if files.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the working tree has changes that are not committed:\n{}",
        files.join("\n")
    )
    .into())
}

/// Checks the crates of a plan. Checks that passed for the same commit are not repeated, so that an
/// interrupted release goes on at once.
pub(super) fn pass(workspace: &Workspace, plan: &Plan, options: &Options) -> Result {
    let head = git::head(&workspace.root)?;
    let names: Vec<&str> = plan.releases.iter().map(|it| it.name.as_str()).collect();
    if have_passed(workspace, &head, &names) {
        println!("The checks have passed for commit {head}.");
        return Ok(());
    }
    let packages = workspace.packages.iter();
    let packages = packages.filter(|package| names.contains(&&*package.name));
    let part = Workspace {
        root: workspace.root.clone(),
        packages: packages.cloned().collect(),
    };
    let mut report = Report::new(&workspace.root);
    api::check(&mut report, workspace, plan)?;
    ci::before_release(&mut report, &part, options.registry.as_deref())?;
    let left_out = report.left_out();
    report.finish()?;
    if !left_out.is_empty() && !options.may_leave_out {
        return Err(format!(
            "{} checks were left out, for the reasons above; --leave-out-missing releases without \
             them",
            left_out.len()
        )
        .into());
    }
    note_passed(workspace, &head, &names)
}

/// Whether the checks of these crates have passed for a commit.
fn have_passed(workspace: &Workspace, head: &str, names: &[&str]) -> bool {
    let text = fs::read_to_string(record(workspace)).unwrap_or_default();
    let mut lines = text.lines();
    let is_of_head = lines.next() == Some(head);
    let passed: Vec<&str> = lines.collect();
    is_of_head && names.iter().all(|name| passed.contains(name))
}

/// Notes that the checks of these crates have passed for a commit.
fn note_passed(workspace: &Workspace, head: &str, names: &[&str]) -> Result {
    let record = record(workspace);
    if let Some(folder) = record.parent() {
        fs::create_dir_all(folder)?;
    }
    let lines = [&[head], names].concat();
    fs::write(record, lines.join("\n"))?;
    Ok(())
}

/// The file with the commit and the crates that passed.
fn record(workspace: &Workspace) -> PathBuf {
    workspace.root.join("target/release-checks.txt")
}
