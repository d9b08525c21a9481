//! The documentation, as docs.rs builds it: every library with all of its features.

use super::toolchain::{self, NIGHTLY};
use crate::{
    step::Step,
    workspace::{Package, Target, Workspace},
};

/// The target folder of the nightly compiler.
pub(super) const NIGHTLY_TARGET: &str = "target/nightly";

/// Documents each library alone, so that no feature another crate asks for helps it. Warnings are
/// errors.
pub(super) fn strict(workspace: &Workspace) -> Vec<Step> {
    let each = libraries(workspace).map(|package| {
        Step::cargo("doc --no-deps --all-features --package")
            .with(&package.name)
            .variable("RUSTDOCFLAGS", "-D warnings")
    });
    each.collect()
}

/// Documents what the libraries keep to themselves as well, so that its links lead somewhere.
pub(super) fn private(workspace: &Workspace) -> Step {
    let doc = Step::cargo("doc --no-deps --all-features --document-private-items")
        .variable("RUSTDOCFLAGS", "-D warnings");
    libraries(workspace).fold(doc, |step, package| {
        step.with("--package").with(&package.name)
    })
}

/// Documents the libraries with the compiler and the `--cfg docsrs` of docs.rs. By that, a page
/// shows the feature that an item needs.
///
/// Warnings pass: a new compiler may have new ones.
pub(super) fn docs_rs(workspace: &Workspace) -> Step {
    nightly(workspace).variable("RUSTDOCFLAGS", "--cfg docsrs")
}

/// Documents the libraries as [`docs_rs`], but as JSON: a file each in the folder `doc` of
/// [`NIGHTLY_TARGET`]. It finds the same mistakes.
pub(super) fn json(workspace: &Workspace) -> Step {
    let flags = "--cfg docsrs -Z unstable-options --output-format json";
    nightly(workspace).variable("RUSTDOCFLAGS", flags)
}

fn nightly(workspace: &Workspace) -> Step {
    let doc = toolchain::cargo(NIGHTLY, "doc", NIGHTLY_TARGET).with("--no-deps --all-features");
    libraries(workspace).fold(doc, |step, package| {
        step.with("--package").with(&package.name)
    })
}

/// The published libraries.
pub(super) fn libraries(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{lines, two};
    use super::*;

    #[test]
    fn each_published_library_is_documented_alone_with_all_of_its_features() {
        let expected =
            ["RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --all-features --package a"];
        assert_eq!(lines(&strict(&two())), expected);
    }

    #[test]
    fn what_a_library_keeps_to_itself_is_documented_too() {
        assert_eq!(
            private(&two()).to_string(),
            "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --all-features \
             --document-private-items --package a"
        );
    }

    #[test]
    fn the_compiler_of_docs_rs_documents_in_a_folder_of_its_own() {
        assert_eq!(
            docs_rs(&two()).to_string(),
            "RUSTDOCFLAGS='--cfg docsrs' rustup run nightly cargo doc --target-dir target/nightly \
             --no-deps --all-features --package a"
        );
    }
}
