//! `cargo xtask ci`: all that must hold before a change is taken.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::SystemTime;
use std::{env, fs};

use crate::Result;
use crate::report::Report;
use crate::step::Step;
use crate::workspace::{Package, Workspace};
use crate::{outside, test, tidy};

/// Systems the workspace must compile for beside this one, where their standard
/// library is installed.
const ELSEWHERE: &[&str] = &["x86_64-apple-darwin", "aarch64-apple-darwin"];

/// A workspace of its own inside the tree, checked in its own folder.
const FUZZ: &str = "tests/fuzz/Cargo.toml";

/// Runs everything, and reports all that failed.
pub(crate) fn run(args: &[String]) -> Result {
    if let Some(argument) = args.first() {
        return Err(format!("ci takes no argument, but was given `{argument}`").into());
    }
    let workspace = Workspace::load()?;
    let mut report = Report::new(&workspace.root);
    report.check("the tree is tidy", || tidy::check(&workspace));
    let has_fuzz = workspace.root.join(FUZZ).is_file();
    lints(&workspace, has_fuzz)
        .iter()
        .for_each(|step| report.run(step));
    powersets(&workspace)
        .iter()
        .for_each(|step| report.run(step));
    report.run(&documentation());
    test::append(&mut report, &workspace, &[])?;
    if outside::is_installed("valgrind") {
        report.run(&Step::cargo("xtask bench --check"));
    } else {
        report.leave_out("counting instructions", "valgrind is not installed");
    }
    let packing = Packing::new();
    report.run(&packages(&workspace, &packing.0));
    drop(packing);
    elsewhere(&mut report)?;
    oldest_compiler(&mut report, &workspace)?;
    report.finish()
}

/// Compiles for other systems, as far as their standard library is here.
fn elsewhere(report: &mut Report) -> Result {
    for target in ELSEWHERE {
        if has_standard_library(target)? {
            report.run(&Step::cargo("check --workspace --all-features --target").with(target));
        } else {
            let why = format!("its standard library is not installed (rustup target add {target})");
            report.leave_out(&format!("compiling for {target}"), why);
        }
    }
    Ok(())
}

/// Compiles with the oldest compiler the crates promise to work with, if it is here.
fn oldest_compiler(report: &mut Report, workspace: &Workspace) -> Result {
    let versions = workspace
        .crates()
        .filter_map(|package| package.rust_version.as_deref());
    for version in versions.collect::<BTreeSet<_>>() {
        if has_toolchain(version)? {
            report.run(&check_with(version));
        } else {
            let why = format!("it is not installed (rustup toolchain install {version})");
            report.leave_out(&format!("compiling with Rust {version}"), why);
        }
    }
    Ok(())
}

/// In a folder of its own, so that two compilers do not undo each other's work.
fn check_with(version: &str) -> Step {
    Step::new("rustup", ["run", version])
        .with("cargo check --workspace --all-features --target-dir target/oldest")
}

/// Formatting and clippy, with warnings as errors.
fn lints(workspace: &Workspace, has_fuzz: bool) -> Vec<Step> {
    const STRICT: &str = "--no-deps -- -D warnings";
    let mut steps = vec![
        Step::cargo("fmt --all --check"),
        Step::cargo("clippy --workspace --all-targets --all-features").with(STRICT),
    ];
    if has_fuzz {
        steps.push(Step::cargo("fmt --check --manifest-path").with(FUZZ));
        steps.push(
            Step::cargo("clippy --manifest-path")
                .with(FUZZ)
                .with(STRICT),
        );
    }
    for package in workspace.crates() {
        let alone = Step::cargo("clippy --package").with(&package.name);
        let ways = features(package).into_iter();
        steps.extend(ways.map(|features| alone.clone().with(&features).with(STRICT)));
    }
    steps
}

/// The ways to build one crate as its users do: with what it has by default, with
/// nothing, and with each feature alone. Tests and their dependencies stay out, so
/// that nothing they bring hides what the crate itself forgot.
fn features(package: &Package) -> Vec<String> {
    let mut ways = vec![String::new()];
    if package.has_default_features() {
        ways.push("--no-default-features".to_owned());
    }
    let features = package.named_features();
    ways.extend(features.map(|name| format!("--no-default-features --features {name}")));
    ways
}

/// The crates that are picked singly, with every set of their features that the lints do not build:
/// all sets of few features, and all pairs of many.
fn powersets(workspace: &Workspace) -> Vec<Step> {
    let packages = workspace.crates();
    let steps = packages.flat_map(|package| {
        let names: Vec<_> = package.named_features().collect();
        let step = |set: Vec<&str>| {
            let check = Step::cargo("check --no-default-features --package").with(&package.name);
            check.with("--features").with(&set.join(","))
        };
        let sets: Vec<_> = if package.has_default_features() {
            Vec::new() // the facade: its features are crates
        } else {
            sets(&names)
        };
        sets.into_iter().map(step).collect::<Vec<_>>()
    });
    steps.collect()
}

