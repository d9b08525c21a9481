//! What a manifest must say, beside what cargo itself asks for.

use super::Violation;
use super::tree::Tree;
use crate::workspace::{Package, Workspace};

const LICENSE: &str = "MIT OR Apache-2.0";

/// Workspaces of their own inside the tree, whose edition must not stay behind.
pub(crate) const DETACHED: &[&str] = &["tests/fuzz", "tests/peers"];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let path = workspace.relative(&package.manifest_path);
        let problems = inherited(tree.text(&path));
        let problems = problems.chain(
            package
                .is_published()
                .then(|| described(package, tree.text(&path)))
                .into_iter()
                .flatten(),
        );
        found.extend(problems.map(|problem| Violation::new(&path, problem)));
    }
    if let Some(package) = workspace.packages.first() {
        found.extend(
            DETACHED
                .iter()
                .flat_map(|folder| stale(tree, folder, &package.edition)),
        );
    }
    found
}

/// What every package takes from the workspace.
fn inherited(manifest: &str) -> impl Iterator<Item = String> {
    let has_lints = has_entry(manifest, "[lints]", "workspace = true");
    let keys = ["edition", "license", "rust-version"];
    let lacking = keys
        .into_iter()
        .filter(|key| !has_entry(manifest, "[package]", &format!("{key}.workspace = true")));
    let lints = (!has_lints).then(|| "does not inherit the lints of the workspace".to_owned());
    lints
        .into_iter()
        .chain(lacking.map(|key| format!("does not inherit `{key}` from the workspace")))
}

/// What a reader of the registry looks for.
fn described(package: &Package, manifest: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut must = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    must(
        package
            .description
            .as_ref()
            .is_some_and(|text| !text.is_empty()),
        "has no description",
    );
    must(
        (1..=5).contains(&package.keywords.len()),
        "must have one to five keywords",
    );
    must(
        (1..=5).contains(&package.categories.len()),
        "must have one to five categories",
    );
    must(
        package.readme.as_deref() == Some("README.md"),
        "must have `readme = \"README.md\"`",
    );
    must(
        package.license.as_deref() == Some(LICENSE),
        "must be under \"MIT OR Apache-2.0\"",
    );
    must(package.rust_version.is_some(), "has no rust-version");
    must(
        package.named_features().next().is_none()
            || has_entry(
                manifest,
                "[package.metadata.docs.rs]",
                "all-features = true",
            ),
        "has features, which docs.rs shows only with `all-features = true` in [package.metadata.docs.rs]",
    );
    problems
}

/// The manifests of a detached workspace that have another edition, or none.
fn stale(tree: &Tree, folder: &str, edition: &str) -> Vec<Violation> {
    let expected = format!("edition = \"{edition}\"");
    let root = format!("{folder}/Cargo.toml");
    if !tree.contains(&root) {
        return Vec::new();
    }
    let is_stale = |manifest: &str| {
        let mut lines = manifest
            .lines()
            .filter(|line| line.starts_with("edition ="));
        lines.any(|line| line != expected)
    };
    let mut found: Vec<_> = tree
        .files(folder, "toml")
        .filter(|(_, manifest)| is_stale(manifest))
        .map(|(path, _)| Violation::new(path, format!("must have `{expected}`")))
        .collect();
    if !tree
        .text(&root)
        .lines()
        .any(|line| line.starts_with("edition ="))
    {
        found.push(Violation::new(root, format!("must have `{expected}`")));
    }
    found
}

/// Whether a manifest has this line in this table.
fn has_entry(manifest: &str, table: &str, entry: &str) -> bool {
    let lines = manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != table);
    lines
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| line == entry)
}

#[cfg(test)]
mod tests {
    use super::super::assert_found;
    use super::*;
    use crate::workspace::sample::{features, package, workspace};

    const MANIFEST: &str = "[package]\nname = \"a\"\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\n\n[lints]\nworkspace = true\n";

    fn tree() -> Tree {
        Tree::from([("crates/a/Cargo.toml", MANIFEST)])
    }

    #[track_caller]
    fn check_package(change: impl FnOnce(&mut Package), expected: &[&str]) {
        let mut package = package("a", &[]);
        change(&mut package);
        let expected: Vec<_> = expected
            .iter()
            .map(|e| format!("crates/a/Cargo.toml: {e}"))
            .collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&check(&workspace([package]), &tree()), &expected);
    }

    #[track_caller]
    fn check_tree(tree: &Tree, expected: &[&str]) {
        assert_found(&check(&workspace([package("a", &[])]), tree), expected);
    }

    #[test]
    fn a_complete_manifest_is_clean() {
        check_package(|_| {}, &[]);
    }

    #[test]
    fn each_missing_piece_is_found() {
        check_package(|p| p.description = None, &["has no description"]);
        check_package(|p| p.keywords.clear(), &["must have one to five keywords"]);
        check_package(
            |p| p.keywords = vec!["k".to_owned(); 6],
            &["must have one to five keywords"],
        );
        check_package(
            |p| p.categories.clear(),
            &["must have one to five categories"],
        );
        check_package(|p| p.readme = None, &["must have `readme = \"README.md\"`"]);
        check_package(
            |p| p.license = None,
            &["must be under \"MIT OR Apache-2.0\""],
        );
        check_package(|p| p.rust_version = None, &["has no rust-version"]);
    }

    #[test]
    fn a_package_that_is_not_published_needs_no_description() {
        let bare = |p: &mut Package| {
            p.publish = Some(Vec::new());
            p.description = None;
            p.keywords.clear();
        };
        check_package(bare, &[]);
    }

    #[test]
    fn lints_and_package_data_are_inherited() {
        let own = MANIFEST.replace(
            "[lints]\nworkspace = true\n",
            "[lints.rust]\nunsafe_code = \"allow\"\n",
        );
        check_tree(
            &tree().with("crates/a/Cargo.toml", &own),
            &["crates/a/Cargo.toml: does not inherit the lints of the workspace"],
        );
        let own = MANIFEST.replace("edition.workspace = true", "edition = \"2021\"");
        check_tree(
            &tree().with("crates/a/Cargo.toml", &own),
            &["crates/a/Cargo.toml: does not inherit `edition` from the workspace"],
        );
    }

    #[test]
    fn documentation_shows_every_feature() {
        let mut with_features = package("a", &[]);
        with_features.features = features(&[("http", &[])]);
        let workspace = workspace([with_features]);
        assert_eq!(check(&workspace, &tree()).len(), 1);
        let manifest = format!("{MANIFEST}\n[package.metadata.docs.rs]\nall-features = true\n");
        assert_found(
            &check(&workspace, &tree().with("crates/a/Cargo.toml", &manifest)),
            &[],
        );
    }

    #[test]
    fn a_detached_workspace_keeps_the_edition() {
        let inherits = "[package]\nedition.workspace = true\n";
        let peers = tree().with("tests/peers/hyper/Cargo.toml", inherits);
        let root = "[workspace.package]\nedition = \"2024\"\n";
        check_tree(&peers.with("tests/peers/Cargo.toml", root), &[]);

        let old = tree().with("tests/fuzz/Cargo.toml", "[package]\nedition = \"2021\"\n");
        check_tree(
            &old,
            &["tests/fuzz/Cargo.toml: must have `edition = \"2024\"`"],
        );
        let none = tree().with("tests/fuzz/Cargo.toml", "[package]\n");
        check_tree(
            &none,
            &["tests/fuzz/Cargo.toml: must have `edition = \"2024\"`"],
        );
    }
}
