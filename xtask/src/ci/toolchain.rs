//! The compilers and standard libraries on this machine.

use std::{path::Path, process::Command};

use crate::{outside, result::Result, step::Step};

/// The name of the toolchain that builds documentation as docs.rs does.
pub(super) const NIGHTLY: &str = "nightly";

/// Whether rustup can run a toolchain by this name, such as `1.90` or `nightly`.
pub(super) fn is_installed(name: &str) -> Result<bool> {
    if !outside::is_installed("rustup") {
        return Ok(false);
    }
    let output = Command::new("rustup")
        .args(["toolchain", "list"])
        .output()?;
    let toolchains = String::from_utf8(output.stdout)?;
    Ok(toolchains
        .lines()
        .any(|toolchain| has_name(toolchain, name)))
}

/// Whether the standard library for this target is installed.
pub(super) fn has_standard_library(target: &str) -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let folder = String::from_utf8(output.stdout)?;
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}

/// A cargo command of another toolchain.
///
/// Each toolchain has a target folder of its own, so that two compilers do not undo each other's
/// work.
pub(super) fn cargo(name: &str, command: &str, folder: &str) -> Step {
    Step::new("rustup", ["run", name, "cargo", command])
        .with("--target-dir")
        .with(folder)
}

/// Whether a toolchain, such as `1.88-x86_64-unknown-linux-gnu`, can be run by this name. One with
/// a date, such as `nightly-2026-01-31-x86_64-unknown-linux-gnu`, is not run by `nightly`.
fn has_name(toolchain: &str, name: &str) -> bool {
    let host = toolchain
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'));
    host.is_some_and(|host| !host.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_known_by_its_name() {
        assert!(has_name("1.88-x86_64-unknown-linux-gnu", "1.88"));
        assert!(has_name(
            "nightly-x86_64-unknown-linux-gnu (active)",
            NIGHTLY
        ));
        assert!(!has_name("1.880-x86_64-unknown-linux-gnu", "1.88"));
        assert!(!has_name("stable-x86_64-unknown-linux-gnu", "1.88"));
        assert!(!has_name("nightly-2026-01-31-x86_64-apple-darwin", NIGHTLY));
    }

    #[test]
    fn a_target_that_does_not_exist_has_no_standard_library() {
        assert!(!has_standard_library("no-such-target").unwrap());
    }
}
