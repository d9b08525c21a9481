//! Rules for manifests, besides those of cargo.

use super::{tree::Tree, violation::Violation};
use crate::workspace::{Package, Workspace};

const LICENSE: &str = "MIT OR Apache-2.0";

/// The files that a crate packages, before others that it needs. Tests stay at home: they need
/// crates that are not published, and a change of them is no reason for a release.
const INCLUDE: &str = r#"include = ["/src", "/CHANGELOG.md", "/LICENSE-*", "/README.md""#;

/// Other workspaces inside the tree, which must have the same edition.
const DETACHED: &[&str] = &["tests/fuzz", "tests/peers"];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let path = workspace.relative(&package.manifest_path);
        let manifest = tree.text(&path);
        let mut problems = estranged(manifest);
        if package.is_published() {
            problems.extend(undescribed(package, manifest));
        }
        found.extend(Violation::each(&path, problems));
    }
    if let Some(package) = workspace.packages.first() {
        let stale = |folder| stale(tree, folder, &package.edition);
        found.extend(DETACHED.iter().copied().flat_map(stale));
    }
    found
}

/// The settings that a manifest does not inherit from the workspace.
fn estranged(manifest: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for key in ["edition", "license", "rust-version"] {
        if !has_entry(manifest, "[package]", &format!("{key}.workspace = true")) {
            problems.push(format!("does not inherit `{key}` from the workspace"));
        }
    }
    if !has_entry(manifest, "[lints]", "workspace = true") {
        problems.push("does not inherit the lints of the workspace".to_owned());
    }
    problems
}

/// The missing or wrong entries for readers of the registry.
fn undescribed(package: &Package, manifest: &str) -> impl Iterator<Item = String> {
    let is_short_list = |list: &[String]| (1..=5).contains(&list.len());
    const DOCS_RS: &str = "[package.metadata.docs.rs]";
    let shows_features = has_entry(manifest, DOCS_RS, "all-features = true");
    let rules = [
        (package.description.is_some(), "has no description"),
        (
            is_short_list(&package.keywords),
            "must have one to five keywords",
        ),
        (
            is_short_list(&package.categories),
            "must have one to five categories",
        ),
        (
            package.readme.as_deref() == Some("README.md"),
            "must have README.md as its readme",
        ),
        (
            package.license.as_deref() == Some(LICENSE),
            "must be under MIT OR Apache-2.0",
        ),
        (package.rust_version.is_some(), "has no rust-version"),
        (
            manifest.lines().any(|line| line.starts_with(INCLUDE)),
            "must package what the other crates package (`include`)",
        ),
        (
            shows_features,
            "must have `all-features = true` in [package.metadata.docs.rs]",
        ),
    ];
    let broken = rules.into_iter().filter(|(holds, _)| !holds);
    broken.map(|(_, problem)| problem.to_owned())
}

/// The manifests of another workspace with a wrong edition, and its root without one.
fn stale(tree: &Tree, folder: &str, edition: &str) -> Vec<Violation> {
    let root = format!("{folder}/Cargo.toml");
    let expected = format!("edition = \"{edition}\"");
    let is_stale = |path: &str, manifest: &str| {
        let mut editions = manifest
            .lines()
            .filter(|line| line.starts_with("edition ="))
            .peekable();
        (path == root && editions.peek().is_none()) || editions.any(|line| line != expected)
    };
    let manifests = tree
        .files(folder, "toml")
        .filter(|(path, _)| path.ends_with("Cargo.toml"));
    let stale = manifests.filter(|(path, manifest)| is_stale(path, manifest));
    stale
        .map(|(path, _)| Violation::new(path, format!("must have `{expected}`")))
        .collect()
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
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    const MANIFEST: &str = "[package]\nname = \"a\"\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\n\
        include = [\"/src\", \"/CHANGELOG.md\", \"/LICENSE-*\", \"/README.md\"]\n\n\
        [package.metadata.docs.rs]\nall-features = true\n\n[lints]\nworkspace = true\n";

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
        check_package(|p| p.readme = None, &["must have README.md as its readme"]);
        check_package(|p| p.license = None, &["must be under MIT OR Apache-2.0"]);
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
    fn a_crate_packages_what_the_others_package_and_perhaps_more() {
        let more = MANIFEST.replace("\"/README.md\"]", "\"/README.md\", \"/examples\"]");
        check_tree(&tree().with("crates/a/Cargo.toml", &more), &[]);
        let all = MANIFEST.replace("include", "exclude");
        check_tree(
            &tree().with("crates/a/Cargo.toml", &all),
            &["crates/a/Cargo.toml: must package what the other crates package (`include`)"],
        );
    }

    #[test]
    fn documentation_shows_every_feature() {
        let bare = MANIFEST.replace("all-features = true\n", "");
        check_tree(
            &tree().with("crates/a/Cargo.toml", &bare),
            &["crates/a/Cargo.toml: must have `all-features = true` in [package.metadata.docs.rs]"],
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
