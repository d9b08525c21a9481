//! Rules for the tree itself, besides those of cargo and clippy.
//!
//! Each check is a pure function of the workspace and the texts in the tree.

mod circles;
mod companions;
mod counterparts;
mod examples;
mod exposed;
mod floors;
mod imports;
mod layout;
mod links;
mod manifests;
mod named;
mod places;
mod portable;
mod prose;
mod public;
mod sources;
mod texts;
mod tree;
mod violation;

use crate::{report::Report, result::Result, workspace::Workspace};
pub(crate) use exposed::{ALLOWED_BELOW_ONE, shown};
pub(crate) use portable::PORTABLE;
pub(crate) use tree::Tree;
pub(crate) use violation::Violation;

/// Checks only the tree. This takes some seconds and compiles nothing.
pub(crate) fn run(args: &[String]) -> Result {
    if let Some(argument) = args.first() {
        return Err(format!("unexpected argument `{argument}`").into());
    }
    let workspace = Workspace::load()?;
    let mut report = Report::new(&workspace.root);
    report.check("the tree is tidy", || check(&workspace));
    report.finish()
}

/// Reads the tree and returns its problems.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Violation>> {
    Ok(violations(workspace, &Tree::load(&workspace.root)?))
}

fn violations(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = floors::check(workspace, floors::HOUSE);
    found.extend(counterparts::check(workspace, tree));
    found.extend(companions::check(workspace, tree));
    found.extend(examples::check(workspace, tree));
    found.extend(circles::check(workspace, tree));
    found.extend(exposed::check(workspace, tree));
    found.extend(imports::check(workspace, tree));
    found.extend(layout::check(workspace, tree));
    found.extend(links::check(workspace, tree));
    found.extend(manifests::check(workspace, tree));
    found.extend(named::check(workspace, tree));
    found.extend(places::check(tree));
    found.extend(portable::check(workspace, tree));
    found.extend(prose::check(tree));
    found.extend(sources::check(workspace, tree));
    found.extend(texts::check(workspace, tree));
    found
}
