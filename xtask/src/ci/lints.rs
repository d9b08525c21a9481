//! The ways in which every crate must compile without warnings.

use crate::{
    step::Step,
    workspace::{Package, Workspace},
};

/// The fuzz targets: a workspace of their own inside the tree.
const FUZZ: &str = "tests/fuzz/Cargo.toml";

/// Arguments that make warnings errors, in our own crates alone.
const STRICT: &str = "--no-deps -- -D warnings";

/// Formatting and clippy, for the workspace.
pub(super) fn steps(workspace: &Workspace) -> Vec<Step> {
    let mut steps = vec![
        Step::cargo("fmt --all --check"),
        Step::cargo("clippy --workspace --all-targets --all-features").with(STRICT),
    ];
    if workspace.root.join(FUZZ).is_file() {
        steps.extend(fuzz_targets());
    }
    steps
}

/// Clippy, for each crate as its users build it.
pub(super) fn alone(workspace: &Workspace) -> Vec<Step> {
    let steps = workspace.crates().flat_map(|package| {
        let alone = Step::cargo("clippy --package").with(&package.name);
        let ways = features(package).into_iter();
        ways.map(move |features| alone.clone().with(&features).with(STRICT))
    });
    steps.collect()
}

fn fuzz_targets() -> [Step; 2] {
    [
        Step::cargo("fmt --check --manifest-path").with(FUZZ),
        // Most of what they depend on is in the folder of the workspace already.
        Step::cargo("clippy --target-dir target --manifest-path")
            .with(FUZZ)
            .with(STRICT),
    ]
}

/// The arguments that select features: the default ones, none, and each alone.
///
/// Tests and their dependencies stay out, so that nothing they bring hides what the crate forgot.
fn features(package: &Package) -> Vec<String> {
    let mut ways = vec![String::new()];
    if package.has_default_features() {
        ways.push("--no-default-features".to_owned());
    }
    let features = package.named_features();
    ways.extend(features.map(|name| format!("--no-default-features --features {name}")));
    ways
}

/// Checks each crate with the sets of features that neither [`steps`] nor [`alone`] builds.
///
/// The facade is left out: its features are crates.
pub(super) fn powersets(workspace: &Workspace) -> Vec<Step> {
    let values = workspace
        .crates()
        .filter(|package| !package.has_default_features());
    let steps = values.flat_map(|package| {
        let check = Step::cargo("check --no-default-features --package").with(&package.name);
        let names: Vec<_> = package.named_features().collect();
        sets(&names)
            .into_iter()
            .map(move |set| check.clone().with("--features").with(&set.join(",")))
    });
    steps.collect()
}

/// The sets of at least two names, without the set of all. Of many names, only those that lack one.
fn sets<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    const FEW: usize = 4;
    let max_size = names.len().saturating_sub(1);
    let min_size = if names.len() > FEW { max_size } else { 2 };
    let sets = (0_u32..1 << names.len()).map(|set| {
        let chosen = names.iter().enumerate();
        let chosen = chosen.filter(|(at, _)| set & (1 << at) != 0);
        chosen.map(|(_, name)| *name).collect::<Vec<_>>()
    });
    sets.filter(|set| (min_size..=max_size).contains(&set.len()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lines, two};
    use super::*;

    #[test]
    fn sets_of_features_are_neither_single_nor_all() {
        assert!(sets(&[]).is_empty() && sets(&["a"]).is_empty() && sets(&["a", "b"]).is_empty());
        let three = sets(&["a", "b", "c"]);
        assert_eq!(three, [["a", "b"], ["a", "c"], ["b", "c"]]);
        let five = sets(&["a", "b", "c", "d", "e"]);
        assert_eq!((five.len(), five[0].len()), (5, 4), "each lacks one");
    }

    #[test]
    fn each_feature_of_a_published_crate_is_checked_alone() {
        let expected = [
            "cargo clippy --package a --no-deps -- -D warnings",
            "cargo clippy --package a --no-default-features --no-deps -- -D warnings",
            "cargo clippy --package a --no-default-features --features http --no-deps -- -D warnings",
            "cargo clippy --package a --no-default-features --features mime --no-deps -- -D warnings",
        ];
        assert_eq!(lines(&alone(&two())), expected);
    }

    #[test]
    fn the_workspace_is_checked_with_all_features() {
        let expected = [
            "cargo fmt --all --check",
            "cargo clippy --workspace --all-targets --all-features --no-deps -- -D warnings",
        ];
        assert_eq!(lines(&steps(&two())), expected);
    }

    #[test]
    fn the_fuzz_targets_are_checked_in_their_own_workspace() {
        let expected = [
            "cargo fmt --check --manifest-path tests/fuzz/Cargo.toml",
            "cargo clippy --target-dir target --manifest-path tests/fuzz/Cargo.toml --no-deps -- \
             -D warnings",
        ];
        assert_eq!(lines(&fuzz_targets()), expected);
    }
}
