//! Releases after the first.

use std::fs;

use super::{
    kills::which,
    repository::{Repository, script, search_path},
};

/// A repository whose two crates are out.
fn released() -> Repository {
    let repository = Repository::of_two();
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    repository.released("--execute");
    repository
}

/// Adds a function to a crate.
fn change(repository: &Repository, name: &str) {
    let path = format!("crates/{name}/src/lib.rs");
    let text = repository.read(&path) + "\n/// A function.\npub fn news() {}\n";
    repository.write(&path, &text);
}

#[test]
fn a_fix_is_released_without_the_crates_that_use_it() {
    let repository = released();
    change(&repository, "low");
    repository.unreleased("low", "### Fixed\n\n- It works.\n");
    repository.commit("Fix low");
    let text = repository.released("");
    let line = "low  0.1.0 -> 0.1.1  (fixes; src/lib.rs has changed since 0.1.0; to be prepared)";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("Kept as published: high 0.1.0"), "{text}");

    repository.released("--prepare");
    repository.pass_checks(&["low"]);
    repository.released("--execute");
    assert_eq!(repository.registry.state().uploads[2..], ["low 0.1.1"]);
    assert!(
        repository
            .read("Cargo.toml")
            .contains("low\", version = \"0.1.1\"")
    );
    // The raised requirement is no change of the user.
    let text = repository.released("");
    assert!(text.contains("There is nothing to release."), "{text}");
}

#[test]
fn crates_that_were_released_together_are_compared_together() {
    let mut repository = released();
    let log = repository.path("archives");
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = archive ]; then echo \"$*\" >>{}; fi\nexec {} \"$@\"\n",
        log.display(),
        which("git")
    );
    let program = script(&repository, "git", &text);
    let path = search_path(program.parent().unwrap());
    repository.variables = vec![("PATH".to_owned(), path)];
    let text = repository.released("");
    assert!(text.contains("There is nothing to release."), "{text}");
    let archives = fs::read_to_string(log).unwrap();
    assert_eq!(archives.lines().count(), 1, "{archives}");
}

#[test]
fn files_that_are_not_packaged_are_no_change() {
    let repository = released();
    repository.write("crates/low/tests/new.rs", "#[test]\nfn passes() {}\n");
    repository.write("notes.md", "Notes.\n");
    repository.commit("Test low");
    let text = repository.released("");
    assert!(text.contains("There is nothing to release."), "{text}");
}

/// Git would ask for such a reference before it asks for the tag.
#[test]
fn a_reference_with_the_name_of_a_tag_is_no_release() {
    let repository = released();
    change(&repository, "low");
    repository.commit("Change low");
    repository.git(&["update-ref", "refs/low-v0.1.0", "HEAD"]);
    let text = repository.refused("", "before these problems are solved");
    assert!(
        text.contains("problem: low: src/lib.rs has changed since 0.1.0"),
        "{text}"
    );
}

#[test]
fn a_removed_file_is_a_change() {
    let repository = released();
    repository.write("crates/low/src/data.txt", "1");
    repository.unreleased("low", "### Changed\n\n- Data.\n");
    repository.commit("Add data");
    repository.released("--prepare");
    repository.pass_checks(&["low"]);
    repository.released("--execute");
    repository.git(&["rm", "--quiet", "crates/low/src/data.txt"]);
    repository.commit("Remove data");
    let text = repository.refused("", "before these problems are solved");
    assert!(
        text.contains("problem: low: src/data.txt has changed since 0.1.1"),
        "{text}"
    );
}

#[test]
fn a_breaking_release_takes_along_the_crate_that_shows_its_types() {
    let repository = released();
    change(&repository, "low");
    repository.unreleased("low", "### Breaking\n\n- It is different.\n");
    repository.commit("Break low");
    let text = repository.refused("", "before these problems are solved");
    assert!(text.contains("problem: high: shows types of low"), "{text}");

    repository.unreleased("high", "### Breaking\n\n- `Low` is different.\n");
    repository.commit("Say so");
    repository.released("--prepare");
    assert!(
        repository
            .read("crates/high/Cargo.toml")
            .contains("version = \"0.2.0\"")
    );
    repository.pass_checks(&["low", "high"]);
    repository.released("--execute");
    let uploads = repository.registry.state().uploads.clone();
    assert_eq!(uploads[2..], ["low 0.2.0", "high 0.2.0"]);
    let state = repository.registry.state();
    assert_eq!(state.index["high"][1]["deps"][0]["req"], "^0.2.0");
}

#[test]
fn a_crate_that_hides_a_broken_dependency_gets_a_patch_release_and_an_entry() {
    let repository = Repository::of_two();
    let hidden = "//! Uses low.\n\n/// A function.\npub fn f() {\n    let _ = low::Low;\n}\n";
    repository.write("crates/high/src/lib.rs", hidden);
    repository.commit("Hide low");
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    repository.released("--execute");
    change(&repository, "low");
    repository.unreleased("low", "### Breaking\n\n- It is different.\n");
    repository.commit("Break low");
    let text = repository.released("--prepare");
    assert!(
        text.contains("high  0.1.0 -> 0.1.1  (fixes; uses low 0.2.0"),
        "{text}"
    );
    let changelog = repository.read("crates/high/CHANGELOG.md");
    assert!(
        changelog.contains("### Changed\n\n- Uses `low` 0.2.0.\n\n## 0.1.0 ("),
        "{changelog}"
    );
}

