//! `cargo xtask test`: every test and doctest.
//!
//! The published crates run one by one first, so that a crate does not get features that another
//! needs. Then all packages that have features or are not published run together, with all
//! features, and with the examples in their documentation.

use crate::{
    outside::{self, Outside},
    python,
    report::Report,
    result::Result,
    step::Step,
    workspace::{Package, Target, Workspace},
};

/// The rules of accessibility, without which their test does nothing. They come from another
/// registry, so even in CI they may be missing.
const AXE: &str = "tests/axe";

const AXE_CORE: &str = "node_modules/axe-core/axe.min.js";

/// Leaves out the examples in the documentation, which run with all features.
const UNDOCUMENTED: &str = "--tests";

const INSTALL_AXE: &str = "npm ci --ignore-scripts --prefix tests/axe";

/// Runs the tests of the named packages, or of all. With one package and a part of a test's name,
/// runs the tests of that name, with every feature of the package.
///
/// `wsgi-python` is outside the workspace, and is tested only by its name.
///
/// `--missing` only prints the system packages that are not installed, one per line.
pub(crate) fn run(args: &[String]) -> Result {
    if args == ["--missing"] {
        outside::missing()
            .iter()
            .for_each(|outside| println!("{}", outside.package));
        return Ok(());
    }
    if let Some((package, args)) = args.split_first()
        && package == python::PACKAGE
    {
        return python::run(args);
    }
    let workspace = Workspace::load()?;
    let mut report = Report::new(&workspace.root);
    match by_name(&workspace, args) {
        Some(step) => {
            report.run(&step);
            report.demand_a_test(&format!("a test named like `{}`", args[1]));
        }
        None => append(&mut report, &workspace, args)?,
    }
    report.finish()
}

/// The step for `PACKAGE NAME`, where `NAME` is not a package itself.
fn by_name(workspace: &Workspace, args: &[String]) -> Option<Step> {
    let [package, name] = args else { return None };
    let is_package = |name: &String| workspace.packages.iter().any(|p| p.name == *name);
    let step = Step::cargo("test --all-features --no-fail-fast --package").with(package);
    (is_package(package) && !is_package(name)).then(|| step.with("--").with(name).bounded())
}

/// Runs the tests as a part of a longer report.
pub(crate) fn append(report: &mut Report, workspace: &Workspace, names: &[String]) -> Result {
    let missing = outside::missing();
    if outside::is_ci() && !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|outside| outside.program).collect();
        return Err(format!(
            "these programs, which tests need, are not installed: {}",
            names.join(", ")
        )
        .into());
    }
    for step in plan(workspace, names, &missing)? {
        report.run(&step);
    }
    for outside in missing {
        let why = format!("not installed (package `{}`)", outside.package);
        report.leave_out(&format!("tests with {}", outside.program), why);
    }
    let axe = workspace.root.join(AXE);
    if axe.join("package.json").is_file() && !axe.join(AXE_CORE).is_file() {
        let why = format!("axe-core is not installed ({INSTALL_AXE})");
        report.leave_out("the accessibility of the demo", why);
    }
    Ok(())
}

fn plan(workspace: &Workspace, names: &[String], missing: &[&Outside]) -> Result<Vec<Step>> {
    let packages = workspace.select(names)?;
    let mut steps: Vec<_> = packages
        .iter()
        // Nobody gets the others with fewer features.
        .filter(|package| package.is_published())
        .flat_map(|package| alone(package, missing))
        .collect();
    let (done, rest): (Vec<&Package>, Vec<&Package>) =
        packages.iter().partition(|package| is_done(package));
    let together = if names.is_empty() {
        done.iter()
            .fold(Step::cargo("test --workspace"), |step, package| {
                step.with("--exclude").with(&package.name)
            })
    } else {
        rest.iter().fold(Step::cargo("test"), |step, package| {
            step.with("--package").with(&package.name)
        })
    };
    if !rest.is_empty() {
        let together = together.with("--all-features --no-fail-fast");
        steps.push(without(together, missing.iter().copied()));
    }
    Ok(steps.into_iter().map(Step::bounded).collect())
}

/// Whether [`alone`] runs a package as it is with all of its features.
fn is_done(package: &Package) -> bool {
    package.is_published() && package.named_features().next().is_none()
}

