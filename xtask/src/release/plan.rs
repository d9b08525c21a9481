//! The plan of a release.

use std::cmp::Ordering;
use std::fmt;

use super::version::Version;
use crate::changelog;
use crate::workspace::{Dependency, Package};

/// A crate that may be released, and its history.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) package: Package,
    /// The version of its newest tag.
    pub(super) released: Option<Version>,
    /// Whether its folder differs from that tag.
    pub(super) has_changed: bool,
    pub(super) changelog: String,
}

/// The releases in the order of publication, or the problems that prevent them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) releases: Vec<Release>,
    pub(super) problems: Vec<String>,
    notes: Vec<String>,
}

/// A crate, and the version to publish.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) name: String,
    pub(super) version: Version,
}

impl Release {
    pub(super) fn tag(&self) -> String {
        self.version.tag(&self.name)
    }
}

impl Plan {
    /// Plans the crates with these names, or all with a version that is not released yet.
    pub(super) fn new(candidates: &[Candidate], names: &[String]) -> Self {
        let mut plan = Self::default();
        let mut chosen = Vec::new();
        for candidate in candidates {
            let is_named = names.contains(&candidate.package.name);
            if (names.is_empty() || is_named) && plan.takes(candidate, is_named) {
                chosen.push(candidate);
            }
        }
        for candidate in &chosen {
            plan.check_changelog(candidate);
            plan.check_dependencies(candidate, candidates, &chosen);
        }
        plan.order(chosen);
        plan
    }

    /// Whether a crate has a version to release.
    fn takes(&mut self, candidate: &Candidate, is_named: bool) -> bool {
        let Package { name, version, .. } = &candidate.package;
        let Ok(version) = version.parse::<Version>() else {
            self.problems.push(format!(
                "{name}: version {version} is not MAJOR.MINOR.PATCH"
            ));
            return false;
        };
        let Some(released) = candidate.released else {
            return true;
        };
        match version.cmp(&released) {
            Ordering::Greater => return true,
            Ordering::Less => {
                self.problems.push(format!(
                    "{name}: {released} is released, {version} is older"
                ));
            }
            Ordering::Equal if candidate.has_changed => {
                let news = format!("{name}: has changed since {released}, but has its version");
                let list = if is_named {
                    &mut self.problems
                } else {
                    &mut self.notes
                };
                list.push(news);
            }
            Ordering::Equal if is_named => {
                self.notes.push(format!(
                    "{name}: {released} is released, and nothing has changed"
                ));
            }
            Ordering::Equal => {}
        }
        false
    }

    fn check_changelog(&mut self, candidate: &Candidate) {
        let Package { name, version, .. } = &candidate.package;
        let problem = match changelog::newest(&candidate.changelog) {
            None => format!("has no heading `## {version} (YYYY-MM-DD)`"),
            Some(heading) if heading.version != version => {
                format!("is about {}, the manifest about {version}", heading.version)
            }
            Some(heading) if heading.date.is_none() => {
                format!("calls {version} unreleased; write the day of the release instead")
            }
            Some(_) => return,
        };
        self.problems
            .push(format!("{name}: CHANGELOG.md {problem}"));
    }

    /// Checks that the registry has the dependencies of a crate, or will have them by then.
    fn check_dependencies(
        &mut self,
        candidate: &Candidate,
        all: &[Candidate],
        chosen: &[&Candidate],
    ) {
        for dependency in published(candidate) {
            let Some(other) = all.iter().find(|c| c.package.name == dependency.name) else {
                let problem = format!("uses {}, which is not published", dependency.name);
                self.problems
                    .push(format!("{}: {problem}", candidate.package.name));
                continue;
            };
            let Package { name, version, .. } = &other.package;
            let is_chosen = chosen.iter().any(|c| c.package.name == *name);
            let is_released = !other.has_changed
                && other
                    .released
                    .is_some_and(|released| released.to_string() == *version);
            let problem = if is_chosen && dependency.req != format!("^{version}") {
                format!(
                    "asks for {name} {}, but is built with {version}",
                    dependency.req
                )
            } else if !is_chosen && !is_released {
                format!("uses unreleased changes of {name}")
            } else {
                continue;
            };
            self.problems
                .push(format!("{}: {problem}", candidate.package.name));
        }
    }

    /// Sorts the releases so that dependencies come first.
    fn order(&mut self, mut waiting: Vec<&Candidate>) {
        while !waiting.is_empty() {
            let is_waiting = |name: &str| waiting.iter().any(|c| c.package.name == name);
            let is_ready = |c: &&Candidate| !published(c).any(|d| is_waiting(&d.name));
            let Some(next) = waiting.iter().position(is_ready) else {
                let names: Vec<_> = waiting.iter().map(|c| c.package.name.as_str()).collect();
                self.problems
                    .push(format!("{} depend on each other", names.join(", ")));
                return;
            };
            let Package { name, version, .. } = &waiting.remove(next).package;
            if let Ok(version) = version.parse() {
                self.releases.push(Release {
                    name: name.clone(),
                    version,
                });
            }
        }
    }
}

