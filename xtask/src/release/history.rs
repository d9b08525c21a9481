//! What the registry, git and the tree say about the crates.

use std::fs;

use super::{
    candidate::{Candidate, Use},
    contents::{self, Since},
    registry::Registry,
    version::Version,
};
use crate::{
    git,
    result::Result,
    tidy::{self, Tree},
    workspace::{Package, Workspace},
};

/// Collects what a plan needs to know.
pub(super) fn candidates(workspace: &Workspace, registry: &Registry) -> Result<Vec<Candidate>> {
    let tree = Tree::load(&workspace.root)?;
    let tags = git::tags(&workspace.root)?;
    let mut candidates = Vec::new();
    for package in &workspace.packages {
        let mut candidate = described(workspace, package, &tree, &tags)?;
        if candidate.may_be_published {
            candidate.out = registry.versions(&package.name)?;
        }
        candidates.push(candidate);
    }
    let mut since = Vec::new();
    for candidate in &candidates {
        if let Some(base) = candidate.base() {
            let name = &candidate.name;
            let commit = commit(workspace, registry, name, base.version, &candidate.tags)?;
            since.push(Since { name, commit });
        }
    }
    let ours = workspace.crates().map(|package| package.name.as_str());
    let mut changed = contents::changed(&workspace.root, &since, &ours.collect())?;
    for candidate in &mut candidates {
        candidate.changed = changed.remove(&candidate.name).unwrap_or_default();
    }
    Ok(candidates)
}

/// Describes a package by the tree and the tags.
fn described(
    workspace: &Workspace,
    package: &Package,
    tree: &Tree,
    tags: &[String],
) -> Result<Candidate> {
    let name = &package.name;
    let published = package.dependencies.iter();
    let used: Vec<_> = published
        .filter(|d| d.is_ours() && d.is_published())
        .collect();
    let in_code = used.iter().map(|d| d.name.replace('-', "_")).collect();
    let shown = tidy::shown(&workspace.relative(package.folder()), tree, &in_code);
    let uses = used.iter().map(|dependency| Use {
        name: dependency.name.clone(),
        requirement: dependency.req.clone(),
        is_exposed: shown.contains(&dependency.name.replace('-', "_")),
    });
    let may_be_published = package.is_published();
    let changelog = package.folder().join("CHANGELOG.md");
    Ok(Candidate {
        name: name.clone(),
        version: package.version.clone(),
        may_be_published,
        uses: uses.collect(),
        tags: tags
            .iter()
            .filter_map(|tag| Version::of_tag(name, tag))
            .collect(),
        changelog: if may_be_published {
            fs::read_to_string(&changelog)
                .map_err(|error| format!("{}: {error}", changelog.display()))?
        } else {
            String::new()
        },
        ..Candidate::default()
    })
}

/// The commit of a version that is out: that of its tag, or the one that its package names.
pub(super) fn commit(
    workspace: &Workspace,
    registry: &Registry,
    name: &str,
    version: Version,
    tags: &[Version],
) -> Result<String> {
    if tags.contains(&version) {
        // A branch, or another reference, may have the same name.
        return git::commit(&workspace.root, &format!("refs/tags/{}", version.tag(name)));
    }
    match registry.commit(name, version)? {
        Some(commit) if git::has_commit(&workspace.root, &commit) => Ok(commit),
        _ => Err(format!(
            "{name} {version} is out, and was not published from a commit of this repository: \
             either a commit is missing here (git fetch), or somebody else has the name {name}"
        )
        .into()),
    }
}
