//! Rules for READMEs, changelogs and other texts, and their links.

use super::{tree::Tree, violation::Violation};
use crate::{
    changelog,
    workspace::{Package, Target, Workspace},
};

/// The texts of the whole repository, whose links are checked.
const FRONT_DOOR: [&str; 4] = [
    "README.md",
    "CHANGELOG.md",
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in workspace.crates() {
        let folder = workspace.relative(package.folder());
        let path = format!("{folder}/README.md");
        found.extend(Violation::each(&path, readme(package, tree.text(&path))));
        let path = format!("{folder}/CHANGELOG.md");
        found.extend(Violation::each(
            &path,
            unrecorded(package, tree.text(&path)),
        ));
        found.extend(unnamed(package, tree));
    }
    for path in FRONT_DOOR {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let relative = links(tree.text(path)).filter(|target| is_relative(target));
        let dead = relative.filter(|target| {
            let target = resolve(folder, target);
            !tree.contains(&target) && !tree.contains_folder(&target)
        });
        let problems = dead.map(|target| format!("links to {target}, which does not exist"));
        found.extend(Violation::each(path, problems));
    }
    for (path, text) in tree.files("", "md") {
        let items = links(text).chain(definitions(text));
        let items = items.filter(|target| is_relative(target) && target.contains("::"));
        let problems = items.map(|item| format!("links to {item}, which only rustdoc resolves"));
        found.extend(Violation::each(path, problems));
        let problems =
            hidden(text).map(|line| format!("has a line that only rustdoc hides: {line}"));
        found.extend(Violation::each(path, problems));
    }
    found
}

/// The problems of a crate's README, which other sites show as well.
fn readme(package: &Package, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let title = format!("# {}", package.name);
    if text.lines().next() != Some(&title) {
        problems.push(format!("must begin with `{title}`"));
    }
    let is_library = package.targets.iter().any(Target::is_library);
    if is_library && !text.lines().any(|line| line.starts_with("```rust")) {
        problems.push("has no example in Rust".to_owned());
    }
    if !begins_with_program(text) {
        problems.push("has a first example without `fn main`".to_owned());
    }
    for target in links(text).filter(|target| is_relative(target)) {
        problems.push(format!("links to {target}, which leads nowhere on docs.rs"));
    }
    for line in prose(text).filter(|line| has_bare_reference(line, text)) {
        problems.push(format!(
            "has a reference that only rustdoc resolves: {}",
            line.trim()
        ));
    }
    problems
}

/// Whether the first example in Rust, if there is one, is a whole program, which a newcomer copies
/// into an empty project.
fn begins_with_program(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("```rust"));
    if lines.next().is_none() {
        return true;
    }
    let mut example = lines.take_while(|line| !line.starts_with("```"));
    example.any(|line| line.starts_with("fn main()"))
}

/// The problem of a changelog whose newest section is not that of the manifest's version, or whose
/// entries do not say what they ask of the next version.
fn unrecorded(package: &Package, text: &str) -> Option<String> {
    let Some(section) = changelog::newest(text) else {
        return Some("must begin with `## Unreleased`, or `## 0.1.0 (unreleased)`".to_owned());
    };
    match section.version {
        Some(version) if version != package.version => Some(format!(
            "is about {version}, the manifest about {}",
            package.version
        )),
        Some(_) => None,
        None => section.level().err(),
    }
}

/// The front door's lists that lack a crate.
fn unnamed(package: &Package, tree: &Tree) -> Vec<Violation> {
    let name = &package.name;
    let row = format!("| [`{name}`](crates/{name}) |");
    let entry = format!("- [`{name}`](crates/{name}/CHANGELOG.md)");
    let mut found = Vec::new();
    for (path, line) in [("README.md", row), ("CHANGELOG.md", entry)] {
        if !tree.text(path).lines().any(|l| l.starts_with(&line)) {
            found.push(Violation::new(path, format!("has no line `{line}`")));
        }
    }
    found
}

/// The lines outside fenced code.
pub(super) fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The lines of examples in Rust that rustdoc hides, but a forge and a registry show.
fn hidden(text: &str) -> impl Iterator<Item = &str> {
    let mut is_rust = None;
    text.lines().map(str::trim).filter(move |line| {
        if let Some(language) = line.strip_prefix("```") {
            is_rust = is_rust.is_none().then(|| language.starts_with("rust"));
        }
        is_rust == Some(true) && (*line == "#" || line.starts_with("# "))
    })
}

/// The targets of the links in a text, without their anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = prose(text).flat_map(|line| line.split("](").skip(1));
    targets.filter_map(|rest| rest.split([')', '#']).next())
}

/// The targets of the definitions of links, each in a line of its own.
fn definitions(text: &str) -> impl Iterator<Item = &str> {
    let lines = prose(text).filter(|line| line.starts_with('['));
    lines.filter_map(|line| line.split_once("]: ").map(|(_, target)| target))
}

/// The path, relative to the root, of a relative link in a file of `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn is_relative(target: &str) -> bool {
    !target.is_empty() && !target.contains("://")
}