/// The dependencies in the workspace that the published crate names.
fn published(candidate: &Candidate) -> impl Iterator<Item = &Dependency> {
    candidate
        .package
        .dependencies
        .iter()
        .filter(|d| d.is_ours() && d.is_published())
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.releases.is_empty() {
            writeln!(f, "There is nothing to release.")?;
        }
        for (release, number) in self.releases.iter().zip(1..) {
            writeln!(
                f,
                "{number:3}. {} {}  (tag {})",
                release.name,
                release.version,
                release.tag()
            )?;
        }
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "note: {note}"))?;
        self.problems
            .iter()
            .try_for_each(|problem| writeln!(f, "problem: {problem}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Kind;
    use crate::workspace::sample::{ours, package};

    /// A crate that was never released, with a right changelog.
    fn new(name: &str, uses: &[&str]) -> Candidate {
        let changelog = "# Changelog\n\n## 0.1.0 (2026-01-31)\n\nThe first.\n".to_owned();
        Candidate {
            package: package(name, uses),
            released: None,
            has_changed: true,
            changelog,
        }
    }

    /// A crate at the version of its tag.
    fn released(name: &str, has_changed: bool) -> Candidate {
        Candidate {
            released: "0.1.0".parse().ok(),
            has_changed,
            ..new(name, &[])
        }
    }

    #[track_caller]
    fn check(candidates: &[Candidate], names: &[&str], releases: &[&str], problems: &[&str]) {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let plan = Plan::new(candidates, &names);
        assert_eq!(plan.problems, problems);
        let tags: Vec<_> = plan.releases.iter().map(Release::tag).collect();
        assert_eq!(tags, releases);
    }

    #[test]
    fn dependencies_are_published_first() {
        let all = [new("a", &["c"]), new("b", &["a", "c"]), new("c", &[])];
        check(&all, &[], &["c-v0.1.0", "a-v0.1.0", "b-v0.1.0"], &[]);
    }

    #[test]
    fn a_development_dependency_counts_only_with_a_version() {
        let mut low = new("low", &[]);
        let dev = Dependency {
            kind: Some(Kind::Dev),
            req: "*".to_owned(),
            ..ours("high")
        };
        low.package.dependencies.push(dev);
        let all = [new("high", &["low"]), low];
        check(&all, &[], &["low-v0.1.0", "high-v0.1.0"], &[]);

        let mut low = new("low", &[]);
        low.package.dependencies.push(Dependency {
            kind: Some(Kind::Dev),
            ..ours("high")
        });
        check(
            &[new("high", &["low"]), low],
            &[],
            &[],
            &["high, low depend on each other"],
        );
    }

    #[test]
    fn a_released_and_unchanged_crate_is_left_out() {
        let all = [released("a", false), new("b", &["a"])];
        check(&all, &[], &["b-v0.1.0"], &[]);
        check(&all, &["a"], &[], &[]);
        let note = Plan::new(&all, &["a".to_owned()]).to_string();
        assert_eq!(
            note,
            "There is nothing to release.\nnote: a: 0.1.0 is released, and nothing has changed\n"
        );
    }

    #[test]
    fn a_raised_version_is_released_and_an_older_one_refused() {
        let at = |version: &str| {
            let mut candidate = released("a", true);
            version.clone_into(&mut candidate.package.version);
            candidate.changelog = candidate.changelog.replace("0.1.0", version);
            candidate
        };
        check(&[at("0.1.1")], &[], &["a-v0.1.1"], &[]);
        check(
            &[at("0.0.9")],
            &[],
            &[],
            &["a: 0.1.0 is released, 0.0.9 is older"],
        );
        check(
            &[at("0.2.0-rc.1")],
            &[],
            &[],
            &["a: version 0.2.0-rc.1 is not MAJOR.MINOR.PATCH"],
        );
    }

    #[test]
    fn changes_without_a_new_version_are_reported_and_refused_if_needed() {
        check(&[released("a", true)], &[], &[], &[]);
        let problem = "a: has changed since 0.1.0, but has its version";
        check(&[released("a", true)], &["a"], &[], &[problem]);
        let problem = "b: uses unreleased changes of a";
        check(
            &[released("a", true), new("b", &["a"])],
            &[],
            &["b-v0.1.0"],
            &[problem],
        );
    }

    #[test]
    fn a_crate_is_not_released_before_its_dependencies() {
        let all = [new("a", &[]), new("b", &["a"])];
        let problem = "b: uses unreleased changes of a";
        check(&all, &["b"], &["b-v0.1.0"], &[problem]);
        check(&all, &["b", "a"], &["a-v0.1.0", "b-v0.1.0"], &[]);
        let problem = "b: uses tool, which is not published";
        check(&[new("b", &["tool"])], &[], &["b-v0.1.0"], &[problem]);
    }

    #[test]
    fn a_requirement_must_name_the_tested_version() {
        let mut b = new("b", &["a"]);
        b.package.dependencies[0].req = "^0.1".to_owned();
        let problem = "b: asks for a ^0.1, but is built with 0.1.0";
        check(
            &[new("a", &[]), b],
            &[],
            &["a-v0.1.0", "b-v0.1.0"],
            &[problem],
        );
    }

    #[test]
    fn a_changelog_must_be_dated_and_of_the_version() {
        let with = |heading: &str| Candidate {
            changelog: format!("{heading}\n"),
            ..new("a", &[])
        };
        let tag = ["a-v0.1.0"];
        let problem =
            "a: CHANGELOG.md calls 0.1.0 unreleased; write the day of the release instead";
        check(&[with("## 0.1.0 (unreleased)")], &[], &tag, &[problem]);
        let problem = "a: CHANGELOG.md is about 0.0.9, the manifest about 0.1.0";
        check(&[with("## 0.0.9 (2026-01-31)")], &[], &tag, &[problem]);
        let problem = "a: CHANGELOG.md has no heading `## 0.1.0 (YYYY-MM-DD)`";
        check(&[with("# Changelog")], &[], &tag, &[problem]);
    }
}
