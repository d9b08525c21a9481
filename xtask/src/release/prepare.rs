//! The commit that gives crates their new versions.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{plan::Plan, version::Version};
use crate::{
    changelog, git,
    result::Result,
    workspace::{Workspace, cargo},
};

/// A file in git's folder that exists while the tree is written.
const MARK: &str = "xtask-release-is-writing";

/// Sets aside what an interrupted run has written, so that the tree is as it was before.
pub(super) fn set_aside(root: &Path) -> Result {
    let mark = mark(root)?;
    if !mark.exists() {
        return Ok(());
    }
    if !git::uncommitted(root)?.is_empty() {
        git::run(
            root,
            &[
                "stash",
                "push",
                "--message",
                "an interrupted cargo xtask release",
            ],
        )?;
        println!("An interrupted release had begun to write; its changes are now in git's stash.");
    }
    fs::remove_file(mark)?;
    Ok(())
}

/// Writes and commits the versions of a plan. The tree must be clean.
pub(super) fn prepare(workspace: &Workspace, plan: &Plan, day: &str) -> Result {
    let root = &workspace.root;
    let mark = mark(root)?;
    fs::write(&mark, "")?;
    for (path, text) in texts(workspace, plan, day)? {
        fs::write(path, text)?;
    }
    for lock in git::lines(root, &["ls-files", "Cargo.lock", "*/Cargo.lock"])? {
        update(&root.join(lock))?;
    }
    git::run(
        root,
        &["commit", "--quiet", "--all", "--message", &message(plan)],
    )?;
    fs::remove_file(mark)?;
    Ok(())
}

fn mark(root: &Path) -> Result<PathBuf> {
    let path = git::run(root, &["rev-parse", "--git-path", MARK])?;
    Ok(root.join(path.trim()))
}

/// The new texts of manifests and changelogs.
fn texts(workspace: &Workspace, plan: &Plan, day: &str) -> Result<Vec<(PathBuf, String)>> {
    let releases = plan.releases.iter();
    let waiting: Vec<_> = releases.filter(|release| !release.is_prepared).collect();
    let versions: BTreeMap<_, _> = waiting
        .iter()
        .map(|release| (release.name.as_str(), release.version))
        .collect();
    let mut texts = Vec::new();
    let mut manifests = vec![(None, workspace.root.join("Cargo.toml"))];
    for package in &workspace.packages {
        if package.manifest_path != manifests[0].1 {
            manifests.push((Some(package.name.as_str()), package.manifest_path.clone()));
        }
    }
    for (name, path) in manifests {
        let own = name.and_then(|name| versions.get(name).copied());
        let old = fs::read_to_string(&path)?;
        texts.push((path, raised(&old, own, &versions)));
    }
    for release in waiting {
        let package = workspace.packages.iter().find(|p| p.name == release.name);
        let folder = package
            .ok_or("a planned crate is not in the workspace")?
            .folder();
        let path = folder.join("CHANGELOG.md");
        let old = fs::read_to_string(&path)?;
        let version = release.version.to_string();
        let new = changelog::stamped(&old, &version, day, &release.entries);
        texts.push((path, new));
    }
    Ok(texts)
}

/// A manifest with the new version of its package, and with the new versions as requirements of the
/// dependencies that have a path.
fn raised(manifest: &str, own: Option<Version>, versions: &BTreeMap<&str, Version>) -> String {
    let mut is_package = false;
    let lines = manifest.split_inclusive('\n').map(|line| {
        if line.starts_with('[') {
            is_package = line.trim_end() == "[package]";
        }
        let version = match line.split_once(" = ") {
            Some(("version", _)) if is_package => own,
            Some((name, value)) if value.contains("path = ") => versions.get(name).copied(),
            _ => None,
        };
        let at = version.and_then(|version| Some((version, line.find("version = \"")?)));
        let Some((version, at)) = at else {
            return line.to_owned();
        };
        let (before, rest) = line.split_at(at + "version = \"".len());
        let after = rest.split_once('"').map_or("", |(_, after)| after);
        format!("{before}{version}\"{after}")
    });
    lines.collect()
}

/// Enters the new versions in a lock file, and changes nothing else in it.
fn update(lock: &Path) -> Result {
    let folder = lock.parent().unwrap_or(Path::new("."));
    // Without the network it is quicker, and all that is needed was fetched before, or is not.
    for connection in [&["--offline"][..], &[]] {
        let status = Command::new(cargo())
            .args(["update", "--workspace", "--quiet"])
            .args(connection)
            .current_dir(folder)
            .stderr(if connection.is_empty() {
                Stdio::inherit()
            } else {
                Stdio::null()
            })
            .status()?;
        if status.success() {
            return Ok(());
        }
    }
    Err(format!("{} cannot be updated", lock.display()).into())
}

fn message(plan: &Plan) -> String {
    let waiting = plan.releases.iter().filter(|release| !release.is_prepared);
    let names: Vec<_> = waiting
        .map(|release| format!("{} {}", release.name, release.version))
        .collect();
    match &names[..] {
        [one] => format!("Release {one}"),
        _ => format!("Release {} crates\n\n{}", names.len(), names.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_gets_its_version_and_those_of_dependencies_with_a_path() {
        let manifest = r#"[package]
name = "high"
version = "0.1.0" # its own
rust-version = "1.90"

[dependencies]
low = { path = "../low", version = "0.1.0", optional = true }
mime = { version = "0.1.0" }
other = { path = "../other", version = "0.1.0" }
tool = { path = "../tool" }

[package.metadata]
version = "0.1.0"
"#;
        let versions = BTreeMap::from([
            ("low", "0.2.0".parse().unwrap()),
            ("mime", "9.9.9".parse().unwrap()),
            ("tool", "9.9.9".parse().unwrap()),
        ]);
        let expected = manifest
            .replacen("version = \"0.1.0\"", "version = \"0.1.1\"", 1)
            .replace("low\", version = \"0.1.0\"", "low\", version = \"0.2.0\"");
        let own = "0.1.1".parse().ok();
        assert_eq!(raised(manifest, own, &versions), expected);
        let unchanged = raised(manifest, None, &BTreeMap::new());
        assert_eq!(unchanged, manifest);
    }
}
