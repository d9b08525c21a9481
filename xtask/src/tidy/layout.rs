//! The layout: the top level, the folders of crates, and file names.

use std::collections::BTreeSet;

use super::{tree::Tree, violation::Violation};
use crate::workspace::Workspace;

/// The content of the top level, without dotfiles.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "crates",
    "tests",
    "xtask",
];

/// The files in each crate's folder, besides manifest and sources. The licences are links to those
/// of the top level, so that every package contains them.
const IN_CRATES: &[&str] = &["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// File names that are not nouns for anything.
const VAGUE: &[&str] = &["common", "misc", "util", "utils"];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = strangers(tree);
    found.extend(vague(tree));
    for package in workspace.crates() {
        let folder = workspace.relative(package.folder());
        let home = format!("crates/{}", package.name);
        if folder != home {
            found.push(Violation::new(&folder, format!("belongs in {home}")));
        }
        let missing = IN_CRATES
            .iter()
            .filter(|file| !tree.contains(&format!("{folder}/{file}")));
        found.extend(Violation::each(
            &folder,
            missing.map(|file| format!("has no {file}")),
        ));
    }
    found
}

/// The top level's files and folders that do not belong there.
fn strangers(tree: &Tree) -> Vec<Violation> {
    let first = |path: &'_ str| path.split('/').next().map(str::to_owned);
    let top: BTreeSet<_> = tree.paths().filter_map(first).collect();
    let is_strange = |name: &String| !name.starts_with('.') && !TOP.contains(&name.as_str());
    let strange = top.into_iter().filter(is_strange);
    strange
        .map(|name| Violation::new(name, "does not belong on the top level"))
        .collect()
}

/// Sources with a vague name of the file or folder.
fn vague(tree: &Tree) -> impl Iterator<Item = Violation> {
    let is_vague = |path: &str| path.split(['/', '.']).any(|part| VAGUE.contains(&part));
    let sources = tree.files("", "rs").map(|(path, _)| path);
    let vague = sources.filter(move |path| is_vague(path));
    vague.map(|path| Violation::new(path, "is not named after a noun"))
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    fn tree() -> Tree {
        Tree::from([
            (".gitignore", ""),
            ("Cargo.toml", ""),
            ("crates/a/CHANGELOG.md", ""),
            ("crates/a/LICENSE-APACHE", ""),
            ("crates/a/LICENSE-MIT", ""),
            ("crates/a/README.md", ""),
            ("crates/a/src/lib.rs", ""),
            ("tests/src/lib.rs", ""),
        ])
    }

    #[track_caller]
    fn check_tree(tree: &Tree, expected: &[&str]) {
        assert_found(&check(&workspace([package("a", &[])]), tree), expected);
    }

    #[test]
    fn the_right_layout_is_clean() {
        check_tree(&tree(), &[]);
    }

    #[test]
    fn a_stranger_on_the_top_level_is_found() {
        check_tree(
            &tree().with("TODO.md", ""),
            &["TODO.md: does not belong on the top level"],
        );
        check_tree(
            &tree().with("src/main.rs", ""),
            &["src: does not belong on the top level"],
        );
        check_tree(&tree().with(".ci/run", ""), &[]);
    }

    #[test]
    fn a_missing_file_of_a_crate_is_found() {
        check_tree(
            &tree().without("crates/a/README.md"),
            &["crates/a: has no README.md"],
        );
        check_tree(
            &tree().without("crates/a/LICENSE-MIT"),
            &["crates/a: has no LICENSE-MIT"],
        );
    }

    #[test]
    fn a_vague_name_is_found_for_files_and_folders() {
        let utils = tree().with("crates/a/src/utils.rs", "");
        check_tree(
            &utils,
            &["crates/a/src/utils.rs: is not named after a noun"],
        );
        let common = tree().with("crates/a/tests/common/mod.rs", "");
        check_tree(
            &common,
            &["crates/a/tests/common/mod.rs: is not named after a noun"],
        );
    }

    #[test]
    fn a_folder_has_the_name_of_its_crate() {
        let mut moved = package("a", &[]);
        moved.name = "b".to_owned();
        let found = check(&workspace([moved]), &tree());
        assert_found(&found, &["crates/a: belongs in crates/b"]);
    }
}