/// Whether a line has the form ``[`Name`]`` without a target, there or in a line of its own.
fn has_bare_reference(line: &str, text: &str) -> bool {
    let mut pieces: Vec<_> = line.split("`]").collect();
    pieces.pop();
    let mut rests = line.split("`]").skip(1);
    pieces.into_iter().any(|before| {
        let has_target = rests
            .next()
            .is_some_and(|rest| rest.starts_with(['(', '[', ':']));
        let name = before.rsplit("[`").next().unwrap_or_default();
        !has_target && !text.contains(&format!("\n[`{name}`]: "))
    })
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::sample::{package, workspace};

    const README: &str = "# a\n\nIt does one thing.\n\n```rust\nfn main() {}\n```\n";
    const CHANGELOG: &str = "# Changelog\n\n## 0.1.0 (unreleased)\n\nFirst.\n";

    fn tree() -> Tree {
        Tree::from([
            ("README.md", "# wsgi\n\n| [`a`](crates/a) | one thing |\n"),
            ("CHANGELOG.md", "- [`a`](crates/a/CHANGELOG.md)\n"),
            ("crates/a/README.md", README),
            ("crates/a/CHANGELOG.md", CHANGELOG),
        ])
    }

    #[track_caller]
    fn check_with(path: &str, text: &str, expected: &[&str]) {
        let found = check(&workspace([package("a", &[])]), &tree().with(path, text));
        let expected: Vec<_> = expected.iter().map(|e| format!("{path}: {e}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&found, &expected);
    }

    #[test]
    fn a_documented_crate_is_clean() {
        check_with("crates/a/README.md", README, &[]);
    }

    #[test]
    fn a_readme_begins_with_its_name_and_has_an_example() {
        check_with(
            "crates/a/README.md",
            &README.replace("# a", "# b"),
            &["must begin with `# a`"],
        );
        check_with("crates/a/README.md", "# a\n", &["has no example in Rust"]);
    }

    #[test]
    fn a_readme_begins_with_a_program_to_copy() {
        let problem = &["has a first example without `fn main`"][..];
        for (example, expected) in [
            (
                "use a::B;\n\nfn main() -> Result<(), B> {\n    Ok(())\n}\n",
                &[][..],
            ),
            ("assert!(true);\n", problem),
        ] {
            let text = README.replace("fn main() {}\n", example);
            check_with("crates/a/README.md", &text, expected);
        }
        let later = format!("{README}\n```rust\nassert!(true);\n```\n");
        check_with("crates/a/README.md", &later, &[]);
    }

    #[test]
    fn a_line_that_only_rustdoc_hides_is_found_in_every_text() {
        let path = "crates/a/pages/A.md";
        let example =
            "# A\n\n- B:\n  ```rust,no_run\n  # use a::B;\n  #[b]\n  #\n  fn c() {}\n  ```\n";
        let problem = "has a line that only rustdoc hides:";
        let expected = [format!("{problem} # use a::B;"), format!("{problem} #")];
        check_with(path, example, &[&expected[0], &expected[1]]);
        check_with(path, "```sh\n# apt install a\n```\n\n# Rust\n", &[]);
        let documented = "#[doc = include_str!(\"A.md\")]\n/// ```rust\n/// # use a::B;\n/// ```\n";
        check_with("crates/a/src/b.rs", documented, &[]);
    }

    #[test]
    fn a_readme_must_work_outside_rustdoc() {
        let bare = format!("{README}\nSee [`A`] and [`B`](https://docs.rs/b#x).\n");
        let expected =
            "has a reference that only rustdoc resolves: See [`A`] and [`B`](https://docs.rs/b#x).";
        check_with("crates/a/README.md", &bare, &[expected]);
        let defined = format!("{bare}\n[`A`]: https://docs.rs/a\n");
        check_with("crates/a/README.md", &defined, &[]);
        let relative = format!("{README}\n[b](../b) and [above](#a)\n");
        check_with(
            "crates/a/README.md",
            &relative,
            &["links to ../b, which leads nowhere on docs.rs"],
        );
        let code = format!("{README}\n```text\n[`A`] [b](../b)\n```\n");
        check_with("crates/a/README.md", &code, &[]);
    }

    #[test]
    fn a_link_to_an_item_is_found_in_every_text() {
        let path = "crates/a/pages/A.md";
        let text = "[`A`](crate::A) [`B`](b.md)\n\n[`C`]: super::C\n[d]: http://[::1]/d::e\n";
        check_with(
            path,
            text,
            &[
                "links to crate::A, which only rustdoc resolves",
                "links to super::C, which only rustdoc resolves",
            ],
        );
        check_with(path, "```rust\n//! [`A`](crate::A)\n```\n", &[]);
    }

    #[test]
    fn a_changelog_has_the_version_of_the_manifest() {
        let path = "crates/a/CHANGELOG.md";
        check_with(
            path,
            "# Changelog\n",
            &["must begin with `## Unreleased`, or `## 0.1.0 (unreleased)`"],
        );
        let older = CHANGELOG.replace("0.1.0", "0.0.9");
        check_with(path, &older, &["is about 0.0.9, the manifest about 0.1.0"]);
    }

    #[test]
    fn the_front_door_names_every_crate() {
        check_with(
            "README.md",
            "# wsgi\n",
            &["has no line `| [`a`](crates/a) |`"],
        );
        check_with(
            "CHANGELOG.md",
            "",
            &["has no line `- [`a`](crates/a/CHANGELOG.md)`"],
        );
    }

    #[test]
    fn a_link_is_resolved_from_the_folder_of_its_text() {
        let text = "[a](../crates/a) [b](../crates/b) [c](./CONTRIBUTING.md)\n";
        check_with(
            ".github/CONTRIBUTING.md",
            text,
            &["links to ../crates/b, which does not exist"],
        );
    }

    #[test]
    fn a_dead_link_on_the_front_door_is_found() {
        let text = "| [`a`](crates/a) |\n[b](crates/b) [c](https://c.example) [d](#d) [a](crates/a/README.md#x)\n";
        check_with(
            "README.md",
            text,
            &["links to crates/b, which does not exist"],
        );
    }
}