/// The sets of two and more names, but not of all: those of two alone where there are many names.
fn sets<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    const FEW: usize = 4;
    let most = if names.len() > FEW {
        2
    } else {
        names.len().saturating_sub(1)
    };
    let sets = (0_u32..1 << names.len()).map(|set| {
        let chosen = names.iter().enumerate();
        let chosen = chosen.filter(|(at, _)| set & (1 << at) != 0);
        chosen.map(|(_, name)| *name).collect::<Vec<_>>()
    });
    sets.filter(|set| (2..=most).contains(&set.len())).collect()
}

fn documentation() -> Step {
    Step::cargo("doc --workspace --no-deps --all-features").variable("RUSTDOCFLAGS", "-D warnings")
}

/// A folder of one run's own to pack in, removed on drop.
///
/// cargo takes the packages that were packed before in the same folder for the
/// same ones, as their versions are, and compiles against what was in them then.
struct Packing(PathBuf);

impl Packing {
    fn new() -> Self {
        let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let name = format!("wsgi-packing-{}-{}", process::id(), since_epoch.as_nanos());
        Self(env::temp_dir().join(name))
    }
}

impl Drop for Packing {
    fn drop(&mut self) {
        // A folder left behind fails nothing.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Packs each crate and compiles what the package holds, against the packages of
/// the others. The tree is checked as it is, so it may be dirty.
fn packages(workspace: &Workspace, folder: &Path) -> Step {
    let step = Step::cargo("package --allow-dirty --target-dir").with(&folder.to_string_lossy());
    workspace.crates().fold(step, |step, package| {
        step.with("--package").with(&package.name)
    })
}

fn has_toolchain(version: &str) -> Result<bool> {
    if !outside::is_installed("rustup") {
        return Ok(false);
    }
    let output = Command::new("rustup")
        .args(["toolchain", "list"])
        .output()?;
    let names = String::from_utf8(output.stdout)?;
    Ok(names.lines().any(|name| is_of_version(name, version)))
}

/// Whether a toolchain, such as `1.88-x86_64-unknown-linux-gnu`, has this version
/// for its name, by which it can be run.
fn is_of_version(toolchain: &str, version: &str) -> bool {
    let rest = toolchain.strip_prefix(version);
    rest.is_some_and(|rest| rest.starts_with('-'))
}

fn has_standard_library(target: &str) -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let folder = String::from_utf8(output.stdout)?;
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::sample::{features, package, workspace};

    #[test]
    fn sets_of_features_are_neither_single_nor_all() {
        assert!(sets(&[]).is_empty() && sets(&["a"]).is_empty() && sets(&["a", "b"]).is_empty());
        let three = sets(&["a", "b", "c"]);
        assert_eq!(three, [["a", "b"], ["a", "c"], ["b", "c"]]);
        assert_eq!(sets(&["a", "b", "c", "d", "e"]).len(), 10, "pairs");
    }

    fn two() -> Workspace {
        let mut a = package("a", &[]);
        a.features = features(&[("default", &["http"]), ("http", &[]), ("mime", &[])]);
        let mut tool = package("tool", &[]);
        tool.publish = Some(Vec::new());
        workspace([a, tool])
    }

    #[test]
    fn each_feature_of_a_published_crate_is_checked_alone() {
        let lines: Vec<_> = lints(&two(), false)
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected = [
            "cargo fmt --all --check",
            "cargo clippy --workspace --all-targets --all-features --no-deps -- -D warnings",
            "cargo clippy --package a --no-deps -- -D warnings",
            "cargo clippy --package a --no-default-features --no-deps -- -D warnings",
            "cargo clippy --package a --no-default-features --features http --no-deps -- -D warnings",
            "cargo clippy --package a --no-default-features --features mime --no-deps -- -D warnings",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_fuzz_targets_are_checked_where_they_are() {
        let lines: Vec<_> = lints(&two(), true)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            lines[2],
            "cargo fmt --check --manifest-path tests/fuzz/Cargo.toml"
        );
        assert_eq!(
            lines[3],
            "cargo clippy --manifest-path tests/fuzz/Cargo.toml --no-deps -- -D warnings"
        );
    }

    #[test]
    fn only_published_crates_are_packed() {
        assert_eq!(
            packages(&two(), Path::new("/packing")).to_string(),
            "cargo package --allow-dirty --target-dir /packing --package a"
        );
    }

    #[test]
    fn a_toolchain_is_known_by_its_version() {
        assert!(is_of_version("1.88-x86_64-unknown-linux-gnu", "1.88"));
        assert!(!is_of_version("1.880-x86_64-unknown-linux-gnu", "1.88"));
        assert!(!is_of_version(
            "stable-x86_64-unknown-linux-gnu (active)",
            "1.88"
        ));
    }

    #[test]
    fn a_target_nobody_installed_has_no_standard_library() {
        assert!(!has_standard_library("no-such-target").unwrap());
    }
}
