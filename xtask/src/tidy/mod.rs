//! Rules for the tree itself, besides those of cargo and clippy.
//!
//! Each check is a pure function of the workspace and the texts in the tree.

mod exposed;
mod floors;
mod layout;
mod manifests;
mod prose;
mod sources;
mod texts;
mod tree;

use std::fmt;

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;
pub(crate) use exposed::ALLOWED_BELOW_ONE;
use tree::Tree;

/// A place in the tree, and a problem there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    place: String,
    problem: String,
}

/// Checks only the tree. This takes no time and compiles nothing.
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
    found.extend(exposed::check(workspace, tree));
    found.extend(layout::check(workspace, tree));
    found.extend(manifests::check(workspace, tree));
    found.extend(prose::check(tree));
    found.extend(sources::check(workspace, tree));
    found.extend(texts::check(workspace, tree));
    found
}

impl Violation {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }

    /// One for each problem of the same place.
    fn each<P>(place: &str, problems: P) -> impl Iterator<Item = Self> + use<'_, P>
    where
        P: IntoIterator<Item = String>,
    {
        problems
            .into_iter()
            .map(move |problem| Self::new(place, problem))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

#[cfg(test)]
#[track_caller]
fn assert_found(found: &[Violation], expected: &[&str]) {
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}