/// The tests of one package, with the features that its users get.
fn alone(package: &Package, missing: &[&Outside]) -> Vec<Step> {
    let defaults = Step::cargo("test --package").with(&package.name);
    let none = defaults.clone().with("--no-default-features");
    // The tests that run a program take long, and are for the one with all of its features.
    let is_program = !package.targets.iter().any(Target::is_library);
    let mut steps = match (is_program, package.has_default_features()) {
        (true, true) => vec![none.with("--bins")],
        (false, true) => vec![defaults.with(UNDOCUMENTED), none.with(UNDOCUMENTED)],
        (_, false) if is_done(package) => vec![defaults],
        (_, false) => vec![defaults.with(UNDOCUMENTED)],
    };
    steps = steps
        .into_iter()
        .map(|step| step.with("--no-fail-fast"))
        .collect();
    let missing = missing
        .iter()
        .filter(|o| o.tested_by.contains(&package.name.as_str()));
    steps
        .into_iter()
        .map(|step| without(step, missing.clone().copied()))
        .collect()
}

/// Leaves out the tests that need a missing program.
fn without<'a>(step: Step, missing: impl Iterator<Item = &'a Outside>) -> Step {
    let mut missing = missing.peekable();
    let step = if missing.peek().is_some() {
        step.with("--")
    } else {
        step
    };
    missing.fold(step, |step, outside| {
        step.with("--skip").with(&format!("{}::", outside.module))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::sample::{features, package, workspace};

    #[track_caller]
    fn check(workspace: &Workspace, names: &[&str], missing: &[&Outside], expected: &[&str]) {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let steps = plan(workspace, &names, missing).unwrap();
        let lines: Vec<_> = steps.iter().map(ToString::to_string).collect();
        assert_eq!(lines, expected);
    }

    fn two() -> Workspace {
        let mut a = package("a", &[]);
        a.features = features(&[("default", &["http"]), ("http", &[])]);
        let mut tests = package("tests", &["a"]);
        tests.publish = Some(Vec::new());
        workspace([a, package("b", &["a"]), tests])
    }

    #[test]
    fn each_published_crate_is_tested_alone_and_then_all_together() {
        let expected = [
            "cargo test --package a --tests --no-fail-fast",
            "cargo test --package a --no-default-features --tests --no-fail-fast",
            "cargo test --package b --no-fail-fast",
            "cargo test --workspace --exclude b --all-features --no-fail-fast",
        ];
        check(&two(), &[], &[], &expected);
    }

    #[test]
    fn named_packages_are_tested_alone() {
        let expected = [
            "cargo test --package a --tests --no-fail-fast",
            "cargo test --package a --no-default-features --tests --no-fail-fast",
            "cargo test --package a --all-features --no-fail-fast",
        ];
        check(&two(), &["a"], &[], &expected);
    }

    #[test]
    fn a_package_without_features_is_tested_once() {
        check(
            &two(),
            &["b"],
            &[],
            &["cargo test --package b --no-fail-fast"],
        );
    }

    #[test]
    fn a_program_is_run_with_all_of_its_features() {
        let mut program = package("program", &[]);
        program.targets.retain(|target| !target.is_library());
        program.features = features(&[("default", &["tls"]), ("tls", &[])]);
        let expected = [
            "cargo test --package program --no-default-features --bins --no-fail-fast",
            "cargo test --package program --all-features --no-fail-fast",
        ];
        check(&workspace([program]), &["program"], &[], &expected);
    }

    #[test]
    fn a_test_by_name_runs_with_every_feature_of_its_package() {
        let step = |args: &[&str]| {
            let args: Vec<_> = args.iter().map(ToString::to_string).collect();
            by_name(&two(), &args).map(|step| step.to_string())
        };
        let expected = "cargo test --all-features --no-fail-fast --package a -- a_case";
        assert_eq!(step(&["a", "a_case"]).as_deref(), Some(expected));
        assert_eq!(step(&["a", "b"]), None, "both are packages");
        assert_eq!(step(&["c", "a_case"]), None, "no such package");
        assert_eq!(step(&["a"]), None);
    }

    #[test]
    fn tests_whose_program_is_missing_are_left_out_by_name() {
        let nginx = Outside {
            program: "nginx",
            module: "nginx",
            tested_by: &["b"],
            package: "nginx-light",
        };
        let expected = [
            "cargo test --package a --tests --no-fail-fast",
            "cargo test --package a --no-default-features --tests --no-fail-fast",
            "cargo test --package b --no-fail-fast -- --skip nginx::",
            "cargo test --workspace --exclude b --all-features --no-fail-fast -- --skip nginx::",
        ];
        check(&two(), &[], &[&nginx], &expected);
    }
}
