//! First releases.

use std::time::Duration;

use super::{registry::TOKEN, repository::Repository};

#[test]
fn a_dry_run_changes_nothing() {
    let repository = Repository::of_two();
    let head = repository.git(&["rev-parse", "HEAD"]);
    let text = repository.released("");
    assert!(text.contains("  1. 0:00  low   0.1.0  (the first release; to be prepared)\n"));
    assert!(text.contains("  2. 0:00  high  0.1.0  (the first release; to be prepared)\n"));
    assert!(text.contains("This was a dry run."));
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    assert!(repository.registry.state().uploads.is_empty());
}

#[test]
fn a_first_release_is_prepared_checked_published_in_order_and_tagged() {
    let repository = Repository::of_two();
    let text = repository.released("--execute");
    // The real checks ran.
    assert!(text.contains("cargo test --package low"), "{text}");
    assert!(text.contains("cargo doc --no-deps --all-features --package high"));
    assert!(text.contains("cargo package"));
    assert_eq!(
        repository.registry.state().uploads,
        ["low 0.1.0", "high 0.1.0"]
    );
    let head = repository.git(&["rev-parse", "HEAD"]);
    let tag = |name: &str| (name.to_owned(), head.clone());
    assert_eq!(repository.tags(), [tag("high-v0.1.0"), tag("low-v0.1.0")]);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    let message = repository.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message, "Release 2 crates\n\nlow 0.1.0\nhigh 0.1.0");
    let changelog = repository.read("crates/low/CHANGELOG.md");
    assert!(!changelog.contains("unreleased"), "{changelog}");

    let text = repository.released("--execute");
    assert!(text.contains("There is nothing to release."), "{text}");
    assert_eq!(repository.registry.state().uploads.len(), 2);
}

#[test]
fn a_preparation_ends_with_its_commit() {
    let repository = Repository::of_two();
    repository.released("--prepare");
    assert!(repository.registry.state().uploads.is_empty());
    assert!(repository.tags().is_empty());
    let text = repository.released("");
    assert!(
        text.contains("  1. 0:00  low   0.1.0  (the first release)\n"),
        "{text}"
    );
}

#[test]
fn a_change_that_is_not_committed_is_refused() {
    let repository = Repository::of_two();
    repository.write("crates/low/src/new.rs", "");
    repository.refused("--execute", "not committed:\n?? crates/low/src/new.rs");
}

#[test]
fn a_failed_check_prevents_every_upload() {
    let repository = Repository::of_two();
    let failing = "#[test]\nfn fails() {\n    panic!();\n}\n";
    let library = repository.read("crates/high/src/lib.rs") + failing;
    repository.write("crates/high/src/lib.rs", &library);
    repository.commit("Break a test");
    repository.refused("--execute", "1 step failed: cargo test --package high");
    assert!(repository.registry.state().uploads.is_empty());
}

#[test]
fn a_release_waits_as_long_as_the_registry_asks() {
    let repository = Repository::new();
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    for name in names {
        repository.add(name, &[]);
    }
    repository.commit("Begin");
    repository.registry.state().pace = Some((5, Duration::from_secs(2)));
    repository.released("--prepare");
    repository.pass_checks(&names);
    let text = repository.released("--execute");
    let state = repository.registry.state();
    assert_eq!(state.uploads.len(), 7, "{text}");
    let refused: Vec<_> = state
        .refusals
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(refused, ["f", "g"]);
    assert!(state.impatient.is_empty(), "{:?}", state.impatient);
    assert!(text.contains("  7. 0:20  g  0.1.0"), "{text}");
    assert!(text.contains("The registry lets f in after "), "{text}");
}

#[test]
fn a_release_without_credentials_goes_on_once_they_are_there() {
    let mut repository = Repository::of_two();
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    let token = |token: &str| {
        let name = "CARGO_REGISTRIES_LOCAL_TOKEN".to_owned();
        vec![(name, token.to_owned())]
    };
    repository.variables = token("wrong");
    repository.refused("--execute", "low 0.1.0 was not published");
    repository.variables = token(TOKEN);
    repository.released("--execute");
    assert_eq!(repository.registry.state().uploads.len(), 2);
}

#[test]
fn a_name_that_somebody_else_has_is_found_before_the_release() {
    let ours = Repository::of_two();
    let mut theirs = Repository::new();
    theirs.add("low", &[]);
    theirs.commit("Begin elsewhere");
    theirs.registry = ours.registry.clone();
    theirs.released("--prepare");
    theirs.pass_checks(&["low"]);
    theirs.released("--execute");
    ours.refused("", "somebody else has the name low");
}
