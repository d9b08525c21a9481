//! Rules for source files.

use super::{tree::Tree, violation::Violation};
use crate::workspace::{Package, Target, Workspace};

/// The first attribute of every library: its documentation is its README, at least with the
/// features that the README's example needs.
const README: &str = r#"doc = include_str!("../README.md")"#;

/// The limit of a file's lines, without blank lines and comments. A longer file has a second noun.
const MAX_LINES: usize = 400;

/// Macros for code that is not finished, or must not stay.
const UNFINISHED: &[&str] = &["dbg", "todo", "unimplemented"];

/// The crates that may have unsafe code, in a single module: system calls that neither std nor
/// the dependencies offer, and the allocator that counts for tests.
const WITH_UNSAFE: &[&str] = &["wsgi-server", "wsgi-allocations"];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let sources = tree.files("", "rs");
    let mut found: Vec<_> = sources.flat_map(|(path, text)| file(path, text)).collect();
    for package in &workspace.packages {
        let allowances = || allowances(tree, &workspace.relative(package.folder()));
        for target in &package.targets {
            if target.is_library() || target.is_program() {
                let path = workspace.relative(&target.src_path);
                let problems = root(package, target, tree.text(&path), allowances);
                found.extend(Violation::each(&path, problems));
            }
        }
    }
    found
}

/// The problems of a file.
fn file(path: &str, text: &str) -> Vec<Violation> {
    let code = || text.lines().filter(|line| is_code(line));
    let mut found = Vec::new();
    let lines = code().count();
    if lines > MAX_LINES {
        let problem = format!("has {lines} lines of code, more than {MAX_LINES}");
        found.push(Violation::new(path, problem));
    }
    for name in UNFINISHED {
        if code().any(|line| calls(line, name)) {
            found.push(Violation::new(path, format!("must not use {name}!")));
        }
    }
    found
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

/// Whether a line calls a macro of exactly this name.
fn calls(line: &str, name: &str) -> bool {
    let call = format!("{name}!(");
    let is_inside_a_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(&call)
        .any(|(at, _)| !line[..at].ends_with(is_inside_a_name))
}

/// The problems of the root file of a library or program.
fn root(
    package: &Package,
    target: &Target,
    text: &str,
    allowances: impl FnOnce() -> usize,
) -> Vec<String> {
    let mut problems = Vec::new();
    let code: Vec<_> = text.lines().filter(|line| is_code(line)).collect();
    let code = code.join("\n");
    let first = code.split("]\n").next().unwrap_or_default();
    let is_documented = first.starts_with("#![") && first.contains(README);
    if package.is_published() && target.is_library() && !is_documented {
        problems.push(format!("must begin with {README}"));
    }
    let has = |attribute: &str| text.lines().any(|line| line == attribute);
    let may_allow = WITH_UNSAFE.contains(&package.name.as_str());
    let keeps_it_in_one_place = || may_allow && has("#![deny(unsafe_code)]") && allowances() == 1;
    if !has("#![forbid(unsafe_code)]") && !keeps_it_in_one_place() {
        problems.push(if may_allow {
            "must forbid unsafe code, or deny it and allow it in exactly one module".to_owned()
        } else {
            "must have #![forbid(unsafe_code)]".to_owned()
        });
    }
    problems
}

/// The number of places where the sources of a crate, without its tests, allow unsafe code.
fn allowances(tree: &Tree, folder: &str) -> usize {
    let folder = format!("{folder}/src");
    let sources = tree.files(&folder, "rs").map(|(_, text)| text);
    let is_allowance = |line: &&str| {
        is_code(line)
            && ["allow(unsafe_code", "expect(unsafe_code"]
                .iter()
                .any(|a| line.contains(a))
    };
    sources.flat_map(str::lines).filter(is_allowance).count()
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    const LIBRARY: &str = "#![doc = include_str!(\"../README.md\")]\n#![forbid(unsafe_code)]\n";

    fn lib(name: &str) -> String {
        format!("crates/{name}/src/lib.rs")
    }

    #[track_caller]
    fn check_crate(name: &str, files: &[(&str, &str)], expected: &[&str]) {
        let mut tree = Tree::default().with(&lib(name), LIBRARY);
        for (path, text) in files {
            tree = tree.with(&format!("crates/{name}/{path}"), text);
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|e| format!("crates/{name}/{e}"))
            .collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&check(&workspace([package(name, &[])]), &tree), &expected);
    }

    #[test]
    fn a_library_documented_by_its_readme_is_clean() {
        check_crate("a", &[], &[]);
        let conditional =
            LIBRARY.replace(README, &format!("cfg_attr(\n    any(),\n    {README}\n)"));
        check_crate("a", &[("src/lib.rs", &conditional)], &[]);
    }

    #[test]
    fn a_library_begins_with_its_readme_and_forbids_unsafe_code() {
        let expected = [
            format!("src/lib.rs: must begin with {README}"),
            "src/lib.rs: must have #![forbid(unsafe_code)]".to_owned(),
        ];
        check_crate(
            "a",
            &[("src/lib.rs", "//! Text.\n")],
            &[&expected[0], &expected[1]],
        );
    }

    #[test]
    fn only_listed_crates_may_allow_unsafe_code_and_only_once() {
        let denied = LIBRARY.replace("forbid", "deny");
        let deny = ("src/lib.rs", denied.as_str());
        let one = ("src/system.rs", "#![allow(unsafe_code)]\n// SAFETY\n");
        let two = (
            "src/other.rs",
            "#[allow(unsafe_code, reason = \"speed\")]\nmod a {}\n",
        );
        let test = ("tests/allocations.rs", "#![allow(unsafe_code)]\n");
        check_crate("wsgi-server", &[deny, one, test], &[]);
        let refused =
            "src/lib.rs: must forbid unsafe code, or deny it and allow it in exactly one module";
        check_crate("wsgi-server", &[deny, one, two], &[refused]);
        check_crate("wsgi-server", &[deny], &[refused]);
        check_crate(
            "a",
            &[deny, one],
            &["src/lib.rs: must have #![forbid(unsafe_code)]"],
        );
    }

    #[test]
    fn unfinished_code_is_found() {
        // Composed here, so that the rule does not find this file.
        let line = format!("    {}!(\"later\")\n", "todo");
        check_crate(
            "a",
            &[("src/a.rs", &line)],
            &["src/a.rs: must not use todo!"],
        );
        let line = format!("let x = {}!(y);\n", "dbg");
        check_crate(
            "a",
            &[("tests/a.rs", &line)],
            &["tests/a.rs: must not use dbg!"],
        );
        let line = format!("// {0}!()\nmy_{0}!(x);\n", "todo");
        check_crate("a", &[("src/a.rs", &line)], &[]);
    }

    #[test]
    fn a_long_file_is_found_by_its_lines_of_code() {
        let long = "let a = 1;\n".repeat(MAX_LINES);
        let documented = format!("{long}\n\n/// Words.\n// More.\n");
        check_crate("a", &[("src/a.rs", &documented)], &[]);
        let longer = format!("{long}let b = 2;\n");
        check_crate(
            "a",
            &[("src/a.rs", &longer)],
            &["src/a.rs: has 401 lines of code, more than 400"],
        );
    }
}
