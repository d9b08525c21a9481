//! `cargo xtask ci`: every check that a change must pass.

mod dependencies;
mod documentation;
mod lints;
mod packing;
mod signatures;
mod toolchain;

use std::collections::BTreeSet;

use crate::{
    bench, outside, python,
    report::Report,
    result::Result,
    scratch::Scratch,
    step::Step,
    test, tidy,
    workspace::{Package, Workspace},
};
use toolchain::NIGHTLY;

/// The other systems that the workspace must compile for, where their standard library is
/// installed.
const OTHER_SYSTEMS: &[&str] = &["x86_64-apple-darwin", "aarch64-apple-darwin"];

/// The system that the value crates must compile for, in the same way.
const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// The tests of single crates in a framework that takes long to compile. It does not reach the
/// workspace.
const PICKED: &str = "test --manifest-path tests/peers/Cargo.toml --package pick-actix-web";

const DOCS_RS: &str = "documentation with the compiler of docs.rs";

const NO_NIGHTLY: &str = "no nightly compiler is installed (rustup toolchain install nightly)";

/// Runs every check, and reports each that failed.
pub(crate) fn run(args: &[String]) -> Result {
    if let Some(argument) = args.first() {
        return Err(format!("unexpected argument `{argument}`").into());
    }
    let workspace = Workspace::load()?;
    let mut report = Report::new(&workspace.root);
    report.check("the tree is tidy", || tidy::check(&workspace));
    dependencies::check(&mut report)?;
    let steps = lints::steps(&workspace);
    steps.iter().for_each(|step| report.run(step));
    // Most tests wait. Meanwhile there is time for the tests of Python, which wait as well, and for
    // what is compiled into a folder of its own; and for the crates one by one, which keep a single
    // processor busy. Instructions are counted afterwards, undisturbed.
    let has_valgrind = outside::is_installed("valgrind");
    let others = |report: &mut Report| {
        python::append(report)?;
        report.run(&Step::cargo(PICKED).bounded());
        pack(report, &workspace, None)?;
        if has_valgrind {
            bench::building_for_check().for_each(|step| report.run(&step));
        }
        Ok(())
    };
    report.beside(others, |report| {
        let compiled = |report: &mut Report| compile(report, &workspace);
        report.beside(compiled, |report| test::append(report, &workspace, &[]))
    })?;
    if has_valgrind {
        report.run(&Step::cargo("xtask bench --check"));
    } else {
        report.leave_out("instruction counts", "valgrind is not installed");
    }
    report.finish()
}

/// Compiles each crate as its users do, with their features, documentation, systems and compilers.
fn compile(report: &mut Report, workspace: &Workspace) -> Result {
    let steps = lints::alone(workspace).into_iter();
    let steps = steps.chain(lints::powersets(workspace));
    steps.for_each(|step| report.run(&step));
    document(report, workspace)?;
    other_systems(report)?;
    windows(report, workspace)?;
    oldest_compiler(report, workspace)
}

/// Builds the documentation, and checks the types in public signatures with it.
fn document(report: &mut Report, workspace: &Workspace) -> Result {
    let steps = documentation::strict(workspace);
    steps.iter().for_each(|step| report.run(step));
    report.run(&documentation::private(workspace));
    if toolchain::is_installed(NIGHTLY)? {
        report.run(&documentation::json(workspace));
        report.check(signatures::TITLE, || signatures::check(workspace));
    } else {
        report.leave_out(DOCS_RS, NO_NIGHTLY);
        report.leave_out(signatures::TITLE, NO_NIGHTLY);
    }
    Ok(())
}

/// Packs the crates for a registry, by default for crates.io.
fn pack(report: &mut Report, workspace: &Workspace, registry: Option<&str>) -> Result {
    let scratch = Scratch::new("packing")?;
    let step = packing::step(workspace, &scratch.path("target"));
    report.run(&match registry {
        Some(name) => step.with("--registry").with(name),
        None => step,
    });
    Ok(())
}

/// Checks the crates of a workspace before they are published: their tests, their documentation as
/// on docs.rs, and their packages, and compiles them with the oldest compiler.
pub(crate) fn before_release(
    report: &mut Report,
    workspace: &Workspace,
    registry: Option<&str>,
) -> Result {
    let names: Vec<_> = workspace.packages.iter().map(|p| p.name.clone()).collect();
    test::append(report, workspace, &names)?;
    let steps = documentation::strict(workspace);
    steps.iter().for_each(|step| report.run(step));
    if toolchain::is_installed(NIGHTLY)? {
        report.run(&documentation::docs_rs(workspace));
    } else {
        report.leave_out(DOCS_RS, NO_NIGHTLY);
    }
    pack(report, workspace, registry)?;
    oldest_compiler(report, workspace)
}

