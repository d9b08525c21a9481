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
    let record = record(workspace);
    let passed = fs::read_to_string(&record).unwrap_or_default();
    let mut lines = passed.lines();
    if lines.next() == Some(&head) {
        let checked: Vec<_> = lines.collect();
        let is_checked = |name: &str| checked.contains(&name);
        if plan
            .releases
            .iter()
            .all(|release| is_checked(&release.name))
        {
            println!("The checks have passed for commit {head}.");
            return Ok(());
        }
    }
    let released = |name: &str| plan.releases.iter().any(|release| release.name == name);
    let packages = workspace.packages.iter().filter(|p| released(&p.name));
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
    let names = plan.releases.iter().map(|release| release.name.as_str());
    let text = [head.as_str()]
        .into_iter()
        .chain(names)
        .collect::<Vec<_>>()
        .join("\n");
    if let Some(folder) = record.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(record, text)?;
    Ok(())
}

/// The file with the commit and the crates that passed.
fn record(workspace: &Workspace) -> PathBuf {
    workspace.root.join("target/release-checks.txt")
}
