//! Questions and commands to git.

use std::{path::Path, process::Command};

use crate::result::Result;

/// The tags of the repository.
pub(crate) fn tags(root: &Path) -> Result<Vec<String>> {
    lines(root, &["tag", "--list"])
}

/// The files with changes that are not committed, also new ones.
pub(crate) fn uncommitted(root: &Path) -> Result<Vec<String>> {
    lines(root, &["status", "--porcelain"])
}

/// The commit of the tree.
pub(crate) fn head(root: &Path) -> Result<String> {
    commit(root, "HEAD")
}

/// The commit that a name, such as `HEAD` or `refs/tags/a`, stands for.
pub(crate) fn commit(root: &Path, name: &str) -> Result<String> {
    let commit = run(root, &["rev-parse", &format!("{name}^{{commit}}")])?;
    Ok(commit.trim().to_owned())
}

/// Whether the repository has a commit.
pub(crate) fn has_commit(root: &Path, commit: &str) -> bool {
    run(root, &["cat-file", "-e", &format!("{commit}^{{commit}}")]).is_ok()
}

/// The output, line by line.
pub(crate) fn lines(root: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let output = run(root, arguments)?;
    Ok(output.lines().map(str::to_owned).collect())
}

/// Runs git and returns its output.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {} failed: {message}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
