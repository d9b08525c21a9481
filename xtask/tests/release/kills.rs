//! Releases that are killed.

use std::{fs, thread};

use super::repository::{Repository, script, search_path};

/// Runs a program, and before or after the command with a number kills the release.
///
/// It counts the commands that change something: the writing of the lock file, the commit, uploads
/// and tags.
const KILLER: &str = r#"#!/bin/sh
case "$1 $2" in
    "update "* | "commit "* | "publish "* | "tag --annotate")
        number=$(($(cat COUNT) + 1))
        echo "$number" >COUNT
        if [ "$number" = "$KILL_BEFORE" ]; then
            kill -9 $PPID
            exit 1
        fi
        PROGRAM "$@"
        code=$?
        if [ "$number" = "$KILL_AFTER" ]; then
            kill -9 $PPID
        fi
        exit $code
        ;;
esac
exec PROGRAM "$@"
"#;

/// The commands of a whole release of two crates: one lock file, one commit, two uploads and tags.
const COMMANDS: usize = 6;

fn arm(repository: &mut Repository) {
    let count = repository.path("count");
    fs::write(&count, "0").unwrap();
    let count = count.to_str().unwrap().to_owned();
    let killer = |program: &str| {
        let text = KILLER.replace("COUNT", &count);
        text.replace("PROGRAM", program)
    };
    let git = which("git");
    script(repository, "git", &killer(&git));
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| which("cargo"));
    let cargo = script(repository, "killed-cargo", &killer(&cargo));
    let path = search_path(cargo.parent().unwrap());
    let cargo = cargo.to_str().unwrap().to_owned();
    repository.variables = vec![("PATH".to_owned(), path), ("CARGO".to_owned(), cargo)];
}

pub(super) fn which(program: &str) -> String {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::split_paths(&folders).map(|folder| folder.join(program));
    let path = paths.into_iter().find(|path| path.is_file());
    path.unwrap().to_str().unwrap().to_owned()
}

/// Everything is done, and nothing twice.
#[track_caller]
pub(super) fn assert_complete(repository: &Repository, text: &str) {
    let uploads = repository.registry.state().uploads.clone();
    assert_eq!(uploads, ["low 0.1.0", "high 0.1.0"], "{text}");
    let head = repository.git(&["rev-parse", "HEAD"]);
    let tag = |name: &str| (name.to_owned(), head.clone());
    let tags = [tag("high-v0.1.0"), tag("low-v0.1.0")];
    assert_eq!(repository.tags(), tags, "{text}");
    assert_eq!(repository.git(&["status", "--porcelain"]), "", "{text}");
    let commits = repository.git(&["rev-list", "--count", "HEAD"]);
    assert_eq!(commits, "2", "{text}");
    let again = repository.released("--execute");
    assert!(again.contains("There is nothing to release."), "{again}");
}

/// The repository before the release, and the commit that will have passed the checks.
pub(super) fn before_a_release() -> Repository {
    let repository = Repository::of_two();
    let begin = repository.git(&["rev-parse", "HEAD"]);
    repository.released("--prepare");
    repository.pass_checks(&["low", "high"]);
    repository.git(&["reset", "--quiet", "--hard", &begin]);
    repository
}

fn kill(before: &Repository, when: &str, number: usize) {
    let mut repository = before.copy();
    arm(&mut repository);
    let kill = (format!("KILL_{when}"), number.to_string());
    repository.variables.push(kill);
    let killed = repository.release("--execute");
    let count = fs::read_to_string(repository.path("count")).unwrap();
    assert_eq!(count.trim(), number.to_string(), "{}", killed.text);
    assert!(!killed.succeeded, "{}", killed.text);
    repository.variables.clear();
    let run = repository.release("--execute");
    let text = format!(
        "killed {when} command {number}:\n{}\nthen:\n{}",
        killed.text, run.text
    );
    assert!(run.succeeded, "{text}");
    assert_complete(&repository, &text);
}

#[test]
fn a_release_that_is_killed_anywhere_goes_on() {
    let before = &before_a_release();
    thread::scope(|scope| {
        for number in 1..=COMMANDS {
            scope.spawn(move || {
                kill(before, "BEFORE", number);
                kill(before, "AFTER", number);
            });
        }
    });
}

#[test]
fn a_release_that_is_not_killed_has_as_many_commands_as_were_tried() {
    let mut repository = before_a_release();
    arm(&mut repository);
    let text = repository.released("--execute");
    let count = fs::read_to_string(repository.path("count")).unwrap();
    assert_eq!(count.trim(), COMMANDS.to_string(), "{text}");
}

#[test]
fn what_a_killed_release_had_written_is_kept_in_the_stash() {
    let mut repository = before_a_release();
    arm(&mut repository);
    repository
        .variables
        .push(("KILL_BEFORE".to_owned(), "1".to_owned()));
    assert!(!repository.release("--prepare").succeeded);
    assert_ne!(repository.git(&["status", "--porcelain"]), "");
    repository.variables.clear();
    let text = repository.released("--execute");
    assert!(
        text.contains("its changes are now in git's stash"),
        "{text}"
    );
    assert!(
        repository
            .git(&["stash", "list"])
            .contains("an interrupted cargo xtask release")
    );
}