/// Checks that a library has no types of these crates, as code names them, in its public API.
pub(crate) fn hides(
    report: &mut Report,
    workspace: &Workspace,
    package: &Package,
    crates: &BTreeSet<String>,
) -> Result {
    let title = format!("what the public API of {} shows", package.name);
    if !toolchain::is_installed(NIGHTLY)? {
        report.leave_out(&title, NO_NIGHTLY);
        return Ok(());
    }
    let alone = Workspace {
        root: workspace.root.clone(),
        packages: vec![package.clone()],
    };
    report.run(&documentation::json(&alone));
    report.check(&title, || {
        let shown = signatures::shown(workspace, package, crates)?;
        let problem = |name: &String| {
            format!(
                "it shows types of {name}, so the new version of {name} breaks it; CHANGELOG.md \
                 needs an entry under `### Breaking`"
            )
        };
        Ok(shown.iter().map(problem).collect())
    });
    Ok(())
}

/// Compiles for other systems, as far as their standard libraries are installed.
fn other_systems(report: &mut Report) -> Result {
    for target in OTHER_SYSTEMS {
        if toolchain::has_standard_library(target)? {
            report.run(&Step::cargo("check --workspace --all-features --target").with(target));
        } else {
            let why = format!("its standard library is not installed (rustup target add {target})");
            report.leave_out(&format!("compiling for {target}"), why);
        }
    }
    Ok(())
}

/// Compiles the value crates for Windows, if its standard library is installed.
fn windows(report: &mut Report, workspace: &Workspace) -> Result {
    if toolchain::has_standard_library(WINDOWS)? {
        let steps = windows_steps(workspace);
        steps.iter().for_each(|step| report.run(step));
    } else {
        let why = format!("its standard library is not installed (rustup target add {WINDOWS})");
        report.leave_out("compiling the value crates for Windows", why);
    }
    Ok(())
}

/// Checks each crate with every feature, but for TLS, which compiles C for the other system.
fn windows_steps(workspace: &Workspace) -> Vec<Step> {
    let portable = |package: &&Package| tidy::PORTABLE.contains(&package.name.as_str());
    let check = |package: &Package| {
        let names = package.named_features();
        let names: Vec<_> = names.filter(|name| !name.ends_with("tls")).collect();
        let step = Step::cargo("check --target")
            .with(WINDOWS)
            .with("--package");
        let step = step.with(&package.name);
        match names.is_empty() {
            true => step,
            false => step.with("--features").with(&names.join(",")),
        }
    };
    workspace.crates().filter(portable).map(check).collect()
}

/// Compiles with the oldest compiler that the crates support, if it is installed.
fn oldest_compiler(report: &mut Report, workspace: &Workspace) -> Result {
    let versions = workspace
        .crates()
        .filter_map(|package| package.rust_version.as_deref());
    for version in versions.collect::<BTreeSet<_>>() {
        if toolchain::is_installed(version)? {
            let check = toolchain::cargo(version, "check", "target/oldest");
            report.run(&check.with("--workspace --all-features"));
        } else {
            let why = format!("it is not installed (rustup toolchain install {version})");
            report.leave_out(&format!("compiling with Rust {version}"), why);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::sample::lines;
    use super::*;
    use crate::workspace::sample::{features, package, workspace};

    #[test]
    fn windows_gets_the_value_crates_without_tls() {
        let mut sessions = package("wsgi-sessions", &[]);
        sessions.features = features(&[("file", &[]), ("redis", &[]), ("redis-tls", &[])]);
        let crates = [
            package("wsgi-headers", &[]),
            sessions,
            package("wsgi-server", &[]),
        ];
        let expected = [
            "cargo check --target x86_64-pc-windows-gnu --package wsgi-headers",
            "cargo check --target x86_64-pc-windows-gnu --package wsgi-sessions --features \
             file,redis",
        ];
        assert_eq!(lines(&windows_steps(&workspace(crates))), expected);
    }
}

#[cfg(test)]
mod sample {
    //! A workspace for the tests of the steps.

    use crate::step::Step;
    use crate::workspace::Workspace;
    use crate::workspace::sample::{features, package, workspace};

    /// A crate with features, and a package that is not published.
    pub(super) fn two() -> Workspace {
        let mut a = package("a", &[]);
        a.features = features(&[("default", &["http"]), ("http", &[]), ("mime", &[])]);
        let mut tool = package("tool", &[]);
        tool.publish = Some(Vec::new());
        workspace([a, tool])
    }

    pub(super) fn lines(steps: &[Step]) -> Vec<String> {
        steps.iter().map(ToString::to_string).collect()
    }
}
