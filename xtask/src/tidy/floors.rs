//! The order of the crates. Each uses only crates on lower floors.

use super::violation::Violation;
use crate::workspace::{Dependency, Package, Workspace};

/// A crate in its place.
#[derive(Debug)]
pub(crate) struct Room {
    name: &'static str,
    /// Its foreign dependencies, without optional ones. `None` allows any.
    outside: Option<&'static [&'static str]>,
}

/// The crates, ground floor first. A crate may use only crates above it in this table. A commit
/// that adds a crate, or a dependency of a listed one, also adds it here.
pub(crate) const HOUSE: &[Room] = &[
    // Values: they do not use applications.
    Room::listed("wsgi-headers", &[]),
    Room::listed("wsgi-environ", &["percent-encoding"]),
    Room::listed("wsgi-file-wrapper", &[]),
    Room::listed("wsgi-forms", &["percent-encoding", "rustix", "tempfile"]),
    Room::listed("wsgi-cookies", &["httpdate", "percent-encoding"]),
    Room::listed("wsgi-metrics", &[]),
    Room::listed(
        "wsgi-sessions",
        &["getrandom", "serde", "serde_json", "sha2"],
    ),
    Room::listed("wsgi-http1", &["safe_arch"]),
    Room::listed("wsgi-fastcgi", &[]),
    Room::listed("wsgi-scgi", &[]),
    Room::listed("wsgi-uwsgi", &[]),
    Room::listed("wsgi-proxy-protocol", &[]),
    // Contract.
    Room::listed("wsgi-application", &[]),
    Room::open("wsgi-gateway"),
    // Behaviour.
    Room::listed("wsgi-files", &["httpdate"]),
    Room::open("wsgi-validate"),
    Room::open("wsgi-compression"),
    Room::open("wsgi-middleware"),
    Room::open("wsgi-proxy"),
    Room::open("wsgi-adaptor"),
    Room::open("wsgi-handlers"),
    Room::open("wsgi-server"),
    Room::open("wsgi-testing"),
    Room::open("wsgi-tower"),
    // Faces.
    Room::open("wsgi"),
    Room::open("wsgi-blog"),
    Room::open("wsgi-cli"),
];

impl Room {
    const fn listed(name: &'static str, outside: &'static [&'static str]) -> Self {
        Self {
            name,
            outside: Some(outside),
        }
    }

    const fn open(name: &'static str) -> Self {
        Self {
            name,
            outside: None,
        }
    }
}

pub(super) fn check(workspace: &Workspace, house: &[Room]) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in workspace.crates() {
        let Some(floor) = floor(house, &package.name) else {
            let problem = "has no place in the table of xtask/src/tidy/floors.rs";
            found.push(Violation::new(&package.name, problem));
            continue;
        };
        found.extend(upward(package, house, floor));
        if let Some(outside) = house[floor].outside {
            found.extend(strangers(package, outside));
        }
    }
    let is_crate = |room: &&Room| workspace.crates().any(|package| package.name == room.name);
    let empty = house.iter().filter(|room| !is_crate(room));
    found
        .extend(empty.map(|room| Violation::new(room.name, "is in the table, but is not a crate")));
    found
}

fn floor(house: &[Room], name: &str) -> Option<usize> {
    house.iter().position(|room| room.name == name)
}

/// The dependencies that are not below the crate itself.
///
/// Any development dependency without a version is allowed: it is not published, and does not
/// affect the order of publication.
fn upward(package: &Package, house: &[Room], from: usize) -> Vec<Violation> {
    let is_upward = |d: &&Dependency| {
        d.is_ours() && d.is_published() && floor(house, &d.name).is_none_or(|to| to >= from)
    };
    let problem = |d: &Dependency| {
        let problem = format!("must not use {}, which is not below it", d.name);
        Violation::new(&package.name, problem)
    };
    package
        .dependencies
        .iter()
        .filter(is_upward)
        .map(problem)
        .collect()
}

/// The differences between the dependencies of a crate and its list.
fn strangers(package: &Package, listed: &[&str]) -> Vec<Violation> {
    let is_plain = |d: &&Dependency| !d.is_ours() && !d.optional && d.kind.is_none();
    let plain = package.dependencies.iter().filter(is_plain);
    let used: Vec<_> = plain.map(|d| d.name.as_str()).collect();
    let mut problems = Vec::new();
    for name in used.iter().filter(|name| !listed.contains(name)) {
        problems.push(format!("uses {name}, which is not on its list"));
    }
    for name in listed.iter().filter(|name| !used.contains(name)) {
        problems.push(format!("is listed with {name}, but does not use it"));
    }
    Violation::each(&package.name, problems).collect()
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::Kind;
    use crate::workspace::sample::{ours, package, workspace};

    const TWO: &[Room] = &[Room::listed("low", &[]), Room::open("high")];

    fn outside(name: &str) -> Dependency {
        Dependency {
            path: None,
            ..ours(name)
        }
    }

    #[track_caller]
    fn check_low(dependency: Dependency, expected: &[&str]) {
        let mut low = package("low", &[]);
        low.dependencies.push(dependency);
        let workspace = workspace([low, package("high", &["low"])]);
        assert_found(&check(&workspace, TWO), expected);
    }

    #[test]
    fn a_crate_uses_what_is_below_it() {
        let workspace = workspace([package("low", &[]), package("high", &["low"])]);
        assert_found(&check(&workspace, TWO), &[]);
    }

    #[test]
    fn a_crate_must_not_use_what_is_above_it() {
        check_low(
            ours("high"),
            &["low: must not use high, which is not below it"],
        );
        check_low(
            ours("xtask"),
            &["low: must not use xtask, which is not below it"],
        );
        let optional = Dependency {
            optional: true,
            ..ours("high")
        };
        check_low(optional, &["low: must not use high, which is not below it"]);
    }

    #[test]
    fn a_development_dependency_is_free_only_without_a_version() {
        let dev = Dependency {
            kind: Some(Kind::Dev),
            ..ours("high")
        };
        check_low(
            dev.clone(),
            &["low: must not use high, which is not below it"],
        );
        check_low(
            Dependency {
                req: "*".to_owned(),
                ..dev
            },
            &[],
        );
    }

    #[test]
    fn a_foreign_dependency_must_be_listed_or_optional() {
        check_low(
            outside("tokio"),
            &["low: uses tokio, which is not on its list"],
        );
        check_low(
            Dependency {
                optional: true,
                ..outside("http")
            },
            &[],
        );
        check_low(
            Dependency {
                kind: Some(Kind::Dev),
                ..outside("proptest")
            },
            &[],
        );
    }

    #[test]
    fn a_listed_dependency_must_be_used() {
        let house = [Room::listed("low", &["wide"])];
        let found = check(&workspace([package("low", &[])]), &house);
        assert_found(&found, &["low: is listed with wide, but does not use it"]);
    }

    #[test]
    fn the_table_and_the_workspace_name_the_same_crates() {
        let found = check(&workspace([package("low", &[]), package("new", &[])]), TWO);
        let expected = [
            "new: has no place in the table of xtask/src/tidy/floors.rs",
            "high: is in the table, but is not a crate",
        ];
        assert_found(&found, &expected);
    }
}
