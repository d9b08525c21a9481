//! Questions to git.

use std::path::Path;
use std::process::Command;

use crate::result::Result;

/// The tags of the repository.
pub(crate) fn tags(root: &Path) -> Result<Vec<String>> {
    Ok(ask(root, &["tag", "--list"])?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// Whether a folder differs from its state at a tag.
pub(crate) fn has_changed(root: &Path, tag: &str, folder: &str) -> Result<bool> {
    Ok(!ask(root, &["diff", "--name-only", tag, "--", folder])?.is_empty())
}

/// Whether every change is committed.
pub(crate) fn is_clean(root: &Path) -> Result<bool> {
    Ok(ask(root, &["status", "--porcelain"])?.is_empty())
}

fn ask(root: &Path, question: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(question)
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {} failed: {message}", question.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
