//! The packages of the crates, as the registry would get them.

use std::path::{Path, PathBuf};
use std::process;
use std::time::SystemTime;
use std::{env, fs};

use crate::step::Step;
use crate::workspace::Workspace;

/// The folder in which one run packs, removed on drop.
///
/// In a folder that is used again, cargo takes a package for the one that it packed there before,
/// since its version is the same, and compiles the others against its old content.
pub(super) struct Packing(PathBuf);

impl Packing {
    pub(super) fn new() -> Self {
        let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let name = format!("wsgi-packing-{}-{}", process::id(), since_epoch.as_nanos());
        Self(env::temp_dir().join(name))
    }

    /// Packs each crate and compiles the packages against each other. The tree may be dirty.
    pub(super) fn step(&self, workspace: &Workspace) -> Step {
        step(workspace, &self.0)
    }
}

impl Drop for Packing {
    fn drop(&mut self) {
        // A folder that stays fails nothing.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn step(workspace: &Workspace, folder: &Path) -> Step {
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
