//! The level of a release, checked against the public API.
//!
//! cargo-semver-checks compares it with that of the release before. Where the sources show no type
//! of a dependency that has a breaking release, rustdoc must see none either: it also follows
//! aliases.

use std::path::Path;

use super::{decision::Release, plan::Plan, version::Version};
use crate::{
    changelog::Level,
    ci, outside,
    report::Report,
    result::Result,
    step::Step,
    workspace::{Package, Target, Workspace},
};

/// Checks the public API of every library whose next version is compatible with the one before.
pub(super) fn check(report: &mut Report, workspace: &Workspace, plan: &Plan) -> Result {
    for release in &plan.releases {
        let package = workspace.packages.iter().find(|p| p.name == release.name);
        let is_library = |p: &&Package| p.targets.iter().any(Target::is_library);
        let Some(package) = package.filter(is_library) else {
            continue;
        };
        if !release.hides.is_empty() {
            let hidden = release.hides.iter().map(|name| name.replace('-', "_"));
            ci::hides(report, workspace, package, &hidden.collect())?;
        }
        let Some(step) = step(release) else {
            continue;
        };
        let title = format!("the public API of {}", release.name);
        if outside::is_installed("cargo-semver-checks") {
            report.check(&title, || compare(&workspace.root, &step));
        } else {
            let why =
                "cargo-semver-checks is not installed (cargo install --locked cargo-semver-checks)";
            report.leave_out(&title, why);
        }
    }
    Ok(())
}

/// The comparison with the release before. `None` for a first release, which has nothing to be
/// compared with, and for a breaking one, which may change everything.
fn step(release: &Release) -> Option<Step> {
    let base = release.base?;
    let level = level(base, release.version);
    let kind = match level {
        Level::Breaking => return None,
        Level::Feature => "minor",
        Level::Patch => "patch",
    };
    let step = Step::cargo("semver-checks --all-features --package").with(&release.name);
    let base = base.tag(&release.name);
    Some(
        step.with("--baseline-rev")
            .with(&base)
            .with("--release-type")
            .with(kind),
    )
}

/// The level of the step from one version to another. Below 1.0, cargo takes a raised patch version
/// for an addition.
fn level(base: Version, version: Version) -> Level {
    let levels = [Level::Breaking, Level::Feature, Level::Patch];
    let reached = levels
        .into_iter()
        .find(|level| base.raised(*level) <= version);
    reached.unwrap_or(Level::Patch)
}

fn compare(root: &Path, step: &Step) -> Result<Vec<String>> {
    println!("$ {step}");
    let output = step.command().current_dir(root).output()?;
    let text = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    if !output.status.success() {
        return Ok(vec![
            "the changelog claims less than the public API says (see above)".to_owned(),
        ]);
    }
    match checks(&text) {
        Some(1..) => Ok(Vec::new()),
        _ => Ok(vec!["cargo-semver-checks checked nothing".to_owned()]),
    }
}

/// The number of checks that ran, from a line `Checked [   0.004s] 148 checks: 148 pass, 30 skip`.
fn checks(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Checked ["))?;
    let (before, _) = line.split_once(" checks")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(base: Option<&str>, version: &str) -> Release {
        Release {
            name: "a".to_owned(),
            version: version.parse().unwrap(),
            base: base.map(|base| base.parse().unwrap()),
            is_prepared: true,
            why: Vec::new(),
            hides: Vec::new(),
            entries: Vec::new(),
        }
    }

    #[test]
    fn a_compatible_release_is_compared_with_the_one_before() {
        let line = |base, version| step(&release(base, version)).map(|step| step.to_string());
        let expected = |kind| {
            let command = "cargo semver-checks --all-features --package a --baseline-rev";
            Some(format!("{command} {kind}"))
        };
        let minor = expected("a-v0.1.0 --release-type minor");
        assert_eq!(line(Some("0.1.0"), "0.1.1"), minor);
        let patch = expected("a-v1.1.0 --release-type patch");
        assert_eq!(line(Some("1.1.0"), "1.1.1"), patch);
        let minor = expected("a-v1.1.0 --release-type minor");
        assert_eq!(line(Some("1.1.0"), "1.2.0"), minor);
        assert_eq!(line(Some("0.1.0"), "0.2.0"), None);
        assert_eq!(line(Some("0.1.0"), "1.0.0"), None);
        assert_eq!(line(None, "0.1.0"), None);
    }

    #[test]
    fn the_number_of_checks_is_that_of_those_that_ran() {
        let ran = "    Checking a v0.1.0 -> v0.1.1 (minor change)\n     Checked [   0.004s] 148 \
            checks: 148 pass, 30 skip\n     Summary no semver update required\n";
        assert_eq!(checks(ran), Some(148));
        let skipped = "     Checked [   0.000s] 0 checks: 0 pass, 254 skip\n";
        assert_eq!(checks(skipped), Some(0));
        assert_eq!(
            checks("error: no crates with library targets selected\n"),
            None
        );
    }
}
