//! The packages of the crates, as the registry would get them.

use std::path::Path;

use crate::{step::Step, workspace::Workspace};

/// Packs each crate and compiles the packages against each other. The tree may be dirty.
///
/// Each run needs a new folder. In one that is used again, cargo takes a package for the one that
/// it packed there before, since its version is the same, and compiles the others against its old
/// content.
pub(super) fn step(workspace: &Workspace, folder: &Path) -> Step {
    let step = Step::cargo("package --allow-dirty --target-dir").with(&folder.to_string_lossy());
    workspace.crates().fold(step, |step, package| {
        step.with("--package").with(&package.name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::two;
    use super::*;

    #[test]
    fn only_published_crates_are_packed() {
        assert_eq!(
            step(&two(), Path::new("/packing")).to_string(),
            "cargo package --allow-dirty --target-dir /packing --package a"
        );
    }
}