#[test]
fn an_alias_in_the_public_api_is_found_by_rustdoc() {
    let repository = Repository::of_two();
    // The sources of `high` name `low` only where it is private.
    let library = "//! Uses low.\n\nmod inner;\n\npub use inner::f;\n";
    repository.write("crates/high/src/lib.rs", library);
    let inner = "macro_rules! shown {\n    ($name:ident) => {\n        /// A function.\n        \
        pub fn f(_: $name::Low) {}\n    };\n}\n\nshown!(low);\n";
    repository.write("crates/high/src/inner.rs", inner);
    repository.commit("Show low by a macro");
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    repository.released("--execute");
    change(&repository, "low");
    repository.unreleased("low", "### Breaking\n\n- It is different.\n");
    repository.commit("Break low");
    let run = repository.release("--execute");
    if run.text.contains("no nightly compiler is installed") {
        return;
    }
    let problem = "it shows types of low, so the new version of low breaks it";
    assert!(!run.succeeded && run.text.contains(problem), "{}", run.text);
    assert_eq!(repository.registry.state().uploads.len(), 2);
}

#[test]
fn a_hotfix_is_released_from_a_branch() {
    let repository = released();
    change(&repository, "low");
    repository.unreleased("low", "### Breaking\n\n- It is different.\n");
    repository.unreleased("high", "### Breaking\n\n- It is different.\n");
    repository.commit("Break low");
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    repository.released("--execute");

    repository.git(&["switch", "--quiet", "--create", "hotfix", "low-v0.1.0"]);
    let fixed = "//! Fixed.\n\n/// A type.\npub struct Low;\n";
    repository.write("crates/low/src/lib.rs", fixed);
    repository.unreleased("low", "### Fixed\n\n- It works.\n");
    repository.commit("Fix low 0.1");
    repository.released("low --prepare");
    repository.pass_checks(&["low"]);
    repository.released("low --execute");
    assert_eq!(repository.registry.state().uploads[4..], ["low 0.1.1"]);
    let branch = repository.git(&["tag", "--contains", "HEAD"]);
    assert_eq!(branch, "low-v0.1.1");

    repository.git(&["switch", "--quiet", "main"]);
    let text = repository.released("");
    assert!(text.contains("There is nothing to release."), "{text}");
}

#[test]
fn a_yanked_version_is_not_built_upon() {
    let repository = released();
    repository.registry.state().index.get_mut("low").unwrap()[0]["yanked"] = true.into();
    change(&repository, "high");
    repository.unreleased("high", "### Added\n\n- `news`.\n");
    repository.commit("Change high");
    let text = repository.refused("--execute", "before these problems are solved");
    assert!(
        text.contains("problem: high: uses low 0.1.0, which is yanked"),
        "{text}"
    );
    assert!(text.contains("note: low: 0.1.0 is yanked"), "{text}");
}

/// Runs a release of a fix of `low` with this program in the place of cargo-semver-checks.
fn with_semver_checks(answer: &str) -> super::repository::Run {
    let mut repository = released();
    change(&repository, "low");
    repository.unreleased("low", "### Added\n\n- `news`.\n");
    repository.commit("Change low");
    let text = format!("#!/bin/sh\necho \"asked: $*\" >&2\n{answer}\n");
    let program = script(&repository, "cargo-semver-checks", &text);
    let path = search_path(program.parent().unwrap());
    repository.variables = vec![("PATH".to_owned(), path)];
    let run = repository.release("low --execute");
    let uploads = repository.registry.state().uploads.len();
    assert_eq!(uploads, if run.succeeded { 3 } else { 2 }, "{}", run.text);
    run
}

#[test]
fn the_level_is_checked_against_the_public_api() {
    let run = with_semver_checks("echo ' Checked [ 0.1s] 148 checks: 148 pass, 30 skip' >&2");
    assert!(run.succeeded, "{}", run.text);
    let asked = "asked: semver-checks --all-features --package low --baseline-rev low-v0.1.0 \
        --release-type minor";
    assert!(run.text.contains(asked), "{}", run.text);
}

#[test]
fn a_release_that_breaks_more_than_it_says_is_refused() {
    let run =
        with_semver_checks("echo ' Checked [ 0.1s] 148 checks: 147 pass, 1 fail' >&2; exit 1");
    assert!(!run.succeeded, "{}", run.text);
}

#[test]
fn a_check_of_the_public_api_that_checks_nothing_is_a_failure() {
    let run = with_semver_checks("echo ' Checked [ 0.0s] 0 checks: 0 pass, 254 skip' >&2");
    assert!(!run.succeeded, "{}", run.text);
    assert!(
        run.text.contains("cargo-semver-checks checked nothing"),
        "{}",
        run.text
    );
}
